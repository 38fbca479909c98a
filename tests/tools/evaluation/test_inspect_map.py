"""Map evidence: what a map's file says is told; a raster that says nothing is told to."""

import numpy as np
import pytest
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.layer import Layer
from regionwise.core.mapping.styles.map_styles import CLASSES
from regionwise.core.mapping.styles.style_files import write_style
from regionwise.core.tools.evidence.inspect_model import inspect
from regionwise.core.tools.evidence.map_facts import NO_DESCRIPTION, facts_of
from regionwise.core.tools.evidence.params import ModelInspection
from support import run_task


def test_a_map_tells_what_its_numbers_are(scene, tmp_path):
    from maps import map_to

    map_to(scene, tmp_path, "map", dominant=str(tmp_path / "top.tif"))
    found = facts_of(Layer(str(tmp_path / "map.tif")))
    assert found == {"what it shows": "Predicted shares (sum 1)", "bands": "F, NF, X"}
    top = facts_of(Layer(str(tmp_path / "top.tif")))
    assert top["what it shows"].startswith("The largest share") and "11 F, under 40 %" in top["classes"]


def test_inspecting_a_map_needs_no_model_and_writes_what_it_tells(tmp_path, write):
    layer = write(tmp_path / "plain.tif", np.ones((3, 3), np.uint8), names=["class"])
    write_style(tmp_path / "plain.tif", CLASSES, {1: "forest"})
    params = ModelInspection(map=layer, report=str(tmp_path / "r.html"))
    ran = run_task(inspect, params, tmp_path / "job")
    assert f"Map, what it shows: {NO_DESCRIPTION}" in ran.log
    assert "Map, classes: 1 forest" in ran.log
    assert "forest" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_nothing_to_inspect_is_refused(tmp_path):
    with pytest.raises(RegionwiseError, match="Give a model, a map, or both"):
        ModelInspection()
    with pytest.raises(RegionwiseError, match="Map 'gone' cannot be read"):
        facts_of(Layer(str(tmp_path / "gone.tif"), "gone"))
