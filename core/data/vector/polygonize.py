"""Polygonizing: the cells of each number of a raster as one polygon, with their count and area."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import rasterio.features
from numpy.typing import NDArray
from shapely.geometry import shape

from ..raster.grids import Grid
from ..raster.ground_cells import cell_areas
from ..raster.tiles import Tile

CELLS, AREA = "cells", "area"  # columns
ROWS = 256  # of the raster that are counted at once


def outlines(numbers: NDArray[Any], grid: Grid, column: str) -> gpd.GeoDataFrame:
    """A row for each number above 0 that `numbers`, shape (row, col), hold, ascending in `column`.

    `AREA` is in square metres on the ground. Cells that touch at a corner only are parts of
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
    cells, areas = np.zeros(count, np.int64), np.zeros(count)
    for first in range(0, len(labels), ROWS):
        chunk = np.maximum(labels[first : first + ROWS], 0)
        weights = np.broadcast_to(cell_areas(grid, Tile(first, 0, *chunk.shape)), chunk.shape)
        cells += np.bincount(chunk.ravel(), minlength=count)
        areas += np.bincount(chunk.ravel(), weights.ravel(), count)
    return frame.assign(**{CELLS: cells[frame[column]], AREA: areas[frame[column]]})
