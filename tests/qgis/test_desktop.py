"""The desktop under Xvfb: the dialog opens, runs, is cancelled; screenshots are kept in build/."""

import re

import pytest
from desktop import in_desktop, keep_pictures
from PIL import Image

pytestmark = [pytest.mark.qgis, pytest.mark.train]
CODE = """
data = Path({data!r})
day = QgsRasterLayer(str(data / "day.tif"), "day")
night = QgsRasterLayer(str(data / "night.tif"), "night")
samples = QgsVectorLayer(str(data / "samples.gpkg") + "|layername=regionwise", "samples", "ogr")
project.addMapLayers([day, night, samples])
shared = {{"DAY": [day.id()], "NIGHT": [night.id()], "SAMPLES": samples.id(), "TARGETS": ["F", "F_NF", "NF_F", "NF"],
    "VALIDATION": "blocks", "FOLDS": 2, "WIDTH": 4, "BLOCKS": "1,1,1", "MODEL_TYPE": "network"}}

def opened(tool, values):
    dialog = processing.createAlgorithmDialog(f"regionwise:{{tool}}", values)
    dialog.resize(980, 760)
    dialog.show()
    return dialog

def ran(dialog):
    ended = []
    dialog.algorithmFinished.connect(lambda successful, results: ended.append((successful, results)))
    dialog.runAlgorithm()
    return ended

dialog = opened("traincomposition", {{name: value for name, value in shared.items() if name != "MODEL_TYPE"}})
settle(1.5)
grab(dialog, "dialog.png")
dialog.close()
model = str(out / "m.safetensors")
dialog = opened("traincomposition", {{**shared, "EPOCHS": 2, "MODEL": model, "REPORT": str(out / "r.html")}})
ended = ran(dialog)
wait(lambda: ended, 600)
say(f"ran {{ended[0][0]}} {{Path(ended[0][1].get('MODEL', '')).exists()}}")
from processing.core.ProcessingResults import resultsList
say(f"listed {{resultsList.getResults()[-1].name}}")
settle(0.8)
grab(dialog, "finished.png")
dialog.close()

never = out / "never.safetensors"
dialog = opened("traincomposition", {{**shared, "WIDTH": 64, "EPOCHS": 300, "MODEL": str(never)}})
ended = ran(dialog)
settle(9)
grab(dialog, "running.png")
dialog.cancelButton().click()
wait(lambda: ended, 300)
say(f"cancelled {{ended[0][0]}} {{never.exists()}}")
settle(0.8)
grab(dialog, "cancelled.png")
dialog.close()

maps = {{"OUTPUT": str(out / "map.tif"), "DOMINANT": str(out / "dominant.tif")}}
dialog = opened("mapcomposition", {{"DAY": [day.id()], "NIGHT": [night.id()], "MODEL": model, **maps}})
ended = ran(dialog)
wait(lambda: ended, 600)
say(f"mapped {{ended[0][0]}}")
dialog.close()
settle(2.5)
layers = [l for l in project.mapLayers().values() if l.source().endswith("map.tif")]
say(f"loaded {{len(layers)}} {{layers[0].renderer().type() if layers else ''}}")
tree = project.layerTreeRoot().children()
shares = tree[1].children() if isinstance(tree[1], QgsLayerTreeGroup) else []
for name, nodes in (("tree", tree), ("shares", shares)):
    states = [f"{{node.name()}} {{'on' if node.itemVisibilityChecked() else 'off'}}" for node in nodes]
    say(f"{{name}} " + ", ".join(states))
toolbox = iface.mainWindow().findChild(QDockWidget, "ProcessingToolbox")
if toolbox:
    toolbox.show()
grab(iface.mainWindow(), "window.png")
"""


@pytest.fixture(scope="module")
def desktop(world, tmp_path_factory):
    """What happened in the desktop, line by line, and the folder of screenshots."""
    out = tmp_path_factory.mktemp("desktop")
    lines = in_desktop(CODE.format(data=str(world)), out)
    keep_pictures(out)
    return lines, out


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
