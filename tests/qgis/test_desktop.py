"""The desktop under Xvfb: the dialog opens, runs, is cancelled; screenshots are kept in build/."""

import os
import re
import shutil
import subprocess

import pytest
from PIL import Image
from support import ROOT

pytestmark = [pytest.mark.qgis, pytest.mark.train]
SCRIPT = """
import traceback
from pathlib import Path
import processing
from qgis.core import *
from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtWidgets import QDockWidget
from qgis.utils import iface

out = Path({out!r})
data = Path({data!r})
project = QgsProject.instance()
day = QgsRasterLayer(str(data / "day.tif"), "day")
night = QgsRasterLayer(str(data / "night.tif"), "night")
samples = QgsVectorLayer(str(data / "samples.gpkg") + "|layername=regionwise", "samples", "ogr")
project.addMapLayers([day, night, samples])
shared = {{"DAY": [day.id()], "NIGHT": [night.id()], "SAMPLES": samples.id(), "TARGETS": ["F", "F_NF", "NF_F", "NF"],
    "VALIDATION": "blocks", "FOLDS": 2, "WIDTH": 4, "BLOCKS": "1,1,1"}}
events = []

def say(text):
    with open(out / "events.txt", "a") as file:
        file.write(text + "\\n")

def grab(widget, name):
    widget.grab().save(str(out / name))

def guarded(function):
    def call(*args):
        try:
            function(*args)
        except Exception:
            say("ERROR " + traceback.format_exc())
            finish()
    return call

def finish():
    project.clear()
    iface.actionExit().trigger()

@guarded
def open_dialog():
    global dialog
    dialog = processing.createAlgorithmDialog("regionwise:traincomposition", shared)
    dialog.resize(980, 760)
    dialog.show()
    QTimer.singleShot(1500, take_and_run)

@guarded
def take_and_run():
    global dialog
    grab(dialog, "dialog.png")
    dialog.close()
    dialog = processing.createAlgorithmDialog("regionwise:traincomposition",
        {{**shared, "EPOCHS": 2, "MODEL": str(out / "m.safetensors"), "REPORT": str(out / "r.html")}})
    dialog.show()
    dialog.algorithmFinished.connect(ran)
    dialog.runAlgorithm()

@guarded
def ran(successful, results):
    say(f"ran {{successful}} {{Path(results.get('MODEL', '')).exists()}}")
    from processing.core.ProcessingResults import resultsList
    say(f"listed {{resultsList.getResults()[-1].name}}")
    QTimer.singleShot(800, cancel_another)

@guarded
def cancel_another():
    global second
    grab(dialog, "finished.png")
    dialog.close()
    second = processing.createAlgorithmDialog("regionwise:traincomposition",
        {{**shared, "WIDTH": 64, "EPOCHS": 300, "MODEL": str(out / "never.safetensors")}})
    second.resize(980, 760)
    second.show()
    second.algorithmFinished.connect(cancelled)
    second.runAlgorithm()
    QTimer.singleShot(9000, press_cancel)

@guarded
def press_cancel():
    grab(second, "running.png")
    say("cancel")
    second.cancelButton().click()

@guarded
def cancelled(successful, results):
    say(f"cancelled {{successful}} {{(out / 'never.safetensors').exists()}}")
    QTimer.singleShot(800, map_it)

@guarded
def map_it():
    global third
    grab(second, "cancelled.png")
    second.close()
    third = processing.createAlgorithmDialog("regionwise:mapcomposition", {{"DAY": [day.id()], "NIGHT": [night.id()],
        "MODEL": str(out / "m.safetensors"), "OUTPUT": str(out / "map.tif"),
        "DOMINANT": str(out / "dominant.tif")}})
    third.show()
    third.algorithmFinished.connect(mapped)
    third.runAlgorithm()

@guarded
def mapped(successful, results):
    say(f"mapped {{successful}}")
    third.close()
    QTimer.singleShot(2500, look)

@guarded
def look():
    layers = [l for l in project.mapLayers().values() if l.source().endswith("map.tif")]
    say(f"loaded {{len(layers)}} {{layers[0].renderer().type() if layers else ''}}")
    tree = project.layerTreeRoot().children()
    shares = tree[1].children() if isinstance(tree[1], QgsLayerTreeGroup) else []
    for name, nodes in (("tree", tree), ("shares", shares)):
        states = [f"{{node.name()}} {{'on' if node.itemVisibilityChecked() else 'off'}}" for node in nodes]
        say(f"{{name}} " + ", ".join(states))
    dock = iface.mainWindow().findChild(QDockWidget, "ProcessingToolbox")
    if dock:
        dock.show()
    grab(iface.mainWindow(), "window.png")
    finish()

QTimer.singleShot(3000, open_dialog)
"""


@pytest.fixture(scope="module")
def desktop(world, tmp_path_factory):
    """What happened in the desktop, line by line, and the folder of screenshots."""
    out = tmp_path_factory.mktemp("desktop")
    script = out / "script.py"
    script.write_text(SCRIPT.format(out=str(out), data=str(world)))
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "xcb",
        "LIBGL_ALWAYS_SOFTWARE": "1",
        "QT_X11_NO_MITSHM": "1",
        "LC_ALL": "C.UTF-8",
    }
    options = ["--nologo", "--noversioncheck", "--code", str(script)]
    command = ["xvfb-run", "-a", "-s", "-screen 0 1400x900x24", str(ROOT / "dev"), "qgis", *options]
    subprocess.run(command, env=environment, timeout=240, check=False, capture_output=True)
    kept = ROOT / "build" / "screenshots"
    kept.mkdir(parents=True, exist_ok=True)
    for picture in out.glob("*.png"):
        shutil.copy(picture, kept)
    return (out / "events.txt").read_text().splitlines(), out


def test_dialog_runs_and_writes_the_model(desktop):
    assert "ran True True" in desktop[0], desktop[0]


def test_the_results_viewer_lists_the_report_by_what_it_is_about(desktop):
    named = r"listed Composition of samples, \d+ [A-Z][a-z]{2}"
    assert any(re.fullmatch(named, line) for line in desktop[0]), desktop[0]


def test_cancel_in_the_dialog_stops_and_leaves_nothing_finished(desktop):
    assert "cancelled False False" in desktop[0], desktop[0]


def test_map_is_loaded_with_its_style(desktop):
    assert "mapped True" in desktop[0]
    assert "loaded 4 singlebandpseudocolor" in desktop[0], desktop[0]


def test_what_dominates_lies_above_its_shares_and_these_above_the_inputs(desktop):
    (tree,) = [line for line in desktop[0] if line.startswith("tree ")]
    assert tree.startswith("tree Composition: Dominant share on, Composition: Shares on, "), desktop[0]
    assert set(tree.split(", ")[2:]) == {"day on", "night on", "samples on"}
    assert "shares F off, F_NF off, NF_F off, NF off" in desktop[0]


def test_screenshots_show_something(desktop):
    for name in ("dialog.png", "finished.png", "running.png", "cancelled.png", "window.png"):
        picture = Image.open(desktop[1] / name)
        assert picture.width > 500
        assert len(set(picture.convert("L").resize((40, 30)).tobytes())) > 10
