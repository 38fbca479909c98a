"""Vectors: layers written whole or not at all, in the format of their ending."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

import geopandas as gpd

from .errors import RegionwiseError
from .files import atomic

LAYER = "regionwise"
SHAPEFILE_NAME = 10  # characters of a field name that a shapefile keeps


def check_field_names(path: str, names: Iterable[str]) -> None:
    """Raise `RegionwiseError` if the format of `path` would cut one of the field `names`."""
    long = [name for name in names if len(name) > SHAPEFILE_NAME]
    if path.lower().endswith(".shp") and long:
        raise RegionwiseError(
            f"A shapefile cannot hold the field name '{long[0]}' ({SHAPEFILE_NAME} characters at most).",
            "Write a GeoPackage instead.",
        )


def write_vector(frame: gpd.GeoDataFrame, path: str) -> None:
    """Write `frame` to `path`; a shapefile's parts are moved into place together."""
    final = Path(path)
    if final.suffix.lower() == ".shp":
        with tempfile.TemporaryDirectory(dir=final.parent) as folder:
            frame.to_file(Path(folder) / final.name, encoding="utf-8")
            for part in Path(folder).iterdir():
                os.replace(part, final.parent / part.name)
        return
    with atomic(final) as part:
        # QGIS 3.22 warns about newer GeoPackages
        options = {"VERSION": "1.2"} if final.suffix.lower() == ".gpkg" else {}
        frame.to_file(part, layer=LAYER, **options)
