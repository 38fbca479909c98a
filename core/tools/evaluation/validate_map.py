"""Validate a map against independent observations, by unit and aggregated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import false_discovery_control, pearsonr

from ...contract.errors import RegionwiseError
from ...data.raster.stack import Stack
from ...data.vector.labels import read_shares
from ...data.vector.layers import read_layer
from ...data.vector.tables import check_fields, check_new_fields, numeric_column, text_of
from ...data.vector.writers import check_field_names, write_rows, write_vector
from ...data.vector.zonal import zonal_means
from ...reports import figures
from ...reports.html_report import HtmlReport
from ...runtime.files import check_not_input, check_writable
from ...runtime.run import Result, Run
from ...runtime.types import Array
from ...targets.metrics import composition_scores, divergences
from ...targets.scored_samples import ScoredSamples
from ...targets.share_target import ScoreRow
from .params import MapValidation

FALSE_DISCOVERY_RATE = 0.05
FEWEST = 5  # units for a correlation
SCORE_COLUMNS = ("level", "component", "n", "r2", "low", "high", "rmse", "mae", "bias", "slope")
AREA, CELLS = "map_area", "map_cells"


@dataclass(frozen=True)
class Units:
    """Observed and mapped shares, and indicators, of the units of one level.

    Parameters
    ----------
    predicted, observed : array, shape (unit, band or target)
    indicators : array, shape (unit, indicator)
    group : array of str
        What is resampled for intervals.
    """

    level: str
    predicted: Array
    observed: Array
    indicators: Array
    group: NDArray[np.object_]


@dataclass(frozen=True)
class Validation:
    """The units of each level, the map's bands that are compared, and their scores and correlations as rows."""

    levels: list[Units]
    bands: list[str]
    scores: list[ScoreRow]
    correlations: list[ScoreRow]


def validate_map(params: MapValidation, run: Run) -> Result:
    """Write the scores of a map by unit and, if a level is named, aggregated to it."""
    check_writable(params.output, params.scores, params.correlations, params.report)
    check_not_input([params.output], [params.reference.path, params.map.path])
    with Stack({"map": (params.map,)}) as stack:
        frame = read_layer(params.reference, stack.grid.crs, stack.grid.bounds)
        fields = (*params.targets, *params.indicators, params.level_field, params.weight_field, params.group_field)
        check_fields(frame, fields, params.reference)
        bands = [stack.names[i] for i in stack.select(params.targets or stack.names)]
        means, area, _ = zonal_means(stack, frame.geometry)
        predicted = means[:, stack.select(bands)]
    units, weight = _units(frame, params, predicted, area, run)
    levels = [units]
    if params.level_field:
        levels.append(_aggregated(units, weight, frame, params, run))
    scores = [row for level in levels for row in _score_rows(level, params)]
    correlations = [row for level in levels for row in _correlation_rows(level, bands, params)]
    for row in scores:
        if row["component"] == "mean" and row["r2"] is not None:
            run.channel.info(f"{row['level']}: mean R2 {row['r2']:.3f}, RMSE {row['rmse']:.3f}, n {row['n']}.")
    write_rows(scores, params.scores)
    write_rows(correlations, params.correlations)
    if params.output:
        _write_units(frame, predicted, bands, params)
    validation = Validation(levels, bands, scores, correlations)
    _report(params, run, validation).write(params.report, params.figures)
    names = ("output", "scores", "correlations", "report", "figures")
    outputs = {name.upper(): getattr(params, name) for name in names}
    last = [r["r2"] for r in scores if r["component"] == "mean" and r["r2"] is not None]
    return Result({k: v for k, v in outputs.items() if v}, {"R2_MEAN": last[-1]} if last else {})


def _units(
    frame: gpd.GeoDataFrame, params: MapValidation, predicted: Array, area: Array, run: Run
) -> tuple[Units, Array]:
    """The reference units as they are, and the weight of each in a coarser one."""
    observed = np.empty((len(frame), 0))
    if params.targets:
        observed, notices = read_shares(frame, params.targets, str(params.reference))
        for notice in notices:
            run.channel.warning(notice)
    unmapped = ~np.isfinite(predicted).all(1)
    if unmapped.all():
        raise RegionwiseError(
            f"No unit of '{params.reference}' lies on data of '{params.map}'.",
            "Check the CRS of both layers, and that they cover the same area.",
        )
    if unmapped.any():
        run.channel.warning(f"{unmapped.sum()} of {len(frame)} units have no data on the map and do not count.")
    numbers = [numeric_column(frame, name, params.reference) for name in params.indicators]
    for name, values in zip(params.indicators, numbers, strict=True):
        if len(np.unique(values[np.isfinite(values)])) < 2:
            raise RegionwiseError(
                f"Indicator '{name}' of '{params.reference}' has no two different numbers; nothing correlates with it.",
                "Choose a numeric field that varies.",
            )
    indicators = np.stack(numbers, 1) if numbers else np.empty((len(frame), 0))
    group = [text_of(value) for value in frame[params.group_field]] if params.group_field else range(len(frame))
    weight = area
    if params.weight_field:
        weight = np.nan_to_num(numeric_column(frame, params.weight_field, params.reference))
        if (weight < 0).any():
            raise RegionwiseError(f"Weight field '{params.weight_field}' has negative values.", "Correct them.")
    return Units("unit", predicted, observed, indicators, np.array([str(g) for g in group], object)), weight


