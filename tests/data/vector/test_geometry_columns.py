"""Places that tables hold as text: WKT, Earth Engine's column, databases' hexadecimal form, coordinates."""

import json

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from rasterio.crs import CRS
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.layer import Layer
from regionwise.core.data.vector.layers import read_layer
from regionwise.core.data.vector.samples import SampleColumns, read_samples
from regionwise.core.runtime.input_log import collect_inputs
from shapely.geometry import Point, box

UTM = CRS.from_epsg(32648)
PLACES = [Point(105.25, 30.5), Point(106, 31).buffer(0.1, quad_segs=2)]


def read(tmp_path, frame, crs=None, name="t.csv", layer_crs="", **how):
    frame.to_csv(tmp_path / name, index=False, **how)
    told = []
    with collect_inputs(told.append):
        return read_layer(Layer(str(tmp_path / name), "t", crs=layer_crs), crs), told


@pytest.mark.parametrize("name", ["WKT", "wkt", "geometry", "geom", "wkt_geom", "the_geom"])
@pytest.mark.parametrize(
    "cell",
    [
        lambda shape: shape.wkt,
        lambda shape: f"SRID=4326;{shape.wkt}",
        lambda shape: shape.wkt.replace(" (", "("),
        lambda shape: shapely.to_wkb(shape, hex=True),
        lambda shape: shapely.to_wkb(shapely.set_srid(shape, 4326), hex=True, include_srid=True),
        shapely.to_geojson,
    ],
)
def test_geometry_as_text_is_the_geometry(tmp_path, name, cell):
    frame, told = read(tmp_path, pd.DataFrame({"a": ["x", "y"], name: [cell(shape) for shape in PLACES]}))
    assert list(frame) == ["a", "geometry"]
    assert frame.crs.to_epsg() == 4326
    assert shapely.equals_exact(frame.geometry.to_numpy(), PLACES, 1e-9).all()
    assert f"'t': its places are those of column '{name}' (EPSG:4326)." in told


def test_geopandas_tables_come_back(tmp_path):
    frame = gpd.GeoDataFrame({"a": [1, 2, 3]}, geometry=[*PLACES, None], crs=4326)
    found, _ = read(tmp_path, frame)
    assert found.geometry.isna().tolist() == [False, False, True]
    assert shapely.equals_exact(found.geometry.to_numpy()[:2], PLACES, 1e-9).all()


def test_projected_geometry_needs_a_crs_that_is_named_or_set(tmp_path):
    plain = pd.DataFrame({"WKT": ["POINT (500000 3000000)"]})
    with pytest.raises(RegionwiseError, match="Layer 't' has no CRS. Set it in the layer's properties"):
        read(tmp_path, plain)
    assert read(tmp_path, plain, layer_crs="EPSG:32648")[0].crs.to_epsg() == 32648
    named = pd.DataFrame({"WKT": ["SRID=32648;POINT (500000 3000000)"]})
    assert read(tmp_path, named)[0].crs.to_epsg() == 32648
    both = pd.DataFrame({"WKT": ["SRID=32648;POINT (500000 3000000)", "SRID=32649;POINT (500000 3000000)"]})
    with pytest.raises(RegionwiseError, match="holds places of several CRS: EPSG:32648, EPSG:32649"):
        read(tmp_path, both)


def test_text_that_is_no_geometry_is_told_with_its_row(tmp_path):
    with pytest.raises(
        RegionwiseError, match=r"'WKT' of 't' holds no geometry that can be read in row 2 \('POINT 1 2'"
    ):
        read(tmp_path, pd.DataFrame({"WKT": ["POINT (1 2)", "POINT 1 2"]}))
    with pytest.raises(RegionwiseError, match=r"row 1 \('CURVEPOLYGON.*Correct it, or save the layer as GeoPackage"):
        read(tmp_path, pd.DataFrame({"WKT": ["CURVEPOLYGON (CIRCULARSTRING (0 0, 4 0, 4 4, 0 4, 0 0))"]}))


def earth_engine(shapes, **columns):
    cells = [
        json.dumps({"type": "MultiPoint", "coordinates": []}) if s is None else shapely.to_geojson(s) for s in shapes
    ]
    return pd.DataFrame({"system:index": [f"0000{i}" for i in range(len(shapes))], **columns, ".geo": cells})


def test_tables_of_earth_engine_have_their_places(tmp_path):
    frame, told = read(tmp_path, earth_engine([*PLACES, None], v=[1, 2, 3]), UTM)
    expected = gpd.GeoSeries(PLACES, crs=4326).to_crs(32648)
    assert shapely.equals_exact(frame.geometry.to_numpy()[:2], expected.to_numpy(), 1e-6).all()
    assert frame.geometry.is_empty.tolist() == [False, False, True]
    assert "'t': its places are those of column '.geo' (EPSG:4326)." in told


def test_where_earth_engine_left_no_places_coordinates_are_taken(tmp_path):
    table = earth_engine([None, None], longitude=[105.25, 106], latitude=[30.5, 31])
    frame, _ = read(tmp_path, table)
    assert frame.geometry.tolist() == [Point(105.25, 30.5), Point(106, 31)]


@pytest.mark.parametrize("names", [("lon", "lat"), ("Longitude", "LATITUDE"), ("lng", "lat")])
def test_coordinates_with_decimal_commas(tmp_path, names):
    table = pd.DataFrame({names[0]: [105.123, 106.25], names[1]: [30.5, 31]})
    frame, told = read(tmp_path, table, sep=";", decimal=",")
    assert frame.geometry.tolist() == [Point(105.123, 30.5), Point(106.25, 31)]
    assert told == [f"'t': its places are columns '{names[0]}' and '{names[1]}' (WGS 84)."]


def test_degrees_of_three_decimals_are_no_thousands(tmp_path):
    table = pd.DataFrame({"lon": ["105,123", "106,250"], "lat": ["30,500", "31,125"]})
    frame, _ = read(tmp_path, table, sep=";")
    assert frame.geometry.tolist() == [Point(105.123, 30.5), Point(106.25, 31.125)]


def test_map_units_with_thousands(tmp_path):
    table = pd.DataFrame({"x": ["500 000,5", "600 000,5"], "y": ["3.000.000", "3.000.001"]})
    frame, told = read(tmp_path, table, UTM, sep=";")
    assert frame.geometry.tolist() == [Point(500000.5, 3000000), Point(600000.5, 3000001)]
    assert told == ["'t': its places are columns 'x' and 'y' (CRS of the rasters)."]


def test_coordinate_that_is_no_number_is_refused(tmp_path):
    with pytest.raises(RegionwiseError, match=r"Column 'lat' of 't' is no coordinate in row 2 \(\"30°15'N\"\). Write"):
        read(tmp_path, pd.DataFrame({"lon": [105, 106], "lat": ["30", "30°15'N"]}))


def test_samples_of_earth_engine_train_by_their_class(tmp_path):
    shapes = [Point(105 + i / 100, 30) for i in range(4)]
    earth_engine(shapes, cover=["NA", "forest", "crop", "forest"]).to_csv(tmp_path / "t.csv", index=False)
    samples = read_samples(Layer(str(tmp_path / "t.csv")), (), UTM, SampleColumns(class_field="cover"))
    assert samples.components == ("crop", "forest")
    assert samples.row.tolist() == [2, 3, 4]


def test_table_of_regions_as_text(tmp_path):
    table = pd.DataFrame({"region": ["a"], "WKT": [box(105, 30, 106, 31).wkt]})
    frame, _ = read(tmp_path, table)
    assert frame.geometry[0].equals(box(105, 30, 106, 31))
