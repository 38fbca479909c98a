"""Area places: random places of the area to be mapped, from rasters or around samples."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
from rasterio.crs import CRS

from ..contract.errors import RegionwiseError
from ..data.raster.data_masks import with_data
from ..data.raster.ground import area_scales
from ..data.raster.stack import Stack
from ..data.raster.tiles import Tile
from ..data.vector.samples import Samples
from ..runtime.types import Array, Index
from .distances import Ruler

AREA_PLACES = 2000
AREA_WINDOWS = 200  # with data, from which they are drawn
AREA_TILE = 64  # cells per side of such a window
SPARE = 4  # times as many places are drawn where some are left out
MOST_READS = 5000  # of windows, until enough hold data


def map_places(stack: Stack, seed: int, sample_places: Array | None = None) -> Array:
    """The centres of cells of the map, drawn at random among those with data.

    They are drawn from random windows, so that a huge raster is not read as a whole; where hardly
    any window holds data, from those around the samples.

    Parameters
    ----------
    sample_places : array, shape (sample, 2), optional

    Returns
    -------
    array, shape (n, 2)
    """
    rng = np.random.default_rng(seed)
    grid = stack.grid
    across, down = -(-grid.width // AREA_TILE), -(-grid.height // AREA_TILE)
    cells = _cells_with_data(stack, rng.permutation(across * down)[:MOST_READS])
    if not len(cells) and sample_places is not None:
        sample_cells = np.array([~grid.transform @ place for place in sample_places.tolist()])
        col, row = np.floor(sample_cells.T / AREA_TILE).astype(int)
        on_grid = (col >= 0) & (col < across) & (row >= 0) & (row < down)
        cells = _cells_with_data(stack, rng.permutation(np.unique((row * across + col)[on_grid])))
    if not len(cells):
        raise RegionwiseError(
            f"The rasters hold next to no data: {MOST_READS} windows of {AREA_TILE} cells were all nodata.",
            "Check their nodata values, or cut them to the area that has data.",
        )
    cells = cells[rng.choice(len(cells), min(AREA_PLACES, len(cells)), replace=False)]
    return np.array([grid.transform @ (col + 0.5, row + 0.5) for col, row in cells.tolist()])


def hull_places(samples: Samples, seed: int) -> Array:
    """Random places inside the convex hull of the samples: they stand for a map where there is no raster.

    They are as dense everywhere on the ground: where a CRS is not true to scale, some of those in it are kept. None for
    samples without places.
    """
    if not samples.placed:
        return np.empty((0, 2))
    hull = gpd.GeoSeries([samples.geometry.union_all().convex_hull])
    crs = CRS.from_user_input(samples.geometry.crs.to_wkt())
    true = Ruler.of(crs, samples.xy).unit is not None
    points = hull.sample_points(AREA_PLACES * (1 if true else SPARE), rng=seed).explode(ignore_index=True)
    places = np.stack([points.x.to_numpy(), points.y.to_numpy()], 1)
    if true:
        return places
    weight, rng = area_scales(places, crs), np.random.default_rng(seed)
    kept = places[rng.random(len(places)) * np.nanmax(weight) < weight]
    return kept[rng.permutation(len(kept))[:AREA_PLACES]]


def _cells_with_data(stack: Stack, windows: Index) -> Index:
    """(col, row) of the cells with data in the first `AREA_WINDOWS` windows that hold any."""
    grid = stack.grid
    across = -(-grid.width // AREA_TILE)
    cells = [np.empty((0, 2), np.int64)]
    for number in windows.tolist():
        corner = number // across * AREA_TILE, number % across * AREA_TILE
        tile = Tile(*corner, AREA_TILE, AREA_TILE).clipped(grid.height, grid.width)
        rows, cols = np.nonzero(with_data(stack.read(tile), stack.groups, 0))
        if len(rows):
            cells.append(np.stack([cols + tile.col, rows + tile.row], 1))
        if len(cells) > AREA_WINDOWS:
            break
    return np.concatenate(cells)
