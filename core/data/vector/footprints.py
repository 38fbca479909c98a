"""Footprints: which cells of a grid a label's geometry covers."""

from __future__ import annotations

import numpy as np
import rasterio.features
from shapely.geometry.base import BaseGeometry

from ...runtime.types import Floats
from ..raster.grids import Grid
from ..raster.tiles import Tile


def footprint(geometry: BaseGeometry, grid: Grid) -> tuple[Tile, Floats]:
    """The window of the cells that a geometry covers, and 1 or 0 for each of them.

    A polygon covers the cells whose centre it holds; one too small to hold any, the cell
    under its representative point. The window is empty if the geometry is off the grid.
    """
    if geometry.geom_type in ("Polygon", "MultiPolygon"):
        tile = _bounding_tile(geometry, grid).clipped(grid.height, grid.width)
        if tile.height and tile.width:
            inside = rasterio.features.geometry_mask(
                [geometry], (tile.height, tile.width), grid.tile_transform(tile), invert=True
            )
            if inside.any():
                return tile, inside.astype(np.float32)
    point = geometry.representative_point()
    col, row = ~grid.transform @ (point.x, point.y)
    tile = Tile(int(np.floor(row)), int(np.floor(col)), 1, 1).clipped(grid.height, grid.width)
    return tile, np.ones((tile.height, tile.width), np.float32)


def _bounding_tile(geometry: BaseGeometry, grid: Grid) -> Tile:
    """The window of the bounding box of a geometry; it may reach beyond the grid."""
    left, bottom, right, top = geometry.bounds
    corners = [~grid.transform @ (x, y) for x in (left, right) for y in (bottom, top)]
    cols, rows = [c for c, _ in corners], [r for _, r in corners]
    row, col = int(np.floor(min(rows))), int(np.floor(min(cols)))
    return Tile(row, col, int(np.ceil(max(rows))) - row, int(np.ceil(max(cols))) - col)
