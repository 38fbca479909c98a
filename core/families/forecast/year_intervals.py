"""Year intervals: bounds of the errors and skills of forecasts, as they vary over years and places.

The cells of a year err together, so whole years are drawn, and whole blocks of places: what both leave unsure adds up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2, norm
from scipy.stats import t as student

from ...runtime.types import Array
from ...targets.quantiles import FEWEST_YEARS, overlap
from ...targets.score_intervals import LEVEL

FEWEST_BLOCKS = 8  # from which on places are drawn, too; fewer are taken as they are
UPPER = (1 + LEVEL) / 2
SMALLEST = 1e-12
MOST_PARTS = 1e9


@dataclass(frozen=True)
class Bounds:
    """A value, and what holds it in `metrics.LEVEL` of cases; None without enough years."""

    value: float
    low: float | None = None
    high: float | None = None


def error_bounds(squared: Array, error: Array, count: Array, lead: int = 1) -> Bounds:
    """The root of the mean squared error, and bounds of what it would be over years of the same kind.

    A mean of squares is spread as chi-squared with as many degrees of freedom as it has independent parts. Their number
    follows from how much years and places differ (`variance_of_sum`, wider by what that is unsure itself: Student's t
    over normal), and from how large the errors are that all cells share, as products of those of different years tell
    (`quantiles.independent_parts`). Few years can hide either, so the smaller number counts.

    Parameters
    ----------
    squared, error, count : array, shape (year, block)
        Sums of squared errors, and of errors, over so many cells.
    lead : int
        Years ahead: errors of successive years share changes, see `quantiles.overlap`.
    """
    known = count.sum(1) > 0
    squared, error, count = squared[known], error[known], count[known]
    cells = count.sum()
    mean = squared.sum() / cells
    root = float(np.sqrt(mean))
    if len(count) < FEWEST_YEARS or mean < SMALLEST**2:
        return Bounds(root)
    variance, freedom = variance_of_sum(squared - mean * count)
    differing = variance / (cells * mean) ** 2 / 2 * (student.ppf(UPPER, freedom) / norm.ppf(UPPER)) ** 2
    alike = _likeness(error, count) / mean**2 / len(count)
    parts = min(1 / (overlap(lead) * max(differing, alike, 1 / MOST_PARTS)), MOST_PARTS)
    low, high = (root * float(np.sqrt(parts / chi2.ppf(level, parts))) for level in (UPPER, 1 - UPPER))
    return Bounds(root, low, high)


def skill_bounds(squared: Array, reference: Array, lead: int = 1) -> Bounds:
    """1 - MSE / MSE of a reference, and bounds over the same draws of both: Student's t of its linearised variance.

    Parameters
    ----------
    squared, reference : array, shape (year, block)
        Sums of squared errors of a model and of the reference over the same cells.
    """
    known = reference.sum(1) > 0
    squared, reference = squared[known], reference[known]
    total = reference.sum()
    if total < SMALLEST:
        return Bounds(float("nan"))
    ratio = squared.sum() / total
    if len(squared) < FEWEST_YEARS:
        return Bounds(float(1 - ratio))
    variance, freedom = variance_of_sum(squared - ratio * reference)
    half = float(student.ppf(UPPER, freedom) * np.sqrt(variance * overlap(lead)) / total)
    return Bounds(float(1 - ratio), float(1 - ratio) - half, float(1 - ratio) + half)


def variance_of_sum(residuals: Array) -> tuple[float, int]:
    """The variance of the sum of a table that varies by year and by block, and its degrees of freedom.

    Of years plus of blocks less of both, and no less than either (Cameron, Gelbach & Miller 2011, section 2, with
    their small-sample factors); of years alone, if there are few blocks.

    Parameters
    ----------
    residuals : array, shape (year, block)
        Their sum is 0.
    """
    residuals = residuals[:, np.abs(residuals).any(0)]
    years, blocks = residuals.shape
    of_years = years / (years - 1) * (residuals.sum(1) ** 2).sum()
    if blocks < FEWEST_BLOCKS:
        return float(of_years), years - 1
    of_blocks = blocks / (blocks - 1) * (residuals.sum(0) ** 2).sum()
    both = of_years + of_blocks - (residuals**2).sum()
    return float(max(both, of_years, of_blocks)), min(years, blocks) - 1


def _likeness(error: Array, count: Array) -> float:
    """The mean squared product of the errors of two different years, by blocks, whose mean is taken over cells."""
    means = error / np.maximum(count, 1)
    weight = np.sqrt(count)
    products = ((weight * means) @ (weight * means).T) / np.maximum(weight @ weight.T, 1)
    return float((products[np.triu_indices(len(means), 1)] ** 2).mean())
