"""Train abundance: fractions of classes from pixel series with gaps and ancillary data, with cross-validation."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial

from ...contract.errors import RegionwiseError
from ...data.series.calendar import check_span
from ...features.series_features import SeriesFeatures
from ...learners.tree_learner import TreeLearner
from ...learners.unmixing_learner import UnmixingLearner
from ...learning.contracts import TrainingData
from ...learning.learning_curves import FEW_WEIGHT, FewShotOptions, Study, study_few_shots
from ...learning.model_file import Model, read_model
from ...learning.model_types import BOOSTING, BRITS, STACK, UNMIXING, with_torch
from ...learning.training_results import FewShotResult
from ...runtime.checkpoints import Arrays
from ...runtime.context import RunContext
from ...runtime.local_executor import executor_of
from ...runtime.run import Result, Run
from ...targets.hierarchy import Levels, read_levels
from ...targets.share_target import ShareTarget
from ...validation.planner import ValidationScheme
from ...workflow.cross_train import CrossValidated, ModelDescription, cross_train, for_smoke_run, save
from ...workflow.experiment import AnyLearner, Experiment
from ...workflow.input_spec import LabelColumns
from ...workflow.planning.model_choice import Choice, Rule, because
from ...workflow.planning.work_plan import begun, settle
from ...workflow.series_setup import DatedSpec, read_dated, series_bands, series_features
from ...workflow.training_inputs import Inputs
from .params import AbundanceTraining

FAMILY = "abundance"
STACKED = (BRITS, BOOSTING, UNMIXING)
RULE = Rule(fewest=500)
QUICK = {"width": 16, "epochs": 4, "patience": 4}


def train(params: AbundanceTraining, run: Run) -> Result:
    """Train one member per fold; every observed sample is predicted by a member that never saw it."""
    with executor_of(run) as executor:
        return _train(RunContext(for_smoke_run(params, QUICK, run), run, executor))


def _train(context: RunContext[AbundanceTraining]) -> Result:
    params = context.params
    levels = read_levels(params.levels, params.targets)
    start = read_model(params.start_model, FAMILY) if params.start_model else None
    context, choice = begun(context, RULE, None if start is None else _choice_of(start))
    params = context.params
    inputs = read_dated(context, _spec(params))
    features = _features(inputs.training_data, start, params)
    known = start.card.networks.get(_network_type(params), {}) if start else {}
    width = int(known.get("width", params.width))
    of = partial(_experiment, training_data=inputs.training_data, features=features, levels=levels, width=width)
    context, experiment = settle(context, choice, RULE, inputs, of)
    params = context.params
    if start is not None:
        context.channel.warning(
            f"Scores hold if '{params.start_model}' was trained on other samples than these; it is not known whether."
        )
    tensors = _start(start, params, experiment)

    def more_work(scheme: ValidationScheme) -> float:
        return 2 * FEW_WEIGHT * len(scheme.splits) * len(params.few_counts())

    validated = cross_train(context, inputs, experiment, start=tensors, more_work=more_work)
    results, bands = validated.results, series_bands(features, inputs.training_data)
    if params.few_counts():
        results = replace(results, few=_few_shot(validated, experiment, tensors, inputs, params))
    description = ModelDescription(FAMILY, experiment.networks(), bands, levels.parents)
    trees = validated.fitted[BOOSTING]
    return save(results, validated.members, experiment, inputs, trees, description, context.executor)


def _spec(params: AbundanceTraining) -> DatedSpec:
    """The inputs besides a series: ancillary data, and the files that the run depends on."""
    return DatedSpec(
        labels=LabelColumns(params.targets),
        ancillary=params.ancillary,
        ancillary_fields=params.ancillary_fields,
        coordinates=params.add_coordinates,
        resampling=params.resampling,
        files=tuple(filter(None, [params.start_model])),
        more_layers=(params.levels,),
    )


def _few_shot(
    validated: CrossValidated,
    experiment: Experiment,
    tensors: dict[str, list[Arrays]],
    inputs: Inputs,
    params: AbundanceTraining,
) -> FewShotResult:
    """The worth of few labels, with and without the model to start from."""
    kind = experiment.members[0]
    samples, splits = inputs.training_data.samples, validated.scheme.splits
    study = Study(experiment.learners[kind], splits, samples, validated.trainer)
    return study_few_shots(study, FewShotOptions(params.few_counts(), params.seed), tensors[kind])


def _features(training_data: TrainingData, start: Model | None, params: AbundanceTraining) -> SeriesFeatures:
    """Features of a pixel's series; a model to start from says at which calendar."""
    features = series_features(training_data)
    if start is None or training_data.days is None:
        return features
    names, ancillary = features.bands, features.ancillary
    trees = start.card.features.arguments
    first, last = (date.fromordinal(int(day)) for day in (training_data.days[0, 0], training_data.days[0].max()))
    check_span(str(params.series or params.table), first, last, trees["calendar"], trees["phase"])
    for label, own, theirs in (
        ("bands", list(names), trees["bands"]),
        ("ancillary data", list(ancillary), trees["ancillary"]),
        ("targets", list(params.targets), start.card.components),
    ):
        if own != theirs:
            raise RegionwiseError(
                f"Start model '{params.start_model}' has the {label} {', '.join(theirs) or '–'}, this run has "
                f"{', '.join(own) or '–'}.",
                "Give the same, in the same order.",
            )
    units = {band.name: band.unit for band in start.card.bands}
    for name, unit in zip(names, (band.unit for band in training_data.bands), strict=False):
        if unit and units.get(name) and unit != units[name]:
            raise RegionwiseError(
                f"Band {name} is in {unit}, start model '{params.start_model}' learned it in {units[name]}.",
                "Make the series with a Scale that brings it there.",
            )
    return SeriesFeatures(names, ancillary, tuple(trees["calendar"]), trees["phase"])


