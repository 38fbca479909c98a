"""Describe bands: give the bands of a raster names, roles and units in a virtual raster, without a copy of pixels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree.ElementTree import Element, ElementTree, SubElement, parse  # nosec B405

import numpy as np
import rasterio.shutil

from ...contract.errors import RegionwiseError
from ...contract.gdal_path import absolute
from ...contract.parsing import names_in, parse_pairs
from ...data.raster.raster_source import RasterSource
from ...data.raster.source_band import ALL_DATA_TAG, DEFINITION_TAG, NODATA_TAG, ROLE_TAG, SourceBand, nodata_text
from ...data.raster.stack import raster_files
from ...data.raster.vrt import add_tags
from ...data.vector.presets import read_rules
from ...runtime.files import atomic, check_not_input, check_writable
from ...runtime.run import Result, Run
from .params import BandDescription

ENDING = ".vrt"
SENSORS = "sensors.csv"
COLUMNS = ("sensor", "band", "role", "unit", "low", "high", "layouts", "aliases")
TYPICAL = 0.95  # quantile of a band's numbers that its unit is held against
STORED = "DN"  # the unit of numbers as a sensor stores them


@dataclass(frozen=True)
class Described:
    """A band as it shall be called; `position` is its place among the bands of the source."""

    position: int
    name: str
    role: str
    unit: str


def describe_bands(params: BandDescription, run: Run) -> Result:
    """Write a virtual raster whose bands have names, roles and units."""
    check_writable(params.output)
    if Path(params.output).suffix.lower() != ENDING:
        raise RegionwiseError(f"'{params.output}' cannot be a virtual raster.", f"Choose a name that ends in {ENDING}.")
    layer = replace(params.input, path=absolute(params.input.path))
    check_not_input([params.output], raster_files([layer.path]))
    source = RasterSource(layer)
    try:
        bands = _with_roles(_named(source, params, run), params)
        listing = ", ".join(f"{band.name}{f' ({band.unit})' if band.unit else ''}" for band in bands)
        run.channel.info(f"Bands of '{params.input}': {listing}.")
        _write(source, bands, Path(params.output))
    finally:
        source.close()
    return Result({"OUTPUT": params.output}, {"BANDS": float(len(bands))})


def _named(source: RasterSource, params: BandDescription, run: Run) -> list[Described]:
    """The bands with their new names: as given, as the sensor's, or as they are."""
    if params.sensor != "none":
        return _of_sensor(source, params, run)
    names = names_in(params.names) or [band.name for band in source.bands]
    if len(names) != len(source.bands):
        raise RegionwiseError(
            f"'{params.input}' has {len(source.bands)} bands, and Names has {len(names)} words.",
            "Give a name for each band, separated by spaces.",
        )
    return [Described(i, name, "", source.bands[i].unit) for i, name in enumerate(names)]


def _of_sensor(source: RasterSource, params: BandDescription, run: Run) -> list[Described]:
    """The bands that a sensor has, by their names in the file, else by their number."""
    rules = [rule for rule in read_rules("", SENSORS, COLUMNS) if rule["sensor"] == params.sensor]
    found = _by_name(source, rules)
    if found:
        lost = [band.name for i, band in enumerate(source.bands) if i not in found]
        if lost:
            run.channel.warning(f"No bands of {params.sensor}, left out: {', '.join(lost)}.")
    else:
        found = dict(enumerate(_by_number(len(source.bands), rules, params)))
        order = ", ".join(rule["band"] for rule in found.values())
        run.channel.warning(f"The bands of '{params.input}' bear no names of {params.sensor}; taken in order: {order}.")
    return [
        Described(position, rule["role"], rule["role"], _unit(source, position, rule, run))
        for position, rule in found.items()
    ]


def _by_name(source: RasterSource, rules: Sequence[dict[str, str]]) -> dict[int, dict[str, str]]:
    """The rule of each band whose name holds a sensor's word for it, if no two bands have the same."""
    found: dict[int, dict[str, str]] = {}
    for position, band in enumerate(source.bands):
        words = _words(band.name) if band.named else set()
        fitting = [rule for rule in rules if words & set(map(_plain, _names_of(rule)))]
        if len(fitting) == 1:
            found[position] = fitting[0]
    roles = [rule["role"] for rule in found.values()]
    return found if len(set(roles)) == len(roles) else {}


def _names_of(rule: dict[str, str]) -> list[str]:
    return [rule["band"], rule["role"], *rule["aliases"].split()]


def _words(name: str) -> set[str]:
    """A name and its ends behind each separator, each without zeros and separators: sur_refl_b01 also as b1."""
    parts = re.split(r"[\s_.\-]+", name)
    joined = {" ".join(parts[i:j]) for i in range(len(parts)) for j in range(i + 1, len(parts) + 1)}
    return {_plain(words) for words in joined if not re.search(r"\d \d", words)}  # B1_2 is no B12


