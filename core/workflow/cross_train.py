"""Training: how every family learns its folds, is compared with others and baselines, and is written down."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from ..contract.learning_params import LearningParams, TrainingParams
from ..data.patches.patches import Patches
from ..data.raster.grids import Grid
from ..data.vector.footprints import footprint_sizes
from ..data.vector.samples import Samples
from ..features.feature_info import FeatureInfo
from ..features.footprint_features import FootprintFeatures
from ..learning.applicability.predictor_space import build_space
from ..learning.applicability.residual_structure import residual_info
from ..learning.card import BandInfo, Card
from ..learning.contracts import FittedMember, TrainingData
from ..learning.cross_validation import Trainer
from ..learning.model_file import Model, write_model
from ..learning.tested_samples import tested_arrays
from ..learning.training_results import TrainingResults, ValidationResult, write_scores
from ..mapping.evidence.stac_item import write_model_item
from ..reports.training_report import finish
from ..runtime.checkpoints import Arrays
from ..runtime.context import RunContext
from ..runtime.executor import Executor
from ..runtime.input_log import inputs_read
from ..runtime.progress import Progress, told_to
from ..runtime.run import Result, Run
from ..runtime.types import Arguments
from ..runtime.versions import versions
from ..targets.calibration import MeanCalibration, Support
from ..validation.audit import PRESENT
from ..validation.distances import nearest
from ..validation.planner import ValidationScheme
from ..validation.repeated_labels import places_of_a_label
from .experiment import (
    Evaluation,
    Experiment,
    Members,
    comparison_schemes,
    evaluate,
    evaluate_comparisons,
    members_of,
    planner_of,
    tell_left_out,
    train_scheme,
)
from .map_scores import calibration_of_map, map_correction
from .member_twins import mean_calibration, twin_split, twin_work
from .placeless import validation_of
from .planning.work_plan import plan_work
from .prediction_style import style_predictions
from .training_inputs import READ, Inputs

P = TypeVar("P", bound=TrainingParams)

TRAINED, HOLDING, SCORED = 0.85, 0.89, 0.92  # of the progress: then all is learned, its area is known, it is scored
NO_MEAN = MeanCalibration()
MOST_MEASURED = 2000  # samples that tell how large labelled areas are


def for_smoke_run(params: P, limits: Mapping[str, object], run: Run) -> P:
    """Parameters for a smoke run, if Quick is on: numbers are limited, texts replaced."""
    if not params.quick:
        return params
    run.channel.warning("Quick run: a tiny network and few epochs; the scores mean nothing.")
    changes: dict[str, Any] = {k: min(getattr(params, k), v) if isinstance(v, int) else v for k, v in limits.items()}
    return dataclasses.replace(params, **changes)


@dataclasses.dataclass(frozen=True)
class CrossValidated:
    """A finished cross-validation: its scheme, the fitted members by type, the results, and the model's members."""

    scheme: ValidationScheme
    fitted: Mapping[str, list[FittedMember]]
    results: TrainingResults
    members: Members
    trainer: Trainer


def cross_train(
    context: RunContext[LearningParams],
    inputs: Inputs,
    experiment: Experiment,
    *,
    more_work: Callable[[ValidationScheme], float] = lambda scheme: 0.0,
    start: Mapping[str, Sequence[Arrays]] | None = None,
) -> CrossValidated:
    """Train one member per fold; every observed sample is predicted by a member that never saw it.

    Parameters
    ----------
    context : RunContext
        With parameters that have the fields of `FoldParams`, too.
    more_work : callable
        Weight in the progress of what will be learned afterwards.
    start : dict, optional
        By type, tensors of members from which splits go on, in turn.
    """
    params: Any = context.params
    context.channel.stage("Planning the validation", until=READ)
    planner = planner_of(params, inputs, experiment, params.folds, params.block_size)
    scheme = planner.plan(validation_of(params, inputs.training_data.samples, context.channel))
    context.channel.info(f"Validation: {scheme.kind}. {scheme.reason}")
    tell_left_out(scheme, inputs.training_data.samples, context.channel)
    for text in missing_classes(scheme, inputs.training_data.samples):
        context.channel.warning(text)
    schemes, recalibrated = comparison_schemes(planner, scheme, context.run), experiment.target_type.recalibrated
    twin = twin_split(scheme.splits, inputs.training_data.samples.shares) if recalibrated else None
    main = [*scheme.splits, twin] if twin else scheme.splits
    experiment, schemes = plan_work(context, inputs, experiment, main, schemes)
    work = experiment.work(len(scheme.splits), schemes) + more_work(scheme) + twin_work(twin, experiment)
    context.channel.stage("Training", until=TRAINED)
    progress = Progress(context.channel, work)
    trainer = Trainer(context.executor, inputs.training_data.checkpoints, context.channel, progress)
    fitted = train_scheme(scheme, experiment.learners, "global", trainer, start)
    evaluation = evaluate(scheme, fitted, experiment, inputs, params.seed)
    mean = mean_calibration(scheme, twin, evaluation, experiment, inputs, trainer)
    comparison = evaluate_comparisons(schemes, experiment, inputs, trainer, params.seed)
    context.channel.say("Putting the scores together")
    results = results_of(context, inputs, experiment, [evaluation], comparison, mean)
    return CrossValidated(scheme, fitted, results, members_of(scheme, fitted, experiment, "global"), trainer)


