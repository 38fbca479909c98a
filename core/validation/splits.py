"""Splits: which samples train, validate and test; whole sources stay together.

Random folds mix neighbours (left), blocks keep them together (right); digits are folds::

    3 1 0 2 1 0        0 0 0 2 2 2
    0 2 3 1 3 2        0 0 0 2 2 2
    1 0 2 3 0 1        1 1 1 3 3 3
    2 3 1 0 2 3        1 1 1 3 3 3
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..contract.errors import RegionwiseError

Index = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Split:
    """One fold: indices of the samples that train, validate (choose the best epoch) and test."""

    name: str
    train: Index
    validation: Index
    test: Index


def random_folds(n: int, folds: int, seed: int) -> Index:
    """A fold number for each of `n` samples, drawn at random in equal parts."""
    return np.random.default_rng(seed).permutation(np.arange(n) % folds)


def grouped_folds(groups: NDArray[np.object_] | Index, folds: int, seed: int, augmented: Flags | None = None) -> Index:
    """A fold number per sample such that no group is in two folds.

    Groups are dealt, the largest first, to the fold that has the fewest observed samples so far;
    groups of augmented samples alone follow.

    Raises
    ------
    RegionwiseError
        If there are fewer groups with observed samples than folds.
    """
    _, group = np.unique(groups.astype(str), return_inverse=True)
    observed = np.ones(len(group)) if augmented is None else (~augmented).astype(float)
    sizes = np.bincount(group, observed)
    if (sizes > 0).sum() < folds:
        raise RegionwiseError(
            f"There are {(sizes > 0).sum()} groups of observed samples for {folds} folds.",
            "Choose fewer folds, smaller blocks, or a source field with more units.",
        )
    order = np.random.default_rng(seed).permutation(len(sizes))
    order = order[np.argsort(-sizes[order], kind="stable")]
    load = np.zeros(folds)
    fold_of = np.empty(len(sizes), np.int64)
    for g in order:
        fold_of[g] = load.argmin()
        load[fold_of[g]] += max(sizes[g], 1e-3)
    return fold_of[group]


def spatial_blocks(xy: NDArray[np.float64], source: NDArray[np.object_], side: float) -> NDArray[np.object_]:
    """The square block of each sample; a source lies in the block of its mean place.

    Parameters
    ----------
    xy : array, shape (n, 2)
        Places in units of the CRS.
    side : float
        Side of a block in units of the CRS.
    """
    _, group = np.unique(source.astype(str), return_inverse=True)
    count = np.bincount(group)
    mean = np.stack([np.bincount(group, xy[:, i]) / count for i in (0, 1)], 1)[group]
    cells = np.floor((mean - xy.min(0)) / side).astype(int)
    return np.array([f"{a} {b}" for a, b in cells], object)


def default_block_side(xy: NDArray[np.float64], receptive_field: float, folds: int) -> float:
    """A block side: a tenth of the extent, at least the receptive field.

    Blocks shrink if there would be fewer than three of them per fold.
    """
    extent = float(np.ptp(xy, axis=0).max())
    side = max(extent / 10, receptive_field)
    smallest = max(extent / 100, 1e-9)
    while side > smallest and len(np.unique(np.floor(xy / side), axis=0)) < 3 * folds:
        side /= 1.5
    return max(side, smallest)


def cross_validation(
    fold: Index, groups: NDArray[np.object_], augmented: Flags, source: NDArray[np.object_], seed: int
) -> list[Split]:
    """One split per fold; a quarter of the other folds, by whole groups, validates.

    Augmented samples never test or validate, and in a fold those of a tested or validating source
    do not train either: their labels were derived from it.
    """
    splits = []
    for number in range(int(fold.max()) + 1):
        test = np.flatnonzero((fold == number) & ~augmented)
        rest = np.flatnonzero(fold != number)
        train, validation = hold_out(rest, groups, augmented, 0.25, seed + number)
        train = without_derived(train, np.concatenate([test, validation]), augmented, source)
        splits.append(Split(f"fold {number + 1}", train, validation, test))
    return splits


def hold_out(
    pool: Index, groups: NDArray[np.object_], augmented: Flags, share: float, seed: int
) -> tuple[Index, Index]:
    """`pool` in two parts, the second with about `share` of its observed samples, by groups.

    With a single group the two parts are drawn by sample.

    Raises
    ------
    RegionwiseError
        If fewer than two observed samples are in the pool.
    """
    observed = pool[~augmented[pool]]
    if len(observed) < 2:
        raise RegionwiseError(
            "Too few observed samples are left for training and validation.",
            "Add samples, choose fewer folds or merge regions.",
        )
    group = groups[observed].astype(str)
    names = np.unique(group)
    if len(names) == 1:
        shuffled = np.random.default_rng(seed).permutation(observed)
        part = np.sort(shuffled[: max(1, round(share * len(observed)))])
    else:
        shuffled_names = np.random.default_rng(seed).permutation(names)
        sizes = np.array([(group == name).sum() for name in shuffled_names])
        count = int(np.searchsorted(np.cumsum(sizes), share * len(observed), side="left")) + 1
        chosen = shuffled_names[: min(count, len(names) - 1)]
        part = observed[np.isin(group, chosen)]
    return np.setdiff1d(pool, part), part


def without_derived(train: Index, held: Index, augmented: Flags, source: NDArray[np.object_]) -> Index:
    """`train` without augmented samples whose source is among the sources of `held`."""
    derived = augmented[train] & np.isin(source[train].astype(str), source[held].astype(str))
    return train[~derived]


def without_sources(pool: Index, held: Index, source: NDArray[np.object_]) -> Index:
    """`pool` without the samples of sources that `held` has; a source may lie in two regions."""
    return pool[~np.isin(source[pool].astype(str), source[held].astype(str))]


def leave_region_out(
    region: Index,
    near: Flags,
    buffer: float,
    augmented: Flags,
    source: NDArray[np.object_],
    names: tuple[str, ...],
    seed: int,
) -> list[Split]:
    """One split per region that never sees the region, its surroundings, or a source that reaches into it.

    Parameters
    ----------
    region : array, shape (n,)
        Region number of each sample, -1 for none.
    near : array, shape (region, n)
        Which samples lie within the buffer around each region and must not train.
    buffer : float
        Its width in units of the CRS.
    """
    splits = []
    for number, name in enumerate(names):
        test = np.flatnonzero((region == number) & ~augmented)
        pool = np.flatnonzero((region != number) & ~near[number])
        pool = without_sources(pool, np.flatnonzero(region == number), source)
        if len(pool[~augmented[pool]]) < 2:
            raise RegionwiseError(
                f"No samples are left outside region '{name}' and its buffer of {buffer:g}.",
                "Choose a smaller buffer or more regions.",
            )
        train, validation = hold_out(pool, source, augmented, 0.2, seed + number)
        train = without_derived(train, validation, augmented, source)
        splits.append(Split(name, train, validation, test))
    return splits


def within_region_holdout(
    region: Index, augmented: Flags, source: NDArray[np.object_], names: tuple[str, ...], seed: int
) -> list[Split]:
    """The reference's splits: a fifth of a region's sources tests, everything else trains.

    This scores a regional expert on held-out sources *of its own region*. It says nothing about
    regions that were never seen; `leave_region_out` does.
    """
    splits = []
    for number, name in enumerate(names):
        own = np.flatnonzero(region == number)
        if len(np.unique(source[own[~augmented[own]]].astype(str))) < 2:
            raise RegionwiseError(
                f"Region '{name}' has observed samples of one source only; none can be held out.",
                "Merge it with a neighbour, or name a finer source field.",
            )
        own_train, test = hold_out(own, source, augmented, 0.2, seed + number)
        others = without_sources(np.flatnonzero(region != number), test, source)
        pool = np.union1d(own_train, others)
        train, validation = hold_out(pool, source, augmented, 0.2, seed + 1000 + number)
        train = without_derived(train, np.concatenate([test, validation]), augmented, source)
        splits.append(Split(name, train, validation, test))
    return splits


def fraction_of(split: Split, fraction: float, source: NDArray[np.object_], seed: int) -> Split:
    """`split` with about `fraction` of the sources of its training and of its validation part.

    The test part stays whole, so that scores of different fractions compare. The same seed draws
    nested parts: what a small fraction has, a larger one has, too.
    """

    def part(samples: Index) -> Index:
        names = np.unique(source[samples].astype(str))
        shuffled = np.random.default_rng(seed).permutation(names)
        kept = shuffled[: max(2, round(fraction * len(names)))]
        return samples[np.isin(source[samples].astype(str), kept)]

    return Split(split.name, part(split.train), part(split.validation), split.test)
