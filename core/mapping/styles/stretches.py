"""Stretches: from which to which number a ramp goes, so that it shows what a raster holds, with round ends."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import numpy as np
import rasterio
from rasterio.windows import Window

from ...runtime.types import Array

WINDOWS, SIDE = 5, 128  # so many windows each way, of so many cells a side, tell of a raster
MOST_BANDS, MOST_FILES = 12, 12  # of those with one ramp in common that are read
OUTERMOST = 0.01  # share of the numbers on either side that a ramp leaves out
ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)  # times a power of ten: steps of a legend
STEPS = 4
SMALLEST = 1e-9  # of a stretch


def stretch_of(rasters: Sequence[Path], bands: Sequence[int]) -> tuple[float, float]:
    """The smallest and largest number of some bands, without the outermost hundredths; 0 and 1 without data."""
    files = [rasters[i] for i in _spread(len(rasters), MOST_FILES)]
    numbers = [bands[i] for i in _spread(len(bands), MOST_BANDS)]
    values = np.concatenate([_sample(path, numbers) for path in files])
    if not len(values):
        return 0.0, 1.0
    low, high = np.quantile(values, [OUTERMOST, 1 - OUTERMOST])
    return float(low), float(high)


def round_stretch(low: float, high: float) -> tuple[float, float]:
    """Ends around `low` and `high` whose quarters are round numbers."""
    high = max(high, low + max(1e-6 * abs(low), SMALLEST))
    power = 10.0 ** math.floor(math.log10((high - low) / STEPS))
    for factor in (*ROUND, *(10 * factor for factor in ROUND)):
        step = factor * power
        start = step * math.floor(low / step + 1e-9)
        if start + STEPS * step >= high * (1 - 1e-9) if high > 0 else start + STEPS * step >= high:
            break
    return start, start + STEPS * step


def mirrored_stretch(low: float, high: float) -> tuple[float, float]:
    """Ends as far below 0 as above, that hold `low` and `high`."""
    half = round_stretch(0.0, 2 * max(abs(low), abs(high)))[1] / 2
    return -half, half


def _spread(count: int, most: int) -> list[int]:
    """At most so many of the numbers below `count`, from the first to the last."""
    return sorted({round(place) for place in np.linspace(0, count - 1, min(count, most))})


def _sample(path: Path, bands: Sequence[int]) -> Array:
    """Numbers of windows that lie evenly over a raster, without those that are no data, shape (n,)."""
    with rasterio.open(path) as file:
        known = [n for n in bands if n <= file.count]
        starts = [
            sorted({int(place) for place in np.linspace(0, max(length - SIDE, 0), WINDOWS)})
            for length in (file.height, file.width)
        ]
        blocks = [
            file.read(known, window=_window(row, col, file.height, file.width), masked=True).astype(np.float64)
            for row, col in product(*starts)
        ]
    values = np.concatenate([block.filled(np.nan).ravel() for block in blocks])
    return np.asarray(values[np.isfinite(values)])


def _window(row: int, col: int, height: int, width: int) -> Window:
    return Window(col, row, min(SIDE, width - col), min(SIDE, height - row))
