"""Map correction: the error of a mean from those of members, by hand and as an identity, also of sums and weights."""

import numpy as np
import pytest
from regionwise.core.targets.map_correction import MapCorrection
from regionwise.core.targets.metrics import composition_scores
from regionwise.core.targets.scored_samples import ScoredSamples


def test_known_answer():
    answers = np.array([[[0.2, 0.8], [0.5, 0.5]], [[0.4, 0.6], [0.5, 0.5]]])  # two members at two cells
    found = MapCorrection.of(answers, np.ones(2), 1.5)
    np.testing.assert_allclose(found.nearer, [[0.005, -0.005], [-0.005, 0.005]])  # .1 from their mean at one of two
    assert found.deviation == pytest.approx(np.sqrt(0.005))
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
    found = MapCorrection.of(answers, weight)
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
    found = MapCorrection.of(truth + gaps, np.ones(6))
    names = ("a", "b", "c")
    told = composition_scores(ScoredSamples(truth, answers[0], unit, np.ones(40_000), found), names)
    true = composition_scores(ScoredSamples.alike(truth, answers.mean(0), unit), names)
    alone = composition_scores(ScoredSamples.alike(truth, answers[0], unit), names)
    for one, other, member in zip(told, true, alone, strict=True):
        assert one.rmse == pytest.approx(other.rmse, rel=0.1) and one.rmse < 0.6 * member.rmse
        assert one.r2 == pytest.approx(other.r2, abs=0.02) and one.low < one.r2 < one.high
        assert one.mae is None and one.slope is None and one.bias == member.bias
    harder = MapCorrection(found.places, found.members, 0 * found.nearer, 1.44)
    scaled = composition_scores(ScoredSamples(truth, answers[0], unit, np.ones(40_000), harder), names)
    np.testing.assert_allclose([s.rmse for s in scaled], [1.2 * s.rmse for s in alone])
    np.testing.assert_allclose([s.rmse_low for s in scaled], [1.2 * s.rmse_low for s in alone])
