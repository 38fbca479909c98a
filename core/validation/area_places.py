"""Area places: random places of the area to be mapped, from rasters, inside an outline, or around samples."""

from __future__ import annotations

from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio.crs import CRS
from shapely.geometry.base import BaseGeometry

from ..contract.errors import RegionwiseError
from ..data.raster.data_masks import with_data
from ..data.raster.grids import Grid
from ..data.raster.ground import area_scales
from ..data.raster.stack import Stack
from ..data.raster.tiles import Tile
from ..data.vector.samples import Samples
from ..runtime.types import Array, Index
from .area_rule import AreaRule, BandPositions, SampleTraits, value_codes
from .distances import Ruler

AREA_PLACES = 2000
AREA_WINDOWS = 200  # with data, from which they are drawn
AREA_TILE = 64  # cells per side of such a window
SPARE = 4  # times as many places are drawn where some are left out
MOST_READS = 5000  # of windows, until enough hold data


@dataclass(frozen=True)
class AreaPlaces:
    """Places of an area to be mapped, shape (n, 2), and what is to be said of them."""

    xy: Array
    notices: list[str] = field(default_factory=list)


def map_places(
    stack: Stack,
    seed: int,
    sample_places: Array | None = None,
    outline: BaseGeometry | None = None,
    *,
    traits: SampleTraits | None = None,
    bands: BandPositions | None = None,
) -> AreaPlaces:
    """The centres of cells of the map, drawn at random among those with data.

    They are drawn from random windows, so that a huge raster is not read as a whole; where hardly
    any window holds data, from those around the samples. Without an outline, cells that no map is
    meant for do not count: those at sea, where all samples lie on land, and those that a fill covers,
    which was never declared as nodata.

    Parameters
    ----------
    sample_places : array, shape (sample, 2), optional
    outline : geometry, optional
        What will be mapped, in the CRS of the stack.
    traits : SampleTraits, optional
        What is known of the samples already; else it is read at their places.
    bands : mapping, optional
        The bands whose values tell a fill; else all.

    Raises
    ------
    RegionwiseError
        If next to no cell holds data, or none inside of the outline.
    """
    grid, rng = stack.grid, np.random.default_rng(seed)
    cells = _drawn_cells(stack, rng, outline, bands)
    if not len(cells) and sample_places is not None and outline is None:
        cells = _cells_with_data(stack, rng.permutation(_windows_of(grid, sample_places)), None, bands)
    if not len(cells):
        raise _nothing_to_map(outline)
    if traits is None and sample_places is not None and len(sample_places) and outline is None:
        traits = SampleTraits.of(stack, sample_places, bands)
    rule = AreaRule() if traits is None or outline is not None else AreaRule.of(grid, cells, traits)
    cells = cells[rule.counts(grid, cells)]
    cells = cells[rng.choice(len(cells), min(AREA_PLACES, len(cells)), replace=False)]
    return AreaPlaces(grid.centres(cells[:, 1], cells[:, 0]), rule.notices)


def area_rule(
    stack: Stack, outline: BaseGeometry | None, traits: SampleTraits | None, bands: BandPositions | None = None
) -> AreaRule:
    """Which cells of a map count, by its outline or else by its samples; all where neither is known.

    Raises
    ------
    RegionwiseError
        If no cell inside of the outline holds data.
    """
    rng = np.random.default_rng(0)
    if outline is not None:
        if not len(_drawn_cells(stack, rng, outline, bands)):
            raise _nothing_to_map(outline)
        return AreaRule(outline)
    if traits is None:
        return AreaRule()
    return AreaRule.of(stack.grid, _drawn_cells(stack, rng, None, bands), traits)


