"""Metrics: golden values, and that a perfect model scores 1."""

import numpy as np
from regionwise.core.targets.metrics import composition_scores, divergences, pooled_r2
from regionwise.core.targets.scored_samples import ScoredSamples

OBSERVED = np.array([[0.1, 0.9], [0.4, 0.6], [0.7, 0.3], [1.0, 0.0]])
PREDICTED = np.array([[0.2, 0.8], [0.4, 0.6], [0.6, 0.4], [0.8, 0.2]])
SOURCE = np.array(list("abcd"), object)


def test_golden_values():
    first, second, mean = composition_scores(ScoredSamples.alike(OBSERVED, PREDICTED, SOURCE), ("a", "b"))
    # SSE = .01 + 0 + .01 + .04 = .06; SST = .2025 + .0225 + .0225 + .2025 = .45
    assert abs(first.r2 - (1 - 0.06 / 0.45)) < 1e-12
    assert abs(first.rmse - np.sqrt(0.015)) < 1e-12
    assert abs(first.mae - 0.1) < 1e-12
    assert abs(first.bias - -0.05) < 1e-12
    assert abs(first.slope - 0.3 / 0.45) < 1e-12
    assert abs(second.r2 - first.r2) < 1e-12
    assert abs(mean.r2 - first.r2) < 1e-12
    assert mean.n == 4


def test_perfect_model_scores_one():
    for score in composition_scores(ScoredSamples.alike(OBSERVED, OBSERVED, SOURCE), ("a", "b")):
        assert score.r2 == 1
        assert score.rmse == 0
    assert pooled_r2(OBSERVED, OBSERVED) == 1
    assert all(abs(v) < 1e-12 for v in divergences(OBSERVED, OBSERVED).values())


def test_r2_is_measured_at_the_one_to_one_line_not_at_a_fitted_one():
    shifted = OBSERVED + np.array([0.5, -0.5])  # perfectly correlated, yet wrong
    assert composition_scores(ScoredSamples.alike(OBSERVED, shifted, SOURCE), ("a", "b"))[0].r2 < 0


def test_constant_component_is_not_defined_instead_of_infinite():
    observed = np.array([[0.5, 0.3, 0.2], [0.5, 0.2, 0.3]])
    scores = composition_scores(ScoredSamples.alike(observed, observed, SOURCE[:2]), ("a", "b", "c"))
    assert scores[0].r2 is None
    assert scores[-1].r2 == 1


def test_interval_leaves_out_sources_so_repeating_rows_does_not_narrow_it():
    rng = np.random.default_rng(0)
    observed = rng.dirichlet([1, 1], 60)
    predicted = np.clip(observed + rng.normal(0, 0.2, observed.shape), 0, 1)
    group = np.array([f"s{i}" for i in range(60)], object)
    once = composition_scores(ScoredSamples.alike(observed, predicted, group), ("a", "b"))[0]
    tenfold = composition_scores(
        ScoredSamples.alike(np.repeat(observed, 10, 0), np.repeat(predicted, 10, 0), np.repeat(group, 10)), ("a", "b")
    )[0]
    assert once.low < once.r2 < once.high
    np.testing.assert_allclose([tenfold.low, tenfold.high], [once.low, once.high], atol=1e-9)


def test_rows_never_tested_do_not_count():
    predicted = PREDICTED.copy()
    predicted[0] = np.nan
    assert composition_scores(ScoredSamples.alike(OBSERVED, predicted, SOURCE), ("a", "b"))[0].n == 3
