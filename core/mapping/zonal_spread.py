"""Zonal spread: what is left of a model's error in the mean of a map over an area, where errors go together."""

from __future__ import annotations

import geopandas as gpd
import numpy as np

from ..data.raster.stack import Stack
from ..data.vector.zonal import ZonePlaces, places_of_all, zone_places
from ..learning.applicability.residual_info import ResidualInfo
from ..runtime.types import Array
from ..validation.distances import Ruler
from ..validation.variogram import variance_of_mean

MOST = 400  # cells that stand for an area


def spread_of_means(stack: Stack, shapes: gpd.GeoSeries, area: Array, residuals: ResidualInfo) -> Array:
    """The deviation of the mean over each shape over that of a single place, shape (shape,); NaN without data.

    Parameters
    ----------
    stack : Stack
        Open.
    area : array, shape (shape,)
        With data, square metres.
    """
    spread, ruler = np.full(len(shapes), np.nan), _ruler(stack)
    for number, places in zone_places(stack, shapes, MOST):
        spread[number] = _spread(places, float(area[number]), residuals, ruler)
    return spread


def spread_of_all(stack: Stack, area: float, residuals: ResidualInfo) -> float:
    """The same of all cells with data."""
    return _spread(places_of_all(stack, MOST), area, residuals, _ruler(stack))


def _ruler(stack: Stack) -> Ruler:
    left, bottom, right, top = stack.grid.bounds
    return Ruler.of(stack.grid.crs, np.array([[left, bottom], [right, top]]))


def _spread(places: ZonePlaces, area: float, residuals: ResidualInfo, ruler: Ruler) -> float:
    """The deviation of a mean over that of a single place, by places that stand for its area (square metres)."""
    alone = places.alone
    if residuals.support and area > 0:  # what a label is of is one place
        alone = max(alone, min(1.0, residuals.support / area))
    return float(np.sqrt(variance_of_mean(residuals.variogram, ruler.positions(places.xy), alone)))
