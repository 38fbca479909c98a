"""OGR tables: rows of every vector format that GDAL reads, with whole numbers and truth values as they are."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError
from shapely.errors import GEOSException

from ...contract.errors import RegionwiseError
from ...contract.layer import Layer
from .encodings import detect, known_encoding
from .table_sources import TableSource, read_bytes

STYLE_TABLES = {"layer_styles", "qgis_projects"}  # what QGIS keeps in a file beside its layers
EXACT = 2**53  # from here on a float does not hold every whole number
UNKNOWN_CODE_PAGES = (0x00, 0x57)  # of a dBASE table: none, and "that of the computer"
DBASE_LANGUAGE, DBASE_HEADER = 29, slice(8, 10)
FORMATS = {
    ".xls": "old Excel", ".xlsb": "binary Excel", ".mdb": "Access", ".accdb": "Access", ".parquet": "Parquet",
    ".feather": "Feather", ".arrow": "Arrow", ".dwg": "AutoCAD", ".sav": "SPSS", ".dta": "Stata", ".rds": "R",
    ".pdf": "PDF", ".numbers": "Numbers", ".qgz": "QGIS project", ".qgs": "QGIS project", ".lyr": "ArcGIS layer",
}  # fmt: skip
SHEETS = {".xlsx": "OGR_XLSX_HEADERS", ".ods": "OGR_ODS_HEADERS"}
DBASE = (".shp", ".dbf")
WHOLE_NUMBERS = {"ADJUST_TYPE": "YES"}  # those of 16 digits and more are declared as floats in dBASE


def read_ogr_table(source: TableSource, layer: Layer) -> tuple[pd.DataFrame, list[str]]:
    """The rows of a table, with geometry where it has any, and clauses on what was chosen or changed.

    Raises
    ------
    RegionwiseError
        If the file, its format, the table or the filter cannot be read.
    """
    ending = Path(source.path).suffix.lower()
    options: dict[str, Any] = dict(source.options)
    changes: list[str] = []
    if ending in DBASE:
        encoding, changes = _dbase_encoding(source.path, layer)
        options = {**WHOLE_NUMBERS, **options, "encoding": encoding}
    try:
        with warnings.catch_warnings(), _with_header(ending, options):
            warnings.simplefilter("ignore", UserWarning)  # measures are dropped: places have no use for them
            table, told = _choose_table(source, layer)
            options |= {"layer": table, "where": source.where or None}
            frame = _read(source.path, options)
    except (DataSourceError, DataLayerError, FeatureError, ValueError, OSError) as err:
        raise _refusal(source, layer, err) from err
    except GEOSException as err:
        raise RegionwiseError(
            f"Layer '{layer}' holds surfaces of a kind that cannot be read ({err}).",
            "Convert it with 'Convert geometry type', and save it as GeoPackage.",
        ) from err
    return frame, [*changes, *told, *_kml_changes(source.path, frame)]


@contextlib.contextmanager
def _with_header(ending: str, options: dict[str, Any]) -> Iterator[None]:
    """Have the first row of each sheet read as its header: GDAL takes that of a sheet of texts alone for data.

    Its option for opening does this for the first sheet of a file only.
    """
    setting = "" if "HEADERS" in options else SHEETS.get(ending, "")
    if not setting:
        yield
        return
    pyogrio.set_gdal_config_options({setting: "FORCE"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({setting: None})


def _choose_table(source: TableSource, layer: Layer) -> tuple[str | None, list[str]]:
    """The name of the table to read, and a clause if it is not the one that was named; None for the only one."""
    names = [str(name) for name, _ in pyogrio.list_layers(source.path) if name not in STYLE_TABLES]
    if 0 <= source.number < len(names) and not source.table:
        return names[source.number], []
    wanted = source.table or (f"number {source.number}" if source.number >= 0 else "")
    found = [name for name in names if name == wanted] or [n for n in names if n.lower() == wanted.lower()]
    if found:
        return found[0], []
    if not wanted and names:
        more = f"its first table, '{names[0]}', is read; others are {', '.join(names[1:])}"
        return names[0], [more] if len(names) > 1 else []
    if len(names) == 1:
        return names[0], [f"it has no table '{wanted}'; its only one, '{names[0]}', is read"]
    raise RegionwiseError(
        f"Layer '{layer}' has no table '{wanted}'.",
        f"Choose one of its tables: {', '.join(names)}." if names else "The file holds no tables; choose another.",
    )


def _read(path: str, options: dict[str, Any]) -> pd.DataFrame:
    """The rows as they are: whole numbers and truth values beside empty cells stay such."""
    kinds = pyogrio.read_info(path, **{name: value for name, value in options.items() if name != "where"})
    frame: pd.DataFrame = pyogrio.read_dataframe(path, fid_as_index=True, force_2d=True, **options)
    for name, kind in zip(kinds["fields"], kinds["dtypes"], strict=True):
        if kind == "bool" and frame[name].isna().any():
            frame[name] = frame[name].astype("boolean")
        elif kind == "int64" and frame[name].dtype.kind == "f" and not frame[name].abs().max() < EXACT:
            frame[name] = _whole_numbers(path, str(name), frame, options)
    return frame.reset_index(drop=True)


def _whole_numbers(path: str, name: str, frame: pd.DataFrame, options: dict[str, Any]) -> pd.Series:
    """A column of whole numbers with empty cells: where none is empty, they are read as they are."""
    filled = f'"{name}" IS NOT NULL'
    where = f"({options['where']}) AND {filled}" if options["where"] else filled
    # a filter sees no fields but those that are read
    columns = None if options["where"] else [name]
    numbers: pd.Series = pyogrio.read_dataframe(
        path, columns=columns, read_geometry=False, fid_as_index=True, **{**options, "where": where}
    )[name]
    return numbers.astype("Int64").reindex(frame.index)


def _dbase_encoding(path: str, layer: Layer) -> tuple[str | None, list[str]]:
    """The encoding of a shapefile's texts, if the file itself does not tell it, and a clause that says so."""
    wanted = known_encoding(layer.encoding, layer)
    if wanted:
        return wanted, []
    raw = _beside(path, ".dbf", layer)
    if raw is None or _beside(path, ".cpg", layer) is not None:
        return None, []
    if len(raw) <= DBASE_LANGUAGE or raw[DBASE_LANGUAGE] not in UNKNOWN_CODE_PAGES:
        return None, []
    texts = raw[int.from_bytes(raw[DBASE_HEADER], "little") :].replace(b"\0", b" ")
    if texts.isascii():
        return None, []
    name = detect(texts, layer)
    return name, [f"it does not tell its encoding; its texts are read as {name}"]


