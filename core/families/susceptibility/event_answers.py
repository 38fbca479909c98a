"""Answers of a susceptibility model to rows of factors: as a map has them, and by the members that never saw a row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...data.raster.grids import Grid
from ...data.raster.tiles import Tile
from ...learning.card import Member
from ...learning.model_file import Model
from ...learning.tested_samples import UNKNOWN
from ...mapping.assembly import AnswerReading, assemble
from ...mapping.products import EventProbability, tile_predictor
from ...runtime.executor import Log
from ...runtime.types import Array, Floats
from ...targets.calibration import CalibrationInfo, MeanCalibration

Predict = Callable[[Floats], Array]  # the probability of an event, shape (place,), from factors (place, factor)


def with_members(model: Model, members: list[Member], calibration: CalibrationInfo | None = None) -> Model:
    """`model` with some of its members, and with another calibration, if that is given."""
    tensors = {member.name: model.members[member.name] for member in members}
    card = replace(model.card, members=members, calibration=calibration or model.card.calibration)
    return replace(model, card=card, members=tensors)


def probability_of(model: Model, grid: Grid, log: Log, prior_correction: float) -> Predict:
    """A function for the probability that a map has at rows of factors; its odds are multiplied by the correction."""
    ensemble = assemble([model], "cpu", log, AnswerReading(temperature_scaled=True))
    predict_tile = tile_predictor(ensemble, grid, {"event": EventProbability(prior_correction)})

    def predict(table: Floats) -> Array:
        """The probability of each row."""
        block = np.ascontiguousarray(table.T[:, :, None])
        products = predict_tile(Tile(0, 0, len(table), 1), block, np.ones((len(table), 1), bool))
        event: Array = products["event"][0].astype(np.float64)
        return event

    return predict


def out_of_fold_probability(model: Model, grid: Grid, log: Log, split: NDArray[np.int64]) -> Predict:
    """A function for the probability of rows, each by the members that never saw it; of new ones by all members.

    What makes the mean of all members as sure as it may be is not for the answers of few.

    Parameters
    ----------
    split : array of int, shape (row,)
        Of each row of the tables that will be given: the split that tested it, or `tested_samples.UNKNOWN`.
    """
    members, known = model.card.members, model.card.calibration
    of_few = replace(known, mean=MeanCalibration())
    folds = list(dict.fromkeys(member.fold for member in members))
    parts: list[tuple[NDArray[np.bool_], Predict]] = []
    for number in np.unique(split):
        unseen = [member for member in members if number == UNKNOWN or member.fold == folds[number]]
        answering = with_members(model, unseen, known if number == UNKNOWN else of_few)
        parts.append((split == number, probability_of(answering, grid, log, known.prior_correction)))

    def predict(table: Floats) -> Array:
        """The probability of each row."""
        probability = np.empty(len(table))
        for rows, answer in parts:
            probability[rows] = answer(table[rows])
        return probability

    return predict
