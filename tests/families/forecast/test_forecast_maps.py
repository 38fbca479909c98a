"""Maps of the years to come: of a stack and its members, in parts, after a stop, and from an earlier year."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.families.forecast.origin_forecasts import HEDGES
from regionwise.core.learning.model_file import read_model, write_model
from regionwise.core.mapping import run_map
from regionwise.core.targets.calibration import CalibrationInfo
from support import read_raster

pytestmark = pytest.mark.train
SIZE = 64


def test_a_map_is_what_was_scored_and_parts_of_it_are_the_same(yearly_world, stacked, tmp_path, mapped):
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
    extent = "-2000,-1500,1000,2500"
    part = read_raster(mapped(yearly_world, tmp_path / "part", model, extent=extent)[0].output)[0][0]
    rows, cols = part.shape
    top, left = round((SIZE * 45 - 2500) / 90), round((SIZE * 45 - 2000) / 90)
    np.testing.assert_array_equal(part, found[0, top : top + rows, left : left + cols])
    assert "From 2023" in ran.log


def test_a_map_of_a_stack_is_the_weighted_mean_of_those_of_its_members(yearly_world, stacked, tmp_path, mapped):
    model = read_model(stacked[0].model)
    weights = model.card.forecast.weights
    assert weights.keys() == model.card.mixture.keys() == {"residual", "ridge", "boosting", *HEDGES}

    def of_weights(own, place):
        card = replace(model.card, calibration=CalibrationInfo(forecast=replace(model.card.forecast, weights=own)))
        write_model(str(tmp_path / "one.safetensors"), replace(model, card=card))
        return read_raster(
            mapped(yearly_world, place, str(tmp_path / "one.safetensors"), years=2, extent="-2000,-1500,0,0")[0].output
        )[0]

    members = {name: of_weights({name: [1.0, 1.0]}, tmp_path / name) for name in weights}
    mean = sum(np.array(weights[name])[:, None, None] * values for name, values in members.items())
    np.testing.assert_allclose(of_weights(weights, tmp_path / "all"), mean, atol=1e-5)
    last = np.stack([read_raster(path)[0][0] for path in sorted((yearly_world / "images").glob("*.tif"))[-3:]])
    rows, cols = members[HEDGES[0]].shape[1:]
    top, left = round(SIZE / 2), round((SIZE * 45 - 2000) / 90)
    own = last[:, top : top + rows, left : left + cols].mean(0)
    seen = np.isfinite(own)  # elsewhere a year is missing
    assert seen.mean() > 0.5
    for lead in members[HEDGES[0]]:
        np.testing.assert_allclose(lead[seen], own[seen], atol=1e-5)


def test_a_map_that_was_stopped_goes_on_and_is_the_same(yearly_world, stacked, tmp_path, monkeypatch, mapped):
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
    assert "7 of 16 tiles were finished in an earlier run, kept" in ran.log
    for name in ("output", "intervals", "change"):
        assert Path(getattr(whole, name)).read_bytes() == Path(getattr(stopped, name)).read_bytes()


def test_a_map_from_an_earlier_year_is_the_forecast_of_then(yearly_world, stacked, tmp_path, mapped):
    found, names = read_raster(mapped(yearly_world, tmp_path, stacked[0].model, origin=2020)[0].output)
    assert names == ("EVI 2021-01-01",) and np.isfinite(found).all()


def test_two_years_ahead_are_wider_and_stay_within_the_horizon(yearly_world, early, tmp_path, mapped, score):
    params, _, scores = early
    assert score(scores, "ridge", lead=2) > score(scores, "ridge")
    bounds = read_raster(mapped(yearly_world, tmp_path / "m", params.model, years=2)[0].intervals)[0]
    width = bounds[2:4] - bounds[:2]
    assert bounds[4:] == pytest.approx(width, abs=1e-5, nan_ok=True)
    assert width[1].mean() > width[0].mean()
    with pytest.raises(RegionwiseError, match="Years is 3, the model forecasts 2"):
        mapped(yearly_world, tmp_path / "n", params.model, years=3)
