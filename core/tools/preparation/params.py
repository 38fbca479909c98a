"""Parameters of the tools of preparation: tables, places, rasters and published weights as inputs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...contract.params import (
    NO_LAYER,
    Layer,
    Params,
    above,
    at_least,
    given,
    one_of,
    target_problems,
)
from ...contract.parsing import names_in, parse_numbers, parse_pairs
from ...families.composition.params import REGION_PRESETS

SEARCHES = ("none", "quick", "full")
SENSORS = ("landsat89", "sentinel2")
NIGHTS = ("none", "viirs_monthly")
FAMILIES = ("", "composition", "abundance")
FIRST_YEARS = {"landsat89": 2013, "sentinel2": 2017}
BAND_SENSORS = ("none", "landsat45", "landsat7", "landsat89", "sentinel2", "modis", "viirs")
MASK_MODES = ("any", "all", "first")


@dataclass(frozen=True)
class BandDescription(Params):
    """Give the bands of a raster names, roles and units."""

    input: Layer = NO_LAYER
    sensor: str = "none"
    names: str = ""
    roles: str = ""
    output: str = ""

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from given("Raster", self.input)
        yield from given("Output", self.output)
        yield from one_of("Sensor", self.sensor, BAND_SENSORS)
        if self.sensor == "none" and not self.names and not self.roles:
            yield "Give a sensor, names of the bands, or roles."
        if self.sensor != "none" and self.names:
            yield "Give a sensor or names: one of the two."
        try:
            roles = parse_pairs("Roles", self.roles)
        except ValueError as err:
            yield str(err)
            return
        if len(set(roles.values())) < len(roles):
            yield f"Roles are '{self.roles}'; a band has one role."


@dataclass(frozen=True)
class Standardisation(Params):
    """Centre and scale the bands of rasters."""

    input: tuple[Layer, ...] = ()
    statistics: str = ""
    output_folder: str = ""
    output_statistics: str = ""

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from given("Input rasters", self.input)
        yield from given("Output folder", self.output_folder)


@dataclass(frozen=True)
class Augmentation(Params):
    """Predict the shares of samples without labels from their attributes."""

    input: Layer = NO_LAYER
    targets: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    add_coordinates: bool = True
    source_field: str = ""
    quantiles: str = "0.05 0.5 0.95"
    search: str = "quick"
    folds: int = 3
    seed: int = 42
    output: str = ""
    report: str = ""

    def quantile_levels(self) -> tuple[float, ...]:
        """The quantile levels in ascending order."""
        return tuple(sorted(parse_numbers("Quantiles", self.quantiles)))

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from given("Input layer", self.input)
        yield from target_problems(self.targets)
        if not self.features and not self.add_coordinates:
            yield "There is nothing to predict from; choose feature fields or add coordinates."
        both = sorted(set(self.targets) & set(self.features))
        if both:
            yield f"Field '{both[0]}' is both a target and a feature; remove it from one of them."
        yield from one_of("Search", self.search, SEARCHES)
        yield from at_least("Folds", self.folds, 2)
        yield from at_least("Seed", self.seed, 0)
        yield from self._quantile_problems()

    def _quantile_problems(self) -> Iterator[str]:
        try:
            levels = self.quantile_levels()
        except ValueError as err:
            yield str(err)
            return
        if len(levels) < 2 or len(set(levels)) < len(levels) or not levels[0] > 0 or not levels[-1] < 1:
            yield f"Quantiles are '{self.quantiles}'; give two or more different numbers between 0 and 1."


@dataclass(frozen=True)
class PlaceMatching(Params):
    """Find the official code of each place by its name and its county or city."""

    input: Layer = NO_LAYER
    name_field: str = ""
    county_field: str = ""
    city_field: str = ""
    reference: Layer = NO_LAYER
    reference_name_field: str = ""
    reference_code_field: str = ""
    reference_county_field: str = ""
    reference_city_field: str = ""
    county_digits: int = 6
    city_digits: int = 4
    rules: str = ""
    threshold: float = 0.0
    output: str = ""
    unmatched: str = ""

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        for label, value in (
            ("Input", self.input),
            ("Name field", self.name_field),
            ("County field", self.county_field),
            ("Reference", self.reference),
            ("Reference name field", self.reference_name_field),
            ("Reference code field", self.reference_code_field),
            ("Reference county field", self.reference_county_field),
            ("Output", self.output),
        ):
            yield from given(label, value)
        yield from at_least("County digits", self.county_digits, 0)
        yield from at_least("City digits", self.city_digits, 0)
        if not 0 <= self.threshold <= 100:
            yield f"Threshold is {self.threshold:g}; it is a similarity from 0 (no fuzzy round) to 100 (equal)."
        if not self.city_digits and not (self.city_field and self.reference_city_field):
            yield "City digits are 0, so both city fields are needed; name them, or give the digits of a city code."


@dataclass(frozen=True)
class PlaceClassification(Params):
    """Give each place a class by keywords in its name."""

    input: Layer = NO_LAYER
    field: str = ""
    rules: str = ""
    output: str = ""
    undecided: str = ""

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from given("Input", self.input)
        yield from given("Field", self.field)
        yield from given("Output", self.output)


@dataclass(frozen=True)
class SampleMaking(Params):
    """Join shares with places into a layer of samples."""

    input: Layer = NO_LAYER
    targets: tuple[str, ...] = ()
    id_field: str = ""
    polygons: Layer = NO_LAYER
    polygon_id_field: str = ""
    longitude_field: str = ""
    latitude_field: str = ""
    source_field: str = ""
    region_field: str = ""
    region_preset: str = "none"
    output: str = ""

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from given("Input", self.input)
        yield from target_problems(self.targets)
        yield from one_of("Region preset", self.region_preset, REGION_PRESETS)
        yield from given("Output", self.output)
        if bool(self.longitude_field) != bool(self.latitude_field):
            yield "Longitude and latitude field belong together; give both or neither."
        if self.polygons and not (self.id_field and self.polygon_id_field):
            yield "Polygons are joined by id; choose the ID field of the table and that of the polygons."
        if self.region_preset != "none" and not self.region_field:
            yield "A region preset translates the names in a region field; choose that field."


@dataclass(frozen=True)
class ScriptExport(Params):
    """Write a Google Earth Engine script that makes the input rasters."""

    extent: str = ""
    years: str = "2019-2021"
    months: str = "6-9"
    sensor: str = "landsat89"
    night: str = "viirs_monthly"
    cell_size: float = 90.0
    crs: str = "EPSG:6933"
    mask: str = ""
    output: str = ""

    def year_range(self) -> tuple[int, int]:
        """The first and the last year."""
        return whole_range("Years", self.years)

    def month_range(self) -> tuple[int, int]:
        """The first and the last month; the first may be later, across the turn of the year."""
        return whole_range("Months", self.months)

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from given("Extent", self.extent)
        yield from one_of("Sensor", self.sensor, SENSORS)
        yield from one_of("Night", self.night, NIGHTS)
        yield from above("Cell size", self.cell_size, 0)
        yield from given("CRS", self.crs)
        yield from given("Output", self.output)
        if not all(letter.isalnum() or letter in "/_-." for letter in self.mask):
            yield f"Mask is '{self.mask}'; give the id of an Earth Engine asset, as projects/name/assets/settlements."
        yield from self._time_problems()

    def _time_problems(self) -> Iterator[str]:
        try:
            first, last = self.year_range()
            months = self.month_range()
        except ValueError as err:
            yield str(err)
            return
        earliest = FIRST_YEARS.get(self.sensor, 0)
        if first > last or first < earliest:
            yield f"Years are '{self.years}'; {self.sensor} has whole years from {earliest} on, the first year first."
        if not all(1 <= month <= 12 for month in months):
            yield f"Months are '{self.months}'; give months from 1 to 12, as 6-9."


def whole_range(name: str, text: str) -> tuple[int, int]:
    """The two ends of a range like ``2019-2021``, ``2019 2021`` or ``2020``.

    Raises
    ------
    ValueError
        With a sentence that names `name`, if the text is no such range.
    """
    numbers = parse_numbers(name, text.replace("-", " ").replace("–", " "))
    if not numbers or any(number != int(number) for number in numbers):
        raise ValueError(f"{name} is '{text}'; give a range of whole numbers, as 6-9.")
    return int(numbers[0]), int(numbers[-1])


@dataclass(frozen=True)
class WeightImport(Params):
    """Turn published weights into a model."""

    input: tuple[str, ...] = ()
    family: str = ""
    regions: str = ""
    bands: str = "RED GREEN BLUE NIR SWIR1 SWIR2 TEMP1"
    night_bands: str = "VIIRS"
    ancillary: str = ""
    components: str = "F F_NF NF_F NF"
    statistics: str = ""
    model: str = ""

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from given("Input", self.input)
        yield from one_of("Family", self.family, FAMILIES)
        yield from given("Bands", names_in(self.bands))
        yield from given("Model", self.model)
        names = [*names_in(self.bands), *names_in(self.night_bands), *names_in(self.ancillary)]
        double = sorted({name for name in names if names.count(name) > 1})
        if double:
            yield f"Band '{double[0]}' stands twice; every band needs a name of its own."
        yield from target_problems(tuple(names_in(self.components)))
        if self.regions and len(self.region_names()) != len(self.input):
            yield (
                f"There are {len(self.region_names())} regions for {len(self.input)} weight files; name one region "
                "for each file, separated by semicolons, in the order of the files."
            )
        if len(set(self.region_names())) < len(self.region_names()):
            yield f"Regions are '{self.regions}'; each region has one weight file, so no name may stand twice."

    def region_names(self) -> tuple[str, ...]:
        """The region of each file; empty for a global model."""
        return tuple(name.strip() for name in self.regions.split(";") if name.strip())


@dataclass(frozen=True)
class MaskExtraction(Params):
    """Extract where a raster, or a series at its dates, has a value."""

    input: Layer = NO_LAYER
    series: str = ""
    value: float = 0.0
    mode: str = "any"
    name: str = "mask"
    output: str = ""
    polygons: str = ""

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        if bool(self.input) == bool(self.series):
            yield "Give a raster or a series: one of the two."
        yield from one_of("Mode", self.mode, MASK_MODES)
        yield from given("Name", self.name.strip())
        yield from given("Output", self.output)
