"""Tables of every format that GDAL reads: the same data as in a plain GeoPackage; tables by name, filters, archives."""

import shutil
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.layer import Layer
from regionwise.core.data.vector.layers import read_layer
from regionwise.core.data.vector.tables import read_table, text_of
from regionwise.core.runtime.input_log import collect_inputs
from shapely.geometry import Point

BIG = [1234567890123456789, None, 9007199254740993, 5]
FORMATS = {
    "shp": "ESRI Shapefile", "geojson": "GeoJSON", "geojsonl": "GeoJSONSeq", "fgb": "FlatGeobuf", "sqlite": "SQLite",
    "gml": "GML", "tab": "MapInfo File", "mif": "MapInfo File", "gdb": "OpenFileGDB", "json": "JSONFG",
    "xlsx": "XLSX", "ods": "ODS", "kml": "KML", "gpx": "GPX",
}  # fmt: skip
WITHOUT_PLACES = ("xlsx", "ods")
FILLED = ("tab", "mif")  # formats that have no empty numbers
FEW_FIELDS = {"kml": {"name": "Name"}, "gpx": {"name": "name"}}  # of the data, by their name in the format


def data():
    frame = pd.DataFrame({
        "code": ["007", "1.10", "NA", "x"], "name": ["Größe", "乡镇", "né", "b"], "height": [1.5, None, 3, 4],
        "big": pd.array(BIG, dtype="Int64"), "flag": pd.array([True, None, False, True], dtype="boolean"),
        "day": pd.to_datetime(["2020-01-31", None, "2021-02-03", "2021-02-04"]).astype("datetime64[ms]"),
    })  # fmt: skip
    return gpd.GeoDataFrame(frame, geometry=[Point(i, 40 + i) for i in range(4)], crs="EPSG:4326")


def write(folder, ending, frame=None, layer="lay"):
    driver, path = FORMATS.get(ending, "GPKG"), folder / f"data.{ending}"
    if "w" not in pyogrio.list_drivers().get(driver, ""):
        pytest.skip(f"GDAL here does not write {driver}")
    frame = data() if frame is None else frame
    if ending in WITHOUT_PLACES:
        frame = pd.DataFrame(frame.drop(columns="geometry"))
    if ending == "gdb":
        options = {"layer_options": {"TARGET_ARCGIS_VERSION": "ARCGIS_PRO_3_2_OR_LATER"}}
    else:
        options = {"FORMAT": "MIF"} if ending == "mif" else {}
    if ending == "gpx":
        frame, layer = frame[["name", "geometry"]], "waypoints"
    pyogrio.write_dataframe(frame, path, driver=driver, layer=layer, **options)
    return str(path)


def cells(frame, names):
    """The texts of a frame, in the order of names: some formats sort their rows."""
    rows = zip(*([text_of(value) for value in frame[name]] for name in names), strict=True)
    return sorted(rows)


@pytest.mark.parametrize("ending", FORMATS)
def test_each_format_reads_as_a_geopackage_of_the_same_data_does(tmp_path, ending):
    plain, path = read_layer(Layer(write(tmp_path, "gpkg"))), write(tmp_path, ending)
    names = ["name"] if ending in FEW_FIELDS else ["code", "name", "height", "big", "day"]
    found = read_table(Layer(path)).rename(columns={new: old for old, new in FEW_FIELDS.get(ending, {}).items()})
    if ending in FILLED:
        plain = plain.assign(height=plain["height"].fillna(0), big=plain["big"].fillna(0))
    if ending == "shp":
        found["day"] = [text_of(day).replace("/", "-").removesuffix(" 00:00:00") for day in found["day"]]
    if ending == "gdb":
        found["day"] = found["day"].dt.tz_localize(None)
    assert cells(found, names) == cells(plain, names)
    if ending not in WITHOUT_PLACES:
        order = [gpd.GeoDataFrame(frame).sort_values("name").geometry for frame in (found, plain)]
        np.testing.assert_allclose(order[0].get_coordinates(), order[1].get_coordinates(), atol=1e-9)


