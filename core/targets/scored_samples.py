"""Scored samples: labels and their predictions, with what makes their score and its interval."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..runtime.types import Array, Index, Text
from .map_correction import Correction, ShareCorrection


@dataclass(frozen=True)
class ScoredSamples:
    """Samples whose predictions are scored.

    Parameters
    ----------
    observed, predicted : array, shape (sample, component)
        Shares, or probabilities; a row of `predicted` that holds NaN was not predicted.
    unit : array of str, shape (sample,)
        What folds kept whole: an interval comes from what a score is without each unit.
    weight : array, shape (sample,)
        How much each sample counts in a score; their mean is near 1.
    correction : Correction, optional
        What makes errors of the map whose scores are wanted other than those of `predicted`.
    """

    observed: Array
    predicted: Array
    unit: Text
    weight: Array
    correction: Correction | None = None

    @classmethod
    def alike(cls, observed: Array, predicted: Array, unit: Text) -> ScoredSamples:
        """Samples that count the same."""
        return cls(observed, predicted, unit, np.ones(len(observed)))

    def __len__(self) -> int:
        return len(self.observed)

    def of(self, rows: NDArray[np.bool_] | Index) -> ScoredSamples:
        """Some of the samples."""
        return ScoredSamples(
            self.observed[rows], self.predicted[rows], self.unit[rows], self.weight[rows], self.correction
        )

    def known(self) -> ScoredSamples:
        """The samples that were predicted."""
        return self.of(np.flatnonzero(np.isfinite(self.predicted).all(1)))

    def within_error(self) -> list[ScoredSamples]:
        """The samples with corrections that are a standard error less and more; none where that is not known."""
        if self.correction is None or self.correction.harder is None:
            return []
        ends = self.correction.harder.within_error()
        return [replace(self, correction=replace(self.correction, harder=harder)) for harder in ends]

    def of_components(self, matrix: Array) -> ScoredSamples:
        """The samples with sums of components, as `matrix` (sum, component) says."""
        correction = self.correction.of_components(matrix) if isinstance(self.correction, ShareCorrection) else None
        return ScoredSamples(self.observed @ matrix.T, self.predicted @ matrix.T, self.unit, self.weight, correction)
