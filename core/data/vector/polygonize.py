"""Polygonizing: the cells of each number of a raster as one polygon, with their count and area."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import rasterio.features
from numpy.typing import NDArray
from shapely.geometry import shape

from ..raster.grids import Grid
from .zonal import cell_areas

CELLS, AREA = "cells", "area"  # columns
ROWS = 256  # of the raster that are counted at once


def outlines(numbers: NDArray[Any], grid: Grid, column: str) -> gpd.GeoDataFrame:
    """A row for each number above 0 that `numbers`, shape (row, col), hold, ascending in `column`.

    `AREA` is in square units of the CRS, or square metres for degrees. Cells that touch at a corner only are parts of
    one feature, not of one polygon.
    """
    labels = numbers if numbers.dtype == np.uint8 else numbers.astype(np.int32, copy=False)
    polygons = list(rasterio.features.shapes(labels, labels > 0, connectivity=4, transform=grid.transform))
    frame = gpd.GeoDataFrame(
        {column: [int(number) for _, number in polygons]},
        geometry=[shape(outline) for outline, _ in polygons],
        crs=grid.crs.to_wkt(),
    )
    frame = frame.dissolve(by=column).reset_index()
    count = int(labels.max(initial=0)) + 1
    cells, areas, row_areas = np.zeros(count, np.int64), np.zeros(count), cell_areas(grid, grid.area)
    for first in range(0, len(labels), ROWS):
        chunk = np.maximum(labels[first : first + ROWS], 0).ravel()
        cells += np.bincount(chunk, minlength=count)
        areas += np.bincount(chunk, np.repeat(row_areas[first : first + ROWS], grid.width), count)
    return frame.assign(**{CELLS: cells[frame[column]], AREA: areas[frame[column]]})
