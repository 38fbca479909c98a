"""Response form: how QGIS asks for the answers of a drawn sample, as a style beside its layer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent  # nosec B405

from ...runtime.files import atomic

LAYERS = (".gpkg", ".shp", ".geojson", ".fgb")  # formats of layers that QGIS opens with a style beside them
WHOLE = 100  # that shares sum to
HARD, BY_EXPRESSION = "1", "4"  # QGIS's numbers of a constraint that must hold, and of its kind


def write_form(path: str, field: str, classes: Sequence[str], targets: Sequence[str], hidden: Sequence[str]) -> None:
    """Write the style of a layer, if it is one: `targets` that sum to 100, or without any `classes` for `field`.

    Fields that are `hidden` are not shown: who knows the map's class answers it too often.
    """
    layer = Path(path)
    if layer.suffix.lower() not in LAYERS:
        return
    root = Element("qgis", version="3.22.0", styleCategories="Fields|Forms")
    fields = SubElement(root, "fieldConfiguration")
    for name in hidden:
        _widget(fields, name, "Hidden")
    for target in targets:
        _add_share(fields, target)
    if targets:
        _add_sum(root, targets)
    else:
        _add_choice(fields, field, classes)
    indent(root)
    with atomic(layer.with_suffix(".qml")) as part:
        ElementTree(root).write(part, encoding="utf-8")


def _widget(fields: Element, name: str, kind: str) -> Element:
    """The options of the widget that edits a field."""
    widget = SubElement(SubElement(fields, "field", name=name, configurationFlags="None"), "editWidget", type=kind)
    return SubElement(SubElement(widget, "config"), "Option", type="Map")


def _add_choice(fields: Element, name: str, classes: Sequence[str]) -> None:
    """A list of classes to choose from."""
    choices = SubElement(_widget(fields, name, "ValueMap"), "Option", name="map", type="List")
    for label in classes:
        SubElement(SubElement(choices, "Option", type="Map"), "Option", name=label, type="QString", value=label)


def _add_share(fields: Element, name: str) -> None:
    """A number from 0 to 100."""
    options = _widget(fields, name, "Range")
    for option, kind, value in (
        ("AllowNull", "bool", "true"),
        ("Min", "double", "0"),
        ("Max", "double", str(WHOLE)),
        ("Step", "double", "5"),
        ("Precision", "int", "0"),
        ("Style", "QString", "SpinBox"),
        ("Suffix", "QString", " %"),
    ):
        SubElement(options, "Option", name=option, type=kind, value=value)


def _add_sum(root: Element, targets: Sequence[str]) -> None:
    """The rule that shares sum to 100, once any of them is filled in."""
    quoted = ['"{}"'.format(name.replace('"', '""')) for name in targets]
    total = " + ".join(f"coalesce({name}, 0)" for name in quoted)
    rule = f"coalesce({', '.join(quoted)}) IS NULL OR abs({total} - {WHOLE}) < 0.01"
    constraints, expressions = SubElement(root, "constraints"), SubElement(root, "constraintExpressions")
    for name in targets:
        SubElement(
            constraints, "constraint", field=name, constraints=BY_EXPRESSION,
            notnull_strength="0", unique_strength="0", exp_strength=HARD,
        )  # fmt: skip
        SubElement(expressions, "constraint", field=name, exp=rule, desc=f"The shares sum to {WHOLE}.")
