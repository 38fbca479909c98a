"""Spatial units: the clusters that places of a reference lie in, where it is clusters that were drawn.

Neighbours are alike, and so are the errors of a map there: places that huddle are no independent tests of it. Where
they lie as the map's cells do, each is one, however alike neighbours are: chance has chosen it.
"""

from __future__ import annotations

import numpy as np

from ..runtime.types import Array, Index
from .distances import nearest, nearest_of_others
from .knndm import ever_finer, is_clustered, nearer

FEWEST = 2


def spatial_units(places: Array, area: Array, seed: int = 0) -> Index:
    """The number of each place's cluster, from 0; each is one by itself where places are not clustered.

    They are the finest of ever more clusters that are not clustered again: places lie no nearer to those of other
    clusters than the map's cells lie to places. Finer ones would part towns, of which both halves err alike. If there
    are none, all places are one cluster.

    Parameters
    ----------
    places : array, shape (n, 2 or 3)
        See `distances.Ruler.positions`.
    area : array, shape (m, 2 or 3)
        Places drawn at random from the cells of the map.
    """
    if not len(places) or not is_clustered(places, area):
        return np.arange(len(places))
    to_map = nearest(area, places)
    for cluster in reversed(list(ever_finer(places, FEWEST, seed))):
        if cluster.max() > 0 and not nearer(nearest_of_others(places, cluster), to_map):
            return cluster
    return np.zeros(len(places), np.int64)
