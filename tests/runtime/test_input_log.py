"""The input log: each change is told once, each file is one row, and threads without a log do no harm."""

from __future__ import annotations

import json
import threading

import pytest
from pages import blank_report
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.layer import Layer, NodataRange
from regionwise.core.runtime.input_log import collect_inputs, inputs_read, note_change, note_input
from regionwise.core.tools.evaluation.params import MapSummary


def _closed():
    """Return a report that says how it was made."""
    report = blank_report()
    report.close({}, None)
    return report


def test_each_change_is_told_once_and_each_input_is_one_row(tmp_path):
    told = []
    with collect_inputs(told.append):
        for _ in range(2):
            note_input("dem", "dem.tif", bands="1", unit="m")
            note_change("dem", "dem.tif", "heights in feet are brought to metres")
        note_change("dem", "dem.tif", "3 cells of 0 are missing")
        _closed().write(str(tmp_path / "report.html"))
        (row,) = inputs_read()
    assert told == ["'dem': heights in feet are brought to metres.", "'dem': 3 cells of 0 are missing."]
    assert (row["bands"], row["unit"], row["scale"]) == ("1", "m", "")
    assert row["changed"] == "heights in feet are brought to metres; 3 cells of 0 are missing"
    page = (tmp_path / "report.html").read_text()
    assert "Inputs as they were read" in page and "heights in feet" in page


def test_nothing_is_collected_outside_of_a_run(tmp_path):
    note_change("dem", "dem.tif", "lost")
    assert inputs_read() == []
    with collect_inputs(lambda text: None):
        other = threading.Thread(target=note_input, args=("dem", "dem.tif"))
        other.start()
        other.join()
        assert inputs_read() == []
    _closed().write(str(tmp_path / "report.html"))
    assert "Inputs as they were read" not in (tmp_path / "report.html").read_text()


def test_what_qgis_knows_of_a_layer_survives_the_job_file():
    layer = Layer("a.tif", "a", crs="EPSG:4326", nodata=(NodataRange(2, -1, 0),), all_data=(1,), options=("X=1",))
    params = MapSummary(map=layer, polygons=Layer("b.gpkg", encoding="GB18030"), output="out.gpkg")
    assert MapSummary.from_json(json.loads(json.dumps(params.to_json()))) == params


def test_a_job_without_what_qgis_knows_is_read(tmp_path):
    assert Layer.from_json({"path": "a.tif"}) == Layer("a.tif")
    with pytest.raises(RegionwiseError, match="'map' cannot be"):
        MapSummary.from_json({"map": {"path": "a.tif", "nodata": [3]}})
