"""Series features: the course of a series, its harmonics and extremes, as features for trees.

A series is first resampled to the model's calendar: linearly between observations, constant before
the first and after the last. So gaps, other dates and other years give the same features.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.series.date_patterns import YEAR_DAYS
from ..runtime.checkpoints import Arrays
from ..runtime.types import Arguments, Floats

Days = NDArray[np.int64]

HARMONICS = 2  # waves per year, whose sines and cosines are fitted
STATISTICS = ("mean", "deviation", "low", "high", "range", "day of the high", "missing")
ROWS = 4096  # pixels at a time
NO_STEP = np.iinfo(np.int64).min  # the day of a step that only pads a series


def resample(values: Floats, days: Days, calendar: Days) -> Floats:
    """Series interpolated at the days of a calendar, shape (pixel, day, band).

    Parameters
    ----------
    values : array, shape (pixel, step, band)
        NaN is missing. A band without any observation stays so.
    days : array of int, shape (step,) or (pixel, step)
        Ascending; steps that pad a series have the day `NO_STEP`.
    calendar : array of int, shape (day,)
    """
    n, steps, bands = values.shape
    if days.shape == calendar.shape and (days == calendar).all() and np.isfinite(values).all():
        return values  # as it nearly always is where nothing is missing
    out = np.empty((n, len(calendar), bands), np.float32)
    when = np.broadcast_to(days, (n, steps))
    same_days = days.ndim == 1 and (days != NO_STEP).all()  # as in a map, where few pixels have gaps
    for start in range(0, n, ROWS):
        part = slice(start, min(start + ROWS, n))
        chunk, resampled = values[part], out[part]
        complete = np.isfinite(chunk).all((1, 2)) if same_days else np.zeros(len(chunk), bool)
        if complete.any():
            resampled[complete] = _resample_complete(chunk[complete], days, calendar)
        if not complete.all():
            resampled[~complete] = _resample_gappy(chunk[~complete], when[part][~complete], calendar)
    return out


def _resample_complete(values: Floats, days: Days, calendar: Days) -> Floats:
    """Series without gaps at the days of a calendar: equal to `_resample_gappy` in every digit, but faster."""
    last = np.maximum(np.searchsorted(days, calendar, "right") - 1, 0)
    first = np.minimum(np.where(days[last] < calendar, last + 1, last), len(days) - 1)
    share = np.clip((calendar - days[last]) / np.maximum(days[first] - days[last], 1), 0, 1).astype(np.float32)
    resampled: Floats = values[:, last] + share[:, None] * (values[:, first] - values[:, last])
    return resampled


def _resample_gappy(values: Floats, days: Days, calendar: Days) -> Floats:
    """Series with gaps at the days of a calendar; `days` of shape (pixel, step)."""
    steps = values.shape[1]
    real = days != NO_STEP
    present = np.isfinite(values) & real[:, :, None]
    number = np.arange(steps)[None, :, None]
    # the last observation at or before each step, and the first at or after it; -1 and `steps` for none
    before = np.maximum.accumulate(np.where(present, number, -1), 1)
    after = np.minimum.accumulate(np.where(present, number, steps)[:, ::-1], 1)[:, ::-1]
    out = np.empty((len(values), len(calendar), values.shape[2]), np.float32)
    for position, day in enumerate(calendar):
        reached = ((days <= day) & real).sum(1)[:, None, None]  # steps up to that day
        last = np.take_along_axis(before, np.maximum(reached - 1, 0), 1)
        last = np.where(reached > 0, last, -1)
        first = np.take_along_axis(after, np.minimum(reached, steps - 1), 1)
        first = np.where(reached < steps, first, steps)
        out[:, position] = _interpolate(values, days, last, first, int(day))[:, 0]
    return out


def _interpolate(values: Floats, days: Days, last: NDArray[np.int64], first: NDArray[np.int64], day: int) -> Floats:
    """The values at `day` between the observations numbered `last` and `first`, shape (pixel, 1, band)."""
    steps = values.shape[1]
    has_last, has_first = last >= 0, first < steps
    low, high = np.where(has_last, last, first), np.where(has_first, first, last)
    none = ~has_last & ~has_first
    low, high = np.where(none, 0, low), np.where(none, 0, high)
    one, other = np.take_along_axis(values, low, 1), np.take_along_axis(values, high, 1)
    table = np.broadcast_to(days[:, :, None], values.shape)
    start, end = np.take_along_axis(table, low, 1), np.take_along_axis(table, high, 1)
    share = np.clip((day - start) / np.maximum(end - start, 1), 0, 1).astype(np.float32)
    values_at_day: Floats = np.where(none, np.nan, one + share * (other - one)).astype(np.float32)
    return values_at_day


def harmonic_matrix(calendar: Days) -> NDArray[np.float64]:
    """The matrix that turns values at a calendar into mean, sines and cosines, shape (number, day)."""
    angle = 2 * np.pi * np.asarray(calendar, np.float64) / YEAR_DAYS
    columns = [np.ones_like(angle)]
    for wave in range(1, HARMONICS + 1):
        if len(calendar) >= 2 * wave + 1:
            columns += [np.sin(wave * angle), np.cos(wave * angle)]
    inverse: NDArray[np.float64] = np.linalg.pinv(np.stack(columns, 1))
    return inverse


class PixelFeatures(ABC):
    """Features of single pixels of series; see `window_features.Features`."""

    halo = 0
    kind = "series"
    days: Days | None

    @abstractmethod
    def names(self) -> list[str]:
        """The names of the features, in order."""

    @abstractmethod
    def table(self, pixels: Floats, days: Days | None) -> Floats:
        """The features of pixels (pixel, step * band + ancillary), shape (pixel, feature)."""

    def arrays(self) -> Arrays:
        """The tensors that a member keeps of them: none."""
        return {}

    @property
    def live(self) -> int:
        """Numbers per pixel that exist while features are computed."""
        return 3 * len(self.names())

    def __call__(self, values: Floats, halo: int = 0, days: Days | None = None) -> Floats:
        """The features of all inner pixels, shape (n, feature, row, col); see `window_features.Features`."""
        inner = values[..., halo : values.shape[-2] - halo, halo : values.shape[-1] - halo]
        n, count, rows, cols = inner.shape
        pixels = np.moveaxis(inner, 1, -1).reshape(-1, count)
        when = self.days if days is None else np.repeat(days, rows * cols, 0)
        table = self.table(pixels, when)
        return np.ascontiguousarray(np.moveaxis(table.reshape(n, rows, cols, -1), -1, 1))


@dataclass(frozen=True)
class Course(PixelFeatures):
    """The values of a pixel's series at the days of a calendar.

    Parameters
    ----------
    bands : tuple of str
        Of the series.
    ancillary : int
        Number of values that follow those of the series; they take no part.
    calendar : tuple of int
        Days, ascending; 1 is day `phase` + 1 of the year.
    phase : int
        Time of the year at which series start, in days.
    days : array of int, shape (step,), optional
        Of the series in the blocks, counted from any one day; without them they are given with each block.
    """

    bands: tuple[str, ...]
    ancillary: int
    calendar: tuple[int, ...]
    phase: int
    days: Days | None = None

    def description(self) -> Arguments:
        """Arguments that build the course again."""
        return {
            "bands": list(self.bands),
            "ancillary": self.ancillary,
            "calendar": list(self.calendar),
            "phase": self.phase,
        }

    def names(self) -> list[str]:
        """The names of its values, in order."""
        return [f"{band} day {day}" for day in self.calendar for band in self.bands]

    def table(self, pixels: Floats, days: Days | None) -> Floats:
        """The course of pixels (pixel, step * band + ancillary), shape (pixel, day * band)."""
        return self.of(pixels, days).reshape(len(pixels), -1)

    def of(self, pixels: Floats, days: Days | None) -> Floats:
        """The course of pixels (pixel, step * band + ancillary), shape (pixel, day, band)."""
        if days is None:
            raise ValueError("the days of the series are not known")
        return resample(self.series(pixels), since_phase(days, self.phase), np.array(self.calendar))

    def series(self, pixels: Floats) -> Floats:
        """The series of pixels as they are, shape (pixel, step, band)."""
        return pixels[:, : pixels.shape[1] - self.ancillary].reshape(len(pixels), -1, len(self.bands))


@dataclass(frozen=True)
class SeriesFeatures(PixelFeatures):
    """Features for trees from a pixel's series and its ancillary values; see `Course` for the fields."""

    bands: tuple[str, ...]
    ancillary: tuple[str, ...]
    calendar: tuple[int, ...]
    phase: int
    days: Days | None = None

    halo = 0

    def course(self) -> Course:
        """The course of the same series."""
        return Course(self.bands, len(self.ancillary), self.calendar, self.phase, self.days)

    def description(self) -> Arguments:
        """Arguments that build the features again."""
        return {
            "bands": list(self.bands),
            "ancillary": list(self.ancillary),
            "calendar": list(self.calendar),
            "phase": self.phase,
        }

    def names(self) -> list[str]:
        """The names of the features, in order."""
        waves = (len(harmonic_matrix(self._days())) - 1) // 2
        names = self.course().names()
        names += [f"{band} change to day {day}" for day in self.calendar[1:] for band in self.bands]
        for wave in range(1, waves + 1):
            names += [f"{band} {part} {wave}" for part in ("sine", "cosine") for band in self.bands]
        names += [f"{band} {name}" for name in STATISTICS for band in self.bands]
        return [*names, *self.ancillary]

    def table(self, pixels: Floats, days: Days | None) -> Floats:
        """The features of pixels (pixel, step * band + ancillary), shape (pixel, feature)."""
        course = self.course()
        values, n = course.of(pixels, days), len(pixels)
        waves = np.einsum("kd,ndb->nkb", harmonic_matrix(self._days())[1:].astype(np.float32), values)
        parts = [values.reshape(n, -1), np.diff(values, axis=1).reshape(n, -1), waves.reshape(n, -1)]
        parts += self._statistics(values, course.series(pixels), days)
        return np.concatenate([*parts, pixels[:, pixels.shape[1] - len(self.ancillary) :]], 1).astype(np.float32)

    def _days(self) -> Days:
        """The days of the calendar as days of the year."""
        return np.array(self.calendar) + self.phase

    def _statistics(self, course: Floats, series: Floats, days: Days | None) -> list[Floats]:
        """`STATISTICS`, each of shape (pixel, band)."""
        low, high = course.min(1), course.max(1)
        top = np.array(self.calendar, np.float32)[np.argmax(course, 1)]
        top = np.where(np.isfinite(high), top, np.nan)
        real = np.broadcast_to(np.asarray(days) > 0, series.shape[:2])  # the others only pad
        missing = 1 - np.isfinite(series).sum(1) / np.maximum(real.sum(1), 1)[:, None]
        return [course.mean(1), course.std(1), low, high, high - low, top, missing]


