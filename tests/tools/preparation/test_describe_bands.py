"""Described bands: names, roles and units over the same pixels; the user's nodata and CRS stay."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import rasterio
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.layer import Layer, NodataRange
from regionwise.core.data.raster.stack import Stack
from regionwise.core.tools.preparation.describe_bands import describe_bands
from regionwise.core.tools.preparation.params import BandDescription
from regionwise.core.tools.series.compute_indices import compute_indices
from regionwise.core.tools.series.params import IndexComputing
from support import run_task

S2 = ["B2", "B3", "B4", "B8"]


def described(folder, layer, **given):
    """The stack of a described raster, and what was said."""
    params = BandDescription(input=layer, output=str(folder / "out.vrt"), **given)
    ran = run_task(describe_bands, params, folder)
    return Stack({"day": [Layer(params.output)]}), ran


def numbers(count, height=3, width=4, top=1.0):
    """Bands of distinct numbers from 0 to `top`."""
    return np.linspace(0, top, count * height * width, dtype=np.float32).reshape(count, height, width)


@pytest.mark.parametrize(
    ("sensor", "names", "roles"),
    [
        ("sentinel2", ["B02", "B03", "B04", "B08"], ["BLUE", "GREEN", "RED", "NIR"]),
        ("sentinel2", ["T18_B4_10m", "T18_B8A_20m", "T18_SCL_20m"], ["RED", "NIR_NARROW"]),
        ("landsat89", ["SR_B4", "SR_B5", "QA_PIXEL"], ["RED", "NIR"]),
        ("landsat45", ["SR_B3", "SR_B4", "SR_B7"], ["RED", "NIR", "SWIR2"]),
        ("landsat7", ["nir", "red"], ["NIR", "RED"]),
        ("modis", ["sur_refl_b02", "sur_refl_b01"], ["NIR", "RED"]),
        ("viirs", ["avg_rad"], ["NIGHT"]),
    ],
)
def test_bands_of_a_sensor_are_found_by_their_names(tmp_path, write, sensor, names, roles):
    values = numbers(len(names))
    layer = write(tmp_path / "in.tif", values, names=names)
    stack, _ = described(tmp_path, layer, sensor=sensor)
    with stack:
        assert stack.names == roles
        assert [band.role for band in stack.bands] == roles
        np.testing.assert_array_equal(stack.read(stack.grid.area), values[: len(roles)])
    assert (tmp_path / "out.vrt").stat().st_size < 10_000  # no pixels


@pytest.mark.parametrize(
    ("sensor", "count", "first", "last"),
    [
        ("sentinel2", 4, "BLUE", "NIR"),
        ("sentinel2", 10, "BLUE", "SWIR2"),
        ("sentinel2", 12, "COASTAL", "SWIR2"),
        ("landsat89", 7, "COASTAL", "SWIR2"),
        ("landsat45", 6, "BLUE", "SWIR2"),
        ("modis", 7, "RED", "SWIR2"),
        ("viirs", 1, "NIGHT", "NIGHT"),
    ],
)
def test_unnamed_bands_of_a_sensor_are_taken_in_order_and_that_is_said(tmp_path, write, sensor, count, first, last):
    stack, ran = described(tmp_path, write(tmp_path / "in.tif", numbers(count)), sensor=sensor)
    with stack:
        assert (stack.names[0], stack.names[-1], len(stack.names)) == (first, last, count)
    assert "taken in order" in ran.log


def test_a_number_of_bands_that_the_sensor_does_not_have_is_refused(tmp_path, write):
    with pytest.raises(RegionwiseError, match=r"has 5 bands without names of sentinel2.*4, 10, 12, 13.*Names"):
        described(tmp_path, write(tmp_path / "in.tif", numbers(5)), sensor="sentinel2")


def test_units_are_told_only_where_numbers_can_be_in_them(tmp_path, write):
    reflectance = write(tmp_path / "a.tif", numbers(4, top=0.6), names=S2)
    stored = write(tmp_path / "b.tif", numbers(4, top=6000).astype(np.int16), names=S2)
    with rasterio.open(write(tmp_path / "c.tif", numbers(4, top=6000).astype(np.int16), names=S2).path, "r+") as file:
        file.scales = [0.0001] * 4
    units = {}
    for name, layer in (("a", reflectance), ("b", stored), ("c", Layer(str(tmp_path / "c.tif"), "c"))):
        stack, ran = described(tmp_path, layer, sensor="sentinel2")
        with stack:
            units[name] = stack.bands[0].unit, "does not tell" in ran.log, float(np.nanmax(stack.read(stack.grid.area)))
    assert units["a"] == ("1", False, pytest.approx(0.6))
    assert units["b"] == ("DN", True, 6000)
    assert units["c"] == ("1", False, pytest.approx(0.6))


def test_names_and_roles_are_those_given(tmp_path, write):
    layer = write(tmp_path / "in.tif", numbers(3))
    stack, _ = described(tmp_path, layer, names="one two three", roles="RED=two NIR=three")
    with stack:
        assert stack.names == ["one", "two", "three"]
        assert [band.role for band in stack.bands] == ["", "RED", "NIR"]
    params = IndexComputing(input=(Layer(str(tmp_path / "out.vrt")),), output=str(tmp_path / "ndvi.tif"))
    run_task(compute_indices, params, tmp_path / "job")
    values = numbers(3).astype(np.float64)
    with rasterio.open(tmp_path / "ndvi.tif") as file:
        np.testing.assert_allclose(file.read(1), (values[2] - values[1]) / (values[2] + values[1]), rtol=1e-5)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"names": "one two"}, r"has 3 bands, and Names has 2 words"),
        ({"names": "one two two"}, r"Two bands are called 'two'"),
        ({"roles": "RED=B9"}, r"Roles names 'B9'; the bands are in_1, in_2, in_3"),
    ],
)
def test_names_that_do_not_fit_are_refused(tmp_path, write, given, message):
    with pytest.raises(RegionwiseError, match=message):
        described(tmp_path, write(tmp_path / "in.tif", numbers(3)), **given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "Give a sensor, names of the bands, or roles"),
        ({"sensor": "modis", "names": "a"}, "one of the two"),
        ({"roles": "RED"}, "give pairs, as RED=B4"),
        ({"roles": "RED=a NIR=a"}, "a band has one role"),
    ],
)
def test_parameters_that_contradict_each_other_are_refused(given, message):
    with pytest.raises(RegionwiseError, match=message):
        BandDescription(input=Layer("a.tif"), output="o.vrt", **given)


def test_what_was_set_in_qgis_stays_with_the_described_raster(tmp_path, write):
    layer = write(tmp_path / "in.tif", np.arange(24, dtype=np.int16).reshape(2, 3, 4), nodata=3)
    given = dataclasses.replace(
        layer, crs="EPSG:32647", nodata=(NodataRange(1, 5, 6), NodataRange(2, 20, 99)), all_data=(1,)
    )
    stack, _ = described(tmp_path, given, names="one two")
    with stack:
        values = stack.read(stack.grid.area)
        assert stack.grid.crs.to_epsg() == 32647
    assert np.flatnonzero(np.isnan(values[0])).tolist() == [5, 6]
    assert np.flatnonzero(np.isnan(values[1])).tolist() == [8, 9, 10, 11]


def test_masks_and_alpha_bands_stay(tmp_path):
    values = np.stack([np.full((3, 4), 5, np.uint8), np.array([[0, 255, 255, 255]] * 3, np.uint8)])
    profile = {"count": 2, "height": 3, "width": 4, "dtype": "uint8", "crs": "EPSG:32648"}
    transform = rasterio.Affine(9, 0, 5e5, 0, -9, 3e6)
    with rasterio.open(tmp_path / "in.tif", "w", transform=transform, **profile) as file:
        file.colorinterp = (rasterio.enums.ColorInterp.gray, rasterio.enums.ColorInterp.alpha)
        file.write(values)
    stack, _ = described(tmp_path, Layer(str(tmp_path / "in.tif")), names="one")
    with stack:
        assert stack.names == ["one"]
        assert np.isnan(stack.read(stack.grid.area)[0, :, 0]).all()


def test_an_output_that_is_no_virtual_raster_is_refused(tmp_path, write):
    params = BandDescription(input=write(tmp_path / "in.tif", numbers(1)), names="a", output=str(tmp_path / "o.tif"))
    with pytest.raises(RegionwiseError, match=r"o.tif' cannot be a virtual raster.*ends in \.vrt"):
        run_task(describe_bands, params, tmp_path)


def test_a_described_raster_may_be_described_again(tmp_path, write):
    layer = write(tmp_path / "in.tif", np.arange(12, dtype=np.int16).reshape(1, 3, 4))
    first = BandDescription(
        input=dataclasses.replace(layer, nodata=(NodataRange(1, 5, 5),)), names="one", output=str(tmp_path / "1.vrt")
    )
    run_task(describe_bands, first, tmp_path)
    again = Layer(first.output, nodata=(NodataRange(1, 7, 7),))
    stack, _ = described(tmp_path, again, names="two", roles="RED=two")
    with stack:
        assert np.flatnonzero(np.isnan(stack.read(stack.grid.area))).tolist() == [5, 7]


def test_names_of_files_are_no_names_of_bands(tmp_path, write):
    stack, ran = described(tmp_path, write(tmp_path / "site_B.tif", numbers(4)), sensor="sentinel2")
    with stack:
        assert stack.names == ["BLUE", "GREEN", "RED", "NIR"]
    assert "taken in order" in ran.log


def test_a_role_that_two_bands_have_is_asked_for(tmp_path, write):
    layers = []
    for name in ("a", "b"):
        stack, _ = described(tmp_path, write(tmp_path / f"{name}.tif", numbers(2)), names=f"{name}1 {name}2",
                             roles=f"RED={name}1 NIR={name}2")  # fmt: skip
        stack.close()
        (tmp_path / "out.vrt").rename(tmp_path / f"{name}.vrt")
        layers.append(Layer(str(tmp_path / f"{name}.vrt")))
    params = IndexComputing(input=tuple(layers), output=str(tmp_path / "i.tif"))
    with pytest.raises(RegionwiseError, match="RED is the role of a1 and b1; say in Roles"):
        run_task(compute_indices, params, tmp_path / "job")
    run_task(compute_indices, dataclasses.replace(params, roles="RED=a1 NIR=a2"), tmp_path / "job")
