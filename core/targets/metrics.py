"""Metrics of compositions; every table, figure and file takes its numbers from here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..runtime.types import Array
from .map_correction import ShareCorrection
from .score_intervals import ERROR, SKILL, jackknifed, unit_numbers, unit_sums
from .scored_samples import ScoredSamples

SMALLEST = 1e-6


@dataclass(frozen=True)
class Score:
    """Scores of one component, or (``mean``) averaged over components.

    ``r2`` is 1 - SSE/SST at the 1:1 line, never of a refitted line; ``low`` and ``high`` are the bounds of its 90 %
    interval over ``units`` that folds kept whole, ``rmse_low`` and ``rmse_high`` those of the RMSE, see
    `score_intervals`. None stands for "not defined" (no variance, no samples, too few units).
    """

    component: str
    n: int
    units: int
    r2: float | None
    low: float | None
    high: float | None
    rmse: float | None
    rmse_low: float | None
    rmse_high: float | None
    mae: float | None
    bias: float | None
    slope: float | None

    def row(self, **labels: str) -> dict[str, Any]:
        """The score as a table row with `labels` in front."""
        return {**labels, **asdict(self)}


def r2(observed: Array, predicted: Array, weight: Array | None = None) -> Array:
    """The R2 of each column at the 1:1 line; NaN where the observed have no variance."""
    weights = np.ones((len(observed), 1)) if weight is None else weight[:, None]
    sse = (weights * (observed - predicted) ** 2).sum(0)
    sst = (weights * _centred(observed, weights) ** 2).sum(0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(sst > 0, 1 - sse / sst, np.nan)


def pooled_r2(observed: Array, predicted: Array, weight: Array | None = None) -> float:
    """The R2 over all components together, which stays defined where one of them is constant.

    Parameters
    ----------
    weight : array, shape (n,), optional
        Of the rows; without it they count alike.
    """
    each = np.ones((len(observed), 1)) if weight is None else weight[:, None]
    sse = (each * (observed - predicted) ** 2).sum()
    sst = (each * (observed - (each * observed).sum(0) / each.sum()) ** 2).sum()
    return float(1 - sse / sst) if sst > 0 else -float(sse)


def composition_scores(scored: ScoredSamples, components: Sequence[str]) -> list[Score]:
    """A score for each component and, last, their mean; samples that were not predicted do not count."""
    scored = scored.known()
    if not len(scored):
        return [Score(c, 0, 0, *([None] * 9)) for c in (*components, "mean")]
    observed, predicted, weights = scored.observed, scored.predicted, scored.weight[:, None]
    error = predicted - observed
    sums = composition_sums(scored)
    corrected = [composition_sums(each) for each in scored.within_error()]
    skill, rmse = jackknifed(sums, r2_of_sums, corrected), jackknifed(sums, rmse_of_sums, corrected)
    columns = {
        "r2": np.array([each.score for each in skill[:-1]]),
        "rmse": np.array([each.score for each in rmse[:-1]]),
        "bias": weighted_mean(error, weights),
    }
    if scored.correction is None:
        columns |= {"mae": weighted_mean(np.abs(error), weights), "slope": _slope(observed, predicted, weights)}
    scores = []
    for i, component in enumerate((*components, "mean")):
        values = {"mae": None, "slope": None} | {
            name: number_of(column[i] if i < len(column) else defined_mean(column)) for name, column in columns.items()
        }
        low, high = skill[i].bounds(SKILL)
        rmse_low, rmse_high = rmse[i].bounds(ERROR)
        bounds = {"low": low, "high": high, "rmse_low": rmse_low, "rmse_high": rmse_high}
        scores.append(Score(component, len(scored), len(sums), **values, **bounds))
    return scores


def composition_sums(scored: ScoredSamples) -> Array:
    """What R2 and RMSE follow from, summed over each unit.

    Returns
    -------
    array, shape (unit, 1 + 3 component)
        Weights, then for each component the labels about their mean, their squares, and squared errors.
    """
    weights = scored.weight[:, None]
    centred = _centred(scored.observed, weights)  # sums of squares about the mean do not cancel
    squared_error = (scored.observed - scored.predicted) ** 2
    if isinstance(scored.correction, ShareCorrection):
        squared_error = scored.correction.of_map(squared_error, scored.weight)
    columns = np.concatenate([np.ones_like(weights), centred, centred**2, squared_error], 1) * weights
    return unit_sums(columns, unit_numbers(scored.unit))


def r2_of_sums(sums: Array) -> Array:
    """The R2 of each component and their mean, shape (n, component + 1), from sums as `composition_sums` has them."""
    weight, (total, squares, sse) = sums[:, :1], np.split(sums[:, 1:], 3, 1)
    sst = squares - total**2 / weight
    values = np.where(sst > 1e-12, 1 - sse / sst, np.nan)
    return np.column_stack([values, defined_mean(values)])


def rmse_of_sums(sums: Array) -> Array:
    """The RMSE of each component and their mean, as `r2_of_sums`."""
    values = np.sqrt(np.maximum(np.split(sums[:, 1:], 3, 1)[2], 0) / sums[:, :1])
    return np.column_stack([values, defined_mean(values)])


def weighted_mean(values: Array, weights: Array) -> Array:
    """The mean of each column, with weights of shape (sample, 1)."""
    mean: Array = (values * weights).sum(0) / weights.sum(0)
    return mean


def _centred(values: Array, weights: Array) -> Array:
    return values - weighted_mean(values, weights)


def _slope(observed: Array, predicted: Array, weights: Array) -> Array:
    """The slope of predicted against observed; below 1 the extremes are flattened."""
    x = _centred(observed, weights)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = (weights * x**2).sum(0)
        return np.where(spread > 0, (weights * x * predicted).sum(0) / spread, np.nan)


def defined_mean(values: Array) -> Any:
    """The mean of finite values along the last axis; NaN where there is none."""
    finite = np.isfinite(values)
    count = finite.sum(-1)
    return np.where(count > 0, np.where(finite, values, 0).sum(-1) / np.maximum(count, 1), np.nan)


def number_of(value: Any) -> float | None:
    """A number, None if it is not defined."""
    return float(value) if np.isfinite(value) else None


def divergences(observed: Array, predicted: Array) -> dict[str, float]:
    """Mean Kullback-Leibler divergence, total variation and Aitchison distance."""
    valid = np.isfinite(predicted).all(1)
    p = np.clip(observed[valid], SMALLEST, None)
    q = np.clip(predicted[valid], SMALLEST, None)
    p, q = p / p.sum(1, keepdims=True), q / q.sum(1, keepdims=True)
    centred = [np.log(x) - np.log(x).mean(1, keepdims=True) for x in (p, q)]
    return {
        "Kullback-Leibler divergence": float((p * np.log(p / q)).sum(1).mean()),
        "total variation": float(np.abs(p - q).sum(1).mean() / 2),
        "Aitchison distance": float(np.sqrt(((centred[0] - centred[1]) ** 2).sum(1)).mean()),
    }
