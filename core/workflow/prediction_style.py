"""Prediction style: tested samples as a layer that shows where a model errs, for each kind of label."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd

from ..learning.training_results import TrainingResults, prediction_fields
from ..mapping.styles.vector_styles import QUIET_SIZE, Mark, VectorStyle, by_error, field, literal, style_layer
from ..reports import palette
from ..targets.binary_target import THRESHOLD

LABEL = field("label")
HIGH = 2  # of the bounds of classes: above it an event is expected


def style_predictions(results: TrainingResults) -> None:
    """Write the style of the predictions beside them, by the errors of the first kind of validation."""
    samples, kind = results.samples, results.target_type.kind
    if samples.placed and results.params.predictions:
        frame = gpd.GeoDataFrame(geometry=samples.geometry[~samples.augmented])
        style_layer(frame, results.params.predictions, STYLES[kind](results))


def _first_fields(results: TrainingResults) -> list[str]:
    """The fields of the first kind of validation, without the fold, as expressions."""
    kinds = [validation.kind for validation in results.validations]
    return [field(name) for name in prediction_fields(results.target_type.fields, kinds)[kinds[0]][1:]]


def _shares(results: TrainingResults) -> VectorStyle:
    """By half of the sum of absolute errors: the part of a place that has another component."""
    names = results.samples.components
    pairs = zip(map(field, names), _first_fields(results), strict=False)
    return by_error(f"({' + '.join(f'abs({seen} - {said})' for seen, said in pairs)}) / 2")


def _classes(results: TrainingResults) -> VectorStyle:
    predicted = _first_fields(results)[0]
    return VectorStyle(
        (
            Mark(f"{predicted} IS NULL", "not tested", palette.NOTHING, QUIET_SIZE),
            Mark(f"{predicted} = {LABEL}", "right class", palette.MAIN, QUIET_SIZE),
            Mark(f"{predicted} <> {LABEL}", "another class", palette.OTHER),
        )
    )


def _events(results: TrainingResults) -> VectorStyle:
    """By class of susceptibility: probabilities of a rare event are small where it is expected, too."""
    bounds, probability = results.calibration.bounds, _first_fields(results)[0]
    bound = literal(bounds[HIGH] if bounds else THRESHOLD)
    none, event = f"{LABEL} = 0 AND {probability}", f"{LABEL} = 1 AND {probability}"
    return VectorStyle(
        (
            Mark(f"{probability} IS NULL", "not tested", palette.NOTHING, QUIET_SIZE),
            Mark(f"{none} < {bound}", "no event, and none expected", palette.INSIDE, QUIET_SIZE),
            Mark(f"{none} >= {bound}", "no event, but high: false alarm", palette.PROBABILITY[1]),
            Mark(f"{event} >= {bound}", "event, and high", palette.PROBABILITY[4]),
            Mark(f"{event} < {bound}", "event, but low: missed", palette.OTHER),
        )
    )


STYLES: dict[str, Callable[[TrainingResults], VectorStyle]] = {
    "shares": _shares,
    "classes": _classes,
    "events": _events,
}
