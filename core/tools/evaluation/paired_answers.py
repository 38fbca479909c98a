"""Paired answers: what several models or maps answer to the same samples, with what makes their differences fair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from ...contract.errors import RegionwiseError
from ...contract.layer import Layer
from ...data.raster.stack import Stack
from ...data.vector.labels import read_events, read_shares
from ...data.vector.layers import read_layer, representative_points, single_places
from ...data.vector.numerals import numbers_of
from ...data.vector.tables import check_fields, read_table, text_of
from ...mapping.mapped_numbers import CLASSES, PROBABILITY, MapKind, class_codes, map_kind, matched_classes
from ...runtime.run import Run
from ...runtime.types import Array, Mask, Text
from ...targets.binary_target import BinaryTarget
from ...targets.class_target import PREFIX, ClassTarget
from ...targets.hierarchy import Levels
from ...targets.scored_samples import ScoredSamples
from ...targets.share_target import ShareTarget, TargetType
from .params import ModelComparison
from .place_units import units_of_places

SAMPLE = ["row", "points", "part"]  # what names a sample: the row of its layer, and which of how many points there
PREDICTED = "_pred"


@dataclass(frozen=True)
class PairedAnswers:
    """Answers to the same samples.

    Parameters
    ----------
    names : tuple of str
        Of the models.
    answers : list of ScoredSamples
        Of each; labels, units and weights are the same.
    folds : str
        The kind of validation, or empty for maps.
    unit_name : str
        Plural of the units in words.
    """

    names: tuple[str, ...]
    target_type: TargetType
    answers: list[ScoredSamples]
    folds: str
    unit_name: str


def layer_names(layers: Sequence[Layer]) -> tuple[str, ...]:
    """A name for each of several layers; those that share one are numbered."""
    names = [str(layer).rsplit("/", 1)[-1] for layer in layers]
    return tuple(name if names.count(name) == 1 else f"{name} {i}" for i, name in enumerate(names, 1))


def paired_predictions(params: ModelComparison, run: Run) -> list[PairedAnswers]:
    """The predictions of trainings for the samples that all of them tested, by kind of validation.

    Raises
    ------
    RegionwiseError
        If layers hold no predictions, of no common validation, or of other samples or labels.
    """
    names, layers = layer_names(params.predictions), params.predictions
    frames = [pd.DataFrame(read_table(layer)) for layer in layers]
    for frame, layer in zip(frames, layers, strict=True):
        if "validation" not in frame or "row" not in frame:
            raise RegionwiseError(
                f"Layer '{layer}' holds no predictions of a training.", "Choose the output Predictions of trainings."
            )
    kinds = [text_of(frame["validation"].iloc[0]).split(", ") for frame in frames]
    common = [kind for kind in kinds[0] if all(kind in others for others in kinds)]
    if not common:
        listing = "; ".join(f"'{name}': {', '.join(own)}" for name, own in zip(names, kinds, strict=True))
        raise RegionwiseError(
            f"The trainings were validated in different ways ({listing}): their difference would be one of the folds.",
            "Train again with the same Validation.",
        )
    return [_of_kind(kind, frames, names, params, run) for kind in common]


def _of_kind(
    kind: str, frames: Sequence[pd.DataFrame], names: tuple[str, ...], params: ModelComparison, run: Run
) -> PairedAnswers:
    """The predictions under one kind of validation."""
    tables = [_table(frame, kind, params) for frame in frames]
    labels = [columns for columns, _ in tables]
    if any(columns != labels[0] for columns in labels):
        raise RegionwiseError(
            f"'{names[0]}' answers {', '.join(labels[0][:4])} and another model {', '.join(max(labels, key=len)[:4])}.",
            "Compare models of the same targets or classes.",
        )
    keys = [name for name in SAMPLE if all(name in table for _, table in tables)]
    joined = tables[0][1]
    for number, (_, table) in enumerate(tables[1:], 1):
        joined = joined.merge(table, on=keys, suffixes=("", f"_{number}"))
    if not len(joined):
        raise RegionwiseError(
            f"The layers share no sample that was tested under {kind}.", "Compare trainings on the same samples."
        )
    lost = max(len(table) for _, table in tables) - len(joined)
    if lost:
        run.channel.warning(f"{kind}: {lost} samples were not tested by all models and do not count.")
    target_type, observed, answers = _typed(joined, labels[0], len(tables))
    for number in range(1, len(tables)):
        other = _typed(joined, labels[0], len(tables), number)[1]
        if np.abs(other - observed).max() > 1e-6:
            raise RegionwiseError(
                f"'{names[0]}' and '{names[number]}' have other labels for the same rows.",
                "Compare trainings on the same samples.",
            )
    unit, unit_name = _unit(joined, len(tables), params)
    weight = joined["weight"].to_numpy(np.float64) if "weight" in joined else np.ones(len(joined))
    if "design" in joined:
        weight = weight * joined["design"].to_numpy(np.float64)
    weight = weight / weight.mean()
    scored = [ScoredSamples(observed, answer, unit, weight) for answer in answers]
    return PairedAnswers(names, target_type, scored, kind, unit_name)


def _table(frame: pd.DataFrame, kind: str, params: ModelComparison) -> tuple[list[str], pd.DataFrame]:
    """What is predicted, and the tested rows with common names of columns."""
    suffix = f"_{kind}"
    several = any(str(name).endswith(suffix) for name in frame)
    plain = frame.rename(columns={name: str(name)[: -len(suffix)] for name in frame if str(name).endswith(suffix)})
    plain = plain if several else frame
    shares = [str(name)[: -len(PREDICTED)] for name in plain if str(name).endswith(PREDICTED)]
    shares = [name for name in shares if name in plain]
    classes = [str(name)[len(PREFIX) :] for name in plain if str(name).startswith(PREFIX)]
    tested = plain["fold"].map(text_of) != ""
    if params.unit_field:
        check_fields(plain, (params.unit_field,), "the predictions")
        plain = plain.assign(unit=plain[params.unit_field])
    return shares or classes or ["event"], plain[tested].reset_index(drop=True)


def _typed(
    joined: pd.DataFrame, labels: Sequence[str], models: int, which: int = 0
) -> tuple[TargetType, Array, list[Array]]:
    """The type of the labels, those that layer `which` has, and the answers of all models."""

    def column(name: str, number: int) -> Array:
        suffixed = f"{name}_{number}" if number else name
        return numbers_of(joined[suffixed if suffixed in joined else name])

    def columns(names: Sequence[str], number: int) -> Array:
        return np.stack([column(name, number) for name in names], 1)

    if f"{labels[0]}{PREDICTED}" in joined:
        answers = [columns([f"{name}{PREDICTED}" for name in labels], n) for n in range(models)]
        return ShareTarget(Levels(tuple(labels), {})), columns(labels, which), answers
    label = joined[f"label_{which}" if which and f"label_{which}" in joined else "label"]
    if list(labels) == ["event"]:
        truth = numbers_of(label)
        events = [column("probability", n) for n in range(models)]
        target = BinaryTarget(float(truth.mean()))
        return target, np.stack([1 - truth, truth], 1), [np.stack([1 - p, p], 1) for p in events]
    texts = np.array([text_of(value) for value in label], object)
    observed = (texts[:, None] == np.array(labels, object)).astype(np.float64)
    answers = [columns([f"{PREFIX}{name}" for name in labels], n) for n in range(models)]
    return ClassTarget(tuple(labels)), observed, answers


def _unit(joined: pd.DataFrame, models: int, params: ModelComparison) -> tuple[Text, str]:
    """What is no independent test by itself: by the field, or the fewest that folds kept whole."""
    names = ["unit", *(f"unit_{number}" for number in range(1, models))]
    units = [joined[name].map(text_of).to_numpy(object) for name in names if name in joined]
    if not units:
        return np.arange(len(joined)).astype(str).astype(object), "samples"
    unit = min(units, key=lambda each: len(set(each)))
    return unit, f"values of '{params.unit_field}'" if params.unit_field else "units that folds kept whole"


def paired_maps(params: ModelComparison, run: Run) -> PairedAnswers:
    """What several maps say at the places of a reference.

    Raises
    ------
    RegionwiseError
        If maps are of different kinds, or no place lies on data of all.
    """
    kinds, names = [_kind_of(layer, params) for layer in params.maps], layer_names(params.maps)
    if len(set(kinds)) > 1:
        listing = ", ".join(f"'{name}' {kind}" for name, kind in zip(names, kinds, strict=True))
        raise RegionwiseError(f"The maps are of different kinds: {listing}.", "Compare maps of one kind.")
    found = [_at_places(layer, params, run) for layer in params.maps]
    known = np.logical_and.reduce([_there(values) for _, *both in found for values in both])
    if not known.any():
        raise RegionwiseError(
            f"No place of '{params.reference}' has an answer and data on all maps.", "Check that they overlap."
        )
    if not known.all():
        run.channel.warning(
            f"{(~known).sum()} of {len(known)} places lack an answer, or data on a map; they do not count."
        )
    target, observed, answers = _common_classes(found, known)
    unit, unit_name = _map_units(params, known, run)
    scored = [ScoredSamples.alike(observed, answer, unit) for answer in answers]
    return PairedAnswers(names, target, scored, "", unit_name)


def _kind_of(layer: Layer, params: ModelComparison) -> str:
    with Stack({"map": (layer,)}) as stack:
        return map_kind(stack, layer, params.targets).kind


def _at_places(layer: Layer, params: ModelComparison, run: Run) -> tuple[MapKind, Any, Any]:
    """What a map is, and observed and mapped shares of each place, shape (place, name); of classes their names."""
    with Stack({"map": (layer,)}) as stack:
        kind = map_kind(stack, layer, params.targets)
        frame = single_places(read_layer(params.reference, stack.grid.crs, stack.grid.bounds), params.reference)
        check_fields(frame, (params.class_field, *params.targets, params.unit_field), params.reference)
        values = stack.values_at(representative_points(frame.geometry)).T[list(kind.positions)]
    if params.targets:
        observed, notices = read_shares(frame, params.targets, str(params.reference))
        for notice in notices:
            run.channel.info(notice)
        return kind, observed, kind.shares(values)
    if kind.kind == PROBABILITY:
        return kind, read_events(frame, params.class_field, str(params.reference)), kind.shares(values)
    return (kind, *_class_columns(layer, frame, params, kind, class_codes(values[0], layer)))


def _there(values: Array | Text) -> Mask:
    """Whether each place has shares, or the name of a class."""
    return np.array(values != "", bool) if values.dtype == object else np.array(np.isfinite(values).all(1), bool)


def _class_columns(
    layer: Layer, frame: gpd.GeoDataFrame, params: ModelComparison, kind: MapKind, codes: Array
) -> tuple[Text, Text]:
    """Observed and mapped class of each place by name, in small letters; empty where there is none."""
    labels = np.array([text_of(value) for value in frame[params.class_field]], object)
    own = np.unique(codes[np.isfinite(codes)]).astype(int).tolist()
    position, names = matched_classes(labels, own, kind.categories)
    if (position >= len(own)).all():
        raise RegionwiseError(
            f"No class in '{params.class_field}' of '{params.reference}' ('{names[-1]}', ...) is one of the map "
            f"'{layer}' ({', '.join(names[: len(own)][:6])}).",
            "Choose the field with the names or the numbers of the map's classes.",
        )
    seen = np.array([name.casefold() for name in names], object)[position]
    shown = np.array([names[i].casefold() for i in range(len(own))], object)
    known = np.isfinite(codes)
    answered = np.full(len(codes), "", object)
    answered[known] = shown[np.searchsorted(own, codes[known].astype(int))]
    return np.where(labels == "", "", seen), answered


def _common_classes(found: Sequence[tuple[MapKind, Any, Any]], known: Mask) -> tuple[TargetType, Array, list[Array]]:
    """The type of labels, observed shares and those of each map, of the places that are known."""
    kind, observed, _ = found[0]
    if kind.kind == PROBABILITY:
        return BinaryTarget(float(observed[known, 1].mean())), observed[known], [a[known] for *_, a in found]
    if kind.kind != CLASSES:
        return ShareTarget(Levels(kind.names, {})), observed[known], [a[known] for *_, a in found]
    # maps may number classes in their own ways: what the first calls a place is what all are asked for
    classes = tuple(sorted({*observed[known], *(name for *_, answer in found for name in answer[known])}))
    columns = np.array(classes, object)

    def one_hot(names: Text) -> Array:
        there: Mask = names[known][:, None] == columns
        return there.astype(np.float64)

    return ClassTarget(classes), one_hot(observed), [one_hot(answer) for *_, answer in found]


def _map_units(params: ModelComparison, known: Mask, run: Run) -> tuple[Text, str]:
    """What is no independent test by itself, of the places that are known."""
    with Stack({"map": (params.maps[0],)}) as stack:
        frame = single_places(read_layer(params.reference, stack.grid.crs, stack.grid.bounds), params.reference)
    return units_of_places(frame[known].reset_index(drop=True), params.unit_field, params.maps[0], run)
