"""Dialogs as the desktop shows them: what stands in sight, what is offered, and where outputs will lie."""

import time

import pytest
from desktop import in_desktop

pytestmark = pytest.mark.qgis
CODE = """
data = Path({data!r})
villages = QgsVectorLayer(str(data / "samples.gpkg") + "|layername=regionwise", "villages", "ogr")
day = QgsRasterLayer(str(data / "day.tif"), "day")
project.addMapLayers([villages, day])
dialog = processing.createAlgorithmDialog("regionwise:traincomposition", {{}})
dialog.show()
settle()
panel = dialog.mainWidget()
value = lambda name: panel.wrappers[name].parameterValue()
say(f"empty {{value('BUFFER')}} {{value('TIME_BUDGET')}}")
box = next(b for b in panel.findChildren(QGroupBox) if b.isAncestorOf(panel.wrappers["EPOCHS"].wrappedWidget()))
for name in ("MODEL", "REPORT", "PREDICTIONS", "SCORES", "FIGURES", "CURVE", "EPOCHS"):
    say(f"{{name}} advanced {{box.isAncestorOf(panel.wrappers[name].wrappedWidget())}}")
panel.wrappers["SAMPLES"].setParameterValue(villages.id(), panel.processing_context)
settle()
say(f"model {{value('MODEL')}}")
Path(value("MODEL")).parent.mkdir()
Path(value("MODEL")).write_bytes(b"")
panel.name_outputs()  # as when it is run once more
say(f"again {{value('MODEL')}}")
panel.wrappers["REPORT"].setParameterValue(str(out / "mine.html"), panel.processing_context)
panel.wrappers["SAMPLES"].setParameterValue("", panel.processing_context)
settle()
say(f"report {{value('REPORT')}}")
grab(dialog, "dialog.png")
dialog.close()

from regionwise.algorithms.recent import remember
made = out / "Composition model.safetensors"
made.write_bytes(b"")
remember(str(made), "traincomposition")
remember(str(out / "gone.safetensors"), "traincomposition")
remember(QgsProcessingUtils.generateTempFilename("passing.safetensors"), "traincomposition")
dialog = processing.createAlgorithmDialog("regionwise:mapcomposition", {{}})
say(f"offered {{dialog.mainWidget().wrappers['MODEL'].parameterValue()}}")
dialog.close()
dialog = processing.createAlgorithmDialog("regionwise:mapcrops", {{}})
say(f"family {{dialog.mainWidget().wrappers['MODEL'].parameterValue() or 'none'}}")
dialog.close()

dialog = processing.createAlgorithmDialog("regionwise:trainregions", {{"SAMPLES": villages.id()}})
say(f"regions {{Path(dialog.mainWidget().wrappers['MODEL'].parameterValue()).name}}")
dialog.close()
dialog = processing.createAlgorithmDialog("regionwise:composition_full", {{"TABLE": villages.id()}})
for output in dialog.algorithm().destinationParameterDefinitions():
    if output.defaultFileExtension() == "html":
        kept = dialog.mainWidget().wrappers[output.name()].parameterValue()
        say(f"{{output.name().replace(' ', '_')}} {{output.createByDefault()}} {{bool(kept)}}")
dialog.close()

dialog = processing.createAlgorithmDialog("regionwise:traincrops", {{"SAMPLES": villages.id()}})
dialog.show()
settle()
panel = dialog.mainWidget()
edit = panel.wrappers["REGION_FIELD"].wrappedWidget()
def pick():
    menu = QApplication.activePopupWidget()
    say("fields " + " ".join(action.text() for action in menu.actions()))
    menu.setActiveAction(next(action for action in menu.actions() if action.text() == "region"))
    QApplication.sendEvent(menu, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier))
from qgis.PyQt.QtGui import QKeyEvent
QTimer.singleShot(300, pick)
edit.actions()[-1].trigger()
say(f"picked {{edit.text()}}")
dialog.close()
"""


@pytest.fixture(scope="module")
def events(world, tmp_path_factory):
    """What the dialogs held, by its first word."""
    out = tmp_path_factory.mktemp("dialogs")
    lines = in_desktop(CODE.format(data=str(world)), out, HOME=str(out))
    assert not [line for line in lines if line.startswith("ERROR")], lines
    return dict(line.split(" ", 1) for line in lines), out


def test_outputs_that_nobody_asks_for_first_stand_under_advanced(events):
    told = events[0]
    for name in ("MODEL", "REPORT", "PREDICTIONS"):
        assert told[name] == "advanced False"
    for name in ("SCORES", "FIGURES", "CURVE", "EPOCHS"):
        assert told[name] == "advanced True"


def test_automatic_numbers_are_not_set(events):
    assert events[0]["empty"] == "None None"


def test_models_have_a_lasting_place_named_by_family_data_and_date(events):
    told, home = events
    assert told["model"] == f"{home}/Regionwise/Composition model of villages, {time.strftime('%Y-%m-%d')}.safetensors"


def test_another_run_writes_over_no_model(events):
    assert events[0]["again"] == events[0]["model"].replace(".safetensors", " (2).safetensors")


def test_another_trainer_of_the_family_names_its_model_otherwise(events):
    assert events[0]["regions"].startswith("Train regions model of villages, ")


def test_reports_that_nobody_asked_for_are_not_made(events):
    made = [told for name, told in events[0].items() if "Report" in name or "Audit" in name]
    assert sorted(set(made)) == ["False False", "True True"]


def test_a_place_that_the_user_chose_stays(events):
    assert events[0]["report"].endswith("/mine.html")


def test_a_mapping_tool_offers_the_last_model_of_its_family_that_is_still_there(events):
    assert events[0]["offered"].endswith("Composition model.safetensors")
    assert events[0]["family"] == "none"


def test_fields_are_picked_where_a_text_means_one(events):
    assert "F F_NF NF_F NF source region" in events[0]["fields"]
    assert events[0]["picked"] == "region"
