"""Water: what flows over a DEM, by the steepest way or shared among all lower neighbours, in metres on any grid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyflwdir
from numpy.typing import NDArray
from scipy import ndimage

from ..data.raster.ground_cells import CellSizes
from ..data.raster.tiles import Tile
from ..runtime.types import Array, Floats, Mask
from .descents import NEIGHBOURS, OUT, descents
from .filling import filled_heights
from .multiple_flow import accumulated, flow_shares

FLATTEST = 1e-3  # tangent of the slope, below which cells count as that steep for water
D8, MFD = "d8", "mfd"


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
    def of(
        cls,
        heights: Floats,
        sizes: CellSizes,
        stream_area: float,
        progress: Callable[[float, str], None],
        flow: str = D8,
    ) -> Water:
        """The flow accumulation of a whole DEM after filling its sinks, see `filling`.

        Water leaves at the edge of the DEM and beside missing cells where the ground falls outwards, see `descents`, or
        is level.

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
        flow : str
            ``d8``: all of it to the steepest neighbour (O'Callaghan & Mark 1984). ``mfd``: see `multiple_flow`.
        """
        progress(0.0, "Filling sinks")
        known = np.isfinite(heights)
        filled, ways = filled_heights(heights)
        progress(0.5, "Following the water")
        cells = np.ascontiguousarray(np.broadcast_to(sizes.width * sizes.height, heights.shape), np.float64)
        if flow == MFD:
            area = accumulated(flow_shares(filled, ways, sizes), known, cells).astype(np.float32)
        else:
            network = pyflwdir.from_array(steepest(filled, ways, sizes), ftype="d8", check_ftype=False)
            area = network.accuflux(cells).astype(np.float32)
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


def steepest(filled: Floats, ways: NDArray[np.uint8], sizes: CellSizes) -> NDArray[np.uint8]:
    """The code of the neighbour of steepest descent of each cell.

    Where none is lower it is that of `ways`; where missing ground falls most it is `OUT`.

    Parameters
    ----------
    filled : array, shape (row, col)
        Heights without sinks; NaN is missing.
    ways : array, shape (row, col)
        Codes of the flow on level ground, see `filling`.
    """
    steepest_fall, code_of = np.zeros(filled.shape, np.float32), ways.copy()
    for number, descent, missing in descents(filled):
        fall = descent / sizes.step(*NEIGHBOURS[number]).astype(np.float32)
        steeper = fall > steepest_fall
        steepest_fall[steeper], code_of[steeper] = fall[steeper], 1 << number
        code_of[steeper & missing] = OUT
    return code_of


def within(values: Floats, tile: Tile) -> Array:
    """The part `tile` of a whole grid's values."""
    return values[tile.row : tile.row + tile.height, tile.col : tile.col + tile.width].astype(np.float64)


def stream_distance(stream: Mask, sizes: CellSizes) -> Floats:
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
