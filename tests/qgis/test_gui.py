"""The desktop of a new user under Xvfb: no engine, its arrival, sample projects, cards, and a plugin that goes.

The profile is new, and no engine is there until the script lets one come. Screenshots are kept in build/.
"""

import json

import pytest
from desktop import keep_pictures, launch, own_profile
from PIL import Image
from support import ROOT

pytestmark = pytest.mark.qgis
SHARES, CLASSES = ["F", "F_NF", "NF_F", "NF"], ["tree", "maize", "rice", "bare"]
# what the card of each family fills in, from its sample project
FILLED = {
    "composition": {"DAY": ["composition/day.tif"], "SAMPLES": "Samples of shares", "TARGETS": SHARES},
    "abundance": {"FOLDER": "abundance/images", "SAMPLES": "Samples of fractions", "TARGETS": CLASSES},
    "crops": {"FOLDER": "crops/images", "SAMPLES": "Samples of crops", "CLASS_FIELD": "crop", "PARCELS": "Fields"},
    "susceptibility": {"DEM": "DEM", "INVENTORY": "Landslide inventory", "CATEGORICAL": "lithology"},
    "forecast": {"FOLDER": "forecast/images", "MASKS": ["forecast/mines.tif"]},
    "area": {"MAP": "Crop map", "TRUTH": "Reference crops", "ZONES": "Districts", "ZONE_FIELD": "district"},
}
SCRIPT = """
import os, traceback, json
from pathlib import Path
from qgis.core import *
from qgis.gui import QgsMessageBarItem
from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtWidgets import QApplication, QDockWidget, QLabel, QPushButton, QTextBrowser, QToolBar
from qgis.utils import iface, plugins, startPlugin, loadPlugin, unloadPlugin
import qgis.utils

out = Path(os.environ["OUT"])
FAMILIES = ("composition", "abundance", "crops", "susceptibility", "forecast", "area")
story = {"cards": {}, "projects": {}}
main = iface.mainWindow()

def grab(widget, name):
    widget.grab().save(str(out / name))

def panel():
    return main.findChild(QDockWidget, "RegionwiseStartPanel")

def items():
    return [item for item in iface.messageBar().findChildren(QgsMessageBarItem)
            if any(b.text() in ("Later", "Open the sample project") for b in item.findChildren(QPushButton))]

def bar():
    return [[item.text(), [b.text() for b in item.findChildren(QPushButton) if b.text()]] for item in items()]

def traces():
    names = [a.text() for a in [*main.findChild(QToolBar, "mPluginToolBar").actions(), *iface.pluginMenu().actions()]]
    return [name for name in names if "Regionwise" in name] + (["panel"] if panel() else []) + bar()

def finish():
    (out / "story.json").write_text(json.dumps(story))
    QgsProject.instance().clear()
    QgsProject.instance().setDirty(False)
    iface.actionExit().trigger()

def steps():
    start = plugins["regionwise"].start
    story["first"] = {"bar": bar(), "shown": panel().isVisible(), "state": panel().state.text(),
                      "button": panel().install.isVisible()}
    grab(main, "gui-no-engine.png")
    panel().findChild(QPushButton, "card_crops").click()
    yield 500
    story["refused"] = {"bar": bar(), "dialogs": len(start.tools.dialogs)}
    items()[0].findChildren(QPushButton)[0].click()
    yield 1500
    story["install"] = [d.windowTitle() for d in start.tools.dialogs]
    for dialog in list(start.tools.dialogs):
        dialog.close()
    panel().findChild(QPushButton, "card_crops").click()
    yield 500
    [b for b in items()[0].findChildren(QPushButton) if b.text() == "Later"][0].click()
    yield 1000
    story["later"] = bar()

    os.environ["REGIONWISE_PYTHON"] = os.environ["ENGINE"]
    yield 4000
    story["come"] = {"bar": bar(), "state": panel().state.text(), "button": panel().install.isVisible()}
    grab(main, "gui-engine-there.png")
    [b for b in items()[0].findChildren(QPushButton) if b.text() == "Open the sample project"][0].click()
    for family in FAMILIES:
        if family != "composition":
            start.tools.open_sample(family)
        for _ in range(40):
            yield 500
            if family in QgsProject.instance().fileName():
                break
        yield 1500
        project = QgsProject.instance()
        story["projects"][family] = [project.fileName(), project.title(), len(project.mapLayers())]
        grab(main, f"gui-project-{family}.png")
        panel().findChild(QPushButton, f"card_{family}").click()
        yield 1500
        dialog = start.tools.dialogs[-1]
        values = dialog.createProcessingParameters()
        layers = {key: layer.name() for key, layer in project.mapLayers().items()}
        named = lambda value: [named(v) for v in value] if isinstance(value, list) else layers.get(str(value), value)
        filled = {k: named(v) for k, v in values.items() if isinstance(v, (str, list))}
        story["cards"][family] = [dialog.windowTitle(), filled]
        dialog.resize(900, 760)
        grab(dialog, f"gui-card-{family}.png")
        dialog.close()
        yield 300
    story["open"] = len(start.tools.dialogs)

    from regionwise.algorithms.recent import remember
    model, report = (out / f"Composition of villages, 29 Nov.{ending}" for ending in ("safetensors", "html"))
    for path in (model, report):
        path.write_text("")
        remember(str(path), "traincomposition")
    remember(str(out / "gone.html"), "traincomposition")
    yield 3000
    buttons = {b.text(): b for b in panel().recents.findChildren(QPushButton)}
    story["recent"] = list(buttons)
    grab(panel(), "gui-panel.png")
    buttons["Model: Composition of villages, 29 Nov"].click()
    yield 1000
    story["inspected"] = start.tools.dialogs[-1].createProcessingParameters().get("MODEL")
    start.tools.close()
    [b for b in panel().findChildren(QPushButton) if b.text() == "Copy diagnostics"][0].click()
    story["diagnostics"] = QgsApplication.clipboard().text()
    for theme in ("Night Mapping", "Blend of Gray"):
        QgsApplication.setUITheme(theme)
        yield 1500
        grab(panel(), f"gui-panel-{theme.split()[0].lower()}.png")
        grab(main, f"gui-window-{theme.split()[0].lower()}.png")
    QgsApplication.setUITheme("default")

    panel().close()
    yield 300
    story["before"] = traces()
    story["unloaded"] = unloadPlugin("regionwise")
    yield 1500
    story["after"] = traces()
    story["timer"] = start.timer.isActive()
    loadPlugin("regionwise")
    startPlugin("regionwise")
    yield 1500
    story["again"] = {"shown": panel().isVisible(), "traces": traces()}
    plugins["regionwise"].start.action.trigger()
    yield 500
    story["asked"] = {"shown": panel().isVisible(), "kept": QgsSettings().value("regionwise/start_panel_shown")}

def go_on(story_steps):
    try:
        QTimer.singleShot(next(story_steps), lambda: go_on(story_steps))
    except StopIteration:
        finish()
    except Exception:
        story["error"] = story.get("error", "") + traceback.format_exc()
        finish()

def watch():
    # a question would hold the script for ever
    modal = QApplication.activeModalWidget()
    if modal is None or "sample project" in modal.windowTitle():
        QTimer.singleShot(1000, watch)
        return
    grab(modal, "gui-question.png")
    texts = [label.text() for label in modal.findChildren(QLabel)]
    texts += [browser.toPlainText() for browser in modal.findChildren(QTextBrowser)]
    story["error"] = story.get("error", "") + f"{modal.windowTitle()}: {texts}"
    (out / "story.json").write_text(json.dumps(story))
    os._exit(1)

QTimer.singleShot(1000, watch)
QTimer.singleShot(4000, lambda: go_on(steps()))
"""


