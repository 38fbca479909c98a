"""Series rasters: virtual rasters over dated images, with scales and quality masks, tiles put together."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from itertools import groupby
from pathlib import Path
from xml.etree.ElementTree import Element, ElementTree, SubElement, tostring  # nosec B405

import numpy as np

from ...contract.errors import Problems, RegionwiseError
from ...contract.layer import NodataRange
from ...contract.parsing import GoodValues, Scale
from ...runtime.files import atomic
from ..raster.grids import Grid
from ..raster.source_band import NODATA_TAG, nodata_text
from ..raster.tiles import Tile
from ..raster.vrt import Source, add_band, add_source, add_tags, virtual_raster
from .image_files import Image, Plane
from .image_series import band_name

GOOD, BAD = 255, 0


def common_grid(planes: Sequence[Plane]) -> Grid:
    """The grid of the first plane, whose cells all others share.

    Raises
    ------
    RegionwiseError
        For every plane with other cells.
    """
    problems, grid = Problems(), planes[0].grid
    for plane in planes:
        if _window_of(plane, grid) is None:
            problems.add(
                f"Raster '{plane.path}' is on another grid ({plane.grid.describe()}) than '{planes[0].path}' "
                f"({grid.describe()}); warp it first (Raster > Projections > Warp)."
            )
    problems.raise_any()
    return grid


def _window_of(plane: Plane, grid: Grid) -> Tile | None:
    """The window of `grid` that the file of `plane` covers, or None if cells differ."""
    offset = grid.offset_of(plane.grid)
    if offset is None or any(abs(value - round(value)) > 0.01 for value in offset):
        return None
    return Tile(round(offset[1]), round(offset[0]), plane.grid.height, plane.grid.width)


def union_grid(planes: Sequence[Plane]) -> Grid:
    """The grid that all planes lie on, with the cells of the first.

    Raises
    ------
    RegionwiseError
        As `common_grid`.
    """
    grid = common_grid(planes)
    tiles = [tile for tile in (_window_of(plane, grid) for plane in planes) if tile]
    top, left = min(tile.row for tile in tiles), min(tile.col for tile in tiles)
    height = max(tile.row + tile.height for tile in tiles) - top
    width = max(tile.col + tile.width for tile in tiles) - left
    return Grid(grid.crs, grid.tile_transform(Tile(top, left, height, width)), height, width)


PlaneKey = tuple[date, str, int]


def key_of(image: Image) -> PlaneKey:
    """What tells an image from all others: its date, file and band."""
    return image.date, image.plane.path, image.plane.index


@dataclass(frozen=True)
class ImageScaling:
    """Grid, scales and quality masks by which the numbers of images become values.

    Parameters
    ----------
    scales : dict
        Factor and offset of each band by name; under the empty name those of all others; without it those of the file.
    quality : dict
        The quality band of each image by `key_of`; cells whose number is not `good` are missing.
    """

    grid: Grid
    scales: Mapping[str, Scale]
    quality: Mapping[PlaneKey, Plane] = field(default_factory=dict)
    good: GoodValues | None = None


def scale_of(band: str, scales: Mapping[str, Scale], plane: Plane) -> Scale:
    """Factor and offset of a band: as given, or as its file says."""
    return scales.get(band) or scales.get("") or (plane.scale, plane.offset)


def write_virtual(path: Path, images: Sequence[Image], scaling: ImageScaling) -> None:
    """Write the virtual raster of `images`, a band for each in their order, and one for tiles that follow each other.

    Of tiles that overlap, the first one that has data in a cell counts there.
    """
    root = virtual_raster(scaling.grid, scaling.grid.area)
    for (band, when), group in groupby(images, lambda image: (image.band, image.date)):
        tiles = list(group)
        # of wide whole numbers it is then told which float32 does not hold
        wide = any(tile.plane.wide and scale_of(band, scaling.scales, tile.plane) == (1.0, 0.0) for tile in tiles)
        element = add_band(root, float("nan"), "Float64" if wide else "Float32")
        SubElement(element, "Description").text = band_name(band, when)
        SubElement(element, "UnitType").text = tiles[0].plane.unit
        _keep_ranges(element, tiles, scaling)
        if len(tiles) == 1:
            _fill(element, tiles[0], scaling, path.parent)
            continue
        for tile in reversed(tiles):  # the later source is on top
            _add_tile(element, tile, scaling, path.parent)
    with atomic(path) as part:
        ElementTree(root).write(part)


def _fill(band: Element, image: Image, scaling: ImageScaling, folder: Path) -> None:
    """Let `band` be read from the file of one image, and its mask from that of the quality."""
    grid = scaling.grid
    add_source(band, _own_data(image, scaling, folder), grid.area)
    quality = scaling.quality.get(key_of(image))
    if quality is not None and scaling.good:
        mask = add_band(SubElement(band, "MaskBand"), None, "Byte")
        table = _lookup_table(scaling.good, quality.kind)
        add_source(mask, replace(_source(quality, grid, folder), table=table), grid.area)


def _keep_ranges(band: Element, images: Sequence[Image], scaling: ImageScaling) -> None:
    """Write the numbers that the user has declared no data into a band.

    Raises
    ------
    RegionwiseError
        If those of tiles that become one image differ.
    """
    texts = {
        nodata_text(
            _scaled(span, image.plane, scale_of(image.band, scaling.scales, image.plane)) for span in image.plane.ranges
        )
        for image in images
    }
    if len(texts) > 1:
        raise RegionwiseError(
            f"The files of {images[0].band} of {images[0].date} have different numbers for no data, as set in QGIS.",
            "Set the same for all of them.",
        )
    if any(texts):
        add_tags(band, {NODATA_TAG: texts.pop()})


def _own_data(image: Image, scaling: ImageScaling, folder: Path) -> Source:
    """The numbers of an image; if its file has a mask, behind a virtual raster inside this one that heeds it."""
    plane = image.plane
    scale, offset = scale_of(image.band, scaling.scales, plane)
    plain = replace(_source(plane, scaling.grid, folder), scale=scale, offset=offset, nodata=plane.nodata)
    if not plane.mask:
        return plain
    area = plane.grid.area
    inner = virtual_raster(plane.grid, area)
    band = add_band(inner, float("nan"))
    add_source(band, replace(plain, tile=area), area)
    mask = add_band(SubElement(band, "MaskBand"), None, "Byte")
    add_source(mask, replace(_source(plane, plane.grid, folder), band=plane.mask), area)
    return Source(tostring(inner, "unicode"), 1, plain.tile, relative=False, masked=True)


def _scaled(span: NodataRange, plane: Plane, scale: Scale) -> NodataRange:
    """A range of numbers by the file's scale as one by another."""
    low, high = ((bound - plane.offset) / plane.scale * scale[0] + scale[1] for bound in (span.low, span.high))
    return NodataRange(1, min(low, high), max(low, high))


