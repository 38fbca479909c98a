"""The demo of susceptibility: from a DEM and an inventory to a map of probabilities, held against the truth."""

from __future__ import annotations

import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from regionwise.core.reports import palette
from regionwise.core.reports.drawing import colour_map

sys.path.insert(0, str(Path(__file__).resolve().parent))
from steps import ROOT, Steps

SIZE = 256
PREVALENCE = 0.08  # of the simulated hills, as the log of 'simulate' says
TERRAIN = ("slope", "plan_curvature", "profile_curvature", "twi", "relief")
OWN = ("aspect", "wetness", "lithology", "velocity")
OUTPUTS = ("probability.tif", "classes.tif", "doubt.tif", "susceptibility.png", "susceptibility.html", "factors.html")


def main() -> None:
    """Run the chain and print what came out."""
    folder = ROOT / "demo-output" / "susceptibility"
    data, out = folder / "data", folder / "results"
    out.mkdir(parents=True, exist_ok=True)
    print("Regionwise demo of susceptibility: simulated hills, whose true probability of a landslide is known")
    steps = Steps(out)
    steps.run("simulate", FAMILY="susceptibility", SIZE=SIZE, SEED=1, OUTPUT_FOLDER=data)
    dem, terrain = data / "factors" / "dem.tif", out / "terrain"
    steps.run("terrainfactors", DEM=dem, OUTPUT_FOLDER=terrain)
    factors = [*(terrain / f"{name}.tif" for name in TERRAIN), *(data / "factors" / f"{name}.tif" for name in OWN)]
    inventory, blocks, samples = data / "inventory.gpkg", out / "blocks.gpkg", out / "samples.gpkg"
    steps.run(
        "segmentblocks",
        FACTORS=[dem, terrain / "slope.tif", data / "factors" / "aspect.tif"],
        BLOCKS=60,
        SAMPLES=inventory,
        POLYGONS=blocks,
        OUTPUT=out / "blocks.tif",
    )
    steps.run(
        "samplenegatives",
        INVENTORY=inventory,
        FACTORS=factors,
        STRATIFY="blocks",
        BLOCKS=blocks,
        RATIO=2,
        OUTPUT=samples,
    )
    model = out / "susceptibility.safetensors"
    labelled = {"SAMPLES": samples, "LABEL_FIELD": "label", "BLOCKS": blocks}
    steps.run(
        "trainsusceptibility",
        FACTORS=factors,
        CATEGORICAL="lithology",
        **labelled,
        VALIDATION="blocks",
        PREVALENCE=PREVALENCE,
        MODEL_TYPE="stack",
        SCORES=out / "scores.csv",
        REPORT=out / "susceptibility.html",
        MODEL=model,
    )
    steps.run(
        "mapsusceptibility",
        FACTORS=factors,
        MODEL=model,
        CLASSES=out / "classes.tif",
        UNCERTAINTY=out / "doubt.tif",
        OUTPUT=out / "probability.tif",
    )
    steps.run(
        "explainfactors",
        MODEL=model,
        FACTORS=factors,
        **labelled,
        REPORT=out / "factors.html",
        OUTPUT=out / "dominant.gpkg",
    )
    _draw(data, out)
    _print_scores(data, out)


def _read(path: Path) -> np.ndarray:
    with rasterio.open(path) as file:
        values: np.ndarray = file.read(1, masked=True).astype(np.float64).filled(np.nan)
        return values


def _print_scores(data: Path, out: Path) -> None:
    """Print the scores, and what the map is worth everywhere."""
    table = pd.read_csv(out / "scores.csv").query("part == 'all' and component == 'mean'")
    print("\nAUC, out of fold:")
    print(table.pivot(index="model", columns="validation", values="auc").round(3).to_string(na_rep="-"))
    truth, mapped = _read(data / "truth.tif"), _read(out / "probability.tif")
    inside = np.isfinite(mapped)
    print(
        f"map against the true probability in {inside.sum():,} cells: correlation "
        f"{np.corrcoef(truth[inside], mapped[inside])[0, 1]:.3f}, mean {mapped[inside].mean():.3f} (true "
        f"{truth[inside].mean():.3f})"
    )
    dominant = gpd.read_file(out / "dominant.gpkg")["dominant"].value_counts()
    print("dominant factors of blocks: " + ", ".join(f"{name or 'none'} {count}" for name, count in dominant.items()))
    print("\nMaps and reports:")
    for name in OUTPUTS:
        print(f"  {out / name}")


def _draw(data: Path, out: Path) -> None:
    """Draw the true probability, the map, its classes and what is not known."""
    paths = (data / "truth.tif", out / "probability.tif", out / "doubt.tif")
    truth, mapped, uncertainty = map(_read, paths)
    with rasterio.open(out / "classes.tif") as file:
        classes, colours = file.read(1), file.colormap(1)
        transform = file.transform
    listed = ListedColormap([tuple(part / 255 for part in colours[i][:3]) for i in range(1, 6)])
    figure = Figure(figsize=(16, 4.3), layout="constrained")
    axes = figure.subplots(1, 4)
    for axis, values, title in ((axes[0], truth, "true probability"), (axes[1], mapped, "mapped")):
        image = axis.imshow(values, vmin=0, vmax=1, cmap=colour_map(palette.PROBABILITY))
        axis.set(title=title)
    figure.colorbar(image, ax=axes[:2], shrink=0.8)
    axes[2].imshow(np.where(classes > 0, classes, np.nan), vmin=0.5, vmax=5.5, cmap=listed, interpolation="nearest")
    outlines = gpd.read_file(out / "blocks.gpkg")
    for outline in outlines.geometry.boundary.explode():
        cols, rows = ~transform @ tuple(np.array(outline.coords).T)
        axes[2].plot(np.array(cols) - 0.5, np.array(rows) - 0.5, color="black", lw=0.4)
    axes[2].set(title="classes and blocks")
    figure.colorbar(axes[3].imshow(uncertainty, cmap=colour_map(palette.DOUBT)), ax=axes[3], shrink=0.8)
    axes[3].set(title="deviation between members")
    for axis in axes:
        axis.set(xticks=[], yticks=[])
    figure.savefig(out / "susceptibility.png", dpi=80, facecolor="white")


if __name__ == "__main__":
    main()
