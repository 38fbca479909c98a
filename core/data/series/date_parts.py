"""Date parts: words of names that look like a day, a month, a time or another date, and so can be no band."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .date_patterns import HOUR, MINUTE, YEAR, Reading, day_of_year, hits
from .month_names import MONTH_OF, ORDINARY, folded, months_in
from .product_names import TILE

LONG_NUMBER = re.compile(r"\d{7,}|[cC]\d{12,}")  # of processing, of a piece
TILE_WORD = re.compile(TILE)
DAY_OF_YEAR = re.compile(r"(?:doy|jd|day|d)?(\d{3})|(?:doy|jd)(\d{1,2})")
LAST_DAY_OF_YEAR = 366
TIME = re.compile(rf"[tse]?{HOUR}{MINUTE}{MINUTE}z?|t{HOUR}{MINUTE}z?")
SHORT_TIME = re.compile(rf"{HOUR}{MINUTE}z?|\d{{1,2}}(?::|h|uhr)(?:\d\d(?::\d\d)?)?z?|\d{{1,2}}(?:am|pm)")
LABELLED = re.compile(r"(?:m|month|w|kw|week|dek|q|d|day)\d{1,3}")
SMALL = re.compile(r"\d{1,2}")
MONTH_AND_DAY = re.compile(r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])|(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])")
TWO_AND_TWO = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
BESIDE = (
    rf"0[1-9]|[12]\d|3[01]|[0-3]\d\d|{MONTH_AND_DAY.pattern}|\d\d{TWO_AND_TWO}|(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d\d|"
    rf"{LABELLED.pattern}|doy\d{{1,3}}"
)
BEFORE = re.compile(rf"(?<![0-9A-Za-z])({BESIDE})[-_. ]$", re.IGNORECASE)
BEHIND = re.compile(rf"[-_. ]({BESIDE})(?![0-9A-Za-z])", re.IGNORECASE)
LARGEST = {"year": 53, "month": 31}  # number of a week, of a day, that a date lacks
COUNTED = (
    "band",
    "b",
    "layer",
    "lyr",
    "channel",
    "ch",
    "bande",
    "banda",
    "kanal",
    "canal",
    "component",
)  # by a number behind


def agrees(word: str, reading: Reading) -> bool:
    """Whether a word says once more what the date of its name says: day of the year, month or time."""
    text = folded(word)
    day = DAY_OF_YEAR.fullmatch(text)
    if reading.hit.precision == "day" and (TIME.fullmatch(text) or _number(day) == day_of_year(reading.date)):
        return True
    return reading.hit.precision != "year" and MONTH_OF.get(text) == reading.date.month


def names_no_band(word: str, reading: Reading) -> bool:
    """Whether a word is a year, a tile, a long number, or a time beside a whole date, which call no band."""
    if YEAR.fullmatch(word) or LONG_NUMBER.fullmatch(word) or TILE_WORD.fullmatch(word):
        return True
    return reading.hit.precision == "day" and TIME.fullmatch(folded(word)) is not None


def part_of_date(word: str, before: str, reading: Reading) -> str:
    """What part of a date `word` looks like beside the date that was read; empty if none.

    Parameters
    ----------
    before : str
        The word before it: the 12 of ``band 12`` is no day.
    """
    if folded(before) in COUNTED:
        return ""
    text, precision = folded(word).strip("()[],;"), reading.hit.precision
    if 1 <= _number(DAY_OF_YEAR.fullmatch(text)) <= LAST_DAY_OF_YEAR:
        return "a day of the year"
    if any(precision == "year" or name not in ORDINARY for name in months_in(word)):
        return "a month"
    missing = "" if precision == "day" else _missing_part(text, precision)
    return missing or ("a time of day" if TIME.fullmatch(text) or SHORT_TIME.fullmatch(text) else "")


def _missing_part(text: str, precision: str) -> str:
    """What a word looks like beside a date that lacks its day, or month, too."""
    if SMALL.fullmatch(text) and 1 <= int(text) <= LARGEST[precision]:
        return "a day, week or month"
    if LABELLED.fullmatch(text) or "月" in text or "日" in text:
        return "a day, week or month"
    if MONTH_AND_DAY.fullmatch(text):
        return "a month and day"
    finer = ("YYYYMMDD", "YYYYDDD", "DDMMYYYY", "MMDDYYYY", "YYYYMM")
    return "another date" if any(hits(text, pattern) for pattern in finer) else ""


def beside(text: str, reading: Reading) -> str:
    """What stands right before or behind a date without a day and may be a part of it; empty if nothing does."""
    if reading.hit.precision == "day":
        return ""
    match = BEFORE.search(text[: reading.hit.start]) or BEHIND.match(text[reading.hit.end :])
    return f"{match.group(1)} (beside the date)" if match else ""


def glued_months(words: Sequence[str]) -> set[str]:
    """Those of `words` that differ only by the month at their beginning or end, as ``ndvijan`` and ``ndvifeb``."""
    letters = [folded(word) for word in words]
    for step in (1, -1):
        turned = [word[::step] for word in letters]
        shared = 0
        while all(len(word) > shared and word[shared] == turned[0][shared] for word in turned):
            shared += 1
        for length in range(shared, 0, -1):  # june and july begin alike, too
            if all(word[length:][::step] in MONTH_OF for word in turned):
                return set(words)
    return set()


def _number(match: re.Match[str] | None) -> int:
    """The number in a match, 0 without one."""
    return int(next(filter(None, match.groups()))) if match else 0
