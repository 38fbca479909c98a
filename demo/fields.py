"""The part of the demo of series that maps crops: learned in one year, mapped in the next, held against the truth."""

from __future__ import annotations

import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from regionwise.core.reports import palette
from regionwise.core.reports.drawing import colour_map

sys.path.insert(0, str(Path(__file__).resolve().parent))
from steps import ROOT, Steps

SIZE = 160
CROPS = ("maize", "pasture", "rice", "soy", "wheat")
TRAINING = {"MODEL_TYPE": "stack", "VALIDATION": "grouped", "EPOCHS": 40, "FOLDS": 4}
OUTPUTS = ("crops.tif", "confidence.tif", "fields.gpkg", "fields.png", "crops.html")


def run_fields() -> None:
    """Run the chain and print what came out."""
    folder = ROOT / "demo-output" / "fields"
    data, out = folder / "data", folder / "results"
    out.mkdir(parents=True, exist_ok=True)
    print("\nFields: five crops, learned from one year's images, mapped in the next year")
    steps = Steps(out)
    steps.run("simulate", FAMILY="crops", SIZE=SIZE, GAPS=0.3, SEED=1, OUTPUT_FOLDER=data)
    steps.run("makeseries", FOLDER=data / "images", OUTPUT=out / "series.json")
    steps.run("makeseries", FOLDER=data / "images_next", OUTPUT=out / "next.json")
    steps.run(
        "traincrops",
        SERIES=out / "series.json",
        SAMPLES=data / "samples.gpkg",
        CLASS_FIELD="crop",
        SOURCE_FIELD="field",
        **TRAINING,
        SCORES=out / "scores.csv",
        REPORT=out / "crops.html",
        MODEL=out / "crops.safetensors",
    )
    steps.run(
        "mapcrops",
        SERIES=out / "next.json",
        MODEL=out / "crops.safetensors",
        CONFIDENCE=out / "confidence.tif",
        PARCELS=data / "fields.gpkg",
        PARCEL_OUTPUT=out / "fields.gpkg",
        OUTPUT=out / "crops.tif",
    )
    _print_scores(data, out)


def _read(path: Path) -> np.ndarray:
    with rasterio.open(path) as file:
        values: np.ndarray = file.read(1)
        return values


def _print_scores(data: Path, out: Path) -> None:
    """Print the scores, and what the map of the next year is worth."""
    table = pd.read_csv(out / "scores.csv").query("part == 'all' and component == 'mean'")
    print("\nAccuracy of the five crops, out of fold:")
    print(table.pivot(index="model", columns="validation", values="accuracy").round(3).to_string(na_rep="-"))
    paths = (data / "truth_next.tif", out / "crops.tif", out / "confidence.tif")
    truth, mapped, confidence = map(_read, paths)
    right = (truth == mapped)[mapped > 0]
    fields = gpd.read_file(out / "fields.gpkg")
    with rasterio.open(data / "truth_next.tif") as file:
        places = [(point.x, point.y) for point in fields.representative_point()]
        numbers = np.array([int(value[0]) for value in file.sample(places)])
    grown = np.array(CROPS, object)[numbers - 1]
    agreed = (fields["majority"] == grown).mean()
    print(
        f"map of the next year against the truth: {right.mean():.3f} of {len(right):,} pixels, {agreed:.3f} of "
        f"{len(fields)} fields by majority; mean confidence {confidence[mapped > 0].mean():.3f}"
    )
    _draw(truth, mapped, confidence, out)
    print("\nMaps and reports:")
    for name in OUTPUTS:
        print(f"  {out / name}")


def _draw(truth: np.ndarray, mapped: np.ndarray, confidence: np.ndarray, out: Path) -> None:
    """Draw what grew, what was mapped, and the confidence."""
    with rasterio.open(out / "crops.tif") as file:
        colours = [tuple(part / 255 for part in file.colormap(1)[i][:3]) for i in range(1, len(CROPS) + 1)]
    listed = ListedColormap(colours)
    figure = Figure(figsize=(12, 4.6), layout="constrained")
    axes = figure.subplots(1, 3)
    for axis, values, title in ((axes[0], truth, "the next year, true"), (axes[1], mapped, "mapped")):
        axis.imshow(values, vmin=0.5, vmax=len(CROPS) + 0.5, cmap=listed, interpolation="nearest")
        axis.set(title=title, xticks=[], yticks=[])
    image = axes[2].imshow(confidence, vmin=0, vmax=1, cmap=colour_map(palette.DOUBT[::-1]))
    axes[2].set(title="confidence", xticks=[], yticks=[])
    figure.colorbar(image, ax=axes[2], shrink=0.8)
    entries = [Patch(color=colour, label=name) for colour, name in zip(colours, CROPS, strict=True)]
    figure.legend(handles=entries, loc="outside lower left", ncols=len(CROPS), frameon=False)
    figure.savefig(out / "fields.png", dpi=90, facecolor="white")
