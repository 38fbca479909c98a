"""Map correction: the error of a mean from those of members, by hand and as an identity, also of sums and weights."""

from dataclasses import replace

import numpy as np
import pytest
from regionwise.core.targets.class_target import ClassTarget
from regionwise.core.targets.map_correction import ClassCorrection, Harder, ShareCorrection
from regionwise.core.targets.metrics import composition_scores
from regionwise.core.targets.scored_samples import ScoredSamples
from scipy.special import softmax


def test_known_answer():
    answers = np.array([[[0.2, 0.8], [0.5, 0.5]], [[0.4, 0.6], [0.5, 0.5]]])  # two members at two cells
    found = ShareCorrection.of(answers, np.ones(2), Harder(1.5))
    np.testing.assert_allclose(found.nearer, [[0.005, -0.005], [-0.005, 0.005]])  # .1 from their mean at one of two
    assert "differ by 0.071" in found.describe()
    assert found.describe().endswith("squared errors of members are 1.50 times as large there as at tested samples.")
    unsure = replace(found, harder=Harder(1.0, 0.2)).describe()
    assert unsure.endswith("as large there as at tested samples (standard error 20 %, which is in the interval).")
    np.testing.assert_allclose(found.of_map(np.array([[0.02, 0.04]]), np.ones(1)), [[0.025, 0.055]])
    # two members that err by .004 cannot have a mean that is nearer by .005
    np.testing.assert_allclose(found.of_map(np.array([[0.004, 0.004]]), np.ones(1)), [[0.003, 0.003]])
    assert (found.places, found.members) == (2, 2)


def test_the_mean_errs_less_than_its_members_by_what_they_differ():
    rng = np.random.default_rng(0)
    truth, weight = rng.dirichlet(np.ones(4), 300), rng.random(5)
    answers = truth / 2 + rng.dirichlet(np.ones(4), (5, 300)) / 2
    sums = np.array([[1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 1, 0]])
    mean = np.average(answers, axis=0, weights=weight)
    found = ShareCorrection.of(answers, weight)
    for matrix in (np.eye(4), sums):
        of_members = np.average(((answers - truth) @ matrix.T) ** 2, axis=0, weights=weight).mean(0)
        of_mean = (((mean - truth) @ matrix.T) ** 2).mean(0)
        np.testing.assert_allclose(
            found.of_components(matrix).of_map(of_members[None], np.ones(1))[0], of_mean, atol=1e-12
        )


def test_scores_of_a_map_are_those_of_its_mean():
    """Members that err around the same truth: what one of them is scored by tells what their mean would be scored."""
    rng = np.random.default_rng(1)
    truth = rng.dirichlet(np.ones(3), 40_000)
    answers = truth + rng.normal(0, 0.1, (6, *truth.shape))
    unit = (np.arange(40_000) // 40).astype(object)
    elsewhere = rng.dirichlet(np.ones(3), 40_000) + rng.normal(0, 0.1, (6, *truth.shape))
    # the cells of the map are others, where members differ as much
    gaps = elsewhere - elsewhere.mean(0)
    found = ShareCorrection.of(truth + gaps, np.ones(6))
    names = ("a", "b", "c")
    told = composition_scores(ScoredSamples(truth, answers[0], unit, np.ones(40_000), found), names)
    true = composition_scores(ScoredSamples.alike(truth, answers.mean(0), unit), names)
    alone = composition_scores(ScoredSamples.alike(truth, answers[0], unit), names)
    for one, other, member in zip(told, true, alone, strict=True):
        assert one.rmse == pytest.approx(other.rmse, rel=0.1) and one.rmse < 0.6 * member.rmse
        assert one.r2 == pytest.approx(other.r2, abs=0.02) and one.low < one.r2 < one.high
        assert one.mae is None and one.slope is None and one.bias == member.bias
    harder = ShareCorrection(found.places, found.members, 0 * found.nearer, Harder(1.44))
    scaled = composition_scores(ScoredSamples(truth, answers[0], unit, np.ones(40_000), harder), names)
    np.testing.assert_allclose([s.rmse for s in scaled], [1.2 * s.rmse for s in alone])
    np.testing.assert_allclose([s.rmse_low for s in scaled], [1.2 * s.rmse_low for s in alone])


def test_what_is_not_known_of_the_places_of_a_map_widens_bounds():
    """Units that hardly differ: what is left is the factor, whose logarithm has a standard error of .2; its root .1."""
    rng = np.random.default_rng(3)
    truth, unit = rng.dirichlet(np.ones(2), 200_000), (np.arange(200_000) % 400).astype(object)
    answer = truth + rng.normal(0, 0.1, (len(truth), 1)) * [1, -1]
    for deviation, reach in ((0.0, 0.0), (0.2, 1.65 * 0.1)):
        found = ShareCorrection(200, 5, np.zeros((2, 2)), Harder(1.0, deviation))
        of_map = composition_scores(ScoredSamples(truth, answer, unit, np.ones(len(truth)), found), ("a", "b"))[-1]
        assert of_map.rmse / of_map.rmse_low - 1 == pytest.approx(reach, abs=0.01)
        assert np.log((1 - of_map.low) / (1 - of_map.r2)) == pytest.approx(2 * reach, abs=0.02)


def test_a_mean_outvotes_members_as_often_as_it_says():
    """Two classes: where the third member alone says the other, the mean follows the two."""
    sure, other = [0.9, 0.1], [0.2, 0.8]
    answers = np.array([[sure, sure, other], [sure, sure, other], [sure, other, other]])  # three members, three places
    mean = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]])
    found = ClassCorrection.of(answers, np.ones(3), mean)
    assert (found.places, found.members) == (3, 3) and found.outvoted == pytest.approx(1 / 9)
    # of the first class where a member says the second: .6 once at the second place, .2 three times at the third
    np.testing.assert_allclose(found.moved[0, 1], [0.6 / 1.2, 0.6 / 1.2])
    np.testing.assert_allclose(found.moved[1, 1], [0.4 / 2.8, 2.4 / 2.8])
    np.testing.assert_allclose(found.moved[:, 0], [[1, 0], [1, 0]])
    harder = replace(found, harder=Harder(2.0))
    of_map = harder.of_map(np.array([0, 1]), np.array([1, 1]))
    np.testing.assert_allclose(of_map, [[0, 1], [0.8 / 2.8, 1 - 0.8 / 2.8]])


