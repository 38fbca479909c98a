"""Resampling: raster sources that answer on the grid of another raster.

`auto` takes what fits a band: codes the nearest cell; measurements the mean of finer cells, and a value between
coarser ones.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Protocol

import numpy as np
import rasterio.warp
from rasterio.enums import Resampling

from ...contract.errors import RegionwiseError
from ...contract.layer import Layer
from ...runtime.types import Array, Floats
from .grids import Grid
from .horizontal_crs import transformer
from .raster_source import RasterSource
from .tiles import Tile, plan

NEAREST, BILINEAR, AVERAGE = "nearest", "bilinear", "average"
MOST_CODES = 30  # different whole numbers, up to which a band holds codes
MOST_CLASSES = 256  # the same where neighbours are mostly alike and differ by much
MOST_BORDERS, SMALLEST_JUMP = 0.6, 2  # share of neighbours that differ, and by how much half of them do
WIDEST = 4096  # cells of a source that a block is computed from, a side
KERNEL = {NEAREST: 1, BILINEAR: 2, "cubic": 3, AVERAGE: 2}  # cells around a place that it looks at
PROBES = 17  # places a side at which the place of a tile in the source is computed
BLOCK = 128  # cells of the grid a side, that are resampled at once
KEPT_BYTES = 32 * 2**20  # of blocks
FINER = 1.001  # cells of a source to a cell of the grid, from which on it is finer
DONE = {NEAREST: "takes the nearest cell", AVERAGE: "is averaged", BILINEAR: "is interpolated", "cubic": "is cubic"}


class Reader(Protocol):
    """What answers windows of a grid."""

    def read(self, positions: Sequence[int], tile: Tile) -> Floats:
        """Bands at `positions` in a tile inside the grid, as float32 (band, row, col); NaN is no data."""


class Shifted:
    """A source whose cells coincide with those of the grid, `rows` down and `cols` to the right of its corner."""

    def __init__(self, source: RasterSource, rows: int, cols: int) -> None:
        self._source, self._rows, self._cols = source, rows, cols

    def read(self, positions: Sequence[int], tile: Tile) -> Floats:
        """See `Reader`; NaN where the source has no cells."""
        out = np.full((len(positions), tile.height, tile.width), np.nan, np.float32)
        own = tile.moved(-self._rows, -self._cols)
        inside = own.clipped(self._source.grid.height, self._source.grid.width)
        if inside.height and inside.width:
            row, col = inside.row - own.row, inside.col - own.col
            out[:, row : row + inside.height, col : col + inside.width] = self._source.read(positions, inside)
        return out


class Resampled:
    """A source on another grid, whose bands are brought to it by a method each.

    It is computed in blocks of the grid that are always the same, so that a cell's value does not depend on the tile
    that it is read in: GDAL moves places a little (an eighth of a cell) by where a window begins.
    """

    def __init__(self, source: RasterSource, grid: Grid, methods: Sequence[str]) -> None:
        self._source, self._grid, self._methods = source, grid, methods
        # cells of the source that are much finer would take all memory
        self._side = int(np.clip(WIDEST / cells_per_cell(source.grid, grid, grid.area), 1, BLOCK))
        self._kept: OrderedDict[tuple[Tile, tuple[int, ...]], Floats] = OrderedDict()  # the blocks of late

    def read(self, positions: Sequence[int], tile: Tile) -> Floats:
        """See `Reader`; NaN where the source has no cells."""
        out = np.empty((len(positions), tile.height, tile.width), np.float32)
        side = self._side
        first = Tile(tile.row // side * side, tile.col // side * side, 0, 0)
        cover = Tile(first.row, first.col, tile.row + tile.height - first.row, tile.col + tile.width - first.col)
        for block in plan(cover, side):
            whole = Tile(block.row, block.col, side, side)
            top, left = max(block.row, tile.row), max(block.col, tile.col)
            bottom, right = block.row + block.height, block.col + block.width
            values = self._block(tuple(positions), whole)
            out[:, top - tile.row : bottom - tile.row, left - tile.col : right - tile.col] = values[
                :, top - whole.row : bottom - whole.row, left - whole.col : right - whole.col
            ]
        return out

    def _block(self, positions: tuple[int, ...], block: Tile) -> Floats:
        """Bands in a block, computed or kept."""
        key = block, positions
        if key not in self._kept:
            self._kept[key] = self._resampled(positions, block)
        self._kept.move_to_end(key)
        values = self._kept[key]
        while len(self._kept) > 1 and len(self._kept) * values.nbytes > KEPT_BYTES:
            self._kept.popitem(last=False)
        return values

    def _resampled(self, positions: Sequence[int], tile: Tile) -> Floats:
        """Bands brought to a tile, each by its method."""
        out = np.empty((len(positions), tile.height, tile.width), np.float32)
        methods = [self._methods[position] for position in positions]
        for method in dict.fromkeys(methods):
            chosen = [i for i, own in enumerate(methods) if own == method]
            out[chosen] = self._warped([positions[i] for i in chosen], tile, method)
        return out

    def _warped(self, positions: Sequence[int], tile: Tile, method: str) -> Floats:
        """Bands brought to a tile by one method."""
        out = np.full((len(positions), tile.height, tile.width), np.nan, np.float32)
        own = self._source.grid
        window = self._window(tile, method)
        if not window.height or not window.width:
            return out
        rasterio.warp.reproject(
            self._source.read(positions, window),
            out,
            src_transform=own.tile_transform(window),
            src_crs=own.crs,
            src_nodata=np.nan,
            dst_transform=self._grid.tile_transform(tile),
            dst_crs=self._grid.crs,
            dst_nodata=np.nan,
            resampling=Resampling[method],
            UNIFIED_SRC_NODATA="NO",  # each band has its own gaps
        )
        return out

    def _window(self, tile: Tile, method: str) -> Tile:
        """The part of the source that the cells of a tile are computed from; empty if there is none."""
        own = self._source.grid
        cells = cells_under(own, self._grid, tile)
        cells = cells[np.isfinite(cells).all(1)]
        if not len(cells):
            return Tile(0, 0, 0, 0)
        # between the places that were looked at a border may bulge
        margin = KERNEL[method] * max(1.0, cells_per_cell(own, self._grid, tile)) + np.ptp(cells, 0) / PROBES + 1
        left, top = np.floor(cells.min(0) - margin).astype(int)
        right, bottom = np.ceil(cells.max(0) + margin).astype(int)
        return Tile(top, left, bottom - top, right - left).clipped(own.height, own.width)


def cells_under(source: Grid, grid: Grid, tile: Tile) -> Array:
    """Column and row in `source` of places all over a tile of `grid`, shape (place, 2); infinite where it has none."""
    cols = tile.col + np.linspace(0, tile.width, PROBES)
    rows = tile.row + np.linspace(0, tile.height, PROBES)
    return _in_source(source, grid, *(axis.ravel() for axis in np.meshgrid(cols, rows)))


def _in_source(source: Grid, grid: Grid, cols: Array, rows: Array) -> Array:
    """Column and row in `source` of places of `grid`; infinite where it has none."""
    t, inverse = grid.transform, ~source.transform
    x, y = transformer(grid.crs.to_wkt(), source.crs.to_wkt()).transform(
        t.a * cols + t.b * rows + t.c, t.d * cols + t.e * rows + t.f
    )
    with np.errstate(invalid="ignore"):
        return np.stack([inverse.a * x + inverse.b * y + inverse.c, inverse.d * x + inverse.e * y + inverse.f], 1)


def cells_per_cell(source: Grid, grid: Grid, tile: Tile) -> float:
    """How many cells of `source` lie along a side of a cell of `grid`, in the middle of `tile`."""
    col, row = tile.col + tile.width / 2, tile.row + tile.height / 2
    corner, right, down = _in_source(source, grid, np.array([col, col + 1, col]), np.array([row, row, row + 1]))
    (a, b), (c, d) = right - corner, down - corner
    area = abs(a * d - b * c)
    return float(np.sqrt(area)) if np.isfinite(area) else 1.0


def fitting_methods(source: RasterSource, grid: Grid) -> list[str]:
    """The method for each band of a source by what it holds, and by how fine it is."""
    finer = cells_per_cell(source.grid, grid, grid.area) > FINER
    return [NEAREST if holds_codes(source, i) else AVERAGE if finer else BILINEAR for i in range(len(source.bands))]


def holds_codes(source: RasterSource, position: int) -> bool:
    """Whether a band holds codes of classes: it has colours for them, or whole numbers that look like codes.

    These are few, or differ from their neighbours seldom but then by much. A band with a scale or a unit is measured.
    """
    if source.has_colours(position):
        return True
    band, glimpses = source.bands[position], source.glimpses(position)
    numbers = np.concatenate([glimpse[np.isfinite(glimpse)] for glimpse in glimpses])
    if band.unit or band.own != (1.0, 0.0) or not len(numbers) or (numbers != np.rint(numbers)).any():
        return False
    count = len(np.unique(numbers))
    if count <= MOST_CODES:
        return True
    steps = np.concatenate([np.abs(np.diff(glimpse, axis=1)).ravel() for glimpse in glimpses])
    steps = steps[np.isfinite(steps)]
    jumps = steps[steps > 0]
    return count <= MOST_CLASSES and len(jumps) < MOST_BORDERS * len(steps) and bool(np.median(jumps) > SMALLEST_JUMP)


def in_words(methods: Sequence[str], names: Sequence[str]) -> str:
    """What is done to bands, as "RED is averaged; cover takes the nearest cell"."""
    if len(set(methods)) == 1:
        return f"it {DONE[methods[0]]}"
    return "; ".join(
        f"{', '.join(name for name, own in zip(names, methods, strict=True) if own == method)} {DONE[method]}"
        for method in dict.fromkeys(methods)
    )


def check_overlap(source: RasterSource, grid: Grid, layer: Layer) -> None:
    """Raise `RegionwiseError` if a source lies elsewhere than the grid, or partly beyond 180 degrees."""
    own = source.grid
    if not _reaches(own, grid) and not _reaches(grid, own):
        raise RegionwiseError(
            f"Raster '{layer}' does not overlap the first layer.",
            "Check the CRS of both layers, or choose a layer of the same area.",
        )
    if _beyond_half_circle(own) and not _beyond_half_circle(grid):
        left, _, right, _ = own.bounds
        raise RegionwiseError(
            f"Raster '{layer}' has longitudes from {left:g} to {right:g}, of which those beyond 180 degrees would be "
            "lost.",
            "Warp it to longitudes from -180 to 180, or cut it at 180 degrees.",
        )


def _reaches(source: Grid, grid: Grid) -> bool:
    """Whether a place all over `grid` lies in `source`."""
    cells = cells_under(source, grid, grid.area)
    with np.errstate(invalid="ignore"):
        inside = (cells > 0).all(1) & (cells < (source.width, source.height)).all(1)
    return bool(inside.any())


def _beyond_half_circle(grid: Grid) -> bool:
    """Whether a grid in degrees reaches beyond 180 by more than a cell."""
    left, _, right, _ = grid.bounds
    return grid.crs.is_geographic and (right > 180 + grid.longest_side or left < -180 - grid.longest_side)
