"""Series rasters: virtual rasters over dated images, with scales and quality masks, and regularised copies."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from xml.etree.ElementTree import ElementTree, SubElement  # nosec B405

import numpy as np

from ...contract.errors import Problems
from ...contract.parsing import GoodValues, Scale
from ...runtime.files import atomic
from ...runtime.types import Floats
from ..raster.geotiff import RasterBands, window_side, write_windows
from ..raster.grids import Grid
from ..raster.stack import Stack
from ..raster.tiles import Tile
from ..raster.vrt import Source, add_band, add_source, virtual_raster
from .image_files import Image, Plane
from .image_series import Series, band_name

PERIOD_DAYS = 16
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


@dataclass(frozen=True)
class ImageScaling:
    """Grid, scales and quality masks by which the numbers of images become values.

    Parameters
    ----------
    scales : dict
        Factor and offset of each band by name; under the empty name those of all others; without it those of the file.
    quality : dict
        The quality band of each date; cells whose number is not `good` are missing.
    """

    grid: Grid
    scales: Mapping[str, Scale]
    quality: Mapping[date, Plane] = field(default_factory=dict)
    good: GoodValues | None = None


def scale_of(band: str, scales: Mapping[str, Scale], plane: Plane) -> Scale:
    """Factor and offset of a band: as given, or as its file says."""
    return scales.get(band) or scales.get("") or (plane.scale, plane.offset)


def write_virtual(path: Path, images: Sequence[Image], scaling: ImageScaling) -> None:
    """Write the virtual raster of `images`, a band for each, in their order."""
    grid = scaling.grid
    root = virtual_raster(grid, grid.area)
    tables: dict[str, str] = {}
    for image in images:
        plane = image.plane
        scale, offset = scale_of(image.band, scaling.scales, plane)
        band = add_band(root, float("nan"))
        SubElement(band, "Description").text = band_name(image.band, image.date)
        SubElement(band, "UnitType").text = plane.unit
        source = replace(_source(plane, grid, path.parent), scale=scale, offset=offset, nodata=plane.nodata)
        add_source(band, source, grid.area)
        if image.date in scaling.quality:
            mask = add_band(SubElement(band, "MaskBand"), None, "Byte")
            quality = scaling.quality[image.date]
            if scaling.good and quality.kind not in tables:
                tables[quality.kind] = _lookup_table(scaling.good, quality.kind)
            add_source(mask, replace(_source(quality, grid, path.parent), table=tables[quality.kind]), grid.area)
    with atomic(path) as part:
        ElementTree(root).write(part)


def _source(plane: Plane, grid: Grid, folder: Path) -> Source:
    """The file of a plane as a part of a virtual band; its path starts from `folder` if it lies in it."""
    tile = _window_of(plane, grid)
    if tile is None:
        raise ValueError(f"{plane.label} is on another grid")  # `common_grid` has refused it
    file, vrt_folder = Path(plane.path).absolute(), folder.absolute()
    inside = vrt_folder in file.parents
    return Source(os.path.relpath(file, vrt_folder) if inside else plane.path, plane.index, tile, inside)


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


def periods(dates: Sequence[date], kind: str) -> list[tuple[date, date]]:
    """First day and day after the last of each period from the first date to the last, empty ones too.

    Parameters
    ----------
    kind : str
        ``monthly`` (of the calendar) or ``16-day`` (from the first date on).
    """
    starts = [dates[0].replace(day=1) if kind == "monthly" else dates[0]]
    while starts[-1] <= dates[-1]:
        last = starts[-1]
        starts.append(
            (last.replace(day=1) + timedelta(32)).replace(day=1) if kind == "monthly" else last + timedelta(PERIOD_DAYS)
        )
    return list(zip(starts, starts[1:], strict=False))


def summarise(values: Floats, dates: Sequence[date], period: tuple[date, date], kind: str) -> Floats:
    """One value per period from those that were observed in it; NaN without any.

    Parameters
    ----------
    values : array, shape (date, ...)
        NaN is missing.
    kind : str
        ``median``, or ``nearest``: the value observed nearest to the middle of the period.
    """
    start, end = period
    inside = [i for i, when in enumerate(dates) if start <= when < end]
    summary = np.full(values.shape[1:], np.nan, np.float32)
    if not inside:
        return summary
    if kind == "median":
        observed = np.isfinite(values[inside]).any(0)
        summary[observed] = np.nanmedian(values[inside][:, observed], 0)
        return summary
    middle = start + (end - start) / 2
    for i in sorted(inside, key=lambda i: abs((dates[i] - middle).days)):
        summary = np.where(np.isfinite(summary), summary, values[i])
    return summary


def regularise(series: Series, path: Path, kind: str, summary: str) -> Series:
    """Write a raster with one value per period and band; the result is its series, not yet described."""
    all_periods = periods(series.dates, kind)
    regular = Series(series.path, str(path), tuple(start for start, _ in all_periods), series.bands)
    count = len(series.bands)
    with Stack({"series": [series.layer]}) as stack:

        def compute(tile: Tile) -> Floats:
            values = stack.read(tile).reshape(len(series.dates), count, tile.height, tile.width)
            return np.concatenate([summarise(values, series.dates, period, summary) for period in all_periods])

        units = [band.unit for _ in all_periods for band in series.bands]
        write_windows(
            path,
            stack.grid,
            RasterBands(regular.band_names(), units, interleave="band"),
            compute,
            side=window_side(len(stack.bands)),
        )
    return regular
