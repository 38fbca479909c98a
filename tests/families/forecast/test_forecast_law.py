"""The simulated law of forecasts, splits that know no later year, and simple forecasts against their closed forms."""

import numpy as np
import pytest
from regionwise.core.families.forecast.lag_features import baselines, own_lags
from regionwise.core.tools.simulation.forecast_world import ANOMALY, MEMORY, YEARS, simulate_forecast
from regionwise.core.validation.rolling_origin import LeakError, RollingOrigin, checked
from regionwise.core.validation.splits import Split


def test_the_simulated_law_has_the_errors_of_its_closed_form():
    world = simulate_forecast(256, 0.0, 1)
    never = world.opened == 0
    values, best = world.values[:, never], world.best[:, never]
    optimum = ((values[1:] - best[1:]) ** 2).mean()
    persistence = ((values[1:] - values[:-1]) ** 2).mean()
    assert optimum == pytest.approx((1 - MEMORY**2) * ANOMALY**2, rel=0.05)
    assert persistence == pytest.approx(2 * (1 - MEMORY) * ANOMALY**2, rel=0.05)


def test_cells_share_as_much_of_a_year_as_is_said():
    errors = []
    for seed in range(20):
        world = simulate_forecast(16, 0.0, seed, shared=0.5)
        never = world.opened == 0
        errors += [image[never] for image in (world.values - world.best)[1:]]
    variance = (1 - MEMORY**2) * ANOMALY**2
    assert np.mean([(each**2).mean() for each in errors]) == pytest.approx(variance, rel=0.1)
    assert np.var([each.mean() for each in errors]) == pytest.approx(0.5 * variance, rel=0.2)


def test_simulated_clouds_and_mines_are_where_they_are_said():
    world = simulate_forecast(128, 0.3, 2)
    assert np.isnan(world.values).mean() == pytest.approx(0.3, abs=0.01)
    last = world.values[YEARS - 1][world.opened > 0]
    assert len(last) and np.unique(last[np.isfinite(last)]).tolist() == [0.08]
    again = simulate_forecast(128, 0.3, 2)
    np.testing.assert_array_equal(world.values, again.values)


def test_no_split_of_a_chain_learns_from_a_year_that_it_forecasts():
    for split in RollingOrigin(first=10, last=14, window=4, years=15).splits(np.array([0, 0, 1, 1, 2, 2])):
        year, test = split.test % 15, split.test // 15
        known = np.concatenate([split.train, split.validation])
        assert (known % 15).max() < year.min()
        assert not set(known // 15) & set(test)
        assert (known % 15).min() == 4


def test_a_split_that_knows_its_year_is_refused():
    with pytest.raises(LeakError, match="learns from year 7 and forecasts 7"):
        checked(Split("a", np.array([5, 7]), np.empty(0, int), np.array([7])), 10)


def test_baselines_have_the_errors_of_their_closed_forms():
    """Each is a weighted sum of the years before, so the law's covariances tell its error."""
    world, window = simulate_forecast(256, 0.0, 1), 8
    never = world.opened == 0
    lags = np.arange(window, 0, -1)
    covariance = MEMORY ** np.abs(lags[:, None] - lags)
    towards = MEMORY**lags
    names = ("persistence", "mean of 3 years", "mean of 5 years", "damped persistence", "linear trend")
    mean, last = np.full(window, 1 / window), np.eye(window)[-1]
    centred = np.arange(window) - (window - 1) / 2
    trend = mean + centred / (centred**2).sum() * (window + 1) / 2
    anomaly = last - mean
    damping = anomaly @ (towards - covariance @ mean) / (anomaly @ covariance @ anomaly)
    weights = dict(zip(names, (last, np.eye(window)[-3:].mean(0), np.eye(window)[-5:].mean(0),
                               mean + damping * anomaly, trend), strict=True))  # fmt: skip
    errors = {name: [] for name in names}
    for year in range(window, YEARS):
        own = own_lags(world.values[year - window : year])[1]
        found = baselines(window, own, 1, np.array([damping]))
        for name in names:
            errors[name].append(((found[name][0] + own["base"] - world.values[year])[never] ** 2).mean())
    for name, weight in weights.items():
        exact = ANOMALY**2 * (1 - 2 * weight @ towards + weight @ covariance @ weight)
        assert np.mean(errors[name]) == pytest.approx(exact, rel=0.05), name
