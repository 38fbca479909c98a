"""Validate labels: a map of classes or of probabilities against what is at places of a reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from ...contract.errors import RegionwiseError
from ...data.raster.stack import Stack
from ...data.vector.labels import read_events
from ...data.vector.layers import located_rows, read_layer, representative_points
from ...data.vector.tables import check_fields, check_new_fields, text_of
from ...data.vector.writers import check_field_names, write_rows, write_vector
from ...mapping.mapped_numbers import MapKind, class_codes, map_kind, matched_classes
from ...reports.class_figures import calibration, confusion_matrix, event_curves
from ...reports.page.html_report import HtmlReport
from ...reports.worth import Worth
from ...runtime.run import Result, Run
from ...runtime.types import Array, Index, Mask, Text
from ...surveys.drawn_sample import DrawnSample, Estimate
from ...surveys.map_accuracy import MapAccuracy
from ...targets.binary_target import BinaryTarget, curve
from ...targets.reliability import reliability
from ...targets.score_intervals import FEWEST_UNITS, LEVEL, NO_BOUNDS, basis
from ...targets.scored_samples import ScoredSamples
from ...targets.share_target import ScoreRow
from .params import MapValidation
from .place_units import units_of_places, warn_of_trained
from .validation_verdict import Trained, verdict_on_scores, worth_of_accuracy, worth_of_auc

CLASS_COLUMNS = (
    *("class", "n", "units", "accuracy", "low", "high", "user's", "user's_low", "user's_high"),
    *("producer's", "producer's_low", "producer's_high"),
)
EVENT_COLUMNS = (
    *("n", "events", "units", "auc", "low", "high", "brier", "ece", "ece_low", "ece_high", "ece_floor"),
    *("average_precision", "log_loss"),
)
OF_PLACES = (
    "These are scores of the places of the reference, all of which count alike. Of the area of the map they tell only "
    "if chance drew the places: 'Estimate area' then weighs them by how they were drawn."
)


@dataclass(frozen=True)
class Labels:
    """What map and reference have at places.

    Parameters
    ----------
    known : array of bool, shape (place,)
        Where both have a label; the others follow for these alone.
    names : list of str
        Of classes; empty for events.
    mapped, observed : array of int, shape (place,)
        Classes; 0 and 1 of events that were observed.
    probability : array, shape (place,)
        Of events.
    """

    known: Mask
    names: list[str]
    mapped: Index
    observed: Index
    probability: Array


def validate_labels(params: MapValidation, run: Run) -> Result:
    """Write the scores of a map of classes or probabilities, the places with what it says, and a report."""
    with Stack({"map": (params.map,)}) as stack:
        frame = located_rows(read_layer(params.reference, stack.grid.crs, stack.grid.bounds), params.reference)
        check_fields(frame, (params.class_field, params.group_field), params.reference)
        labels = read_labels(stack, frame, params, run)
    trained = Trained(warn_of_trained(frame, params.model, params.reference, run), len(frame))
    if not labels.known.all():
        run.channel.warning(
            f"{(~labels.known).sum()} of {len(frame)} units have no label, or no data on the map, and do not count."
        )
    known = frame[labels.known].reset_index(drop=True)
    cluster, name = units_of_places(known, params.group_field, params.map, run)
    rows = label_rows(labels, cluster)
    score = "accuracy" if labels.names else "auc"
    first = rows[0]
    based = basis((first["low"], first["high"]), first["units"], name)
    told = first[score] is not None
    if told:
        run.channel.info(f"{score} {first[score]:.3f}{_bounds(first)}, n {first['n']} ({based}).")
    write_rows([{"level": "unit", **row} for row in rows], params.scores)
    if params.output:
        _write_places(known, labels, params)
    verdict = verdict_on_scores(params, _worth(labels, first), trained, [])
    if params.report or params.figures:
        report = HtmlReport(
            f"Validation of {params.map}", f"{first['n']} places of the reference '{params.reference}'", verdict
        )
        add_labels(report, labels, rows, based)
        report.close(params.to_json(), run)
        report.write(params.report, params.figures)
    outputs = {name.upper(): getattr(params, name) for name in ("output", "scores", "report", "figures")}
    numbers = {score.upper(): first[score]} if told else {}
    return Result({k: v for k, v in outputs.items() if v}, numbers, verdict.first_line)


def _worth(labels: Labels, row: ScoreRow) -> Worth | None:
    """What the main score is worth."""
    if not labels.names:
        return worth_of_auc(row)
    frequent = np.bincount(labels.observed, minlength=len(labels.names)).max() / len(labels.observed)
    return worth_of_accuracy(row, float(frequent))


def _bounds(row: ScoreRow) -> str:
    """The interval of a score in brackets, after a blank; nothing without one."""
    return "" if row["low"] is None or row["high"] is None else f" [{row['low']:.3f}, {row['high']:.3f}]"


def _write_places(known: gpd.GeoDataFrame, labels: Labels, params: MapValidation) -> None:
    """Write the places that count, with what the map says."""
    said = [labels.names[number] for number in labels.mapped] if labels.names else labels.probability
    column = f"{params.class_field}_map"
    check_field_names(params.output, [column])
    kept = check_new_fields(known, [column], params.reference)
    write_vector(
        kept.drop(columns=[n for n in kept if str(n).lower() == "fid"]).assign(**{column: said}), params.output
    )


def read_labels(stack: Stack, frame: gpd.GeoDataFrame, params: MapValidation, run: Run) -> Labels:
    """The labels of map and reference at each place; polygons are asked at a point inside."""
    kind = map_kind(stack, params.map, ())
    values = stack.values_at(representative_points(frame.geometry))[:, kind.positions[0]]
    if kind.is_classes:
        return _classes(kind, class_codes(values, params.map), frame, params, run)
    observed = read_events(frame, params.class_field, str(params.reference))[:, 1]
    known = np.isfinite(values) & np.isfinite(observed)
    _check_any(known, params)
    none = np.zeros(int(known.sum()), np.int64)
    return Labels(known, [], none, observed[known].astype(np.int64), values[known].astype(np.float64))


def _classes(kind: MapKind, codes: Array, frame: gpd.GeoDataFrame, params: MapValidation, run: Run) -> Labels:
    """The classes that map and reference have in common, and others of the reference."""
    labels = np.array([text_of(value) for value in frame[params.class_field]], object)
    known = np.isfinite(codes) & np.array([label != "" for label in labels], bool)
    _check_any(known, params)
    own = np.unique(codes[np.isfinite(codes)]).astype(int)
    observed, names = matched_classes(labels[known], own.tolist(), kind.categories)
    if (observed >= len(own)).all():
        raise RegionwiseError(
            f"No class in '{params.class_field}' of '{params.reference}' ('{names[len(own)]}', ...) is one that map "
            f"'{params.map}' has there ({', '.join(names[: len(own)][:6])}).",
            "Choose the field with the names or the numbers of the map's classes.",
        )
    for number in range(len(own), len(names)):
        run.channel.warning(
            f"Class '{names[number]}' of {(observed == number).sum()} places is none that the map '{params.map}' shows "
            "at places of the reference."
        )
    return Labels(known, names, np.searchsorted(own, codes[known]), observed, np.empty(0))


def _check_any(known: Mask, params: MapValidation) -> None:
    """Raise `RegionwiseError` if no place has both labels."""
    if not known.any():
        raise RegionwiseError(
            f"No unit of '{params.reference}' has a label and data of '{params.map}'.",
            "Check the CRS of both layers, that they cover the same area, and the class field.",
        )


def label_rows(labels: Labels, cluster: Text) -> list[ScoreRow]:
    """The scores of classes, or of events, with intervals that leave out whole clusters."""
    if not labels.names:
        truth = labels.observed.astype(np.float64)
        target = BinaryTarget(float(truth.mean()))
        observed, predicted = (np.stack([1 - values, values], 1) for values in (truth, labels.probability))
        return target.rows(ScoredSamples.alike(observed, predicted, cluster))
    number = np.unique(cluster.astype(str), return_inverse=True)[1].astype(np.int64)
    count = len(labels.mapped)
    alone = number.max() + 1 == count
    sample = DrawnSample.of(np.zeros(count, np.int64), np.ones(count), None if alone else number)
    accuracy = MapAccuracy(sample, labels.mapped, labels.observed, len(labels.names))
    overall = accuracy.overall()
    units = int(number.max()) + 1
    low, high = overall.interval(LEVEL, 1.0) if units >= FEWEST_UNITS else NO_BOUNDS
    rows: list[ScoreRow] = [
        {"component": "all", "n": count, "units": units, "accuracy": overall.value, "low": low, "high": high}
    ]
    for position, name in enumerate(labels.names):
        row = {"component": name, "n": int((labels.observed == position).sum()), "units": units}
        rows.append(
            {**row, **_told("users", accuracy.user(position)), **_told("producers", accuracy.producer(position))}
        )
    return rows


def _told(name: str, estimate: Estimate) -> dict[str, Any]:
    """An accuracy with its standard error and interval; empty where it is not defined."""
    keys = (name, f"{name}_se", f"{name}_low", f"{name}_high")
    if np.isnan(estimate.value):
        return dict.fromkeys(keys)
    return dict(zip(keys, (estimate.value, estimate.deviation, *estimate.interval(LEVEL, 1.0)), strict=True))


def add_labels(report: HtmlReport, labels: Labels, rows: list[ScoreRow], basis: str) -> None:
    """Add figures and scores, and of classes the error matrix."""
    note = f"{basis[:1].upper()}{basis[1:]}. {OF_PLACES}"
    if not labels.names:
        _add_events(report, labels)
        report.table("Scores", rows, EVENT_COLUMNS, note)
        return
    names = labels.names
    sample = DrawnSample.of(np.zeros(len(labels.mapped), np.int64), np.ones(len(labels.mapped)))
    counts = MapAccuracy(sample, labels.mapped, labels.observed, len(names)).counts()
    report.section("Which classes are right, and what are they taken for?")
    explained = "Rows: reference, with the number of places; columns: map. Colour: share of the row."
    report.figure("Confusion of classes", confusion_matrix(counts.T, names), explained)
    report.table("Scores", map(_worded, rows), CLASS_COLUMNS, note, marked={"class": "all"})
    rows_of = zip(names, counts.tolist(), strict=True)
    cells = [{"map": name, **dict(zip(names, row, strict=True))} for name, row in rows_of]
    report.table("Error matrix: places", cells, note="Rows: map; columns: reference.", fold=True)


def _worded(row: ScoreRow) -> ScoreRow:
    """A row with the names of user's and producer's accuracy as they are written."""
    names = {"component": "class", "users": "user's", "producers": "producer's"}
    return {"_".join([names.get(key.split("_")[0], key.split("_")[0]), *key.split("_")[1:]]): row[key] for key in row}


def _add_events(report: HtmlReport, labels: Labels) -> None:
    """Add how well places with events are told from others, and whether probabilities mean what they say."""
    report.section("How well are places with events told from others?")
    truth, every = labels.observed.astype(np.float64), np.ones(len(labels.observed))
    curves = {"map": curve(truth, labels.probability, every)}
    explained = (
        "Left: ROC. Middle: precision over recall. Right: the share of events at the most susceptible places of the "
        "reference."
    )
    report.figure("Curves", event_curves(curves, "map"), explained)
    target = BinaryTarget(float(truth.mean()))
    bins = reliability(target.outcomes(truth, labels.probability, every, np.arange(len(truth)).astype(object)))
    explained = (
        "Share of events at the places by the probability of the map; on the line it is what it says. Grey bars: where "
        "a map whose probabilities mean what they say lies 9 times of 10, if places tell independently of each other. "
        "On the right the part of all places up to each probability."
    )
    report.figure("Probabilities and events", calibration(bins), explained, pd.DataFrame(bins))
