"""The demo of series: dated images with clouds, described, learned and mapped, and held against the truth.

First fractions of classes, then crops (`fields.py`).
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import rasterio
from matplotlib.figure import Figure
from regionwise.core.reports import palette
from regionwise.core.reports.drawing import colour_map

sys.path.insert(0, str(Path(__file__).resolve().parent))
from fields import run_fields
from steps import ROOT, Steps

CLASSES = ("tree", "maize", "rice", "bare")
SIZE = 160
TRAINING = {"MODEL_TYPE": "stack", "VALIDATION": "blocks", "EPOCHS": 40, "WIDTH": 48, "FOLDS": 4}


def main() -> None:
    """Run the chain and print what came out."""
    folder = ROOT / "demo-output" / "series"
    data, out = folder / "data", folder / "results"
    out.mkdir(parents=True, exist_ok=True)
    print("Regionwise demo of series: simulated images of NDVI and SWIR, 23 dates, 30 % of the values behind clouds")
    steps = Steps(out)
    steps.run("simulate", FAMILY="abundance", SIZE=SIZE, GAPS=0.3, SEED=1, OUTPUT_FOLDER=data)
    series = out / "series.json"
    steps.run("makeseries", FOLDER=data / "images", REPORT=out / "gaps.html", OUTPUT=series)
    steps.run(
        "trainabundance",
        SERIES=series,
        SAMPLES=data / "samples.gpkg",
        TARGETS=";".join(CLASSES),
        LEVELS=data / "levels.csv",
        **TRAINING,
        SCORES=out / "scores.csv",
        REPORT=out / "abundance.html",
        MODEL=out / "abundance.safetensors",
    )
    steps.run(
        "mapabundance",
        SERIES=series,
        MODEL=out / "abundance.safetensors",
        UNCERTAINTY=out / "uncertainty.tif",
        IMPUTED=out / "imputed.tif",
        DOMINANT=out / "dominant.tif",
        OUTPUT=out / "fractions.tif",
    )
    _draw(data, out)
    _print_scores(data, out)
    run_fields()


def _read(path: Path) -> np.ndarray:
    with rasterio.open(path) as file:
        return file.read(masked=True).filled(np.nan)


def _print_scores(data: Path, out: Path) -> None:
    """Print the scores, and what the map is worth everywhere."""
    table = pd.read_csv(out / "scores.csv").query("part == 'all' and component == 'mean'")
    print("\nMean R2 of the four fractions, out of fold:")
    print(table.pivot(index="model", columns="validation", values="r2").round(3).to_string(na_rep="-"))
    truth, mapped = _read(data / "truth.tif"), _read(out / "fractions.tif")
    inside = np.isfinite(mapped[0])
    error = [float(np.sqrt(((mapped[i] - truth[i])[inside] ** 2).mean())) for i in range(len(CLASSES))]
    listing = ", ".join(f"{name} {value:.3f}" for name, value in zip(CLASSES, error, strict=True))
    print(f"map against the truth in all {inside.sum():,} cells, RMSE: {listing}")
    print("\nMaps and reports:")
    for name in ("fractions.tif", "uncertainty.tif", "imputed.tif", "series.png", "gaps.html", "abundance.html"):
        print(f"  {out / name}")


def _draw(data: Path, out: Path) -> None:
    """Draw fractions beside the truth, and the course of a pixel with its gaps filled."""
    truth, mapped = _read(data / "truth.tif"), _read(out / "fractions.tif")
    observed, imputed = _read(out / "series.vrt"), _read(out / "imputed.tif")
    figure = Figure(figsize=(12, 8), layout="constrained")
    axes = figure.subplots(3, 4)
    for i, name in enumerate(CLASSES):
        for row, (values, title) in enumerate(((truth, f"{name}, true"), (mapped, f"{name}, mapped"))):
            image = axes[row, i].imshow(values[i], vmin=0, vmax=1, cmap=colour_map(palette.SHARE))
            axes[row, i].set(title=title, xticks=[], yticks=[])
        row, col = np.unravel_index(np.nanargmax(truth[i]), truth[i].shape)
        for band, (label, colour) in enumerate((("NDVI", palette.MAIN), ("SWIR", palette.OTHER))):
            axes[2, i].plot(imputed[band::2, row, col], color=colour, lw=1, label=f"{label}, gaps filled")
            axes[2, i].plot(observed[band::2, row, col], "o", color=colour, ms=4, label=label)
        axes[2, i].set(title=f"purest pixel of {name}", xlabel="date", ylim=(0, 1))
    figure.colorbar(image, ax=axes[:2], shrink=0.7)
    axes[2, 0].legend(fontsize=7, frameon=False)
    figure.savefig(out / "series.png", dpi=90, facecolor="white")


if __name__ == "__main__":
    main()
