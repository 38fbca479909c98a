"""Writing: float32 GeoTIFFs made window by window, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import rasterio
from rasterio.windows import Window

from ...runtime.files import atomic, check_space
from ...runtime.types import Floats
from .grids import NODATA, Grid, raster_profile
from .tiles import Tile, plan

LARGEST_SIDE, SMALLEST_SIDE = 1024, 64  # of a window, in cells
BLOCK_BYTES = 64 * 2**20  # of the bands of a window


def window_side(bands: int) -> int:
    """The side in cells of windows of which so many bands fit into a block."""
    return max(SMALLEST_SIDE, min(LARGEST_SIDE, int((BLOCK_BYTES / (4 * bands)) ** 0.5)))


def write_windows(
    path: Path,
    grid: Grid,
    names: Sequence[str],
    compute: Callable[[Tile], Floats],
    *,
    side: int,
    units: Sequence[str] = (),
    interleave: str = "pixel",
    tell: Callable[[float], None] = lambda share: None,
) -> None:
    """Write a raster over the whole `grid` with a band for each of `names`.

    Parameters
    ----------
    compute : callable
        Returns the values of a window, shape (band, row, col); NaN becomes nodata.
    side : int
        Of the windows, in cells.
    units : sequence of str
        Of the bands, if they are known.
    interleave : str
        ``pixel``; or ``band``, which serves readers of few of many bands.
    tell : callable
        Is called with the share that is done.
    """
    check_space([(path, 4 * len(names) * grid.height * grid.width)])
    profile = {**raster_profile(grid, grid.area, len(names)), "interleave": interleave}
    tiles = list(plan(grid.area, side))
    with atomic(path) as part, rasterio.open(part, "w", **profile) as file:
        file.descriptions = tuple(names)
        if units:
            file.units = tuple(units)
        for number, tile in enumerate(tiles):
            values = compute(tile)
            filled = np.where(np.isfinite(values), values, NODATA).astype(np.float32)
            file.write(filled, window=Window(tile.col, tile.row, tile.width, tile.height))
            tell((number + 1) / len(tiles))
