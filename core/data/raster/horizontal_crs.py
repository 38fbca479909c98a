"""Horizontal CRS: where cells lie, without the heights that a compound CRS speaks of."""

from __future__ import annotations

from functools import lru_cache

import pyproj
from pyproj.exceptions import CRSError as ProjError
from rasterio.crs import CRS


def horizontal(crs: CRS) -> CRS:
    """The part of a compound or three-dimensional CRS that says where places lie; any other as it is."""
    return _horizontal(crs.to_wkt()) if crs else crs


@lru_cache(maxsize=256)
def _horizontal(wkt: str) -> CRS:
    given = CRS.from_wkt(wkt)
    try:
        known = pyproj.CRS.from_wkt(wkt)
        flat = known.to_2d()
    except ProjError:  # one that GDAL alone knows, as an engineering CRS
        return given
    return CRS.from_wkt(flat.to_wkt()) if len(known.axis_info) > 2 else given


@lru_cache(maxsize=256)
def transformer(source: str, target: str) -> pyproj.Transformer:
    """What brings places from one CRS to another, both as WKT; where there is none, they become infinite."""
    return pyproj.Transformer.from_crs(pyproj.CRS.from_wkt(source), pyproj.CRS.from_wkt(target), always_xy=True)


def same_crs(one: CRS, other: CRS) -> bool:
    """Whether places have the same coordinates in both, whatever the order in which these are written down."""
    return bool(one == other) or _same(one.to_wkt(), other.to_wkt())


@lru_cache(maxsize=1024)
def _same(one: str, other: str) -> bool:
    try:
        return bool(pyproj.CRS.from_wkt(one).to_2d().equals(pyproj.CRS.from_wkt(other).to_2d(), ignore_axis_order=True))
    except ProjError:
        return False
