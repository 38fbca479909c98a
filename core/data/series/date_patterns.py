"""Date patterns: dates in names of files and bands.

A pattern is a list of expressions with the groups year, month, day, doy (day of the year) or word (a month's name),
which are searched in small letters without accents. A time of day behind a date is a part of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from .month_names import MONTH, MONTH_OF, ORDINARY, folded
from .product_names import DAY, LANDSAT, ORDINAL, OTHERS, SENTINEL, UNDATED, YEAR4

YEAR_DAYS = 365.2425
YEAR = re.compile(rf"(?<!\d)({YEAR4})(?!\d)")
HOUR, MINUTE = r"(?:[01]\d|2[0-3])", r"[0-5]\d"
# a time of day; six digits behind a sign are one, four behind a sign may be anything
CLOCK = (
    rf"(?:(?:[\s_-]?t|[\s_-]){HOUR}{MINUTE}{MINUTE}(?:\.\d+)?(?!\d)z?|[\s_-]?t{HOUR}{MINUTE}(?!\d)z?|"
    rf"[t\s_-]{HOUR}(?::{MINUTE}(?::{MINUTE}(?:\.\d+)?)?|(?P<colon>[-_]){MINUTE}(?P=colon){MINUTE})(?!\d)z?)"
)
END = rf"(?:{CLOCK}|(?!\d))"
GLUED = rf"(?:{HOUR}{MINUTE}(?:{MINUTE})?(?!\d)|{CLOCK}|(?!\d))"
SIGN = r"(?P<sign>[-_./ ])"
GAP = r"[\s_.,-]*"
OF = rf"{GAP}(?:(?:de|of)[\s_]+)?"
# a lone digit behind a sign is rather the number of something
MONTH_DAY = r"(?<![0-9a-z])(?P<day>\d\d|\d(?=[a-z\s.]))(?:st|nd|rd|th)?"
DAY_FIRST = (
    rf"(?<!\d)(?P<day>\d\d)(?P<month>\d\d)(?P<year>{YEAR4}){END}",
    rf"(?<![0-9a-z])(?P<day>\d\d){SIGN}(?P<month>\d\d)(?P=sign)(?P<year>{YEAR4}){END}",
)
MONTHS = (
    rf"(?<!\d)(?P<year>{YEAR4})\s*年\s*(?P<month>\d{{1,2}})\s*月(?:\s*(?P<day>\d{{1,2}})\s*日)?",
    rf"{MONTH_DAY}{OF}{MONTH}{OF}(?P<year>{YEAR4})(?!\d)",
    rf"{MONTH}{GAP}(?P<day>\d\d|\d(?=,|st|nd|rd|th))(?:st|nd|rd|th)?[\s_.,-]+(?P<year>{YEAR4})(?!\d)",
    rf"(?<!\d)(?P<year>{YEAR4}){GAP}{MONTH}(?:{GAP}(?P<day>\d\d)(?![0-9a-z]))?",
    rf"{MONTH}(?:{OF}(?P<year>{YEAR4})(?!\d))?",
    r"(?<!\d)(?P<month>\d{1,2})\s*月(?:\s*(?P<day>\d{1,2})\s*日)?",
)
# "auto" takes the first of those that explain the names best: the strictest come first
SOURCES: dict[str, Sequence[str]] = {
    "landsat": LANDSAT,
    "sentinel": SENTINEL,
    "product": (*LANDSAT, *SENTINEL, *OTHERS),
    "YYYY-MM-DD": (rf"(?<!\d)(?P<year>{YEAR4}){SIGN}(?P<month>\d\d)(?P=sign)(?P<day>\d\d){END}",),
    "YYYYMMDD": (rf"(?<!\d){DAY}{GLUED}",),
    "YYYYDDD": (rf"(?<!\d){ORDINAL}{GLUED}",),
    "YYYY-DDD": (
        rf"(?<!\d)(?P<year>{YEAR4})[-_. ]?(?:doy|day|jd)[-_. ]?(?P<doy>\d{{1,3}}){END}",
        rf"(?<!\d)(?P<year>{YEAR4})[-_.](?P<doy>\d\d\d)(?:{CLOCK}|(?![0-9a-z]))",
    ),
    "DDMMYYYY": DAY_FIRST,
    "MMDDYYYY": tuple(
        text.replace("<day>", "<x>").replace("<month>", "<day>").replace("<x>", "<month>") for text in DAY_FIRST
    ),
    "month": MONTHS,
    # more digits behind a sign may be the day
    "YYYY-MM": (rf"(?<!\d)(?P<year>{YEAR4})[-_./ ](?P<month>\d\d)(?![0-9a-z])(?![-_./ ]\d{{1,4}}(?![0-9a-z]))",),
    "YYYYMM": (rf"(?<!\d)(?P<year>{YEAR4})(?P<month>\d\d)(?!\d)",),
    "YYYY": (rf"(?<!\d)(?P<year>{YEAR4})(?!\d)",),
}
PATTERNS = {pattern: tuple(re.compile(source) for source in sources) for pattern, sources in SOURCES.items()}
PRODUCTS = ("landsat", "sentinel", "product")  # whose ids prove themselves
NO_ACQUISITION = re.compile("|".join(UNDATED))


class Hit(NamedTuple):
    """A date in a text, from letter `start` to before `end`; it is known to the ``day``, ``month`` or ``year``."""

    date: date
    precision: str
    start: int
    end: int
    word: str = ""  # the name of its month


class Reading(NamedTuple):
    """The date in the first text that has one, and the number of that text."""

    date: date
    text: int
    hit: Hit


def normal(text: str) -> str:
    """`text` with each accented letter as one; positions of hits are those of it."""
    return unicodedata.normalize("NFC", text)


def hits(text: str, pattern: str, year: int = 0) -> list[Hit]:
    """The dates of a pattern in a `normal` text, the most trusted first; none if they contradict each other.

    Parameters
    ----------
    pattern : str
        One of `PATTERNS`.
    year : int
        Of months called by their name, where the text names no year.
    """
    letters = folded(text)
    if pattern not in PRODUCTS:
        letters = NO_ACQUISITION.sub(lambda match: "#" * len(match.group()), letters)
    year = _own_year(letters, year)
    found: list[Hit] = []
    for expression in PATTERNS[pattern]:
        for match in expression.finditer(letters):
            hit = _hit(match, year)
            if hit and not any(other.start < hit.end and hit.start < other.end for other in found):
                found.append(hit)
    return _one_month(found) if pattern == "month" else found


def _own_year(letters: str, year: int) -> int:
    """The one year that stands in a text, `year` if there is none, 0 if there are several."""
    years = {int(number) for number in YEAR.findall(letters)}
    return years.pop() if len(years) == 1 else 0 if years else year


def _hit(match: re.Match[str], year: int) -> Hit | None:
    """The date in a match; None if there is no such day, or no year."""
    parts = {name: text for name, text in match.groupdict().items() if text}
    own, word = int(parts.get("year", year)), parts.get("word", "")
    precision = "day" if {"day", "doy"} & set(parts) else "month" if {"month", "word"} & set(parts) else "year"
    try:
        if "doy" in parts:
            when = date(own, 1, 1) + timedelta(int(parts["doy"]) - 1)
            if when.year != own:
                return None
        else:
            month = MONTH_OF[word] if word else int(parts.get("month", 1))
            when = date(own, month, int(parts.get("day", 1)))
    except ValueError:
        return None
    return Hit(when, precision, match.start(), match.end(), word)


def _one_month(found: Sequence[Hit]) -> list[Hit]:
    """The hits with whole dates, else those of one month; none if several are named."""
    whole = [hit for hit in found if hit.precision == "day"]
    sure = whole or [hit for hit in found if hit.word not in ORDINARY] or found
    if not whole and len({hit.date.month for hit in sure}) > 1:
        return []
    return list(sure)


def find_date(texts: Sequence[str], pattern: str, year: int = 0) -> Reading | None:
    """The date in the first of the `normal` texts that has one.

    The year of a month may stand in another one of them, if `year` does not say it.
    """
    year = year or next(filter(None, (_own_year(text, 0) for text in texts)), 0)
    for number, text in enumerate(texts):
        found = hits(text, pattern, year)
        if found:
            return Reading(found[0].date, number, found[0])
    return None


def blanked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """`text` with signs instead of its letters in `spans`."""
    letters = list(text)
    for start, end in spans:
        letters[start:end] = "_" * (end - start)
    return "".join(letters)


def day_of_year(when: date) -> int:
    """The day of the year, 1 to 366."""
    return when.timetuple().tm_yday
