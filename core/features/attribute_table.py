"""Attributes of rows as a table of numbers, from which trees predict labels."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np

from ..contract.errors import RegionwiseError
from ..data.vector.layers import representative_points
from ..data.vector.numerals import numbers_of
from ..runtime.types import Array

COORDINATES = ("Lon", "Lat", "Lon2", "Lat2", "LonLat")


def attribute_table(
    frame: gpd.GeoDataFrame, fields: Sequence[str], label: str, *, coordinates: bool
) -> tuple[Array, tuple[str, ...]]:
    """The numbers of each row, shape (row, feature), NaN where missing, and their names.

    Parameters
    ----------
    label : str
        Name of the layer, for messages.
    coordinates : bool
        Whether degrees (WGS 84), their squares and their product are among them.

    Raises
    ------
    RegionwiseError
        If a row has no place, or a field is called like a coordinate.
    """
    columns = [numbers_of(frame[name]) for name in fields]
    names = list(fields)
    if coordinates:
        missing = frame.geometry.isna() | frame.geometry.is_empty
        if missing.any():
            raise RegionwiseError(
                f"{missing.sum()} rows of '{label}' have no place.", "Switch off Add coordinates, or give them one."
            )
        lon, lat = representative_points(frame.geometry.to_crs("EPSG:4326")).T
        columns += [lon, lat, lon**2, lat**2, lon * lat]
        names += COORDINATES
    if len(set(names)) < len(names):
        raise RegionwiseError(
            f"A feature is called like one of the coordinates ({', '.join(COORDINATES)}).", "Rename the field."
        )
    return np.stack(columns, 1), tuple(names)
