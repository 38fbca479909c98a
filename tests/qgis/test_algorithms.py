"""The algorithms as QGIS sees them: parameters, help, defaults, frozen names, and what they leave alone."""

import ast
import configparser
import dataclasses
import json

import pytest
from interface import interface
from regionwise.algorithms.install.lock import read_lock
from regionwise.core.contract.declare import declared
from regionwise.core.registry import TASKS
from regionwise.core.tools.evaluation.params import EngineCheck
from rooms import light_files
from support import ROOT

FROZEN = ROOT / "tests" / "interface.json"
MODELS = {path.stem for path in (ROOT / "models").glob("*.model3")}


@pytest.fixture(scope="session")
def engine_algorithms(provider):
    """Algorithms that the engine computes, by name."""
    from regionwise.algorithms.base import EngineAlgorithm
    from regionwise.algorithms.provider import ALGORITHMS

    return {cls.NAME: cls for cls in ALGORITHMS if issubclass(cls, EngineAlgorithm)}


@pytest.fixture(scope="session")
def tools(provider):
    """All tools, which are not models."""
    from regionwise.algorithms.provider import ALGORITHMS

    return [provider.algorithm(cls.NAME) for cls in ALGORITHMS]


@pytest.mark.qgis
def test_ids_and_parameters_are_as_frozen(provider):
    """They stand in users' models and scripts; `tools/freeze_interface.py` writes the file after a wanted change."""
    assert interface(provider) == json.loads(FROZEN.read_text())


@pytest.mark.qgis
def test_every_algorithm_and_model_is_listed_and_valid(provider):
    names = {a.name() for a in provider.algorithms()}
    assert MODELS
    assert names >= MODELS
    for name in MODELS:
        ok, problems = provider.algorithm(name).validate()
        assert ok, problems


@pytest.mark.qgis
def test_every_parameter_has_help_and_every_algorithm_all_its_chapters(provider):
    for algorithm in provider.algorithms():
        for definition in algorithm.parameterDefinitions():
            assert algorithm.name() in MODELS or len(definition.help()) > 10, definition.name()
        if algorithm.name() not in MODELS:
            text = algorithm.shortHelpString()
            for chapter in ("What for", "When not", "Inputs", "Outputs", "Example", "Limits"):
                assert f"<h3>{chapter}</h3>" in text, algorithm.name()
            assert f"regionwise:{algorithm.name()}" in text
            assert len(algorithm.tags()) > 5
            assert algorithm.helpUrl().endswith(f"/help/{algorithm.name()}.md")
            assert not algorithm.icon().isNull()


@pytest.mark.qgis
def test_a_dialog_shows_at_most_eight_inputs_and_three_outputs(tools):
    for algorithm in tools:
        shown = [d for d in algorithm.parameterDefinitions() if not d.flags() & d.Flag.FlagAdvanced]
        assert len([d for d in shown if not d.isDestination()]) <= 8, algorithm.name()
        assert len([d for d in shown if d.isDestination()]) <= 3, algorithm.name()


def ends_of(definition, facts):
    """Numbers at the ends of what a spin box lets a user choose, and one beyond each end that has a limit."""
    low, high = definition.minimum(), definition.maximum()
    step = 1 if definition.dataType() == definition.Type.Integer else 10**-facts.decimals
    inside = [low if low > -1e300 else -1e6, high if high < 1e300 else 1e6]
    beyond = [low - step] * (low > -1e300) + [high + step] * (high < 1e300)
    return inside, beyond


@pytest.mark.qgis
def test_dialogs_allow_what_the_engine_takes_and_nothing_that_it_refuses(tools):
    seen = 0
    for algorithm in tools:
        for definition in algorithm.parameterDefinitions():
            facts = declared(algorithm.PARAMS)[definition.name().lower()]
            if facts.kind == "number":
                inside, beyond = ends_of(definition, facts)
                assert [v for v in inside if list(facts.problems(facts.settled(v)))] == [], definition.name()
                assert all(list(facts.problems(v)) for v in beyond), (algorithm.name(), definition.name())
                seen += len(beyond)
            if facts.kind == "choice":
                assert all(not list(facts.problems(text)) for text in definition.options())
                assert list(facts.problems("no such choice"))
            if not facts.optional and facts.kind not in ("number", "switch", "choice"):
                assert list(facts.problems(type(algorithm.default(definition.name()))()))
    assert seen > 80


