"""Mosaics: finished tiles as small files, and the cloud-optimised GeoTIFFs that are put together of them."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ElementTree, SubElement  # nosec B405

import numpy as np
import rasterio
import rasterio.shutil
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError
from rasterio.errors import RasterioError
from rasterio.io import MemoryFile

from ..contract.errors import RegionwiseError
from ..data.raster.grids import NODATA, Grid, raster_profile
from ..data.raster.tiles import Tile
from ..data.raster.vrt import Source, add_band, add_colours, add_source, add_tags, virtual_raster
from ..runtime.filenames import safe_name
from ..runtime.replacing import take_names
from ..runtime.types import Floats, Mask
from .styles.map_styles import ClassColours, Style, rgba

BLOCK = 256  # cells of a block of a tile file
EMPTY = b"no data"  # the content of a tile file without data
COG = {"driver": "COG", "compress": "deflate", "predictor": "yes",
       "bigtiff": "if_safer"}  # fmt: skip
BYTE_CLASSES = 255


@dataclass(frozen=True)
class Layout:
    """One output raster of a map: path, band names, and what its numbers are.

    Parameters
    ----------
    path : str
        Empty for one that is only needed to make others.
    style : Style
        How it is drawn.
    classes : tuple of str
        If the one band holds classes: their names; 0 is no data.
    values : tuple of int
        The number of each class; 1, 2, 3, ... if it is empty.
    tags : dict
        Metadata of the file, besides the description.
    """

    path: str
    bands: tuple[str, ...]
    style: Style
    unit: str = "1"
    description: str = ""
    classes: tuple[str, ...] = ()
    values: tuple[int, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def numbers(self) -> tuple[int, ...]:
        """The number of each class."""
        return self.values or tuple(range(1, len(self.classes) + 1))

    @property
    def names(self) -> dict[int, str]:
        """The names of the classes by number."""
        return dict(zip(self.numbers, self.classes, strict=True))


@dataclass(frozen=True)
class Mosaic:
    """The tiles of a map in one folder; each file holds the bands of all layouts, one after the other.

    A tile file is renamed into place, so its presence says that the tile is finished. One without
    data says so.
    """

    folder: Path
    grid: Grid
    area: Tile
    layouts: dict[str, Layout]

    def path(self, tile: Tile) -> Path:
        """The file of a tile; its size is in the name, for another Memory setting cuts other tiles."""
        return self.folder / f"tile-{tile.row}-{tile.col}-{tile.height}x{tile.width}.tif"

    def encode(self, tile: Tile, valid: Mask, answer: dict[str, Floats]) -> bytes:
        """The content of a tile's file.

        Parameters
        ----------
        valid : array of bool, shape (row, col)
        answer : dict
            For each layout by key an array (band, valid pixel); empty if the tile has no data.
        """
        return _encoded(self.grid, tile, valid, [answer[key] for key in self.layouts]) if answer else EMPTY

    def write(self, tile: Tile, content: bytes) -> None:
        """Write a tile's file."""
        path = self.path(tile)
        part = path.with_suffix(".part")
        with open(part, "wb") as file:  # not by GDAL, which does not tell when the disk is full
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        take_names([(part, path)])

    def outputs(self, folder: Path | None = None) -> dict[str, tuple[Layout, int]]:
        """Each output raster by a name with the number of its first band in the tile files.

        With a `folder`, the bands of the first layout are outputs in it, too, one by one.
        """
        outputs, first = {}, 1
        for key, layout in self.layouts.items():
            outputs[key] = layout, first
            first += len(layout.bands)
        main = next(iter(self.layouts.values()))
        for number, name in enumerate(main.bands if folder else ()):
            path = str(band_file(folder or Path(), name))
            outputs[f"band-{number}"] = replace(main, path=path, bands=(name,)), number + 1
        return outputs

    def summaries(self, tiles: Sequence[Tile]) -> dict[Tile, NDArray[np.float64]]:
        """The summary of each tile with data: count, sum, sum of squares, minimum and maximum of each band."""
        return {tile: _summary(self.path(tile)) for tile in tiles if not _is_empty(self.path(tile))}

    def assemble(self, name: str, layout: Layout, first: int, summaries: dict[Tile, NDArray[np.float64]]) -> Path:
        """The finished raster of an output, made in the folder; equal tiles give equal bytes."""
        virtual, out = self.folder / f"{name}.vrt", self.folder / f"{name}.tif"
        self._describe(virtual, layout, first, summaries)
        threads = os.environ.get("OMP_NUM_THREADS", "all_cpus")
        try:
            resampling = "mode" if layout.classes else "average"
            rasterio.shutil.copy(virtual, out, num_threads=threads, overview_resampling=resampling, **COG)
            whole = _checksums(virtual) == _checksums(out)
        except (RasterioError, CPLE_BaseError, OSError):
            whole = False
        if not whole:
            raise RegionwiseError(
                f"'{layout.path}' could not be written whole; the disk of '{self.folder}' may be full.",
                "Free some space, then rerun: finished tiles are kept.",
            )
        return out

    def _describe(self, path: Path, layout: Layout, first: int, summaries: dict[Tile, NDArray[np.float64]]) -> None:
        """Write the description of a raster that GDAL reads from the tile files.

        Each row of tiles has a description of its own: one of all tiles would take hundreds of MB for a nation.
        """
        strips: dict[Tile, list[Tile]] = {}
        for tile in summaries:
            strip = Tile(tile.row, self.area.col, tile.height, self.area.width)
            strips.setdefault(strip, []).append(tile)
        strip_files = []
        for strip, tiles in strips.items():
            part = path.with_name(f"{path.stem}-{strip.row}.vrt")
            sources = [(self.path(tile).name, tile, first) for tile in tiles]
            ElementTree(_virtual(self.grid, strip, len(layout.bands), sources)).write(part)
            strip_files.append((part.name, strip, 1))
        kind = ("Byte" if max(layout.numbers) <= BYTE_CLASSES else "UInt16") if layout.classes else "Float32"
        root = _virtual(self.grid, self.area, len(layout.bands), strip_files, kind)
        add_tags(root, {"TIFFTAG_IMAGEDESCRIPTION": layout.description, "AREA_OR_POINT": "Area", **layout.tags})
        summary = np.array(list(summaries.values()))
        for number, (band, name) in enumerate(zip(root.iter("VRTRasterBand"), layout.bands, strict=True)):
            measured = len(summary) > 0 and not layout.classes
            add_tags(band, _statistics(summary[:, first - 1 + number]) if measured else {})
            SubElement(band, "Description").text = name
            SubElement(band, "UnitType").text = layout.unit
            if isinstance(layout.style, ClassColours) and layout.classes:
                colours = map(rgba, layout.style.colours_of(layout.classes))
                add_colours(band, dict(zip(layout.numbers, colours, strict=True)))
        ElementTree(root).write(path)


