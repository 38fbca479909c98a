"""Area estimates: what a sample and a map tell together of the area of each class, over all and in zones.

Stratified (Olofsson et al. 2014, Remote Sens. Environ. 148, 42; Stehman 2014, Int. J. Remote Sens. 35, 4923),
poststratified, and assisted by the map's own numbers (Särndal et al. 1992; Stehman 2009). The slopes of an assisted
estimate are those that make its error least, so that a poor map costs nothing; where the sample is a simple random one
that is prediction-powered inference (Angelopoulos et al. 2023).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..runtime.types import Array, Index, Mask
from .drawn_sample import DrawnSample, Estimate
from .group_sums import group_sums

FEWEST_IN_ZONE = 30  # reference units from which intervals of a zone are shown to hold
FEWEST_PRIMARY_IN_ZONE = 10  # and primary units, where these were drawn first


@dataclass(frozen=True)
class Domain:
    """What the map knows of everything that was sampled, or of a zone of it.

    Parameters
    ----------
    groups : array, shape (group,)
        The area of each group.
    mapped : array, shape (class,)
        The sum of the map's own numbers times area.
    """

    groups: Array
    mapped: Array

    @property
    def area(self) -> float:
        """The whole."""
        return float(self.groups.sum())


@dataclass(frozen=True)
class AreaEstimates:
    """The estimated area of each class, over everything and by zone.

    Parameters
    ----------
    sample : DrawnSample
        Calibrated to its groups.
    observed, mapped : array, shape (unit, class)
        Shares that reference and map have of each unit.
    slopes : array, shape (class of the map, class), or None
        By which the map's numbers assist.
    """

    sample: DrawnSample
    observed: Array
    mapped: Array
    slopes: Array | None = None

    @classmethod
    def assisted(cls, sample: DrawnSample, observed: Array, mapped: Array) -> AreaEstimates:
        """With the slopes that make the errors least."""
        return cls(sample, observed, mapped, least_error_slopes(sample, observed, mapped))

    @property
    def _fitted(self) -> int:
        return 0 if self.slopes is None else int(np.linalg.matrix_rank(self.slopes))

    @property
    def _left(self) -> Array:
        """What the map's numbers leave of the observed ones, shape (unit, class)."""
        return self.observed if self.slopes is None else self.observed - self.mapped @ self.slopes

    def _told(self, domain: Domain) -> Array:
        """What the map's numbers tell of the total of each class."""
        return np.zeros(self.observed.shape[1]) if self.slopes is None else domain.mapped @ self.slopes

    def overall(self, domain: Domain) -> list[Estimate]:
        """The area of each class."""
        left, told = self._left, self._told(domain)
        values = self.sample.weight @ left + told
        return [Estimate(float(values[k]), left[:, k], self.sample, self._fitted) for k in range(left.shape[1])]

    def tells_of(self, units: Mask) -> bool:
        """Whether units of a zone, by mask, are enough for an interval."""
        primary = self.sample.primary
        enough = primary is None or len(np.unique(primary[units])) >= FEWEST_PRIMARY_IN_ZONE
        return bool(enough and units.sum() >= FEWEST_IN_ZONE)

    def in_zone(self, units: Mask, zone: Domain) -> list[Estimate]:
        """The area of each class in a zone: what all units tell of its groups, and what its own units differ from that.

        Parameters
        ----------
        units : array of bool, shape (unit,)
            That lie in the zone; at least one does.
        """
        left, means = self._left, np.nan_to_num(self.sample.means(self._left))
        told = self._told(zone) + zone.groups @ means
        residuals = left - means[self.sample.group]
        sample, own = self.sample.within(units, zone.area), residuals[units]
        values = told + sample.weight @ own
        return [
            Estimate(float(values[k]), own[:, k], sample, common=self.sample.mean_square(residuals[:, k]))
            for k in range(left.shape[1])
        ]


def least_error_slopes(sample: DrawnSample, observed: Array, mapped: Array) -> Array:
    """The slopes of observed on mapped numbers that make the errors of totals least, shape (class of the map, class).

    All classes have the same regressors, so estimated shares that summed to 1 still do.
    """
    x, y = sample.residuals(mapped), sample.residuals(observed)
    slopes, *_ = np.linalg.lstsq(x, y, rcond=1e-6)
    return np.asarray(slopes)


def merged_groups(group: Index, sizes: Array, fewest: int = 2) -> tuple[Index, Array, Index]:
    """Groups of which each has enough units: those of too few are one group, with the smallest other if need be.

    Returns
    -------
    group : array of int, shape (unit,)
    sizes : array, shape (merged group,)
    number : array of int, shape (group,)
        The merged group of each.
    """
    count = np.bincount(group, minlength=len(sizes))
    poor = (count < fewest) & (sizes > 0)
    if poor.any() and count[poor].sum() < fewest and not poor.all():
        poor[np.flatnonzero(~poor)[np.argmin(count[~poor])]] = True
    number = np.cumsum(~poor) - 1
    number[poor] = (~poor).sum()
    return number[group], group_sums(number, sizes), number


def indicator(codes: Index, count: int) -> Array:
    """1 where a unit is of a class, shape (unit, class); a code below 0 is of none."""
    there: Mask = codes[:, None] == np.arange(count)
    return there.astype(np.float64)
