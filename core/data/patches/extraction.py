"""Extraction: the pixels around each sample are read from the rasters once, and kept as `patches.Patches`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ...contract.errors import RegionwiseError
from ...runtime.checkpoints import Arrays, Checkpoints
from ...runtime.files import check_space
from ...runtime.progress import counted, tell
from ...runtime.types import Floats
from ..raster.data_masks import with_data
from ..raster.grids import Grid
from ..raster.pixel_weights import WEIGHTS, pixel_weights
from ..raster.stack import Band, Stack, data_groups
from ..raster.tiles import Tile, plan
from ..vector.footprints import footprint
from ..vector.samples import Samples
from .patches import INDEX, PIXELS, Patches, open_patches

MAX_CORE = 32
SHOWN = 3  # bands in a notice
MAX_PIECES = 8  # of a footprint; more would add cost, not information: its label is one number


class NoSampleError(RegionwiseError):
    """No sample has a pixel."""


class Pick(Protocol):
    """Picks the bands of a sample from a block."""

    @property
    def bands(self) -> list[Band]:
        """The bands that a sample gets."""

    def __call__(self, block: Floats, sample: int) -> Floats:
        """The bands of `sample` from `block`, shape (band, row, col)."""


@dataclass(frozen=True)
class EveryBand:
    """Picks the same bands for all samples."""

    bands: list[Band]
    positions: list[int]

    def __call__(self, block: Floats, sample: int) -> Floats:
        """The bands of `sample` from `block`, shape (band, row, col)."""
        return block[self.positions]


@dataclass(frozen=True)
class PatchSpec:
    """Size and storage of patches.

    Parameters
    ----------
    halo : int
        Cells around the core on each side.
    seed : int
        For the choice of pieces of large footprints.
    half : bool
        Whether pixels are kept in float16: half of the disk and memory, three digits of each value.
    """

    halo: int
    seed: int
    half: bool = False


@dataclass(frozen=True)
class Piece:
    """A core window and the weight of each of its pixels."""

    sample: int
    tile: Tile
    weights: Floats


def cut_pieces(samples: Samples, grid: Grid, seed: int) -> tuple[list[Piece], int]:
    """The pieces of all samples on the grid, and the side of their core in cells."""
    tell(0, "Finding the cells of each sample")
    footprints = [footprint(geometry, grid) for geometry in samples.geometry]
    sides = [max(tile.height, tile.width) for tile, _ in footprints if tile.height and tile.width]
    core = int(np.clip(np.median(sides), 1, MAX_CORE)) if sides else 1
    rng = np.random.default_rng(seed)
    pieces: list[Piece] = []
    for number, (tile, weights) in enumerate(footprints):
        pieces.extend(_split_footprint(number, tile, weights, core, rng))
    return pieces, core


def _split_footprint(number: int, tile: Tile, weights: Floats, core: int, rng: np.random.Generator) -> Iterable[Piece]:
    """The pieces of one footprint: at most `MAX_PIECES`, drawn at random where there are more."""
    pieces = []
    for part in plan(tile, core):
        square = np.zeros((core, core), np.float32)
        square[: part.height, : part.width] = weights[
            part.row - tile.row : part.row - tile.row + part.height,
            part.col - tile.col : part.col - tile.col + part.width,
        ]
        if square.any():
            pieces.append(Piece(number, Tile(part.row, part.col, core, core), square))
    if len(pieces) > MAX_PIECES:
        pieces = [pieces[i] for i in np.sort(rng.choice(len(pieces), MAX_PIECES, replace=False))]
    return pieces


def cut_patches(
    stack: Stack, samples: Samples, spec: PatchSpec, folder: Path, pick: Pick | None = None
) -> tuple[Patches, Samples, list[str]]:
    """Read the pixels around all samples, or open those that `folder` keeps from an earlier run.

    Pixels without data (see `stack.data_groups`) get weight 0: the map has none there either. A
    layer of the sensor ``weights`` (population, say) gives each pixel its weight in its footprint; it
    is no band of the patches.
    Samples off the raster or without a valid pixel are left out, with a notice.

    Parameters
    ----------
    pick : Pick, optional
        Picks the bands of a sample; without it all but weights.

    Returns
    -------
    patches : Patches
    samples : Samples
        Those that are left; `Patches.sample` counts these.
    notices : list of str

    Raises
    ------
    NoSampleError
        If no sample is left.
    RegionwiseError
        If values do not fit into float16, or onto the disk.
    """
    index = Checkpoints(folder).load(INDEX)
    if index is None:
        positions = [i for i, band in enumerate(stack.bands) if band.sensor != WEIGHTS]
        _cut(stack, samples, spec, folder, pick or EveryBand([stack.bands[i] for i in positions], positions))
        index = Checkpoints(folder).load(INDEX)
        assert index is not None  # nosec B101
    kept = index[0]["kept"]
    notices = []
    if len(kept) < len(samples):
        lacking = index[1].get("lacking", {})
        listing = ", ".join(f"'{name}' has none at {n}" for name, n in lacking.items())
        why = f" ({listing})" if lacking else ""
        notices.append(f"{len(samples) - len(kept)} samples off the raster or on nodata are left out{why}.")
    return open_patches(folder, spec.halo), samples.take(kept), notices


def _cut(stack: Stack, samples: Samples, spec: PatchSpec, folder: Path, pick: Pick) -> None:
    """Write the patches of `samples` to `folder`."""
    pieces, core = cut_pieces(samples, stack.grid, spec.seed)
    if not pieces:
        raise NoSampleError(
            "No sample lies inside the raster.",
            "Check the CRS of samples and rasters, and that they cover the same area.",
        )
    weights = _write_pixels(stack, pieces, spec, folder / PIXELS, pick)
    valid = weights.any((1, 2))
    sample = np.array([piece.sample for piece in pieces])
    kept = np.unique(sample[valid])
    if not len(kept):
        raise NoSampleError(
            "Every sample lies on nodata of the rasters.", "Check their nodata values and the samples' CRS."
        )
    arrays: Arrays = {
        "row": np.flatnonzero(valid),
        "weights": weights[valid],
        "kept": kept,
        "sample": np.searchsorted(kept, sample[valid]),
    }
    lost = np.flatnonzero(~valid & ~np.isin(sample, kept))
    Checkpoints(folder).save(INDEX, arrays, {"core": core, "lacking": _lacking(folder / PIXELS, lost, pick, spec.halo)})


def _lacking(path: Path, pieces: NDArray[np.int64], pick: Pick, halo: int) -> dict[str, int]:
    """How many of `pieces` each needed band has no data in, the bands that lack most first."""
    values = np.load(path, mmap_mode="r")
    needed = [group[0] for group in data_groups([band.sensor for band in pick.bands]) if len(group) == 1]
    side = values.shape[-1] - halo
    counts = {pick.bands[band].name: 0 for band in needed}
    for piece in pieces:
        for band in needed:
            counts[pick.bands[band].name] += not np.isfinite(values[piece, band, halo:side, halo:side]).any()
    worst = sorted(counts.items(), key=lambda entry: -entry[1])[:SHOWN]
    return {name: int(count) for name, count in worst if count}


def _write_pixels(stack: Stack, pieces: Sequence[Piece], spec: PatchSpec, path: Path, pick: Pick) -> Floats:
    """Write the pixels of `pieces`; the result is the weights of their cores, shape (piece, core, core)."""
    weights = np.stack([piece.weights for piece in pieces])
    halo, core = spec.halo, weights.shape[1]
    inner = np.s_[halo : halo + core, halo : halo + core]
    weight_bands = [i for i, band in enumerate(stack.bands) if band.sensor == WEIGHTS]
    groups = data_groups([band.sensor for band in pick.bands])
    kind = np.dtype(np.float16 if spec.half else np.float32)
    shape = (len(pieces), len(pick.bands), core + 2 * halo, core + 2 * halo)
    check_space([(path.parent, kind.itemsize * int(np.prod(shape)))])
    values = np.lib.format.open_memmap(path, "w+", kind, shape)
    for i in counted(_reading_order(pieces), "Reading the pixels around the samples", len(pieces)):
        block = stack.read(pieces[i].tile.padded(halo))
        picked = pick(block, pieces[i].sample)
        with np.errstate(over="ignore"):
            values[i] = picked
        if spec.half:
            check_range(picked, values[i], [band.name for band in pick.bands])
        weights[i] *= with_data(picked, groups, halo)
        for band in weight_bands:
            weights[i] *= pixel_weights(block[band][inner], stack.names[band])
    values.flush()
    return weights


def check_range(block: Floats, stored: NDArray[Any], names: Sequence[str]) -> None:
    """Raise `RegionwiseError` if float16 does not hold values (band, row, col) that were `stored` in it."""
    for name, values, half in zip(names, block, stored, strict=True):
        lost = np.isfinite(values) & ~np.isfinite(half)
        if lost.any():
            raise RegionwiseError(
                f"Band '{name}' has the value {values[lost].flat[0]:g}; float16 holds up to 65504.",
                "Choose Patch storage = float32, or rescale the band.",
            )


def _reading_order(pieces: Sequence[Piece]) -> Iterator[int]:
    """Yield piece numbers by rows of 256 cells, so that a raster block is read once, not per sample."""
    keys = [(p.tile.row // 256, p.tile.col) for p in pieces]
    yield from sorted(range(len(pieces)), key=keys.__getitem__)
