"""Segment an area into blocks of like terrain, each with enough samples."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio

from ...contract.errors import RegionwiseError
from ...data.raster.aspects import is_aspect
from ...data.raster.grids import raster_profile
from ...data.raster.stack import FACTOR, Stack
from ...data.raster.statistics import Scaling, Statistics
from ...data.raster.tiles import Tile, plan
from ...data.vector.layers import read_layer, representative_points, single_places
from ...data.vector.polygonize import AREA, CELLS, outlines
from ...data.vector.writers import check_field_names, write_vector
from ...features.factor_features import CIRCULAR, Factor, FactorFeatures, circle_of
from ...mapping.styles.map_styles import numbered
from ...mapping.styles.style_files import write_style
from ...mapping.styles.vector_styles import outlined, style_layer
from ...runtime.files import atomic, check_not_input, check_writable
from ...runtime.run import Result, Run, memory_in_use
from ...runtime.types import Array, Floats, Index
from .superpixels import LARGEST_TILE, Labels, merged, segment
from .terrain_params import BlockSegmentation

BLOCK, COUNT = "block", "samples"
LABEL_BYTES = 24  # per cell of the grid: numbers of blocks while they are merged
TILE_BYTES = 20  # per cell and factor of a tile, in SLIC
SEGMENT_SHARE = 0.7  # of the progress


@dataclass(frozen=True)
class StandardisedFactors:
    """The factors of a stack as numbers that can be compared: an aspect as sine and cosine, all standardised.

    Parameters
    ----------
    cells : int
        With all factors.
    """

    stack: Stack
    features: FactorFeatures
    scaling: Scaling
    cells: int

    @classmethod
    def of(cls, stack: Stack) -> StandardisedFactors:
        """Mean and deviation are those of the cells with all factors."""
        features = _features(stack)
        statistics, cells = Statistics(features.names()), 0
        for tile in plan(stack.grid.area, LARGEST_TILE):
            values = features.table(stack.read(tile), axis=0)
            complete = np.isfinite(values).all(0)
            statistics.add(values[:, complete])
            cells += int(complete.sum())
        return cls(stack, features, statistics.scaling(), cells)

    def read(self, tile: Tile) -> Floats:
        """The factors of a tile, shape (factor, row, col)."""
        return self.scaling.apply(self.features.table(self.stack.read(tile), axis=0))


def segment_blocks(params: BlockSegmentation, run: Run) -> Result:
    """Write the number of each cell's block, and the blocks as polygons."""
    check_writable(params.output, params.polygons)
    check_field_names(params.polygons, (BLOCK, CELLS, AREA, COUNT))
    check_not_input([params.output, params.polygons], [layer.path for layer in (*params.factors, params.samples)])
    with Stack({FACTOR: params.factors}, params.resampling) as stack:
        _check_memory(stack, run)
        sample_cells = _sample_cells(params, stack)
        factors = StandardisedFactors.of(stack)
        _check_count(params, factors.cells)

        def tell(share: float) -> None:
            """Report the share of the cutting that is done."""
            run.channel.progress(SEGMENT_SHARE * share, "Cutting blocks")

        labels = segment(factors.read, stack.grid, factors.cells, params, tell)
        run.channel.info(f"{labels.max()} blocks of {factors.cells} cells.")
        if sample_cells is not None:
            labels = _merge(labels, sample_cells, factors, params, run)
        _write(labels, stack, params, sample_cells)
    outputs = {"OUTPUT": params.output, **({"POLYGONS": params.polygons} if params.polygons else {})}
    return Result(outputs, {"BLOCKS_FOUND": float(labels.max())})


def _check_memory(stack: Stack, run: Run) -> None:
    """Raise `RegionwiseError` if the run may not use as much memory as the area needs."""
    grid = stack.grid
    side = min(LARGEST_TILE, max(grid.height, grid.width))
    need = LABEL_BYTES * grid.height * grid.width + TILE_BYTES * (len(stack.bands) + 1) * side**2
    if need + memory_in_use(run) > run.memory_bytes:
        raise RegionwiseError(
            f"To cut {grid.describe()} takes {(need + memory_in_use(run)) / 2**30:.1f} GiB; Memory allows "
            f"{run.settings.memory_gb:g}.",
            "Raise Memory in the options, cut fewer cells at a time, or use fewer factors.",
        )


