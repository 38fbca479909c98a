"""Temporal: dated rasters as layers that QGIS's Temporal Controller plays."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from qgis.core import Qgis, QgsDateTimeRange, QgsProcessingContext, QgsRasterLayer
from qgis.PyQt.QtCore import QDate, QDateTime, QTime


def load_dated(folder: Path, context: QgsProcessingContext) -> None:
    """Add the rasters in `folder`, called by their dates, to the project that is shown, if there is one.

    Each layer is visible from its date to the next one; the last as long as the one before it.
    """
    if context.project() is None:
        return
    paths = sorted(folder.glob("????-??-??.vrt"))
    dates = [date.fromisoformat(path.stem) for path in paths]
    ends = [*dates[1:], dates[-1] + (dates[-1] - dates[-2])] if len(dates) > 1 else dates
    for path, start, end in zip(paths, dates, ends):
        layer = QgsRasterLayer(str(path), f"{folder.name} {path.stem}")
        properties = layer.temporalProperties()
        properties.setMode(Qgis.RasterTemporalMode.FixedTemporalRange)
        properties.setFixedTemporalRange(QgsDateTimeRange(_midnight(start), _midnight(end), True, False))
        properties.setIsActive(True)
        context.temporaryLayerStore().addMapLayer(layer)
        details = QgsProcessingContext.LayerDetails(layer.name(), context.project(), layer.name())
        context.addLayerToLoadOnCompletion(layer.id(), details)


def _midnight(day: date) -> QDateTime:
    return QDateTime(QDate(day.year, day.month, day.day), QTime(0, 0))