def _beside(path: str, ending: str, layer: Layer) -> bytes | None:
    """The bytes of the file beside `path` with another ending; None if there is none."""
    for name in (ending, ending.upper()):
        with contextlib.suppress(RegionwiseError):
            return read_bytes(str(Path(path).with_suffix(name)), layer)
    return None


def _kml_changes(path: str, frame: pd.DataFrame) -> list[str]:
    """A clause if a file is of a format whose own fields are not read."""
    if Path(path).suffix.lower() not in (".kml", ".kmz") or {"Name", "Description"} < set(frame) - {"geometry"}:
        return []
    return ["of KML, names and descriptions are read; save it as GeoPackage to use its other fields"]


def _refusal(source: TableSource, layer: Layer, err: Exception) -> RegionwiseError:
    """The error of a table that could not be read."""
    ending = Path(source.path).suffix.lower()
    if source.where and isinstance(err, (FeatureError, ValueError)):
        return RegionwiseError(
            f"The filter of layer '{layer}' cannot be applied ({source.where}: {err}).",
            "Correct it, or export the selected features and choose that file.",
        )
    if "not recognized" in str(err) or ending in FORMATS:
        name = FORMATS.get(ending, "")
        kind = f"{name} ({ending})" if name else ending or "one without ending"
        return RegionwiseError(
            f"Layer '{layer}' cannot be read: the engine does not read its format, {kind}.", "Save it as GeoPackage."
        )
    return RegionwiseError(f"Layer '{layer}' cannot be read ({err}).", "Check that the file exists and is complete.")


def of_kind(frame: pd.DataFrame, kind: str) -> pd.DataFrame:
    """The rows whose geometry is of one kind, as QGIS splits a file of several; all of them without a kind."""
    if not kind or not isinstance(frame, gpd.GeoDataFrame):
        return frame
    wanted = _plain(kind)
    kinds = np.array([_plain(name or "") for name in frame.geometry.geom_type.fillna("")])
    chosen: pd.DataFrame = frame[kinds == wanted].reset_index(drop=True)
    return chosen


def _plain(kind: str) -> str:
    """The name of a kind of geometry without dimensions, single or multiple."""
    name = kind.lower().removeprefix("multi").rstrip("zm").removesuffix("25d")
    return {"curve": "linestring", "surface": "polygon"}.get(name, name)
