"""Validate a map against independent observations, by unit and aggregated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from ...contract.errors import RegionwiseError
from ...data.raster.stack import DAY, Stack
from ...data.vector.layers import read_layer, representative_points
from ...data.vector.tables import check_fields, check_new_fields
from ...data.vector.writers import check_field_names, write_rows, write_vector
from ...data.vector.zonal import zonal_means
from ...mapping.mapped_numbers import check_shares, holds_classes
from ...mapping.styles.vector_styles import by_error, field, style_layer
from ...reports import figures
from ...reports.page.html_report import HtmlReport
from ...reports.page.verdict import Verdict
from ...runtime.files import check_not_input, check_writable
from ...runtime.run import Result, Run
from ...runtime.types import Array
from ...targets.metrics import composition_scores, divergences
from ...targets.score_intervals import basis
from ...targets.scored_samples import ScoredSamples
from ...targets.share_target import MEAN, ScoreRow
from ...validation.area_places import map_places
from .correlations import NOTE, correlation_rows, untold
from .map_units import Units, aggregated, ruler_of, units_of
from .params import MapValidation
from .place_units import warn_of_trained
from .validate_labels import validate_labels
from .validation_verdict import Trained, at_level, on_indicators, verdict_on_scores, worth_of_shares
from .weighted_map import map_bands, weighted_map, weighting_doubts

LIE_TOGETHER = "for these lie nearer to each other than the map's cells lie to them"
SEED = 0  # draws the places that stand for the map
SCORE_COLUMNS = (
    *("level", "component", "n", "units", "r2", "low", "high"),
    *("rmse", "rmse_low", "rmse_high", "mae", "bias", "slope"),
)


@dataclass(frozen=True)
class Validation:
    """The units of each level, the map's bands that are compared, and their scores and correlations as rows.

    Parameters
    ----------
    bases : dict
        By level, in words what its intervals come from.
    """

    levels: list[Units]
    bands: list[str]
    scores: list[ScoreRow]
    correlations: list[ScoreRow]
    bases: dict[str, str]


def validate_map(params: MapValidation, run: Run) -> Result:
    """Write the scores of a map by unit and, if a level is named, aggregated to it."""
    check_writable(params.output, params.scores, params.correlations, params.report)
    check_not_input([params.output], [params.reference.path, params.map.path])
    if params.class_field:
        return validate_labels(params, run)
    with weighted_map(params) as stack:
        _check_kind(stack, params)
        frame = read_layer(params.reference, stack.grid.crs, stack.grid.bounds)
        fields = (*params.targets, *params.indicators, params.level_field, params.weight_field, params.group_field)
        check_fields(frame, fields, params.reference)
        bands = list(params.targets) or map_bands(stack)
        positions = stack.select(bands)
        zonal = zonal_means(stack, frame.geometry)
        for text in weighting_doubts(stack, zonal, params):
            run.channel.warning(text)
    placed = int((~(frame.geometry.is_empty | frame.geometry.isna())).sum())
    trained = Trained(warn_of_trained(frame, params.model, params.reference, run), placed)
    predicted = zonal.means[:, positions]
    units, weight = units_of(frame, params, predicted, zonal.weight, run)
    if params.targets and not units.grouped:
        units = units.clustered(_area(frame, params, run))
    levels = [units]
    if params.level_field:
        levels.append(aggregated(units, weight, frame, params, run))
    scores = [row for level in levels for row in _score_rows(level, params)]
    correlations = [row for level in levels for row in correlation_rows(level, bands, params.indicators)]
    bases = _bases(levels, scores)
    for row in scores:
        if row["component"] == MEAN and row["r2"] is not None:
            numbers = f"mean R2 {row['r2']:.3f}, RMSE {row['rmse']:.3f}, n {row['n']}"
            run.channel.info(f"{row['level']}: {numbers} ({bases[row['level']]}).")
    for level in levels:
        if doubt := untold(correlations, level.level):
            run.channel.warning(doubt)
    write_rows(scores, params.scores)
    write_rows(correlations, params.correlations)
    if params.output:
        _write_units(frame, predicted, bands, params)
    validation = Validation(levels, bands, scores, correlations, bases)
    verdict = _verdict(params, validation, trained)
    if params.report or params.figures:
        _report(params, run, validation, verdict).write(params.report, params.figures)
    names = ("output", "scores", "correlations", "report", "figures")
    outputs = {name.upper(): getattr(params, name) for name in names}
    last = [r["r2"] for r in scores if r["component"] == MEAN and r["r2"] is not None]
    told = {"R2_MEAN": last[-1]} if last else {}
    return Result({k: v for k, v in outputs.items() if v}, told, verdict.first_line)


def _verdict(params: MapValidation, validation: Validation, trained: Trained) -> Verdict:
    """The verdict by the units as they are; a coarser level, and indicators, have answers of their own."""
    means = {str(row["level"]): row for row in validation.scores if row["component"] == MEAN}
    first, *others = [level.level for level in validation.levels]
    extra = [at_level(level, means[level]) for level in others if level in means]
    if validation.correlations:
        extra.append(on_indicators(validation.correlations))
    answers = [answer for answer in extra if answer is not None]
    return verdict_on_scores(params, worth_of_shares(means.get(first)), trained, answers)


def _check_kind(stack: Stack, params: MapValidation) -> None:
    """Raise `RegionwiseError` if targets are to be compared with a map that holds no shares; `stack` is open."""
    if not params.targets:
        return
    source = stack.sources[0]
    if len(source.bands) == 1 and holds_classes(source):
        raise RegionwiseError(
            f"Map '{params.map}' is one of classes, and targets are shares.", "Give the class field of the reference."
        )
    check_shares(stack, params.targets, params.map)


def _area(frame: gpd.GeoDataFrame, params: MapValidation, run: Run) -> Array:
    """Random places of the map, in the metres of the units' places."""
    shapes = frame.geometry[~(frame.geometry.is_empty | frame.geometry.isna())]
    with Stack({DAY: (params.map,)}) as stack:  # without pixel weights, which may lie where the map does not
        found = map_places(stack, SEED, representative_points(shapes))
    for text in found.notices:
        run.channel.info(text)
    return ruler_of(frame.geometry).positions(found.xy)


