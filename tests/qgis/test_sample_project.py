"""Sample projects as QGIS reads them again, without a window; which layers fit a chain; chains without an engine."""

import json
import shutil
import time
import zipfile

import pytest
from support import run_in_qgis

pytestmark = pytest.mark.qgis
FAMILIES = ("composition", "abundance", "crops", "susceptibility", "forecast", "area")
NO_ENGINE = {"REGIONWISE_PYTHON": "", "REGIONWISE_HOME": "/nowhere"}
READ = """
project = QgsProject()
read = project.read({path!r})
layers = project.mapLayers().values()
print(json.dumps({{
    "read": read,
    "title": project.title(),
    "crs": project.crs().isValid(),
    "broken": [layer.name() for layer in layers if not layer.isValid()],
    "names": [layer.name() for layer in layers],
    "groups": [[group.name(), group.itemVisibilityChecked()] for group in project.layerTreeRoot().findGroups()],
    "styles": {{layer.name(): layer.renderer().type() for layer in layers if layer.isSpatial()}},
    "times": sum(layer.temporalProperties().isActive() for layer in layers if isinstance(layer, QgsRasterLayer)),
    "view": project.viewSettings().defaultViewExtent().width(),
    "span": project.timeSettings().temporalRange().begin().isValid(),
}}))
"""


@pytest.fixture(scope="module", params=FAMILIES)
def made(request, inside, tmp_path_factory):
    """A family, the results of the tool, and the seconds it took."""
    folder, start = tmp_path_factory.mktemp(request.param), time.monotonic()
    results = inside.tool("regionwise:sampleproject", f"FAMILY={request.param}", f"FOLDER={folder}")
    return request.param, results, time.monotonic() - start


def test_a_project_is_read_again_with_all_layers_also_in_another_place(made, inside, tmp_path):
    family, results, seconds = made
    assert seconds < 60
    # paths are relative, so the folder can be moved
    moved = tmp_path / "moved"
    shutil.copytree(results["FOLDER"], moved)
    found = inside(READ.format(path=str(moved / f"regionwise_{family}.qgz")))
    assert found["read"] and found["broken"] == [] and found["crs"]
    assert found["title"].startswith("Sample project: ")
    assert found["view"] > 5000
    names = found["names"]
    assert len(names) >= 3 and all(name[0].isupper() for name in names)
    if family in ("abundance", "crops", "forecast"):
        assert found["times"] >= 20 and found["span"]
        assert [on for name, on in found["groups"] if name.startswith(("NDVI of all", "EVI of all"))] == [False]
    else:
        assert found["times"] == 0
    assert dict(found["groups"]).get("Truth (simulated)", False) is False
    for name, style in found["styles"].items():
        assert style in ("RuleRenderer", "singlebandpseudocolor", "paletted"), name
    with zipfile.ZipFile(moved / f"regionwise_{family}.qgz") as archive:
        text = archive.read(f"regionwise_{family}.qgs").decode()
    assert results["FOLDER"] not in text


def test_the_card_of_a_family_takes_the_layers_of_its_project_and_no_truth(made, inside):
    family, results, _ = made
    found = inside(f"""
from regionwise.algorithms.fitting_layers import chain_of, fitting
project = QgsProject.instance()
project.read({results["PROJECT"]!r})
values = fitting({family!r}, chain_of({family!r}), project)
names = {{layer.id(): layer.name() for layer in project.mapLayers().values()}}
print(json.dumps({{
    key: [names.get(v, v) for v in value] if isinstance(value, list) else names.get(value, value)
    for key, value in values.items()
}}))
""")
    assert not any("True" in json.dumps(value) for value in found.values()), found
    needed = {
        "composition": ("DAY", "SAMPLES", "TARGETS"),
        "abundance": ("FOLDER", "SAMPLES", "TARGETS"),
        "crops": ("FOLDER", "SAMPLES", "CLASS_FIELD", "PARCELS"),
        "susceptibility": ("DEM", "FACTORS", "INVENTORY", "CATEGORICAL"),
        "forecast": ("FOLDER", "MASKS"),
        "area": ("MAP", "TRUTH", "ZONES", "ZONE_FIELD"),
    }
    assert set(needed[family]) <= set(found), found


FITS = """
from regionwise.algorithms.fitting_layers import CHAINS, FITTING, Layers, share_fields
def table(name, fields, rows, kind="Point"):
    layer = QgsVectorLayer(kind + "?crs=EPSG:32633&" + "&".join(f"field={f}" for f in fields), name, "memory")
    for row in rows:
        feature = QgsFeature(layer.fields())
        feature.setAttributes(row)
        layer.dataProvider().addFeature(feature)
    return layer
"""


@pytest.mark.parametrize(
    ("fields", "rows", "wanted"),
    [
        (
            ["id:integer", "a:double", "b:double", "height:double"],
            [[1, 0.25, 0.75, 9], [2, 0.5, 0.5, 2]],
            ["a", "b"],
        ),
        (["a:double", "b:double", "c:double"], [[20, 30, 50], [10, 0, 90]], ["a", "b", "c"]),
        (["a:double", "b:double"], [[0.25, 0.75], [0.5, 0.6]], []),
        (["a:double", "b:double"], [[1.5, -0.5], [0.5, 0.5]], []),
        (["a:double", "b:double"], [[None, None]], []),
        (["a:double"], [[1.0], [1.0]], []),
        (["a:double", "b:double"], [], []),
    ],
)
def test_targets_are_number_fields_that_sum_to_1_or_100(inside, fields, rows, wanted):
    rows = repr(rows)
    assert inside(f"{FITS}\nprint(json.dumps(share_fields(table('t', {fields!r}, {rows}))))") == wanted


def test_of_a_project_without_fitting_layers_nothing_is_filled_in(inside):
    found = inside(f"""{FITS}
project = QgsProject.instance()
project.addMapLayer(table("roads", ["name:string", "lanes:integer"], [["a", 2]], "LineString"))
print(json.dumps({{family: [k for k, v in FITTING[family](Layers(project)).items() if v] for family in CHAINS}}))
""")
    assert found == {family: [] for family in FAMILIES}


def test_chains_say_without_an_engine_what_to_do_and_run_with_one(inside):
    code = """
from regionwise.algorithms.chains import Chain
registry = QgsApplication.processingRegistry()
listed = registry.providerById("regionwise").algorithms()
chains = [algorithm.id() for algorithm in listed if isinstance(algorithm, QgsProcessingModelAlgorithm)]
made = [registry.createAlgorithmById(name) for name in chains]
print(json.dumps([all(isinstance(one, Chain) for one in made), [one.canExecute() for one in made]]))
"""
    own, without = inside(code, **NO_ENGINE)
    assert own and len(without) >= 7
    for fits, reason in without:
        assert not fits and "'Install engine'" in reason
    assert all(fits for fits, _ in inside(code)[1])


def test_without_a_window_nothing_of_it_is_loaded():
    loaded = run_in_qgis("print(json.dumps([name for name in sys.modules if name.startswith('regionwise.gui')]))")
    assert loaded == []
