"""Train forecasts: models of an index's next years, scored on years that they did not know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ...contract.errors import RegionwiseError
from ...contract.protocol import VERSION
from ...data.raster.stack import COVARIATE, MASK, SERIES, Stack, raster_files
from ...data.series.image_series import read_series
from ...data.vector.writers import write_rows
from ...learning.card import BandInfo, Member
from ...learning.contracts import FittedMember, Learner
from ...learning.cross_validation import Trainer, cross_validate
from ...learning.model_types import BOOSTING, RESIDUAL, RIDGE, SIMPLE, STACK
from ...reports.finish import publish
from ...runtime.checkpoints import Checkpoints
from ...runtime.context import RunContext
from ...runtime.files import check_not_input, check_writable, fingerprint, work_folder
from ...runtime.local_executor import executor_of
from ...runtime.progress import Progress
from ...runtime.run import Result, Run
from ...runtime.types import Index
from ...targets.calibration import CalibrationInfo
from ...validation.rolling_origin import RollingOrigin
from ...validation.splits import Split
from ...workflow.cross_train import SCORED, TRAINED, ModelDescription, Provenance, card_of, for_smoke_run, write_members
from ...workflow.device_choice import device_for
from ...workflow.planning.model_choice import Rule, first_choice, settled
from ...workflow.planning.time_estimate import estimate, kept_estimate, tell_time
from ...workflow.training_inputs import READ
from .dataset import ForecastDataset, WindowSpec, cut_windows
from .forecast_report import few_years, summary_lines, training_report
from .forecast_results import ForecastInputs, ForecastResults, evaluate_origins, tested_origins
from .forecast_scores import ALL, EVERY
from .forecast_verdict import training_verdict
from .lag_features import halo_of_lags
from .lag_learners import LagLearner
from .params import ForecastTraining
from .yearly_stack import YEARLY, Covariates, Frames, check_masks, check_values, covariates_of, yearly

FAMILY = "forecast"
LAGS = (SIMPLE, RIDGE, BOOSTING)  # stand beside every model
RULE = Rule(RIDGE, fewest=50, unit="windows")
QUICK = {"width": 8, "epochs": 2, "patience": 2, "patches": 4, "test_years": 2, "weighing_years": 2}


def train(params: ForecastTraining, run: Run) -> Result:
    """Forecast each of the last years from the years before it, and learn from all of them to map the next ones."""
    with executor_of(run) as executor:
        return _train(RunContext(for_smoke_run(params, QUICK, run), run, executor))


def _train(context: RunContext[ForecastTraining]) -> Result:
    run, asked = context.run, context.params
    choice = first_choice(asked.model_type, asked.device, asked.time_budget, RULE, context.executor, run)
    context = replace(context, params=replace(asked, model_type=choice.model_type))
    run.channel.stage("Reading the series", until=READ)
    inputs = _read_inputs(context)
    params, dataset = context.params, inputs.dataset
    origin = RollingOrigin(inputs.first, dataset.years - 1, params.window, dataset.years)
    splits = origin.splits(_groups(len(inputs.places), params))
    whole, learners = _whole(dataset, len(inputs.places)), _learners(params, dataset)
    expected = kept_estimate(dataset.checkpoints, lambda: estimate(learners, [*splits, whole], context.executor))
    seconds = None if expected is None else expected.seconds
    choice = settled(choice, RULE, len(inputs.places), params.time_budget, lambda: seconds, dataset.checkpoints)
    if choice.model_type != params.model_type:
        params = replace(params, model_type=choice.model_type)
        learners = _learners(params, dataset)
    for text in choice.told:
        run.channel.info(text)
    tell_time(run.channel, expected and expected.of(learners), params.time_budget)
    kinds = [kind for kind in learners if params.model_type in (STACK, kind)]
    run.channel.stage("Training", until=TRAINED)
    progress = Progress(run.channel, len(learners) * len(splits) + len(kinds))
    trainer = Trainer(context.executor, dataset.checkpoints, run.channel, progress)
    fitted = {kind: cross_validate(splits, each, trainer, label="forward") for kind, each in learners.items()}
    final = {kind: cross_validate([whole], learners[kind], trainer, label="final")[0] for kind in kinds}
    run.channel.stage("Scoring the forecasts", until=SCORED)
    results = replace(evaluate_origins(params, run, inputs, splits, fitted), told=choice.told)
    if not results.row(params.model_type):
        raise RegionwiseError(
            f"'{params.series}' has no data in the tested years ({results.years[0]} to {results.years[-1]}).",
            "Choose an earlier Last year, or more Test years.",
        )
    notices = few_years(results)
    for text in notices:
        run.channel.warning(text)
    _save(results, learners, final)
    write_rows(results.rows, params.scores)
    verdict, row = training_verdict(results, notices), results.row(results.chosen)
    run.channel.stage("Writing the report")
    outputs = publish(params, run.channel, lambda: training_report(results, verdict), summary_lines(results))
    dataset.patches.forget()
    numbers = {"RMSE": row["rmse"], "RMSE_YEARLY": results.yearly_rmse(results.chosen), "COVERAGE": row["coverage"]}
    numbers = {name: value for name, value in numbers.items() if value is not None}
    return Result(outputs, numbers, verdict.first_line)


def _read_inputs(context: RunContext[ForecastTraining]) -> ForecastInputs:
    """The checked inputs of a run, cut into windows."""
    params, run = context.params, context.run
    series = read_series(params.series)
    check_writable(params.model, params.scores, params.report)
    files = [params.series, series.raster, *(layer.path for layer in (*params.masks, *params.covariates))]
    check_not_input([params.model, params.scores, params.report], files)
    check_masks(params.masks)
    frames = yearly(series, params.last_year)
    first = _first_year(frames, params)
    for text in _notices(frames, params, first):
        run.channel.warning(text)
    key = fingerprint(VERSION, params.without("model", "scores", "report", "figures"), files=raster_files(files))
    work = work_folder(run.folder, key)
    sensors = {SERIES: (series.layer,), COVARIATE: params.covariates, MASK: params.masks}
    with Stack(sensors, params.resampling, zero_missing=params.zeros == "nodata") as stack:
        covariates = covariates_of(stack.bands, frames.first)
        last = len(frames.years) - 1
        covariates.check(last, last, "the series is learned up to there")
        check_values(stack, frames, params.zeros, params.series)
        run.channel.info(f"{frames.name}, {frames.years[0]} to {frames.years[-1]}; {stack.grid.describe()}.")
        spec = WindowSpec(params.patch, _halo(params), params.patches, params.seed, params.patch_storage == "float16")
        patches, places = cut_windows(stack, spec, run.scratch(work))
        grid, masks = stack.grid, [band.name for band in stack.bands if band.sensor == MASK]
    dataset = ForecastDataset(
        patches,
        frames,
        covariates,
        params.window,
        params.horizon,
        params.levels(),
        device_for([_network(params) or params.model_type], params.device, context.executor, run),
        Checkpoints(work),
        params.seed,
    )
    return ForecastInputs(dataset, grid, places, masks, first, key)


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
    from .net_learner import NetSpec

    return max(halo_of_lags(), NetSpec(kind, params.window, params.horizon, params.levels(), params.width, 0).halo)


def _learners(params: ForecastTraining, dataset: ForecastDataset) -> dict[str, Learner]:
    """The learners by type; baselines, ridge and boosting always learn, to stand in the same table."""
    learners: dict[str, Learner] = {kind: LagLearner(kind, dataset, params.seed) for kind in LAGS}
    kind = _network(params)
    if kind:
        from .net_learner import ForecastLearner

        learners[kind] = ForecastLearner(kind, params, dataset, params.width, params.validation == "forward")
    return learners


def _first_year(frames: Frames, params: ForecastTraining) -> int:
    """The number of the first year of the rolling origin; raise if there are too few years, or too few images."""
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
    """Sentences that a user should read before a training."""
    notices = []
    if frames.missing:
        listing = ", ".join(map(str, frames.missing))
        notices.append(f"{len(frames.missing)} years are missing and stay missing in their place: {listing}.")
    weighing = len(frames.positions) - tested_origins(params) - first
    if weighing < params.weighing_years:
        notices.append(
            f"The series is short: weights and intervals of {frames.years[first + weighing]} come from {weighing} "
            f"years, not {params.weighing_years}."
        )
    return notices


def _groups(windows: int, params: ForecastTraining) -> Index:
    """The group of each window: all in one, or drawn at random where places are held out.

    Raises
    ------
    RegionwiseError
        If there are fewer windows than groups.
    """
    if params.validation == "forward":
        return np.zeros(windows, np.int64)
    if windows < params.folds:
        raise RegionwiseError(
            f"Series '{params.series}' has {windows} windows of {params.patch} cells with data; "
            f"{params.validation} with Folds = {params.folds} needs as many.",
            "Choose a smaller Patch or fewer Folds.",
        )
    return np.random.default_rng(params.seed).permutation(windows) % params.folds


def _whole(dataset: ForecastDataset, windows: int) -> Split:
    """The split of the model that maps: all years train but the last, which validates."""
    numbers, last = np.arange(windows), dataset.years - 1
    train, validation = dataset.pairs(numbers, dataset.window, last - 1), dataset.pairs(numbers, last, last)
    return Split("all years", train, validation, numbers[:0])


def _save(results: ForecastResults, learners: Mapping[str, Learner], final: Mapping[str, FittedMember]) -> None:
    """Write the model."""
    params, inputs = results.params, results.inputs
    frames = inputs.dataset.frames
    networks = {kind: learners[kind].description() for kind in final if kind not in LAGS}
    bands = [BandInfo(frames.name, SERIES, frames.unit), *_bands(inputs.dataset.covariates)]
    components = [f"{lead} years ahead" for lead in range(1, params.horizon + 1)]
    members = {kind: (Member(kind, "global", type=kind), fitted.arrays) for kind, fitted in final.items()}
    facts = {"first_year": frames.first, "last_year": frames.years[-1], "choices": list(results.told)}
    card = replace(
        card_of(
            ModelDescription(FAMILY, networks, bands),
            components,
            members,
            Provenance(params, inputs.grid, inputs.key, facts),
        ),
        scores=[row for row in results.rows if (row["part"], row["year"]) == (ALL, EVERY)],
        mixture=results.mixture,
        calibration=CalibrationInfo(forecast=results.calibration),
    )
    write_members(params.model, card, members)


def _bands(covariates: Covariates) -> list[BandInfo]:
    """The covariates as a model's card names them."""
    same = [BandInfo(name, COVARIATE) for name in covariates.names]
    return same + [BandInfo(each.name, YEARLY, each.unit) for each in covariates.dated]
