"""Ridge: a pooled regression on lags whose slopes depend on how much a cell varies, and that trusts recent years."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...runtime.checkpoints import Arrays
from ...runtime.types import Floats
from .dataset import recency, scale_of
from .lag_features import OWN, lag_names

Array = NDArray[np.float64]
Index = NDArray[np.int64]

HALF_LIVES = (3.0, 6.0, 12.0, 1e6)  # years after which a year counts half
CHOOSING = 3  # last known years, each forecast from those before it, choose the half-life
PENALTY = 0.15  # of slopes of lags, in units of what is known of each
LIGHT = 0.001  # the same of covariates: who gives them expects that they tell something
SHARED = 0.2  # part that is left of what all cells of a year have in common: it tells as little as one observation
MODULATORS = ("base", "deviation", "memory")  # what the slopes of a cell's own years depend on
MODULATED = ("last", "mean", "mean 5", "slope")  # whose slopes depend on that, beside those of the years
FARTHEST = (-2.5, 3.0)  # deviations from the mean up to which slopes follow
SMALLEST = 1e-9
CHUNK = 1 << 16  # cells that are answered at a time


def fit_ridge(table: Floats, came: Array, year: Index, window: int, lead: int = 1) -> tuple[Arrays, float]:
    """A regression and its half-life: the one that forecasts the last known years best, from those before each.

    Parameters
    ----------
    table : array, shape (feature, row)
        See `lags.lag_names`; more may follow. NaN is missing.
    came : array, shape (row,)
        Told against the base.
    year : array of int, shape (row,)
        The first one to forecast, `lead` - 1 before that of what came.
    window : int
        Years that are seen.
    """
    centre, deviation = scale_of(table)
    found: Arrays = {"centre": centre, "deviation": deviation}
    years = np.unique(year)
    parts = []
    for each in years:  # a year's rows count alike, so any weights of years follow from its sums
        x, known = _terms(found, table[:, year == each], window), came[year == each]
        taken = (1 - SHARED**2) * x.mean(1)
        parts.append((x @ x.T - np.outer(taken, x.sum(1)), x @ known - taken * known.sum()))
    penalty = np.full(len(x), PENALTY)
    penalty[len(lag_names(window)) : len(table)], penalty[-1] = LIGHT, 0
    grams, products = (np.array(each) for each in zip(*parts, strict=True))
    errors = np.zeros(len(HALF_LIVES))
    for last in range(max(len(years) - CHOOSING, 1), len(years)):
        x, known = _terms(found, table[:, year == years[last]], window), came[year == years[last]]
        before = years + lead <= years[last]
        for number, life in enumerate(HALF_LIVES if before.any() else ()):
            slope = _solved(grams[before], products[before], recency(years[before], life), penalty)
            errors[number] += ((slope @ x - known) ** 2).mean()
    best = HALF_LIVES[int(np.argmin(errors))] if errors.any() else HALF_LIVES[-1]
    return {**found, "slope": _solved(grams, products, recency(years, best), penalty)}, best


def without_shared(came: Array, told: Array, year: Index) -> Array:
    """Return what came in the rows of each year, (row,), without most of what they share that a regression told not."""
    _, number = np.unique(year, return_inverse=True)
    means = np.bincount(number, came - told) / np.bincount(number)
    found: Array = came - (1 - SHARED) * means[number]
    return found


def apply_ridge(found: Arrays, table: Floats, window: int) -> Array:
    """The forecasts of a regression, told against the base, shape (row,); see `fit_ridge`."""
    chunks = [table[:, start : start + CHUNK] for start in range(0, table.shape[1], CHUNK)]
    answers = [found["slope"] @ _terms(found, chunk, window) for chunk in chunks]
    return np.concatenate([np.empty(0), *answers])


def _solved(grams: Array, products: Array, weight: Array, penalty: Array) -> Array:
    """The slopes of the regression whose years have these weights; the last one is that of the constant."""
    gram: Array = np.einsum("y,yij->ij", weight, grams)
    gram += np.diag(penalty * np.diag(gram) + SMALLEST)
    found: Array = np.linalg.solve(gram, weight @ products).astype(np.float64)
    return found


def _terms(found: Arrays, table: Floats, window: int) -> Array:
    """Standardised features, products of the cell's own years with `MODULATORS`, and a row of 1.

    What is missing is at the mean.
    """
    x = np.nan_to_num((table.astype(np.float64) - found["centre"][:, None]) / found["deviation"][:, None])
    by_name = {name: x[window + number] for number, name in enumerate(OWN)}
    own = np.concatenate([x[:window], np.stack([by_name[name] for name in MODULATED])])
    products = [own * np.clip(by_name[name], *FARTHEST) for name in MODULATORS]
    return np.concatenate([x, *products, np.ones((1, x.shape[1]))])
