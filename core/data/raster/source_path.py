"""Source paths: how the file of a raster layer is opened, also one of several rasters inside a file."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import rasterio
from rasterio.errors import NotGeoreferencedWarning, RasterioError

from ...contract.errors import RegionwiseError
from ...contract.gdal_path import file_in, is_inside
from ...contract.layer import Layer
from ...contract.phrases import first_of
from ...runtime.input_log import note_change

SHOWN = 8  # rasters inside a file that a message names
HDF4_START = b"\x0e\x03\x13\x01"


def open_file(layer: Layer) -> Any:
    """The opened file of a raster layer.

    A file that holds one raster inside is opened there.

    Raises
    ------
    RegionwiseError
        If it cannot be read, or holds several rasters and the layer does not say which.
    """
    options = dict(option.partition("=")[::2] for option in layer.options)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)  # it is refused in words
            file = rasterio.open(layer.path, **options)
            inside = file.subdatasets if not file.count else []
            if len(inside) == 1:
                file.close()
                note_change(str(layer), layer.path, f"the one raster inside is read, {inside[0]}")
                file = rasterio.open(inside[0], **options)
    except (RasterioError, ValueError) as err:
        raise RegionwiseError(*_explained(layer, err)) from err
    if not file.count:
        file.close()
        raise RegionwiseError(
            f"'{layer}' holds {len(inside)} rasters, and it is not said which is meant.",
            f"Name one of them: {first_of(inside, SHOWN)}." if inside else "Choose a raster.",
        )
    return file


def stem_of(layer: Layer) -> str:
    """What a layer without a name is called: its file, or the raster inside it."""
    if layer.name:
        return layer.name
    if is_inside(layer.path):
        return layer.path.rpartition(":")[2].strip('"/') or layer.path
    return Path(layer.path).stem


def _explained(layer: Layer, err: Exception) -> tuple[str, str]:
    """Message and remedy for a file that cannot be opened."""
    path = Path(file_in(layer.path))
    if layer.path.upper().startswith("HDF4") or _starts_with(path, HDF4_START):
        return f"Raster '{layer}' is in HDF4, which the engine cannot read.", "Save it as GeoTIFF (Export > Save As)."
    if path.exists() and "not recognized as being in a supported file format" in str(err):
        return (
            f"Raster '{layer}' is in a format that the engine cannot read ({err}).",
            "Save it as GeoTIFF (Export > Save As), or check that the file is complete.",
        )
    return f"Raster '{layer}' cannot be read ({err}).", "Check that the file exists and is complete."


def _starts_with(path: Path, start: bytes) -> bool:
    """Whether a file begins with these bytes."""
    try:
        with open(path, "rb") as file:
            return file.read(len(start)) == start
    except OSError:
        return False
