"""Shapes of any kind: taken apart, flat, sound, and turned to where the raster is."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from rasterio.crs import CRS
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.layer import Layer
from regionwise.core.data.raster.grids import Grid
from regionwise.core.data.vector.layers import read_layer, single_places
from regionwise.core.data.vector.longitudes import turned
from regionwise.core.data.vector.polygons import read_regions
from regionwise.core.data.vector.samples import SampleColumns, read_samples
from regionwise.core.runtime.input_log import collect_inputs
from shapely.geometry import GeometryCollection, LineString, MultiPoint, MultiPolygon, Point, Polygon, box

UTM = CRS.from_epsg(32648)
GRID = Grid(UTM, Affine(10, 0, 0, 0, -10, 100), 10, 10)
BOW = Polygon([(0, 0), (40, 40), (40, 0), (0, 40)])
COLLECTION = GeometryCollection([Point(5, 5), box(10, 10, 30, 30), LineString([(0, 0), (90, 90)])])


def write(tmp_path, shapes, crs="EPSG:32648", file="s.gpkg", **columns):
    path = tmp_path / file
    gpd.GeoDataFrame(columns or {"a": range(len(shapes))}, geometry=shapes, crs=crs).to_file(path, layer="s")
    return Layer(str(path), "s")


def read(layer, *place):
    told = []
    with collect_inputs(told.append):
        return read_layer(layer, *place), told


def test_each_kind_of_shape_is_brought_to_one(tmp_path):
    points = GeometryCollection([Point(1, 1), GeometryCollection([MultiPoint([(2, 2), (3, 3)])])])
    lines = GeometryCollection([LineString([(0, 0), (1, 1)]), Point(5, 5)])
    shapes = [COLLECTION, points, lines, BOW, Point(1, 2, 3), None, Point(), box(0, 0, 1, 1)]
    frame, told = read(write(tmp_path, shapes))
    found = frame.geometry.tolist()
    assert found[0].equals(box(10, 10, 30, 30))
    assert found[1] == MultiPoint([(1, 1), (2, 2), (3, 3)])
    assert found[2] == LineString([(0, 0), (1, 1)])
    assert found[3].is_valid
    assert found[3].area == 800  # the two halves of the bow, each 40 by 20
    assert found[4].wkt == "POINT (1 2)"
    assert found[5] is None
    assert found[6].is_empty
    assert told == [
        "'s': 3 collections are taken apart.",
        "'s': of 2 that mix kinds, areas count before lines before points.",
        "'s': 1 invalid polygon is repaired.",
    ]


def test_parts_that_overlap_count_once(tmp_path):
    frame, _ = read(write(tmp_path, [MultiPolygon([box(0, 0, 4, 4), box(2, 2, 6, 6)])]))
    assert frame.area[0] == 16 + 16 - 4


@pytest.mark.parametrize(
    ("wkt", "kind"),
    [
        ("CURVEPOLYGON(CIRCULARSTRING(0 2, 2 4, 4 2, 2 0, 0 2))", "Polygon"),
        ("COMPOUNDCURVE(CIRCULARSTRING(0 0,1 1,2 0),(2 0,3 0))", "LineString"),
        ("POINT ZM(1 2 3 4)", "Point"),
        ("POINT M(1 2 3)", "Point"),
        ("MULTIPOLYGON Z(((0 0 1,4 0 1,4 4 1,0 0 1)))", "MultiPolygon"),
    ],
)
def test_curves_heights_and_measures_are_read_as_plain_shapes(tmp_path, wkt, kind):
    (tmp_path / "s.vrt").write_text(
        '<OGRVRTDataSource><OGRVRTLayer name="s"><SrcDataSource>s.csv</SrcDataSource>'
        "<LayerSRS>EPSG:32648</LayerSRS></OGRVRTLayer></OGRVRTDataSource>".replace(">s.csv", f">{tmp_path}/s.csv")
    )
    (tmp_path / "s.csv").write_text(f'a,WKT\n1,"{wkt}"\n')
    frame, _ = read(Layer(str(tmp_path / "s.vrt"), "s"))
    assert frame.geometry[0].geom_type == kind
    assert not frame.geometry[0].has_z
    if wkt.startswith("CURVEPOLYGON"):
        assert np.isclose(frame.area[0], np.pi * 4, rtol=1e-3)


def test_surfaces_of_a_kind_that_shapely_lacks_are_refused(tmp_path):
    (tmp_path / "s.csv").write_text('a,WKT\n1,"TIN(((0 0,1 0,0 1,0 0)))"\n')
    (tmp_path / "s.vrt").write_text(
        f'<OGRVRTDataSource><OGRVRTLayer name="s"><SrcDataSource>{tmp_path}/s.csv</SrcDataSource></OGRVRTLayer>'
        "</OGRVRTDataSource>"
    )
    with pytest.raises(RegionwiseError, match="Layer 's' holds surfaces of a kind that cannot be read"):
        read_layer(Layer(str(tmp_path / "s.vrt"), "s"))


def sampled(layer, **columns):
    return read_samples(layer, (), UTM, SampleColumns(class_field="c", **columns))


def test_multipoints_are_their_points_in_one_group(tmp_path):
    several = [MultiPoint([(1, 1), (2, 2), (1, 1)]), MultiPoint([(3, 3)]), Point(4, 4), None]
    layer = write(tmp_path, several, c=["x", "y", "y", "x"], s=["A", None, "-", "A"])
    told = []
    with collect_inputs(told.append):
        samples = sampled(layer, source_field="s")
    points = [Point(i, i) for i in (1, 2, 3, 4)]
    single = write(tmp_path, points, file="single.gpkg", c=list("xxyy"), s=["A", "A", "row 2", "row 3"])
    alone = sampled(single, source_field="s")
    assert samples.row.tolist() == [1, 1, 2, 3]
    assert samples.geometry.tolist() == alone.geometry.tolist()
    for name in ("xy", "shares", "group", "weight", "augmented"):
        np.testing.assert_array_equal(getattr(samples, name), getattr(alone, name))
    assert sampled(layer).group.tolist() == ["row 1", "row 1", "row 2", "row 3"]
    assert "'s': its 4 rows hold 5 places: each point counts by itself." in told
    assert samples.among(samples.take(np.array([1, 3]))).tolist() == [False, True, False, True]


def test_rows_without_a_place_are_counted_where_one_is_needed(tmp_path):
    frame = read_layer(write(tmp_path, [MultiPoint([(1, 1), (2, 2)]), None, Point(), Point(3, 3)]))
    assert len(frame) == 4
    told = []
    with collect_inputs(told.append):
        single = single_places(frame, Layer("s", "s"))
    assert single["a"].tolist() == [0, 0, 3]
    assert told == [
        "'s': 2 rows without a place are left out.",
        "'s': its 2 rows hold 3 places: each point counts by itself.",
    ]


def test_regions_in_collections_and_with_missing_names(tmp_path):
    shapes = [COLLECTION, box(50, 50, 90, 90), box(0, 90, 10, 100)]
    regions = read_regions(write(tmp_path, shapes, name=["west", "east", "NA"]), "name", GRID)
    assert regions.names == ("east", "west")
    cells = regions.rasterised(GRID, GRID.area)
    assert (cells == 1).sum() == 4  # 20 by 20 m
    assert (cells == 0).sum() == 16


@given(
    st.lists(st.integers(-179_999, 179_999), min_size=1, max_size=5), st.sampled_from([(0.0, 360.0), (-180.0, 180.0)])
)
def test_points_are_where_the_raster_has_them(longitudes, sides):
    longitudes = [x / 1000 for x in longitudes]
    expected = [x + 360 if x < sides[0] else x for x in longitudes]
    for start in (-180, 0):
        places = gpd.GeoSeries([Point(x + 360 if x < start else x, 10) for x in longitudes])
        found, _ = turned(places, (sides[0], -90, sides[1], 90))
        np.testing.assert_allclose(found.x, expected, atol=1e-9)


def test_an_area_across_the_seam_is_on_both_sides_of_it():
    found, moved = turned(gpd.GeoSeries([box(-10, 0, 20, 10), box(30, 0, 40, 10)]), (0, -90, 360, 90))
    assert moved == 1
    inside = found[0].intersection(box(0, -90, 360, 90))
    assert inside.equals(shapely.union_all([box(0, 0, 20, 10), box(350, 0, 360, 10)]))
    assert found[1].equals(box(30, 0, 40, 10))


def test_places_in_no_copy_of_the_raster_stay_as_they_are():
    found, moved = turned(gpd.GeoSeries([Point(50, 0), None]), (100, -10, 120, 10))
    assert (found[0], found[1], moved) == (Point(50, 0), None, 0)


def test_longitudes_to_360_reach_a_raster_to_180_and_that_is_said(tmp_path):
    layer = write(tmp_path, [Point(350, 40), Point(10, 40)], crs="EPSG:4326")
    frame, told = read(layer, CRS.from_epsg(4326), (-180, -90, 180, 90))
    assert frame.geometry.tolist() == [Point(-10, 40), Point(10, 40)]
    assert told == ["'s': 1 place is moved by 360 degrees, to where the raster is."]
    projected = read_layer(layer, CRS.from_epsg(32629))
    same = gpd.GeoSeries([Point(-10, 40)], crs=4326).to_crs(32629)
    assert projected.geometry[0].distance(same[0]) < 1e-6


def test_longitudes_to_360_in_columns(tmp_path):
    (tmp_path / "t.csv").write_text("lon,lat,c\n350,40,a\n10,40,b\n")
    layer, extent = Layer(str(tmp_path / "t.csv")), (-180, -90, 180, 90)
    samples = read_samples(layer, (), CRS.from_epsg(4326), SampleColumns(class_field="c"), extent)
    assert samples.xy.tolist() == [[-10, 40], [10, 40]]


def test_regions_from_0_to_360_hold_cells_of_a_raster_to_180(tmp_path):
    grid = Grid(CRS.from_epsg(4326), Affine(10, 0, -180, 0, -10, 90), 18, 36)
    layer = write(tmp_path, [box(180, -90, 360, 90), box(0, -90, 180, 90)], crs="EPSG:4326", name=["west", "east"])
    regions = read_regions(layer, "name", grid)
    cells = regions.rasterised(grid, grid.area)
    assert (cells[:, :18] == regions.names.index("west")).all()
    assert (cells[:, 18:] == regions.names.index("east")).all()
