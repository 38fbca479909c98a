"""Pixels of the samples' footprints: dated values, with the windows around them that a network sees."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ..runtime.files import fingerprint
from ..runtime.types import Array, Floats, Index

if TYPE_CHECKING:
    from ..data.patches.patches import Patches
    from ..features.series_features import Course, Days
    from .contracts import TrainingData


MOST_PIXELS = 64  # of a footprint; more would add cost, not information: its label is one number
MOST_WINDOWS = 2  # of a footprint, where a network sees a pixel with its neighbours
ROWS = 256  # windows that are resampled to a calendar at a time


@dataclass(frozen=True)
class Shape:
    """The layout of a pixel's numbers: those of each step one after the other, then the ancillary ones.

    Parameters
    ----------
    side : int
        Of the window around a pixel that a network sees, odd; with 1 there are no axes of rows and columns.
    course : Course, optional
        Resamples series to an even calendar before a network sees them.
    """

    bands: int
    ancillary: int
    side: int = 1
    course: Course | None = None

    def split(self, pixels: Floats) -> tuple[Floats, Floats]:
        """Series (pixel, step, ..., band) and ancillary numbers (pixel, ancillary) of the middle."""
        end, middle = pixels.shape[1] - self.ancillary, pixels.shape[-1] // 2
        series = pixels[:, :end].reshape(len(pixels), -1, self.bands, *pixels.shape[2:])
        ancillary = pixels[:, end:, middle, middle] if pixels.ndim > 2 else pixels[:, end:]
        return np.moveaxis(series, 2, -1), ancillary

    def dated(self, series: Floats, days: Days) -> tuple[Floats, Days]:
        """Series and their days (step,) or (pixel, step) as a network sees them: at the calendar, if there is one."""
        if self.course is None:
            return series, days
        flat = np.moveaxis(series, 1, -2)  # (pixel, ..., step, band)
        window = int(np.prod(flat.shape[1:-2]))
        table = np.ascontiguousarray(flat).reshape(len(series) * window, -1)
        table_days = np.repeat(days, window, 0) if days.ndim == 2 else days
        resampled = self.course.of(table, table_days).reshape(*flat.shape[:-2], -1, self.bands)
        calendar = np.array(self.course.calendar) + self.course.phase
        return np.moveaxis(resampled, -2, 1), calendar if days.ndim == 1 else np.repeat(calendar[None], len(days), 0)


@dataclass(frozen=True)
class FootprintPixels:
    """The pixels of all footprints that train, validate or test, by sample.

    Parameters
    ----------
    series, ancillary, days : array
        Of the pixels themselves, as a network sees them (see `Shape`).
    raw_days : array of int, shape (pixel, step)
        Of the patches.
    weight, owner : array, shape (pixel,)
        Weight in the footprint, and number of the sample.
    position : array, shape (pixel, 3)
        Piece, row and column in the core of the patches.
    windows : array, shape (pixel, step, row, col, band), optional
        The window around each pixel, where it is at other days than the patches.
    """

    shape: Shape
    patches: Patches
    series: Floats
    ancillary: Floats
    days: Days
    raw_days: Days
    weight: Array
    owner: Index
    position: Index
    windows: Floats | None = None

    @classmethod
    def of(cls, training_data: TrainingData, shape: Shape) -> FootprintPixels:
        """At most `MOST_PIXELS` pixels of a footprint, or `MOST_WINDOWS` where a network sees neighbours."""
        if training_data.days is None:
            raise ValueError("the bands are not dated")
        patches, rng = training_data.patches.cropped(shape.side // 2), np.random.default_rng(0)
        centre, most = patches.cropped(0), MOST_PIXELS if shape.side == 1 else MOST_WINDOWS
        first = np.searchsorted(patches.sample, np.arange(len(training_data.samples) + 1))
        values, weights, positions = [], [], []
        for sample in range(len(training_data.samples)):
            pieces = np.arange(first[sample], first[sample + 1])
            weight = patches.weights[pieces].astype(np.float64)
            kept = np.argwhere(weight > 0)
            if len(kept) > most:
                kept = kept[_drawn(weight[tuple(kept.T)], most, rng)]
            piece, row, col = kept.T
            values.append(np.moveaxis(centre.pixels(pieces), 1, -1)[piece, row, col])
            weights.append(weight[piece, row, col])
            positions.append(np.stack([pieces[piece], row, col], 1))
        owner = np.repeat(np.arange(len(positions)), [len(of_sample) for of_sample in positions])
        series, ancillary = shape.split(np.concatenate(values))
        raw_days = training_data.days[owner]
        series, days = shape.dated(series, raw_days)
        weight, position = np.concatenate(weights), np.concatenate(positions)
        pixels = cls(shape, patches, series, ancillary, days, raw_days, weight, owner, position)
        if shape.side == 1 or shape.course is None:
            return pixels
        name = f"windows-{shape.side}-{fingerprint(shape.course.description())}"
        return replace(pixels, windows=patches.kept(name, pixels.dated_windows))

    def inputs(self, rows: Index) -> tuple[Floats, Floats, Days]:
        """Series with their windows, ancillary numbers and days of the pixels `rows`."""
        ancillary, days = self.ancillary[rows], self.days[rows]
        if self.shape.side == 1:
            return self.series[rows], ancillary, days
        windows = self._cut(rows) if self.windows is None else self.windows[rows]
        return windows, ancillary, days

    def dated_windows(self) -> Floats:
        """The windows of all pixels as a network sees them."""
        count = len(self.position)
        chunks = [np.arange(start, min(start + ROWS, count)) for start in range(0, count, ROWS)]
        return np.concatenate([self.shape.dated(self._cut(rows), self.raw_days[rows])[0] for rows in chunks])

    def _cut(self, rows: Index) -> Floats:
        """The windows of the pixels `rows` at the days of the patches."""
        pieces, inverse = np.unique(self.position[rows, 0], return_inverse=True)
        blocks, side = self.patches.pixels(pieces), self.shape.side
        windows = [
            blocks[number, :, row : row + side, col : col + side]
            for number, (_, row, col) in zip(inverse.ravel(), self.position[rows], strict=True)
        ]
        return self.shape.split(np.stack(windows))[0]


def _drawn(weight: Array, most: int, rng: np.random.Generator) -> Index:
    """The numbers of `most` pixels: slivers seldom stand for a footprint of few pixels."""
    chance = None if (weight == weight[0]).all() else weight / weight.sum()
    return np.sort(rng.choice(len(weight), most, replace=False, p=chance))
