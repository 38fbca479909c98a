"""What the intervals of forecasts are worth: simulated maps whose years err together, and their known errors.

The years of simulated maps are forecast, each from the years before it, by a regression and simple forecasts: bands
that 3, 5, 10 and 20 years calibrated are held against the next year, and intervals of RMSE from 3, 5, 10 and 20 tested
years against the true one, which follows from the law. In some worlds all cells share half of what is new in a year.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from honesty_claims import Claim, in_worlds, mean_of
from numpy.typing import NDArray
from regionwise.core.contract.layer import Layer
from regionwise.core.data.raster.stack import SERIES, Stack
from regionwise.core.data.raster.tiles import Tile
from regionwise.core.families.forecast.dataset import ForecastDataset, WindowSpec, cut_windows
from regionwise.core.families.forecast.forecast_scores import ScoredCells, scores_of
from regionwise.core.families.forecast.lag_features import BASELINES, halo_of_lags
from regionwise.core.families.forecast.lag_learners import LagLearner
from regionwise.core.families.forecast.origin_forecasts import OriginForecasts
from regionwise.core.families.forecast.yearly_stack import Covariates, Frames
from regionwise.core.learning.model_types import RIDGE, SIMPLE, STACK
from regionwise.core.runtime.checkpoints import Checkpoints
from regionwise.core.targets.quantiles import calibrated, spread_factors
from regionwise.core.tools.simulation.forecast_world import (
    ANOMALY,
    FIRST,
    INDEX,
    MEMORY,
    TREND_SPREAD,
    simulate_forecast,
)
from regionwise.core.validation.rolling_origin import RollingOrigin

PERSISTENCE = "persistence"
NAMES = (STACK, RIDGE, PERSISTENCE)
SIZE, PATCH, WINDOW, TAUGHT = 48, 16, 5, 3  # the least years that teach
SHARED = (0.0, 0.5)  # of what is new in a year, in common to all cells
YEARS = (3, 5, 10, 20)  # that calibrate, or are tested
LEVELS = (0.05, 0.25, 0.75, 0.95)
BANDS, ERRORS = "forecasts: bands .90", "90 % intervals of forecast RMSE"
GOALS = {BANDS: (0.86, 0.94), ERRORS: (0.85, 0.95)}


@dataclass(frozen=True)
class Chain:
    """The forecasts of all years of a world from the years before each.

    Parameters
    ----------
    best : array, shape (year, cell)
        The forecasts of one who knows the law.
    block : array of int, shape (cell,)
    """

    forecasts: OriginForecasts
    best: NDArray[np.float64]
    block: NDArray[np.int64]

    def true_errors(self, name: str) -> NDArray[np.float64]:
        """The squared error that each year's forecasts were to expect, shape (year,).

        Persistence has that of its closed form, over years. What others expect is that of the best possible forecast,
        which is known, and their distance from it.
        """
        forecast = self.forecasts.models[name][:, 0, 0]
        if name == PERSISTENCE:
            return np.full(len(forecast), 2 * (1 - MEMORY) * ANOMALY**2 + TREND_SPREAD**2)
        expected: NDArray[np.float64] = (1 - MEMORY**2) * ANOMALY**2 + np.nanmean((forecast - self.best) ** 2, 1)
        return expected

    def sums(self, name: str) -> NDArray[np.float64]:
        """The sums of a model's errors in each year and block, shape (year, block, column)."""
        table = self.forecasts
        each = zip(
            table.observed[:, 0], table.climatology, table.models[name][:, 0, :1].astype(np.float64), strict=True
        )
        return np.stack([ScoredCells(*values, {}, self.block).sums(int(self.block.max()) + 1) for values in each])


def claims(worlds: int) -> list[Claim]:
    """Claims on bands, and on intervals of RMSE, by what years share, model and number of years."""
    held: dict[tuple[str, str], list[float]] = defaultdict(list)
    cases = [(shared, seed) for shared in SHARED for seed in range(1, worlds + 1)]
    for found in in_worlds(forecast_world, cases):
        for key, value in found.items():
            held[key].append(value)
    out = [mean_of(claim, design, values, *GOALS[claim]) for (claim, design), values in held.items()]
    return sorted(out, key=lambda row: row.claim)


def forecast_world(shared: float, seed: int, folder: Path) -> dict[tuple[str, str], float]:
    """The share of cells in bands, and of intervals that hold the true RMSE, in one world."""
    chain, held = chain_of(seed, shared, folder), {}
    for name in NAMES:
        sums, truth = chain.sums(name), chain.true_errors(name)
        for years in YEARS:
            text = f"{name}, {years} {{}}, shared {shared:g}"
            held[BANDS, text.format("weighing years")] = band_coverage(chain.forecasts, name, years)
            held[ERRORS, text.format("tested years")] = intervals_hold(sums, truth, years)
    return held


