"""Variograms: how alike errors of places are by their distance, and what that leaves of the error of a mean.

Half the mean squared difference of pairs by distance (Matheron 1963), standardised so that errors of several variables
tell one range; an exponential model with a nugget is fitted by least squares, weighted by pairs over squared value
(Cressie 1985, Math. Geol. 17, 563).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.optimize import nnls
from scipy.spatial import cKDTree

from ..runtime.types import Array, Index

FEWEST = 30  # places, below which pairs tell no shape
FEWEST_PAIRS = 30  # of a bin
BINS = 15
NEIGHBOURS = 8  # whose pairs are taken of every place: near pairs are rare among random ones
MOST_PAIRS = 400_000
LENGTHS = 40  # that are tried, between the nearest and the farthest pairs
PRACTICAL = 3.0  # lengths, at which 95 % of the sill is reached


class Binned(NamedTuple):
    """The empirical variogram, each of shape (bin,): mean distance (m), half the mean squared difference, pairs."""

    distance: Array
    value: Array
    pairs: Index


@dataclass(frozen=True)
class Variogram:
    """The exponential variogram of errors whose variance among samples is 1.

    Parameters
    ----------
    nugget : float
        What differs between places however near they are; labels' own errors, too.
    sill : float
        What differs by distance; with the nugget near 1, less where samples are close together.
    length : float
        Metres, at which 63 % of the sill is reached.
    """

    nugget: float
    sill: float
    length: float

    @property
    def range(self) -> float:
        """Metres, beyond which errors hardly go together; 0 where they do not at all."""
        return PRACTICAL * self.length if self.sill > 0 else 0.0

    def value(self, distance: Array) -> Array:
        """The variogram at distances above 0."""
        return np.asarray(self.nugget + self.sill * (1 - np.exp(-distance / self.length)))


def standardised(errors: Array) -> Array:
    """Errors, shape (place, variable), less their mean, over the root of the sum of their variances."""
    centred = errors - errors.mean(0)
    scale = float(np.sqrt((centred**2).mean(0).sum()))
    return np.asarray(centred / scale if scale > 0 else centred)


def binned(positions: Array, errors: Array, seed: int = 0) -> Binned | None:
    """The empirical variogram of standardised errors; None where places are too few, or all in one.

    Parameters
    ----------
    positions : array, shape (place, 2 or 3)
        In metres.
    errors : array, shape (place, variable)
    """
    if len(positions) < FEWEST:
        return None
    first, second = _pairs(positions, np.random.default_rng(seed))
    distance = np.linalg.norm(positions[first] - positions[second], axis=1)
    extent = np.linalg.norm(np.ptp(positions, axis=0))
    kept = (distance > 0) & (distance <= extent / 2)
    if kept.sum() < FEWEST_PAIRS:
        return None
    distance, first, second = distance[kept], first[kept], second[kept]
    squares = ((errors[first] - errors[second]) ** 2).sum(1) / 2
    low = np.quantile(distance, min(1.0, FEWEST_PAIRS / len(distance)))
    edges = np.geomspace(max(low, extent * 1e-6), distance.max() * (1 + 1e-9), BINS)
    number = np.searchsorted(edges, distance, side="right")
    pairs = np.bincount(number, minlength=BINS)
    enough = pairs >= FEWEST_PAIRS
    if enough.sum() < 3:
        return None
    means = [np.bincount(number, values, BINS)[enough] / pairs[enough] for values in (distance, squares)]
    return Binned(means[0], means[1], pairs[enough])


def _pairs(positions: Array, rng: np.random.Generator) -> tuple[Index, Index]:
    """Pairs of places, each once: of all if they are few, else of nearest neighbours and of random ones."""
    count = len(positions)
    if count * (count - 1) // 2 <= MOST_PAIRS:
        first, second = np.triu_indices(count, 1)
        return first, second
    _, near = cKDTree(positions).query(positions, NEIGHBOURS + 1)
    beside = np.stack([np.repeat(np.arange(count), NEIGHBOURS), near[:, 1:].ravel()], 1)
    pairs = np.concatenate([beside, rng.integers(0, count, (MOST_PAIRS, 2))])
    pairs = np.unique(np.sort(pairs[pairs[:, 0] != pairs[:, 1]], axis=1), axis=0)
    return pairs[:, 0], pairs[:, 1]


def fitted(found: Binned) -> Variogram:
    """The exponential variogram that comes nearest to the empirical one."""
    weight = np.sqrt(found.pairs) / np.maximum(found.value, 1e-9)
    tried = []
    for length in np.geomspace(found.distance[0] / PRACTICAL, found.distance[-1], LENGTHS):
        columns = np.stack([np.ones(len(found.distance)), 1 - np.exp(-found.distance / length)], 1)
        (nugget, sill), gap = nnls(columns * weight[:, None], found.value * weight)
        tried.append((gap, Variogram(float(nugget), float(sill), float(length))))
    return min(tried, key=lambda each: each[0])[1]


def variance_of_mean(variogram: Variogram, positions: Array, alone: float) -> float:
    """The variance of a weighted mean over an area, for errors of variance 1.

    Parameters
    ----------
    positions : array, shape (place, 2 or 3)
        Places of the area, drawn without replacement with chances by their weights; metres.
    alone : float
        The sum of squared shares of all places: the chance that two draws meet, 1 over the number of equal ones.
    """
    if len(positions) < 2:
        return variogram.sill + variogram.nugget
    gaps = np.linalg.norm(positions[:, None] - positions[None], axis=2)
    alike = np.exp(-gaps / variogram.length)
    apart = (alike.sum() - len(positions)) / (len(positions) * (len(positions) - 1))
    return float(variogram.sill * ((1 - alone) * apart + alone) + variogram.nugget * alone)
