"""Parameters of the tools of series: make them, compute indices, sample them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ...contract.declare import (
    choice,
    column,
    file_output,
    folder_output,
    input_file,
    input_folder,
    layer,
    layer_output,
    number,
    raster_output,
    rasters,
    switch,
    text,
    varied,
)
from ...contract.layer import Layer
from ...contract.learning_params import GridParams
from ...contract.params import Params, given
from ...contract.parsing import names_in, parse_good, parse_pairs, parse_scales

DATE_PATTERNS = (
    *("auto", "landsat", "sentinel", "product", "YYYY-MM-DD", "YYYYMMDD", "YYYYDDD", "YYYY-DDD"),
    *("DDMMYYYY", "MMDDYYYY", "month", "YYYY-MM", "YYYYMM", "YYYY"),
)
PERIODS = ("none", "monthly", "16-day", "year", "season")
MONTHS = {str(month) for month in range(1, 13)} | {f"{month:02d}" for month in range(1, 10)}
RANGE = re.compile(r"\s*[-\u2013]\s*")  # a dash, too
SUMMARIES = ("median", "nearest")
UNKNOWN_NDVI = -2.0  # which no NDVI is
INDICES = ("NDVI", "GNDVI", "NDVI45", "EVI", "OSAVI", "SAVI", "PSRI", "RVI", "NDWI", "FVC", "RSEI")


def scale_problems(text: str) -> Iterator[str]:
    """Yield a sentence if scales cannot be read or used."""
    try:
        scales = parse_scales(text)
    except ValueError as err:
        yield str(err)
        return
    if any(not 0 < abs(factor) < float("inf") or not abs(offset) < float("inf") for factor, offset in scales.values()):
        yield f"Scale is '{text}'; a factor is a number other than 0, an offset any number."


def parse_months(text: str) -> tuple[tuple[int, int], ...]:
    """First and last month of each range in a text like ``6-8``, ``11-2`` or ``3-5 6-8``; a lone month is one, too.

    Raises
    ------
    ValueError
        With a sentence, if the text is none, or a month stands in two ranges.
    """
    ranges: list[tuple[int, int]] = []
    seen: set[int] = set()
    for word in names_in(RANGE.sub("-", text)):
        first, _, last = word.partition("-")
        if not {first, last or first} <= MONTHS:
            raise ValueError(f"Months is '{text}'; give ranges of months, as 6-8, or 11-2 over New Year.")
        ranges.append((int(first), int(last or first)))
        months = {(int(first) - 1 + step) % 12 + 1 for step in range((ranges[-1][1] - ranges[-1][0]) % 12 + 1)}
        if months & seen:
            raise ValueError(f"Months is '{text}'; month {min(months & seen)} stands in two ranges.")
        seen |= months
    return tuple(ranges)


def month_problems(months: str, period: str) -> Iterator[str]:
    """Yield a sentence if months cannot be read, or do not go with the period."""
    try:
        ranges = parse_months(months)
    except ValueError as err:
        yield str(err)
        return
    if ranges and period not in ("year", "season"):
        yield f"Months is '{months}' and Period {period}; months go with the periods year and season."
    if len(ranges) > 1 and period == "year":
        yield f"Months is '{months}'; the period year takes one range, as 6-8, season takes several."


@dataclass(frozen=True)
class SeriesMaking(Params):
    """Describe dated rasters as one series."""

    input: tuple[Layer, ...] = rasters("Rasters", optional=True, help="Rasters of one or more bands and dates.")
    folder: str = input_folder(
        "Folder", optional=True, help="All rasters in it and in its folders, instead of single ones."
    )
    table: Layer = layer(
        "Table",
        optional=True,
        advanced=True,
        help="The columns path (from the table's folder), band, date, and perhaps index.",
    )
    bands: str = text(
        "",
        "Bands",
        optional=True,
        help="Words in names that tell the bands, as NDVI EVI; others are left out. Empty: what tells the names apart.",
    )
    date_pattern: str = choice(
        "auto",
        "Date pattern",
        DATE_PATTERNS,
        advanced=True,
        help="How dates are written; auto: what explains all names best. product: ids of any satellite.",
    )
    year: int = number(
        0,
        "Year",
        low=1,
        automatic=0,
        optional=True,
        advanced=True,
        help="Of months that are called by name. Not set: the names tell it.",
    )
    quality_band: str = text("", "Quality band", optional=True, help="Word in the names of the quality band.")
    good_values: str = text(
        "0",
        "Good values",
        help="Its numbers that mean good data, as 0 1 4-7, or the bits that must be 0, as bits 3 4.",
    )
    scale: str = text(
        "",
        "Scale",
        optional=True,
        help="Factor and offset, as 0.0001 or 0.0000275:-0.2, or by band, as NDVI=0.0001. Empty: as the files say.",
    )
    period: str = choice(
        "none",
        "Period",
        PERIODS,
        help="Write one value per month, 16 days, year or season; none: all dates as they are.",
    )
    months: str = text(
        "",
        "Months",
        optional=True,
        help="Of a year, as 6-8, or 11-2 over New Year; of seasons, as 3-5 6-8 9-11 12-2. Empty: all, or these four.",
    )
    summary: str = choice(
        "median",
        "Summary",
        SUMMARIES,
        advanced=True,
        help="What stands for a period: median, or the value nearest to its middle.",
    )
    mosaic: bool = switch(
        False,
        "Mosaic",
        optional=True,
        advanced=True,
        help="Put several files of one band and date, as tiles, together into one image.",
    )
    output: str = file_output("Series", "json", help="The description, which other tools take.")
    layers: str = folder_output("Layers", optional=True, help="A virtual raster per date, to look at.")
    report: str = file_output("Report", "html", optional=True, created=True, help="What is missing, by date and band.")

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from super().problems()
        if sum(map(bool, (self.input, self.folder, self.table))) != 1:
            yield "Give rasters, or a folder, or a table of files: one of the three."
        yield from month_problems(self.months, self.period)
        yield from scale_problems(self.scale)
        if self.quality_band:
            try:
                parse_good(self.good_values)
            except ValueError as err:
                yield str(err)


@dataclass(frozen=True)
class IndexComputing(Params):
    """Compute indices from the bands of rasters or of a series."""

    input: tuple[Layer, ...] = rasters("Rasters", optional=True, help="Layers with the bands; they are found by name.")
    series: str = input_file("Series", "json", optional=True, help="A series of 'Make series', instead of rasters.")
    roles: str = text("", "Roles", optional=True, help="Which band is which, as RED=B4 NIR=B8.")
    indices: str = text(
        "NDVI",
        "Indices",
        help="NDVI GNDVI NDVI45 EVI OSAVI SAVI PSRI RVI NDWI FVC RSEI, or some of them.",
    )
    scale: str = text(
        "",
        "Scale",
        optional=True,
        help="Factor and offset, as 0.0001 or 0.0000275:-0.2, or by band, as B4=0.0001. Empty: as the files say.",
    )
    soil_ndvi: float = number(
        UNKNOWN_NDVI,
        "NDVI of bare soil",
        low=-1,
        high=1,
        automatic=UNKNOWN_NDVI,
        decimals=3,
        optional=True,
        advanced=True,
        help="For FVC. Not set: a quantile of these rasters.",
    )
    vegetation_ndvi: float = number(
        UNKNOWN_NDVI,
        "NDVI of full vegetation",
        low=-1,
        high=1,
        automatic=UNKNOWN_NDVI,
        decimals=3,
        optional=True,
        advanced=True,
        help="For FVC. Not set: a quantile of these rasters.",
    )
    resampling: str = varied(GridParams, "resampling")
    output: str = raster_output("Indices", help="A band per index, or per date and index.")
    output_series: str = file_output("Series of indices", "json", optional=True, help="Its description as a series.")

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from super().problems()
        if bool(self.input) == bool(self.series):
            yield "Give rasters or a series: one of the two."
        if self.output_series and not self.series:
            yield "Series is an output for a series only; give one as input."
        indices = names_in(self.indices)
        yield from given("Indices", indices)
        for name in sorted(set(indices) - set(INDICES)):
            yield f"Indices hold '{name}'; choose some of: {', '.join(INDICES)}."
        if len(set(indices)) < len(indices):
            yield f"Indices are '{self.indices}'; name each once."
        try:
            parse_pairs("Roles", self.roles)
        except ValueError as err:
            yield str(err)
        yield from scale_problems(self.scale)
        soil, vegetation = self.cover_bounds()
        if soil is not None and vegetation is not None and not soil < vegetation:
            yield (f"NDVI of bare soil is {soil:g}, of full vegetation {vegetation:g}; the first must be smaller.")

    def cover_bounds(self) -> tuple[float | None, float | None]:
        """NDVI of bare soil and of full vegetation, where they are set; earlier versions wrote 0 and 0 for neither."""
        both = (self.soil_ndvi, self.vegetation_ndvi)
        if both == (0, 0):
            return None, None
        soil, vegetation = (None if value == UNKNOWN_NDVI else value for value in both)
        return soil, vegetation


@dataclass(frozen=True)
class SeriesSampling(Params):
    """Write the values of a series at samples as a table."""

    series: str = input_file("Series", "json", help="A series of 'Make series'.")
    samples: Layer = layer("Samples", help="Points, areas, or a table with coordinates.")
    start_field: str = column(
        "Start field",
        "samples",
        optional=True,
        help="First date of a sample. Empty: of the series.",
    )
    end_field: str = column("End field", "samples", optional=True, help="Last date of a sample.")
    output: str = layer_output("Values", help="A row per sample.")

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from super().problems()
        if bool(self.start_field) != bool(self.end_field):
            yield "Start field and end field belong together; give both or none."
