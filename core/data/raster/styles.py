"""Styles: a QGIS side-car (.qml) beside a raster, so that it looks right wherever it is opened; colours of classes."""

from __future__ import annotations

import colorsys
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from xml.etree.ElementTree import Element, ElementTree, SubElement  # nosec B405
from xml.sax.saxutils import quoteattr  # nosec B406

import rasterio

from ...runtime.files import atomic, atomic_together

RESOURCES = Path(__file__).resolve().parents[3] / "resources"
RAMP, CLASSES = RESOURCES / "ramp.qml", RESOURCES / "classes.qml"
GREEN = 0.38  # hue
HUE_STEP = 0.381966  # of the circle: neighbours in number are far apart in hue (the golden section)
VALUE_SATURATION = ((0.82, 0.62), (0.95, 0.45), (0.62, 0.75))  # of successive classes

MOST_NAMED = 1000  # up to this number GDAL is told the names of classes: its list has all numbers below, too
Colour = tuple[int, int, int, int]

SEQUENTIAL = ("#fcfdbf", "#a8dcb5", "#4db8a8", "#14746f", "#0b2545")  # of a ramp, from low to high
DIVERGING = ("#9e2a2b", "#e09f3e", "#f7f7f7", "#7fb8b2", "#14746f")


def write_style(
    raster: Path, classes: Mapping[int, str] | None = None, *, ordered: bool = False, differences: bool = False
) -> None:
    """Write the style of a raster beside it: colours and names of its classes by number, or a ramp without any.

    Parameters
    ----------
    ordered : bool
        Whether classes go from low to high.
    differences : bool
        Whether the ramp goes as far below 0 as above.
    """
    if classes:
        _write_classes(raster, classes, class_colours(len(classes), ordered=ordered))
    else:
        _write_ramp(raster, differences=differences)


def _write_ramp(raster: Path, *, differences: bool) -> None:
    """Write a colour ramp from 0, or from the opposite number, to the largest value of the first band."""
    with rasterio.open(raster) as file:
        tags = file.tags(1)
    ends = [float(tags.get(f"STATISTICS_{name}", 1.0)) for name in ("MINIMUM", "MAXIMUM")]
    largest = max(map(abs, ends)) if differences else ends[1]
    high = max(math.ceil(20 * largest) / 20, 0.05) if math.isfinite(largest) else 1.0  # a round number
    low, colours = (-high, DIVERGING) if differences else (0.0, SEQUENTIAL)
    stops = {f"v{i}": f"{low + (high - low) * i / 4:g}" for i in range(5)}
    template = Template(RAMP.read_text(encoding="utf-8"))
    content = template.substitute(stops, **{f"c{i}": colour for i, colour in enumerate(colours)})
    with atomic(raster.with_suffix(".qml")) as part:
        part.write_text(content, encoding="utf-8")


def _write_classes(raster: Path, classes: Mapping[int, str], colours: Sequence[Colour]) -> None:
    """Write a palette with names, and the names once more where GDAL looks for them."""
    entries = [
        f'<paletteEntry value="{number}" label={quoteattr(name)} color="#{red:02x}{green:02x}{blue:02x}" alpha="255"/>'
        for (number, name), (red, green, blue, _) in zip(classes.items(), colours, strict=True)
    ]
    template = Template(CLASSES.read_text(encoding="utf-8"))
    root = Element("PAMDataset")
    names = SubElement(SubElement(root, "PAMRasterBand", band="1"), "CategoryNames")
    for number in range(max(classes) + 1 if max(classes) <= MOST_NAMED else 0):
        SubElement(names, "Category").text = classes.get(number, "")
    paths = [raster.with_suffix(".qml"), raster.with_name(f"{raster.name}.aux.xml")]
    with atomic_together(paths) as (style, aux):
        style.write_text(template.substitute(entries="\n        ".join(entries)), encoding="utf-8")
        ElementTree(root).write(aux, encoding="utf-8")


def class_colours(count: int, *, ordered: bool = False) -> list[Colour]:
    """So many colours (red, green, blue, opacity) that are easy to tell apart; the first ones never change.

    Those of `ordered` classes go from green over yellow to red.
    """
    colours = []
    for number in range(count):
        value, saturation = VALUE_SATURATION[number % len(VALUE_SATURATION)]
        hue = (0.33 + number * HUE_STEP) % 1
        if ordered:
            level = number / max(count - 1, 1)
            hue, saturation, value = GREEN * (1 - level), 0.75, 0.6 + 0.35 * min(1.0, 2 * number / max(count - 1, 1))
        red, green, blue = (round(255 * part) for part in colorsys.hsv_to_rgb(hue, saturation, value))
        colours.append((red, green, blue, 255))
    return colours
