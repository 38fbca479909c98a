"""Memory: a raster of 20,000 x 20,000 cells with 8 bands, half of it nodata, mapped with Memory = 2 GiB.

A small network maps all of it, in a process of its own whose peak is shown; the time that the
reference's network would take is extrapolated from a part, and said to be so.
"""

from __future__ import annotations

import dataclasses
import tempfile
import time
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from jobs import run_job
from rasterio.crs import CRS
from regionwise.core.contract.layer import NO_LAYER
from regionwise.core.contract.protocol import Settings
from regionwise.core.data.raster.grids import Grid, raster_profile
from scene import CELL, DAY, NIGHT, map_scene, valid_cells, write_members, write_scene

SIDE, PART, STRIP = 20_000, 2_000, 1_000
MEMORY_GIB = 2.0


def write_rasters(folder: Path, side: int) -> None:
    """Write day and night rasters strip by strip; the same part, repeated, stands for the whole."""
    rng = np.random.default_rng(0)
    grid = Grid(CRS.from_epsg(3358), Affine(CELL, 0, 0, 0, -CELL, 0), side, side)
    valid = valid_cells(PART, "half")
    for name, bands in (("day", DAY), ("night", (NIGHT,))):
        part = np.round(rng.standard_normal((len(bands), PART, PART), np.float32), 1)
        if name == "day":
            part[:, ~valid] = np.nan
        strip = np.tile(part, (1, 1, side // PART))
        profile = {**raster_profile(grid, grid.area, len(bands)), "zlevel": 1, "num_threads": "all_cpus"}
        with rasterio.open(folder / f"{name}.tif", "w", **profile) as file:
            for row in range(0, side, STRIP):
                rows = strip[:, row % PART : row % PART + STRIP]
                file.write(rows, window=((row, row + STRIP), (0, side)))
            file.descriptions = bands


def main() -> None:
    """Print the peak and the times."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scene = dataclasses.replace(
            write_scene(folder, PART, "half"), regional_model="", regions=NO_LAYER, weights=NO_LAYER
        )
        start = time.perf_counter()
        log = map_scene(scene, MEMORY_GIB)
        trial = log.between("Bands", f"{PART} x {PART} cells")
        full = (time.perf_counter() - start - trial) * (SIDE / PART) ** 2
        write_rasters(folder, SIDE)
        small = write_members(folder / "small.safetensors", "global", [""], width=8, blocks=(1, 1, 1))
        params = dataclasses.replace(scene, model=small, output=str(folder / "large.tif"))
        ran = run_job(params, folder / "large.job", Settings(MEMORY_GIB, device="cpu"))
        planned = next(text for _, text in ran.log if " cells in tiles of " in text)
        print(planned)
        print(f"Peak {ran.peak / 2**30:.2f} GiB; {ran.seconds:.0f} s with a network of width 8 and blocks 1,1,1.")
        print(f"With the reference's network: {full / 3600:.1f} h, extrapolated from {PART} x {PART} cells.")
        print(f"Output: {(folder / 'large.tif').stat().st_size / 2**30:.2f} GiB.")


if __name__ == "__main__":
    main()
