"""Longitudes: places turned by whole circles to where a raster has them, from 0 to 360 degrees or from -180 to 180."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.affinity import translate

CIRCLE = 360.0
HALF_CIRCLE = 180.0
Extent = tuple[float, float, float, float]


def turned(geometry: gpd.GeoSeries, extent: Extent) -> tuple[gpd.GeoSeries, int]:
    """Geometry in degrees where `extent` (left, bottom, right, top) has it, and how many shapes were moved there.

    A shape that lies in it both as it is and a circle away, as one across the seam of the raster, is there twice.
    Shapes that lie in it nowhere stay as they are.
    """
    shapes = geometry.to_numpy().copy()
    bounds = shapely.bounds(shapes)
    left, right = extent[0], extent[2]
    circle = np.array([CIRCLE, 0, CIRCLE, 0])
    copies = np.stack([_inside(bounds + k * circle, left, right) for k in (-1, 0, 1)], 1)
    copies[(bounds[:, 0] == bounds[:, 2]) & copies[:, 1]] = (False, True, False)  # a point is there once
    moved = copies[:, 0] | copies[:, 2]
    for row in np.flatnonzero(moved):
        found = [translate(shapes[row], (k - 1) * CIRCLE) for k in np.flatnonzero(copies[row])]
        shapes[row] = shapely.union_all(found) if len(found) > 1 else found[0]
    return gpd.GeoSeries(shapes, index=geometry.index, crs=geometry.crs), int(moved.sum())


def _inside(bounds: NDArray[np.float64], left: float, right: float) -> NDArray[np.bool_]:
    """Whether each shape reaches into the longitudes from `left` to `right`; a mere touch counts for points alone."""
    point = bounds[:, 0] == bounds[:, 2]
    inside: NDArray[np.bool_] = np.where(
        point, (bounds[:, 0] >= left) & (bounds[:, 0] < right), (bounds[:, 0] < right) & (bounds[:, 2] > left)
    )
    return inside


def as_west_and_east(longitude: NDArray[np.float64]) -> NDArray[np.float64]:
    """Longitudes of 180 to 360 degrees as those west of Greenwich; others as they are."""
    return np.where((longitude > HALF_CIRCLE) & (longitude <= CIRCLE), longitude - CIRCLE, longitude)
