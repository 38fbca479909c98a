"""Intervals of scores against simulated units whose true score is known, and units left out one by one."""

import numpy as np
import pytest
from regionwise.core.targets.binary_target import BinaryTarget
from regionwise.core.targets.class_target import ClassTarget
from regionwise.core.targets.hierarchy import Levels
from regionwise.core.targets.score_intervals import (
    ERROR,
    PLAIN,
    SHARE,
    SKILL,
    Jackknifed,
    basis,
    difference,
    jackknifed,
)
from regionwise.core.targets.scored_samples import ScoredSamples
from regionwise.core.targets.share_target import ShareTarget
from regionwise.core.targets.unit_auc import jackknifed_auc
from scipy.stats import t as student
from sklearn.metrics import roc_auc_score

SHARES = ShareTarget(Levels(("a", "b"), {}))
CLASSES = ClassTarget(("a", "b", "c"))
RUNS = 400
GOAL = (0.85, 0.95)
ALLOWED = 2.5  # standard errors of a simulated share


def units(rng, count):
    """The unit of each sample: few large ones and many small ones."""
    return np.repeat(np.arange(count), np.maximum(2, rng.lognormal(2, 0.7, count).astype(int)))


def both(found):
    return np.stack([1 - found, found], 1)


def errors(rng, unit):
    """Errors with a part that is common to a unit, in units some of which are harder; their mean square is 1."""
    count = unit.max() + 1
    amplitude = rng.lognormal(-0.09, 0.3, count)
    return (amplitude * np.sqrt(0.4) * rng.normal(size=count))[unit] + amplitude[unit] * np.sqrt(0.6) * rng.normal(
        size=len(unit)
    )


def shares_of(rng, count, skill=0.6):
    """Shares whose units have a common part, as have the errors of their predictions."""
    unit = units(rng, count)
    label = np.sqrt(0.4) * rng.normal(size=count)[unit] + np.sqrt(0.6) * rng.normal(size=len(unit))
    found = label + np.sqrt(1 - skill) * errors(rng, unit)
    return ScoredSamples.alike(both(0.5 + 0.1 * label), both(0.5 + 0.1 * found), unit.astype(object))


def classes_of(rng, count):
    """Labels whose mixture differs between units, as does how often they are answered rightly."""
    unit = units(rng, count)
    mixture = rng.dirichlet([2.0, 1.5, 0.5], count)[unit]
    truth = (rng.random((len(unit), 1)) > mixture.cumsum(1)).sum(1).clip(0, 2)
    right = rng.random(len(unit)) < 1 / (1 + np.exp(-1.2 - rng.normal(0, 0.8, count)))[unit]
    answer = np.where(right, truth, rng.integers(0, 3, len(unit)))
    return ScoredSamples.alike(np.eye(3)[truth], 0.1 + 0.7 * np.eye(3)[answer], unit.astype(object))


def events_of(rng, count):
    """Events that are more frequent in some units, where probabilities are higher, too."""
    unit = units(rng, count)
    event = rng.random(len(unit)) < 1 / (1 + np.exp(0.8 + rng.normal(0, 0.7, count)))[unit]
    level = 1.2 * event - 0.6 + 0.6 * rng.normal(size=count)[unit] + rng.normal(size=len(unit))
    return ScoredSamples.alike(both(event.astype(float)), both(1 / (1 + np.exp(-level))), unit.astype(object))


KINDS = {
    "r2": (SHARES, shares_of, "low", "high"),
    "rmse": (SHARES, shares_of, "rmse_low", "rmse_high"),
    "f1": (CLASSES, classes_of, "low", "high"),
    "accuracy": (CLASSES, classes_of, "accuracy_low", "accuracy_high"),
    "auc": (BinaryTarget(0.35), events_of, "low", "high"),
}


@pytest.fixture(scope="module")
def truths():
    """The score that is expected of each kind of unit: that of many."""
    rng = np.random.default_rng(0)
    return {name: target.rows(draw(rng, 60_000))[-1][name] for name, (target, draw, _, _) in KINDS.items()}


@pytest.mark.parametrize("count", [5, 10, 25, 100])
@pytest.mark.parametrize("name", KINDS)
def test_intervals_hold_the_true_score_as_often_as_they_say(name, count, truths):
    target, draw, low, high = KINDS[name]
    rng = np.random.default_rng(count)
    rows = [target.rows(draw(rng, count))[-1] for _ in range(RUNS)]
    bound = [row for row in rows if row[low] is not None]  # all events may lie in one of few units
    assert len(bound) > 0.99 * RUNS
    held = np.mean([row[low] <= truths[name] <= (row[high] or np.inf) for row in bound])
    reach = ALLOWED * np.sqrt(0.9 * 0.1 / RUNS)
    assert GOAL[0] - reach <= held <= GOAL[1] + reach


def test_models_that_are_alike_do_better_by_chance_alone():
    rng = np.random.default_rng(1)
    verdicts = []
    for _ in range(RUNS):
        scored = shares_of(rng, 12)
        error = 0.1 * np.sqrt(0.4) * errors(rng, scored.unit.astype(int))  # of the same law, drawn anew
        other = ScoredSamples.alike(scored.observed, scored.observed + np.stack([-error, error], 1), scored.unit)
        verdicts.append(difference(SHARES.jackknifed(scored), SHARES.jackknifed(other)).verdict)
    told = np.mean([verdict != "no better beyond chance" for verdict in verdicts])
    assert told <= 0.1 + ALLOWED * np.sqrt(0.9 * 0.1 / RUNS)


