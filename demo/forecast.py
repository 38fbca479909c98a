"""The demo of forecasts: yearly maps to the next years' maps, judged by what came, and ready to be played in QGIS."""

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
from steps import ROOT, Steps

SIZE = 160
LAST = 2021  # the last year that the model learns; two more are there to judge it
MINE = 0.08  # what the index is where a mine has opened
OUTPUTS = ("forecast.tif", "change.tif", "skill.tif", "forecast.png", "forecast.html", "judged.html", "years")


def main() -> None:
    """Run the chain and print what came out."""
    folder = ROOT / "demo-output" / "forecast"
    data, out = folder / "data", folder / "results"
    out.mkdir(parents=True, exist_ok=True)
    print("Regionwise demo of forecasts: a simulated index of 34 years, with clouds, trends, and mines that open")
    steps = Steps(out)
    steps.run("simulate", FAMILY="forecast", SIZE=SIZE, GAPS=0.1, SEED=3, OUTPUT_FOLDER=data)
    series, mine = out / "series.json", out / "mine.tif"
    steps.run("makeseries", FOLDER=data / "images", OUTPUT=series)
    steps.run("extractmask", SERIES=series, VALUE=MINE, NAME="mine", OUTPUT=mine, POLYGONS=out / "mine.gpkg")
    model = out / "forecast.safetensors"
    steps.run(
        "trainforecast",
        SERIES=series,
        MASKS=[mine],
        LAST_YEAR=LAST,
        HORIZON=2,
        MODEL_TYPE="stack",
        EPOCHS=15,
        SCORES=out / "scores.csv",
        REPORT=out / "forecast.html",
        MODEL=model,
    )
    bounds = out / "bounds.tif"
    steps.run(
        "mapforecast",
        SERIES=series,
        MODEL=model,
        ORIGIN=LAST,
        YEARS=2,
        INTERVALS=bounds,
        CHANGE=out / "change.tif",
        OUTPUT=out / "forecast.tif",
    )
    steps.run(
        "evaluateforecast",
        FORECAST=out / "forecast.tif",
        INTERVALS=bounds,
        TRUTH=series,
        MASKS=[mine],
        REPORT=out / "judged.html",
        SCORES=out / "judged.csv",
        OUTPUT=out / "skill.tif",
    )
    steps.run("mapforecast", SERIES=series, MODEL=model, YEARS=2, FOLDER=out / "years", OUTPUT=out / "next.tif")
    _draw(data, out)
    _print_scores(out)


def _print_scores(out: Path) -> None:
    """Print the scores of the chain of years, and of the map."""
    table = pd.read_csv(out / "scores.csv").query("part == 'all' and year == 'all years'")
    print(f"\nRMSE of years that no model knew, up to {LAST}, by years ahead:")
    print(table.pivot(index="model", columns="lead", values="rmse").round(4).sort_values(1).to_string())
    judged = pd.read_csv(out / "judged.csv").query("year == 'all years'")
    print(f"\nRMSE of the maps from {LAST} against what came:")
    print(judged.pivot(index="model", columns="part", values="rmse").round(4).sort_values("all").to_string())
    print(f"\nMaps and reports ({out / 'years'} holds the years to come, dated, for the Temporal Controller of QGIS):")
    for name in OUTPUTS:
        print(f"  {out / name}")


def _draw(data: Path, out: Path) -> None:
    """Draw the last year seen, the forecast, what came, and where it left the interval."""
    images = sorted((data / "images").glob("*.tif"))
    with rasterio.open(out / "forecast.tif") as forecast, rasterio.open(out / "change.tif") as change:
        predicted, left = _filled(forecast, 1), _filled(change, change.count - 1)
    with rasterio.open(images[-3]) as last, rasterio.open(images[-2]) as following:
        seen, truth = _filled(last, 1), _filled(following, 1)
    figure = Figure(figsize=(16, 4.2), layout="constrained")
    axes = figure.subplots(1, 4)
    titles = (f"{LAST}", f"forecast of {LAST + 1}", f"{LAST + 1}")
    for axis, values, title in zip(axes, (seen, predicted, truth), titles, strict=False):
        image = axis.imshow(values, vmin=0, vmax=0.8, cmap=colour_map(palette.INDEX))
        axis.set(title=title)
    figure.colorbar(image, ax=axes[:3], shrink=0.8, label="EVI")
    axes[3].imshow(left, vmin=-1, vmax=1, cmap=colour_map(palette.DIFFERENCE), interpolation="nearest")
    axes[3].set(title="left its interval: below red, above blue")
    for axis in axes:
        axis.set(xticks=[], yticks=[], facecolor=palette.NOTHING)
    figure.savefig(out / "forecast.png", dpi=80, facecolor="white")


def _filled(file: rasterio.DatasetReader, band: int) -> np.ndarray:
    values: np.ndarray = file.read(band, masked=True).astype(np.float64).filled(np.nan)
    return values


if __name__ == "__main__":
    main()
