"""Events: scores with known answers, rarer worlds, and intervals."""

import numpy as np
import pytest
from regionwise.core.targets import binary_target
from regionwise.core.targets.binary_target import BinaryTarget
from regionwise.core.targets.platt import OFFSET, fit_platt, platt_scaled
from regionwise.core.targets.reliability import Outcomes, calibration_error, calibration_scores
from regionwise.core.targets.scored_samples import ScoredSamples
from regionwise.core.targets.share_target import Answers
from sklearn import metrics as known


def drawn(n=4000, seed=0, share=0.5):
    """Probabilities that mean what they say, and events that follow them."""
    rng = np.random.default_rng(seed)
    found = rng.beta(2 * share, 2 * (1 - share), n)
    return (rng.random(n) < found).astype(float), found


def both(found):
    return np.stack([1 - found, found], 1)


def ones(values):
    return np.ones(len(values))


def row_of(truth, found, unit, share=0.5):
    """The row of scores of probabilities."""
    return BinaryTarget(share).rows(ScoredSamples.alike(both(truth), both(found), unit.astype(object)))[0]


def ece_of(target_type, truth, probability, design):
    """The calibration error of samples that are a unit each."""
    return calibration_scores(target_type.outcomes(truth, probability, design, np.arange(len(truth))))["ece"]


def test_scores_have_known_answers():
    truth = np.array([0, 0, 1, 1, 1, 0.0])
    found = np.array([0.1, 0.6, 0.6, 0.8, 0.4, 0.2])
    scores = BinaryTarget(0.5).scores(truth, found, ones(truth))
    assert scores["auc"] == pytest.approx((2.5 + 3 + 2) / 9)  # pairs in order, ties count half
    assert scores["brier"] == pytest.approx(((found - truth) ** 2).mean())
    assert scores["accuracy"] == pytest.approx(4 / 6)
    assert scores["kappa"] == pytest.approx(1 / 3)
    assert binary_target.auc(np.ones(3), found[:3]) != binary_target.auc(np.ones(3), found[:3])  # NaN: one class only


def test_scores_are_those_of_another_library():
    truth, found = drawn()
    rng = np.random.default_rng(1)
    found = np.round(found + rng.normal(0, 0.05, len(found)), 2).clip(0, 1)  # with ties
    weight = rng.uniform(0.5, 2, len(found))
    scores = BinaryTarget(truth.mean()).scores(truth, found, ones(truth))
    assert scores["auc"] == pytest.approx(known.roc_auc_score(truth, found))
    assert scores["kappa"] == pytest.approx(known.cohen_kappa_score(truth, found >= 0.5))
    assert binary_target.auc(truth, found, weight) == pytest.approx(
        known.roc_auc_score(truth, found, sample_weight=weight)
    )
    assert binary_target.average_precision(truth, found, weight) == pytest.approx(
        known.average_precision_score(truth, found, sample_weight=weight)
    )


def test_honest_probabilities_have_no_calibration_error_and_sure_ones_are_softened():
    truth, honest = drawn(20_000)
    alike, region = ones(truth), np.full(len(truth), "", object)
    assert calibration_error(Outcomes(truth, honest, alike, np.arange(len(truth)))) < 0.01
    sure = platt_scaled(both(honest), 2.0)
    assert calibration_error(Outcomes(truth, sure[:, 1], alike, np.arange(len(truth)))) > 0.05

    class Labels:
        shares, design = both(truth), alike

    target_type = BinaryTarget(0.5)
    answers = Answers(sure, alike)
    factors = target_type.factors(answers, Labels(), region)
    assert factors[""] == pytest.approx(0.5, rel=0.05) and abs(factors[OFFSET]) < 0.1
    found = target_type.calibrated(answers, factors, region).shares[:, 1]
    assert calibration_error(Outcomes(truth, found, alike, np.arange(len(truth)))) < 0.01
    assert binary_target.auc(truth, found) == pytest.approx(binary_target.auc(truth, honest))


def test_probabilities_are_right_where_events_are_rarer_than_in_the_samples():
    """Events are 5 % of the world; samples hold as many negatives as events, and learn half for each."""
    truth, world = drawn(400_000, share=0.05)
    rng = np.random.default_rng(2)
    kept = (truth > 0) | (rng.random(len(truth)) < truth.mean() / (1 - truth.mean()))
    truth, world = truth[kept], world[kept]
    share = truth.mean()
    assert share == pytest.approx(0.5, abs=0.02)
    sampled = world / (world + (1 - world) * 0.05 / 0.95)  # what a good model of these samples answers
    target_type, plain = BinaryTarget(share, prevalence=0.05), BinaryTarget(share)
    np.testing.assert_allclose(target_type.shown(both(sampled)), world, rtol=0.05, atol=1e-3)
    alike = ones(truth)
    assert ece_of(target_type, truth, target_type.shown(both(sampled)), alike) < 0.01
    assert ece_of(plain, truth, sampled, alike) < 0.01
    assert ece_of(plain, truth, target_type.shown(both(sampled)), alike) > 0.2
    weight = target_type.weights(truth, alike)
    assert weight.mean() == pytest.approx(1) and np.average(truth, weights=weight) == pytest.approx(0.05)
    assert target_type.threshold == pytest.approx(0.05, rel=0.1)
    np.testing.assert_array_equal(target_type.shown(both(sampled)) >= target_type.threshold, sampled >= 0.5)


