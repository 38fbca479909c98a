"""Training: how every family learns its folds, stands beside others and baselines, and is written down."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..contract.errors import RegionwiseError
from ..contract.params import LearningParams
from ..data.vector.samples import Samples
from ..learners.tree_learner import TreeLearner
from ..learning.applicability import build_space
from ..learning.baselines import Baseline, predict_baselines
from ..learning.contracts import FittedMember, Follower, Learner
from ..learning.cross_validation import Trainer, cross_validate, out_of_fold
from ..learning.model_file import Card, Member, Model, write_model
from ..learning.model_types import BOOSTING, STACK, WITHOUT_TORCH
from ..learning.search import HyperParameterSearch
from ..learning.training_results import Calibration, TrainingResults, ValidationResult, stacked, write_scores
from ..reports.training_report import finish
from ..runtime.checkpoints import Arrays
from ..runtime.executor import Executor
from ..runtime.progress import Progress
from ..runtime.run import Result, Run
from ..runtime.versions import versions
from ..targets.share_target import Answers, TargetType
from ..validation.audit import PRESENT
from ..validation.planner import Planner, ValidationScheme
from .training_inputs import Inputs

BOOSTING_WEIGHT = 0.05  # of learning one split in the clock; 1 is a network

Members = dict[str, tuple[Member, Arrays]]
AnyLearner = Learner | HyperParameterSearch
Factors = dict[str, dict[str, float]]


@dataclasses.dataclass(frozen=True)
class Experiment:
    """Who learns in a run.

    Parameters
    ----------
    learners : dict
        By type; all learn the chosen folds and stand in the same table. Boosting is always among them.
    beside : dict
        Those that learn the validations beside the chosen one.
    chosen : str
        The type that the run was asked for, or ``stack``.
    members : tuple of str
        Types that the model holds; a stack weighs them.
    field_of_view : float
        Side of what the chosen model sees, in units of the CRS.
    target_type : Measure
        How their answers are scored and calibrated.
    baselines : dict
        Those of the family, by name, beside the ones that know places only.
    """

    learners: Mapping[str, AnyLearner]
    beside: Mapping[str, AnyLearner]
    chosen: str
    members: tuple[str, ...]
    field_of_view: float
    target_type: TargetType
    baselines: Mapping[str, Baseline] = dataclasses.field(default_factory=dict)

    @property
    def boosting(self) -> TreeLearner:
        """The learner whose features span the space of applicability."""
        found = self.learners[BOOSTING]
        if not isinstance(found, TreeLearner):
            raise TypeError("boosting is not searched")
        return found


def for_smoke_run(params: Any, limits: Mapping[str, Any], run: Run) -> Any:
    """Parameters for a smoke run, if that was asked for: numbers are limited, texts replaced."""
    if not params.quick:
        return params
    run.channel.warning("Quick run: a tiny network and few epochs; the scores mean nothing.")
    changes = {k: min(getattr(params, k), v) if isinstance(v, int) else v for k, v in limits.items()}
    return dataclasses.replace(params, **changes)


@dataclasses.dataclass(frozen=True)
class CrossValidated:
    """What a cross-validation gave: the chosen plan, its trained members by type, and what was found."""

    plan: ValidationScheme
    fitted: Mapping[str, list[FittedMember]]
    results: TrainingResults
    members: Members
    trainer: Trainer


def cross_train(
    params: Any,
    title: str,
    inputs: Inputs,
    experiment: Experiment,
    run: Run,
    executor: Executor,
    *,
    plain: str,
    more_work: Callable[[ValidationScheme], float] = lambda plan: 0.0,
    start: Mapping[str, Sequence[Arrays]] | None = None,
) -> CrossValidated:
    """Train one member per fold; every observed sample is predicted by a member that never saw it.

    Parameters
    ----------
    params : LearningParams with those of `FoldParams`
    plain : str
        The type that is not named in the names of its members.
    more_work : callable
        Weight in the clock of what will be learned afterwards.
    start : dict, optional
        By type, tensors of members from which splits go on, in turn.
    """
    planner = planner_of(params, inputs, experiment, params.folds, params.block_size)
    plan = planner.plan(params.validation)
    run.channel.info(f"Validation: {plan.kind}. {plan.reason}")
    for text in missing_classes(plan, inputs.training_data.samples):
        run.channel.warning(text)
    others = comparison_schemes(planner, plan, run)
    clock = Progress(run.channel, work_of(experiment, len(plan.splits), others) + more_work(plan))
    trainer = Trainer(executor, inputs.training_data.checkpoints, run.channel, clock)
    fitted = train_scheme(plan, experiment.learners, "global", trainer, start)
    part, mixture, factors = judge(plan, fitted, experiment, inputs, params.seed)
    beside = evaluate_comparisons(others, experiment, inputs, trainer, params.seed)
    results = results_of(params, title, run, inputs, experiment, [part], beside, factors, mixture)
    return CrossValidated(plan, fitted, results, members_of(plan, fitted, experiment, "global", plain), trainer)


def missing_classes(plan: ValidationScheme, samples: Samples) -> list[str]:
    """A sentence for each component that a split tests and no sample of its training has."""
    found: dict[str, list[str]] = {}
    for split in plan.splits:
        known = samples.shares[np.concatenate([split.train, split.validation])].max(0) > PRESENT
        for number in np.flatnonzero((samples.shares[split.test] > PRESENT).any(0) & ~known):
            found.setdefault(samples.components[number], []).append(split.name)
    return [
        f"'{name}' is tested in {', '.join(folds)}, where no training sample has it: it cannot be predicted there. It "
        "occurs in too few places for this validation; add samples elsewhere, or merge it with another class."
        for name, folds in found.items()
    ]


def planner_of(
    params: LearningParams, inputs: Inputs, experiment: Experiment, folds: int, block_size: float = 0.0
) -> Planner:
    """Return what cuts the samples into folds."""
    training_data = inputs.training_data
    return Planner(
        training_data.samples,
        training_data.grid,
        inputs.area,
        folds,
        params.seed,
        experiment.field_of_view,
        inputs.region,
        block_size,
        params.buffer,
        inputs.block,
    )


def comparison_schemes(planner: Planner, plan: ValidationScheme, run: Run) -> list[ValidationScheme]:
    """The validations that stand beside the chosen one: random, spatial, and a new region."""
    kinds = ["random", planner.spatial(), "new region"]
    skipped = {plan.kind, "new region" if plan.kind in ("regions", "strict") else ""}
    if planner.block is not None:  # holding blocks out tells something else than other spatial folds
        kinds = ["random", "knndm", "blocks", "new region"]
    elif plan.kind in ("blocks", "knndm"):
        skipped |= {"blocks", "knndm"}
    found = []
    for kind in kinds:
        if kind in skipped:
            continue
        try:
            found.append(planner.plan(kind))
        except RegionwiseError as err:  # too few samples for it; the chosen validation is not concerned
            run.channel.warning(f"No {kind} score beside it: {err}")
    return found


def weight_of(kind: str) -> float:
    """The weight in the clock of learning one split with a type of model."""
    return BOOSTING_WEIGHT if kind == BOOSTING else 1.0


def work_of(experiment: Experiment, splits: int, others: Sequence[ValidationScheme]) -> float:
    """The weight in the clock of learning so many splits, and those of the validations beside."""
    beside = sum(len(other.splits) for other in others)
    return splits * sum(map(weight_of, experiment.learners)) + beside * sum(map(weight_of, experiment.beside))


def train_scheme(
    plan: ValidationScheme,
    learners: Mapping[str, AnyLearner],
    label: str,
    trainer: Trainer,
    start: Mapping[str, Sequence[Arrays]] | None = None,
) -> dict[str, list[FittedMember]]:
    """The trained members of each learner on each split; see `cross_train` for `start`."""
    found: dict[str, list[FittedMember]] = {}
    for kind, learner in learners.items():
        given = (start or {}).get(kind, ())
        if isinstance(learner, Follower) and learner.follows:
            given = [member.arrays for member in found[learner.follows]]
        found[kind] = cross_validate(plan.splits, learner, trainer, label=label, weight=weight_of(kind), start=given)
    return found


def judge(
    plan: ValidationScheme, fitted: Mapping[str, list[FittedMember]], experiment: Experiment, inputs: Inputs, seed: int
) -> tuple[ValidationResult, dict[str, float], Factors]:
    """The calibrated answers of one validation, the weights of the stack, and the calibration factors."""
    samples = inputs.training_data.samples
    raw, number = {}, np.full(len(samples), -1)
    for kind, found in fitted.items():
        shares, concentration, number = out_of_fold(plan.splits, found, len(samples), len(samples.components))
        raw[kind] = Answers(shares, concentration)
    target_type, region = experiment.target_type, inputs.region
    factors = {kind: target_type.factors(answers, samples, region) for kind, answers in raw.items()}
    models = {kind: target_type.calibrated(answers, factors[kind], region) for kind, answers in raw.items()}
    mixture: dict[str, float] = {}
    if experiment.chosen == STACK and set(experiment.members) <= set(models):
        parts = {kind: models[kind] for kind in experiment.members}
        models[STACK], mixture = stacked(parts, number, samples.shares, target_type)
    chosen = experiment.chosen if experiment.chosen in models else BOOSTING
    histories = {member.name: member.history for found in fitted.values() for member in found if member.history.score}
    baselines = predict_baselines(samples, plan.splits, seed, region, experiment.baselines)
    names = tuple(split.name for split in plan.splits)
    part = ValidationResult(plan.kind, names, number, models, chosen, baselines, histories, plan.knndm_folds)
    return part, mixture, factors


def evaluate_comparisons(
    others: Sequence[ValidationScheme], experiment: Experiment, inputs: Inputs, trainer: Trainer, seed: int
) -> list[ValidationResult]:
    """The answers under the validations that stand beside the chosen one."""
    return [
        judge(other, train_scheme(other, experiment.beside, other.kind, trainer), experiment, inputs, seed)[0]
        for other in others
    ]


def members_of(
    plan: ValidationScheme, fitted: Mapping[str, list[FittedMember]], experiment: Experiment, label: str, plain: str
) -> Members:
    """The members that the model holds with their tensors, by name.

    Parameters
    ----------
    plain : str
        The type that is not named in the names of its members.
    """
    members: Members = {}
    for kind in experiment.members:
        for split, found in zip(plan.splits, fitted[kind], strict=True):
            name = f"{label} {split.name}" if kind == plain else f"{label} {split.name} {kind}"
            region, fold = ("", split.name) if label == "global" else (split.name, "")
            members[name] = (Member(name, label, region=region, fold=fold, type=kind), found.arrays)
    return members


def networks(experiment: Experiment) -> dict[str, Any]:
    """Return what a card says of networks of series: the arguments of each type."""
    return {kind: experiment.learners[kind].description() for kind in experiment.members if kind not in WITHOUT_TORCH}


def results_of(
    params: LearningParams,
    title: str,
    run: Run,
    inputs: Inputs,
    experiment: Experiment,
    parts: list[ValidationResult],
    beside: list[ValidationResult],
    factors: Factors,
    mixture: dict[str, float],
) -> TrainingResults:
    """Return what the run found."""
    training_data, target_type = inputs.training_data, experiment.target_type
    calibration = Calibration(factors, target_type.calibration(parts[0].answers, training_data.samples))
    return TrainingResults(
        params,
        title,
        run,
        target_type,
        training_data.samples,
        training_data.grid,
        inputs.region,
        parts,
        beside,
        calibration,
        inputs.audit,
        mixture,
        training_data.device,
        block=inputs.block,
    )


def save(
    results: TrainingResults,
    members: Members,
    experiment: Experiment,
    inputs: Inputs,
    trees: Sequence[FittedMember],
    *,
    family: str,
    network: dict[str, Any],
    bands: list[dict[str, str]],
    **described: Any,
) -> Result:
    """Write model, predictions, scores and report; return the main scores of each kind of validation.

    Parameters
    ----------
    trees : sequence of Trained
        Boosting members, whose gains weigh the space of applicability.
    described :
        Further entries of the model's card.
    """
    params, training_data = results.params, inputs.training_data
    space = build_space(experiment.boosting, trees, results.parts[0], training_data.samples)
    card = Card(
        family=family,
        network=network,
        bands=bands,
        components=list(training_data.samples.components),
        members=[member for member, _ in members.values()],
        crs=training_data.grid.crs.to_wkt(),
        cell_size=0.0 if training_data.tabular else training_data.grid.cell_size,
        area=list(training_data.grid.bounds),
        training={
            **params.to_json(),
            "samples": len(training_data.samples),
            "validations": [p.kind for p in results.parts],
        },
        scores=[row for row in results.rows if row["part"] == "all"],
        fingerprint=training_data.key,
        versions=versions(),
        regions=list(inputs.regions.names) if inputs.regions else [],
        trees=experiment.boosting.description(),
        mixture=results.mixture,
        calibration=results.calibration.to_json(),
        applicability=space.to_json(),
        **described,
    )
    tensors = {name: arrays for name, (_, arrays) in members.items()}
    write_model(params.model, Model(card, tensors, space.arrays()))
    write_scores(results)
    result = finish(results)
    training_data.patches.forget()
    return result
