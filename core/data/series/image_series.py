"""Image series: dated rasters of the same bands as one description, whose pixels are read from where they lie.

A series is a JSON file with dates and bands, and beside it a raster whose bands are those of the
first date, then those of the second, and so on, each called ``BAND YYYY-MM-DD``. The raster may be a
virtual one (`vrt.py`) over the original files.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from ...contract.errors import RegionwiseError
from ...contract.layer import Layer
from ...runtime.files import atomic

FORMAT = "regionwise series 1"


@dataclass(frozen=True)
class SeriesBand:
    """A band that each date has: its name and unit."""

    name: str
    unit: str = ""


@dataclass(frozen=True)
class Series:
    """Dated rasters of the same bands on one grid.

    Parameters
    ----------
    path : str
        The file of the description; messages name it.
    raster : str
        GDAL path of the raster with all dates and bands.
    dates : tuple of date
        Ascending, each once.
    bands : tuple of SeriesBand
    """

    path: str
    raster: str
    dates: tuple[date, ...]
    bands: tuple[SeriesBand, ...]

    @property
    def layer(self) -> Layer:
        """The raster as a layer, called as the description."""
        return Layer(self.raster, Path(self.path).name)

    @property
    def names(self) -> list[str]:
        """Names of the bands of one date."""
        return [band.name for band in self.bands]

    def position(self, step: int, band: int) -> int:
        """The position of a band of a date in the raster, counted from 0."""
        return step * len(self.bands) + band

    def band_names(self) -> list[str]:
        """The names of all bands of the raster, in its order."""
        return [band_name(band.name, when) for when in self.dates for band in self.bands]


def band_name(band: str, when: date) -> str:
    """The name of a band of a date."""
    return f"{band} {when.isoformat()}"


def write_series(series: Series) -> None:
    """Write the description to its path; the raster is named from there, if it lies in the same folder."""
    raster = Path(series.raster)
    same_folder = raster.parent.resolve() == Path(series.path).parent.resolve()
    content = {
        "format": FORMAT,
        "raster": raster.name if same_folder else str(raster),
        "dates": [when.isoformat() for when in series.dates],
        "bands": [asdict(band) for band in series.bands],
    }
    with atomic(series.path) as part:
        part.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read_series(path: str) -> Series:
    """The series whose description is at `path`.

    Raises
    ------
    RegionwiseError
        If it is not a description, holds one date only, or its dates are out of order.
    """
    try:
        raw = json.loads(Path(path).read_text(encoding="utf-8"))
        if raw["format"] != FORMAT:
            raise ValueError(f"format {raw['format']!r}")
        dates = tuple(date.fromisoformat(text) for text in raw["dates"])
        bands = tuple(SeriesBand(**band) for band in raw["bands"])
        raster = _raster_path(path, str(raw["raster"]))
    except (OSError, KeyError, TypeError, ValueError, UnicodeDecodeError) as err:
        raise RegionwiseError(
            f"'{path}' is no description of a series ({err}).", "Choose a file that 'Make series' has written."
        ) from err
    check_dates(dates, path)
    return Series(path, raster, dates, bands)


def _raster_path(path: str, name: str) -> str:
    """The path of a raster that the description at `path` names, perhaps from its own folder."""
    in_folder = Path(path).parent / name
    return str(in_folder) if in_folder.exists() else name


def check_dates(dates: Sequence[date], label: str) -> None:
    """Raise `RegionwiseError` unless there are two or more dates, ascending, each once."""
    if len(dates) < 2:
        when = dates[0].isoformat() if dates else "none"
        raise RegionwiseError(
            f"Series '{label}' has {len(dates)} date ({when}); a series needs two or more.",
            "Add the rasters of other dates.",
        )
    for earlier, later in zip(dates, dates[1:], strict=False):
        if later <= earlier:
            raise RegionwiseError(
                f"The dates of series '{label}' are out of order: {later} follows {earlier}.",
                "Make the series again; 'Make series' sorts them.",
            )
