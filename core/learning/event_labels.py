"""Event labels: what models of the probability of an event learn from, as trees and regressions take it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import xgboost

from ..data.vector.samples import Samples
from ..runtime.types import Array, Floats, Index


@dataclass(frozen=True)
class EventLabels:
    """Labels of 0 and 1.

    Parameters
    ----------
    label, weight, offset : array, shape (sample,)
        The offset is added to the log odds of what is learned, see `samples.Samples`.
    design_weight : array, shape (sample,)
        The weight in whatever learns without an offset.
    """

    label: Array
    weight: Array
    offset: Array
    design_weight: Array

    @classmethod
    def of(cls, samples: Samples, rows: Index) -> EventLabels:
        """The labels of the samples `rows`."""
        weight = samples.weight * samples.design_beside_offset
        return cls(samples.shares[rows, 1], weight[rows], samples.offset[rows], samples.loss_weight[rows])

    def of_cells(self, owner: Index, share: Array) -> EventLabels:
        """The labels of cells, which those of a sample share: number of the sample and part of its weight of each."""
        weight, design_weight = self.weight[owner] * share, self.design_weight[owner] * share
        return EventLabels(self.label[owner], weight, self.offset[owner], design_weight)

    def data(self, kind: Callable[..., xgboost.DMatrix], table: Floats, part: slice, **more: int) -> xgboost.DMatrix:
        """Some of the labels, with the features of all in `table`."""
        margin = self.offset[part] if self.offset.any() else None
        return kind(table[part], self.label[part], weight=self.weight[part], base_margin=margin, **more)
