"""Stated design: how units were drawn, as fields and parameters say it, as a sample with weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...contract.errors import RegionwiseError
from ...mapping.mapped_numbers import MapKind, matched_classes
from ...runtime.run import Run
from ...runtime.types import Array, Index
from ...surveys.area_estimates import merged_groups
from ...surveys.drawn_sample import DrawnSample
from ...surveys.group_sums import group_sums
from .params import AreaEstimation
from .population import NOWHERE, Cells
from .reference import Reference

SAME_STRATA = 0.98  # share of units whose stratum is the map's class at their place: then strata are its classes
UNLIKE, STAGED = 0.05, 2.0  # by which units may stand for another area than the map's, in one stage and in two
UNSTATED = (
    "Nothing says how the units of '{}' were drawn: there are no inclusion probabilities and no strata, so its numbers "
    "would hold for these places alone."
)
STATE_IT = (
    "Choose the probability field, the strata (a raster, or the field that names them), the estimator 'stratified' if "
    "units were drawn at random in each class of the map, or Design 'random' if all cells had the same chance. For a "
    "model-based answer, which rests on no draw, give the model."
)


def is_stated(params: AreaEstimation, kind: MapKind) -> bool:
    """Whether parameters say how units were drawn."""
    by_class = params.estimator == "stratified" and kind.is_classes
    fields = params.probability_field, params.stratum_field, params.strata
    return params.design == "random" or by_class or any(map(bool, fields))


def check_stated(params: AreaEstimation, kind: MapKind) -> None:
    """Raise `RegionwiseError` if nothing says how units were drawn, and no model would answer instead."""
    if not is_stated(params, kind) and not params.model:
        raise RegionwiseError(UNSTATED.format(params.reference), STATE_IT)


@dataclass(frozen=True)
class Survey:
    """A sample as it was drawn, and the groups whose sizes its weights sum to.

    Parameters
    ----------
    sizes : array, shape (group,)
        Square metres.
    group_of : array of int, shape (row,)
        The group of each row of the counted population.
    estimator : str
    in_words : str
        How units were drawn.
    """

    sample: DrawnSample
    sizes: Array
    group_of: Index
    estimator: str
    in_words: str


def survey_of(
    params: AreaEstimation,
    reference: Reference,
    places: Cells,
    rows: pd.DataFrame,
    kind: MapKind,
    names: Sequence[str],
    run: Run,
) -> Survey:
    """The sample of a reference.

    Parameters
    ----------
    places, rows :
        Of the population, see there; places are those of the units.
    names : sequence of str
        Of the map's classes.

    Raises
    ------
    RegionwiseError
        If nothing says how units were drawn, or a stratum has none.
    """
    cells = places.area  # a unit is a cell: it stands for its area over its chance
    everything = np.zeros(len(reference), np.int64)
    areas, one = rows["area"].to_numpy(), np.zeros(len(rows), np.int64)
    estimator = params.estimator
    if params.design == "random":
        sample = DrawnSample.of(everything, cells, reference.primary)
        words = "a simple random sample of all cells"
        estimator = _or(estimator, "poststratified" if kind.is_classes else "assisted")
        survey = _calibrated(sample, one, areas, estimator, words)
        if estimator != "poststratified":
            return survey
        return _poststratified(survey, places, rows, areas, names, run, conditional=True)
    known = np.isfinite(reference.probability).all() and bool(params.probability_field)
    weight = cells / reference.probability if known else cells
    stages = " in two stages" if reference.primary is not None else ""
    found = _strata(params, reference, places, rows, kind, names)
    if found is None:
        stratum, group_of, labels = everything, one, [""]
        words = f"cells drawn{stages} with the probabilities of '{params.probability_field}'"
    else:
        stratum, group_of, labels = found
        words = f"cells drawn{stages} at random in {len(labels)} strata"
    estimator = _or(estimator, "stratified" if kind.is_classes else "assisted")
    sizes = group_sums(group_of, areas, len(labels)) if (group_of >= 0).all() else np.full(len(labels), np.nan)
    if not np.isfinite(sizes).all():  # strata whose sizes nobody knows: the whole is known
        _tell_unlike(weight, areas, reference, params, run)
        sample = DrawnSample(stratum, weight, everything, reference.primary)
        survey = _calibrated(sample, one, areas, estimator, f"{words} of unknown sizes")
    else:
        _check_strata(stratum, sizes, labels, params)
        if known:
            _tell_unlike(weight, areas, reference, params, run)
        merged, _, number = merged_groups(stratum, sizes)
        _say_merged(stratum, number, labels, run)
        sample = DrawnSample(merged, weight, stratum, reference.primary)
        survey = _calibrated(sample, group_of, areas, estimator, words)
    if estimator != "poststratified":
        return survey
    return _poststratified(survey, places, rows, areas, names, run, conditional=False)


def _or(estimator: str, usual: str) -> str:
    return usual if estimator == "auto" else estimator


def _calibrated(sample: DrawnSample, group_of: Index, areas: Array, estimator: str, words: str) -> Survey:
    """With weights that sum to the sizes of groups."""
    sizes = group_sums(group_of, areas)
    return Survey(sample.calibrated(sample.group, sizes), sizes, group_of, estimator, words)


def _poststratified(
    survey: Survey,
    places: Cells,
    rows: pd.DataFrame,
    areas: Array,
    names: Sequence[str],
    run: Run,
    *,
    conditional: bool,
) -> Survey:
    """With weights that sum to the sizes of the map's classes.

    Parameters
    ----------
    conditional : bool
        Whether, given how many units fell into each class, they are as drawn there.
    """
    codes = np.unique(rows["code"])
    if codes[0] == NOWHERE:
        raise RegionwiseError(
            "A map of shares or probabilities has no classes to poststratify by.", "Choose the estimator 'assisted'."
        )
    group_of, group = np.searchsorted(codes, rows["code"]), np.searchsorted(codes, places.code)
    group, sizes, number = merged_groups(group, group_sums(group_of, areas, len(codes)))
    _say_merged(np.searchsorted(codes, places.code), number, list(names), run)
    sample = survey.sample
    if conditional:
        sample = DrawnSample.of(group, sample.weight, sample.primary)
    words = f"{survey.in_words}, weighed by the map's classes"
    return Survey(sample.calibrated(group, sizes), sizes, number[group_of], survey.estimator, words)


def _strata(
    params: AreaEstimation, reference: Reference, places: Cells, rows: pd.DataFrame, kind: MapKind, names: Sequence[str]
) -> tuple[Index, Index, list[str]] | None:
    """The stratum of each unit and of each row of the population, and the names of strata; None if there are none.

    Rows are `NOWHERE` where the sizes of strata cannot be told.
    """
    if params.strata:
        codes = np.unique(rows["stratum"])
        return np.searchsorted(codes, places.stratum), np.searchsorted(codes, rows["stratum"]), [str(c) for c in codes]
    codes = np.unique(rows["code"])
    by_class = np.searchsorted(codes, places.code), np.searchsorted(codes, rows["code"])
    if not params.stratum_field:
        if params.estimator == "stratified" and kind.is_classes and not params.probability_field:
            return *by_class, list(names)
        return None
    if (reference.stratum == "").any():
        raise RegionwiseError(
            f"Stratum field '{params.stratum_field}' of '{params.reference}' is empty in some rows.", "Fill them."
        )
    if kind.is_classes:
        found, _ = matched_classes(reference.stratum, codes.tolist(), kind.categories)
        # strata of another layer may bear the numbers of classes: they are the map's where it shows them
        if (found < len(codes)).all() and (found == by_class[0]).mean() >= SAME_STRATA:
            return found, by_class[1], list(names)
    labels = sorted(set(reference.stratum))
    if not params.probability_field:
        raise RegionwiseError(
            f"Strata of '{params.reference}' ('{labels[0]}', ...) are not the map's classes at these places, so nobody "
            "knows how large they are.",
            "Give the strata as a raster, or the probability field.",
        )
    number = np.searchsorted(np.array(labels, object), reference.stratum).astype(np.int64)
    return number, np.full(len(rows), NOWHERE), labels


def _tell_unlike(weight: Array, areas: Array, reference: Reference, params: AreaEstimation, run: Run) -> None:
    """Say that units stand for another area than the map has."""
    stands_for, mapped = float(weight.sum()), float(areas.sum())
    by_chance = STAGED if reference.primary is not None else 1 + UNLIKE
    if not 1 / by_chance <= stands_for / mapped <= by_chance:
        run.channel.warning(
            f"By their probabilities the units of '{params.reference}' stand for {stands_for / 1e4:,.0f} ha, and the "
            f"map has {mapped / 1e4:,.0f} ha. Areas are told for the whole map: if a part of it was not sampled, cut "
            "the map to what was (Raster > Extraction > Clip), and if units are missing, know why."
        )


def _check_strata(stratum: Index, sizes: Array, labels: Sequence[str], params: AreaEstimation) -> None:
    """Raise `RegionwiseError` if a stratum has no unit."""
    empty = np.flatnonzero((np.bincount(stratum, minlength=len(sizes)) == 0) & (sizes > 0))
    if len(empty):
        share = 100 * sizes[empty].sum() / sizes.sum()
        shown = ", ".join(f"'{labels[i]}'" for i in empty[:3]) + (", ..." if len(empty) > 3 else "")
        raise RegionwiseError(
            f"Stratum {shown} ({share:.3g} % of the area) has no unit in '{params.reference}': nothing is known of it.",
            "Merge it with another stratum, cut it out of the map, or draw units there.",
        )


def _say_merged(group: Index, number: Index, labels: Sequence[str], run: Run) -> None:
    """Say which groups of too few units were joined."""
    sizes = np.bincount(number)
    joined = [i for i in range(len(number)) if sizes[number[i]] > 1]
    if joined:
        counts = np.bincount(group, minlength=len(number))
        shown = ", ".join(f"'{labels[i]}' ({counts[i]})" for i in joined)
        run.channel.warning(
            f"Strata of one unit or none tell nothing of how much units differ; for errors these are taken as "
            f"one: {shown}."
        )
