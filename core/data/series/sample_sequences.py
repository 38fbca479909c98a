"""Sample sequences: the values of a series at samples, each in its own span of dates, from rasters or from columns."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...contract.errors import Problems, RegionwiseError
from ...runtime.types import Floats
from ..raster.stack import SERIES, Band, Stack
from ..raster.tiles import Tile, plan
from ..vector.footprints import footprint
from ..vector.tables import field_names, is_filled, numeric_columns, rows_text
from .date_cells import read_dates
from .image_series import Series

Days = NDArray[np.int64]
Span = tuple[date, date]

COLUMN = re.compile(r"(.*\S)_(\d+)")
DATE, START, END = "date", "start_date", "end_date"
FEWEST_DATES = 2  # of a sample
NO_DAY = 0  # of the steps that fill a shorter sequence up
COMMON_YEAR_DAYS = 365
LARGEST_WINDOW = 256  # cells per side; larger areas are read in parts


@dataclass(frozen=True)
class Sequences:
    """Values of bands at samples, each at its own dates.

    Parameters
    ----------
    values : array, shape (sample, step, band)
        NaN is missing.
    days : array of int, shape (sample, step)
        Days since 1 January of year 1, which is day 1; ascending; `NO_DAY` fills up at the end.
    bands : tuple of str
    """

    values: Floats
    days: Days
    bands: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.values)


def read_spans(frame: pd.DataFrame, start_field: str, end_field: str, label: str) -> list[Span] | None:
    """First and last date of each row; None without fields.

    Raises
    ------
    RegionwiseError
        For rows without a date, or that end before they start.
    """
    if not start_field:
        return None
    problems = Problems()
    fields = (start_field, end_field)
    columns = read_columns(frame, fields, f"Field '{start_field}' or '{end_field}' of '{label}'")
    for field, dates in zip(fields, columns, strict=True):
        wrong = np.array([when is None for when in dates])
        if wrong.any():
            problems.add(
                f"Field '{field}' of '{label}' holds no date in {rows_text(wrong)} "
                f"(the first is {frame[field][wrong].iloc[0]!r}); write dates as 2013-09-14."
            )
    problems.raise_any()
    spans = [(start, end) for start, end in zip(*columns, strict=True) if start and end]
    backwards = np.array([end < start for start, end in spans], bool)
    if backwards.any():
        raise RegionwiseError(
            f"'{end_field}' of '{label}' is before '{start_field}' in {rows_text(backwards)}.",
            "Correct these rows, or choose the fields the other way round.",
        )
    return spans


def read_columns(frame: pd.DataFrame, fields: Sequence[str], label: str) -> list[list[date | None]]:
    """The dates in several fields; all are written alike, so that one shows whether day or month is first."""
    dates = read_dates([value for field in fields for value in frame[field]], label)
    count = len(frame)
    return [dates[number * count : (number + 1) * count] for number in range(len(fields))]


def steps_of(series: Series, span: Span | None) -> list[int]:
    """The numbers of the dates of a series inside `span`, all without one."""
    return [i for i, when in enumerate(series.dates) if span is None or span[0] <= when <= span[1]]


def sample_sequences(stack: Stack, series: Series, places: gpd.GeoSeries, spans: Sequence[Span] | None) -> Sequences:
    """The values of a series at `places`, the mean over the pixels of an area.

    Places off the raster, and dates without data, are NaN.
    """
    chosen = [steps_of(series, spans[i] if spans else None) for i in range(len(places))]
    longest = max((len(steps) for steps in chosen), default=0)
    count = len(series.bands)
    values = np.full((len(places), longest, count), np.nan, np.float32)
    days = np.full((len(places), longest), NO_DAY, np.int64)
    ordinals = np.array([when.toordinal() for when in series.dates])
    for i, (geometry, steps) in enumerate(zip(places, chosen, strict=True)):
        days[i, : len(steps)] = ordinals[steps]
        tile, weights = footprint(geometry, stack.grid)
        if steps and weights.size:
            values[i, : len(steps)] = _mean_over(stack, tile, weights).reshape(len(series.dates), count)[steps]
    return Sequences(values, days, tuple(series.names))


def _mean_over(stack: Stack, tile: Tile, weights: Floats) -> Floats:
    """The weighted mean of each band over the cells of `tile`, NaN where none has data; read part by part."""
    sums, totals = np.zeros((2, len(stack.bands)))
    for part in plan(tile, LARGEST_WINDOW):
        row, col = part.row - tile.row, part.col - tile.col
        weight = weights[row : row + part.height, col : col + part.width].astype(np.float64)
        values = stack.read(part)[:, weight > 0]
        known = np.isfinite(values) * weight[weight > 0]
        sums += (np.nan_to_num(values) * known).sum(1)
        totals += known.sum(1)
    mean: Floats = np.where(totals > 0, sums / np.where(totals > 0, totals, 1), np.nan).astype(np.float32)
    return mean


@dataclass(frozen=True)
class DatedPick:
    """Picks each sample's own dates out of a block of a series; see `extraction.cut_patches`.

    Parameters
    ----------
    bands : list of Band
        The bands that a sample gets: steps of the series, then all other bands.
    days : array of int, shape (sample, step)
        As in `Sequences`.
    positions : array of int, shape (sample, band)
        Position in a block of each of `bands`; -1 for steps that only fill up.
    """

    bands: list[Band]
    days: Days
    positions: NDArray[np.int64]

    @classmethod
    def of(cls, series: Series, spans: Sequence[Span] | None, count: int, bands: Sequence[Band]) -> DatedPick:
        """The pick of `count` samples from blocks with `bands`, of which those of the series come first.

        Raises
        ------
        RegionwiseError
            If no sample has two dates in the series.
        """
        chosen = [steps_of(series, span) for span in spans] if spans else [list(range(len(series.dates)))] * count
        longest, width = max(map(len, chosen), default=0), len(series.bands)
        if longest < FEWEST_DATES:
            first = spans[0] if spans else ("", "")
            raise RegionwiseError(
                f"No sample has {FEWEST_DATES} dates in the series, which runs from {series.dates[0]} to "
                f"{series.dates[-1]}; those of the first run from {first[0]} to {first[1]}.",
                "Choose the series of the samples' years.",
            )
        ordinals = np.array([when.toordinal() for when in series.dates])
        days = np.full((count, longest), NO_DAY, np.int64)
        positions = np.full((count, longest, width), -1, np.int64)
        for i, steps in enumerate(chosen):
            days[i, : len(steps)] = ordinals[steps]
            positions[i, : len(steps)] = np.array(steps)[:, None] * width + np.arange(width)
        static = range(len(series.dates) * width, len(bands))
        static_positions = np.tile(np.array(static, np.int64), (count, 1))
        dated = [
            Band(f"{band.name} {step + 1}", SERIES, series.raster, 0, band.unit)
            for step in range(longest)
            for band in series.bands
        ]
        all_positions = np.concatenate([positions.reshape(count, -1), static_positions], 1)
        return cls([*dated, *(bands[i] for i in static)], days, all_positions)

    def elsewhere(self, count: int) -> DatedPick | None:
        """The pick of so many other places at the dates that all samples have; None where they have their own."""
        if (self.positions != self.positions[0]).any():
            return None
        return DatedPick(self.bands, np.repeat(self.days[:1], count, 0), np.repeat(self.positions[:1], count, 0))

    def __call__(self, block: Floats, sample: int) -> Floats:
        """The bands of one sample from `block` (band, row, col); NaN in steps that only fill up."""
        positions = self.positions[sample]
        picked: Floats = block[np.maximum(positions, 0)]
        picked[positions < 0] = np.nan
        return picked


def table_columns(frame: pd.DataFrame, taken: Collection[str] = ()) -> dict[str, list[str]]:
    """The columns of each band, NAME_1 to NAME_T (or NAME_01 ...) of a table, in order of steps.

    Columns in `taken` are something else: targets, ancillary data.
    """
    steps_of_band: dict[str, dict[int, str]] = {}
    for column in field_names(frame):
        match = COLUMN.fullmatch(column)
        if match and column not in taken:
            steps_of_band.setdefault(match.group(1), {})[int(match.group(2))] = column
    return {
        band: [columns[step] for step in sorted(columns)]
        for band, columns in steps_of_band.items()
        if sorted(columns) == list(range(1, len(columns) + 1)) and len(columns) > 1
    }


def read_sequences(
    frame: pd.DataFrame, label: str, taken: Collection[str] = (), spans: Sequence[Span] | None = None
) -> Sequences:
    """The sequences that a table holds in columns ``BAND_01``, ``BAND_02``, ...

    The dates of a row are those in its columns ``date_01``, ...; without these the steps lie at equal
    distances over its span, or from its ``start_date`` to its ``end_date``, and without those they fill a year.

    Parameters
    ----------
    taken : collection of str
        Columns that are something else.
    spans : sequence of (first, last date), optional
        Of each row.

    Raises
    ------
    RegionwiseError
        If there are no such columns, bands have unlike numbers of steps, or columns hold text.
    """
    columns = table_columns(frame, taken)
    dated = columns.pop(DATE, [])
    if dated:  # others are numbered for another reason
        columns = {band: names for band, names in columns.items() if len(names) == len(dated)}
    if not columns:
        raise RegionwiseError(
            f"Table '{label}' has no columns like NDVI_01, NDVI_02, ...; it has: {', '.join(field_names(frame))}.",
            "Make it with 'Sample series', or give a series instead.",
        )
    counts = {band: len(names) for band, names in columns.items()}
    if len(set(counts.values())) > 1 or (dated and len(dated) != max(counts.values())):
        listing = ", ".join(
            f"{band} {count}" for band, count in {**counts, **({DATE: len(dated)} if dated else {})}.items()
        )
        raise RegionwiseError(
            f"The bands of table '{label}' have unlike numbers of steps: {listing}.",
            "Give every band a column per step.",
        )
    all_columns = [name for names in columns.values() for name in names]
    numbers = numeric_columns(frame, all_columns, label)
    values = np.swapaxes(numbers.reshape(len(frame), len(columns), -1), 1, 2)
    days = _days(frame, dated, values, label, spans)
    return Sequences(values, days, tuple(columns))


def _days(frame: pd.DataFrame, dated: Sequence[str], values: Floats, label: str, spans: Sequence[Span] | None) -> Days:
    """The day of each step of each row."""
    steps = values.shape[1]
    if dated:
        return _dated(frame, dated, values, label)
    if spans is None and {START, END} <= set(frame):
        spans = read_spans(frame, START, END, label)
    if spans is None:
        year = date(2001, 1, 1)
        spans = [(year, year + timedelta(COMMON_YEAR_DAYS - COMMON_YEAR_DAYS // steps))] * len(frame)
    ends = np.array([[start.toordinal(), end.toordinal()] for start, end in spans], np.float64).reshape(-1, 2)
    return np.rint(ends[:, :1] + (ends[:, 1:] - ends[:, :1]) * np.linspace(0, 1, steps)).astype(np.int64)


def _dated(frame: pd.DataFrame, dated: Sequence[str], values: Floats, label: str) -> Days:
    """The days in the columns `dated`; raise for cells that hold no date, and values without one."""
    days = np.zeros((len(frame), len(dated)), np.int64)
    columns = read_columns(frame, dated, f"Column '{dated[0]}' or another date of '{label}'")
    for step, (column, dates) in enumerate(zip(dated, columns, strict=True)):
        wrong = is_filled(frame[column]) & np.array([when is None for when in dates])
        if wrong.any():
            raise RegionwiseError(
                f"Column '{column}' of '{label}' holds no date in {rows_text(wrong)} "
                f"(the first is {frame[column][wrong].iloc[0]!r}).",
                "Write dates as 2013-09-14.",
            )
        days[:, step] = [when.toordinal() if when else NO_DAY for when in dates]
    known = days != NO_DAY
    undated = (np.isfinite(values).any(2) & ~known).any(1)
    if undated.any():
        raise RegionwiseError(
            f"'{label}' has values without a date in {rows_text(undated)}.", "Fill the dates in, or empty the values."
        )
    if (known[:, 1:] & ~known[:, :-1]).any() or (np.diff(days, axis=1)[known[:, 1:]] <= 0).any():
        raise RegionwiseError(f"The dates of a row of '{label}' are out of order.", "Sort the steps by date.")
    few = known.sum(1) < FEWEST_DATES
    if few.any():
        raise RegionwiseError(
            f"'{label}' has fewer than {FEWEST_DATES} dates in {rows_text(few)}.", "Leave these rows out."
        )
    return days
