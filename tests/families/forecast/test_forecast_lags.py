"""What the years before tell, simple forecasts from it, and the regression."""

import numpy as np
import pytest
from regionwise.core.families.forecast.lag_features import (
    BASELINES,
    OWN,
    baselines,
    lag_names,
    lagged,
    nearest,
    own_lags,
    own_of,
    simple_forecast,
)  # fmt: skip
from regionwise.core.families.forecast.lag_learners import FEW_YEARS, PENALTY, apply_ridge, fit_ridge

RNG = np.random.default_rng


def test_lags_of_a_line_are_those_of_the_line():
    year = np.arange(8.0)
    history = np.broadcast_to((0.2 + 0.01 * year)[:, None, None], (8, 30, 30)).astype(np.float32)
    found = lagged(history)
    assert found.base == pytest.approx(0.26)
    columns = dict(zip(lag_names(8), found.table[:, 0, 0], strict=True))
    assert columns["lag 1"] == pytest.approx(0.01, abs=1e-6)
    assert columns["slope"] == pytest.approx(0.01, abs=1e-6)
    assert columns["mean"] == pytest.approx(-0.025, abs=1e-6)
    told = baselines(8, own_of(8, found.table), 2, np.array([0.5, 0.25]))
    at = {name: (values[:, 0, 0] + 0.26).round(5).tolist() for name, values in told.items()}
    assert at["persistence"] == [0.27, 0.27]
    assert at["linear trend"] == [0.28, 0.29]
    assert at["mean of 5 years"] == [0.25, 0.25]
    assert at["damped persistence"] == [0.2525, 0.24375]
    gaps = history.copy()
    gaps[[0, 1, 2, 5], 0] = np.nan
    for own in (own_lags(gaps)[1], own_of(8, lagged(gaps).table)):
        line = baselines(8, own, 2, np.zeros(2))["linear trend"] + own["base"]
        assert line == pytest.approx(np.broadcast_to(np.array([0.28, 0.29])[:, None, None], line.shape), abs=1e-6)


def test_the_nearest_baseline_is_chosen_at_each_lead():
    rng = RNG(4)
    history = rng.normal(0.5, 0.1, (6, 30, 30)).astype(np.float32)
    _, own = own_lags(history)
    base, flat = own["base"].ravel(), {name: values.ravel() for name, values in own.items()}
    came = np.stack([flat["last"], flat["mean"] + flat["slope"] * (2.5 + 2)]) + rng.normal(0, 0.001, (2, 900))
    table = np.concatenate([np.zeros((6, 900)), np.stack([flat[name] for name in OWN])])
    chosen, memory = nearest(6, table, came, np.ones(900))
    assert [BASELINES[number] for number in chosen] in (
        ["persistence", "linear trend"], ["damped persistence", "linear trend"]
    )  # fmt: skip
    assert memory[0] == pytest.approx(1, abs=0.01)
    found = simple_forecast(own, 6, chosen, memory).reshape(2, -1)
    assert np.abs(found - came).max() < 0.02
    assert np.isfinite(base).all()


def test_lags_know_the_latest_year_that_is_there():
    history = np.full((5, 30, 30), 0.5, np.float32)
    history[3], history[4] = 0.7, np.nan
    columns = dict(zip(lag_names(5), lagged(history).table[:, 3, 3], strict=True))
    assert np.isnan(columns["lag 1"])
    assert columns["last"] == pytest.approx(0.1, abs=1e-6)  # against the mean of .5 and .7


def simple_table(years: np.ndarray) -> np.ndarray:
    """Return the features of cells without surroundings, shape (feature, cell), from (year, cell)."""
    window = len(years)
    own = own_lags(years[:, None, :])[1]
    table = np.zeros((len(lag_names(window)), years.shape[1]), np.float32)
    table[:window] = (years - own["base"][0])[::-1]
    table[window : window + len(OWN)] = [own[name][0] for name in OWN]
    return table


