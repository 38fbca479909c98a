"""Rasters: one grid, named bands, nodata as NaN; what does not fit is warped or refused."""

import numpy as np
import pytest
from affine import Affine
from rasterio.crs import CRS
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.layer import Layer
from regionwise.core.data.raster.stack import Stack
from regionwise.core.data.raster.tiles import Tile

UTM = CRS.from_epsg(32648)
NORTH_UP = Affine(90, 0, 500_000, 0, -90, 3_300_000)


def read_all(*layers, resampling="refuse"):
    with Stack({"day": layers}, resampling) as stack:
        return stack.read(stack.grid.area), stack.names


def test_bands_are_named_by_description_or_layer(tmp_path, write):
    a = write(tmp_path / "a.tif", np.ones((2, 3, 4), np.float32), names=("RED", None))
    b = write(tmp_path / "b.tif", np.ones((3, 4), np.uint8))
    assert read_all(a, b)[1] == ["RED", "a_2", "b"]


def test_nodata_nan_and_infinity_become_nan(tmp_path, write):
    a = write(tmp_path / "a.tif", np.array([[1, 0], [3, 4]], np.int16), nodata=0)
    b = write(tmp_path / "b.tif", np.array([[np.nan, 2], [np.inf, 4]], np.float32))
    values, _ = read_all(a, b)
    np.testing.assert_array_equal(np.isnan(values), [[[0, 1], [0, 0]], [[1, 0], [1, 0]]])
    assert values.dtype == np.float32


def test_zero_is_data_where_no_nodata_is_declared(tmp_path, write):
    values, _ = read_all(write(tmp_path / "a.tif", np.zeros((2, 2), np.uint8)))
    assert (values == 0).all()


def test_window_beyond_the_grid_is_nan(tmp_path, write):
    layer = write(tmp_path / "a.tif", np.arange(6, dtype=np.float32).reshape(2, 3))
    with Stack({"day": [layer]}) as stack:
        values = stack.read(Tile(-1, -1, 4, 5))
        assert np.isnan(values[0, 0]).all()
        np.testing.assert_array_equal(values[0, 1:3, 1:4], [[0, 1, 2], [3, 4, 5]])
        assert np.isnan(stack.read(Tile(50, 50, 2, 2))).all()


def test_other_grid_is_refused_with_both_grids_named(tmp_path, write):
    a = write(tmp_path / "a.tif", np.ones((4, 4), np.float32))
    b = write(tmp_path / "b.tif", np.ones((2, 2), np.float32), transform=NORTH_UP @ Affine.scale(2.5))
    with pytest.raises(RegionwiseError, match=r"Raster 'b' is on another grid \(2 x 2 cells of 225 x 225.*Resampling"):
        read_all(a, b)


def test_other_grid_is_warped_by_the_stated_method(tmp_path, write):
    a = write(tmp_path / "a.tif", np.ones((4, 4), np.float32))
    b = write(tmp_path / "b.tif", np.array([[1, 2], [3, 4]], np.float32), transform=NORTH_UP @ Affine.scale(2))
    values, _ = read_all(a, b, resampling="nearest")
    np.testing.assert_array_equal(values[1], np.kron([[1, 2], [3, 4]], np.ones((2, 2))))


def test_shifted_raster_on_the_same_cells_needs_no_resampling(tmp_path, write):
    a = write(tmp_path / "a.tif", np.ones((3, 3), np.float32))
    moved = NORTH_UP @ Affine.translation(1, 1)
    b = write(tmp_path / "b.tif", np.arange(9, dtype=np.float32).reshape(3, 3), transform=moved)
    values, _ = read_all(a, b)
    assert np.isnan(values[1, 0]).all()
    np.testing.assert_array_equal(values[1, 1:, 1:], [[0, 1], [3, 4]])


def test_warped_raster_without_nodata_is_missing_where_it_ends_not_zero(tmp_path, write):
    a = write(tmp_path / "a.tif", np.ones((4, 4), np.float32))
    b = write(tmp_path / "b.tif", np.full((2, 2), 7, np.uint8), transform=NORTH_UP @ Affine.scale(1.5))
    values, _ = read_all(a, b, resampling="nearest")
    assert np.isnan(values[1, 3, 3])
    assert values[1, 0, 0] == 7


def test_missing_crs_missing_file_and_double_names_are_told_together(tmp_path, write):
    a = write(tmp_path / "a.tif", np.ones((2, 2), np.float32), crs=None)
    with pytest.raises(RegionwiseError, match=r"'a' has no CRS(?s:.*)'gone' cannot be read"):
        read_all(a, Layer(str(tmp_path / "gone.tif"), "gone"))
    b = write(tmp_path / "b.tif", np.ones((2, 2, 2), np.float32), names=("NIR", "NIR"))
    with pytest.raises(RegionwiseError, match="Two bands are called 'NIR'"):
        read_all(b)


def test_raster_elsewhere_is_refused_even_with_resampling(tmp_path, write):
    a = write(tmp_path / "a.tif", np.ones((2, 2), np.float32))
    b = write(tmp_path / "b.tif", np.ones((2, 2), np.float32), transform=NORTH_UP @ Affine.translation(900, 900))
    far = write(
        tmp_path / "far.tif",
        np.ones((2, 2), np.float32),
        transform=Affine(0.1, 0, 10, 0, -0.1, 50),
        crs=CRS.from_epsg(4326),
    )
    with pytest.raises(RegionwiseError, match="'far' does not overlap"):
        read_all(a, far, resampling="bilinear")
    with pytest.raises(RegionwiseError, match="'b' does not overlap"):
        read_all(a, b, resampling="bilinear")


def test_truncated_raster_is_named_when_reading_fails(tmp_path, write):
    layer = write(tmp_path / "a.tif", np.random.default_rng(0).normal(size=(600, 600)).astype(np.float32))
    whole = (tmp_path / "a.tif").read_bytes()
    (tmp_path / "a.tif").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(RegionwiseError, match="a.tif' failed|'a' cannot be read"):
        read_all(layer)


def test_south_up_raster_keeps_its_orientation(tmp_path, write):
    south_up = Affine(90, 0, 500_000, 0, 90, 3_300_000)
    layer = write(tmp_path / "a.tif", np.array([[1, 2], [3, 4]], np.float32), transform=south_up)
    with Stack({"day": [layer]}) as stack:
        assert stack.grid.transform.e > 0
        assert stack.grid.bounds == (500_000, 3_300_000, 500_180, 3_300_180)
        np.testing.assert_array_equal(stack.read(stack.grid.area)[0], [[1, 2], [3, 4]])


def test_missing_band_is_named_and_order_does_not_matter(tmp_path, write):
    a = write(tmp_path / "a.tif", np.ones((2, 2, 2), np.float32), names=("NIR", "RED"))
    with Stack({"day": [a]}) as stack:
        assert stack.select(["RED", "NIR"]) == [1, 0]
        with pytest.raises(
            RegionwiseError, match="Band 'BLUE' missing: the model needs 'RED', 'BLUE', the layers have 'NIR', 'RED'"
        ):
            stack.select(["RED", "BLUE"])