def calendar_of(days: Days) -> tuple[tuple[int, ...], int]:
    """The calendar that stands for series, and its phase (see `SeriesFeatures`).

    Its days are the median ones of the series with the most frequent number of steps. The phase is the time of the
    year at which series start, taken around the circle.

    Parameters
    ----------
    days : array of int, shape (series, step)
        Days since 1 January of year 1, which is day 1; 0 pads.
    """
    angle = 2 * np.pi * (days[:, 0] - 1) / YEAR_DAYS
    mean = np.arctan2(np.sin(angle).mean(), np.cos(angle).mean()) % (2 * np.pi)
    phase = round(float(mean / (2 * np.pi) * YEAR_DAYS))
    counts = (days > 0).sum(1)
    steps = int(np.bincount(counts).argmax())
    median = np.median(since_phase(days[counts == steps][:, :steps], phase), 0).round().astype(int)
    calendar = np.maximum.accumulate(np.maximum(median, median[0] + np.arange(steps)))
    return tuple(int(day) for day in calendar), phase


def since_phase(days: Days, phase: int) -> Days:
    """Days as a calendar counts them: 1 is the `phase` nearest to the first step; `NO_STEP` pads.

    So a series that lacks its first dates is where it belongs in the year.
    """
    first = days[..., :1]
    late = (first - 1 - phase + YEAR_DAYS / 2) % YEAR_DAYS - YEAR_DAYS / 2
    start = np.rint(first - late).astype(np.int64)
    counted: Days = np.where(days > 0, days - start + 1, NO_STEP)
    return counted


def read_series_features(description: Mapping[str, Any], days: Days | None = None) -> SeriesFeatures:
    """The features that a model's card describes, of a series whose steps are at `days`."""
    dated, ancillary, calendar = (tuple(description[key]) for key in ("bands", "ancillary", "calendar"))
    return SeriesFeatures(dated, ancillary, calendar, description["phase"], days)
