"""Series rasters: the virtual raster over dated images, with scales and quality masks, and its regularised copy."""

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
from ..raster.geotiff import window_side, write_windows
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
        if _place(plane, grid) is None:
            problems.add(
                f"Raster '{plane.path}' is on another grid ({plane.grid.describe()}) than '{planes[0].path}' "
                f"({grid.describe()}); warp it first (Raster > Projections > Warp)."
            )
    problems.raise_any()
    return grid


def _place(plane: Plane, grid: Grid) -> Tile | None:
    """Where the file of `plane` lies on `grid`, or None if cells differ."""
    offset = grid.offset_of(plane.grid)
    if offset is None or any(abs(value - round(value)) > 0.01 for value in offset):
        return None
    return Tile(round(offset[1]), round(offset[0]), plane.grid.height, plane.grid.width)


@dataclass(frozen=True)
class Reading:
    """How the numbers of images are read.

    Parameters
    ----------
    scales : dict
        Factor and offset of each band by name; under the empty name those of all others. Else those of the file.
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


def write_virtual(path: Path, images: Sequence[Image], reading: Reading) -> None:
    """Write the virtual raster of `images`, a band for each, in their order."""
    grid = reading.grid
    root = virtual_raster(grid, grid.area)
    tables: dict[str, str] = {}
    for image in images:
        plane = image.plane
        scale, offset = scale_of(image.band, reading.scales, plane)
        band = add_band(root, float("nan"))
        SubElement(band, "Description").text = band_name(image.band, image.date)
        SubElement(band, "UnitType").text = plane.unit
        source = replace(_source(plane, grid, path.parent), scale=scale, offset=offset, nodata=plane.nodata)
        add_source(band, source, grid.area)
        if image.date in reading.quality:
            mask = add_band(SubElement(band, "MaskBand"), None, "Byte")
            judge = reading.quality[image.date]
            if reading.good and judge.kind not in tables:
                tables[judge.kind] = _lookup(reading.good, judge.kind)
            add_source(mask, replace(_source(judge, grid, path.parent), table=tables[judge.kind]), grid.area)
    with atomic(path) as part:
        ElementTree(root).write(part)


def _source(plane: Plane, grid: Grid, folder: Path) -> Source:
    """The file of a plane as it is, named from `folder` if it lies in it."""
    tile = _place(plane, grid)
    if tile is None:
        raise ValueError(f"{plane.label} is on another grid")  # `common_grid` has refused it
    file, home = Path(plane.path).absolute(), folder.absolute()
    inside = home in file.parents
    return Source(os.path.relpath(file, home) if inside else plane.path, plane.index, tile, inside)


def _lookup(good: GoodValues, kind: str) -> str:
    """The table that turns quality numbers into a mask: entries where runs of equal answers begin and end.

    Parameters
    ----------
    kind : str
        Data type of the quality band, whose whole range the table covers.
    """
    low, high = int(np.iinfo(kind).min), int(np.iinfo(kind).max)
    answers = [good.holds(number) for number in range(low, high + 1)]
    last = len(answers) - 1
    ends = [
        i for i in range(last + 1) if i in (0, last) or answers[i] != answers[i - 1] or answers[i] != answers[i + 1]
    ]
    return ",".join(f"{i + low}:{GOOD if answers[i] else BAD}" for i in ends)


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
    """The values of one period from those that were observed in it; without any they are missing.

    Parameters
    ----------
    values : array, shape (date, ...)
        NaN is missing.
    kind : str
        ``median``, or ``nearest``: the value observed nearest to the middle of the period.
    """
    start, end = period
    own = [i for i, when in enumerate(dates) if start <= when < end]
    found = np.full(values.shape[1:], np.nan, np.float32)
    if not own:
        return found
    if kind == "median":
        some = np.isfinite(values[own]).any(0)
        found[some] = np.nanmedian(values[own][:, some], 0)
        return found
    middle = start + (end - start) / 2
    for i in sorted(own, key=lambda i: abs((dates[i] - middle).days)):
        found = np.where(np.isfinite(found), found, values[i])
    return found


def regularise(series: Series, path: Path, kind: str, summary: str) -> Series:
    """Write a raster with one value per period and band, and return its series (not yet described)."""
    spans = periods(series.dates, kind)
    regular = Series(series.path, str(path), tuple(start for start, _ in spans), series.bands)
    count = len(series.bands)
    with Stack({"series": [series.layer]}) as stack:

        def compute(tile: Tile) -> Floats:
            values = stack.read(tile).reshape(len(series.dates), count, tile.height, tile.width)
            return np.concatenate([summarise(values, series.dates, span, summary) for span in spans])

        units = [band.unit for _ in spans for band in series.bands]
        write_windows(
            path,
            stack.grid,
            regular.band_names(),
            compute,
            side=window_side(len(stack.bands)),
            units=units,
            interleave="band",
        )
    return regular
