"""Distances, buffers and blocks in metres on the ground, against geodesics, in every kind of CRS."""

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from affine import Affine
from rasterio.crs import CRS
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.data.raster.grids import Grid
from regionwise.core.data.vector.samples import Samples
from regionwise.core.validation.area_places import hull_places
from regionwise.core.validation.distances import Ruler
from regionwise.core.validation.planner import Planner
from shapely.geometry import Polygon

GEOD = pyproj.Geod(ellps="WGS84")
EVERYWHERE = ("EPSG:4326", "EPSG:3857", "EPSG:32632", "EPSG:3035", "EPSG:6933", "EPSG:3995", "EPSG:26783")


def places(count=60, seed=0):
    """Longitudes and latitudes of places in a square of about 60 km at 60 degrees north."""
    rng = np.random.default_rng(seed)
    return np.stack([rng.uniform(9, 10, count), rng.uniform(59.8, 60.3, count)], 1)


def into(name, degrees):
    return np.stack(pyproj.Transformer.from_crs("EPSG:4326", name, always_xy=True).transform(*degrees.T), 1)


def apart(degrees, others):
    """Geodesic distances, shape (place, other)."""
    one, other = np.repeat(degrees, len(others), 0), np.tile(others, (len(degrees), 1))
    return np.reshape(GEOD.inv(*one.T, *other.T)[2], (len(degrees), len(others)))


@pytest.mark.parametrize("name", EVERYWHERE)
def test_places_are_as_far_apart_as_on_the_ground(name):
    degrees = places()
    xy = into(name, degrees)
    ruler = Ruler.of(CRS.from_user_input(name), xy)
    true = apart(degrees, degrees)
    for found in (ruler.positions(xy), ruler.plane(xy)):
        np.testing.assert_allclose(np.linalg.norm(found[:, None] - found[None], axis=2), true, rtol=5e-3, atol=1)


def test_a_true_metric_crs_keeps_its_coordinates_and_feet_become_metres():
    xy = into("EPSG:32632", places())
    np.testing.assert_array_equal(Ruler.of(CRS.from_epsg(32632), xy).positions(xy), xy)
    in_feet = np.array([[900_000.0, 200_000.0], [900_100.0, 200_000.0]])
    found = Ruler.of(CRS.from_epsg(2263), in_feet).positions(in_feet)
    assert found.shape == (2, 2)
    assert found[1, 0] - found[0, 0] == pytest.approx(30.48006)


def test_what_lies_near_a_shape_is_told_by_squares_against_the_shape_itself():
    """Around a triangle: a place off its corner by 9 both ways lies 12.7 away, and in a square of 10 all the same."""
    shape = Polygon([(0, 0), (0, 100), (-100, 0)])
    at = np.array([(9.0, -9.0), (11.0, -9.0), (9.0, 50.0), (10.0, 50.0), (-60.0, 60.0), (-56.0, 56.0), (-50.0, 10.0)])
    near = Ruler.of(None, at).near_shape(gpd.GeoSeries(gpd.points_from_xy(*at.T)), np.full(at.shape, 10.0), shape)
    assert near.tolist() == [True, False, True, False, False, True, True]  # 4 and 5 lie in the box around the shape
    area = gpd.GeoSeries([shapely.box(15, 0, 20, 5), shapely.box(5, 105, 30, 120)])
    assert Ruler.of(None, at).near_shape(area, np.full((2, 2), 10.0), shape).tolist() == [False, True]


def test_the_plane_keeps_areas_of_a_continent():
    corners = np.array([[-10.0, 40], [30, 40], [30, 60], [-10, 60]])
    edge = np.concatenate([np.linspace(corners[i], corners[(i + 1) % 4], 200)[:-1] for i in range(4)])
    ruler = Ruler.of(CRS.from_epsg(4326), edge)
    assert Polygon(ruler.plane(edge)).area == pytest.approx(abs(GEOD.polygon_area_perimeter(*edge.T)[0]), rel=0.005)


def samples_at(xy, name):
    n = len(xy)
    points = gpd.GeoSeries(gpd.points_from_xy(*xy.T), crs=name)
    values = {
        "geometry": points, "xy": xy, "shares": np.tile([0.5, 0.5], (n, 1)), "components": ("a", "b"),
        "group": np.array([f"u{i}" for i in range(n)], object), "weight": np.ones(n),
        "augmented": np.zeros(n, bool), "row": np.arange(1, n + 1), "notices": (),
    }  # fmt: skip
    return Samples(**values)


