"""Inside QGIS's own Python: what a run leaves behind, and which layers reach the engine."""

import geopandas as gpd
import pytest
from support import run_in_qgis

pytestmark = pytest.mark.qgis
HEAVY = ["torch", "rasterio", "geopandas", "pyogrio", "pyproj", "xgboost", "shapely", "safetensors"]


def test_importing_every_algorithm_and_running_one_leaves_python_as_it_was(tmp_path):
    found = run_in_qgis(f"""
loaded, own = set(sys.modules), {{"regionwise"}} | set(sys.stdlib_module_names)
result = processing.run("regionwise:simulate", {{"SIZE": 64, "OUTPUT_FOLDER": {str(tmp_path / "w")!r}}})
print(json.dumps({{
    "heavy": sorted({{m.split(".")[0] for m in sys.modules}} & set({HEAVY!r})),
    "numpy": getattr(sys.modules.get("numpy"), "__file__", ""),
    "path": sys.path == path_before,
    "new": sorted({{m.split(".")[0] for m in set(sys.modules) - loaded}} - own),
    "output": result["OUTPUT_FOLDER"],
}}))
""")
    assert found["heavy"] == []
    assert ".venv" not in found["numpy"]
    assert found["path"]
    assert found["new"] == []
    assert gpd.read_file(tmp_path / "w" / "samples.gpkg").shape[0] > 50


def test_provider_unloads_and_loads_again(inside):
    found = inside("""
first = len(registry.providerById("regionwise").algorithms())
plugin.unload()
gone = registry.providerById("regionwise") is None
plugin.initProcessing()
print(json.dumps([first, gone, len(registry.providerById("regionwise").algorithms())]))
""")
    assert found[1]
    assert found[0] == found[2] >= 10


HAND_OVER = """
layer = QgsVectorLayer({path!r} + "|layername=regionwise", "samples", "ogr")
assert layer.isValid()
{change}
QgsProject.instance().addMapLayer(layer)
context = QgsProcessingContext()
context.setProject(QgsProject.instance())
algorithm = QgsApplication.processingRegistry().algorithmById("regionwise:traincomposition").create()
parameters = {{"SAMPLES": layer.id(), "TARGETS": ["F", "NF"], "DAY": [{day!r}], "MODEL": "m.safetensors"}}
params = algorithm.params(parameters, context, Path({folder!r}))
print(json.dumps(params.to_json()))
"""


@pytest.mark.parametrize(
    ("change", "regions", "copied"),
    [
        ("", None, False),
        ("layer.setSubsetString('\"region\" = \\'R1\\'')", {"R1"}, True),
        ("layer = layer.materialize(QgsFeatureRequest().setFilterExpression('\"region\" = \\'R2\\''))", {"R2"}, True),
    ],
    ids=["as it is", "subset filter", "memory layer"],
)
def test_layers_reach_the_engine_as_the_user_sees_them(inside, world, tmp_path, change, regions, copied):
    code = HAND_OVER.format(
        path=str(world / "samples.gpkg"), day=str(world / "day.tif"), change=change, folder=str(tmp_path)
    )
    layer = inside(code)["samples"]
    frame = gpd.read_file(layer["path"], layer=layer["table"] or None)
    assert layer["path"].startswith(str(tmp_path if copied else world))
    assert {"F", "F_NF", "NF_F", "NF"} <= set(frame)
    assert regions is None or set(frame["region"]) == regions
    assert len(frame) > 5


def test_raster_that_is_no_file_is_refused(inside):
    found = inside("""
layer = QgsRasterLayer("type=xyz&url=http://localhost/{x}/{y}/{z}.png&zmax=3&zmin=0", "web map", "wms")
QgsProject.instance().addMapLayer(layer)
context = QgsProcessingContext()
context.setProject(QgsProject.instance())
algorithm = QgsApplication.processingRegistry().algorithmById("regionwise:standardise").create()
print(json.dumps(algorithm.checkParameterValues({"INPUT": [layer.id()], "OUTPUT_FOLDER": "x"}, context)))
""")
    assert found == [False, "Layer 'web map' is not a raster file. Save it as a GeoTIFF first."]


