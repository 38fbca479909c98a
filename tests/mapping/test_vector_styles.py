"""Vector styles: rules that hold each feature once, legends in words, and what QGIS reads of them."""

from xml.etree.ElementTree import parse

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from regionwise.core.data.vector.writers import write_vector
from regionwise.core.mapping.styles import vector_styles as styles
from regionwise.core.reports import palette
from shapely.geometry import Point, box

ORIGIN = Point(0, 0)


def rules_of(path):
    """Return the rules (label, filter) of a side-car."""
    return [(rule.get("label"), rule.get("filter", "")) for rule in parse(path).getroot().iter("rule")]


@pytest.fixture
def layer(tmp_path):
    """Return a function that writes a layer and its style, and gives the path of the layer."""

    def make(style, shape=ORIGIN, name="layer.gpkg", **columns):
        count = len(next(iter(columns.values())))
        frame = gpd.GeoDataFrame(columns, geometry=[shape] * count, crs="EPSG:32648")
        path = tmp_path / name
        write_vector(frame, str(path))
        styles.style_layer(frame, str(path), style)
        return path

    return make


def test_classes_have_their_colours_and_nothing_is_left_out(layer):
    names = ["rice", None, "maize's", "rice"]
    style = styles.by_class("crop", names, "no pixel", {"rice": "#123456"})
    path = layer(style, crop=names).with_suffix(".qml")
    assert rules_of(path) == [
        ("no pixel", '"crop" IS NULL OR "crop" = \'\''),
        ("rice", "\"crop\" = 'rice'"),
        ("maize's", "\"crop\" = 'maize''s'"),
    ]
    assert [mark.colour for mark in style.marks] == [palette.NOTHING, "#123456", palette.CATEGORIES[1]]


def test_many_classes_end_in_others():
    style = styles.by_class("name", [f"n{i}" for i in range(100)], "none")
    assert len(style.marks) == styles.MOST_CLASSES + 2
    assert (style.marks[-1].rule, style.marks[-1].label) == ("ELSE", "others")


def test_points_and_areas_have_symbols_of_their_kind(layer):
    for shape, kind in ((Point(0, 0), "marker"), (box(0, 0, 1, 1), "fill")):
        path = layer(styles.outlined("block"), shape, f"{kind}.gpkg", block=[1])
        assert parse(path.with_suffix(".qml")).getroot().find("renderer-v2/symbols/symbol").get("type") == kind


def test_tables_have_no_style(tmp_path):
    frame = pd.DataFrame({"a": [1]})
    styles.style_layer(frame, str(tmp_path / "a.gpkg"), styles.outlined("x"))
    styles.style_layer(gpd.GeoDataFrame(frame, geometry=[ORIGIN]), str(tmp_path / "a.csv"), styles.outlined("x"))
    assert not list(tmp_path.iterdir())


def test_shares_are_told_in_percent_and_other_numbers_by_round_bounds():
    shares = styles.by_value('"F"', [0.1, 0.4])
    assert [mark.label for mark in shares.marks][1:3] == ["under 20 %", "20 % to 40 %"]
    areas = styles.by_value('"area"', [120.0, 950.0, float("nan")])
    labels = [mark.label for mark in areas.marks][1:]
    assert labels == ["under 200", "200 to 400", "400 to 600", "600 to 800", "800 and more"]
    assert areas.marks[0].colour == ""


QUERY = """
layer = QgsVectorLayer({path!r}, "layer", "ogr")
layer.loadNamedStyle({style!r})
renderer = layer.renderer()
found = {{}}
context = QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
for feature in layer.getFeatures():
    context.setFeature(feature)
    held = []
    for rule in renderer.rootRule().children():
        expression = QgsExpression(rule.filterExpression())
        assert not expression.hasParserError(), expression.parserErrorString()
        if not rule.filterExpression() or expression.evaluate(context):
            held.append(rule.label())
    found[feature["key"]] = held
labels = ""
if layer.labelsEnabled():
    settings = layer.labeling().settings()
    form = settings.format()
    assert not form.buffer().fillBufferInterior()  # it would hide the text
    context.setFeature(next(layer.getFeatures()))
    labels = str(QgsExpression(settings.fieldName).evaluate(context))
print(json.dumps([renderer.type(), found, labels]))
"""


@pytest.fixture
def read(inside):
    """Return a function that gives the kind of renderer, the labels of each feature's rules, and its first text."""

    def ask(path):
        return inside(QUERY.format(path=str(path), style=str(path.with_suffix(".qml"))))

    return ask


def test_qgis_puts_each_tested_sample_into_one_class_of_error(layer, read):
    observed, predicted = [1.0, 1.0, 1.0, 1.0], [1.0, 0.94, 0.3, np.nan]
    style = styles.by_error('(abs("F" - "F_pred") + abs("N" - "N_pred")) / 2')
    path = layer(
        style, key=["exact", "near", "far", "untested"], F=observed, F_pred=predicted,
        N=[0.0] * 4, N_pred=1 - np.array(predicted),
    )  # fmt: skip
    kind, found, _ = read(path)
    assert kind == "RuleRenderer"
    assert found == {
        "exact": ["off by under 5 %"], "near": ["5 to 10 %"], "far": ["40 % or more"], "untested": ["not tested"],
    }  # fmt: skip


def test_qgis_writes_ranks_and_colours_them_by_thirds(layer, read):
    path = layer(styles.by_rank("rank", 6), key=list("abcdef"), rank=[1, 2, 3, 4, 5, 6])
    _, found, text = read(path)
    assert [found[key][0] for key in "abcdef"] == [
        "first third", "first third", "second third", "second third", "last third", "last third",
    ]  # fmt: skip
    assert text == "1"


def test_qgis_reads_classes_with_quotes_and_gaps(layer, read):
    names = ["maize's", "rice", None, ""]
    path = layer(styles.by_class("crop", names, "none"), key=list("abcd"), crop=names)
    assert read(path)[1] == {"a": ["maize's"], "b": ["rice"], "c": ["none"], "d": ["none"]}
