"""Match places: find official codes by names; and classify places by keywords in their names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from ...contract.errors import RegionwiseError
from ...contract.layer import Layer
from ...data.vector.presets import read_rules
from ...data.vector.tables import Code, check_fields, check_new_fields, encoding_of, read_code, read_table, text_of
from ...data.vector.writers import check_field_names, write_vector
from ...runtime.files import check_not_input, check_writable
from ...runtime.run import Result, Run
from .place_params import PlaceClassification, PlaceMatching
from .toponyms import ROUNDS, Match, Place, classify_name, match_places

SUFFIXES, CLASSES = "place_suffixes.csv", "place_classes.csv"
MATCH_FIELDS = ("code", "round", "score", "matched")
REASON_FIELDS = ("reason", "candidates")
CLASS_FIELDS = ("class", "keyword")
SHOWN_CANDIDATES = 5


@dataclass(frozen=True)
class CodeColumn:
    """Codes of areas: a field of a layer, of which the first `digits` count (0: all).

    Parameters
    ----------
    first : str
        The code of the first row as it is written.
    """

    codes: tuple[Code, ...]
    first: str
    field: str
    layer: Layer
    digits: int

    @classmethod
    def of(cls, frame: pd.DataFrame, field: str, layer: Layer, digits: int) -> CodeColumn:
        """The codes in `field` of a layer's rows."""
        codes = tuple(read_code(value) for value in frame[field])
        return cls(codes, text_of(frame[field].iloc[0]), field, layer, digits)

    def prefixes(self) -> list[str]:
        """The digits that count of each code; empty where they are lost."""
        return [code.prefix(self.digits) or "" for code in self.codes]


@dataclass(frozen=True)
class OfficialPlaces:
    """The reference: code and place of each of its rows."""

    codes: list[str]
    places: list[Place]

    def label(self, row: int) -> str:
        """Code and name of a row."""
        return f"{self.codes[row]} {self.places[row].name}"


def match(params: PlaceMatching, run: Run) -> Result:
    """Write the matched rows with code, round and score, and the others with the reason."""
    check_writable(params.output, params.unmatched)
    check_not_input([params.output, params.unmatched], [params.input.path, params.reference.path])
    rules = read_rules(params.rules, SUFFIXES, ("suffix",))
    frame, reference = (_read(layer, run) for layer in (params.input, params.reference))
    check_fields(frame, (params.name_field, params.county_field, params.city_field), params.input)
    fields = (params.reference_name_field, params.reference_county_field, params.reference_city_field)
    check_fields(reference, (*fields, params.reference_code_field), params.reference)
    frame = check_new_fields(frame, MATCH_FIELDS, params.input)
    frame = check_new_fields(frame, REASON_FIELDS, params.input)
    check_field_names(params.unmatched, [*map(str, frame.columns), *REASON_FIELDS])
    codes = _official_codes(reference, params, run)
    digits = (params.county_digits, params.city_digits)
    places = _places(frame, (params.name_field, params.county_field, params.city_field), digits, params.input, run)
    official = OfficialPlaces(codes, _places(reference, fields, digits, params.reference, run))
    _check_counties(places, official.places, params, run)
    run.channel.progress(0.3, "Matching")
    matches = match_places(places, official.places, [rule["suffix"] for rule in rules], params.threshold)
    _write_matched(frame, matches, official, params.output)
    if params.unmatched:
        _write_unmatched(frame, matches, official, params.unmatched)
    _tell(matches, run)
    outputs = {"OUTPUT": params.output, "UNMATCHED": params.unmatched}
    matched = sum(match.row >= 0 for match in matches)
    numbers = {"MATCHED_COUNT": float(matched), "UNMATCHED_COUNT": float(len(matches) - matched)}
    return Result({k: v for k, v in outputs.items() if v}, numbers)


def _read(layer: Layer, run: Run) -> pd.DataFrame:
    """The rows of a table; tells a spreadsheet's encoding, refuses an empty table."""
    frame = read_table(layer)
    if not len(frame):
        raise RegionwiseError(f"Layer '{layer}' has no rows.", "Check its filter and selection.")
    if layer.path.lower().endswith(".csv"):
        run.channel.info(f"'{layer}' is read as {encoding_of(layer.path, layer.encoding)}.")
    return frame


def _official_codes(reference: pd.DataFrame, params: PlaceMatching, run: Run) -> list[str]:
    """The official code of each row; codes with lost digits are refused, a trailing .0 is dropped."""
    field, label = params.reference_code_field, params.reference
    codes = [read_code(value) for value in reference[field]]
    lost = [i for i, code in enumerate(codes) if code.spoiled == "scientific"]
    if lost:
        raise RegionwiseError(
            f"Field '{field}' of '{label}' has lost digits in {len(lost)} of {len(codes)} rows: a spreadsheet wrote "
            f"{text_of(reference[field].iloc[lost[0]])!r} in row {lost[0] + 1}.",
            "They cannot be restored: take the codes from the original table, with the column set to text, or choose "
            "another field, for example a row number.",
        )
    _tell_repaired(codes, field, label, run)
    return [code.digits for code in codes]


def _tell_repaired(codes: Sequence[Code], field: str, label: Layer, run: Run) -> None:
    decimals = sum(code.spoiled == "decimal" for code in codes)
    if decimals:
        run.channel.warning(f"Field '{field}' of '{label}': '.0' is dropped from {decimals} codes.")


