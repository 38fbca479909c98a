"""GDAL paths: files, and rasters inside files, as ``NETCDF:"file.nc":ndvi`` or ``/vsizip/a.zip/b.tif``."""

from __future__ import annotations

import re
from pathlib import Path

INSIDE = re.compile(r"[A-Za-z0-9_]{2,}:.+", re.DOTALL)  # one letter before a colon is a drive
ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://")
QUOTED = re.compile(r'"([^"]+)"')
VIRTUAL = ("/vsizip/", "/vsitar/", "/vsigzip/", "/vsi7z/", "/vsirar/")  # archives among files


def is_address(path: str) -> bool:
    """Whether a path is an address, as ``https://...``."""
    return bool(ADDRESS.match(path))


def is_inside(path: str) -> bool:
    """Whether a path names a raster inside a file."""
    return bool(INSIDE.fullmatch(path)) and not is_address(path) and not Path(path).exists()


def file_in(path: str) -> str:
    """The file that holds the raster that a path names; the path itself if it is a file's."""
    start, end = _span(path)
    return path[start:end]


def absolute(path: str) -> str:
    """A path of an existing or future file from the root: the engine works in another folder."""
    if not path or is_address(path):
        return path
    for prefix in VIRTUAL:
        if path.startswith(prefix):
            return prefix + _from_root(path[len(prefix) :])
    if path.startswith("/vsi"):
        return path
    start, end = _span(path)
    if is_inside(path) and (start, end) == (0, len(path)):
        return path
    return path[:start] + _from_root(path[start:end]) + path[end:]


def _span(path: str) -> tuple[int, int]:
    """Where the name of the file stands in a path; all of it if it is a file's, or cannot be told."""
    whole = 0, len(path)
    if not is_inside(path):
        return whole
    quoted = QUOTED.search(path)
    if quoted:
        return quoted.span(1)
    colons = [match.end() for match in re.finditer(":", path)]
    ends = [*(colon - 1 for colon in reversed(colons)), len(path)]
    spans = [(start, end) for start in colons for end in sorted(ends, reverse=True) if end > start]
    return next((span for span in spans if Path(path[slice(*span)]).exists()), whole)


def _from_root(path: str) -> str:
    """A path from the root, unless it is of another kind."""
    return path if path.startswith(("/", "{")) else str(Path(path).absolute())
