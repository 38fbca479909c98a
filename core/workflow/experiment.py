"""Experiments: who learns in a run, and how each validation scheme is trained and evaluated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..contract.errors import RegionwiseError
from ..contract.learning_params import LearningParams
from ..contract.protocol import Channel
from ..data.vector.samples import Samples
from ..learners.tree_learner import TreeLearner
from ..learning.baselines import Baseline, predict_baselines
from ..learning.card import Member
from ..learning.contracts import FittedMember, Follower, Learner
from ..learning.cross_validation import Trainer, cross_validate, out_of_fold
from ..learning.model_types import BOOSTING, STACK, with_torch
from ..learning.search import HyperParameterSearch
from ..learning.training_results import ValidationResult, stacked
from ..runtime.checkpoints import Arrays
from ..runtime.progress import tell
from ..runtime.run import Run
from ..runtime.types import Arguments, Index, Text
from ..targets.cross_fitting import cross_calibrated
from ..targets.share_target import Answers, TargetType
from ..validation.planner import Planner, ValidationScheme
from ..validation.scheme_checks import distance_to_training, samples_left_out
from ..validation.splits import grouped_folds
from .training_inputs import Inputs

CALIBRATION_PARTS = 5  # of sources, where folds are no parts of a calibration
BOOSTING_WEIGHT = 0.05  # of learning one split in the progress of a run; 1 is a network

Members = dict[str, tuple[Member, Arrays]]
AnyLearner = Learner | HyperParameterSearch


@dataclass(frozen=True)
class Experiment:
    """Who learns in a run.

    Parameters
    ----------
    title : str
        Of the report.
    learners : dict
        By type; all learn the chosen folds and stand in the same table. Boosting is always among them.
    comparison : dict
        Those that learn the validations which the chosen one is compared with.
    chosen : str
        The type that was chosen, or ``stack``.
    members : tuple of str
        Types that the model holds; a stack weighs them.
    plain : str
        The type that is not named in the names of its members.
    field_of_view : float
        Side of what the chosen model sees, in units of the CRS.
    target_type : TargetType
        How their answers are scored and calibrated.
    baselines : dict
        Those of the family, by name, besides the ones that know places only.
    told : tuple of str
        Why these learn, in sentences, for log, report and card.
    """

    title: str
    learners: Mapping[str, AnyLearner]
    comparison: Mapping[str, AnyLearner]
    chosen: str
    members: tuple[str, ...]
    plain: str
    field_of_view: float
    target_type: TargetType
    baselines: Mapping[str, Baseline] = field(default_factory=dict)
    told: tuple[str, ...] = ()

    @property
    def boosting(self) -> TreeLearner:
        """The learner whose features span the space of applicability."""
        trees = self.learners[BOOSTING]
        if not isinstance(trees, TreeLearner):
            raise TypeError("boosting has no search")
        return trees

    def networks(self) -> dict[str, Arguments]:
        """The arguments of each type of network, as a card keeps them."""
        return {kind: self.learners[kind].description() for kind in self.members if with_torch([kind])}

    def work(self, splits: int, comparison: Sequence[ValidationScheme]) -> float:
        """The weight in the progress of learning so many splits, and those of the schemes to compare with."""
        others = sum(len(scheme.splits) for scheme in comparison)
        return splits * sum(map(weight_of, self.learners)) + others * sum(map(weight_of, self.comparison))


@dataclass(frozen=True)
class Evaluation:
    """One validation: its result, the weights of the stack, and the factors that calibrate each type, by region.

    Answers in the result were calibrated without their own labels; the factors, which the model holds, by all labels.
    """

    result: ValidationResult
    mixture: dict[str, float]
    factors: dict[str, dict[str, float]]


def weight_of(kind: str) -> float:
    """The weight in the progress of learning one split with a type of model."""
    return BOOSTING_WEIGHT if kind == BOOSTING else 1.0


def planner_of(
    params: LearningParams, inputs: Inputs, experiment: Experiment, folds: int, block_size: float = 0.0
) -> Planner:
    """The planner of the samples' folds."""
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


def tell_left_out(scheme: ValidationScheme, samples: Samples, channel: Channel) -> None:
    """Say where many samples neither train nor test, before anything is trained."""
    for text in samples_left_out(scheme.kind, scheme.splits, samples):
        channel.warning(text)


def comparison_schemes(planner: Planner, scheme: ValidationScheme, run: Run) -> list[ValidationScheme]:
    """Validations that the chosen one is compared with: random, kNNDM, and a new region.

    Samples without places have no kNNDM, and a new region only where regions are named.
    """
    kinds = ["random", "knndm", "new region"] if planner.samples.placed else ["random"]
    if not planner.samples.placed and len({str(name) for name in planner.region} - {""}) > 1:
        kinds.append("new region")
    skipped = {scheme.kind, "new region" if scheme.kind in ("regions", "strict") else ""}
    if planner.cv_blocks is not None:  # holding blocks out tells something else than other spatial folds
        kinds = ["random", "knndm", "blocks", "new region"]
    schemes = []
    for kind in kinds:
        if kind in skipped:
            continue
        try:
            schemes.append(planner.plan(kind))
            tell_left_out(schemes[-1], planner.samples, run.channel)
        except RegionwiseError as err:  # too few samples for it; the chosen validation is not concerned
            run.channel.warning(f"No {kind} score beside it: {err}")
    return schemes


