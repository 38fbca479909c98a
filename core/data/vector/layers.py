"""Layers: vector layers and tables with coordinates as frames of places, in the CRS that is wanted."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rasterio.crs import CRS

from ...contract.errors import RegionwiseError
from ...contract.params import Layer
from .tables import read_table

LONGITUDES, LATITUDES = ("longitude", "lon", "long", "lng"), ("latitude", "lat")
EASTINGS, NORTHINGS = ("x", "easting"), ("y", "northing")
WGS84 = "EPSG:4326"


def read_layer(layer: Layer, crs: CRS | None = None) -> gpd.GeoDataFrame:
    """The layer as a frame with geometry, in `crs` if that is given.

    A table without geometry gets points from its coordinate columns: longitude and latitude in
    EPSG:4326, or x and y in `crs`.

    Raises
    ------
    RegionwiseError
        If the file cannot be read, or has neither geometry nor coordinates, or no CRS.
    """
    frame = read_table(layer)
    if not isinstance(frame, gpd.GeoDataFrame):
        frame = _with_points(frame, layer, crs)
    elif layer.crs:
        frame = frame.set_crs(layer.crs, allow_override=True)  # the user may have corrected it in QGIS
    if frame.crs is None:
        raise RegionwiseError(f"Layer '{layer}' has no CRS.", "Set it in the layer's properties.")
    if crs is None:
        return frame
    moved = frame.to_crs(crs.to_wkt())
    bounds = moved.geometry[~(moved.geometry.is_empty | moved.geometry.isna())].total_bounds
    if len(bounds) and not np.isfinite(bounds).all():
        raise RegionwiseError(
            f"Layer '{layer}' cannot be brought to the raster's CRS: its coordinates do not fit {frame.crs.name}.",
            "Correct the layer's CRS in its properties.",
        )
    return moved


class NoPlacesError(RegionwiseError):
    """A table has neither geometry nor coordinates."""


def read_rows(layer: Layer) -> gpd.GeoDataFrame:
    """The layer as `read_layer` gives it, or `without_places` if it has none."""
    try:
        return read_layer(layer)
    except NoPlacesError:
        return without_places(layer)


def without_places(layer: Layer) -> gpd.GeoDataFrame:
    """The rows of a table with empty geometries, and no CRS."""
    frame = read_table(layer)
    return gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries([None] * len(frame), index=frame.index))


def representative_points(geometry: gpd.GeoSeries) -> NDArray[np.float64]:
    """A point inside each geometry, shape (n, 2); a centroid may lie outside."""
    inside = geometry.representative_point()
    return np.stack([inside.x.to_numpy(), inside.y.to_numpy()], 1)


def points(x: pd.Series, y: pd.Series) -> gpd.GeoSeries:
    """A point for each row; none where a coordinate is missing."""
    return gpd.GeoSeries(gpd.points_from_xy(x, y)).where((np.isfinite(x) & np.isfinite(y)).to_numpy(), None)


def _with_points(frame: pd.DataFrame, layer: Layer, crs: CRS | None) -> gpd.GeoDataFrame:
    """The rows of a table with points from its coordinate columns; see `read_layer`."""
    column_of = {str(name).lower(): name for name in frame.columns}

    def find(names: Sequence[str]) -> str | None:
        return next((column_of[name] for name in names if name in column_of), None)

    x, y, points_crs = find(LONGITUDES), find(LATITUDES), WGS84
    if (x is None or y is None) and crs is not None:
        x, y, points_crs = find(EASTINGS), find(NORTHINGS), crs.to_wkt()
    if x is None or y is None:
        raise NoPlacesError(
            f"Table '{layer}' has neither geometry nor coordinate columns.",
            "Name them longitude and latitude (WGS 84), or x and y (in the raster's CRS).",
        )
    coordinates = [pd.to_numeric(frame[name], errors="coerce") for name in (x, y)]
    if crs is not None and points_crs != WGS84 and not crs.is_geographic:
        _check_map_units(coordinates, (x, y), layer)
    return gpd.GeoDataFrame(frame, geometry=points(*coordinates), crs=points_crs)


def _check_map_units(coordinates: Sequence[pd.Series], names: Sequence[str], layer: Layer) -> None:
    """Refuse coordinates that are degrees where map units are meant: all would lie in one cell."""
    if all(values.abs().max() <= 180 for values in coordinates):
        raise RegionwiseError(
            f"Columns '{names[0]}' and '{names[1]}' of '{layer}' look like degrees (the first is "
            f"{coordinates[0].iloc[0]:g}, {coordinates[1].iloc[0]:g}), and x and y are read in the CRS of the rasters.",
            "Name them longitude and latitude.",
        )
