"""Validate a map against what was observed independently, and summarise it over polygons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import false_discovery_control, pearsonr

from ...contract.errors import RegionwiseError
from ...data.raster.stack import Stack
from ...data.vector.samples import read_layer, read_shares
from ...data.vector.tables import check_fields, check_new_fields, text_of
from ...data.vector.writers import check_field_names, write_vector
from ...data.vector.zonal import zonal_means
from ...reports import figures
from ...reports.html_report import HtmlReport
from ...runtime.files import atomic, check_not_input, check_writable
from ...runtime.run import Result, Run
from ...targets.metrics import composition_scores, divergences
from .params import MapValidation

Array = NDArray[np.float64]

FALSE_DISCOVERY_RATE = 0.05
FEWEST = 5  # units for a correlation
SCORE_COLUMNS = ("level", "component", "n", "r2", "low", "high", "rmse", "mae", "bias", "slope")
AREA, CELLS = "map_area", "map_cells"


@dataclass(frozen=True)
class Units:
    """What was observed and what the map says, per unit of one level.

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


def validate_map(params: MapValidation, run: Run) -> Result:
    """Write the scores of a map by unit and, if a level is named, aggregated to it."""
    check_writable(params.output, params.scores, params.correlations, params.report)
    check_not_input([params.output], [params.reference.path, params.map.path])
    with Stack({"map": (params.map,)}) as stack:
        frame = read_layer(params.reference, stack.grid.crs)
        fields = (*params.targets, *params.indicators, params.level_field, params.weight_field, params.group_field)
        check_fields(frame, fields, params.reference)
        bands = [stack.names[i] for i in stack.select(params.targets or stack.names)]
        means, area, _ = zonal_means(stack, frame.geometry)
        predicted = means[:, stack.select(bands)]
    units, weight = _units(frame, params, predicted, area, run)
    levels = [units]
    if params.level_field:
        levels.append(_aggregated(units, weight, frame, params, run))
    rows = [row for level in levels for row in _score_rows(level, params)]
    correlations = [row for level in levels for row in _correlation_rows(level, bands, params)]
    for row in rows:
        if row["component"] == "mean" and row["r2"] is not None:
            run.channel.info(f"{row['level']}: mean R2 {row['r2']:.3f}, RMSE {row['rmse']:.3f}, n {row['n']}.")
    for path, table in ((params.scores, rows), (params.correlations, correlations)):
        if path:
            with atomic(path) as part:
                pd.DataFrame(table).to_csv(part, index=False)
    if params.output:
        _write_units(frame, predicted, bands, params)
    _report(params, run, levels, bands, rows, correlations).write(params.report, params.figures)
    names = ("output", "scores", "correlations", "report", "figures")
    outputs = {name.upper(): getattr(params, name) for name in names}
    last = [r["r2"] for r in rows if r["component"] == "mean" and r["r2"] is not None]
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
    off = ~np.isfinite(predicted).all(1)
    if off.all():
        raise RegionwiseError(
            f"No unit of '{params.reference}' lies on data of '{params.map}'.",
            "Check the CRS of both layers, and that they cover the same area.",
        )
    if off.any():
        run.channel.warning(f"{off.sum()} of {len(frame)} units have no data on the map and do not count.")
    numbers = [pd.to_numeric(frame[name], errors="coerce").to_numpy(np.float64) for name in params.indicators]
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
        weight = pd.to_numeric(frame[params.weight_field], errors="coerce").fillna(0).to_numpy(np.float64)
        if (weight < 0).any():
            raise RegionwiseError(f"Weight field '{params.weight_field}' has negative values.", "Correct them.")
    return Units("unit", predicted, observed, indicators, np.array([str(g) for g in group], object)), weight


