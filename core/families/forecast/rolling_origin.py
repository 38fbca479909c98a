"""Forward: forecasts of years that nobody knew, chained; weights of a stack and intervals learned from them.

Every year of a chain is forecast by models that learned from the years before it only. What a year's forecasts are
weighed and calibrated by comes from earlier years of the chain.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from ...validation.splits import Split

Array = NDArray[np.float64]
Index = NDArray[np.int64]

LEARNED = "by a model that learned years up to"  # in the description of a map, before that year
PRIOR = 0.05  # strength of equal weights: a chain of few years tells little about weights
MEDIAN = 0.5
SMALLEST = 1e-12


class LeakError(ValueError):
    """A year that is forecast was known to what forecasts it."""


def chain(first: int, last: int, window: int, pairs: int, years: int, groups: NDArray[np.int64]) -> list[Split]:
    """A split for each year of a chain and each group of windows.

    Parameters
    ----------
    first, last : int
        Numbers of the first and the last year that are forecast.
    window : int
        Years that are seen.
    pairs, years : int
        Numbers of windows and of years, see `lessons.ForecastDataset`.
    groups : array of int, shape (window,)
        Windows of a group are forecast by models that never saw them; all 0: places are not held out.
    """
    numbers = np.arange(pairs)
    splits = []
    for year in range(first, last + 1):
        for group in np.unique(groups):
            own = groups == group
            seen = numbers if own.all() else numbers[~own]
            train = (seen[:, None] * years + np.arange(window, year - 1)).ravel()
            validation = seen * years + year - 1
            test = numbers[own] * years + year
            splits.append(checked(Split(f"{year}.{group}", train, validation, test), years))
    return splits


def checked(split: Split, years: int) -> Split:
    """`split`; raise `LeakError` if it learns from the year that it forecasts, or from a later one."""
    known = np.concatenate([split.train, split.validation]) % years
    if len(split.test) and len(known) and known.max() >= (split.test % years).min():
        raise LeakError(f"Split {split.name} learns from year {known.max()} and forecasts {split.test.min() % years}.")
    return split


def stack_weights(means: Sequence[Array], truth: Array) -> Array:
    """The weights of the mean of forecasts that comes nearest to the truth, drawn to equal ones, shape (model,).

    Parameters
    ----------
    means : sequence of arrays, shape (year, cell)
    truth : array, shape (year, cell)
        Each year counts the same, however hard it was.
    """
    count = len(means)
    gram = np.zeros((count, count))
    for year in range(len(truth)):
        errors = np.stack([mean[year] - truth[year] for mean in means])
        errors = errors[:, np.isfinite(errors).all(0)]
        own = errors @ errors.T
        if own.any():
            gram += own / np.trace(own)
    if not gram.any():
        return np.full(count, 1 / count)
    gram *= count / np.trace(gram)
    # their sum is 1, so the squares of their distances from equal ones differ from their own squares by a constant; and
    # the last row, which asks for that sum, moves their length alone
    root = np.linalg.cholesky(gram + PRIOR * np.eye(count)).T
    weights, _ = nnls(np.vstack([root, np.ones(count)]), np.append(np.zeros(count), 1.0))
    found: Array = weights / weights.sum()
    return found


def spread_factors(values: NDArray[np.float32], truth: Array, levels: Sequence[float]) -> Array:
    """By what the distances of quantiles from the mean are multiplied so that they hold, shape (lead, level).

    Conformal: the quantile of what would have been the right factor (Romano, Patterson & Candes 2019, for scaled
    residuals).

    Parameters
    ----------
    values : array, shape (year, lead, 1 + level, cell)
    truth : array, shape (year, lead, cell)
    """
    found = np.ones((values.shape[1], len(levels)))
    for lead in range(values.shape[1]):
        gap = truth[:, lead] - values[:, lead, 0]
        for number, level in enumerate(levels):
            field_of_view = values[:, lead, 1 + number].astype(np.float64) - values[:, lead, 0]
            kept = np.isfinite(gap) & np.isfinite(field_of_view) & (np.abs(field_of_view) > SMALLEST)
            if kept.any() and level != MEDIAN:
                ratio = gap[kept] / field_of_view[kept]
                found[lead, number] = max(np.quantile(ratio, level if level > MEDIAN else 1 - level), 0.0)
    return found


def calibrated(values: NDArray[np.float32], factors: Array) -> NDArray[np.float32]:
    """Forecasts, shape (..., lead, 1 + level, cell), with quantiles at `factors` times their distance."""
    mean = values[..., :1, :]
    field_of_view = (values[..., 1:, :] - mean) * factors[:, :, None].astype(np.float32)
    return np.concatenate([mean, mean + np.sort(field_of_view, -2)], -2)
