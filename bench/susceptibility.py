"""Susceptibility against what is known: Hong Kong and southern Ecuador, simulated hills, and the speed of a map.

``./dev bench susceptibility`` holds maps of simulated hills against their true probabilities. Then it learns the 17,093
samples of Hong Kong with every model type, under random folds and folds of whole blocks of 5 km, with the worth of a
few labels of a block that was not seen, and three sets of points of southern Ecuador, two of them from rasters; last,
it maps 5,000 x 5,000 cells of 14 factors, also with 500 models of blocks, beside a random forest, and meta-learns
beside a plain loop over tasks and steps. What is not installed is left out, and said. ``./dev bench susceptibility
boosting`` learns with that type alone, and ``./dev bench susceptibility speed`` measures speed alone.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import torch
from affine import Affine
from jobs import run_job
from rasterio.windows import Window
from regionwise.core.contract.layer import Layer
from regionwise.core.contract.protocol import Settings
from regionwise.core.families.susceptibility.params import (
    META_TYPES,
    SUSCEPTIBILITY_TYPES,
    SusceptibilityMapping,
    SusceptibilityTraining,
)
from regionwise.core.families.susceptibility.terrain_params import TerrainDerivation
from regionwise.core.learning.model_file import read_model
from regionwise.core.nets.block_maml import NUMBER
from regionwise.core.nets.maml import FIRST, HEAD, SECOND, MetaNet
from regionwise.core.nets.mlp import FactorNet, event_loss
from regionwise.core.targets.reliability import Outcomes, calibration_error
from regionwise.core.tools.simulation.params import Simulation
from regionwise.core.tools.simulation.susceptibility_world import FACTORS
from shapely.geometry import box

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
HONG_KONG = DATA / "hk_landslide" / "samples_HK_noTS.csv"
ECUADOR = DATA / "ecuador_landslide"
BLOCK_M = 5000
CODES = "land use, lithology"
KNOWN = {  # AUC and Brier score
    "(histogram boosting)": {"random": (0.9482, 0.0892), "blocks": (0.9205, 0.1122)},
    "(extra trees)": {"random": (0.9406, np.nan), "blocks": (0.9184, np.nan)},
    "(mean of both)": {"random": (0.9484, 0.0912), "blocks": (0.9235, 0.1100)},
    "(goal)": {"random": (0.951, 0.087), "blocks": (0.926, 0.108)},
}
POINTS = {"lsl": ("lsl.csv", 0.858, 0.829), "RSAGA": ("rsaga_landslides_points.csv", 0.852, 0.829),
          "ecuador": ("ecuador_mlr3.csv", 0.786, 0.665)}  # fmt: skip
OWN_FACTORS = ("dem", "slope", "hcurv", "vcurv", "carea", "cslope", "distroad", "distdeforest", "distslidespast")
SCORES = ["auc", "low", "high", "brier", "ece", "accuracy", "kappa"]
WORLD, LARGE, ROWS, NUMBERS = 256, 5000, 256, 14
GRID = 25, 20  # blocks across and down
TASKS, SECONDS, SAME_LOSS = 16, 3.0, 1e-5
SETTINGS = Settings(device="cpu", memory_gb=8)


def scores(path: Path) -> pd.DataFrame:
    """The scores over all folds."""
    return pd.read_csv(path).query("part == 'all' and component == 'mean'")


def simulated(model_type: str) -> None:
    """Print how a map of simulated hills agrees with their true probability."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run_job(Simulation(family="susceptibility", size=WORLD, seed=1, output_folder=name), folder / "a", SETTINGS)
        frame = gpd.read_file(folder / "samples.gpkg")
        frame[frame["weak"] == 0].to_file(folder / "trusted.gpkg")
        factors = tuple(Layer(str(folder / "factors" / f"{factor}.tif"), factor) for factor in FACTORS)
        training = SusceptibilityTraining(
            factors=factors, samples=Layer(str(folder / "trusted.gpkg"), "trusted"), label_field="label",
            categorical="lithology", blocks=Layer(str(folder / "blocks.gpkg"), "blocks"), validation="blocks",
            model_type=model_type, model=str(folder / "m.safetensors"), scores=str(folder / "s.csv"),
            prevalence=float(read(folder / "truth.tif").mean()),
        )  # fmt: skip
        run_job(training, folder / "b", SETTINGS)
        mapping = SusceptibilityMapping(factors=factors, model=training.model, output=str(folder / "p.tif"))
        run_job(mapping, folder / "c", SETTINGS)
        mapped, truth = (read(folder / name).ravel() for name in ("p.tif", "truth.tif"))
        table = scores(folder / "s.csv").query("validation == 'blocks'").set_index("model")
    print(f"Simulated hills, unseen blocks:\n{table[SCORES].round(3).to_string()}")
    ece = calibration_error(Outcomes(truth, mapped, np.ones(len(truth)), np.arange(len(truth))))
    print(
        f"map against the true probability: correlation {np.corrcoef(mapped, truth)[0, 1]:.3f}, ECE {ece:.3f}",
        flush=True,
    )


