"""Forecasts that are judged by the images that came, and those that cannot be."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.layer import Layer
from regionwise.core.families.forecast.evaluate import evaluate_forecast
from regionwise.core.families.forecast.params import ForecastEvaluation
from support import read_raster, run_task

SIZE = 64


@pytest.mark.train
def test_a_model_is_judged_by_years_that_it_never_saw(yearly_world, early, tmp_path, mapped):
    params, _, _ = early
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
    np.testing.assert_array_equal(left == 1, truth > bounds[2:4])
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


@pytest.mark.train
def test_a_forecast_of_years_that_its_model_knew_is_not_judged(yearly_world, stacked, tmp_path, mapped):
    mapping, ran = mapped(yearly_world, tmp_path, stacked[0].model, origin=2020)
    assert "a forecast from 2020 shows what it remembers" in ran.log
    judging = ForecastEvaluation(
        forecast=Layer(mapping.output, "next"), truth=mapping.series, output=str(tmp_path / "judged.tif")
    )
    with pytest.raises(
        RegionwiseError, match="'next' was made from 2020 by a model that learned from years up to 2023"
    ):
        run_task(evaluate_forecast, judging, tmp_path / "judging")


@pytest.mark.train
def test_a_model_does_not_judge_years_that_it_learned_from(yearly_world, stacked, tmp_path, mapped):
    skills = {"origin": 2021, "skill": str(tmp_path / "skill.tif")}
    with pytest.raises(RegionwiseError, match="judge years from 2022 on by a model that learned from years up to 2023"):
        mapped(yearly_world, tmp_path, stacked[0].model, **skills)
    with pytest.raises(RegionwiseError, match="has no image of 2024"):
        mapped(yearly_world, tmp_path, stacked[0].model, skill=skills["skill"])
    assert np.isnan(read_raster(mapped(yearly_world, tmp_path, stacked[0].model, origin=2021)[0].change)[0][-1]).all()


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
