"""Effective size: how many independent places two variables that vary smoothly are worth to their correlation.

Clifford, Richardson & Hemon (1989), Biometrics 45, 123, with the note of Dutilleul (1993), Biometrics 49, 305.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import pdist, squareform
from scipy.stats import t as student

from ..runtime.types import Array, Index

MOST_PLACES = 2000  # whose pairs are looked at; of more, so many drawn at random
FEWEST_PAIRS = 10  # of a stratum


@dataclass(frozen=True)
class PairStrata:
    """Pairs of places in strata: in each they lie as far from each other, and all are in one group, or none.

    Parameters
    ----------
    number : array of int, shape (place, place)
        Stratum of a pair; 0 is a place with itself.
    chosen : array of int, shape (place,)
        The places whose pairs these are, among all.
    size : int
        How many places there are in all.
    """

    number: NDArray[np.int64]
    chosen: Index
    size: int

    @classmethod
    def of(cls, places: Array, group: NDArray[np.object_]) -> PairStrata:
        """The strata of all pairs of `places` in metres, shape (place, 2 or 3), that lie in groups."""
        rng, size = np.random.default_rng(0), len(places)
        chosen = np.sort(rng.permutation(size)[:MOST_PLACES])
        distance = pdist(places[chosen])
        _, own = np.unique(group[chosen].astype(str), return_inverse=True)
        together = pdist(own[:, None].astype(np.float64)) == 0
        pairs = np.zeros(len(distance), np.int64)
        for inside in (together, ~together):
            if inside.any():
                pairs[inside] = pairs.max() + 1 + distance_classes(distance[inside])
        return cls(squareform(pairs), chosen, size)

    def covariances(self, values: Array) -> Array:
        """The mean product of centred `values` (place,) over the pairs of each stratum; the first is the variance."""
        centred = (values - values.mean())[self.chosen]
        products = np.bincount(self.number.ravel(), np.outer(centred, centred).ravel())
        return products / np.bincount(self.number.ravel())

    def counts(self) -> Array:
        """How many of all ordered pairs of places each stratum stands for."""
        counts = np.bincount(self.number.ravel()).astype(np.float64)
        pairs = max(counts[1:].sum(), 1.0)
        return np.concatenate([[self.size], counts[1:] * self.size * (self.size - 1) / pairs])


def distance_classes(distance: Array) -> NDArray[np.int64]:
    """The class of each distance, from 0 on.

    Sturges' rule gives their number. In a plane that is sampled evenly they are equally wide; where places cluster,
    near ones are narrower.
    """
    most = int(np.sqrt(len(distance) / FEWEST_PAIRS))
    count = max(1, min(int(np.ceil(1 + np.log2(len(distance)))), most))
    return np.searchsorted(np.unique(np.quantile(distance, (np.arange(1, count) / count) ** 2)), distance, "left")


def effective_size(x: Array, y: Array, strata: PairStrata) -> float:
    """The number of independent places that would give correlations of two unrelated variables the same variance.

    That variance is the sum of N_k C_x(k) C_y(k) over strata of pairs, over (n s_x s_y)^2 (their equation 2.3).
    Products below 0 are left out: most come from centring, and they would let smooth variables count for more.
    """
    counts, of_x, of_y = strata.counts(), strata.covariances(x), strata.covariances(y)
    products = np.maximum(counts * of_x * of_y, 0).sum()
    variance = float(products / max(strata.size**2 * of_x[0] * of_y[0], np.finfo(float).tiny))
    return float(np.clip(1 + 1 / max(variance, 1 / strata.size), 2, strata.size))


def correlation_p(r: float, size: float) -> float:
    """The probability of a correlation as far from 0 between unrelated variables of an effective size; 1 up to 2."""
    freedom = size - 2
    if freedom <= 0:
        return 1.0
    return float(2 * student.sf(abs(r) * np.sqrt(freedom / max(1 - r**2, np.finfo(float).tiny)), freedom))
