"""Arrival of layers in a project: order, groups, names, styles and times, as the desktop loads them."""

import geopandas as gpd
import numpy as np
import pytest
from regionwise.core.data.vector.writers import write_vector
from regionwise.core.mapping.styles import map_styles
from regionwise.core.mapping.styles.layer_groups import write_group
from regionwise.core.mapping.styles.style_files import write_common_style, write_style
from regionwise.core.mapping.styles.vector_styles import by_class, style_layer
from shapely.geometry import Point

pytestmark = pytest.mark.qgis

LOAD = """
from processing.gui.Postprocessing import handleAlgorithmResults

def tree(parent=None):
    found = []
    for node in (parent or QgsProject.instance().layerTreeRoot()).children():
        inner = tree(node) if isinstance(node, QgsLayerTreeGroup) else None
        found.append([node.name(), node.itemVisibilityChecked(), inner])
    return found

def layers():
    return {node.name(): node.layer() for node in QgsProject.instance().layerTreeRoot().findLayers()}

def load(algorithm, context, parameters):
    handleAlgorithmResults(algorithm, context, QgsProcessingFeedback(), parameters=parameters)
    for _ in range(3):
        QgsApplication.processEvents()

def run(name, parameters, outputs):
    project, context = QgsProject.instance(), QgsProcessingContext()
    context.setProject(project)
    for key, path in outputs.items():
        parameters[key] = QgsProcessingOutputLayerDefinition(path, project)
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(name)
    results, fine = algorithm.run(parameters, context, QgsProcessingFeedback())
    assert fine
    load(algorithm, context, parameters)

def arrive(paths, shown, names={}):
    from regionwise.algorithms import arrival
    context, project = QgsProcessingContext(), QgsProject.instance()
    context.setProject(project)
    for path in paths:
        details = QgsProcessingContext.LayerDetails(names.get(path, "map"), project, "O")
        context.addLayerToLoadOnCompletion(path, details)
    arrival.Arrival({path: getattr(arrival, kind) for path, kind in shown.items()}).expect(context, names)
    load(QgsApplication.processingRegistry().createAlgorithmById("regionwise:mapforecast"), context, {})
    assert not any(path in each.shown for each in arrival._EXPECTED for path in paths)
"""


@pytest.fixture
def loaded(inside):
    def run(code):
        return inside(f"{LOAD}\n{code}")

    return run


def test_a_composition_shows_what_dominates_above_a_group_of_its_shares(loaded, scene, tmp_path):
    day = scene["day"][0].path
    inputs = {"DAY": [day], "NIGHT": [scene["night"][0].path], "MODEL": scene["model"]}
    outputs = {key: str(tmp_path / f"{key.lower()}.tif") for key in ("OUTPUT", "DOMINANT", "UNCERTAINTY")}
    found = loaded(f"""
project = QgsProject.instance()
project.addMapLayer(QgsRasterLayer({day!r}, "day 2021"))
day = next(iter(project.mapLayers().values())).id()
inputs = {inputs!r}
inputs["DAY"] = [day]
run("regionwise:mapcomposition", inputs, {outputs!r})
shares = [layer for name, layer in layers().items() if name in ("F", "NF", "X")]
legend = project.layerTreeRoot().findLayers()[0].layer().renderer().classes()
doubt = layers()["Composition: Uncertainty 2021"].renderer()
print(json.dumps([
    tree(), [[s.renderer().band(), s.renderer().shader().rasterShaderFunction().maximumValue()] for s in shares],
    [item.label for item in shares[0].renderer().shader().rasterShaderFunction().colorRampItemList()],
    [entry.label for entry in legend][:2], doubt.band(),
]))
""")
    assert found[0] == [
        ["Composition: Dominant share 2021", True, None],
        ["Composition: Shares 2021", True, [["F", False, None], ["NF", False, None], ["X", False, None]]],
        ["Composition: Uncertainty 2021", False, None],
        ["day 2021", True, None],
    ]
    assert found[1] == [[1, 1.0], [2, 1.0], [3, 1.0]]
    assert found[2] == ["0 %", "25 %", "50 %", "75 %", "100 %"]
    assert found[3] == ["F, under 40 %", "F, 40 to 60 %"]
    assert found[4] == 12


def test_shares_alone_are_seen_at_once(loaded, tmp_path, write):
    path = tmp_path / "shares.tif"
    write(path, np.full((2, 4, 4), 0.5, np.float32), names=["a", "b"])
    write_style(path, map_styles.SHARE)
    found = loaded(f"arrive([{str(path)!r}], {{{str(path)!r}: 'BANDS_APART'}})\nprint(json.dumps(tree()))")
    assert found == [["map", True, [["a", True, None], ["b", False, None]]]]


