"""Twins of members: what another member would have answered where one had not seen the labels.

A map mixes members of all folds, and each label was seen by all of them but one. So one more member learns without two
folds: at these it and theirs answer unseen labels, and tell how much members differ there (`targets.member_means`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ..learning.contracts import Follower
from ..learning.cross_validation import Trainer
from ..runtime.types import Array
from ..targets.calibration import MeanCalibration
from ..targets.member_means import FEWEST_PLACES, fit_mean
from ..targets.share_target import Answers
from ..validation.planner import ValidationScheme
from ..validation.splits import Split
from .experiment import AnyLearner, Evaluation, Experiment, train_scheme, weight_of
from .training_inputs import Inputs

FEWEST_FOLDS = 3
NAME = "twin"


def twin_split(splits: Sequence[Split], labels: Array) -> Split | None:
    """The split that tests what two of `splits` test, and trains on what both train on; None if that is too little.

    They are the first two whose test parts are large enough together, and without which every class is still known.

    Parameters
    ----------
    labels : array, shape (sample, class)
    """
    if len(splits) < FEWEST_FOLDS:
        return None
    for first, second in zip(splits[:-1], splits[1:], strict=True):
        of_second = np.concatenate([second.train, second.validation])
        train, validation = (np.intersect1d(part, of_second) for part in (first.train, first.validation))
        test = np.concatenate([first.test, second.test])
        known = labels[train].any(0) == labels.any(0)
        if len(test) >= FEWEST_PLACES and known.all() and len(validation):
            return Split(f"of {first.name} and {second.name}", train, validation, test)
    return None


def twin_learners(experiment: Experiment) -> dict[str, AnyLearner]:
    """The learners of the model's members, and those whose members they begin with."""
    kinds = set(experiment.members)
    for kind in experiment.members:
        learner = experiment.learners[kind]
        if isinstance(learner, Follower) and learner.follows:
            kinds.add(learner.follows)
    return {kind: learner for kind, learner in experiment.learners.items() if kind in kinds}


def twin_work(split: Split | None, experiment: Experiment) -> float:
    """The weight in the progress of learning the twins."""
    return sum(map(weight_of, twin_learners(experiment))) if split else 0.0


def mean_calibration(
    scheme: ValidationScheme,
    split: Split | None,
    evaluation: Evaluation,
    experiment: Experiment,
    inputs: Inputs,
    trainer: Trainer,
) -> MeanCalibration:
    """The calibration of the mean of the members of all folds; learns the twins on `split`."""
    if split is None:
        return MeanCalibration()
    twins = train_scheme(replace(scheme, kind=NAME, splits=[split]), twin_learners(experiment), NAME, trainer)
    answers = {kind: members[0].shares for kind, members in twins.items() if kind in experiment.members}
    second = _mixed(answers, split, evaluation, experiment, inputs)
    known, members = evaluation.result.answers, len(scheme.splits)
    mean = fit_mean(known.shares[split.test], second, known.shares[known.known].mean(0), members)
    trainer.channel.detail(
        f"The mean of {members} members is raised to the power {mean.power:.3g}: it is surer than each."
    )
    return mean


def _mixed(
    answers: Mapping[str, Array], split: Split, evaluation: Evaluation, experiment: Experiment, inputs: Inputs
) -> Array:
    """The calibrated answers of twins of all types, mixed as those of the members are."""
    target_type, region = experiment.target_type, inputs.region[split.test]
    total = np.zeros((len(split.test), len(inputs.training_data.samples.components)))
    for kind, shares in answers.items():
        calibrated = target_type.calibrated(Answers(shares, np.ones(len(shares))), evaluation.factors[kind], region)
        total += evaluation.mixture.get(kind, 1.0) * calibrated.shares
    return total