@pytest.mark.qgis
def test_what_is_automatic_is_shown_as_not_set(tools):
    for algorithm in tools:
        for name, facts in declared(algorithm.PARAMS).items():
            if facts.automatic is not None:
                definition = algorithm.parameterDefinition(name.upper())
                assert facts.optional and "Not set: " in facts.help, (algorithm.name(), name)
                if algorithm.default(name) == facts.automatic:
                    assert definition.defaultValue() is None, name


@pytest.mark.qgis
def test_numbers_that_stood_for_automatic_are_taken_still(provider, world):
    """Models and scripts of earlier versions hold them."""
    from qgis.core import QgsProcessingContext

    good = {
        **{"DAY": [str(world / "day.tif")], "SAMPLES": str(world / "samples.gpkg"), "MODEL": "m.safetensors"},
        **{"TARGETS": ["F", "NF"], "BUFFER": -1, "BLOCK_SIZE": 0},
    }
    algorithm, context = provider.algorithm("traincomposition"), QgsProcessingContext()
    assert algorithm.checkParameterValues(good, context) == (True, "")
    assert not algorithm.checkParameterValues({**good, "BUFFER": -2}, context)[0]
    for given in (good, {key: value for key, value in good.items() if key not in ("BUFFER", "BLOCK_SIZE")}):
        params = algorithm.params(given, context)
        assert (params.buffer, params.block_size) == (-1, 0)


@pytest.mark.qgis
def test_fields_are_picked_from_vector_layers_alone(provider):
    """A picker of fields of what may be a raster crashes QGIS 3.22 as soon as one is chosen."""
    for algorithm in provider.algorithms():
        kinds = {definition.name(): definition.type() for definition in algorithm.parameterDefinitions()}
        for definition in algorithm.parameterDefinitions():
            if definition.type() == "field":
                parent = definition.parentLayerParameterName()
                assert kinds[parent] in ("source", "vector"), (algorithm.name(), definition.name())


@pytest.mark.qgis
def test_parameters_are_the_fields_of_the_dataclass(engine_algorithms):
    for cls in engine_algorithms.values():
        algorithm = cls()
        algorithm.initAlgorithm()
        names = {d.name().lower() for d in algorithm.parameterDefinitions()}
        fields = {f.name for f in dataclasses.fields(cls.PARAMS)}
        assert names == fields, cls.NAME


@pytest.mark.qgis
def test_defaults_are_those_of_the_dataclass(engine_algorithms):
    for cls in engine_algorithms.values():
        algorithm = cls()
        algorithm.initAlgorithm()
        for definition in algorithm.parameterDefinitions():
            if definition.defaultValue() is not None and not definition.isDestination():
                assert definition.defaultValue() == algorithm.default(definition.name())


@pytest.mark.qgis
def test_tasks_params_and_provider_agree(engine_algorithms):
    assert {cls.PARAMS for cls in engine_algorithms.values()} | {EngineCheck} == set(TASKS)
    import importlib

    for place in TASKS.values():
        module, name = place.rsplit(".", 1)
        assert callable(getattr(importlib.import_module(module), name))


@pytest.mark.qgis
def test_without_an_engine_everything_is_listed_and_says_how_to_get_one(provider, monkeypatch, tmp_path):
    monkeypatch.delenv("REGIONWISE_PYTHON", raising=False)
    monkeypatch.setenv("REGIONWISE_HOME", str(tmp_path))
    for name in ("traincomposition", "simulate"):
        able, reason = provider.algorithm(name).canExecute()
        assert not able
        assert "The engine is not installed. Run 'Install engine'" in reason
    for name in ("installengine", "checkengine"):
        assert provider.algorithm(name).canExecute()[0]
    monkeypatch.setenv("REGIONWISE_PYTHON", "/no/python")
    assert "names '/no/python', which does not exist" in provider.algorithm("simulate").canExecute()[1]


@pytest.fixture
def check(provider):
    """Return a function that checks parameter values and gives the reason for a refusal."""
    from qgis.core import QgsProcessingContext

    def reason(name, **parameters):
        ok, text = provider.algorithm(name).checkParameterValues(parameters, QgsProcessingContext())
        assert not ok
        return text

    return reason


