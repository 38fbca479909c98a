"""Abundance against what is known: an oracle on simulated pixels, and forests on real ones.

``./dev bench abundance`` first makes mixed pixels whose classes' courses are known, hides 30 % of the
values, and holds out-of-fold fractions against those that an oracle finds: constrained least squares
with the true signatures. Then it learns fractions of North America from monthly NDVI and climate,
with none, 30 % and 60 % of the NDVI removed at random, where that data set is installed.
``./dev bench abundance boosting`` leaves the networks out.
"""

from __future__ import annotations

import io
import sys
import tempfile
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
from regionwise.core.contract.layer import Layer
from regionwise.core.contract.protocol import Channel, Settings
from regionwise.core.families.abundance.params import AbundanceTraining
from regionwise.core.families.abundance.train import train
from regionwise.core.runtime.run import Run
from regionwise.core.tools.series.make_series import make_series
from regionwise.core.tools.series.params import SeriesMaking
from regionwise.core.tools.simulation import abundance_world as simulated
from regionwise.core.tools.simulation.params import Simulation
from regionwise.core.tools.simulation.simulate import simulate
from scipy.optimize import nnls

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "grassmapr_na"
SAMPLES, BLOCK = 6000, 5.0
TARGETS = ("woody", "C3", "C4", "other")
GAPS = (0.0, 0.3, 0.6)
FLOORS = {0.0: (0.880, 0.813), 0.3: (0.856, 0.767), 0.6: (0.837, 0.703)}  # random forest, missing values mean-filled
GOALS = {0.0: (0.905, 0.825), 0.3: (0.875, 0.785), 0.6: (0.855, 0.740)}
WORLD = 192  # cells
HEAVY = 1e3


def run(task: object, params: object, folder: Path) -> None:
    """Run a task in this process."""
    folder.mkdir(parents=True, exist_ok=True)
    task(params, Run(Channel(io.BytesIO()), Settings(device="cpu", memory_gb=8), folder))  # type: ignore[operator]


def oracle(folder: Path, samples: gpd.GeoDataFrame) -> np.ndarray:
    """The fractions that true signatures give each sample, shape (sample, class)."""
    with rasterio.open(folder / "series.vrt") as file:
        places = [(point.x, point.y) for point in samples.geometry]
        observed = np.array([values.filled(np.nan) for values in file.sample(places, masked=True)])
    days = np.array([1.0 + simulated.STEP_DAYS * step for step in range(simulated.STEPS)])
    sigma = np.tile(simulated.NOISE, simulated.STEPS)
    fractions = []
    for values, region in zip(observed, samples["region"], strict=True):
        shift = 0.0 if region == "R1" else simulated.REGION_SHIFT
        pure = simulated.courses(days, shift).reshape(len(simulated.CLASSES), -1)
        valid = np.isfinite(values)
        table = np.vstack([(pure / sigma)[:, valid].T, np.full(len(pure), HEAVY)])
        fractions.append(nnls(table, np.append((values / sigma)[valid], HEAVY))[0])
    return np.array(fractions)


