"""The demo: real Landsat images, from standardising to the map, through the real qgis_process."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parent))
import picture
from steps import ROOT, Steps
from wake import CLASSES, DAY_BANDS, NIGHT_BAND, prepare

TRAINING = {
    "MODEL_TYPE": "stack",
    "WIDTH": 16,
    "BLOCKS": "1,1,1",
    "EPOCHS": 14,
    "PATIENCE": 8,
    "BATCH": 64,
    "LEARNING_RATE": 0.002,
    "FOLDS": 4,
}


def main() -> None:
    """Run the chain and print what came out."""
    folder = ROOT / "demo-output"
    print("Regionwise demo: Landsat 7, Wake County (North Carolina), land-cover shares of 228 m units")
    data, out = folder / "data", folder / "results"
    prepare(data)
    out.mkdir(exist_ok=True)
    demo = Steps(out)
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
    demo.run(
        "checksamples",
        **{name: inputs[name] for name in ("DAY", "NIGHT", "SAMPLES", "TARGETS", "SOURCE_FIELD")},
        REPORT=out / "audit.html",
    )
    demo.run("traincomposition", **inputs, **TRAINING, **_outputs(out, "global"))
    demo.run("trainregions", **inputs, **regions, **experts, **_outputs(out, "regions"))
    demo.run(
        "weighregions",
        PREDICTIONS=out / "global.gpkg",
        REGIONAL_PREDICTIONS=out / "regions.gpkg",
        TARGETS=targets,
        REPORT=out / "weights.html",
        WEIGHTS=out / "weights.csv",
    )
    _map(demo, data, out, inputs, regions)
    demo.run("inspectmodel", MODEL=out / "global.safetensors", REPORT=out / "model.html")
    picture.draw(data, out)
    _print_scores(out)


def _map(demo: Steps, data: Path, out: Path, inputs: dict[str, object], regions: dict[str, object]) -> None:
    """Map shares and area of applicability, and hold the map against the labels that were hidden."""
    rasters = {name: inputs[name] for name in ("DAY", "NIGHT")}
    demo.run(
        "mapcomposition",
        **rasters,
        MODEL=out / "global.safetensors",
        REGIONAL_MODEL=out / "regions.safetensors",
        **regions,
        WEIGHTS=out / "weights.csv",
        UNCERTAINTY=out / "uncertainty.tif",
        INTERVALS=out / "intervals.tif",
        DOMINANT=out / "dominant.tif",
        OUTPUT=out / "shares.tif",
    )
    demo.run("applicability", **rasters, MODEL=out / "global.safetensors", OUTPUT=out / "applicability.tif")
    demo.run(
        "validatemap",
        MAP=out / "shares.tif",
        REFERENCE=data / "hidden.gpkg",
        TARGETS=inputs["TARGETS"],
        GROUP_FIELD="parcel",
        SCORES=out / "hidden.csv",
        REPORT=out / "hidden.html",
    )


def _outputs(out: Path, name: str) -> dict[str, Path]:
    return {
        "PREDICTIONS": out / f"{name}.gpkg",
        "SCORES": out / f"{name}.csv",
        "REPORT": out / f"{name}.html",
        "MODEL": out / f"{name}.safetensors",
    }


def _print_scores(out: Path) -> None:
    """Print random beside spatial scores, beside the baselines, and the map against the hidden labels."""
    rows = pd.concat(pd.read_csv(out / f"{name}.csv") for name in ("global", "regions"))
    means = rows[(rows["part"] == "all") & (rows["component"] == "mean")].drop_duplicates(["model", "validation"])
    table = means.pivot(index="model", columns="validation", values="r2")
    table = table[[name for name in ("random", "knndm", "within", "pooled", "new region", "strict") if name in table]]
    print("\nMean R2 of the five shares, out of fold (at the 1:1 line):")
    print(table.sort_values("knndm", ascending=False).round(3).to_string(na_rep="-"))
    hidden = pd.read_csv(out / "hidden.csv").set_index("component")
    parts = ", ".join(f"{name} {hidden.loc[name, 'r2']:.2f}" for name in CLASSES)
    count, score = int(hidden.loc["mean", "n"]), hidden.loc["mean", "r2"]
    print(f"map against the {count} units whose labels were hidden from every step: mean R2 {score:.3f} ({parts})")
    print("\nMaps, reports and models:")
    for name in ("shares.tif", "uncertainty.tif", "intervals.tif", "applicability.tif", "picture.png", "audit.html",
                 "global.html", "regions.html", "weights.html", "hidden.html"):  # fmt: skip
        print(f"  {out / name}")


if __name__ == "__main__":
    main()
