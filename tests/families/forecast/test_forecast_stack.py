"""Intervals of forecasts, their scores, and the weights of a stack."""

import numpy as np
import pytest
from regionwise.core.forecast_scores import crps
from regionwise.core.forward import PRIOR, calibrated, spread_factors, stack_weights

RNG = np.random.default_rng


def test_calibrated_intervals_hold_what_they_say():
    truth = RNG(0).normal(0, 3, (4, 1, 5000))
    values = np.zeros((4, 1, 3, 5000), np.float32)
    values[:, :, 1], values[:, :, 2] = -1, 1
    found = calibrated(values, spread_factors(values, truth, (0.05, 0.95)))
    inside = (truth >= found[:, :, 1]) & (truth <= found[:, :, 2])
    assert inside.mean() == pytest.approx(0.9, abs=0.002)
    assert found[0, 0, 2, 0] == pytest.approx(1.645 * 3, rel=0.05)


def test_crps_of_many_quantiles_is_that_of_the_distribution():
    from scipy.stats import norm

    levels = np.delete(np.linspace(0.005, 0.995, 199), 99)
    quantiles = np.repeat(norm.ppf(levels)[:, None], 3, 1)
    y = np.array([-1.0, 0.0, 2.0])
    exact = y * (2 * norm.cdf(y) - 1) + 2 * norm.pdf(y) - 1 / np.sqrt(np.pi)
    assert crps(y, np.zeros(3), quantiles, levels) == pytest.approx(exact, abs=0.005)
    assert crps(y, np.zeros(3), quantiles[:0], ()).tolist() == [1.0, 0.0, 2.0]


def test_a_stack_trusts_the_better_model_more_and_equal_ones_alike():
    truth = RNG(1).normal(size=(5, 400))
    good, bad = truth + RNG(2).normal(0, 0.3, truth.shape), truth + RNG(3).normal(0, 1, truth.shape)
    weights = stack_weights([good, bad], truth)
    assert weights.sum() == pytest.approx(1) and weights[0] > 0.7
    np.testing.assert_allclose(stack_weights([good, good], truth), 0.5, atol=1e-6)


def test_no_other_weights_of_a_stack_are_better():
    rng = RNG(0)
    truth = rng.normal(size=(1, 300))
    means = [truth + rng.normal(bias, spread, truth.shape) for bias, spread in ((0, 0.5), (0.2, 0.6), (0, 1), (1, 2))]
    errors = np.concatenate(means) - truth
    gram = 4 * errors @ errors.T / (errors**2).sum()

    def loss(weights):
        return weights @ gram @ weights + PRIOR * ((weights - 1 / 4) ** 2).sum()

    weights = stack_weights(means, truth)
    assert weights.sum() == pytest.approx(1) and weights.min() >= 0
    others = np.concatenate([rng.dirichlet(np.ones(4), 1000), 0.99 * weights + 0.01 * rng.dirichlet(np.ones(4), 1000)])
    assert loss(weights) <= min(map(loss, others))
