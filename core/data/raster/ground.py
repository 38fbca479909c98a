"""Ground: what a step in the coordinates of a CRS measures on the Earth, in metres.

Coordinates become points in space, on the ellipsoid of their CRS; how far these move with x and with y tells the scale
along both axes and the angle between them. So it holds in every CRS: degrees, grads, feet, Web Mercator (whose own
sphere is not the Earth), projections that keep areas or angles, and at the poles.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyproj
from pyproj.exceptions import CRSError
from rasterio.crs import CRS

from ...contract.errors import RegionwiseError
from ...runtime.types import Array
from .grids import crs_name

TRUE_TO_SCALE = 0.005  # of a length, up to which a CRS counts as true: UTM, national grids
STEP_M = 1000.0  # over which points in space are compared: long against rounding, short against the Earth
PROBES = 5  # a side, by which a grid or an extent is judged


@dataclass(frozen=True)
class Frame:
    """How coordinates become points in space.

    Parameters
    ----------
    unit : float
        Metres of a unit of the CRS, as its axes name it; at the equator, for angles.
    in_space : callable
        From x and y, each shape (n,), to metres, shape (n, 3); NaN off the Earth.
    """

    unit: float
    in_space: Callable[[Array, Array], Array]


def frame_of(crs: CRS) -> Frame:
    """How coordinates of `crs` become points in space.

    Raises
    ------
    RegionwiseError
        If the CRS does not tell where its coordinates lie or how long their unit is.
    """
    try:
        return _frame(crs.to_wkt())
    except (CRSError, ValueError) as err:
        raise RegionwiseError(
            f"The CRS {crs_name(crs)} does not tell what its coordinates measure on the ground ({err}).",
            "Set the CRS of the layer (Layer > Set CRS), or warp it to one in metres.",
        ) from err


@lru_cache(maxsize=32)
def _frame(wkt: str) -> Frame:
    """The frame of a CRS; heights and shifts of its datum play no part."""
    crs = part_of(pyproj.CRS.from_wkt(wkt), 0)
    unit = crs.axis_info[0].unit_conversion_factor if crs.axis_info else 0.0
    if crs.is_geocentric or not unit:
        raise ValueError("its axes are no plane, or have no unit")
    ellipsoid, geodetic = crs.ellipsoid, crs.geodetic_crs
    if ellipsoid is None or geodetic is None:  # a plan of a site
        return Frame(unit, lambda x, y: np.stack([x * unit, y * unit, np.zeros_like(x)], 1))
    major, flattening = ellipsoid.semi_major_metre, 1 - ellipsoid.semi_minor_metre / ellipsoid.semi_major_metre
    if crs.is_geographic:
        return Frame(unit * major, lambda x, y: _on_ellipsoid(x * unit, y * unit, major, flattening))
    transformer = pyproj.Transformer.from_crs(crs, geodetic, always_xy=True)
    angle = geodetic.axis_info[0].unit_conversion_factor

    def projected(x: Array, y: Array) -> Array:
        longitude, latitude = transformer.transform(x, y)
        known = np.isfinite(longitude) & np.isfinite(latitude)
        longitude, latitude = (np.where(known, value, np.nan) * angle for value in (longitude, latitude))
        return _on_ellipsoid(longitude, latitude, major, flattening)

    return Frame(unit, projected)


def part_of(crs: pyproj.CRS, number: int) -> pyproj.CRS:
    """The horizontal part (0) or the vertical one (-1) of a compound CRS, without shifts of its datum; else itself."""
    while crs.is_compound or crs.is_bound:
        part = crs.sub_crs_list[number] if crs.is_compound else crs.source_crs
        assert part is not None  # nosec B101
        crs = part
    return crs


def _on_ellipsoid(longitude: Array, latitude: Array, major: float, flattening: float) -> Array:
    """Points in space of angles in radians, shape (n, 3), on an ellipsoid."""
    squared = flattening * (2 - flattening)  # of the eccentricity
    radius = major / np.sqrt(1 - squared * np.sin(latitude) ** 2)
    across = radius * np.cos(latitude)
    return np.stack(
        [across * np.cos(longitude), across * np.sin(longitude), (1 - squared) * radius * np.sin(latitude)], 1
    )


def in_space(xy: Array, crs: CRS) -> Array:
    """Places, shape (n, 2), as points in space in metres, shape (n, 3); NaN off the Earth."""
    return frame_of(crs).in_space(*xy.T.astype(np.float64))


def tangents(xy: Array, crs: CRS) -> tuple[Array, Array]:
    """How a point in space moves, in metres per unit of the CRS, with x and with y; each shape (n, 3)."""
    frame = frame_of(crs)
    half = STEP_M / 2 / frame.unit
    x, y = xy.T.astype(np.float64)
    along_x = (frame.in_space(x + half, y) - frame.in_space(x - half, y)) / (2 * half)
    along_y = (frame.in_space(x, y + half) - frame.in_space(x, y - half)) / (2 * half)
    return along_x, along_y


def scales(xy: Array, crs: CRS) -> Array:
    """Metres on the ground of one unit of the CRS along x and along y, shape (n, 2)."""
    return np.stack([np.linalg.norm(tangent, axis=1) for tangent in tangents(xy, crs)], 1)


def area_scales(xy: Array, crs: CRS) -> Array:
    """Square metres on the ground of one square unit of the CRS, shape (n,)."""
    return np.asarray(np.linalg.norm(np.cross(*tangents(xy, crs)), axis=1))


def true_unit(crs: CRS, bounds: tuple[float, float, float, float]) -> float | None:
    """Metres of a unit of the CRS if it is true to scale and angle all over an extent; else None.

    Parameters
    ----------
    bounds : tuple of float
        Left, bottom, right, top.
    """
    frame = frame_of(crs)
    left, bottom, right, top = bounds
    x, y = np.meshgrid(np.linspace(left, right, PROBES), np.linspace(bottom, top, PROBES))
    along_x, along_y = tangents(np.stack([x.ravel(), y.ravel()], 1), crs)
    lengths = [np.linalg.norm(tangent, axis=1) / frame.unit for tangent in (along_x, along_y)]
    slant = (along_x * along_y).sum(1) / frame.unit**2
    deviations = np.abs([lengths[0] - 1, lengths[1] - 1, slant])
    return frame.unit if (deviations < TRUE_TO_SCALE).all() else None


def ground_side(crs: CRS, side: float, bounds: tuple[float, float, float, float]) -> float:
    """The metres of `side`, in units of the CRS, in the middle of an extent; NaN if that is off the Earth."""
    unit = true_unit(crs, bounds)
    if unit is not None:
        return side * unit
    left, bottom, right, top = bounds
    return side * float(np.sqrt(area_scales(np.array([[(left + right) / 2, (bottom + top) / 2]]), crs)[0]))


def angles(xy: Array, crs: CRS) -> Array:
    """Longitude and geocentric latitude of places in radians, shape (n, 2); NaN off the Earth."""
    x, y, z = in_space(xy, crs).T
    return np.stack([np.arctan2(y, x), np.arctan2(z, np.hypot(x, y))], 1)


def mean_radius(crs: CRS) -> float:
    """The mean radius of the ellipsoid of a CRS in metres."""
    ellipsoid = part_of(pyproj.CRS.from_wkt(crs.to_wkt()), 0).ellipsoid
    if ellipsoid is None:
        raise RegionwiseError(
            f"The CRS {crs_name(crs)} lies on no ellipsoid.", "Set the CRS of the layer (Layer > Set CRS)."
        )
    return float((2 * ellipsoid.semi_major_metre + ellipsoid.semi_minor_metre) / 3)
