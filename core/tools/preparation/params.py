"""Parameters of the tools of preparation: tables, places, rasters and published weights as inputs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...contract.declare import (
    choice,
    column,
    columns,
    file_output,
    folder_output,
    input_file,
    input_files,
    layer,
    layer_output,
    number,
    raster,
    raster_output,
    rasters,
    rectangle,
    reference_system,
    switch,
    text,
    virtual_output,
)
from ...contract.layer import Layer
from ...contract.params import Params, given, target_problems
from ...contract.parsing import listed, names_in, parse_numbers, parse_pairs

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

    input: Layer = raster("Raster", help="The raster whose bands are described.")
    sensor: str = choice("none", "Sensor", BAND_SENSORS, help="Whose bands they are; none: by Names and Roles.")
    names: str = text("", "Names", optional=True, help="A name for each band in order, as RED NIR SWIR1.")
    roles: str = text("", "Roles", optional=True, help="Which band is which, as RED=B4 NIR=B8.")
    output: str = virtual_output("Described raster", help="A virtual raster over the file.")

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from super().problems()
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

    input: tuple[Layer, ...] = rasters("Rasters", help="Rasters to standardise; each keeps its own grid.")
    statistics: str = input_file(
        "Statistics to apply",
        "json",
        optional=True,
        help="A file written by an earlier run, for example for another year. Empty: measured from these rasters.",
    )
    output_folder: str = folder_output("Output folder", help="Where the standardised rasters go.")
    output_statistics: str = file_output(
        "Statistics",
        "json",
        optional=True,
        help="Mean, deviation and count of each band, to apply to other rasters.",
    )


@dataclass(frozen=True)
class Augmentation(Params):
    """Predict the shares of samples without labels from their attributes."""

    input: Layer = layer("Samples", help="Layer or table with the targets, empty where they were not observed.")
    targets: tuple[str, ...] = columns(
        "Targets",
        "input",
        numeric=True,
        help="The fields of the components; each labelled row sums to 1 or to 100.",
    )
    features: tuple[str, ...] = columns(
        "Features",
        "input",
        numeric=True,
        optional=True,
        help="Numeric fields to predict from.",
    )
    add_coordinates: bool = switch(
        True,
        "Add coordinates as features",
        help="Longitude, latitude, their squares and their product.",
    )
    source_field: str = column(
        "Source field",
        "input",
        optional=True,
        help="The survey unit of a label; rows of one unit are never in training and test at once.",
    )
    quantiles: str = text(
        "0.05 0.5 0.95",
        "Quantiles",
        advanced=True,
        help="Levels between 0 and 1.",
    )
    search: str = choice(
        "quick",
        "Parameter search",
        SEARCHES,
        help="none: fixed settings; quick: 5 settings; full: 28. Chosen by cross-validation by source.",
    )
    folds: int = number(3, "Folds", low=2, advanced=True, help="Parts of the cross-validation.")
    seed: int = number(42, "Seed", low=0, advanced=True, help="The same seed gives the same result.")
    output: str = layer_output("Augmented samples", help="All rows with shares, quantiles, weight and flag.")
    report: str = file_output(
        "Report",
        "html",
        optional=True,
        created=True,
        help="Scores, parameter search, feature importance.",
    )

    def quantile_levels(self) -> tuple[float, ...]:
        """The quantile levels in ascending order."""
        return tuple(sorted(parse_numbers("Quantiles", self.quantiles)))

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from super().problems()
        yield from target_problems(self.targets)
        if not self.features and not self.add_coordinates:
            yield "There is nothing to predict from; choose feature fields or add coordinates."
        both = sorted(set(self.targets) & set(self.features))
        if both:
            yield f"Field '{both[0]}' is both a target and a feature; remove it from one of them."
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
class ScriptExport(Params):
    """Write a Google Earth Engine script that makes the input rasters."""

    extent: str = rectangle("Extent", help="The area of the rasters.")
    years: str = text("2019-2021", "Years", help="First and last year, as 2019-2021.")
    months: str = text(
        "6-9",
        "Months",
        help="First and last month, as 6-9; 11-2 takes November to February of each year.",
    )
    sensor: str = choice("landsat89", "Day sensor", SENSORS, help="Landsat 8 and 9 (with temperature), or Sentinel-2.")
    night: str = choice(
        "viirs_monthly",
        "Night sensor",
        NIGHTS,
        help="Median of the monthly composites of VIIRS, or none.",
    )
    cell_size: float = number(90.0, "Cell size", above=0, unit="m", help="Side of a cell in metres.")
    crs: str = reference_system(
        "EPSG:6933",
        "CRS",
        optional=True,
        help="Projected, in metres, with an EPSG code. Empty: EPSG:6933, whose cells have equal areas.",
    )
    mask: str = text(
        "",
        "Mask asset",
        optional=True,
        help="Earth Engine asset that is above 0 where pixels are wanted.",
    )
    output: str = file_output("Script", "js", help="The script to write.")

    def year_range(self) -> tuple[int, int]:
        """The first and the last year."""
        return whole_range("Years", self.years)

    def month_range(self) -> tuple[int, int]:
        """The first and the last month; the first may be later, across the turn of the year."""
        return whole_range("Months", self.months)

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from super().problems()
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

    input: tuple[str, ...] = input_files("Weight files", help="Files that torch has saved.")
    family: str = choice("", "Family", FAMILIES, advanced=True, help="Empty: recognised by the names of the tensors.")
    regions: str = text(
        "",
        "Regions",
        optional=True,
        help="The region of each file. Empty: global members.",
    )
    bands: str = text(
        "RED GREEN BLUE NIR SWIR1 SWIR2 TEMP1",
        "Day bands",
        help="Names of the day bands, or those of the series, in the order of training.",
    )
    night_bands: str = text(
        "VIIRS",
        "Night bands",
        optional=True,
        help="Names of the night bands in the order of training.",
    )
    ancillary: str = text(
        "",
        "Ancillary bands",
        optional=True,
        help="Of abundance: names of the ancillary bands in the order of training.",
    )
    components: str = text("F F_NF NF_F NF", "Components", help="Names of the components in the order of training.")
    statistics: str = input_file("Statistics", "json", optional=True, help="Means and deviations of the bands.")
    model: str = file_output("Model", "safetensors", help="The model to write.")

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from super().problems()
        yield from given("Bands", names_in(self.bands))
        names = [*names_in(self.bands), *names_in(self.night_bands), *names_in(self.ancillary)]
        double = sorted({name for name in names if names.count(name) > 1})
        if double:
            yield f"Band '{double[0]}' stands twice; every band needs a name of its own."
        yield from target_problems(tuple(names_in(self.components)))
        if self.regions and len(self.region_names()) != len(self.input):
            yield (
                f"There are {len(self.region_names())} regions for {len(self.input)} weight files; name one region "
                "for each file, with commas or semicolons between, in the order of the files."
            )
        if len(set(self.region_names())) < len(self.region_names()):
            yield f"Regions are '{self.regions}'; each region has one weight file, so no name may stand twice."

    def region_names(self) -> tuple[str, ...]:
        """The region of each file; empty for a global model."""
        alone = (self.regions.strip(),) if len(self.input) == 1 else ()
        return tuple(listed(self.regions, alone))


@dataclass(frozen=True)
class MaskExtraction(Params):
    """Extract where a raster, or a series at its dates, has a value."""

    input: Layer = raster("Raster", optional=True, help="One or more bands; each counts as a date.")
    series: str = input_file("Series", "json", optional=True, help="A series of 'Make series', instead of a raster.")
    value: float = number(0.0, "Value", decimals=3, help="The number that marks the places.")
    mode: str = choice("any", "Mode", MASK_MODES, help="At any date, at all dates with data, or at the first one.")
    name: str = text("mask", "Name", help="What the mask is called in tables and reports, as mine or buffer.")
    output: str = raster_output("Mask", help="1 inside, 0 outside.")
    polygons: str = layer_output("Polygons", optional=True, help="The same as one polygon.")

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from super().problems()
        if bool(self.input) == bool(self.series):
            yield "Give a raster or a series: one of the two."
        yield from given("Name", self.name.strip())
