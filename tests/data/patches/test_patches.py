"""Patches: the unit's own pixels, at the right place, with their halo."""

import pickle

import geopandas as gpd
import numpy as np
import pytest
from affine import Affine
from rasterio.crs import CRS
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.data.patches.extraction import MAX_PIECES, PatchSpec, cut_patches, cut_pieces
from regionwise.core.data.raster.grids import Grid
from regionwise.core.data.raster.stack import Stack
from regionwise.core.data.vector.footprints import footprint
from regionwise.core.data.vector.samples import Samples
from shapely.geometry import Point, Polygon, box

CRS_ = CRS.from_epsg(32648)
GRID = Grid(CRS_, Affine(10, 0, 0, 0, -10, 1000), 100, 100)


def samples_of(geometries):
    n = len(geometries)
    return Samples(
        gpd.GeoSeries(geometries, crs=CRS_.to_wkt()),
        np.array([[g.representative_point().x, g.representative_point().y] for g in geometries]),
        np.tile([0.25, 0.75], (n, 1)),
        ("a", "b"),
        np.array([f"s{i}" for i in range(n)], object),
        np.ones(n),
        np.zeros(n, bool),
        np.arange(1, n + 1),
        (),
    )


def test_footprint_of_an_area_is_its_pixels_not_its_centroid():
    horseshoe = Polygon([(0, 0), (100, 0), (100, 100), (80, 100), (80, 20), (20, 20), (20, 100), (0, 100)])
    tile, weights = footprint(horseshoe, GRID)
    assert (tile.row, tile.col, tile.height, tile.width) == (90, 0, 10, 10)
    assert weights.sum() == 100 - 6 * 8
    assert weights[4, 5] == 0


def test_area_smaller_than_a_pixel_keeps_one():
    tile, weights = footprint(box(501, 501, 503, 503), GRID)
    np.testing.assert_allclose(weights, [[0.04]])
    assert (tile.row, tile.col) == (49, 50)
    tile, weights = footprint(box(501, 501, 501, 503), GRID)  # without an extent
    assert weights.tolist() == [[1]] and (tile.row, tile.col) == (49, 50)


def test_point_off_the_grid_has_no_pixel():
    tile, weights = footprint(Point(-5, 500), GRID)
    assert weights.size == 0
    assert not tile.height * tile.width


def test_large_unit_becomes_pieces_that_cover_only_its_pixels():
    units = [box(0, 0, 80, 80)] * 9 + [box(0, 0, 1000, 1000)]
    pieces, core = cut_pieces(samples_of(units), GRID, seed=0)
    assert core == 8
    counts = np.bincount([p.sample for p in pieces])
    assert counts.tolist() == [1] * 9 + [MAX_PIECES]
    assert all(p.weights.sum() <= 64 for p in pieces)


def test_values_and_weights_come_from_the_right_cells(tmp_path, write):
    values = np.arange(100 * 100, dtype=np.float32).reshape(100, 100)
    values[50, 50] = np.nan
    layer = write(tmp_path / "a.tif", values, transform=GRID.transform, crs=CRS_)
    units = [box(500, 480, 520, 500), box(0, 980, 20, 1000), Point(-50, 5)]
    with Stack({"day": [layer]}) as stack:
        patches, kept, notices = cut_patches(stack, samples_of(units), PatchSpec(3, seed=0), tmp_path)
    assert len(kept) == 2
    assert "1 samples off the raster" in notices[0]
    core = patches.core
    first = patches.pixels(patches.of(np.array([0]))[0])[0]
    assert first[3, 3 + 1] == values[50, 51]
    assert patches.weights[patches.sample == 0].sum() == 3  # the fourth pixel has no data
    corner = patches.pixels(patches.of(np.array([1]))[0])[0]
    assert np.isnan(corner[:3]).all()
    assert corner[3, 3] == values[0, 0]
    assert corner.shape == (core + 6, core + 6)


def test_no_sample_inside_the_raster_is_an_error(tmp_path, write):
    layer = write(tmp_path / "a.tif", np.ones((100, 100), np.float32), transform=GRID.transform, crs=CRS_)
    with Stack({"day": [layer]}) as stack, pytest.raises(RegionwiseError, match="No sample lies inside the raster"):
        cut_patches(stack, samples_of([Point(-50, 5)]), PatchSpec(3, seed=0), tmp_path)


