"""Layer groups: a layer definition file (.qlr) that opens all rasters of a folder in QGIS as one styled group."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent, parse  # nosec B405

import rasterio

from ...runtime.files import atomic

FILE = "layers.qlr"
DATE_LENGTH = len("2013-09-14")
YEAR = timedelta(365)  # that a lone raster stands for
ON, OFF = "Qt::Checked", "Qt::Unchecked"
Span = tuple[date, date]  # first day, and the day after the last


def write_group(folder: Path, rasters: Sequence[Path]) -> None:
    """Write a file that opens `rasters` of a folder with their side-cars; those that end in a date have their time.

    Of others the first one is switched on.
    """
    root = Element("qlr")
    group = SubElement(
        SubElement(root, "layer-tree-group", name="", checked=ON, expanded="1"),
        *("layer-tree-group", {"name": folder.name, "checked": ON, "expanded": "0"}),
    )
    maps = SubElement(root, "maplayers")
    spans = _spans([path.stem for path in rasters])
    for number, (path, span) in enumerate(zip(rasters, spans, strict=True)):
        identity, source = f"layer_{number}", f"./{path.name}"
        shown = {"checked": ON if span or not number else OFF, "expanded": "0"}
        place = {"id": identity, "name": path.stem, "source": source, "providerKey": "gdal"}
        SubElement(group, "layer-tree-layer", place | shown)
        maps.append(_layer(path, identity, source, span))
    indent(root)
    with atomic(folder / FILE) as part:
        ElementTree(root).write(part, encoding="utf-8")


def _layer(path: Path, identity: str, source: str, span: Span | None) -> Element:
    """A raster with what its side-car says of it."""
    layer = Element("maplayer", type="raster", hasScaleBasedVisibilityFlag="0", styleCategories="AllStyleCategories")
    for name, text in (("id", identity), ("datasource", source), ("layername", path.stem), ("provider", "gdal")):
        SubElement(layer, name).text = text
    _add_crs(layer, path)
    side_car = path.with_suffix(".qml")
    if side_car.exists():
        layer.extend(parse(side_car).getroot())  # nosec B314
    if span:
        temporal = SubElement(layer, "temporal", enabled="1", mode="0", fetchMode="0")
        whole = SubElement(temporal, "fixedRange")
        for name, day in zip(("start", "end"), span, strict=True):
            SubElement(whole, name).text = f"{day.isoformat()}T00:00:00"
    return layer


def _add_crs(layer: Element, path: Path) -> None:
    """Add the CRS of a raster: QGIS does not ask the file for it."""
    with rasterio.open(path) as file:
        crs = file.crs
    if crs is None:
        return
    system = SubElement(SubElement(layer, "srs"), "spatialrefsys")
    SubElement(system, "wkt").text = crs.to_wkt()
    SubElement(system, "authid").text = ":".join(crs.to_authority() or ())


def _spans(names: Sequence[str]) -> list[Span] | list[None]:
    """The time of each raster, up to the next date; none if a name has no date."""
    try:
        days = [date.fromisoformat(name[-DATE_LENGTH:]) for name in names]
    except ValueError:
        return [None] * len(names)
    lengths = [end - start for start, end in zip(days, days[1:], strict=False)] or [YEAR]
    return list(zip(days, [*days[1:], *(last + lengths[-1] for last in days[-1:])], strict=True))