def _aggregated(units: Units, weight: Array, frame: gpd.GeoDataFrame, params: MapValidation, run: Run) -> Units:
    """The weighted means of units by the level field; units without data or label do not count."""
    names = np.array([text_of(value) for value in frame[params.level_field]])
    counted = np.isfinite(units.predicted).all(1) & np.isfinite(units.observed).all(1) & (names != "") & (weight > 0)
    if (names == "").any():
        run.channel.warning(f"{(names == '').sum()} units without a value of '{params.level_field}' are in no level.")
    levels, number = np.unique(names[counted], return_inverse=True)

    def mean(values: Array) -> Array:
        values = values[counted]
        weights = np.isfinite(values) * weight[counted][:, None]
        columns = zip((np.nan_to_num(values) * weights).T, weights.T, strict=True)
        with np.errstate(invalid="ignore", divide="ignore"):
            means = [np.bincount(number, c, len(levels)) / np.bincount(number, w, len(levels)) for c, w in columns]
        return np.stack(means, 1) if means else np.empty((len(levels), 0))

    group = np.array([str(name) for name in levels], object)
    return Units(params.level_field, mean(units.predicted), mean(units.observed), mean(units.indicators), group)


def _score_rows(units: Units, params: MapValidation) -> list[ScoreRow]:
    if not params.targets:
        return []
    labelled = np.isfinite(units.observed).all(1)
    scored = ScoredSamples.alike(units.observed[labelled], units.predicted[labelled], units.group[labelled])
    scores = composition_scores(scored, params.targets)
    return [score.row(level=units.level) for score in scores]


def _correlation_rows(units: Units, bands: list[str], params: MapValidation) -> list[ScoreRow]:
    """R, R2 and p of each indicator with each share; p is corrected for how many were tried."""
    rows: list[ScoreRow] = []
    for j, indicator in enumerate(params.indicators):
        for i, band in enumerate(bands):
            x, y = units.predicted[:, i], units.indicators[:, j]
            valid = np.isfinite(x) & np.isfinite(y)
            if valid.sum() < FEWEST or not x[valid].std() > 0 or not y[valid].std() > 0:
                continue
            test = pearsonr(x[valid], y[valid])
            r, p = float(test.statistic), float(test.pvalue)
            labels = {"level": units.level, "indicator": indicator, "component": band, "n": int(valid.sum())}
            rows.append({**labels, "r": r, "r2": r**2, "p": p})
    if rows:
        corrected = false_discovery_control([row["p"] for row in rows])
        for row, p in zip(rows, corrected, strict=True):
            row |= {"p_corrected": float(p), "significant": bool(p < FALSE_DISCOVERY_RATE)}
    return rows


def _write_units(frame: gpd.GeoDataFrame, predicted: Array, bands: list[str], params: MapValidation) -> None:
    columns = {f"{band}_map": predicted[:, i] for i, band in enumerate(bands)}
    check_field_names(params.output, columns)
    kept = check_new_fields(frame, list(columns), params.reference)
    write_vector(kept.drop(columns=[n for n in kept if str(n).lower() == "fid"]).assign(**columns), params.output)


def _report(params: MapValidation, run: Run, validation: Validation) -> HtmlReport:
    """Scores, scatter plots and correlations of each level."""
    scores = validation.scores
    means = [f"{r['level']}: R2 {r['r2']:.3f}" for r in scores if r["component"] == "mean" and r["r2"] is not None]
    summary = "Mean over components, at the 1:1 line. " + ", ".join(means) if means else ""
    report = HtmlReport("Validation of a map", summary)
    if scores:
        note = "R² at the 1:1 line, never of a refitted one. Low and high: 90 % of resamplings of whole groups."
        report.table("Scores", scores, SCORE_COLUMNS, note)
    for units in validation.levels:
        if params.targets:
            _add_scatter(report, units, params.targets)
        rows = [row for row in validation.correlations if row["level"] == units.level]
        if rows:
            report.figure(
                f"Indicators: {units.level}",
                figures.correlation_map(rows, validation.bands, params.indicators),
                "Correlation of each indicator with each share; a star: significant with 5 % false discoveries.",
                pd.DataFrame(rows),
            )
            boxes = figures.quartile_boxes(units.predicted, units.indicators, validation.bands, params.indicators)
            report.figure(f"Indicators by quarter of the share: {units.level}", boxes)
    if validation.correlations:
        report.table("Correlations", validation.correlations)
    report.parameters(params.to_json())
    report.text("Repeat this run", *run.repeat_lines)
    return report


def _add_scatter(report: HtmlReport, units: Units, targets: Sequence[str]) -> None:
    """Add observed against mapped shares of the units that have both."""
    valid = np.isfinite(units.observed).all(1) & np.isfinite(units.predicted).all(1)
    observed, predicted = units.observed[valid], units.predicted[valid]
    data = pd.DataFrame(
        {
            f"{name} {kind}": values[:, i]
            for i, name in enumerate(targets)
            for kind, values in (("observed", observed), ("predicted", predicted))
        }
    )
    distances = ", ".join(f"{name} {value:.3f}" for name, value in divergences(observed, predicted).items())
    picture = figures.scatter(observed.T, predicted.T, targets)
    report.figure(f"Observed and mapped: {units.level}", picture, f"Mean of {distances}.", data)
