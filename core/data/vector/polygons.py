"""Polygons: named regions in any CRS, looked up at points and cells of the raster's grid."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import rasterio.features
from numpy.typing import NDArray
from rasterio.crs import CRS
from scipy import ndimage
from shapely.geometry.base import BaseGeometry

from ...contract.errors import RegionwiseError
from ...contract.layer import Layer
from ...runtime.types import Floats, Index
from ..raster.grids import Grid
from ..raster.tiles import Tile
from .layers import read_layer
from .longitudes import Extent
from .presets import translate_regions
from .shapes import repaired
from .tables import text_of

POLYGONS = ("Polygon", "MultiPolygon")


@dataclass(frozen=True)
class Regions:
    """Named regions; ``frame`` has one row per region, in the CRS of the grid."""

    names: tuple[str, ...]
    frame: gpd.GeoDataFrame
    notices: tuple[str, ...] = ()

    def digest(self) -> str:
        """A hash of names and polygons."""
        digest = hashlib.sha256(repr(self.names).encode())
        for polygon in self.frame.geometry.to_wkb():
            digest.update(polygon)
        return digest.hexdigest()

    def at(self, xy: NDArray[np.float64]) -> Index:
        """The region number at each point, shape (n,); -1 where there is none."""
        points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(xy[:, 0], xy[:, 1]), crs=self.frame.crs)
        joined = gpd.sjoin(points, self.frame[["geometry"]], predicate="intersects", how="left")
        joined = joined.sort_values("index_right", kind="stable").sort_index(kind="stable")
        first = joined[~joined.index.duplicated()]["index_right"]
        numbers: Index = first.fillna(-1).to_numpy().astype(np.int64)
        return numbers

    def rasterised(self, grid: Grid, tile: Tile) -> NDArray[np.int32]:
        """The region number of each cell of `tile`; -1 where there is none."""
        numbers: NDArray[np.int32] = rasterio.features.rasterize(
            # the last one burnt wins: burnt backwards, so that where regions overlap the first does, as in `at`
            reversed(list(zip(self.frame.geometry, range(len(self.names)), strict=True))),
            out_shape=(tile.height, tile.width),
            transform=grid.tile_transform(tile),
            fill=-1,
            dtype="int32",
        )
        return numbers

    def memberships(self, grid: Grid, tile: Tile, blend: int) -> Floats:
        """The membership of each cell in each region, and in none: shape (region + 1, row, col).

        Sums to 1 in every cell. Across a border the memberships change linearly over about
        2 * `blend` cells, so a map blended with them has no step there. A tile gives the same
        values as the whole grid, because it looks `blend` cells beyond its edge.
        """
        wide = tile.padded(blend)
        numbers = self.rasterised(grid, wide)
        inner = np.s_[blend : blend + tile.height, blend : blend + tile.width]
        out = np.zeros((len(self.names) + 1, tile.height, tile.width), np.float32)
        present = [number for number in np.unique(numbers) if number >= 0]
        for number in present:
            alone = len(present) == 1 and (numbers == number).all()
            out[number] = 1.0 if alone else _smooth((numbers == number).astype(np.float64), blend)[inner]
        out[-1] = np.clip(1.0 - out[:-1].sum(0), 0.0, 1.0)
        return out


def _smooth(indicator: NDArray[np.float64], blend: int) -> NDArray[np.float64]:
    """The mean of 0 and 1 in the square of 2 `blend` + 1 cells around each cell."""
    if not blend:
        return indicator
    weights = np.ones(2 * blend + 1) / (2 * blend + 1)
    for axis in (0, 1):
        # a plain correlation: a running sum would make the last digits depend on the tile's start
        indicator = ndimage.correlate1d(indicator, weights, axis=axis, mode="nearest")
    return indicator


def read_regions(layer: Layer, field: str, grid: Grid, preset: str = "none") -> Regions:
    """The regions of `layer`, one per distinct value of `field`, in the CRS of `grid`.

    Parameters
    ----------
    preset : str
        A table of `presets` that tells the region of each name in `field` (a province, say);
        polygons it leaves out belong to no region.

    Raises
    ------
    RegionwiseError
        If the layer has no such field or no polygon, or does not overlap the grid.
    """
    frame = read_layer(layer, grid.crs, grid.bounds)
    if field not in frame:
        raise RegionwiseError(f"Layer '{layer}' has no field '{field}'.", "Choose the field of region names.")
    usable = frame.geometry.geom_type.isin(POLYGONS) & frame[field].notna()
    if not usable.any():
        raise RegionwiseError(f"Layer '{layer}' has no polygon with a region name.", "Choose another layer.")
    frame = frame.loc[usable, [field, "geometry"]]
    region_names, notices = translate_regions([text_of(value) for value in frame[field]], preset)
    frame = frame.assign(**{field: region_names})[[bool(name) for name in region_names]]
    if not len(frame):
        raise RegionwiseError(
            f"Preset '{preset}' knows no name in field '{field}' of '{layer}'.", "Choose the field of province names."
        )
    frame["geometry"] = repaired(frame.geometry.to_numpy())  # a change of CRS may have spoiled them
    merged = frame.dissolve(by=field).reset_index()
    regions = Regions(tuple(merged[field]), merged[["geometry"]], tuple(notices))
    left, bottom, right, top = grid.bounds
    extent = merged.total_bounds
    if extent[2] <= left or extent[0] >= right or extent[3] <= bottom or extent[1] >= top:
        raise RegionwiseError(
            f"The regions of '{layer}' do not overlap the raster.",
            "Check the CRS of the layer, or choose regions of this area.",
        )
    return regions


def read_outline(layer: Layer, crs: CRS, extent: Extent | None = None) -> BaseGeometry:
    """The polygons of `layer` as one shape in `crs`.

    Raises
    ------
    RegionwiseError
        If the layer has no polygon.
    """
    polygons = only_polygons(read_layer(layer, crs, extent), layer).geometry
    return gpd.GeoSeries(repaired(polygons.to_numpy())).union_all()


def only_polygons(
    frame: gpd.GeoDataFrame, layer: Layer, remedy: str = "Choose a layer of polygons."
) -> gpd.GeoDataFrame:
    """The rows of a layer that are polygons.

    Raises
    ------
    RegionwiseError
        If there is none; with the `remedy`.
    """
    polygons = frame[frame.geometry.geom_type.isin(POLYGONS)]
    if not len(polygons):
        raise RegionwiseError(f"Layer '{layer}' has no polygon.", remedy)
    return polygons


def check_populated(regions: Regions, counts: Sequence[int], label: str) -> None:
    """Raise `RegionwiseError` if a region has no sample of its own."""
    empty = [name for name, count in zip(regions.names, counts, strict=True) if not count]
    if empty:
        raise RegionwiseError(
            f"Region{'s' if len(empty) > 1 else ''} {', '.join(empty)} of '{label}' without samples.",
            "Merge it with a neighbour, filter it out of the layer, or add samples there.",
        )