def read(path: Path) -> np.ndarray:
    """The first band of a raster."""
    with rasterio.open(path) as file:
        return file.read(1).astype(np.float64)


def hong_kong(folds: str, model_type: str) -> pd.DataFrame:
    """The scores of all models of a run on Hong Kong."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table = pd.read_csv(HONG_KONG, encoding="utf-8-sig")
        places = gpd.points_from_xy(table["X"], table["Y"])
        gpd.GeoDataFrame(table.drop(columns=["X", "Y"]), geometry=places, crs="EPSG:2326").to_file(folder / "s.gpkg")
        corners = np.unique(np.floor(table[["X", "Y"]].to_numpy() / BLOCK_M).astype(int), axis=0)
        outlines = [box(x * BLOCK_M, y * BLOCK_M, (x + 1) * BLOCK_M, (y + 1) * BLOCK_M) for x, y in corners]
        names = [f"{x} {y}" for x, y in corners]
        gpd.GeoDataFrame({"block": names}, geometry=outlines, crs="EPSG:2326").to_file(folder / "b.gpkg")
        training = SusceptibilityTraining(
            values=Layer(str(folder / "s.gpkg"), "samples"), label_field="label", categorical=CODES,
            factor_fields=tuple(column for column in table if column not in ("X", "Y", "label")),
            blocks=Layer(str(folder / "b.gpkg"), "blocks"), validation=folds, model_type=model_type,
            model=str(folder / "m.safetensors"), scores=str(folder / "scores.csv"), figures=str(folder / "figures"),
        )  # fmt: skip
        ran = run_job(training, folder / "job", SETTINGS)
        print(f"{folds}, {model_type}: {ran.seconds:.0f} s", flush=True)
        few = folder / "figures" / "few_labels.csv"
        if few.is_file():
            means = pd.read_csv(few).groupby(["way", "labels"])["auc"].mean().unstack()
            print(f"AUC with so many labels of a block that was not seen:\n{means.round(4).to_string()}", flush=True)
        return scores(folder / "scores.csv").query(f"validation == '{folds}'").set_index("model")[SCORES]


def compare_hong_kong(types: list[str]) -> None:
    """Print the table of all model types under both kinds of folds."""
    for folds in ("random", "blocks"):
        published = pd.DataFrame({label: values[folds] for label, values in KNOWN.items()}, ["auc", "brier"]).T
        tables = [hong_kong(folds, model_type) for model_type in types]
        table = pd.concat([published, *tables])
        table = table[~table.index.duplicated(keep="last")].sort_values("auc", ascending=False)
        print(f"\nHong Kong, {folds}:\n{table[SCORES].round(4).to_string(na_rep='-')}", flush=True)


def ecuador(model_type: str) -> None:
    """Print the scores of three sets of points: two with the rasters they came with and with terrain from the DEM."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        dem = Layer(str(ECUADOR / "rsaga_dem.tif"), "dem")
        run_job(TerrainDerivation(dem, output_folder=str(folder / "t")), folder / "terrain", SETTINGS)
        terrain = (dem, *(Layer(str(path), path.stem) for path in sorted((folder / "t").glob("*.tif"))))
        rasters = {"its five rasters": (Layer(str(ECUADOR / "ta.tif"), "ta"),), "terrain from the DEM": terrain}
        for label, (file, random, spatial) in POINTS.items():
            table = pd.read_csv(ECUADOR / file).rename(columns=str.lower)
            field = next(column for column in ("lslpts", "slides") if column in table)
            events = table[field].astype(str).str.lower().isin(("true", "1", "yes")).astype(int)
            places = gpd.points_from_xy(table["x"], table["y"], crs="EPSG:32717")
            columns = tuple(column for column in OWN_FACTORS if column in table)
            frame = gpd.GeoDataFrame(table[list(columns)].assign(label=events), geometry=places)
            frame.to_file(folder / f"{label}.gpkg")
            layer = Layer(str(folder / f"{label}.gpkg"), label)
            sources: dict[str, dict[str, object]] = {
                title: {"factors": layers, "samples": layer} for title, layers in rasters.items()
            }
            if field == "slides":  # measured factors that no DEM tells
                sources = {"its nine fields": {"values": layer, "factor_fields": columns}}
            for title, source in sources.items():
                rows = ecuador_scores(source, model_type, folder).round(3).to_string(na_rep="-")
                published = f"a forest with 12 clusters had {random} random, {spatial} spatial"
                print(f"\nEcuador, {label}, {len(table)} points, {title}; {published}:\n{rows}", flush=True)