def _plain(word: str) -> str:
    """A word in small letters without separators and leading zeros."""
    return re.sub(r"(?<!\d)0+(?=\d)", "", re.sub(r"[\s_.\-]", "", word.lower()))


def _by_number(count: int, rules: Sequence[dict[str, str]], params: BandDescription) -> list[dict[str, str]]:
    """The rules of the sensor's images that have so many bands, in their order."""
    fitting = [rule for rule in rules if str(count) in rule["layouts"].split()]
    if len(fitting) != count:
        known = sorted({int(number) for rule in rules for number in rule["layouts"].split()})
        raise RegionwiseError(
            f"'{params.input}' has {count} bands without names of {params.sensor}, whose images have "
            f"{', '.join(map(str, known))}.",
            "Give Names instead, one for each band.",
        )
    return fitting


def _unit(source: RasterSource, position: int, rule: dict[str, str], run: Run) -> str:
    """The unit of a band, if its numbers can be in it; else its own, or that of stored numbers."""
    numbers = source.looked_at(position)
    typical = float(np.quantile(numbers, TYPICAL)) if len(numbers) else float("nan")
    if float(rule["low"]) <= typical <= float(rule["high"]):
        return rule["unit"]
    if len(numbers):
        run.channel.warning(
            f"{rule['role']} reaches {typical:g}, which is none in the unit {rule['unit']}: the file does not tell "
            "its scale. Tools that need reflectance take it as Scale."
        )
    return source.bands[position].unit or STORED


def _with_roles(bands: Sequence[Described], params: BandDescription) -> list[Described]:
    """The bands with the roles that are given; raise for a band that there is not, and for names that stand twice."""
    names = [band.name for band in bands]
    double = next((name for name in names if names.count(name) > 1), None)
    if double:
        raise RegionwiseError(f"Two bands are called '{double}'.", "Give each a name of its own in Names.")
    role_of = {band: role for role, band in parse_pairs("Roles", params.roles).items()}
    unknown = sorted(set(role_of) - set(names))
    if unknown:
        raise RegionwiseError(f"Roles names '{unknown[0]}'; the bands are {', '.join(names)}.", "Correct Roles.")
    return [Described(b.position, b.name, role_of.get(b.name, b.role), b.unit) for b in bands]


def _write(source: RasterSource, bands: Sequence[Described], path: Path) -> None:
    """Write the virtual raster: GDAL's description of the whole file, with what is told of its bands."""
    with atomic(path) as part:
        rasterio.shutil.copy(source.file, part, driver="VRT", strict=False)
        root = parse(part).getroot()  # nosec B314
        if root.get("subClass"):
            raise RegionwiseError(
                f"'{source.layer}' is a virtual raster that GDAL computes ({root.get('subClass')}).",
                "Save it as GeoTIFF first (Export > Save As).",
            )
        for own_crs in root.findall("SRS"):  # which may have axes in an order of its own
            root.remove(own_crs)
        SubElement(root, "SRS").text = source.crs.to_wkt()
        _describe(root, source, bands)
        ElementTree(root).write(part)
        with rasterio.open(part):  # else it would be found out by the next tool
            pass


def _describe(root: Element, source: RasterSource, bands: Sequence[Described]) -> None:
    """Order and describe the bands of a virtual raster; alpha bands stay behind them."""
    by_index = {int(element.get("band", "0")): element for element in root.findall("VRTRasterBand")}
    for element in by_index.values():
        root.remove(element)
    indexes = [source.bands[band.position].index for band in bands]
    alphas = [index for index in by_index if index not in {band.index for band in source.bands}]
    for number, index in enumerate([*indexes, *alphas], 1):
        element = by_index[index]
        element.set("band", str(number))
        root.append(element)
    for band, index in zip(bands, indexes, strict=True):
        _tell(by_index[index], band, source.bands[band.position], index in source.layer.all_data)


def _tell(element: Element, band: Described, own: SourceBand, all_data: bool) -> None:
    """Write name, unit, role and what the user has declared no data into a band."""
    for tag, text in (("Description", band.name), ("UnitType", band.unit)):
        found = element.find(tag)
        place = SubElement(element, tag) if found is None else found
        place.text = text
    tags = {
        ROLE_TAG: band.role,
        NODATA_TAG: nodata_text(own.ranges),
        ALL_DATA_TAG: "YES" if all_data else "",
        DEFINITION_TAG: own.definition,
    }
    add_tags(element, {key: text for key, text in tags.items() if text})
