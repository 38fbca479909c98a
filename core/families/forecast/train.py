"""Train forecasts: models of an index's next years, scored on years that they did not know."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...contract.errors import RegionwiseError
from ...contract.protocol import VERSION
from ...data.raster.grids import Grid
from ...data.raster.stack import COVARIATE, MASK, SERIES, Stack, raster_files
from ...data.raster.tiles import Tile
from ...data.series.image_series import read_series
from ...learning.contracts import Learner
from ...learning.cross_validation import Trainer, cross_validate
from ...learning.model_file import Card, Member, Model, write_model
from ...learning.model_types import BOOSTING, RESIDUAL, RIDGE, SIMPLE, STACK
from ...runtime.checkpoints import Checkpoints
from ...runtime.executor import Executor
from ...runtime.files import check_not_input, check_writable, fingerprint, work_folder
from ...runtime.local_executor import executor_of
from ...runtime.progress import Progress
from ...runtime.run import Result, Run
from ...runtime.versions import versions
from ...validation.splits import Split
from ...workflow.cross_train import for_smoke_run
from ...workflow.device_choice import device_for
from .covariates import YEARLY, Covariates, covariates_of
from .dataset import ForecastDataset
from .forecast_report import finish
from .forecast_results import ForecastResults, judge, tested_origins
from .forecast_scores import ALL, EVERY
from .lag_features import halo_of_lags
from .lag_learners import LagLearner
from .params import ForecastTraining
from .rolling_origin import chain
from .yearly_stack import Frames, check_masks, check_values, cut_windows, yearly

FAMILY = "forecast"
LAGS = (SIMPLE, RIDGE, BOOSTING)  # stand beside every model
QUICK = {"width": 8, "epochs": 2, "patience": 2, "patches": 4, "test_years": 2, "weighing_years": 2}


def train(params: ForecastTraining, run: Run) -> Result:
    """Forecast a chain of years from the years before each, and learn from all of them what maps the next ones."""
    with executor_of(run) as executor:
        return _train(for_smoke_run(params, QUICK, run), run, executor)


def _train(params: ForecastTraining, run: Run, executor: Executor) -> Result:
    series = read_series(params.series)
    check_writable(params.model, params.scores, params.report)
    inputs = [params.series, series.raster, *(layer.path for layer in (*params.masks, *params.covariates))]
    check_not_input([params.model, params.scores, params.report], inputs)
    check_masks(params.masks)
    frames = yearly(series, params.last_year)
    first = _first_year(frames, params)
    for text in _notices(frames, params, first):
        run.channel.warning(text)
    parts = (VERSION, params.without("model", "scores", "report", "figures"))
    key = fingerprint(*parts, files=raster_files(inputs))
    work = work_folder(run.folder, key)
    sensors = {SERIES: (series.layer,), COVARIATE: params.covariates, MASK: params.masks}
    with Stack(sensors, params.resampling, zero_missing=params.zeros == "nodata") as stack:
        for text in stack.notices:
            run.channel.warning(text)
        covariates = covariates_of(stack.bands, frames.first)
        last = len(frames.years) - 1
        covariates.check(last, last, "the series is learned up to there")
        check_values(stack, frames, params.zeros, params.series)
        run.channel.info(f"{frames.name}, {frames.years[0]} to {frames.years[-1]}; {stack.grid.describe()}.")
        patches, places = cut_windows(
            stack,
            params.patch,
            _halo(params),
            params.patches,
            seed=params.seed,
            folder=run.scratch(work),
            half=params.patch_storage == "float16",
        )
        grid, names = stack.grid, [band.name for band in stack.bands if band.sensor == MASK]
    device = device_for([_network(params) or params.model_type], params.device, executor, run)
    dataset = ForecastDataset(
        patches,
        frames,
        covariates,
        params.window,
        params.horizon,
        params.levels(),
        device,
        Checkpoints(work),
        params.seed,
    )
    groups = _groups(places, grid, params)
    splits = chain(first, dataset.years - 1, params.window, len(places), dataset.years, groups)
    numbers = np.arange(len(places))
    whole = Split(
        "all years", dataset.pairs(numbers, params.window, last - 1), dataset.pairs(numbers, last, last), numbers[:0]
    )
    learners = _learners(params, dataset)
    kinds = [kind for kind in learners if params.model_type in (STACK, kind)]
    trainer = Trainer(
        executor, dataset.checkpoints, run.channel, Progress(run.channel, len(learners) * len(splits) + len(kinds))
    )
    chained = {kind: cross_validate(splits, each, trainer, label="forward") for kind, each in learners.items()}
    members = {kind: cross_validate([whole], learners[kind], trainer, label="final")[0].arrays for kind in kinds}
    results = judge(params, run, dataset, grid, places, names, first, splits, chained)
    if not results.row(params.model_type):
        raise RegionwiseError(
            f"'{params.series}' has no data in the tested years ({results.years[0]} to {results.years[-1]}).",
            "Choose an earlier Last year, or more Test years.",
        )
    networks = {kind: learners[kind].description() for kind in members if kind not in LAGS}
    card = _card(params, dataset, grid, results, list(members), networks, key)
    write_model(params.model, Model(card, members))
    result = finish(results)
    patches.forget()
    return result


def _network(params: ForecastTraining) -> str:
    """The type of network that learns; none is empty."""
    if params.model_type in LAGS:
        return ""
    return RESIDUAL if params.model_type == STACK else params.model_type


def _halo(params: ForecastTraining) -> int:
    """The cells around a window that models see."""
    kind = _network(params)
    if not kind:
        return halo_of_lags()
    from .net_learner import halo_of

    return max(halo_of_lags(), halo_of(kind, params.window, params.horizon))


def _learners(params: ForecastTraining, dataset: ForecastDataset) -> dict[str, Learner]:
    """Who learns; baselines, ridge and boosting always do, to stand in the same table."""
    found: dict[str, Learner] = {kind: LagLearner(kind, dataset, params.seed) for kind in LAGS}
    kind = _network(params)
    if kind:
        from .net_learner import ForecastLearner

        found[kind] = ForecastLearner(kind, params, dataset, params.width, params.validation == "forward")
    return found


def _first_year(frames: Frames, params: ForecastTraining) -> int:
    """The number of the first year of the chain; raise if there are too few years, or too few images."""
    years, tested = len(frames.positions), tested_origins(params)
    need = params.window + params.horizon + 1 + tested
    if years < need:
        raise RegionwiseError(
            f"Series '{params.series}' has {years} years ({frames.years[0]} to {frames.years[-1]}); to see "
            f"{params.window} of them (Window), forecast {params.horizon} (Horizon), test {params.test_years} (Test "
            f"years) and learn, it takes {need}.",
            "Choose a smaller Window, a shorter Horizon or fewer Test years, or add years.",
        )
    first = max(years - tested - params.weighing_years, params.window + params.horizon)
    for lead in range(params.horizon):
        taught = range(params.window, first - lead)
        if not any(frames.bands(y + lead, y + lead + 1) and frames.bands(y - params.window, y) for y in taught):
            raise RegionwiseError(
                f"Series '{params.series}' has no image from {frames.first + params.window} to "
                f"{frames.first + first - 1} that could be forecast {lead + 1} ahead from the {params.window} years "
                f"before it; missing are {', '.join(map(str, frames.missing))}.",
                "Add images, or choose a smaller Window or fewer Test years.",
            )
    return first


def _notices(frames: Frames, params: ForecastTraining, first: int) -> list[str]:
    found = []
    if frames.missing:
        listing = ", ".join(map(str, frames.missing))
        found.append(f"{len(frames.missing)} years are missing and stay missing in their place: {listing}.")
    weighing = len(frames.positions) - tested_origins(params) - first
    if weighing < params.weighing_years:
        found.append(
            f"The series is short: weights and intervals come from {weighing} years, not {params.weighing_years}."
        )
    return found


def _groups(places: list[Tile], grid: Grid, params: ForecastTraining) -> np.ndarray:
    """The group of each window: all in one, or drawn at random where places are held out.

    Raises
    ------
    RegionwiseError
        If there are fewer windows than groups.
    """
    if params.validation == "forward":
        return np.zeros(len(places), np.int64)
    if len(places) < params.folds:
        raise RegionwiseError(
            f"Series '{params.series}' has {len(places)} windows of {params.patch} cells with data; "
            f"{params.validation} with Folds = {params.folds} needs as many.",
            "Choose a smaller Patch or fewer Folds.",
        )
    order = np.random.default_rng(params.seed).permutation(len(places))
    return order % params.folds


def _learned(covariates: Covariates) -> list[dict[str, str]]:
    """How a model's card tells which covariates it needs."""
    same = [{"name": name, "sensor": COVARIATE} for name in covariates.names]
    return same + [{"name": each.name, "sensor": YEARLY, "unit": each.unit} for each in covariates.dated]


def _card(
    params: ForecastTraining,
    dataset: ForecastDataset,
    grid: Grid,
    results: ForecastResults,
    members: list[str],
    networks: dict[str, Any],
    key: str,
) -> Card:
    """Return what a model file says of itself."""
    frames = dataset.frames
    return Card(
        family=FAMILY,
        network=networks,
        bands=[{"name": frames.name, "sensor": SERIES, "unit": frames.unit}, *_learned(dataset.covariates)],
        components=[f"{lead} years ahead" for lead in range(1, params.horizon + 1)],
        members=[Member(kind, "global", type=kind) for kind in members],
        crs=grid.crs.to_wkt(),
        cell_size=grid.cell_size,
        area=list(grid.bounds),
        training={**params.to_json(), "first_year": frames.first, "last_year": frames.years[-1]},
        scores=[row for row in results.rows if (row["part"], row["year"]) == (ALL, EVERY)],
        fingerprint=key,
        versions=versions(),
        mixture=results.mixture,
        calibration=results.calibration,
    )
