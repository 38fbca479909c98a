"""Repeated labels: label vectors that several groups bear, because they are rounded, or broadcast from larger units.

Rounding cuts a smooth course of labels into steps: where few neighbours differ by a single step, hardly any differ
by more. Labels that are broadcast jump: neighbours bear the same, or something else. So the two are told apart by
the pairs that differ by one step, which broadcasting does not make. `test_rounded_labels` has the rates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.spatial import cKDTree

from ..data.vector.samples import Samples
from ..runtime.types import Array, Index, Text
from .findings import FEW
from .giveaways import PURE
from .rounded_shares import SAME, parts_of, step_of
from .splits import group_means

Flags = NDArray[np.bool_]

REPEATED_SHARE = 0.05  # of label vectors, from which on it is asked why they repeat
SAME_SHARE = 0.2  # of neighbours with one label, from which on they may be broadcast
NEAR_OF_NEIGHBOURS, NEAR_OF_ALL = 0.5, 0.4  # of the pairs one step apart that rounding makes; with fewer it is none
NEIGHBOURS = 8  # among which one of another group is looked for
DIGITS = 6  # of shares
STEP = 1.5  # steps up to which labels are neighbours on a lattice

ROUNDED, BROADCAST, UNKNOWN = "rounded", "broadcast", "unknown"


@dataclass(frozen=True)
class RepeatedLabels:
    """Labels that several groups bear, and why.

    Parameters
    ----------
    flags : array of bool, shape (sample,)
        Whether a sample bears a label that another group bears too.
    share : float
        1 - distinct vectors / vectors, over groups.
    origin : str
        ``rounded``, ``broadcast``, or ``unknown`` where samples or places are too few to tell; empty where next to
        none repeat.
    step : float
        To which labels are rounded; 0 if they are not.
    """

    flags: Flags
    share: float
    origin: str = ""
    step: float = 0.0


@dataclass(frozen=True)
class MixedLabels:
    """Labels that are not pure, one row for each vector of a group.

    Parameters
    ----------
    shares : array, shape (row, component)
    number, group : array, shape (row,)
        Of the vector and of the group.
    places : array, shape (row, 2 or 3), optional
        Means of the samples.
    """

    shares: Array
    number: Index
    group: Index
    places: Array | None

    def take(self, rows: Flags) -> MixedLabels:
        """The labels of some rows."""
        places = None if self.places is None else self.places[rows]
        return MixedLabels(self.shares[rows], self.number[rows], self.group[rows], places)


def repeated_labels(samples: Samples, places: Array | None, group: Text | None = None) -> RepeatedLabels:
    """The labels that several groups bear, and why.

    Pure labels repeat by nature and do not count, nor do augmented ones.

    Parameters
    ----------
    places : array, shape (sample, 2 or 3), optional
        See `distances.positions`; None where samples have none.
    group : array of str, optional
        Within which labels may be alike; `Samples.group`, unless the folds do not keep groups whole.
    """
    group = samples.group if group is None else group
    flags = np.zeros(len(samples), bool)
    counted = _counted(samples)
    if not len(counted):
        return RepeatedLabels(flags, 0.0)
    shares, vector = _numbered(samples.shares[counted])
    group_number = np.unique(group[counted].astype(str), return_inverse=True)[1]
    pairs, first, row = np.unique(
        np.stack([vector, group_number], 1), axis=0, return_index=True, return_inverse=True
    )  # a group counts once for each of its vectors
    flags[counted] = np.bincount(pairs[:, 0])[vector] > 1
    means = None if places is None else group_means(places[counted], row.ravel())
    labels = MixedLabels(shares[first], pairs[:, 0], pairs[:, 1], means)
    share = _repeating(labels)
    if share <= REPEATED_SHARE:
        return RepeatedLabels(flags, share)
    return RepeatedLabels(flags, share, *_origin(labels))


def _counted(samples: Samples) -> Index:
    """The observed samples whose label is not pure."""
    return np.flatnonzero(~samples.augmented & ~(samples.shares > PURE).any(1))


def _numbered(shares: Array) -> tuple[Array, Index]:
    """Label vectors without rounding of the computer, and the number of each one, which equal ones share."""
    exact = np.round(shares, DIGITS)
    return exact, np.unique(exact, axis=0, return_inverse=True)[1].ravel()


def places_of_a_label(samples: Samples, *, broadcast: bool) -> float:
    """How many places share a label because it is one of their unit, of the labels in the middle; 1 if none do.

    A group is such a unit if all of its places bear the same label. Pure labels hold for every place, and do not count.

    Parameters
    ----------
    broadcast : bool
        Whether equal labels of several groups are those of larger units, see `repeated_labels`.
    """
    counted = _counted(samples)
    if not len(counted):
        return 1.0
    vector = _numbered(samples.shares[counted])[1]
    place = np.unique(samples.xy[counted], axis=0, return_inverse=True)[1].ravel()
    group = np.unique(samples.group[counted].astype(str), return_inverse=True)[1]
    unit = vector if broadcast else group
    places = np.bincount(np.unique(np.stack([unit, place], 1), axis=0)[:, 0])
    labels = np.bincount(np.unique(np.stack([unit, vector], 1), axis=0)[:, 0])
    return float(np.median(np.where(labels == 1, places, 1)[unit]))


def _repeating(labels: MixedLabels) -> float:
    """The share of the rows that repeat the vector of another one."""
    return float(1 - len(np.unique(labels.number)) / max(len(labels.number), 1))


def _origin(labels: MixedLabels) -> tuple[str, float]:
    """Why labels repeat, and the step to which they are rounded."""
    parts = parts_of(labels.shares)
    exact = ~np.isfinite(parts)
    if exact.any() and _repeating(labels.take(exact)) * exact.mean() > REPEATED_SHARE:
        return BROADCAST, 0.0  # nobody measures the same to the last digit twice
    rounded = labels.take(~exact)
    step = step_of(parts[~exact])
    if len(rounded.number) < FEW:
        return UNKNOWN, step
    if _fewer_than_rounded(*_all_pairs(rounded, step), NEAR_OF_ALL):
        return BROADCAST, step
    if rounded.places is None:
        return UNKNOWN, step
    same, near = _neighbour_pairs(rounded, rounded.places, step)
    broadcast = same > SAME_SHARE and _fewer_than_rounded(same, near, NEAR_OF_NEIGHBOURS)
    return BROADCAST if broadcast else ROUNDED, step


def near_if_rounded(same: float) -> float:
    """The share of pairs one step apart if rounding lets `same` of them be equal, at least.

    That of differences with the density exp(-|d| / b) / 2b, which fall off slowly: they are equal after rounding to
    steps of 1 for 1 - b (1 - q) of the pairs, q = exp(-1 / b), and one step apart for b (1 - q)^2.
    """
    if not 0 < same < 1:
        return 0.0

    def excess(log_b: float) -> float:
        b = np.exp(log_b)
        return float(-b * np.expm1(-1 / b) - (1 - same))

    b = float(np.exp(brentq(excess, -12, 25)))
    return float(b * np.expm1(-1 / b) ** 2)


def _fewer_than_rounded(same: float, near: float, part: float) -> bool:
    """Whether pairs one step apart are fewer than a `part` of those that rounding makes."""
    return near < part * near_if_rounded(same)


def _all_pairs(labels: MixedLabels, step: float) -> tuple[float, float]:
    """The shares of all pairs whose labels are equal, and one step apart."""
    _, first, counts = np.unique(labels.number, return_index=True, return_counts=True)
    weights = counts.astype(np.float64)
    tree = _tree(labels.shares[first])
    within = float(tree.count_neighbors(tree, STEP * step, p=np.inf, weights=(weights, weights)))
    pairs, squares = len(labels.number) * (len(labels.number) - 1), float((weights**2).sum())
    return (squares - weights.sum()) / pairs, (within - squares) / pairs


def _tree(points: Array) -> cKDTree:
    """A tree of `points` moved by 1, none of which is negative.

    Trees split just above 0, by a number that is 0 again where a network has let the processor flush such numbers: the
    process would end.
    """
    return cKDTree(points + 1)


def _neighbour_pairs(labels: MixedLabels, places: Array, step: float) -> tuple[float, float]:
    """The shares of nearest neighbours of different groups whose labels are equal, and one step apart."""
    places = places - places.min(0)
    near = _tree(places).query(places + 1, k=min(NEIGHBOURS + 1, len(labels.number)))[1]
    other = labels.group[near] != labels.group[:, None]
    rows = np.flatnonzero(other.any(1))
    if not len(rows):
        return 0.0, 0.0
    pairs = np.unique(np.sort(np.stack([rows, near[rows, other[rows].argmax(1)]], 1), axis=1), axis=0)
    apart = np.abs(labels.shares[pairs[:, 0]] - labels.shares[pairs[:, 1]]).max(1)
    same = apart < SAME
    return float(same.mean()), float((~same & (apart <= STEP * step)).mean())
