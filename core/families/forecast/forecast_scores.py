"""Scores of forecasts: from sums over the cells of a block in a year, so that rasters of any size are scored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...runtime.types import Array, Index
from ...targets.metrics import number_of
from ...targets.quantiles import FEWEST_YEARS, crps
from ...targets.share_target import ScoreRow
from .year_intervals import Bounds, error_bounds, skill_bounds

Flags = NDArray[np.bool_]
Row = ScoreRow

ALL, INSIDE, OUTSIDE = "all", "inside", "outside"  # parts of the cells
EVERY = "all years"
FEWEST_QUANTILES = 2
SMALLEST = 1e-12
SUMS = ("n", "error", "absolute", "squared", "truth", "truth_squared", "anomaly_squared", "forecast_anomaly_squared",
        "product", "bounded", "inside", "crps")  # fmt: skip


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
            Of all quantiles; without any, there is no CRPS.
        """
        valid = np.isfinite(self.observed) & np.isfinite(self.forecast[0]) & np.isfinite(self.climatology)
        y, p, climatology = self.observed[valid], self.forecast[0, valid], self.climatology[valid]
        quantiles = self.forecast[1:, valid]
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
            *_of_quantiles(y, p, quantiles, levels),
            *((reference[valid] - y) ** 2 for reference in self.references.values()),
        ]
        return np.stack([np.bincount(self.block[valid], column, blocks) for column in columns], 1)


def _of_quantiles(observed: Array, mean: Array, quantiles: Array, levels: Sequence[float]) -> list[Array]:
    """Whether cells have quantiles, whether they lie within the outermost, and their CRPS; 0 without quantiles."""
    if len(quantiles) < FEWEST_QUANTILES:
        return [np.zeros(len(observed))] * 3
    bounded = np.isfinite(quantiles).all(0)
    inside = bounded & (observed >= quantiles.min(0)) & (observed <= quantiles.max(0))
    score = np.where(bounded & (not len(levels)), np.nan, 0.0)
    if len(levels):
        score[bounded] = crps(observed[bounded], mean[bounded], quantiles[:, bounded], levels)
    return [bounded.astype(np.float64), inside.astype(np.float64), score]


def scores_of(sums: Array, references: Sequence[str], lead: int = 1) -> Row:
    """The scores that follow from sums, see `ScoredCells.sums`; bounds over years and places, see `year_intervals`.

    Parameters
    ----------
    sums : array, shape (year, block, column)
    references : sequence of str
        Their names, in order.
    lead : int
        Years ahead.
    """
    total = dict(zip(SUMS, sums.sum((0, 1)), strict=False))
    n = total["n"]
    if not n:
        return {"n": 0}
    mse, variance = total["squared"] / n, total["truth_squared"] / n - (total["truth"] / n) ** 2
    anomalies = float(np.sqrt(total["anomaly_squared"] * total["forecast_anomaly_squared"]))
    squared = column_of(sums, "squared")
    bounds = error_bounds(squared, column_of(sums, "error"), column_of(sums, "n"), lead)
    row: Row = {
        "n": int(n),
        "rmse": float(np.sqrt(mse)),
        "low": bounds.low,
        "high": bounds.high,
        "mae": float(total["absolute"] / n),
        "bias": float(total["error"] / n),
        "r2": _skill(mse, total["anomaly_squared"] / n),
        "spatial_r2": _skill(mse, variance),
        "anomaly_correlation": float(total["product"] / anomalies) if anomalies else None,
    }
    for number, name in enumerate(references, len(SUMS)):
        skill = skill_bounds(squared, sums[..., number], lead)
        row |= {
            f"skill_{name}": number_of(skill.value),
            f"skill_{name}_low": skill.low,
            f"skill_{name}_high": skill.high,
        }
    bounded = total["bounded"]
    for name, column in (("coverage", "inside"), ("crps", "crps")):
        row[name] = number_of(total[column] / bounded) if bounded else None
    return row


def column_of(sums: Array, name: str) -> Array:
    """One of `SUMS`, shape (year, block)."""
    column: Array = sums[..., SUMS.index(name)]
    return column


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


def skill_sentence(skill: Bounds, best: str, rmse: float) -> str:
    """The skill over the best of simple forecasts, which has an `rmse`, in words: what its bounds tell."""
    sentence = f"best simple forecast: {best}, {rmse:.4g}"
    if not np.isfinite(skill.value):
        return sentence
    sentence += f"; skill over it {skill.value:.3f}"
    if skill.low is None or skill.high is None:
        return f"{sentence} (fewer than {FEWEST_YEARS} years: may be chance)"
    verdict = "better" if skill.low > 0 else "worse" if skill.high < 0 else "no clear difference"
    return f"{sentence} [{skill.low:.3f}, {skill.high:.3f}]: {verdict}"


def with_interval(row: Row) -> str:
    """The error of a row in words, with its interval if there is one."""
    low, high = row["low"], row["high"]
    return f"RMSE {row['rmse']:.4g}" + ("" if low is None else f" [{low:.4g}, {high:.4g}]")


def coverage_sentence(row: Row) -> str:
    """What the intervals of a row hold, in words; empty without any."""
    return "" if row.get("coverage") is None else f"; intervals hold {row['coverage']:.3f}"


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
    skills : dict
        Of the forecast over simple ones, by their name.
    """

    name: str
    models: Sequence[str]
    years: list[int]
    masks: Sequence[str]
    rows: Sequence[Row]
    cells: Array
    skills: Mapping[str, Bounds]

    def row(self, model: str, part: str = ALL, year: str = EVERY) -> Row:
        """One row of scores; empty if nothing was known there."""
        wanted = (model, part, year)
        return next((row for row in self.rows if (row["model"], row["part"], row["year"]) == wanted), {})
