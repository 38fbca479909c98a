"""Source bands: what the numbers of the bands of a file mean, and that in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rasterio.enums import ColorInterp, MaskFlags

from ...contract.errors import RegionwiseError
from ...contract.layer import Layer, NodataRange
from ...contract.parsing import Scale
from ...runtime.input_log import note_change, note_input
from .grids import Grid, crs_name
from .source_path import stem_of

BOUNDLESS = 1e300  # beyond, a bound is none
SHOWN = 6  # names in a list
ROLE_TAG, NODATA_TAG, ALL_DATA_TAG = "ROLE", "NODATA_RANGES", "ALL_DATA"  # of bands, as this program writes them
DEFINITION_TAG = "DEFINITION"  # of a band whose name alone does not tell what it holds


@dataclass(frozen=True)
class SourceBand:
    """What the numbers of a band mean.

    Parameters
    ----------
    index : int
        Of the band in the file, counted from 1.
    named : bool
        Whether it has a name of its own, from its file or, if it is the only band, from its layer.
    role : str
        What it is to indices and to models, as ``RED``, if the file tells.
    scale : (factor, offset)
        Numbers are multiplied, then the offset is added.
    own : (factor, offset)
        As the file says, by which QGIS shows the numbers.
    nodata : float, optional
        The number that means no data, before it is scaled.
    ranges : tuple of NodataRange
        More numbers that mean no data, after they are scaled: of the layer, or of the file's band.
    masked : bool
        Whether GDAL's mask of the band tells where there are data.
    wide : bool
        Whether float32 may not hold all whole numbers of its type.
    definition : str
        What it holds, if the file tells; bands of one name may differ in that.
    """

    index: int
    name: str
    named: bool
    unit: str
    role: str
    scale: Scale
    own: Scale
    nodata: float | None
    ranges: tuple[NodataRange, ...]
    masked: bool
    wide: bool
    definition: str = ""


def alpha_bands(file: Any) -> list[int]:
    """The alpha bands of a file, counted from 1."""
    return [index for index, colour in enumerate(file.colorinterp, 1) if colour == ColorInterp.alpha]


def bands_of(file: Any, layer: Layer, scales: Mapping[str, Scale]) -> list[SourceBand]:
    """The bands of a file but alpha bands, and notes on what they are changed by."""
    alphas = alpha_bands(file)
    indexes = [index for index in range(1, file.count + 1) if index not in alphas]
    for index in indexes:
        if "complex" in file.dtypes[index - 1]:
            raise RegionwiseError(
                f"Band {index} of raster '{layer}' holds complex numbers.",
                "Save amplitude and phase as bands of their own first.",
            )
    if not indexes:
        raise RegionwiseError(f"Raster '{layer}' has no band besides its alpha band.", "Choose another raster.")
    bands = [_band_of(file, layer, index, len(indexes), scales) for index in indexes]
    _note_changes(file, layer, bands, alphas)
    return bands


def _band_of(file: Any, layer: Layer, index: int, count: int, scales: Mapping[str, Scale]) -> SourceBand:
    """One band of a file that has `count` bands."""
    stem = stem_of(layer)
    name = file.descriptions[index - 1] or (stem if count == 1 else f"{stem}_{index}")
    own = _own_scale(file, layer, index)
    flags, nodata = file.mask_flag_enums[index - 1], file.nodatavals[index - 1]
    kind, tags = np.dtype(file.dtypes[index - 1]), file.tags(index)
    scale = scales.get(name) or scales.get("") or own
    kept = index in layer.all_data or ALL_DATA_TAG in tags
    # NaN is no data anyway
    declared = nodata is not None and not kept and (kind.kind != "f" or np.isfinite(nodata))
    # what GDAL tells of it is a Python float, which holds whole numbers of 64 bits not exactly
    by_gdal = declared and kind.kind in "iu" and kind.itemsize == 8 and MaskFlags.nodata in flags
    return SourceBand(
        index,
        name,
        bool(file.descriptions[index - 1]) or count == 1,
        file.units[index - 1] or "",
        tags.get(ROLE_TAG, ""),
        scale,
        own,
        nodata if declared and not by_gdal else None,
        (*(span for span in layer.nodata if span.band == index), *_nodata_spans(tags.get(NODATA_TAG, ""), index)),
        has_mask(flags) or by_gdal,
        scale == (1.0, 0.0) and ((kind.kind in "iu" and kind.itemsize > 2) or kind == np.float64),
        tags.get(DEFINITION_TAG, ""),
    )


def _own_scale(file: Any, layer: Layer, index: int) -> Scale:
    """Factor and offset that a file says; a factor of 0 is none, as in QGIS.

    Raises
    ------
    RegionwiseError
        If they are no numbers.
    """
    factor, offset = float(file.scales[index - 1]), float(file.offsets[index - 1])
    if not np.isfinite([factor, offset]).all():
        raise RegionwiseError(
            f"Band {index} of raster '{layer}' has the scale {factor:g} and the offset {offset:g}.",
            "Save it anew with its scale (Translate, option -a_scale).",
        )
    if factor == 0:
        note_change(str(layer), layer.path, f"the scale 0 of band {index} is taken as 1")
        factor = 1.0
    return factor, offset


def nodata_text(spans: Iterable[NodataRange]) -> str:
    """Ranges of numbers as a tag of a band: ``0 99; 350 400``."""
    return "; ".join(f"{span.low!r} {span.high!r}" for span in spans)


def _nodata_spans(text: str, index: int) -> list[NodataRange]:
    """The ranges in a tag of a band; see `nodata_text`."""
    spans = [part.split() for part in text.split(";") if part.strip()]
    return [NodataRange(index, float(low), float(high)) for low, high in spans]


def _in_words(span: NodataRange) -> str:
    """A range of numbers."""
    if span.low == span.high:
        return f"{span.low:g}"
    if span.low < -BOUNDLESS:
        return f"up to {span.high:g}"
    return f"from {span.low:g} on" if span.high > BOUNDLESS else f"{span.low:g} to {span.high:g}"


def has_mask(flags: Sequence[MaskFlags]) -> bool:
    """Whether a band has a mask besides nodata values and alpha bands; one of its own has no flag at all."""
    return not {MaskFlags.all_valid, MaskFlags.nodata, MaskFlags.alpha} & set(flags)


def _note_changes(file: Any, layer: Layer, bands: Sequence[SourceBand], alphas: Sequence[int]) -> None:
    """Say what is changed in the numbers of a file on the way in."""

    def note(text: str) -> None:
        note_change(str(layer), layer.path, text)

    by_scale: dict[Scale, list[str]] = {}
    for band in bands:
        by_scale.setdefault(band.scale, []).append(band.name)
    for (factor, offset), names in by_scale.items():
        if (factor, offset) != (1.0, 0.0):
            plus = f", and {offset:g} is added" if offset else ""
            whose = "its numbers" if len(names) == len(bands) else f"numbers of {listing(names)}"
            note(f"{whose} are multiplied by {factor:g}{plus}")
    for index in alphas:
        note(f"band {index} is an alpha band: it masks, and is no band of its own")
    if any(map(has_mask, file.mask_flag_enums)):
        note("its mask says where there are no data")
    for span in (span for band in bands for span in band.ranges):
        note(f"{_in_words(span)} in band {span.band} is no data")
    for index in layer.all_data:
        note(f"the nodata value of band {index} is data, as set in QGIS")


def note_source(layer: Layer, file: Any, bands: Sequence[SourceBand], grid: Grid) -> None:
    """Say how a raster is read."""
    nodata = [file.nodatavals[band.index - 1] for band in bands]
    scales = [f"{factor:g}" + (f" {offset:+g}" if offset else "") for factor, offset in (b.scale for b in bands)]
    note_input(
        str(layer),
        layer.path,
        bands=listing([band.name for band in bands]),
        unit=distinct(band.unit for band in bands),
        scale=distinct("" if scale == "1" else scale for scale in scales),
        nodata=distinct("" if value is None else f"{value:g}".replace("nan", "NaN") for value in nodata),
        CRS=crs_name(grid.crs),
        cells=f"{grid.width} x {grid.height}",
    )


def listing(names: Sequence[str]) -> str:
    """Names in words; the first and last of many."""
    return ", ".join(names) if len(names) <= SHOWN else f"{len(names)} bands ({names[0]} to {names[-1]})"


def distinct(texts: Iterable[str]) -> str:
    """Each text once, in order; a dash for an empty one beside others."""
    once = list(dict.fromkeys(texts))
    return listing([text or "–" for text in once]) if any(once) else ""
