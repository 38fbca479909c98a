"""Repeated labels: label vectors that several groups bear, as where labels are broadcast from larger units."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ..data.vector.samples import Samples
from ..runtime.types import Array, Index, Text
from .giveaways import PURE
from .splits import group_means

Flags = NDArray[np.bool_]

NEIGHBOURS = 8  # among which one of another group is looked for


def repeated_labels(samples: Samples, group: Text | None = None) -> tuple[Flags, float]:
    """Whether a sample bears a label that another group bears too, and the share of label vectors that repeat.

    Pure labels repeat by nature and do not count, nor do augmented ones. The share is 1 - distinct vectors /
    vectors, over groups.

    Parameters
    ----------
    group : array of str, optional
        Within which labels may be alike; `Samples.group`, unless the folds do not keep groups whole.
    """
    group = samples.group if group is None else group
    flags = np.zeros(len(samples), bool)
    counted, vector, group_number = _mixed_labels(samples, group)
    if not len(counted):
        return flags, 0.0
    pairs = np.unique(np.stack([vector, group_number], 1), axis=0)  # a group counts once for each of its vectors
    groups = np.bincount(pairs[:, 0])
    flags[counted] = groups[vector] > 1
    return flags, float(1 - len(groups) / len(pairs))


def _mixed_labels(samples: Samples, group: Text) -> tuple[Index, Index, Index]:
    """The observed samples whose label is not pure, the number of the label of each, and that of its group."""
    counted = np.flatnonzero(~samples.augmented & ~(samples.shares > PURE).any(1))
    vector = np.unique(np.round(samples.shares[counted], 6), axis=0, return_inverse=True)[1].ravel()
    return counted, vector, np.unique(group[counted].astype(str), return_inverse=True)[1]


def same_as_neighbour(samples: Samples, places: Array) -> float:
    """The share of samples that bear the label of their nearest neighbour of another group."""
    counted, vector, group_number = _mixed_labels(samples, samples.group)
    pairs, pair = np.unique(np.stack([vector, group_number], 1), axis=0, return_inverse=True)
    means = group_means(places[counted], pair.ravel())
    near = cKDTree(means).query(means, k=min(NEIGHBOURS + 1, len(means)))[1][:, 1:]
    other = pairs[near, 1] != pairs[:, 1:]
    has_other = other.any(1)
    first = near[np.arange(len(near)), other.argmax(1)]
    same = pairs[first, 0] == pairs[:, 0]
    return float(same[has_other].mean()) if has_other.any() else 0.0
