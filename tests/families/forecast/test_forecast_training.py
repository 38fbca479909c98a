"""Trainings of forecasts: how good they are, what they may know, and that they go on after a stop."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.families.forecast import forecast_results, yearly_stack
from regionwise.core.families.forecast import train as forecast_task
from regionwise.core.families.forecast.lag_learners import LagLearner
from regionwise.core.learning.model_file import read_model
from regionwise.core.tools.simulation.forecast_world import MEMORY
from support import read_raster


@pytest.mark.train
def test_forecasts_come_near_the_best_possible_ones_and_never_pass_them(tmp_path, simulated, images_of, fitted, score):
    world = simulated(tmp_path, 0.0, 128, since=1990)
    full = {"window": 12, "test_years": 6, "weighing_years": 2, "patch": 64, "epochs": 8}
    _, _, scores = fitted(world, tmp_path / "m", **full)
    truth = np.stack([read_raster(path)[0][0] for path in images_of(world)[-6:]])
    best, outside = read_raster(world / "best.tif")[0][-6:], read_raster(world / "mines.tif")[0][0] == 0
    optimum = ((truth - best)[:, outside] ** 2).mean()
    assert optimum < score(scores, "stack", "outside mine") ** 2 < 1.10 * optimum
    persistence = score(scores, "persistence", "outside mine") ** 2
    assert persistence / optimum == pytest.approx(2 * (1 - MEMORY) / (1 - MEMORY**2), rel=0.05)


@pytest.mark.train
def test_scores_tell_parts_intervals_and_baselines(known, score):
    _, ran, scores = known
    simple = ("persistence", "mean of 3 years", "linear trend")
    assert score(scores, "stack") < min(score(scores, name) for name in simple)
    assert 0.85 < score(scores, "stack", column="coverage") < 0.95
    assert score(scores, "stack", "inside mine") > score(scores, "stack", "outside mine")
    assert ran.result.numbers["RMSE"] == pytest.approx(score(scores, "stack"))
    assert sorted(scores["year"].unique()) == ["2021", "2022", "2023", "all years"]


@pytest.mark.train
def test_years_to_forecast_change_nothing_that_forecasts_them(
    tiny_world, tiny, tmp_path, described, images_of, fitted, score
):
    """The last two years are spoiled; all forecasts of them from the years before stay as they were.

    A forecast's mean is its bias and the mean of what came, which is known in both runs.
    """
    spoiled = Path(shutil.copytree(tiny_world, tmp_path / "spoiled"))
    for path in images_of(spoiled)[-2:]:
        with rasterio.open(path, "r+") as file:
            values = file.read()
            file.write(np.where(values == file.nodata, values, np.float32(0.9)))
    described(spoiled)
    runs, means = {tiny_world: tiny, spoiled: fitted(spoiled, tmp_path / "m", horizon=2, patch=16)}, []
    for world, (_, _, scores) in runs.items():
        truth = {path.stem[4:8]: read_raster(path)[0] for path in images_of(world)[-2:]}
        means.append([
            score(scores, name, column="bias", lead=lead, year=year) + np.nanmean(truth[year])
            for name in ("stack", "residual", "ridge", "boosting", "damped persistence", "linear trend")
            for lead, year in ((1, "2022"), (2, "2022"), (2, "2023"))
        ])  # fmt: skip
    np.testing.assert_allclose(*means, atol=1e-6)
    assert abs(means[0][0] - 0.9) > 0.2


@pytest.mark.train
def test_a_training_that_was_stopped_goes_on_and_is_the_same(tiny_world, tiny, tmp_path, monkeypatch, fitted):
    def stopping(*_):
        raise InterruptedError

    with monkeypatch.context() as patch, pytest.raises(InterruptedError):
        patch.setattr(forecast_task, "evaluate_origins", stopping)
        fitted(tiny_world, tmp_path, horizon=2, patch=16)
    with monkeypatch.context() as patch:
        patch.setattr(LagLearner, "fit", stopping)
        _, _, scores = fitted(tiny_world, tmp_path, horizon=2, patch=16)
    pd.testing.assert_frame_equal(scores, tiny[2])


@pytest.mark.train
def test_a_year_without_an_image_is_forecast_but_not_judged(tiny_world, tmp_path, described, fitted):
    world = Path(shutil.copytree(tiny_world, tmp_path / "world"))
    next(world.glob("images/*2022*")).unlink()
    described(world)
    _, ran, scores = fitted(world, tmp_path / "m", model_type="ridge", test_years=3)
    assert "1 years are missing and stay missing in their place: 2022." in ran.log
    assert sorted(scores["year"].unique()) == ["2021", "2023", "all years"]


@pytest.mark.train
def test_places_are_held_out_where_that_is_asked(tmp_path, simulated, fitted, score):
    world = simulated(tmp_path, 0.1, 96, since=1990)
    held = {"validation": "forward_blocks", "folds": 2, "test_years": 3, "weighing_years": 2}
    _, _, scores = fitted(world, tmp_path, model_type="ridge", **held)
    assert score(scores, "ridge") < score(scores, "persistence")


@pytest.mark.train
def test_missing_years_are_told_and_stay_in_their_place(few_years, tmp_path, fitted):
    world = few_years([year for year in range(1990, 2012) if year not in (1999, 2005)])
    params, ran, _ = fitted(world, tmp_path, masks=(), test_years=2, model_type="ridge")
    assert "2 years are missing and stay missing in their place: 1999, 2005." in ran.log
    assert read_model(params.model).card.training["first_year"] == 1990


@pytest.mark.train
def test_few_years_are_told_and_give_no_intervals(tiny_world, tmp_path, fitted, mapped):
    params, ran, scores = fitted(tiny_world, tmp_path, model_type="ridge", test_years=1, patch=16)
    assert "Only 2 years tell how far off forecasts 1 year ahead are; it takes 3, so the model has no" in ran.log
    assert "Test years is 1; bounds of errors and of skills take 3" in ran.log
    assert "(fewer than 3 years: may be chance)" in ran.log and "intervals hold" not in ran.log
    assert scores[["low", "coverage", "crps", "skill_persistence_low"]].isna().all(axis=None)
    assert "COVERAGE" not in ran.result.numbers
    assert "Only 2 years tell" in Path(params.report).read_text(encoding="utf-8")
    with pytest.raises(RegionwiseError, match="has no intervals 1 year ahead: 2 years told how far off its forecasts"):
        mapped(tiny_world, tmp_path / "m", params.model)
    mapping, _ = mapped(tiny_world, tmp_path / "m", params.model, intervals="")
    assert np.isfinite(read_raster(mapping.output)[0]).all()
    assert np.isnan(read_raster(mapping.change)[0][-1]).all()


@pytest.mark.train
def test_a_report_tells_the_weights_of_each_year_and_where_they_come_from(tiny):
    text = Path(tiny[0].report).read_text(encoding="utf-8")
    assert "forecast from" in text and "2024 (map)" in text and "2020 to 2023" in text


@pytest.mark.train
def test_a_report_tells_how_errors_go_together_where_they_lie(tiny_world, tmp_path, images_of, fitted, monkeypatch):
    kept, given = [], []
    monkeypatch.setattr(forecast_task, "summary_lines", lambda results: kept.append(results) or ["told"])
    params, *_ = fitted(tiny_world, tmp_path / "m", model_type="ridge", horizon=2, patch=16)
    assert "How errors go together in space" in Path(params.report).read_text(encoding="utf-8")
    monkeypatch.setattr(forecast_results, "structure_of", lambda _, *told: given.append(told))
    monkeypatch.setattr(forecast_results.ForecastResults, "chosen", "persistence")
    assert replace(kept[0]).residuals is None
    ((xy, errors, _),) = given
    values = np.stack([read_raster(path)[0][0] for path in images_of(tiny_world)[-3:]])
    with rasterio.open(images_of(tiny_world)[0]) as file:
        row, col = np.transpose([file.index(*place) for place in xy])
    steps = (values[:-1] - values[1:])[:, row, col].T
    known = np.isfinite(steps)
    assert known.mean() > 0.8
    np.testing.assert_allclose(errors[known], steps[known], atol=1e-6)


@pytest.mark.train
def test_data_in_a_corner_are_found(few_years, tmp_path, monkeypatch, fitted):
    monkeypatch.setattr(yearly_stack, "TILE", 8)
    monkeypatch.setattr(yearly_stack, "LOOKED_AT", 1)
    values = np.full((20, 20), np.nan)
    values[18:, 18:] = 0.5
    fitted(few_years(range(1990, 2012), values=values), tmp_path, masks=(), model_type="ridge", test_years=2)


@pytest.mark.train
def test_a_series_that_does_not_change_is_forecast_and_said_so(
    few_years, tmp_path, write, fitted, mapped, score, layers
):
    world = few_years(range(1990, 2012), change=0)
    write(world / "mine.tif", np.eye(20, dtype=np.float32))
    _, ran, scores = fitted(world, tmp_path, masks=layers(world, "mine"), test_years=2, model_type="ridge")
    assert score(scores, "persistence") == 0 and score(scores, "ridge") < 1e-6
    assert "Only 20 of the cells that are scored lie in mask 'mine'" in ran.log
    mapping = {"origin": 1970}
    with pytest.raises(RegionwiseError, match=r"begins in 1990, after Origin \(1970\). Choose a later Origin"):
        mapped(world, tmp_path / "m", str(tmp_path / "m.safetensors"), **mapping)
