"""The layer that 'Design sample' writes, as QGIS asks for answers: a list of classes, or shares that sum to 100."""

import numpy as np
import pytest
import rasterio
from affine import Affine
from regionwise.core.contract.layer import Layer
from regionwise.core.tools.areas.design_sample import design_sample
from regionwise.core.tools.areas.params import SampleDesign
from support import run_in_qgis, run_task

pytestmark = pytest.mark.qgis


@pytest.fixture
def drawn(tmp_path):
    """A function that draws a sample for some answers, and returns the path of its layer."""
    with rasterio.open(
        tmp_path / "strata.tif", "w", driver="GTiff", height=50, width=50, count=1, dtype="uint8", crs="EPSG:32633",
        transform=Affine(30, 0, 500_000, 0, -30, 5_000_000),
    ) as file:  # fmt: skip
        file.write(np.ones((50, 50), np.uint8), 1)

    def draw(**answers):
        output = tmp_path / "sample.gpkg"
        strata = Layer(str(tmp_path / "strata.tif"))
        run_task(design_sample, SampleDesign(strata=strata, size=20, output=str(output), **answers), tmp_path / "job")
        return output

    return draw


def test_classes_are_chosen_from_a_list(drawn):
    setup = run_in_qgis(f"""
layer = QgsVectorLayer({str(drawn(classes='forest, open water, "other"'))!r}, "sample", "ogr")
setup = layer.editorWidgetSetup(layer.fields().indexOf("class"))
kinds = [(field.name(), layer.editorWidgetSetup(index).type()) for index, field in enumerate(layer.fields())]
hidden = [name for name, kind in kinds if kind == "Hidden"]
print(json.dumps([setup.type(), setup.config(), hidden]))
""")
    names = ("forest", "open water", '"other"')
    assert setup == ["ValueMap", {"map": [{name: name} for name in names]}, ["stratum", "probability", "weight"]]


def test_shares_sum_to_100(drawn):
    path = drawn(targets='trees; "x" y')
    valid = run_in_qgis(f"""
layer = QgsVectorLayer({str(path)!r}, "sample", "ogr")
layer.startEditing()
feature = next(layer.getFeatures())
trees, other = (layer.fields().indexOf(name) for name in ("trees", '"x" y'))
found = []
for first, second in ((40.0, 60.0), (40.0, 50.0), (100.0, None), (None, None)):
    feature.setAttribute(trees, first)
    feature.setAttribute(other, second)
    found.append(QgsVectorLayerUtils.validateAttribute(layer, feature, trees)[0])
print(json.dumps(found))
""")
    assert valid == [True, False, True, True]