def _aggregated(units: Units, weight: Array, frame: gpd.GeoDataFrame, params: MapValidation, run: Run) -> Units:
    """The weighted means of units by the level field; units without data or label do not count."""
    names = np.array([text_of(value) for value in frame[params.level_field]])
    known = np.isfinite(units.predicted).all(1) & np.isfinite(units.observed).all(1) & (names != "") & (weight > 0)
    if (names == "").any():
        run.channel.warning(f"{(names == '').sum()} units without a value of '{params.level_field}' are in no level.")
    levels, number = np.unique(names[known], return_inverse=True)

    def mean(values: Array) -> Array:
        values = values[known]
        present = np.isfinite(values) * weight[known][:, None]
        columns = zip((np.nan_to_num(values) * present).T, present.T, strict=True)
        with np.errstate(invalid="ignore", divide="ignore"):
            found = [np.bincount(number, c, len(levels)) / np.bincount(number, w, len(levels)) for c, w in columns]
        return np.stack(found, 1) if found else np.empty((len(levels), 0))

    group = np.array([str(name) for name in levels], object)
    return Units(params.level_field, mean(units.predicted), mean(units.observed), mean(units.indicators), group)


def _score_rows(units: Units, params: MapValidation) -> list[dict[str, Any]]:
    if not params.targets:
        return []
    known = np.isfinite(units.observed).all(1)
    scores = composition_scores(units.observed[known], units.predicted[known], params.targets, units.group[known])
    return [score.row(level=units.level) for score in scores]


def _correlation_rows(units: Units, bands: list[str], params: MapValidation) -> list[dict[str, Any]]:
    """R, R2 and p of each indicator with each share; p is corrected for how many were tried."""
    rows: list[dict[str, Any]] = []
    for j, indicator in enumerate(params.indicators):
        for i, band in enumerate(bands):
            x, y = units.predicted[:, i], units.indicators[:, j]
            known = np.isfinite(x) & np.isfinite(y)
            if known.sum() < FEWEST or not x[known].std() > 0 or not y[known].std() > 0:
                continue
            test = pearsonr(x[known], y[known])
            r, p = float(test.statistic), float(test.pvalue)
            about = {"level": units.level, "indicator": indicator, "component": band, "n": int(known.sum())}
            rows.append({**about, "r": r, "r2": r**2, "p": p})
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


def _report(
    params: MapValidation,
    run: Run,
    levels: list[Units],
    bands: list[str],
    rows: list[dict[str, Any]],
    correlations: list[dict[str, Any]],
) -> HtmlReport:
    means = [f"{r['level']}: R2 {r['r2']:.3f}" for r in rows if r["component"] == "mean" and r["r2"] is not None]
    report = HtmlReport(
        "Validation of a map", "Mean over components, at the 1:1 line. " + ", ".join(means) if means else ""
    )
    if rows:
        note = "R² at the 1:1 line, never of a refitted one. Low and high: 90 % of resamplings of whole groups."
        report.table("Scores", rows, SCORE_COLUMNS, note)
    for units in levels:
        if params.targets:
            known = np.isfinite(units.observed).all(1) & np.isfinite(units.predicted).all(1)
            observed, predicted = units.observed[known], units.predicted[known]
            data = pd.DataFrame(
                {
                    f"{name} {what}": values[:, i]
                    for i, name in enumerate(params.targets)
                    for what, values in (("observed", observed), ("predicted", predicted))
                }
            )
            found = ", ".join(f"{name} {value:.3f}" for name, value in divergences(observed, predicted).items())
            picture = figures.scatter(observed.T, predicted.T, params.targets)
            report.figure(f"Observed and mapped: {units.level}", picture, f"Mean of {found}.", data)
        own = [row for row in correlations if row["level"] == units.level]
        if own:
            report.figure(
                f"Indicators: {units.level}",
                figures.correlation_map(own, bands, params.indicators),
                "Correlation of each indicator with each share; a star: significant with 5 % false discoveries.",
                pd.DataFrame(own),
            )
            boxes = figures.quartile_boxes(units.predicted, units.indicators, bands, params.indicators)
            report.figure(f"Indicators by quarter of the share: {units.level}", boxes)
    if correlations:
        report.table("Correlations", correlations)
    report.spec(params.to_json())
    report.text("Repeat this run", *run.repeat_lines)
    return report
