"""Frames: a yearly series as one image per year, missing years in their place, and windows of it for training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ...contract.errors import Problems, RegionwiseError
from ...contract.params import Layer
from ...data.patches.extraction import check_range
from ...data.patches.patches import INDEX, PIXELS, Patches, open_patches
from ...data.raster.stack import MASK, Stack
from ...data.raster.tiles import Tile, plan
from ...data.series.image_series import Series
from ...runtime.checkpoints import Arrays, Checkpoints
from ...runtime.files import check_space
from ...runtime.types import Floats

RANGES = {  # what numbers of an index can be, so that others tell of another unit
    "NDVI": (-1.0, 1.0), "EVI": (-1.0, 1.5), "FVC": (-0.1, 1.1), "RSEI": (-0.1, 1.1), "SAVI": (-1.5, 1.5),
    "OSAVI": (-1.5, 1.5), "GNDVI": (-1.0, 1.0), "RVI": (0.0, 60.0),
}  # fmt: skip
OUTSIDE_SHARE = 0.01  # of the values, that may lie outside of the range
ZERO_SHARE = 1e-4  # of the values, from which on it must be said what 0 means
LOOKED_AT = 64  # windows of a raster in which values are looked at
TILE = 256


@dataclass(frozen=True)
class Frames:
    """Which band of a raster is the image of which year.

    Parameters
    ----------
    first : int
        The first year.
    positions : tuple of int
        Band of each year from the first one on, counted from 0; -1 where the year is missing.
    """

    name: str
    unit: str
    first: int
    positions: tuple[int, ...]

    @property
    def years(self) -> list[int]:
        """All years, also the missing ones."""
        return list(range(self.first, self.first + len(self.positions)))

    @property
    def missing(self) -> list[int]:
        """The years without an image."""
        return [year for year, position in zip(self.years, self.positions, strict=True) if position < 0]

    def bands(self, start: int, stop: int) -> list[int]:
        """The bands of years number `start` to `stop` - 1, of those that are there."""
        return [position for position in self.positions[max(start, 0) : max(stop, 0)] if position >= 0]

    def among(self, bands: Sequence[int]) -> Frames:
        """The same of a block that holds `bands` only; years whose band it lacks are missing."""
        return replace(self, positions=tuple(bands.index(own) if own in bands else -1 for own in self.positions))

    def of(self, block: Floats, start: int, stop: int) -> Floats:
        """The images of years number `start` to `stop` - 1, shape (..., year, row, col), NaN where missing.

        Parameters
        ----------
        block : array, shape (..., band, row, col)
            Raw values. Years before the first and after the last one are missing, too.
        """
        count = len(self.positions)
        wanted = np.array([self.positions[i] if 0 <= i < count else -1 for i in range(start, stop)], np.int64)
        found: Floats = block[..., np.maximum(wanted, 0), :, :].astype(np.float32)
        found[..., wanted < 0, :, :] = np.nan
        return found


def yearly(series: Series, last_year: int = 0, label: str = "Last year") -> Frames:
    """The frames of a series of one band, up to `last_year`, if that is given.

    Raises
    ------
    RegionwiseError
        If it has several bands, or several dates in a year.
    """
    if len(series.bands) > 1:
        raise RegionwiseError(
            f"Series '{series.path}' has the bands {', '.join(series.names)}; a forecast takes one index.",
            "Make a series of that index alone (Make series, Bands).",
        )
    by_year: dict[int, list[int]] = {}
    for step, when in enumerate(series.dates):
        if not last_year or when.year <= last_year:
            by_year.setdefault(when.year, []).append(step)
    double = {year: steps for year, steps in by_year.items() if len(steps) > 1}
    if double:
        year, steps = next(iter(double.items()))
        dates = ", ".join(series.dates[step].isoformat() for step in steps)
        raise RegionwiseError(
            f"Series '{series.path}' has {len(double)} years with several dates; the first is {year} ({dates}).",
            "Make a series with one image per year.",
        )
    if not by_year:
        raise RegionwiseError(
            f"Series '{series.path}' begins in {series.dates[0].year}, after {label} ({last_year}).",
            f"Choose a later {label}.",
        )
    first, last = min(by_year), max(by_year)
    positions = tuple(
        series.position(by_year[year][0], 0) if year in by_year else -1 for year in range(first, last + 1)
    )
    band = series.bands[0]
    return Frames(band.name, band.unit, first, positions)


def check_values(
    stack: Stack,
    frames: Frames,
    zeros: str,
    label: str,
    remedy: str = "Choose in Zeros whether 0 is data or nodata; the model keeps the answer.",
) -> None:
    """Look at some windows of the open `stack`: whether numbers can be those of the index, and what 0 means.

    Parameters
    ----------
    zeros : str
        ``data``, ``nodata``, or ``ask``.
    remedy : str
        What to do if there are zeros and nobody said what they are.

    Raises
    ------
    RegionwiseError
        If numbers are not those of the index, or there are zeros and nobody said what they are.
    """
    tiles = list(plan(stack.grid.area, TILE))
    step = max(1, len(tiles) // LOOKED_AT)
    chosen = tiles[::step]
    count, zero, outside, smallest, largest = 0, 0, 0, np.inf, -np.inf
    low, high = RANGES.get(frames.name.upper(), (-np.inf, np.inf))
    for number, tile in enumerate([*chosen, *(tiles[i] for i in range(len(tiles)) if i % step)]):
        if number >= len(chosen) and count:
            break  # the others are looked at only if there was nothing in those
        values = frames.of(stack.read(tile), 0, len(frames.positions))
        values = values[np.isfinite(values)]
        count, zero = count + len(values), zero + int((values == 0).sum())
        outside += int(((values < low) | (values > high)).sum())
        smallest, largest = min(smallest, values.min(initial=np.inf)), max(largest, values.max(initial=-np.inf))
    if not count:
        raise RegionwiseError(f"Series '{label}' has no data.", "Check the nodata values of its rasters.")
    if zeros == "ask" and zero / count > ZERO_SHARE:
        raise RegionwiseError(f"{100 * zero / count:.3g} % of the values of '{label}' are exactly 0.", remedy)
    if outside / count > OUTSIDE_SHARE:
        raise RegionwiseError(
            f"{frames.name} of '{label}' lies between {smallest:g} and {largest:g}; it can be from {low:g} to "
            f"{high:g}.",
            "Make the series with a Scale that brings it there, as 0.0001, or check the name of the band.",
        )


def check_masks(masks: Sequence[Layer]) -> None:
    """Read masks whole.

    Raises
    ------
    RegionwiseError
        If one knows nothing, or holds other numbers than 1 and 0.
    """
    problems = Problems()
    for layer in masks:
        with Stack({MASK: (layer,)}) as stack:
            known = False
            for tile in plan(stack.grid.area, TILE):
                values = stack.read(tile)
                values = values[np.isfinite(values)]
                known = known or bool(len(values))
                strange = values[(values != 0) & (values != 1)]
                if len(strange):
                    problems.add(
                        f"Mask '{layer}' holds {strange[0]:g}; masks hold 1 inside and 0 outside. "
                        "Write it with 'Extract mask'."
                    )
                    break
            if not known:
                problems.add(f"Mask '{layer}' is nodata everywhere. Choose another, or write it with 'Extract mask'.")
    problems.raise_any()


def cut_windows(
    stack: Stack, side: int, halo: int, most: int, *, seed: int, folder: Path, half: bool = False
) -> tuple[Patches, list[Tile]]:
    """Windows of all bands that cover the raster, those with data of the series, and where they are.

    Parameters
    ----------
    side : int
        Of a window, in cells, without its `halo`.
    most : int
        If there are more windows, so many are drawn at random.
    half : bool
        Whether they are kept in 16 bits.
    """
    kept = Checkpoints(folder).load(INDEX)
    if kept is not None:
        places = [Tile(*map(int, row)) for row in kept[0]["places"]]
        return open_patches(folder, halo), places
    tiles = [Tile(tile.row, tile.col, side, side) for tile in plan(stack.grid.area, side)]
    order = np.random.default_rng(seed).permutation(len(tiles))
    kind = np.dtype(np.float16 if half else np.float32)
    shape = (min(most, len(tiles)), len(stack.bands), side + 2 * halo, side + 2 * halo)
    check_space([(folder, int(np.prod(shape)) * kind.itemsize)])
    folder.mkdir(parents=True, exist_ok=True)
    values = np.lib.format.open_memmap(folder / PIXELS, "w+", kind, shape)
    places = []
    for number in order:
        block = stack.read(tiles[number].padded(halo))
        own = block[stack.groups[0], halo : halo + side, halo : halo + side]
        if np.isfinite(own).any():
            with np.errstate(over="ignore"):
                values[len(places)] = block
            if half:
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