def ecuador_scores(source: dict[str, object], model_type: str, folder: Path) -> pd.DataFrame:
    """The AUC of each model (row) under each validation (column)."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        training = SusceptibilityTraining(
            **source, label_field="label", validation="random", model_type=model_type, compare="model",
            model=str(Path(name, "m.safetensors")), scores=str(Path(name, "scores.csv")),
        )  # fmt: skip
        run_job(training, Path(name, "job"), SETTINGS)
        return scores(Path(training.scores)).pivot(index="model", columns="validation", values="auc")


def speed(types: list[str]) -> None:
    """Print the seconds of a map of many cells for each model type, beside a random forest of 200 trees."""
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        profile = {"driver": "GTiff", "width": LARGE, "height": LARGE, "count": 1, "dtype": "float32",
                   "crs": "EPSG:32650", "transform": Affine(30, 0, 500_000, 0, -30, 2_500_000), "tiled": True,
                   "compress": "lzw"}  # fmt: skip
        factors = []
        for number in range(NUMBERS):
            path = folder / f"f{number}.tif"
            with rasterio.open(path, "w", **profile) as file:
                for row in range(0, LARGE, ROWS):
                    height = min(ROWS, LARGE - row)
                    block = np.round(rng.normal(0, 1, (height, LARGE)), 2).astype(np.float32)
                    file.write(block, 1, window=Window(0, row, LARGE, height))
            factors.append(Layer(str(path), path.stem))
        table = pd.DataFrame(rng.normal(0, 1, (10_000, NUMBERS)), columns=[layer.name for layer in factors])
        table["label"] = (table["f0"] + table["f1"] * table["f2"] + rng.logistic(0, 1, len(table)) > 0).astype(int)
        xy = rng.uniform(0, 30 * LARGE, (2, len(table)))
        gpd.GeoDataFrame(
            table, geometry=gpd.points_from_xy(500_000 + xy[0], 2_500_000 - xy[1]), crs="EPSG:32650"
        ).to_file(folder / "s.gpkg")
        wide, high = 30 * LARGE / GRID[0], 30 * LARGE / GRID[1]
        outlines = [box(500_000 + i * wide, 2_500_000 - (j + 1) * high, 500_000 + (i + 1) * wide, 2_500_000 - j * high)
                    for j in range(GRID[1]) for i in range(GRID[0])]  # fmt: skip
        names = [str(number) for number in range(len(outlines))]
        gpd.GeoDataFrame({"block": names}, geometry=outlines, crs="EPSG:32650").to_file(folder / "b.gpkg")
        seconds_of = {}
        for kind in types:
            options = {"blocks": Layer(str(folder / "b.gpkg"), "blocks")} if kind in META_TYPES else {}
            training = SusceptibilityTraining(
                values=Layer(str(folder / "s.gpkg"), "samples"), label_field="label",
                factor_fields=tuple(layer.name for layer in factors), validation="random", folds=2, model_type=kind,
                model=str(folder / f"{kind}.safetensors"), iterations=100, **options,
            )  # fmt: skip
            run_job(training, folder / f"{kind}.train", SETTINGS)
            mapping = SusceptibilityMapping(factors=tuple(factors), model=training.model, output=str(folder / "p.tif"),
                                            **options)  # fmt: skip
            label = f"{kind}, {len(blocks_of(training.model))} blocks" if options else kind
            seconds_of[label] = run_job(mapping, folder / f"{kind}.map", SETTINGS).seconds
        seconds_of["(random forest)"] = forest(table, [layer.path for layer in factors], folder / "forest.tif", profile)
    seconds = pd.Series(seconds_of)
    rows = pd.DataFrame({"seconds": seconds, "million cells per second": LARGE**2 / 1e6 / seconds,
                         "of the forest's time": seconds / seconds["(random forest)"]})  # fmt: skip
    print(f"\n{LARGE} x {LARGE} cells of {NUMBERS} factors, 2 members of each type, file to file:\n"
          f"{rows.round(2).to_string()}")  # fmt: skip


def blocks_of(path: str) -> set[int]:
    """The blocks that have models of their own."""
    return {int(number) for arrays in read_model(path).members.values() for number in arrays[NUMBER]}


def meta_speed() -> None:
    """Print how many meta-learning steps are made a second, beside a plain loop over them with the same result."""
    torch.set_num_threads(1)  # as it is trained
    torch.manual_seed(0)
    rates = {}
    for label, order, width, reference in (
        ("as published", SECOND, 0, True), ("second", SECOND, 128, False), ("first", FIRST, 128, False),
        ("head", HEAD, 128, False),
    ):  # fmt: skip
        net = MetaNet(FactorNet(NUMBERS, width, reference), order, 5, 0.1, not reference).eval()
        numbers = torch.randn(TASKS, 16, NUMBERS)
        support = torch.cat([torch.ones(TASKS, 8), torch.zeros(TASKS, 8)], 1)
        batch = numbers, (numbers[..., 0] > 0).float(), support
        rows = []
        for losses in (net.task_losses, lambda *tasks, net=net: plain_losses(net, *tasks)):
            value, start, rounds = 0.0, time.perf_counter(), 0
            while time.perf_counter() - start < SECONDS:
                after = losses(*batch)[1]
                torch.autograd.backward((after * (1 - support)).mean())
                value, rounds = float((after.detach() * (1 - support)).mean()), rounds + 1
            rows.append((rounds / SECONDS, value))
        if abs(rows[0][1] - rows[1][1]) > SAME_LOSS:
            sys.exit(f"The plain loop finds another loss, {rows[1][1]:g} instead of {rows[0][1]:g}.")
        rates[label] = {"iterations per second": rows[0][0], "plain loop": rows[1][0], "ratio": rows[0][0] / rows[1][0]}
    print(f"\nMeta-learning, {TASKS} tasks of 8 and 8 samples, {NUMBERS} factors, 5 steps:\n"
          f"{pd.DataFrame(rates).T.round(1).to_string()}")  # fmt: skip


def plain_losses(net: MetaNet, numbers: torch.Tensor, label: torch.Tensor, support: torch.Tensor) -> tuple:
    """The same as `MetaNet.task_losses`, by a loop over tasks and steps."""
    after = []
    for x, y, weight in zip(numbers, label, support, strict=True):
        start, seen = net.start(), net.seen(x)
        params, rates = start, net.log_rates.exp()
        for _ in range(net.steps):
            loss = (event_loss(net.decide(params, seen, x), y) * weight).sum() / weight.sum()
            slopes = torch.autograd.grad(loss, list(params.values()), create_graph=net.order != FIRST)
            params = {name: value - rate * slope
                      for (name, value), rate, slope in zip(params.items(), rates, slopes, strict=True)}  # fmt: skip
        trust = 1.0 if net.log_doubt is None else weight.sum() / (weight.sum() + net.log_doubt.exp())
        params = {name: start[name] + trust * (value - start[name]) for name, value in params.items()}
        after.append(event_loss(net.decide(params, seen, x), y))
    return None, torch.stack(after)


def forest(table: pd.DataFrame, paths: list[str], output: Path, profile: dict[str, object]) -> float:
    """The seconds that a random forest of 200 trees takes for the same rasters."""
    from xgboost import XGBRFClassifier

    model = XGBRFClassifier(n_estimators=200, n_jobs=2)
    model.fit(table.drop(columns="label").to_numpy(), table["label"])
    start = time.perf_counter()
    files = [rasterio.open(path) for path in paths]
    with rasterio.open(output, "w", **profile) as out:
        for row in range(0, LARGE, ROWS):
            window = Window(0, row, LARGE, min(ROWS, LARGE - row))
            block = np.stack([file.read(1, window=window) for file in files], -1)
            probability = model.predict_proba(block.reshape(-1, len(files)))[:, 1]
            out.write(probability.reshape(block.shape[:2]).astype(np.float32), 1, window=window)
    for file in files:
        file.close()
    return time.perf_counter() - start


def main() -> None:
    """Print all comparisons."""
    types = sys.argv[1:] or [kind for kind in SUSCEPTIBILITY_TYPES if kind not in ("boosting", "pooled")]
    start = time.monotonic()
    if types == ["speed"]:
        speed(list(SUSCEPTIBILITY_TYPES))
        meta_speed()
        return
    simulated(types[0])
    if HONG_KONG.is_file():
        compare_hong_kong(types)
    else:
        print(f"Hong Kong is not on this machine ({HONG_KONG}): left out.")
    if ECUADOR.is_dir():
        ecuador(types[0])
    else:
        print(f"Ecuador is not on this machine ({ECUADOR}): left out.")
    speed(sys.argv[1:] or list(SUSCEPTIBILITY_TYPES))
    meta_speed()
    print(f"\n{(time.monotonic() - start) / 60:.0f} min")


if __name__ == "__main__":
    main()
