"""The demo: real Landsat images, from standardising to the map, through the real qgis_process."""

from __future__ import annotations

import json
import subprocess  # nosec B404
import sys
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio

sys.path.insert(0, str(Path(__file__).resolve().parent))
import picture
from wake import CELL, CLASSES, DAY_BANDS, NIGHT_BAND, prepare

ROOT = Path(__file__).resolve().parents[1]
TRAINING = {
    "WIDTH": 16,
    "BLOCKS": "1,1,1",
    "EPOCHS": 14,
    "PATIENCE": 8,
    "BATCH": 64,
    "LEARNING_RATE": 0.002,
    "FOLDS": 4,
}


class Demo:
    """Runs algorithms one after the other; steps that an earlier run has finished are kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, algorithm: str, **parameters: object) -> None:
        """Run one algorithm unless it has been run with these parameters and its outputs are there."""
        stamp = self.folder / f".{algorithm}-{Path(str(list(parameters.values())[-1])).stem}.json"
        wanted = json.dumps([parameters, self._inputs(parameters)], default=str)
        if stamp.exists() and stamp.read_text() == wanted and self._there(parameters):
            print(f"  {algorithm}: kept from an earlier run")
            return
        start = time.time()
        command = [str(ROOT / "dev"), "qgis_process", "run", f"regionwise:{algorithm}", "--"]
        for name, value in parameters.items():
            values = value if isinstance(value, list) else [value]
            command += [f"{name}={item}" for item in values]
        log = self.folder / f"{stamp.stem[1:]}.log"
        with open(log, "w") as file:
            status = subprocess.run(command, stdout=file, stderr=subprocess.STDOUT, check=False)  # nosec B603
        if status.returncode:
            sys.exit(f"{algorithm} failed; the log is {log}:\n{log.read_text()[-3000:]}")
        stamp.write_text(json.dumps([parameters, self._inputs(parameters)], default=str))
        print(f"  {algorithm}: {time.time() - start:.0f} s")

    @staticmethod
    def _inputs(parameters: dict[str, object]) -> list[int]:
        """Return the times of all files named, so that a step is repeated when one before it was."""
        named = [item for value in parameters.values() for item in (value if isinstance(value, list) else [value])]
        return [item.stat().st_mtime_ns for item in named if isinstance(item, Path) and item.is_file()]

    def _there(self, parameters: dict[str, object]) -> bool:
        return all(Path(str(v)).exists() for v in parameters.values() if str(v).startswith(str(self.folder)))


def main() -> None:
    """Run the chain and print what came out."""
    folder = ROOT / "demo-output"
    print("Regionwise demo: Landsat 7, Wake County (North Carolina), land-cover shares of 228 m units")
    data, out = folder / "data", folder / "results"
    prepare(data)
    out.mkdir(exist_ok=True)
    demo = Demo(out)
    layers = [data / f"B{band}.tif" for band in (*DAY_BANDS, NIGHT_BAND)]
    demo.run("standardise", INPUT=layers, OUTPUT_STATISTICS=out / "statistics.json", OUTPUT_FOLDER=out / "standardised")
    targets = ";".join(CLASSES)
    features = ";".join(f"{kind}{band}" for band in (*DAY_BANDS, NIGHT_BAND) for kind in "ms")
    demo.run(
        "augmentsamples",
        INPUT=data / "units.gpkg",
        TARGETS=targets,
        FEATURES=features,
        SOURCE_FIELD="parcel",
        REPORT=out / "augmented.html",
        OUTPUT=out / "augmented.gpkg",
    )
    inputs = {
        "DAY": [out / "standardised" / f"B{band}.tif" for band in DAY_BANDS],
        "NIGHT": out / "standardised" / f"B{NIGHT_BAND}.tif",
        "SAMPLES": out / "augmented.gpkg",
        "TARGETS": targets,
        "SOURCE_FIELD": "parcel",
        "WEIGHT_FIELD": "weight",
    }
    experts = {name: value for name, value in TRAINING.items() if name != "FOLDS"}
    regions = {"REGIONS": data / "regions.gpkg", "REGION_FIELD": "region"}
    for kind in ("random", "blocks"):
        demo.run("traincomposition", **inputs, VALIDATION=kind, **TRAINING, **_outputs(out, kind))
    demo.run("trainregions", **inputs, **regions, **experts, **_outputs(out, "regions"))
    rasters = {name: inputs[name] for name in ("DAY", "NIGHT")}
    demo.run(
        "mapcomposition",
        **rasters,
        MODEL=out / "blocks.safetensors",
        REGIONAL_MODEL=out / "regions.safetensors",
        **regions,
        UNCERTAINTY=out / "uncertainty.tif",
        OUTPUT=out / "shares.tif",
    )
    demo.run("inspectmodel", MODEL=out / "blocks.safetensors", REPORT=out / "model.html")
    picture.draw(data, out)
    _print_scores(data, out)


def _outputs(out: Path, name: str) -> dict[str, Path]:
    return {
        "PREDICTIONS": out / f"{name}.gpkg",
        "SCORES": out / f"{name}.csv",
        "REPORT": out / f"{name}.html",
        "MODEL": out / f"{name}.safetensors",
    }


def _print_scores(data: Path, out: Path) -> None:
    """Print random beside spatial scores, beside the baselines, and the map against the hidden labels."""
    rows = pd.concat(pd.read_csv(out / f"{name}.csv") for name in ("random", "blocks", "regions"))
    means = rows[(rows["part"] == "all") & (rows["component"] == "mean")]
    table = means.pivot(index="model", columns="validation", values="r2")
    table = table[[name for name in ("random", "blocks", "within", "strict") if name in table]]
    print("\nMean R2 of the five shares, out of fold (at the 1:1 line):")
    print(table.sort_values("strict", ascending=False).round(3).to_string())
    print(f"map against the {_hidden_score(data, out)}")
    print("\nMaps, reports and models:")
    for name in ("shares.tif", "uncertainty.tif", "picture.png", "random.html", "blocks.html", "regions.html"):
        print(f"  {out / name}")


def _hidden_score(data: Path, out: Path) -> str:
    """Return how well the map agrees with the labels that no step has seen."""
    truth = gpd.read_file(data / "truth.gpkg")
    truth = truth[truth["hidden"] == 1]
    with rasterio.open(out / "shares.tif") as file:
        shares, inverse = file.read(masked=True).filled(np.nan), ~file.transform
    found = []
    for left, _, _, top in truth.bounds.to_numpy():
        col, row = (round(x) for x in inverse @ (left, top))
        found.append(shares[:, row : row + CELL, col : col + CELL].mean((1, 2)))
    observed, predicted = truth[list(CLASSES)].to_numpy(), np.array(found)
    kept = np.isfinite(predicted).all(1)
    error = ((predicted - observed)[kept] ** 2).sum(0)
    r2 = 1 - error / ((observed - observed[kept].mean(0))[kept] ** 2).sum(0)
    parts = ", ".join(f"{name} {value:.2f}" for name, value in zip(CLASSES, r2))
    return f"{kept.sum()} units whose labels were hidden from every step: mean R2 {r2.mean():.3f} ({parts})"


if __name__ == "__main__":
    main()
