"""Sizes on the ground against geodesics of the CRS's own ellipsoid, in every kind of CRS."""

import numpy as np
import pyproj
import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from rasterio.crs import CRS
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.data.raster.grids import Grid
from regionwise.core.data.raster.ground import ground_side, true_unit
from regionwise.core.data.raster.ground_cells import astray, cell_areas, cell_sizes, fitting_crs
from regionwise.core.data.raster.tiles import Tile

SINUSOIDAL = "+proj=sinu +lon_0=0 +R=6371007.181 +units=m"  # of MODIS
PLACES = [  # CRS, longitude, latitude, cell
    ("EPSG:4326", 10, 60, 0.001),
    ("EPSG:4807", 0, 50, 0.001),  # grads from Paris
    ("EPSG:3857", 10, 0, 30),
    ("EPSG:3857", 10, 60, 30),
    ("EPSG:3857", 10, 84, 30),
    ("EPSG:32632", 9, 45, 30),
    ("EPSG:32632", 24, 45, 30),  # far out of its zone
    ("EPSG:2154", -4, 48, 25),
    ("EPSG:2263", -74, 40.7, 100),  # US survey feet
    ("EPSG:2223", -110, 33, 100),  # international feet
    ("EPSG:3035", -20, 64, 30),
    ("EPSG:5070", -120, 48, 30),
    ("EPSG:6933", 10, 60, 30),
    ("EPSG:3995", 100, 75, 100),
    ("EPSG:3031", 20, -71, 100),
    ("EPSG:3413", 0, 89.99, 100),  # over the pole
    ("EPSG:27572", 2, 46, 50),
    ("EPSG:5514", 15, 49, 10),
    (SINUSOIDAL, 40, 50, 463),
]


def grid_at(name, longitude, latitude, cell, side=200):
    crs = CRS.from_user_input(name)
    x, y = pyproj.Transformer.from_crs("EPSG:4326", crs.to_wkt(), always_xy=True).transform(longitude, latitude)
    return Grid(crs, Affine(cell, 0, x - cell * side / 2, 0, -cell, y + cell * side / 2), side, side)


def geodesic(grid):
    """The ellipsoid of a grid's CRS, and a function that gives degrees at (column, row)."""
    own = pyproj.CRS.from_wkt(grid.crs.to_wkt())
    ellipsoid, angles = own.ellipsoid, own.geodetic_crs
    to_angles = pyproj.Transformer.from_crs(own, angles, always_xy=True)
    degrees = np.degrees(angles.axis_info[0].unit_conversion_factor)

    def at(col, row):
        return [value * degrees for value in to_angles.transform(*(grid.transform @ (col, row)))]

    return pyproj.Geod(a=ellipsoid.semi_major_metre, b=ellipsoid.semi_minor_metre), at


@pytest.mark.parametrize("place", PLACES, ids=lambda place: f"{place[0][:10]} {place[2]}")
def test_cells_are_as_wide_as_high_and_as_large_as_geodesics_say(place):
    grid = grid_at(*place)
    geod, at = geodesic(grid)
    tile = Tile(10, 20, 100, 150)
    sizes, areas = cell_sizes(grid, tile), cell_areas(grid, tile)
    width, height, skew, area = (np.broadcast_to(a, (100, 150)) for a in (sizes.width, sizes.height, sizes.skew, areas))
    # one unit, so small, is true all over the grid: then coordinates are taken as they are
    tolerance = 1e-4 if true_unit(grid.crs, grid.bounds) is None else 5e-3
    for row, col in ((0, 0), (37, 101), (99, 149)):
        x, y = tile.col + col + 0.5, tile.row + row + 0.5
        right, up = geod.inv(*at(x - 0.5, y), *at(x + 0.5, y))[2], geod.inv(*at(x, y + 0.5), *at(x, y - 0.5))[2]
        to_right, to_top = geod.inv(*at(x, y), *at(x + 0.5, y))[0], geod.inv(*at(x, y), *at(x, y - 0.5))[0]
        corners = [at(x + i, y + j) for i, j in ((-0.5, -0.5), (-0.5, 0.5), (0.5, 0.5), (0.5, -0.5))]
        assert width[row, col] == pytest.approx(right, rel=tolerance)
        assert height[row, col] == pytest.approx(up, rel=tolerance)
        assert skew[row, col] == pytest.approx(np.cos(np.radians(to_right - to_top)), abs=1e-3)
        true_area = abs(geod.polygon_area_perimeter(*zip(*corners, strict=True))[0])
        assert area[row, col] == pytest.approx(true_area, rel=1e-4)


@given(
    st.floats(-170, 170, allow_subnormal=False),
    st.floats(-80, 80, allow_subnormal=False),
    st.sampled_from(["EPSG:3857", "EPSG:4326", "EPSG:6933"]),
)
def test_equal_areas_have_equal_areas_and_mercator_squares_stay_square(longitude, latitude, name):
    grid = grid_at(name, longitude, latitude, 0.001 if name == "EPSG:4326" else 100.0, side=3)
    sizes, areas = cell_sizes(grid, grid.area), cell_areas(grid, grid.area)
    tolerance = 1e-5 if true_unit(grid.crs, grid.bounds) is None else 0.01
    np.testing.assert_allclose(np.broadcast_to(sizes.width * sizes.height, areas.shape), areas, rtol=tolerance)
    if name == "EPSG:6933":
        np.testing.assert_allclose(areas, 1e4, rtol=1e-5)
    if name == "EPSG:3857":  # square but for the Earth's flattening
        np.testing.assert_allclose(sizes.width / sizes.height, 1, atol=7e-3)


