"""Style files: a QGIS side-car (.qml) beside a raster, so that it looks right wherever it is opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from xml.etree.ElementTree import Element, ElementTree, SubElement  # nosec B405
from xml.sax.saxutils import quoteattr  # nosec B406

from ...runtime.files import atomic, atomic_together
from .map_styles import Drawing, Entry, Ramp, Style

RESOURCES = Path(__file__).resolve().parents[3] / "resources"
RAMP_FILE, CLASSES_FILE = RESOURCES / "ramp.qml", RESOURCES / "classes.qml"
MOST_NAMED = 1000  # up to this number GDAL is told the names of classes: its list has all numbers below, too


def write_style(raster: Path, style: Style, names: Mapping[int, str] | None = None) -> None:
    """Write the style of a finished raster beside it; of classes their `names` by number, for GDAL, too."""
    content = style_text(style.drawing(raster, names or {}))
    if not names:
        with atomic(raster.with_suffix(".qml")) as part:
            part.write_text(content, encoding="utf-8")
        return
    paths = [raster.with_suffix(".qml"), raster.with_name(f"{raster.name}.aux.xml")]
    with atomic_together(paths) as (qml, aux):
        qml.write_text(content, encoding="utf-8")
        ElementTree(_names_for_gdal(names)).write(aux, encoding="utf-8")


def write_common_style(rasters: Sequence[Path], style: Ramp) -> None:
    """Write one and the same style beside each of several rasters, as those of dates."""
    if not rasters:
        return
    content = style_text(style.common_drawing(rasters))
    for raster in rasters:
        with atomic(raster.with_suffix(".qml")) as part:
            part.write_text(content, encoding="utf-8")


def style_text(drawing: Drawing) -> str:
    """The content of a side-car."""
    template = Template((RAMP_FILE if drawing.ramp else CLASSES_FILE).read_text(encoding="utf-8"))
    name = "item" if drawing.ramp else "paletteEntry"
    lines = "\n          ".join(_line(name, entry) for entry in drawing.entries)
    ends = [f"{entry.value:.9g}" for entry in (drawing.entries[0], drawing.entries[-1])]
    return template.substitute(band=drawing.band, entries=lines, low=ends[0], high=ends[1])


def _line(name: str, entry: Entry) -> str:
    label = quoteattr(entry.label)
    return f'<{name} value="{entry.value:.9g}" label={label} color="{entry.colour}" alpha="255"/>'


def _names_for_gdal(names: Mapping[int, str]) -> Element:
    """The names of classes where GDAL looks for them."""
    root = Element("PAMDataset")
    categories = SubElement(SubElement(root, "PAMRasterBand", band="1"), "CategoryNames")
    for number in range(max(names) + 1 if max(names) <= MOST_NAMED else 0):
        SubElement(categories, "Category").text = names.get(number, "")
    return root