def _network_type(params: AbundanceTraining) -> str:
    return BRITS if params.model_type == STACK else params.model_type


def _experiment(
    params: AbundanceTraining, training_data: TrainingData, features: SeriesFeatures, levels: Levels, width: int
) -> Experiment:
    """Who learns; boosting and unmixing always learn the same folds, to stand in the same table."""
    learners: dict[str, AnyLearner] = {}
    if with_torch([params.model_type]):
        from ...learners.series_learner import SeriesLearner

        kind = _network_type(params)
        sizes = {"ancillary": len(features.ancillary), "width": width}
        learners[kind] = SeriesLearner(kind, params, training_data, features, sizes)
    learners[BOOSTING] = TreeLearner(training_data, features, params.seed)
    learners[UNMIXING] = UnmixingLearner(training_data, features)
    members = STACKED if params.model_type == STACK else (params.model_type,)
    trees = TreeLearner(training_data, features, params.seed, spread=False)
    return Experiment(
        "Abundance",
        learners,
        learners if params.compare == "model" else {BOOSTING: trees},
        params.model_type,
        members,
        members[0],
        0.0 if training_data.tabular else training_data.grid.longest_side,
        ShareTarget(levels),
    )


def _choice_of(start: Model) -> Choice:
    """The type of model that goes on from `start`."""
    types = start.card.types()
    chosen = STACK if set(STACKED) <= types else min(types)
    return Choice(chosen, because(chosen, "the start model holds it"))


def _start(start: Model | None, params: AbundanceTraining, experiment: Experiment) -> dict[str, list[Arrays]]:
    """The tensors of the members from which each type goes on."""
    if start is None:
        return {}
    tensors = {}
    for kind in experiment.members:
        tensors[kind] = [start.members[member.name] for member in start.card.members if member.type == kind]
        if not tensors[kind]:
            types = ", ".join(sorted({member.type for member in start.card.members}))
            raise RegionwiseError(
                f"Start model '{params.start_model}' has no members of type {kind}; it has {types}.",
                "Choose that Model type, or another start model.",
            )
    return tensors