def test_a_difference_is_known_better_than_the_scores_where_both_find_the_same_hard():
    rng = np.random.default_rng(2)
    scored = shares_of(rng, 30)
    worse = ScoredSamples.alike(
        scored.observed, scored.observed + 1.1 * (scored.predicted - scored.observed), scored.unit
    )
    first, second = SHARES.jackknifed(scored), SHARES.jackknifed(worse)
    assert second.bounds(SKILL)[1] > first.score and first.bounds(SKILL)[0] < second.score  # each holds the other
    found = difference(first, second)
    assert found.verdict == "better" and found.turned.verdict == "worse"
    assert found.value == pytest.approx(first.score - second.score) and found.low < found.value < found.high
    assert found.turned.low == -found.high
    assert difference(first, first)[1:] == (0, 0)


def test_the_interval_of_a_mean_is_that_of_student():
    values = np.tile([1.0, 3.0], 6)  # flatter than a normal law: all degrees of freedom
    (mean,) = jackknifed(np.stack([np.ones(12), values], 1), lambda sums: sums[:, 1:] / sums[:, :1])
    reach = student.ppf(0.95, 11) * values.std(ddof=1) / np.sqrt(12)
    assert mean.bounds(PLAIN) == pytest.approx((2 - reach, 2 + reach))
    outlier = np.append(np.tile([1.0, 3.0], 5), [2, 20])  # one unit tells nearly all that is known of the spread
    (mean,) = jackknifed(np.stack([np.ones(12), outlier], 1), lambda sums: sums[:, 1:] / sums[:, :1])
    assert mean.bounds(PLAIN)[1] - mean.score > 1.1 * student.ppf(0.95, 11) * outlier.std(ddof=1) / np.sqrt(12)


def test_bounds_stay_where_scores_can_be():
    few = Jackknifed(0.9, np.array([0.9, 0.95, 0.8, 0.97, 1.0]))  # perfect without one unit
    low, high = few.bounds(SHARE)
    assert 0 < low < 0.9 < high < 1
    assert few.bounds(SKILL)[1] < 1
    low, high = Jackknifed(0.2, np.array([0.1, 0.2, 0.3, 0.05])).bounds(ERROR)
    assert 0 < low < 0.2 and high is None  # nothing bounds an error that one unit makes
    perfect = Jackknifed(1.0, np.ones(10))
    assert perfect.bounds(SHARE) == (pytest.approx(0.05**0.1), 1)  # ten trials without a failure
    assert Jackknifed(0.0, np.zeros(10)).bounds(SHARE) == (0, pytest.approx(1 - 0.05**0.1))
    assert perfect.bounds(SKILL) == (None, None)


def test_few_units_have_no_interval_and_the_reason_is_told():
    for name, (target, draw, low, high) in KINDS.items():
        row = target.rows(draw(np.random.default_rng(3), 3))[-1]
        assert row[name] is not None and row[low] is None and row[high] is None and row["units"] == 3
        row = target.rows(draw(np.random.default_rng(3), 4))[-1]
        assert row[low] < row[name]
    assert basis((None, None), 3, "regions") == "no interval: 3 regions are too few"
    assert basis((0.1, 0.2), 31, "kNNDM clusters") == "90 % interval over 31 kNNDM clusters"
    assert "needs each" in basis((None, None), 31, "sources")
    (first,) = jackknifed(np.array([[1.0, 2], [1, 3], [1, 5]]), lambda sums: sums[:, 1:] / sums[:, :1])
    assert difference(first, Jackknifed(1.0, np.ones(3))).verdict == "too few units to tell"


@pytest.mark.parametrize("name", KINDS)
def test_a_score_without_a_unit_is_that_of_the_other_samples(name):
    target, draw, _, _ = KINDS[name]
    rng = np.random.default_rng(4)
    scored = draw(rng, 8)
    found = target.jackknifed(scored)
    for i, unit in enumerate(np.unique(scored.unit.astype(str))):
        others = scored.of(scored.unit.astype(str) != unit)
        assert found.without[i] == pytest.approx(target.rows(others)[-1][target.score], abs=1e-12)


def test_the_weighted_auc_without_a_unit_is_that_of_another_library():
    rng = np.random.default_rng(5)
    unit, truth = rng.integers(0, 6, 300), (rng.random(300) < 0.3).astype(float)
    found, weight = np.round(truth * 0.2 + rng.random(300), 1), rng.uniform(0.2, 3, 300)  # with ties
    area = jackknifed_auc(truth, found, unit.astype(object), weight)
    assert area.score == pytest.approx(roc_auc_score(truth, found, sample_weight=weight))
    for i in range(6):
        kept = unit != i
        expected = roc_auc_score(truth[kept], found[kept], sample_weight=weight[kept])
        assert area.without[i] == pytest.approx(expected)
    alone = jackknifed_auc(truth, found, np.where(truth > 0, "events", "others").astype(object), weight)
    assert np.isnan(alone.without).all() and alone.bounds(SHARE) == (None, None)


OF_CHANCE = ("ece", "ece_low", "ece_high", "ece_floor")  # a weight is no sample: chance plays once


@pytest.mark.parametrize("name", ["r2", "f1"])
def test_a_sample_of_weight_three_counts_as_three_samples(name):
    target, draw, _, _ = KINDS[name]
    rng = np.random.default_rng(6)
    scored = draw(rng, 12)
    times = rng.integers(1, 4, len(scored))
    weighted = ScoredSamples(scored.observed, scored.predicted, scored.unit, times.astype(float))
    repeated = scored.of(np.repeat(np.arange(len(scored)), times))
    for found, expected in zip(target.rows(weighted), target.rows(repeated), strict=True):
        assert found["units"] == expected["units"] and found["n"] <= expected["n"]
        for key in set(expected) - {"component", "n", "predicted", "units", *OF_CHANCE}:
            assert found[key] == pytest.approx(expected[key], abs=1e-9), key
