"""Footprints: which cells of a grid a label's geometry covers."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import rasterio.features
import shapely
from shapely.affinity import affine_transform
from shapely.geometry.base import BaseGeometry

from ...runtime.types import Array, Floats, Index, Mask
from ..raster.grids import Grid
from ..raster.ground_cells import cell_areas
from ..raster.tiles import Tile

EXACT, CENTRES = 100, 400  # cells: how large a polygon is that counts by covered parts, and by centres
SLIVER = 1e-6  # of a cell: less is rounding


def footprint(geometry: BaseGeometry, grid: Grid) -> tuple[Tile, Floats]:
    """The window of the cells that a geometry covers, and how much it covers of each, 0 to 1.

    Of a polygon of some cells that is the part which lies in it; a large one covers the cells whose centre it holds,
    which by then differs by half a per cent of its area; in between it is a mixture of both. One without an extent
    covers the cell under its representative point. A line covers the cells that it passes through, and several points
    the cell of each. The window is empty if the geometry is off the grid.
    """
    if geometry.geom_type in ("Polygon", "MultiPolygon"):
        tile = _bounding_tile(geometry, grid).clipped(grid.height, grid.width)
        if tile.height and tile.width:
            weights = _cover(geometry, grid, tile)
            if weights.any():
                return tile, weights
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


def _cover(polygon: BaseGeometry, grid: Grid, tile: Tile) -> Floats:
    """How much of each cell of `tile` a polygon covers."""
    size = polygon.area / abs(grid.transform.determinant)
    by_centre = float(np.clip((size - EXACT) / (CENTRES - EXACT), 0, 1))
    weights = np.zeros((tile.height, tile.width), np.float32)
    if by_centre > 0:
        weights += by_centre * _inside(polygon, grid, tile)
    if by_centre < 1:
        weights += np.float32(1 - by_centre) * _parts(polygon, grid, tile)
    return weights


def _inside(polygon: BaseGeometry, grid: Grid, tile: Tile, *, touched: bool = False) -> Mask:
    """Which cells have their centre in a polygon, or are touched by it."""
    shape, transform = (tile.height, tile.width), grid.tile_transform(tile)
    mask: Mask = rasterio.features.geometry_mask([polygon], shape, transform, all_touched=touched, invert=True)
    return mask


def _parts(polygon: BaseGeometry, grid: Grid, tile: Tile) -> Floats:
    """The part of each cell that lies in a polygon."""
    parts = np.zeros((tile.height, tile.width), np.float32)
    rows, cols = np.nonzero(_inside(polygon, grid, tile, touched=True))
    t = ~grid.tile_transform(tile)
    shape = affine_transform(polygon, (t.a, t.b, t.d, t.e, t.c, t.f))  # cells become squares of side 1
    shape = shape if shape.is_valid else shapely.make_valid(shape)
    shapely.prepare(shape)
    cells = shapely.box(cols, rows, cols + 1, rows + 1)
    area = np.ones(len(cells))
    cut = ~shapely.contains(shape, cells)
    area[cut] = shapely.area(shapely.intersection(shape, cells[cut]))
    parts[rows, cols] = np.where(area > SLIVER, area, 0)
    return parts


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
