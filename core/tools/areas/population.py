"""Population: the cells that a sample was drawn from, counted by stratum, class of the map and zone in one pass.

Places of the sample are looked up on the way, so that a map is read once, whatever its size.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from ...contract.layer import Layer
from ...data.raster.ground_cells import reported_areas
from ...data.raster.stack import MASK, Stack
from ...data.raster.tiles import Tile, numbers_in_plan, plan
from ...data.vector.polygons import Regions
from ...mapping.mapped_numbers import MapKind, class_codes
from ...runtime.types import Array, Index, Mask

SIDE = 1024  # cells of a window
NOWHERE = -1  # number of a cell without a stratum or zone
KEYS = ["zone", "stratum", "code"]


@dataclass(frozen=True)
class Cells:
    """The cells of a window that have data, each array of shape (cell,)."""

    zone: Index
    stratum: Index
    code: Index
    area: Array
    shares: Array

    def chosen(self, which: Index | Mask) -> Cells:
        """Some of the cells, by number, in that order, or by mask."""
        return Cells(self.zone[which], self.stratum[which], self.code[which], self.area[which], self.shares[which])


@dataclass(frozen=True)
class Population:
    """The counted cells, and what lies at the places of a sample.

    Parameters
    ----------
    rows : DataFrame
        Cells and area (square metres) by zone, stratum and class code; with shares the sum of each times area, columns
        0, 1, ... `NOWHERE` stands for none.
    places : Cells
        Of the sample, shape (place,), where they lie on the map.
    on_map : array of bool, shape (place,)
    """

    rows: pd.DataFrame
    places: Cells
    on_map: Mask


@dataclass(frozen=True)
class PopulationReader:
    """What tells the cells of a map.

    Parameters
    ----------
    stack : Stack
        Open; the map's bands, and strata as a band of the sensor `MASK`, if they are another raster.
    """

    stack: Stack
    kind: MapKind
    map: Layer
    strata: Layer
    zones: Regions | None = None

    def count(self, places: Array, progress: Callable[[float, str], None]) -> Population:
        """Count all cells, and look up `places`, shape (place, 2), in the CRS of the map."""
        rows, cols = _cells_at(self.stack, places)
        grid = self.stack.grid
        inside = (rows >= 0) & (rows < grid.height) & (cols >= 0) & (cols < grid.width)
        tiles = list(plan(grid.area, SIDE))
        tile_of = numbers_in_plan(grid.width, SIDE, rows, cols)
        order = np.flatnonzero(inside)[np.argsort(tile_of[inside], kind="stable")]
        starts = np.searchsorted(tile_of[order], np.arange(len(tiles) + 1))
        counted: list[pd.DataFrame] = []
        found: list[tuple[Index, Cells]] = []
        for number, tile in enumerate(tiles):
            cells, valid = self.read(tile)
            counted.append(_summed(cells))
            mine = order[starts[number] : starts[number + 1]]
            if len(mine):
                position = np.cumsum(valid.ravel()) - 1
                at = (rows[mine] - tile.row) * tile.width + cols[mine] - tile.col
                there = valid.ravel()[at]
                found.append((mine[there], cells.chosen(position[at[there]])))
            progress((number + 1) / len(tiles), f"{number + 1} of {len(tiles)} parts of the map counted")
        table = pd.concat(counted).groupby(KEYS, as_index=False).sum()
        places_found, on_map = _placed(found, len(places), len(self.kind.names))
        return Population(table, places_found, on_map)

    def read(self, tile: Tile) -> tuple[Cells, Mask]:
        """The cells of a window that have data on the map and on strata, and which of the window these are."""
        values = self.stack.read(tile)
        mapped = values[list(self.kind.positions)]
        valid: Mask = np.logical_and.reduce(np.isfinite(mapped), axis=0)
        stratum = np.full(values.shape[1:], float(NOWHERE))
        if self.strata:
            band = next(i for i, band in enumerate(self.stack.bands) if band.sensor == MASK)
            stratum = class_codes(values[band], self.strata)
            valid &= np.isfinite(stratum)
        zone = self.zones.rasterised(self.stack.grid, tile) if self.zones else np.full(valid.shape, NOWHERE)
        area = np.broadcast_to(reported_areas(self.stack.grid, tile), valid.shape)[valid]
        code, shares = np.full(len(area), NOWHERE), np.empty((len(area), 0))
        if self.kind.is_classes:
            code = class_codes(mapped[0], self.map)[valid].astype(np.int64)
        else:
            shares = self.kind.shares(mapped[:, valid])
        return Cells(zone[valid].astype(np.int64), stratum[valid].astype(np.int64), code, area, shares), valid


def _cells_at(stack: Stack, places: Array) -> tuple[Index, Index]:
    """The row and column of each place; they may lie beyond the grid."""
    inverse = ~stack.grid.transform
    col, row = inverse @ (places[:, 0], places[:, 1])
    return np.floor(row).astype(np.int64), np.floor(col).astype(np.int64)


def _summed(cells: Cells) -> pd.DataFrame:
    """Cells of a window by zone, stratum and code."""
    side = 2**17  # above all numbers of strata and classes
    key = ((cells.zone + 1) * side + cells.stratum + 1) * side + cells.code + 1
    keys, first, number = np.unique(key, return_index=True, return_inverse=True)
    table = pd.DataFrame({"zone": cells.zone[first], "stratum": cells.stratum[first], "code": cells.code[first]})
    table["cells"] = np.bincount(number, minlength=len(keys))
    table["area"] = np.bincount(number, cells.area, len(keys))
    for k in range(cells.shares.shape[1]):
        table[k] = np.bincount(number, cells.area * cells.shares[:, k], len(keys))
    return table


def _placed(found: list[tuple[Index, Cells]], places: int, shares: int) -> tuple[Cells, Mask]:
    """The cells of all places in their order, and which places lie on data."""
    on_map = np.zeros(places, bool)
    zone, stratum, code = np.full((3, places), NOWHERE)
    nowhere = Cells(zone, stratum, code, np.zeros(places), np.full((places, shares), np.nan))
    for which, cells in found:
        on_map[which] = True
        for field in fields(cells):
            getattr(nowhere, field.name)[which] = getattr(cells, field.name)
    return nowhere, on_map