def test_all_samples_on_nodata_is_an_error(tmp_path, write):
    layer = write(tmp_path / "a.tif", np.full((100, 100), np.nan, np.float32), transform=GRID.transform, crs=CRS_)
    with Stack({"day": [layer]}) as stack, pytest.raises(RegionwiseError, match="Every sample lies on nodata"):
        cut_patches(stack, samples_of([Point(5, 5)]), PatchSpec(3, seed=0), tmp_path)


def test_patches_are_cut_once_and_then_found_again(tmp_path, write, monkeypatch):
    values = np.arange(100 * 100, dtype=np.float32).reshape(100, 100)
    layer = write(tmp_path / "a.tif", values, transform=GRID.transform, crs=CRS_)
    samples = samples_of([Point(5, 5), Point(-50, 5), Point(555, 555)])
    with Stack({"day": [layer]}) as stack:
        first, kept, notices = cut_patches(stack, samples, PatchSpec(3, seed=0), tmp_path)
        monkeypatch.setattr(Stack, "read", None)
        again, kept_again, notices_again = cut_patches(stack, samples, PatchSpec(3, seed=0), tmp_path)
    assert (len(kept_again), notices_again) == (len(kept), notices) == (2, notices)
    every = np.arange(2)
    np.testing.assert_array_equal(again.pixels(every), first.pixels(every))
    # another process opens the same file, with the same crop
    twin = pickle.loads(pickle.dumps(first.cropped(1)))
    np.testing.assert_array_equal(twin.pixels(every), first.pixels(every)[..., 2:-2, 2:-2])
    assert len(pickle.dumps(first)) < 1000
    first.forget()
    assert not (tmp_path / "patches.npy").exists()
    with pytest.raises(RegionwiseError, match="are gone. Run again"):
        pickle.loads(pickle.dumps(first))


def test_half_patches_take_half_of_the_room_and_refuse_what_does_not_fit(tmp_path, write):
    values = np.linspace(0, 60000, 100 * 100, dtype=np.float32).reshape(100, 100)
    layer = write(tmp_path / "a.tif", values, transform=GRID.transform, crs=CRS_)
    (tmp_path / "half").mkdir()
    (tmp_path / "whole").mkdir()
    with Stack({"day": [layer]}) as stack:
        whole, *_ = cut_patches(stack, samples_of([Point(555, 555)]), PatchSpec(3, seed=0), tmp_path / "whole")
        half, *_ = cut_patches(stack, samples_of([Point(555, 555)]), PatchSpec(3, seed=0, half=True), tmp_path / "half")
    assert half.values.nbytes * 2 == whole.values.nbytes
    assert half.pixels(np.zeros(1, int)).dtype == np.float32
    np.testing.assert_allclose(half.pixels(np.zeros(1, int)), whole.pixels(np.zeros(1, int)), rtol=6e-4)
    values[45, 55] = 1e5
    layer = write(tmp_path / "b.tif", values, transform=GRID.transform, crs=CRS_)
    half.forget()
    (tmp_path / "half").mkdir()
    with Stack({"day": [layer]}) as stack, pytest.raises(RegionwiseError, match="has the value 100000; float16 holds"):
        cut_patches(stack, samples_of([Point(555, 555)]), PatchSpec(3, seed=0, half=True), tmp_path / "half")


def test_it_is_said_which_band_has_no_data_where_samples_are_lost(tmp_path, write):
    full, holed = np.ones((100, 100), np.float32), np.ones((100, 100), np.float32)
    holed[:, :50] = np.nan
    full[0, 0] = np.nan
    layers = [
        write(tmp_path / f"{name}.tif", values, transform=GRID.transform, crs=CRS_)
        for name, values in (("slope", full), ("aspect", holed))
    ]
    places = [Point(10 * i + 5, 995) for i in range(60)]
    with Stack({"day": layers}) as stack:
        _, kept, notices = cut_patches(stack, samples_of(places), PatchSpec(0, seed=0), tmp_path)
    assert len(kept) == 10
    assert "50 samples off the raster or on nodata are left out ('aspect' has none at 50, 'slope'" in notices[0]
