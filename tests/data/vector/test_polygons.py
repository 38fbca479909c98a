"""Regions: looked up per pixel in the raster's CRS, blended without a step."""

import geopandas as gpd
import numpy as np
import pytest
from affine import Affine
from rasterio.crs import CRS
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.layer import Layer
from regionwise.core.data.raster.grids import Grid
from regionwise.core.data.raster.tiles import Tile
from regionwise.core.data.vector.polygons import check_populated, read_regions
from shapely.geometry import box

GRID = Grid(CRS.from_epsg(32648), Affine(90, 0, 500_000, 0, -90, 3_300_000), 60, 80)
LEFT, BOTTOM, RIGHT, TOP = GRID.bounds
MIDDLE = 500_000 + 40 * 90


@pytest.fixture
def regions(tmp_path):
    """Two regions that leave the lower third free, stored in degrees."""
    low = BOTTOM + 20 * 90
    shapes = [box(LEFT, low, MIDDLE, TOP), box(MIDDLE, low, RIGHT, TOP)]
    frame = gpd.GeoDataFrame({"name": ["west", "east"]}, geometry=shapes, crs=GRID.crs.to_wkt())
    frame["geometry"] = frame.geometry.segmentize(200)
    frame.to_crs("EPSG:4326").to_file(tmp_path / "r.gpkg")
    return read_regions(Layer(str(tmp_path / "r.gpkg"), "r"), "name", GRID)


def test_cells_and_points_agree_whatever_the_crs_of_the_polygons(regions):
    numbers = regions.rasterised(GRID, GRID.area)
    east, west = regions.names.index("east"), regions.names.index("west")
    assert (numbers[:39, :39] == west).all()
    assert (numbers[:39, 41:] == east).all()
    assert (numbers[41:] == -1).all()
    rows, cols = np.mgrid[0:60:7, 0:80:7]
    x, y = GRID.transform @ (cols.ravel() + 0.5, rows.ravel() + 0.5)
    np.testing.assert_array_equal(regions.at(np.stack([x, y], 1)), numbers[rows.ravel(), cols.ravel()])


def test_memberships_sum_to_one_and_have_no_step_at_borders(regions):
    blend = 8
    memberships = regions.memberships(GRID, GRID.area, blend)
    np.testing.assert_allclose(memberships.sum(0), 1, atol=1e-6)
    steps = max(np.abs(np.diff(memberships, axis=axis)).max() for axis in (1, 2))
    assert steps <= 1 / (2 * blend + 1) + 1e-6
    assert memberships[-1, -1].min() == 1  # no region: the global model alone
    assert regions.memberships(GRID, GRID.area, 0).max() == 1


def test_memberships_of_a_tile_equal_those_of_the_whole(regions):
    whole = regions.memberships(GRID, GRID.area, 6)
    tile = Tile(13, 31, 20, 25)
    part = regions.memberships(GRID, tile, 6)
    np.testing.assert_array_equal(part, whole[:, 13:33, 31:56])


def test_no_overlap_is_an_error(tmp_path):
    frame = gpd.GeoDataFrame({"name": ["x"]}, geometry=[box(0, 0, 1, 1)], crs="EPSG:4326")
    frame.to_file(tmp_path / "r.gpkg")
    with pytest.raises(RegionwiseError, match="regions of 'r' do not overlap the raster"):
        read_regions(Layer(str(tmp_path / "r.gpkg"), "r"), "name", GRID)


def test_region_without_samples_is_named(regions):
    with pytest.raises(RegionwiseError, match="Region west of 'r' without samples"):
        check_populated(regions, [5, 0] if regions.names[1] == "west" else [0, 5], "r")


def test_where_regions_overlap_cells_and_points_name_the_same_one(tmp_path):
    shapes = [box(LEFT, BOTTOM, MIDDLE + 900, TOP), box(MIDDLE - 900, BOTTOM, RIGHT, TOP)]
    frame = gpd.GeoDataFrame({"name": ["a", "b"]}, geometry=shapes, crs=GRID.crs.to_wkt())
    frame.to_file(tmp_path / "r.gpkg")
    regions = read_regions(Layer(str(tmp_path / "r.gpkg"), "r"), "name", GRID)
    rows, cols = np.mgrid[0:60:3, 0:80]
    x, y = GRID.transform @ (cols.ravel() + 0.5, rows.ravel() + 0.5)
    numbers = regions.rasterised(GRID, GRID.area)[rows.ravel(), cols.ravel()]
    np.testing.assert_array_equal(regions.at(np.stack([x, y], 1)), numbers)
