"""Scores of forecasts: from sums over cells, so that rasters of any size are judged, and whole blocks resampled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...targets.metrics import interval_of, number_of, resampled

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Row = dict[str, Any]

ALL, INSIDE, OUTSIDE = "all", "inside", "outside"  # parts of the cells
EVERY = "all years"
MEDIAN = 0.5
SMALLEST = 1e-12
FEWEST_BLOCKS = 8  # that an interval is told from
SUMS = ("n", "error", "absolute", "squared", "truth", "truth_squared", "anomaly_squared", "forecast_anomaly_squared",
        "product", "crps", "inside")  # fmt: skip


def sides_of(mask: str) -> list[str]:
    """The names of the parts inside and outside of a mask."""
    return [f"{side} {mask}" for side in (INSIDE, OUTSIDE)]


def parts_of(masks: Mapping[str, NDArray[Any]], count: int) -> dict[str, NDArray[np.bool_]]:
    """Which of `count` cells are in which part: all, and inside (1) and outside (0) of each mask, by name."""
    found = {ALL: np.ones(count, bool)}
    for name, mask in masks.items():
        found |= dict(zip(sides_of(name), (mask == 1, mask == 0), strict=True))
    return found


def left_interval(came: NDArray[Any], low: NDArray[Any], high: NDArray[Any]) -> NDArray[Any]:
    """1 where what came lies above its interval, -1 below, 0 within; NaN where one of them is not known."""
    return np.where(np.isfinite(came + low + high), (came > high) * 1.0 - (came < low), np.nan)


def crps(truth: Array, mean: Array, quantiles: Array, levels: Sequence[float]) -> Array:
    """The continuous ranked probability score of each cell, from quantiles; without any, the absolute error.

    Twice the mean of the quantile scores, weighed by the width of level that each stands for; the mean stands for the
    median.

    Parameters
    ----------
    quantiles : array, shape (level, cell)
    """
    if not len(levels):
        return np.abs(truth - mean)
    order = np.argsort([*levels, MEDIAN])
    at = np.array([*levels, MEDIAN])[order]
    values = np.concatenate([quantiles, mean[None]])[order]
    edges = np.concatenate([[0], (at[1:] + at[:-1]) / 2, [1]])
    gap = truth - values
    scores = np.where(gap >= 0, at[:, None] * gap, (at[:, None] - 1) * gap)
    found: Array = 2 * (scores * np.diff(edges)[:, None]).sum(0)
    return found


def sums(
    truth: Array,
    forecast: Array,
    climatology: Array,
    references: Mapping[str, Array],
    levels: Sequence[float],
    block: Index,
    blocks: int,
) -> Array:
    """The sums of `SUMS`, then of the squared errors of `references`, over the cells of each block.

    Parameters
    ----------
    truth, climatology : array, shape (cell,)
        What came, and the mean of the years that were seen; NaN is not known.
    forecast : array, shape (1 + level, cell)
        Mean and quantiles; or the mean alone.
    references : dict
        Forecasts by name, over which the skill is told.
    block : array of int, shape (cell,)
        Number of the block of each cell, of so many `blocks`.
    """
    kept = np.isfinite(truth) & np.isfinite(forecast[0]) & np.isfinite(climatology)
    y, p, usual = truth[kept], forecast[0, kept], climatology[kept]
    quantiles = forecast[1:, kept]
    inside = (y >= quantiles.min(0)) & (y <= quantiles.max(0)) if len(quantiles) > 1 else np.zeros(len(y))
    error, came, foretold = p - y, y - usual, p - usual
    columns = [
        np.ones(len(y)),
        error,
        np.abs(error),
        error**2,
        y,
        y**2,
        came**2,
        foretold**2,
        came * foretold,
        crps(y, p, quantiles, levels if len(quantiles) else ()),
        inside,
        *((other[kept] - y) ** 2 for other in references.values()),
    ]
    return np.stack([np.bincount(block[kept], column, blocks) for column in columns], 1)


def told(parts: Array, references: Sequence[str], *, intervals: bool, seed: int = 0) -> Row:
    """The scores of sums, see `sums`; an interval of the error is that of resampled blocks.

    Parameters
    ----------
    parts : array, shape (block, column)
    references : sequence of str
        Their names, in order.
    intervals : bool
        Whether there were quantiles.
    """
    parts = parts[parts[:, 0] > 0]
    if not len(parts):
        return {"n": 0}
    total = dict(zip(SUMS, parts.sum(0), strict=False))
    n = total["n"]
    mse, spread = total["squared"] / n, total["truth_squared"] / n - (total["truth"] / n) ** 2
    apart = float(np.sqrt(total["anomaly_squared"] * total["forecast_anomaly_squared"]))
    drawn = resampled(parts[:, [SUMS.index("squared"), 0]], np.arange(len(parts)), seed)
    low, high = interval_of(np.sqrt(drawn[:, 0] / np.maximum(drawn[:, 1], 1)))
    if len(parts) < FEWEST_BLOCKS:
        low = high = None
    row: Row = {
        "n": int(n),
        "rmse": float(np.sqrt(mse)),
        "low": low,
        "high": high,
        "mae": float(total["absolute"] / n),
        "bias": float(total["error"] / n),
        "r2": _over(mse, total["anomaly_squared"] / n),
        "spatial_r2": _over(mse, spread),
        "anomaly_correlation": float(total["product"] / apart) if apart else None,
        "crps": float(total["crps"] / n),
    }
    for name, squared in zip(references, parts[:, len(SUMS) :].sum(0), strict=True):
        row[f"skill_{name}"] = _over(total["squared"], squared)
    if intervals:
        row["coverage"] = float(total["inside"] / n)
    return row


def _over(error: float, other: float) -> float | None:
    return number_of(1 - error / other) if other > SMALLEST else None


def skill_map(errors: NDArray[Any], others: NDArray[Any]) -> NDArray[Any]:
    """1 - the sum over the first axis of squared errors / that of others; NaN where these are none.

    It is -1 at least: where a reference happened to be right, the skill of a cell has no lower bound.
    """
    kept = np.isfinite(errors) & np.isfinite(others)
    own, other = (np.where(kept, values, 0) ** 2 for values in (errors, others))
    own, other = own.sum(0), other.sum(0)
    found: NDArray[Any] = np.where(other > SMALLEST, np.maximum(1 - own / np.maximum(other, SMALLEST), -1), np.nan)
    return found


def beside(row: Row, best: str, other: float) -> str:
    """The skill of a row over the best of simple forecasts, whose RMSE is `other`, in words."""
    gained = f"; skill over it {1 - (row['rmse'] / other) ** 2:.3f}" if other > 0 else ""
    return f"best simple forecast: {best}, {other:.4g}{gained}"


def with_interval(row: Row) -> str:
    """The error of a row in words, with its interval if there is one."""
    low, high = row["low"], row["high"]
    return f"RMSE {row['rmse']:.4g}" + ("" if low is None else f" [{low:.4g}, {high:.4g}]")