def test_scores_of_a_map_of_classes_are_those_of_its_mean():
    """Members that deviate by chance from probabilities that are right: the score of one tells that of their mean."""
    rng, n = np.random.default_rng(2), 20_000
    logits, noise = rng.normal(0, 1.5, (2 * n, 3)), rng.normal(0, 1.0, (5, 2 * n, 3))
    logits[:, 2] -= 1
    answers = softmax(logits + noise, 2)
    mean = answers.mean(0)
    truth = (mean.cumsum(1) > rng.random((2 * n, 1))).argmax(1)  # the mean is calibrated
    observed, unit = np.eye(3)[truth], (np.arange(n) // 200).astype(object)
    tested, on_map = np.s_[:n], np.s_[n:]
    found = ClassCorrection.of(answers[:, on_map], np.ones(5), mean[on_map])
    target = ClassTarget(("a", "b", "c"))
    told = target.rows(ScoredSamples(observed[tested], answers[0, tested], unit, np.ones(n), found))
    true = target.rows(ScoredSamples.alike(observed[on_map], mean[on_map], unit))
    alone = target.rows(ScoredSamples.alike(observed[tested], answers[0, tested], unit))
    assert true[-1]["accuracy"] > alone[-1]["accuracy"] + 0.03
    for name in ("accuracy", "f1", "precision", "recall", "kappa"):
        assert told[-1][name] == pytest.approx(true[-1][name], abs=0.012), name
    for one, other in zip(told[:3], true[:3], strict=True):
        assert one["f1"] == pytest.approx(other["f1"], abs=0.015)
    assert [row["n"] for row in told[:3]] == observed[tested].sum(0).astype(int).tolist()
    assert told[-1]["low"] < told[-1]["f1"] < told[-1]["high"] and told[-1]["accuracy_low"] < told[-1]["accuracy"]
    assert told[-1]["log_loss"] is None and "ece" not in told[-1]
    known, unsure = (
        target.rows(ScoredSamples(observed[tested], answers[0, tested], unit, np.ones(n), replace(found, harder=each)))
        for each in (Harder(1.2), Harder(1.2, 0.3))
    )
    assert known[-1]["error"] == pytest.approx(1.2 * told[-1]["error"])
    for row, wider in zip(known, unsure, strict=True):
        assert wider["f1"] == row["f1"] and wider["low"] < row["low"] < row["high"] < wider["high"]
    # 1.645 times .3 of the share of wrong labels, which the units alone do not tell as well
    assert unsure[-1]["accuracy"] - unsure[-1]["accuracy_low"] > 1.6 * 0.3 * known[-1]["error"]