def _sample_cells(params: BlockSegmentation, stack: Stack) -> Index | None:
    """Row and column of each sample on the grid, shape (sample, 2); None without samples."""
    if not params.samples:
        return None
    frame = read_layer(params.samples, stack.grid.crs, stack.grid.bounds)
    xy = representative_points(single_places(frame, params.samples).geometry)
    row, col = np.array([(cell.row, cell.col) for cell in stack.grid.cells_at(xy)]).reshape(-1, 2).T
    inside = (row >= 0) & (row < stack.grid.height) & (col >= 0) & (col < stack.grid.width)
    if not inside.any():
        raise RegionwiseError(
            f"No sample of '{params.samples}' lies on the factors.", "Check the CRS of both, and that they overlap."
        )
    cells: Index = np.stack([row, col], 1)[inside]
    return cells


def _features(stack: Stack) -> FactorFeatures:
    """How factors become comparable: an aspect by its sine and cosine."""
    low, high = np.full((2, len(stack.bands)), np.nan)
    if any(map(is_aspect, stack.names)):
        for tile in plan(stack.grid.area, LARGEST_TILE):
            flat = stack.read(tile).reshape(len(stack.bands), -1)
            low, high = np.fmin(low, np.nanmin(flat, 1)), np.fmax(high, np.nanmax(flat, 1))
    factors = []
    for name, least, most in zip(stack.names, low, high, strict=True):
        circle = circle_of(least, most) if is_aspect(name) else 0.0
        factors.append(Factor(name, CIRCULAR, circle=circle) if circle else Factor(name))
    return FactorFeatures(tuple(factors))


def _check_count(params: BlockSegmentation, cells: int) -> None:
    """Raise `RegionwiseError` if there are fewer cells than blocks."""
    if cells < params.blocks:
        raise RegionwiseError(
            f"{cells} cells have all factors, too few for {params.blocks} blocks.",
            "Choose fewer blocks, or check the nodata values of the factors.",
        )


def _merge(
    labels: Labels, sample_cells: Index, factors: StandardisedFactors, params: BlockSegmentation, run: Run
) -> Labels:
    """Blocks that have enough samples; tells how many are left."""
    counts = _counts(labels, sample_cells)
    if not params.min_samples:
        empty = int((counts == 0).sum())
        if empty:
            run.channel.warning(f"{empty} of {len(counts)} blocks have no sample; Min samples merges them.")
        return labels
    if counts.sum() < params.min_samples:
        raise RegionwiseError(
            f"{counts.sum()} samples lie in blocks; one block alone needs {params.min_samples} (Min samples).",
            "Lower Min samples, or add samples.",
        )
    blocks = merged(labels, _means(labels, factors, len(counts)), counts, params.min_samples)
    run.channel.info(f"{blocks.max()} blocks have at least {params.min_samples} samples each.")
    return blocks


def _means(labels: Labels, factors: StandardisedFactors, count: int) -> Array:
    """The mean factors of blocks 1, 2, ..., shape (block, factor)."""
    sums, sizes = np.zeros((count + 1, len(factors.features.names()))), np.zeros(count + 1)
    for tile in plan(factors.stack.grid.area, LARGEST_TILE):
        block = labels[tile.row : tile.row + tile.height, tile.col : tile.col + tile.width].ravel()
        for number, column in enumerate(factors.read(tile).reshape(sums.shape[1], -1)):
            sums[:, number] += np.bincount(block, np.nan_to_num(column), len(sums))
        sizes += np.bincount(block, minlength=len(sizes))
    means: Array = sums[1:] / sizes[1:, None]
    return means


def _counts(labels: Labels, sample_cells: Index) -> Index:
    """The number of samples in blocks 1, 2, ..."""
    return np.bincount(labels[sample_cells[:, 0], sample_cells[:, 1]], minlength=int(labels.max()) + 1)[1:]


def _write(labels: Labels, stack: Stack, params: BlockSegmentation, sample_cells: Index | None) -> None:
    """Write the blocks as a raster and, if they are wanted, as polygons."""
    grid = stack.grid
    profile = {**raster_profile(grid, grid.area, 1), "dtype": "int32", "nodata": 0, "predictor": 2}
    with atomic(Path(params.output)) as part, rasterio.open(part, "w", **profile) as file:
        file.write(labels, 1)
        file.set_band_description(1, BLOCK)
    write_style(Path(params.output), numbered(int(labels.max()), BLOCK))
    if not params.polygons:
        return
    frame = outlines(labels, grid, BLOCK)
    if sample_cells is not None:
        frame[COUNT] = _counts(labels, sample_cells)
    write_vector(frame, params.polygons)
    style_layer(frame, params.polygons, outlined("block"))
