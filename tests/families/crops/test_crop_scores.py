"""Scores of classes with known answers, and their calibration."""

import numpy as np
import pytest
import torch
from regionwise.core.learners import tree_fits, tree_learner
from regionwise.core.nets import patch_net
from regionwise.core.targets import class_target
from regionwise.core.targets.class_target import ClassTarget, said
from regionwise.core.targets.reliability import calibration_error
from regionwise.core.targets.scored_samples import ScoredSamples
from regionwise.core.targets.share_target import Answers

TRUTH = np.array([0, 0, 0, 0, 1, 1, 1, 2])
ANSWER = np.array([0, 0, 0, 1, 1, 1, 0, 1])


def test_scores_of_classes_have_known_answers():
    table = class_target.confusion(TRUTH, ANSWER, 4)
    assert table[0].tolist() == [3, 1, 0, 0] and table[2].tolist() == [0, 1, 0, 0]
    found = class_target.class_scores(table)
    np.testing.assert_allclose(found["precision"], [3 / 4, 2 / 4, 0, np.nan])
    np.testing.assert_allclose(found["recall"], [3 / 4, 2 / 3, 0, np.nan])
    np.testing.assert_allclose(found["f1"], [0.75, 4 / 7, 0, np.nan])
    # agreement 5/8; by chance (4 * 4 + 3 * 4 + 1 * 0) / 64
    assert class_target.kappa(table) == pytest.approx((5 / 8 - 28 / 64) / (1 - 28 / 64))


def test_rows_show_every_class_and_its_support():
    target_type = ClassTarget(("a", "b", "c", "never"))
    probabilities = np.full((8, 4), 0.1)
    probabilities[np.arange(8), ANSWER] = 0.7
    group = np.array(list("aabbccdd"), object)
    rows = target_type.rows(ScoredSamples.alike(np.eye(4)[TRUTH], probabilities, group))
    assert [row["n"] for row in rows] == [4, 3, 1, 0, 8]
    assert rows[3]["f1"] is None
    mean = rows[-1]
    assert mean["accuracy"] == 5 / 8 and mean["error"] == 3 / 8
    assert mean["f1"] == pytest.approx((0.75 + 4 / 7 + 0) / 3)
    # eight answers of confidence .7, of which 5 are right: less than chance does
    assert calibration_error(said(TRUTH, probabilities, group)) == pytest.approx(0.7 - 5 / 8)
    apart = ScoredSamples.alike(np.eye(4)[TRUTH], probabilities, np.arange(8).astype(object))
    alone = target_type.rows(apart)[-1]
    assert alone["ece"] == mean["ece"] == 0
    assert alone["ece_floor"] == pytest.approx(np.sqrt(2 / np.pi * 0.7 * 0.3 / 8))
    assert mean["low"] <= mean["f1"] <= mean["high"]
    untested = target_type.rows(ScoredSamples.alike(np.eye(4)[TRUTH], np.full((8, 4), np.nan), group))[-1]
    assert untested["n"] == 0 and untested["f1"] is None


def test_sharpening_makes_confidence_what_it_says():
    rng = np.random.default_rng(0)
    honest = rng.dirichlet(np.ones(4) * 0.5, 4000)
    truth = np.array([rng.choice(4, p=p) for p in honest])
    sure = class_target.temperature_scaled(honest, 2.5)
    assert (
        calibration_error(said(truth, honest, np.arange(4000)))
        < 0.03
        < calibration_error(said(truth, sure, np.arange(4000)))
    )
    region = np.array(["east", "west"], object)[rng.integers(0, 2, 4000)]
    target_type, answers = ClassTarget(("a", "b", "c", "d")), Answers(sure, np.ones(4000))

    class Labels:
        shares = np.eye(4)[truth]

    factors = target_type.factors(answers, Labels(), region)
    assert set(factors) == {""}  # a map knows no regions
    assert factors[""] == pytest.approx(1 / 2.5, rel=0.05)
    found = target_type.calibrated(answers, factors, region).shares
    np.testing.assert_allclose(found.sum(1), 1)
    assert (found.argmax(1) == honest.argmax(1)).all()  # no label changes
    assert calibration_error(said(truth, found, np.arange(4000))) < 0.03


