"""Training: how every family learns its folds, stands beside others and baselines, and is written down."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..contract.errors import RegionwiseError
from ..contract.params import LearningParams
from ..data.vector.samples import Samples
from ..learners.tree_learner import BoostingLearner
from ..learning.applicability import build_space
from ..learning.baselines import Baseline, predict_baselines
from ..learning.contracts import Follower, Learner, Trained
from ..learning.cross_validation import Trainer, cross_validate, out_of_fold
from ..learning.model_file import Card, Member, Model, write_model
from ..learning.model_types import BOOSTING, STACK, WITHOUT_TORCH
from ..learning.search import Searched
from ..learning.training_results import Calibration, Outcome, Part, stacked, write_scores
from ..reports.training_report import finish
from ..runtime.checkpoints import Arrays
from ..runtime.executor import Place
from ..runtime.progress import Clock
from ..runtime.run import Result, Run
from ..runtime.versions import versions
from ..targets.share_target import Answers, Measure
from ..validation.audit import PRESENT
from ..validation.planner import Plan, Planner
from .training_inputs import Inputs

BOOSTING_WEIGHT = 0.05  # of learning one split in the clock; 1 is a network

Members = dict[str, tuple[Member, Arrays]]
AnyLearner = Learner | Searched
Factors = dict[str, dict[str, float]]


@dataclasses.dataclass(frozen=True)
class Lineup:
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
    reach : float
        Side of what the chosen model sees, in units of the CRS.
    measure : Measure
        How their answers are scored and calibrated.
    baselines : dict
        Those of the family, by name, beside the ones that know places only.
    """

    learners: Mapping[str, AnyLearner]
    beside: Mapping[str, AnyLearner]
    chosen: str
    members: tuple[str, ...]
    reach: float
    measure: Measure
    baselines: Mapping[str, Baseline] = dataclasses.field(default_factory=dict)

    @property
    def boosting(self) -> BoostingLearner:
        """The learner whose features span the space of applicability."""
        found = self.learners[BOOSTING]
        if not isinstance(found, BoostingLearner):
            raise TypeError("boosting is not searched")
        return found


def quickened(params: Any, limits: Mapping[str, Any], run: Run) -> Any:
    """Return parameters for a smoke run, if that was asked for: numbers are limited, texts replaced."""
    if not params.quick:
        return params
    run.channel.warning("Quick run: a tiny network and few epochs; the scores mean nothing.")
    changes = {k: min(getattr(params, k), v) if isinstance(v, int) else v for k, v in limits.items()}
    return dataclasses.replace(params, **changes)


@dataclasses.dataclass(frozen=True)
class Learned:
    """What a cross-validation gave: the chosen plan, its trained members by type, and what was found."""

    plan: Plan
    trained: Mapping[str, list[Trained]]
    outcome: Outcome
    members: Members
    trainer: Trainer


def cross_train(
    params: Any, title: str, inputs: Inputs, lineup: Lineup, run: Run, place: Place, *, plain: str,
    more_work: Callable[[Plan], float] = lambda plan: 0.0, start: Mapping[str, Sequence[Arrays]] | None = None,
) -> Learned:  # fmt: skip
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
    planner = planner_of(params, inputs, lineup, params.folds, params.block_size)
    plan = planner.plan(params.validation)
    run.channel.info(f"Validation: {plan.kind}. {plan.reason}")
    for text in untaught(plan, inputs.material.samples):
        run.channel.warning(text)
    others = plans_beside(planner, plan, run)
    clock = Clock(run.channel, work_of(lineup, len(plan.splits), others) + more_work(plan))
    trainer = Trainer(place, inputs.material.checkpoints, run.channel, clock)
    trained = train_plan(plan, lineup.learners, "global", trainer, start)
    part, mixture, factors = judge(plan, trained, lineup, inputs, params.seed)
    beside = judged_beside(others, lineup, inputs, trainer, params.seed)
    outcome = outcome_of(params, title, run, inputs, lineup, [part], beside, factors, mixture)
    return Learned(plan, trained, outcome, members_of(plan, trained, lineup, "global", plain), trainer)


def untaught(plan: Plan, samples: Samples) -> list[str]:
    """Return a sentence for each component that a split tests and no sample of its training has."""
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


def planner_of(params: LearningParams, inputs: Inputs, lineup: Lineup, folds: int, block_size: float = 0.0) -> Planner:
    """Return what cuts the samples into folds."""
    material = inputs.material
    return Planner(
        material.samples, material.grid, inputs.area, folds, params.seed, lineup.reach, inputs.region, block_size,
        params.buffer, inputs.block,
    )  # fmt: skip


def plans_beside(planner: Planner, plan: Plan, run: Run) -> list[Plan]:
    """Return the validations that stand beside the chosen one: random, spatial, and a new region."""
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
    """Return the weight in the clock of learning one split with a type of model."""
    return BOOSTING_WEIGHT if kind == BOOSTING else 1.0


def work_of(lineup: Lineup, splits: int, others: Sequence[Plan]) -> float:
    """Return the weight in the clock of learning so many splits, and those of the validations beside."""
    beside = sum(len(other.splits) for other in others)
    return splits * sum(map(weight_of, lineup.learners)) + beside * sum(map(weight_of, lineup.beside))


