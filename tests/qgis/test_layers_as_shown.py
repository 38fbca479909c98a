"""Layers reach the engine as QGIS shows them: with what the user has set there, joined, filtered or chosen."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
from regionwise.core.contract.layer import Layer, NodataRange
from regionwise.core.data.raster.stack import Stack
from shapely.geometry import Point

pytestmark = pytest.mark.qgis

PREPARE = """
context = QgsProcessingContext()
context.setProject(QgsProject.instance())
def handed(tool, **parameters):
    algorithm = QgsApplication.processingRegistry().algorithmById(f"regionwise:{{tool}}").create()
    return algorithm.params(parameters, context, Path({folder!r})).to_json()
{code}
"""


@pytest.fixture
def shown(inside, tmp_path):
    """Return a function that runs code in QGIS, which prints what a tool hands to the engine."""
    folder = tmp_path / "job"
    folder.mkdir()
    return lambda code: inside(PREPARE.format(folder=str(folder), code=code), tmp_path)


@pytest.fixture
def places(tmp_path):
    """Six points with a code, a class and a list."""
    frame = gpd.GeoDataFrame(
        {"fid": [7, 7, 8, 9, 9, 9], "code": [f"00{n}" for n in range(6)], "kind": list("aabbcc")},
        geometry=[Point(n, 0) for n in range(6)],
        crs="EPSG:4326",
    )
    frame.to_file(tmp_path / "places.geojson", driver="GeoJSON")
    return tmp_path / "places.geojson"


CHECK = 'print(json.dumps(handed("sampleseries", SERIES="s.json", SAMPLES={value}, OUTPUT="o.gpkg")["samples"]))'


def test_a_plain_file_is_read_where_it_lies(shown, places):
    layer = shown(f"""
layer = QgsVectorLayer({str(places)!r}, "places", "ogr")
QgsProject.instance().addMapLayer(layer)
{CHECK.format(value="layer.id()")}
""")
    assert (layer["path"], layer["crs"], layer["encoding"]) == (str(places), "EPSG:4326", "")


def test_joined_and_virtual_fields_filters_and_edits_are_exported_as_they_are_shown(shown, places, tmp_path):
    pd.DataFrame({"key": ["000", "001", "002"], "yield": [1.5, 2.5, 3.5]}).to_csv(tmp_path / "t.csv", index=False)
    layer = shown(f"""
layer = QgsVectorLayer({str(places)!r}, "places", "ogr")
table = QgsVectorLayer({str(tmp_path / "t.csv")!r}, "table", "ogr")
QgsProject.instance().addMapLayers([layer, table])
join = QgsVectorLayerJoinInfo()
join.setJoinLayer(table); join.setJoinFieldName("key"); join.setTargetFieldName("code"); join.setUsingMemoryCache(True)
layer.addJoin(join)
from qgis.PyQt.QtCore import QVariant
layer.addExpressionField("upper(\\"kind\\")", QgsField("loud", QVariant.String))
layer.setSubsetString("\\"kind\\" != 'c'")
layer.startEditing()
layer.changeAttributeValue(next(layer.getFeatures()).id(), layer.fields().indexOf("kind"), "changed")
{CHECK.format(value="layer.id()")}
layer.rollBack()
""")
    frame = gpd.read_file(layer["path"])
    assert frame["kind"].tolist() == ["changed", "a", "b", "b"]
    assert frame["loud"].tolist() == ["CHANGED", "A", "B", "B"]
    assert frame["fid"].tolist() == [7, 7, 8, 9]
    assert frame["code"].tolist() == ["000", "001", "002", "003"]
    assert frame["table_yield"].astype(float).tolist()[:3] == [1.5, 2.5, 3.5]
    assert pd.isna(frame["table_yield"][3])


def test_a_selection_counts_if_it_is_asked_for(shown, places):
    layers = shown(f"""
