"""Checks of the engine's libraries: a kernel, a tree, a raster and a CRS, each with a known answer.

``python -m regionwise.core.runtime.selfcheck full`` (or ``trees``) prints the results as JSON; the installer runs it
in the engine's own environment before it puts it in force.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable


def check_kernel() -> str:
    """The version of torch, after a convolution gave the right answer on the processor."""
    import torch

    x = torch.arange(16.0).reshape(1, 1, 4, 4)
    answer = torch.nn.functional.conv2d(x, torch.ones(1, 1, 2, 2)).sum().item()
    if answer != 270.0:
        raise ArithmeticError(f"a convolution answered {answer} instead of 270")
    return f"torch {torch.__version__}"


def check_tree() -> str:
    """The version of xgboost, after trees learned a step."""
    import numpy as np
    import xgboost

    x = np.arange(64, dtype=np.float32)[:, None]
    y = (x[:, 0] > 31).astype(np.float32)
    model = xgboost.train({"max_depth": 1, "eta": 1.0, "nthread": 1}, xgboost.DMatrix(x, y), num_boost_round=8)
    worst = float(np.abs(model.predict(xgboost.DMatrix(x)) - y).max())
    if worst > 0.05:
        raise ArithmeticError(f"trees missed a step by {worst:.2f}")
    return f"xgboost {xgboost.__version__}"


def check_raster() -> str:
    """The version of GDAL, after a compressed raster came back from memory as it was written."""
    import numpy as np
    import rasterio
    from affine import Affine
    from rasterio.io import MemoryFile

    values = np.arange(256, dtype=np.float32).reshape(16, 16)
    profile = {"driver": "GTiff", "height": 16, "width": 16, "count": 1, "dtype": "float32", "compress": "deflate"}
    with MemoryFile() as memory:
        with memory.open(**profile, crs="EPSG:32648", transform=Affine(90, 0, 0, 0, -90, 0)) as file:
            file.write(values, 1)
        with memory.open() as file:
            if not np.array_equal(file.read(1), values) or file.crs.to_epsg() != 32648:
                raise ArithmeticError("a raster came back changed")
    return f"GDAL {rasterio.__gdal_version__}"


def check_crs() -> str:
    """The version of PROJ, after a point was transformed to another CRS, for rasters and vectors alike."""
    import pyproj
    from rasterio.warp import transform

    point = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:32633", always_xy=True).transform(15.0, 0.0)
    raster = [values[0] for values in transform("EPSG:4326", "EPSG:32633", [15.0], [0.0])]
    if max(abs(point[0] - 500_000), abs(point[1]), abs(raster[0] - 500_000), abs(raster[1])) > 0.01:
        raise ArithmeticError(f"the middle of zone 33 came out as {point} and {raster}")
    return f"PROJ {pyproj.proj_version_str}"


CHECKS: dict[str, Callable[[], str]] = {
    "A kernel": check_kernel,
    "A tree": check_tree,
    "A raster": check_raster,
    "A CRS": check_crs,
}


def checks_of(engine: str) -> dict[str, Callable[[], str]]:
    """The checks of an engine; ``trees`` has no torch."""
    return {name: check for name, check in CHECKS.items() if engine == "full" or check is not check_kernel}


def run_check(check: Callable[[], str]) -> str:
    """The result of `check`, or ``FAILED: `` with the reason."""
    try:
        return check()
    except Exception as err:  # a broken library raises anything
        return f"FAILED: {type(err).__name__}: {err}"


def gpu() -> str:
    """``cuda`` or ``mps`` if torch gives right answers on a graphics processor, else ``cpu``."""
    from .devices import choose_device

    return choose_device("auto", "auto")[0].type


def main(arguments: list[str]) -> int:
    """Print the results as JSON; return 1 if a check failed."""
    engine = arguments[0] if arguments else "full"
    results = {name: run_check(check) for name, check in checks_of(engine).items()}
    failed = any(text.startswith("FAILED") for text in results.values())
    device = gpu() if engine == "full" and not failed else "cpu"
    sys.stdout.write(json.dumps({"found": results, "device": device}) + "\n")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
