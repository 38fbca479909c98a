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
from ..data.raster.land import at_sea
from ..data.raster.stack import Stack
from ..data.raster.tiles import Tile
from ..data.vector.samples import Samples
from ..runtime.types import Array, Floats, Index, Mask
from .distances import Ruler

AREA_PLACES = 2000
AREA_WINDOWS = 200  # with data, from which they are drawn
AREA_TILE = 64  # cells per side of such a window
SPARE = 4  # times as many places are drawn where some are left out
MOST_READS = 5000  # of windows, until enough hold data
COMMON = 0.02  # of the cells with data: so many with the same values in all bands are a fill, unless samples have them
EXPECTED = 20  # samples that would have such values, if samples lay anywhere
NAME_AREA = "Area to map says which cells count."


@dataclass(frozen=True)
class AreaPlaces:
    """Places of an area to be mapped, shape (n, 2), and what is to be said of them."""

    xy: Array
    notices: list[str] = field(default_factory=list)


def map_places(
    stack: Stack, seed: int, sample_places: Array | None = None, outline: BaseGeometry | None = None
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

    Raises
    ------
    RegionwiseError
        If next to no cell holds data, or none inside of the outline.
    """
    rng = np.random.default_rng(seed)
    grid = stack.grid
    cells = _cells_with_data(stack, rng.permutation(_windows(grid, outline))[:MOST_READS], outline)
    if not len(cells) and sample_places is not None and outline is None:
        cells = _cells_with_data(stack, rng.permutation(_windows_of(grid, sample_places)))
    if not len(cells):
        raise _nothing_to_map(outline)
    notices: list[str] = []
    if outline is None and sample_places is not None and len(sample_places):
        cells, notices = _plausible(stack, cells, sample_places)
    cells = cells[rng.choice(len(cells), min(AREA_PLACES, len(cells)), replace=False)]
    return AreaPlaces(_centres(grid, cells), notices)


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


def _cells_with_data(stack: Stack, windows: Index, outline: BaseGeometry | None = None) -> NDArray[np.int64]:
    """(col, row, code) of the cells with data in the first `AREA_WINDOWS` windows that hold any, see `_codes`."""
    grid = stack.grid
    across = -(-grid.width // AREA_TILE)
    cells, found = [np.empty((0, 3), np.int64)], 0
    for number in windows.tolist():
        corner = number // across * AREA_TILE, number % across * AREA_TILE
        tile = Tile(*corner, AREA_TILE, AREA_TILE).clipped(grid.height, grid.width)
        block = stack.read(tile)
        rows, cols = np.nonzero(with_data(block, stack.groups, 0))
        of_window = np.stack([cols + tile.col, rows + tile.row, _codes(block[:, rows, cols])], 1)
        if outline is not None and len(rows):
            of_window = of_window[shapely.contains_xy(outline, _centres(grid, of_window))]
        if len(of_window):
            cells.append(of_window)
            found += 1
        if found >= AREA_WINDOWS:
            break
    return np.concatenate(cells)


def _codes(values: Floats) -> Index:
    """A number for each pixel of `values` (band, pixel): the same where all bands are, and hardly ever else."""
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32).astype(np.uint64)
    factors = np.random.default_rng(0).integers(1, 2**63, len(bits), dtype=np.uint64) | np.uint64(1)
    codes: Index = (bits * factors[:, None]).sum(0, dtype=np.uint64).view(np.int64)
    return codes


def _centres(grid: Grid, cells: Index) -> Array:
    """The centres of cells, of which each row holds column and row first."""
    t, col, row = grid.transform, cells[:, 0] + 0.5, cells[:, 1] + 0.5
    return np.stack([t.a * col + t.b * row + t.c, t.d * col + t.e * row + t.f], 1)


def _plausible(stack: Stack, cells: Index, sample_places: Array) -> tuple[Index, list[str]]:
    """The cells that a map may be meant for, and a sentence on others."""
    notices = []
    counts = {
        "lie at sea, and all samples on land": _at_sea(stack.grid, cells, sample_places),
        "hold the same numbers in every band, as a fill does, and no sample does": _filled(stack, cells, sample_places),
    }
    kept = np.ones(len(cells), bool)
    for clause, left_out in counts.items():
        if left_out.any() and not (left_out | ~kept).all():
            notices.append(
                f"{100 * left_out.mean():.0f} % of the cells with data {clause}: they do not count as area to map. "
                f"{NAME_AREA}"
            )
            kept &= ~left_out
    return cells[kept], notices


def _at_sea(grid: Grid, cells: Index, sample_places: Array) -> Mask:
    """Which cells lie at sea; none where a sample does."""
    if at_sea(sample_places, grid.crs).any():
        return np.zeros(len(cells), bool)
    return at_sea(_centres(grid, cells), grid.crs)


def _filled(stack: Stack, cells: Index, sample_places: Array) -> Mask:
    """Which cells hold values that are common on the map, and that no sample has."""
    codes, number, count = np.unique(cells[:, 2], return_inverse=True, return_counts=True)
    share = count / len(cells)
    common = share > max(COMMON, EXPECTED / len(sample_places))
    if not common.any():
        return np.zeros(len(cells), bool)
    of_samples = _codes(stack.values_at(sample_places).T)
    filled: Mask = (common & ~np.isin(codes, of_samples))[number]
    return filled


def _nothing_to_map(outline: BaseGeometry | None) -> RegionwiseError:
    if outline is not None:
        return RegionwiseError(
            "The area to map holds no cell with data.", "Check the CRS of its layer, or choose another area."
        )
    return RegionwiseError(
        f"The rasters hold next to no data: {MOST_READS} windows of {AREA_TILE} cells were all nodata.",
        "Check their nodata values, or cut them to the area that has data.",
    )
