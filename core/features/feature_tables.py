"""Feature tables: the features of the pixels of a window, square by square where they are many."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..runtime.progress import span, tell
from ..runtime.types import Floats, Index, Mask
from .window_features import Features

MOST_WHOLE = 320  # features that are computed for a window at once; those of 20 bands in all default windows are
FEATURES_SHARE = 0.7  # of the work on a square; trees answer in the rest
SQUARE = 64  # cells per side of what is computed at a time where they are more
LIVE_BANDS = 12  # arrays in double precision of all bands that exist beside the features


def square_side(features: Features) -> int:
    """The side of the squares that features are computed in; 0: the window as a whole."""
    return SQUARE if len(features.names()) > MOST_WHOLE else 0


def live_numbers(features: Features) -> int:
    """Numbers per pixel of a window that exist while its features are computed."""
    return 0 if square_side(features) else features.live


def square_bytes(features: Features, bands: int) -> int:
    """The memory of the features of a square, however large the window; 0 where there are no squares."""
    side = square_side(features)
    with_halo = (side + 2 * features.halo) ** 2
    return 4 * features.live * side**2 + 8 * LIVE_BANDS * bands * with_halo if side else 0


def feature_tables(features: Features, values: Floats, wanted: Mask) -> Iterator[tuple[Index, Floats]]:
    """Yield numbers of pixels and their features, shape (pixel, feature).

    Parameters
    ----------
    values : array, shape (band, row + 2 halo, col + 2 halo)
        With the halo of the features.
    wanted : array of bool, shape (row, col)
        Pixels are counted among these in reading order.
    """
    number = np.cumsum(wanted).reshape(wanted.shape) - 1
    side, width = square_side(features) or max(wanted.shape), 2 * features.halo
    corners = [(row, col) for row in range(0, wanted.shape[0], side) for col in range(0, wanted.shape[1], side)]
    for done, (row, col) in enumerate(corners):
        inside = wanted[row : row + side, col : col + side]
        if inside.any():
            part = values[None, :, row : row + side + width, col : col + side + width]
            with span(done / len(corners), (done + FEATURES_SHARE) / len(corners)):
                table = features(part, features.halo)[0][:, inside].T
            yield number[row : row + side, col : col + side][inside], np.ascontiguousarray(table)
        tell((done + 1) / len(corners))
