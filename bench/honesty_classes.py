"""Claims of crops: accuracy and macro F1 with their intervals, on simulated fields of which some were visited."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
from honesty_claims import Claim, held, in_worlds, main_row, mean_of, read, run_task
from regionwise.core.contract.layer import Layer
from regionwise.core.data.vector.writers import write_vector
from regionwise.core.families.crops.map import map_crops
from regionwise.core.families.crops.params import CropMapping, CropTraining
from regionwise.core.families.crops.train import train
from regionwise.core.learning.training_results import MAP
from regionwise.core.targets.class_target import class_scores, confusion
from regionwise.core.tools.series.make_series import make_series
from regionwise.core.tools.series.params import SeriesMaking
from regionwise.core.tools.simulation.crop_world import CROPS, simulate_crops
from regionwise.core.tools.simulation.params import Simulation
from regionwise.core.tools.simulation.simulate import CELL_M, CRS_TEXT, simulate

SIZE, GAPS, CELLS = 160, 0.3, 4  # CELLS of each field that was visited; of 200 fields, 100 visits left the small ones
UNITS = (10, 25, 100)


def field_world(units: int, seed: int, folder: Path) -> tuple[float, float]:
    """Whether the intervals of accuracy and macro F1 hold those of the map on fields that nobody visited."""
    run_task(simulate, Simulation(family="crops", size=SIZE, gaps=GAPS, seed=seed, output_folder=str(folder)), folder)
    world = simulate_crops(SIZE, max(200, round(1500 / 256**2 * SIZE**2)), GAPS, seed)
    rng = np.random.default_rng(seed)
    crop = world.years[0].crop
    fields = visited(world.field, units, rng)
    write_visits(folder, world.field, fields, crop, rng)
    series = folder / "series.json"
    run_task(make_series, SeriesMaking(folder=str(folder / "images"), output=str(series)), folder / "series.job")
    params = CropTraining(
        series=str(series), samples=Layer(str(folder / "visits.gpkg"), "visits"), class_field="crop",
        source_field="field", validation="grouped", folds=min(10, units // 2), model_type="boosting",
        model=str(folder / "model.safetensors"), scores=str(folder / "scores.csv"),
    )  # fmt: skip
    run_task(train, params, folder / "train.job")
    mapping = CropMapping(series=str(series), model=params.model, output=str(folder / "map.tif"))
    run_task(map_crops, mapping, folder / "map.job")
    names = sorted({list(CROPS)[number] for number in crop[fields]})  # the codes of a map follow their order
    known = np.isin(crop, [list(CROPS).index(name) for name in names])
    of_crop = np.array([names.index(name) if name in names else -1 for name in CROPS])
    elsewhere = ~np.isin(world.field, fields) & known[world.field]
    truth = of_crop[crop[world.field][elsewhere]]
    mapped = read(folder / "map.tif")[0][elsewhere].astype(int) - 1
    table = confusion(truth, mapped, len(names))
    told = main_row(folder / "scores.csv", "grouped", model=MAP)
    return (
        held(told.get("accuracy_low"), float(np.trace(table) / table.sum()), told.get("accuracy_high")),
        held(told["low"], float(np.nanmean(class_scores(table)["f1"])), told["high"]),
    )


def visited(field: np.ndarray, units: int, rng: np.random.Generator) -> np.ndarray:
    """So many fields, each as likely as it is large: else samples would not stand for the cells of the map."""
    numbers, first = np.unique(rng.permutation(field.ravel()), return_index=True)
    return numbers[np.argsort(first)][:units]


def write_visits(
    folder: Path, field: np.ndarray, fields: np.ndarray, crop: np.ndarray, rng: np.random.Generator
) -> None:
    """Write some cells of each visited field with its crop."""
    cells = [rng.permutation(np.argwhere(field == number))[:CELLS] for number in fields]
    owner = np.repeat(fields, [len(of_field) for of_field in cells])
    rows, cols = np.concatenate(cells).T
    half = SIZE * CELL_M / 2
    points = gpd.points_from_xy((cols + 0.5) * CELL_M - half, half - (rows + 0.5) * CELL_M)
    columns = {"crop": np.array(list(CROPS), object)[crop[owner]], "field": [f"field {number}" for number in owner]}
    write_vector(gpd.GeoDataFrame(columns, geometry=points, crs=CRS_TEXT), str(folder / "visits.gpkg"))


def claims(worlds: int) -> list[Claim]:
    """Claims on intervals of accuracy and macro F1, by the number of fields that were visited."""
    cases = [(units, seed) for units in UNITS for seed in range(1, worlds + 1)]
    found = dict(zip(cases, in_worlds(field_world, cases), strict=True))
    return [
        mean_of(f"90 % interval of {name} holds the map's", f"{units} fields",
                [found[units, seed][number] for seed in range(1, worlds + 1)], 0.85, 0.95)
        for number, name in enumerate(("accuracy", "macro F1"))
        for units in UNITS
    ]  # fmt: skip