def test_failure_raises_and_never_returns_an_empty_result(inside, world, tmp_path):
    found = inside(f"""
parameters = {{"DAY": [{str(world / "day.tif")!r}], "MODEL": {str(tmp_path / "gone.safetensors")!r},
    "OUTPUT": {str(tmp_path / "map.tif")!r}}}
try:
    processing.run("regionwise:mapcomposition", parameters)
    print(json.dumps("no exception"))
except QgsProcessingException as err:
    print(json.dumps(str(err)))
""")
    assert "gone.safetensors' cannot be read (No such file or directory). Check the path." in found
    assert not (tmp_path / "map.tif").exists()


def test_device_that_is_chosen_in_the_options_reaches_the_job(inside):
    found = inside("""
from regionwise.algorithms import settings
from processing.core.ProcessingConfig import ProcessingConfig
seen = []
for number, name in enumerate(settings.DEVICES):
    ProcessingConfig.setSettingValue(settings.DEVICE, number)
    seen.append([settings.read_settings().device, name])
ProcessingConfig.setSettingValue(settings.DEVICE, 0)
print(json.dumps(seen))
""")
    assert len(found) > 2
    assert all(device == name for device, name in found)


def test_scheduler_of_the_options_reaches_the_job(inside):
    code = """
from processing.core.ProcessingConfig import ProcessingConfig
from regionwise.algorithms import settings
before = settings.read_settings().scheduler
scheduler = ProcessingConfig.settings[settings.SCHEDULER]
scheduler.setValue(" tcp://node0:8786 ")
print(json.dumps([before, settings.read_settings().scheduler]))
scheduler.setValue("")
"""
    assert inside(code) == ["", "tcp://node0:8786"]


def test_layers_of_a_series_carry_their_dates(inside, tmp_path, write):
    folder = tmp_path / "images"
    folder.mkdir()
    for when in ("20200101", "20200117", "20200202"):
        write(folder / f"x_NDVI_{when}.tif", [[1.0, 2.0]])
    found = inside(f"""
context = QgsProcessingContext()
context.setProject(QgsProject.instance())
processing.run("regionwise:makeseries", {{
    "FOLDER": {str(folder)!r}, "OUTPUT": {str(tmp_path / "s.json")!r}, "LAYERS": {str(tmp_path / "layers")!r},
}}, context=context)
layers = [context.temporaryLayerStore().mapLayer(name) for name in context.layersToLoadOnCompletion()]
layers = sorted((layer for layer in layers if layer is not None), key=lambda layer: layer.name())
spans = [layer.temporalProperties().fixedTemporalRange() for layer in layers]
print(json.dumps({{
    "names": [layer.name() for layer in layers],
    "active": [layer.temporalProperties().isActive() for layer in layers],
    "ends": [span.end().date().toString("yyyy-MM-dd") for span in spans],
    "starts": [span.begin().date().toString("yyyy-MM-dd") for span in spans],
}}))
""")
    assert found["names"] == ["layers 2020-01-01", "layers 2020-01-17", "layers 2020-02-02"]
    assert all(found["active"])
    assert found["starts"] == ["2020-01-01", "2020-01-17", "2020-02-02"]
    assert found["ends"] == ["2020-01-17", "2020-02-02", "2020-02-18"]


def test_a_map_of_classes_opens_with_names_and_colours(inside, tmp_path):
    import numpy as np
    import rasterio
    from regionwise.core.mapping.styles.map_styles import CLASSES, class_colours
    from regionwise.core.mapping.styles.style_files import write_style

    path, names = tmp_path / "crops.tif", ("maize", "rice & beans", '"wheat"')
    profile = {"driver": "GTiff", "width": 4, "height": 4, "count": 1, "dtype": "uint8", "nodata": 0}
    with rasterio.open(path, "w", **profile) as file:
        file.write(np.arange(16, dtype=np.uint8).reshape(1, 4, 4) % 4)
    write_style(path, CLASSES, dict(enumerate(names, 1)))
    found = inside(f"""
layer = QgsRasterLayer({str(path)!r}, "crops")
renderer = layer.renderer()
print(json.dumps([renderer.type(), [[c.value, c.label, c.color.name()] for c in renderer.classes()]]))
""")
    assert found[0] == "paletted"
    assert [(value, label) for value, label, _ in found[1]] == [(1, names[0]), (2, names[1]), (3, names[2])]
    assert [colour for *_, colour in found[1]] == class_colours(3)
