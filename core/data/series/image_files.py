"""Image files: the bands of raster files, each with the quantity that it holds and its date."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ...contract.errors import Problems, RegionwiseError
from ...contract.layer import Layer, NodataRange
from ...contract.phrases import first_of
from ...runtime.input_log import InputRow, collect_inputs, note_change, note_input
from ...runtime.progress import tell
from ..raster.grids import Grid
from ..raster.raster_source import RasterSource
from ..raster.source_band import SourceBand, distinct, has_mask
from ..vector.tables import text_of
from .date_cells import read_dates
from .dated_names import AUTO, SEPARATORS, BandName, Explanation, choose_pattern, explain, patterns_for

SHOWN = 10  # names in a message


@dataclass(frozen=True)
class Plane:
    """One band of a file, before its quantity and date are known.

    Parameters
    ----------
    index : int
        Its number in the file, counted from 1.
    description : str
        Its name in the file; may be empty.
    nodata : float, optional
        As the file stores it, unless the user has switched it off.
    kind : str
        Its data type.
    mask : str
        What GDAL calls the mask that hides cells besides: that of the file, or its alpha band.
    ranges : tuple of NodataRange
        More numbers that mean no data, after scale and offset.
    wide : bool
        Whether float32 may not hold all whole numbers of its type.
    """

    path: str
    index: int
    count: int
    description: str
    grid: Grid
    unit: str
    scale: float
    offset: float
    nodata: float | None
    kind: str
    mask: str = ""
    ranges: tuple[NodataRange, ...] = ()
    wide: bool = False

    @property
    def label(self) -> str:
        """Its name in messages."""
        return self.path if self.count == 1 else f"{self.path} (band {self.index}: {self.description or 'unnamed'})"

    @property
    def texts(self) -> list[str]:
        """The texts that may hold its date: its description, the file's name, the folder's name."""
        return [self.description, Path(self.path).stem, Path(self.path).parent.name]

    def name(self, words: Sequence[str]) -> BandName:
        """What tells its date and band; `words` are those that the user wants and it bears."""
        suffix = f"_{self.index}" if self.count > 1 else ""
        return BandName(tuple(self.texts), self.path, suffix, tuple(words))


@dataclass(frozen=True)
class Image:
    """A plane, the quantity that it holds and its date."""

    plane: Plane
    band: str
    date: date


def read_planes(layers: Iterable[Layer]) -> list[Plane]:
    """All bands of all files, but alpha bands.

    Raises
    ------
    RegionwiseError
        With the problems of all files at once.
    """
    problems, planes, files = Problems(), [], []
    with collect_inputs(lambda _: None) as said:
        for number, layer in enumerate(layers, 1):
            tell(0, f"Looking at image {number}")
            files.append(layer.path)
            try:
                planes += _planes(layer)
            except RegionwiseError as err:
                problems.add_error(err)
    problems.raise_any()
    _say_together(said.rows(), files)
    return planes


def _planes(layer: Layer) -> list[Plane]:
    """All bands of one file."""
    if layer.options:
        raise RegionwiseError(
            f"Raster '{layer}' is opened with options ({', '.join(layer.options)}), which a series does not keep.",
            "Save it as GeoTIFF first (Export > Save As).",
        )
    source = RasterSource(layer)
    try:
        return [_plane(source, band) for band in source.bands]
    finally:
        source.close()


def _plane(source: RasterSource, band: SourceBand) -> Plane:
    """One band of a file."""
    file, index, path = source.file, band.index, source.layer.path
    description, nodata = file.descriptions[index - 1] or "", file.nodatavals[index - 1]
    mask = (
        str(source.alphas[0]) if source.alphas else f"mask,{index}" if has_mask(file.mask_flag_enums[index - 1]) else ""
    )
    return Plane(
        path,
        index,
        len(source.bands),
        description,
        source.file_grid,
        band.unit,
        *band.scale,
        None if index in source.layer.all_data else nodata,
        file.dtypes[index - 1],
        mask,
        band.ranges,
        band.wide,
    )


def _say_together(rows: Sequence[InputRow], files: Sequence[str]) -> None:
    """Say how files are read as of one input, each change once with the number of its files."""
    if not rows:
        return
    label, first = f"{len(files)} image files", rows[0].file
    if len(rows) == 1:
        label = rows[0].layer
    note_input(label, first, **{name: distinct(row.facts.get(name, "") for row in rows) for name in rows[0].facts})
    counts = Counter(change for row in rows for change in row.changes)
    for change, count in counts.items():
        note_change(label, first, change if len(rows) == 1 else f"{change} (in {count} of {len(files)})")


def date_images(planes: Sequence[Plane], wanted: Sequence[str], pattern: str, year: int) -> tuple[list[Image], str]:
    """The planes with quantity and date, and the pattern by which dates were found.

    Parameters
    ----------
    wanted : sequence of str
        Words that name the quantities; planes with none of them are left out. Without any, a plane is
        called by its description, or by what tells its file's name from the others.
    pattern : str
        One of `date_patterns.PATTERNS`, or ``auto``.
    year : int
        Of months called by their name.

    Raises
    ------
    RegionwiseError
        For planes without a date, with a part of a date left over, or with several quantities; lists them.
    """
    words_of = [(plane, _words_in(plane, wanted)) for plane in planes]
    chosen = [(plane, words) for plane, words in words_of if words or not wanted]
    if not chosen:
        raise RegionwiseError(
            f"None of {len(planes)} bands is called {' or '.join(wanted)}; the first is {planes[0].label}.",
            "Correct Bands, or leave it empty.",
        )
    _refuse(
        [plane.label for plane, words in chosen if len(words) > 1],
        "bear more than one of the names in Bands",
        "Give names that stand in one of them only.",
    )
    names = [plane.name(words) for plane, words in chosen]
    said = choose_pattern(names, year) if pattern == AUTO else explain(names, pattern, year)
    hint = " Months without a year need Year." if not year else ""
    labels = [plane.label for plane, _ in chosen]
    _refuse(
        [label for label, reading in zip(labels, said.readings, strict=True) if reading is None],
        f"have no date ({said.pattern})",
        f"Choose another Date pattern, rename them, or give a table with path, band and date.{hint}",
    )
    _refuse_left(said, labels, names, year)
    return [
        Image(plane, band, reading.date)
        for (plane, _), band, reading in zip(chosen, said.bands, said.readings, strict=True)
        if reading
    ], said.pattern


def _refuse_left(said: Explanation, labels: Sequence[str], names: Sequence[BandName], year: int) -> None:
    """Raise `RegionwiseError` if something in names looks like a part of a date, and was not read as one."""
    if not any(said.left):
        return
    patterns = patterns_for(names, year)
    remedy = f"Choose the Date pattern {' or '.join(patterns)}" if patterns else "Rename them"
    _refuse(
        [f"{left} in {label}" for label, left in zip(labels, said.left, strict=True) if left],
        f"have more of a date in their names than is read ({said.pattern})",
        f"{remedy}, name the bands in Bands, or give a table with path, band and date.",
    )


def _words_in(plane: Plane, wanted: Sequence[str]) -> list[str]:
    """Those of the `wanted` words that stand in the plane's description, else in its file's name."""
    for text in plane.texts[:2]:
        words = _normalised(text)
        matches = [name for name in wanted if _normalised(name) in words]
        # of SR_B4 and B4 the longer one is meant
        longest = [
            name
            for name in matches
            if not any(_normalised(name) in _normalised(other) for other in matches if other != name)
        ]
        if longest:
            return longest
    return []


def _normalised(text: str) -> str:
    """The words of `text` in small letters, with one and the same sign around each."""
    return f"_{'_'.join(word for word in SEPARATORS.split(text.lower()) if word)}_"


def table_images(rows: Sequence[Mapping[str, object]], folder: Path, label: str) -> list[Image]:
    """The images that a table names: path (from its folder), band, date, and perhaps index (1).

    Raises
    ------
    RegionwiseError
        For rows whose date or index is none, or whose file has no such band.
    """
    problems, images = Problems(), []
    planes_of: dict[str, list[Plane]] = {}
    dates = read_dates([row["date"] for row in rows], f"Column 'date' of '{label}'", whole=False)
    for number, (row, when) in enumerate(zip(rows, dates, strict=True), 1):
        path = str(folder / text_of(row["path"]))
        try:
            if when is None:
                raise ValueError(f"date '{text_of(row['date'])}'; dates are written 2013-09-14")
            index = int(text_of(row.get("index")) or 1)
            if path not in planes_of:
                planes_of[path] = read_planes([Layer(path)])
            plane = next((plane for plane in planes_of[path] if plane.index == index), None)
            if plane is None:
                raise ValueError(
                    f"index {index}; the bands are {planes_of[path][0].index} to {planes_of[path][-1].index}"
                )
            images.append(Image(plane, text_of(row["band"]), when))
        except RegionwiseError as err:
            problems.add_error(err)
        except ValueError as err:
            problems.add(f"Row {number} of '{label}' cannot be used ({err}).")
    problems.raise_any()
    return images


def check_complete(
    images: Sequence[Image], bands: Sequence[str], dates: Sequence[date], *, tiles: bool = False
) -> None:
    """Raise `RegionwiseError` if a band is missing at some of `dates`, or stands twice at one and is not of `tiles`."""
    count = Counter((image.date, image.band) for image in images)
    duplicates = [] if tiles else [image for image in images if count[image.date, image.band] > 1]
    _refuse(
        [f"{image.band} {image.date}: {image.plane.label}" for image in duplicates],
        "are the same band of the same date",
        "Leave one of each, or name different bands. If they are tiles of one image, switch Mosaic on.",
    )
    missing = [f"{band} {when}" for when in dates for band in bands if not count[when, band]]
    _refuse(
        missing,
        f"are missing (there are {len(dates)} dates and the bands {', '.join(bands)})",
        "Add them, or leave the band or the dates out.",
    )


def _refuse(labels: Sequence[str], complaint: str, remedy: str) -> None:
    """Raise `RegionwiseError` about the bands called `labels`, if there are any."""
    if labels:
        raise RegionwiseError(f"{len(labels)} bands {complaint}: {first_of(labels, SHOWN, '; ')}.", remedy)