def band_file(folder: Path, name: str) -> Path:
    """The file of a band that is written by itself."""
    return folder / f"{safe_name(name)}.tif"


def _virtual(
    grid: Grid, area: Tile, bands: int, sources: Sequence[tuple[str, Tile, int]], kind: str = "Float32"
) -> Element:
    """The description of a part of the grid that GDAL reads from files (name, place, first band).

    In whole numbers what is missing becomes 0, the least that they can hold.
    """
    root = virtual_raster(grid, area)
    for number in range(bands):
        band = add_band(root, NODATA if kind == "Float32" else 0, kind)
        for name, tile, first in sources:
            add_source(band, Source(name, first + number, tile, block=BLOCK), area)
    return root


def _encoded(grid: Grid, tile: Tile, valid: Mask, answers: Sequence[Floats]) -> bytes:
    """A tile as a GeoTIFF, with a summary of each band for the statistics of the whole."""
    count = sum(len(values) for values in answers)
    quick = {"compress": "zstd", "zstd_level": 1, "predictor": 1, "sparse_ok": True, "interleave": "band"}
    summary = []
    with MemoryFile() as memory:
        with memory.open(**{**raster_profile(grid, tile, count), **quick}) as file:
            for number, values in enumerate((band for answer in answers for band in answer), 1):
                whole = np.full((tile.height, tile.width), NODATA, np.float32)
                known = np.isfinite(values)
                whole[valid] = np.where(known, values, NODATA)
                file.write(whole, number)
                double = values[known].astype(np.float64)
                low, high = double.min(initial=np.inf), double.max(initial=-np.inf)
                summary.append([len(double), double.sum(), double @ double, low, high])
            file.update_tags(summary=json.dumps(summary))
        return bytes(memory.getbuffer())


def _is_empty(path: Path) -> bool:
    with open(path, "rb") as file:
        return file.read(len(EMPTY)) == EMPTY


def _checksums(path: Path) -> list[int]:
    """A checksum of each band: GDAL may leave out what a full disk did not take, and say nothing."""
    with rasterio.open(path) as file:
        return [file.checksum(number) for number in range(1, file.count + 1)]


def _summary(path: Path) -> Any:
    """Count, sum, sum of squares, minimum and maximum of each band of a tile, shape (band, 5)."""
    with rasterio.open(path) as file:
        return json.loads(file.tags()["summary"])


def _statistics(summary: NDArray[np.float64]) -> dict[str, str]:
    """The tags by which GDAL and QGIS know a band's statistics, from those of its tiles (tile, 5)."""
    count, total, squares = summary[:, :3].sum(0)
    if not count:
        return {}
    mean = total / count
    deviation = math.sqrt(max(squares / count - mean**2, 0))
    values = {"MINIMUM": summary[:, 3].min(), "MAXIMUM": summary[:, 4].max(), "MEAN": mean, "STDDEV": deviation}
    return {f"STATISTICS_{name}": f"{value:.9g}" for name, value in values.items()}
