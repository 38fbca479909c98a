"""The shipped models as their dialogs, the toolbox and the modeler show them."""

import itertools
import json
import os
import subprocess

import pytest
from regionwise.algorithms.help_pages import page
from support import ROOT, qgis_variables, run_in_qgis, start_qgis_process

pytestmark = pytest.mark.qgis

FILES = sorted((ROOT / "models").glob("*.model3"))
NAMES = [path.stem for path in FILES]
# in working order, those in sight before a stroke
INPUTS = {
    "first_map": "DAY NIGHT SAMPLES TARGETS |",
    "composition_regional_ensemble": "DAY NIGHT SAMPLES TARGETS SOURCE_FIELD REGIONS REGION_FIELD MODEL_TYPE | "
    "FEATURES WIDTH BLOCKS EPOCHS QUICK",
    "composition_full": "TABLE TARGETS SOURCE_FIELD DAY NIGHT REGIONS REGION_FIELD REFERENCE | "
    "MODEL_TYPE FEATURES WIDTH BLOCKS EPOCHS QUICK",
    "abundance_map": "FOLDER BANDS SAMPLES TARGETS SOURCE_FIELD LEVELS ANCILLARY MODEL_TYPE | SCALE EPOCHS QUICK",
    "crop_map": "FOLDER BANDS SAMPLES CLASS_FIELD SOURCE_FIELD PARCELS MODEL_TYPE | SCALE PATCH EPOCHS QUICK",
    "susceptibility_map": "DEM FACTORS CATEGORICAL INVENTORY BUFFER BLOCKS PREVALENCE MODEL_TYPE | "
    "MIN_SAMPLES RATIO EPOCHS QUICK",
    "forecast_next_year": "FOLDER BANDS MASKS COVARIATES ZEROS WINDOW YEARS MODEL_TYPE | SCALE TEST_YEARS EPOCHS QUICK",
    "area_estimate": "MAP TRUTH SIZE ALLOCATION ZONES ZONE_FIELD UNIT | SEED",
}
SHOWN = {
    "first_map": ["Shares", "Dominant share", "Report"],
    "composition_regional_ensemble": ["Shares", "Dominant share", "Report of the regions"],
    "composition_full": ["Shares", "Dominant share", "Report of the validation"],
    "abundance_map": ["Fractions", "Dominant share", "Report of the training"],
    "crop_map": ["Classes", "Parcel classes", "Report of the training"],
    "susceptibility_map": ["Probability", "Classes", "Report of the training"],
    "forecast_next_year": ["Forecast", "Change", "Report of the training"],
    "area_estimate": ["Areas", "Error matrix", "Report of the areas"],
}


@pytest.fixture
def chain(provider):
    """Return a function that gives the model of a name."""
    return provider.algorithm


def is_advanced(definition):
    return bool(definition.flags() & definition.Flag.FlagAdvanced)


def test_all_models_are_looked_at():
    assert set(NAMES) == set(INPUTS) == set(SHOWN)


@pytest.mark.parametrize("name", NAMES)
def test_a_model_is_told_by_its_page_in_the_group_of_the_tools(chain, provider, name):
    from regionwise.algorithms.provider import ALGORITHMS

    for model in (chain(name), chain(name).create()):
        assert model.displayName() == page(name).title
        assert model.shortDescription() == page(name).summary
        assert model.tags() == list(page(name).tags)
        assert model.helpUrl().endswith(f"/help/{name}.md")
        assert "<h3>What for</h3>" in model.shortHelpString()
        tools = {(tool.group(), tool.groupId()): tool for tool in (provider.algorithm(c.NAME) for c in ALGORITHMS)}
        fellow = tools[model.group(), model.groupId()]
        size = 24
        assert model.icon().pixmap(size, size).toImage() == fellow.icon().pixmap(size, size).toImage()


def test_a_terminal_lists_titles_and_prints_help_without_markup():
    listed, _ = start_qgis_process("list").communicate(timeout=120)
    told, _ = start_qgis_process("help", "regionwise:first_map").communicate(timeout=120)
    for name in NAMES:
        assert f"regionwise:{name}\t{page(name).title}" in listed
    assert "WHAT FOR" in told and "<h3>" not in told
    places = [told.index(f"{name}: ") for name in ("DAY", "NIGHT", "SAMPLES", "TARGETS", "mapcomposition:Shares")]
    assert places == sorted(places)


@pytest.mark.parametrize("name", NAMES)
def test_inputs_stand_in_working_order_with_help_of_their_own(chain, name):
    inputs = [d for d in chain(name).parameterDefinitions() if not d.isDestination()]
    in_sight, advanced = (part.split() for part in INPUTS[name].split("|"))
    assert [d.name() for d in inputs] == in_sight + advanced
    assert [d.name() for d in inputs if is_advanced(d)] == advanced
    assert len(in_sight) <= 8
    for definition in inputs:
        words, label = definition.help(), definition.description()
        assert len(words) > 12 and words.rstrip(".").lower() != label.lower(), definition.name()


@pytest.mark.parametrize("name", NAMES)
def test_three_outputs_are_in_sight_and_no_model_is_lost(chain, name):
    outputs = chain(name).destinationParameterDefinitions()
    assert [d.description() for d in outputs if not is_advanced(d)] == SHOWN[name]
    assert [d.description() for d in outputs[:3]] == SHOWN[name]
    created = [d for d in outputs if d.createByDefault()]
    kept = [d for d in outputs[3:] if d.defaultFileExtension() == "safetensors"]
    assert created == [*outputs[:3], *kept]
    assert kept or name == "area_estimate"
    assert all(d.flags() & d.Flag.FlagOptional for d in outputs[3:])
    assert {d.name() for d in chain(name).outputDefinitions()} == {d.name() for d in outputs}


