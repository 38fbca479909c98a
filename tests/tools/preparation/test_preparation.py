"""Samples from tables, the script for Earth Engine, and published weights as models."""

import json
import re
import shutil
import subprocess

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import torch
from rasterio.crs import CRS
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.layer import Layer
from regionwise.core.data.vector.samples import read_samples
from regionwise.core.families.composition.map import map_composition
from regionwise.core.families.composition.params import CompositionMapping
from regionwise.core.learning.model_file import read_model
from regionwise.core.tools.evidence.inspect_model import inspect
from regionwise.core.tools.evidence.params import ModelInspection
from regionwise.core.tools.preparation.export_script import export_script
from regionwise.core.tools.preparation.import_weights import import_weights
from regionwise.core.tools.preparation.make_samples import make_samples
from regionwise.core.tools.preparation.params import ScriptExport, WeightImport
from regionwise.core.tools.preparation.place_params import SampleMaking
from shapely.geometry import box
from support import run_task


@pytest.fixture
def units(tmp_path):
    """A table of shares in percent, with a row that has no label, and polygons of three of its four units."""
    table = pd.DataFrame({
        "code": ["1", "2", "3", "4"], "F": [20, 50, None, 10], "NF": [80, 50.4, None, 90],
        "province": ["辽宁省", "西藏自治区", "北京市", "云南省"], "income": [5.0, 6.0, 7.0, 8.0],
    })  # fmt: skip
    table.to_csv(tmp_path / "shares.csv", index=False)
    polygons = gpd.GeoDataFrame(
        {"id": [1.0, 2.0, 3.0]}, geometry=[box(x, 0, x + 1000, 1000) for x in (0, 1000, 2000)], crs="EPSG:32648"
    )
    polygons.to_file(tmp_path / "units.gpkg")
    return Layer(str(tmp_path / "shares.csv"), "shares"), Layer(str(tmp_path / "units.gpkg"), "units")


def test_samples_are_joined_closed_and_in_the_reference_schema(units, tmp_path):
    table, polygons = units
    params = SampleMaking(
        input=table, targets=("F", "NF"), id_field="code", polygons=polygons, polygon_id_field="id",
        source_field="code", region_field="province", region_preset="china", output=str(tmp_path / "s.gpkg"),
    )  # fmt: skip
    ran = run_task(make_samples, params, tmp_path / "j")
    out = gpd.read_file(tmp_path / "s.gpkg")
    assert list(out)[:7] == ["ID", "F", "NF", "longitude", "latitude", "region", "source"]
    assert out["ID"].tolist() == ["1", "2", "3"]
    np.testing.assert_allclose(out[["F", "NF"]].sum(axis=1)[:2], 1)
    assert out["F"].isna().tolist() == [False, False, True]
    assert out["region"].tolist() == ["Northeast", "", "North"]
    assert out["income"].tolist() == ["5.0", "6.0", "7.0"]
    degrees = out.geometry.centroid.to_crs("EPSG:4326")
    np.testing.assert_allclose(out["longitude"], degrees.x, atol=1e-6)
    assert "assigns no region to 西藏自治区" in ran.log
    assert "1 rows of 'shares' have no polygon: '4'" in ran.log
    assert ran.result.numbers == {"SAMPLES": 3, "LABELLED": 2}


def test_the_table_s_own_source_and_region_are_kept_and_rows_without_a_place_are_told(tmp_path):
    pd.DataFrame({
        "Source": ["town 1", "town 1", "town 2"], "region": ["N", "S", "S"], "lon": [100.5, 101, None],
        "lat": [30, 31, None], "A": [0.2, 0.4, 0.5], "B": [0.8, 0.6, 0.5],
    }).to_csv(tmp_path / "t.csv", index=False)  # fmt: skip
    params = SampleMaking(
        input=Layer(str(tmp_path / "t.csv"), "t"), targets=("A", "B"), longitude_field="lon", latitude_field="lat",
        output=str(tmp_path / "s.gpkg"),
    )  # fmt: skip
    ran = run_task(make_samples, params, tmp_path / "job")
    frame = gpd.read_file(tmp_path / "s.gpkg")
    assert frame["source"].tolist() == ["town 1", "town 1"]
    assert frame["region"].tolist() == ["N", "S"]
    assert "Field 'Source' of 't' is kept as the source" in ran.log
    assert "1 rows of 't' without a place are left out" in ran.log
    samples = read_samples(params.input, ("A", "B"), CRS.from_epsg(4326))
    assert samples.row.tolist() == [1, 2]
    pd.read_csv(tmp_path / "t.csv").rename(columns={"lon": "X", "lat": "Y"}).to_csv(tmp_path / "xy.csv", index=False)
    with pytest.raises(RegionwiseError, match="Columns 'X' and 'Y' of 'xy' look like degrees"):
        read_samples(Layer(str(tmp_path / "xy.csv"), "xy"), ("A", "B"), CRS.from_epsg(32648))


