"""Estimate area: areas of classes with intervals, and the accuracy of a map, from a probability sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from ...contract.errors import RegionwiseError
from ...data.raster.stack import MASK, Stack
from ...data.vector.layers import read_layer
from ...data.vector.polygons import Regions, read_regions
from ...data.vector.writers import check_field_names, write_rows, write_vector
from ...mapping.mapped_numbers import MapKind, map_kind, matched_classes
from ...mapping.styles.vector_styles import VectorStyle, by_value, field, literal, style_layer
from ...runtime.files import check_not_input, check_writable
from ...runtime.run import Result, Run
from ...runtime.types import Array, Index, Mask
from ...surveys.area_estimates import Domain, indicator
from ...surveys.group_sums import group_sums
from ...surveys.map_accuracy import MapAccuracy
from .area_report import AreaFindings, too_few, write_report
from .area_sources import AreaEstimate, AreaSource, DesignAreas, ModelAreas
from .area_verdict import verdict_of
from .model_based import ModelErrors, model_errors
from .params import UNITS, AreaEstimation
from .population import NOWHERE, Cells, Population, PopulationReader
from .reference import Reference, check_on_map, read_reference
from .stated_design import check_stated, is_stated, survey_of

OVERLAP = 0.001  # share of their area by which zones overlap, from which on it is said
NOT_DRAWN = (
    "No design is stated, so areas are model-based: they hold if the model errs everywhere as it erred at its own "
    "samples. The reference is not asked."
)


@dataclass(frozen=True)
class Answers:
    """What reference and map have of each unit, by class.

    Parameters
    ----------
    names : list of str
        Of the map's classes, then of those that only the reference has.
    observed, mapped : array, shape (unit, class)
    totals : array, shape (row, class)
        The map's own area of each class in each row of the counted population.
    """

    names: list[str]
    observed: Array
    mapped: Array
    totals: Array
    mapped_code: Index
    observed_code: Index


def estimate_area(params: AreaEstimation, run: Run) -> Result:
    """Write areas with intervals, over all or by zone, the error matrix and a report."""
    check_writable(params.output, params.matrix, params.report)
    inputs = [params.map.path, params.reference.path, params.strata.path, params.zones.path]
    check_not_input([params.output, params.matrix], inputs)
    sensors = {"map": (params.map,), **({MASK: (params.strata,)} if params.strata else {})}
    with Stack(sensors, "auto", same_names=True) as stack:
        kind = map_kind(stack, params.map, params.targets)
        check_stated(params, kind)
        if params.matrix and not kind.is_classes:
            raise RegionwiseError(f"Map '{params.map}' has no classes to cross.", "Leave the error matrix out.")
        frame = read_layer(params.reference, stack.grid.crs, stack.grid.bounds)
        reference = read_reference(frame, params, kind, run)
        zones = read_regions(params.zones, params.zone_field, stack.grid) if params.zones else None
        _say_overlaps(zones, params, run)
        reader = PopulationReader(stack, kind, params.map, params.strata, zones)
        population = reader.count(reference.xy, run.channel.progress)
        check_on_map(population.on_map, params, stack.grid, run)
        errors = None if is_stated(params, kind) else model_errors(params, kind, stack, zones, population.rows)
    reference = reference.chosen(population.on_map)
    places = population.places.chosen(population.on_map)
    answers = _answers(reference, places, population.rows, kind, params, run)
    source, accuracy = _source(errors, reference, places, population, kind, answers, params, run)
    run.channel.info(f"{len(reference)} units: {source.in_words}.")
    rows = _rows(source, answers, params)
    zone_rows = _zone_rows(source, answers, places, population.rows, zones, params, run) if zones else []
    findings = AreaFindings(rows, zone_rows, accuracy, answers.names, source)
    for text in findings.told(params):
        run.channel.info(text)
    _write(zone_rows or findings.with_accuracies(), zones, params)
    if params.matrix:
        write_rows(findings.matrix_rows(params), params.matrix)
    verdict = verdict_of(findings, params)
    if params.report:
        write_report(findings, verdict, params, run)
    outputs = {"OUTPUT": params.output, "MATRIX": params.matrix, "REPORT": params.report}
    numbers = findings.numbers(params.level)
    return Result({name: path for name, path in outputs.items() if path}, numbers, verdict.first_line)


def _say_overlaps(zones: Regions | None, params: AreaEstimation, run: Run) -> None:
    """Say that zones overlap, for a cell counts in the first of them alone."""
    if zones is None:
        return
    shapes = zones.frame.geometry
    twice = float(shapes.area.sum() / shapes.union_all().area - 1)
    if twice > OVERLAP:
        run.channel.warning(
            f"Zones of '{params.zones}' overlap ({100 * twice:.3g} % of their area): a cell counts in the first of "
            "them alone. Estimate overlapping zones one after the other."
        )


def _answers(
    reference: Reference, places: Cells, rows: pd.DataFrame, kind: MapKind, params: AreaEstimation, run: Run
) -> Answers:
    """What map and reference say, by class; tells of classes that only the reference has."""
    if not kind.is_classes:
        totals = rows[list(range(len(kind.names)))].to_numpy()
        none = np.zeros(len(reference), np.int64)
        return Answers(list(kind.names), reference.shares, places.shares, totals, none, none)
    codes = np.unique(rows["code"])
    observed, names = matched_classes(reference.labels, codes.tolist(), kind.categories)
    run.channel.info(f"Classes of the map: {', '.join(names[: len(codes)])}.")
    _say_unmapped(observed, names, len(codes), params, run)
    number, of_row = np.searchsorted(codes, places.code), np.searchsorted(codes, rows["code"])
    totals = indicator(of_row, len(names)) * rows["area"].to_numpy()[:, None]
    return Answers(names, indicator(observed, len(names)), indicator(number, len(names)), totals, number, observed)


def _say_unmapped(observed: Index, names: Sequence[str], mapped: int, params: AreaEstimation, run: Run) -> None:
    """Say which classes of the reference the map lacks; refuse a reference that has none of the map's."""
    if (observed >= mapped).all():
        raise RegionwiseError(
            f"No class in '{params.class_field}' of '{params.reference}' ('{names[mapped]}', ...) is one of the map "
            f"'{params.map}' ({', '.join(names[:mapped][:6])}).",
            "Choose the field with the names or the numbers of the map's classes.",
        )
    for number in range(mapped, len(names)):
        run.channel.warning(
            f"Class '{names[number]}' of {(observed == number).sum()} units is not on the map '{params.map}'; its area "
            "is estimated all the same. Correct these units if it is but another name."
        )


