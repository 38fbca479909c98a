"""An independent anchor: the design of the first simulation of the paper on kNNDM, with worlds of our own.

After Linnenbrink et al. (2024), Geosci. Model Dev. 17, 5897: the suitability of a virtual species on a peninsula of
some 900 km, 19 climate variables, 100 samples in ten clusters of 80 km around random parents, a random forest of 100
trees with 6 variables a split, ten folds; the score is held against the error over the whole area.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from honesty_claims import Claim, in_worlds, mean_of
from regionwise.core.tools.simulation.random_fields import random_field
from regionwise.core.validation.knndm import knndm
from sklearn.ensemble import RandomForestRegressor

CELLS, CELL_KM = 90, 10.0
RANGES_KM = (150.0, 250.0, 400.0, 600.0)  # of the fields behind the climate
VARIABLES, PARENTS, SAMPLES, RADIUS_KM, FOLDS, TREES, TRIED = 19, 10, 100, 80.0, 10, 100, 6
WIDTH, NOISE = 1.0, 0.05  # of the responses of the species, in deviations; of what is measured of it
AREA = 1000  # places that stand for the map


def landscape(rng: np.random.Generator) -> tuple[Any, Any]:
    """Climate (cell, variable), and the suitability of a species that likes some of it (cell,)."""
    fields = np.stack([random_field(CELLS, length / CELL_KM, rng).ravel() for length in RANGES_KM], 1)
    climate = fields @ rng.normal(0, 1, (len(RANGES_KM), VARIABLES)) + rng.normal(0, 0.1, (CELLS**2, VARIABLES))
    scores = (climate - climate.mean(0)) / climate.std(0)
    axes = np.linalg.svd(scores, full_matrices=False)[2][:2]
    position = scores @ axes.T
    position = (position - position.mean(0)) / position.std(0)
    response = np.exp(-0.5 * ((position - rng.normal(0, 0.7, 2)) / WIDTH) ** 2).prod(1)
    return climate, response / response.max()


def clustered(places: Any, rng: np.random.Generator) -> Any:
    """Numbers of the sampled cells: parents anywhere, and children around them."""
    chosen = []
    for parent in rng.choice(len(places), PARENTS, replace=False):
        near = np.flatnonzero(np.hypot(*(places - places[parent]).T) <= RADIUS_KM)
        chosen.append(np.append(rng.choice(near, SAMPLES // PARENTS - 1, replace=False), parent))
    return np.unique(np.concatenate(chosen))


def forest(table: Any, target: Any, seed: int) -> RandomForestRegressor:
    """The forest of the paper."""
    return RandomForestRegressor(TREES, max_features=TRIED, min_samples_leaf=5, random_state=seed).fit(table, target)


def species_world(seed: int, folder: Path) -> tuple[float, float]:
    """RMSE under folds less that of the map: with kNNDM, and with random folds."""
    rng = np.random.default_rng(seed)
    climate, truth = landscape(rng)
    places = np.stack(np.divmod(np.arange(CELLS**2), CELLS), 1) * CELL_KM
    chosen = clustered(places, rng)
    label = truth + rng.normal(0, NOISE, len(truth))
    error = np.sqrt(((forest(climate[chosen], label[chosen], seed).predict(climate) - label) ** 2).mean())
    area = places[rng.choice(len(places), AREA, replace=False)]
    folds = (knndm(places[chosen], area, FOLDS, seed).fold, rng.permutation(len(chosen)) % FOLDS)
    told = []
    for fold in folds:
        answers = np.empty(len(chosen))
        for number in range(FOLDS):
            train, test = chosen[fold != number], fold == number
            answers[test] = forest(climate[train], label[train], seed).predict(climate[chosen[test]])
        told.append(np.sqrt(((answers - label[chosen]) ** 2).mean()) - error)
    return told[0], told[1]


def claims(worlds: int) -> list[Claim]:
    """The claim of the paper, for strongly clustered samples, and random folds beside it."""
    found = np.array(in_worlds(species_world, [(seed,) for seed in range(1, worlds + 1)]))
    name = "absolute difference of RMSE under folds and of the map, virtual species"
    return [
        mean_of(name, "kNNDM, strongly clustered", np.abs(found[:, 0]), -np.inf, 0.032),
        mean_of(name, "random folds, for comparison", np.abs(found[:, 1]), -np.inf, np.inf),
    ]