def support_of(inputs: Inputs) -> Support | None:
    """What the observed labels are of; None where values come from a table, which does not say."""
    training_data, samples = inputs.training_data, inputs.training_data.samples
    if training_data.tabular or not samples.placed:
        return None
    geometry = samples.geometry[~samples.augmented]
    cells, area = footprint_sizes(geometry.iloc[:: len(geometry) // MOST_MEASURED + 1], training_data.grid)
    places = places_of_a_label(samples, broadcast=inputs.audit.broadcast)
    return Support(float(np.median(cells)), float(np.median(area)), places)


def missing_classes(scheme: ValidationScheme, samples: Samples) -> list[str]:
    """A sentence for each component that a split tests and no sample of its training has."""
    folds_lacking: dict[str, list[str]] = {}
    for split in scheme.splits:
        known = samples.shares[np.concatenate([split.train, split.validation])].max(0) > PRESENT
        for number in np.flatnonzero((samples.shares[split.test] > PRESENT).any(0) & ~known):
            folds_lacking.setdefault(samples.components[number], []).append(split.name)
    return [
        f"'{name}' is tested in {', '.join(folds)}, where no training sample has it: it cannot be predicted there. It "
        "occurs in too few places for this validation; add samples elsewhere, or merge it with another class."
        for name, folds in folds_lacking.items()
    ]


def results_of(
    context: RunContext[LearningParams],
    inputs: Inputs,
    experiment: Experiment,
    evaluations: Sequence[Evaluation],
    comparison: list[ValidationResult],
    mean: MeanCalibration = NO_MEAN,
) -> TrainingResults:
    """The results of a run; the first of `evaluations` calibrates the model, and `mean` the mean of its members."""
    training_data, target_type, first = inputs.training_data, experiment.target_type, evaluations[0]
    calibration = target_type.calibration(first.result.answers, training_data.samples, mean)
    calibration = dataclasses.replace(calibration, factors=first.factors, support=support_of(inputs))
    return TrainingResults(
        context.params,
        experiment.title,
        context.run,
        target_type,
        training_data.samples,
        training_data.grid,
        inputs.region,
        [evaluation.result for evaluation in evaluations],
        comparison,
        calibration,
        inputs.audit,
        first.mixture,
        training_data.device,
        block=inputs.block,
        map_distance=_map_distance(inputs),
        predicted_anew=training_data.augmented_labels is not None,
        backdrop=next((band for band in training_data.bands if band.path), None),
        told=experiment.told,
    )


def _map_distance(inputs: Inputs) -> float | None:
    """The median distance of the map's cells to observed samples in metres; None without places."""
    ruler, samples = inputs.ruler(), inputs.training_data.samples
    if ruler is None:
        return None
    return float(np.median(nearest(ruler.positions(inputs.area), ruler.positions(samples.xy[~samples.augmented]))))


@dataclasses.dataclass(frozen=True)
class ModelDescription:
    """The part of a model's card that its family knows.

    Parameters
    ----------
    networks : dict
        Arguments that build the networks of each type again.
    bands : list of BandInfo
        That a map must have.
    levels : dict
        Coarser classes, and what they consist of.
    colours : dict
        Of classes by name, where the user has chosen them.
    """

    family: str
    networks: dict[str, Arguments]
    bands: list[BandInfo]
    levels: dict[str, list[str]] = dataclasses.field(default_factory=dict)
    colours: dict[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Provenance:
    """The origin of a model: parameters, grid, fingerprint.

    Parameters
    ----------
    key : str
        Fingerprint of parameters and files.
    facts : dict
        What the card tells of the training besides the parameters.
    tabular : bool
        Whether values came from a table: then the grid has no cells.
    """

    params: TrainingParams
    grid: Grid
    key: str
    facts: Mapping[str, object]
    tabular: bool = False


def card_of(description: ModelDescription, components: Sequence[str], members: Members, provenance: Provenance) -> Card:
    """The card of a model, without its scores and what follows from them."""
    grid = provenance.grid
    return Card(
        family=description.family,
        networks=description.networks,
        bands=description.bands,
        components=list(components),
        members=[member for member, _ in members.values()],
        crs=grid.crs.to_wkt(),
        cell_size=0.0 if provenance.tabular else grid.cell_size,
        area=list(grid.bounds),
        training={**provenance.params.to_json(), **provenance.facts},
        scores=[],
        fingerprint=provenance.key,
        versions=versions(),
        levels=description.levels,
        colours=description.colours,
        inputs=inputs_read(),
    )


def write_members(path: str, card: Card, members: Members, common: Arrays | None = None) -> None:
    """Write a model of members with their tensors; `common` ones belong to none."""
    write_model(path, Model(card, {name: arrays for name, (_, arrays) in members.items()}, common or {}))
    write_model_item(Path(path), card)


def save(
    results: TrainingResults,
    members: Members,
    experiment: Experiment,
    inputs: Inputs,
    trees: Sequence[FittedMember],
    description: ModelDescription,
    executor: Executor,
) -> Result:
    """Write model, predictions, scores and report; return the main scores of each kind of validation.

    Parameters
    ----------
    trees : sequence of FittedMember
        Boosting members, whose gains weigh the space of applicability.
    executor : Executor
        Which asks the members for places of the map.
    """
    params, training_data, on_map = results.params, inputs.training_data, inputs.on_map
    channel = results.run.channel
    channel.stage("Finding where scores hold", until=HOLDING)
    space = build_space(experiment.boosting, trees, results, _cells_of(on_map, experiment, training_data))
    samples, kinds = training_data.samples, [validation.kind for validation in results.validations]
    facts = {"samples": len(samples), "validations": kinds, "choices": list(results.told)}
    provenance = Provenance(params, training_data.grid, training_data.key, facts, training_data.tabular)
    card = dataclasses.replace(
        card_of(description, samples.components, members, provenance),
        regions=list(inputs.regions.names) if inputs.regions else [],
        features=FeatureInfo.of(experiment.boosting.describing),
        mixture=results.mixture,
        calibration=results.calibration,
        applicability=space.info(),
    )
    channel.stage("Scoring the map beside its members", until=SCORED)
    correction = map_correction(card, members, inputs, space.harder, results, executor)
    results = dataclasses.replace(results, applicability=space.info(), correction=correction)
    results = dataclasses.replace(results, residuals=residual_info(results))
    channel.say("Writing model and scores")
    scores = [row for row in results.rows if row["part"] == "all"]
    calibration, residuals = calibration_of_map(results), results.residuals
    card = dataclasses.replace(card, scores=scores, calibration=calibration, residuals=residuals)
    tested = tested_arrays(training_data, results.validations[0].number)
    traits = {} if inputs.traits is None else inputs.traits.arrays()
    write_members(params.model, card, members, {**space.arrays(), **tested, **traits})
    write_scores(results)
    style_predictions(results)
    channel.stage("Writing the report")
    with told_to(channel.progress):
        result = finish(results)
    for patches in filter(None, (on_map, training_data.patches)):
        patches.forget()
    return result


def _cells_of(on_map: Patches | None, experiment: Experiment, training_data: TrainingData) -> FootprintFeatures | None:
    """The features of the cells of places of the map, as trees see them; None without any."""
    if on_map is None:
        return None
    days = None if training_data.days is None else np.repeat(training_data.days[:1], on_map.samples, 0)
    return FootprintFeatures.of(on_map, on_map.samples, experiment.boosting.describing, days)
