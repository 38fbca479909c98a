"""Map scores: what is known of the map of a model beside its members, before the model is written."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..data.patches.patches import Patches
from ..learning.card import Card
from ..learning.contracts import TrainingData
from ..learning.model_file import Model
from ..learning.training_results import MAP, TrainingResults
from ..mapping.area_answers import member_answers
from ..mapping.assembly import AnswerReading, assemble
from ..runtime.executor import Log
from ..runtime.types import Array, Index
from ..targets.map_correction import MapCorrection
from ..targets.share_target import MEAN
from .experiment import Members

FEWEST_PLACES = 50  # fewer say little of a map


def map_correction(
    card: Card, members: Members, on_map: Patches | None, harder: float, training_data: TrainingData, log: Log
) -> MapCorrection | None:
    """What makes errors of the map of a model other than those of its members; None where it is not known.

    Parameters
    ----------
    on_map : Patches, optional
        Of places of the map, drawn at random, shaped like samples.
    harder : float
        See `predictor_space.Space`.
    """
    if on_map is None or on_map.sample.max() + 1 < FEWEST_PLACES or card.kinds() != {"global"}:
        return None
    days = None if training_data.days is None else training_data.days[0]
    model = Model(card, {name: arrays for name, (_, arrays) in members.items()}, {})
    ensemble = assemble([model], training_data.device, log, AnswerReading(days=days))
    weights = np.array([member.share for member in ensemble.members])
    answering = [member for member, _ in members.values() if card.mixture.get(member.type, 1.0) > 0]
    folds: Index = np.unique([member.fold for member in answering], return_inverse=True)[1]
    return MapCorrection.of(*_by_fold(member_answers(ensemble, on_map), weights, folds), harder)


def _by_fold(answers: Array, weights: Array, fold: Index) -> tuple[Array, Array]:
    """Answers (fold, cell, component) and weights (fold,): members of several types answer together, as folds test."""
    each = np.stack([np.average(answers[fold == number], 0, weights[fold == number]) for number in np.unique(fold)])
    return each, np.bincount(fold, weights).astype(np.float64)


def with_bands_of_map(results: TrainingResults) -> TrainingResults:
    """`results` with bands as wide as errors of the map are, beside those of members.

    Labels that places share hold less noise than those of cells: bands by them stay as they are.
    """
    validation, calibration = results.validations[0], results.calibration
    shared = calibration.support is not None and calibration.support.places > 1
    if shared or not (results.tells_map(validation) and calibration.intervals):
        return results
    of_map, of_members = (
        {
            row["component"]: row["rmse"]
            for row in results.rows
            if (row["validation"], row["model"], row["part"]) == (validation.kind, model, "all")
        }
        for model in (MAP, validation.chosen)
    )
    factor = {name: of_map[name] / of_members[name] if of_members[name] else 1.0 for name in of_map}
    conformal = {name: _times(half_widths, factor[name]) for name, half_widths in calibration.conformal.items()}
    joint = _times(calibration.joint, factor[MEAN])
    return replace(results, calibration=replace(calibration, conformal=conformal, joint=joint))


def _times(half_widths: list[float | None], factor: float) -> list[float | None]:
    return [None if width is None else width * factor for width in half_widths]
