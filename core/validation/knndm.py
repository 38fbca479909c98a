"""kNNDM: folds whose distances from test to training samples are those from the map to the samples.

After Linnenbrink, Mila, Ludwig & Meyer (2024), Geosci. Model Dev. 17, 5897. A score should test the
model as far from its training samples as the cells of the map are. Samples
are clustered ever more finely, the clusters are dealt to folds (large ones alone), and the folds are kept
whose nearest-neighbour distances come closest (Wasserstein distance W) to those of the map.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial import cKDTree
from scipy.stats import ks_2samp, wasserstein_distance

from ..contract.errors import RegionwiseError
from ..runtime.types import Array, Index, Text
from .distances import clusters, nearest, nearest_in_other_folds, nearest_of_others
from .splits import group_means, random_folds
from .splitters import FoldSplitter

CANDIDATES = 60
LARGEST_FOLD = 0.5
SIGNIFICANCE = 0.05
MOST_LEAVES = 4000  # places; a tree over more would take memory by the square
TOGETHER = 0.5  # of the places whose own source's mean is the nearest one; with fewer, sources lie among each other


@dataclass(frozen=True)
class KnndmFolds:
    """kNNDM folds, and the distances that they were chosen by.

    Parameters
    ----------
    fold, cluster : array, shape (source,)
        Fold and cluster of each source; clusters are dealt to folds as a whole.
    clustered : bool
        Whether sources lie nearer to each other than the map's cells lie to them; if not, folds are random.
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


@dataclass(frozen=True)
class SourcePlaces:
    """The places that stand for sources where distances are measured.

    A source that lies together stands for itself by its mean. Of sources that lie among each other, as those of
    surveyors who went anywhere, the means say nothing, and each place stands for itself.

    Parameters
    ----------
    places : array, shape (n, 2 or 3)
    source : array of int, shape (n,)
        The number of each one's source, from 0.
    """

    places: Array
    source: Index

    @classmethod
    def of(cls, places: Array, source: Index | None) -> SourcePlaces:
        """Those of `places`; without `source` each is one by itself."""
        if source is None:
            return cls(places, np.arange(len(places)))
        means = group_means(places, source)
        together = (cKDTree(means).query(places)[1] == source).mean() >= TOGETHER
        return cls(means, np.arange(len(means))) if together else cls(places, source)

    def apart(self) -> Array:
        """The distance from each place to the nearest one of another source, shape (n,)."""
        return nearest_of_others(self.places, self.source)

    def between(self, fold: Index) -> Array:
        """The distance from each place to the nearest one in another `fold`, which each source has; shape (n,)."""
        return nearest_in_other_folds(self.places, fold[self.source])

    def clustered(self, area: Array) -> bool:
        """Whether sources lie nearer to each other than the places of `area` lie to them."""
        return nearer(self.apart(), nearest(area, self.places))


def nearer(distances: Array, others: Array) -> bool:
    """Whether distances to the nearest place are smaller than others beyond chance.

    A one-sided Kolmogorov-Smirnov test, as in the paper.
    """
    return bool(ks_2samp(distances, others, alternative="greater", method="asymp").pvalue < SIGNIFICANCE)


def is_clustered(places: Array, area: Array, source: Index | None = None) -> bool:
    """Whether `places` lie nearer to those of other sources than the places of `area` lie to them; see `knndm`.

    Fewer than three sources are not.
    """
    stand = SourcePlaces.of(places, source)
    return bool(stand.source.max() > 1) and stand.clustered(area)


def knndm(places: Array, area: Array, folds: int, seed: int, source: Index | None = None) -> KnndmFolds:
    """The kNNDM folds of sources for a map of `area`.

    Parameters
    ----------
    places : array, shape (n, 2 or 3)
        Of samples, see `distances.Ruler`.
    area : array, shape (m, 2 or 3)
        Places drawn at random from the cells to be mapped.
    source : array of int, shape (n,), optional
        The number of each one's source, from 0; without it each sample is one by itself.

    Raises
    ------
    RegionwiseError
        If there are fewer sources than folds.
    """
    means = places if source is None else group_means(places, source)
    if len(means) < folds:
        raise RegionwiseError(f"There are {len(means)} sources for {folds} folds.", "Choose fewer folds.")
    stand = SourcePlaces.of(places, source)
    to_map = nearest(area, stand.places)
    best, best_cluster = random_folds(len(means), folds, seed), np.arange(len(means))
    gap = random_gap = float(wasserstein_distance(stand.between(best), to_map))
    clustered = stand.clustered(area)
    if clustered:
        for cluster, fold in _candidates(means, folds, seed):
            candidate_gap = float(wasserstein_distance(stand.between(fold), to_map))
            if candidate_gap < gap:
                best, best_cluster, gap = fold, cluster, candidate_gap
    curves = {
        "from the map to samples": np.sort(to_map),
        "between samples": np.sort(stand.apart()),
        "between folds": np.sort(stand.between(best)),
    }
    return KnndmFolds(best, best_cluster, clustered, int(best_cluster.max()) + 1, gap, random_gap, curves)


@dataclass(frozen=True, kw_only=True)
class KnndmSplitter(FoldSplitter):
    """kNNDM folds; whole groups are dealt, see `SourcePlaces`.

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
        return knndm(places, self.area, self.n_splits, self.seed, number).fold[number]


def ever_finer(places: Array, fewest: int, seed: int) -> Iterator[Index]:
    """Yield the cluster of each place, from 0, for ever more clusters (Ward 1963) from `fewest` on."""
    leaf = np.arange(len(places))
    leaves = places
    if len(places) > MOST_LEAVES:
        leaves, leaf = clusters(places, MOST_LEAVES, seed)
    tree = linkage(leaves, "ward")
    for count in np.unique(np.rint(np.geomspace(fewest, len(leaves), CANDIDATES)).astype(int)):
        yield np.unique(fcluster(tree, count, "maxclust")[leaf], return_inverse=True)[1]


def _candidates(places: Array, folds: int, seed: int) -> list[tuple[Index, Index]]:
    """Clusters and folds of each place, for ever more clusters; none with a fold of more than half."""
    candidates = []
    for cluster in ever_finer(places, folds, seed):
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
