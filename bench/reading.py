"""Reading: tiles of a stack and patches around samples, beside what rasterio alone needs for the same numbers.

``./dev bench reading``; rates are medians, ratios those of one run.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from rasterio.crs import CRS
from rasterio.enums import Resampling
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window
from regionwise.core.contract.layer import Layer
from regionwise.core.data.raster.stack import Stack
from regionwise.core.data.raster.tiles import Tile, plan

SIDE, BANDS, TILE, HALO, REPEATS = 2048, 8, 512, 19, 5
PATCHES = 1500
PROFILE = {
    "driver": "GTiff", "count": BANDS, "height": SIDE, "width": SIDE, "crs": CRS.from_epsg(32648), "tiled": True,
    "blockxsize": 256, "blockysize": 256, "transform": Affine(30, 0, 5e5, 0, -30, 33e5),
}  # fmt: skip
PAIR = tuple[float, float]


def seconds(one: Callable[[], object], other: Callable[[], object]) -> PAIR:
    """The median times of two ways that take turns, after one run of each to warm up."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(REPEATS + 1):
        for work, kept in zip((one, other), times, strict=True):
            start = time.perf_counter()
            work()
            kept.append(time.perf_counter() - start)
    return statistics.median(times[0][1:]), statistics.median(times[1][1:])


def make(path: Path, values: np.ndarray, scale: float = 1.0, mask: np.ndarray | None = None, **changes: object) -> Path:
    """Write a raster."""
    with rasterio.open(path, "w", **{**PROFILE, "dtype": values.dtype, **changes}) as file:
        file.write(values)
        file.scales = [scale] * file.count
        if mask is not None:
            file.write_mask(mask)
    return path


def by_rasterio(path: Path, tiles: list[Tile], warp: dict[str, object] | None = None) -> None:
    """Read tiles as float32 with NaN for no data, and scale them."""
    with rasterio.open(path) as file, WarpedVRT(file, **warp) if warp else rasterio.open(path) as reader:
        for tile in tiles:
            inside = tile.clipped(SIDE, SIDE)
            values = reader.read(window=Window(inside.col, inside.row, inside.width, inside.height), masked=True)
            filled = values.astype(np.float32).filled(np.nan)
            filled[~np.isfinite(filled)] = np.nan
            if file.scales[0] != 1:
                filled *= np.float32(file.scales[0])


def by_stack(layers: list[Path], tiles: list[Tile], resampling: str = "refuse") -> None:
    """Read tiles of a stack, all bands of the last layer."""
    with Stack({"day": [Layer(str(path), path.stem) for path in layers]}, resampling) as stack:
        stack.limit(list(range(len(stack.bands) - BANDS, len(stack.bands))))
        for tile in tiles:
            stack.read(tile)


def main() -> None:
    """Print the table."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(BANDS, SIDE, SIDE)).astype(np.float32)
    tiles = [tile.padded(HALO) for tile in plan(Tile(0, 0, SIDE, SIDE), TILE)]
    places = rng.integers(HALO, SIDE - HALO - 3, (PATCHES, 2))
    patches = [Tile(int(row), int(col), 3, 3).padded(HALO) for row, col in places[np.lexsort(places.T)]]
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        floats = make(folder / "floats.tif", values, nodata=-9999.0)
        stored = make(folder / "stored.tif", (values * 3000).astype(np.int16), 0.0001, nodata=-32768)
        masked = make(folder / "masked.tif", values, mask=(rng.random((SIDE, SIDE)) > 0.2).astype(np.uint8) * 255)
        moved = Affine(30, 0, 5e5 + 11, 0, -30, 33e5 - 7)
        other = make(folder / "other.tif", values, transform=moved)
        warp = {key: PROFILE[key] for key in ("crs", "transform", "width", "height")}
        warp |= {"resampling": Resampling.bilinear, "nodata": np.nan, "dtype": "float32"}
        for label, path in (("float32", floats), ("int16 x scale", stored), ("a mask", masked)):
            rows.append(
                (f"tiles, {label}", seconds(lambda p=path: by_rasterio(p, tiles), lambda p=path: by_stack([p], tiles)))
            )
        rows.append(
            ("patches, float32", seconds(lambda: by_rasterio(floats, patches), lambda: by_stack([floats], patches)))
        )
        warped = seconds(lambda: by_rasterio(other, tiles, warp), lambda: by_stack([floats, other], tiles, "bilinear"))
        rows.append(("tiles, another grid (bilinear)", warped))
    sys.stdout.write("| what | rasterio alone, s | the stack, s | ratio |\n|---|---:|---:|---:|\n")
    for label, (plain, ours) in rows:
        sys.stdout.write(f"| {label} | {plain:.2f} | {ours:.2f} | {ours / plain:.2f} |\n")


if __name__ == "__main__":
    main()