def test_a_regression_shrinks_the_cells_of_noise_more():
    """Steady cells drift (persistence is best), those of noise do not (the mean is best); their deviation tells."""
    rng, window, count = RNG(3), 6, 4000
    steady = np.cumsum(rng.normal(0, 0.05, (window + 9, count)), 0)
    noise = rng.normal(0, 0.1, (window + 9, count))
    values = 0.5 + np.concatenate([steady, noise], 1)
    tables = [simple_table(values[year - window : year]) for year in range(window, window + 9)]
    came = np.stack([values[year] - values[year - 3 : year].mean(0) for year in range(window, window + 9)])
    year = np.repeat(np.arange(8), 2 * count)
    found, _ = fit_ridge(np.concatenate(tables[:8], 1), came[:8].ravel(), year, window)
    errors = (apply_ridge(found, tables[8], window) - came[8]) ** 2
    assert errors[:count].mean() < 1.35 * 0.05**2  # 1.6 with the same slopes everywhere
    assert errors[count:].mean() < 1.07 * (1 + 1 / window) * 0.1**2


def test_a_regression_is_not_moved_by_what_all_cells_of_a_year_share():
    rng, window, count, years = RNG(5), 4, 500, 12
    year = np.repeat(np.arange(years), count)
    table = np.zeros((len(lag_names(window)), years * count), np.float32)
    table[0] = rng.normal(0, 1, years)[year] + rng.normal(0, 1, years * count)
    shared = rng.normal(0, 3, years)[year]  # of years that nobody could foresee
    found, _ = fit_ridge(table, 0.5 * table[0] + shared + rng.normal(0, 0.1, years * count), year, window)
    at = np.zeros((len(table), 2), np.float32)
    at[0] = 0, 1
    told = apply_ridge(found, at, window)
    assert told[1] - told[0] == pytest.approx(0.5 / (1 + PENALTY * (1 + (FEW_YEARS / years) ** 2)), abs=0.1)


def test_a_regression_trusts_no_slope_of_few_years():
    """Slopes that are others in each year foresee nothing: the mean is as good, and far less than it none may be."""
    window, count, years, gained = 4, 200, 3, []
    for seed in range(40):
        rng = RNG(seed)
        table = rng.normal(0, 1, (len(lag_names(window)), (years + 1) * count)).astype(np.float32)
        year = np.repeat(np.arange(years + 1), count)
        came = rng.normal(0, 1, years + 1)[year] * table[0]
        seen = year < years
        found, _ = fit_ridge(table[:, seen], came[seen], year[seen], window)
        told = apply_ridge(found, table[:, ~seen], window)
        gained.append([((told - came[~seen]) ** 2).mean(), (came[~seen] ** 2).mean()])
    told, mean = np.mean(gained, 0)
    assert told < 1.06 * mean


def test_what_never_varied_moves_no_regression():
    rng, window = RNG(8), 4
    lags = rng.normal(0, 0.01, (len(lag_names(window)), 4000)).astype(np.float32)
    table = np.concatenate([lags, np.full((1, 4000), 0.1, np.float32)])
    found, _ = fit_ridge(table, 0.5 * lags[0].astype(float), np.repeat(np.arange(4), 1000), window)
    elsewhere = table.copy()
    elsewhere[-1] = 20
    np.testing.assert_allclose(apply_ridge(found, elsewhere, window), apply_ridge(found, table, window), atol=1e-9)


def test_a_regression_answers_alike_whatever_is_asked_with_it():
    rng, window = RNG(6), 4
    table = rng.normal(0, 1, (len(lag_names(window)), 70_000)).astype(np.float32)
    found, _ = fit_ridge(table[:, :4000], table[0, :4000].astype(float), np.repeat(np.arange(4), 1000), window)
    whole = apply_ridge(found, table, window)
    assert whole.shape == (70_000,)
    np.testing.assert_allclose(apply_ridge(found, table[:, 65_000:], window), whole[65_000:], rtol=1e-12)
