"""Reliability: calibration errors without what chance adds, against probabilities whose truth is known."""

import numpy as np
import pytest
from regionwise.core.targets.binary_target import BinaryTarget
from regionwise.core.targets.class_target import ClassTarget
from regionwise.core.targets.reliability import (
    BINS,
    Outcomes,
    calibration_bounds,
    calibration_error,
    calibration_scores,
    reliability,
)
from regionwise.core.targets.scored_samples import ScoredSamples

SEEDS = range(60)


def logistic(value):
    return 1 / (1 + np.exp(-value))


def said(seed, n, power=1.0, shift=0.0):
    """Probabilities whose true log odds are `power` times theirs and a `shift`, and outcomes that follow the truth."""
    rng = np.random.default_rng(seed)
    stated = rng.random(n)
    true = logistic(power * np.log(stated / (1 - stated)) + shift)
    return Outcomes((rng.random(n) < true).astype(float), stated, np.ones(n)), true


def true_error(**kind):
    """The calibration error over bins that endless samples have."""
    outcomes, true = said(0, 400_000, **kind)
    gaps = np.bincount(outcomes.bins, outcomes.probability - true, BINS)
    return np.abs(gaps).sum() / len(true)


def test_true_probabilities_read_a_floor_and_have_hardly_an_error():
    scores = [calibration_scores(said(seed, 100)[0]) for seed in SEEDS]
    read = np.mean([calibration_error(said(seed, 100)[0]) for seed in SEEDS])
    assert read > 0.11
    assert np.mean([row["ece_floor"] for row in scores]) == pytest.approx(read, abs=0.01)
    assert np.mean([row["ece"] for row in scores]) < 0.03


@pytest.mark.parametrize("kind", [{"power": 0.6}, {"power": 1.6}, {"shift": 0.6}])
def test_errors_are_told_with_few_samples_as_with_many(kind):
    error = true_error(**kind)
    assert error > 0.05
    for n, near in ((100, 0.03), (1000, 0.01)):
        found = [calibration_scores(said(seed, n, **kind)[0])["ece"] for seed in SEEDS]
        assert np.mean(found) == pytest.approx(error, abs=near)


@pytest.mark.parametrize("kind", [{}, {"power": 0.6}, {"shift": 0.6}])
def test_bounds_hold_the_true_error(kind):
    error, inside = true_error(**kind), []
    for seed in range(30):
        outcomes, _ = said(seed, 200, **kind)
        row = calibration_bounds(outcomes, np.arange(200).astype(object))
        inside.append(row["ece_low"] - 0.002 <= error <= row["ece_high"])
    assert np.mean(inside) > 0.8


def test_consistency_bars_hold_true_shares_and_not_those_of_a_sure_model():
    def outside(kind):
        rows = [row for seed in SEEDS for row in reliability(said(seed, 3000, **kind)[0])]
        return np.mean([not row["low"] <= row["accuracy"] <= row["high"] for row in rows])

    assert outside({}) == pytest.approx(0.1, abs=0.03)
    assert outside({"power": 0.5}) > 0.5


def test_the_floor_of_weighted_samples_is_that_of_their_draw():
    """Events are 5 % of the world and half of the samples; weights make them rare again."""
    found, floors = [], []
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        world = rng.beta(0.5, 9.5, 8000)
        event = rng.random(8000) < world
        kept = np.concatenate([np.flatnonzero(event)[:200], rng.permutation(np.flatnonzero(~event))[:200]])
        truth = event[kept].astype(float)
        weight = np.where(truth > 0, 0.05 / 0.5, 0.95 / 0.5)
        outcomes = Outcomes(truth, world[kept], weight)
        found.append(calibration_error(outcomes))
        floors.append(calibration_scores(outcomes)["ece_floor"])
    assert np.mean(floors) == pytest.approx(np.mean(found), rel=0.15)


def test_rows_of_classes_and_events_tell_error_bounds_and_floor():
    rng = np.random.default_rng(0)
    event = rng.random(200)
    truth = rng.random(200) < event
    scored = ScoredSamples.alike(
        np.stack([~truth, truth], 1).astype(float), np.stack([1 - event, event], 1), np.arange(200).astype(object)
    )
    for target_type in (BinaryTarget(0.5), ClassTarget(("none", "event"))):
        row = target_type.rows(scored)[-1]
        assert {"ece", "ece_low", "ece_high", "ece_floor"} <= set(target_type.columns)
        assert 0 <= row["ece_low"] <= row["ece"] <= row["ece_high"] < 0.2 and 0.05 < row["ece_floor"] < 0.15
        untested = target_type.rows(ScoredSamples.alike(scored.observed, np.full((200, 2), np.nan), scored.unit))[-1]
        assert all(untested[name] is None for name in ("ece", "ece_low", "ece_high", "ece_floor"))