def _add_tile(band: Element, image: Image, scaling: ImageScaling, folder: Path) -> None:
    """Let a part of `band` be read from one tile, where that has data.

    GDAL heeds either the mask of a source or its nodata value, not both: the tile is a virtual raster inside another
    one that heeds the mask, and whose nodata are heeded here.
    """
    own = replace(scaling, grid=image.plane.grid)
    area = own.grid.area
    inner = virtual_raster(own.grid, area)
    _fill(add_band(inner, float("nan")), image, own, folder)
    outer = virtual_raster(own.grid, area)
    whole = Source(tostring(inner, "unicode"), 1, area, relative=False)
    add_source(add_band(outer, float("nan")), replace(whole, masked=True), area)
    tile = _tile_of(image.plane, scaling.grid)
    add_source(band, Source(tostring(outer, "unicode"), 1, tile, False, nodata=float("nan")), scaling.grid.area)


def _tile_of(plane: Plane, grid: Grid) -> Tile:
    """The window of `grid` that the file of `plane` covers."""
    tile = _window_of(plane, grid)
    if tile is None:
        raise ValueError(f"{plane.label} is on another grid")  # `common_grid` has refused it
    return tile


def _source(plane: Plane, grid: Grid, folder: Path) -> Source:
    """The file of a plane as a part of a virtual band; its path starts from `folder` if it lies in it."""
    tile = _tile_of(plane, grid)
    file, vrt_folder = Path(plane.path).absolute(), folder.absolute()
    inside = vrt_folder in file.parents and Path(plane.path).exists()  # and is a file, no raster inside one
    return Source(os.path.relpath(file, vrt_folder) if inside else plane.path, plane.index, tile, inside)


@cache
def _lookup_table(good: GoodValues, kind: str) -> str:
    """The lookup table that turns quality numbers into a mask: entries where runs of good or bad begin and end.

    Parameters
    ----------
    kind : str
        Data type of the quality band, whose whole range the table covers.
    """
    low, high = int(np.iinfo(kind).min), int(np.iinfo(kind).max)
    is_good = [good.holds(number) for number in range(low, high + 1)]
    last = len(is_good) - 1
    ends = [
        i for i in range(last + 1) if i in (0, last) or is_good[i] != is_good[i - 1] or is_good[i] != is_good[i + 1]
    ]
    return ",".join(f"{i + low}:{GOOD if is_good[i] else BAD}" for i in ends)
