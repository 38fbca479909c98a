"""Category names: what the classes of a raster are called, where its file or the side-car beside it says so."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import Any

import rasterio.shutil
from rasterio.io import MemoryFile

CATEGORY = re.compile(rb"<Category\s*/>|<Category>(.*?)</Category>", re.DOTALL)


def category_names(file: Any) -> dict[int, str]:
    """The name of each number of the first band of an open raster that has one."""
    with MemoryFile(ext=".vrt") as memory:  # rasterio tells no categories, GDAL's description of a raster does
        rasterio.shutil.copy(file, memory.name, driver="VRT")
        description = memory.read()
    names = [html.unescape((found.group(1) or b"").decode("utf-8")) for found in CATEGORY.finditer(description)]
    return {number: name for number, name in enumerate(names) if name}


def names_of(codes: Iterable[int], categories: dict[int, str]) -> list[str]:
    """What each class number is called; the number itself where nothing else is known."""
    return [categories.get(int(code), str(int(code))) for code in codes]
