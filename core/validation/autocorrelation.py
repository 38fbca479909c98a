"""Autocorrelation: Moran's I of values of several variables at places, and what chance makes of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from ..runtime.types import Array

NEIGHBOURS = 8
PERMUTATIONS = 199
MOST = 5000  # places that are compared
FEWEST = 30


class Moran(NamedTuple):
    """Moran's I, and the bounds that hold it in 90 % of permutations of the values."""

    value: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """In words whether neighbours are alike."""
        if self.value > self.high:
            return "neighbours err alike"
        return "neighbours err less alike than chance makes them" if self.value < self.low else "no more than chance"


def morans_i(positions: Array, values: Array, seed: int = 0) -> Moran | None:
    """Moran's I (Moran 1950) with the mean of the nearest places as neighbours; None where places are too few.

    Parameters
    ----------
    positions : array, shape (place, 2 or 3)
    values : array, shape (place, variable)
        Whose products are summed, so that one number tells all.
    """
    rng = np.random.default_rng(seed)
    if len(positions) > MOST:
        chosen = rng.choice(len(positions), MOST, replace=False)
        positions, values = positions[chosen], values[chosen]
    centred = values - values.mean(0)
    total = float((centred**2).sum())
    if len(positions) < FEWEST or not total > 0:
        return None
    near = cKDTree(positions).query(positions, NEIGHBOURS + 1)[1][:, 1:]

    def statistic(z: Array) -> float:
        return float((z * z[near].mean(1)).sum() / total)

    chance = [statistic(centred[rng.permutation(len(centred))]) for _ in range(PERMUTATIONS)]
    low, high = np.quantile(chance, [0.05, 0.95])
    return Moran(statistic(centred), float(low), float(high))
