"""Temporal: the time in which dated layers are shown, so that QGIS's Temporal Controller plays them."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from qgis.core import Qgis, QgsDateTimeRange, QgsProject, QgsRasterLayer
from qgis.PyQt.QtCore import QDate, QDateTime, QTime

from .compat import set_time_step

DATE_LENGTH = len("2013-09-14")
YEAR = timedelta(365)  # that a lone raster stands for


def dates_in(layer: QgsRasterLayer) -> list[date]:
    """The date that the name of each band ends in; none if one has no date."""
    try:
        return [date.fromisoformat(layer.bandName(band)[-DATE_LENGTH:]) for band in range(1, layer.bandCount() + 1)]
    except ValueError:
        return []


def dates_of_files(folder: Path) -> dict[Path, date]:
    """The date of each raster in `folder` whose name ends in one, ascending."""
    found = {}
    for path in folder.glob("*????-??-??.*"):
        if path.suffix in (".vrt", ".tif"):
            found[path] = date.fromisoformat(path.stem[-DATE_LENGTH:])
    return dict(sorted(found.items(), key=lambda pair: (pair[1], pair[0])))


def show_from_to(layer: QgsRasterLayer, span: QgsDateTimeRange) -> None:
    """Let a layer be shown in a span of time."""
    properties = layer.temporalProperties()
    properties.setMode(Qgis.RasterTemporalMode.FixedTemporalRange)
    properties.setFixedTemporalRange(span)
    properties.setIsActive(True)


def spans_of(dates: list[date]) -> list[QgsDateTimeRange]:
    """The time from each date to the next one; the last is as long as the one before it, a lone one a year."""
    return [QgsDateTimeRange(_midnight(start), _midnight(end), True, False) for start, end in _ends(dates)]


def widen_project_time(project: QgsProject, dates: list[date]) -> None:
    """Let the time of a project, which the Temporal Controller plays, hold that of `dates`, in steps as long as one."""
    if not dates:
        return
    settings = project.timeSettings()
    first, last = _midnight(min(dates)), _midnight(max(end for _, end in _ends(sorted(dates))))
    known = settings.temporalRange()
    if known.begin().isValid() and known.end().isValid():
        first, last = min(first, known.begin()), max(last, known.end())
    settings.setTemporalRange(QgsDateTimeRange(first, last, True, False))
    set_time_step(settings, min((end - start).days for start, end in _ends(sorted(dates))))


def _ends(dates: list[date]) -> list[tuple[date, date]]:
    """First day of each date's time, and the day after its last."""
    lengths = [end - start for start, end in zip(dates, dates[1:])] or [YEAR]
    return list(zip(dates, [*dates[1:], *(last + lengths[-1] for last in dates[-1:])]))


def _midnight(day: date) -> QDateTime:
    return QDateTime(QDate(day.year, day.month, day.day), QTime(0, 0))
