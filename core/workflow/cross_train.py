"""Training: how every family learns its folds, is compared with others and baselines, and is written down."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from ..contract.params import LearningParams, TrainingParams
from ..data.vector.samples import Samples
from ..learning.applicability import build_space
from ..learning.contracts import FittedMember
from ..learning.cross_validation import Trainer
from ..learning.model_file import Card, Model, write_model
from ..learning.training_results import Calibration, TrainingResults, ValidationResult, write_scores
from ..reports.training_report import finish
from ..runtime.checkpoints import Arrays
from ..runtime.context import RunContext
from ..runtime.progress import Progress
from ..runtime.run import Result, Run
from ..runtime.versions import versions
from ..validation.audit import PRESENT
from ..validation.planner import ValidationScheme
from .experiment import (
    Evaluation,
    Experiment,
    Members,
    comparison_schemes,
    evaluate,
    evaluate_comparisons,
    members_of,
    planner_of,
    train_scheme,
)
from .training_inputs import Inputs

P = TypeVar("P", bound=TrainingParams)


def for_smoke_run(params: P, limits: Mapping[str, object], run: Run) -> P:
    """Parameters for a smoke run, if that was asked for: numbers are limited, texts replaced."""
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
    planner = planner_of(params, inputs, experiment, params.folds, params.block_size)
    scheme = planner.plan(params.validation)
    context.channel.info(f"Validation: {scheme.kind}. {scheme.reason}")
    for text in missing_classes(scheme, inputs.training_data.samples):
        context.channel.warning(text)
    schemes = comparison_schemes(planner, scheme, context.run)
    progress = Progress(context.channel, experiment.work(len(scheme.splits), schemes) + more_work(scheme))
    trainer = Trainer(context.executor, inputs.training_data.checkpoints, context.channel, progress)
    fitted = train_scheme(scheme, experiment.learners, "global", trainer, start)
    evaluation = evaluate(scheme, fitted, experiment, inputs, params.seed)
    comparison = evaluate_comparisons(schemes, experiment, inputs, trainer, params.seed)
    results = results_of(context, inputs, experiment, [evaluation], comparison)
    return CrossValidated(scheme, fitted, results, members_of(scheme, fitted, experiment, "global"), trainer)


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
) -> TrainingResults:
    """The results of a run; the first of `evaluations` calibrates the model."""
    training_data, target_type, first = inputs.training_data, experiment.target_type, evaluations[0]
    calibration = Calibration(first.factors, target_type.calibration(first.result.answers, training_data.samples))
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
    )


@dataclasses.dataclass(frozen=True)
class ModelDescription:
    """What a family writes into the card of its model.

    Parameters
    ----------
    network : dict
        Arguments that build its networks again.
    bands : list of dict
        Name, sensor and unit of each band that a map must have.
    levels : dict
        Coarser classes, and what they consist of.
    """

    family: str
    network: dict[str, Any]
    bands: list[dict[str, str]]
    levels: dict[str, list[str]] = dataclasses.field(default_factory=dict)


def save(
    results: TrainingResults,
    members: Members,
    experiment: Experiment,
    inputs: Inputs,
    trees: Sequence[FittedMember],
    description: ModelDescription,
) -> Result:
    """Write model, predictions, scores and report; return the main scores of each kind of validation.

    Parameters
    ----------
    trees : sequence of FittedMember
        Boosting members, whose gains weigh the space of applicability.
    """
    params, training_data = results.params, inputs.training_data
    space = build_space(experiment.boosting, trees, results.parts[0], training_data.samples)
    card = Card(
        family=description.family,
        network=description.network,
        bands=description.bands,
        components=list(training_data.samples.components),
        members=[member for member, _ in members.values()],
        crs=training_data.grid.crs.to_wkt(),
        cell_size=0.0 if training_data.tabular else training_data.grid.cell_size,
        area=list(training_data.grid.bounds),
        training={
            **params.to_json(),
            "samples": len(training_data.samples),
            "validations": [result.kind for result in results.parts],
        },
        scores=[row for row in results.rows if row["part"] == "all"],
        fingerprint=training_data.key,
        versions=versions(),
        regions=list(inputs.regions.names) if inputs.regions else [],
        trees=experiment.boosting.description(),
        mixture=results.mixture,
        calibration=results.calibration.to_json(),
        applicability=space.to_json(),
        levels=description.levels,
    )
    tensors = {name: arrays for name, (_, arrays) in members.items()}
    write_model(params.model, Model(card, tensors, space.arrays()))
    write_scores(results)
    result = finish(results)
    training_data.patches.forget()
    return result
