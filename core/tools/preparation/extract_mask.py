"""Extract mask: where a raster, or a series at its dates, has a value; as a raster of 0 and 1, and as polygons."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray

from ...contract.errors import RegionwiseError
from ...contract.layer import Layer
from ...data.raster.geotiff import window_side
from ...data.raster.grids import raster_profile
from ...data.raster.stack import Stack, raster_files
from ...data.raster.tiles import plan
from ...data.series.image_series import read_series
from ...data.vector.polygonize import AREA, CELLS, outlines
from ...data.vector.writers import check_field_names, write_vector
from ...mapping.styles.map_styles import MASK
from ...mapping.styles.style_files import write_style
from ...mapping.styles.vector_styles import outlined, style_layer
from ...runtime.files import atomic, check_not_input, check_writable
from ...runtime.run import Result, Run
from ...runtime.types import Floats
from .params import MaskExtraction

INSIDE, OUTSIDE, UNKNOWN = 1, 0, 255
NAME = "mask"


def extract_mask(params: MaskExtraction, run: Run) -> Result:
    """Write 1 where the value stands at any, all or the first of the dates, else 0, nodata where nothing is known."""
    check_writable(params.output, params.polygons)
    check_field_names(params.polygons, (NAME, CELLS, AREA))
    layer = read_series(params.series).layer if params.series else params.input
    check_not_input([params.output, params.polygons], [*raster_files([layer.path]), params.series])
    missing_counts = params.value in _nodata_values(layer)
    if missing_counts:
        run.channel.info(f"'{layer}' calls {params.value:g} nodata; cells without data count as {params.value:g}.")
    with Stack({"input": [layer]}) as stack:
        mask = _read(stack, params, run, missing_counts=missing_counts)
        grid = stack.grid
    inside = int((mask == INSIDE).sum())
    if not inside:
        raise RegionwiseError(
            f"'{layer}' has no cell with {params.value:g} (mode {params.mode}).",
            "Choose another Value or Mode; 'Information' of the layer in QGIS shows which values it has.",
        )
    name = params.name.strip()
    profile = {**raster_profile(grid, grid.area, 1), "dtype": "uint8", "nodata": UNKNOWN, "predictor": 1}
    with atomic(Path(params.output)) as part, rasterio.open(part, "w", **profile) as file:
        file.write(mask, 1)
        file.set_band_description(1, name)
    write_style(Path(params.output), MASK)
    run.channel.info(f"Mask '{name}': {inside} of {mask.size} cells.")
    if params.polygons:
        whole = outlines((mask == INSIDE).astype(np.uint8), grid, NAME)
        write_vector(whole.assign(**{NAME: name}), params.polygons)
        style_layer(whole, params.polygons, outlined(name))
    outputs = {"OUTPUT": params.output, **({"POLYGONS": params.polygons} if params.polygons else {})}
    return Result(outputs, {"CELLS": float(inside)})


def _read(stack: Stack, params: MaskExtraction, run: Run, *, missing_counts: bool) -> NDArray[np.uint8]:
    """The mask of the whole raster, read window by window."""
    mask = np.full((stack.grid.height, stack.grid.width), UNKNOWN, np.uint8)
    tiles = list(plan(stack.grid.area, window_side(len(stack.bands))))
    for number, tile in enumerate(tiles):
        rows, cols = slice(tile.row, tile.row + tile.height), slice(tile.col, tile.col + tile.width)
        mask[rows, cols] = masked(stack.read(tile), params.value, params.mode, missing_counts=missing_counts)
        run.channel.progress((number + 1) / len(tiles), "Reading")
    return mask


def masked(values: Floats, value: float, mode: str, *, missing_counts: bool) -> NDArray[np.uint8]:
    """`INSIDE` where `values`, shape (date, row, col), hold `value`, `OUTSIDE`, or `UNKNOWN` without data.

    Parameters
    ----------
    mode : str
        ``any`` date, ``all`` dates that have data, or the ``first`` one.
    missing_counts : bool
        Whether NaN is `value`, too: then nothing is unknown.
    """
    if mode == "first":
        values = values[:1]
    known = np.isfinite(values) | missing_counts
    equal = (values == np.float32(value)) | (np.isnan(values) & missing_counts)
    inside = (equal | ~known).all(0) if mode == "all" else equal.any(0)
    return np.where(known.any(0), np.where(inside, INSIDE, OUTSIDE), UNKNOWN).astype(np.uint8)


def _nodata_values(layer: Layer) -> set[float | None]:
    """The nodata values of the files behind a raster."""
    values: set[float | None] = set()
    for path in raster_files([layer.path]):
        with rasterio.open(path) as file:
            values |= set(file.nodatavals)
    return values
