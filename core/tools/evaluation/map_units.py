"""Map units: observed and mapped numbers of the units of a reference, as they are or put together."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import geopandas as gpd
import numpy as np
from rasterio.crs import CRS

from ...contract.errors import RegionwiseError
from ...data.vector.labels import read_shares
from ...data.vector.layers import representative_points
from ...data.vector.tables import numeric_column, text_of
from ...runtime.run import Run
from ...runtime.types import Array, Index, Mask, Text
from ...validation.distances import Ruler
from ...validation.planner import numbered_clusters
from ...validation.spatial_units import spatial_units
from .params import MapValidation


@dataclass(frozen=True)
class Units:
    """Observed and mapped shares, and indicators, of the units of one level.

    Parameters
    ----------
    predicted, observed : array, shape (unit, band or target)
    indicators : array, shape (unit, indicator)
    group : array of str
        By the group field; without one each unit is a group.
    place : array, shape (unit, 2 or 3)
        In metres, see `distances.Ruler.positions`; NaN for a unit without geometry.
    grouped : bool
        Whether units have groups by the field.
    cluster : array of str
        What intervals leave out as a whole: groups, unless clusters of units are given.
    cluster_name : str
        Plural of these in words.
    in_clusters : bool
        Whether they are clusters of units that lie near each other.
    """

    level: str
    predicted: Array
    observed: Array
    indicators: Array
    group: Text
    place: Array
    grouped: bool = False
    cluster: Text = field(default_factory=lambda: np.empty(0, object))
    cluster_name: str = "units"
    in_clusters: bool = False

    def __post_init__(self) -> None:
        if not len(self.cluster):
            object.__setattr__(self, "cluster", self.group)

    @property
    def scored(self) -> Mask:
        """Which units have a label and data on the map."""
        scored: Mask = np.isfinite(np.concatenate([self.observed, self.predicted], 1)).all(1)
        return scored

    def clustered(self, area: Array) -> Units:
        """These units, in clusters where they lie nearer to each other than the map's cells lie to them.

        Parameters
        ----------
        area : array, shape (place, 2 or 3)
            Random places of the map.
        """
        counted = np.flatnonzero(self.scored & np.isfinite(self.place).all(1))
        number = spatial_units(self.place[counted], area)
        if not len(number) or number.max() == len(number) - 1:
            return self
        cluster = self.cluster.copy()
        cluster[counted] = numbered_clusters(number)
        return replace(self, cluster=cluster, cluster_name=f"clusters of {self.cluster_name}", in_clusters=True)


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
    group, grouped = np.array([str(name) for name in names], object), bool(params.group_field)
    name = f"groups of '{params.group_field}'" if grouped else "units"
    place = _places(frame.geometry)
    return Units("unit", predicted, observed, indicators, group, place, grouped, cluster_name=name), weight


def _places(geometry: gpd.GeoSeries) -> Array:
    """The place of each unit, see `Units.place`."""
    there = ~(geometry.is_empty | geometry.isna()).to_numpy()
    positions = ruler_of(geometry).positions(representative_points(geometry[there]))
    places = np.full((len(geometry), positions.shape[1]), np.nan)
    places[there] = positions
    return places


def ruler_of(geometry: gpd.GeoSeries) -> Ruler:
    """What measures the places of units, see `Units.place`."""
    there = ~(geometry.is_empty | geometry.isna())
    return Ruler.of(CRS.from_user_input(geometry.crs.to_wkt()), representative_points(geometry[there]))


def aggregated(units: Units, weight: Array, frame: gpd.GeoDataFrame, params: MapValidation, run: Run) -> Units:
    """The weighted means of units by the level field; units without data or label do not count.

    They keep the groups or clusters of the units where each of them lies in one.
    """
    names = np.array([text_of(value) for value in frame[params.level_field]])
    counted = units.scored & (names != "") & (weight > 0)
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

    predicted, observed, indicators = mean(units.predicted), mean(units.observed), mean(units.indicators)
    group, name = np.array([str(name) for name in levels], object), f"units of '{params.level_field}'"
    place = mean(units.place)
    level = Units(params.level_field, predicted, observed, indicators, group, place, cluster_name=name)
    if not units.grouped and not units.in_clusters:
        return level
    return _nested(level, number, units.cluster[counted], units, run)


def _nested(level: Units, number: Index, cluster: Text, units: Units, run: Run) -> Units:
    """The level with the groups or clusters of its units, if each of its own lies in one.

    Parameters
    ----------
    number, cluster : array
        The number in the level of each unit that counts, and its cluster.
    """
    own = cluster[np.unique(number, return_index=True)[1]]
    if (own[number] != cluster).any():
        text = f"Some {level.cluster_name} hold several {units.cluster_name}"
        run.channel.info(f"{text}: intervals leave out the {level.cluster_name}.")
        return level
    return replace(
        level,
        group=own if units.grouped else level.group,
        grouped=units.grouped,
        cluster=own,
        cluster_name=units.cluster_name,
        in_clusters=units.in_clusters,
    )
