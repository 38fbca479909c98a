"""Heights of a DEM in metres: their unit, fills that stand for no data, and edges of zeros."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pyproj
from rasterio.crs import CRS

from ...contract.errors import RegionwiseError
from ...contract.layer import Layer
from ...data.raster.ground import part_of
from ...data.raster.stack import Stack
from ...data.raster.tiles import Tile
from ...runtime.input_log import note_change
from ...runtime.types import Array, Floats, Mask

METRES = {"m": 1.0, "ft": 0.3048, "us-ft": 1200 / 3937, "cm": 0.01, "dm": 0.1, "mm": 0.001, "km": 1000.0}
NAMES = {"m": "metres", "ft": "feet", "us-ft": "US survey feet", "cm": "centimetres", "dm": "decimetres"}
FEET = {"ft", "foot", "feet", "fuss", "pied", "pieds"}
SURVEY = {"us", "usa", "survey", "clarke"}
WORDS = {  # of units, as GDAL, Esri, USGS and others write them
    **dict.fromkeys(("ftus", "usft", "sft"), "us-ft"),
    **dict.fromkeys(FEET, "ft"),
    **dict.fromkeys(("m", "metre", "metres", "meter", "meters", "mètre", "mètres", "metro", "metros", "masl"), "m"),
    **dict.fromkeys(("cm", "centimetre", "centimetres", "centimeter", "centimeters", "zentimeter"), "cm"),
    **dict.fromkeys(("dm", "decimetre", "decimetres", "decimeter", "decimeters", "dezimeter"), "dm"),
    **dict.fromkeys(("mm", "millimetre", "millimetres", "millimeter", "millimeters"), "mm"),
    **dict.fromkeys(("km", "kilometre", "kilometres", "kilometer", "kilometers"), "km"),
}
LOWEST_M, HIGHEST_M = -12_000.0, 9_000.0  # of the Earth
FILLS = (-32768.0, -32767.0, -9999.0)  # that stand for no data, also where no file says so
HUGE = 1e19  # no height, whatever the unit: fills as 1e20 and 3.4e38
SEA_FLOOR = 50.0  # around a fill: among heights as near as that it is one of them
CLIFF_M, CLIFFS, SHORTEST_EDGE = 20.0, 0.5, 10  # heights beside zeros, their share of the edge, its length in cells


@dataclass(frozen=True)
class Heights:
    """Heights of a DEM in metres, read by windows.

    Parameters
    ----------
    metres : float
        Of one unit of the file.
    fills : tuple of float
        Numbers that stand for no data.
    """

    stack: Stack
    metres: float
    fills: tuple[float, ...] = ()

    def read(self, tile: Tile) -> Floats:
        """The heights of a window, shape (row, col); NaN is missing."""
        values: Floats = self.stack.read(tile)[0]
        values[is_fill(values, self.fills)] = np.nan
        return values if self.metres == 1 else (values * self.metres).astype(np.float32)


def is_fill(values: Floats, fills: tuple[float, ...]) -> Mask:
    """Where values are `fills`, or larger than any height."""
    found: Mask = np.abs(values) >= HUGE
    for fill in fills:
        found |= values == np.float32(fill)
    return found


def read_heights(dem: Layer, stack: Stack, unit: str) -> tuple[Heights, Floats]:
    """The reader of a DEM in metres, and all of its heights; says their unit, and what is missing.

    Parameters
    ----------
    unit : str
        As the user has chosen it; ``auto``: that of the band, else of the CRS, else metres.

    Raises
    ------
    RegionwiseError
        If the unit is none of length, or a height is none of the Earth.
    """
    source = stack.sources[0]
    chosen = _unit(dem, unit, stack.bands[0].unit, [source.crs])
    raw = stack.read(stack.grid.area)[0]
    fills = _fills(raw, source.bands[0].scale)
    heights = Heights(stack, METRES[chosen], fills)
    missing = is_fill(raw, fills)
    for value, count in zip(*np.unique(raw[missing], return_counts=True), strict=True):
        note_change(str(dem), dem.path, f"{count} cells of {value:g} are taken as no data")
    raw[missing] = np.nan
    if heights.metres != 1:
        raw = (raw * heights.metres).astype(np.float32)
    _check(dem, raw, heights.metres)
    return heights, raw


def _unit(dem: Layer, chosen: str, of_band: str, crs: list[CRS | None]) -> str:
    """The unit of the heights, a key of `METRES`; says it unless all agree on metres."""
    band, vertical = _named(of_band), next(filter(None, map(_vertical, crs)), "")
    if of_band.strip() and not band and chosen == "auto":
        raise RegionwiseError(
            f"The band of '{dem}' has the unit '{of_band}', which is none of heights.",
            "Choose a DEM, or say in Height unit what it is in.",
        )
    unit, source = (
        (chosen, "as chosen") if chosen != "auto" else (band, "unit of the band") if band else (vertical, "of the CRS")
    )
    others = [f"the band says {_name(band)}"] if band and band != (unit or "m") else []
    others += [f"the CRS says {_name(vertical)}"] if vertical and vertical != (unit or "m") else []
    beside = f"; {' and '.join(others)}, which does not count" if others else ""
    if unit not in ("", "m"):
        note_change(str(dem), dem.path, f"heights in {_name(unit)} ({source}) are brought to metres{beside}")
    elif beside:
        note_change(str(dem), dem.path, f"heights are taken in metres ({source}){beside}")
    return unit or "m"


def _name(unit: str) -> str:
    return NAMES.get(unit, unit)


def _named(text: str) -> str:
    """The unit that a text names, a key of `METRES`; empty if it is none of length."""
    words = re.findall(r"[^\W\d_]+", text.casefold().replace(".", ""))
    if "/" in text or not words:
        return ""
    if FEET & set(words):
        return "us-ft" if SURVEY & set(words) and "international" not in words else "ft"
    return WORDS.get(words[0], "")


def _vertical(crs: CRS | None) -> str:
    """The unit of the heights of a compound or three-dimensional CRS; empty if it has none."""
    if not crs:
        return ""
    own = part_of(pyproj.CRS.from_wkt(crs.to_wkt()), -1)
    axes = own.axis_info if own.is_vertical else own.axis_info[2:]
    return next(
        (key for axis in axes for key, metres in METRES.items() if _same(axis.unit_conversion_factor, metres)), ""
    )


def _same(one: float, other: float) -> bool:
    return abs(one / other - 1) < 1e-7  # feet of both kinds differ by 2e-6


def _fills(raw: Floats, steps: tuple[float, float]) -> tuple[float, ...]:
    """Which `FILLS` stand for no data, as they are and by scale and offset; none that lies among heights."""
    scale, offset = steps
    known = {*FILLS, *(fill * scale + offset for fill in FILLS)}
    return tuple(sorted(fill for fill in known if not _among_heights(raw, fill)))


def _among_heights(raw: Floats, fill: float) -> bool:
    """Whether a number is no more frequent than those around it, as a depth of the sea."""
    same = raw == np.float32(fill)
    around = (np.abs(raw - np.float32(fill)) < SEA_FLOOR) & ~np.isin(raw, np.array(FILLS, np.float32))
    return bool(around.sum() > same.sum())


def _check(dem: Layer, heights: Floats, metres: float) -> None:
    """Raise `RegionwiseError` if there is no height, or one that is none of the Earth."""
    valid = heights[np.isfinite(heights)]
    if not len(valid):
        raise RegionwiseError(f"'{dem}' holds no height.", "Check its nodata value.")
    for value in (valid.min(), valid.max()):
        if not LOWEST_M <= value <= HIGHEST_M:
            raw = value / metres
            raise RegionwiseError(
                f"'{dem}' holds a height of {raw:g}, which is none in {'metres' if metres == 1 else 'its unit'}.",
                f"If {raw:g} stands for no data, set it as the nodata value (Translate); else choose the Height unit.",
            )


def zeros_beside_heights(heights: Floats) -> str:
    """A sentence if zeros end in cliffs, as where 0 stands for sea without data; else empty.

    Parameters
    ----------
    heights : array, shape (row, col)
        In metres.
    """
    beside: list[Array] = []
    zeros = 0
    for row in range(0, heights.shape[0], 1024):  # with the row below, for their common edge
        part = heights[row : row + 1025]
        zeros += int((heights[row : row + 1024] == 0).sum())
        for one, other in ((part[:, 1:], part[:, :-1]), (part[1:], part[:-1])):
            beside += [_other_than_zero(one, other), _other_than_zero(other, one)]
    edge = np.concatenate(beside)
    if len(edge) < SHORTEST_EDGE or (edge >= CLIFF_M).mean() < CLIFFS:
        return ""
    return (
        f"{zeros} cells are exactly 0, and on {100 * (edge >= CLIFF_M).mean():.0f} % of their edge the next cell lies "
        f"{CLIFF_M:g} m or more above or below (in the median {np.median(edge):.3g} m): slopes there are cliffs. If 0 "
        "stands for no data, set it as the nodata value (Translate), and derive the factors again."
    )


def _other_than_zero(zero: Floats, beside: Floats) -> Array:
    """How far from 0 the heights are that lie beside a 0."""
    return np.asarray(np.abs(beside[(zero == 0) & np.isfinite(beside) & (beside != 0)]), np.float64)
