"""Masks: where a raster or a series has a value."""

import geopandas as gpd
import numpy as np
import pytest
from pyproj import Geod
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.layer import Layer
from regionwise.core.tools.preparation.extract_mask import INSIDE, OUTSIDE, UNKNOWN, extract_mask, masked
from regionwise.core.tools.preparation.params import MaskExtraction
from regionwise.core.tools.series.make_series import make_series
from regionwise.core.tools.series.params import SeriesMaking
from support import read_raster, run_task

NAN = np.nan
# four cells at three dates: 0 once, 0 always or missing, never, no data at all
DATES = np.array([[0.5, 0, 1, NAN], [0, NAN, 1, NAN], [0.2, 0, 1, NAN]], np.float32)[:, None]


@pytest.mark.parametrize(
    ("mode", "missing_counts", "expected"),
    [
        ("any", False, [INSIDE, INSIDE, OUTSIDE, UNKNOWN]),
        ("all", False, [OUTSIDE, INSIDE, OUTSIDE, UNKNOWN]),
        ("first", False, [OUTSIDE, INSIDE, OUTSIDE, UNKNOWN]),
        ("any", True, [INSIDE, INSIDE, OUTSIDE, INSIDE]),
        ("all", True, [OUTSIDE, INSIDE, OUTSIDE, INSIDE]),
    ],
)
def test_modes_of_masks(mode, missing_counts, expected):
    np.testing.assert_array_equal(masked(DATES, 0.0, mode, missing_counts=missing_counts)[0], expected)


def extracted(folder, **changes):
    params = MaskExtraction(**{"output": str(folder / "mask.tif"), "polygons": str(folder / "mask.gpkg"), **changes})
    return params, run_task(extract_mask, params, folder / "job")


def test_a_mask_of_a_series_is_a_raster_and_a_polygon(tmp_path, write):
    images = tmp_path / "images"
    images.mkdir()
    values = np.full((3, 6, 8), 0.5, np.float32)
    values[1, 1:3, 2:5] = 0
    for year, image in zip((2001, 2002, 2003), values, strict=True):
        write(images / f"EVI_{year}.tif", image)
    run_task(make_series, SeriesMaking(folder=str(images), output=str(tmp_path / "s.json")), tmp_path / "made")
    params, ran = extracted(tmp_path, series=str(tmp_path / "s.json"), name="mine")
    found, names = read_raster(params.output)
    assert names == ("mine",)
    np.testing.assert_array_equal(found[0] == INSIDE, values[1] == 0)
    polygon = gpd.read_file(params.polygons)
    assert polygon[["mask", "cells"]].iloc[0].tolist() == ["mine", 6]
    on_ground, _ = Geod(ellps="WGS84").geometry_area_perimeter(polygon.to_crs(4326).geometry.iloc[0])
    assert polygon["area"].iloc[0] == pytest.approx(abs(on_ground), rel=1e-5)
    assert ran.result.numbers == {"CELLS": 6.0}
    with pytest.raises(RegionwiseError, match="EVI_2002.tif' is an input of this run and would be lost"):
        extracted(tmp_path, series=str(tmp_path / "s.json"), output=str(images / "EVI_2002.tif"))


def test_a_value_that_is_nodata_counts_and_is_told(tmp_path, write):
    values = np.array([[0, 1], [2, 0]], np.int16)
    write(tmp_path / "classes.tif", values, nodata=0)
    params, ran = extracted(tmp_path, input=Layer(str(tmp_path / "classes.tif"), "classes"))
    np.testing.assert_array_equal(read_raster(params.output)[0][0], values == 0)
    assert "'classes' calls 0 nodata" in ran.log


def test_bad_masks_are_refused(tmp_path, write):
    layer = write(tmp_path / "a.tif", np.ones((4, 4), np.float32))
    with pytest.raises(RegionwiseError, match=r"'a' has no cell with 7 \(mode any\)"):
        extracted(tmp_path, input=layer, value=7)
    with pytest.raises(RegionwiseError, match="one of the two"):
        MaskExtraction(input=layer, series="s.json", output="m.tif")
