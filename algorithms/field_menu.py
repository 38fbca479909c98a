"""Field menu: picks fields, or names of rasters, for a text that means some of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from qgis.core import (
    QgsApplication,
    QgsMapLayer,
    QgsProcessingContext,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingUtils,
    QgsVectorLayer,
)
from qgis.PyQt.QtWidgets import QLineEdit, QMenu


def layers_of(value: Any, context: QgsProcessingContext) -> Iterator[QgsMapLayer]:
    """Yield the layers that the `value` of a widget stands for."""
    if isinstance(value, QgsProcessingFeatureSourceDefinition):
        value = value.source.staticValue()
    for item in value if isinstance(value, (list, tuple)) else [value]:
        layer = QgsProcessingUtils.mapLayerFromString(str(item), context) if item else None
        if layer is not None:
            yield layer


def names_of(layers: Iterator[QgsMapLayer]) -> list[str]:
    """The fields of vector layers, and the names of rasters, each once."""
    names: dict[str, None] = {}
    for layer in layers:
        found = layer.fields().names() if isinstance(layer, QgsVectorLayer) else [layer.name()]
        names.update(dict.fromkeys(found))
    return list(names)


def add_menu(edit: QLineEdit, names: Callable[[], list[str]], several: bool) -> None:
    """Give a line of text a button that offers `names`; of `several` each is added to what is there."""
    button = edit.addAction(
        QgsApplication.getThemeIcon("/mActionNewAttribute.svg"), QLineEdit.ActionPosition.TrailingPosition
    )

    def choose() -> None:
        menu = QMenu(edit)
        for name in names():
            menu.addAction(name)
        chosen = menu.exec(edit.mapToGlobal(edit.rect().bottomLeft()))
        if chosen is not None:
            before = edit.text().strip(" ,;")
            edit.setText(f"{before}, {chosen.text()}" if several and before else chosen.text())

    button.triggered.connect(choose)
