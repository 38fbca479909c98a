"""Reliability: calibration errors without what chance adds, against probabilities whose truth is known."""

import numpy as np
import pytest
from regionwise.core.targets.binary_target import BinaryTarget
from regionwise.core.targets.class_target import ClassTarget
from regionwise.core.targets.reliability import (
    MOST_UNITS,
    Outcomes,
    calibration_error,
    calibration_scores,
    reliability,
)
from regionwise.core.targets.scored_samples import ScoredSamples
from scipy.stats import norm

SEEDS = range(60)


def logistic(value):
    return 1 / (1 + np.exp(-value))


def said(seed, n, power=1.0, shift=0.0):
    """Probabilities whose true log odds are `power` times theirs and a `shift`, and outcomes that follow the truth."""
    rng = np.random.default_rng(seed)
    stated = rng.random(n)
    true = logistic(power * np.log(stated / (1 - stated)) + shift)
    return Outcomes((rng.random(n) < true).astype(float), stated, np.ones(n), np.arange(n)), true


def of_units(seed, units, each, likeness, shift=0.0):
    """Outcomes of units that share what is special about them: their latent values have the correlation `likeness`.

    Of 1, samples of a unit have one probability and one outcome.
    """
    rng = np.random.default_rng(seed)
    count, unit = units * each, np.repeat(np.arange(units), each)
    value = rng.normal(0, 1.3, units)[unit] if likeness == 1 else rng.normal(0, 1.3, count)
    latent = np.sqrt(likeness) * rng.normal(size=units)[unit] + np.sqrt(1 - likeness) * rng.normal(size=count)
    true = norm.cdf(value)
    stated = logistic(np.log(true / (1 - true)) - shift)
    return Outcomes((latent < value).astype(float), stated, np.ones(count), unit), true


def true_error(drawn, *args, **kind):
    """The calibration error over bins that endless samples have."""
    outcomes, true = drawn(0, *args, **kind)
    return calibration_error(Outcomes(true, outcomes.probability, outcomes.weight, outcomes.unit))


def test_true_probabilities_read_a_floor_and_have_hardly_an_error():
    scores = [calibration_scores(said(seed, 100)[0]) for seed in SEEDS]
    read = np.mean([calibration_error(said(seed, 100)[0]) for seed in SEEDS])
    assert read > 0.11
    assert np.mean([row["ece_floor"] for row in scores]) == pytest.approx(read, abs=0.01)
    assert np.mean([row["ece"] for row in scores]) < 0.03


@pytest.mark.parametrize("kind", [{"power": 0.6}, {"power": 1.6}, {"shift": 0.6}])
def test_errors_are_told_with_few_samples_as_with_many(kind):
    error = true_error(said, 400_000, **kind)
    assert error > 0.05
    for n, near in ((100, 0.03), (1000, 0.01)):
        found = [calibration_scores(said(seed, n, **kind)[0])["ece"] for seed in SEEDS]
        assert np.mean(found) == pytest.approx(error, abs=near)


@pytest.mark.parametrize("kind", [{}, {"power": 0.6}, {"shift": 0.6}])
def test_bounds_hold_the_true_error(kind):
    error, inside = true_error(said, 400_000, **kind), []
    for seed in range(30):
        row = calibration_scores(said(seed, 200, **kind)[0])
        inside.append(row["ece_low"] - 0.002 <= error <= row["ece_high"])
    assert np.mean(inside) > 0.8


@pytest.mark.parametrize(("units", "likeness"), [(100, 1.0), (50, 0.5), (100, 0.0)])
def test_labels_of_a_unit_count_as_what_they_are_worth(units, likeness):
    """True probabilities have hardly an error, and one beyond chance as rarely as is promised."""
    drawn = [of_units(seed, units, 20, likeness)[0] for seed in range(40)]
    scores = [calibration_scores(outcomes) for outcomes in drawn]
    read = np.mean([calibration_error(outcomes) for outcomes in drawn])
    assert np.mean([row["ece_floor"] for row in scores]) == pytest.approx(read, rel=0.15)
    assert np.mean([row["ece"] for row in scores]) < 0.03
    assert np.mean([row["ece_low"] > 0 for row in scores]) <= 0.1
    bars = [row for outcomes in drawn for row in reliability(outcomes)]
    assert 0.85 <= np.mean([row["low"] <= row["accuracy"] <= row["high"] for row in bars]) <= 0.95


@pytest.mark.parametrize(("units", "each"), [(5, 100), (10, 50), (100, 20)])
def test_bounds_over_few_units_hold_the_true_error_of_all(units, each):
    error, inside = true_error(of_units, 200_000, 1, 0.5, shift=1.0), []
    for seed in range(60):
        row = calibration_scores(of_units(seed, units, each, 0.5, shift=1.0)[0])
        inside.append(row["ece_low"] <= error <= row["ece_high"])
    assert error > 0.1 and np.mean(inside) >= 0.82


def test_three_units_bound_nothing():
    row = calibration_scores(of_units(0, 3, 100, 0.5)[0])
    assert row["ece_low"] is None and row["ece_high"] is None and row["ece"] is not None


def test_samples_that_are_units_have_the_variance_of_their_probabilities_also_where_they_are_many():
    outcomes, _ = said(0, 5 * MOST_UNITS, power=0.6)
    np.testing.assert_allclose(outcomes.unit_sums().sum(0), outcomes.sums())
    few, _ = said(0, MOST_UNITS, power=0.6)
    np.testing.assert_allclose(few.unit_sums().sum(0), few.sums())
    assert len(outcomes.unit_sums()) == len(few.unit_sums()) == MOST_UNITS


def test_what_probabilities_are_wrong_by_is_no_likeness_of_units():
    floor = [calibration_scores(of_units(seed, 100, 20, 0.0, shift=1.5)[0])["ece_floor"] for seed in range(20)]
    alone = [calibration_scores(Outcomes(o.happened, o.probability, o.weight, np.arange(2000)))["ece_floor"]
             for o in (of_units(seed, 100, 20, 0.0, shift=1.5)[0] for seed in range(20))]  # fmt: skip
    assert np.mean(floor) == pytest.approx(np.mean(alone), rel=0.03)


def test_bins_see_the_error_of_rare_events_and_equal_probabilities_lie_in_one():
    """Events of prevalence .01, whose log odds are stated twice as far from their mean: equally wide bins are blind."""
    rng = np.random.default_rng(0)
    odds = rng.normal(-5.2, 1.0, 100_000)
    true, stated = logistic(odds), logistic(-5.2 + 2 * (odds + 5.2))
    assert true.mean() == pytest.approx(0.01, abs=0.003)
    outcomes = Outcomes(true, stated, np.ones(len(true)), np.arange(len(true)))
    assert calibration_error(outcomes) > 0.9 * np.abs(stated - true).mean()
    assert (np.bincount(outcomes.bins) / len(true)).max() < 0.07
    tied = Outcomes(true, np.where(stated < 0.02, 0.0, stated), outcomes.weight, outcomes.unit)
    assert len(np.unique(tied.bins[tied.probability == 0])) == 1 and (np.diff(tied.bins[np.argsort(stated)]) >= 0).all()


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
        outcomes = Outcomes(truth, world[kept], weight, np.arange(400))
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