def simulate_and_compare(model_type: str) -> pd.DataFrame:
    """The error of every model out of fold, and of the oracle, on the same simulated samples."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run(simulate, Simulation(family="abundance", size=WORLD, gaps=0.3, seed=1, output_folder=name), folder)
        run(make_series, SeriesMaking(folder=str(folder / "images"), output=str(folder / "series.json")), folder)
        params = AbundanceTraining(
            series=str(folder / "series.json"), samples=Layer(str(folder / "samples.gpkg"), "samples"),
            targets=simulated.CLASSES, model_type=model_type, validation="random", allow_duplicates=True,
            model=str(folder / "m.safetensors"), scores=str(folder / "s.csv"),
        )  # fmt: skip
        run(train, params, folder / "job")
        rows = pd.read_csv(folder / "s.csv").query("validation == 'random' and part == 'all' and component == 'mean'")
        samples = gpd.read_file(folder / "samples.gpkg")
        truth = samples[list(simulated.CLASSES)].to_numpy()
        errors = rows.set_index("model")["rmse"]
        errors["oracle"] = float(np.sqrt(((oracle(folder, samples) - truth) ** 2).mean(0)).mean())
    return pd.DataFrame({"RMSE": errors, "over the oracle": errors / errors["oracle"]}).sort_values("RMSE")


def north_america(folder: Path, gap: float) -> Path:
    """Write the table of values of `SAMPLES` cells, and return its path."""
    layers = {}
    for name in ("ndvi", "temp", "prec", "woody", "cropC3", "cropC4"):
        with rasterio.open(DATA / f"{name}_NA.tif") as file:
            layers[name], place = file.read().astype(np.float32), file.transform
    layers["ndvi"] = np.clip(layers["ndvi"], -2000, 10000)
    rows, cols = np.nonzero(np.isfinite(np.concatenate(list(layers.values()))).all(0))
    chosen = np.random.default_rng(42).choice(len(rows), SAMPLES, replace=False)
    rows, cols = rows[chosen], cols[chosen]
    x, y = place @ (cols + 0.5, rows + 0.5)
    shares = np.stack([layers[name][0, rows, cols] for name in ("woody", "cropC3", "cropC4")], 1) / 100
    shares = np.concatenate([shares, 1 - shares.sum(1, keepdims=True)], 1).clip(0)
    block = [f"{a:.0f} {b:.0f}" for a, b in zip(np.floor(x / BLOCK), np.floor(y / BLOCK), strict=True)]
    frame = pd.DataFrame({"longitude": x, "latitude": y, "block": block})
    frame = frame.assign(**dict(zip(TARGETS, (shares / shares.sum(1, keepdims=True)).T, strict=True)))
    hidden = np.random.default_rng(7).random((SAMPLES, 12)) < gap
    for name in ("ndvi", "temp", "prec"):
        for month in range(12):
            values = layers[name][month, rows, cols]
            frame[f"{name}_{month + 1:02d}"] = np.where(hidden[:, month], np.nan, values) if name == "ndvi" else values
    path = folder / "values.csv"
    frame.to_csv(path, index=False)
    return path


def cross_validate(gap: float, spatial: bool, model_type: str) -> pd.Series:
    """The mean R2 of each model on the same folds: random cells, or blocks of 5 degrees."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kind = {"validation": "grouped", "source_field": "block"} if spatial else {"validation": "random"}
        params = AbundanceTraining(
            values=Layer(str(north_america(folder, gap)), "values"), targets=TARGETS, model_type=model_type,
            allow_duplicates=True, model=str(folder / "m.safetensors"), scores=str(folder / "s.csv"), **kind,
        )  # fmt: skip
        run(train, params, folder / "job")
        rows = pd.read_csv(folder / "s.csv")
    means = rows[(rows["validation"] == kind["validation"]) & (rows["part"] == "all") & (rows["component"] == "mean")]
    return means.set_index("model")["r2"]


def main() -> None:
    """Print both comparisons."""
    model_type = sys.argv[1] if len(sys.argv) > 1 else "stack"
    print(
        f"Simulated, 30 % of the values missing:\n{simulate_and_compare(model_type).round(4).to_string()}", flush=True
    )
    if not DATA.is_dir():
        sys.exit(f"The data set of North America is not on this machine ({DATA}); the rest was not measured.")
    for gap in GAPS:
        start = time.monotonic()
        r2 = {label: cross_validate(gap, label == "blocks", model_type) for label in ("random", "blocks")}
        table = pd.DataFrame(r2).sort_values("blocks", ascending=False)
        table.loc["(random forest)"], table.loc["(goal)"] = FLOORS[gap], GOALS[gap]
        minutes = (time.monotonic() - start) / 60
        print(
            f"\nNorth America, {gap:.0%} of the NDVI missing; {minutes:.0f} min\n{table.round(3).to_string()}",
            flush=True,
        )


if __name__ == "__main__":
    main()
