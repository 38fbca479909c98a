"""Train abundance: fractions of classes from pixel series with gaps and ancillary data, with cross-validation."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from ...contract.errors import RegionwiseError
from ...data.series.calendar import check_span
from ...features.series_features import SeriesFeatures
from ...learners.tree_learner import TreeLearner
from ...learners.unmixing_learner import UnmixingLearner
from ...learning.contracts import TrainingData
from ...learning.learning_curves import FEW_WEIGHT, study_few
from ...learning.model_file import Model, read_model
from ...learning.model_types import BOOSTING, BRITS, STACK, UNMIXING, WITHOUT_TORCH
from ...runtime.checkpoints import Arrays
from ...runtime.executor import Executor
from ...runtime.local_executor import executor_of
from ...runtime.run import Result, Run
from ...targets.hierarchy import Levels, read_levels
from ...targets.share_target import ShareTarget
from ...validation.planner import ValidationScheme
from ...workflow.cross_train import AnyLearner, Experiment, cross_train, for_smoke_run, networks, save
from ...workflow.series_setup import read_dated, series_bands, series_features
from .params import AbundanceTraining

FAMILY = "abundance"
QUICK = {"width": 16, "epochs": 4, "patience": 4}


def train(params: AbundanceTraining, run: Run) -> Result:
    """Train one member per fold; every observed sample is predicted by a member that never saw it."""
    with executor_of(run) as executor:
        return _train(for_smoke_run(params, QUICK, run), run, executor)


def _train(params: AbundanceTraining, run: Run, executor: Executor) -> Result:
    levels = read_levels(params.levels, params.targets)
    start = read_model(params.start_model, FAMILY) if params.start_model else None
    inputs = read_dated(
        params,
        run,
        executor,
        ancillary=params.ancillary,
        ancillary_fields=params.ancillary_fields,
        coordinates=params.add_coordinates,
        targets=params.targets,
        resampling=params.resampling,
        files=tuple(filter(None, [params.start_model])),
        more_layers=(params.levels,),
    )
    features = _features(inputs.training_data, start, params)
    known = start.card.network.get(_network_type(params), {}) if start else {}
    experiment = _experiment(params, inputs.training_data, features, levels, int(known.get("width", params.width)))
    if start is not None:
        run.channel.warning(
            f"Scores hold if '{params.start_model}' was trained on other samples than these; it is not known whether."
        )
    tensors = _start(start, params, experiment)

    def more_work(plan: ValidationScheme) -> float:
        return 2 * FEW_WEIGHT * len(plan.splits) * len(params.few_counts())

    learned = cross_train(
        params,
        "Abundance: cross-validation",
        inputs,
        experiment,
        run,
        executor,
        plain=experiment.members[0],
        start=tensors,
        more_work=more_work,
    )
    results = learned.results
    if params.few_counts():
        few = study_few(
            params.few_counts(),
            experiment.learners[experiment.members[0]],
            tensors[experiment.members[0]],
            learned.plan.splits,
            inputs.training_data.samples,
            learned.trainer,
            params.seed,
        )
        results = replace(results, few=few)
    return save(
        results,
        learned.members,
        experiment,
        inputs,
        learned.fitted[BOOSTING],
        family=FAMILY,
        network=networks(experiment),
        bands=series_bands(features, inputs.training_data),
        levels=levels.parents,
    )


def _features(training_data: TrainingData, start: Model | None, params: AbundanceTraining) -> SeriesFeatures:
    """Return what trees see of a pixel's series; a model to start from says at which calendar."""
    features = series_features(training_data)
    if start is None or training_data.days is None:
        return features
    names, ancillary = features.bands, features.ancillary
    trees = start.card.trees
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
    units = {band["name"]: band["unit"] for band in start.card.bands}
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
    if params.model_type not in WITHOUT_TORCH:
        from ...learners.series_learner import SeriesLearner

        kind = _network_type(params)
        sizes = {"ancillary": len(features.ancillary), "width": width}
        learners[kind] = SeriesLearner(kind, params, training_data, features, sizes)
    learners[BOOSTING] = TreeLearner(training_data, features, params.seed)
    learners[UNMIXING] = UnmixingLearner(training_data, features)
    beside: dict[str, AnyLearner] = {BOOSTING: TreeLearner(training_data, features, params.seed, spread=False)}
    members = (BRITS, BOOSTING, UNMIXING) if params.model_type == STACK else (params.model_type,)
    field_of_view = 0.0 if training_data.tabular else training_data.grid.longest_side
    beside = learners if params.compare == "model" else beside
    return Experiment(learners, beside, params.model_type, members, field_of_view, ShareTarget(levels))


def _start(start: Model | None, params: AbundanceTraining, experiment: Experiment) -> dict[str, list[Arrays]]:
    """The tensors of the members from which each type goes on."""
    if start is None:
        return {}
    found = {}
    for kind in experiment.members:
        found[kind] = [start.members[member.name] for member in start.card.members if member.type == kind]
        if not found[kind]:
            types = ", ".join(sorted({member.type for member in start.card.members}))
            raise RegionwiseError(
                f"Start model '{params.start_model}' has no members of type {kind}; it has {types}.",
                "Choose that Model type, or another start model.",
            )
    return found