def hull_places(samples: Samples, seed: int, outline: BaseGeometry | None = None) -> Array:
    """Random places inside the outline, or the convex hull of the samples: they stand for a map without a raster.

    They are as dense everywhere on the ground: where a CRS is not true to scale, some of those in it are kept. None for
    samples without places.
    """
    if not samples.placed:
        return np.empty((0, 2))
    hull = gpd.GeoSeries([samples.geometry.union_all().convex_hull if outline is None else outline])
    crs = CRS.from_user_input(samples.geometry.crs.to_wkt())
    true = Ruler.of(crs, samples.xy).unit is not None
    points = hull.sample_points(AREA_PLACES * (1 if true else SPARE), rng=seed).explode(ignore_index=True)
    places = np.stack([points.x.to_numpy(), points.y.to_numpy()], 1)
    if true:
        return places
    weight, rng = area_scales(places, crs), np.random.default_rng(seed)
    kept = places[rng.random(len(places)) * np.nanmax(weight) < weight]
    return kept[rng.permutation(len(kept))[:AREA_PLACES]]


def _windows(grid: Grid, outline: BaseGeometry | None) -> Index:
    """The numbers of the windows of a grid, in reading order; those that the box around an outline touches."""
    across, down = -(-grid.width // AREA_TILE), -(-grid.height // AREA_TILE)
    if outline is None or outline.is_empty:
        return np.arange(across * down)
    corners = shapely.get_coordinates(outline.envelope)
    col, row = np.floor(np.array([~grid.transform @ corner for corner in corners.tolist()]).T / AREA_TILE).astype(int)
    cols = np.arange(max(col.min(), 0), min(col.max() + 1, across))
    rows = np.arange(max(row.min(), 0), min(row.max() + 1, down))
    return (rows[:, None] * across + cols).ravel()


def _windows_of(grid: Grid, places: Array) -> Index:
    """The numbers of the windows that hold places."""
    across, down = -(-grid.width // AREA_TILE), -(-grid.height // AREA_TILE)
    cells = np.array([~grid.transform @ place for place in places.tolist()])
    col, row = np.floor(cells.T / AREA_TILE).astype(int)
    on_grid = (col >= 0) & (col < across) & (row >= 0) & (row < down)
    numbers: Index = np.unique((row * across + col)[on_grid])
    return numbers


def _drawn_cells(
    stack: Stack, rng: np.random.Generator, outline: BaseGeometry | None, bands: BandPositions | None
) -> NDArray[np.int64]:
    """The cells with data of random windows, see `_cells_with_data`."""
    return _cells_with_data(stack, rng.permutation(_windows(stack.grid, outline))[:MOST_READS], outline, bands)


def _cells_with_data(
    stack: Stack, windows: Index, outline: BaseGeometry | None, bands: BandPositions | None
) -> NDArray[np.int64]:
    """(col, row, code) of the cells with data in the first `AREA_WINDOWS` windows that hold any, see `value_codes`."""
    grid = stack.grid
    across = -(-grid.width // AREA_TILE)
    cells, found = [np.empty((0, 3), np.int64)], 0
    for number in windows.tolist():
        corner = number // across * AREA_TILE, number % across * AREA_TILE
        tile = Tile(*corner, AREA_TILE, AREA_TILE).clipped(grid.height, grid.width)
        block = stack.read(tile)
        rows, cols = np.nonzero(with_data(block, stack.groups, 0))
        of_window = np.stack([cols + tile.col, rows + tile.row, value_codes(block[:, rows, cols], bands)], 1)
        if outline is not None and len(rows):
            of_window = of_window[shapely.contains_xy(outline, grid.centres(of_window[:, 1], of_window[:, 0]))]
        if len(of_window):
            cells.append(of_window)
            found += 1
        if found >= AREA_WINDOWS:
            break
    return np.concatenate(cells)


def _nothing_to_map(outline: BaseGeometry | None) -> RegionwiseError:
    if outline is not None:
        return RegionwiseError(
            "The area to map holds no cell with data.", "Check the CRS of its layer, or choose another area."
        )
    return RegionwiseError(
        f"The rasters hold next to no data: {MOST_READS} windows of {AREA_TILE} cells were all nodata.",
        "Check their nodata values, or cut them to the area that has data.",
    )
