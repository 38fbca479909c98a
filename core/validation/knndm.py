"""kNNDM: folds whose distances from test to training samples are those from the map to the samples.

After Linnenbrink, Mila, Ludwig & Meyer (2024), Geosci. Model Dev. 17, 5897. A score should test the
model as far from its training samples as the cells of the map are. Samples
are clustered ever more finely, the clusters are dealt to folds (large ones alone), and the folds are kept
whose nearest-neighbour distances come closest (Wasserstein distance W) to those of the map.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.stats import ks_2samp, wasserstein_distance

from ..contract.errors import RegionwiseError
from ..runtime.types import Array, Index, Text
from .distances import clusters, nearest, nearest_in_other_folds, nearest_other
from .splits import group_means, random_folds
from .splitters import FoldSplitter

CANDIDATES = 60
LARGEST_FOLD = 0.5
SIGNIFICANCE = 0.05
MOST_LEAVES = 4000  # places; a tree over more would take memory by the square


@dataclass(frozen=True)
class KnndmFolds:
    """kNNDM folds, and the distances that they were chosen by.

    Parameters
    ----------
    fold, cluster : array, shape (n,)
        Fold and cluster of each place; clusters are dealt to folds as a whole.
    clustered : bool
        Whether places lie nearer to each other than the map's cells lie to them; if not, folds are random.
    clusters : int
        Number of clusters that were dealt to the folds.
    gap : float
        W: mean difference between the two distance distributions, in metres.
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
    """The kNNDM folds of `places` for a map of `area`.

    Parameters
    ----------
    places : array, shape (n, 2 or 3)
        One per group, see `distances.Ruler`.
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
    best, best_cluster = random_folds(len(places), folds, seed), np.arange(len(places))
    gap = random_gap = _gap(places, best, to_map)
    clustered = is_clustered(places, area)
    if clustered:
        for cluster, fold in _candidates(places, folds, seed):
            candidate_gap = _gap(places, fold, to_map)
            if candidate_gap < gap:
                best, best_cluster, gap = fold, cluster, candidate_gap
    curves = {
        "from the map to samples": np.sort(to_map),
        "between samples": np.sort(nearest_other(places)),
        "between folds": np.sort(nearest_in_other_folds(places, best)),
    }
    return KnndmFolds(best, best_cluster, clustered, int(best_cluster.max()) + 1, gap, random_gap, curves)


@dataclass(frozen=True, kw_only=True)
class KnndmSplitter(FoldSplitter):
    """kNNDM folds; places of a group count by their mean.

    Parameters
    ----------
    area : array, shape (m, 2 or 3)
        Places drawn at random from the cells to be mapped.

    Examples
    --------
    Samples in four clusters, and a map around them: neighbours are tested together, as in the map most cells lie far
    from all samples.

    >>> import numpy as np
    >>> rng = np.random.default_rng(9)
    >>> centres = ((4, 3), (10, 7), (17, 2), (24, 7))
    >>> places = np.concatenate([rng.normal(centre, 0.7, (8, 2)) for centre in centres])
    >>> area = np.array([(col, row) for row in range(10) for col in range(40)], float)
    >>> picture = np.full((10, 40), "-")
    >>> for number, (train, test) in enumerate(KnndmSplitter(n_splits=4, seed=0, area=area).split(places)):
    ...     col, row = places[test].astype(int).T
    ...     picture[row, col] = str(number)
    >>> print("\\n".join("".join(row) for row in picture))
    ----------------------------------------
    ---------------000----------------------
    ---33----------0-0----------------------
    --233-----------0-----------------------
    ---2------------------------------------
    ----------------------------------------
    ---------33------------11---------------
    ---------3-------------11---------------
    --------22------------1-----------------
    ----------------------------------------
    """

    area: Array

    def fold_numbers(self, places: Array, groups: Text | None = None) -> Index:
        """The fold of each sample; without `groups` each sample is one."""
        if groups is None:
            return knndm(places, self.area, self.n_splits, self.seed).fold
        number = np.unique(groups.astype(str), return_inverse=True)[1]
        return knndm(group_means(places, number), self.area, self.n_splits, self.seed).fold[number]


def _gap(places: Array, fold: Index, to_map: Array) -> float:
    """W: the Wasserstein distance between the distances of folds and those of the map."""
    return float(wasserstein_distance(nearest_in_other_folds(places, fold), to_map))


def _candidates(places: Array, folds: int, seed: int) -> list[tuple[Index, Index]]:
    """Clusters and folds of each place, for ever more clusters; none with a fold of more than half."""
    leaf = np.arange(len(places))
    leaves = places
    if len(places) > MOST_LEAVES:
        leaves, leaf = clusters(places, MOST_LEAVES, seed)
    tree = linkage(leaves, "ward")
    counts = np.unique(np.rint(np.geomspace(folds, len(leaves), CANDIDATES)).astype(int))
    candidates = []
    for count in counts:
        cluster = np.unique(fcluster(tree, count, "maxclust")[leaf], return_inverse=True)[1]
        fold = _deal(places, cluster, folds)
        if np.bincount(fold, minlength=folds).max() <= LARGEST_FOLD * len(places) and len(np.unique(fold)) == folds:
            candidates.append((cluster, fold))
    return candidates


def _deal(places: Array, cluster: Index, folds: int) -> Index:
    """A fold per place: a cluster of a fold's size or more is one, others are dealt to the rest in turn.

    Both go by the order of the clusters along their first principal axis.
    """
    centred = places - places.mean(0)
    axis = np.linalg.svd(centred, full_matrices=False)[2][0]
    size = np.bincount(cluster)
    order = np.argsort(np.bincount(cluster, centred @ axis) / size, kind="stable")
    large = size[order] >= len(places) / folds
    alone = int(large.sum())
    fold = np.empty(len(size), np.int64)
    fold[order[large]] = np.arange(alone)
    fold[order[~large]] = alone + np.arange(len(order) - alone) % max(folds - alone, 1)
    return fold[cluster]