def chain_of(seed: int, shared: float, folder: Path) -> Chain:
    """The chain of a world: a quarter of a larger one, whose fields are standardised as a whole."""
    world = simulate_forecast(2 * SIZE, 0.0, seed, shared)
    values = np.where(world.opened > 0, np.nan, world.values)[:, :SIZE, :SIZE].astype(np.float32)
    years = len(values)
    dataset, places = dataset_of(values, folder)
    windows = len(dataset.patches.sample)
    first = WINDOW + TAUGHT
    splits = RollingOrigin(first, years - 1, WINDOW, years).splits(np.zeros(windows, np.int64))
    names = {SIMPLE: BASELINES, RIDGE: (RIDGE,)}
    models = {}
    for kind, of_kind in names.items():
        learner = LagLearner(kind, dataset, 0)
        shares = [learner.fit(split, split.name, lambda *_: None).shares for split in splits]
        # (year, answer, window, lead, level, cell) -> (answer, year, lead, level, window * cell)
        table = np.stack(shares).transpose(1, 0, 3, 4, 2, 5)
        models |= dict(zip(of_kind, table.reshape(*table.shape[:4], -1), strict=True))
    pairs = [[dataset.describe(window * years + year) for window in range(windows)] for year in range(first, years)]
    cells = dataset.scored
    observed = np.stack([np.concatenate([(p.observed[0] + p.base)[cells] for p in row]) for row in pairs])
    mean = dataset.names.index("mean")
    climatology = np.stack([np.concatenate([(p.features[mean] + p.base)[cells] for p in row]) for row in pairs])
    forecasts = OriginForecasts(models, observed[:, None], climatology).weighed()[0]
    squares = [world.best[first:, place.row : place.row + PATCH, place.col : place.col + PATCH] for place in places]
    best = np.concatenate([square.reshape(len(square), -1)[:, cells] for square in squares], 1)
    return Chain(forecasts, best, np.repeat(np.arange(windows), len(cells)))


def dataset_of(values: NDArray[np.float32], folder: Path) -> tuple[ForecastDataset, list[Tile]]:
    """The dataset of a world, and the windows that it is cut into."""
    profile = {"driver": "GTiff", "width": SIZE, "height": SIZE, "count": len(values), "dtype": "float32",
               "nodata": np.nan, "crs": "EPSG:32650", "transform": Affine(90, 0, 0, 0, -90, 0)}  # fmt: skip
    with rasterio.open(folder / "y.tif", "w", **profile) as file:
        file.write(values)
    with Stack({SERIES: (Layer(str(folder / "y.tif"), "y"),)}) as stack:
        spec = WindowSpec(PATCH, halo_of_lags(), (SIZE // PATCH) ** 2, 0)
        patches, places = cut_windows(stack, spec, folder / "windows")
    frames = Frames(INDEX, "", FIRST, tuple(range(len(values))))
    checkpoints = Checkpoints(folder / "checkpoints")
    return ForecastDataset(patches, frames, Covariates(), WINDOW, 1, LEVELS, "cpu", checkpoints, 0), places


def band_coverage(chain: OriginForecasts, name: str, years: int) -> float:
    """The mean share of cells inside of bands that so many years calibrated, over next years that share none of them.

    NaN of bands that are withheld.
    """
    values, observed, shares = chain.models[name], chain.observed, []
    for year in range(len(observed) - 1, years - 1, -years - 1):
        past = slice(year - years, year)
        bands = calibrated(values[year], spread_factors(values[past], observed[past], LEVELS))[0, 1:]
        truth = observed[year, 0]
        known = np.isfinite(truth)
        shares.append(((truth >= bands.min(0)) & (truth <= bands.max(0)))[known].mean())
    return float(np.mean(shares))


def intervals_hold(sums: NDArray[np.float64], truth: NDArray[np.float64], years: int) -> float:
    """The share of intervals of RMSE that hold the true one, from runs of so many years that share none.

    Parameters
    ----------
    sums : array, shape (year, block, column)
        See `ScoredCells.sums`.
    truth : array, shape (year,)
        Squared errors.
    """
    held = []
    for stop in range(len(sums), years - 1, -years):
        row = scores_of(sums[stop - years : stop], ())
        held.append(row["low"] <= np.sqrt(truth[stop - years : stop].mean()) <= row["high"])
    return float(np.mean(held))
