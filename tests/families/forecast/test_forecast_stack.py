"""Intervals of forecasts, their scores, and the weights of a stack."""

import numpy as np
import pytest
from regionwise.core.families.forecast.origin_forecasts import HEDGES, LAST, OriginForecasts
from regionwise.core.targets.quantiles import (
    calibrated,
    crps,
    independent_parts,
    next_year_quantile,
    overlap,
    spread_factors,
)
from regionwise.core.targets.stacking import FEW_TIMES, PRIOR, stack_weights_by_time, stands_alone
from scipy.stats import norm
from scipy.stats import t as student

RNG = np.random.default_rng
LEVELS = (0.05, 0.25, 0.75, 0.95)


def quantiles_of(scale, levels=LEVELS, cells=3):
    """Return the quantiles of a normal distribution of mean 0, shape (level, cell)."""
    return np.repeat(scale * norm.ppf(levels)[:, None], cells, 1)


def test_calibrated_intervals_of_cells_that_err_apart_hold_what_they_say():
    truth = RNG(0).normal(0, 3, (4, 1, 5000))
    values = np.zeros((4, 1, 3, 5000), np.float32)
    values[:, :, 1], values[:, :, 2] = -1, 1
    found = calibrated(values, spread_factors(values, truth, (0.05, 0.95)))
    inside = (truth >= found[:, :, 1]) & (truth <= found[:, :, 2])
    assert inside.mean() == pytest.approx(0.9, abs=0.002)
    assert found[0, 0, 2, 0] == pytest.approx(1.645 * 3, rel=0.05)


def test_errors_that_all_cells_share_follow_students_t_of_the_years():
    years = np.array([1.0, -2.0, 0.5, 1.5])
    exact = np.sqrt((years**2).mean()) * student.ppf(0.95, 4)
    assert next_year_quantile(np.repeat(years[:, None], 300, 1), 0.95) == pytest.approx(exact, rel=0.02)