def _source(
    errors: ModelErrors | None,
    reference: Reference,
    places: Cells,
    population: Population,
    kind: MapKind,
    answers: Answers,
    params: AreaEstimation,
    run: Run,
) -> tuple[AreaSource, MapAccuracy | None]:
    """What tells areas, and of a map of classes its accuracy."""
    if errors is not None:
        run.channel.warning(NOT_DRAWN)
        return ModelAreas.of(errors, population.rows["area"].to_numpy()), None
    survey = survey_of(params, reference, places, population.rows, kind, answers.names, run)
    source = DesignAreas.of(survey, answers.observed, answers.mapped)
    if not kind.is_classes:
        return source, None
    return source, MapAccuracy(survey.sample, answers.mapped_code, answers.observed_code, len(answers.names))


def _rows(source: AreaSource, answers: Answers, params: AreaEstimation) -> list[dict[str, object]]:
    """A row for each class, of everything."""
    whole = Domain(source.sizes, answers.totals.sum(0))
    found = source.overall(whole)
    return [_row(answers, k, found[k], whole, params, source) for k in range(len(found))]


def _zone_rows(
    source: AreaSource,
    answers: Answers,
    places: Cells,
    counted: pd.DataFrame,
    zones: Regions,
    params: AreaEstimation,
    run: Run,
) -> list[dict[str, object]]:
    """A row for each class in each zone; one without units has the map's own count alone."""
    rows: list[dict[str, object]] = []
    small = []
    for number, name in enumerate(zones.names):
        own = (counted["zone"] == number).to_numpy()
        groups = group_sums(source.group_of[own], counted["area"].to_numpy()[own], len(source.sizes))
        zone = Domain(groups, answers.totals[own].sum(0))
        units: Mask = places.zone == number
        reliable = source.reliable(units)
        if not reliable:
            small.append(f"{name} ({units.sum()})")
        found = source.in_zone(number, units, zone)
        for k in range(len(answers.names)):
            row = _row(answers, k, found[k] if found else None, zone, params, source, units)
            rows.append({"zone": name, **row, "reliable": int(reliable)})
    if small:
        shown = ", ".join(small[:6]) + (", ..." if len(small) > 6 else "")
        run.channel.warning(
            f"{len(small)} of {len(zones.names)} zones have fewer than {too_few(staged=source.staged)}, too few to "
            f"trust their intervals (reliable is 0): {shown}."
        )
    outside = counted.loc[counted["zone"] == NOWHERE, "area"].sum() / counted["area"].sum()
    if outside > 0:
        run.channel.info(f"{100 * outside:.3g} % of the mapped area lies in no zone.")
    return rows