def train_plan(
    plan: Plan, learners: Mapping[str, AnyLearner], label: str, trainer: Trainer,
    start: Mapping[str, Sequence[Arrays]] | None = None,
) -> dict[str, list[Trained]]:  # fmt: skip
    """Return the trained members of each learner on each split; see `cross_train` for `start`."""
    found: dict[str, list[Trained]] = {}
    for kind, learner in learners.items():
        given = (start or {}).get(kind, ())
        if isinstance(learner, Follower) and learner.follows:
            given = [member.arrays for member in found[learner.follows]]
        found[kind] = cross_validate(plan.splits, learner, trainer, label=label, weight=weight_of(kind), start=given)
    return found


def judge(
    plan: Plan, trained: Mapping[str, list[Trained]], lineup: Lineup, inputs: Inputs, seed: int
) -> tuple[Part, dict[str, float], Factors]:
    """Return the calibrated answers of one validation, the weights of the stack, and the calibration factors."""
    samples = inputs.material.samples
    raw, number = {}, np.full(len(samples), -1)
    for kind, found in trained.items():
        shares, concentration, number = out_of_fold(plan.splits, found, len(samples), len(samples.components))
        raw[kind] = Answers(shares, concentration)
    measure, region = lineup.measure, inputs.region
    factors = {kind: measure.factors(answers, samples, region) for kind, answers in raw.items()}
    models = {kind: measure.calibrated(answers, factors[kind], region) for kind, answers in raw.items()}
    mixture: dict[str, float] = {}
    if lineup.chosen == STACK and set(lineup.members) <= set(models):
        parts = {kind: models[kind] for kind in lineup.members}
        models[STACK], mixture = stacked(parts, number, samples.shares, measure)
    chosen = lineup.chosen if lineup.chosen in models else BOOSTING
    histories = {member.name: member.history for found in trained.values() for member in found if member.history.score}
    baselines = predict_baselines(samples, plan.splits, seed, region, lineup.baselines)
    names = tuple(split.name for split in plan.splits)
    part = Part(plan.kind, names, number, models, chosen, baselines, histories, plan.folding)
    return part, mixture, factors


def judged_beside(others: Sequence[Plan], lineup: Lineup, inputs: Inputs, trainer: Trainer, seed: int) -> list[Part]:
    """Return the answers under the validations that stand beside the chosen one."""
    return [judge(other, train_plan(other, lineup.beside, other.kind, trainer), lineup, inputs, seed)[0]
            for other in others]  # fmt: skip


def members_of(plan: Plan, trained: Mapping[str, list[Trained]], lineup: Lineup, label: str, plain: str) -> Members:
    """Return the members that the model holds with their tensors, by name.

    Parameters
    ----------
    plain : str
        The type that is not named in the names of its members.
    """
    members: Members = {}
    for kind in lineup.members:
        for split, found in zip(plan.splits, trained[kind], strict=True):
            name = f"{label} {split.name}" if kind == plain else f"{label} {split.name} {kind}"
            region, fold = ("", split.name) if label == "global" else (split.name, "")
            members[name] = (Member(name, label, region=region, fold=fold, type=kind), found.arrays)
    return members


def networks(lineup: Lineup) -> dict[str, Any]:
    """Return what a card says of networks of series: the arguments of each type."""
    return {kind: lineup.learners[kind].description() for kind in lineup.members if kind not in WITHOUT_TORCH}


def outcome_of(
    params: LearningParams, title: str, run: Run, inputs: Inputs, lineup: Lineup, parts: list[Part],
    beside: list[Part], factors: Factors, mixture: dict[str, float],
) -> Outcome:  # fmt: skip
    """Return what the run found."""
    material, measure = inputs.material, lineup.measure
    calibration = Calibration(factors, measure.calibration(parts[0].answers, material.samples))
    return Outcome(
        params, title, run, measure, material.samples, material.grid, inputs.region, parts, beside, calibration,
        inputs.audit, mixture, material.device, block=inputs.block,
    )  # fmt: skip


def save(
    outcome: Outcome, members: Members, lineup: Lineup, inputs: Inputs, trees: Sequence[Trained], *, family: str,
    network: dict[str, Any], bands: list[dict[str, str]], **described: Any,
) -> Result:  # fmt: skip
    """Write model, predictions, scores and report; return the main scores of each kind of validation.

    Parameters
    ----------
    trees : sequence of Trained
        Boosting members, whose gains weigh the space of applicability.
    described :
        Further entries of the model's card.
    """
    params, material = outcome.params, inputs.material
    space = build_space(lineup.boosting, trees, outcome.parts[0], material.samples)
    card = Card(
        family=family,
        network=network,
        bands=bands,
        components=list(material.samples.components),
        members=[member for member, _ in members.values()],
        crs=material.grid.crs.to_wkt(),
        cell_size=0.0 if material.tabular else material.grid.cell_size,
        area=list(material.grid.bounds),
        training={**params.to_json(), "samples": len(material.samples), "validations": [p.kind for p in outcome.parts]},
        scores=[row for row in outcome.rows if row["part"] == "all"],
        fingerprint=material.key,
        versions=versions(),
        regions=list(inputs.regions.names) if inputs.regions else [],
        trees=lineup.boosting.description(),
        mixture=outcome.mixture,
        calibration=outcome.calibration.to_json(),
        applicability=space.to_json(),
        **described,
    )
    tensors = {name: arrays for name, (_, arrays) in members.items()}
    write_model(params.model, Model(card, tensors, space.arrays()))
    write_scores(outcome)
    result = finish(outcome)
    material.patches.forget()
    return result
