"""Cover of a tile by windows that a network computes, so that the cost follows the number of wanted pixels.

A window is computed with the halo of the network, so small windows waste work on halos and large ones
on cells that nobody wants. Rectangles are cut in two wherever that is cheaper, by the time that
windows take on this very machine::

    ......##........        two small windows
    ......##........        are cheaper than
    ............####        one large one
    ............####
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..data.raster.tiles import Tile

Ints = NDArray[np.int64]

GRAIN = {"cpu": 8, "cuda": 64, "mps": 64}  # sides of windows are multiples of it, in cells
FULL = 0.9  # a rectangle as full as that is not cut


@dataclass(frozen=True)
class Cost:
    """The cost of a window, in seconds.

    Parameters
    ----------
    each : float
        For any window.
    cell : float
        For a cell that is computed, of which a window of h x w cells has (h + halo) (w + halo): with
        every layer a network of unpadded convolutions computes less of the halo, half of it on average.
    halo : int
        Cells that the network sees to each side.
    """

    each: float
    cell: float
    halo: int

    def of(self, height: Ints | int, width: Ints | int, largest: int) -> NDArray[np.float64]:
        """The cost of rectangles, cut into windows of at most `largest` cells a side."""
        rows, cols = -(-np.asarray(height) // largest), -(-np.asarray(width) // largest)
        cells = (height + rows * self.halo) * (width + cols * self.halo)
        return np.asarray(np.where(rows * cols > 0, rows * cols * self.each + cells * self.cell, 0.0))


def cover(wanted: NDArray[np.bool_], cost: Cost, largest: int, grain: int) -> list[Tile]:
    """Windows that hold every wanted cell, in reading order, chosen to cost little.

    Parameters
    ----------
    wanted : array of bool, shape (row, col)
    largest, grain : int
        The sides of windows are multiples of `grain` and at most `largest` cells. At the edges of a
        small tile they reach beyond it.
    """
    return list(_cover(np.packbits(wanted).tobytes(), wanted.shape, cost, largest, grain))


def batches(windows: Sequence[Tile], cells: int, halo: int) -> Iterator[list[Tile]]:
    """Yield windows of one shape together, as many as have at most so many `cells` with their halos, or one.

    Large ones come first, so that the memory of one size can be used again for the next.
    """
    shapes = sorted({(w.height, w.width) for w in windows}, key=lambda shape: (-shape[0] * shape[1], shape))
    for height, width in shapes:
        alike = [window for window in windows if (window.height, window.width) == (height, width)]
        count = max(1, cells // ((height + 2 * halo) * (width + 2 * halo)))
        for start in range(0, len(alike), count):
            yield alike[start : start + count]


@lru_cache(maxsize=8)  # the members of an ensemble want the same cells
def _cover(bits: bytes, shape: tuple[int, int], cost: Cost, largest: int, grain: int) -> tuple[Tile, ...]:
    flat = np.unpackbits(np.frombuffer(bits, np.uint8), count=shape[0] * shape[1])
    wanted = flat.reshape(shape).astype(bool)
    whole = [-(-size // grain) * grain for size in shape]
    grid = np.zeros(whole, bool)
    grid[: shape[0], : shape[1]] = wanted
    blocks = grid.reshape(whole[0] // grain, grain, whole[1] // grain, grain)
    coarse = np.asarray(blocks.any(axis=(1, 3)))
    planner = _Planner(coarse, cost, largest, grain)
    rectangles = planner.cheapest(0, coarse.shape[0], 0, coarse.shape[1])[1]
    return tuple(sorted(_to_window(wanted, rectangle, grain) for rectangle in rectangles))


class _Planner:
    """Cuts rectangles of a coarse grid in two as long as that is cheaper."""

    def __init__(self, coarse: NDArray[np.bool_], cost: Cost, largest: int, grain: int) -> None:
        self._coarse, self._cost, self._largest, self._grain = coarse, cost, largest, grain

    def cheapest(self, top: int, bottom: int, left: int, right: int) -> tuple[float, list[Tile]]:
        """The cost and the rectangles (in coarse cells) that cover the wanted cells in one rectangle."""
        part = self._coarse[top:bottom, left:right]
        rows, cols = np.flatnonzero(part.any(1)), np.flatnonzero(part.any(0))
        if not len(rows):
            return 0.0, []
        top, bottom = top + int(rows[0]), top + int(rows[-1]) + 1
        left, right = left + int(cols[0]), left + int(cols[-1]) + 1
        part = self._coarse[top:bottom, left:right]
        height, width = part.shape
        whole = float(self._cost_of(height, width)), [Tile(top, left, height, width)]
        fits = max(height, width) * self._grain <= self._largest
        if fits and (height * width == 1 or part.mean() >= FULL):
            return whole
        (down, row), (across, col) = self._best_cut(part), self._best_cut(part.T)
        if row and (down <= across or not col):
            halves = self.cheapest(top, top + row, left, right), self.cheapest(top + row, bottom, left, right)
        else:
            halves = self.cheapest(top, bottom, left, left + col), self.cheapest(top, bottom, left + col, right)
        split = halves[0][0] + halves[1][0], halves[0][1] + halves[1][1]
        return whole if fits and whole[0] <= split[0] else split

    def _best_cut(self, part: NDArray[np.bool_]) -> tuple[float, int]:
        """The cost of the best cut between two rows, and before which row it is; 0 if there is none."""
        if len(part) < 2:
            return np.inf, 0
        above = self._costs(part)[:-1]
        below = self._costs(part[::-1])[::-1][1:]
        best = int(np.argmin(above + below))
        return float((above + below)[best]), best + 1

    def _costs(self, part: NDArray[np.bool_]) -> NDArray[np.float64]:
        """The cost of the first row, of the first two, and so on, each shrunk to its wanted cells."""
        above = np.logical_or.accumulate(part, 0)
        width = part.shape[1] - above.argmax(1) - above[:, ::-1].argmax(1)
        full = part.any(1)
        number = np.arange(len(part))
        height = np.maximum.accumulate(np.where(full, number, -1)) - int(full.argmax()) + 1
        return np.where(above.any(1), self._cost_of(np.maximum(height, 0), width), 0.0)

    def _cost_of(self, height: Ints | int, width: Ints | int) -> NDArray[np.float64]:
        return self._cost.of(height * self._grain, width * self._grain, self._largest)


def _to_window(wanted: NDArray[np.bool_], cells: Tile, grain: int) -> Tile:
    """The window of a rectangle of coarse cells: around the wanted cells there, and inside the tile."""
    row, col = cells.row * grain, cells.col * grain
    part = wanted[row : row + cells.height * grain, col : col + cells.width * grain]
    rows, cols = np.flatnonzero(part.any(1)), np.flatnonzero(part.any(0))
    first = row + int(rows[0]), col + int(cols[0])
    sides = [-(-(int(covered[-1] - covered[0]) + 1) // grain) * grain for covered in (rows, cols)]
    start = [max(min(f, size - side), 0) for f, side, size in zip(first, sides, wanted.shape, strict=True)]
    return Tile(start[0], start[1], sides[0], sides[1])