def test_a_forecast_keeps_its_style_and_plays_its_years(loaded, tmp_path, write):
    path = tmp_path / "next.tif"
    values = np.stack([np.full((4, 4), 0.2), np.full((4, 4), 0.8)]).astype(np.float32)
    write(path, values, names=["EVI 2024-01-01", "EVI 2025-01-01"])
    write_style(path, map_styles.INDEX)
    found = loaded(f"""
arrive([{str(path)!r}], {{{str(path)!r}: "YEARS"}})
spans = []
for layer in layers().values():
    properties = layer.temporalProperties()
    assert properties.isActive()
    alone = {{layer.renderer().band(): properties.fixedTemporalRange()}}
    ranges = getattr(properties, "fixedRangePerBand", dict)() or alone
    spans += [[band, span.begin().date().year(), span.end().date().year()] for band, span in ranges.items()]
settings = QgsProject.instance().timeSettings()
whole = settings.temporalRange()
print(json.dumps([
    spans, [layer.renderer().type() for layer in layers().values()],
    [layer.renderer().shader().rasterShaderFunction().maximumValue() for layer in layers().values()],
    [whole.begin().date().year(), whole.end().date().year()], settings.timeStep(), tree()[0][0],
]))
""")
    assert found[0] == [[1, 2024, 2025], [2, 2025, 2026]]
    assert set(found[1]) == {"singlebandpseudocolor"}
    assert len(set(found[2])) == 1 and found[2][0] >= 0.8
    assert found[3] == [2024, 2026]
    assert found[4] == 1
    assert found[5] == "map 2024-2025"


def test_years_of_a_folder_are_one_group_with_one_stretch(loaded, tmp_path, write):
    paths = [tmp_path / f"EVI {year}-01-01.tif" for year in (2021, 2022, 2023)]
    for number, path in enumerate(paths):
        write(path, np.full((4, 4), 0.3 * number, np.float32))
    write_common_style(paths, map_styles.INDEX)
    found = loaded(f"""
from regionwise.algorithms.arrival import load_dated
context = QgsProcessingContext()
context.setProject(QgsProject.instance())
load_dated(Path({str(tmp_path)!r}), "Years", context)
load(QgsApplication.processingRegistry().createAlgorithmById("regionwise:mapforecast"), context, {{}})
ends = [layer.renderer().shader().rasterShaderFunction().maximumValue() for layer in layers().values()]
active = [layer.temporalProperties().isActive() for layer in layers().values()]
years = [layer.temporalProperties().fixedTemporalRange().begin().date().year() for layer in layers().values()]
print(json.dumps([tree(), ends, active, years]))
""")
    ((name, on, inner),) = found[0]
    assert (name, on) == ("Years", True)
    assert [child[1] for child in inner] == [True] * 3
    assert len(set(found[1])) == 1
    assert found[2] == [True] * 3
    assert found[3] == [2021, 2022, 2023]


def test_a_name_that_a_model_gave_is_kept(loaded, scene, tmp_path):
    found = loaded(f"""
project, context = QgsProject.instance(), QgsProcessingContext()
context.setProject(project)
path = {str(tmp_path / "s.tif")!r}
algorithm = QgsApplication.processingRegistry().createAlgorithmById("regionwise:mapcomposition")
parameters = {{"DAY": [{scene["day"][0].path!r}], "OUTPUT": path}}
context.addLayerToLoadOnCompletion(path, QgsProcessingContext.LayerDetails("My own", project, "OUTPUT"))
algorithm._expect_layers(parameters, {{"OUTPUT": path}}, context)
print(json.dumps(context.layerToLoadOnCompletionDetails(path).name))
""")
    assert found == "My own"


def test_years_are_read_from_names(inside):
    assert inside("""
from regionwise.algorithms.arrival import years_in
print(json.dumps([years_in(t) for t in (["S2_20210703"], ["a 2019", "b 2023"], ["dem"], ["x12021"], ["band 20215"])]))
""") == ["2021", "2019-2023", "", "", ""]


