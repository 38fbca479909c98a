"""Grids: the geometry of rasters, and the options by which they are stored."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.errors import CRSError

from ...contract.errors import RegionwiseError
from .horizontal_crs import same_crs
from .tiles import Tile

NODATA = -9999.0
ALIGNMENT_TOLERANCE = 1e-3  # of a cell: GeoTIFFs written by different programs differ by less


@dataclass(frozen=True)
class Grid:
    """The geometry of a raster: CRS, transform, and height and width in cells."""

    crs: CRS
    transform: Affine
    height: int
    width: int

    @property
    def area(self) -> Tile:
        """The whole grid as one tile."""
        return Tile(0, 0, self.height, self.width)

    @property
    def cell_size(self) -> float:
        """Mean side of a cell in units of the CRS."""
        return math.sqrt(abs(self.transform.determinant))

    @property
    def longest_side(self) -> float:
        """The longer side of a cell in units of the CRS."""
        t = self.transform
        return max(math.hypot(t.a, t.d), math.hypot(t.b, t.e))

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Left, bottom, right and top in units of the CRS."""
        corners = [self.transform @ (c, r) for c in (0, self.width) for r in (0, self.height)]
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        return min(xs), min(ys), max(xs), max(ys)

    def offset_of(self, other: Grid) -> tuple[float, float] | None:
        """The (column, row) where `other` starts, or None if CRS or cell differ."""
        transform, other_transform = self.transform, other.transform
        differences = [abs(getattr(transform, k) - getattr(other_transform, k)) for k in "abde"]
        largest = max(self.height, self.width, other.height, other.width)
        if not same_crs(self.crs, other.crs) or max(differences) * largest > ALIGNMENT_TOLERANCE * self.cell_size * 10:
            return None
        col, row = ~transform @ (other_transform.c, other_transform.f)
        return col, row

    def cells_at(self, xy: NDArray[np.float64]) -> list[Tile]:
        """The cell at each place, shape (n, 2); it may lie beyond the grid."""
        cells = [~self.transform @ place for place in xy.tolist()]
        return [Tile(math.floor(row), math.floor(col), 1, 1) for col, row in cells]

    def centres(self, row: NDArray[np.int64], col: NDArray[np.int64]) -> NDArray[np.float64]:
        """The centres of cells, shape (n, 2), in units of the CRS."""
        t, x, y = self.transform, col + 0.5, row + 0.5
        return np.stack([t.a * x + t.b * y + t.c, t.d * x + t.e * y + t.f], 1)

    def tile_transform(self, tile: Tile) -> Affine:
        """The transform of the window `tile`."""
        return self.transform @ Affine.translation(tile.col, tile.row)

    def describe(self) -> str:
        """Size, cell and CRS in a few words."""
        cell = f"{abs(self.transform.a):.6g} x {abs(self.transform.e):.6g}"
        return f"{self.width} x {self.height} cells of {cell}, {crs_name(self.crs)}"


def crs_name(crs: CRS) -> str:
    """The authority code of a CRS, or its name."""
    code = crs.to_authority()
    if code:
        return ":".join(code)
    return str(crs.to_dict().get("proj", "unnamed CRS"))


def parse_extent(text: str) -> tuple[tuple[float, float, float, float], CRS | None]:
    """Left, bottom, right, top and the CRS of an extent as QGIS writes it (``x,y,x,y CRS``).

    Raises
    ------
    RegionwiseError
        If the text is not an extent.
    """
    numbers, _, name = text.partition(" ")
    try:
        left, bottom, right, top = (float(number) for number in numbers.split(","))
        return (left, bottom, right, top), CRS.from_user_input(name) if name else None
    except (ValueError, CRSError) as err:
        raise RegionwiseError(f"Extent '{text}' cannot be read ({err}).", "Draw it again.") from err


def raster_profile(grid: Grid, area: Tile, count: int) -> dict[str, Any]:
    """The creation options of a float32 GeoTIFF over the window `area` of `grid`."""
    return {
        "driver": "GTiff",
        "dtype": "float32",
        "count": count,
        "height": area.height,
        "width": area.width,
        "crs": grid.crs,
        "transform": grid.tile_transform(area),
        "nodata": NODATA,
        "tiled": True,
        "blockxsize": 256,
        "blockysize": 256,
        "compress": "deflate",
        "predictor": 3,
        "bigtiff": "if_safer",
    }
