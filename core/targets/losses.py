"""Losses: what the prediction of each sample costs, and the error that their mean stands for."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..runtime.types import Array, Index


@dataclass(frozen=True)
class Losses:
    """What the predictions of samples cost.

    Parameters
    ----------
    loss : array, shape (sample,)
    weight : array, shape (sample,)
        How much each counts in the mean.
    name : str
        The error in words.
    rooted : bool
        Whether the error is the root of the mean loss, as an RMSE is; else it is the mean itself.
    """

    loss: Array
    weight: Array
    name: str
    rooted: bool = False

    def error(self, mean: Array) -> Array:
        """The error that a mean loss is."""
        return np.sqrt(mean) if self.rooted else mean

    def of(self, rows: Index) -> Losses:
        """Those of some of the samples."""
        return replace(self, loss=self.loss[rows], weight=self.weight[rows])
