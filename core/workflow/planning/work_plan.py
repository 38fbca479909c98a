"""Work plan: what a run of training will learn and about how long that takes, told before the long part."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from ...contract.learning_params import AUTO, LearningParams
from ...data.vector.samples import Samples
from ...learning.baselines import predict_baselines
from ...runtime.context import RunContext
from ...validation.planner import ValidationScheme
from ...validation.splits import Split
from ..experiment import Experiment
from ..training_inputs import Inputs
from .model_choice import Choice, Rule, first_choice, settled
from .time_estimate import Estimate, estimate, kept_estimate, tell_time
from .validations_beside import SHARE, allowed_work, bounded, seconds_of_work, work_of_all

P = TypeVar("P", bound=LearningParams)
HELD_OUT = 5  # a fifth of the samples tests, and a fifth of the others validates


def begun(context: RunContext[P], rule: Rule, implied: Choice | None = None) -> tuple[RunContext[P], Choice]:
    """The context with the model type that inputs are read for, and the choice that may still change it.

    Parameters
    ----------
    implied : Choice, optional
        What ``auto`` means because of another parameter, whatever the rule says.
    """
    params = context.params
    if params.model_type == AUTO and implied is not None:
        choice = implied
    else:
        choice = first_choice(params.model_type, params.device, params.time_budget, rule, context.executor, context.run)
    return replace(context, params=replace(params, model_type=choice.model_type)), choice


def settle(
    context: RunContext[P],
    choice: Choice,
    rule: Rule,
    inputs: Inputs,
    experiment_of: Callable[[P], Experiment],
) -> tuple[RunContext[P], Experiment]:
    """The context and the experiment of the model type that is learned; why is logged."""
    params, samples = context.params, inputs.training_data.samples
    experiment = experiment_of(params)
    splits = typical_splits(samples, getattr(params, "folds", HELD_OUT))

    def seconds() -> float | None:
        found = estimate(experiment.learners, splits, context.executor)
        return None if found is None else found.seconds

    count = int((~samples.augmented).sum())
    decided = settled(choice, rule, count, params.time_budget, seconds, inputs.training_data.checkpoints)
    if decided.model_type != params.model_type:
        context = replace(context, params=replace(params, model_type=decided.model_type))
        experiment = experiment_of(context.params)
    for text in decided.told:
        context.channel.info(text)
    return context, replace(experiment, told=decided.told)


def typical_splits(samples: Samples, count: int) -> list[Split]:
    """So many times a split of the usual size, to time learners on before folds are planned."""
    order = np.random.default_rng(0).permutation(len(samples))
    test, known = np.split(order, [len(order) // HELD_OUT])
    validation, train = np.split(known, [len(known) // HELD_OUT])
    return [Split("timed", np.sort(train), np.sort(validation), np.sort(test))] * count


def plan_work(
    context: RunContext[LearningParams],
    inputs: Inputs,
    experiment: Experiment,
    splits: Sequence[Split],
    schemes: Sequence[ValidationScheme],
) -> tuple[Experiment, list[ValidationScheme]]:
    """The experiment and the validations beside the chosen one as they will be learned; their time is logged.

    Parameters
    ----------
    splits : sequence of Split
        All that the model's learners learn.
    """
    params, channel = context.params, context.channel
    main, minutes = work_of_all(experiment.learners, len(splits)), params.time_budget

    def timed() -> Estimate | None:
        found = estimate(experiment.learners, splits, context.executor)
        if found is None:
            return None
        each = seconds_of_baselines(experiment, inputs, splits[len(splits) // 2], params.seed)
        return replace(found, closing=found.closing + len(splits) * each, baselines=each)

    expected, left, unit = kept_estimate(inputs.training_data.checkpoints, timed), None, 0.0
    if expected is not None:
        unit = seconds_of_work(experiment, expected, main)
        left = max(60 * minutes - expected.seconds, 0.0) / unit if minutes else None
    asked = getattr(params, "compare", "") == "model"
    allowed = allowed_work(math.inf if asked else SHARE * main, left, inputs.training_data.checkpoints)
    beside = bounded(schemes, experiment, allowed, params.seed, asked=asked, strict=left is not None)
    if beside.text:
        channel.info(beside.text)
        experiment = replace(experiment, comparison=beside.learners, told=(*experiment.told, beside.text))
    if expected is not None:
        tested = sum(len(scheme.splits) for scheme in beside.schemes)
        expected = replace(expected, closing=expected.closing + tested * expected.baselines)
    tell_time(channel, expected, minutes, more=unit * beside.work)
    return experiment, beside.schemes


def seconds_of_baselines(experiment: Experiment, inputs: Inputs, split: Split, seed: int) -> float:
    """How long the baselines of one split take: they are learned; a forest may take longer than our trees."""
    begun = time.monotonic()
    predict_baselines(inputs.training_data.samples, [split], seed, inputs.region, experiment.baselines)
    return time.monotonic() - begun
