"""Validations beside the chosen one: nobody asked for them, so they may take a third of the main work.

Work is counted by splits and trees, not by the clock: the same run does the same on any machine. Only a time budget
makes a clock count, and what it allows is kept for a run that goes on after a kill.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...learners.tree_learner import TreeLearner
from ...learning.model_types import BOOSTING, with_torch
from ...learning.search import HyperParameterSearch
from ...runtime.checkpoints import Checkpoints
from ...validation.planner import ValidationScheme
from ..experiment import AnyLearner, Experiment
from .time_estimate import Estimate

SHARE, ABOUT = 1 / 3, 1.1  # of the main work, and what is about as much
NETWORK_WORK, LITTLE_WORK = 20.0, 0.1  # of a split by a network, and by what is no network and has no trees
# what is cut first, and how many splits are left: the answer on new regions needs several
FEWEST = {"random": 1, "knndm": 2, "blocks": 2, "new region": 5}
LEAST_S = 1e-6
KEPT = "beside"  # the checkpoint of what a time budget allows
NAMES = {"random": "random folds", "knndm": "kNNDM folds", "blocks": "blocks", "new region": "new regions"}
RULE = "Validations that nobody asked for may take about a third of the main work"
BUDGET = "Validations beside the chosen one take what the time budget leaves"


@dataclass(frozen=True)
class Beside:
    """The validations beside the chosen one, as they are learned.

    Parameters
    ----------
    work : float
        In splits by trees of the mean shares.
    text : str
        What was cut, and why; empty for nothing.
    """

    schemes: list[ValidationScheme]
    learners: Mapping[str, AnyLearner]
    work: float
    text: str = ""


def work_of(learner: AnyLearner) -> float:
    """The work of learning one split."""
    if isinstance(learner, HyperParameterSearch):
        return NETWORK_WORK * len(learner.pairs)
    if isinstance(learner, TreeLearner):
        return learner.work
    return NETWORK_WORK if with_torch([learner.type]) else LITTLE_WORK


def work_of_all(learners: Mapping[str, AnyLearner], splits: int) -> float:
    """The work of learning so many splits by all of `learners`."""
    return splits * sum(map(work_of, learners.values()))


def seconds_of_work(experiment: Experiment, estimate: Estimate, main: float) -> float:
    """About how long a unit of the work beside `main` takes: told by trees, where they alone learn what is beside."""
    if set(experiment.comparison) == {BOOSTING}:
        return max(estimate.each[BOOSTING] / experiment.boosting.work, LEAST_S)
    return max(sum(estimate.main.values()) / main, LEAST_S)


def allowed_work(most: float, left: float | None, checkpoints: Checkpoints) -> float:
    """`most`, or what is `left` of a time budget (None: there is none); the latter is kept, for it comes of a clock."""
    if left is None:
        return most
    kept = checkpoints.load(KEPT)
    if kept is not None:
        return float(kept[1]["allowed"])
    allowed = min(most, left)
    checkpoints.save(KEPT, {}, {"allowed": allowed})
    return allowed


def bounded(
    schemes: Sequence[ValidationScheme],
    experiment: Experiment,
    allowed: float,
    seed: int,
    *,
    asked: bool = False,
    strict: bool = False,
) -> Beside:
    """The validations with at most the `allowed` work: first by fewer trees, then by fewer folds.

    Parameters
    ----------
    asked : bool
        Whether the user asked for all of it; then only a time budget cuts it.
    strict : bool
        Whether there is a time budget: validations that do not fit even so are left out. Without, the fewest splits of
        each are learned.
    """
    learners: Mapping[str, AnyLearner] = experiment.comparison
    each, splits = sum(map(work_of, learners.values())), sum(len(scheme.splits) for scheme in schemes)
    if asked and not strict:
        return Beside(list(schemes), learners, each * splits)
    lighter = not asked and splits * each > allowed
    if lighter:
        learners = {BOOSTING: experiment.boosting.lightened()}
        each = work_of(learners[BOOSTING])
    counts = _counts(schemes, math.floor(allowed / each + 1e-9), strict=strict)
    kept = [_cut(scheme, counts[scheme.kind], seed) for scheme in schemes if counts[scheme.kind]]
    cuts = _cuts(schemes, counts, lighter=lighter)
    remedy = "" if asked else " Compare = model learns all of them by the model itself."
    work = each * sum(counts.values())
    over = work > ABOUT * allowed
    more = f" They take {100 * work / allowed * SHARE:.0f} %: an answer on new regions takes several." if over else ""
    text = f"{BUDGET if strict else RULE}: {'; '.join(cuts)}.{more}{remedy}" if cuts else ""
    return Beside(kept, learners, work, text)


def _counts(schemes: Sequence[ValidationScheme], most: int, *, strict: bool) -> dict[str, int]:
    """How many splits of each scheme are learned."""
    counts = {scheme.kind: len(scheme.splits) for scheme in schemes}
    order = [kind for kind in FEWEST if kind in counts]
    for fewest in (FEWEST, dict.fromkeys(FEWEST, 0)) if strict else (FEWEST,):
        for kind in order:
            over = max(sum(counts.values()) - most, 0)
            if over and fewest[kind] == 0:
                counts[kind] = 0  # fewer than the fewest would say nothing
            elif over:
                counts[kind] = max(counts[kind] - over, min(fewest[kind], counts[kind]))
    return counts


def _cut(scheme: ValidationScheme, count: int, seed: int) -> ValidationScheme:
    """The scheme with so many of its splits, drawn at random."""
    if count == len(scheme.splits):
        return scheme
    drawn = np.sort(np.random.default_rng(seed).permutation(len(scheme.splits))[:count])
    return replace(scheme, splits=[scheme.splits[number] for number in drawn])


def _cuts(schemes: Sequence[ValidationScheme], counts: Mapping[str, int], *, lighter: bool) -> list[str]:
    """What was cut, in words."""
    parts = ["fewer trees than the model's learn them"] if lighter and any(counts.values()) else []
    for scheme in schemes:
        count, name = counts[scheme.kind], NAMES[scheme.kind]
        if not count:
            parts.append(f"{name} are left out")
        elif count < len(scheme.splits):
            parts.append(f"{count} of {len(scheme.splits)} {name} {'is' if count == 1 else 'are'} tested")
    return parts