def _row(
    answers: Answers,
    k: int,
    estimate: AreaEstimate | None,
    whole: Domain,
    params: AreaEstimation,
    source: AreaSource,
    units: Mask | None = None,
) -> dict[str, object]:
    """The estimated area of a class, in the unit that was asked for."""
    scale = UNITS[params.unit] or whole.area
    observed = answers.observed[:, k] if units is None else answers.observed[units, k]
    row: dict[str, object] = {"class": answers.names[k], "area": None, "se": None, "low": None, "high": None}
    if estimate is not None:
        low, high = estimate.interval(params.level, whole.area)
        row |= {
            "area": estimate.value / scale,
            "se": estimate.deviation / scale,
            "low": low / scale,
            "high": high / scale,
        }
    mapped = float(whole.mapped[k]) / scale if scale else None
    return {
        **row,
        "mapped": mapped,
        "unit": params.unit,
        "units": int((observed > 0).sum()),
        "inference": source.inference,
    }


def _write(rows: Sequence[dict[str, object]], zones: Regions | None, params: AreaEstimation) -> None:
    """Write the table, with the polygons of zones if there are any."""
    frame = pd.DataFrame(rows)
    check_field_names(params.output, [str(name) for name in frame])
    if zones is not None:
        shapes = dict(zip(zones.names, zones.frame.geometry, strict=True))
        frame = gpd.GeoDataFrame(frame, geometry=[shapes[name] for name in frame["zone"]], crs=zones.frame.crs)
    write_vector(frame, params.output)
    if zones is not None:
        style_layer(frame, params.output, _of_first_class(frame))


def _of_first_class(frame: pd.DataFrame) -> VectorStyle:
    """Zones by the area of the first class, with its interval: each class has a feature for each zone."""
    first, unit = frame["class"].iloc[0], frame["unit"].iloc[0]
    own = frame["class"] == first
    rule = f"{field('class')} = {literal(first)}"
    value, low, high = (f"format_number({field(name)}, 0)" for name in ("area", "low", "high"))
    told = f"{literal(first)} || ' ' || {value} || {literal(f' {unit} (')} || {low} || ' to ' || {high} || ')'"
    areas = frame.loc[own, "area"].astype(float).tolist()
    return by_value(f"CASE WHEN {rule} THEN {field('area')} END", areas, f"CASE WHEN {rule} THEN {told} END")
