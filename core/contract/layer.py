"""The file of a layer, and what QGIS knows of it besides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class NodataRange:
    """Numbers of a band, counted from 1, that mean no data: `low` to `high`, both included, after its scale."""

    band: int = 1
    low: float = 0.0
    high: float = 0.0


@dataclass(frozen=True)
class Layer:
    """A raster or vector file, and what QGIS knows of it besides; a job that names the path alone works.

    Parameters
    ----------
    path : str
        As GDAL takes it.
    name : str
        That is shown to the user.
    table : str
        Inside the file.
    crs : str
        As set in QGIS, where the user may have corrected it; it counts before that of the file.
    encoding : str
        Of texts in a table, as set in QGIS.
    nodata : tuple of NodataRange
        More numbers that mean no data.
    all_data : tuple of int
        Bands whose own nodata value is data, because the user has switched it off.
    options : tuple of str
        GDAL's options for opening, as ``NUM_THREADS=2``.
    """

    path: str = ""
    name: str = ""
    table: str = ""
    crs: str = ""
    encoding: str = ""
    nodata: tuple[NodataRange, ...] = ()
    all_data: tuple[int, ...] = ()
    options: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Layer:
        """The layer in JSON `values`; raises `TypeError` for unknown names."""
        return cls(
            **{
                **values,
                "nodata": tuple(NodataRange(**span) for span in values.get("nodata", ())),
                "all_data": tuple(int(band) for band in values.get("all_data", ())),
                "options": tuple(str(option) for option in values.get("options", ())),
            }
        )

    def __bool__(self) -> bool:
        return bool(self.path)

    def __str__(self) -> str:
        return self.name or self.path


NO_LAYER = Layer()