@pytest.fixture(scope="module")
def desktop(tmp_path_factory):
    """What was found in the desktop, and the folder of screenshots."""
    out = tmp_path_factory.mktemp("gui")
    program = own_profile(out)
    (out / "script.py").write_text(SCRIPT)
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(out),
        "OUT": str(out),
        "ENGINE": str(ROOT / ".venv" / "bin" / "python"),
        "REGIONWISE_HOME": str(out / "none"),
        "XDG_RUNTIME_DIR": str(out / "run"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    run = launch(out / "script.py", program, **environment)
    keep_pictures(out)
    assert (out / "story.json").exists(), run.stdout[-2000:] + run.stderr[-3000:]
    story = json.loads((out / "story.json").read_text())
    assert "error" not in story, story["error"]
    return story, out


def test_without_an_engine_one_item_of_the_message_bar_offers_to_install_it(desktop):
    first = desktop[0]["first"]
    assert first["bar"] == [["The engine is not installed.", ["Install engine", "Later"]]]
    assert first["shown"] and first["button"]
    assert first["state"] == "The engine is not installed."


def test_a_card_opens_nothing_without_an_engine_and_there_is_still_one_item(desktop):
    assert desktop[0]["refused"] == {"bar": desktop[0]["first"]["bar"], "dialogs": 0}


def test_the_buttons_open_the_dialog_and_take_the_item_away(desktop):
    assert desktop[0]["install"] == ["Install engine"]
    assert desktop[0]["later"] == []


def test_when_an_engine_has_come_the_sample_project_is_offered(desktop):
    come = desktop[0]["come"]
    assert come["bar"] == [["The engine is installed.", ["Open the sample project"]]]
    assert come["state"].startswith("Version ")
    assert not come["button"]


@pytest.mark.parametrize("family", FILLED)
def test_a_sample_project_opens_and_the_card_opens_its_chain_with_the_layers_filled_in(desktop, family):
    story = desktop[0]
    path, title, layers = story["projects"][family]
    assert path.endswith(f"Regionwise/samples/{family}/regionwise_{family}.qgz")
    assert title.startswith("Sample project: ")
    assert layers >= 3
    values = story["cards"][family][1]
    for name, wanted in FILLED[family].items():
        found = values[name]
        names = [value.rpartition("samples/")[2] for value in found] if isinstance(found, list) else found
        assert found.endswith(wanted) if name == "FOLDER" else names == wanted, (name, found)


def test_dialogs_are_forgotten_when_they_are_closed(desktop):
    assert desktop[0]["open"] == 0


def test_recent_files_that_are_there_are_listed_and_a_model_is_inspected(desktop):
    story = desktop[0]
    assert story["recent"] == ["Model: Composition of villages, 29 Nov", "Report: Composition of villages, 29 Nov"]
    assert story["inspected"].endswith("Composition of villages, 29 Nov.safetensors")


def test_diagnostics_hold_versions_and_no_folder_of_the_user(desktop):
    text = desktop[0]["diagnostics"]
    for word in ("Regionwise: ", "QGIS: 3", "System: ", "Engine: ", "Options: memory 4 GiB"):
        assert word in text
    assert str(desktop[1]) not in text


def test_unloading_leaves_nothing(desktop):
    story = desktop[0]
    assert "panel" in story["before"] and "Regionwise: start here" in story["before"]
    assert story["unloaded"] and story["after"] == [] and not story["timer"]


def test_a_closed_panel_stays_closed_until_it_is_asked_for(desktop):
    story = desktop[0]
    assert not story["again"]["shown"] and "panel" in story["again"]["traces"]
    assert story["asked"]["shown"] and story["asked"]["kept"] in (True, "true")


def test_screenshots_show_something(desktop):
    for name in ("gui-no-engine", "gui-panel", "gui-panel-night", *(f"gui-project-{family}" for family in FILLED)):
        picture = Image.open(desktop[1] / f"{name}.png")
        assert len(set(picture.convert("L").resize((40, 30)).tobytes())) > 10
