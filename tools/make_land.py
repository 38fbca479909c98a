"""Write resources/land.tif: cells of a quarter of a degree that touch land.

Source: Natural Earth 1:10m, Admin 0 countries (public domain), as the world map that comes with QGIS has it::

    python tools/make_land.py /usr/share/qgis/resources/data/world_map.gpkg countries
"""

from __future__ import annotations

import sys
from pathlib import Path

import geopandas as gpd
import rasterio
from affine import Affine
from rasterio.features import rasterize

LAND = Path(__file__).resolve().parents[1] / "resources" / "land.tif"
SIDE = 0.25  # degrees


def main(source: str, layer: str) -> None:
    """Burn the countries of a file; a bit for each cell."""
    rows, cols = round(180 / SIDE), round(360 / SIDE)
    transform = Affine(SIDE, 0, -180, 0, -SIDE, 90)
    shapes = list(gpd.read_file(source, layer=layer).to_crs("EPSG:4326").geometry)
    land = rasterize(shapes, (rows, cols), transform=transform, all_touched=True, dtype="uint8")
    profile = {"driver": "GTiff", "width": cols, "height": rows, "count": 1, "dtype": "uint8", "nbits": 1}
    with rasterio.open(LAND, "w", **profile, crs="EPSG:4326", transform=transform, compress="CCITTFAX4") as file:
        file.write(land, 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
