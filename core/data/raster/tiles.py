"""Tiles: how a grid is cut into windows, in integers, each cell once.

A tile of 4 x 4 cells (``#``) with a halo of 2 cells (``.``) is read as 8 x 8::

    ........
    ........
    ..####..
    ..####..
    ..####..
    ..####..
    ........
    ........
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, order=True)
class Tile:
    """A window of a grid: first row, first column, height and width in cells."""

    row: int
    col: int
    height: int
    width: int

    def padded(self, halo: int) -> Tile:
        """The tile grown by `halo` cells on each side; it may reach beyond the grid."""
        return Tile(self.row - halo, self.col - halo, self.height + 2 * halo, self.width + 2 * halo)

    def moved(self, rows: int, cols: int) -> Tile:
        """The tile moved down and to the right."""
        return Tile(self.row + rows, self.col + cols, self.height, self.width)

    def clipped(self, height: int, width: int) -> Tile:
        """The part of the tile inside a grid of `height` x `width` cells (may be empty)."""
        top, left = min(max(self.row, 0), height), min(max(self.col, 0), width)
        bottom = min(max(self.row + self.height, top), height)
        right = min(max(self.col + self.width, left), width)
        return Tile(top, left, bottom - top, right - left)


def plan(area: Tile, size: int) -> Iterator[Tile]:
    """Yield tiles of at most `size` x `size` cells that cover each cell of `area` once.

    Parameters
    ----------
    area : Tile
        The window to cover.
    size : int
        Side of a tile in cells.
    """
    for row in range(area.row, area.row + area.height, size):
        for col in range(area.col, area.col + area.width, size):
            yield Tile(
                row,
                col,
                min(size, area.row + area.height - row),
                min(size, area.col + area.width - col),
            )


def numbers_in_plan(width: int, size: int, row: NDArray[np.int64], col: NDArray[np.int64]) -> NDArray[np.int64]:
    """The number of the tile that holds each cell, in the `plan` of a raster of `width` columns from its first cell."""
    numbers: NDArray[np.int64] = (row // size) * -(-width // size) + col // size
    return numbers
