"""Event cells: which cells of a grid events touch, and how much of each they cover."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import rasterio.features
from shapely.geometry import box

from ...data.raster.grids import Grid
from ...data.raster.tiles import plan
from ...data.vector.footprints import footprint
from ...data.vector.layers import representative_points
from ...runtime.types import Array, Index

TILE = 1024  # cells


@dataclass(frozen=True)
class EventCells:
    """The cells of events.

    Parameters
    ----------
    touched : array, shape (n, 2)
        Centres of the cells that events touch, and a place in each event off the grid.
    number : array of int, shape (m,)
        Cells that events cover in part, counted along the rows of the grid, ascending.
    covered : array, shape (m,)
        How much of each, 0 to 1; a point covers its cell.
    """

    grid: Grid
    touched: Array
    number: Index
    covered: Array

    @classmethod
    def of(cls, grid: Grid, geometry: gpd.GeoSeries) -> EventCells:
        """The cells of events, which may lie over each other."""
        numbers, parts = [np.empty(0, np.int64)], [np.empty(0)]
        for each in geometry:
            tile, inside = footprint(each, grid)
            row, col = np.nonzero(inside)
            numbers.append((row + tile.row) * grid.width + col + tile.col)
            parts.append(inside[row, col].astype(np.float64))
        number, at = np.unique(np.concatenate(numbers), return_inverse=True)
        covered = np.minimum(np.bincount(at.ravel(), np.concatenate(parts), len(number)), 1)
        return cls(grid, _touched(grid, geometry), number, covered)

    def cover(self, row: Index, col: Index) -> Array:
        """How much of each cell events cover."""
        wanted = row * self.grid.width + col
        at = np.minimum(np.searchsorted(self.number, wanted), max(len(self.number) - 1, 0))
        if not len(self.number):
            return np.zeros(len(wanted))
        return np.where(self.number[at] == wanted, self.covered[at], 0.0)


def _touched(grid: Grid, geometry: gpd.GeoSeries) -> Array:
    """The centres of the cells that events touch, and a place in each event off the grid, shape (n, 2)."""
    found = []
    for tile in plan(grid.area, TILE):
        corners = np.array([grid.transform @ (tile.col + i * tile.width, tile.row + i * tile.height) for i in (0, 1)])
        shapes = geometry[geometry.intersects(box(*corners.min(0), *corners.max(0)))]
        if len(shapes):
            cells = rasterio.features.rasterize(
                list(shapes), (tile.height, tile.width), transform=grid.tile_transform(tile), all_touched=True
            )
            row, col = np.nonzero(cells)
            found.append(grid.centres(row + tile.row, col + tile.col))
    outside = ~geometry.intersects(box(*grid.bounds))
    return np.concatenate([*found, representative_points(geometry[outside])])
