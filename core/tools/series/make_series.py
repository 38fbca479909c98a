"""Make series: describe dated rasters as one series, and report its gaps."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...contract.errors import RegionwiseError
from ...contract.layer import Layer
from ...contract.parsing import Scale, names_in, parse_good, parse_scales
from ...data.raster.stack import Stack
from ...data.raster.tiles import plan
from ...data.series.image_files import Image, check_complete, date_images, read_planes, table_images
from ...data.series.image_series import Series, SeriesBand, check_dates, read_series, write_series
from ...data.series.periods import periods, regularise
from ...data.series.quality_pairs import pair_quality
from ...data.series.series_raster import ImageScaling, common_grid, union_grid, write_virtual
from ...data.vector.tables import check_fields, read_table
from ...mapping.styles.layer_groups import write_group
from ...mapping.styles.map_styles import INDEX
from ...mapping.styles.style_files import write_common_style
from ...runtime.files import check_not_input, check_writable, make_folder
from ...runtime.run import Result, Run
from .gap_report import Gaps, verdict_of, write_report
from .params import SeriesMaking, parse_months

ENDINGS = (".tif", ".tiff", ".vrt", ".jp2", ".img")
QUALITY_KINDS = ("uint8", "int8", "uint16", "int16")
TABLE_FIELDS = ("path", "band", "date")
LAYERS = "????-??-??.vrt"  # of each date, in the folder of layers
TILE = 512  # cells of a window that is counted at a time


def make_series(params: SeriesMaking, run: Run) -> Result:
    """Write the description of a series and its raster, which reads the pixels from where they lie."""
    virtual, regular = Path(params.output).with_suffix(".vrt"), Path(params.output).with_suffix(".tif")
    check_writable(params.output, str(virtual), str(regular), params.report)
    folder = make_folder(params.layers) if params.layers else None
    check_writable(*(str(old) for old in (folder.glob(LAYERS) if folder else ())))
    images, quality = _images(params, run)
    bands = _checked_bands(images, quality, params)
    reading = _reading(images, quality, params)
    check_not_input([str(virtual), str(regular)], [image.plane.path for image in (*images, *quality)])
    write_virtual(virtual, images, reading)
    dates = tuple(sorted({image.date for image in images}))
    series = Series(params.output, str(virtual), dates, tuple(SeriesBand(*band) for band in bands.items()))
    if params.mosaic:
        _say_tiles(images, run)
    if params.period != "none":
        series = _regular(series, regular, params, run)
        virtual.unlink()
        images, reading = _regular_images(series), ImageScaling(reading.grid, {})
    write_series(series)
    run.channel.info(f"{len(dates)} dates: {', '.join(when.isoformat() for when in dates)}.")
    run.channel.info(f"Bands: {', '.join(bands)}; {reading.grid.describe()}.")
    for old in folder.glob(LAYERS) if folder else ():
        old.unlink()
    for when in series.dates if folder else ():
        write_virtual(Path(params.layers, f"{when}.vrt"), [image for image in images if image.date == when], reading)
    if folder:
        layers = [folder / f"{when}.vrt" for when in series.dates]
        write_common_style(layers, INDEX)
        write_group(folder, layers)
    numbers = {"DATES": float(len(series.dates)), "BANDS_FOUND": float(len(bands))}
    gaps = _count_gaps(series, run) if params.report else None
    verdict = verdict_of(series, gaps, regular=params.period != "none")
    if gaps is not None:
        numbers["MISSING"] = gaps.missing
        run.channel.info(gaps.text)
        write_report(gaps, verdict, params, run)
    outputs = {"OUTPUT": params.output, "RASTER": series.raster, "LAYERS": params.layers, "REPORT": params.report}
    return Result({name: path for name, path in outputs.items() if path}, numbers, verdict.first_line)


def _reading(images: Sequence[Image], quality: Sequence[Image], params: SeriesMaking) -> ImageScaling:
    """How the numbers of the images become values, and on which grid: of the first raster, or of all tiles."""
    planes = [image.plane for image in (*images, *quality)]
    grid = union_grid(planes) if params.mosaic else common_grid(planes)
    good = parse_good(params.good_values) if quality else None
    names = list(dict.fromkeys(image.band for image in images))
    return ImageScaling(grid, _scales(params, names), pair_quality(images, quality), good)


def _say_tiles(images: Sequence[Image], run: Run) -> None:
    """Say how many images were put together from several files, and what counts where these overlap."""
    counts = Counter((image.date, image.band) for image in images)
    several = sum(count > 1 for count in counts.values())
    run.channel.info(
        f"{several} of {len(counts)} images are put together from several files; where these overlap, the first by "
        "path that has data counts."
    )


def _regular(series: Series, path: Path, params: SeriesMaking, run: Run) -> Series:
    """Write the raster with a value per period; the result is its series."""
    spans = periods(series.dates, params.period, parse_months(params.months))
    outside = [when for when in series.dates if not any(start <= when < end for start, end in spans)]
    regular = regularise(series, path, spans, params.summary)
    check_dates(regular.dates, params.output)
    run.channel.info(f"{len(spans)} periods ({params.period}, {params.summary}).")
    if outside:
        run.channel.info(
            f"{len(outside)} of {len(series.dates)} dates are outside of the months {params.months} and left out."
        )
    return regular


def _images(params: SeriesMaking, run: Run) -> tuple[list[Image], list[Image]]:
    """The images of the series in the order of its raster, and those of the quality band."""
    if params.table:
        frame = read_table(params.table)
        check_fields(frame, TABLE_FIELDS, params.table)
        rows = [dict(zip(map(str, frame), row, strict=True)) for row in frame.itertuples(index=False)]
        images = table_images(rows, Path(params.table.path).parent, str(params.table))
    else:
        chosen = names_in(params.bands)
        names = [*chosen, *([params.quality_band] if chosen and params.quality_band else [])]
        planes = read_planes(_layers(params))
        images, pattern = date_images(planes, names, params.date_pattern, params.year)
        run.channel.info(f"Dates are read from names ({pattern}).")
        if len(images) < len(planes):
            run.channel.info(f"{len(planes) - len(images)} bands with none of the names in Bands are left out.")
    quality = [image for image in images if image.band == params.quality_band]
    order = names_in(params.bands) or sorted({image.band for image in images})
    kept = [image for image in images if image.band in order and image.band != params.quality_band]
    if params.mosaic:  # tiles lie on top of each other in the order of their paths
        kept, quality = (
            sorted(part, key=lambda image: (image.plane.path, image.plane.index)) for part in (kept, quality)
        )
    return sorted(kept, key=lambda image: (image.date, order.index(image.band))), quality


def _layers(params: SeriesMaking) -> list[Layer]:
    """The raster files to look at."""
    if params.input:
        return list(params.input)
    folder, layers = Path(params.folder), Path(params.layers or params.output).resolve()
    paths = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in ENDINGS and path.is_file() and not _is_output(path.resolve(), layers, params)
    )
    if not paths:
        raise RegionwiseError(
            f"Folder '{params.folder}' holds no rasters ({', '.join(ENDINGS)}).", "Choose the folder with the images."
        )
    return [Layer(str(path)) for path in paths]


def _is_output(path: Path, layers: Path, params: SeriesMaking) -> bool:
    """Whether a raster is one that an earlier run of this tool has written, not an image."""
    description = path.with_suffix(".json")
    if layers in path.parents or description == Path(params.output).resolve():
        return True
    with contextlib.suppress(RegionwiseError):
        return description.exists() and Path(read_series(str(description)).raster).resolve() == path
    return False


def _checked_bands(images: Sequence[Image], quality: Sequence[Image], params: SeriesMaking) -> dict[str, str]:
    """The unit of each band, in order; raise if a band or date is missing or stands twice."""
    if params.quality_band and not quality:
        names = ", ".join(sorted({image.band for image in images}))
        raise RegionwiseError(f"There is no band '{params.quality_band}'; there are {names}.", "Correct Quality band.")
    if not images:
        raise RegionwiseError("There are no bands besides that of the quality.", "Correct Bands.")
    bands = {image.band: image.plane.unit for image in images}
    dates = sorted({image.date for image in images})
    check_complete(images, list(bands), dates, tiles=params.mosaic)
    check_dates(dates, params.output)
    if quality:
        check_complete(quality, [params.quality_band], dates, tiles=params.mosaic)
        unfit = next((image.plane for image in quality if image.plane.kind not in QUALITY_KINDS), None)
        if unfit is not None:
            raise RegionwiseError(
                f"Quality band {unfit.label} holds numbers of type {unfit.kind}; it may have 8 or 16 bits.",
                "Translate it to UInt16 first (Raster > Conversion > Translate).",
            )
    return bands


def _regular_images(series: Series) -> list[Image]:
    """The images in the raster of a regular series."""
    pairs = [(when, band) for when in series.dates for band in series.names]
    return [Image(plane, band, when) for plane, (when, band) in zip(read_planes([series.layer]), pairs, strict=True)]


def _scales(params: SeriesMaking, bands: list[str]) -> dict[str, Scale]:
    """Factor and offset by band; raise `RegionwiseError` for one that there is not."""
    scales = parse_scales(params.scale)
    unknown = sorted(set(scales) - {*bands, ""})
    if unknown:
        raise RegionwiseError(f"Scale names '{unknown[0]}'; the bands are {', '.join(bands)}.", "Correct Scale.")
    return scales


def _count_gaps(series: Series, run: Run) -> Gaps:
    """Count what is missing; all images are read."""
    missing = np.zeros((len(series.dates), len(series.bands)))
    never = 0
    with Stack({"series": [series.layer]}) as stack:
        tiles = list(plan(stack.grid.area, TILE))
        for number, tile in enumerate(tiles):
            gaps = ~np.isfinite(stack.read(tile))
            missing += gaps.sum((1, 2)).reshape(missing.shape)
            never += int(gaps.all(0).sum())
            run.channel.progress((number + 1) / len(tiles), "Counting what is missing")
        cells = stack.grid.height * stack.grid.width
    return Gaps(series, missing / cells, never / cells)
