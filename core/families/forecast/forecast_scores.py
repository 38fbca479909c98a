"""Scores of forecasts: from sums over cells, so that rasters of any size are scored, and whole blocks resampled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...runtime.types import Array, Index
from ...targets.metrics import interval_of, number_of, resampled
from ...targets.quantiles import crps
from ...targets.share_target import ScoreRow

Flags = NDArray[np.bool_]
Row = ScoreRow

ALL, INSIDE, OUTSIDE = "all", "inside", "outside"  # parts of the cells
EVERY = "all years"
SMALLEST = 1e-12
FEWEST_BLOCKS = 8  # from which an interval is computed
SUMS = ("n", "error", "absolute", "squared", "truth", "truth_squared", "anomaly_squared", "forecast_anomaly_squared",
        "product", "crps", "inside")  # fmt: skip


def sides_of(mask: str) -> list[str]:
    """The names of the parts inside and outside of a mask."""
    return [f"{side} {mask}" for side in (INSIDE, OUTSIDE)]


def parts_of(masks: Mapping[str, NDArray[Any]], count: int) -> dict[str, Flags]:
    """Which of `count` cells are in which part: all, and inside (1) and outside (0) of each mask, by name."""
    parts = {ALL: np.ones(count, bool)}
    for name, mask in masks.items():
        parts |= dict(zip(sides_of(name), (mask == 1, mask == 0), strict=True))
    return parts


@dataclass(frozen=True)
class ScoredCells:
    """The forecasts of cells, and what they are scored by; NaN is not known.

    Parameters
    ----------
    observed, climatology : array, shape (cell,)
        The latter is the mean of the years that were seen.
    forecast : array, shape (1 + level, cell)
        Mean and quantiles; or the mean alone.
    references : dict
        Forecasts by name, over which the skill is computed.
    block : array of int, shape (cell,)
        Number of the block of each cell.
    """

    observed: Array
    climatology: Array
    forecast: Array
    references: Mapping[str, Array]
    block: Index

    def of(self, part: Flags) -> ScoredCells:
        """Some of the cells."""
        references = {name: forecast[part] for name, forecast in self.references.items()}
        return ScoredCells(
            self.observed[part], self.climatology[part], self.forecast[:, part], references, self.block[part]
        )

    def sums(self, blocks: int, levels: Sequence[float] = ()) -> Array:
        """The sums of `SUMS`, then of the squared errors of references, over the cells of each of so many blocks.

        Parameters
        ----------
        levels : sequence of float
            Of all quantiles; without any, the CRPS is that of the mean.
        """
        valid = np.isfinite(self.observed) & np.isfinite(self.forecast[0]) & np.isfinite(self.climatology)
        y, p, climatology = self.observed[valid], self.forecast[0, valid], self.climatology[valid]
        quantiles = self.forecast[1:, valid]
        inside = (y >= quantiles.min(0)) & (y <= quantiles.max(0)) if len(quantiles) > 1 else np.zeros(len(y))
        error, anomaly, forecast_anomaly = p - y, y - climatology, p - climatology
        columns = [
            np.ones(len(y)),
            error,
            np.abs(error),
            error**2,
            y,
            y**2,
            anomaly**2,
            forecast_anomaly**2,
            anomaly * forecast_anomaly,
            crps(y, p, quantiles, levels if len(quantiles) else ()),
            inside,
            *((reference[valid] - y) ** 2 for reference in self.references.values()),
        ]
        return np.stack([np.bincount(self.block[valid], column, blocks) for column in columns], 1)


def scores_of(sums: Array, references: Sequence[str], *, intervals: bool, seed: int = 0) -> Row:
    """The scores that follow from sums, see `ScoredCells.sums`; an interval of the error is that of resampled blocks.

    Parameters
    ----------
    sums : array, shape (block, column)
    references : sequence of str
        Their names, in order.
    intervals : bool
        Whether there were quantiles.
    """
    sums = sums[sums[:, 0] > 0]
    if not len(sums):
        return {"n": 0}
    total = dict(zip(SUMS, sums.sum(0), strict=False))
    n = total["n"]
    mse, variance = total["squared"] / n, total["truth_squared"] / n - (total["truth"] / n) ** 2
    anomalies = float(np.sqrt(total["anomaly_squared"] * total["forecast_anomaly_squared"]))
    drawn = resampled(sums[:, [SUMS.index("squared"), 0]], np.arange(len(sums)), seed)
    low, high = interval_of(np.sqrt(drawn[:, 0] / np.maximum(drawn[:, 1], 1)))
    if len(sums) < FEWEST_BLOCKS:
        low = high = None
    row: Row = {
        "n": int(n),
        "rmse": float(np.sqrt(mse)),
        "low": low,
        "high": high,
        "mae": float(total["absolute"] / n),
        "bias": float(total["error"] / n),
        "r2": _skill(mse, total["anomaly_squared"] / n),
        "spatial_r2": _skill(mse, variance),
        "anomaly_correlation": float(total["product"] / anomalies) if anomalies else None,
        "crps": float(total["crps"] / n),
    }
    for name, squared in zip(references, sums[:, len(SUMS) :].sum(0), strict=True):
        row[f"skill_{name}"] = _skill(total["squared"], squared)
    if intervals:
        row["coverage"] = float(total["inside"] / n)
    return row


def _skill(error: float, reference: float) -> float | None:
    return number_of(1 - error / reference) if reference > SMALLEST else None


def skill_map(errors: NDArray[Any], references: NDArray[Any]) -> NDArray[Any]:
    """1 - the sum over the first axis of squared errors / that of the references'; NaN where these are none.

    It is -1 at least: where a reference happened to be right, the skill of a cell has no lower bound.
    """
    valid = np.isfinite(errors) & np.isfinite(references)
    squared, reference = ((np.where(valid, values, 0) ** 2).sum(0) for values in (errors, references))
    skill = np.maximum(1 - squared / np.maximum(reference, SMALLEST), -1)
    return np.where(reference > SMALLEST, skill, np.nan)


def skill_sentence(row: Row, best: str, rmse: float) -> str:
    """The skill of a row over the best of simple forecasts, which has an `rmse`, in words."""
    gained = f"; skill over it {1 - (row['rmse'] / rmse) ** 2:.3f}" if rmse > 0 else ""
    return f"best simple forecast: {best}, {rmse:.4g}{gained}"


def with_interval(row: Row) -> str:
    """The error of a row in words, with its interval if there is one."""
    low, high = row["low"], row["high"]
    return f"RMSE {row['rmse']:.4g}" + ("" if low is None else f" [{low:.4g}, {high:.4g}]")


@dataclass(frozen=True)
class MapScores:
    """The scores of a map of forecasts.

    Parameters
    ----------
    name : str
        Of what is forecast.
    models : sequence of str
        The forecast first, then simple ones.
    cells : array, shape (row, cell)
        Some cells: observations by year, forecasts by year, and masks.
    """

    name: str
    models: Sequence[str]
    years: list[int]
    masks: Sequence[str]
    rows: Sequence[Row]
    cells: Array

    def row(self, model: str, part: str = ALL, year: str = EVERY) -> Row:
        """One row of scores; empty if nothing was known there."""
        wanted = (model, part, year)
        return next((row for row in self.rows if (row["model"], row["part"], row["year"]) == wanted), {})