def test_samples_from_degrees_to_a_shapefile(tmp_path):
    table = pd.DataFrame({"F": [0.2, 1], "NF": [0.8, 0], "e": [10.0, 11.0], "n": [50.0, 51.0], "long_name_of_field": 1})
    table.to_csv(tmp_path / "t.csv", index=False)
    params = SampleMaking(
        input=Layer(str(tmp_path / "t.csv"), "t"), targets=("F", "NF"), longitude_field="e", latitude_field="n",
        output=str(tmp_path / "s.shp"),
    )  # fmt: skip
    with pytest.raises(RegionwiseError, match="cannot hold the field name 'long_name_of_field'"):
        run_task(make_samples, params, tmp_path / "j")
    table.drop(columns="long_name_of_field").to_csv(tmp_path / "t.csv", index=False)
    run_task(make_samples, params, tmp_path / "j")
    out = gpd.read_file(tmp_path / "s.shp")
    assert out.geometry.iloc[1].coords[0] == (11, 51)
    assert out["source"].tolist() == ["row 1", "row 2"]


def test_swapped_degrees_and_foreign_ids_are_refused(units, tmp_path):
    table, polygons = units
    pd.DataFrame({"F": [1.0], "NF": [0.0], "e": [30.0], "n": [104.0]}).to_csv(tmp_path / "t.csv", index=False)
    params = SampleMaking(
        input=Layer(str(tmp_path / "t.csv"), "t"), targets=("F", "NF"), longitude_field="e", latitude_field="n",
        output=str(tmp_path / "s.gpkg"),
    )  # fmt: skip
    with pytest.raises(RegionwiseError, match="Field 'n' of 't' is 104 in row 1; degrees are between -90 and 90. Are"):
        run_task(make_samples, params, tmp_path / "j")
    params = SampleMaking(
        input=table, targets=("F", "NF"), id_field="province", polygons=polygons, polygon_id_field="id",
        output=str(tmp_path / "s.gpkg"),
    )  # fmt: skip
    with pytest.raises(RegionwiseError, match=r"No id of 'shares' \('辽宁省', ...\) is in field 'id' of 'units'"):
        run_task(make_samples, params, tmp_path / "j")


EE = """
const calls = [];
const handler = {get: (t, name) => name === Symbol.toPrimitive ? () => 0 : ee_proxy(String(name)),
                 apply: (t, self, args) => { calls.push([t.called, args.filter(a => typeof a !== 'function')
                 .map(a => { try { return JSON.parse(JSON.stringify(a)); } catch (e) { return null; } })]);
                 for (const a of args) if (typeof a === 'function' && !a.called) a(ee_proxy('image'));
                 return ee_proxy(t.called + '()'); }};
function ee_proxy(name) { const f = () => 0; f.called = name; return new Proxy(f, handler); }
const ee = ee_proxy('ee'), Export = ee_proxy('Export'), Map_ = ee_proxy('Map');
"""


