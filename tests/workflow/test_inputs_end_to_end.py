"""Whole runs on files as they come: scaled integers, other grids and next year's names give the maps of plain files."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import rasterio
from rasterio.warp import Resampling, reproject
from regionwise.core.contract.layer import Layer
from regionwise.core.families.composition.map import map_composition
from regionwise.core.families.composition.params import CompositionMapping
from regionwise.core.families.composition.train import train
from regionwise.core.learning.model_file import read_model, write_model
from support import read_raster, run_task
from trainings import training_of

pytestmark = pytest.mark.train
SCALE, OFFSET = 0.0001, -0.1


@pytest.fixture(scope="module")
def scaled(tmp_path_factory, world):
    """A folder with day rasters of the same numbers: int16 with a scale, floats, and floats of the integers."""
    folder = tmp_path_factory.mktemp("scaled")
    with rasterio.open(world / "day.tif") as file:
        values, profile, names = file.read(), file.profile, file.descriptions
    spread = np.nanstd(values)
    numbers = np.clip(np.rint(values / spread * 3000), -30000, 30000).astype(np.int16)
    variants = {
        "int": numbers,
        "float": (numbers * SCALE + OFFSET).astype(np.float32),
        "raw": numbers.astype(np.float32),
    }
    for name, array in variants.items():
        kind = {"dtype": array.dtype, "predictor": 1, "nodata": None}
        with rasterio.open(folder / f"{name}.tif", "w", **{**profile, **kind}) as file:
            file.write(array)
            file.descriptions = names
            if name == "int":
                file.scales, file.offsets = [SCALE] * file.count, [OFFSET] * file.count
    return folder


@pytest.fixture(scope="module")
def model(scaled, world):
    """A model of trees that learned from the float raster."""
    params = training_of(world, scaled, day=(Layer(str(scaled / "float.tif"), "day"),), model_type="boosting")
    run_task(train, params, scaled / "job")
    return params.model


def mapped(folder, world, model, day, **given):
    """The map of a model over a day raster, and what was said."""
    number = len(list(folder.glob("map*.tif")))
    layer = day if isinstance(day, Layer) else Layer(str(day), "day")
    values = {"day": (layer,), "night": (Layer(str(world / "night.tif"), "night"),), "model": str(model)}
    params = CompositionMapping(**{**values, **given}, output=str(folder / f"map{number}.tif"))
    ran = run_task(map_composition, params, folder / f"job{number}")
    return read_raster(params.output)[0], ran


def test_a_map_from_scaled_integers_is_the_map_from_floats(scaled, world, model, tmp_path):
    plain, _ = mapped(tmp_path, world, model, scaled / "float.tif")
    stored, ran = mapped(tmp_path, world, model, scaled / "int.tif")
    np.testing.assert_array_equal(stored, plain)
    assert "are multiplied by 0.0001, and -0.1 is added" in ran.log


def test_training_from_scaled_integers_is_training_from_floats(scaled, world, model, tmp_path):
    params = training_of(world, tmp_path, day=(Layer(str(scaled / "int.tif"), "day"),), model_type="boosting")
    run_task(train, params, tmp_path / "job")
    one, other = read_model(model), read_model(params.model)
    for name, arrays in one.members.items():
        for key, array in arrays.items():
            np.testing.assert_array_equal(other.members[name][key], array)
    assert "multiplied by 0.0001" in str(other.card.inputs)


def test_a_model_from_before_scales_takes_numbers_as_they_are_stored(scaled, world, model, tmp_path):
    card = read_model(model)
    old = tmp_path / "old.safetensors"
    write_model(str(old), dataclasses.replace(card, card=dataclasses.replace(card.card, format=2)))
    stored, _ = mapped(tmp_path, world, old, scaled / "int.tif")
    raw, _ = mapped(tmp_path, world, model, scaled / "raw.tif")
    np.testing.assert_array_equal(stored, raw)


def test_a_night_raster_of_another_grid_is_that_of_a_warp(scaled, world, model, tmp_path):
    """A night raster of half the cell size is averaged; the same numbers in its cells give the same map."""
    plain, _ = mapped(tmp_path, world, model, scaled / "float.tif")
    with rasterio.open(world / "night.tif") as file:
        night, profile = file.read(), file.profile
    transform = profile["transform"] @ rasterio.Affine.scale(0.5)
    profile |= {"height": 2 * profile["height"], "width": 2 * profile["width"], "transform": transform}
    with rasterio.open(tmp_path / "fine.tif", "w", **profile) as file:
        file.write(np.kron(night, np.ones((1, 2, 2), night.dtype)))
    fine, ran = mapped(
        tmp_path, world, model, scaled / "float.tif", night=(Layer(str(tmp_path / "fine.tif"), "night"),)
    )
    assert "brought to the grid of the first layer: it is averaged" in ran.log
    np.testing.assert_allclose(fine, plain, atol=0.02)
    assert np.nanmean(np.abs(fine - plain)) < 1e-4


def test_a_night_raster_in_degrees_is_interpolated(scaled, world, model, tmp_path):
    plain, _ = mapped(tmp_path, world, model, scaled / "float.tif")
    with rasterio.open(world / "night.tif") as file:
        night, profile, bounds = file.read(1), file.profile, file.bounds
    transform, width, height = rasterio.warp.calculate_default_transform(
        profile["crs"], "EPSG:4326", profile["width"], profile["height"], *bounds
    )
    out = np.full((height, width), np.nan, np.float32)
    reproject(
        night, out, src_transform=profile["transform"], src_crs=profile["crs"], dst_transform=transform,
        dst_crs="EPSG:4326", resampling=Resampling.bilinear, dst_nodata=np.nan,
    )  # fmt: skip
    profile |= {"crs": "EPSG:4326", "transform": transform, "width": width, "height": height, "nodata": np.nan}
    with rasterio.open(tmp_path / "deg.tif", "w", **profile) as file:
        file.write(out, 1)
    other, ran = mapped(
        tmp_path, world, model, scaled / "float.tif", night=(Layer(str(tmp_path / "deg.tif"), "night"),)
    )
    assert "brought to the grid of the first layer" in ran.log
    both = np.isfinite(plain) & np.isfinite(other)
    assert both.mean() > 0.9 * np.isfinite(plain).mean()
    assert np.corrcoef(plain[both], other[both])[0, 1] > 0.9


def test_next_years_file_is_mapped_under_its_own_names(scaled, world, model, tmp_path):
    plain, _ = mapped(tmp_path, world, model, scaled / "float.tif")
    with rasterio.open(scaled / "float.tif") as file:
        values, profile = file.read(), file.profile
    with rasterio.open(tmp_path / "S2_2031.tif", "w", **profile) as file:
        file.write(values)
    next_year, ran = mapped(tmp_path, world, model, Layer(str(tmp_path / "S2_2031.tif"), "S2_2031"))
    np.testing.assert_array_equal(next_year, plain)
    assert "bands are matched by order" in ran.log
