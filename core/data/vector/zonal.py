"""Zonal statistics: means and class shares of a map in polygons and points, weighted by the area of its cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from ...runtime.types import Array
from ..raster.grids import Grid
from ..raster.ground_cells import cell_areas
from ..raster.stack import Stack
from ..raster.tiles import Tile, plan
from .footprints import footprint

LARGEST_TILE = 1024  # cells; larger zones are read in parts


def zonal_means(stack: Stack, shapes: gpd.GeoSeries) -> tuple[Array, Array, NDArray[np.int64]]:
    """The mean of each band over each shape, the area with data, and the number of cells.

    Cells count by what a shape covers of them, see `footprints`; a row without geometry has none.

    Returns
    -------
    means : array, shape (shape, band)
        NaN where no cell has data.
    area : array, shape (shape,)
        Square metres on the ground.
    cells : array, shape (shape,)
    """
    sums = np.zeros((len(shapes), len(stack.bands)))
    area, cells = np.zeros(len(shapes)), np.zeros(len(shapes), np.int64)
    for i, values, weight in _weighted(stack, shapes):
        sums[i] += (np.nan_to_num(values) * weight).sum((1, 2))
        area[i] += weight.sum()
        cells[i] += int((weight > 0).sum())
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(area[:, None] > 0, sums / area[:, None], np.nan), area, cells


def zonal_classes(
    stack: Stack, shapes: gpd.GeoSeries, numbers: Sequence[int]
) -> tuple[Array, Array, NDArray[np.int64]]:
    """The share of each class in each shape, the mean of the second band, and the number of cells.

    Parameters
    ----------
    stack : Stack
        The first band holds the number of a class.
    numbers : sequence of int
        Those of the classes, in their order.

    Returns
    -------
    shares : array, shape (shape, class)
        NaN where no cell has data.
    means : array, shape (shape,)
    cells : array, shape (shape,)
    """
    place = np.zeros(max(numbers) + 1, np.int64)
    place[list(numbers)] = np.arange(len(numbers))
    sums, totals = np.zeros((len(shapes), len(numbers))), np.zeros(len(shapes))
    cells = np.zeros(len(shapes), np.int64)
    for i, (number, value), weight in _weighted(stack, shapes):
        valid = weight > 0
        sums[i] += np.bincount(place[number[valid].astype(np.int64)], weight[valid], len(numbers))
        totals[i] += (value[valid] * weight[valid]).sum()
        cells[i] += int(valid.sum())
    area = sums.sum(1)
    with np.errstate(invalid="ignore", divide="ignore"):
        known = area > 0
        return np.where(known[:, None], sums / area[:, None], np.nan), np.where(known, totals / area, np.nan), cells


def _weighted(stack: Stack, shapes: gpd.GeoSeries) -> Iterator[tuple[int, Array, Array]]:
    """Yield part by part: the number of a shape, the values of a window (band, row, col), and the area of its cells.

    Of a cell that is covered in part it is that part; cells outside the shape, or without data in any band, have 0.
    """
    for i, shape in enumerate(shapes):
        if shape is None or shape.is_empty:
            continue
        for tile, inside in _parts(shape, stack.grid):
            values = stack.read(tile).astype(np.float64)
            yield i, values, inside * np.isfinite(values).all(0) * cell_areas(stack.grid, tile)


def _parts(shape: BaseGeometry, grid: Grid) -> Iterator[tuple[Tile, Array]]:
    """Yield windows that cover `shape` and how much of their cells it covers."""
    tile, inside = footprint(shape, grid)
    if not tile.height or not tile.width:
        return
    for part in plan(tile, LARGEST_TILE):
        rows = slice(part.row - tile.row, part.row - tile.row + part.height)
        cols = slice(part.col - tile.col, part.col - tile.col + part.width)
        if inside[rows, cols].any():
            yield part, inside[rows, cols].astype(np.float64)