def _places(
    frame: pd.DataFrame, fields: tuple[str, str, str], digits: tuple[int, int], label: Layer, run: Run
) -> list[Place]:
    """Name, county and city of each row; the city's code may be the start of the county's."""
    name, county, city = fields
    counties = CodeColumn.of(frame, county, label, digits[0])
    _check_codes(counties, run)
    cities = CodeColumn.of(frame, city or county, label, digits[1])
    # without a city field the start of the county's code is the city's
    _check_codes(cities, run if city else None)
    areas = zip(frame[name], counties.prefixes(), cities.prefixes(), strict=True)
    return [Place(text_of(value), county_code, city_code) for value, county_code, city_code in areas]


def _check_codes(column: CodeColumn, run: Run | None) -> None:
    """Warn of codes that a spreadsheet has spoiled, if there is a run; raise `RegionwiseError` if none is left."""
    codes, field, label, length = column.codes, column.field, column.layer, column.digits
    lost = sum(code.prefix(length) is None for code in codes)
    if lost and lost == len(codes):
        raise RegionwiseError(
            f"Field '{field}' of '{label}' was spoiled by a spreadsheet ({column.first!r}): it keeps "
            f"{codes[0].known} digits, {length or len(codes[0].digits)} are needed.",
            "Take the codes from the original table, or lower the number of digits.",
        )
    if run is None:
        return
    repaired = sum(code.spoiled == "scientific" for code in codes) - lost
    if repaired:
        run.channel.warning(
            f"Field '{field}' of '{label}': a spreadsheet turned {repaired} codes into numbers like "
            f"{column.first}; the {length or 'leading'} digits that matter here are left and are used."
        )
    if lost:
        run.channel.warning(f"Field '{field}' of '{label}': {lost} codes have lost digits and count as unknown.")
    _tell_repaired(codes, field, label, run)


def _write_matched(frame: pd.DataFrame, matches: list[Match], official: OfficialPlaces, path: str) -> None:
    rows = [i for i, match in enumerate(matches) if match.row >= 0]
    kept = [matches[i] for i in rows]
    columns: dict[str, list[str] | list[float]] = {
        "code": [official.codes[match.row] for match in kept],
        "round": [match.round for match in kept],
        "score": [match.score for match in kept],
        "matched": [official.places[match.row].name for match in kept],
    }
    check_field_names(path, [*map(str, frame.columns), *columns])
    write_vector(_without_fid(frame).iloc[rows].reset_index(drop=True).assign(**columns), path)


def _check_counties(places: list[Place], official: list[Place], params: PlaceMatching, run: Run) -> None:
    """Refuse places of which neither county nor city is one of the reference's; tell how many counties are not."""
    counties, cities = {place.county for place in official}, {place.city for place in official}
    unknown = [place for place in places if place.county not in counties]
    if len(unknown) == len(places) and not any(place.city in cities for place in unknown):
        raise RegionwiseError(
            f"No county of '{params.input}' (field '{params.county_field}', the first is {places[0].county!r}) is in "
            f"field '{params.reference_county_field}' of '{params.reference}' (the first is {official[0].county!r}).",
            "Choose the fields that hold the same codes.",
        )
    if unknown:
        run.channel.warning(f"{len(unknown)} of {len(places)} places have a county that the reference does not know.")


def _write_unmatched(frame: pd.DataFrame, matches: list[Match], official: OfficialPlaces, path: str) -> None:
    rows = [i for i, match in enumerate(matches) if match.row < 0]

    def listing(match: Match) -> str:
        shown = [official.label(row) for row in match.candidates[:SHOWN_CANDIDATES]]
        more = len(match.candidates) - len(shown)
        return "; ".join([*shown, *([f"{more} more"] if more else [])])

    columns = {"reason": [matches[i].reason for i in rows], "candidates": [listing(matches[i]) for i in rows]}
    write_vector(_without_fid(frame).iloc[rows].reset_index(drop=True).assign(**columns), path)


def _without_fid(frame: pd.DataFrame) -> pd.DataFrame:
    """`frame` without a GeoPackage's row number, which the output has itself."""
    return frame.drop(columns=[name for name in frame if str(name).lower() == "fid"])


def _tell(matches: list[Match], run: Run) -> None:
    rounds = Counter(match.round for match in matches if match.round)
    reasons = Counter(match.reason for match in matches if match.reason)
    for label in ROUNDS:
        if rounds[label]:
            run.channel.info(f"Round {label}: {rounds[label]} of {len(matches)} places.")
    for reason, count in reasons.items():
        run.channel.warning(f"Unmatched, {reason}: {count} of {len(matches)} places.")


def classify(params: PlaceClassification, run: Run) -> Result:
    """Write all rows with class and deciding keyword; those that no rule decides have neither."""
    check_writable(params.output, params.undecided)
    check_not_input([params.output, params.undecided], [params.input.path])
    rules = read_rules(params.rules, CLASSES, ("contains", "class", "also", "without"))
    frame = _read(params.input, run)
    check_fields(frame, (params.field,), params.input)
    frame = check_new_fields(frame, CLASS_FIELDS, params.input)
    decided = [classify_name(text_of(value), rules) for value in frame[params.field]]
    columns = {name: [pair[i] for pair in decided] for i, name in enumerate(CLASS_FIELDS)}
    check_field_names(params.output, [*map(str, frame.columns), *columns])
    classified = _without_fid(frame).assign(**columns)
    write_vector(classified, params.output)
    undecided = classified[classified["keyword"] == ""].reset_index(drop=True)
    if params.undecided:
        write_vector(undecided, params.undecided)
    for label, count in sorted(Counter(columns["class"]).items()):
        run.channel.info(f"{f'Class {label}' if label else 'Undecided'}: {count} of {len(classified)} names.")
    outputs = {"OUTPUT": params.output, "UNDECIDED": params.undecided}
    return Result({k: v for k, v in outputs.items() if v}, {"UNDECIDED_COUNT": float(len(undecided))})
