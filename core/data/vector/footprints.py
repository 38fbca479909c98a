"""Footprints: which cells of a grid a label's geometry covers."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import rasterio.features
import shapely
from shapely.affinity import affine_transform
from shapely.geometry.base import BaseGeometry

from ...runtime.types import Array, Floats, Index
from ..raster.grids import Grid
from ..raster.ground_cells import cell_areas
from ..raster.tiles import Tile


def footprint(geometry: BaseGeometry, grid: Grid) -> tuple[Tile, Floats]:
    """The window of the cells that a geometry covers, and 1 or 0 for each of them.

    A polygon covers the cells whose centre it holds; one too small to hold any, the cell
    under its representative point. A line covers the cells that it passes through, and several points
    the cell of each. The window is empty if the geometry is off the grid.
    """
    if geometry.geom_type in ("Polygon", "MultiPolygon"):
        tile = _bounding_tile(geometry, grid).clipped(grid.height, grid.width)
        if tile.height and tile.width:
            inside = rasterio.features.geometry_mask(
                [geometry], (tile.height, tile.width), grid.tile_transform(tile), invert=True
            )
            if inside.any():
                return tile, inside.astype(np.float32)
    elif geometry.geom_type != "Point":
        return _window(_touched(geometry, grid))
    point = geometry.representative_point()
    col, row = ~grid.transform @ (point.x, point.y)
    tile = Tile(int(np.floor(row)), int(np.floor(col)), 1, 1).clipped(grid.height, grid.width)
    return tile, np.ones((tile.height, tile.width), np.float32)


def footprint_sizes(geometry: Iterable[BaseGeometry], grid: Grid) -> tuple[Array, Array]:
    """How many cells each geometry covers, and their area in square metres on the ground, each of shape (n,)."""
    cells, areas = [], []
    for each in geometry:
        tile, inside = footprint(each, grid)
        cells.append(inside.sum())
        areas.append((inside * cell_areas(grid, tile)).sum() if inside.size else 0.0)
    return np.array(cells, np.float64), np.array(areas, np.float64)


def _touched(geometry: BaseGeometry, grid: Grid) -> Index:
    """Column and row of the cells that lines pass through, or points lie in, shape (n, 2); none off the grid."""
    t = ~grid.transform
    shape = affine_transform(geometry, (t.a, t.b, t.d, t.e, t.c, t.f))
    cells = [np.floor(_middles(shapely.get_coordinates(part))) for part in shapely.get_parts(shape)]
    found = np.unique(np.concatenate([np.empty((0, 2)), *cells]).astype(np.int64), axis=0)
    return found[((found >= 0) & (found < (grid.width, grid.height))).all(1)]


def _middles(path: Array) -> Array:
    """A place in each cell of side 1 that a path through `path`, shape (n, 2), passes through; a point itself."""
    places = [path[:1] if len(path) == 1 or (path == path[0]).all() else np.empty((0, 2))]
    for start, end in zip(path[:-1], path[1:], strict=True):
        cuts = [np.array([0.0, 1.0])]
        for low, high in zip(start, end, strict=True):
            if low != high:
                sides = np.arange(np.ceil(min(low, high)), np.floor(max(low, high)) + 1)
                cuts.append((sides - low) / (high - low))
        along = np.unique(np.clip(np.concatenate(cuts), 0, 1))
        places.append(start + ((along[:-1] + along[1:]) / 2)[:, None] * (end - start))
    return np.concatenate(places)


def _window(cells: Index) -> tuple[Tile, Floats]:
    """The window of `cells` (column, row), and 1 for them."""
    if not len(cells):
        return Tile(0, 0, 0, 0), np.ones((0, 0), np.float32)
    (left, top), (right, bottom) = cells.min(0).tolist(), cells.max(0).tolist()
    weights = np.zeros((bottom - top + 1, right - left + 1), np.float32)
    weights[cells[:, 1] - top, cells[:, 0] - left] = 1
    return Tile(top, left, bottom - top + 1, right - left + 1), weights


def _bounding_tile(geometry: BaseGeometry, grid: Grid) -> Tile:
    """The window of the bounding box of a geometry; it may reach beyond the grid."""
    left, bottom, right, top = geometry.bounds
    corners = [~grid.transform @ (x, y) for x in (left, right) for y in (bottom, top)]
    cols, rows = [c for c, _ in corners], [r for _, r in corners]
    row, col = int(np.floor(min(rows))), int(np.floor(min(cols)))
    return Tile(row, col, int(np.ceil(max(rows))) - row, int(np.ceil(max(cols))) - col)
