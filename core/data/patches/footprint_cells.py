"""Footprint cells: the single cells of each sample's footprint, drawn where a footprint has many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...runtime.types import Array, Index
from .patches import Patches

MOST_CELLS = 64  # of a footprint; more would add cost, not information: its label is one number


@dataclass(frozen=True)
class FootprintCells:
    """Cells of the footprints of samples, one sample after the other.

    Parameters
    ----------
    position : array of int, shape (cell, 3)
        Piece, and row and column in the core of the patches.
    weight : array, shape (cell,)
        In the footprint.
    first : array of int, shape (sample + 1,)
        The cells of sample i are those from `first[i]` to before `first[i + 1]`; each has one or more.
    """

    position: NDArray[np.int64]
    weight: Array
    first: Index

    @property
    def single(self) -> bool:
        """Whether every sample has one cell, as points have."""
        return len(self.weight) == len(self.first) - 1

    @property
    def owner(self) -> Index:
        """The sample of each cell."""
        return np.repeat(np.arange(len(self.first) - 1), np.diff(self.first))

    def thinned(self, most: int) -> tuple[FootprintCells, Index]:
        """At most `most` cells of each sample, whose weights sum to 1 in each, and their numbers among all.

        Those of larger footprints are drawn, always alike; see `systematic`.
        """
        rng, counts = np.random.default_rng(0), np.diff(self.first)
        weight = self.weight / np.add.reduceat(self.weight, self.first[:-1])[self.owner]
        kept = np.ones(len(weight), bool)
        for sample in np.flatnonzero(counts > most):
            cells = slice(*self.first[sample : sample + 2])
            weight[cells] = systematic(weight[cells], most, rng)
            kept[cells] = weight[cells] > 0
        rows = np.flatnonzero(kept)
        return FootprintCells(self.position[rows], weight[rows], np.searchsorted(rows, self.first)), rows


def footprint_cells(patches: Patches, samples: int, most: int = MOST_CELLS) -> FootprintCells:
    """At most `most` cells of each of so many samples, whose weights sum to 1 in each."""
    position = np.argwhere(patches.weights > 0)
    weight = patches.weights[tuple(position.T)].astype(np.float64)
    first = np.searchsorted(patches.sample[position[:, 0]], np.arange(samples + 1))
    return FootprintCells(position, weight, first).thinned(most)[0]


def systematic(weight: Array, count: int, rng: np.random.Generator) -> Array:
    """New weights of cells, of which at most `count` are not 0; they sum to 1.

    Systematic sampling with probabilities proportional to weight (Madow 1949, Ann. Math. Stat. 20, 333): each
    `count`-th part of the sum of weights, in reading order, draws one cell. So the drawn ones lie all over the
    footprint, and weighted means over them are without bias. One that is drawn again weighs more.
    """
    ends = np.cumsum(weight)
    steps = (np.arange(count) + rng.random()) / count
    drawn = np.minimum(np.searchsorted(ends, steps * ends[-1], "right"), len(weight) - 1)
    return np.bincount(drawn, minlength=len(weight)) / count
