"""kNNDM: folds whose distances from test to training samples are those from the map to the samples.

After Linnenbrink, Mila, Ludwig & Meyer (2024), Geosci. Model Dev. 17, 5897. A score should ask the
model what the map will ask it: to answer as far from its samples as the map's cells are. Samples
are clustered ever more finely, the clusters are dealt to folds, and the folds are kept whose
nearest-neighbour distances come closest (Wasserstein distance W) to those of the map.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.stats import ks_2samp, wasserstein_distance

from ..contract.errors import RegionwiseError
from .distances import clusters, nearest, nearest_in_other_folds, nearest_other

Array = NDArray[np.float64]
Index = NDArray[np.int64]

CANDIDATES = 60
LARGEST_FOLD = 0.5
SIGNIFICANCE = 0.05
MOST_LEAVES = 4000  # places; a tree over more would take memory by the square


@dataclass(frozen=True)
class KnndmFolds:
    """Folds and why they are so.

    Parameters
    ----------
    fold, cluster : array, shape (n,)
        Fold number of each place, and the cluster that brought it there.
    clustered : bool
        Whether places lie nearer to each other than the map's cells lie to them; if not, folds are random.
    clusters : int
        Number of clusters that were dealt to the folds.
    gap : float
        W: mean difference between the two distance distributions, in the unit of the places.
    random_gap : float
        The same for random folds.
    curves : dict
        Sorted distances: from the map, between samples, between folds.
    """

    fold: Index
    cluster: Index
    clustered: bool
    clusters: int
    gap: float
    random_gap: float
    curves: dict[str, Array]


def is_clustered(places: Array, area: Array) -> bool:
    """Whether `places` lie nearer to each other than the places of `area` lie to them.

    A one-sided Kolmogorov-Smirnov test of nearest-neighbour distances, as in the paper.
    """
    test = ks_2samp(nearest_other(places), nearest(area, places), alternative="greater", method="asymp")
    return bool(test.pvalue < SIGNIFICANCE)


def knndm(places: Array, area: Array, folds: int, seed: int) -> KnndmFolds:
    """The folds of `places` for a map of `area`.

    Parameters
    ----------
    places : array, shape (n, 2 or 3)
        One per source, see `distances.positions`.
    area : array, shape (m, 2 or 3)
        Places drawn at random from the cells to be mapped.

    Raises
    ------
    RegionwiseError
        If there are fewer places than folds.
    """
    if len(places) < folds:
        raise RegionwiseError(f"There are {len(places)} sources for {folds} folds.", "Choose fewer folds.")
    to_map = nearest(area, places)
    random = np.random.default_rng(seed).permutation(np.arange(len(places)) % folds)
    random_gap = _gap(places, random, to_map)
    best, cluster, gap = random, np.arange(len(places)), random_gap
    clustered = is_clustered(places, area)
    if clustered:
        for tried, fold in _candidates(places, folds, seed):
            found = _gap(places, fold, to_map)
            if found < gap:
                best, cluster, gap = fold, tried, found
    curves = {
        "from the map to samples": np.sort(to_map),
        "between samples": np.sort(nearest_other(places)),
        "between folds": np.sort(nearest_in_other_folds(places, best)),
    }
    return KnndmFolds(best, cluster, clustered, int(cluster.max()) + 1, gap, random_gap, curves)


def _gap(places: Array, fold: Index, to_map: Array) -> float:
    return float(wasserstein_distance(nearest_in_other_folds(places, fold), to_map))


def _candidates(places: Array, folds: int, seed: int) -> list[tuple[Index, Index]]:
    """(clusters, folds) for ever more clusters, none with a fold of more than half."""
    leaf = np.arange(len(places))
    leaves = places
    if len(places) > MOST_LEAVES:
        leaves, leaf = clusters(places, MOST_LEAVES, seed)
    tree = linkage(leaves, "ward")
    counts = np.unique(np.rint(np.geomspace(folds, len(leaves), CANDIDATES)).astype(int))
    found = []
    for count in counts:
        cluster = np.unique(fcluster(tree, count, "maxclust")[leaf], return_inverse=True)[1]
        fold = _deal(places, cluster, folds)
        if np.bincount(fold, minlength=folds).max() <= LARGEST_FOLD * len(places) and len(np.unique(fold)) == folds:
            found.append((cluster, fold))
    return found


def _deal(places: Array, cluster: Index, folds: int) -> Index:
    """A fold per place: clusters in order of their first principal axis, dealt in turn."""
    centred = places - places.mean(0)
    axis = np.linalg.svd(centred, full_matrices=False)[2][0]
    count = np.bincount(cluster)
    position = np.bincount(cluster, centred @ axis) / count
    order = np.empty(len(count), np.int64)
    order[np.argsort(position, kind="stable")] = np.arange(len(count))
    return (order % folds)[cluster]
