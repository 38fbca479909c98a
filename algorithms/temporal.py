"""Temporal: dated rasters as layers that QGIS's Temporal Controller plays."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from qgis.core import (
    Qgis,
    QgsDateTimeRange,
    QgsMapLayer,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingLayerPostProcessorInterface,
    QgsRasterLayer,
)
from qgis.PyQt.QtCore import QDate, QDateTime, QTime

from .compat import show_bands_in_turn

DATE_LENGTH = len("2013-09-14")
YEAR = timedelta(365)  # that a lone raster stands for


class DatedBands(QgsProcessingLayerPostProcessorInterface):
    """Lets the Temporal Controller play a loaded raster whose bands are called ``NAME YYYY-MM-DD``, one a year."""

    def postProcessLayer(
        self, layer: QgsMapLayer, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        """Set the times of layer and bands."""
        dates = [date.fromisoformat(layer.bandName(band)[-DATE_LENGTH:]) for band in range(1, layer.bandCount() + 1)]
        show_bands_in_turn(layer.temporalProperties(), spans_of(dates))


def load_dated(folder: Path, context: QgsProcessingContext) -> None:
    """Add the rasters in `folder` whose names end in a date to the project that is shown, if there is one.

    Each layer is visible from its date to the next one; the last as long as the one before it.
    """
    if context.project() is None:
        return
    paths = sorted(path for path in folder.glob("*????-??-??.*") if path.suffix in (".vrt", ".tif"))
    dates = [date.fromisoformat(path.stem[-DATE_LENGTH:]) for path in paths]
    for path, span in zip(paths, spans_of(dates)):
        layer = QgsRasterLayer(str(path), f"{folder.name} {path.stem}")
        properties = layer.temporalProperties()
        properties.setMode(Qgis.RasterTemporalMode.FixedTemporalRange)
        properties.setFixedTemporalRange(span)
        properties.setIsActive(True)
        context.temporaryLayerStore().addMapLayer(layer)
        details = QgsProcessingContext.LayerDetails(layer.name(), context.project(), layer.name())
        context.addLayerToLoadOnCompletion(layer.id(), details)


def spans_of(dates: list[date]) -> list[QgsDateTimeRange]:
    """The time from each date to the next one; the last is as long as the one before it, a lone one a year."""
    lengths = [end - start for start, end in zip(dates, dates[1:])] or [YEAR]
    ends = [*dates[1:], *(last + lengths[-1] for last in dates[-1:])]
    return [QgsDateTimeRange(_midnight(start), _midnight(end), True, False) for start, end in zip(dates, ends)]


def _midnight(day: date) -> QDateTime:
    return QDateTime(QDate(day.year, day.month, day.day), QTime(0, 0))
