"""Map corrections: what makes the errors of a map other than those of samples that folds tested.

Folds test members one by one, and a map shows their mean. Squared errors of a mean are those of its members less what
these differ by among each other, exactly (Krogh & Vedelsby 1995, NIPS 7, 231); its class is another one than that of a
member where others outvote it, and how often that is right the mean says itself. No label is needed for either: all
members answer places of the map. And these places lie nearer to training samples, or farther, than tested samples do,
by as much as their dissimilarity says.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from ..runtime.types import Array, Index

NOTICEABLE = 0.01  # by which errors at places are larger or smaller


class Harder(NamedTuple):
    """The mean loss to expect of members at places of a map over that at the samples that folds tested.

    Parameters
    ----------
    factor : float
    deviation : float
        Of its logarithm: its standard error.
    """

    factor: float
    deviation: float = 0.0

    def within_error(self) -> list[Harder]:
        """It a standard error less, and more, taken as known."""
        return [Harder(self.factor * np.exp(side * self.deviation)) for side in (-1, 1)]


@dataclass(frozen=True)
class ShareCorrection:
    """What is known of a map of shares beside the samples that folds tested.

    Parameters
    ----------
    places : int
        Of the map, drawn at random, that tell it.
    members : int
        Whose mean the map shows.
    nearer : array, shape (component, component)
        By how much squared errors of the mean are less than those of members; off the diagonal, products of errors.
    harder : Harder, optional
        Of squared errors; None: it is not known.
    """

    places: int
    members: int
    nearer: Array
    harder: Harder | None = None

    @classmethod
    def of(cls, answers: Array, weight: Array, harder: Harder | None = None) -> ShareCorrection:
        """The correction that answers (member, place, component) tell, for members that weigh `weight` in the mean."""
        gaps = answers - np.average(answers, axis=0, weights=weight)
        nearer = np.einsum("m,mci,mcj->ij", weight / weight.sum(), gaps, gaps) / answers.shape[1]
        return cls(answers.shape[1], len(answers), nearer, harder)

    def of_components(self, matrix: Array) -> ShareCorrection:
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
        of_members = _factor(self.harder) * squared
        most = (1 - 1 / self.members) * np.average(of_members, axis=0, weights=weight)
        corrected: Array = of_members - np.minimum(np.diag(self.nearer), most)
        return corrected

    def describe(self) -> str:
        """Why the map errs otherwise than members, in words."""
        deviation = float(np.sqrt(np.diag(self.nearer).mean()))
        differ = f"at {self.places} of its places members differ by {deviation:.3f}, which the mean is without."
        return differ + _by_dissimilarity("squared errors", "large", self.harder)


@dataclass(frozen=True)
class ClassCorrection:
    """What is known of a map of classes beside the samples that folds tested.

    Parameters
    ----------
    places, members : int
        See `ShareCorrection`.
    moved : array, shape (class, class, class)
        Of places that are the first class, and that a member takes for the second, the part that the mean takes for
        the third.
    outvoted : float
        How often the class of a member is not that of the mean.
    harder : Harder, optional
        Of wrong labels; None: it is not known.
    """

    places: int
    members: int
    moved: Array
    outvoted: float
    harder: Harder | None = None

    @classmethod
    def of(cls, answers: Array, weight: Array, mean: Array, harder: Harder | None = None) -> ClassCorrection:
        """The correction that calibrated answers (member, place, class) and those of their mean (place, class) tell."""
        classes, taken, of_mean = mean.shape[1], answers.argmax(2), mean.argmax(1)
        counts = np.zeros((classes, classes, classes))
        for of_member, each in zip(taken, weight / weight.sum(), strict=True):
            np.add.at(counts.transpose(1, 2, 0), (of_member, of_mean), each * mean)
        stays = np.broadcast_to(np.eye(classes), counts.shape)  # where nobody took one for the other
        total = counts.sum(2, keepdims=True)
        moved = np.where(total > 0, counts / np.where(total > 0, total, 1), stays)
        outvoted = float(np.average((taken != of_mean).mean(1), weights=weight))
        return cls(len(mean), len(answers), moved, outvoted, harder)

    def of_map(self, truth: Index, taken: Index) -> Array:
        """As how much of each class samples of the class `truth` count that a member took for `taken`, (sample, class).

        What is beside the truth counts `harder` times; so the truth may count for less than nothing, but not in sums.
        """
        right = np.eye(len(self.moved))[truth]
        corrected: Array = right + _factor(self.harder) * (self.moved[truth, taken] - right)
        return corrected

    def describe(self) -> str:
        """Why the map errs otherwise than members, in words."""
        outvoted = f"at {self.places} of its places {100 * self.outvoted:.1f} % of the members' classes are outvoted."
        return outvoted + _by_dissimilarity("wrong labels", "many", self.harder)


Correction = ShareCorrection | ClassCorrection


def _factor(harder: Harder | None) -> float:
    return 1.0 if harder is None else harder.factor


def _by_dissimilarity(losses: str, much: str, harder: Harder | None) -> str:
    if harder is None:
        return ""
    factor, deviation = harder
    times = f"as {much}" if abs(factor - 1) < NOTICEABLE else f"{factor:.2f} times as {much}"
    known = f" (standard error {100 * deviation:.0f} %, which is in the interval)" if deviation > NOTICEABLE else ""
    return f" By dissimilarity, {losses} of members are {times} there as at tested samples{known}."
