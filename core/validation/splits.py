"""Splits: fold numbers, and the samples that train, validate and test in each fold; whole groups stay together.

`splitters` has the folds behind the interface of scikit-learn, with pictures.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..contract.errors import RegionwiseError
from ..runtime.types import Index, Text

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Split:
    """One fold: numbers of the samples that train, validate (choose the best epoch) and test."""

    name: str
    train: Index
    validation: Index
    test: Index


def random_folds(n: int, folds: int, seed: int) -> Index:
    """A fold number for each of `n` samples, drawn at random in equal parts."""
    return np.random.default_rng(seed).permutation(np.arange(n) % folds)


def grouped_folds(groups: Text | Index, folds: int, seed: int, augmented: Flags | None = None) -> Index:
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


def group_means(places: NDArray[np.float64], number: NDArray[np.int64]) -> NDArray[np.float64]:
    """The mean place of each group, shape (group, 2 or 3); `number` is the group of each of `places`, from 0."""
    count = np.bincount(number)
    return np.stack([np.bincount(number, column) / count for column in places.T], 1)


def cross_validation(fold: Index, cv_blocks: Text, augmented: Flags, group: Text, seed: int) -> list[Split]:
    """One split per fold; a quarter of the other folds, by whole `cv_blocks`, validates; of a single one, by `group`.

    Augmented samples never test or validate, and in a fold those of a tested or validating group
    do not train either: their labels were derived from it.
    """
    splits = []
    for number in range(int(fold.max()) + 1):
        test = np.flatnonzero((fold == number) & ~augmented)
        pool = np.flatnonzero(fold != number)
        several = len(np.unique(cv_blocks[pool[~augmented[pool]]].astype(str))) > 1
        train, validation = hold_out(pool, cv_blocks if several else group, augmented, 0.25, seed + number)
        train = without_derived(train, np.concatenate([test, validation]), augmented, group)
        splits.append(Split(f"fold {number + 1}", train, validation, test))
    return splits


def hold_out(pool: Index, groups: Text, augmented: Flags, share: float, seed: int) -> tuple[Index, Index]:
    """`pool` in two parts, the second with about `share` of its observed samples, by whole `groups`.

    Augmented samples of a group of the second part are in neither. With a single group the parts are drawn by sample.

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
        held_out = np.sort(shuffled[: max(1, round(share * len(observed)))])
        return np.setdiff1d(pool, held_out), held_out
    shuffled_names = np.random.default_rng(seed).permutation(names)
    sizes = np.array([(group == name).sum() for name in shuffled_names])
    count = int(np.searchsorted(np.cumsum(sizes), share * len(observed), side="left")) + 1
    chosen = shuffled_names[: min(count, len(names) - 1)]
    return np.sort(pool[~np.isin(groups[pool].astype(str), chosen)]), observed[np.isin(group, chosen)]


def without_derived(train: Index, held: Index, augmented: Flags, group: Text) -> Index:
    """`train` without augmented samples whose group is among the groups of `held`."""
    derived = augmented[train] & np.isin(group[train].astype(str), group[held].astype(str))
    return train[~derived]


def without_groups(pool: Index, held: Index, group: Text) -> Index:
    """`pool` without the samples of groups that `held` has; a group may lie in two regions."""
    return pool[~np.isin(group[pool].astype(str), group[held].astype(str))]


@dataclass(frozen=True)
class RegionZones:
    """Regions that are left out in turn, each with the buffer around it.

    Parameters
    ----------
    names : tuple of str
    region : array, shape (n,)
        Region number of each sample, -1 for none.
    near : array, shape (region, n)
        Which samples lie within the buffer around each region and must not train.
    buffer : float
        Its width in metres.
    """

    names: tuple[str, ...]
    region: Index
    near: Flags
    buffer: float


def leave_region_out(zones: RegionZones, augmented: Flags, group: Text, seed: int) -> list[Split]:
    """One split per region that never sees the region, its surroundings, or a group that reaches into it."""
    splits = []
    for number, name in enumerate(zones.names):
        inside = zones.region == number
        test = np.flatnonzero(inside & ~augmented)
        pool = without_groups(np.flatnonzero(~inside & ~zones.near[number]), np.flatnonzero(inside), group)
        if len(pool[~augmented[pool]]) < 2:
            raise RegionwiseError(
                f"No samples are left outside region '{name}' and its buffer of {zones.buffer:.6g} m.",
                "Choose a smaller buffer or more regions.",
            )
        train, validation = hold_out(pool, group, augmented, 0.2, seed + number)
        train = without_derived(train, validation, augmented, group)
        splits.append(Split(name, train, validation, test))
    return splits


def within_region_holdout(
    region: Index, augmented: Flags, group: Text, names: tuple[str, ...], seed: int
) -> list[Split]:
    """One split per region, as in the reference: a fifth of the region's groups tests, everything else trains.

    This scores a regional expert on held-out groups *of its own region*. It says nothing about
    regions that were never seen; `leave_region_out` does.
    """
    splits = []
    for number, name in enumerate(names):
        inside = np.flatnonzero(region == number)
        if len(np.unique(group[inside[~augmented[inside]]].astype(str))) < 2:
            raise RegionwiseError(
                f"Region '{name}' has observed samples of one source only; none can be held out.",
                "Merge it with a neighbour, or name a finer source field.",
            )
        inside_pool, test = hold_out(inside, group, augmented, 0.2, seed + number)
        outside_pool = without_groups(np.flatnonzero(region != number), test, group)
        pool = np.union1d(inside_pool, outside_pool)
        train, validation = hold_out(pool, group, augmented, 0.2, seed + 1000 + number)
        train = without_derived(train, np.concatenate([test, validation]), augmented, group)
        splits.append(Split(name, train, validation, test))
    return splits


def fraction_of(split: Split, fraction: float, group: Text, seed: int) -> Split:
    """`split` with about `fraction` of the groups of its training and of its validation samples.

    The test samples stay, so that scores of different fractions compare. The same seed draws
    nested subsets: a larger fraction holds what a smaller one holds.
    """

    def subset(samples: Index) -> Index:
        names = np.unique(group[samples].astype(str))
        shuffled = np.random.default_rng(seed).permutation(names)
        kept = shuffled[: max(2, round(fraction * len(names)))]
        return samples[np.isin(group[samples].astype(str), kept)]

    return Split(split.name, subset(split.train), subset(split.validation), split.test)
