"""Map scores: what is known of the map of a model beside its members, before the model is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..data.patches.patches import Patches
from ..learning.card import Card
from ..learning.model_file import Model
from ..learning.training_results import MAP, TrainingResults, overall
from ..mapping.area_answers import member_answers
from ..mapping.assembly import AnswerReading, assemble
from ..mapping.ensemble import recalibrated
from ..runtime.executor import Executor, Reporter
from ..runtime.types import Array
from ..targets.calibration import CalibrationInfo
from ..targets.map_correction import Correction, Harder
from ..targets.platt import calibrated_answers
from ..targets.share_target import MEAN
from .experiment import Members
from .training_inputs import Inputs

Answered = tuple[Array, Array, Array]


def map_correction(
    card: Card, members: Members, inputs: Inputs, harder: Harder | None, results: TrainingResults, executor: Executor
) -> Correction | None:
    """What makes scores of the map of a model other than those of its members; None where it is not known.

    Parameters
    ----------
    card : Card
        With all but scores.
    harder : Harder, optional
        See `predictor_space.Space`.
    executor : Executor
        Which computes what members answer.
    """
    on_map, data = inputs.on_map, inputs.training_data
    if on_map is None or card.kinds() != {"global"}:
        return None
    model = Model(card, {name: arrays for name, (_, arrays) in members.items()}, {})
    days = None if data.days is None else data.days[0]
    reading = AnswerReading(temperature_scaled=results.target_type.recalibrated, days=days)
    items = [(model, data.device, reading, on_map)]
    asked = executor.perform(_answers, items, lambda _, message: results.run.channel.relay(message))
    ((_, (of_folds, weight, mean)),) = asked
    return results.target_type.correction(of_folds, weight, mean, harder)


def _answers(report: Reporter, model: Model, device: str, reading: AnswerReading, on_map: Patches) -> Answered:
    """Answers of the members of each fold together, as they are tested, their weights, and what the map shows."""
    ensemble = assemble([model], device, report, reading)
    answers = member_answers(ensemble, on_map)
    if reading.temperature_scaled:
        pairs = zip(answers, ensemble.members, strict=True)
        answers = np.stack([calibrated_answers(each, member.factors) for each, member in pairs])
    answering = [member.fold for member in model.card.members if model.card.mixture.get(member.type, 1.0) > 0]
    of_folds, weight = _by_fold(answers, np.array([member.share for member in ensemble.members]), answering)
    mixed = np.average(of_folds, axis=0, weights=weight).astype(np.float32)
    mean = recalibrated(ensemble, mixed.T).T.astype(np.float64)
    if reading.temperature_scaled:
        of_folds = calibrated_answers(of_folds, ensemble.mixture_factors)
    return of_folds, weight, mean


def _by_fold(answers: Array, weight: Array, folds: Sequence[str]) -> tuple[Array, Array]:
    """Answers (fold, place, component) and weights (fold,): members of several types answer together, as folds test."""
    names = np.array(folds)
    each = [(answers[names == name], weight[names == name]) for name in np.unique(names)]
    return np.stack([np.average(own, 0, weights) for own, weights in each]), np.array([w.sum() for _, w in each])


def calibration_of_map(results: TrainingResults) -> CalibrationInfo:
    """The calibration of `results` with bands as wide as errors of the map are, beside those of members.

    Labels that places share hold less noise than those of cells: bands by them stay as they are.
    """
    validation, calibration = results.validations[0], results.calibration
    shared = calibration.support is not None and calibration.support.places > 1
    if shared or not (results.tells_map(validation) and calibration.intervals):
        return calibration
    rows = overall(results, validation)
    of_map, of_members = (
        {row["component"]: row["rmse"] for row in rows if row["model"] == model} for model in (MAP, validation.chosen)
    )
    factor = {name: of_map[name] / of_members[name] if of_members[name] else 1.0 for name in of_map}
    conformal = {name: _times(half_widths, factor[name]) for name, half_widths in calibration.conformal.items()}
    return replace(calibration, conformal=conformal, joint=_times(calibration.joint, factor[MEAN]))


def _times(half_widths: list[float | None], factor: float) -> list[float | None]:
    return [None if width is None else width * factor for width in half_widths]
