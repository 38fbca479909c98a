"""Footprints: the cells that areas hold, lines pass through, and points lie in."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from rasterio.crs import CRS
from regionwise.core.data.raster.grids import Grid
from regionwise.core.data.raster.stack import Stack
from regionwise.core.data.series.sample_sequences import _mean_over
from regionwise.core.data.vector.footprints import footprint
from regionwise.core.data.vector.zonal import zonal_means
from regionwise.core.tools.evaluation.check_samples import _band_values
from shapely.affinity import rotate, translate
from shapely.geometry import LineString, MultiLineString, MultiPoint, Point, box

GRID = Grid(CRS.from_epsg(32648), Affine(10, 0, 500_000, 0, -10, 3_000_000), 12, 15)


def cells_of(geometry, grid=GRID):
    """Row and column of the covered cells."""
    tile, weights = footprint(geometry, grid)
    assert weights.shape == (tile.height, tile.width)
    return {(int(r) + tile.row, int(c) + tile.col) for r, c in np.argwhere(weights > 0)}


def passed(line, grid=GRID):
    """The cells that hold some length of a line, each tried by itself."""
    found = set()
    for row in range(grid.height):
        for col in range(grid.width):
            corners = [grid.transform @ (col + i, row + j) for i, j in ((0, 0), (1, 0), (1, 1), (0, 1))]
            if line.intersection(shapely.Polygon(corners)).length > 1e-9:
                found.add((row, col))
    return found


# odd fractions, so that no line runs along the side of a cell or through its corner
place = st.tuples(st.integers(-30_000, 180_000), st.integers(-150_000, 30_000)).map(
    lambda xy: (500_000 + xy[0] / 1000 + 0.000_37, 3_000_000 + xy[1] / 1000 + 0.000_41)
)


@given(st.lists(place, min_size=2, max_size=5, unique=True), st.integers(0, 60))
def test_a_line_covers_the_cells_that_it_passes_through(path, turn):
    grid = Grid(GRID.crs, GRID.transform @ Affine.rotation(turn), 12, 15)
    line = LineString(path)
    found, expected = cells_of(line, grid), passed(line, grid)
    assert all(line.intersection(_cell(grid, cell)).length < 1e-6 for cell in found ^ expected)


def _cell(grid, cell):
    row, col = cell
    return shapely.Polygon([grid.transform @ (col + i, row + j) for i, j in ((0, 0), (1, 0), (1, 1), (0, 1))])


def test_all_cells_along_a_line_and_not_one():
    assert cells_of(LineString([(500_005, 2_999_995), (500_045, 2_999_995)])) == {(0, c) for c in range(5)}
    line = MultiLineString([[(500_005, 2_999_995), (500_015, 2_999_995)], [(500_095, 2_999_905), (500_095, 2_999_885)]])
    assert cells_of(line) == {(0, 0), (0, 1), (9, 9), (10, 9), (11, 9)}


def test_a_line_along_the_side_of_cells_covers_those_on_one_side():
    assert cells_of(LineString([(500_002, 2_999_990), (500_028, 2_999_990)])) == {(1, 0), (1, 1), (1, 2)}


def test_several_points_cover_the_cell_of_each():
    points = [(500_005, 2_999_995), (500_035, 2_999_965), (500_036, 2_999_964), (400_000, 0)]
    assert cells_of(MultiPoint(points)) == {(0, 0), (3, 3)} == {c for p in points for c in cells_of(Point(p))}


@pytest.mark.parametrize(
    "shape", [LineString([(0, 0), (9, 9)]), MultiPoint([(0, 0), (1, 1)]), Point(0, 0), box(0, 0, 9, 9)]
)
def test_off_the_grid_there_is_no_cell(shape):
    assert footprint(shape, GRID)[1].size == 0


shift, turn = (st.floats(0, most, allow_subnormal=False) for most in (10, 90))


@given(st.floats(0.02, 45), turn, st.tuples(shift, shift), st.integers(0, 60))
def test_a_small_polygon_covers_parts_of_cells_that_sum_to_its_area(size, turn, at, grid_turn):
    grid = Grid(GRID.crs, GRID.transform @ Affine.rotation(grid_turn), 40, 40)
    middle = grid.transform @ (20, 20)
    side = 10 * size**0.5
    shape = translate(rotate(box(-side / 2, -side / 2, side / 2, side / 2), turn), middle[0] + at[0], middle[1] + at[1])
    tile, weights = footprint(shape, grid)
    assert weights.sum(dtype=np.float64) == pytest.approx(size, rel=1e-4, abs=1e-4)
    for row, col in np.argwhere(weights > 0)[:6]:
        part = _cell(grid, (row + tile.row, col + tile.col)).intersection(shape).area / 100
        assert weights[row, col] == pytest.approx(part, abs=1e-5)


def test_polygons_turn_from_parts_to_centres_without_a_step():
    """Around a growing disc: what a cell counts for changes as little as the disc."""
    grid = Grid(GRID.crs, GRID.transform, 60, 60)
    middle, last = Point(500_303.0, 2_999_701.0), None
    for radius in np.arange(52.0, 116.0, 0.1):  # 85 to 420 cells
        disc = middle.buffer(radius, 64)
        size, (_, weights) = disc.area / 100, footprint(disc, grid)
        if last is not None and size < 150:  # by centres alone the sum jumps by up to 8 cells at a time
            assert abs(weights.sum() - last) < 2
        last = weights.sum()
        assert last == pytest.approx(size, rel=1e-5 if size < 100 else 0.03)
        assert set(np.unique(weights)) <= {0, 1} or size < 400


def test_a_polygon_partly_off_the_grid_covers_what_lies_on_it():
    tile, weights = footprint(box(499_995, 2_999_990, 500_015, 3_000_007), GRID)
    assert (tile.row, tile.col) == (0, 0)
    np.testing.assert_allclose(weights, [[1, 0.5]])


class Places(list):
    """Samples of which only the geometry counts."""

    @property
    def geometry(self):
        return list(self)


def test_a_mean_over_a_small_polygon_is_weighted_by_what_it_covers(tmp_path, write):
    """A polygon of 1.5 cells: a whole one of 10 and half of one of 40."""
    values = np.full((12, 15), 99, np.float32)
    values[3, 4:6] = 10, 40
    layer = write(tmp_path / "map.tif", values, transform=GRID.transform, crs=GRID.crs)
    shapes = gpd.GeoSeries([box(500_040, 2_999_960, 500_055, 2_999_970), Point(500_045, 2_999_965)], crs=32648)
    with Stack({"day": (layer,)}) as stack:
        found = zonal_means(stack, shapes)
        assert _mean_over(stack, *footprint(shapes[0], stack.grid)) == pytest.approx(20)  # of a series
        of_audit = _band_values(stack, Places(shapes))
        np.testing.assert_allclose(of_audit["map"], [20, 10])
    np.testing.assert_allclose(found.means[:, 0], [20, 10])
    np.testing.assert_allclose(found.area, [150, 100], rtol=2e-3)  # on the ground, where UTM is .9996
    assert found.cells.tolist() == [2, 1]
