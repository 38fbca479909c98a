"""Claims of susceptibility on simulated hills: AUC and its interval, and probabilities however negatives were drawn."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import rasterio
from affine import Affine
from honesty_claims import Claim, held, in_worlds, main_row, mean_of, read, run_task
from regionwise.core.contract.layer import Layer
from regionwise.core.data.vector.writers import write_vector
from regionwise.core.families.susceptibility.map import map_susceptibility
from regionwise.core.families.susceptibility.params import SusceptibilityMapping, SusceptibilityTraining
from regionwise.core.families.susceptibility.sample_negatives import sample_negatives
from regionwise.core.families.susceptibility.terrain_params import NegativeSampling
from regionwise.core.families.susceptibility.train import train
from regionwise.core.targets.binary_target import auc
from regionwise.core.tools.simulation.simulate import CELL_M, CRS_TEXT
from regionwise.core.tools.simulation.susceptibility_world import FACTORS, EventWorld, simulate_events
from scipy.optimize import brentq
from scipy.special import expit, logit
from scipy.stats import spearmanr
from shapely.geometry import box

SIZE, BINS = 128, 15
PREVALENCES = (0.01, 0.05, 0.2)
STRATA = ("none", "slope", "blocks")
UNITS = {10: (2, 5), 25: (5, 5), 100: (10, 10)}  # blocks along rows and columns
USED = ("slope", "aspect", "wetness", "lithology")
MOST_EVENTS, EACH = 400, 2  # of the inventory, and negatives for each event


def hills(prevalence: float, seed: int) -> tuple[EventWorld, Any, Any]:
    """A world, its probability (row, col) with that mean, and where events happened."""
    world = simulate_events(SIZE, 1000, CELL_M, seed)
    logits = logit(np.clip(world.probability, 1e-9, 1 - 1e-9))
    shift = brentq(lambda by: expit(logits + by).mean() - prevalence, -20, 20)
    probability = expit(logits + shift)
    happened = np.random.default_rng(seed).random(probability.shape) < probability
    return world, probability, happened


def write_hills(
    folder: Path, world: EventWorld, happened: Any, rng: np.random.Generator, blocks: tuple[int, int]
) -> None:
    """Write factors, an inventory of some of the events, and so many blocks."""
    half = SIZE * CELL_M / 2
    transform = Affine(CELL_M, 0, -half, 0, -CELL_M, half)
    profile = {"driver": "GTiff", "width": SIZE, "height": SIZE, "count": 1, "dtype": "float32", "crs": CRS_TEXT}
    for name, values in zip(FACTORS, world.factors, strict=True):
        with rasterio.open(folder / f"{name}.tif", "w", transform=transform, **profile) as file:
            file.write(values[None].astype(np.float32))
    cells = np.argwhere(happened)
    rows, cols = cells[rng.permutation(len(cells))[:MOST_EVENTS]].T
    points = gpd.points_from_xy(*(transform @ (cols + 0.5, rows + 0.5)))
    write_vector(
        gpd.GeoDataFrame({"id": np.arange(len(rows))}, geometry=points, crs=CRS_TEXT), str(folder / "events.gpkg")
    )
    down, across = blocks
    height, width = SIZE * CELL_M / down, SIZE * CELL_M / across
    squares = [
        box(-half + j * width, half - (i + 1) * height, -half + (j + 1) * width, half - i * height)
        for i in range(down)
        for j in range(across)
    ]
    names = [f"block {number}" for number in range(len(squares))]
    write_vector(gpd.GeoDataFrame({"block": names}, geometry=squares, crs=CRS_TEXT), str(folder / "blocks.gpkg"))


def layer(folder: Path, name: str) -> Layer:
    """A layer of a world."""
    return Layer(str(folder / name), Path(name).stem)


def learned(folder: Path, stratify: str, prevalence: float, **options: Any) -> Any:
    """The probability that a model maps, shape (row, col), from events and drawn negatives."""
    factors = tuple(layer(folder, f"{name}.tif") for name in USED)
    drawing = NegativeSampling(
        inventory=layer(folder, "events.gpkg"), factors=factors, slope=layer(folder, "slope.tif"), ratio=EACH,
        blocks=layer(folder, "blocks.gpkg"), stratify=stratify, output=str(folder / "samples.gpkg"),
    )  # fmt: skip
    run_task(sample_negatives, drawing, folder / "draw.job")
    params = SusceptibilityTraining(
        factors=factors, samples=layer(folder, "samples.gpkg"), label_field=drawing.label_field, prevalence=prevalence,
        categorical="lithology", blocks=layer(folder, "blocks.gpkg"), validation="blocks", model_type="boosting",
        model=str(folder / "model.safetensors"), scores=str(folder / "scores.csv"), **options,
    )  # fmt: skip
    run_task(train, params, folder / "train.job")
    mapping = SusceptibilityMapping(factors=factors, model=params.model, output=str(folder / "map.tif"))
    run_task(map_susceptibility, mapping, folder / "map.job")
    return read(folder / "map.tif")[0]


def probability_world(stratify: str, prevalence: float, seed: int, folder: Path) -> dict[str, float]:
    """Calibration error and rank correlation of a map."""
    world, probability, happened = hills(prevalence, seed)
    write_hills(folder, world, happened, np.random.default_rng(seed), (5, 5))
    answer = learned(folder, stratify, prevalence).ravel()
    truth = probability.ravel()
    rank = np.argsort(np.argsort(answer)) * BINS // len(answer)
    gaps = [abs(answer[rank == number].mean() - truth[rank == number].mean()) for number in range(BINS)]
    return {"error": float(np.mean(gaps)), "rank": float(spearmanr(answer, truth).statistic)}


def auc_world(units: int, seed: int, folder: Path) -> float:
    """Whether the interval of the AUC holds that of the map."""
    world, probability, happened = hills(0.05, seed)
    write_hills(folder, world, happened, np.random.default_rng(seed), UNITS[units])
    answer = learned(folder, "none", 0.0, folds=min(10, units // 2)).ravel()
    anew = np.random.default_rng(seed + 10_000).random(answer.shape) < probability.ravel()
    told = main_row(folder / "scores.csv", "blocks")
    return held(told["low"], auc(anew.astype(float), answer), told["high"])


def claims(worlds: int) -> list[Claim]:
    """Claims on probabilities by design and prevalence, and on intervals of the AUC by the number of blocks."""
    seeds = range(1, worlds + 1)
    cases = [(stratify, share, seed) for stratify in STRATA for share in PREVALENCES for seed in seeds]
    by_case: dict[tuple[str, float], list[dict[str, float]]] = defaultdict(list)
    for (stratify, share, _), found in zip(cases, in_worlds(probability_world, cases), strict=True):
        by_case[stratify, share].append(found)
    out = [
        mean_of("calibration error of mapped probabilities", f"negatives by {stratify}, prevalence {share:g}",
                [each["error"] for each in found], -np.inf, 0.01 + 0.1 * share)
        for (stratify, share), found in by_case.items()
    ]  # fmt: skip
    for stratify in STRATA[1:]:
        for share in PREVALENCES:
            lost = [
                plain["rank"] - own["rank"]
                for plain, own in zip(by_case["none", share], by_case[stratify, share], strict=True)
            ]
            design = f"negatives by {stratify}, prevalence {share:g}"
            out.append(
                mean_of("rank correlation with the truth, less than without strata", design, lost, -np.inf, 0.01)
            )
    of_auc = [(units, seed) for units in UNITS for seed in seeds]
    kept = dict(zip(of_auc, in_worlds(auc_world, of_auc), strict=True))
    return out + [
        mean_of(
            "90 % interval of AUC holds the map's", f"{units} blocks", [kept[units, seed] for seed in seeds], 0.85, 0.95
        )
        for units in UNITS
    ]
