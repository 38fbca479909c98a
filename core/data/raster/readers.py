"""Readers: raster files opened, warped to a grid and read by windows, with errors that name the file."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.enums import Resampling
from rasterio.errors import RasterioError
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window

from ...contract.errors import RegionwiseError
from ...contract.params import Layer
from ...runtime.types import Floats
from .grids import Grid


def open_raster(layer: Layer) -> Any:
    """The opened file of a raster layer.

    Raises
    ------
    RegionwiseError
        If it cannot be read, or neither file nor layer has a CRS.
    """
    try:
        file = rasterio.open(layer.path)
    except RasterioError as err:
        raise RegionwiseError(
            f"Raster '{layer}' cannot be read ({err}).", "Check that the file exists and is complete."
        ) from err
    if file.crs is None and not layer.crs:
        file.close()
        raise RegionwiseError(
            f"Raster '{layer}' has no CRS.", "Assign one first (Raster > Projections > Assign projection)."
        )
    return file


def default_name(layer: Layer, index: int, count: int) -> str:
    """The name of the band `index`, from 1, of `count` bands that have no description."""
    stem = layer.name or Path(layer.path).stem
    return stem if count == 1 else f"{stem}_{index}"


def warped(file: Any, own: Grid, grid: Grid, method: str) -> Any:
    """A reader that answers on `grid`, in float32, for a file on its `own` one."""
    return WarpedVRT(
        file,
        src_crs=own.crs,
        crs=grid.crs,
        transform=grid.transform,
        width=grid.width,
        height=grid.height,
        resampling=Resampling[method],
        nodata=math.nan,
        dtype="float32",
    )


def read_window(file: Any, indexes: list[int], window: Window) -> Floats:
    """Bands of a window as float32 (band, row, col); NaN is nodata.

    Raises
    ------
    RegionwiseError
        If the file is damaged or gone.
    """
    try:
        values = file.read(indexes, window=window, masked=True)
    except RasterioError as err:
        raise RegionwiseError(
            # the cause names the file that a virtual raster reads
            f"Reading '{file.name}' failed ({err.__cause__ or err}).",
            "The file seems damaged or was moved; check it.",
        ) from err
    filled: Floats = values.astype(np.float32).filled(np.nan)
    filled[~np.isfinite(filled)] = np.nan
    return filled
