"""Zonal statistics: means and class shares of a map in polygons and points, by the area of its cells or by weights."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from ...runtime.progress import tell
from ...runtime.types import Array
from ..raster.grids import Grid
from ..raster.ground_cells import cell_areas
from ..raster.pixel_weights import WEIGHTS, pixel_weights
from ..raster.stack import Stack
from ..raster.tiles import Tile, plan
from .footprints import footprint

LARGEST_TILE = 1024  # cells; larger zones are read in parts


@dataclass(frozen=True)
class ZonalMeans:
    """Means of bands over shapes.

    Parameters
    ----------
    means : array, shape (shape, band)
        NaN where no cell has data, or weight.
    area : array, shape (shape,)
        With data, square metres on the ground.
    cells : array, shape (shape,)
        Number of those with data.
    weight : array, shape (shape,)
        The sum of the weights by which means are taken: those of pixels, where the stack has them, or areas.
    unweighed : array, shape (shape,)
        Number of the cells with data for which weights have none.
    """

    means: Array
    area: Array
    cells: NDArray[np.int64]
    weight: Array
    unweighed: NDArray[np.int64]


def zonal_means(stack: Stack, shapes: gpd.GeoSeries) -> ZonalMeans:
    """The mean of each band over each shape.

    Cells count by what a shape covers of them, see `footprints`; a row without geometry has none. Bands of the sensor
    `WEIGHTS` weigh the cells, as in training, and have no means; without them cells weigh by their area.
    """
    own = [i for i, band in enumerate(stack.bands) if band.sensor != WEIGHTS]
    weighing = [i for i, band in enumerate(stack.bands) if band.sensor == WEIGHTS]
    sums = np.zeros((len(shapes), len(own)))
    area, weight = np.zeros(len(shapes)), np.zeros(len(shapes))
    cells, unweighed = np.zeros(len(shapes), np.int64), np.zeros(len(shapes), np.int64)
    for i, values, cover, cell_area, _ in _with_data(stack, shapes, own):
        inside, share = cover > 0, cover * cell_area
        area[i] += share.sum()
        if weighing:
            share = cover
            for band in weighing:
                share = share * pixel_weights(np.where(inside, values[band], 0), stack.names[band])
            unweighed[i] += int((inside & ~np.isfinite(values[weighing]).all(0)).sum())
        sums[i] += (np.nan_to_num(values[own]) * share).sum((1, 2))
        weight[i] += share.sum()
        cells[i] += int(inside.sum())
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.where(weight[:, None] > 0, sums / weight[:, None], np.nan)
    return ZonalMeans(means, area, cells, weight, unweighed)


@dataclass(frozen=True)
class ZonePlaces:
    """Cells of a shape that stand for all of them.

    Parameters
    ----------
    xy : array, shape (cell, 2)
        Their centres, drawn without replacement with chances by their weights.
    alone : float
        The sum of squared shares of all cells.
    """

    xy: Array
    alone: float


def zone_places(stack: Stack, shapes: gpd.GeoSeries, most: int, seed: int = 0) -> Iterator[tuple[int, ZonePlaces]]:
    """Yield for each shape that has data its number and at most so many of its cells; weights as in `zonal_means`."""
    own = [i for i, band in enumerate(stack.bands) if band.sensor != WEIGHTS]
    weighing = [i for i, band in enumerate(stack.bands) if band.sensor == WEIGHTS]
    rng = np.random.default_rng(seed)
    for number, parts in itertools.groupby(_with_data(stack, shapes, own), key=lambda part: part[0]):
        draw = _PlaceDraw(stack.grid, most, rng)
        for _, values, cover, cell_area, tile in parts:
            weight = cover * (1.0 if weighing else cell_area)
            for band in weighing:
                weight = weight * pixel_weights(np.where(cover > 0, values[band], 0), stack.names[band])
            draw.add(tile, weight)
        if draw.total > 0:
            yield number, draw.places()


def places_of_all(stack: Stack, most: int, seed: int = 0) -> ZonePlaces:
    """At most so many of all cells that have data, by their area."""
    draw = _PlaceDraw(stack.grid, most, np.random.default_rng(seed))
    for tile in plan(stack.grid.area, LARGEST_TILE):
        draw.add(tile, np.isfinite(stack.read(tile)).all(0) * cell_areas(stack.grid, tile))
    return draw.places()


class _PlaceDraw:
    """Draws places with chances by their weights, window by window.

    Those with the largest of u ** (1 / weight) are such a draw (Efraimidis & Spirakis 2006, Inf. Process. Lett. 97,
    181).
    """

    def __init__(self, grid: Grid, most: int, rng: np.random.Generator) -> None:
        self._grid, self._most, self._rng = grid, most, rng
        self._keys, self._xy = np.empty(0), np.empty((0, 2))
        self.total = self._squares = 0.0

    def add(self, tile: Tile, weight: Array) -> None:
        """Offer the cells of a window, with their weights, shape (row, col)."""
        row, col = np.nonzero(weight > 0)
        weights = weight[row, col]
        self.total, self._squares = self.total + weights.sum(), self._squares + (weights**2).sum()
        keys = np.concatenate([self._keys, np.log(self._rng.random(len(weights))) / weights])
        xy = np.concatenate([self._xy, self._grid.centres(row + tile.row, col + tile.col)])
        kept = np.argpartition(-keys, self._most)[: self._most] if len(keys) > self._most else slice(None)
        self._keys, self._xy = keys[kept], xy[kept]

    def places(self) -> ZonePlaces:
        """What was drawn."""
        return ZonePlaces(self._xy, self._squares / self.total**2 if self.total else 1.0)


def zonal_classes(
    stack: Stack, shapes: gpd.GeoSeries, numbers: Sequence[int]
) -> tuple[Array, Array, NDArray[np.int64]]:
    """The share of each class in each shape, the means of the bands that follow, and the number of cells.

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
    means : array, shape (shape, band - 1)
    cells : array, shape (shape,)
    """
    place = np.zeros(max(numbers) + 1, np.int64)
    place[list(numbers)] = np.arange(len(numbers))
    bands = len(stack.bands)
    sums, totals = np.zeros((len(shapes), len(numbers))), np.zeros((len(shapes), bands - 1))
    cells = np.zeros(len(shapes), np.int64)
    for i, values, cover, area, _ in _with_data(stack, shapes, range(bands)):
        weight = cover * area
        valid = weight > 0
        sums[i] += np.bincount(place[values[0][valid].astype(np.int64)], weight[valid], len(numbers))
        totals[i] += values[1:, valid] @ weight[valid]
        cells[i] += int(valid.sum())
    total = sums.sum(1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0, sums / total, np.nan), np.where(total > 0, totals / total, np.nan), cells


def _with_data(
    stack: Stack, shapes: gpd.GeoSeries, needed: Sequence[int]
) -> Iterator[tuple[int, Array, Array, Array, Tile]]:
    """Yield part by part the number of a shape and what it covers.

    Yields
    ------
    number : int
    values : array, shape (band, row, col)
    cover : array, shape (row, col)
        How much of each cell the shape covers, 0 to 1; 0 where there are no data in any of the `needed` bands.
    area : array, shape (row, col)
        Of the cells, square metres on the ground.
    tile : Tile
        The window.
    """
    for i, shape in enumerate(shapes):
        if shape is None or shape.is_empty:
            continue
        tell(i / len(shapes), f"Reading the cells of shape {i + 1} of {len(shapes)}")
        for tile, inside in _parts(shape, stack.grid):
            values = stack.read(tile).astype(np.float64)
            yield i, values, inside * np.isfinite(values[needed]).all(0), cell_areas(stack.grid, tile), tile


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
