"""Periods: months, spans of days, seasons and years, each with one value of the images in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from ...contract.errors import RegionwiseError
from ...runtime.types import Floats
from ..raster.geotiff import RasterBands, window_side, write_windows
from ..raster.stack import Stack
from ..raster.tiles import Tile
from .image_series import Series

PERIOD_DAYS = 16
MONTHLY, YEAR, SEASON = "monthly", "year", "season"
WHOLE_YEAR = ((1, 12),)
SEASONS = ((12, 2), (3, 5), (6, 8), (9, 11))  # of meteorology

Period = tuple[date, date]  # first day, and day after the last
Months = tuple[int, int]  # first and last month; over New Year if the last is before the first


def periods(dates: Sequence[date], kind: str, months: Sequence[Months] = ()) -> list[Period]:
    """The periods from that of the first date to that of the last, empty ones too.

    Parameters
    ----------
    dates : sequence of date
        Ascending.
    kind : str
        ``monthly`` (of the calendar), ``16-day`` (from the first date on), ``year`` or ``season``.
    months : sequence of (first, last month)
        Of each season, or of the part of a year that counts; by default the four seasons, or the whole year.

    Raises
    ------
    RegionwiseError
        If no date is in one of the months.
    """
    if kind in (YEAR, SEASON):
        return _windows(dates, months or (WHOLE_YEAR if kind == YEAR else SEASONS))
    starts = [dates[0].replace(day=1) if kind == MONTHLY else dates[0]]
    while starts[-1] <= dates[-1]:
        last = starts[-1]
        starts.append(_next_month(last) if kind == MONTHLY else last + timedelta(PERIOD_DAYS))
    return list(zip(starts, starts[1:], strict=False))


def _windows(dates: Sequence[date], months: Sequence[Months]) -> list[Period]:
    """The windows of months, of the year in which they start, from the first with a date to the last with one."""
    years = range(dates[0].year - 1, dates[-1].year + 1)
    windows = sorted(
        (date(year, first, 1), _next_month(date(year + (last < first), last, 1)))
        for year in years
        for first, last in months
    )
    filled = [i for i, (start, end) in enumerate(windows) if any(start <= when < end for when in dates)]
    if not filled:
        texts = " ".join(f"{first}-{last}" for first, last in months)
        raise RegionwiseError(
            f"No image is of the months {texts}; the dates run from {dates[0]} to {dates[-1]}.", "Choose other Months."
        )
    return windows[filled[0] : filled[-1] + 1]


def _next_month(when: date) -> date:
    """The first day of the month after that of `when`."""
    return (when.replace(day=1) + timedelta(32)).replace(day=1)


def summarise(values: Floats, dates: Sequence[date], period: Period, kind: str) -> Floats:
    """One value per period from those that were observed in it; NaN without any.

    Parameters
    ----------
    values : array, shape (date, ...)
        NaN is missing.
    kind : str
        ``median``, or ``nearest``: the value observed nearest to the middle of the period.
    """
    start, end = period
    inside = [i for i, when in enumerate(dates) if start <= when < end]
    summary = np.full(values.shape[1:], np.nan, np.float32)
    if not inside:
        return summary
    if kind == "median":
        observed = np.isfinite(values[inside]).any(0)
        summary[observed] = np.nanmedian(values[inside][:, observed], 0)
        return summary
    middle = start + (end - start) / 2
    for i in sorted(inside, key=lambda i: abs((dates[i] - middle).days)):
        summary = np.where(np.isfinite(summary), summary, values[i])
    return summary


def regularise(series: Series, path: Path, spans: Sequence[Period], summary: str) -> Series:
    """Write a raster with one value per period and band; the result is its series, not yet described."""
    regular = Series(series.path, str(path), tuple(start for start, _ in spans), series.bands)
    count = len(series.bands)
    with Stack({"series": [series.layer]}) as stack:

        def compute(tile: Tile) -> Floats:
            values = stack.read(tile).reshape(len(series.dates), count, tile.height, tile.width)
            return np.concatenate([summarise(values, series.dates, period, summary) for period in spans])

        units = [band.unit for _ in spans for band in series.bands]
        write_windows(
            path,
            stack.grid,
            RasterBands(regular.band_names(), units, interleave="band"),
            compute,
            side=window_side(len(stack.bands)),
        )
    return regular
