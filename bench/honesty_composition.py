"""Claims of compositions: scores, their intervals, bands, applicability, in simulated worlds of known shares.

Trees learn each world as a user would have them; the map is held against labels drawn anew in every settled cell that
no sample lies in, and where units share a label, against the labels of new units of that kind, too.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from honesty_claims import Claim, held, in_worlds, main_row, mean_of, read, run_task
from regionwise.core.contract.layer import Layer
from regionwise.core.data.vector.writers import write_vector
from regionwise.core.families.composition.map import map_composition
from regionwise.core.families.composition.params import CompositionMapping, CompositionTraining
from regionwise.core.families.composition.train import train
from regionwise.core.learning.training_results import MAP
from regionwise.core.targets.metrics import r2
from regionwise.core.tools.evaluation.map_applicability import map_applicability
from regionwise.core.tools.evaluation.params import ApplicabilityMapping
from regionwise.core.tools.simulation.composition_world import COMPONENTS, PRECISION, World, sample, simulate_world
from regionwise.core.tools.simulation.params import DESIGNS, Simulation
from regionwise.core.tools.simulation.simulate import CELL_M, simulate

SIZE, LEVEL = 96, 0.9
UNITS = (10, 25, 100)
UNIFORM, CLUSTERED, BROADCAST = DESIGNS
KIND = "knndm"  # what Validation = auto is
GAPS = {UNIFORM: 0.05, CLUSTERED: 0.08, BROADCAST: 0.10}
SOURCE_EFFECT = 0.5  # deviation of the logarithm of each share that labels of one source have in common
DECILES = 10
DRAWS = 20  # of new units
FEW_CELLS = 30  # outside, below which their error is chance

Found = dict[str, Any]


def write_world(folder: Path, design: str, units: int, seed: int) -> World:
    """Write the rasters of a world, and samples of so many units: clusters, broadcast units, or surveyors anywhere."""
    plain = Simulation(size=SIZE, seed=seed, settled_only=True, output_folder=str(folder))
    run_task(simulate, plain, folder)
    world = simulate_world(SIZE, design, seed, units)
    group = world.group % units if design == UNIFORM else world.group
    write_samples(folder, world.places, world.labels, group, world)
    return world


def write_samples(folder: Path, places: Any, labels: Any, group: Any, world: World) -> None:
    """Write samples at cells, with their source and region."""
    known = gpd.read_file(folder / "regions.gpkg")
    rows, cols = places.T
    half = SIZE * CELL_M / 2
    points = gpd.points_from_xy((cols + 0.5) * CELL_M - half, half - (rows + 0.5) * CELL_M)
    columns = {**dict(zip(COMPONENTS, labels.T, strict=True)), "source": [f"unit {number}" for number in group]}
    columns["region"] = [f"R{number + 1}" for number in world.region[rows, cols]]
    write_vector(gpd.GeoDataFrame(columns, geometry=points, crs=known.crs), str(folder / "samples.gpkg"))


def unseen(world: World) -> Any:
    """The settled cells that no sample lies in, shape (row, col): the map of which scores tell."""
    cells = world.settled.copy()
    cells[tuple(world.places.T)] = False
    return cells


def drawn(shares: Any, rng: np.random.Generator) -> Any:
    """Labels of cells whose shares are (component, cell), shape (cell, component)."""
    labels = rng.gamma(PRECISION * shares.T + 1e-9)
    return labels / labels.sum(1, keepdims=True)


def rasters(folder: Path) -> dict[str, tuple[Layer, ...]]:
    """Day and night of a world."""
    return {name: (Layer(str(folder / f"{name}.tif"), name),) for name in ("day", "night")}


def training(folder: Path, **options: Any) -> CompositionTraining:
    """A training of trees on the samples of a world."""
    return CompositionTraining(
        **rasters(folder), samples=Layer(str(folder / "samples.gpkg"), "samples"), targets=COMPONENTS,
        source_field="source", model_type="boosting", seed=1, allow_duplicates=True,
        model=str(folder / "model.safetensors"), scores=str(folder / "scores.csv"), **options,
    )  # fmt: skip


def mapped(folder: Path, cells: Any, **options: Any) -> tuple[Any, Any, Any]:
    """Shares and bands (lower, upper), each (cell, component), that a model maps in cells of the mask (row, col)."""
    bands = folder / "bands.tif"
    params = CompositionMapping(
        **rasters(folder), model=str(folder / "model.safetensors"), level=LEVEL, output=str(folder / "map.tif"),
        intervals=str(bands), **options,
    )  # fmt: skip
    run_task(map_composition, params, folder / "map.job")
    low, high = np.split(read(bands)[:-1, cells].T, 2, 1)  # the last band is their mean width
    return read(folder / "map.tif")[:, cells].T, low, high


def applicable(folder: Path, cells: Any) -> Any:
    """Dissimilarity, inside, density, and expected error in cells of the mask (row, col), shape (band, cell)."""
    output = folder / "applicability.tif"
    params = ApplicabilityMapping(**rasters(folder), model=str(folder / "model.safetensors"), output=str(output))
    run_task(map_applicability, params, folder / "applicability.job")
    return read(output)[:, cells]


def score_world(design: str, units: int, seed: int, folder: Path) -> Found:
    """What is told of one world, and what is true."""
    world = write_world(folder, design, units, seed)
    run_task(train, training(folder), folder / "train.job")
    told, of_member = (main_row(folder / "scores.csv", KIND, model=model) for model in (MAP, "boosting"))
    cells = unseen(world)
    shares, low, high = mapped(folder, cells)
    labels = drawn(world.shares[:, cells], np.random.default_rng(seed))
    squared = ((shares - labels) ** 2).mean(1)
    true_r2, true_rmse = scores(labels, shares)
    unit_r2, unit_rmse = of_new_units(world, cells, shares, units, seed) if design == BROADCAST else (np.nan, np.nan)
    index, inside, _, expected = applicable(folder, cells)
    inside = inside > 0.5
    fold_error, region = told_error(folder), world.region[cells]
    return {
        "gap": abs(told["r2"] - true_r2), "member gap": abs(of_member["r2"] - true_r2),
        "unit gap": abs(told["r2"] - unit_r2),
        "R2 held": held(told["low"], true_r2, told["high"]), "unit R2 held": held(told["low"], unit_r2, told["high"]),
        "RMSE held": held(told["rmse_low"], true_rmse, told["rmse_high"]),
        "unit RMSE held": held(told["rmse_low"], unit_rmse, told["rmse_high"]),
        **{f"band {name}": ((labels >= low) & (labels <= high))[:, i].mean() for i, name in enumerate(COMPONENTS)},
        **{f"band R{number}": within_bands(labels, low, high)[region == number].mean() for number in np.unique(region)},
        "inside": np.sqrt(squared[inside].mean()) / fold_error,
        "outside": np.sqrt(squared[~inside].mean()) / fold_error if (~inside).sum() >= FEW_CELLS else np.nan,
        "deciles": deciles(index, expected, squared),
    }  # fmt: skip


def scores(labels: Any, shares: Any) -> tuple[float, float]:
    """R2 and RMSE, means over components."""
    return float(r2(labels, shares).mean()), float(np.sqrt(((shares - labels) ** 2).mean(0)).mean())


def of_new_units(world: World, cells: Any, shares: Any, units: int, seed: int) -> tuple[float, float]:
    """R2 and RMSE of a map, in `cells`, for labels that places of new units share, drawn as those of the samples."""
    rng, raster = np.random.default_rng(seed), np.full((*cells.shape, len(COMPONENTS)), np.nan)
    raster[cells] = shares
    draws = [sample(np.moveaxis(world.shares, 0, -1), world.settled, BROADCAST, units, rng)[:2] for _ in range(DRAWS)]
    places, labels = (np.concatenate(parts) for parts in zip(*draws, strict=True))
    answers = raster[tuple(places.T)]
    known = np.isfinite(answers).all(1)
    return scores(labels[known], answers[known])


def within_bands(labels: Any, low: Any, high: Any) -> Any:
    """The share of components within their bands, by cell."""
    return ((labels >= low) & (labels <= high)).mean(1)


def told_error(folder: Path) -> float:
    """The out-of-fold root of the mean squared error of a share."""
    table = pd.read_csv(folder / "scores.csv")
    rows = table[(table["validation"] == KIND) & (table["model"] == "boosting") & (table["part"] == "all")]
    return float(np.sqrt((rows[rows["component"].isin(COMPONENTS)]["rmse"] ** 2).mean()))


def deciles(index: Any, expected: Any, squared: Any) -> list[tuple[float, float]]:
    """Sums of expected and true squared errors by decile of the dissimilarity; cells without an expectation are out."""
    rank = np.argsort(np.argsort(index)) * DECILES // len(index)
    sums = []
    for decile in range(DECILES):
        known = (rank == decile) & np.isfinite(expected)
        sums.append(
            (float((expected[known] ** 2).mean()), float(squared[known].mean())) if known.any() else (np.nan,) * 2
        )
    return sums


def claims(worlds: int) -> list[Claim]:
    """Claims on scores and bands, by design and number of units."""
    cases = [(design, units, seed) for design in DESIGNS for units in UNITS for seed in range(1, worlds + 1)]
    by_case: dict[tuple[str, int], list[Found]] = defaultdict(list)
    for (design, units, _), found in zip(cases, in_worlds(score_world, cases), strict=True):
        by_case[design, units].append(found)
    out = []
    for score in ("R2", "RMSE"):
        for (design, units), found in by_case.items():
            out.append(mean_of(f"90 % interval of {score} holds the map's", f"{design}, {units} units",
                               [each[f"{score} held"] for each in found], 0.85, 0.95))  # fmt: skip
        out += [
            mean_of(f"90 % interval of {score} holds that for labels of new units", f"{BROADCAST}, {units} units",
                    [each[f"unit {score} held"] for each in by_case[BROADCAST, units]], 0.85, 0.95)
            for units in UNITS
        ]  # fmt: skip
    for design in DESIGNS:
        found = [each for (name, _), some in by_case.items() if name == design for each in some]
        for claim, key in (("told score of the map", "gap"), ("score of members under folds", "member gap")):
            out.append(mean_of(f"{claim} against the map's, mean difference of R2", design,
                               [each[key] for each in found], -np.inf, GAPS[design]))  # fmt: skip
        if design == BROADCAST:
            out.append(mean_of("told score of the map against that for labels of new units, mean difference of R2",
                               design, [each["unit gap"] for each in found], -np.inf, GAPS[design]))  # fmt: skip
        out += [
            mean_of(
                f"marginal band .90, {name}", design, [each.get(f"band {name}", np.nan) for each in found], 0.88, 0.92
            )
            for name in (*COMPONENTS, "R0", "R1", "R2", "R3")
        ]
        out.append(mean_of("error inside the area of applicability over the told one", design,
                           [each["inside"] for each in found], -np.inf, 1.1))  # fmt: skip
        out.append(mean_of("error outside of it over the told one", design,
                           [each["outside"] for each in found], 1.3, np.inf))  # fmt: skip
        sums = np.array([each["deciles"] for each in found])
        for decile in range(DECILES):
            out.append(ratio_of(design, decile, sums[:, decile]))
    return out


def ratio_of(design: str, decile: int, sums: Any) -> Claim:
    """Expected over true error in a decile of the dissimilarity, over all worlds; the error is that of a jackknife."""
    sums = sums[np.isfinite(sums).all(1)]
    name, goal = f"expected over true error, decile {decile + 1} of the dissimilarity", (0.85, 1.15)
    if len(sums) < 2:
        return Claim(name, design, float("nan"), float("nan"), *goal, len(sums))
    total = sums.sum(0)
    without = np.sqrt((total[0] - sums[:, 0]) / (total[1] - sums[:, 1]))
    error = np.sqrt((len(sums) - 1) / len(sums) * ((without - without.mean()) ** 2).sum())
    return Claim(name, design, float(np.sqrt(total[0] / total[1])), float(error), *goal, len(sums))
