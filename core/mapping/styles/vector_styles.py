"""Vector styles: a QGIS side-car (.qml) beside a layer of places or areas, whose classes say what they mean."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent  # nosec B405

import geopandas as gpd
import pandas as pd

from ...reports import palette
from ...runtime.files import atomic
from .map_styles import class_colours
from .stretches import round_stretch

LAYERS = (".gpkg", ".shp", ".geojson", ".json", ".fgb")  # formats that hold places
MOST_CLASSES = 40  # of a legend
QUIET_SIZE, SIZE = 1.8, 2.6  # of points, in millimetres
OUTLINE = "#3c4245"
AROUND, INSIDE = "0", "1"  # places of texts, as QGIS numbers them


@dataclass(frozen=True)
class Mark:
    """Features that are drawn alike.

    Parameters
    ----------
    rule : str
        An expression of QGIS that they fulfil; empty: all of them do.
    colour : str
        As ``#rrggbb``; empty: an outline alone.
    size : float
        Of points, in millimetres.
    """

    rule: str
    label: str
    colour: str
    size: float = SIZE


@dataclass(frozen=True)
class VectorStyle:
    """How a layer is drawn.

    Parameters
    ----------
    marks : tuple of Mark
        A feature is drawn by each whose rule it fulfils, the first lowest.
    text : str
        An expression of QGIS that is written at each feature; empty: nothing is.
    """

    marks: tuple[Mark, ...]
    text: str = ""


def field(name: str) -> str:
    """A field in an expression of QGIS."""
    return '"{}"'.format(name.replace('"', '""'))


def literal(value: object) -> str:
    """A text or number in an expression of QGIS."""
    if isinstance(value, (int, float)):
        return f"{value:.9g}"
    return "'{}'".format(str(value).replace("'", "''"))


def by_class(name: str, values: Iterable[object], empty: str, colours: Mapping[str, str] | None = None) -> VectorStyle:
    """Features by the classes that the field `name` holds, in their own colours where `colours` has one."""
    known = [value for value in dict.fromkeys(values) if not pd.isna(value) and value != ""]  # type: ignore[call-overload]
    own = {str(value): colour for value, colour in zip(known, class_colours(len(known)), strict=True)}
    own |= dict(colours or {})
    none = Mark(f"{field(name)} IS NULL OR {field(name)} = ''", empty, palette.NOTHING, QUIET_SIZE)
    marks = [Mark(f"{field(name)} = {literal(v)}", str(v), own[str(v)]) for v in known[:MOST_CLASSES]]
    if len(known) > MOST_CLASSES:
        marks.append(Mark("ELSE", "others", palette.QUIET))
    return VectorStyle((none, *marks))


def by_steps(
    value: str, bounds: Sequence[float], labels: Sequence[str], colours: Sequence[str], missing: str
) -> VectorStyle:
    """Features by steps of an expression: below the first of `bounds`, ..., from the last one on."""
    ends = ["", *map(literal, bounds), ""]
    marks = [Mark(f"({value}) IS NULL", missing, palette.NOTHING, QUIET_SIZE)]
    for low, high, label, colour in zip(ends[:-1], ends[1:], labels, colours, strict=True):
        parts = [f"({value}) >= {low}" if low else "", f"({value}) < {high}" if high else ""]
        marks.append(Mark(" AND ".join(filter(None, parts)), label, colour))
    return VectorStyle(tuple(marks))


def by_error(error: str) -> VectorStyle:
    """Tested samples by an expression for their error, from 0 to 1."""
    labels = ("off by under 5 %", "5 to 10 %", "10 to 20 %", "20 to 40 %", "40 % or more")
    return by_steps(error, (0.05, 0.1, 0.2, 0.4), labels, palette.DOUBT, "not tested")


def by_value(value: str, known: Iterable[float], text: str = "", missing: str = "no data") -> VectorStyle:
    """Areas by an expression, with `text` at each; those without a value by their outline.

    Parameters
    ----------
    known : iterable of float
        Its values. Where all lie between 0 and 1 they are shares, and told in percent.
    """
    numbers = [number for number in known if math.isfinite(number)] or [0.0]
    shares = all(0 <= number <= 1 for number in numbers)
    low, high = (0.0, 1.0) if shares else round_stretch(min(numbers), max(numbers))
    ends = [low + (high - low) * step / len(palette.SHARE) for step in range(1, len(palette.SHARE))]
    said = [f"{100 * end:.3g} %" if shares else f"{end:.6g}" for end in ends]
    between = [f"{start} to {end}" for start, end in zip(said, said[1:], strict=False)]
    labels = (f"under {said[0]}", *between, f"{said[-1]} and more")
    style = by_steps(value, ends, labels, palette.SHARE, missing)
    return VectorStyle((replace(style.marks[0], colour=""), *style.marks[1:]), text)


def by_rank(name: str, count: int) -> VectorStyle:
    """Places by their rank, with its number."""
    bounds = (count / 3 + 1, 2 * count / 3 + 1)
    colours = [palette.PROBABILITY[place] for place in (4, 3, 1)]
    style = by_steps(field(name), bounds, ("first third", "second third", "last third"), colours, "no rank")
    return VectorStyle(style.marks[1:], field(name))


def outlined(label: str) -> VectorStyle:
    """Areas by their outline."""
    return VectorStyle((Mark("", label, ""),))


def style_layer(frame: pd.DataFrame, path: str, style: VectorStyle) -> None:
    """Write the style of a layer that was written to `path` from `frame`, if both hold places."""
    layer = Path(path)
    if not path or layer.suffix.lower() not in LAYERS or not isinstance(frame, gpd.GeoDataFrame):
        return
    kinds = frame.geometry.geom_type.dropna()
    points = len(kinds) > 0 and bool(kinds.str.endswith("Point").all())
    root = _document(style, points=points)
    indent(root)
    with atomic(layer.with_suffix(".qml")) as part:
        ElementTree(root).write(part, encoding="utf-8")


def _document(style: VectorStyle, *, points: bool) -> Element:
    """The side-car of a layer."""
    shown = {"styleCategories": "Symbology|Labeling", "labelsEnabled": str(int(bool(style.text)))}
    root = Element("qgis", {"version": "3.22.0", **shown})
    renderer = SubElement(root, "renderer-v2", type="RuleRenderer", symbollevels="0", forceraster="0")
    rules = SubElement(renderer, "rules", key="rules")
    symbols = SubElement(renderer, "symbols")
    for number, mark in enumerate(style.marks):
        rule = {"key": f"rule-{number}", "label": mark.label, "symbol": str(number)}
        SubElement(rules, "rule", rule | ({"filter": mark.rule} if mark.rule else {}))
        symbols.append(_symbol(mark, str(number), points=points))
    if style.text:
        root.append(_labels(style.text, points=points))
    return root


def _symbol(mark: Mark, name: str, *, points: bool) -> Element:
    symbol = Element("symbol", type="marker" if points else "fill", name=name, alpha="1", clip_to_extent="1")
    kind = "SimpleMarker" if points else "SimpleFill"
    options = {"outline_color": _rgba(OUTLINE), "outline_width": "0.2", "outline_style": "solid"}
    options |= {"outline_width_unit": "MM", "color": _rgba(mark.colour or OUTLINE)}
    if points:
        options |= {"name": "circle", "size": f"{mark.size:g}", "size_unit": "MM"}
    else:
        options |= {"style": "solid" if mark.colour else "no"}
    part = SubElement(symbol, "layer", {"class": kind, "enabled": "1", "locked": "0"})
    table = SubElement(part, "Option", type="Map")
    for key, value in options.items():
        SubElement(table, "Option", type="QString", name=key, value=value)
    return symbol


def _labels(text: str, *, points: bool) -> Element:
    """Texts at features, with a light edge so that they are read on any ground."""
    labels = Element("labeling", type="simple")
    settings = SubElement(labels, "settings", calloutType="simple")
    font = {
        "fontSize": "8",
        "fontSizeUnit": "Point",
        "fontWeight": "50",
        "textColor": _rgba(palette.INK),
        "textOpacity": "1",
    }
    style = SubElement(settings, "text-style", {"fieldName": text, "isExpression": "1", **font})
    edge = {"bufferDraw": "1", "bufferNoFill": "1", "bufferSize": "0.8", "bufferSizeUnits": "MM"}
    SubElement(style, "text-buffer", {**edge, "bufferColor": _rgba(palette.ON_DARK), "bufferOpacity": "1"})
    SubElement(settings, "placement", placement=AROUND if points else INSIDE, dist="0.5")
    SubElement(settings, "rendering", drawLabels="1", obstacle="1")
    return labels


def _rgba(colour: str) -> str:
    return ",".join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5)) + ",255"
