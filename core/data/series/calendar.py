"""Calendars: check that a series covers the same part of the year as those that a model learned."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from ...contract.errors import RegionwiseError
from .date_patterns import YEAR_DAYS, day_of_year
from .image_series import Series

SMALLEST_TOLERANCE = 20  # days; a step and a half if that is longer
STEPS_OF_TOLERANCE = 1.5


def check_calendar(series: Series, calendar: Sequence[int], phase: int) -> None:
    """Raise `RegionwiseError` unless a series starts and ends about when those of a model do.

    Parameters
    ----------
    calendar, phase :
        See `series_features.SeriesFeatures`.
    """
    check_span(series.path, series.dates[0], series.dates[-1], calendar, phase)


def check_span(label: str, first: date, last: date, calendar: Sequence[int], phase: int) -> None:
    """Raise `RegionwiseError` unless the span of dates is about that of a calendar; see `check_calendar`."""
    median_step = float(np.median(np.diff(calendar))) if len(calendar) > 1 else 0.0
    tolerance = max(SMALLEST_TOLERANCE, STEPS_OF_TOLERANCE * median_step)
    calendar_start = phase + calendar[0] - 1
    difference = abs(day_of_year(first) - 1 - calendar_start)
    around_the_year = min(difference, abs(YEAR_DAYS - difference))
    length, calendar_length = (last - first).days + 1, calendar[-1] - calendar[0] + 1
    if around_the_year > tolerance or abs(length - calendar_length) > tolerance:
        raise RegionwiseError(
            f"Series '{label}' runs over {length} days from day {day_of_year(first)} of the year ({first} to {last}); "
            f"the model learned series of {calendar_length} days from about day {calendar_start + 1}.",
            "Make a series of the same part of the year (Make series), or train on series like this one.",
        )