def _bases(levels: list[Units], scores: list[ScoreRow]) -> dict[str, str]:
    """In words what the intervals of each level come from, or why there are none."""
    means = {str(row["level"]): row for row in scores if row["component"] == MEAN}
    bases = {}
    for level in (level for level in levels if level.level in means):
        row = means[level.level]
        text = basis((row["low"], row["high"]), row["units"], level.cluster_name)
        bases[level.level] = f"{text}, {LIE_TOGETHER}" if level.in_clusters else text
    return bases


def _score_rows(units: Units, params: MapValidation) -> list[ScoreRow]:
    if not params.targets:
        return []
    labelled = np.isfinite(units.observed).all(1)
    scored = ScoredSamples.alike(units.observed[labelled], units.predicted[labelled], units.cluster[labelled])
    scores = composition_scores(scored, params.targets)
    return [score.row(level=units.level) for score in scores]


def _write_units(frame: gpd.GeoDataFrame, predicted: Array, bands: list[str], params: MapValidation) -> None:
    columns = {f"{band}_map": predicted[:, i] for i, band in enumerate(bands)}
    check_field_names(params.output, columns)
    kept = check_new_fields(frame, list(columns), params.reference)
    write_vector(kept.drop(columns=[n for n in kept if str(n).lower() == "fid"]).assign(**columns), params.output)
    if params.targets:
        total = " + ".join(map(field, params.targets))  # 1, or 100
        errors = [f"abs({field(name)} / ({total}) - {field(f'{name}_map')})" for name in params.targets]
        style_layer(kept, params.output, by_error(f"({' + '.join(errors)}) / 2"))


def _report(params: MapValidation, run: Run, validation: Validation, verdict: Verdict) -> HtmlReport:
    """Scores, scatter plots and correlations of each level."""
    scores, bands = validation.scores, validation.bands
    units = len(validation.levels[0].group)
    report = HtmlReport(f"Validation of {params.map}", f"{units} units of the reference '{params.reference}'", verdict)
    if scores:
        report.section("Which shares are right?")
        for level in validation.levels:
            _add_scatter(report, level, params.targets)
        note = _score_note(validation.bases)
        columns = SCORE_COLUMNS if len(validation.levels) > 1 else SCORE_COLUMNS[1:]
        report.table("Scores", scores, columns, note, marked={"component": MEAN})
    if validation.correlations:
        report.section("What do indicators have to do with the map?")
    for level in validation.levels:
        _add_indicators(report, level, validation.correlations, bands, params.indicators)
    report.table("Correlations", validation.correlations, note=NOTE, fold=True)
    report.close(params.to_json(), run)
    return report


def _add_indicators(
    report: HtmlReport, units: Units, correlations: list[ScoreRow], bands: list[str], indicators: Sequence[str]
) -> None:
    """Add how indicators go with shares, for the units of one level."""
    rows = [row for row in correlations if row["level"] == units.level]
    if not rows:
        return
    note = (
        "Correlation of each indicator with each share; a star: significant with 5 % false discoveries, by the number "
        f"of independent units (n_eff). {untold(rows, units.level)}"
    )
    drawing = figures.correlation_map(rows, bands, indicators)
    report.figure(f"Indicators by {units.level}", drawing, note.strip(), pd.DataFrame(rows))
    boxes = figures.quartile_boxes(units.predicted, units.indicators, bands, indicators)
    note = "Units in four quarters by the share, from low to high: how the indicator is spread in each."
    report.figure(f"Indicators by quarter of the share, by {units.level}", boxes, note)


def _score_note(bases: dict[str, str]) -> str:
    """What the columns of scores are."""
    listing = "; ".join(f"{level}: {text}" for level, text in bases.items())
    return (
        "R² at the 1:1 line, never of a refitted one. Intervals of R² and of the RMSE stand after them; they follow "
        f"from what scores are without each of the units (jackknife, Student's t). {listing}."
    )


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
    note = (
        "Each point is a unit of the reference. Grey: 1:1, the right answer, where R² is measured; dashed: fit with "
        f"its 95 % band. Mean of {distances}."
    )
    report.figure(f"Observed and mapped by {units.level}", picture, note, data)