def test_swapped_labels_swap_everything():
    truth, found = drawn(500)
    rows = row_of(truth, found, np.arange(500), truth.mean())
    other = row_of(1 - truth, 1 - found, np.arange(500), 1 - truth.mean())
    for name in ("auc", "brier", "log_loss", "ece", "kappa", "low", "high"):
        assert other[name] == pytest.approx(rows[name], abs=2e-3 if name in ("low", "high", "ece") else 1e-9)


def test_intervals_of_the_auc_hold_it_and_are_wider_for_few_sources():
    truth, found = drawn(600)
    loose, few = row_of(truth, found, np.arange(600)), row_of(truth, found, np.arange(600) % 12)
    for row in (loose, few):
        assert row["low"] < row["auc"] < row["high"]
    # Hanley and McNeil's standard error of an AUC
    area, n, m = loose["auc"], truth.sum(), (1 - truth).sum()
    one, two = area / (2 - area), 2 * area**2 / (1 + area)
    error = np.sqrt((area * (1 - area) + (n - 1) * (one - area**2) + (m - 1) * (two - area**2)) / (n * m))
    assert loose["high"] - loose["low"] == pytest.approx(2 * 1.645 * error, rel=0.2)
    untested = row_of(truth, np.full(600, np.nan), np.arange(600))
    assert untested["n"] == 0 and untested["auc"] is None and untested["low"] is None


def test_classes_capture_the_stated_shares_of_events():
    truth, found = drawn()
    bounds = binary_target.class_bounds(truth, found, ones(truth))
    assert bounds == sorted(bounds) and len(bounds) + 1 == len(binary_target.CLASSES)
    held = found[truth > 0]
    np.testing.assert_allclose([(held > bound).mean() for bound in bounds], binary_target.CAPTURED, atol=0.01)
    cells = np.where(found > 0.5, 9.0, 1.0)  # large events
    bounds = binary_target.class_bounds(truth, found, cells)
    captured = [np.average(held > bound, weights=cells[truth > 0]) for bound in bounds]
    np.testing.assert_allclose(captured, binary_target.CAPTURED, atol=0.01)


def test_a_stack_is_weighed_by_likelihood():
    truth, good = drawn()
    rng = np.random.default_rng(3)
    weights = BinaryTarget(0.5).stack([both(good), both(rng.uniform(0.01, 0.99, len(good)))], both(truth), ones(truth))
    assert weights[0] > 0.95 and weights.sum() == pytest.approx(1)


def test_scores_of_samples_drawn_within_strata_are_those_of_the_area():
    """Steep cells are a tenth of an area and half of the samples without an event: weights bring its scores back."""
    rng = np.random.default_rng(4)
    steep = rng.random(400_000) < 0.1
    world = np.where(steep, rng.uniform(0.1, 0.5, len(steep)), rng.uniform(0, 0.1, len(steep)))
    truth = (rng.random(len(steep)) < world).astype(float)
    area = BinaryTarget(truth.mean()).scores(truth, world, ones(truth))
    strata = [np.flatnonzero((truth == 0) & (steep == part)) for part in (False, True)]
    drawn_cells = [rng.choice(cells, 20_000, replace=False) for cells in strata]
    size = np.repeat([len(cells) / 20_000 for cells in strata], 20_000)
    rows = np.concatenate([np.flatnonzero(truth), *drawn_cells])
    design = np.concatenate([np.ones(int(truth.sum())), size / size.mean()])
    target_type = BinaryTarget(np.average(truth[rows], weights=design), truth.mean())
    found = target_type.scores(truth[rows], world[rows], design)
    for name in ("auc", "average_precision", "brier", "log_loss"):
        assert found[name] == pytest.approx(area[name], abs=0.005), name
    assert ece_of(target_type, truth[rows], world[rows], design) < 0.005
    plain = BinaryTarget(truth[rows].mean(), truth.mean())
    alike = plain.scores(truth[rows], world[rows], ones(rows))
    assert alike["auc"] < area["auc"] - 0.1 and ece_of(plain, truth[rows], world[rows], ones(rows)) > 0.02


def test_a_shift_of_the_prior_is_told_by_the_offset():
    """A model has learned with weak labels of events, by which the odds are thrice too high."""
    truth, honest = drawn(20_000)
    shifted = platt_scaled(both(honest), 1.0, np.log(3))[:, 1]
    np.testing.assert_allclose(shifted / (1 - shifted), 3 * honest / (1 - honest), rtol=1e-6)
    power, offset = fit_platt(shifted, truth, ones(truth))
    assert power == pytest.approx(1, abs=0.05) and offset == pytest.approx(-np.log(3), abs=0.05)
    assert fit_platt(shifted, np.ones(len(truth)), ones(truth)) == (1.0, 0.0)
    weight = np.where(truth > 0, 0.1, 1.0)  # events stand for a tenth
    assert fit_platt(honest, truth, weight)[1] == pytest.approx(np.log(0.1), abs=0.05)
