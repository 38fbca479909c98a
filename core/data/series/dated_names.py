"""Dated names: what the names of bands and files say: the date by a pattern, the band by the words that are left.

A pattern explains names well if each has a date, nothing that is left looks like a part of one, and each date has
each band once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ...contract.errors import RegionwiseError
from .date_parts import agrees, beside, glued_months, names_no_band, part_of_date
from .date_patterns import HOUR, MINUTE, PATTERNS, PRODUCTS, YEAR, Reading, blanked, find_date, hits, normal
from .month_names import MONTH_OF, ORDINARY, folded
from .product_names import VERSION

SEPARATORS = re.compile(r"[\s_.\-]+")
VERSION_WORD = re.compile(VERSION)
TIME_BEHIND = re.compile(rf"[-_ ]{HOUR}{MINUTE}(?![0-9A-Za-z])")
DESCRIPTION, STEM = 0, 1  # of the texts of a name
FEWEST_MONTHS = 3  # that must be named by words that are ordinary ones, too
ORDERS = ("DDMMYYYY", "MMDDYYYY")
MONTH_NAMES = "month"
UNDOUBTED = (*PRODUCTS, "YYYY-MM-DD", "YYYYMMDD", "YYYYDDD", "YYYY-DDD")  # the first of `PATTERNS`
AUTO = "auto"  # the pattern that explains the names best

Word = tuple[str, str]  # the word before it, and itself


@dataclass(frozen=True)
class BandName:
    """The texts that tell date and name of a band.

    Parameters
    ----------
    texts : tuple of str
        Its description, the stem of its file's name, and its folder's name.
    path : str
        Its file.
    suffix : str
        What tells it from the other bands of its file.
    words : tuple of str
        Those of the user's words that it bears; the first is what it is called.
    """

    texts: tuple[str, ...]
    path: str
    suffix: str = ""
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Explanation:
    """What a pattern makes of names.

    Parameters
    ----------
    readings : list of Reading or None
        The date of each.
    bands : list of str
        What each band is called.
    left : list of str
        What looks like a part of a date in each name, and is not read as one; empty is none.
    """

    pattern: str
    readings: list[Reading | None]
    bands: list[str]
    left: list[str]

    @property
    def complete(self) -> bool:
        """Whether all names have a date, and nothing of a date is left."""
        return None not in self.readings and not any(self.left)

    @property
    def dated(self) -> int:
        """How many names have a date."""
        return sum(reading is not None for reading in self.readings)

    @property
    def gaps(self) -> int:
        """How many names are too many, and how many are missing, for each date to have each band once."""
        pairs = [(reading and reading.date, band) for reading, band in zip(self.readings, self.bands, strict=True)]
        dates, bands = {when for when, _ in pairs}, set(self.bands)
        return len(pairs) + len(dates) * len(bands) - 2 * len(set(pairs))

    @property
    def badness(self) -> tuple[int, int, int]:
        """By which patterns are compared; the smaller, the better."""
        far = sum(reading is not None and reading.text > STEM for reading in self.readings)
        # an id needs no other proof, and its tiles stand at one date
        return sum(map(bool, self.left)), 0 if self.pattern in PRODUCTS else self.gaps, far


def choose_pattern(names: Sequence[BandName], year: int = 0) -> Explanation:
    """The explanation by the pattern that explains `names` best; without one for all, by that of the most dates.

    Raises
    ------
    RegionwiseError
        If two patterns explain them, and nothing shows which one is meant.
    """
    found: list[Explanation] = []
    for pattern in PATTERNS:
        found.append(explain(names, pattern, year, strict=True))
        if found[-1].complete and not any(found[-1].badness) and pattern in UNDOUBTED:
            return found[-1]  # no later one is better, or contradicts it
    fitting = [each for each in found if None not in each.readings]
    if not fitting:
        most = max(found, key=lambda each: each.dated)
        return most if most.dated else replace(most, pattern=AUTO)
    best = min(fitting, key=lambda each: each.badness)
    others = {each.pattern: each for each in fitting if each.complete}
    if best.pattern in ORDERS and all(order in others for order in ORDERS):
        _refuse_orders(names, *(others[order] for order in ORDERS))
    if best.pattern == MONTH_NAMES and not year and "YYYY" in {each.pattern for each in fitting}:
        _refuse_ordinary(best)
    return best


def patterns_for(names: Sequence[BandName], year: int = 0) -> list[str]:
    """The patterns that explain all `names`, the strictest first."""
    return [pattern for pattern in PATTERNS if explain(names, pattern, year).complete]


def _refuse_orders(names: Sequence[BandName], day_first: Explanation, month_first: Explanation) -> None:
    """Raise `RegionwiseError` if a date differs by whether the day or the month is first."""
    for name, one, other in zip(names, day_first.readings, month_first.readings, strict=True):
        if one and other and one.date != other.date:
            raise RegionwiseError(
                f"'{name.texts[one.text]}' may be of {one.date} or of {other.date}; no name shows which.",
                f"Choose the Date pattern {' or '.join(ORDERS)}.",
            )


def _refuse_ordinary(months: Explanation) -> None:
    """Raise `RegionwiseError` if the months may as well be words of another meaning."""
    named = [reading.hit for reading in months.readings if reading and reading.hit.precision == "month"]
    words = sorted({hit.word for hit in named})
    if words and set(words) <= ORDINARY and len({hit.date.month for hit in named}) < FEWEST_MONTHS:
        raise RegionwiseError(
            f"'{' and '.join(words)}' in the names may be a month, or another word.",
            "Choose the Date pattern month if it is one, else YYYY, or name the bands in Bands.",
        )


def explain(names: Sequence[BandName], pattern: str, year: int = 0, *, strict: bool = False) -> Explanation:
    """What `pattern` makes of `names`.

    Parameters
    ----------
    year : int
        Of months called by their name.
    strict : bool
        Whether a number beside a date without a day counts as left over also where all names have it.
    """
    texts = [_dated_texts(name) for name in names]
    found = [find_date(each, pattern, year) for each in texts]
    readings = [reading for reading in found if reading]
    if len(readings) < len(names):
        return Explanation(pattern, found, [""] * len(names), [""] * len(names))
    timed = all(_time_behind(each, reading) for each, reading in zip(texts, readings, strict=True))
    words = [_words(each, pattern, reading, timed) for each, reading in zip(texts, readings, strict=True)]
    common = _common(names, [stem for _, stem in words])
    rests = [_Rest(*parts, common) for parts in zip(names, readings, words, strict=True)]
    known = all(agrees(word, rest.reading) for rest in rests for word in rest.all_words if folded(word) in MONTH_OF)
    bands, left = [rest.band(known) for rest in rests], [rest.left(known, pattern) for rest in rests]
    if strict:
        left = [
            own or beside(text[rest.reading.text], rest.reading)
            for own, text, rest in zip(left, texts, rests, strict=True)
        ]
    return Explanation(pattern, found, bands, _with_months(rests, bands, left))


@dataclass(frozen=True)
class _Rest:
    """What a name says besides its date: the words of its description and stem, and those that all stems share."""

    name: BandName
    reading: Reading
    words: tuple[list[str], list[str]]
    common: frozenset[str]

    @property
    def all_words(self) -> list[str]:
        """Description and stem."""
        return [*self.words[DESCRIPTION], *self.words[STEM]]

    @property
    def distinct(self) -> list[Word]:
        """The words of the stem that others lack."""
        return [pair for pair in _pairs(self.words[STEM]) if pair[1] not in self.common]

    def calling(self, known: bool) -> list[Word]:
        """The words that call the band; of the description, if there are some."""
        described = self._names(_pairs(self.words[DESCRIPTION]), known)
        return described or self._names(self.distinct, known)

    def _names(self, pairs: Sequence[Word], known: bool) -> list[Word]:
        """Those that are no years, tiles or times, nor say the date again; months do so only if they are `known` to."""
        return [
            (before, word)
            for before, word in pairs
            if not names_no_band(word, self.reading)
            and not (agrees(word, self.reading) and (known or folded(word) not in MONTH_OF))
        ]

    def band(self, known: bool) -> str:
        """What the band is called: a wanted word, else what tells its name from the others."""
        if self.name.words:
            return self.name.words[0]
        whole = [
            (before, word)
            for before, word in self._names(_pairs(self.words[STEM]), known)
            if not part_of_date(word, before, self.reading)
        ]
        text = "_".join(word for _, word in self.calling(known) or whole) or "band"
        described = self.reading.text == DESCRIPTION or self._names(_pairs(self.words[DESCRIPTION]), known)
        return text if described else text + self.name.suffix

    def left(self, known: bool, pattern: str) -> str:
        """The first word that would call the band, or is missing in the date, and looks like a part of a date."""
        pairs = [] if self.name.words else self.calling(known)
        if self.reading.hit.precision != "day":
            pairs = [*pairs, *_pairs(self.words[DESCRIPTION]), *self.distinct]
        for before, word in pairs:
            if YEAR.fullmatch(word) or agrees(word, self.reading):
                continue
            part = part_of_date(word, before, self.reading)
            if part:
                return f"{word} ({part})"
        # a month of a year is written beside no other one
        words = self.words[STEM] if pattern == "YYYYMM" else [word for _, word in self.distinct]
        years = [word for word in words if YEAR.fullmatch(word) and int(word) != self.reading.date.year]
        return f"{years[0]} (another year)" if years and self.reading.text == STEM and pattern not in PRODUCTS else ""


def _pairs(words: Sequence[str]) -> list[Word]:
    """Each word behind the one before it."""
    return list(zip(["", *words], words, strict=False))


def _dated_texts(name: BandName) -> list[str]:
    """The texts of a name without its wanted words: a band that the user calls `set` is no month."""
    texts = [normal(text) for text in name.texts]
    for word in name.words:
        signs = r"[\s_.\-]+".join(map(re.escape, filter(None, SEPARATORS.split(normal(word)))))
        if not word.isdecimal():
            expression = re.compile(rf"(?<![^\W_]){signs}(?![^\W_])", re.IGNORECASE)
            texts = [blanked(text, [match.span() for match in expression.finditer(text)]) for text in texts]
    return texts


def _time_behind(texts: Sequence[str], reading: Reading) -> re.Match[str] | None:
    """Four digits behind a whole date that may be a time of day; they are one if all names have such."""
    if reading.hit.precision != "day":
        return None
    return TIME_BEHIND.match(texts[reading.text], reading.hit.end)


def _words(texts: Sequence[str], pattern: str, reading: Reading, timed: bool) -> tuple[list[str], list[str]]:
    """The words of description and stem besides all dates of the pattern."""
    rests = []
    for number, text in enumerate(texts[: STEM + 1]):
        spans = [(hit.start, hit.end) for hit in hits(text, pattern, reading.date.year)]
        behind = _time_behind(texts, reading) if timed and number == reading.text else None
        rest = blanked(text, [*spans, *([behind.span()] if behind else [])])
        rests.append([word for word in SEPARATORS.split(VERSION_WORD.sub(r"\1", rest)) if word])
    return rests[DESCRIPTION], rests[STEM]


def _common(names: Sequence[BandName], stems: Sequence[Sequence[str]]) -> frozenset[str]:
    """The words that stand in the name of every file."""
    by_path = {name.path: set(stem) for name, stem in zip(names, stems, strict=True)}
    counts = Counter(word for words in by_path.values() for word in words)
    return frozenset(word for word, count in counts.items() if count == len(by_path))


def _with_months(rests: Sequence[_Rest], bands: Sequence[str], left: list[str]) -> list[str]:
    """`left`, and the bands that differ by months glued to them, where the dates have none."""
    if any(rest.reading.hit.precision != "year" or rest.name.words for rest in rests):
        return left
    months = glued_months(sorted(set(bands))) if len(set(bands)) >= FEWEST_MONTHS else set()
    return [own or (f"{band} (a month)" if band in months else "") for own, band in zip(left, bands, strict=True)]
