"""Quantiles of forecasts: how they are calibrated so that they hold, and scored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..runtime.types import Array

MEDIAN = 0.5
SMALLEST_DISTANCE = 1e-12


def spread_factors(values: NDArray[np.float32], observed: Array, levels: Sequence[float]) -> Array:
    """By what the distances of quantiles from the mean are multiplied so that they hold, shape (lead, level).

    Conformal: the quantile of what would have been the right factor (Romano, Patterson & Candes 2019, for scaled
    residuals).

    Parameters
    ----------
    values : array, shape (time, lead, 1 + level, cell)
        Mean and quantiles.
    observed : array, shape (time, lead, cell)
        NaN is not known.
    """
    factors = np.ones((values.shape[1], len(levels)))
    for lead in range(values.shape[1]):
        gap = observed[:, lead] - values[:, lead, 0]
        for number, level in enumerate(levels):
            distance = values[:, lead, 1 + number].astype(np.float64) - values[:, lead, 0]
            valid = np.isfinite(gap) & np.isfinite(distance) & (np.abs(distance) > SMALLEST_DISTANCE)
            if valid.any() and level != MEDIAN:
                ratio = gap[valid] / distance[valid]
                factors[lead, number] = max(np.quantile(ratio, level if level > MEDIAN else 1 - level), 0.0)
    return factors


def calibrated(values: NDArray[np.float32], factors: Array) -> NDArray[np.float32]:
    """Forecasts, shape (..., lead, 1 + level, cell), with quantiles at `factors` times their distance."""
    mean = values[..., :1, :]
    distance = (values[..., 1:, :] - mean) * factors[:, :, None].astype(np.float32)
    return np.concatenate([mean, mean + np.sort(distance, -2)], -2)


def crps(observed: Array, mean: Array, quantiles: Array, levels: Sequence[float]) -> Array:
    """The continuous ranked probability score of each cell, from quantiles; without any, the absolute error.

    Twice the mean of the quantile scores, weighed by the width of level that each stands for; the mean stands for the
    median.

    Parameters
    ----------
    quantiles : array, shape (level, cell)
    """
    if not len(levels):
        return np.abs(observed - mean)
    order = np.argsort([*levels, MEDIAN])
    at = np.array([*levels, MEDIAN])[order]
    values = np.concatenate([quantiles, mean[None]])[order]
    edges = np.concatenate([[0], (at[1:] + at[:-1]) / 2, [1]])
    gap = observed - values
    losses = np.where(gap >= 0, at[:, None] * gap, (at[:, None] - 1) * gap)
    score: Array = 2 * (losses * np.diff(edges)[:, None]).sum(0)
    return score


def side_of_interval(observed: NDArray[Any], low: NDArray[Any], high: NDArray[Any]) -> NDArray[Any]:
    """1 where an observation lies above its interval, -1 below, 0 within; NaN where one of them is not known."""
    return np.where(np.isfinite(observed + low + high), (observed > high) * 1.0 - (observed < low), np.nan)