layer = QgsVectorLayer({str(places)!r}, "places", "ogr")
QgsProject.instance().addMapLayer(layer)
layer.selectByExpression("\\"kind\\" = 'b'")
whole = handed("sampleseries", SERIES="s.json", SAMPLES=layer.id(), OUTPUT="o.gpkg")["samples"]
some = QgsProcessingFeatureSourceDefinition(layer.id(), True)
chosen = handed("sampleseries", SERIES="s.json", SAMPLES=some, OUTPUT="o.gpkg")["samples"]
print(json.dumps([whole["path"], chosen["path"]]))
""")
    assert [len(gpd.read_file(path)) for path in layers] == [6, 2]


def test_the_encoding_that_was_set_travels_with_the_layer(shown, places, tmp_path):
    gpd.read_file(places).drop(columns="fid").to_file(tmp_path / "p.shp", encoding="GB18030")
    (tmp_path / "p.cpg").unlink()
    layer = shown(f"""
layer = QgsVectorLayer({str(tmp_path / "p.shp")!r}, "places", "ogr")
layer.setProviderEncoding("GB18030")
QgsProject.instance().addMapLayer(layer)
{CHECK.format(value="layer.id()")}
""")
    assert (layer["path"], layer["encoding"]) == (str(tmp_path / "p.shp"), "GB18030")


@pytest.mark.parametrize(
    ("ending", "driver"),
    [
        ("kml", "KML"),
        ("gml", "GML"),
        ("sqlite", "SQLite"),
        ("tab", "MapInfo File"),
        ("gdb", "OpenFileGDB"),
        ("xlsx", "XLSX"),
    ],
)
def test_every_format_of_qgis_reaches_the_engine_layer_and_all(shown, places, tmp_path, ending, driver):
    path, frame = (
        tmp_path / f"made.{ending}",
        gpd.read_file(places)[["code", "kind", "fid", "geometry"]].rename(columns={"fid": "number"}),
    )
    if ending == "xlsx":  # which knows no places
        frame = pd.DataFrame(frame.drop(columns="geometry"))
    pyogrio.write_dataframe(frame, path, driver=driver, layer=None if ending == "tab" else "inner")
    inner = "made" if ending == "tab" else "inner"
    layer = shown(CHECK.format(value=repr(f"{path}|layername={inner}")))
    handed = gpd.read_file(layer["path"])
    assert handed["kind"].tolist() == list("aabbcc")
    assert [str(code) for code in handed["code"]] == [f"00{n}" for n in range(6)]


def test_nodata_of_the_user_travels_with_a_raster(shown, tmp_path, write):
    write(tmp_path / "r.tif", np.arange(400, dtype=np.int16).reshape(20, 20), nodata=399)
    found = shown(f"""
layer = QgsRasterLayer({str(tmp_path / "r.tif")!r}, "r", "gdal")
layer.dataProvider().setUserNoDataValue(1, [QgsRasterRange(0, 99), QgsRasterRange(
    200, 300, QgsRasterRange.BoundsType.Exclusive), QgsRasterRange(350, float("nan"))])
layer.dataProvider().setUseSourceNoDataValue(1, False)
layer.setCrs(QgsCoordinateReferenceSystem("EPSG:32647"))
QgsProject.instance().addMapLayer(layer)
statistics = layer.dataProvider().bandStatistics(1, QgsRasterBandStats.All)
tool = QgsApplication.processingRegistry().algorithmById("regionwise:standardise").create()
params = tool.params({{"INPUT": [layer.id()], "OUTPUT_FOLDER": "o"}}, context, Path("."))
print(json.dumps([params.to_json()["input"][0], statistics.mean, statistics.elementCount]))
""")
    layer = Layer.from_json(found[0])
    assert layer.all_data == (1,)
    assert layer.nodata[0] == NodataRange(1, 0, 99)
    with Stack({"day": [layer]}) as stack:
        values = stack.read(stack.grid.area)[0]
        assert stack.grid.crs.to_epsg() == 32647
    assert np.isfinite(values).sum() == found[2]
    assert np.nanmean(values) == pytest.approx(found[1])


def test_scaled_rasters_are_read_as_qgis_reads_them(shown, tmp_path, write):
    write(tmp_path / "r.tif", np.arange(-200, 200, dtype=np.int16).reshape(20, 20), nodata=-200)
    with rasterio.open(tmp_path / "r.tif", "r+") as file:
        file.scales, file.offsets = (0.01,), (5,)
    found = shown(f"""
