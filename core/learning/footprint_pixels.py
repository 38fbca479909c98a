"""Pixels of the samples' footprints: dated values, with the windows around them that a network sees."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ..data.patches.footprint_cells import MOST_CELLS, footprint_cells
from ..runtime.files import fingerprint
from ..runtime.types import Array, Floats, Index

if TYPE_CHECKING:
    from ..data.patches.patches import Patches
    from ..features.series_features import Course, Days
    from .contracts import TrainingData


MOST_WINDOWS = 2  # of a footprint that train, where a network sees a pixel with its neighbours
TESTED_WINDOWS = 16  # that answer where it is tested: two would tell less of it than a map does
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
        """At most `MOST_CELLS` pixels of a footprint, or `MOST_WINDOWS` where a network sees neighbours."""
        pixels = cls._drawn(training_data, shape, MOST_CELLS if shape.side == 1 else MOST_WINDOWS)
        if shape.side == 1 or shape.course is None:
            return pixels
        name = f"windows-{shape.side}-{fingerprint(shape.course.description())}"
        return replace(pixels, windows=pixels.patches.kept(name, pixels.dated_windows))

    def tested(self, training_data: TrainingData) -> FootprintPixels:
        """The pixels that answer where samples are tested: these, or more where they are few of a footprint."""
        if self.shape.side == 1 or np.bincount(self.owner).max() < MOST_WINDOWS:
            return self
        return self._drawn(training_data, self.shape, TESTED_WINDOWS)

    @classmethod
    def _drawn(cls, training_data: TrainingData, shape: Shape, most: int) -> FootprintPixels:
        """At most `most` pixels of a footprint."""
        if training_data.days is None:
            raise ValueError("the bands are not dated")
        patches = training_data.patches.cropped(shape.side // 2)
        cells = footprint_cells(patches, len(training_data.samples), most)
        owner = cells.owner
        series, ancillary = shape.split(_values(patches.cropped(0), cells.position))
        raw_days = training_data.days[owner]
        series, days = shape.dated(series, raw_days)
        return cls(shape, patches, series, ancillary, days, raw_days, cells.weight, owner, cells.position)

    def inputs(self, rows: Index) -> tuple[Floats, Floats, Days]:
        """Series with their windows, ancillary numbers and days of the pixels `rows`."""
        ancillary, days = self.ancillary[rows], self.days[rows]
        if self.shape.side == 1:
            return self.series[rows], ancillary, days
        return self._dated(rows) if self.windows is None else self.windows[rows], ancillary, days

    def dated_windows(self) -> Floats:
        """The windows of all pixels as a network sees them."""
        count = len(self.position)
        chunks = [np.arange(start, min(start + ROWS, count)) for start in range(0, count, ROWS)]
        return np.concatenate([self._dated(rows) for rows in chunks])

    def _dated(self, rows: Index) -> Floats:
        """The windows of the pixels `rows` as a network sees them."""
        pieces, inverse = np.unique(self.position[rows, 0], return_inverse=True)
        blocks, side = self.patches.pixels(pieces), self.shape.side
        windows = [
            blocks[number, :, row : row + side, col : col + side]
            for number, (_, row, col) in zip(inverse.ravel(), self.position[rows], strict=True)
        ]
        return self.shape.dated(self.shape.split(np.stack(windows))[0], self.raw_days[rows])[0]


def _values(centre: Patches, position: Index) -> Floats:
    """The values of pixels at `position` of patches without a halo, shape (pixel, band)."""
    chunks = []
    for start in range(0, len(position), ROWS):
        piece, row, col = position[start : start + ROWS].T
        pieces, number = np.unique(piece, return_inverse=True)
        chunks.append(np.moveaxis(centre.pixels(pieces), 1, -1)[number.ravel(), row, col])
    return np.concatenate(chunks)
