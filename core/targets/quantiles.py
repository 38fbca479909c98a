"""Quantiles of forecasts: how they are calibrated so that they hold in a year to come, and scored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri
from scipy.stats import t as student

from ..runtime.types import Array

MEDIAN = 0.5
SMALLEST_DISTANCE = 1e-12
FEWEST_YEARS = 3  # that calibrate: fewer do not tell how much years differ
CELLS = 5000  # of a year that calibrate: more tell no more, for the cells of a year err together
YEAR_STEPS, CELL_STEPS = 51, 400  # quantiles by which the distributions of years and of cells are told
SMALLEST_SHARE = 1e-6
FARTHEST = 38.0  # standard deviations; beyond, a normal distribution function is 0 or 1


def spread_factors(values: NDArray[np.float32], observed: Array, levels: Sequence[float]) -> Array:
    """By what the distances of quantiles from the mean are multiplied so that they hold next year, (lead, level).

    Conformal in a year (Romano, Patterson & Candes 2019, for scaled residuals), Student's t over years, see
    `next_year_quantile`. NaN where fewer than `FEWEST_YEARS` are known.

    Parameters
    ----------
    values : array, shape (year, lead, 1 + level, cell)
        Mean and quantiles.
    observed : array, shape (year, lead, cell)
        NaN is not known.
    """
    step = max(values.shape[-1] // CELLS, 1)
    values, observed = values[..., ::step].astype(np.float64), observed[..., ::step]
    factors = np.full((values.shape[1], len(levels)), np.nan)
    for lead in range(values.shape[1]):
        gap = observed[:, lead] - values[:, lead, 0]
        if np.isfinite(gap).any(1).sum() < FEWEST_YEARS:
            continue
        for number, level in enumerate(levels):
            distance = values[:, lead, 1 + number] - values[:, lead, 0]
            apart = (np.abs(distance) > SMALLEST_DISTANCE) & (level != MEDIAN)
            ratio = np.divide(gap, distance, out=np.full(gap.shape, np.nan), where=apart)
            known = ratio[np.isfinite(ratio).any(1)]
            quantile = next_year_quantile(known, max(level, 1 - level), overlap(lead + 1)) if len(known) else 1.0
            factors[lead, number] = max(quantile, 0.0)
    return factors


def next_year_quantile(errors: Array, level: float, shared: float = 1.0) -> float:
    """The quantile of the errors of cells in a year to come, from those of past years.

    An error is that of all cells of a year and that of a cell in it. The former has mean 0 and a variance that is known
    from as many years: Student's t with as many degrees of freedom. The latter has the distribution of the past, wider
    by what its scale is unsure: t with years times `independent_parts` degrees of freedom, over normal. Their sum is
    told by quantiles of both.

    Parameters
    ----------
    errors : array, shape (year, cell)
        NaN is not known.
    shared : float
        See `overlap`.
    """
    known = np.isfinite(errors)
    of_year = np.where(known, errors, 0).sum(1) / np.maximum(known.sum(1), 1)
    of_cell = errors - of_year[:, None]
    years = len(errors) / shared
    steps = (np.arange(CELL_STEPS) + 0.5) / CELL_STEPS  # an even number: none is the median, where both are 0
    wider = student.ppf(steps, years * independent_parts(of_cell)) / ndtri(steps)
    cells = np.quantile(of_cell[known], steps) * wider
    year = np.sqrt((of_year**2).mean()) * student.ppf((np.arange(YEAR_STEPS) + 0.5) / YEAR_STEPS, years)
    return float(np.quantile(np.add.outer(cells, year), level))


def independent_parts(errors: Array) -> float:
    """How many independent parts the errors of a year have: cells near each other err together.

    The square of the trace of the covariance of cells over the trace of its square: 1 if all cells err alike, their
    number if each errs by itself. The latter trace follows from products of different years without bias (Chen & Qin
    2010, for mean 0).

    Parameters
    ----------
    errors : array, shape (year, cell)
        Of mean 0; NaN is not known.
    """
    known = np.isfinite(errors).astype(np.float64)
    filled = np.where(known > 0, errors, 0)
    products = filled @ filled.T / np.maximum(known @ known.T, 1)
    between = products[np.triu_indices(len(errors), 1)]
    size = np.trace(products) / max(len(errors), 1)
    if not len(between) or size < SMALLEST_DISTANCE**2:
        return 1.0
    return float(1 / np.clip((between**2).mean() / size**2, SMALLEST_SHARE, 1))


def overlap(lead: int) -> float:
    """By what the variance of a mean square grows since forecasts `lead` years ahead share years with the next ones.

    As if their errors were sums of the changes of these years: those of years k apart have the correlation 1 - k / lead
    at most.
    """
    return 1 + 2 * sum((1 - apart / lead) ** 2 for apart in range(1, lead))


def calibrated(values: NDArray[np.float32], factors: Array) -> NDArray[np.float32]:
    """Forecasts, shape (..., lead, 1 + level, cell), with quantiles at `factors` times their distance."""
    mean = values[..., :1, :]
    distance = (values[..., 1:, :] - mean) * factors[:, :, None].astype(np.float32)
    return np.concatenate([mean, mean + np.sort(distance, -2)], -2)


def crps(observed: Array, mean: Array, quantiles: Array, levels: Sequence[float]) -> Array:
    """The continuous ranked probability score of each cell: the integral of the squared distance of distributions.

    That of the forecast has these quantiles, the mean as its median, and is normal between two of them and beyond the
    outermost: a quantile is linear in that of the standard normal distribution. So the integral is known in closed form
    (Gneiting & Raftery 2007, equation 20, piece by piece).

    Parameters
    ----------
    quantiles : array, shape (level, cell)
        One at least.
    """
    order = np.argsort([*levels, MEDIAN], kind="stable")
    used = [number for number in order if number == len(levels) or levels[number] != MEDIAN]
    score = ndtri(np.array([*levels, MEDIAN])[used])  # of the standard normal distribution
    at = np.concatenate([quantiles, mean[None]])[used]
    slopes = np.maximum(np.diff(at, axis=0) / np.diff(score)[:, None], SMALLEST_DISTANCE)
    slopes = np.concatenate([slopes[:1], slopes, slopes[-1:]])
    at, known = np.concatenate([at[:1], at]), np.concatenate([score[:1], score])
    first, last = np.append(-np.inf, score), np.append(score, np.inf)
    total = np.zeros(len(observed))
    for piece, slope in enumerate(slopes):
        reached = np.clip((observed - at[piece]) / slope + known[piece], first[piece], last[piece])
        below = _squared_area(reached) - _squared_area(first[piece])
        above = _squared_area(-reached) - _squared_area(-last[piece])
        total += slope * (below + above)
    return total


def _squared_area(score: NDArray[Any]) -> NDArray[Any]:
    """The integral of the squared standard normal distribution function from minus infinity to `score`."""
    u = np.maximum(score, -FARTHEST)  # nothing is left below
    below, density = ndtr(u), np.exp(-(u**2) / 2) / np.sqrt(2 * np.pi)
    area: NDArray[Any] = u * below**2 + 2 * below * density - ndtr(u * np.sqrt(2)) / np.sqrt(np.pi)
    return area


def side_of_interval(observed: NDArray[Any], low: NDArray[Any], high: NDArray[Any]) -> NDArray[Any]:
    """1 where an observation lies above its interval, -1 below, 0 within; NaN where one of them is not known."""
    return np.where(np.isfinite(observed + low + high), (observed > high) * 1.0 - (observed < low), np.nan)
