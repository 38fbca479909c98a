"""Cell draw: cells drawn at random without replacement, tile by tile, the same in any order of tiles."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..runtime.types import Index

Keys = NDArray[np.uint64]


def cell_keys(cells: Index, seed: int) -> Keys:
    """A random number for each cell of a raster, shape (cell,), by its number (SplitMix64; Steele et al. 2014)."""
    with np.errstate(over="ignore"):
        start = _mixed(np.array([seed], np.uint64) + np.uint64(0x9E3779B97F4A7C15))
        return _mixed(cells.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + start)


def _mixed(keys: Keys) -> Keys:
    """The bits of 64-bit numbers, mixed."""
    keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    keys = (keys ^ (keys >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(keys ^ (keys >> np.uint64(31)))


class CellDraw:
    """Draws a number of cells of each stratum: those with the smallest random keys.

    Parameters
    ----------
    counts : sequence of int
        To be drawn, by stratum.
    """

    def __init__(self, counts: Sequence[int], seed: int) -> None:
        self._counts, self._seed = list(counts), seed
        self._keys: list[Keys] = [np.empty(0, np.uint64) for _ in counts]
        self._cells: list[Index] = [np.empty(0, np.int64) for _ in counts]
        self._most = np.full(len(self._counts), np.iinfo(np.uint64).max, np.uint64)

    def add(self, stratum: Index, cells: Index) -> None:
        """Offer cells, by their number in the raster, and the stratum of each; below 0 it is in none."""
        inside = stratum >= 0
        stratum, cells = stratum[inside], cells[inside]
        keys = cell_keys(cells, self._seed)
        near = keys <= self._most[stratum]
        stratum, cells, keys = stratum[near], cells[near], keys[near]
        for number in np.unique(stratum):
            own = stratum == number
            self._keep(int(number), np.concatenate([self._keys[number], keys[own]]),
                       np.concatenate([self._cells[number], cells[own]]))  # fmt: skip

    def _keep(self, number: int, keys: Keys, cells: Index) -> None:
        """Keep the cells of a stratum that would be drawn so far."""
        count = self._counts[number]
        if len(keys) > count:
            smallest = np.argpartition(keys, count)[:count] if count else np.empty(0, np.int64)
            keys, cells = keys[smallest], cells[smallest]
        self._keys[number], self._cells[number] = keys, cells
        if len(keys) == count:
            self._most[number] = keys.max() if count else 0

    def drawn(self) -> tuple[Index, Index]:
        """The stratum and the number of each drawn cell, in the order in which they were drawn of all strata."""
        stratum = np.repeat(np.arange(len(self._cells)), [len(cells) for cells in self._cells])
        cells, keys = np.concatenate(self._cells), np.concatenate(self._keys)
        # another seed: an order by the same keys would put small strata last
        order = np.argsort(cell_keys(cells, self._seed + 1), kind="stable") if len(keys) else stratum
        return stratum[order], cells[order]
