"""Simulated forecast: yearly maps of a vegetation index whose best possible forecast is known in closed form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from ...runtime.types import Array
from .random_fields import random_field

INDEX = "EVI"
FIRST, YEARS = 1990, 34
LEVEL, LEVEL_SPREAD, LEVEL_RANGE = 0.45, 0.12, 40  # of the mean of places; range in cells
TREND_SPREAD = 0.001  # a year, deviation between places
MEMORY = 0.7  # correlation of an anomaly with that of the year before
ANOMALY, ANOMALY_RANGE = 0.04, 12  # deviation, and range in cells
MINES, MINE_RADIUS, MINE_LEVEL = 3, 5.0, 0.08  # what a mine leaves
MINE_YEARS = 12  # before the end, in which mines open
CLOUD_RANGE = 15  # cells


@dataclass(frozen=True)
class ForecastWorld:
    """A simulated area.

    Parameters
    ----------
    values : array, shape (year, row, col)
        Observed; NaN where there is a gap.
    best : array, shape (year, row, col)
        The forecast of each year by one who knows the law and all earlier years without gaps; NaN of the first one.
    opened : array of int, shape (row, col)
        The year in which a mine opened; 0 where there is none.
    """

    values: Array
    best: Array
    opened: NDArray[np.int64]
    dates: tuple[date, ...]


def simulate_forecast(size: int, gaps: float, seed: int, shared: float = 0.0) -> ForecastWorld:
    """A world of `size` x `size` cells: level and trend of each place, anomalies with memory, and mines.

    Anomalies are first-order autoregressive, so the error of the best forecast has the variance
    (1 - `MEMORY`^2) `ANOMALY`^2, that of persistence 2 (1 - `MEMORY`) `ANOMALY`^2 (both but for the trend, and outside
    of mines).

    Parameters
    ----------
    shared : float
        Part of the variance of what is new in a year that all cells have in common, as a drought or another sensor.
    """
    rng = np.random.default_rng(seed)
    level = LEVEL + LEVEL_SPREAD * random_field(size, LEVEL_RANGE, rng)
    trend = TREND_SPREAD * random_field(size, LEVEL_RANGE, rng)
    anomaly = random_field(size, ANOMALY_RANGE, rng)
    values, best = np.empty((2, YEARS, size, size))
    best[0] = np.nan
    for year in range(YEARS):
        if year:
            best[year] = level + trend * year + ANOMALY * MEMORY * anomaly
            innovation = np.sqrt(1 - shared) * random_field(size, ANOMALY_RANGE, rng)
            if shared:
                innovation += np.sqrt(shared) * rng.standard_normal()
            anomaly = MEMORY * anomaly + np.sqrt(1 - MEMORY**2) * innovation
        values[year] = level + trend * year + ANOMALY * anomaly
    opened = _mines(size, rng)
    for year in range(YEARS):
        values[year][(opened > 0) & (opened <= FIRST + year)] = MINE_LEVEL
    hidden = np.zeros(values.shape, bool)
    for year in range(YEARS if gaps else 0):
        cloud = random_field(size, CLOUD_RANGE, rng)
        hidden[year] = cloud > np.quantile(cloud, 1 - gaps)
    dates = tuple(date(FIRST + year, 1, 1) for year in range(YEARS))
    return ForecastWorld(np.where(hidden, np.nan, values), best, opened, dates)


def _mines(size: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """The year in which each cell became part of a mine, 0 for never."""
    opened = np.zeros((size, size), np.int64)
    rows, cols = np.mgrid[:size, :size]
    for row, col in rng.uniform(0, size, (MINES, 2)):
        inside = (rows - row) ** 2 + (cols - col) ** 2 <= MINE_RADIUS**2
        opened[inside] = FIRST + YEARS - 1 - rng.integers(0, MINE_YEARS)
    return opened
