"""Project file: a QGIS project that is made of files with their side-cars, in groups, with relative paths."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from qgis.core import (
    QgsLayerTreeGroup,
    QgsMapLayer,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
    QgsReferencedRectangle,
    QgsVectorLayer,
)

from ..core.contract.errors import RegionwiseError
from .arrival import load_style
from .temporal import show_from_to, spans_of, widen_project_time
from .translation import tr

DATED = re.compile(r"_(\d{4})(\d\d)(\d\d)$")
MARGIN = 1.05  # of the first view, times the data


@dataclass(frozen=True)
class Sheet:
    """A layer, or dated ones.

    Parameters
    ----------
    file : str
        Below the folder of the project; with ``*``: the files of several dates.
    name : str
        Of the layer; those of dates have the date after it.
    one : float, optional
        Of dated files only one, without its time: 0 is the first, 1 the last.
    """

    file: str
    name: str
    shown: bool = True
    one: float | None = None


@dataclass(frozen=True)
class Group:
    """A group of layers, from top to bottom."""

    name: str
    sheets: tuple[Sheet, ...]
    shown: bool = True
    folded: bool = False


def write_project(path: Path, title: str, groups: tuple[Group, ...]) -> None:
    """Write a project of files that lie beside it or below.

    Raises
    ------
    RegionwiseError
        If a file cannot be read, or the project cannot be written.
    """
    project = QgsProject()
    project.setTitle(title)
    project.writeEntryBool("Paths", "/Absolute", False)
    root, view = project.layerTreeRoot(), QgsRectangle()
    for place, group in enumerate(groups):
        node = root.insertGroup(place, tr(group.name))
        for sheet in group.sheets:
            for layer in _layers(path.parent, sheet, project):
                _place(layer, sheet, node, project)
                if layer.isSpatial():
                    project.setCrs(layer.crs())
                    view.combineExtentWith(layer.extent())
        node.setItemVisibilityChecked(group.shown)
        node.setExpanded(not group.folded)
    view.scale(MARGIN)
    project.viewSettings().setDefaultViewExtent(QgsReferencedRectangle(view, project.crs()))
    if not project.write(str(path)):
        raise RegionwiseError(f"The project '{path}' cannot be written ({project.error()}).", "Choose another folder.")


def _place(layer: QgsMapLayer, sheet: Sheet, group: QgsLayerTreeGroup, project: QgsProject) -> None:
    project.addMapLayer(layer, False)
    node = group.addLayer(layer)
    node.setItemVisibilityChecked(sheet.shown)
    node.setExpanded(sheet.shown and ("*" not in sheet.file or sheet.one is not None))


def _layers(folder: Path, sheet: Sheet, project: QgsProject) -> list[QgsMapLayer]:
    """The layers of a sheet with their styles; dated ones each in its time, which the project's time then holds."""
    if "*" not in sheet.file:
        return [_layer(folder / sheet.file, tr(sheet.name))]
    paths = sorted(folder.glob(sheet.file))
    if sheet.one is not None:
        return [_layer(paths[round(sheet.one * (len(paths) - 1))], tr(sheet.name))]
    dates = [_date_of(path) for path in paths]
    layers = [_layer(path, f"{sheet.name} {when.isoformat()}") for path, when in zip(paths, dates)]
    for layer, span in zip(layers, spans_of(dates)):
        show_from_to(layer, span)
    widen_project_time(project, dates)
    return layers


def _layer(path: Path, name: str) -> QgsMapLayer:
    raster = path.suffix == ".tif"
    layer = QgsRasterLayer(str(path), name) if raster else QgsVectorLayer(str(path), name, "ogr")
    if not layer.isValid():
        raise RegionwiseError(f"The file '{path}' of the project cannot be read.", "Run the tool again.")
    load_style(layer, str(path))
    return layer


def _date_of(path: Path) -> date:
    found = DATED.search(path.stem)
    if found is None:
        raise RegionwiseError(f"The name of '{path.name}' does not end in a date.", "Run the tool in an empty folder.")
    return date(*(int(part) for part in found.groups()))
