"""Splitters: folds of samples behind the interface of scikit-learn, ``split(X, y, groups)``.

`X` holds the places of the samples, shape (n, 2 or 3), as in verde; `groups` names what is never split between folds.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..runtime.types import Array, Index, Text
from .blocks import squares, whole_blocks
from .splits import grouped_folds, random_folds

Flags = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class FoldSplitter(ABC):
    """Splits samples into folds, of which each is tested once.

    Parameters
    ----------
    n_splits : int
        Number of folds.
    seed : int
        For what is drawn at random.
    """

    n_splits: int
    seed: int

    @abstractmethod
    def fold_numbers(self, places: Array, groups: Text | None = None) -> Index:
        """The fold of each sample, from 0, shape (n,)."""

    def split(self, X: Array, y: object = None, groups: Text | None = None) -> Iterator[tuple[Index, Index]]:  # noqa: N803
        """Yield the samples that train and those that are tested, fold by fold.

        The first split of `BlockSplitter`, ``o`` trains and ``x`` is tested:

        >>> import numpy as np
        >>> places = np.array([(col, row) for row in range(6) for col in range(6)], float)
        >>> train, test = next(BlockSplitter(n_splits=4, seed=1, side=3.0).split(places))
        >>> picture = np.full(36, "?")
        >>> picture[train], picture[test] = "o", "x"
        >>> print("\\n".join(" ".join(row) for row in picture.reshape(6, 6)))
        x x x o o o
        x x x o o o
        x x x o o o
        o o o o o o
        o o o o o o
        o o o o o o
        """
        number = self.fold_numbers(X, groups)
        for fold in range(self.n_splits):
            yield np.flatnonzero(number != fold), np.flatnonzero(number == fold)

    def get_n_splits(self, X: object = None, y: object = None, groups: object = None) -> int:  # noqa: N803
        """The number of folds."""
        return self.n_splits


@dataclass(frozen=True, kw_only=True)
class RandomSplitter(FoldSplitter):
    """Folds drawn at random in equal parts: neighbours are in different ones.

    >>> import numpy as np
    >>> places = np.array([(col, row) for row in range(6) for col in range(6)], float)
    >>> print(RandomSplitter(n_splits=4, seed=1).fold_numbers(places).reshape(6, 6))
    [[2 0 1 3 3 3]
     [0 1 3 3 0 1]
     [3 3 2 0 3 1]
     [2 1 2 2 1 2]
     [1 2 0 0 2 3]
     [0 1 0 0 2 1]]
    """

    def fold_numbers(self, places: Array, groups: Text | None = None) -> Index:
        """The fold of each sample; `groups` count for nothing."""
        return random_folds(len(places), self.n_splits, self.seed)


@dataclass(frozen=True, kw_only=True)
class GroupSplitter(FoldSplitter):
    """Folds of whole groups, about equal in samples.

    Parameters
    ----------
    augmented : array of bool, shape (n,), optional
        Samples that count for nothing when groups are dealt to folds.

    Examples
    --------
    Three neighbours in a row are a group:

    >>> import numpy as np
    >>> places = np.array([(col, row) for row in range(6) for col in range(6)], float)
    >>> groups = np.arange(36) // 3
    >>> print(GroupSplitter(n_splits=4, seed=1).fold_numbers(places, groups).reshape(6, 6))
    [[1 1 1 2 2 2]
     [2 2 2 0 0 0]
     [2 2 2 3 3 3]
     [0 0 0 3 3 3]
     [1 1 1 1 1 1]
     [0 0 0 3 3 3]]
    """

    augmented: Flags | None = None

    def fold_numbers(self, places: Array, groups: Text | None = None) -> Index:
        """The fold of each sample, see `splits.grouped_folds`; without `groups` each sample is one."""
        names = np.arange(len(places)) if groups is None else groups
        return grouped_folds(names, self.n_splits, self.seed, self.augmented)


@dataclass(frozen=True, kw_only=True)
class BlockSplitter(FoldSplitter):
    """Folds of square blocks: neighbours are in the same one, but for those across an edge.

    Parameters
    ----------
    side : float
        Side of a block in units of the places; one begins at 0, 0.

    Examples
    --------
    >>> import numpy as np
    >>> places = np.array([(col, row) for row in range(6) for col in range(6)], float)
    >>> splitter = BlockSplitter(n_splits=4, seed=1, side=3.0)
    >>> print(splitter.fold_numbers(places).reshape(6, 6))
    [[0 0 0 2 2 2]
     [0 0 0 2 2 2]
     [0 0 0 2 2 2]
     [1 1 1 3 3 3]
     [1 1 1 3 3 3]
     [1 1 1 3 3 3]]

    Blocks that share a group are one:

    >>> groups = np.arange(36)
    >>> groups[[2, 3]] = 99
    >>> print(BlockSplitter(n_splits=2, seed=1, side=3.0).fold_numbers(places, groups).reshape(6, 6))
    [[0 0 0 0 0 0]
     [0 0 0 0 0 0]
     [0 0 0 0 0 0]
     [1 1 1 1 1 1]
     [1 1 1 1 1 1]
     [1 1 1 1 1 1]]
    """

    side: float

    def fold_numbers(self, places: Array, groups: Text | None = None) -> Index:
        """The fold of each sample; without `groups` each sample is one."""
        names = np.arange(len(places)).astype(object) if groups is None else groups
        blocks = whole_blocks(squares(places, self.side), names, self.n_splits)[0]
        return grouped_folds(blocks, self.n_splits, self.seed)
