"""Map units: observed and mapped numbers of the units of a reference, as they are or put together."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from rasterio.crs import CRS

from ...contract.errors import RegionwiseError
from ...data.vector.labels import read_shares
from ...data.vector.layers import representative_points
from ...data.vector.tables import numeric_column, text_of
from ...runtime.run import Run
from ...runtime.types import Array
from ...validation.distances import Ruler
from .params import MapValidation


@dataclass(frozen=True)
class Units:
    """Observed and mapped shares, and indicators, of the units of one level.

    Parameters
    ----------
    predicted, observed : array, shape (unit, band or target)
    indicators : array, shape (unit, indicator)
    group : array of str
        What is resampled for intervals.
    place : array, shape (unit, 2 or 3)
        In metres, see `distances.Ruler.positions`; NaN for a unit without geometry.
    """

    level: str
    predicted: Array
    observed: Array
    indicators: Array
    group: NDArray[np.object_]
    place: Array


def units_of(
    frame: gpd.GeoDataFrame, params: MapValidation, predicted: Array, weight: Array, run: Run
) -> tuple[Units, Array]:
    """The reference units as they are, and the weight of each in a coarser one.

    Parameters
    ----------
    weight : array, shape (unit,)
        By its cells on the map; the weight field counts before it.
    """
    observed = np.empty((len(frame), 0))
    if params.targets:
        observed, notices = read_shares(frame, params.targets, str(params.reference))
        for notice in notices:
            run.channel.warning(notice)
    unmapped = ~np.isfinite(predicted).all(1)
    if unmapped.all():
        raise RegionwiseError(
            f"No unit of '{params.reference}' lies on data of '{params.map}'.",
            "Check the CRS of both layers, and that they cover the same area.",
        )
    if unmapped.any():
        run.channel.warning(f"{unmapped.sum()} of {len(frame)} units have no data on the map and do not count.")
    numbers = [numeric_column(frame, name, params.reference) for name in params.indicators]
    for name, values in zip(params.indicators, numbers, strict=True):
        if len(np.unique(values[np.isfinite(values)])) < 2:
            raise RegionwiseError(
                f"Indicator '{name}' of '{params.reference}' has no two different numbers; nothing correlates with it.",
                "Choose a numeric field that varies.",
            )
    indicators = np.stack(numbers, 1) if numbers else np.empty((len(frame), 0))
    names = [text_of(value) for value in frame[params.group_field]] if params.group_field else range(len(frame))
    if params.weight_field:
        weight = np.nan_to_num(numeric_column(frame, params.weight_field, params.reference))
        if (weight < 0).any():
            raise RegionwiseError(f"Weight field '{params.weight_field}' has negative values.", "Correct them.")
    group = np.array([str(name) for name in names], object)
    return Units("unit", predicted, observed, indicators, group, _places(frame.geometry)), weight


def _places(geometry: gpd.GeoSeries) -> Array:
    """The place of each unit, see `Units.place`."""
    there = ~(geometry.is_empty | geometry.isna()).to_numpy()
    xy = representative_points(geometry[there])
    positions = Ruler.of(CRS.from_user_input(geometry.crs.to_wkt()), xy).positions(xy)
    places = np.full((len(geometry), positions.shape[1]), np.nan)
    places[there] = positions
    return places


def aggregated(units: Units, weight: Array, frame: gpd.GeoDataFrame, params: MapValidation, run: Run) -> Units:
    """The weighted means of units by the level field; units without data or label do not count."""
    names = np.array([text_of(value) for value in frame[params.level_field]])
    counted = np.isfinite(units.predicted).all(1) & np.isfinite(units.observed).all(1) & (names != "") & (weight > 0)
    if (names == "").any():
        run.channel.warning(f"{(names == '').sum()} units without a value of '{params.level_field}' are in no level.")
    levels, number = np.unique(names[counted], return_inverse=True)

    def mean(values: Array) -> Array:
        values = values[counted]
        weights = np.isfinite(values) * weight[counted][:, None]
        columns = zip((np.nan_to_num(values) * weights).T, weights.T, strict=True)
        with np.errstate(invalid="ignore", divide="ignore"):
            means = [np.bincount(number, c, len(levels)) / np.bincount(number, w, len(levels)) for c, w in columns]
        return np.stack(means, 1) if means else np.empty((len(levels), 0))

    group = np.array([str(name) for name in levels], object)
    predicted, observed, indicators = mean(units.predicted), mean(units.observed), mean(units.indicators)
    return Units(params.level_field, predicted, observed, indicators, group, mean(units.place))