layer = QgsRasterLayer({str(tmp_path / "r.tif")!r}, "r", "gdal")
layer.dataProvider().setUserNoDataValue(1, [QgsRasterRange(5, 6)])
QgsProject.instance().addMapLayer(layer)
statistics = layer.dataProvider().bandStatistics(1, QgsRasterBandStats.All)
tool = QgsApplication.processingRegistry().algorithmById("regionwise:standardise").create()
params = tool.params({{"INPUT": [layer.id()], "OUTPUT_FOLDER": "o"}}, context, Path("."))
print(json.dumps([params.to_json()["input"][0], statistics.mean, statistics.elementCount]))
""")
    with Stack({"day": [Layer.from_json(found[0])]}) as stack:
        values = stack.read(stack.grid.area)[0]
    assert np.isfinite(values).sum() == found[2]
    assert np.nanmean(values) == pytest.approx(found[1], rel=1e-6)


@pytest.mark.parametrize(
    ("driver", "path"),
    [
        ("netCDF", 'NETCDF:"in side.nc":Band2'),
        ("Zarr", 'ZARR:"in side.zarr":/two'),
        ("GPKG", "GPKG:in side.gpkg:two"),
        ("GTiff", "GTIFF_DIR:2:in side.tif"),
    ],
)
def test_rasters_inside_a_file_are_found_from_any_folder(shown, tmp_path, driver, path):
    """As a path in the working folder, which is not the engine's."""
    found = shown(f"""
from osgeo import gdal
gdal.UseExceptions()
WGS84, layers = QgsCoordinateReferenceSystem("EPSG:4326").toWkt(), []
for number in (1, 2):
    made = gdal.GetDriverByName("MEM").Create("", 5, 4, 1, gdal.GDT_Float32)
    made.SetGeoTransform([10, 1, 0, 50, 0, -1]); made.SetProjection(WGS84); made.GetRasterBand(1).Fill(number)
    layers.append(made)
if {driver!r} == "netCDF":
    both = gdal.GetDriverByName("MEM").CreateCopy("", layers[0])
    both.AddBand(gdal.GDT_Float32); both.GetRasterBand(2).Fill(2)
    gdal.GetDriverByName("netCDF").CreateCopy("in side.nc", both)
elif {driver!r} == "Zarr":
    for number, name in enumerate(("one", "two")):
        gdal.GetDriverByName("Zarr").CreateCopy("in side.zarr", layers[number], options=[
            f"ARRAY_NAME={{name}}", f"APPEND_SUBDATASET={{'YES' if number else 'NO'}}"])
elif {driver!r} == "GPKG":
    for number, name in enumerate(("one", "two")):
        grey = gdal.Translate("", layers[number], format="MEM", outputType=gdal.GDT_Byte)
        gdal.GetDriverByName("GPKG").CreateCopy("in side.gpkg", grey, options=[
            f"RASTER_TABLE={{name}}", f"APPEND_SUBDATASET={{'YES' if number else 'NO'}}", "TILE_FORMAT=PNG"])
else:
    for number in (0, 1):
        gdal.GetDriverByName("GTiff").CreateCopy("in side.tif", layers[number], options=[
            f"APPEND_SUBDATASET={{'YES' if number else 'NO'}}"])
parameters = {{"INPUT": [{path!r}], "OUTPUT_FOLDER": "o"}}
tool = QgsApplication.processingRegistry().algorithmById("regionwise:standardise").create()
assert tool.checkParameterValues(parameters, context)[0], tool.checkParameterValues(parameters, context)
print(json.dumps(handed("standardise", INPUT=[{path!r}], OUTPUT_FOLDER="o")["input"][0]))
""")
    layer = Layer.from_json(found)
    assert str(tmp_path) in layer.path
    with Stack({"day": [layer]}) as stack:
        assert (stack.read(stack.grid.area)[0, :4, :5] == 2).all()


