"""Superpixels: blocks of like terrain (SLIC), each with enough samples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.segmentation import slic

from ...data.raster.grids import Grid
from ...data.raster.ground import TRUE_TO_SCALE
from ...data.raster.ground_cells import cell_sizes
from ...data.raster.tiles import Tile, plan
from ...runtime.types import Array, Floats, Index, Mask
from .terrain_params import BlockSegmentation

Labels = NDArray[np.int32]

LARGEST_TILE = 1536  # cells; larger areas are cut tile by tile
SMALLEST_BLOCK = 0.25  # of the mean size; SLIC merges smaller pieces
LARGEST_SCORE = 3.0  # deviations: a few cells of extreme curvature would make all others alike
SMOOTHING = 1 / 16  # of a block's side: what is smaller makes borders ragged


def segment(
    read: Callable[[Tile], Floats],
    grid: Grid,
    cells: int,
    params: BlockSegmentation,
    tell: Callable[[float], None],
) -> Labels:
    """The number of the block of each cell, from 1 on; 0 where a factor is missing.

    Simple linear iterative clustering (Achanta et al. 2012) on standardised factors, with a mask; pieces that do not
    hang together, or are small, join a neighbour. Tiles are cut for themselves, each into its share of the blocks.

    Parameters
    ----------
    read : callable
        Returns the standardised factors of a tile, shape (factor, row, col).
    cells : int
        With data, on the whole grid.
    grid : Grid
        Whose cells may be wider than high on the ground; blocks are not.
    params : BlockSegmentation
        About how many blocks there will be, and their compactness, which says how much a distance counts beside a
        difference of factors: a block's side as much as so many deviations.
    """
    labels = np.zeros((grid.height, grid.width), np.int32)
    tiles = list(plan(grid.area, LARGEST_TILE))
    for number, tile in enumerate(tiles):
        values = read(tile)
        mask: Mask = np.asarray(np.isfinite(values).all(0))
        if mask.any():
            blocks = max(round(params.blocks * mask.sum() / cells), 1)
            tile_labels = _cut(values, mask, _Cutting(blocks, params.compactness, sides_of(grid, tile)))
            window = labels[tile.row : tile.row + tile.height, tile.col : tile.col + tile.width]
            window[mask] = tile_labels[mask] + labels.max()
        tell((number + 1) / len(tiles))
    return numbered(labels)


@dataclass(frozen=True)
class _Cutting:
    """Into how many blocks a tile is cut, how compact, and the sides of its cells: height and width, 1 in the mean."""

    blocks: int
    compactness: float
    sides: tuple[float, float]


def sides_of(grid: Grid, tile: Tile) -> tuple[float, float]:
    """Height and width on the ground of the cells in the middle of a tile, so that their product is 1."""
    sizes = cell_sizes(grid, Tile(tile.row + tile.height // 2, tile.col + tile.width // 2, 1, 1))
    ratio = float(np.sqrt(sizes.height / sizes.width).item())
    return (1.0, 1.0) if abs(ratio - 1) < TRUE_TO_SCALE else (ratio, 1 / ratio)


def _cut(values: Floats, mask: Mask, cutting: _Cutting) -> Labels:
    """The blocks of one tile, from 1 on."""
    blocks, sides = cutting.blocks, cutting.sides
    scores = _smoothed(np.clip(np.nan_to_num(values), -LARGEST_SCORE, LARGEST_SCORE), mask, cutting)
    span = float(np.ptp(scores))
    if blocks == 1 or not span:
        return mask.astype(np.int32)
    labels: Labels = slic(
        np.moveaxis(scores, 0, -1),
        blocks,
        cutting.compactness / span,  # for it scales all values to 0..1
        spacing=None if sides == (1, 1) else sides,
        mask=mask,
        channel_axis=-1,
        start_label=1,
        convert2lab=False,
        enforce_connectivity=True,
        min_size_factor=SMALLEST_BLOCK,
    )
    islands = mask & (labels == 0)  # too small to be cut
    if islands.any():
        labels[islands] = labels.max() + 1
    return labels.astype(np.int32)


def _smoothed(values: Floats, mask: Mask, cutting: _Cutting) -> Floats:
    """Gaussian means over the cells of the mask, as wide as high on the ground; 0 outside of it."""
    side = SMOOTHING * float(np.sqrt(mask.sum() / cutting.blocks))
    sigma = [side / cells for cells in cutting.sides]
    weight = ndimage.gaussian_filter(mask.astype(np.float32), sigma)
    sums = np.stack([ndimage.gaussian_filter(band * mask, sigma) for band in values])
    return np.where(mask, sums / np.where(mask, weight, 1), 0).astype(np.float32)


def numbered(labels: Labels) -> Labels:
    """The same blocks, numbered 1, 2, ... in reading order of their first cell."""
    values, first, place = np.unique(labels, return_index=True, return_inverse=True)
    order = np.argsort(np.where(values > 0, first, -1), kind="stable")
    number = np.empty(len(values), np.int32)
    number[order] = np.arange(len(values)) + (0 if (values == 0).any() else 1)
    return number[place].reshape(labels.shape)


def borders(labels: Labels) -> Index:
    """Pairs of blocks that share a side of a cell, each once, the smaller number first, shape (pair, 2)."""
    pairs = [
        np.stack([a.ravel(), b.ravel()], 1) for a, b in ((labels[:, 1:], labels[:, :-1]), (labels[1:], labels[:-1]))
    ]
    shared = [np.sort(pair[(pair[:, 0] != pair[:, 1]) & (pair > 0).all(1)], 1) for pair in pairs]
    return np.unique(np.concatenate(shared), axis=0).astype(np.int64)


def merged(labels: Labels, means: Array, counts: Index, fewest: int) -> Labels:
    """Blocks that hold at least `fewest` samples each, made by merging neighbours.

    Again and again the block with the fewest samples joins the neighbour whose factors are most alike; an island
    joins the block whose factors are most alike.

    Parameters
    ----------
    means : array, shape (block, factor)
        Mean standardised factors of blocks 1, 2, ...
    counts : array of int, shape (block,)
        Samples.
    """
    neighbours: list[set[int]] = [set() for _ in means]
    for a, b in borders(labels) - 1:
        neighbours[a].add(int(b))
        neighbours[b].add(int(a))
    sizes = np.bincount(labels.ravel(), minlength=len(means) + 1)[1:].astype(np.float64)
    means, samples, into = means.copy(), counts.astype(np.float64), np.arange(len(means))
    while np.isfinite(samples).sum() > 1 and samples.min() < fewest:
        poor = int(samples.argmin())
        others = np.flatnonzero(np.isfinite(samples) & (np.arange(len(means)) != poor))
        candidates = np.array(sorted(neighbours[poor]) or others)
        best = int(candidates[np.linalg.norm(means[candidates] - means[poor], axis=1).argmin()])
        weights = sizes[[best, poor]]
        means[best] = np.average(means[[best, poor]], 0, weights)
        sizes[best] += sizes[poor]
        samples[best] += samples[poor]
        samples[poor] = np.inf
        into[into == poor] = best
        for other in neighbours[poor]:
            neighbours[other].discard(poor)
            if other != best:
                neighbours[other].add(best)
                neighbours[best].add(other)
        neighbours[best].discard(poor)
    return numbered(np.concatenate([[0], into + 1])[labels].astype(np.int32))
