"""Parcels: what is said of them is calibrated as answers to labelled areas were, and comes true."""

import numpy as np
import pytest
from regionwise.core.families.crops.parcels import answering_types, area_probabilities
from regionwise.core.learning.card import Card, Member
from regionwise.core.targets.calibration import CalibrationInfo, MeanCalibration
from regionwise.core.targets.class_target import fit_temperature, temperature_scaled

CLASSES, CELLS = ["a", "b", "c"], 25


def card_of(factors, mixture, mean=None):
    """Return the card of a model with a member of each type in `mixture`."""
    members = [Member(kind, "global", type=kind) for kind in mixture]
    calibration = CalibrationInfo(factors=factors, mean=mean or MeanCalibration())
    return Card(
        "crops", {}, [], CLASSES, members, "", 10.0, [0, 0, 1, 1], {}, [], "f", {}, mixture=mixture,
        calibration=calibration,
    )  # fmt: skip


def parcels_of(seed, noise, count=1500):
    """Return the classes of parcels, and what a timid model answers their noisy cells, shape (parcel, cell, class)."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, count)
    seen = np.eye(3)[truth] + 0.5 * rng.normal(size=(count, 3))  # what is unlike in the whole parcel
    cells = seen[:, None] + noise * rng.normal(size=(count, CELLS, 3))
    odds = np.exp(0.5 * cells)
    return truth, odds / odds.sum(2, keepdims=True)


@pytest.mark.parametrize("noise", [1.5, 3.0])
def test_what_is_said_of_parcels_comes_true(noise):
    known, answers = parcels_of(0, noise)
    power = fit_temperature(answers.mean(1), known)  # as training does
    card = card_of({"boosting": {"": power}}, {"boosting": 1.0})
    truth, cells = parcels_of(1, noise)
    probability = area_probabilities(card, cells.mean(1))
    majority = np.array([np.bincount(row, minlength=3).argmax() for row in cells.argmax(2)])
    said, right = probability[np.arange(len(truth)), majority], majority == truth
    assert said.mean() == pytest.approx(right.mean(), abs=0.03)
    by_cells = temperature_scaled(cells, power)
    assert abs(by_cells.max(2).mean() - right.mean()) > abs(said.mean() - right.mean())
    before = by_cells.max(2).mean(1)
    assert ((said - right) ** 2).mean() < ((before - right) ** 2).mean() - 0.005
    assert by_cells.max(2).mean() > (by_cells.argmax(2) == truth[:, None]).mean() + 0.05  # of cells it is not true


def test_types_are_calibrated_each_then_their_mixture_then_the_mean():
    rng = np.random.default_rng(2)
    raw = rng.dirichlet([1, 1, 1], (7, 2))
    mean = MeanCalibration(1.3, [0.5, 0.3, 0.2])
    factors = {"boosting": {"": 2.0}, "ltae": {"": 0.5}, "stack": {"": 1.5}}
    card = card_of(factors, {"ltae": 0.25, "boosting": 0.75, "tempcnn": 0.0}, mean)
    assert answering_types(card) == ["boosting", "ltae"]
    found = area_probabilities(card, raw.reshape(7, 6))
    expected = 0.75 * raw[:, 0] ** 2 / (raw[:, 0] ** 2).sum(1, keepdims=True)
    expected += 0.25 * raw[:, 1] ** 0.5 / (raw[:, 1] ** 0.5).sum(1, keepdims=True)
    centre = np.array(mean.centre)
    expected = centre * ((expected**1.5 / (expected**1.5).sum(1, keepdims=True)) / centre) ** 1.3
    np.testing.assert_allclose(found, expected / expected.sum(1, keepdims=True), rtol=1e-6)
