"""Image files: the bands of raster files, each with the quantity that it holds and its date."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import rasterio
from rasterio.crs import CRS
from rasterio.errors import RasterioError

from ...contract.errors import Problems, RegionwiseError
from ..raster.grids import Grid
from ..vector.tables import text_of
from .date_patterns import YEAR, choose_pattern, find_date

SEPARATORS = re.compile(r"[\s_.\-]+")
TIME = re.compile(r"\d{7,}")
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
    kind : str
        Its data type.
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

    @property
    def label(self) -> str:
        """Its name in messages."""
        return self.path if self.count == 1 else f"{self.path} (band {self.index}: {self.description or 'unnamed'})"

    @property
    def texts(self) -> list[str]:
        """The texts that may hold its date: its description, the file's name, the folder's name."""
        return [self.description, Path(self.path).stem, Path(self.path).parent.name]


@dataclass(frozen=True)
class Image:
    """A plane, the quantity that it holds and its date."""

    plane: Plane
    band: str
    date: date


def read_planes(paths: Iterable[str]) -> list[Plane]:
    """All bands of all files.

    Raises
    ------
    RegionwiseError
        With the problems of all files at once.
    """
    problems, planes = Problems(), []
    for path in paths:
        try:
            planes += _planes(path)
        except RegionwiseError as err:
            problems.add_error(err)
    problems.raise_any()
    return planes


def _planes(path: str) -> list[Plane]:
    """All bands of one file."""
    try:
        with rasterio.open(path) as file:
            if file.crs is None:
                raise RegionwiseError(
                    f"Raster '{path}' has no CRS.", "Assign one first (Raster > Projections > Assign projection)."
                )
            grid = Grid(CRS(file.crs), file.transform, file.height, file.width)
            names = [name or "" for name in file.descriptions]
            units = [unit or "" for unit in file.units]
            columns = (names, units, file.scales, file.offsets, file.nodatavals, file.dtypes)
            planes = []
            for index, (name, unit, scale, offset, nodata, kind) in enumerate(zip(*columns, strict=True), 1):
                planes.append(Plane(path, index, file.count, name, grid, unit, scale, offset, nodata, kind))
            return planes
    except RasterioError as err:
        raise RegionwiseError(
            f"Raster '{path}' cannot be read ({err}).", "Check that the file exists and is complete."
        ) from err


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
        For planes without a date, or with several quantities; lists them.
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
    if pattern == "auto":
        pattern = choose_pattern([plane.texts for plane, _ in chosen], year)
    dated = [(plane, words, find_date(plane.texts, pattern, year)) for plane, words in chosen]
    hint = " Months without a year need Year." if not year else ""
    _refuse(
        [plane.label for plane, _, when in dated if when is None],
        f"have no date ({pattern})",
        f"Choose another Date pattern, rename them, or give a table with path, band and date.{hint}",
    )
    common = _common_words(dated)
    images = []
    for plane, words, when in dated:
        if when is not None:
            images.append(Image(plane, words[0] if words else _distinct_name(plane, when[1:], common), when[0]))
    return images, pattern


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


def _words_besides(text: str, date_text: str) -> list[str]:
    """The words of `text` besides its date."""
    words = [word for word in SEPARATORS.split(text.replace(date_text, " ")) if word]
    # the year beside a month's name, and dates of processing, are no names
    return [word for word in words if not (YEAR.fullmatch(word) or TIME.fullmatch(word))]


def _common_words(dated: Sequence[tuple[Plane, list[str], tuple[date, int, str] | None]]) -> set[str]:
    """The words that stand in the name of every file."""
    stems = {plane.path: _words_besides(Path(plane.path).stem, when[2]) for plane, _, when in dated if when is not None}
    counts = Counter(word for words in stems.values() for word in set(words))
    return {word for word, count in counts.items() if count == len(stems)}


def _distinct_name(plane: Plane, where: tuple[int, str], common: set[str]) -> str:
    """The name of a plane without a wanted word: its description, or the words of its file's name that others lack.

    `where` are the number of the text that holds the date, and the date as it is written there.
    """
    description = _words_besides(plane.description, where[1])
    if description:
        return "_".join(description)
    words = _words_besides(Path(plane.path).stem, where[1])
    distinct = [word for word in words if word not in common] or words
    number = f"_{plane.index}" if plane.count > 1 and where[0] > 0 else ""
    return ("_".join(distinct) or "band") + number


def table_images(rows: Sequence[Mapping[str, object]], folder: Path, label: str) -> list[Image]:
    """The images that a table names: path (from its folder), band, date, and perhaps index (1).

    Raises
    ------
    RegionwiseError
        For rows whose date or index is none, or whose file has no such band.
    """
    problems, images = Problems(), []
    planes_of: dict[str, list[Plane]] = {}
    for number, row in enumerate(rows, 1):
        path = str(folder / text_of(row["path"]))
        try:
            when = date.fromisoformat(text_of(row["date"])[:10])
            index = int(text_of(row.get("index")) or 1)
            if path not in planes_of:
                planes_of[path] = read_planes([path])
            if index < 1:
                raise IndexError(f"index {index}; the first band is 1")
            images.append(Image(planes_of[path][index - 1], text_of(row["band"]), when))
        except RegionwiseError as err:
            problems.add_error(err)
        except (ValueError, IndexError) as err:
            problems.add(f"Row {number} of '{label}' cannot be used ({err}); dates are written YYYY-MM-DD.")
    problems.raise_any()
    return images


def check_complete(images: Sequence[Image], bands: Sequence[str], dates: Sequence[date]) -> None:
    """Raise `RegionwiseError` if a band stands twice at a date, or is missing at some of `dates`."""
    count = Counter((image.date, image.band) for image in images)
    duplicates = [image for image in images if count[image.date, image.band] > 1]
    _refuse(
        [f"{image.band} {image.date}: {image.plane.label}" for image in duplicates],
        "are the same band of the same date",
        "Leave one of each, or name different bands.",
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
        more = f" and {len(labels) - SHOWN} more" if len(labels) > SHOWN else ""
        raise RegionwiseError(f"{len(labels)} bands {complaint}: {'; '.join(labels[:SHOWN])}{more}.", remedy)
