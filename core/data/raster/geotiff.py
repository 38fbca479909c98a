"""GeoTIFFs: float32 rasters written window by window, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from rasterio.windows import Window

from ...runtime.files import atomic, check_space
from ...runtime.progress import tell
from ...runtime.types import Floats
from .grids import NODATA, Grid, raster_profile
from .source_band import DEFINITION_TAG
from .tiles import Tile, plan

LARGEST_SIDE, SMALLEST_SIDE = 1024, 64  # of a window, in cells
BLOCK_BYTES = 64 * 2**20  # of the bands of a window


@dataclass(frozen=True)
class RasterBands:
    """The bands of a raster that is written.

    Parameters
    ----------
    names : sequence of str
    units : sequence of str
        One for each band, or none.
    definitions : sequence of str
        What each band is, where names of that kind mean several things; empty where they do not. Or none.
    interleave : str
        ``pixel``; or ``band``, which serves readers of few of many bands.
    """

    names: Sequence[str]
    units: Sequence[str] = ()
    definitions: Sequence[str] = ()
    interleave: str = "pixel"


def window_side(bands: int) -> int:
    """The side in cells of windows of which so many bands fit into `BLOCK_BYTES`."""
    return max(SMALLEST_SIDE, min(LARGEST_SIDE, int((BLOCK_BYTES / (4 * bands)) ** 0.5)))


def write_windows(
    path: Path,
    grid: Grid,
    bands: RasterBands,
    compute: Callable[[Tile], Floats],
    *,
    side: int,
    progress: Callable[[float], None] = lambda share: None,
) -> None:
    """Write a raster with `bands` over the whole `grid`.

    Parameters
    ----------
    compute : callable
        Returns the values of a window, shape (band, row, col); NaN becomes nodata.
    side : int
        Of the windows, in cells.
    progress : callable
        Is called with the share that is done.
    """
    check_space([(path, 4 * len(bands.names) * grid.height * grid.width)])
    profile = {**raster_profile(grid, grid.area, len(bands.names)), "interleave": bands.interleave}
    tiles = list(plan(grid.area, side))
    with atomic(path) as part, rasterio.open(part, "w", **profile) as file:
        file.descriptions = tuple(bands.names)
        if bands.units:
            file.units = tuple(bands.units)
        for index, text in enumerate(bands.definitions, 1):
            if text:
                file.update_tags(index, **{DEFINITION_TAG: text})
        for number, tile in enumerate(tiles):
            values = compute(tile)
            filled = np.where(np.isfinite(values), values, NODATA).astype(np.float32)
            file.write(filled, window=Window(tile.col, tile.row, tile.width, tile.height))
            progress((number + 1) / len(tiles))
            tell((number + 1) / len(tiles), f"Writing '{path.name}', part {number + 1} of {len(tiles)}")