def planned(name, kind, **options):
    degrees = places(300)
    xy = into(name, degrees)
    cell = 0.001 if name == "EPSG:4326" else 30.0
    grid = Grid(CRS.from_user_input(name), Affine(cell, 0, xy[:, 0].min(), 0, -cell, xy[:, 1].max()), 2000, 2000)
    region = np.array(["west" if x < 9.5 else "east" for x in degrees[:, 0]], object)
    values = {"folds": 3, "seed": 0, "field_of_view": 0.0, "region": region} | options
    return degrees, Planner(samples_at(xy, name), grid, xy, **values).plan(kind)


def longer_axis(degrees, others):
    """How far places lie apart to the east or to the north, whichever is more, by the geodesic's direction."""
    one, other = np.repeat(degrees, len(others), 0), np.tile(others, (len(degrees), 1))
    bearing, _, length = GEOD.inv(*one.T, *other.T)
    sides = length * np.maximum(np.abs(np.sin(np.radians(bearing))), np.abs(np.cos(np.radians(bearing))))
    return sides.reshape(len(degrees), len(others))


@pytest.mark.parametrize("kind", ["blocks", "regions"])
@pytest.mark.parametrize("name", ["EPSG:4326", "EPSG:3857", "EPSG:32632", "EPSG:6933"])
def test_a_buffer_is_as_wide_on_the_ground_in_every_crs(name, kind):
    degrees, scheme = planned(name, kind, buffer=3000.0, block_size=20_000.0)
    assert "buffer 3000 m" in scheme.reason
    for split in scheme.splits:
        known = np.concatenate([split.train, split.validation])
        assert longer_axis(degrees[known], degrees[split.test]).min() > 2950
        left_out = np.setdiff1d(np.arange(len(degrees)), np.concatenate([known, split.test]))
        if kind == "regions":  # none is left out that lies farther away
            assert longer_axis(degrees[left_out], degrees[split.test]).min(1).max() < 3050


def test_blocks_are_as_large_in_every_crs():
    counts = {}
    for name in ("EPSG:4326", "EPSG:3857", "EPSG:32632", "EPSG:6933"):
        _, scheme = planned(name, "blocks", block_size=10_000.0)
        assert "Blocks of 10000 m" in scheme.reason
        counts[name] = int(scheme.reason.split("(")[1].split(")")[0])
    assert max(counts.values()) - min(counts.values()) <= 8, counts  # about 56 x 56 km in all
    assert 36 <= min(counts.values()) <= 49  # of a grid that does not begin at the outermost sample


def test_a_window_of_cells_is_kept_apart_in_cells_and_told_in_metres():
    """At 60 degrees a cell of Web Mercator is half as wide as it says; windows overlap all the same in cells."""
    degrees, scheme = planned("EPSG:3857", "blocks", field_of_view=100 * 30.0, block_size=20_000.0)
    metres = float(scheme.reason.split("buffer ")[1].split(" m")[0])
    assert metres == pytest.approx(1500 / 2, rel=0.01)
    xy = into("EPSG:3857", degrees)
    for split in scheme.splits:
        known = np.concatenate([split.train, split.validation])
        gaps = np.abs(xy[known][:, None] - xy[split.test][None]).max(2)
        assert gaps.min() >= 1500


@pytest.mark.parametrize(("name", "value"), [("block_size", 0.5), ("buffer", 0.01)])
def test_lengths_that_were_meant_in_degrees_are_refused(name, value):
    with pytest.raises(RegionwiseError, match=f"is {value:g}: lengths are metres on the ground.*about 111,000"):
        planned("EPSG:4326", "blocks", **{name: value})
    planned("EPSG:32632", "blocks", **{"block_size": 20_000.0, "buffer": value})


@pytest.mark.parametrize("name", ["EPSG:4326", "EPSG:3857", "EPSG:6933"])
def test_places_that_stand_for_a_map_are_as_dense_everywhere_on_the_ground(name):
    corners = into(name, np.array([[0.0, 0.1], [20, 0.1], [20, 70], [0, 70]]))
    xy = hull_places(samples_at(corners, name), 0)
    to_degrees = pyproj.Transformer.from_crs(name, "EPSG:4326", always_xy=True)
    latitude = to_degrees.transform(*xy.T)[1]
    expected = (np.sin(np.radians(70)) - np.sin(np.radians(55))) / np.sin(np.radians(70))
    assert len(xy) == 2000
    assert (latitude > 55).mean() == pytest.approx(expected, abs=0.025)


def test_places_off_the_earth_are_refused():
    xy = np.array([[4e6, 3e6], [9e9, 3e6]])
    with pytest.raises(RegionwiseError, match=r"1 places lie off the Earth, as 9e[+]09, 3e[+]06 in EPSG:3035.*CRS"):
        Ruler.of(CRS.from_epsg(3035), xy).positions(xy)