def train_scheme(
    scheme: ValidationScheme,
    learners: Mapping[str, AnyLearner],
    label: str,
    trainer: Trainer,
    start: Mapping[str, Sequence[Arrays]] | None = None,
) -> dict[str, list[FittedMember]]:
    """The fitted members of each learner on each split; see `cross_train` for `start`."""
    fitted: dict[str, list[FittedMember]] = {}
    for kind, learner in learners.items():
        given = (start or {}).get(kind, ())
        if isinstance(learner, Follower) and learner.follows:
            given = [member.arrays for member in fitted[learner.follows]]
        fitted[kind] = cross_validate(scheme.splits, learner, trainer, label=label, weight=weight_of(kind), start=given)
    return fitted


def evaluate(
    scheme: ValidationScheme,
    fitted: Mapping[str, list[FittedMember]],
    experiment: Experiment,
    inputs: Inputs,
    seed: int,
) -> Evaluation:
    """The calibrated answers of one validation, with the weights of the stack and the factors of calibration."""
    samples = inputs.training_data.samples
    tell(0, f"Scoring validation '{scheme.kind}'")
    raw, number = {}, np.full(len(samples), -1)
    for kind, members in fitted.items():
        shares, concentration, number = out_of_fold(scheme.splits, members, len(samples), len(samples.components))
        raw[kind] = Answers(shares, concentration)
    target_type, region = experiment.target_type, inputs.region
    part = calibration_parts(scheme, number, samples.group, seed)
    factors = {kind: target_type.factors(answers, samples, region) for kind, answers in raw.items()}
    models = {kind: cross_calibrated(answers, part, target_type, samples, region) for kind, answers in raw.items()}
    mixture: dict[str, float] = {}
    if experiment.chosen == STACK and set(experiment.members) <= set(models):
        of_members = {kind: models[kind] for kind in experiment.members}
        models[STACK], mixture = stacked(of_members, number, samples, target_type)
        if target_type.recalibrated:
            factors[STACK] = target_type.factors(models[STACK], samples, region)
            models[STACK] = cross_calibrated(models[STACK], part, target_type, samples, region)
    result = ValidationResult(
        scheme.kind,
        tuple(split.name for split in scheme.splits),
        number,
        models,
        experiment.chosen if experiment.chosen in models else BOOSTING,
        scheme.unit,
        scheme.unit_name,
        predict_baselines(samples, scheme.splits, seed, region, experiment.baselines),
        {member.name: member.history for members in fitted.values() for member in members if member.history.score},
        scheme.knndm_folds,
        _distance(scheme, inputs),
        samples_left_out(scheme.kind, scheme.splits, samples),
        scheme.splits,
    )
    return Evaluation(result, mixture, factors)


def _distance(scheme: ValidationScheme, inputs: Inputs) -> float | None:
    """The median distance of tested samples to training ones in metres; None without places."""
    ruler = inputs.ruler()
    if ruler is None:
        return None
    return distance_to_training(scheme.splits, ruler.positions(inputs.training_data.samples.xy))


def calibration_parts(scheme: ValidationScheme, number: Index, group: Text, seed: int) -> Index:
    """The part of each sample (-1: none) that is calibrated by the others: its fold, or whole sources.

    An expert's factor is that of its own region, which no other fold knows; and one fold knows no others.
    """
    if scheme.kind != "within" and len(scheme.splits) > 1:
        return number
    tested = np.flatnonzero(number >= 0)
    part = np.full(len(number), -1)
    parts = min(CALIBRATION_PARTS, len(np.unique(group[tested].astype(str))))
    if parts:
        part[tested] = grouped_folds(group[tested], parts, seed)
    return part


def evaluate_comparisons(
    schemes: Sequence[ValidationScheme], experiment: Experiment, inputs: Inputs, trainer: Trainer, seed: int
) -> list[ValidationResult]:
    """The results under the schemes that the chosen one is compared with."""
    return [
        evaluate(
            scheme, train_scheme(scheme, experiment.comparison, scheme.kind, trainer), experiment, inputs, seed
        ).result
        for scheme in schemes
    ]


def members_of(
    scheme: ValidationScheme, fitted: Mapping[str, list[FittedMember]], experiment: Experiment, label: str
) -> Members:
    """The members that the model holds with their tensors, by name."""
    members: Members = {}
    for kind in experiment.members:
        for split, member in zip(scheme.splits, fitted[kind], strict=True):
            name = f"{label} {split.name}" if kind == experiment.plain else f"{label} {split.name} {kind}"
            region, fold = ("", split.name) if label == "global" else (split.name, "")
            members[name] = (Member(name, label, region=region, fold=fold, type=kind), member.arrays)
    return members
