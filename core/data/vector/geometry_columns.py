"""Geometry columns: places that a table holds as text, and coordinates in columns.

Geometry is WKT or EWKT (``SRID=4326;POINT (1 2)``; as geopandas writes it), the hexadecimal form of databases, or
GeoJSON (``.geo`` of Earth Engine).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.errors import GEOSException

from ...contract.errors import RegionwiseError
from ...runtime.types import Array
from .missing_words import is_missing
from .numerals import comma_advice, numbers_of

GEOMETRY_NAMES = (
    "geometry", "geom", "wkt", "wkt_geom", "wkt_geometry", "the_geom", "wkb_geometry", "shape", ".geo", "geojson",
)  # fmt: skip
LONGITUDES, LATITUDES = ("longitude", "lon", "long", "lng"), ("latitude", "lat")
EASTINGS, NORTHINGS = ("x", "easting"), ("y", "northing")
WGS84 = "EPSG:4326"
MOST_DEGREES = 360
SRID = re.compile(r"\s*SRID=(\d+)\s*;\s*", re.IGNORECASE)
WKT = re.compile(
    r"\s*(?:SRID=\d+\s*;\s*)?(?:MULTI|CURVE|COMPOUND|CIRCULAR)?"
    r"(?:POINT|(?:LINE)?STRING|LINEARRING|POLYGON|GEOMETRYCOLLECTION|CURVE|SURFACE|TIN)Z?M?\b.*",
    re.IGNORECASE | re.DOTALL,
)
WKB = re.compile(r"0[01][0-9A-Fa-f]{16,}")
GEOJSON = re.compile(r'\s*\{.*"type".*\}\s*', re.DOTALL)


def with_geometry(frame: pd.DataFrame, label: object) -> tuple[pd.DataFrame, list[str]]:
    """`frame` with the geometry that one of its columns holds as text, if one does, and a clause that says so.

    Its CRS is the one that the texts name; WGS 84 of GeoJSON, and of coordinates that can be degrees.

    Raises
    ------
    RegionwiseError
        For a cell that is no geometry.
    """
    name = _geometry_column(frame)
    if not name:
        return frame, []
    cells = [None if value is None or value != value else str(value) for value in frame[name]]
    shapes, crs = _shapes(cells, name, label)
    if shapely.is_empty(shapes).all() or all(shape is None for shape in shapes):
        return frame.drop(columns=name), []  # Earth Engine's column of samples without places
    if crs is None and _in_degrees(shapes):
        crs = WGS84
    located = gpd.GeoDataFrame(frame.drop(columns=name), geometry=gpd.GeoSeries(shapes), crs=crs)
    located.attrs = dict(frame.attrs)
    return located, [f"its places are those of column '{name}' ({crs or 'of a CRS that it does not name'})"]


def _in_degrees(shapes: NDArray[np.object_]) -> bool:
    """Whether all coordinates can be degrees, which map units of a table hardly ever could."""
    left, bottom, right, top = shapely.total_bounds(shapes)
    return bool(left >= -MOST_DEGREES and right <= MOST_DEGREES and bottom >= -90 and top <= 90)


def _geometry_column(frame: pd.DataFrame) -> str:
    """The column that holds geometry as text, by its name and its first cell; empty if none does."""
    for wanted in GEOMETRY_NAMES:
        for name in frame.columns:
            if str(name).lower() != wanted:
                continue
            first = next((value for value in frame[name] if isinstance(value, str) and not is_missing(value)), "")
            if any(pattern.fullmatch(first) for pattern in (WKT, WKB, GEOJSON)):
                return str(name)
    return ""


def _shapes(cells: Sequence[str | None], name: str, label: object) -> tuple[NDArray[np.object_], str | None]:
    """The geometry of each cell, and the CRS that the texts name."""
    shapes = np.full(len(cells), None, object)
    systems: set[str] = set()
    for row, cell in enumerate(cells):
        if cell is None:
            continue
        try:
            shapes[row], system = _shape(cell)
        except (GEOSException, ValueError, NotImplementedError) as err:
            raise RegionwiseError(
                f"Column '{name}' of '{label}' holds no geometry that can be read in row {row + 1} "
                f"({cell.strip()[:40]!r}: {err}).",
                "Correct it, or save the layer as GeoPackage.",
            ) from err
        systems.add(system)
    if len(systems) > 1:
        raise RegionwiseError(
            f"Column '{name}' of '{label}' holds places of several CRS: {', '.join(sorted(systems))}.",
            "Bring them to one, and save them again.",
        )
    system = systems.pop() if systems else ""
    return shapes, system or None


def _shape(cell: str) -> tuple[shapely.Geometry, str]:
    """The geometry in a cell, and its CRS; empty where it names none."""
    if GEOJSON.fullmatch(cell):
        return shapely.from_geojson(cell), WGS84
    if WKB.fullmatch(cell.strip()):
        shape = shapely.from_wkb(cell.strip())
        number = int(shapely.get_srid(shape))
    else:
        named = SRID.match(cell)
        shape, number = shapely.from_wkt(cell[named.end() :] if named else cell), int(named.group(1)) if named else 0
    return shapely.force_2d(shape), f"EPSG:{number}" if number else ""


def coordinate_columns(frame: pd.DataFrame) -> tuple[str, str, bool] | None:
    """The names of the columns of x and y, and whether these are degrees; None if there are none."""
    column_of = {str(name).lower(): str(name) for name in frame.columns}
    for firsts, seconds in ((LONGITUDES, LATITUDES), (EASTINGS, NORTHINGS)):
        x, y = (next((column_of[name] for name in names if name in column_of), "") for names in (firsts, seconds))
        if x and y:
            return x, y, firsts is LONGITUDES
    return None


def coordinates(frame: pd.DataFrame, name: str, label: object, *, degrees: bool) -> Array:
    """A column of coordinates, shape (row,); NaN where it is empty.

    Of degrees like 105,123 the comma is the decimal sign, as they would be too large without it.

    Raises
    ------
    RegionwiseError
        For a cell that is no number.
    """
    column = frame[name]
    numbers = numbers_of(column, "," if degrees else "")
    wrong = np.isnan(numbers) & column.notna().to_numpy() & (column != "").to_numpy()
    if wrong.any():
        row = int(wrong.argmax())
        raise RegionwiseError(
            f"Column '{name}' of '{label}' is no coordinate in row {row + 1} "
            f"({column.iloc[row]!r}{comma_advice(column.iloc[row])}).",
            "Write coordinates as decimal numbers, as 105.25.",
        )
    return numbers
