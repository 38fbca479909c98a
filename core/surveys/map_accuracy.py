"""Map accuracy: the error matrix of a class map in area, and its accuracies with standard errors.

Overall, user's and producer's accuracy are ratios of estimated totals (Stehman 2014), which are those of Olofsson et
al. 2014 where the strata are the map's classes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..runtime.types import Array, Index, Mask
from .drawn_sample import DrawnSample, Estimate, total_of
from .group_sums import group_sums


@dataclass(frozen=True)
class MapAccuracy:
    """The classes that map and reference have of each unit, as numbers of the same list."""

    sample: DrawnSample
    mapped: Index
    observed: Index
    classes: int

    def counts(self) -> Index:
        """The units by class of the map (row) and of the reference (column)."""
        cells = self.mapped * self.classes + self.observed
        return np.bincount(cells, minlength=self.classes**2).reshape(self.classes, self.classes)

    def areas(self) -> Array:
        """The same in area."""
        cells = self.mapped * self.classes + self.observed
        return group_sums(cells, self.sample.weight, self.classes**2).reshape(self.classes, self.classes)

    def cell(self, row: int, column: int) -> Estimate:
        """The area of one cell of the matrix."""
        return self._total((self.mapped == row) & (self.observed == column))

    def overall(self) -> Estimate:
        """The share of the area that the map has right."""
        return self._total(self.mapped == self.observed).over(self._total(np.ones(len(self.sample), bool)))

    def user(self, number: int) -> Estimate:
        """The share of the area of a class on the map that is of this class."""
        return self.cell(number, number).over(self._total(self.mapped == number))

    def producer(self, number: int) -> Estimate:
        """The share of the area of a class that the map shows."""
        return self.cell(number, number).over(self._total(self.observed == number), may_hide=True)

    def _total(self, there: Mask) -> Estimate:
        return total_of(there.astype(np.float64), self.sample)