def test_plain_geopackage_is_what_was_written(tmp_path):
    frame = read_table(Layer(write(tmp_path, "gpkg")))
    assert [text_of(value) for value in frame["big"]] == ["1234567890123456789", "", "9007199254740993", "5"]
    assert [text_of(value) for value in frame["flag"]] == ["True", "", "False", "True"]
    assert [text_of(value) for value in frame["day"]] == ["2020-01-31", "", "2021-02-03", "2021-02-04"]
    assert [text_of(value) for value in frame["code"]] == ["007", "1.10", "", "x"]


def told_by(layer):
    told = []
    with collect_inputs(told.append):
        frame = read_table(layer)
    return frame, told


@pytest.mark.parametrize("ending", ["gpkg", "sqlite", "gml", "gdb", "xlsx", "kml", "tab"])
def test_the_only_table_is_read_whatever_its_name_and_that_is_said(tmp_path, ending):
    path = write(tmp_path, ending, data()[["name", "geometry"]])
    for layer in (Layer(path, "t", table="other"), Layer(f"{path}|layername=other", "t")):
        frame, told = told_by(layer)
        assert len(frame) == 4
        assert "'t': it has no table 'other'; its only one, " in told[0]


@pytest.mark.parametrize("ending", ["gpkg", "xlsx"])
def test_of_several_tables_the_named_one_is_read_and_others_are_listed(tmp_path, ending):
    path = write(tmp_path, ending)
    more = data()[["name", "geometry"]][:2]
    more = pd.DataFrame(more.drop(columns="geometry")) if ending == "xlsx" else more
    pyogrio.write_dataframe(more, path, layer="second", append=True)
    assert len(read_table(Layer(path, table="second"))) == len(read_table(Layer(f"{path}|layerid=1"))) == 2
    assert len(read_table(Layer(f"{path}|layername=SECOND"))) == 2
    frame, told = told_by(Layer(path, "t"))
    assert len(frame) == 4
    assert "'t': its first table, 'lay', is read; others are second." in told
    with pytest.raises(RegionwiseError, match="Layer 't' has no table 'third'. Choose one of its tables: lay, second."):
        read_table(Layer(path, "t", table="third"))


def test_styles_that_qgis_keeps_in_a_geopackage_are_no_table_of_data(tmp_path):
    path = write(tmp_path, "gpkg")
    pyogrio.write_dataframe(pd.DataFrame({"f_table_name": ["x"]}), path, layer="layer_styles", append=True)
    assert len(told_by(Layer(path, table="old name"))[0]) == 4


@pytest.mark.parametrize("ending", ["gpkg", "shp", "geojson"])
def test_filter_in_the_path_is_honoured(tmp_path, ending):
    path = write(tmp_path, ending)
    frame = read_table(Layer(f'{path}|layerid=0|subset="height" > 2 OR "name" = \'a|b\''))
    assert [text_of(value) for value in frame["big"]] == ["9007199254740993", "5"]
    frame = read_table(Layer(f'{path}|subset="height" > 2 OR "name" = \'乡镇\''))  # empty cells among long numbers
    assert [text_of(value) for value in frame["big"]] == ["", "9007199254740993", "5"]


def test_filter_that_cannot_be_applied_is_refused(tmp_path):
    path = write(tmp_path, "gpkg")
    with pytest.raises(RegionwiseError, match=r"The filter of layer 't' cannot be applied \(nothing = 1: "):
        read_table(Layer(f"{path}|subset=nothing = 1", "t"))
    with pytest.raises(RegionwiseError, match="The filter of layer 't' is a whole query. Export"):
        read_table(Layer(f"{path}|subset=SELECT * FROM lay", "t"))
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    with pytest.raises(RegionwiseError, match=r"The filter of layer 't' cannot be applied: it is a text file \(a = 1"):
        read_table(Layer(f"{tmp_path / 't.csv'}|subset=a = 1", "t"))
    with pytest.raises(RegionwiseError, match=r"ends with '\|colour=red', which is not known here. Use \|layername="):
        read_table(Layer(f"{path}|colour=red", "t"))


def test_one_kind_of_geometry_as_qgis_splits_a_file(tmp_path):
    path = tmp_path / "mixed.geojson"
    shapes = [Point(0, 0), Point(1, 1).buffer(1), gpd.GeoSeries([Point(2, 2).buffer(1)]).union_all()]
    gpd.GeoDataFrame({"a": [1, 2, 3]}, geometry=shapes, crs=4326).to_file(path)
    assert read_table(Layer(f"{path}|layername=mixed|geometrytype=Polygon"))["a"].tolist() == [2, 3]


