"""Map correction: what makes the squared errors of a map other than those of samples that folds tested.

Folds test members one by one, and a map shows their mean. That is nearer to the truth by what members differ among each
other, exactly (Krogh & Vedelsby 1995, NIPS 7, 231), and no label is needed to tell it: all answer cells of the map. And
these cells lie nearer to training samples, or farther, than tested samples do, by as much as their dissimilarity says.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..runtime.types import Array


@dataclass(frozen=True)
class MapCorrection:
    """What is known of a map beside the samples that folds tested.

    Parameters
    ----------
    places : int
        Of the map, drawn at random, that tell it.
    members : int
        Whose mean the map shows.
    nearer : array, shape (component, component)
        By how much squared errors of the mean are less than those of members; off the diagonal, products of errors.
    harder : float
        The squared error to expect of a member on the map over that at tested samples.
    """

    places: int
    members: int
    nearer: Array
    harder: float = 1.0

    @classmethod
    def of(cls, answers: Array, weight: Array, harder: float = 1.0) -> MapCorrection:
        """The correction that answers (member, place, component) tell, for members that weigh `weight` in the mean."""
        gaps = answers - np.average(answers, axis=0, weights=weight)
        nearer = np.einsum("m,mci,mcj->ij", weight / weight.sum(), gaps, gaps) / answers.shape[1]
        return cls(answers.shape[1], len(answers), nearer, harder)

    @property
    def deviation(self) -> float:
        """The deviation of members from their mean, of a share."""
        return float(np.sqrt(np.diag(self.nearer).mean()))

    def of_components(self, matrix: Array) -> MapCorrection:
        """That of sums of components, as `matrix` (sum, component) says."""
        return replace(self, nearer=matrix @ self.nearer @ matrix.T)

    def of_map(self, squared: Array, weight: Array) -> Array:
        """What squared errors of members, shape (sample, component), stand for on the map.

        The mean of k members is nearer by no more than it were if they erred independently, by 1 - 1 / k.

        Parameters
        ----------
        weight : array, shape (sample,)
            How much each sample counts.
        """
        of_members = self.harder * squared
        most = (1 - 1 / self.members) * np.average(of_members, axis=0, weights=weight)
        corrected: Array = of_members - np.minimum(np.diag(self.nearer), most)
        return corrected
