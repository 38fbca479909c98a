"""The toolbox's search: what people type finds a fitting tool first."""

import json

import pytest
from support import run_in_qgis

pytestmark = pytest.mark.qgis
FITTING = {
    "land cover": "abundance_map mapabundance trainabundance traincomposition",
    "classification": "crop_map mapcrops traincrops",
    "random forest": "first_map traincomposition traincrops trainsusceptibility",
    "unmixing": "abundance_map mapabundance trainabundance",
    "accuracy": "area_estimate designsample estimatearea validatemap",
    "area": "area_estimate designsample estimatearea",
    "time series": "abundance_map mapabundance trainabundance makeseries",
    "deep learning": "trainabundance traincomposition",
    "landslide": "susceptibility_map mapsusceptibility trainsusceptibility",
    "NDVI": "computeindices",
    "poverty": "mapcomposition traincomposition",
    "livelihood": "first_map mapcomposition traincomposition",
    "confusion matrix": "traincrops estimatearea validatemap",
    "sample size": "area_estimate designsample",
    "hectares": "area_estimate designsample estimatearea",
    "change detection": "mapchange",
    "crop type": "crop_map mapcrops traincrops",
    "neural network": "trainabundance traincomposition",
    "forecast": "evaluateforecast mapforecast trainforecast",
    "drought": "forecast_next_year mapforecast trainforecast",
    "sentinel-2": "traincrops computeindices describebands exportscript",
    "landsat": "computeindices describebands exportscript",
    "slope": "terrainfactors",
    "uncertainty": "mapabundance mapcomposition",
    "cross-validation": "trainabundance traincomposition",
    "xgboost": "trainabundance traincomposition",
    "survey": "designsample nextsamples",
    "night lights": "traincomposition mapcomposition first_map",
    "zonal statistics": "summarise",
    "install": "installengine",
    "gpu": "checkengine installengine",
    "example data": "sampleproject",
    "tutorial": "first_map sampleproject",
    "cloud": "exportscript makeseries",
}
CODE = """
from qgis.gui import QgsProcessingToolboxModel, QgsProcessingToolboxProxyModel
from qgis.PyQt.QtCore import QModelIndex
model = QgsProcessingToolboxProxyModel(None, QgsApplication.processingRegistry())

def tools(parent):
    for row in range(model.rowCount(parent)):
        index = model.index(row, 0, parent)
        found = model.data(index, QgsProcessingToolboxModel.RoleAlgorithmId)
        if found:
            yield found
        yield from tools(index)

first = {}
for word in WORDS:
    model.setFilterString(word)
    found = [name for name in tools(QModelIndex()) if name.startswith("regionwise:")]
    first[word] = found[0].split(":")[1] if found else ""
print(json.dumps(first))
"""


def test_what_people_type_finds_a_fitting_tool_first():
    first = run_in_qgis(f"WORDS = {list(FITTING)!r}\n{CODE}")
    assert {word: tool for word, tool in first.items() if tool not in FITTING[word].split()} == {}


def test_words_that_fit_nothing_find_nothing():
    assert json.dumps(run_in_qgis(f"WORDS = ['quasar spectroscopy']\n{CODE}")) == '{"quasar spectroscopy": ""}'