@pytest.mark.qgis
def test_refusals_give_the_reason(check, world):
    good = {"DAY": [str(world / "day.tif")], "SAMPLES": str(world / "samples.gpkg"), "MODEL": "m.safetensors"}
    assert check("traincomposition", **good) == "Targets is missing; choose a value."
    assert "two or more fields" in check("traincomposition", **good, TARGETS=["F"])
    both = {**good, "TARGETS": ["F", "NF"]}
    assert "needs a source field" in check("traincomposition", **both, VALIDATION="grouped")
    assert "three whole numbers" in check("traincomposition", **both, BLOCKS="3,x")
    assert "Epochs is 0; it must be at least 1" in check("traincomposition", **both, EPOCHS=0)
    assert "Learning rate is 0" in check("traincomposition", **both, LEARNING_RATE=0)
    assert "needs the regions layer" in check(
        "mapcomposition", DAY=good["DAY"], MODEL="m.safetensors", REGIONAL_MODEL="r.safetensors", OUTPUT="x.tif"
    )
    assert "cannot be read" in check("traincomposition", **{**both, "SAMPLES": "/no/samples.gpkg"})


@pytest.mark.qgis
def test_values_from_the_command_line_arrive_with_their_types(provider, world, tmp_path):
    from qgis.core import QgsProcessingContext

    algorithm = provider.algorithm("traincomposition").create()
    parameters = {
        "DAY": [str(world / "day.tif")],
        "SAMPLES": str(world / "samples.gpkg"),
        "TARGETS": "F;F_NF;NF_F;NF",
        "FOLDS": "3",
        "LEARNING_RATE": "0.001",
        "QUICK": "true",
        "HEAD": "softmax",
        "MODEL": str(tmp_path / "m.safetensors"),
    }
    params = algorithm.params(parameters, QgsProcessingContext(), tmp_path)
    assert params.targets == ("F", "F_NF", "NF_F", "NF")
    assert (params.folds, params.learning_rate, params.quick, params.head) == (3, 0.001, True, "softmax")
    assert params.day[0].name == "day"
    assert params.samples.path == str(world / "samples.gpkg")
    assert params.width == 64
    assert params.predictions == ""


def test_metadata_is_valid_for_the_plugin_repository():
    parser = configparser.ConfigParser()
    parser.read(ROOT / "metadata.txt", encoding="utf-8")
    general = dict(parser["general"])
    for key in ("name", "description", "about", "version", "author", "email", "repository", "tracker", "homepage"):
        assert general[key].strip(), key
    assert (general["qgisminimumversion"], general["qgismaximumversion"]) == ("3.22", "4.99")
    assert "supportsqt6" not in general  # deprecated: the versions above say it
    assert general["hasprocessingprovider"] == "yes"
    assert general["license"] == "GPL-2.0-or-later"
    assert (ROOT / general["icon"]).is_file()
    packages = {wheel.package for wheel in read_lock().plan("manylinux_2_28_x86_64", (3, 12), "full", "cpu").wheels}
    for package in (
        "torch",
        "numpy",
        "scipy",
        "rasterio",
        "geopandas",
        "pyogrio",
        "xgboost",
        "safetensors",
        "matplotlib",
        "jinja2",
        "rapidfuzz",
    ):
        assert package in general["about"]
        assert package in packages or f"{package}-cpu" in packages
    from regionwise.core.contract.protocol import VERSION

    assert general["version"] == VERSION
    assert f"## {VERSION}" in (ROOT / "CHANGELOG.md").read_text()


def test_enums_are_scoped_and_qt_comes_through_qgis():
    """Qt 6 and QGIS 4 have scoped enums only: Class.Enum.Member."""
    for path in [*(ROOT / "algorithms").glob("*.py"), ROOT / "plugin.py"]:
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                assert not (node.module or "").startswith("PyQt"), path
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                short = f"{node.value.id}.{node.attr}"
                assert not short.startswith(("QgsProcessing.Type", "QgsProcessingParameterNumber.Int")), short
                assert not short.startswith(("QgsProcessingParameterNumber.Double", "QgsProcessingParameterField.N")), (
                    short
                )


def test_light_side_is_syntax_of_python_39():
    files = [*(ROOT / "algorithms").rglob("*.py"), ROOT / "plugin.py", ROOT / "__init__.py"]
    files += light_files()
    for path in files:
        ast.parse(path.read_text(), feature_version=(3, 9))
