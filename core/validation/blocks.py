"""Blocks: squares that lie still whatever the samples, and blocks that neither folds nor sources cut."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from rasterio.crs import CRS
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ..data.raster.ground import angles, mean_radius
from ..runtime.types import Array, Text

SIDES = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0)  # of blocks that are chosen by themselves, times a power of ten
SMALLEST_SIDE = 1e-9  # metres, where all samples lie in one place
LARGEST_BLOCK = 0.5  # of the samples: more cannot be held out


def squares(xy: Array, side: float) -> Text:
    """The square of a plane that each place lies in; one begins at 0, 0.

    Parameters
    ----------
    xy : array, shape (n, 2)
        Places in units of `side`.
    """
    return _named(np.floor(xy / side))


def ground_squares(xy: Array, crs: CRS, side: float) -> Text:
    """The square of the ground that each place lies in, where the CRS is not true to scale.

    Rows are as high as `side` along the meridian, from the equator; columns as wide along the parallel in the middle
    of their row, from longitude 0. Both are those of a sphere, within 1 % of the ellipsoid.

    Parameters
    ----------
    side : float
        Metres.
    """
    longitude, latitude = angles(xy, crs).T
    radius = mean_radius(crs)
    row = np.floor(latitude * radius / side)
    middle = np.clip((row + 0.5) * side / radius, -np.pi / 2, np.pi / 2)
    return _named(np.stack([np.floor(longitude * radius * np.cos(middle) / side), row], 1))


def _named(cells: Array) -> Text:
    return np.array([f"{col} {row}" for col, row in cells.astype(np.int64)], object)


def default_side(extent: float, field_of_view: float, folds: int, count: Callable[[float], int]) -> float:
    """A block side: about a tenth of the extent, at least the field of view of a model, and smaller for few blocks.

    It is a round number, which one sample more seldom changes: blocks stay where they are.

    Parameters
    ----------
    extent, field_of_view : float
        Metres.
    count : callable
        The number of blocks with samples, by their side; three for each fold are wanted.
    """
    side = max(_round(extent / 10), _round(field_of_view, up=True))
    while side > max(extent / 100, SMALLEST_SIDE) and count(side) < 3 * folds:
        side = _round(side / 1.45)
    return side


def _round(length: float, up: bool = False) -> float:
    """The nearest of `SIDES` by its ratio, or the next from `length` on."""
    if length <= 0:
        return SMALLEST_SIDE
    power = 10.0 ** np.floor(np.log10(length))
    sides = np.array(SIDES) * power
    if up:
        return float(sides[sides >= length * (1 - 1e-9)][0])
    return float(sides[np.abs(np.log(sides / length)).argmin()])


def whole_blocks(block: Text, group: Text, folds: int, augmented: NDArray[np.bool_] | None = None) -> tuple[Text, str]:
    """A block for each sample such that no group is in two of them, and what was done to that end.

    Blocks that share a group are one block. Where so many do that fewer than `folds` would be left, or one with more
    than half of the observed samples, a group goes to the block that holds most of it, and that cuts others.

    Parameters
    ----------
    block : array of str, shape (n,)
        In which each sample lies.
    group : array of str, shape (n,)
        Survey unit of each sample.
    """
    names, number = np.unique(block.astype(str), return_inverse=True)
    groups, of_group = np.unique(group.astype(str), return_inverse=True)
    shared = coo_array((np.ones(len(number)), (of_group, number)), (len(groups), len(names))).tocsr()
    crossing = int((np.diff(shared.indptr) > 1).sum())
    if not crossing:
        return block, ""
    linked = (shared.T @ shared).tocsr()
    left, component = connected_components(linked, directed=False)
    observed = np.ones(len(number), bool) if augmented is None else ~augmented
    size = np.bincount(component[number[observed]], minlength=left)
    if (size > 0).sum() >= folds and size.max() <= LARGEST_BLOCK * size.sum():
        first = np.full(left, len(names))
        np.minimum.at(first, component, np.arange(len(names)))
        joined = names[first[component[number]]].astype(object)
        return (
            joined,
            f"{crossing} sources lie in several blocks, which are one block each: {len(names)} became {left}.",
        )
    most = np.asarray(shared.argmax(axis=1)).ravel()
    return names[most[of_group]].astype(object), (
        f"{crossing} sources lie in several blocks, too many to join these; each source is tested with the block that "
        "holds most of it."
    )
