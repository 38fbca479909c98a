"""Date patterns: dates in names of files and bands, and in cells of tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta

YEAR_DAYS = 365.2425
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
MONTH = re.compile(rf"(?<![a-z])({'|'.join(rf'{name}|{name[:3]}' for name in MONTHS)}|sept)(?![a-z])", re.IGNORECASE)
YEAR = re.compile(r"(?<!\d)((?:18|19|20|21)\d\d)(?!\d)")
DASHED = re.compile(r"(?<!\d)(\d{4})([-_.])(\d{2})\2(\d{2})(?!\d)")
YEAR_MONTH_DAY = re.compile(r"(?<!\d)(\d{4})(\d{2})(\d{2})(?!\d)")
YEAR_DAY = re.compile(r"(?<!\d)(\d{4})(\d{3})(?!\d)")
YEAR_MONTH = re.compile(r"(?<!\d)(\d{4})[-_.](\d{2})(?![-_.]?\d)")
# sensor and level, path and row, then acquisition; the date after it is that of processing
LANDSAT = re.compile(r"L[COTEM]\d\d_[A-Z0-9]{4}_\d{6}_(\d{4})(\d{2})(\d{2})(?:_\d{8}_\w\w_\w\w)?", re.IGNORECASE)
OLD_LANDSAT = re.compile(r"(?<![A-Z0-9])L[COTEM]\d\d{6}(\d{4})(\d{3})[A-Z]{3}\d\d", re.IGNORECASE)
# products name acquisition first and processing last; files of a granule start with the tile
SENTINEL = re.compile(
    r"S[123][A-D]_\w*?_?(\d{4})(\d{2})(\d{2})T\d{6}"
    r"(?:_N\d{4}_R\d{3}_T\w{5}_\d{8}T\d{6}|_\d{8}T\d{6}_\d{6}_\w{6}_\w{4})?",
    re.IGNORECASE,
)
GRANULE = re.compile(r"T\d\d[A-Z]{3}_(\d{4})(\d{2})(\d{2})T\d{6}", re.IGNORECASE)

DateMatch = tuple[date, str]  # a date, and the text it stands in


def _calendar(hit: re.Match[str], *numbers: str) -> DateMatch | None:
    """The date with these numbers of year, month and day; None if there is no such day."""
    try:
        return date(*map(int, numbers)), hit.group(0)
    except ValueError:
        return None


def _ordinal(hit: re.Match[str], year: str, day: str) -> DateMatch | None:
    """The date of a day of a year; None if there is no such day."""
    if not 1 <= int(year) <= 9998 or not 1 <= int(day) <= 366:
        return None
    when = date(int(year), 1, 1) + timedelta(int(day) - 1)
    return (when, hit.group(0)) if when.year == int(year) else None


def _first(matches: Iterable[DateMatch | None]) -> DateMatch | None:
    """The first valid date: a number before it may look like one."""
    return next((match for match in matches if match is not None), None)


def _landsat(text: str, _: int) -> DateMatch | None:
    match = _first(_calendar(hit, *hit.groups()) for hit in LANDSAT.finditer(text))
    return match or _first(_ordinal(hit, *hit.groups()) for hit in OLD_LANDSAT.finditer(text))


def _sentinel(text: str, _: int) -> DateMatch | None:
    match = _first(_calendar(hit, *hit.groups()) for hit in SENTINEL.finditer(text))
    return match or _first(_calendar(hit, *hit.groups()) for hit in GRANULE.finditer(text))


def _dashed(text: str, _: int) -> DateMatch | None:
    return _first(_calendar(hit, hit.group(1), hit.group(3), hit.group(4)) for hit in DASHED.finditer(text))


def _compact(text: str, _: int) -> DateMatch | None:
    return _first(_calendar(hit, *hit.groups()) for hit in YEAR_MONTH_DAY.finditer(text))


def _ordinal_date(text: str, _: int) -> DateMatch | None:
    return _first(_ordinal(hit, *hit.groups()) for hit in YEAR_DAY.finditer(text))


def _month(text: str, year: int) -> DateMatch | None:
    """The first day of a month called by its name; of `year`, unless the text names one."""
    hit = MONTH.search(text)
    if not hit:
        return None
    year_hit = YEAR.search(text)
    if not year_hit and not year:
        return None
    number = next(i for i, name in enumerate(MONTHS, 1) if name.startswith(hit.group(1).lower()[:3]))
    return date(int(year_hit.group(1)) if year_hit else year, number, 1), hit.group(0)


def _year_month(text: str, _: int) -> DateMatch | None:
    return _first(_calendar(hit, *hit.groups(), "1") for hit in YEAR_MONTH.finditer(text))


def _year(text: str, _: int) -> DateMatch | None:
    return _first(_calendar(hit, hit.group(1), "1", "1") for hit in YEAR.finditer(text))


# "auto" takes the first by which every name has a date: the strictest come first
PATTERNS: dict[str, Callable[[str, int], DateMatch | None]] = {
    "landsat": _landsat,
    "sentinel": _sentinel,
    "YYYY-MM-DD": _dashed,
    "YYYYMMDD": _compact,
    "YYYYDDD": _ordinal_date,
    "month": _month,
    "YYYY-MM": _year_month,
    "YYYY": _year,
}


def find_date(texts: Sequence[str], pattern: str, year: int = 0) -> tuple[date, int, str] | None:
    """The date in the first of `texts` that has one, the number of that text, and how it is written there.

    Parameters
    ----------
    pattern : str
        One of `PATTERNS`.
    year : int
        Of months called by their name, where the text names none.
    """
    for number, text in enumerate(texts):
        match = PATTERNS[pattern](text, year)
        if match:
            return match[0], number, match[1]
    return None


def choose_pattern(names: Sequence[Sequence[str]], year: int = 0) -> str:
    """The first pattern by which all `names` (several texts each) have a date, else that of the most."""
    counts = {pattern: sum(find_date(texts, pattern, year) is not None for texts in names) for pattern in PATTERNS}
    return max(counts, key=lambda pattern: counts[pattern])


def read_date(value: object) -> date | None:
    """The date in a cell of a table, a date or text as 2013-09-14, 2013/09/14 or 20130914; else None."""
    if isinstance(value, date):  # pandas' time stamps are dates, too, and its missing ones know no year
        return date(value.year, value.month, value.day) if value == value else None
    text = str(value).strip().replace("/", "-")[:10]
    match = find_date([text], "YYYY-MM-DD") or find_date([text], "YYYYMMDD")
    return match[0] if match else None


def day_of_year(when: date) -> int:
    """The day of the year, 1 to 366."""
    return when.timetuple().tm_yday
