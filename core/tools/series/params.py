"""Parameters of the tools of series: make them, compute indices, sample them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ...contract.params import NO_LAYER, Layer, Params, at_least, given, one_of
from ...contract.parsing import names_in, parse_good, parse_pairs, parse_scales

DATE_PATTERNS = (
    *("auto", "landsat", "sentinel", "product", "YYYY-MM-DD", "YYYYMMDD", "YYYYDDD", "YYYY-DDD"),
    *("DDMMYYYY", "MMDDYYYY", "month", "YYYY-MM", "YYYYMM", "YYYY"),
)
PERIODS = ("none", "monthly", "16-day", "year", "season")
MONTHS = {str(month) for month in range(1, 13)} | {f"{month:02d}" for month in range(1, 10)}
RANGE = re.compile(r"\s*[-\u2013]\s*")  # a dash, too
SUMMARIES = ("median", "nearest")
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

    input: tuple[Layer, ...] = ()
    folder: str = ""
    table: Layer = NO_LAYER
    bands: str = ""
    date_pattern: str = "auto"
    year: int = 0
    quality_band: str = ""
    good_values: str = "0"
    scale: str = ""
    period: str = "none"
    months: str = ""
    summary: str = "median"
    mosaic: bool = False
    output: str = ""
    layers: str = ""
    report: str = ""

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        if sum(map(bool, (self.input, self.folder, self.table))) != 1:
            yield "Give rasters, or a folder, or a table of files: one of the three."
        yield from one_of("Date pattern", self.date_pattern, DATE_PATTERNS)
        yield from at_least("Year", self.year, 0)
        yield from one_of("Period", self.period, PERIODS)
        yield from month_problems(self.months, self.period)
        yield from one_of("Summary", self.summary, SUMMARIES)
        yield from given("Output", self.output)
        yield from scale_problems(self.scale)
        if self.quality_band:
            try:
                parse_good(self.good_values)
            except ValueError as err:
                yield str(err)


@dataclass(frozen=True)
class IndexComputing(Params):
    """Compute indices from the bands of rasters or of a series."""

    input: tuple[Layer, ...] = ()
    series: str = ""
    roles: str = ""
    indices: str = "NDVI"
    scale: str = ""
    soil_ndvi: float = 0.0
    vegetation_ndvi: float = 0.0
    resampling: str = "auto"
    output: str = ""
    output_series: str = ""

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        if bool(self.input) == bool(self.series):
            yield "Give rasters or a series: one of the two."
        if self.output_series and not self.series:
            yield "Series is an output for a series only; give one as input."
        indices = names_in(self.indices)
        yield from given("Indices", indices)
        for name in indices:
            yield from one_of("Indices", name, INDICES)
        if len(set(indices)) < len(indices):
            yield f"Indices are '{self.indices}'; name each once."
        try:
            parse_pairs("Roles", self.roles)
        except ValueError as err:
            yield str(err)
        yield from scale_problems(self.scale)
        yield from given("Output", self.output)
        if (self.soil_ndvi or self.vegetation_ndvi) and not self.soil_ndvi < self.vegetation_ndvi:
            yield (
                f"NDVI of bare soil is {self.soil_ndvi:g}, of full vegetation {self.vegetation_ndvi:g}; "
                "the first must be smaller."
            )


@dataclass(frozen=True)
class SeriesSampling(Params):
    """Write the values of a series at samples as a table."""

    series: str = ""
    samples: Layer = NO_LAYER
    start_field: str = ""
    end_field: str = ""
    output: str = ""

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from given("Series", self.series)
        yield from given("Samples", self.samples)
        yield from given("Output", self.output)
        if bool(self.start_field) != bool(self.end_field):
            yield "Start field and end field belong together; give both or none."
