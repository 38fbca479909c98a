"""Descents: how far each cell of a DEM lies above its neighbours, also above those that are missing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..runtime.types import Floats, Mask

NEIGHBOURS = (  # rows down and columns to the right, clockwise from the east; the bit of each is its code
    (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1),
)  # fmt: skip
OUT = 0  # the code of a cell whose water leaves the DEM
SIDES, CORNERS = (0, 2, 4, 6), (1, 3, 5, 7)


def descents(filled: Floats) -> Iterator[tuple[int, Floats, Mask]]:
    """Yield each neighbour's number, how far cells lie above it (not below 0), and where it is missing.

    A missing neighbour lies on the line through the cell and the neighbour opposite, so that water leaves where the
    ground falls outwards. One at a corner counts only where a missing side beside it falls, too: at the upper end of a
    valley the slope opposite is no sign that ground falls beyond the edge.

    Parameters
    ----------
    filled : array, shape (row, col)
        Heights; NaN is missing.
    """
    padded = np.pad(filled, 1, constant_values=np.nan)
    outwards: dict[int, Mask] = {}
    for number in (*SIDES, *CORNERS):
        down, right = NEIGHBOURS[number]
        neighbour, opposite = _shifted(padded, down, right), _shifted(padded, -down, -right)
        missing = np.isnan(neighbour) & np.isfinite(filled)
        descent = np.where(missing, opposite - filled, filled - neighbour)
        descent = np.where(descent > 0, descent, np.float32(0))  # also where it is not known
        if number in SIDES:
            outwards[number] = missing & (descent > 0)
        else:
            descent[missing & ~outwards[number - 1] & ~outwards[(number + 1) % 8]] = 0
        yield number, descent, missing


def _shifted(padded: Floats, down: int, right: int) -> Floats:
    return padded[1 + down : padded.shape[0] - 1 + down, 1 + right : padded.shape[1] - 1 + right]