def test_a_described_raster_is_a_virtual_one_that_qgis_opens(inside, tmp_path, write):
    layer = write(tmp_path / "S2 2021.tif", np.linspace(0, 0.9, 48, dtype=np.float32).reshape(4, 3, 4))
    words = ("regionwise:describebands", f"INPUT={layer.path}", "SENSOR=sentinel2")
    results = inside.tool(*words, f"OUTPUT={tmp_path / 'described.vrt'}")
    assert results["BANDS"] == 4
    names = inside(f"""
layer = QgsRasterLayer({str(tmp_path / "described.vrt")!r}, "x", "gdal")
print(json.dumps([layer.isValid(), [layer.bandName(i) for i in range(1, 5)]]))
""")
    assert names == [True, ["Band 1: BLUE", "Band 2: GREEN", "Band 3: RED", "Band 4: NIR"]]
    refused = inside(f"print(json.dumps(run_tool({[*words, f'OUTPUT={tmp_path}/a.tif']!r}), default=str))")
    assert refused[0] is False
    temporary = inside.tool(*words, "OUTPUT=TEMPORARY_OUTPUT")["OUTPUT"]
    assert temporary.endswith(".vrt")


def test_a_text_file_that_qgis_reads_its_own_way_is_exported(shown, tmp_path):
    (tmp_path / "t.txt").write_text("kind;north;east\nx;1,5;10,25\ny;2,5;11,25\n")
    layer = shown(f"""
uri = {f"file://{tmp_path}/t.txt"!r} + "?delimiter=;&xField=east&yField=north&decimalPoint=,&crs=EPSG:4326"
layer = QgsVectorLayer(uri, "texts", "delimitedtext")
assert layer.isValid() and layer.featureCount() == 2
QgsProject.instance().addMapLayer(layer)
{CHECK.format(value="layer.id()")}
""")
    frame = gpd.read_file(layer["path"])
    assert frame["kind"].tolist() == ["x", "y"]
    assert frame.geometry.x.tolist() == [10.25, 11.25]
    assert layer["crs"] == "EPSG:4326"


def test_a_table_without_places_is_handed_over(shown, tmp_path):
    pd.DataFrame({"id": ["007", "008"], "a": [1.5, None]}).to_csv(tmp_path / "t.csv", index=False)
    layer = shown(CHECK.format(value=repr(str(tmp_path / "t.csv"))))
    assert (layer["path"], layer["crs"]) == (str(tmp_path / "t.csv"), "")


def test_categories_of_a_layer_are_read_for_their_field_alone(inside, tmp_path):
    frame = gpd.GeoDataFrame({"crop": ["rice", "maize"], "code": [1, 2]}, geometry=gpd.points_from_xy([0, 1], [0, 1]))
    frame.to_file(tmp_path / "samples.gpkg")
    assert inside(f"""
from qgis.PyQt.QtGui import QColor
from regionwise.algorithms.layer_source import category_colours
layer = QgsVectorLayer({str(tmp_path / "samples.gpkg")!r}, "samples", "ogr")
found = [category_colours(layer, "crop")]
for name, values in (("crop", ["rice", ["maize", "corn"], None]), ("code", [1, 2.0])):
    categories = []
    for number, value in enumerate(values):
        symbol = QgsSymbol.defaultSymbol(layer.geometryType())
        symbol.setColor(QColor(10 * number, 20, 30))
        categories.append(QgsRendererCategory(value, symbol, "label"))
    layer.setRenderer(QgsCategorizedSymbolRenderer(name, categories))
    found += [category_colours(layer, "crop"), category_colours(layer, "code")]
QgsProject.instance().addMapLayer(layer)
context = QgsProcessingContext()
context.setProject(QgsProject.instance())
algorithm = QgsApplication.processingRegistry().algorithmById("regionwise:traincrops").create()
given = {{"SERIES": "s.json", "SAMPLES": layer.id(), "CLASS_FIELD": "code", "MODEL": "m.safetensors"}}
chosen = {{**given, "COLOURS": "1=#ffffff"}}
found += [algorithm.params(each, context).colours for each in (given, chosen)]
print(json.dumps(found))
""") == [
        {},
        {"rice": "#00141e", "maize": "#0a141e", "corn": "#0a141e"}, {},
        {}, {"1": "#00141e", "2": "#0a141e"},
        "1=#00141e; 2=#0a141e", "1=#ffffff",
    ]  # fmt: skip
