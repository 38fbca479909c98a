"""Names of places: matched to official ones in rounds, and classified by keywords. Nothing is guessed.

The rounds are those of the deep rural livelihoods model (DRLM): the name as it is in its county,
the name without its suffix in its county, the same in its city. A round that finds several
official places for a name stops there and reports them. Within a county two spellings may mean one
place; beyond it (city, fuzzy) a find that is already matched to another place is reported, too.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

EXACT, COUNTY, CITY, FUZZY = ROUNDS = ("exact", "county", "city", "fuzzy")
EXCLUSIVE = (CITY, FUZZY)
NO_NAME, NO_MATCH = "no name", "no such name"
AMBIGUOUS, TAKEN = "ambiguous", "already matched to another place"


@dataclass(frozen=True)
class Place:
    """A name with the codes of its county and city; a code is empty where it is not known."""

    name: str
    county: str
    city: str


@dataclass
class Match:
    """The reference row of one place, with round and similarity; or the reason why it has none."""

    row: int = -1
    round: str = ""
    score: float = 0.0
    reason: str = NO_MATCH
    candidates: list[int] = field(default_factory=list)


def fold_name(name: str) -> str:
    """A name with full-width letters made plain and without blanks."""
    return "".join(unicodedata.normalize("NFKC", name).split())


def drop_suffix(name: str, suffixes: Sequence[str]) -> str:
    """`name` without the first of `suffixes` that it ends with, unless nothing would be left."""
    for suffix in suffixes:
        if name.endswith(suffix) and len(name) > len(suffix):
            return name[: -len(suffix)]
    return name


def match_places(
    places: Sequence[Place], reference: Sequence[Place], suffixes: Sequence[str], threshold: float = 0.0
) -> list[Match]:
    """A match for each place.

    Parameters
    ----------
    suffixes : sequence of str
        Endings that say what kind of place it is; the first that fits is dropped.
    threshold : float
        Least similarity (0 to 100) of the fuzzy round; 0 leaves it out.
    """
    matcher = _Matcher(places, reference, suffixes)
    matcher.run(EXACT, lambda place: (place.county, fold_name(place.name)), lambda place: place.county)
    matcher.run(COUNTY, lambda place: (place.county, matcher.stem(place)), lambda place: place.county)
    matcher.run(CITY, lambda place: (place.city, matcher.stem(place)), lambda place: place.city)
    if threshold > 0:
        matcher.run_fuzzy(threshold)
    return matcher.matches


class _Matcher:
    """The state of matching: who is matched, and which reference rows are taken by whom."""

    def __init__(self, places: Sequence[Place], reference: Sequence[Place], suffixes: Sequence[str]) -> None:
        self._places, self._reference, self._suffixes = places, reference, suffixes
        self.matches = [Match(reason=NO_MATCH if place.name else NO_NAME) for place in places]
        self._taken: dict[int, Place] = {}

    def stem(self, place: Place) -> str:
        """The name without its suffix."""
        return drop_suffix(fold_name(place.name), self._suffixes)

    def run(self, label: str, key: Callable[[Place], tuple[str, str]], area: Callable[[Place], str]) -> None:
        """Match the open places whose `key` one reference row has; `area` must not be empty."""
        index: dict[tuple[str, str], list[int]] = defaultdict(list)
        for row, place in enumerate(self._reference):
            if area(place):
                index[key(place)].append(row)
        for number, place in self._open():
            if area(place):
                self._settle(number, label, index.get(key(place), []), 100.0)
        self._claim(label)

    def run_fuzzy(self, threshold: float) -> None:
        """Match the open places to the one most similar name of their county, or of their city without one."""
        by_area: dict[str, list[int]] = defaultdict(list)
        for row, place in enumerate(self._reference):
            by_area[f"county {place.county}"].append(row)
            by_area[f"city {place.city}"].append(row)
        stems = [self.stem(place) for place in self._reference]
        for number, place in self._open():
            area = f"county {place.county}" if place.county else f"city {place.city}"
            rows = by_area.get(area, []) if place.county or place.city else []
            # a wrong letter counts as much as a missing one, so neither kind of misspelling wins by its kind
            similar = process.extract(
                self.stem(place),
                {row: stems[row] for row in rows},
                scorer=Levenshtein.normalized_similarity,
                score_cutoff=threshold / 100,
                limit=None,
            )
            if similar:
                best = max(score for _, score, _ in similar)
                self._settle(number, FUZZY, [row for _, score, row in similar if score == best], 100 * best)
        self._claim(FUZZY)

    def _open(self) -> list[tuple[int, Place]]:
        return [(i, self._places[i]) for i, match in enumerate(self.matches) if match.reason == NO_MATCH]

    def _settle(self, number: int, label: str, rows: list[int], score: float) -> None:
        """Give one place its match, or the reason why the `rows` that a round found are none."""
        match = self.matches[number]
        if not rows:
            return
        match.candidates = rows
        if len(rows) > 1:
            match.reason = AMBIGUOUS
        elif label in EXCLUSIVE and rows[0] in self._taken and self._taken[rows[0]] != self._places[number]:
            match.reason = TAKEN
        else:
            match.row, match.round, match.score, match.reason = rows[0], label, score, ""

    def _claim(self, label: str) -> None:
        """Mark the rows that a round has matched; in an exclusive one two places that claim one row both lose it."""
        claims: dict[int, set[Place]] = defaultdict(set)
        for place, match in zip(self._places, self.matches, strict=True):
            if match.round == label:
                claims[match.row].add(place)
        for place, match in zip(self._places, self.matches, strict=True):
            if match.round != label:
                continue
            if label in EXCLUSIVE and len(claims[match.row]) > 1:
                match.row, match.round, match.score, match.reason = -1, "", 0.0, AMBIGUOUS
            else:
                self._taken[match.row] = place


def classify_name(name: str, rules: Sequence[Mapping[str, str]]) -> tuple[str, str]:
    """The class of a name and the keyword that decided; both are empty if no rule does.

    Parameters
    ----------
    rules : sequence of mapping
        In order of precedence: ``contains`` (a keyword), ``also`` and ``without`` (keywords
        separated by blanks that must, or must not, be in the name too), ``class``.
    """
    for rule in rules:
        if rule["contains"] not in name:
            continue
        if all(word in name for word in rule["also"].split()) and not any(
            word in name for word in rule["without"].split()
        ):
            return rule["class"], rule["contains"]
    return "", ""