@pytest.mark.parametrize("shared", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("years", [3, 5])
def test_bands_from_few_years_hold_a_year_to_come(years, shared):
    rng, held = RNG(years), []
    for _ in range(400):
        errors = np.sqrt(shared) * rng.normal(size=(years + 1, 1))
        errors = errors + np.sqrt(1 - shared) * rng.normal(size=(years + 1, 200))
        high, low = next_year_quantile(errors[:-1], 0.95), -next_year_quantile(-errors[:-1], 0.95)
        held.append(((errors[-1] <= high) & (errors[-1] >= low)).mean())
    assert 0.87 < np.mean(held) < 0.96


def test_fewer_than_three_years_tell_no_interval():
    values = np.zeros((3, 2, 3, 40), np.float32)
    values[:, :, 1], values[:, :, 2] = -1, 1
    truth = RNG(0).normal(size=(3, 2, 40))
    truth[2, 1] = np.nan
    factors = spread_factors(values, truth, (0.05, 0.95))
    assert np.isfinite(factors[0]).all() and np.isnan(factors[1]).all()


def test_independent_parts_are_those_that_err_alike():
    rng = RNG(0)
    errors = rng.normal(size=(40, 5))  # five parts
    assert independent_parts(np.repeat(errors, 60, 1)) == pytest.approx(5, rel=0.2)
    assert independent_parts(np.repeat(errors[:, :1], 300, 1)) == pytest.approx(1, rel=0.5)
    gaps = np.where(rng.uniform(size=(40, 300)) < 0.3, np.nan, np.repeat(errors, 60, 1))
    assert independent_parts(gaps) == pytest.approx(5, rel=0.25)


def test_forecasts_further_ahead_share_changes():
    changes = RNG(0).normal(size=(4000, 202))
    squares = (changes[:, :-2] + changes[:, 1:-1] + changes[:, 2:]) ** 2  # three years ahead
    inflated = squares.mean(1).var() / (squares.var() / squares.shape[1])
    assert overlap(1) == 1 and overlap(3) == pytest.approx(inflated, rel=0.08)


def test_crps_of_a_normal_distribution_is_its_closed_form():
    y = np.array([-3.0, 0.0, 2.0])
    exact = y * (2 * norm.cdf(y) - 1) + 2 * norm.pdf(y) - 1 / np.sqrt(np.pi)
    for levels in (LEVELS, (0.05, 0.95), (0.6, 0.9), (0.1, 0.5, 0.9)):
        assert crps(y, np.zeros(3), quantiles_of(1, levels), levels) == pytest.approx(exact, abs=1e-9)


def test_crps_is_the_integral_over_quantiles_whatever_their_shape():
    quantiles = quantiles_of(1) * np.array([[2.5], [2.0], [1.0], [0.7]])
    knots, scores = np.array([*quantiles[:2, 0], 0, *quantiles[2:, 0]]), norm.ppf([0.05, 0.25, 0.5, 0.75, 0.95])
    at = (np.arange(200_000) + 0.5) / 200_000
    slopes = np.diff(knots) / np.diff(scores)
    values = np.interp(norm.ppf(at), scores, knots)
    values += slopes[0] * np.minimum(norm.ppf(at) - scores[0], 0) + slopes[-1] * np.maximum(
        norm.ppf(at) - scores[-1], 0
    )
    y = np.array([-4.0, 0.3, 9.0])
    integral = [2 * np.where(each >= values, at * (each - values), (1 - at) * (values - each)).mean() for each in y]
    assert crps(y, np.zeros(3), quantiles, LEVELS) == pytest.approx(integral, rel=1e-4)


def test_crps_of_a_forecast_that_is_sure_is_its_error():
    y = np.array([-1.0, 0.0, 2.0])
    assert crps(y, np.zeros(3), np.zeros((2, 3)), (0.05, 0.95)) == pytest.approx([1, 0, 2], abs=1e-9)


def test_crps_prefers_the_distribution_that_is_true():
    y = RNG(0).normal(size=20_000)
    scores = {scale: crps(y, 0 * y, quantiles_of(scale, cells=len(y)), LEVELS).mean() for scale in (0.7, 1, 1.4)}
    assert min(scores, key=scores.get) == 1
    assert scores[1] == pytest.approx(1 / np.sqrt(np.pi), rel=0.02)


def test_a_stack_trusts_the_better_model_more_and_equal_ones_alike():
    truth = RNG(1).normal(size=(5, 400))
    good, bad = truth + RNG(2).normal(0, 0.3, truth.shape), truth + RNG(3).normal(0, 1, truth.shape)
    weights = stack_weights_by_time([good, bad], truth)
    assert weights.sum() == pytest.approx(1) and weights[0] > 0.7
    np.testing.assert_allclose(stack_weights_by_time([good, good], truth), 0.5, atol=1e-6)
    np.testing.assert_allclose(stack_weights_by_time([good, bad], np.full(truth.shape, np.nan)), 0.5)


@pytest.mark.parametrize("times", [1, 200])
def test_no_other_weights_of_a_stack_are_better(times):
    rng = RNG(0)
    truth = rng.normal(size=(times, 300))
    spreads = ((0, 0.5), (0.2, 0.6), (0, 1), (1, 2))
    means = [truth + rng.normal(bias, spread, truth.shape) for bias, spread in spreads]
    gram = np.zeros((4, 4))
    for errors in (np.stack(means) - truth).swapaxes(0, 1):
        gram += errors @ errors.T / (errors**2).sum()
    gram *= 4 / np.trace(gram)
    past = 1 / np.diag(gram) / (1 / np.diag(gram)).sum()
    strength = max(FEW_TIMES / times, PRIOR)

    def loss(weights):
        return weights @ gram @ weights + strength * ((weights - past) ** 2).sum()

    weights = stack_weights_by_time(means, truth)
    assert weights.sum() == pytest.approx(1) and weights.min() >= 0
    others = np.concatenate([rng.dirichlet(np.ones(4), 1000), 0.99 * weights + 0.01 * rng.dirichlet(np.ones(4), 1000)])
    assert loss(weights) <= min(map(loss, others)) + 1e-6


def test_a_model_stands_alone_where_it_was_better_always_and_by_more_than_chance():
    stack = np.array([1.0, 2.0, 1.5, 3.0])
    clear, close, once = stack * [0.5, 0.6, 0.55, 0.5], stack * [0.9, 0.3, 0.99, 0.95], stack * [0.4, 0.4, 0.4, 1.1]
    assert stands_alone(np.stack([close, clear, once]), stack) == 1
    assert stands_alone(np.stack([close, once]), stack) is None
    assert stands_alone(clear[None, :2], stack[:2]) is None


def test_a_stack_never_stands_where_persistence_was_better_in_all_years():
    rng = RNG(0)
    truth = rng.normal(size=(8, 1, 200))
    spreads = {LAST: 0.1, **dict.fromkeys(HEDGES, 1.0), "linear trend": 0.05, "ridge": 1.0}
    models = {
        name: np.repeat(truth[:, :, None] + rng.normal(0, spread, (8, 1, 1, 200)), 3, 2).astype(np.float32)
        for name, spread in spreads.items()
    }
    forecasts, weights = OriginForecasts(models, truth, truth[:, 0]).weighed()
    assert weights.names == [*HEDGES, "ridge", LAST]
    assert weights.final == {LAST: [1.0]}
    np.testing.assert_array_equal(forecasts.models["stack"][3:], models[LAST][3:])
    assert weights.by_year[:3, 0, -1].max() == 0  # too few years tell it
    np.testing.assert_allclose(weights.by_year.sum(2), 1)


def test_weights_of_a_year_come_from_what_was_known_when_it_came():
    truth = RNG(0).normal(size=(5, 2, 30))
    models = {name: np.zeros((5, 2, 3, 30), np.float32) for name in (LAST, *HEDGES)}
    rows = OriginForecasts(models, truth, truth[:, 0]).weighed()[1].rows
    assert rows[0] == [[], []] and rows[3] == [[0, 1, 2], [0, 1]] and rows[5] == [[0, 1, 2, 3, 4], [0, 1, 2, 3, 4]]
