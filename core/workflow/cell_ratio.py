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

    Both are measured on the ground, in the middle of their area: a model of UTM may map degrees. A card that does not
    tell its area is taken to have the units of the map.
    """
    if not card.cell_size:  # trained on a table, or imported
        return ""
    mapped, trained, unit = grid.cell_size, card.cell_size, ""
    if card.crs and card.area:
        left, bottom, right, top = card.area
        trained = ground_side(CRS.from_user_input(card.crs), card.cell_size, (left, bottom, right, top))
        mapped, unit = cell_side(grid), " m"
    if 1 / ALIKE < mapped / trained < ALIKE:
        return ""
    return f"cells of {mapped:.4g}{unit}, the model was trained on {trained:.4g}{unit}"
