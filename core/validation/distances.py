"""Distances between places in metres, also where coordinates are degrees."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray
from rasterio.crs import CRS
from scipy.cluster.vq import kmeans2
from scipy.spatial import cKDTree

from ..runtime.types import Array

EARTH_RADIUS_M = 6_371_008.8


def positions(xy: Array, crs: CRS) -> Array:
    """Places between which straight lines are distances, in units of the CRS or in metres.

    Degrees become points on a sphere, shape (n, 3): the chord between two of them is shorter than
    the way on the ground by 1 % at 3,000 km, and orders neighbours alike.
    """
    if not crs.is_geographic:
        return xy
    lon, lat = np.radians(xy).T
    return EARTH_RADIUS_M * np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], 1)


def clusters(places: Array, count: int, seed: int) -> tuple[Array, NDArray[np.int64]]:
    """The centres of at most `count` clusters (k-means) and the cluster of each of `places`."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="One of the clusters is empty")  # its number is left out below
        centre, label = kmeans2(places, count, iter=10, minit="points", seed=seed)
    used, number = np.unique(label, return_inverse=True)
    return centre[used], number


def nearest(places: Array, others: Array) -> Array:
    """The distance from each of `places` to the nearest of `others`, shape (n,)."""
    distances: Array = cKDTree(others).query(places)[0]
    return distances


def nearest_other(places: Array) -> Array:
    """The distance from each of `places` to the nearest of the others, shape (n,)."""
    distances: Array = cKDTree(places).query(places, k=2)[0][:, 1]
    return distances


def nearest_in_other_folds(places: Array, fold: NDArray[np.int64]) -> Array:
    """The distance from each of `places` to the nearest one that is not in its fold, shape (n,)."""
    distances = np.empty(len(places))
    for number in np.unique(fold):
        inside = fold == number
        distances[inside] = nearest(places[inside], places[~inside])
    return distances
