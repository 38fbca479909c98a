"""Land: which places on the Earth lie at sea, to a quarter of a degree."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import pyproj
from rasterio.crs import CRS

from ...runtime.types import Array, Mask

LAND = Path(__file__).resolve().parents[3] / "resources" / "land.csv"  # made by tools/make_land.py
ROWS, COLS = 720, 1440


def at_sea(xy: Array, crs: CRS) -> Mask:
    """Whether each place lies in a cell of a quarter of a degree that no land touches.

    Lakes and inland seas count as land. False where a place has no longitude.

    Parameters
    ----------
    xy : array, shape (n, 2)
        In `crs`.
    """
    longitude, latitude = pyproj.Transformer.from_crs(crs.to_wkt(), "EPSG:4326", always_xy=True).transform(*xy.T)
    known = np.isfinite(longitude) & np.isfinite(latitude)
    row = np.clip((90 - np.where(known, latitude, 0)) * ROWS / 180, 0, ROWS - 1).astype(int)
    col = ((np.where(known, longitude, 0) + 180) * COLS / 360).astype(int) % COLS
    sea: Mask = known & ~_land()[row, col]
    return sea


@lru_cache(maxsize=1)
def _land() -> Mask:
    """Whether land touches each cell, shape (row, col), from 90 north and 180 west on."""
    land = np.zeros((ROWS, COLS), bool)
    for row, first, end in np.loadtxt(LAND, np.int64, delimiter=",", skiprows=1):
        land[row, first:end] = True
    return land
