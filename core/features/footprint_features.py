"""Footprint features: those of the single cells of each sample, and answers to cells put together to the sample's.

A map answers cells, and what it says of an area is their mean. So areas are tested in the same way: their cells are
answered one by one, and the answers averaged with the cells' weights. The mean of an area's features is like no cell
of a map.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.patches.footprint_cells import MOST_CELLS, FootprintCells, footprint_cells
from ..data.patches.patches import Patches
from ..runtime.files import fingerprint
from ..runtime.progress import span
from ..runtime.types import Array, Floats, Index
from .series_features import Days
from .window_features import CHUNK, CHUNK_NUMBERS, Features

MOST_NUMBERS = 2**27  # features that are kept; where samples are many, each has fewer cells
ANSWERED_NUMBERS = 2**24  # features of the cells that are answered at a time


@dataclass(frozen=True)
class FootprintFeatures:
    """Features of the cells of all footprints.

    Parameters
    ----------
    table : array, shape (row, feature)
        It lies on disk; NaN is missing.
    cells : FootprintCells
        Their weights sum to 1 in each sample.
    row : array of int, shape (cell,)
        In the table.
    """

    table: Floats
    cells: FootprintCells
    row: Index

    @classmethod
    def of(cls, patches: Patches, samples: int, features: Features, days: Days | None = None) -> FootprintFeatures:
        """The features of the cells of so many samples; computed once in a run, and kept beside the patches.

        Parameters
        ----------
        days : array of int, shape (sample, step), optional
            Where bands are dated.
        """
        cropped = patches.cropped(features.halo)
        most = MOST_NUMBERS // (len(features.names()) * samples)
        cells = footprint_cells(cropped, samples, int(np.clip(most, 1, MOST_CELLS)))
        name = f"cells-{fingerprint(features.description())}"
        table = cropped.kept(name, lambda: cell_features(cropped, cells, features, days))
        return cls(table, cells, np.arange(len(table)))

    def __len__(self) -> int:
        """How many samples there are."""
        return len(self.cells.first) - 1

    def thinned(self, most: int) -> FootprintFeatures:
        """The same with at most `most` cells of each sample."""
        cells, rows = self.cells.thinned(most)
        return FootprintFeatures(self.table, cells, self.row[rows])

    def rows(self, samples: Index) -> tuple[Index, Index, Array]:
        """Of the cells of `samples`, one sample after the other: row, number among `samples`, and weight."""
        first = self.cells.first
        counts = first[samples + 1] - first[samples]
        owner = np.repeat(np.arange(len(samples)), counts)
        at = np.arange(len(owner)) + np.repeat(first[samples] - (np.cumsum(counts) - counts), counts)
        return self.row[at], owner, self.cells.weight[at]

    def drawn(self, samples: Index, rng: np.random.Generator) -> Index:
        """The row in the table of one cell of each of `samples`, drawn by weight; a single one costs no number."""
        first = self.cells.first
        if self.cells.single:
            return self.row[first[samples]]
        ends = np.cumsum(self.cells.weight)
        before = np.concatenate([[0.0], ends])[first[samples]]
        cell = np.searchsorted(ends, before + rng.random(len(samples)), "right")
        return self.row[np.clip(cell, first[samples], first[samples + 1] - 1)]

    def mean(self) -> Floats:
        """The mean features of each sample over the cells that have them, shape (sample, feature)."""
        if self.cells.single:
            return self.table if len(self.row) == len(self.table) else self.table[self.row]
        out = np.empty((len(self), self.table.shape[1]), np.float32)
        for samples in self._parts(np.arange(len(out))):
            row, owner, weight = self.rows(samples)
            table = self.table[row]
            known = np.isfinite(table)
            totals = footprint_sums(known, owner, weight)
            with np.errstate(invalid="ignore"):
                sums = footprint_sums(np.where(known, table, 0), owner, weight)
                out[samples] = np.where(totals > 0, sums / totals, np.nan)
        return out

    def answers(self, samples: Index, answer: Callable[[Floats], Array]) -> Array:
        """The answers to `samples`: the weighted means of those to their cells, shape (sample, number).

        Parameters
        ----------
        answer : callable
            Returns numbers (cell, number) for features (cell, feature).
        """
        parts = []
        for part in self._parts(samples):
            row, owner, weight = self.rows(part)
            numbers = answer(self.table[row])
            parts.append(numbers if self.cells.single else footprint_sums(numbers, owner, weight))
        return np.concatenate(parts)

    def _parts(self, samples: Index) -> list[Index]:
        """`samples` in parts whose features fit into memory; those of single cells are one part."""
        if self.cells.single:
            return [samples]
        numbers = np.cumsum(np.diff(self.cells.first)[samples]) * self.table.shape[1]
        return np.split(samples, np.flatnonzero(np.diff(numbers // ANSWERED_NUMBERS)) + 1)


def footprint_sums(numbers: NDArray[Any], owner: Index, weight: Array) -> Array:
    """The weighted sums of numbers of cells (cell, number) over those of each sample; see `FootprintFeatures.rows`."""
    sums: Array = np.add.reduceat(numbers * weight[:, None], np.searchsorted(owner, np.arange(owner[-1] + 1)))
    return sums


def cell_features(patches: Patches, cells: FootprintCells, features: Features, days: Days | None = None) -> Floats:
    """The features of `cells`, shape (cell, feature); see `FootprintFeatures`."""
    count = len(features.names())
    table = np.empty((len(cells.position), count), np.float32)
    pieces: NDArray[np.int64] = np.unique(cells.position[:, 0])
    chunk = min(CHUNK, max(1, CHUNK_NUMBERS // (count * patches.core**2)))
    for start in range(0, len(pieces), chunk):
        part = pieces[start : start + chunk]
        piece_days = days[patches.sample[part]] if days is not None else None
        with span(0, 0, f"Computing features of the samples, {start:,} of {len(pieces):,} done"):
            values = features(patches.pixels(part), patches.halo, piece_days)  # (piece, feature, core, core)
        rows = slice(*np.searchsorted(cells.position[:, 0], [part[0], part[-1] + 1]))
        piece, row, col = cells.position[rows].T
        table[rows] = values[np.searchsorted(part, piece), :, row, col]
    return table