def test_windows_of_a_grid_tell_the_same_sizes_as_the_whole():
    grid = grid_at("EPSG:3035", -20, 64, 1000, side=300)
    whole, part = cell_sizes(grid, grid.area), cell_sizes(grid, Tile(120, 40, 30, 50))
    for name in ("width", "height", "skew"):
        inner = getattr(whole, name)[120:150, 40:90]
        np.testing.assert_allclose(getattr(part, name), inner, rtol=2e-5, atol=2e-5)


def test_turned_cells_are_measured_along_their_own_sides():
    turned = Affine.translation(1_000_000, 8_400_000) @ Affine.rotation(30) @ Affine.scale(20, -10)
    grid = Grid(CRS.from_epsg(3857), turned, 50, 50)
    sizes = cell_sizes(grid, grid.area)
    geod, at = geodesic(grid)
    assert sizes.width[25, 25] == pytest.approx(geod.inv(*at(25, 25.5), *at(26, 25.5))[2], rel=1e-4)
    assert sizes.height[25, 25] == pytest.approx(geod.inv(*at(25.5, 25), *at(25.5, 26))[2], rel=1e-4)


def test_a_step_over_leaning_rows_and_columns_is_a_straight_line():
    grid = grid_at(SINUSOIDAL, 40, 50, 463)
    geod, at = geodesic(grid)
    sizes = cell_sizes(grid, Tile(100, 100, 1, 1))
    for down, right in ((1, 1), (1, -1), (-1, 1), (2, 1)):
        expected = geod.inv(*at(100.5, 100.5), *at(100.5 + right, 100.5 + down))[2]
        assert sizes.step(down, right).item() == pytest.approx(expected, rel=1e-3)


def test_metric_crs_that_are_true_keep_their_coordinates_and_a_plan_needs_no_earth():
    bounds = (400_000.0, 5_000_000.0, 600_000.0, 5_200_000.0)
    assert true_unit(CRS.from_epsg(32632), bounds) == 1
    assert true_unit(CRS.from_epsg(3857), bounds) is None
    assert true_unit(CRS.from_epsg(2263), (900_000.0, 150_000.0, 1_000_000.0, 250_000.0)) == pytest.approx(1200 / 3937)
    plan = CRS.from_wkt('LOCAL_CS["site",UNIT["foot",0.3048],AXIS["X",EAST],AXIS["Y",NORTH]]')
    assert true_unit(plan, (0.0, 0.0, 10.0, 10.0)) == pytest.approx(0.3048)
    grid = Grid(plan, Affine(10, 0, 0, 0, -10, 0), 4, 4)
    np.testing.assert_allclose(cell_areas(grid, grid.area), 3.048**2)
    assert astray(grid) == 0


def test_a_compound_crs_and_one_with_a_shift_of_datum_are_measured_by_their_horizontal_part():
    bounds = (400_000.0, 5_000_000.0, 400_100.0, 5_000_100.0)
    assert true_unit(CRS.from_user_input("EPSG:32632+5773"), bounds) == 1
    shifted = CRS.from_user_input("+proj=tmerc +lon_0=9 +x_0=500000 +ellps=bessel +towgs84=598,73,418 +units=m")
    assert true_unit(shifted, bounds) == 1
    degrees = CRS.from_user_input("EPSG:4326+5773")
    assert ground_side(degrees, 0.001, (10.0, -0.5, 11.0, 0.5)) == pytest.approx(111.0, rel=2e-3)


def test_a_crs_without_a_plane_is_refused_with_a_remedy():
    with pytest.raises(RegionwiseError, match=r"EPSG:4978 does not tell what its coordinates measure.*Set the CRS"):
        true_unit(CRS.from_epsg(4978), (0.0, 0.0, 1.0, 1.0))


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ((SINUSOIDAL, 40, 50, 463), "EPSG:32637"),
        ((SINUSOIDAL, 40, -30, 463), "EPSG:32737"),
        ((SINUSOIDAL, 40, 85, 463), "EPSG:3995"),
        ((SINUSOIDAL, 40, 10, 10_000), "EPSG:4326"),
    ],
)
def test_the_crs_that_is_proposed_fits_the_place(place, code):
    assert fitting_crs(grid_at(*place)) == code


def test_north_is_found_where_the_top_of_a_grid_is_another_way():
    assert astray(grid_at("EPSG:4326", 10, 60, 0.001)) == pytest.approx(0, abs=1e-4)
    assert astray(grid_at("EPSG:3995", 100, 75, 100)) == pytest.approx(100, abs=0.1)  # meridian 0 points down
    assert astray(grid_at("EPSG:32632", 12, 60, 30)) == pytest.approx(3 * np.sin(np.radians(60)), abs=0.01)