def test_balanced_classes_count_alike():
    shares = np.eye(3)[[0] * 6 + [1] * 2]
    weights = class_target.class_weights(shares, "balanced")
    np.testing.assert_allclose(shares.sum(0) * weights, [4, 4, 0])
    assert class_target.class_weights(shares, "focal").tolist() == [1, 1, 1]


def learned(loss, target, classes=3):
    """The probabilities at which the mean `loss` of labels with the frequencies `target` is least."""
    logits = torch.zeros(1, classes, dtype=torch.float64, requires_grad=True)
    best = torch.optim.LBFGS([logits], max_iter=500, tolerance_grad=1e-12, tolerance_change=1e-14)

    def closure():
        best.zero_grad()
        shares = torch.softmax(logits, 1).expand(classes, -1)
        value = (loss(shares, torch.eye(classes, dtype=torch.float64)) * torch.tensor(target)).sum()
        torch.autograd.backward(value)
        return value

    best.step(closure)
    return torch.softmax(logits.detach(), 1).numpy()[0]


@pytest.mark.parametrize("target", [(0.9, 0.08, 0.02), (0.5, 0.3, 0.2), (0.34, 0.33, 0.33)])
def test_answers_of_a_focal_loss_tell_the_frequencies_behind_them(target):
    ones = torch.ones(3, dtype=torch.float64)
    found = learned(lambda shares, label: patch_net.class_loss(shares, label, ones, focal=True), target)
    np.testing.assert_allclose(class_target.unfocused(found), target, atol=1e-4)
    if target[0] > 0.4:
        assert np.abs(found - target).max() > 0.05  # too even
    assert class_target.unfocused(np.eye(3, dtype=np.float32)).dtype == np.float32
    np.testing.assert_allclose(class_target.unfocused(np.eye(3)), np.eye(3), atol=1e-6)


def test_networks_that_weigh_classes_answer_how_frequent_they_are():
    target, weights = np.array([0.9, 0.08, 0.02]), torch.tensor([0.3, 4.0, 16.0], dtype=torch.float64)
    found = learned(lambda shares, label: patch_net.class_loss(shares, label, weights, focal=False), target)
    assert found[0] < 0.4  # of a world where all classes are about as common
    last = torch.nn.Linear(2, 3).double()
    with torch.no_grad():
        last.weight.zero_()
        last.bias.copy_(torch.from_numpy(np.log(found)))
    patch_net.divide_odds(last, weights)
    shares = torch.softmax(last(torch.ones(1, 2, dtype=torch.float64)), 1)
    np.testing.assert_allclose(shares.detach().numpy()[0], target, atol=1e-4)


def test_trees_that_weigh_classes_answer_how_frequent_they_are():
    """Two features tell nothing, one tells something; the third class is rare."""
    rng = np.random.default_rng(0)
    table = rng.normal(0, 1, (6000, 3)).astype(np.float32)
    odds = np.stack([np.ones(6000), 0.3 * np.exp(table[:, 0]), 0.04 * np.exp(-table[:, 0])], 1)
    truth = (odds / odds.sum(1, keepdims=True)).cumsum(1)
    shares = np.eye(3)[(rng.random(6000)[:, None] > truth).sum(1)]
    learn, test = np.arange(4000), np.arange(4000, 6000)
    frequency = shares.mean(0)
    for weighting in ("none", "balanced"):
        weights = class_target.class_weights(shares[learn], weighting)
        arrays = tree_fits.fit_classes(table[learn], shares[learn], np.ones(4000), weights, 0)
        found = tree_learner.Trees(arrays, 3).answer(table[test])[0]
        np.testing.assert_allclose(found.sum(1), 1)
        np.testing.assert_allclose(found.mean(0), frequency, atol=0.02, err_msg=weighting)
    arrays["target.deviation"] = np.ones(3)
    assert tree_learner.Trees(arrays, 3).answer(table[test])[0].mean(0)[2] > 4 * frequency[2]
