"""Images of a series are read as any raster is: by scale, masks, alpha, nodata and CRS, however they are set."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.control import GroundControlPoint
from rasterio.crs import CRS
from rasterio.enums import ColorInterp
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.layer import Layer, NodataRange
from regionwise.core.data.raster.stack import Stack
from regionwise.core.data.series.image_series import read_series
from regionwise.core.tools.series.make_series import make_series
from regionwise.core.tools.series.params import SeriesMaking
from support import run_task

YEARS = (2001, 2002)
PROFILE = {
    "driver": "GTiff", "height": 4, "width": 6, "crs": CRS.from_epsg(32648), "dtype": "int16",
    "transform": Affine(90, 0, 5e5, 0, -90, 33e5),
}  # fmt: skip
VALID = np.arange(24).reshape(4, 6) % 4 > 0  # a quarter is missing


def image(path, number, mask="", scale=(1.0, 0.0), nodata=None):
    """Write an image of 4 x 6 numbers from `number` on, with one of the sorts of masks."""
    numbers = np.arange(24, dtype=np.int16).reshape(1, 4, 6) + number
    alpha = mask == "alpha"
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=mask == "internal"),
        rasterio.open(path, "w", count=1 + alpha, nodata=nodata, **PROFILE) as file,
    ):
        if alpha:
            file.colorinterp = (ColorInterp.gray, ColorInterp.alpha)
            numbers = np.concatenate([numbers, VALID[None].astype(np.int16) * 255])
        file.write(numbers)
        file.scales, file.offsets = [scale[0]] * file.count, [scale[1]] * file.count
        if mask in ("internal", "file"):
            file.write_mask(VALID.astype(np.uint8) * 255)
    return Layer(str(path), path.stem)


def images(folder, **how):
    return tuple(image(folder / f"EVI_{year}.tif", 100 * i, **how) for i, year in enumerate(YEARS))


def series_of(folder, layers, **given):
    """The values of a series, shape (date, row, col), and what was said."""
    params = SeriesMaking(input=tuple(layers), output=str(folder / "s.json"), **given)
    ran = run_task(make_series, params, folder / "job")
    with Stack({"series": [read_series(params.output).layer]}) as stack:
        return stack.read(stack.grid.area), ran


@pytest.mark.parametrize("mask", ["internal", "file", "alpha"])
@pytest.mark.parametrize("nodata", [None, 110])
@pytest.mark.parametrize("scale", [(1.0, 0.0), (0.01, -2.0)])
def test_a_series_and_a_stack_read_the_same_of_a_file(tmp_path, mask, nodata, scale):
    layers = images(tmp_path, mask=mask, nodata=nodata, scale=scale)
    values, ran = series_of(tmp_path, layers, report=str(tmp_path / "r.html"))
    with Stack({"day": layers}) as stack:
        np.testing.assert_array_equal(values, stack.read(stack.grid.area))
    missing = ~np.isfinite(values)
    assert missing[0].mean() == 0.25  # the nodata value stands in the second image alone
    assert missing[1].sum() == 6 + (nodata is not None)
    assert ran.result.numbers["BANDS_FOUND"] == 1
    assert ("alpha band" if mask == "alpha" else "its mask says") in ran.log
    assert "(in 2 of 2)" in ran.log
    assert "Inputs as they were read" in (tmp_path / "r.html").read_text()


def test_a_mask_and_a_quality_band_both_hold(tmp_path):
    layers = images(tmp_path, mask="file")
    good = np.ones((1, 4, 6), np.uint8)
    good[0, 0] = 0
    for year in YEARS:
        with rasterio.open(tmp_path / f"QA_{year}.tif", "w", count=1, **{**PROFILE, "dtype": "uint8"}) as file:
            file.write(good)
    quality = [Layer(str(tmp_path / f"QA_{year}.tif")) for year in YEARS]
    values, _ = series_of(tmp_path, [*layers, *quality], bands="EVI", quality_band="QA", good_values="1")
    np.testing.assert_array_equal(np.isfinite(values), [VALID & (good[0] > 0)] * 2)


def test_nodata_and_crs_that_were_set_in_qgis_hold_in_a_series(tmp_path):
    layers = [
        dataclasses.replace(layer, crs="EPSG:32647", nodata=(NodataRange(1, 0.03, 0.05),))
        for layer in images(tmp_path, scale=(0.01, 0.0))
    ]
    values, _ = series_of(tmp_path, layers)
    assert np.flatnonzero(np.isnan(values[0])).tolist() == [3, 4, 5]
    values, _ = series_of(tmp_path, layers, scale="0.1:1")
    assert np.flatnonzero(np.isnan(values[0])).tolist() == [3, 4, 5]
    assert values[0, 0, 1] == pytest.approx(1.1)
    with Stack({"series": [read_series(str(tmp_path / "s.json")).layer]}) as stack:
        assert stack.grid.crs.to_epsg() == 32647


def test_masks_hold_in_a_mosaic_of_tiles(tmp_path):
    layers = list(images(tmp_path, mask="alpha"))
    (tmp_path / "east").mkdir()
    for i, year in enumerate(YEARS):
        layers.append(image(tmp_path / "east" / f"EVI_{year}.tif", 1000 + i, mask="file"))
        with rasterio.open(layers[-1].path, "r+") as file:
            file.transform = PROFILE["transform"] @ Affine.translation(6, 0)
    values, _ = series_of(tmp_path, layers, mosaic=True)
    assert values.shape == (2, 4, 12)
    np.testing.assert_array_equal(np.isfinite(values), np.stack([np.concatenate([VALID, VALID], 1)] * 2))


def test_an_image_that_lies_on_no_grid_is_refused(tmp_path):
    layers = images(tmp_path)
    points = [GroundControlPoint(r, c, 5e5 + 90 * c, 33e5 - 90 * r) for r in (0, 4) for c in (0, 6)]
    with rasterio.open(tmp_path / "EVI_2003.tif", "w", count=1, gcps=points, **PROFILE | {"transform": None}) as file:
        file.write(np.ones((1, 4, 6), np.int16))
    with pytest.raises(RegionwiseError, match="4 ground control points"):
        series_of(tmp_path, [*layers, Layer(str(tmp_path / "EVI_2003.tif"))])


def test_longitudes_from_0_to_360_are_wrapped_in_a_series(tmp_path):
    profile = PROFILE | {"width": 360, "crs": CRS.from_epsg(4326), "transform": Affine(1, 0, 0, 0, -1, 50)}
    numbers = np.arange(4 * 360, dtype=np.int16).reshape(1, 4, 360)
    for year in YEARS:
        with rasterio.open(tmp_path / f"EVI_{year}.tif", "w", count=1, **profile) as file:
            file.write(numbers)
    values, _ = series_of(tmp_path, [Layer(str(tmp_path / f"EVI_{year}.tif")) for year in YEARS])
    np.testing.assert_array_equal(values, [np.roll(numbers[0], 180, 1)] * 2)


def test_tiles_keep_the_nodata_of_qgis_if_all_have_the_same(tmp_path):
    layers = list(images(tmp_path))
    (tmp_path / "east").mkdir()
    for i, year in enumerate(YEARS):
        layers.append(image(tmp_path / "east" / f"EVI_{year}.tif", 100 * i))
        with rasterio.open(layers[-1].path, "r+") as file:
            file.transform = PROFILE["transform"] @ Affine.translation(6, 0)
    alike = [dataclasses.replace(layer, nodata=(NodataRange(1, 3, 4),)) for layer in layers]
    values, _ = series_of(tmp_path, alike, mosaic=True)
    assert np.isnan(values[0]).sum() == 4
    with pytest.raises(RegionwiseError, match="different numbers for no data"):
        series_of(tmp_path, [*alike[:2], *layers[2:]], mosaic=True)


def test_whole_numbers_that_a_look_misses_are_refused_in_a_series_too(tmp_path):
    profile = PROFILE | {"height": 700, "width": 700, "dtype": "int32"}
    for year in YEARS:
        numbers = np.ones((1, 700, 700), np.int32)
        numbers[0, 100, 100] = 2**24 + 1
        with rasterio.open(tmp_path / f"code_{year}.tif", "w", count=1, **profile) as file:
            file.write(numbers)
    with pytest.raises(RegionwiseError, match="16777217"):
        series_of(tmp_path, [Layer(str(tmp_path / f"code_{year}.tif")) for year in YEARS])
