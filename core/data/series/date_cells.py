"""Date cells: dates in columns of tables, however they are written; whether day or month is first is never guessed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from ...contract.errors import RegionwiseError
from ..vector.tables import text_of
from .date_patterns import Hit, hits, normal

CLOCK = re.compile(
    r"(?<=\d)(?:[T\s]+\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?|T\d{4}(?:\d\d(?:\.\d+)?)?)\s*(?:[AP]M)?\s*"
    r"(?:Z|UTC|GMT|[+-]\d\d:?\d\d)?$",
    re.IGNORECASE,
)
YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})")
COMPACT = re.compile(r"(\d{4})()(\d\d)(\d\d)(?:\.0)?")
YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})")
SURE, DAY_FIRST, MONTH_FIRST = "", "day", "month"  # what stands first in a date

Options = dict[str, date]  # the date in a cell, by what would stand first in it


def read_dates(values: Sequence[object], label: str, *, whole: bool = True) -> list[date | None]:
    """The dates in the cells of a column, None where a cell holds none.

    In 14/09/2013 the day is first, and so it is in all dates of that column that are written like that.

    Parameters
    ----------
    label : str
        What messages call the column.
    whole : bool
        Whether the day must be written; otherwise a month is its first day, and a year, too.

    Raises
    ------
    RegionwiseError
        If a date may be read in two ways, and the column does not show which one is meant.
    """
    options = [_options(value, whole) for value in values]
    unsure = [(value, found) for value, found in zip(values, options, strict=True) if found and SURE not in found]
    orders = [order for order in (DAY_FIRST, MONTH_FIRST) if all(order in found for _, found in unsure)]
    if not orders:
        shown = [
            str(next(value for value, found in unsure if order not in found)) for order in (MONTH_FIRST, DAY_FIRST)
        ]
        raise RegionwiseError(
            f"{label} has dates with the day first ('{shown[0]}') and with the month first ('{shown[1]}').",
            "Write dates as 2013-09-14.",
        )
    for value, found in unsure:
        if len({found[order] for order in orders}) > 1:
            ways = " or ".join(f"{found[order]}" for order in orders)
            raise RegionwiseError(f"{label} holds '{value}', which may be {ways}.", "Write dates as 2013-09-14.")
    return [found.get(SURE) or found.get(orders[0]) for found in options]


def _options(value: object, whole: bool) -> Options:
    """The dates that a cell may mean; none if it holds no date."""
    if isinstance(value, np.datetime64):
        value = pd.Timestamp(value)
    if isinstance(value, date):  # pandas' time stamps are dates, too, and its missing ones know no year
        return {SURE: date(value.year, value.month, value.day)} if value == value else {}
    text = CLOCK.sub("", normal(text_of(value)))
    match = YEAR_FIRST.fullmatch(text) or COMPACT.fullmatch(text)
    if match:
        return _valid({SURE: (match[1], match[3], match[4])})
    match = YEAR_LAST.fullmatch(text)
    if match:
        return _valid({DAY_FIRST: (match[4], match[3], match[1]), MONTH_FIRST: (match[4], match[1], match[3])})
    hit = _in_words(text, whole)
    return {SURE: hit.date} if hit else {}


def _valid(numbers: dict[str, tuple[str, str, str]]) -> Options:
    """Those years, months and days that are dates."""
    found = {}
    for order, (year, month, day) in numbers.items():
        try:
            found[order] = date(int(year), int(month), int(day))
        except ValueError:
            continue
    return found


def _in_words(text: str, whole: bool) -> Hit | None:
    """The date that a text is from its first letter to its last, with the name of the month, or without a day."""
    for pattern in ("month",) if whole else ("month", "YYYY-MM", "YYYYMM", "YYYY"):
        for hit in hits(text, pattern):
            if hit.end - hit.start == len(text) and (hit.precision == "day" or not whole):
                return hit
    return None
