"""All plain Qt code of the plugin runs on PyQt6, which QGIS 4 has, though no QGIS 4 is here.

A program of its own (`qgis4.py`) puts stand-ins for QGIS's classes over the real PyQt6, imports every
module, declares every algorithm, and calls what talks to Qt. PyQt6 knows no unscoped enums and none of
what Qt 6 has dropped, so each such name fails there.

What stand-ins cannot show is not tried: whether QGIS 4 takes the arguments that its methods are given,
the dialogs, the provider's options, layers and their styles, models, and the run of an algorithm. That
QGIS 4 has the names at all is what `test_qgis_api.py` holds.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from support import ROOT


@pytest.fixture(scope="module")
def found():
    """What came out of the plugin on PyQt6."""
    pytest.importorskip("PyQt6", reason="PyQt6 has no wheel for this Python")
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "_alias"), "QT_QPA_PLATFORM": "offscreen"}
    run = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "qgis" / "qgis4.py")],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_every_module_is_imported_and_every_algorithm_declares_itself(found):
    assert found["modules"] >= len(list((ROOT / "algorithms").glob("*.py"))) - 1
    assert len(found["algorithms"]) == found["declared"] > 30
    assert all(found["algorithms"].values()), "an algorithm without parameters"


def test_texts_icons_and_times_are_made_by_qt_6(found):
    assert found["loaded"] == ["PyQt6"]
    assert found["text"] == "Series"
    assert found["icons"]
    assert found["help"]
    assert found["days"] == ["2020-01-01", "2020-01-17", "2020-01-17", "2020-02-02"]


def test_the_start_panel_is_made_by_qt_6(found):
    assert len(found["cards"]) == 6
    assert found["recent"] == ["Report: report"]


def test_rasters_are_geotiffs_whatever_qgis_4_calls_a_pair(found):
    assert found["formats"] == [["GTiff", "tif"], ["GTiff", "tif"]]


def test_the_table_of_names_and_pyqt6_agree():
    """Every Qt name of the table that is said to be in QGIS 4 is in PyQt6."""
    pytest.importorskip("PyQt6", reason="PyQt6 has no wheel for this Python")
    table = json.loads((ROOT / "tests" / "qgis" / "qgis_api.json").read_text(encoding="utf-8"))
    names = [name for name in table if name.startswith("Qt")]
    code = f"""
from importlib import import_module
for name in {names!r}:
    first, *rest = name.split(".")
    try:
        owner = import_module(f"PyQt6.{{first}}")
        for part in rest:
            owner = getattr(owner, part)
        print(name)
    except (ImportError, AttributeError):
        pass
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(run.stdout.split()) == {name for name in names if table[name]["last"] == "4.x"}
