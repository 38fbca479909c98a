"""Places: find official codes by names, and give names a class by keywords."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pandas as pd

from ...contract.errors import RegionwiseError
from ...contract.params import Layer
from ...data.vector.presets import read_rules
from ...data.vector.tables import Code, check_fields, check_new_fields, encoding_of, read_code, read_table, text_of
from ...data.vector.writers import check_field_names, write_vector
from ...runtime.files import check_not_input, check_writable
from ...runtime.run import Result, Run
from .params import PlaceClassification, PlaceMatching
from .toponyms import ROUNDS, Match, Place, classify_name, match_places

SUFFIXES, CLASSES = "place_suffixes.csv", "place_classes.csv"
MATCH_FIELDS = ("code", "round", "score", "matched")
REASON_FIELDS = ("reason", "candidates")
CLASS_FIELDS = ("class", "keyword")
SHOWN_CANDIDATES = 5


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
    official = _places(reference, fields, digits, params.reference, run)
    _check_counties(places, official, params, run)
    run.channel.progress(0.3, "Matching")
    matches = match_places(places, official, [rule["suffix"] for rule in rules], params.threshold)
    names = [place.name for place in official]
    found = [i for i, m in enumerate(matches) if m.row >= 0]
    _write_matched(frame, matches, found, codes, names, params.output)
    if params.unmatched:
        _write_unmatched(frame, matches, codes, names, params.unmatched)
    _tell(matches, run)
    outputs = {"OUTPUT": params.output, "UNMATCHED": params.unmatched}
    numbers = {"MATCHED_COUNT": float(len(found)), "UNMATCHED_COUNT": float(len(matches) - len(found))}
    return Result({k: v for k, v in outputs.items() if v}, numbers)


def _read(layer: Layer, run: Run) -> pd.DataFrame:
    """The rows of a table; tells a spreadsheet's encoding, refuses an empty table."""
    frame = read_table(layer)
    if not len(frame):
        raise RegionwiseError(f"Layer '{layer}' has no rows.", "Check its filter and selection.")
    if layer.path.lower().endswith(".csv"):
        run.channel.info(f"'{layer}' is read as {encoding_of(layer.path)}.")
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


def _tell_repaired(codes: list[Code], field: str, label: Layer, run: Run) -> None:
    decimals = sum(code.spoiled == "decimal" for code in codes)
    if decimals:
        run.channel.warning(f"Field '{field}' of '{label}': '.0' is dropped from {decimals} codes.")


def _places(
    frame: pd.DataFrame, fields: tuple[str, str, str], digits: tuple[int, int], label: Layer, run: Run
) -> list[Place]:
    """Name, county and city of each row; the city's code may be the start of the county's."""
    name, county, city = fields
    columns = [_area_codes(frame, county, digits[0], label, run)]
    # without a city field the start of the county's code is the city's
    columns.append(_area_codes(frame, city or county, digits[1], label, run, quiet=not city))
    return [Place(text_of(value), *areas) for value, *areas in zip(frame[name], *columns, strict=True)]


def _area_codes(
    frame: pd.DataFrame, field: str, length: int, label: Layer, run: Run, *, quiet: bool = False
) -> list[str]:
    """The first `length` digits (0: all) of the codes in `field`; those that are lost are empty."""
    codes = [read_code(value) for value in frame[field]]
    prefixes = [code.prefix(length) for code in codes]
    lost = sum(prefix is None for prefix in prefixes)
    if lost and lost == len(codes):
        raise RegionwiseError(
            f"Field '{field}' of '{label}' was spoiled by a spreadsheet ({text_of(frame[field].iloc[0])!r}): it keeps "
            f"{codes[0].known} digits, {length or len(codes[0].digits)} are needed.",
            "Take the codes from the original table, or lower the number of digits.",
        )
    repaired = sum(code.spoiled == "scientific" for code in codes) - lost
    if repaired and not quiet:
        run.channel.warning(
            f"Field '{field}' of '{label}': a spreadsheet turned {repaired} codes into numbers like "
            f"{text_of(frame[field].iloc[0])}; the {length or 'leading'} digits that matter here are left and are used."
        )
    if lost and not quiet:
        run.channel.warning(f"Field '{field}' of '{label}': {lost} codes have lost digits and count as unknown.")
    if not quiet:
        _tell_repaired(codes, field, label, run)
    return [prefix or "" for prefix in prefixes]


def _write_matched(
    frame: pd.DataFrame, matches: list[Match], found: list[int], codes: list[str], names: list[str], path: str
) -> None:
    kept = [matches[i] for i in found]
    columns: dict[str, Any] = {
        "code": [codes[m.row] for m in kept],
        "round": [m.round for m in kept],
        "score": [m.score for m in kept],
        "matched": [names[m.row] for m in kept],
    }
    check_field_names(path, [*map(str, frame.columns), *columns])
    write_vector(_without_fid(frame).iloc[found].reset_index(drop=True).assign(**columns), path)


def _check_counties(places: list[Place], official: list[Place], params: PlaceMatching, run: Run) -> None:
    """Refuse places of which neither county nor city is one of the reference's; tell how many counties are not."""
    counties, cities = {place.county for place in official}, {place.city for place in official}
    foreign = [place for place in places if place.county not in counties]
    if len(foreign) == len(places) and not any(place.city in cities for place in foreign):
        raise RegionwiseError(
            f"No county of '{params.input}' (field '{params.county_field}', the first is {places[0].county!r}) is in "
            f"field '{params.reference_county_field}' of '{params.reference}' (the first is {official[0].county!r}).",
            "Choose the fields that hold the same codes.",
        )
    if foreign:
        run.channel.warning(f"{len(foreign)} of {len(places)} places have a county that the reference does not know.")


def _write_unmatched(frame: pd.DataFrame, matches: list[Match], codes: list[str], names: list[str], path: str) -> None:
    rows = [i for i, m in enumerate(matches) if m.row < 0]

    def listing(found: Match) -> str:
        shown = [f"{codes[row]} {names[row]}" for row in found.candidates[:SHOWN_CANDIDATES]]
        more = len(found.candidates) - len(shown)
        return "; ".join([*shown, *([f"{more} more"] if more else [])])

    columns = {"reason": [matches[i].reason for i in rows], "candidates": [listing(matches[i]) for i in rows]}
    write_vector(_without_fid(frame).iloc[rows].reset_index(drop=True).assign(**columns), path)


def _without_fid(frame: pd.DataFrame) -> pd.DataFrame:
    """`frame` without a GeoPackage's row number, which the output has itself."""
    return frame.drop(columns=[name for name in frame if str(name).lower() == "fid"])


def _tell(matches: list[Match], run: Run) -> None:
    rounds = Counter(m.round for m in matches if m.round)
    reasons = Counter(m.reason for m in matches if m.reason)
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
    out = _without_fid(frame).assign(**columns)
    write_vector(out, params.output)
    open_rows = out[out["keyword"] == ""].reset_index(drop=True)
    if params.undecided:
        write_vector(open_rows, params.undecided)
    for label, count in sorted(Counter(columns["class"]).items()):
        run.channel.info(f"{f'Class {label}' if label else 'Undecided'}: {count} of {len(out)} names.")
    outputs = {"OUTPUT": params.output, "UNDECIDED": params.undecided}
    return Result({k: v for k, v in outputs.items() if v}, {"UNDECIDED_COUNT": float(len(open_rows))})
