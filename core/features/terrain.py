"""Terrain: slope, aspect, curvatures, relief and flow accumulation of a DEM, in metres on any grid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyflwdir
from numpy.typing import NDArray
from scipy import ndimage

from ..data.raster.ground_cells import CellSizes
from ..data.raster.tiles import Tile
from ..runtime.types import Array, Floats

FLATTEST = 1e-3  # tangent of the slope, below which cells count as that steep for water
NO_HEIGHT = -9999.0  # of missing cells, while sinks are filled
DIRECTIONS = {  # codes of neighbours, as ArcGIS and others have them: rows down and columns to the right
    1: (0, 1), 2: (1, 1), 4: (1, 0), 8: (1, -1), 16: (0, -1), 32: (-1, -1), 64: (-1, 0), 128: (-1, 1),
}  # fmt: skip


@dataclass(frozen=True)
class Surface:
    """First and second derivatives of heights, each shape (row, col), in metres; x grows along rows, y upright on them.

    The surface is the quadratic one through each cell and its neighbours (Zevenbergen & Thorne 1987). A missing
    neighbour lies on the line through the cell and the neighbour opposite.

    Parameters
    ----------
    p, q : array
        First derivatives by x and y.
    r, s, t : array
        Second derivatives: xx, xy, yy.
    """

    p: Array
    q: Array
    r: Array
    s: Array
    t: Array

    @classmethod
    def of(cls, heights: Floats, sizes: CellSizes) -> Surface:
        """The derivatives inside a window.

        Parameters
        ----------
        heights : array, shape (row + 2, col + 2)
            With the neighbours of the window's edge; NaN is missing.
        sizes : CellSizes
            Of the cells of the window.
        """
        z = heights.astype(np.float64)
        middle = z[1:-1, 1:-1]
        hole = np.where(np.isfinite(middle), 0.0, np.nan)

        def side(row: int, col: int) -> Array:
            """The neighbours so many rows down and columns to the right."""
            neighbour, opposite = (
                z[1 + sign * row : z.shape[0] - 1 + sign * row, 1 + sign * col : z.shape[1] - 1 + sign * col]
                for sign in (1, -1)
            )
            neighbour = np.where(np.isfinite(neighbour), neighbour, 2 * middle - opposite)
            return np.where(np.isfinite(neighbour), neighbour, middle)

        dx, dy = sizes.width, sizes.height
        east, west, north, south = side(0, 1), side(0, -1), side(-1, 0), side(1, 0)
        corners = side(-1, 1) - side(-1, -1) - side(1, 1) + side(1, -1)
        return cls(
            p=(east - west) / (2 * dx) + hole,
            q=(north - south) / (2 * dy) + hole,
            r=(east - 2 * middle + west) / dx**2,
            s=corners / (4 * dx * dy),
            t=(north - 2 * middle + south) / dy**2,
        )._upright(sizes.skew)

    def _upright(self, skew: Array) -> Surface:
        """The same derivatives where those by y were taken along columns that lean by the cosine `skew`."""
        if not skew.any():
            return self
        sine, s = np.sqrt(1 - skew**2), self.s
        return Surface(
            p=self.p,
            q=(self.q - skew * self.p) / sine,
            r=self.r,
            s=(s - skew * self.r) / sine,
            t=(self.t - 2 * skew * s + skew**2 * self.r) / sine**2,
        )

    @property
    def tangent(self) -> Array:
        """The tangent of the slope."""
        return np.hypot(self.p, self.q)

    def slope(self) -> Array:
        """The slope in degrees."""
        return np.degrees(np.arctan(self.tangent))

    def downhill(self) -> tuple[Array, Array]:
        """The eastern and the northern part of the direction of steepest descent; both 0 where it is flat.

        They are the sine and the cosine of the aspect, which is counted clockwise from north.
        """
        steep = self.tangent > 0
        norm = np.where(steep, self.tangent, 1.0)
        flat = np.where(np.isfinite(self.tangent), 0.0, np.nan)
        return np.where(steep, -self.p / norm, flat), np.where(steep, -self.q / norm, flat)

    def plan_curvature(self) -> Array:
        """The curvature of the contour line in 1/m; above 0 it is a ridge. 0 where it is flat."""
        along = self.r * self.q**2 - 2 * self.s * self.p * self.q + self.t * self.p**2
        return self._over(-along, self.tangent**3)

    def profile_curvature(self) -> Array:
        """The curvature of the flow line in 1/m; above 0 it gets steeper downhill. 0 where it is flat."""
        down = self.r * self.p**2 + 2 * self.s * self.p * self.q + self.t * self.q**2
        return self._over(-down, self.tangent**2 * (1 + self.tangent**2) ** 1.5)

    def _over(self, numerator: Array, denominator: Array) -> Array:
        """The quotient, 0 where the denominator is 0."""
        flat = np.where(np.isfinite(denominator), 0.0, np.nan)
        return np.where(denominator > 0, numerator / np.where(denominator > 0, denominator, 1.0), flat)


def relief(heights: Floats, radius: int) -> Array:
    """The range of heights in the square of 2 `radius` + 1 cells around each inner cell.

    Parameters
    ----------
    heights : array, shape (row + 2 radius, col + 2 radius)
        NaN is missing and takes no part.
    """
    z, side = heights.astype(np.float64), 2 * radius + 1
    inner = np.s_[radius : z.shape[0] - radius, radius : z.shape[1] - radius]
    highest = ndimage.maximum_filter(np.where(np.isfinite(z), z, -np.inf), side)[inner]
    lowest = ndimage.minimum_filter(np.where(np.isfinite(z), z, np.inf), side)[inner]
    return np.where(np.isfinite(z[inner]), highest - lowest, np.nan)


@dataclass(frozen=True)
class Water:
    """Flow accumulation on a DEM: the area upstream of each cell, and its distance to a stream.

    Parameters
    ----------
    area : array, shape (row, col)
        In square metres; the cell itself is included.
    distance : array, shape (row, col)
        In metres; NaN where there is no stream at all.
    """

    area: Floats
    distance: Floats

    @classmethod
    def of(cls, heights: Floats, sizes: CellSizes, stream_area: float, progress: Callable[[float, str], None]) -> Water:
        """The flow accumulation of a whole DEM, along the steepest descent (D8) after filling its sinks.

        Sinks are filled to where they overflow; on filled ground the flow goes the way by which it was filled (Wang &
        Liu 2006, as in `pyflwdir`). It leaves at the edge of the DEM.

        Parameters
        ----------
        heights : array, shape (row, col)
            NaN is missing.
        sizes : CellSizes
            Of all its cells.
        stream_area : float
            Square metres upstream of a cell from which on it is a stream.
        progress : callable
            Is called with the share that is done and the name of the step.
        """
        progress(0.0, "Filling sinks")
        known = np.isfinite(heights)
        filled, direction = pyflwdir.dem.fill_depressions(
            np.where(known, heights, NO_HEIGHT).astype(np.float32), nodata=NO_HEIGHT
        )
        direction = steepest(np.where(known, filled, np.nan), direction, sizes)
        progress(0.5, "Following the water")
        flow = pyflwdir.from_array(direction, ftype="d8", check_ftype=False)
        cells = np.broadcast_to(sizes.width * sizes.height, heights.shape)
        area: Floats = flow.accuflux(np.ascontiguousarray(cells, np.float64)).astype(np.float32)
        area[~known] = np.nan
        progress(0.8, "Distances to drainage")
        return cls(area, stream_distance(area >= stream_area, sizes))

    def wetness(self, tile: Tile, tangent: Array, sizes: CellSizes) -> Array:
        """The topographic wetness index of `tile`: ln(a / tan slope), a the area per metre of contour."""
        return np.log(self._specific(tile, sizes)) - np.log(np.maximum(tangent, FLATTEST))

    def power(self, tile: Tile, tangent: Array, sizes: CellSizes) -> Array:
        """The stream power index of `tile`: ln(a tan slope), a the area per metre of contour."""
        return np.log(self._specific(tile, sizes)) + np.log(np.maximum(tangent, FLATTEST))

    def _specific(self, tile: Tile, sizes: CellSizes) -> Array:
        """The specific catchment area of `tile`: square metres per metre of contour."""
        specific: Array = within(self.area, tile) / np.sqrt(sizes.width * sizes.height)
        return specific


def steepest(filled: Floats, direction: NDArray[np.uint8], sizes: CellSizes) -> NDArray[np.uint8]:
    """The code of the neighbour of steepest descent of each cell; `direction` where none is lower.

    Parameters
    ----------
    filled : array, shape (row, col)
        Heights without sinks; NaN is missing.
    direction : array, shape (row, col)
        Codes (see `DIRECTIONS`) of the flow on flat ground.
    """
    padded = np.pad(filled, 1, constant_values=np.nan)
    steepest_fall, code_of = np.zeros(filled.shape, np.float32), direction.copy()
    for code, (down, right) in DIRECTIONS.items():
        neighbour = padded[1 + down : padded.shape[0] - 1 + down, 1 + right : padded.shape[1] - 1 + right]
        fall = (filled - neighbour) / sizes.step(down, right).astype(np.float32)
        steeper = fall > steepest_fall  # never where one of both is missing
        steepest_fall[steeper], code_of[steeper] = fall[steeper], code
    return code_of


def within(values: Floats, tile: Tile) -> Array:
    """The part `tile` of a whole grid's values."""
    return values[tile.row : tile.row + tile.height, tile.col : tile.col + tile.width].astype(np.float64)


def stream_distance(stream: NDArray[np.bool_], sizes: CellSizes) -> Floats:
    """The distance in metres of each cell to the nearest stream cell; NaN everywhere without any.

    The nearest is searched with the cell sizes in the middle, and its distance measured with the mean of those at both
    ends.
    """
    if not stream.any():
        return np.full(stream.shape, np.nan, np.float32)
    width, height, skew = (np.broadcast_to(size, stream.shape) for size in (sizes.width, sizes.height, sizes.skew))
    middle = stream.shape[0] // 2, stream.shape[1] // 2
    nearest = np.empty((2, *stream.shape), np.int32)
    ndimage.distance_transform_edt(
        ~stream, (height[middle], width[middle]), return_distances=False, return_indices=True, indices=nearest
    )
    distance = np.empty(stream.shape, np.float32)
    for row, (rows, cols) in enumerate(zip(*nearest, strict=True)):
        own = np.arange(stream.shape[1])
        between = (size[row] / 2 + size[rows, cols] / 2 for size in (width, height, skew))
        distance[row] = CellSizes(*between).step(rows - row, cols - own)
    return distance
