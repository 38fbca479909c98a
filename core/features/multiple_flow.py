"""Multiple flow: water that each cell shares among all of its lower neighbours.

After Quinn, Beven, Chevallier & Planchon (1991, Hydrol. Process. 5, 59): a neighbour gets the tangent of the slope
towards it, times the length of the contour that it takes. On a hillside of any aspect the shares then move water
straight down on average, while a single direction moves it along one of eight.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from ..data.raster.ground_cells import CellSizes
from ..runtime.types import Array, Floats, Mask
from .descents import CORNERS, NEIGHBOURS, descents

DOWN, RIGHT = np.array(NEIGHBOURS).T


def flow_shares(filled: Floats, ways: NDArray[np.uint8], sizes: CellSizes) -> Floats:
    """The share of each cell's water that each neighbour gets, shape (neighbour, row, col); the rest leaves the DEM.

    The lengths of contour are those of Quinn et al. for squares (1/2 of a side towards a side, 1/4 of a diagonal
    towards a corner), and for other cells the ones by which water moves straight down on average, too.

    Parameters
    ----------
    filled : array, shape (row, col)
        Heights without sinks; NaN is missing.
    ways : array, shape (row, col)
        Codes of the neighbours that water goes to on level ground, see `filling`.
    """
    shares = np.empty((len(NEIGHBOURS), *filled.shape), np.float32)
    missing = np.empty(shares.shape, bool)
    for number, descent, away in descents(filled):
        shares[number], missing[number] = descent * _per_metre(number, sizes), away
    total = shares.sum(0)
    shares /= np.where(total > 0, total, 1)
    shares[missing] = 0
    for number in range(len(NEIGHBOURS)):
        shares[number][(total == 0) & (ways == 1 << number)] = 1
    return shares


def _per_metre(number: int, sizes: CellSizes) -> Floats:
    """Length of contour by distance, towards a neighbour: its part of the water for each metre of descent.

    With sides a (along the step) and b, and d^2 = a^2 + b^2, it is b^3 / d^2 towards a side and a b / (2 d) towards a
    corner: the sum over all neighbours of length x step x step' / distance is then 2 a b in both directions, and 0
    between them, so that the mean step lies in the direction of the slope.
    """
    width, height = sizes.width, sizes.height
    diagonal = np.hypot(width, height)
    if number in CORNERS:
        length = width * height / (2 * diagonal)
    else:
        length = (height**3 if number % 4 == 0 else width**3) / diagonal**2
    step = sizes.step(*NEIGHBOURS[number])
    return np.asarray(length / step, np.float32)


def accumulated(shares: Floats, known: Mask, own: Array) -> Array:
    """What each cell and all above it have of their `own`, shape (row, col).

    Parameters
    ----------
    shares : array, shape (neighbour, row, col)
        See `flow_shares`; water never comes back to where it was.
    known : array, shape (row, col)
        Cells that have water.
    """
    total = np.where(known, own, 0.0)
    _compiled()(shares, known, total, DOWN, RIGHT)
    return total


@lru_cache(maxsize=1)
def _compiled() -> Any:
    """`_pass_on` as machine code; it takes 2 seconds, so only who needs it compiles it."""
    return numba.njit(nogil=True)(_pass_on)


def _pass_on(shares: Floats, known: Mask, total: Array, down: Array, right: Array) -> None:
    """Add to the `total` of each cell what flows to it, cells after all of those above them (Kahn 1962)."""
    rows, cols = known.shape
    donors = np.zeros((rows, cols), np.uint8)
    for row in range(rows):
        for col in range(cols):
            for k in range(len(down)):
                if shares[k, row, col] > 0:
                    donors[row + down[k], col + right[k]] += 1
    ready = np.empty(rows * cols, np.int64)
    count = 0
    for row in range(rows):
        for col in range(cols):
            if known[row, col] and donors[row, col] == 0:
                ready[count] = row * cols + col
                count += 1
    done = 0
    while done < count:
        row, col = ready[done] // cols, ready[done] % cols
        done += 1
        for k in range(len(down)):
            if shares[k, row, col] > 0:
                to_row, to_col = row + down[k], col + right[k]
                total[to_row, to_col] += shares[k, row, col] * total[row, col]
                donors[to_row, to_col] -= 1
                if donors[to_row, to_col] == 0:
                    ready[count] = to_row * cols + to_col
                    count += 1
