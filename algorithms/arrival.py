"""Arrival: how finished layers come into a project, by their side-cars, in groups, with their years, in words.

There is one post-processor for everything, because QGIS keeps only the last that is set on a layer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from qgis.core import (
    QgsLayerTreeGroup,
    QgsLayerTreeLayer,
    QgsMapLayer,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingLayerPostProcessorInterface,
    QgsProject,
    QgsRasterLayer,
)
from qgis.PyQt.QtCore import QTimer

from .compat import show_band, show_bands_in_turn
from .temporal import dates_in, dates_of_files, show_from_to, spans_of, widen_project_time


@dataclass(frozen=True)
class Shown:
    """How an output comes into a project.

    Parameters
    ----------
    apart : bool
        Whether each band is a layer, in one group.
    hidden : bool
        Whether it is switched off at first, if another output of the run is on.
    dated : bool
        Whether its bands are called ``NAME YYYY-MM-DD``, and played.
    first : bool
        Whether it lies above all other outputs.
    """

    apart: bool = False
    hidden: bool = False
    dated: bool = False
    first: bool = False


PLAIN = Shown()
ON_TOP, BEHIND = Shown(first=True), Shown(hidden=True)
BANDS_APART, YEARS = Shown(apart=True, hidden=True), Shown(dated=True)

_EXPECTED: list[Arrival] = []  # QGIS keeps no reference to a post-processor, and the algorithm of a model goes early


@dataclass(eq=False)
class Arrival:
    """The layers of one run that are on their way into a project.

    Parameters
    ----------
    shown : dict
        How each layer is shown, by path or id of the layer, in the order of the layers.
    group : str
        The name of the group for all of them; empty: there is none.
    dates : list of date
        Of the layers, if each has its own.
    """

    shown: dict[str, Shown]
    group: str = ""
    dates: list[date] = field(default_factory=list)
    arrived: dict[str, str] = field(default_factory=dict)  # ids of layers by path
    loaders: list[Loader] = field(default_factory=list)

    def expect(self, context: QgsProcessingContext, names: dict[str, str]) -> None:
        """Set the post-processor of each layer that `context` will load, and its name, where `names` has one."""
        for path in self.shown:
            if context.willLoadLayerOnCompletion(path):
                details = context.layerToLoadOnCompletionDetails(path)
                details.name = names.get(path, details.name)
                self.loaders.append(_loader_of(self, path))
                details.setPostProcessor(self.loaders[-1])
        if self.loaders:
            _EXPECTED.append(self)

    def receive(self, path: str, layer: QgsMapLayer, project: QgsProject | None) -> None:
        """Take note of a loaded layer; once all that come now are there, they are arranged."""
        if not self.arrived and project is not None:
            # some versions of QGIS put layers into the tree only after their post-processing
            QTimer.singleShot(0, lambda: self.arrange(project))
        self.arrived[path] = layer.id()

    def arrange(self, project: QgsProject) -> None:
        """Put the layers above all others, those that are first on top, and switch off what is looked at later."""
        if self in _EXPECTED:
            _EXPECTED.remove(self)
        root = project.layerTreeRoot()
        nodes = [(self.shown[path], root.findLayer(self.arrived[path])) for path in self.shown if path in self.arrived]
        found = [(shown, node) for shown, node in nodes if node is not None]
        if not found:
            return
        # what is drawn as lines and points lies above what covers the ground
        found.sort(key=lambda pair: (isinstance(pair[1].layer(), QgsRasterLayer), not pair[0].first))
        visible = [not shown.hidden for shown, _ in found]
        if not any(visible):
            visible[0] = True
        parent = found[0][1].parent()
        if self.group:
            parent = parent.insertGroup(0, self.group)
            parent.setExpanded(False)
            widen_project_time(project, self.dates)
        for (shown, node), on in reversed(list(zip(found, visible))):
            self._place(shown, node, parent, project, on=on)

    def _place(
        self, shown: Shown, node: QgsLayerTreeLayer, parent: QgsLayerTreeGroup, project: QgsProject, *, on: bool
    ) -> None:
        """Move a layer to the top of `parent`; its bands become a group if they stand apart."""
        layer = node.layer()
        bands = layer.bandCount() if isinstance(layer, QgsRasterLayer) else 1
        dates = dates_in(layer) if shown.dated else []
        years = years_in([layer.bandName(band) for band in range(1, bands + 1)]) if bands > 1 or dates else ""
        if years and not years_in([layer.name()]):
            layer.setName(f"{layer.name()} {years}")
        played = bool(dates) and show_bands_in_turn(layer.temporalProperties(), spans_of(dates))
        widen_project_time(project, dates)
        if bands > 1 and (shown.apart or (dates and not played)):
            _spread(node, parent, project, dates, on=on)
        else:
            moved = _move(node, parent)
            moved.setItemVisibilityChecked(on)
            moved.setExpanded(on)


def _spread(
    node: QgsLayerTreeLayer, parent: QgsLayerTreeGroup, project: QgsProject, dates: list[date], *, on: bool
) -> None:
    """Put a group of layers, one for each band, in the place of one layer; with `dates`, each in its time."""
    layer = node.layer()
    group = parent.insertGroup(0, layer.name())
    _move(node, group)
    for number in range(2, layer.bandCount() + 1):
        copy = layer.clone()
        _show_alone(copy, number, dates)
        project.addMapLayer(copy, False)
        group.addLayer(copy)
    _show_alone(layer, 1, dates)
    group.setExpanded(False)
    for number, child in enumerate(group.findLayers()):
        child.setExpanded(False)
        # of shares one covers the other; years are played, all of them
        child.setItemVisibilityChecked(on and (bool(dates) or number == 0))


def _show_alone(layer: QgsRasterLayer, number: int, dates: list[date]) -> None:
    """Let a layer show one band, and bear its name; with `dates` of all bands, in the time of that band."""
    show_band(layer.renderer(), number)
    layer.setName(layer.bandName(number).split(":", 1)[-1].strip())
    if dates:
        show_from_to(layer, spans_of(dates)[number - 1])


def _move(node: QgsLayerTreeLayer, parent: QgsLayerTreeGroup) -> QgsLayerTreeLayer:
    """Move a layer to the top of `parent`; the result is its new place."""
    copy = node.clone()
    parent.insertChildNode(0, copy)
    node.parent().removeChildNode(node)
    return copy


class Loader(QgsProcessingLayerPostProcessorInterface):
    """Gives a loaded layer the style beside its file, and tells its arrival."""

    arrival: Arrival | None = None
    path: str = ""

    def postProcessLayer(
        self, layer: QgsMapLayer, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        """Load the style, if there is one."""
        load_style(layer, self.path)
        if self.arrival is not None:
            self.arrival.receive(self.path, layer, context.project())


def _loader_of(arrival: Arrival, path: str) -> Loader:
    loader = Loader()
    loader.arrival, loader.path = arrival, path
    return loader


def load_style(layer: QgsMapLayer, path: str) -> None:
    """Give a layer the style and the metadata beside its file `path`, if there are any; Processing looks for none."""
    style, metadata = (Path(path).with_suffix(suffix) for suffix in (".qml", ".qmd"))
    if style.exists():
        layer.loadNamedStyle(str(style))
        layer.triggerRepaint()
    if metadata.exists():
        layer.loadNamedMetadata(str(metadata))


def years_in(texts: list[str]) -> str:
    """The first year that some texts name, and the last one if it is another: ``2019``, ``2019-2023``; or nothing."""
    found = sorted({year for text in texts for year in re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d{1,3}(?!\d))", text)})
    return "-".join(dict.fromkeys([found[0], found[-1]])) if found else ""


def load_dated(folder: Path, name: str, context: QgsProcessingContext) -> None:
    """Add the rasters in `folder` whose names end in a date to the project that is shown, if there is one.

    They are one group called `name`; each is visible from its date to the next one, the last as long as the one before.
    """
    if context.project() is None:
        return
    shown = {}
    dated = dates_of_files(folder)
    for path, span in zip(dated, spans_of(list(dated.values()))):
        layer = QgsRasterLayer(str(path), f"{folder.name} {path.stem}")
        load_style(layer, str(path))
        show_from_to(layer, span)
        context.temporaryLayerStore().addMapLayer(layer)
        details = QgsProcessingContext.LayerDetails(layer.name(), context.project(), layer.name())
        context.addLayerToLoadOnCompletion(layer.id(), details)
        shown[layer.id()] = PLAIN
    Arrival(shown, name, list(dated.values())).expect(context, {})
