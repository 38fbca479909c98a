"""GDAL paths: files, and rasters inside files, as ``NETCDF:"file.nc":ndvi`` or ``/vsizip/a.zip/b.tif``."""

from __future__ import annotations

import re
from pathlib import Path

INSIDE = re.compile(r"[A-Za-z0-9_]{2,}:.+", re.DOTALL)  # one letter before a colon is a drive
QUOTED = re.compile(r'"([^"]+)"')
VIRTUAL = ("/vsizip/", "/vsitar/", "/vsigzip/", "/vsi7z/", "/vsirar/")  # archives among files


def is_inside(path: str) -> bool:
    """Whether a path names a raster inside a file."""
    return bool(INSIDE.fullmatch(path)) and "://" not in path.split('"')[0] and not Path(path).exists()


def file_in(path: str) -> str:
    """The file that holds the raster that a path names; the path itself if it is a file's."""
    if not is_inside(path):
        return path
    quoted = QUOTED.search(path)
    if quoted:
        return quoted.group(1)
    parts = path.split(":")
    spans = [(start, end) for start in range(1, len(parts)) for end in range(len(parts), start, -1)]
    names = (":".join(parts[start:end]) for start, end in spans)
    return next((name for name in names if name and Path(name).exists()), path)


def absolute(path: str) -> str:
    """A path of an existing or future file from the root: the engine works in another folder."""
    if not path or "://" in path.split('"')[0]:
        return path
    if is_inside(path):
        file = file_in(path)
        return path if file == path or file.startswith("/vsi") else path.replace(file, str(Path(file).absolute()), 1)
    for prefix in VIRTUAL:
        if path.startswith(prefix):
            return f"{prefix}{_absolute_inside(path[len(prefix) :])}"
    return path if path.startswith("/vsi") else str(Path(path).absolute())


def _absolute_inside(path: str) -> str:
    """The path of a file in an archive, whose own path is from the root."""
    return path if path.startswith(("/", "{")) else str(Path(path).absolute())
