"""Resampling: continuous bands are averaged or interpolated, codes keep their numbers, and tiles fit together."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.crs import CRS
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.layer import Layer, NodataRange
from regionwise.core.data.raster.raster_source import RasterSource
from regionwise.core.data.raster.resampling import fitting_methods
from regionwise.core.data.raster.stack import MASK, Stack
from regionwise.core.data.raster.tiles import Tile
from regionwise.core.runtime.input_log import collect_inputs, inputs_read

NORTH_UP = Affine(90, 0, 500_000, 0, -90, 3_300_000)
DEGREES = CRS.from_epsg(4326)


@pytest.fixture
def reference(tmp_path, write):
    """The layer whose grid counts, 8 x 10 cells."""
    return write(tmp_path / "reference.tif", np.zeros((8, 10), np.float32))


def second(reference, layer, resampling="auto", sensor="night"):
    """The second layer on the grid of the first, and what was said about it."""
    with collect_inputs(lambda text: None), Stack({"day": [reference], sensor: [layer]}, resampling) as stack:
        return stack.read(stack.grid.area)[1:], inputs_read()[1]["changed"]


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def test_finer_measurements_are_averaged(tmp_path, write, reference):
    fine = noise(24, 30)
    values, said = second(reference, write(tmp_path / "f.tif", fine, transform=NORTH_UP @ Affine.scale(1 / 3)))
    np.testing.assert_allclose(values[0], fine.reshape(8, 3, 10, 3).mean((1, 3)), atol=1e-6)
    assert said == "brought to the grid of the first layer: it is averaged"


def test_coarser_measurements_are_interpolated(tmp_path, write, reference):
    row, col = np.mgrid[:4, :5]
    plane = (3 * row - 2 * col + 0.5).astype(np.float32)  # which interpolation reproduces
    values, said = second(reference, write(tmp_path / "c.tif", plane, transform=NORTH_UP @ Affine.scale(2)))
    row, col = np.mgrid[:8, :10]
    expected = 3 * ((row + 0.5) / 2 - 0.5) - 2 * ((col + 0.5) / 2 - 0.5) + 0.5
    np.testing.assert_allclose(values[0, 1:-1, 1:-1], expected[1:-1, 1:-1], atol=1e-5)
    assert "it is interpolated" in said


@pytest.mark.parametrize("factor", [1 / 3, 2.0])
def test_codes_take_the_nearest_cell_and_stay_codes(tmp_path, write, reference, factor):
    codes = np.random.default_rng(1).choice([1, 3, 176], (24, 30)).astype(np.uint8)
    values, said = second(reference, write(tmp_path / "k.tif", codes, transform=NORTH_UP @ Affine.scale(factor)))
    assert set(np.unique(values)) <= {1, 3, 176}
    assert "it takes the nearest cell" in said


def test_a_colour_table_tells_codes_however_many_there_are(tmp_path, reference):
    path = tmp_path / "p.tif"
    profile = {"driver": "GTiff", "count": 1, "height": 16, "width": 20, "dtype": "uint8", "crs": CRS.from_epsg(32648)}
    with rasterio.open(path, "w", transform=NORTH_UP @ Affine.scale(0.5), **profile) as file:
        file.write(np.arange(320).reshape(1, 16, 20).astype(np.uint8))
        file.write_colormap(1, {number: (number, 0, 0, 255) for number in range(256)})
    values, said = second(reference, Layer(str(path)))
    assert (values == np.rint(values)).all()
    assert "nearest" in said


def test_each_band_of_a_file_gets_what_fits_it(tmp_path, write, reference):
    fine, codes = noise(24, 30), (np.arange(24 * 30).reshape(24, 30) % 4).astype(np.float32)
    layer = write(
        tmp_path / "m.tif",
        np.stack([fine, codes]),
        transform=NORTH_UP @ Affine.scale(1 / 3),
        names=("light", "cover"),
    )
    values, said = second(reference, layer)
    np.testing.assert_allclose(values[0], fine.reshape(8, 3, 10, 3).mean((1, 3)), atol=1e-6)
    np.testing.assert_array_equal(values[1], codes[1::3, 1::3])
    assert said.endswith("light is averaged; cover takes the nearest cell")


def test_each_band_has_its_own_gaps(tmp_path, write, reference):
    fine = np.stack([noise(24, 30), noise(24, 30, seed=1)])
    fine[0, :3, :3] = np.nan
    fine[0, 3, 3] = np.nan
    values, _ = second(reference, write(tmp_path / "g.tif", fine, transform=NORTH_UP @ Affine.scale(1 / 3)))
    with np.errstate(invalid="ignore"):
        blocks = fine.reshape(2, 8, 3, 10, 3)
        means = np.nansum(blocks, (2, 4)) / np.isfinite(blocks).sum((2, 4))
    np.testing.assert_array_equal(np.isnan(values), np.isnan(means))
    np.testing.assert_allclose(values, means, atol=1e-6)


def test_nodata_of_qgis_takes_no_part_in_means(tmp_path, write, reference):
    fine = np.full((24, 30), 5, np.float32) + noise(24, 30) * 0.01
    fine[::3, ::3] = 0
    layer = write(tmp_path / "n.tif", fine, transform=NORTH_UP @ Affine.scale(1 / 3))
    values, _ = second(reference, dataclasses.replace(layer, nodata=(NodataRange(1, 0, 0),)))
    np.testing.assert_allclose(values, 5, atol=0.03)


def test_masks_keep_their_numbers_even_if_they_have_many(tmp_path, write, reference):
    numbers = np.random.default_rng(0).permutation(24 * 30).astype(np.float32).reshape(24, 30)
    layer = write(tmp_path / "mask.tif", numbers, transform=NORTH_UP @ Affine.scale(1 / 3))
    values, _ = second(reference, layer, sensor=MASK)
    np.testing.assert_array_equal(values[0], numbers[1::3, 1::3])


def test_refusing_stays_a_choice(tmp_path, write, reference):
    layer = write(tmp_path / "f.tif", noise(24, 30), transform=NORTH_UP @ Affine.scale(1 / 3))
    with pytest.raises(RegionwiseError, match="on another grid"):
        second(reference, layer, "refuse")


def test_a_raster_of_another_crs_lies_where_it_belongs(tmp_path, write, reference):
    """Longitude as a raster in degrees gives the longitude of each cell."""
    with Stack({"day": [reference]}, coordinates=True) as stack:
        lon, lat = stack.read(stack.grid.area)[1:]
    step = 0.0002
    left, top = lon.min() - 0.01, lat.max() + 0.01
    height, width = int((top - lat.min() + 0.01) / step), int((lon.max() - left + 0.01) / step)
    row, col = np.mgrid[:height, :width]
    east, north = left + (col + 0.5) * step - lon.mean(), top - (row + 0.5) * step - lat.mean()
    layer = write(
        tmp_path / "d.tif",
        np.stack([east, north]).astype(np.float32),
        transform=Affine(step, 0, left, 0, -step, top),
        crs=DEGREES,
    )
    values, said = second(reference, layer)
    np.testing.assert_allclose(values[0], lon - lon.mean(), atol=2e-5)
    np.testing.assert_allclose(values[1], lat - lat.mean(), atol=2e-5)
    assert "it is averaged" in said


@pytest.mark.parametrize("method", ["nearest", "bilinear", "cubic", "average"])
@settings(max_examples=12)
@given(
    scale=st.sampled_from([0.3, 0.5, 0.77, 1.0, 1.9, 4.0]),
    angle=st.sampled_from([0, 15]),
    degrees=st.booleans(),
    tile=st.tuples(st.integers(0, 140), st.integers(0, 130), st.integers(1, 10), st.integers(1, 10)),
)
def test_a_tile_is_a_part_of_the_whole(tmp_path_factory, write, method, scale, angle, degrees, tile):
    folder = tmp_path_factory.mktemp("tiles")
    reference = write(folder / "reference.tif", np.zeros((150, 140), np.float32))
    own = NORTH_UP @ Affine.translation(-3.3, -2.7) @ Affine.rotation(angle) @ Affine.scale(scale)
    crs = CRS.from_epsg(32648)
    if degrees:
        own, crs = Affine(0.0009 * scale, 0, 104.998, 0, -0.0008 * scale, 29.835), DEGREES
    side = int(170 / scale)
    layer = write(folder / "other.tif", noise(side, side), transform=own, crs=crs)
    with Stack({"day": [reference], "night": [layer]}, method) as stack:
        whole = stack.read(stack.grid.area)
        row, col, height, width = tile
        part = stack.read(Tile(row, col, height, width))
        np.testing.assert_array_equal(part, whole[:, row : row + height, col : col + width])


def test_the_mean_of_finer_cells_is_that_of_a_warp_in_degrees(tmp_path, write):
    """A reference in degrees over cells in metres: constant numbers stay, and means lie within their range."""
    reference = write(
        tmp_path / "r.tif", np.zeros((5, 5), np.float32), transform=Affine(0.01, 0, 105, 0, -0.01, 29.8), crs=DEGREES
    )
    layer = write(tmp_path / "f.tif", np.full((200, 200), 7.5, np.float32), transform=NORTH_UP)
    values, _ = second(reference, layer)
    assert (values[np.isfinite(values)] == 7.5).all()
    assert np.isfinite(values).any()


def test_methods_follow_what_a_band_holds(tmp_path, write, reference):
    with Stack({"day": [reference]}) as stack:
        grid = stack.grid
    fine = NORTH_UP @ Affine.scale(0.5)
    for values, expected in (
        (noise(16, 20), "average"),
        (np.arange(320).reshape(16, 20).astype(np.int16), "average"),  # heights, say
        (np.full((16, 20), 2.5, np.float32), "average"),
        (np.full((16, 20), 3, np.int32), "nearest"),
        (np.full((16, 20), np.nan, np.float32), "average"),
    ):
        source = RasterSource(write(tmp_path / "x.tif", values, transform=fine))
        assert fitting_methods(source, grid) == [expected]
        source.close()


def patchwork(classes, seed=0, side=240):
    """Fields of codes, shape (row, col)."""
    rng = np.random.default_rng(seed)
    return np.kron(rng.choice(classes, (side // 8, side // 8)), np.ones((8, 8))).astype(np.uint8)


def methods_of(tmp_path, write, values, grid_layer, change=None):
    layer = write(tmp_path / "x.tif", values, transform=NORTH_UP @ Affine.scale(0.5))
    if change:
        with rasterio.open(layer.path, "r+") as file:
            change(file)
    source = RasterSource(layer)
    with Stack({"day": [grid_layer]}) as stack:
        found = fitting_methods(source, stack.grid)
    source.close()
    return found


def test_many_classes_are_codes_and_smooth_whole_numbers_are_not(tmp_path, write, reference):
    assert methods_of(tmp_path, write, patchwork(np.arange(44) * 5), reference) == ["nearest"]
    row, col = np.mgrid[:240, :240]
    hills = np.rint(60 + 50 * np.sin(row / 40) * np.cos(col / 50)).astype(np.uint8)
    assert methods_of(tmp_path, write, hills, reference) == ["average"]


def test_overviews_are_not_looked_at(tmp_path, write, reference):
    def build(file):
        file.build_overviews([2, 4, 8, 16], rasterio.enums.Resampling.average)

    assert methods_of(tmp_path, write, patchwork([1, 3, 5, 7, 200], side=1200), reference, build) == ["nearest"]


def test_what_has_a_scale_or_a_unit_is_measured(tmp_path, write, reference):
    few = (np.arange(24 * 30).reshape(24, 30) % 9).astype(np.int16)

    def scale(file):
        file.scales = (0.1,)

    def unit(file):
        file.units = ("m",)

    assert methods_of(tmp_path, write, few, reference) == ["nearest"]
    assert methods_of(tmp_path, write, few, reference, scale) == ["average"]
    assert methods_of(tmp_path, write, few, reference, unit) == ["average"]


def test_a_world_wide_raster_is_no_raster_of_elsewhere(tmp_path, write):
    lat = np.repeat(np.arange(89.5, -90, -1)[:, None], 360, 1).astype(np.float32)
    world = write(tmp_path / "w.tif", lat + 0.25, transform=Affine(1, 0, -180, 0, -1, 90), crs=DEGREES)
    for name, x, y in (("EPSG:3035", 2_800_000, 1_900_000), ("EPSG:32632", 100_000, 1_000_000)):
        here = write(
            tmp_path / "h.tif",
            np.zeros((5, 5), np.float32),
            transform=Affine(1000, 0, x, 0, -1000, y),
            crs=CRS.from_user_input(name),
        )
        values, _ = second(here, world)
        assert np.isfinite(values).all()


@pytest.mark.parametrize(("left", "width"), [(-0.5, 361), (100, 200), (170, 30)])
def test_a_raster_beyond_180_degrees_is_refused_beside_another_grid(tmp_path, write, left, width):
    layer = write(
        tmp_path / "w.tif",
        np.random.default_rng(0).normal(size=(60, width)),
        transform=Affine(1, 0, left, 0, -1, 60),
        crs=DEGREES,
    )
    here = write(
        tmp_path / "h.tif", np.zeros((40, 300), np.float32), transform=Affine(1, 0, -120, 0, -1, 50), crs=DEGREES
    )
    with pytest.raises(RegionwiseError, match="beyond 180 degrees would be lost"):
        second(here, layer)
    with Stack({"day": [layer]}) as stack:  # alone it stays as it is
        assert stack.grid.width == width


def test_a_reference_with_corners_off_the_earth_works(tmp_path, write):
    globe = write(
        tmp_path / "g.tif",
        np.zeros((20, 40), np.float32),
        transform=Affine(9e5, 0, -18e6, 0, -9e5, 9e6),
        crs=CRS.from_user_input("ESRI:54009"),
    )
    world = write(
        tmp_path / "w.tif",
        np.random.default_rng(0).normal(size=(90, 180)),
        transform=Affine(2, 0, -180, 0, -2, 90),
        crs=DEGREES,
    )
    values, _ = second(globe, world)
    assert np.isnan(values[0, 0, 0])
    assert np.isfinite(values[0, 10, 20])


def test_a_much_finer_raster_is_read_in_small_blocks(tmp_path, write):
    coarse = write(tmp_path / "c.tif", np.zeros((4, 4), np.float32), transform=NORTH_UP @ Affine.scale(1000))
    fine = write(tmp_path / "f.tif", np.random.default_rng(0).normal(size=(2000, 2000)).astype(np.float32))
    with Stack({"day": [coarse], "night": [fine]}, "auto") as stack:
        (reader, _) = stack._reads[1]
        assert reader._side == 4
        assert np.isfinite(stack.read(stack.grid.area)[1]).sum() == 4
