"""Metrics of compositions; every table, figure and file takes its numbers from here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..runtime.types import Array
from .scored_samples import ScoredSamples

REPLICATES = 500
LEVEL = 0.9
SMALLEST = 1e-6


@dataclass(frozen=True)
class Score:
    """Scores of one component, or (``mean``) averaged over components.

    ``r2`` is 1 - SSE/SST at the 1:1 line, never of a refitted line; ``low`` and ``high`` bound it in
    90 % of resamplings of whole groups. None stands for "not defined" (no variance, no samples).
    """

    component: str
    n: int
    r2: float | None
    low: float | None
    high: float | None
    rmse: float | None
    mae: float | None
    bias: float | None
    slope: float | None

    def row(self, **labels: str) -> dict[str, Any]:
        """The score as a table row with `labels` in front."""
        return {**labels, **asdict(self)}


def r2(observed: Array, predicted: Array) -> Array:
    """The R2 of each column at the 1:1 line; NaN where the observed have no variance."""
    sse = ((observed - predicted) ** 2).sum(0)
    sst = ((observed - observed.mean(0)) ** 2).sum(0)
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


def composition_scores(scored: ScoredSamples, components: Sequence[str], seed: int = 0) -> list[Score]:
    """A score for each component and, last, their mean; samples that were not predicted do not count."""
    scored = scored.known()
    observed, predicted, n = scored.observed, scored.predicted, len(scored)
    if not n:
        return [Score(c, 0, *([None] * 7)) for c in (*components, "mean")]
    per_component = r2(observed, predicted)
    error = predicted - observed
    replicates = _bootstrap_r2(observed, predicted, scored.unit, seed)
    columns = {
        "rmse": np.sqrt((error**2).mean(0)),
        "mae": np.abs(error).mean(0),
        "bias": error.mean(0),
        "slope": _slope(observed, predicted),
    }
    scores = []
    for i, component in enumerate(components):
        low, high = interval_of(replicates[:, i])
        values = {name: number_of(column[i]) for name, column in columns.items()}
        scores.append(Score(component, n, number_of(per_component[i]), low, high, **values))
    low, high = interval_of(defined_mean(replicates))
    values = {name: number_of(defined_mean(column)) for name, column in columns.items()}
    return [*scores, Score("mean", n, number_of(defined_mean(per_component)), low, high, **values)]


def resampled(values: Array, group: NDArray[np.object_] | NDArray[np.int64], seed: int) -> Array:
    """The sums of the columns of `values` in resamplings of whole groups, shape (replicate, column).

    Sums per group are drawn instead of rows, so the cost does not grow with rows per group.
    """
    _, number = np.unique(group.astype(str), return_inverse=True)
    count = int(number.max()) + 1
    sums = np.stack([np.bincount(number, column, count) for column in values.T], 1)
    rng = np.random.default_rng(seed)
    times = rng.multinomial(count, np.full(count, 1 / count), REPLICATES).astype(float)
    resampled_sums: Array = times @ sums
    return resampled_sums


def _bootstrap_r2(observed: Array, predicted: Array, group: NDArray[np.object_], seed: int) -> Array:
    """R2 in resamplings of whole groups, shape (replicate, component)."""
    n = observed.shape[1]
    centred = observed - observed.mean(0)  # sums of squares about the mean do not cancel
    columns = [centred, centred**2, (observed - predicted) ** 2, np.ones((len(observed), 1))]
    sums = resampled(np.concatenate(columns, 1), group, seed)
    total, squares, sse, count = np.split(sums, [n, 2 * n, 3 * n], 1)
    sst = squares - total**2 / count
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(sst > 1e-12, 1 - sse / sst, np.nan)


def _slope(observed: Array, predicted: Array) -> Array:
    """The slope of predicted against observed; below 1 the extremes are flattened."""
    x = observed - observed.mean(0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((x**2).sum(0) > 0, (x * predicted).sum(0) / (x**2).sum(0), np.nan)


def defined_mean(values: Array) -> Any:
    """The mean of finite values along the last axis; NaN where there is none."""
    finite = np.isfinite(values)
    count = finite.sum(-1)
    return np.where(count > 0, np.where(finite, values, 0).sum(-1) / np.maximum(count, 1), np.nan)


def interval_of(values: Array) -> tuple[float | None, float | None]:
    """The bounds that hold the middle `LEVEL` of resamplings; None where most of them are not defined."""
    values = values[np.isfinite(values)]
    if len(values) < REPLICATES / 2:
        return None, None
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return number_of(low), number_of(high)


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
