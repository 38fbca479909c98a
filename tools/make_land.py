"""Write resources/land.csv: runs of cells of a quarter of a degree that touch land, as text, row by row from the north.

Source: Natural Earth 1:10m, Admin 0 countries (public domain), as the world map that comes with QGIS has it::

    python tools/make_land.py /usr/share/qgis/resources/data/world_map.gpkg countries
"""

from __future__ import annotations

import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
from affine import Affine
from rasterio.features import rasterize

LAND = Path(__file__).resolve().parents[1] / "resources" / "land.csv"
SIDE = 0.25  # degrees


def main(source: str, layer: str) -> None:
    """Burn the countries of a file."""
    rows, cols = round(180 / SIDE), round(360 / SIDE)
    transform = Affine(SIDE, 0, -180, 0, -SIDE, 90)
    shapes = list(gpd.read_file(source, layer=layer).to_crs("EPSG:4326").geometry)
    land = rasterize(shapes, (rows, cols), transform=transform, all_touched=True, dtype="uint8")
    lines = ["row,first,end"]
    for row, cells in enumerate(land):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], cells.astype(np.int8), [0]])))
        lines += [f"{row},{first},{end}" for first, end in edges.reshape(-1, 2).tolist()]
    LAND.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
