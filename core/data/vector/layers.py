"""Layers: vector layers and tables with coordinates as frames of places, in the CRS that is wanted."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rasterio.crs import CRS

from ...contract.errors import RegionwiseError
from ...contract.layer import Layer
from ...runtime.input_log import note_change, note_input
from ..raster.grids import crs_name
from .geometry_columns import WGS84, coordinate_columns, coordinates
from .longitudes import Extent, turned
from .shapes import single_points, sound_shapes
from .tables import read_table


def read_layer(layer: Layer, crs: CRS | None = None, extent: Extent | None = None) -> gpd.GeoDataFrame:
    """The layer as a frame with geometry, in `crs` if that is given; a row for each of the layer's.

    A table without geometry gets points from its coordinate columns: longitude and latitude in
    EPSG:4326, or x and y in `crs`. Shapes are sound, flat and of one kind each (`shapes.sound_shapes`).

    Parameters
    ----------
    extent : (left, bottom, right, top), optional
        Of the rasters. Where these are in degrees, places a circle away are brought there.

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
    note_input(str(layer), layer.path, CRS=crs_name(CRS.from_wkt(frame.crs.to_wkt())))
    sound, changes = sound_shapes(frame.geometry, layer)
    frame = frame.set_geometry(sound)
    for clause in changes:
        note_change(str(layer), layer.path, clause)
    return frame if crs is None else _moved(frame, crs, extent, layer)


def _moved(frame: gpd.GeoDataFrame, crs: CRS, extent: Extent | None, layer: Layer) -> gpd.GeoDataFrame:
    """The frame in `crs`, with longitudes as in `extent`."""
    moved = frame.to_crs(crs.to_wkt())
    bounds = moved.geometry[_placed(moved)].total_bounds
    if len(bounds) and not np.isfinite(bounds).all():
        raise RegionwiseError(
            f"Layer '{layer}' cannot be brought to the raster's CRS: its coordinates do not fit {frame.crs.name}.",
            "Correct the layer's CRS in its properties.",
        )
    if extent is not None and crs.is_geographic:
        geometry, count = turned(moved.geometry, extent)
        if count:
            clause = f"{count} place{'s are' if count > 1 else ' is'} moved by 360 degrees, to where the raster is"
            note_change(str(layer), layer.path, clause)
            moved = moved.set_geometry(geometry)
    return moved


def _placed(frame: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Whether each row has a place."""
    placed: NDArray[np.bool_] = ~(frame.geometry.is_empty | frame.geometry.isna()).to_numpy()
    return placed


def located_rows(frame: gpd.GeoDataFrame, layer: Layer) -> gpd.GeoDataFrame:
    """The rows that have a place; tells how many have none."""
    placed = _placed(frame)
    if not placed.all():
        number = int((~placed).sum())
        clause = f"{number} row{'s' if number > 1 else ''} without a place {'are' if number > 1 else 'is'} left out"
        note_change(str(layer), layer.path, clause)
    return frame[placed].reset_index(drop=True)


def single_places(frame: gpd.GeoDataFrame, layer: Layer) -> gpd.GeoDataFrame:
    """The rows that have a place, and a row for each point of a multipoint; tells both."""
    frame = located_rows(frame, layer)
    geometry, row = single_points(frame.geometry)
    tell_single_points(len(frame), len(row), layer)
    return frame.iloc[row].reset_index(drop=True).set_geometry(geometry)


def tell_single_points(rows: int, points: int, layer: Layer) -> None:
    """Say that the points of multipoints count by themselves, if there are more than rows."""
    if points > rows:
        note_change(str(layer), layer.path, f"its {rows} rows hold {points} places: each point counts by itself")


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
    found = coordinate_columns(frame)
    if found is None or (not found[2] and crs is None):
        raise NoPlacesError(
            f"Table '{layer}' has neither geometry nor coordinate columns.",
            "Name them longitude and latitude (WGS 84), or x and y (in the raster's CRS).",
        )
    x, y, degrees = found
    values = [pd.Series(coordinates(frame, name, layer, degrees=degrees)) for name in (x, y)]
    if crs is not None and not degrees and not crs.is_geographic:
        _check_map_units(values, (x, y), layer)
    system = WGS84 if degrees or crs is None else crs.to_wkt()
    note_change(
        str(layer),
        layer.path,
        f"its places are columns '{x}' and '{y}' ({'WGS 84' if degrees else 'CRS of the rasters'})",
    )
    located = gpd.GeoDataFrame(frame, geometry=points(*values), crs=system)
    located.attrs = dict(frame.attrs)
    return located


def _check_map_units(values: Sequence[pd.Series], names: Sequence[str], layer: Layer) -> None:
    """Refuse coordinates that are degrees where map units are meant: all would lie in one cell."""
    if all(each.abs().max() <= 180 for each in values):
        raise RegionwiseError(
            f"Columns '{names[0]}' and '{names[1]}' of '{layer}' look like degrees (the first is "
            f"{values[0].iloc[0]:g}, {values[1].iloc[0]:g}), and x and y are read in the CRS of the rasters.",
            "Name them longitude and latitude.",
        )
