"""Cell ratio: whether cells of a map are as large on the ground as those that its model was trained on."""

from __future__ import annotations

from rasterio.crs import CRS

from ..data.raster.grids import Grid
from ..data.raster.ground import ground_side
from ..data.raster.ground_cells import cell_side
from ..learning.card import Card

ALIKE = 1.1  # ratio of cell sides, up to which cells count as the same


def other_cells(card: Card, grid: Grid) -> str:
    """The sides of both in words, as "cells of 10 m, the model was trained on 30 m", if they differ; else empty.

    Both are measured in the middle of their area: a model of UTM may map degrees.
    """
    if not card.cell_size:  # trained on a table, or imported
        return ""
    left, bottom, right, top = card.area
    mapped, trained = cell_side(grid), ground_side(CRS.from_wkt(card.crs), card.cell_size, (left, bottom, right, top))
    if 1 / ALIKE < mapped / trained < ALIKE:
        return ""
    return f"cells of {mapped:.4g} m, the model was trained on {trained:.4g} m"
