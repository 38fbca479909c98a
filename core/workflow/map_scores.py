"""Map scores: what is known of the map of a model beside its members, before the model is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..data.patches.patches import Patches
from ..features.series_features import Days
from ..learning.card import Card
from ..learning.model_file import Model
from ..learning.training_results import MAP, TrainingResults
from ..mapping.area_answers import member_answers
from ..mapping.assembly import AnswerReading, assemble
from ..mapping.ensemble import recalibrated
from ..runtime.types import Array
from ..targets.map_correction import Correction
from ..targets.platt import calibrated_answers
from ..targets.share_target import MEAN
from .experiment import Members

FEWEST_PLACES = 50  # fewer say little of a map


def map_correction(
    card: Card, members: Members, on_map: Patches | None, harder: float, results: TrainingResults, days: Days | None
) -> Correction | None:
    """What makes scores of the map of a model other than those of its members; None where it is not known.

    Parameters
    ----------
    card : Card
        With all but scores.
    on_map : Patches, optional
        Of places of the map, drawn at random, shaped like samples.
    harder : float
        See `predictor_space.Space`.
    days : array of int, shape (sample, step), optional
        See `contracts.TrainingData`.
    """
    if on_map is None or on_map.sample.max() + 1 < FEWEST_PLACES or card.kinds() != {"global"}:
        return None
    target_type, channel = results.target_type, results.run.channel
    model = Model(card, {name: arrays for name, (_, arrays) in members.items()}, {})
    reading = AnswerReading(temperature_scaled=target_type.recalibrated, days=None if days is None else days[0])
    ensemble = assemble([model], results.device, channel, reading)
    answers = member_answers(ensemble, on_map)
    if target_type.recalibrated:
        pairs = zip(answers, ensemble.members, strict=True)
        answers = np.stack([calibrated_answers(each, member.factors) for each, member in pairs])
    answering = [member.fold for member, _ in members.values() if card.mixture.get(member.type, 1.0) > 0]
    of_folds, weight = _by_fold(answers, np.array([member.share for member in ensemble.members]), answering)
    mixed = np.average(of_folds, axis=0, weights=weight).astype(np.float32)
    mean = recalibrated(ensemble, mixed.T).T.astype(np.float64)
    if target_type.recalibrated:
        of_folds = calibrated_answers(of_folds, ensemble.mixture_factors)
    return target_type.correction(of_folds, weight, mean, harder)


def _by_fold(answers: Array, weight: Array, folds: Sequence[str]) -> tuple[Array, Array]:
    """Answers (fold, place, component) and weights (fold,): members of several types answer together, as folds test."""
    names = np.array(folds)
    each = [(answers[names == name], weight[names == name]) for name in np.unique(names)]
    return np.stack([np.average(own, 0, weights) for own, weights in each]), np.array([w.sum() for _, w in each])


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
