"""Shapes: geometry of any kind as points, lines or areas that are sound, flat and of one kind in each row."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from ...contract.errors import RegionwiseError

KINDS = ("points", "lines", "areas")  # by dimension
COLLECTION = 7  # the type of geometry collections in shapely
CURVES = (8, 9, 10, 11, 12)  # of shapely's types; what GDAL has not turned into lines
AREAS = ("Polygon", "MultiPolygon")


def sound_shapes(geometry: gpd.GeoSeries, label: object) -> tuple[gpd.GeoSeries, list[str]]:
    """The geometry of a layer without heights, collections and invalid areas, and clauses on what was changed.

    Of a collection that mixes kinds those of the highest dimension count: areas before lines before points.

    Raises
    ------
    RegionwiseError
        For curves inside collections.
    """
    shapes = shapely.force_2d(geometry.to_numpy())
    changes = []
    collections = shapely.get_type_id(shapes) == COLLECTION
    if collections.any():
        parted = [_highest(shape, label) for shape in shapes[collections]]
        shapes[collections] = [shape for shape, _ in parted]
        mixed = sum(several for _, several in parted)
        changes.append(f"{_count(collections, 'collection')} taken apart")
        if mixed:
            changes.append(f"of {mixed} that mix kinds, areas count before lines before points")
    invalid = (shapely.get_dimensions(shapes) == 2) & ~shapely.is_valid(shapes)
    if invalid.any():
        shapes[invalid] = [_highest(shape, label)[0] for shape in repaired(shapes[invalid])]
        changes.append(f"{_count(invalid, 'invalid polygon')} repaired")
    return gpd.GeoSeries(shapes, index=geometry.index, crs=geometry.crs), changes


def repaired(areas: NDArray[np.object_]) -> NDArray[np.object_]:
    """Areas with what their rings enclose; where parts overlap, it counts once."""
    return np.asarray(shapely.make_valid(areas, method="structure", keep_collapsed=True))


def _highest(shape: shapely.Geometry, label: object) -> tuple[shapely.Geometry, bool]:
    """The parts of the highest dimension as one geometry, and whether there were others."""
    if shapely.get_type_id(shape) != COLLECTION:
        return shape, False
    parts = _parts(shape)
    if np.isin(shapely.get_type_id(parts), CURVES).any():
        raise RegionwiseError(
            f"Layer '{label}' holds curves inside of collections.",
            "Convert it with 'Multipart to singleparts' and 'Segmentize', and save it as GeoPackage.",
        )
    dimensions = shapely.get_dimensions(parts)
    chosen = parts[dimensions == dimensions.max()] if len(parts) else parts
    if not len(chosen):
        return shapely.Point(), False
    joined = shapely.union_all(repaired(chosen)) if dimensions.max() == 2 else _multiple(chosen, int(dimensions.max()))
    return joined, len(chosen) < len(parts)


def _parts(shape: shapely.Geometry) -> NDArray[np.object_]:
    """The single parts of a geometry, however deep, without empty ones."""
    parts = shapely.get_parts(shape)
    while np.isin(shapely.get_type_id(parts), (4, 5, 6, COLLECTION)).any():
        parts = shapely.get_parts(parts)
    return np.asarray(parts[~shapely.is_empty(parts)])


def _multiple(parts: NDArray[np.object_], dimension: int) -> shapely.Geometry:
    """Points or lines as one geometry."""
    if len(parts) == 1:
        return parts[0]
    return shapely.multipoints(parts) if dimension == 0 else shapely.multilinestrings(parts)


def _count(flags: NDArray[np.bool_], noun: str) -> str:
    number = int(flags.sum())
    return f"{number} {noun}s are" if number > 1 else f"1 {noun} is"


def single_points(geometry: gpd.GeoSeries) -> tuple[gpd.GeoSeries, NDArray[np.int64]]:
    """The geometry with the distinct points of each multipoint by themselves, and the row that each came from."""
    shapes = geometry.to_numpy()
    several = (geometry.geom_type == "MultiPoint").to_numpy()
    parts = [
        list(dict.fromkeys(shapely.get_parts(s))) if many else [s] for s, many in zip(shapes, several, strict=True)
    ]
    row = np.repeat(np.arange(len(shapes)), [len(each) for each in parts])
    single = [part for each in parts for part in each]
    return gpd.GeoSeries(single, crs=geometry.crs), row
