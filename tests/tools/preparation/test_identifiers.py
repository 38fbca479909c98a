"""Identifiers of any kind join exactly: long numbers beside empty cells, leading zeros, 1.10 and 1.1."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from regionwise.core.contract.layer import NO_LAYER, Layer
from regionwise.core.data.vector.tables import read_table, text_of
from regionwise.core.targets.hierarchy import read_levels
from regionwise.core.tools.preparation.make_samples import make_samples
from regionwise.core.tools.preparation.match_places import match
from regionwise.core.tools.preparation.place_params import PlaceMatching, SampleMaking
from shapely.geometry import box
from support import run_task

LONG = [9007199254740992 + i for i in range(4)]  # a float holds every second of them
TEXTS = ["007", "7", "1.10", "1.1"]


@pytest.mark.parametrize("kind", ["gpkg", "shp", "geojson", "csv", "xlsx"])
@pytest.mark.parametrize("keys", [LONG, TEXTS], ids=["long", "texts"])
def test_each_row_gets_its_own_polygon(tmp_path, kind, keys):
    ids = pd.array([*keys, None], dtype="Int64") if keys is LONG else [*keys, None]
    polygons = gpd.GeoDataFrame(
        {"id": ids}, geometry=[box(i * 1000, 0, i * 1000 + 1000, 1000) for i in range(5)], crs="EPSG:32648"
    )
    polygons.to_file(tmp_path / "units.gpkg")
    order = [2, 0, 3, 1]
    shares = {"F": [0.1, 0.2, 0.3, 0.4, 0.5], "NF": [0.9, 0.8, 0.7, 0.6, 0.5]}
    own = [*(keys[i] for i in order), None]
    table = pd.DataFrame({"code": pd.array(own, dtype="Int64") if keys is LONG else own, **shares})
    path = tmp_path / f"t.{kind}"
    if kind == "csv":
        table.to_csv(path, index=False)
    elif kind == "xlsx":
        import pyogrio

        pyogrio.write_dataframe(table, path, driver="XLSX", layer="t")
    else:
        places = [box(0, 0, 1, 1)] * 5
        gpd.GeoDataFrame(table, geometry=places, crs="EPSG:32648").to_file(path)
    params = SampleMaking(
        input=Layer(str(path), "t"), targets=("F", "NF"), id_field="code", polygons=Layer(str(tmp_path / "units.gpkg")),
        polygon_id_field="id", output=str(tmp_path / "s.gpkg"),
    )  # fmt: skip
    ran = run_task(make_samples, params, tmp_path / "j")
    frame = gpd.read_file(tmp_path / "s.gpkg")
    assert frame["ID"].tolist() == [str(keys[i]) for i in order]
    assert frame.geometry.to_crs("EPSG:32648").bounds["minx"].round().tolist() == [i * 1000 for i in order]
    assert "1 rows of 't' have no polygon" in ran.log


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (9007199254740993, "9007199254740993"),
        (np.int64(9007199254740993), "9007199254740993"),
        (620102013000.0, "620102013000"),
        (np.float32(5), "5"),
        (0.1, "0.1"),
        (" 1.10 ", "1.10"),
        (True, "True"),
        (None, ""),
        (float("nan"), ""),
        (pd.NA, ""),
        (pd.NaT, ""),
        (pd.Timestamp("2020-01-31"), "2020-01-31"),
        (pd.Timestamp("2020-01-31 10:30"), "2020-01-31 10:30:00"),
        (float("inf"), "inf"),
    ],
)
def test_text_of_a_cell_is_exact(value, text):
    assert text_of(value) == text


def test_places_match_by_long_codes_beside_empty_ones(tmp_path):
    official = pd.DataFrame({"name": ["甲镇", "乙镇", "丙镇", "丁镇"], "county": pd.array(LONG, dtype="Int64")})
    official["code"] = pd.array([10 + LONG[0] + i for i in range(4)], dtype="Int64")
    survey = pd.DataFrame({"n": ["甲镇", "丙镇", "无镇"], "k": pd.array([LONG[0], LONG[2], None], dtype="Int64")})
    for frame, name in ((official, "o.gpkg"), (survey, "s.gpkg")):
        places = [box(0, 0, 1, 1)] * len(frame)
        gpd.GeoDataFrame(frame, geometry=places, crs="EPSG:32648").to_file(tmp_path / name)
    params = PlaceMatching(
        input=Layer(str(tmp_path / "s.gpkg"), "s"), name_field="n", county_field="k",
        reference=Layer(str(tmp_path / "o.gpkg"), "o"), reference_name_field="name", reference_code_field="code",
        reference_county_field="county", output=str(tmp_path / "out.csv"), unmatched=str(tmp_path / "left.csv"),
    )  # fmt: skip
    run_task(match, params, tmp_path / "j")
    out = pd.read_csv(tmp_path / "out.csv", dtype=str)
    assert out["code"].tolist() == [str(LONG[0] + 10), str(LONG[0] + 12)]
    assert len(read_table(Layer(str(tmp_path / "left.csv")))) == 1


def test_levels_by_codes_and_without_missing_ones(tmp_path):
    (tmp_path / "l.csv").write_text("child,parent\n01,A\n1,B\nNA,C\n1.10,A\n-,\n")
    levels = read_levels(Layer(str(tmp_path / "l.csv")), ("01", "1", "1.10"))
    assert levels.parents == {"A": ["01", "1.10"], "B": ["1"]}
    assert read_levels(NO_LAYER, ("a", "b")).parents == {}