@pytest.mark.parametrize("sensor", ["landsat89", "sentinel2"])
@pytest.mark.parametrize("night", ["none", "viirs_monthly"])
def test_the_exported_script_says_what_was_asked(tmp_path, sensor, night):
    params = ScriptExport(
        extent="11000000,3200000,11100000,3300000 EPSG:3857", years="2019-2021", months="11-2", sensor=sensor,
        night=night, cell_size=90, mask="projects/x/assets/villages", output=str(tmp_path / "e.js"),
    )  # fmt: skip
    run_task(export_script, params, tmp_path / "j")
    text = (tmp_path / "e.js").read_text()
    box_ = [float(x) for x in re.search(r"Rectangle\(\[(.*?)\]", text).group(1).split(",")]
    metres = np.array([1.10e7, 3.2e6, 1.11e7, 3.3e6]) / 6378137  # the spherical Mercator projection, inverted
    degrees = np.degrees([metres[0], np.arctan(np.sinh(metres[1])), metres[2], np.arctan(np.sinh(metres[3]))])
    np.testing.assert_allclose(box_, degrees, atol=1e-5)
    assert "calendarRange(2019, 2021, 'year')" in text
    assert "calendarRange(11, 2, 'month')" in text
    assert "var cell = 90;" in text
    assert "An equal-area CRS" in text
    assert ("VIIRS" in text) == (night != "none")
    assert ("ST_B10" in text) == (sensor == "landsat89")
    assert "reduceResolution({reducer: ee.Reducer.mean()" in text
    assert "{{" not in text
    for left, right in ("()", "[]", "{}"):
        assert text.count(left) == text.count(right)
    if shutil.which("node"):  # run it against a stand-in that records every call
        code = EE + text.replace("Map.", "Map_.") + "\nconsole.log(JSON.stringify(calls));"
        ran = subprocess.run(["node", "-e", code], capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        exports = [args[0] for name, args in json.loads(ran.stdout) if name == "toDrive"]
        assert [e["description"] for e in exports] == (["day"] if night == "none" else ["day", "night"])
        assert exports[0]["crs"] == "EPSG:6933"
        assert exports[0]["formatOptions"]["noData"] == -9999


def test_scripts_that_would_not_work_are_refused(tmp_path):
    good = {"extent": "10,50,11,51", "output": str(tmp_path / "e.js")}
    for changes, sentence in (
        ({"crs": "EPSG:4326"}, r"EPSG:4326 \(WGS 84\) is not in metres"),
        ({"crs": "nonsense"}, "CRS 'nonsense' is unknown"),
        ({"extent": "200,0,210,10"}, "Choose one that lies on the earth"),
    ):
        with pytest.raises(RegionwiseError, match=sentence):
            run_task(export_script, ScriptExport(**{**good, **changes}), tmp_path / "j")
    for changes, sentence in (
        ({"years": "2021-2019"}, "Years are '2021-2019'"),
        ({"years": "2010-2012"}, "landsat89 has whole years from 2013"),
        ({"months": "0-13"}, "give months from 1 to 12"),
        ({"months": "summer"}, "Months is 'summer'"),
        ({"mask": "x'); evil("}, "give the id of an Earth Engine asset"),
    ):
        with pytest.raises(RegionwiseError, match=sentence):
            ScriptExport(**{**good, **changes})
    ran = run_task(export_script, ScriptExport(**good, crs="EPSG:3857"), tmp_path / "j")
    assert "Prefer EPSG:6933" in ran.log


@pytest.mark.parametrize("name", ["drlm_global", "drlm_region3"])
def test_published_weights_map_as_the_published_network_answers(shared, tmp_path, write, name):
    """At every pixel whose receptive field lies inside the tile; nodata enters as 0, as in the reference."""
    with np.load(shared / "reference" / f"{name}.npz") as saved:
        day, night, alpha = saved["day"][0], saved["night"][0], saved["alpha"][0]
    bands = ("RED", "GREEN", "BLUE", "NIR", "SWIR1", "SWIR2", "TEMP1")
    params = WeightImport(
        input=(str(shared / "reference" / "weights" / f"{name}.pth"),), model=str(tmp_path / "m.safetensors")
    )
    run_task(import_weights, params, tmp_path / "j")
    mapping = CompositionMapping(
        day=(write(tmp_path / "day.tif", day, names=bands),),
        night=(write(tmp_path / "VIIRS.tif", night),),
        model=params.model,
        output=str(tmp_path / "shares.tif"),
        uncertainty=str(tmp_path / "sd.tif"),
    )
    run_task(map_composition, mapping, tmp_path / "k")
    with rasterio.open(tmp_path / "shares.tif") as file:
        shares = file.read()
        assert file.descriptions == ("F", "F_NF", "NF_F", "NF")
    inner = np.s_[:, 19:-19, 19:-19]
    np.testing.assert_allclose(shares[inner], (alpha / alpha.sum(0))[inner], atol=1e-4)
    run_task(inspect, ModelInspection(params.model, str(tmp_path / "card.html")), tmp_path / "l")
    assert "unknown (imported)" in (tmp_path / "card.html").read_text(encoding="utf-8")


def test_imported_experts_carry_their_regions_and_statistics(shared, tmp_path):
    statistics = {"format": "regionwise statistics 1", "bands": [
        {"name": name, "mean": float(i), "std": 2.0, "count": 9}
        for i, name in enumerate(("VIIRS", "RED", "GREEN", "BLUE", "NIR", "SWIR1", "SWIR2", "TEMP1"))
    ]}  # fmt: skip
    (tmp_path / "s.json").write_text(json.dumps(statistics))
    weights = shared / "reference" / "weights"
    params = WeightImport(
        input=(str(weights / "drlm_global.pth"), str(weights / "drlm_region3.pth")), regions="East; Central-South",
        statistics=str(tmp_path / "s.json"), model=str(tmp_path / "m.safetensors"),
    )  # fmt: skip
    run_task(import_weights, params, tmp_path / "j")
    model = read_model(params.model)
    assert [(m.kind, m.region) for m in model.card.members] == [("within", "East"), ("within", "Central-South")]
    np.testing.assert_array_equal(model.members["within East"]["scaling.mean"], [1, 2, 3, 4, 5, 6, 7, 0])
    assert sum(a.size for k, a in model.members["within East"].items() if "weight" in k or "bias" in k) == 929_796


class Evil:
    def __reduce__(self):
        import os

        return os.system, ("touch /tmp/evil",)


def test_weights_that_are_no_composition_network_are_refused(shared, tmp_path):
    weights = shared / "reference" / "weights"

    def refused(path, **changes):
        with pytest.raises(RegionwiseError) as caught:
            values = {"input": (str(path),), "model": str(tmp_path / "m.safetensors")} | changes
            run_task(import_weights, WeightImport(**values), tmp_path / "j")
        return str(caught.value)

    assert "trained with 5 bands, 7 are named" in refused(weights / "crops.pth")
    assert "Experts of regions are of the family composition" in refused(
        weights / "crops.pth", bands="R G B NDVI45 GNDVI", components="a b c d e f g h i j", regions="East"
    )
    assert "trained with 10 classes, 4 are named" in refused(weights / "crops.pth", bands="R G B NDVI45 GNDVI")
    torch.save({"weight": torch.zeros(2)}, tmp_path / "other.pth")
    assert "holds tensors of no known reference (the first is 'weight')" in refused(tmp_path / "other.pth")
    assert "trained with 9 ancillary bands, 0 are named" in refused(weights / "abundance_N1.ckpt")
    several = (str(weights / "abundance_N1.ckpt"), str(weights / "drlm_global.pth"))
    assert "The files hold weights of abundance and composition" in refused("", input=several)
    good = weights / "drlm_global.pth"
    assert "trained with 7 day bands, 3 are named" in refused(good, bands="RED GREEN BLUE")
    assert "trained with 4 components, 2 are named" in refused(good, components="a b")
    state = torch.load(good, map_location="cpu", weights_only=True)
    torch.save({k: v for k, v in state.items() if "head_conv" not in k}, tmp_path / "part.pth")
    assert "do not fit the composition network" in refused(tmp_path / "part.pth")
    torch.save({"model": Evil()}, tmp_path / "evil.pth")
    assert "holds more than plain tensors" in refused(tmp_path / "evil.pth")
    (tmp_path / "text.pth").write_text("hello")
    assert "text.pth'" in refused(tmp_path / "text.pth")
    assert "is no weights file of torch" in refused(tmp_path / "absent.pth")
