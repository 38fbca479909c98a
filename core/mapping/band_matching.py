"""Band matching: which band of a stack is which band of a model, also in the files of another year or sensor.

By name; by name without years and dates; by role (RED, NIR); and last by order, where one side has no names, with a
word. Bands are looked for among those of their own sensor, unless their names are all there.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from datetime import date

from ..contract.errors import Problems, RegionwiseError
from ..contract.phrases import first_of
from ..data.raster.stack import Band, Stack
from ..data.series.date_patterns import PATTERNS, YEAR, YEAR_DAYS, blanked, day_of_year, hits, normal
from ..data.series.dated_names import SEPARATORS
from ..learning.card import BandInfo
from ..runtime.input_log import note_change

IMAGES = ("day", "night")  # sensors whose only band needs no name
SEASON_DAYS = 45  # by which images of the same season of other years may differ
SHOWN = 4  # pairs in a note
REMEDY = (
    "Give the layer these names ('Describe bands' does, by sensor or by a list), or choose the layer that the model "
    "was trained on."
)

# bands that were called otherwise before bands had definitions: 'Terrain factors' wrote contours' curvature as plan's
FORMER = {"plan_curvature": "contour_curvature"}

Dated = tuple[date, str]  # a date, and whether it is known to the day, month or year
Pairs = list[int] | None  # a position for each wanted band


def match_bands(wanted: Sequence[BandInfo], stack: Stack) -> list[int]:
    """The position in `stack` of each wanted band; says where names differ.

    Raises
    ------
    RegionwiseError
        With the bands of every sensor that cannot be told, or are defined otherwise than the model's.
    """
    today = [_today(band, stack) for band in wanted]
    positions = _positions(today, stack)
    found = [stack.bands[i] for i in positions]
    _say_former(wanted, today, found, stack)
    _check_definitions(today, found, stack)
    return positions


def _positions(wanted: Sequence[BandInfo], stack: Stack) -> list[int]:
    """The position in `stack` of each wanted band."""
    if {band.name for band in wanted} <= set(stack.names):
        return stack.select([band.name for band in wanted])
    positions: dict[str, int] = {}
    problems = Problems()
    for sensor in dict.fromkeys(band.sensor for band in wanted):
        own = [band for band in wanted if band.sensor == sensor]
        try:
            found = _match_sensor(own, stack)
        except RegionwiseError as err:
            problems.add_error(err)
            continue
        positions |= dict(zip((band.name for band in own), found, strict=True))
    problems.raise_any()
    return [positions[band.name] for band in wanted]


def _today(band: BandInfo, stack: Stack) -> BandInfo:
    """A wanted band under the name that it has today, if the stack has that."""
    name = FORMER.get(band.name, "")
    return replace(band, name=name) if name in stack.names and not band.definition else band


def _say_former(wanted: Sequence[BandInfo], today: Sequence[BandInfo], found: Sequence[Band], stack: Stack) -> None:
    """Say which bands stand for ones that were called otherwise when the model learned them."""
    for one, other, band in zip(wanted, today, found, strict=True):
        if one.name != other.name:
            _note(band, stack, f"'{band.name}' is what the model learned as '{one.name}'")


def _check_definitions(wanted: Sequence[BandInfo], found: Sequence[Band], stack: Stack) -> None:
    """Say where the model or a layer does not tell what a band holds.

    Raises
    ------
    RegionwiseError
        If a band is there that holds something else than the model's.
    """
    problems = Problems()
    for one, other in zip(wanted, found, strict=True):
        if one.definition == other.definition:
            continue
        if one.definition and other.definition:
            problems.add(
                f"The model's band '{one.name}' is {one.definition}; in '{_label(other, stack)}' it is "
                f"{other.definition}. Derive it as for the training, or train the model anew."
            )
        elif other.definition and other.name in FORMER:
            problems.add(
                f"The model learned '{one.name}' before bands had definitions, so it is most likely what is now called "
                f"'{FORMER[other.name]}'; in '{_label(other, stack)}' it is {other.definition}. Give "
                f"'{FORMER[other.name]}' instead ('Terrain factors' derives it: Contour curvature), or the raster of "
                "the training, or train the model anew."
            )
        elif one.definition:
            _note(other, stack, f"it does not tell what '{other.name}' is; the model's is {one.definition}")
        else:
            _note(other, stack, f"'{other.name}' is {other.definition}; the model does not tell what its own was")
    problems.raise_any()


def _label(band: Band, stack: Stack) -> str:
    """The name of the layer of a band."""
    return next((str(source.layer) for source in stack.sources if source.layer.path == band.path), band.name)


def _note(band: Band, stack: Stack, text: str) -> None:
    """Note something on the layer of a band."""
    note_change(_label(band, stack), band.path, text)


def _match_sensor(wanted: Sequence[BandInfo], stack: Stack) -> list[int]:
    """The positions of the wanted bands of one sensor."""
    there = [i for i, band in enumerate(stack.bands) if band.sensor == wanted[0].sensor]
    given = [stack.bands[i] for i in there]
    ways: tuple[tuple[str, Callable[[], Pairs]], ...] = (
        ("", lambda: _by_key(wanted, given, lambda band: band.name)),
        ("names without years", lambda: _by_key(wanted, given, lambda band: _words(YEAR.sub(" ", normal(band.name))))),
        ("names without dates", lambda: _by_date(wanted, given)),
        ("roles", lambda: _by_key(wanted, given, lambda band: (band.role or band.name).upper())),
        ("order, since one side has no names of its own", lambda: _by_order(wanted, given)),
    )
    for how, way in ways:
        found = way()
        if found is not None and not _robs(wanted, [given[i] for i in found], given):
            _say(wanted, [given[i] for i in found], how, stack)
            return [there[i] for i in found]
    raise RegionwiseError(
        f"The model needs the bands {_quoted(wanted)} ({wanted[0].sensor}), the layers have {_quoted(given)}.", REMEDY
    )


def _robs(wanted: Sequence[BandInfo], found: Sequence[Band], given: Sequence[Band]) -> bool:
    """Whether a wanted band is there by name and would be taken for another: then it cannot be told which is meant."""
    there = {band.name for band in given}
    return any(one.name in there and one.name != other.name for one, other in zip(wanted, found, strict=True))


def _by_key(wanted: Sequence[BandInfo], given: Sequence[Band], key: Callable[[BandInfo | Band], Hashable]) -> Pairs:
    """The bands with the same key, if each wanted one has one of its own."""
    keys = [key(band) for band in given]
    wanted_keys = [key(band) for band in wanted]
    fine = len(set(wanted_keys)) == len(wanted_keys) and all(keys.count(each) == 1 for each in wanted_keys)
    return [keys.index(each) for each in wanted_keys] if fine else None


def _by_date(wanted: Sequence[BandInfo], given: Sequence[Band]) -> Pairs:
    """The bands whose names without dates are the same; of several the first date for the first, and so on."""
    keys, wanted_keys = [_undated(band.name) for band in given], [_undated(band.name) for band in wanted]
    pairs: dict[int, int] = {}
    for words in {words for words, _ in wanted_keys}:
        ours = sorted((hit, i) for i, (own, hit) in enumerate(wanted_keys) if own == words)
        theirs = sorted((hit, i) for i, (own, hit) in enumerate(keys) if own == words)
        alike = len(ours) == len(theirs) and all(
            _same_season(a, b) for (a, _), (b, _) in zip(ours, theirs, strict=False)
        )
        if not alike or not words:
            return None
        pairs |= {one: other for (_, one), (_, other) in zip(ours, theirs, strict=True)}
    return [pairs[i] for i in range(len(wanted))]


def _by_order(wanted: Sequence[BandInfo], given: Sequence[Band]) -> Pairs:
    """All bands in their order, if their number and units agree, and the bands of one side have no names."""
    if len(wanted) != len(given):
        return None
    only = len(wanted) == 1 and wanted[0].sensor in IMAGES  # a layer of one band bears the layer's name
    nameless = only or not any(band.named for band in given) or not any(band.named for band in wanted)
    units = [(one.unit, other.unit) for one, other in zip(wanted, given, strict=True)]
    alike = all(one == other or not one or not other for one, other in units)
    return list(range(len(wanted))) if nameless and alike else None


def _same_season(one: Dated, other: Dated) -> bool:
    """Whether two dates are of about the same part of the year, as far as both tell it."""
    if "year" in (one[1], other[1]):
        return True
    apart = abs(day_of_year(one[0]) - day_of_year(other[0]))
    return min(apart, YEAR_DAYS - apart) <= SEASON_DAYS


def _undated(name: str) -> tuple[str, Dated]:
    """A name without its dates, and the first of them."""
    text = normal(name)
    for pattern in PATTERNS:
        found = hits(text, pattern)
        if found:
            return _words(blanked(text, [(hit.start, hit.end) for hit in found])), (found[0].date, found[0].precision)
    return _words(text), (date.min, "year")


def _words(text: str) -> str:
    """The words of a name in small letters."""
    return " ".join(word for word in SEPARATORS.split(text.lower()) if word)


def _say(wanted: Sequence[BandInfo], found: Sequence[Band], how: str, stack: Stack) -> None:
    """Say which bands stand for the model's under another name."""
    others = [(one, other) for one, other in zip(wanted, found, strict=True) if one.name != other.name]
    for source in stack.sources:
        own = [(one.name, other.name) for one, other in others if other.path == source.layer.path]
        if own:
            pairs = first_of([f"'{other}' for '{one}'" for one, other in own], SHOWN)
            note_change(str(source.layer), source.layer.path, f"bands are matched by {how}: {pairs}")


def _quoted(bands: Sequence[BandInfo] | Sequence[Band]) -> str:
    return ", ".join(f"'{band.name}'" for band in bands) or "none"
