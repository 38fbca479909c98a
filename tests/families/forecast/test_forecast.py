"""Forecasts: the simulated law, honest time, baselines, scores, and maps of the years to come."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.params import Layer
from regionwise.core.families.forecast import train as forecast_task
from regionwise.core.families.forecast import yearly_stack
from regionwise.core.families.forecast.evaluate import evaluate_forecast
from regionwise.core.families.forecast.forecast_results import HEDGE
from regionwise.core.families.forecast.forecast_scores import crps
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
from regionwise.core.families.forecast.lag_learners import LagLearner
from regionwise.core.families.forecast.map import map_forecast
from regionwise.core.families.forecast.params import ForecastEvaluation, ForecastMapping, ForecastTraining
from regionwise.core.families.forecast.ridge import PENALTY, apply_ridge, fit_ridge
from regionwise.core.families.forecast.rolling_origin import (
    PRIOR,
    LeakError,
    calibrated,
    chain,
    checked,
    spread_factors,
    stack_weights,
)
from regionwise.core.families.forecast.train import train
from regionwise.core.learning.model_file import read_model, write_model
from regionwise.core.mapping import run_map
from regionwise.core.tools.series.make_series import make_series
from regionwise.core.tools.series.params import SeriesMaking
from regionwise.core.tools.simulation.forecast_world import ANOMALY, MEMORY, YEARS, simulate_forecast
from regionwise.core.tools.simulation.params import Simulation
from regionwise.core.tools.simulation.simulate import simulate
from regionwise.core.validation.splits import Split
from support import read_raster, run_task

RNG = np.random.default_rng


def test_the_simulated_law_has_the_errors_of_its_closed_form():
    world = simulate_forecast(256, 0.0, 1)
    never = world.opened == 0
    values, best = world.values[:, never], world.best[:, never]
    optimum = ((values[1:] - best[1:]) ** 2).mean()
    persistence = ((values[1:] - values[:-1]) ** 2).mean()
    assert optimum == pytest.approx((1 - MEMORY**2) * ANOMALY**2, rel=0.05)
    assert persistence == pytest.approx(2 * (1 - MEMORY) * ANOMALY**2, rel=0.05)


def test_simulated_clouds_and_mines_are_where_they_are_said():
    world = simulate_forecast(128, 0.3, 2)
    assert np.isnan(world.values).mean() == pytest.approx(0.3, abs=0.01)
    last = world.values[YEARS - 1][world.opened > 0]
    assert len(last) and np.unique(last[np.isfinite(last)]).tolist() == [0.08]
    again = simulate_forecast(128, 0.3, 2)
    np.testing.assert_array_equal(world.values, again.values)


# time


def test_no_split_of_a_chain_learns_from_a_year_that_it_forecasts():
    for split in chain(10, 14, 4, 6, 15, np.array([0, 0, 1, 1, 2, 2])):
        year, test = split.test % 15, split.test // 15
        known = np.concatenate([split.train, split.validation])
        assert (known % 15).max() < year.min()
        assert not set(known // 15) & set(test)
        assert (known % 15).min() == 4


def test_a_split_that_knows_its_year_is_refused():
    with pytest.raises(LeakError, match="learns from year 7 and forecasts 7"):
        checked(Split("a", np.array([5, 7]), np.empty(0, int), np.array([7])), 10)


# numbers


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
    assert told[1] - told[0] == pytest.approx(0.5 / (1 + PENALTY), abs=0.1)


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


# end to end


SIZE = 96


def simulated(folder, gaps, size=SIZE):
    run_task(
        simulate, Simulation(family="forecast", size=size, gaps=gaps, seed=5, output_folder=str(folder)), folder / "j"
    )
    described(folder)
    return folder


def described(folder):
    make = SeriesMaking(folder=str(folder / "images"), output=str(folder / "series.json"))
    run_task(make_series, make, folder / "made")


@pytest.fixture(scope="module")
def yearly_world(tmp_path_factory):
    return simulated(tmp_path_factory.mktemp("yearly"), 0.1)


def fitted(world, folder, **changes):
    params = ForecastTraining(**{
        "series": str(world / "series.json"), "masks": (Layer(str(world / "mines.tif"), "mine"),), "test_years": 3,
        "weighing_years": 2, "patch": 32, "epochs": 4, "width": 8, "model": str(folder / "m.safetensors"),
        "scores": str(folder / "s.csv"), "report": str(folder / "r.html"), **changes,
    })  # fmt: skip
    folder.mkdir(exist_ok=True)
    ran = run_task(train, params, folder / "train")
    return params, ran, pd.read_csv(folder / "s.csv", dtype={"year": str})


@pytest.fixture(scope="module")
def stacked(yearly_world, tmp_path_factory):
    folder = tmp_path_factory.mktemp("stacked")
    return (*fitted(yearly_world, folder), folder)


def of(scores, model, part="all", column="rmse", lead=1, year="all years"):
    chosen = (scores["model"] == model) & (scores["part"] == part) & (scores["lead"] == lead) & (scores["year"] == year)
    return float(scores.loc[chosen, column].iloc[0])


def test_forecasts_come_near_the_best_possible_ones_and_never_pass_them(tmp_path):
    world = simulated(tmp_path, 0.0, 128)
    _, _, scores = fitted(world, tmp_path / "m", window=12, test_years=6, patch=64, epochs=8)
    truth = np.stack([read_raster(path)[0][0] for path in sorted((world / "images").glob("*.tif"))[-6:]])
    best, outside = read_raster(world / "best.tif")[0][-6:], read_raster(world / "mines.tif")[0][0] == 0
    optimum = ((truth - best)[:, outside] ** 2).mean()
    assert optimum < of(scores, "stack", "outside mine") ** 2 < 1.10 * optimum
    assert of(scores, "persistence", "outside mine") ** 2 / optimum == pytest.approx(
        2 * (1 - MEMORY) / (1 - MEMORY**2), rel=0.05
    )


def test_scores_tell_parts_intervals_and_baselines(stacked):
    _, ran, scores, _ = stacked
    assert of(scores, "stack") < min(of(scores, name) for name in ("persistence", "mean of 3 years", "linear trend"))
    assert 0.85 < of(scores, "stack", column="coverage") < 0.95
    assert of(scores, "stack", "inside mine") > of(scores, "stack", "outside mine")
    assert ran.result.numbers["RMSE"] == pytest.approx(of(scores, "stack"))
    assert sorted(scores["year"].unique()) == ["2021", "2022", "2023", "all years"]


def test_years_to_forecast_change_nothing_that_forecasts_them(tmp_path):
    """The last two years are spoiled; all forecasts of them from the years before stay as they were.

    A forecast's mean is its bias and the mean of what came, which is known in both runs.
    """
    worlds, means = [simulated(tmp_path / "clean", 0.1, 64)], []
    worlds.append(Path(shutil.copytree(worlds[0], tmp_path / "spoiled")))
    last = [sorted((world / "images").glob("*.tif"))[-2:] for world in worlds]
    for path in last[1]:
        with rasterio.open(path, "r+") as file:
            values = file.read()
            file.write(np.where(values == file.nodata, values, np.float32(0.9)))
    described(worlds[1])
    for world, paths in zip(worlds, last, strict=True):
        _, _, scores = fitted(world, world / "m", horizon=2, test_years=2, epochs=1)
        truth = {"2022": read_raster(paths[0])[0], "2023": read_raster(paths[1])[0]}
        means.append([
            of(scores, name, column="bias", lead=lead, year=year) + np.nanmean(truth[year])
            for name in ("stack", "residual", "ridge", "boosting", "damped persistence", "linear trend")
            for lead, year in ((1, "2022"), (2, "2022"), (2, "2023"))
        ])  # fmt: skip
    np.testing.assert_allclose(*means, atol=1e-6)
    assert abs(means[0][0] - 0.9) > 0.2


def test_a_year_without_an_image_is_forecast_but_not_judged(tmp_path):
    world = simulated(tmp_path, 0.0, 64)
    next(world.glob("images/*2022*")).unlink()
    described(world)
    _, ran, scores = fitted(world, tmp_path / "m", model_type="ridge")
    assert "1 years are missing and stay missing in their place: 2022." in ran.log
    assert sorted(scores["year"].unique()) == ["2021", "2023", "all years"]


def mapped(world, place, model, **changes):
    params = ForecastMapping(**{
        "series": str(world / "series.json"), "model": model, "output": str(place / "next.tif"),
        "intervals": str(place / "bounds.tif"), "change": str(place / "change.tif"), **changes,
    })  # fmt: skip
    place.mkdir(exist_ok=True)
    return params, run_task(map_forecast, params, place / "map")


def test_a_map_is_what_was_scored_and_parts_of_it_are_the_same(yearly_world, stacked, tmp_path):
    model = stacked[0].model
    params, ran = mapped(yearly_world, tmp_path, model, folder=str(tmp_path / "years"))
    found, names = read_raster(params.output)
    assert names == ("EVI 2024-01-01",)
    assert [path.name for path in Path(params.folder).glob("*.tif")] == ["EVI 2024-01-01.tif"]
    bounds, change = read_raster(params.intervals)[0], read_raster(params.change)[0]
    known = np.isfinite(found[0])
    assert known.all()
    assert (bounds[0] < found[0]).all() and (found[0] < bounds[1]).all()
    with_last = read_raster(sorted((yearly_world / "images").glob("*.tif"))[-1])[0][0]
    seen = np.isfinite(with_last)
    np.testing.assert_allclose((found[0] - change[0])[seen], with_last[seen], atol=1e-6)
    extent = "-3000,-2500,2000,3500"
    part = read_raster(mapped(yearly_world, tmp_path / "part", model, extent=extent)[0].output)[0][0]
    rows, cols = part.shape
    top, left = round((SIZE * 45 - 3500) / 90), round((SIZE * 45 - 3000) / 90)
    np.testing.assert_array_equal(part, found[0, top : top + rows, left : left + cols])
    assert "From 2023" in ran.log


def test_a_map_of_a_stack_is_the_weighted_mean_of_those_of_its_members(yearly_world, tmp_path):
    params, _, _ = fitted(yearly_world, tmp_path, horizon=2, epochs=1, test_years=1, weighing_years=2)
    model = read_model(params.model)
    weights = model.card.calibration["weights"]
    assert weights.keys() == model.card.mixture.keys() == {"residual", "ridge", "boosting", HEDGE}

    def of_weights(own, place):
        card = replace(model.card, calibration={**model.card.calibration, "weights": own})
        write_model(str(tmp_path / "one.safetensors"), replace(model, card=card))
        return read_raster(
            mapped(yearly_world, place, str(tmp_path / "one.safetensors"), years=2, extent="-3000,-2500,0,0")[0].output
        )[0]

    members = {name: of_weights({name: [1.0, 1.0]}, tmp_path / name) for name in weights}
    mean = sum(np.array(weights[name])[:, None, None] * values for name, values in members.items())
    np.testing.assert_allclose(of_weights(weights, tmp_path / "all"), mean, atol=1e-5)
    last = np.stack([read_raster(path)[0][0] for path in sorted((yearly_world / "images").glob("*.tif"))[-3:]])
    rows, cols = members[HEDGE].shape[1:]
    top, left = round(SIZE / 2), round((SIZE * 45 - 3000) / 90)
    own = last[:, top : top + rows, left : left + cols].mean(0)
    seen = np.isfinite(own)  # elsewhere a year is missing
    assert seen.mean() > 0.5
    for lead in members[HEDGE]:
        np.testing.assert_allclose(lead[seen], own[seen], atol=1e-5)


def test_a_map_that_was_stopped_goes_on_and_is_the_same(yearly_world, stacked, tmp_path, monkeypatch):
    monkeypatch.setattr(run_map, "TILE_SIDES", (16,))
    whole, _ = mapped(yearly_world, tmp_path / "whole", stacked[0].model)
    write, written = run_map.Mosaic.write, []

    def stopping(*arguments):
        if len(written) == 7:
            raise InterruptedError
        written.append(write(*arguments))

    with monkeypatch.context() as patch, pytest.raises(InterruptedError):
        patch.setattr(run_map.Mosaic, "write", stopping)
        mapped(yearly_world, tmp_path / "stopped", stacked[0].model)
    stopped, ran = mapped(yearly_world, tmp_path / "stopped", stacked[0].model)
    assert "7 of 36 tiles were finished in an earlier run, kept" in ran.log
    for name in ("output", "intervals", "change"):
        assert Path(getattr(whole, name)).read_bytes() == Path(getattr(stopped, name)).read_bytes()


def test_a_training_that_was_stopped_goes_on_and_is_the_same(yearly_world, stacked, tmp_path, monkeypatch):
    def stopping(*_):
        raise InterruptedError

    with monkeypatch.context() as patch, pytest.raises(InterruptedError):
        patch.setattr(forecast_task, "judge", stopping)
        fitted(yearly_world, tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(LagLearner, "fit", stopping)
        _, _, scores = fitted(yearly_world, tmp_path)
    pd.testing.assert_frame_equal(scores, stacked[2])


def test_a_map_from_an_earlier_year_is_the_forecast_of_then(yearly_world, stacked, tmp_path):
    found, names = read_raster(mapped(yearly_world, tmp_path, stacked[0].model, origin=2020)[0].output)
    assert names == ("EVI 2021-01-01",) and np.isfinite(found).all()


def test_two_years_ahead_are_wider_and_stay_within_the_horizon(yearly_world, tmp_path):
    params, _, scores = fitted(yearly_world, tmp_path, horizon=2, model_type="ridge")
    assert of(scores, "ridge", lead=2) > of(scores, "ridge")
    bounds = read_raster(mapped(yearly_world, tmp_path / "m", params.model, years=2)[0].intervals)[0]
    width = bounds[2:] - bounds[:2]
    assert width[1].mean() > width[0].mean()
    with pytest.raises(RegionwiseError, match="Years is 3, the model forecasts 2"):
        mapped(yearly_world, tmp_path / "n", params.model, years=3)


def test_places_are_held_out_where_that_is_asked(yearly_world, tmp_path):
    _, _, scores = fitted(yearly_world, tmp_path, validation="forward_blocks", model_type="ridge", folds=2)
    assert of(scores, "ridge") < of(scores, "persistence")


def test_a_model_is_judged_by_years_that_it_never_saw(yearly_world, tmp_path):
    params, _, _ = fitted(yearly_world, tmp_path, last_year=2021, model_type="ridge", horizon=2)
    folder = tmp_path / "m"
    mapping, _ = mapped(yearly_world, folder, params.model, origin=2021, years=2, skill=str(folder / "skill.tif"))
    skills, names = read_raster(mapping.skill)
    assert names[:2] == ("EVI 2022-01-01 error", "EVI 2023-01-01 error") and "skill over persistence" in names
    found, bounds, change = (read_raster(path)[0] for path in (mapping.output, mapping.intervals, mapping.change))
    truth = np.stack([read_raster(path)[0][0] for path in sorted((yearly_world / "images").glob("*.tif"))[-2:]])
    known = np.isfinite(truth)
    np.testing.assert_allclose(skills[:2][known], (found - truth)[known], atol=1e-6)
    assert np.isnan(skills[:2][~known]).all()
    left = change[-2:]
    np.testing.assert_array_equal(left == 1, truth > bounds[2:])
    np.testing.assert_array_equal(left == -1, truth < bounds[:2])
    mine = read_raster(yearly_world / "mines.tif")[0][0] == 1
    assert (np.abs(left[0])[mine & known[0]] == 1).mean() > (np.abs(left[0])[~mine & known[0]] == 1).mean()

    judging = ForecastEvaluation(
        forecast=Layer(mapping.output, "next"), truth=mapping.series, masks=(Layer(str(yearly_world / "mines.tif")),),
        intervals=Layer(mapping.intervals, "bounds"), output=str(tmp_path / "judged.tif"),
        scores=str(tmp_path / "judged.csv"), report=str(tmp_path / "judged.html"), figures=str(tmp_path / "figures"),
    )  # fmt: skip
    ran = run_task(evaluate_forecast, judging, tmp_path / "judging")
    judged, judged_names = read_raster(judging.output)
    assert judged_names[-2:] == ("2022 left its interval", "2023 left its interval")
    np.testing.assert_allclose(judged[:4], skills[:4], atol=1e-3)
    assert np.nanmin(skills[2:4]) >= -1 and np.nanmax(skills[2:4]) <= 1
    np.testing.assert_array_equal(judged[4:], left)
    rows = pd.read_csv(judging.scores)
    row = rows[(rows["model"] == "forecast") & (rows["part"] == "all") & (rows["year"] == "2022")].iloc[0]
    assert row["rmse"] == pytest.approx(np.sqrt(np.nanmean((found - truth)[0] ** 2)), rel=1e-6)
    assert row["coverage"] == pytest.approx((left[0][known[0]] == 0).mean())
    assert row["n"] == known[0].sum()
    assert ran.result.numbers["RMSE"] == pytest.approx(np.sqrt(np.nanmean((found - truth) ** 2)), rel=1e-6)
    assert "best simple forecast" in ran.log
    assert Path(judging.figures, "observed_and_forecast.png").exists()
    assert "inside mine" in Path(judging.report).read_text(encoding="utf-8")


def test_a_forecast_of_years_that_its_model_knew_is_not_judged(yearly_world, stacked, tmp_path):
    mapping, ran = mapped(yearly_world, tmp_path, stacked[0].model, origin=2020)
    assert "a forecast from 2020 shows what it remembers" in ran.log
    judging = ForecastEvaluation(
        forecast=Layer(mapping.output, "next"), truth=mapping.series, output=str(tmp_path / "judged.tif")
    )
    with pytest.raises(
        RegionwiseError, match="'next' was made from 2020 by a model that learned from years up to 2023"
    ):
        run_task(evaluate_forecast, judging, tmp_path / "judging")


def test_a_model_does_not_judge_years_that_it_learned_from(yearly_world, stacked, tmp_path):
    skills = {"origin": 2021, "skill": str(tmp_path / "skill.tif")}
    with pytest.raises(RegionwiseError, match="judge years from 2022 on by a model that learned from years up to 2023"):
        mapped(yearly_world, tmp_path, stacked[0].model, **skills)
    with pytest.raises(RegionwiseError, match="has no image of 2024"):
        mapped(yearly_world, tmp_path, stacked[0].model, skill=skills["skill"])
    assert np.isnan(read_raster(mapped(yearly_world, tmp_path, stacked[0].model, origin=2021)[0].change)[0][-1]).all()


@pytest.mark.parametrize("kind", ["convlstm_unet", "convlstm_unet_reference"])
def test_networks_learn_and_map_and_tiles_change_nothing(yearly_world, tmp_path, kind):
    params, _, scores = fitted(
        yearly_world, tmp_path, model_type=kind, window=5, epochs=2, test_years=1, weighing_years=1, horizon=2
    )
    assert of(scores, kind) < of(scores, "persistence") * (3 if "reference" in kind else 1)  # 2 epochs
    found = read_raster(mapped(yearly_world, tmp_path / "m", params.model, years=2)[0].output)[0]
    part = read_raster(
        mapped(yearly_world, tmp_path / "p", params.model, years=2, extent="-3000,-2500,2000,3500")[0].output
    )
    rows, cols = part[0].shape[1:]
    top, left = round((SIZE * 45 - 3500) / 90), round((SIZE * 45 - 3000) / 90)
    np.testing.assert_allclose(part[0], found[:, top : top + rows, left : left + cols], atol=1e-5)


def test_a_network_learns_and_is_scored_where_years_and_places_have_no_image(few_years, tmp_path):
    """One window whose images are drawn one by one: many a batch knows nothing."""
    world = few_years([year for year in range(1990, 2012) if year not in (1999, 2000, 2008)])
    for kind in ("residual", "convlstm_unet_reference"):
        params, _, scores = fitted(
            world, tmp_path / kind, masks=(), test_years=3, window=5, model_type=kind, batch=2, horizon=2
        )
        assert np.isfinite(of(scores, kind)), kind
        assert np.isfinite(read_raster(mapped(world, tmp_path / kind / "m", params.model)[0].output)[0]).all(), kind


def test_the_published_network_learns_from_as_few_years_as_others(few_years, tmp_path):
    world = few_years(range(1990, 2005))
    fitted(world, tmp_path, masks=(), test_years=5, weighing_years=4, model_type="convlstm_unet_reference")


def test_the_published_network_forecasts_from_forecasts_alike_wherever_it_is_cut():
    import torch
    from regionwise.core.families.forecast.net_learner import CENTRE, LEVEL_SCALE, SCALE, ForecastPredictor, build
    from regionwise.core.learning.training_loop import to_arrays

    kind = "convlstm_unet_reference"
    arguments = {"window": 3, "horizon": 2, "levels": [0.1, 0.9], "width": 8, "covariates": 0}
    torch.manual_seed(0)
    scales = {key: np.ones(1, np.float32) for key in (CENTRE, LEVEL_SCALE, SCALE)}
    arrays = {**to_arrays(build(kind, **arguments).state_dict()), **scales}
    predictor = ForecastPredictor(kind, arguments, arrays, "a", torch.device("cpu"))
    side = 2 * predictor.halo + 16
    history = RNG(0).normal(0, 1, (3, side + 32, side + 32)).astype(np.float32)
    whole = predictor.answer(history, np.empty((0, *history.shape[1:]), np.float32))
    part = predictor.answer(history[:, 16 : 16 + side, 16 : 16 + side], np.empty((0, side, side), np.float32))
    np.testing.assert_allclose(part, whole[..., 16:32, 16:32], atol=1e-5)


def test_a_network_answers_year_by_year_as_it_learned_together():
    import torch
    from regionwise.core.nets.convlstm_unet import ConvLstmUnet

    torch.manual_seed(0)
    net, years = ConvLstmUnet(3, 2, reference=False), torch.randn(2, 4, 3, 16, 16)
    with torch.no_grad():
        torch.testing.assert_close(net.eval()(years), net.train()(years))


def test_the_published_network_has_its_number_of_weights():
    from regionwise.core.nets.convlstm_unet import ConvLstmUnet

    assert sum(tensor.numel() for tensor in ConvLstmUnet().parameters()) == 412_753


# covariates


@pytest.fixture(scope="module")
def rainy(tmp_path_factory):
    """A series that follows rain of the same year (slope .1), rain up to 2012, and a scenario of the next year."""
    folder = tmp_path_factory.mktemp("rainy")
    (folder / "images").mkdir()
    rng, years = RNG(7), range(1985, 2012)
    rain = rng.normal(0, 1, len(years) + 1)
    grid = {"driver": "GTiff", "height": 48, "width": 48, "crs": "EPSG:32650", "dtype": "float32",
            "transform": rasterio.transform.from_origin(0, 4800, 100, 100)}  # fmt: skip
    place = rng.uniform(0.3, 0.6, (48, 48))
    for year, wet in zip(years, rain[:-1], strict=True):
        with rasterio.open(folder / "images" / f"EVI_{year}.tif", "w", count=1, **grid) as file:
            file.write((place + 0.1 * wet + rng.normal(0, 0.005, place.shape)).astype(np.float32), 1)
    for name, last in (("rain", rain[-1]), ("wetter", rain[-1] + 1), ("short", None)):
        values = rain if last is None else np.append(rain[:-1], last)
        dates = [*years, *([] if last is None else [2012])]
        with rasterio.open(folder / f"{name}.tif", "w", count=len(dates), **grid) as file:
            for band, year in enumerate(dates, 1):
                file.write(np.full((48, 48), values[band - 1], np.float32), band)
                file.set_band_description(band, f"rain {year}-01-01")
    with rasterio.open(folder / "height.tif", "w", count=1, **grid) as file:
        file.write(place.astype(np.float32), 1)
        file.set_band_description(1, "height")
    run_task(make_series, SeriesMaking(folder=str(folder / "images"), output=str(folder / "series.json")), folder / "j")
    return folder


def layers(folder, *names):
    return tuple(Layer(str(folder / f"{name}.tif"), name) for name in names)


def test_rain_that_is_known_ahead_tells_the_year(rainy, tmp_path):
    short: dict = {"masks": ()}
    covariates = layers(rainy, "rain", "height")
    params, _, scores = fitted(rainy, tmp_path, model_type="ridge", covariates=covariates, **short)
    without = fitted(rainy, tmp_path / "without", model_type="ridge", **short)[2]
    assert of(scores, "ridge") < 0.2 * of(without, "ridge")
    assert of(scores, "boosting") < 0.6 * of(without, "boosting")
    maps = [
        read_raster(mapped(rainy, tmp_path / name, params.model, covariates=layers(rainy, name, "height"))[0].output)[0]
        for name in ("rain", "wetter")
    ]
    assert np.median(maps[1] - maps[0]) == pytest.approx(0.1, abs=0.01)
    with pytest.raises(
        RegionwiseError, match="Covariate 'rain' has images up to 2011, none of 2012; the model forecasts"
    ):
        mapped(rainy, tmp_path / "s", params.model, covariates=layers(rainy, "short", "height"))
    with pytest.raises(RegionwiseError, match="learned with the covariate 'height'; add a raster"):
        mapped(rainy, tmp_path / "s", params.model, covariates=layers(rainy, "rain"))


def test_networks_see_covariates(rainy, tmp_path):
    short = {"masks": (), "test_years": 1, "weighing_years": 1, "patch": 16, "epochs": 15}
    for kind in ("residual", "convlstm_unet"):
        params, _, scores = fitted(
            rainy, tmp_path / kind, model_type=kind, covariates=layers(rainy, "rain"), window=5, **short
        )
        assert of(scores, kind) < 0.7 * of(scores, "mean of 3 years")
        folders = {name: tmp_path / kind / name for name in ("rain", "wetter")}
        maps = [
            read_raster(mapped(rainy, folder, params.model, covariates=layers(rainy, name))[0].output)[0]
            for name, folder in folders.items()
        ]
        assert np.median(maps[1] - maps[0]) > 0.01  # of 0.1, after a few epochs


def test_covariates_in_another_unit_or_too_large_for_their_storage_are_refused(rainy, tmp_path):
    with rasterio.open(rainy / "rain.tif") as file:
        profile, values, names = file.profile, file.read(), file.descriptions
    for unit, factor in (("mm", 1), ("m", 0.001), ("um", 1e5)):
        with rasterio.open(tmp_path / f"{unit}.tif", "w", **profile) as file:
            file.write(values * np.float32(factor))
            file.descriptions, file.units = names, (unit,) * file.count
    params, _, _ = fitted(rainy, tmp_path, masks=(), model_type="ridge", covariates=layers(tmp_path, "mm"))
    with pytest.raises(RegionwiseError, match="learned with the covariate 'rain' in mm; yours is in m. Convert it"):
        mapped(rainy, tmp_path / "m", params.model, covariates=layers(tmp_path, "m"))
    with pytest.raises(RegionwiseError, match="Band 'rain .*' has the value .*; float16 holds up to 65504"):
        fitted(rainy, tmp_path / "h", masks=(), covariates=layers(tmp_path, "um"), patch_storage="float16")


def test_covariates_end_with_the_series_at_least(rainy, tmp_path):
    with rasterio.open(rainy / "short.tif") as file:
        profile, values, names = file.profile, file.read(), file.descriptions
    with rasterio.open(tmp_path / "ends.tif", "w", **{**profile, "count": 20}) as file:
        file.write(values[:20])
        file.descriptions = names[:20]
    with pytest.raises(RegionwiseError, match="'rain' has images up to 2004, none of 2011; the series is learned up"):
        fitted(rainy, tmp_path, masks=(), covariates=layers(tmp_path, "ends"))
    with pytest.raises(RegionwiseError, match="convlstm_unet_reference takes no Covariates"):
        ForecastTraining(
            series="a", model="b", covariates=layers(tmp_path, "ends"), model_type="convlstm_unet_reference"
        )


# bad input


def test_places_cannot_be_held_out_where_there_is_one(few_years, tmp_path):
    with pytest.raises(RegionwiseError, match="has 1 windows of 32 cells with data; forward_blocks with Folds = 3"):
        fitted(few_years(range(1990, 2012)), tmp_path, masks=(), validation="forward_blocks")


def test_masks_without_data_or_with_other_numbers_are_refused(yearly_world, tmp_path, write):
    write(tmp_path / "nothing.tif", np.full((20, 20), -9999, np.float32), nodata=-9999)
    write(tmp_path / "codes.tif", np.full((20, 20), 7, np.float32))
    with pytest.raises(RegionwiseError, match="(?s)Mask 'nothing' is nodata everywhere.*Mask 'codes' holds 7"):
        fitted(yearly_world, tmp_path, masks=layers(tmp_path, "nothing", "codes"))


def test_forecasts_that_cannot_be_judged_are_refused(yearly_world, tmp_path):
    with rasterio.open(sorted((yearly_world / "images").glob("*.tif"))[-1]) as file:
        profile = file.profile

    def judged(name, shift=0.0, value=0.5, known=SIZE):
        path = tmp_path / "f.tif"
        moved = profile["transform"] @ rasterio.Affine.translation(shift, 0)
        with rasterio.open(path, "w", **{**profile, "transform": moved}) as file:
            values = np.full((1, file.height, file.width), value, np.float32)
            values[:, known:] = np.nan
            file.write(values)
            file.set_band_description(1, name)
        params = ForecastEvaluation(
            forecast=Layer(str(path), "f"), truth=str(yearly_world / "series.json"), output=str(tmp_path / "o.tif"),
            scores=str(tmp_path / "o.csv"),
        )  # fmt: skip
        return run_task(evaluate_forecast, params, tmp_path / "job")

    with pytest.raises(RegionwiseError, match="Band 1 of 'f' is called 'next'; it must end in a date"):
        judged("next")
    with pytest.raises(RegionwiseError, match="'f' forecasts NDVI, the series has EVI"):
        judged("NDVI 2023-01-01")
    with pytest.raises(RegionwiseError, match=r"'f' forecasts 2030; series .* has none of them \(it ends in 2023\)"):
        judged("EVI 2030-01-01")
    with pytest.raises(RegionwiseError, match="'f' is on another grid"):
        judged("EVI 2023-01-01", shift=0.3)
    assert judged("EVI 2023-01-01").result.numbers["RMSE"] > 0
    with pytest.raises(RegionwiseError, match="No cell of 'f' has both a forecast and a truth"):
        judged("EVI 2023-01-01", value=np.nan)
    judged("EVI 2023-01-01", known=30)
    assert pd.read_csv(tmp_path / "o.csv")["n"].nunique() == 1


@pytest.fixture
def few_years(tmp_path, write):
    """A function that makes a series of one small image for each date."""

    def make(dates, values=0.5, band="EVI", change=0.001):
        images = tmp_path / "images"
        images.mkdir()
        for number, when in enumerate(dates):
            image = np.full((20, 20), values, np.float32) + np.float32(change * number) * (values != 0)
            write(images / f"{band}_{when}.tif", image)
        run_task(make_series, SeriesMaking(folder=str(images), output=str(tmp_path / "series.json")), tmp_path / "made")
        return tmp_path

    return make


def test_too_few_years_are_refused(few_years, tmp_path):
    with pytest.raises(RegionwiseError, match=r"has 9 years \(2001 to 2009\); to see 8 of them"):
        fitted(few_years(range(2001, 2010)), tmp_path, masks=())


def test_two_images_of_a_year_are_refused(few_years, tmp_path):
    dates = [*(f"{year}-01-01" for year in range(1990, 2010)), "2005-07-01"]
    with pytest.raises(
        RegionwiseError, match=r"1 years with several dates; the first is 2005 \(2005-01-01, 2005-07-01\)"
    ):
        fitted(few_years(dates), tmp_path, masks=())


def test_missing_years_are_told_and_stay_in_their_place(few_years, tmp_path):
    world = few_years([year for year in range(1990, 2012) if year not in (1999, 2005)])
    params, ran, _ = fitted(world, tmp_path, masks=(), test_years=2, model_type="ridge")
    assert "2 years are missing and stay missing in their place: 1999, 2005." in ran.log
    assert read_model(params.model).card.training["first_year"] == 1990


def test_a_damaged_image_of_a_year_is_named(few_years, tmp_path):
    world = few_years(range(1990, 2012))
    path = world / "images" / "EVI_2001.tif"
    path.write_bytes(path.read_bytes()[:-600])
    with pytest.raises(RegionwiseError, match=r"Reading .*series.vrt' failed \(EVI_2001.tif"):
        fitted(world, tmp_path, masks=())


def test_zeros_are_asked_about_once(few_years, tmp_path):
    world = few_years(range(1990, 2012), values=0.0)
    with pytest.raises(RegionwiseError, match="100 % of the values .* are exactly 0"):
        fitted(world, tmp_path, masks=())
    with pytest.raises(RegionwiseError, match="has no data"):
        fitted(world, tmp_path, masks=(), zeros="nodata")


def test_data_in_a_corner_are_found(few_years, tmp_path, monkeypatch):
    monkeypatch.setattr(yearly_stack, "TILE", 8)
    monkeypatch.setattr(yearly_stack, "LOOKED_AT", 1)
    values = np.full((20, 20), np.nan)
    values[18:, 18:] = 0.5
    fitted(few_years(range(1990, 2012), values=values), tmp_path, masks=(), model_type="ridge", test_years=2)


def test_a_series_that_does_not_change_is_forecast_and_said_so(few_years, tmp_path, write):
    world = few_years(range(1990, 2012), change=0)
    write(world / "mine.tif", np.eye(20, dtype=np.float32))
    _, ran, scores = fitted(world, tmp_path, masks=layers(world, "mine"), test_years=2, model_type="ridge")
    assert of(scores, "persistence") == 0 and of(scores, "ridge") < 1e-6
    assert "Only 20 of the cells that are scored lie in mask 'mine'" in ran.log
    mapping = {"origin": 1970}
    with pytest.raises(RegionwiseError, match=r"begins in 1990, after Origin \(1970\). Choose a later Origin"):
        mapped(world, tmp_path / "m", str(tmp_path / "m.safetensors"), **mapping)


def test_numbers_that_no_index_has_are_refused(few_years, tmp_path):
    with pytest.raises(RegionwiseError, match=r"EVI of .* lies between 4500 and 4500.02; it can be from -1 to 1.5"):
        fitted(few_years(range(1990, 2012), values=4500.0), tmp_path, masks=())


def test_bad_parameters_of_forecasts_are_refused(yearly_world, stacked):
    with pytest.raises(RegionwiseError, match="Quantiles are '0.5'; give two or more levels"):
        replace(stacked[0], quantiles="0.5")
    with pytest.raises(RegionwiseError, match="Window is 2; it must be at least 5"):
        replace(stacked[0], window=2)