def test_archives_of_one_table_are_read(tmp_path):
    for ending, members in (
        ("gpkg", ["data.gpkg"]),
        ("shp", ["data.shp", "data.dbf", "data.shx", "data.prj", "data.cpg"]),
    ):
        write(tmp_path, ending)
        with zipfile.ZipFile(tmp_path / f"{ending}.zip", "w") as archive:
            for member in members:
                archive.write(tmp_path / member, f"folder/{member}")
        for path in (f"{tmp_path}/{ending}.zip", f"/vsizip/{tmp_path}/{ending}.zip/folder/{members[0]}"):
            assert [text_of(value) for value in read_table(Layer(path))["big"]] == [text_of(value) for value in BIG]
    write(tmp_path, "kml")
    with zipfile.ZipFile(tmp_path / "d.kmz", "w") as archive:
        archive.write(tmp_path / "data.kml", "doc.kml")
    assert len(read_layer(Layer(str(tmp_path / "d.kmz")))) == 4
    write(tmp_path, "gdb")
    shutil.make_archive(str(tmp_path / "g"), "zip", tmp_path, "data.gdb")
    assert len(read_layer(Layer(str(tmp_path / "g.zip")))) == 4
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.writestr("t.csv", "a;b\n1,5;x\n")
    assert read_table(Layer(str(tmp_path / "t.zip")))["b"].tolist() == ["x"]


def test_archive_of_several_tables_is_refused_with_their_names(tmp_path):
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.writestr("a.csv", "a\n1\n")
        archive.writestr("b.csv", "a\n1\n")
    with pytest.raises(RegionwiseError, match="'t' is an archive of 2 files with tables, these: a.csv, b.csv. Unpack"):
        read_table(Layer(str(tmp_path / "t.zip"), "t"))


@pytest.mark.parametrize(
    ("name", "kind"), [("x.parquet", r"Parquet \(.parquet\)"), ("x.xls", r"old Excel \(.xls\)"), ("x.abc", ".abc")]
)
def test_format_that_cannot_be_read_is_named(tmp_path, name, kind):
    (tmp_path / name).write_bytes(b"\xd0\xcf\x11\xe0 nothing")
    with pytest.raises(RegionwiseError, match=f"the engine does not read its format, {kind}. Save it as GeoPackage"):
        read_table(Layer(str(tmp_path / name), "t"))


def test_sheet_of_texts_alone_keeps_its_header(tmp_path):
    frame = gpd.GeoDataFrame({"a": ["x", "y"], "b": ["1,5", "2,25"]}, geometry=[None, None], crs=4326)
    assert list(read_table(Layer(write(tmp_path, "xlsx", frame)))) == ["a", "b"]


@pytest.mark.parametrize("encoding", ["UTF-8", "GB18030", "ISO-8859-1"])
@pytest.mark.parametrize("told", ["cpg", "nothing", "user"])
def test_texts_of_a_shapefile_in_any_encoding(tmp_path, encoding, told):
    names = ["Größe", "né"] if encoding == "ISO-8859-1" else ["东风镇", "红旗"]
    frame = gpd.GeoDataFrame({"name": names}, geometry=[Point(0, 0), Point(1, 1)], crs=4326)
    pyogrio.write_dataframe(frame, tmp_path / "s.shp", encoding=encoding)
    if told != "cpg":
        Path(tmp_path / "s.cpg").unlink()
    layer = Layer(str(tmp_path / "s.shp"), "s", encoding=encoding if told == "user" else "")
    found, said = told_by(layer)
    assert found["name"].tolist() == names
    assert bool(said) == (told == "nothing")


def test_encoding_of_the_user_does_not_spoil_formats_that_tell_their_own(tmp_path):
    assert read_table(Layer(write(tmp_path, "gpkg"), encoding="ISO-8859-1"))["name"][1] == "乡镇"


def test_options_for_opening_are_passed_on(tmp_path):
    frame = gpd.GeoDataFrame({"a": ["x", "y"]}, geometry=[None, None], crs=4326)
    path = write(tmp_path, "xlsx", frame)
    assert list(read_table(Layer(path, options=("HEADERS=DISABLE",)))) == ["Field1"]
    assert list(read_table(Layer(f"{path}|option:HEADERS=DISABLE"))) == ["Field1"]