@pytest.mark.parametrize("name", NAMES)
def test_choices_and_defaults_are_those_of_the_tools(chain, name):
    """But for the number of cells to draw, which a tool finds out from a precision."""
    from qgis.core import QgsProcessingModelChildParameterSource

    kinds = QgsProcessingModelChildParameterSource.Source
    model, seen = chain(name), set()
    for step in model.childAlgorithms().values():
        declared = {d.name(): d for d in step.algorithm().parameterDefinitions()}
        for key, sources in step.parameterSources().items():
            tool = declared[key]
            if sources[0].source() == kinds.StaticValue:
                value = sources[0].staticValue()
                assert value is None or value != tool.defaultValue(), f"{key} holds a default, which may change"
            if sources[0].source() == kinds.ModelParameter and len(sources) == 1:
                given = model.parameterDefinition(sources[0].parameterName())
                assert given.type() == tool.type() or key == "STRATA"
                assert given.defaultValue() == tool.defaultValue() or given.name() == "SIZE"
                if tool.type() == "enum":
                    assert given.options() == tool.options() and given.usesStaticStrings()
                seen.add(given.name())
    # lists of several sources hold the others
    assert {d.name() for d in model.parameterDefinitions() if not d.isDestination()} - seen <= {"DEM", "FACTORS"}


def test_choices_are_given_as_text_and_old_numbers_for_not_set_are_taken(chain, world, tmp_path):
    from qgis.core import QgsProcessingContext

    model, context = chain("susceptibility_map"), QgsProcessingContext()
    given = {"DEM": str(world / "day.tif"), "INVENTORY": str(world / "samples.gpkg"), "PREVALENCE": 0}
    given |= {"mapsusceptibility:Probability": str(tmp_path / "p.tif")}
    assert model.checkParameterValues({**given, "MODEL_TYPE": "boosting"}, context) == (True, "")
    assert not model.checkParameterValues({**given, "MODEL_TYPE": "no such type"}, context)[0]
    assert not model.checkParameterValues({**given, "PREVALENCE": -1}, context)[0]


def test_the_results_viewer_lists_the_report_by_what_it_is_about(chain, tmp_path):
    from qgis.core import QgsProcessingContext, QgsProcessingFeedback

    report = tmp_path / "report.html"
    report.write_text("<title>Composition of villages, 29 Nov</title>", encoding="utf-8")
    shown = chain("first_map").create()  # whose dialog is open
    copy = shown.create()  # that QGIS runs
    copy.results = {"traincomposition:Report": str(report)}
    copy.postProcessAlgorithm(QgsProcessingContext(), QgsProcessingFeedback())
    assert shown.outputDefinition("traincomposition:Report").description() == "Composition of villages, 29 Nov"


def test_labels_and_help_are_in_the_language_of_the_user():
    told = run_in_qgis(
        """
chain = QgsApplication.processingRegistry().algorithmById("regionwise:first_map")
day = chain.parameterDefinition("DAY")
print(json.dumps([chain.displayName(), chain.group(), chain.groupId(), day.description()]))
""",
        LANG="de_DE.UTF-8",
    )
    assert told[0] != page("first_map").title
    assert told[1:3] == ["Zusammensetzung", "composition"]
    assert told[3] != "Day rasters"


def boxes(model):
    """Return the boxes of inputs, steps and outputs in the modeler: left, top, right, bottom."""

    def edges(component, above=0, below=0):
        place, size = component.position(), component.size()
        left, top = place.x() - size.width() / 2, place.y() - size.height() / 2
        return left, top - above, left + size.width(), top + size.height() + below

    steps = model.childAlgorithms()
    inputs = {name: edges(component) for name, component in model.parameterComponents().items()}
    # a line for arrows above and below
    tools = {name: edges(step, above=30, below=30) for name, step in steps.items()}
    outputs = {
        f"{name}:{title}": edges(output)
        for name, step in steps.items()
        for title, output in step.modelOutputs().items()
    }
    return inputs, tools, outputs


@pytest.mark.parametrize("name", NAMES)
def test_no_box_lies_on_another_and_steps_go_to_the_right(chain, name):
    inputs, tools, outputs = boxes(chain(name))
    everything = {**inputs, **tools, **outputs}
    for (one, a), (other, b) in itertools.combinations(everything.items(), 2):
        apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
        assert apart, f"{one} lies on {other}"
    assert max(box[2] for box in inputs.values()) < min(box[0] for box in (*tools.values(), *outputs.values()))
    for key, box in outputs.items():
        assert box[0] > tools[key.split(":")[0]][2], key
    for step, child in chain(name).childAlgorithms().items():
        sources = [source for several in child.parameterSources().values() for source in several]
        for before in {source.outputChildId() for source in sources if source.outputChildId()}:
            assert tools[before][0] < tools[step][0], (before, step)


def test_the_files_are_those_that_the_script_makes(qgis_app, tmp_path):
    from qgis.core import Qgis

    if not Qgis.QGIS_VERSION.startswith("3.22"):
        pytest.skip("the files are made by QGIS 3.22")
    run = subprocess.run(
        ["/usr/bin/python3", str(ROOT / "tools" / "make_models.py"), str(tmp_path)],
        env={**os.environ, **qgis_variables(), "QT_HASH_SEED": "0"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == [path.name for path in FILES]
    stale = [path.name for path in FILES if path.read_bytes() != (tmp_path / path.name).read_bytes()]
    assert not stale, f"Run tools/make_models.py: {json.dumps(stale)} are out of date."
