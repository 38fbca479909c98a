"""Forecast dataset: pairs of a window and a year to forecast, with what was known before and observed then."""

from __future__ import annotations

import functools
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...data.patches.extraction import check_range
from ...data.patches.patches import INDEX, PIXELS, Patches, open_patches
from ...data.raster.stack import Stack
from ...data.raster.tiles import Tile, plan
from ...runtime.checkpoints import Arrays, Checkpoints
from ...runtime.files import check_space, fingerprint
from ...runtime.types import Array, Floats, Index
from .lag_features import halo_of_lags, lag_names, lagged
from .yearly_stack import Covariates, Frames

ROWS = 300_000  # cells by year that teach trees and regressions
FEWEST_CELLS = 8  # of a window in a year
SCORED = 100_000  # cells of a year that are scored
HALF_LIFE = 8.0  # years after which a year counts half
SMALLEST = 1e-9
CONSTANT, HUGE = 1e-6, 1e30  # part of its mean that a feature varies less than if it is always the same; then no scale


def recency(year: Index, half_life: float = HALF_LIFE) -> Array:
    """The weights of years: half as much every `half_life` years."""
    weights: Array = 0.5 ** ((year.max() - year) / half_life)
    return weights


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
class PairCells:
    """All cells of a pair's window.

    Parameters
    ----------
    base : array, shape (cell,)
    features : array, shape (feature, cell)
        See `ForecastDataset.names`.
    observed : array, shape (lead, cell)
        Relative to the base; NaN is not known.
    """

    base: Floats
    features: Floats
    observed: Floats


@dataclass(frozen=True)
class TrainingRows:
    """Cells of pairs that teach.

    Parameters
    ----------
    features : array, shape (feature, row)
    target : array, shape (lead, row)
        Relative to the base; NaN is not known.
    year : array of int, shape (row,)
        Number of the first year to forecast.
    """

    features: Floats
    target: Array
    year: Index


@dataclass(frozen=True)
class ValueStatistics:
    """Mean and deviation of the years that are known, and the deviation of their changes."""

    mean: float
    deviation: float
    change: float


