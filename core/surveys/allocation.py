"""Allocation: how many units of each stratum are drawn, and how well they will tell what is asked.

Cochran 1977, Sampling Techniques, chapter 5; Olofsson et al. 2014 for a compromise between equal and proportional.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from ..contract.errors import RegionwiseError
from ..runtime.types import Array, Index

BISECTIONS, ROUNDING = 100, 1e-6


@dataclass(frozen=True)
class Strata:
    """What is known of strata before a sample is drawn.

    Parameters
    ----------
    names : tuple of str
    cells : array of int, shape (stratum,)
        Units that can be drawn.
    area : array, shape (stratum,)
        Square metres.
    expected : array, shape (stratum,)
        The share of each that is expected to be right, or of the class that is asked for.
    """

    names: tuple[str, ...]
    cells: Index
    area: Array
    expected: Array

    @property
    def weight(self) -> Array:
        """The share of each in the whole area."""
        return np.asarray(self.area / self.area.sum())

    @property
    def spread(self) -> Array:
        """The standard deviation among the units of each."""
        return np.sqrt(self.expected * (1 - self.expected))

    @property
    def share(self) -> float:
        """What is expected of the whole."""
        return float(self.weight @ self.expected)

    def standard_error(self, counts: Index) -> float:
        """That of the share of the whole, with so many units of each."""
        drawn = np.maximum(counts, 1)
        left = 1 - np.minimum(counts / self.cells, 1)
        return float(np.sqrt((self.weight**2 * self.spread**2 / drawn * left).sum()))

    def standard_errors(self, counts: Index) -> Array:
        """Those of the share in each stratum."""
        left = 1 - np.minimum(counts / self.cells, 1)
        return np.asarray(self.spread * np.sqrt(left / np.maximum(counts, 1)))


def allocate(strata: Strata, size: int, rule: str, fewest: int) -> Index:
    """The number of units of each stratum, shape (stratum,); they sum to `size`, or to all that there are.

    Parameters
    ----------
    rule : {'proportional', 'equal', 'neyman', 'mixed'}
        By area; alike; by area times the spread that is expected; half alike and half by area.
    fewest : int
        Of each stratum that has so many.

    Raises
    ------
    RegionwiseError
        If `size` is too small for that.
    """
    least = np.minimum(fewest, strata.cells)
    if least.sum() > size:
        raise RegionwiseError(
            f"A sample of {size} cannot hold {fewest} units of each of {len(strata.cells)} strata.",
            f"Draw at least {least.sum()}, ask for fewer per stratum, or merge strata.",
        )
    share = _shares(strata, rule)
    low, high = 0.0, float(strata.cells.max()) / max(share[share > 0].min(), 1e-12)
    for _ in range(BISECTIONS):  # the sample whose shares, cut to what strata must and can give, sum to `size`
        middle = (low + high) / 2
        if np.clip(share * middle, least, strata.cells).sum() < size:
            low = middle
        else:
            high = middle
    return _rounded(np.clip(share * high, least, strata.cells), size, least, strata.cells)


def _shares(strata: Strata, rule: str) -> Array:
    """The share of each stratum in a sample, before least numbers."""
    if rule == "equal":
        return np.full(len(strata.cells), 1 / len(strata.cells))
    if rule == "mixed":
        return np.asarray((strata.weight + 1 / len(strata.cells)) / 2)
    if rule == "neyman":
        wanted = strata.weight * strata.spread
        return np.asarray(wanted / wanted.sum()) if wanted.sum() else strata.weight
    return strata.weight


def _rounded(counts: Array, size: int, least: Index, most: Index) -> Index:
    """Whole numbers that sum to `size`, or to all that there are: the largest remainders are rounded up."""
    whole = np.clip(np.floor(counts + ROUNDING).astype(np.int64), least, most)
    order = np.argsort(-(counts - whole), kind="stable")
    while (missing := min(size, int(most.sum())) - int(whole.sum())) > 0:
        more = order[whole[order] < most[order]][:missing]
        whole[more] += 1
    return whole


def size_for(strata: Strata, half_width: float, level: float, rule: str, fewest: int) -> int:
    """The least sample whose interval of the share of the whole is expected to be no wider.

    Parameters
    ----------
    half_width : float
        Of the interval, 0 to 1.

    """
    wanted = half_width / float(ndtri(0.5 + level / 2))
    low = max(int(np.minimum(fewest, strata.cells).sum()), 1)
    high = int(strata.cells.sum())
    while low < high:
        middle = (low + high) // 2
        if strata.standard_error(allocate(strata, middle, rule, fewest)) <= wanted:
            high = middle
        else:
            low = middle + 1
    return low
