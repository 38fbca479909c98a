"""Parameters of the steps that make dated series, compute indices and sample series."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .params import NO_LAYER, FoldParams, Layer, LearningParams, Params, at_least, given, one_of
from .params_composition import names_in

DATE_PATTERNS = ("auto", "landsat", "sentinel", "YYYY-MM-DD", "YYYYMMDD", "YYYYDDD", "month", "YYYY-MM", "YYYY")
PERIODS = ("none", "monthly", "16-day")
SUMMARIES = ("median", "nearest")
INDICES = ("NDVI", "GNDVI", "NDVI45", "EVI", "OSAVI", "SAVI", "PSRI", "RVI", "NDWI", "FVC", "RSEI")


def parse_pairs(name: str, text: str) -> dict[str, str]:
    """Return the pairs in a text like ``RED=B4 NIR=B5``, in order.

    Raises
    ------
    ValueError
        With a sentence that names `name`, if a part of the text is no pair, or a key stands twice.
    """
    pairs: dict[str, str] = {}
    for part in names_in(text):
        key, sign, value = part.partition("=")
        if not sign or not key or not value:
            raise ValueError(f"{name} is '{text}'; give pairs like RED=B4, separated by spaces.")
        if key in pairs:
            raise ValueError(f"{name} is '{text}'; '{key}' stands twice.")
        pairs[key] = value
    return pairs


Scale = tuple[float, float]  # factor and offset


def parse_scales(text: str) -> dict[str, Scale]:
    """Return factor and offset of each band in a text like ``NDVI=0.0001 LST=0.02:-273.15``.

    A lone one, as ``0.0000275:-0.2``, is under the empty name and holds for all bands.

    Raises
    ------
    ValueError
        With a sentence, if the text is neither.
    """
    pairs = parse_pairs("Scale", text) if "=" in text else {"": text.strip()} if text.strip() else {}
    found = {}
    for name, numbers in pairs.items():
        factor, _, offset = numbers.partition(":")
        try:
            found[name] = float(factor), float(offset or 0)
        except ValueError as err:
            raise ValueError(
                f"Scale is '{text}'; give a factor, as 0.0001, with an offset, as 0.0000275:-0.2, or one for "
                "each band, as NDVI=0.0001."
            ) from err
    return found


def scale_problems(text: str) -> Iterator[str]:
    """Yield a sentence if scales cannot be read or used."""
    try:
        scales = parse_scales(text)
    except ValueError as err:
        yield str(err)
        return
    if any(not 0 < abs(factor) < float("inf") or not abs(offset) < float("inf") for factor, offset in scales.values()):
        yield f"Scale is '{text}'; a factor is a number other than 0, an offset any number."


@dataclass(frozen=True)
class GoodValues:
    """Which numbers of a quality band mean good data: some values, or some bits that must be 0."""

    values: frozenset[int] = frozenset()
    clear_bits: tuple[int, ...] = ()

    def holds(self, number: int) -> bool:
        """Return whether `number` means good data."""
        if self.clear_bits:
            return not any(number >> bit & 1 for bit in self.clear_bits)
        return number in self.values


def parse_good(text: str) -> GoodValues:
    """Return what a text like ``0 1 4-7`` or ``bits 3 4`` calls good.

    Raises
    ------
    ValueError
        With a sentence, if the text is neither.
    """
    wrong = f"Good values are '{text}'; give numbers and ranges, as 0 1 4-7, or bits that must be 0, as bits 3 4."
    words = names_in(text)
    try:
        if words and words[0].lower() in ("bit", "bits"):
            bits = tuple(sorted({int(word) for word in words[1:]}))
            if not bits or not 0 <= bits[0] <= bits[-1] <= 15:
                raise ValueError(wrong)
            return GoodValues(clear_bits=bits)
        values: set[int] = set()
        for word in words:
            low, _, high = word.partition("-")
            values |= set(range(int(low), int(high or low) + 1))
    except ValueError as err:
        raise ValueError(wrong) from err
    if not values or max(values) > 65535:
        raise ValueError(wrong)
    return GoodValues(frozenset(values))


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
    summary: str = "median"
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
    resampling: str = "refuse"
    output: str = ""
    output_series: str = ""

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        if bool(self.input) == bool(self.series):
            yield "Give rasters or a series: one of the two."
        if self.output_series and not self.series:
            yield "Series is an output for a series only; give one as input."
        wanted = names_in(self.indices)
        yield from given("Indices", wanted)
        for name in wanted:
            yield from one_of("Indices", name, INDICES)
        if len(set(wanted)) < len(wanted):
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


@dataclass(frozen=True)
class DatedLearningParams(FoldParams, LearningParams):
    """What learning from dated samples takes: a series and samples, or a table of values."""

    series: str = ""
    values: Layer = NO_LAYER
    start_field: str = ""
    end_field: str = ""
    regions: Layer = NO_LAYER

    @property
    def table(self) -> Layer:
        """The layer with the labels, which without a series holds the values, too."""
        return self.values or self.samples

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        if self.series and self.values:
            yield "Give a series with samples, or a table of values: one of the two."
        if not self.values:
            yield from given("Samples", self.samples)
        if self.values and self.samples:
            yield "A table of values holds the labels, too; leave Samples empty."
        if bool(self.start_field) != bool(self.end_field):
            yield "Start field and end field belong together; give both or none."
        if self.regions and not self.region_field:
            yield "Regions need a region field, which names them; choose it."
        yield from super().problems()
