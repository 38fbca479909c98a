"""Vector writers: layers written whole or not at all, in the format of their ending."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio

from ...contract.errors import RegionwiseError
from ...runtime.files import atomic, atomic_folder

LAYER = "regionwise"
SHAPEFILE_NAME = 10  # characters of a field name that a shapefile keeps


def check_field_names(path: str, names: Iterable[str]) -> None:
    """Raise `RegionwiseError` if the format of `path` would cut one of the field `names`."""
    too_long = [name for name in names if len(name) > SHAPEFILE_NAME]
    if path.lower().endswith(".shp") and too_long:
        raise RegionwiseError(
            f"A shapefile cannot hold the field name '{too_long[0]}' ({SHAPEFILE_NAME} characters at most).",
            "Write a GeoPackage instead.",
        )


def write_vector(frame: pd.DataFrame, path: str) -> None:
    """Write `frame` to `path`; a shapefile's parts are moved into place together.

    A table is a frame without geometry. CSV keeps places as longitude and latitude (WGS 84) of a
    point inside each geometry, so that it can be read as samples again.
    """
    final = Path(path)
    ending = final.suffix.lower()
    if ending == ".shp":
        if not isinstance(frame, gpd.GeoDataFrame):
            raise RegionwiseError(f"'{path}' cannot hold a table without places.", "Write a GeoPackage or CSV instead.")
        with atomic_folder(final) as folder:
            frame.to_file(folder / final.name, encoding="utf-8")
        return
    with atomic(final) as part:
        if ending == ".csv":
            _as_table(frame).to_csv(part, index=False, encoding="utf-8-sig")  # spreadsheets need the mark
            return
        # QGIS 3.22 warns about newer GeoPackages
        options = {"VERSION": "1.2"} if ending == ".gpkg" else {}
        pyogrio.write_dataframe(frame, part, layer=LAYER, **options)


def write_rows(rows: Sequence[Mapping[str, Any]], path: str) -> None:
    """Write a table of scores, if it is wanted."""
    if path:
        with atomic(path) as part:
            pd.DataFrame(rows).to_csv(part, index=False)


def _as_table(frame: pd.DataFrame) -> pd.DataFrame:
    """`frame` with coordinates instead of its geometry."""
    if not isinstance(frame, gpd.GeoDataFrame):
        return frame
    table = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    if not {"longitude", "latitude"} <= set(table):
        points = frame.geometry.representative_point().to_crs("EPSG:4326")
        table = table.assign(longitude=points.x.to_numpy(), latitude=points.y.to_numpy())
    return table
