"""Strata cells: the cells that can be drawn, with the stratum and the primary unit of each, window by window."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from affine import Affine
from rasterio.crs import CRS

from ...contract.errors import RegionwiseError
from ...contract.layer import Layer
from ...data.raster.category_names import category_names, names_of
from ...data.raster.grids import Grid
from ...data.raster.ground_cells import reported_areas
from ...data.raster.stack import Stack
from ...data.raster.tiles import Tile, numbers_in_plan, plan
from ...data.vector.layers import read_layer
from ...data.vector.polygons import Regions, only_polygons
from ...mapping.mapped_numbers import class_codes
from ...runtime.types import Array, Index
from .population import NOWHERE, SIDE

MOST_CELLS = 4e6  # of a grid that is laid over polygons


@dataclass(frozen=True)
class WindowCells:
    """The cells of a window that can be drawn: row-major number in the grid, stratum code, primary unit, area (m2)."""

    cell: Index
    code: Index
    primary: Index
    area: Array


class StrataSource(Protocol):
    """What tells the strata of cells."""

    def codes(self, tile: Tile) -> Array:
        """The stratum code of each cell of a window; NaN outside of all."""

    def names_of(self, codes: Index) -> list[str]:
        """What each stratum is called."""


@dataclass(frozen=True)
class RasterStrata:
    """Strata that are the classes of a raster; the stack is open."""

    stack: Stack
    layer: Layer

    def codes(self, tile: Tile) -> Array:
        """See `StrataSource`."""
        return class_codes(self.stack.read(tile)[0], self.layer)

    def names_of(self, codes: Index) -> list[str]:
        """See `StrataSource`."""
        return names_of(codes, category_names(self.stack.sources[0].file))


@dataclass(frozen=True)
class PolygonStrata:
    """Strata that are polygons, on a grid that is laid over them."""

    regions: Regions
    grid: Grid

    def codes(self, tile: Tile) -> Array:
        """See `StrataSource`."""
        number = self.regions.rasterised(self.grid, tile)
        return np.where(number >= 0, number, np.nan)

    def names_of(self, codes: Index) -> list[str]:
        """See `StrataSource`."""
        return [str(self.regions.names[code]) for code in codes]


@dataclass(frozen=True)
class StrataCells:
    """The cells that can be drawn: those of strata, in primary units if there are any, without what is excluded."""

    grid: Grid
    layer: Layer
    source: StrataSource
    primary: Regions | None
    excluded: Regions | None

    def windows(self) -> Iterator[WindowCells]:
        """Yield the cells of each window."""
        for tile in plan(self.grid.area, SIDE):
            yield self._window(tile)

    def at(self, cell: Index) -> tuple[Array, Index]:
        """The area, and the primary unit, of cells that can be drawn."""
        row, col = np.divmod(cell, self.grid.width)
        window_of = numbers_in_plan(self.grid.width, SIDE, row, col)
        area, primary = np.empty(len(cell)), np.empty(len(cell), np.int64)
        for number, tile in enumerate(plan(self.grid.area, SIDE)):
            own = window_of == number
            if own.any():
                window = self._window(tile)
                position = np.searchsorted(window.cell, cell[own])
                area[own], primary[own] = window.area[position], window.primary[position]
        return area, primary

    def _window(self, tile: Tile) -> WindowCells:
        code = self.source.codes(tile)
        there = np.isfinite(code)
        if self.excluded:
            there &= self.excluded.rasterised(self.grid, tile) < 0
        primary = np.full(code.shape, NOWHERE)
        if self.primary:
            primary = self.primary.rasterised(self.grid, tile)
            there &= primary >= 0
        row, col = np.nonzero(there)
        area = np.broadcast_to(reported_areas(self.grid, tile), code.shape)[there]
        cell = (row + tile.row) * self.grid.width + col + tile.col
        return WindowCells(cell, code[there].astype(np.int64), primary[there].astype(np.int64), area)


def grid_over(layer: Layer, cell_size: float) -> Grid:
    """A grid over polygons, whose cells are drawn.

    Parameters
    ----------
    cell_size : float
        Metres; 0: a round number such that there are at most `MOST_CELLS`.

    Raises
    ------
    RegionwiseError
        If the layer is in degrees, or has no polygon.
    """
    frame = read_layer(layer)
    crs = CRS.from_wkt(frame.crs.to_wkt())
    if crs.is_geographic:
        raise RegionwiseError(
            f"Strata '{layer}' are in degrees, in which cells differ in area.",
            "Reproject the layer to a CRS in metres (Vector > Data management > Reproject), best an equal-area one.",
        )
    left, bottom, right, top = only_polygons(frame, layer, "Choose polygons, or a raster of classes.").total_bounds
    size = cell_size / (crs.linear_units_factor[1] or 1.0)
    if not size:
        rough = math.sqrt((right - left) * (top - bottom) / MOST_CELLS)
        power = 10.0 ** math.floor(math.log10(rough))
        size = next(step * power for step in (1, 2, 5, 10) if step * power >= rough)
    columns, rows = (max(math.ceil(length / size), 1) for length in (right - left, top - bottom))
    return Grid(crs, Affine(size, 0, left, 0, -size, top), rows, columns)


def separate_polygons(layer: Layer, grid: Grid) -> Regions | None:
    """The polygons of a layer on a grid, each by itself and called by its number; None without a layer."""
    if not layer:
        return None
    polygons = only_polygons(read_layer(layer, grid.crs, grid.bounds), layer).reset_index(drop=True)
    return Regions(tuple(str(i + 1) for i in range(len(polygons))), polygons[["geometry"]])