@dataclass(frozen=True)
class ForecastDataset:
    """All that models of a run learn from; pair number = window number * years + number of the year to forecast.

    Parameters
    ----------
    window, horizon : int
        Years that are seen, and forecast.
    levels : tuple of float
        Of the quantiles that are forecast besides the mean.
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
        cores = self.patches.cropped(0)
        numbers = np.arange(len(cores.sample))
        values = [cores.pixels(numbers[i : i + 1])[0, cores.values.shape[1] - count :] for i in numbers]
        flat = np.stack([value.reshape(count, cores.core**2)[:, self.scored] for value in values], 1)
        return flat.reshape(count, len(numbers) * len(self.scored)).astype(np.float64)

    def describe(self, pair: int) -> PairCells:
        """The cells of a pair's window."""
        number, year = divmod(pair, self.years)
        halo, core = halo_of_lags(), self.patches.core
        block = self.patches.cropped(halo).pixels(np.array([number]))[0]
        lags = lagged(self.frames.of(block, year - self.window, year))
        inner = block[:, halo : halo + core, halo : halo + core]
        observed = self.frames.of(inner, year, year + self.horizon)
        features = np.concatenate([lags.table, self.covariates.table(inner, year, self.window, self.horizon)])
        base = lags.base.reshape(-1)
        return PairCells(base, features.reshape(len(features), -1), observed.reshape(self.horizon, -1) - base)

    @functools.cached_property
    def rows(self) -> Floats:
        """Features, then observations at each lead, of some cells of each pair: shape (window, year, cell, column).

        Years before `window` and cells without a base are NaN.
        """
        count = len(self.patches.sample)
        pairs = count * max(self.years - self.window, 1)
        cells = int(np.clip(ROWS // max(pairs, 1), FEWEST_CELLS, self.patches.core**2))
        name = f"rows-{fingerprint(self.window, self.horizon, cells, self.seed)}"
        return self.patches.kept(name, lambda: self._rows(count, cells))

    def _rows(self, count: int, cells: int) -> Floats:
        width = len(self.names) + self.horizon
        rows = np.full((count, self.years, cells, width), np.nan, np.float32)
        for number in range(count):
            for year in range(self.window, self.years):
                pair = self.describe(number * self.years + year)
                known = np.flatnonzero(np.isfinite(pair.base))  # whatever was observed: drawing must not tell of it
                rng = np.random.default_rng((self.seed, number, year))
                drawn = np.sort(rng.permutation(known)[:cells])
                rows[number, year, : len(drawn)] = np.concatenate([pair.features[:, drawn], pair.observed[:, drawn]]).T
        return rows

    def training_rows(self, pairs: Index, until: int) -> TrainingRows:
        """The cells of pairs that teach; what was observed after year number `until` is NaN, whatever the pairs are."""
        number, year = np.divmod(pairs, self.years)
        rows = self.rows[number, year]
        of_row = np.repeat(year, rows.shape[1])
        flat = rows.reshape(-1, rows.shape[-1])
        target = flat[:, -self.horizon :].T.astype(np.float64)
        target[of_row[None] + np.arange(self.horizon)[:, None] > until] = np.nan
        known = np.isfinite(target).any(0)
        features = np.ascontiguousarray(flat[known, : -self.horizon].T)
        return TrainingRows(features, target[:, known], of_row[known])

    def seen(self, block: Floats, year: int) -> tuple[Floats, Floats]:
        """Years before number `year` in a block, (year, row, col), and features of covariates, (feature, row, col)."""
        history = self.frames.of(block, year - self.window, year)
        return history, self.covariates.table(block, year, self.window, self.horizon)

    def with_image(self, pairs: Index, until: int) -> Index:
        """The pairs of years that have an image, up to number `until`."""
        years = (pairs % self.years).tolist()
        return pairs[[bool(self.frames.bands(year, min(year, until) + 1)) for year in years]]

    def statistics(self, pairs: Index, until: int) -> ValueStatistics:
        """The statistics of the values in the windows of pairs up to year number `until`."""
        total, squares, count, changes, steps_known = 0.0, 0.0, 0, 0.0, 0
        cores = self.patches.cropped(0)
        for number in np.unique(pairs // self.years):
            images = self.frames.of(cores.pixels(np.array([number]))[0], 0, until + 1)
            known = images[np.isfinite(images)].astype(np.float64)
            steps = np.diff(images.astype(np.float64), axis=0)
            steps = steps[np.isfinite(steps)]
            total, squares, count = total + known.sum(), squares + (known**2).sum(), count + known.size
            changes, steps_known = changes + (steps**2).sum(), steps_known + steps.size
        mean = total / max(count, 1)
        deviation = np.sqrt(max(squares / max(count, 1) - mean**2, SMALLEST))
        return ValueStatistics(mean, deviation, np.sqrt(max(changes / max(steps_known, 1), SMALLEST)))

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in self.__dict__.items() if name not in ("rows", "scored")}


@dataclass(frozen=True)
class WindowSpec:
    """How a raster is cut into windows.

    Parameters
    ----------
    side, halo : int
        Cells of a window without its halo, and around it.
    most : int
        If there are more windows, so many are drawn at random, by `seed`.
    half : bool
        Whether they are kept in 16 bits.
    """

    side: int
    halo: int
    most: int
    seed: int
    half: bool = False


def cut_windows(stack: Stack, spec: WindowSpec, folder: Path) -> tuple[Patches, list[Tile]]:
    """Windows of all bands that cover the raster, those with data of the series, and where they are.

    They are kept in `folder`.
    """
    kept = Checkpoints(folder).load(INDEX)
    if kept is not None:
        places = [Tile(*map(int, row)) for row in kept[0]["places"]]
        return open_patches(folder, spec.halo), places
    side, halo = spec.side, spec.halo
    tiles = [Tile(tile.row, tile.col, side, side) for tile in plan(stack.grid.area, side)]
    order = np.random.default_rng(spec.seed).permutation(len(tiles))
    kind = np.dtype(np.float16 if spec.half else np.float32)
    shape = (min(spec.most, len(tiles)), len(stack.bands), side + 2 * halo, side + 2 * halo)
    check_space([(folder, int(np.prod(shape)) * kind.itemsize)])
    folder.mkdir(parents=True, exist_ok=True)
    values = np.lib.format.open_memmap(folder / PIXELS, "w+", kind, shape)
    places = []
    for number in order:
        block = stack.read(tiles[number].padded(halo))
        core = block[stack.groups[0], halo : halo + side, halo : halo + side]
        if np.isfinite(core).any():
            with np.errstate(over="ignore"):
                values[len(places)] = block
            if spec.half:
                check_range(block, values[len(places)], stack.names)
            places.append(tiles[number])
        if len(places) == len(values):
            break
    values.flush()
    numbers = np.arange(len(places))
    weights = np.ones((len(places), side, side), np.float32)
    index: Arrays = {"row": numbers, "sample": numbers, "kept": numbers, "weights": weights}
    rows = np.array([[t.row, t.col, t.height, t.width] for t in places])
    Checkpoints(folder).save(INDEX, {**index, "places": rows}, {"core": side})
    return open_patches(folder, halo), places
