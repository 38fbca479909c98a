"""Filling: the heights of a DEM without sinks, and where water goes on what is then level."""

from __future__ import annotations

import numpy as np
import pyflwdir
from numpy.typing import NDArray
from scipy import ndimage

from ..runtime.types import Floats, Index, Mask
from .descents import NEIGHBOURS, OUT, descents

NO_HEIGHT = -9999.0  # of missing cells, while sinks are filled
EVERY_NEIGHBOUR = np.ones((3, 3), bool)


def filled_heights(heights: Floats) -> tuple[Floats, NDArray[np.uint8]]:
    """Heights whose sinks are filled to where they overflow, and the code of the way of water on level ground.

    On filled ground water goes the way by which it was filled (Wang & Liu 2006, as in `pyflwdir`); on level ground that
    reaches the edge of the DEM or missing cells, the shortest way out.

    Parameters
    ----------
    heights : array, shape (row, col)
        NaN is missing.

    Returns
    -------
    filled : array, shape (row, col)
        NaN is missing.
    ways : array, shape (row, col)
        Codes of neighbours, see `descents`; `OUT` where water leaves.
    """
    known = np.isfinite(heights)
    exact = _exact(heights)
    filled, ways = pyflwdir.dem.fill_depressions(np.where(known, exact, np.float32(NO_HEIGHT)), nodata=NO_HEIGHT)
    filled = np.where(known, filled, np.float32(np.nan))
    return filled, _out_of_level_ground(filled, filled > exact, ways)


def _exact(heights: Floats) -> Floats:
    """Heights rounded to steps of which float32 holds all sums and differences.

    A cell is filled by the difference to its outlet; were that rounded, it would lie a little above or below the
    outlet, and water would run in circles. The steps are one or two of the last digits of the highest.
    """
    highest = np.float64(np.nanmax(np.abs(heights), initial=1e-3))
    step = 2.0 ** (np.ceil(np.log2(highest)) - 23)
    return np.asarray(np.round(heights / step) * step, np.float32)


def _out_of_level_ground(filled: Floats, raised: Mask, ways: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """`ways`, but on level ground at the edge the shortest ones out, or to a cell that lies lower beside it."""
    level, border = np.isfinite(filled), np.zeros(filled.shape, bool)
    for _, descent, missing in descents(filled):
        level &= descent == 0
        border |= missing
    ground, count = ndimage.label(level & ~raised, EVERY_NEIGHBOUR)
    at_edge = np.zeros(count + 1, bool)
    at_edge[ground[level & border]] = True
    at_edge[0] = False
    wanted = at_edge[ground]
    ways = ways.copy()
    ways[level & border] = OUT
    wanted &= ~border
    beside = ndimage.binary_dilation(wanted, EVERY_NEIGHBOUR) & ~wanted & ~raised & np.isfinite(filled)
    front = np.flatnonzero(beside & (border | ~level))
    while len(front):
        front = _followed(front, filled, wanted, ways)
    return ways


def _followed(front: Index, filled: Floats, wanted: Mask, ways: NDArray[np.uint8]) -> Index:
    """The `wanted` cells beside `front` that are as high; their ways now lead there, and they are wanted no more."""
    rows, cols = np.unravel_index(front, filled.shape)
    found = []
    for number, (down, right) in enumerate(NEIGHBOURS):
        inside = (rows >= down) & (rows < filled.shape[0] + down) & (cols >= right) & (cols < filled.shape[1] + right)
        at = rows[inside] - down, cols[inside] - right  # whose neighbour with this number lies on the front
        alike = wanted[at] & (filled[at] == filled[rows[inside], cols[inside]])
        row, col = at[0][alike], at[1][alike]
        ways[row, col], wanted[row, col] = 1 << number, False
        found.append(row * filled.shape[1] + col)
    return np.concatenate(found)
