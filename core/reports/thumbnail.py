"""Thumbnails: a raster as a small grey picture, to lie quietly below what a map shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import rasterio
from rasterio.errors import RasterioError

from ..runtime.types import Array

SIDE = 360  # cells of the longer side
MOST_CELLS = 100_000_000  # of a raster without overviews; more take too long to read for a background
ENDS = (0.02, 0.98)  # quantiles that become black and white


@dataclass(frozen=True)
class Thumbnail:
    """A small picture of a raster.

    Parameters
    ----------
    values : array, shape (row, col)
        From 0 (dark) to 1; NaN without data.
    bounds : (left, bottom, right, top)
        In units of the raster's CRS.
    """

    values: Array
    bounds: tuple[float, float, float, float]


def thumbnail_of(path: str, band: int) -> Thumbnail | None:
    """The thumbnail of a band; None where a raster is rotated, too large to be read for this, or without data."""
    try:
        with rasterio.open(path) as file:
            cells = file.width * file.height
            if file.transform.b or file.transform.d or (cells > MOST_CELLS and not file.overviews(band)):
                return None
            step = max(1.0, max(file.width, file.height) / SIDE)
            shape = (max(1, round(file.height / step)), max(1, round(file.width / step)))
            values = file.read(band, out_shape=shape, masked=True).astype(np.float64).filled(np.nan)
            bounds = tuple(file.bounds)
    except (RasterioError, ValueError):
        return None
    known = values[np.isfinite(values)]
    if not len(known):
        return None
    low, high = np.quantile(known, ENDS)
    scaled: Array = np.clip((values - low) / max(high - low, 1e-12), 0, 1) if high > low else values * 0 + 0.5
    return Thumbnail(scaled, bounds)
