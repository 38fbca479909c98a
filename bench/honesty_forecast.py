"""What the intervals of forecasts are worth: simulated maps whose years err together, and their known errors.

The years of simulated maps are forecast, each from the years before it, by a regression and simple forecasts: bands
that 3, 5, 10 and 20 years calibrated are held against the next year, and intervals of RMSE from 3, 5, 10 and 20 tested
years against the true one, which persistence has in closed form. In some worlds all cells share half of what is new in
a year.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from honesty_claims import Claim, in_worlds, mean_of
from numpy.typing import NDArray
from regionwise.core.contract.params import Layer
from regionwise.core.data.raster.stack import SERIES, Stack
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
TRUE_RMSE = float(np.sqrt(2 * (1 - MEMORY) * ANOMALY**2 + TREND_SPREAD**2))  # of persistence
BANDS, ERRORS = "forecasts: bands .90", "90 % intervals of forecast RMSE"
GOALS = {BANDS: (0.86, 0.94), ERRORS: (0.85, 0.95)}


def claims(worlds: int) -> list[Claim]:
    """Claims on bands, and on intervals of RMSE, by what years share, model and number of years."""
    chains = in_worlds(chain_of, [(seed, shared) for shared in SHARED for seed in range(1, worlds + 1)])
    out: list[Claim] = []
    for number, shared in enumerate(SHARED):
        of_design = chains[number * worlds : (number + 1) * worlds]
        held: dict[tuple[str, str], list[float]] = defaultdict(list)
        truth = true_errors([chain for chain, _ in of_design])
        for chain, block in of_design:
            for name in NAMES:
                sums = sums_of(chain, block, name)
                for years in YEARS:
                    text = f"{name}, {years} {{}}, shared {shared:g}"
                    held[BANDS, text.format("weighing years")].append(band_coverage(chain, name, years))
                    inside = intervals_hold(sums, truth[name], years)
                    held[ERRORS, text.format("tested years")].append(inside)
        out += [mean_of(claim, design, values, *GOALS[claim]) for (claim, design), values in held.items()]
    return sorted(out, key=lambda row: row.claim)


def chain_of(seed: int, shared: float, folder: Path) -> tuple[OriginForecasts, NDArray[np.int64]]:
    """The forecasts of all years of a world from the years before each, and the block of each cell."""
    world = simulate_forecast(SIZE, 0.0, seed, shared)
    values = np.where(world.opened > 0, np.nan, world.values).astype(np.float32)
    years = len(values)
    dataset = dataset_of(values, folder)
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
    return forecasts, np.repeat(np.arange(windows), len(cells))


def dataset_of(values: NDArray[np.float32], folder: Path) -> ForecastDataset:
    """The dataset of a world, cut into windows."""
    profile = {"driver": "GTiff", "width": SIZE, "height": SIZE, "count": len(values), "dtype": "float32",
               "nodata": np.nan, "crs": "EPSG:32650", "transform": Affine(90, 0, 0, 0, -90, 0)}  # fmt: skip
    with rasterio.open(folder / "y.tif", "w", **profile) as file:
        file.write(values)
    with Stack({SERIES: (Layer(str(folder / "y.tif"), "y"),)}) as stack:
        spec = WindowSpec(PATCH, halo_of_lags(), (SIZE // PATCH) ** 2, 0)
        patches, _ = cut_windows(stack, spec, folder / "windows")
    frames = Frames(INDEX, "", FIRST, tuple(range(len(values))))
    checkpoints = Checkpoints(folder / "checkpoints")
    return ForecastDataset(patches, frames, Covariates(), WINDOW, 1, LEVELS, "cpu", checkpoints, 0)


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


def true_errors(chains: list[OriginForecasts]) -> dict[str, NDArray[np.float64]]:
    """The true squared error of models in each year: of persistence its closed form, of others the mean of all worlds.

    By name, shape (year,).
    """
    truth = {}
    for name in NAMES:
        errors = [chain.models[name][:, 0, 0] - chain.observed[:, 0] for chain in chains]
        of_years = np.mean([np.nanmean(each**2, 1) for each in errors], 0)
        truth[name] = np.full(len(of_years), TRUE_RMSE**2) if name == PERSISTENCE else of_years
    return truth


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


def sums_of(chain: OriginForecasts, block: NDArray[np.int64], name: str) -> NDArray[np.float64]:
    """The sums of a model's errors in each year and block."""
    each = zip(chain.observed[:, 0], chain.climatology, chain.models[name][:, 0, :1].astype(np.float64), strict=True)
    return np.stack([ScoredCells(*values, {}, block).sums(int(block.max()) + 1) for values in each])