@pytest.mark.parametrize("dated", [True, False])
def test_a_folder_opens_as_one_styled_group_by_its_layer_definition(loaded, tmp_path, write, dated):
    names = ["EVI 2021-01-01", "EVI 2022-01-01"] if dated else ["F", "X & Y"]
    paths = [tmp_path / f"{name}.tif" for name in names]
    for number, path in enumerate(paths):
        write(path, np.full((4, 4), 0.3 + 0.2 * number, np.float32))
    write_common_style(paths, map_styles.SHARE)
    write_group(tmp_path, paths)
    found = loaded(f"""
project = QgsProject.instance()
path = {str(tmp_path / "layers.qlr")!r}
assert QgsLayerDefinition.loadLayerDefinition(path, project, project.layerTreeRoot()) == (True, "")
ranges = [layer.temporalProperties() for layer in layers().values()]
print(json.dumps([
    tree(), [layer.isValid() for layer in layers().values()], [layer.crs().authid() for layer in layers().values()],
    [layer.renderer().shader().rasterShaderFunction().maximumValue() for layer in layers().values()],
    [each.fixedTemporalRange().begin().date().year() if each.isActive() else 0 for each in ranges],
    [each.fixedTemporalRange().end().date().year() if each.isActive() else 0 for each in ranges],
]))
""")
    assert found[0] == [[tmp_path.name, True, [[names[0], True, None], [names[1], dated, None]]]]
    assert found[1:4] == [[True] * 2, ["EPSG:32648"] * 2, [1.0] * 2]
    assert found[4:] == [[2021, 2022], [2022, 2023]] if dated else [[0, 0], [0, 0]]


def test_a_map_brings_its_evidence_as_metadata(loaded, scene, tmp_path):
    from maps import map_to

    map_to(scene, tmp_path, "map")
    path = str(tmp_path / "map.tif")
    (history, abstract, rights) = loaded(f"""
arrive([{path!r}], {{{path!r}: "PLAIN"}})
metadata = list(layers().values())[0].metadata()
print(json.dumps([metadata.history(), metadata.abstract(), metadata.rights()]))
""")
    assert any("m.safetensors" in text for text in history) and abstract.startswith("Made by Regionwise")
    assert "Made with Regionwise" in rights[0]


def test_a_model_s_outputs_arrive_as_those_of_its_tools(loaded, scene, tmp_path):
    found = loaded(f"""
model = QgsProcessingModelAlgorithm("maps", "tests")
child = QgsProcessingModelChildAlgorithm("regionwise:mapcomposition")
child.setChildId("map")
given = {{"DAY": [{scene["day"][0].path!r}], "NIGHT": [{scene["night"][0].path!r}], "MODEL": {scene["model"]!r}}}
for name, value in given.items():
    child.addParameterSources(name, [QgsProcessingModelChildParameterSource.fromStaticValue(value)])
outputs = {{}}
for key, label in (("OUTPUT", "Parts"), ("DOMINANT", "What prevails")):
    output = QgsProcessingModelOutput(label, label)
    output.setChildId("map")
    output.setChildOutputName(key)
    outputs[label] = output
child.setModelOutputs(outputs)
model.addChildAlgorithm(child)
model.updateDestinationParameters()
project, context = QgsProject.instance(), QgsProcessingContext()
context.setProject(project)
names = [definition.name() for definition in model.destinationParameterDefinitions()]
paths = [{str(tmp_path)!r} + f"/{{number}}.tif" for number in range(2)]
parameters = {{name: QgsProcessingOutputLayerDefinition(path, project) for name, path in zip(names, paths)}}
results, fine = model.run(parameters, context, QgsProcessingFeedback())
assert fine
del model, child  # as QGIS does, before layers are loaded
load(QgsApplication.processingRegistry().createAlgorithmById("regionwise:mapcomposition"), context, {{}})
print(json.dumps([tree(), sorted(layer.renderer().type() for layer in layers().values())]))
""")
    assert [name for name, *_ in found[0]] == ["What prevails", "Parts"]
    assert [name for name, *_ in found[0][1][2]] == ["F", "NF", "X"]
    assert found[1] == ["paletted", *["singlebandpseudocolor"] * 3]


def test_places_lie_above_the_raster_and_have_their_style(loaded, tmp_path, write):
    raster, places = tmp_path / "classes.tif", tmp_path / "parcels.gpkg"
    write(raster, np.ones((4, 4), np.uint8))
    write_style(raster, map_styles.CLASSES, {1: "rice"})
    frame = gpd.GeoDataFrame({"crop": ["rice"]}, geometry=[Point(500_100, 3_299_900)], crs="EPSG:32648")
    write_vector(frame, str(places))
    style_layer(frame, str(places), by_class("crop", ["rice"], "none"))
    names = {str(raster): "Classes", str(places): "Parcels"}
    found = loaded(f"""
names = {names!r}
arrive(list(names), {{path: "ON_TOP" if path.endswith("tif") else "PLAIN" for path in names}}, names)
print(json.dumps([tree(), layers()["Parcels"].renderer().type(), layers()["Classes"].renderer().type()]))
""")
    assert found == [[["Parcels", True, None], ["Classes", True, None]], "RuleRenderer", "paletted"]
