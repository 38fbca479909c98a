"""Distances between places in metres on the ground, in every CRS."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio.crs import CRS
from scipy.cluster.vq import kmeans2
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from ..contract.errors import RegionwiseError
from ..data.raster.grids import crs_name
from ..data.raster.ground import in_space, scales, tangents, true_unit
from ..runtime.types import Array, Mask

ROUNDING = 1 - 1e-9  # samples exactly that far apart are not near
NEIGHBOURS = 64  # among which one of another source is looked for before all are


@dataclass(frozen=True)
class Ruler:
    """Measures a CRS on the ground over an extent.

    Where the CRS is true to scale there, coordinates are taken as they are, in metres; elsewhere places become points
    in space, or of a plane about the middle of the extent.

    Parameters
    ----------
    bounds : tuple of float
        Left, bottom, right and top of the extent.
    unit : float, optional
        Metres of a unit of the CRS; None where it is not true to scale.
    """

    crs: CRS
    bounds: tuple[float, float, float, float]
    unit: float | None

    @classmethod
    def of(cls, crs: CRS | None, *places: Array) -> Ruler:
        """The ruler for all `places`, each of shape (n, 2); without a CRS there are none, and nothing to measure."""
        if not crs:
            return cls(CRS(), (0.0, 0.0, 0.0, 0.0), 1.0)
        xy = np.concatenate(places)
        bounds = float(xy[:, 0].min()), float(xy[:, 1].min()), float(xy[:, 0].max()), float(xy[:, 1].max())
        return cls(crs, bounds, true_unit(crs, bounds))

    def positions(self, xy: Array) -> Array:
        """Places between which straight lines are distances in metres, shape (n, 2), or (n, 3) in space.

        A line in space is shorter than the way on the ground by 1 % at 3,000 km, and orders neighbours alike.

        Raises
        ------
        RegionwiseError
            If a place lies where the CRS has no ground.
        """
        if self.unit is not None:
            return xy if self.unit == 1 else xy * self.unit
        points = in_space(xy, self.crs)
        off = np.flatnonzero(~np.isfinite(points).all(1))
        if len(off):
            x, y = xy[off[0]]
            raise RegionwiseError(
                f"{len(off)} places lie off the Earth, as {x:g}, {y:g} in {crs_name(self.crs)}.",
                "Check the CRS of the layers.",
            )
        return points

    def plane(self, xy: Array) -> Array:
        """Places in a plane in metres, shape (n, 2), on which squares are squares on the ground and areas are true."""
        return self._about(self._middle, xy) if self.unit is None else self.positions(xy)

    def scales(self, xy: Array) -> Array:
        """Metres of one unit of the CRS along x and along y at each place, shape (n, 2)."""
        return scales(xy, self.crs) if self.unit is None else np.full(xy.shape, self.unit)

    def metres(self, length: float) -> float:
        """The metres of a length in units of the CRS, along the longer axis, in the middle of the extent."""
        return length * float(self.scales(self._middle).max())

    def near(self, geometry: gpd.GeoSeries, steps: Array, chosen: Mask) -> Mask:
        """Which geometries lie nearer to one of the `chosen` than `steps`, along the longer axis.

        Boxes around the geometries are compared, for windows are squares.

        Parameters
        ----------
        steps : array, shape (n, 2)
            Along x and y, in units of the CRS.
        """
        near = np.zeros(len(geometry), bool)
        if (steps > 0).all():
            tree = shapely.STRtree(_boxes(geometry[chosen], np.zeros_like(steps[chosen])))
            near[tree.query(_boxes(geometry, steps), predicate="intersects")[0]] = True
        return near

    def near_shape(self, geometry: gpd.GeoSeries, steps: Array, shape: BaseGeometry) -> Mask:
        """Which geometries lie nearer to any part of `shape` than `steps`, along the longer axis; see `near`."""
        shapely.prepare(shape)
        return np.asarray(shapely.intersects(shape, _boxes(geometry, steps)))

    @property
    def _middle(self) -> Array:
        left, bottom, right, top = self.bounds
        return np.array([[(left + right) / 2, (bottom + top) / 2]])

    def _about(self, centre: Array, xy: Array) -> Array:
        """Places in the plane that touches the Earth at `centre`, shape (1, 2): as far from it as in space.

        That is Lambert's azimuthal projection, which keeps areas.
        """
        (east,), (north,) = tangents(centre, self.crs)
        east = east / np.linalg.norm(east)
        up = np.cross(east, north)
        axes = np.stack([east, np.cross(up / np.linalg.norm(up), east)], 1)
        lines = in_space(xy, self.crs) - in_space(centre, self.crs)
        flat = lines @ axes
        length = np.linalg.norm(flat, axis=1)
        stretch = np.linalg.norm(lines, axis=1) / np.where(length > 0, length, 1)
        return np.asarray(flat * stretch[:, None])


def _boxes(geometry: gpd.GeoSeries, steps: Array) -> NDArray[np.object_]:
    """The boxes around geometries, wider by `steps` along x and y, but for what is exactly so far away."""
    left, bottom, right, top = geometry.bounds.to_numpy().T
    across, along = (steps * ROUNDING).T
    return np.asarray(shapely.box(left - across, bottom - along, right + across, top + along))


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


def nearest_in_other_folds(places: Array, fold: NDArray[np.int64]) -> Array:
    """The distance from each of `places` to the nearest one that is not in its fold, shape (n,)."""
    distances = np.empty(len(places))
    for number in np.unique(fold):
        inside = fold == number
        distances[inside] = nearest(places[inside], places[~inside])
    return distances


def nearest_of_others(places: Array, source: NDArray[np.int64]) -> Array:
    """The distance from each of `places` to the nearest one of another source, shape (n,); sources may be many."""
    found, index = cKDTree(places).query(places, k=min(NEIGHBOURS, np.bincount(source).max() + 1))
    other = source[index] != source[:, None]
    distances: Array = found[np.arange(len(places)), other.argmax(1)]
    for number in np.unique(source[~other.any(1)]):  # large ones
        inside = source == number
        distances[inside] = nearest(places[inside], places[~inside])
    return distances
