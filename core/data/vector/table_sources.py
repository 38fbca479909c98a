"""Table sources: which file, table and rows a layer's path names, as QGIS writes it or a user by hand."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ...contract.errors import RegionwiseError
from ...contract.layer import Layer

SUBSET = re.compile(r"\|subset=(.*)\Z", re.DOTALL)  # the last part, in which anything may stand
ARCHIVED = re.compile(r"(?:/vsizip/)?\{?(.+?\.(?:zip|kmz))\}?(?:/(.*))?", re.IGNORECASE)
MEMBERS = (
    ".shp", ".gpkg", ".geojson", ".json", ".kml", ".gml", ".csv", ".tsv", ".txt", ".psv", ".fgb", ".sqlite", ".tab",
    ".mif", ".xlsx", ".ods", ".gpx",
)  # fmt: skip
PARTS = ("layername", "layerid", "geometrytype", "uniquegeometrytype")


@dataclass(frozen=True)
class TableSource:
    """What a layer names.

    Parameters
    ----------
    path : str
        As GDAL takes it.
    table : str
        Inside the file, by name.
    number : int
        Of the table, counted from 0; -1 where it is not told so.
    where : str
        A filter in the SQL of the format.
    kind : str
        The only kind of geometry that counts, as ``LineString``; empty for all.
    options : dict
        GDAL's for opening.
    """

    path: str
    table: str = ""
    number: int = -1
    where: str = ""
    kind: str = ""
    options: tuple[tuple[str, str], ...] = ()


def source_of(layer: Layer) -> TableSource:
    """The source of `layer`, whose path may end with ``|layername=``, ``|layerid=``, ``|geometrytype=``, ``|subset=``.

    Raises
    ------
    RegionwiseError
        For other endings, filters that are whole queries, and archives of several tables.
    """
    text, where = layer.path, ""
    if "|" in text and not Path(text).exists():
        subset = SUBSET.search(text)
        if subset:
            text, where = text[: subset.start()], subset.group(1).strip()
        text, *parts = text.split("|")
    else:
        parts = []
    values = dict(_named(part, layer) for part in parts)
    if where.lower().startswith("select "):
        raise RegionwiseError(
            f"The filter of layer '{layer}' is a whole query.", "Export the selected features and choose that file."
        )
    options = [option.split("=", 1) for option in layer.options if "=" in option]
    options += [[key.removeprefix("option:"), value] for key, value in values.items() if key.startswith("option:")]
    return TableSource(
        unpacked(text, layer),
        layer.table or values.get("layername", ""),
        int(values.get("layerid", "-1")),
        where,
        values.get("geometrytype", ""),
        tuple((key, value) for key, value in options),
    )


def _named(part: str, layer: Layer) -> tuple[str, str]:
    """Name and value of a part of the path."""
    name, equals, value = part.partition("=")
    if name.startswith("option:") and equals:
        return name, value
    if not equals or name.lower() not in PARTS or (name.lower() == "layerid" and not value.isdigit()):
        raise RegionwiseError(
            f"The path of layer '{layer}' ends with '|{part}', which is not known here.",
            "Use |layername=, |layerid=, |geometrytype= or |subset=, or choose the layer in QGIS.",
        )
    return name.lower(), value


def unpacked(path: str, layer: Layer) -> str:
    """The path of the one table in an archive, as GDAL takes it; other paths as they are."""
    archived = ARCHIVED.fullmatch(path)
    if not archived or archived.group(2) or not Path(archived.group(1)).is_file():
        return path
    archive = archived.group(1)
    with _opened(archive, layer) as file:
        names = file.namelist()
    folders = {str(folder) for name in names for folder in PurePosixPath(name).parents if folder.suffix == ".gdb"}
    members = sorted(folders | {name for name in names if _is_table(name, folders)})
    if len(members) != 1:
        listing = f"these: {', '.join(members)}" if members else "none"
        raise RegionwiseError(
            f"'{layer}' is an archive of {len(members)} files with tables, {listing}.",
            "Unpack it, or write the path as /vsizip/ARCHIVE/FILE.",
        )
    return f"/vsizip/{archive}/{members[0]}"


def _is_table(name: str, folders: set[str]) -> bool:
    inside = PurePosixPath(name)
    return inside.suffix.lower() in MEMBERS and not any(str(folder) in folders for folder in inside.parents)


def _opened(archive: str, layer: Layer) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(archive)
    except (zipfile.BadZipFile, OSError) as err:
        raise RegionwiseError(
            f"Layer '{layer}' cannot be read ({err}).", "Check that the file exists and is complete."
        ) from err


def read_bytes(path: str, layer: Layer) -> bytes:
    """The bytes of a file, which may lie in an archive.

    Raises
    ------
    RegionwiseError
        If it cannot be read.
    """
    archived = ARCHIVED.fullmatch(path)
    try:
        if path.startswith("/vsizip/") and archived and archived.group(2):
            with _opened(archived.group(1), layer) as file:
                return file.read(archived.group(2))
        return Path(path).read_bytes()
    except (OSError, KeyError) as err:
        raise RegionwiseError(
            f"Layer '{layer}' cannot be read ({err}).", "Check that the file exists and is complete."
        ) from err
