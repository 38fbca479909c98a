"""Lessons: pairs of a window and a year to forecast, what was known before that year, and what came."""

from __future__ import annotations

import functools
import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data.patches.patches import Patches
from ...runtime.checkpoints import Checkpoints
from ...runtime.files import fingerprint
from ...runtime.types import Floats
from .covariates import Covariates
from .lag_features import halo_of_lags, lag_names, lagged
from .yearly_stack import Frames

Array = NDArray[np.float64]
Index = NDArray[np.int64]

ROWS = 300_000  # cells by year that teach trees and regressions
FEWEST_CELLS = 8  # of a window in a year
SCORED = 100_000  # cells of a year that are scored
HALF_LIFE = 8.0  # years after which a year counts half
CONSTANT, HUGE = 1e-6, 1e30  # part of its mean that a feature varies less than if it is always the same; then no scale
NORMAL = 1.2533  # deviation of a normal distribution whose mean absolute deviation is 1


def recency(year: Index, half_life: float = HALF_LIFE) -> Array:
    """How much lessons of each year count: half as much every `half_life` years."""
    found: Array = 0.5 ** ((year.max() - year) / half_life)
    return found


def scale_of(table: Floats) -> tuple[Array, Array]:
    """Mean and deviation of each row of features, shape (feature, row); NaN is missing.

    Where a feature never varies its deviation is huge, so that it stays at its mean wherever it differs later.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of features that are never known
        centre = np.nan_to_num(np.nanmean(table, 1, np.float64))
        deviation: Array = np.nan_to_num(np.array(np.nanstd(table, 1, np.float64)))
    varied = deviation > CONSTANT * np.maximum(np.abs(centre), CONSTANT)
    return centre, np.where(varied, deviation, HUGE)


@dataclass(frozen=True)
class ForecastDataset:
    """All that models of a run learn from; pair number = window number * years + number of the year to forecast.

    Parameters
    ----------
    window, horizon : int
        Years that are seen, and forecast.
    levels : tuple of float
        Of the quantiles that are forecast beside the mean.
    seed : int
        Draws the cells that teach.
    """

    patches: Patches
    frames: Frames
    covariates: Covariates
    window: int
    horizon: int
    levels: tuple[float, ...]
    device: str
    checkpoints: Checkpoints
    seed: int

    @property
    def years(self) -> int:
        """Number of years, also missing ones."""
        return len(self.frames.positions)

    def pairs(self, windows: Index, first: int, last: int) -> Index:
        """The pairs of `windows` whose first year to forecast has a number from `first` to `last`."""
        return (windows[:, None] * self.years + np.arange(first, last + 1)).ravel()

    def until(self, test: Index) -> int:
        """The number of the last year that is known where `test` pairs are forecast; the last without any."""
        return int((test % self.years).min()) - 1 if len(test) else self.years - 1

    @functools.cached_property
    def scored(self) -> Index:
        """The cells of a window, by number in reading order, that are scored."""
        cells = self.patches.core**2
        count = min(cells, max(SCORED // max(len(self.patches.sample), 1), 1))
        return np.sort(np.random.default_rng(self.seed).permutation(cells)[:count])

    @property
    def names(self) -> list[str]:
        """The features of a cell, in order."""
        return lag_names(self.window) + self.covariates.features(self.horizon)

    def masks(self, count: int) -> Array:
        """The numbers of the last `count` bands at the scored cells, shape (mask, window * cell)."""
        own = self.patches.cropped(0)
        numbers = np.arange(len(own.sample))
        values = [own.pixels(numbers[i : i + 1])[0, own.values.shape[1] - count :] for i in numbers]
        flat = np.stack([value.reshape(count, own.core**2)[:, self.scored] for value in values], 1)
        return flat.reshape(count, len(numbers) * len(self.scored)).astype(np.float64)

    def describe(self, pair: int) -> tuple[Floats, Floats, Floats]:
        """Of all cells of a pair's window the base (cell,), features (feature, cell) and what came (lead, cell).

        What came is told against the base, and NaN where it is not known.
        """
        number, year = divmod(pair, self.years)
        halo, core = halo_of_lags(), self.patches.core
        block = self.patches.cropped(halo).pixels(np.array([number]))[0]
        found = lagged(self.frames.of(block, year - self.window, year))
        inner = block[:, halo : halo + core, halo : halo + core]
        came = self.frames.of(inner, year, year + self.horizon)
        table = np.concatenate([found.table, self.covariates.table(inner, year, self.window, self.horizon)])
        base = found.base.reshape(-1)
        return base, table.reshape(len(table), -1), came.reshape(self.horizon, -1) - base

    @functools.cached_property
    def rows(self) -> Floats:
        """Features, then what came at each lead, of some cells of each pair: shape (window, year, cell, column).

        Years before `window` and cells without a base are NaN.
        """
        count = len(self.patches.sample)
        pairs = count * max(self.years - self.window, 1)
        cells = int(np.clip(ROWS // max(pairs, 1), FEWEST_CELLS, self.patches.core**2))
        name = f"rows-{fingerprint(self.window, self.horizon, cells, self.seed)}"
        return self.patches.kept(name, lambda: self._rows(count, cells))

    def _rows(self, count: int, cells: int) -> Floats:
        width = len(self.names) + self.horizon
        out = np.full((count, self.years, cells, width), np.nan, np.float32)
        for number in range(count):
            for year in range(self.window, self.years):
                base, table, came = self.describe(number * self.years + year)
                known = np.flatnonzero(np.isfinite(base))  # whatever came: what is drawn must not tell of it
                rng = np.random.default_rng((self.seed, number, year))
                chosen = np.sort(rng.permutation(known)[:cells])
                out[number, year, : len(chosen)] = np.concatenate([table[:, chosen], came[:, chosen]]).T
        return out

    def taught(self, pairs: Index, until: int) -> tuple[Floats, Array, Index]:
        """Features (feature, row), what came (lead, row) and the number of the year (row,) of pairs' cells.

        What came after year number `until` is NaN, whatever the pairs are: nobody knew it.
        """
        number, year = np.divmod(pairs, self.years)
        rows = self.rows[number, year]
        own = np.repeat(year, rows.shape[1])
        flat = rows.reshape(-1, rows.shape[-1])
        came = flat[:, -self.horizon :].T.astype(np.float64)
        came[own[None] + np.arange(self.horizon)[:, None] > until] = np.nan
        kept = np.isfinite(came).any(0)
        return np.ascontiguousarray(flat[kept, : -self.horizon].T), came[:, kept], own[kept]

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in self.__dict__.items() if name not in ("rows", "scored")}
