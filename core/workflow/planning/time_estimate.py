"""Time estimate: about how long a training will take on this machine, told before the long part of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from ...contract.protocol import Channel
from ...contract.time_left import format_seconds
from ...learning.contracts import Learner, TimedLearner
from ...learning.model_types import BOOSTING
from ...learning.search import HyperParameterSearch
from ...runtime.checkpoints import Checkpoints
from ...runtime.executor import Executor
from ...runtime.local_executor import LocalExecutor
from ...runtime.threads import allotted
from ...validation.splits import Split

PROCESS_START_S = 6.0  # until a process of its own has loaded torch
SIDE_BY_SIDE = 1.2  # work items that are computed at a time slow each other down by that
CLOSING_S = 8.0  # scores with their intervals, places of the map, and the report
NAME = "timed"  # of the member that nobody keeps
KEPT = "time"  # the name of the estimate among the checkpoints


@dataclass(frozen=True)
class Estimate:
    """About how long learning takes, by the type of model.

    Parameters
    ----------
    each : dict
        Seconds of one split.
    main : dict
        Seconds of all splits of the chosen validation.
    closing : float
        Seconds of baselines, scores and report.
    baselines : float
        Seconds of the baselines of one split.
    """

    each: Mapping[str, float]
    main: Mapping[str, float]
    closing: float = CLOSING_S
    baselines: float = 0.0

    def of(self, kinds: Container[str]) -> Estimate:
        """The estimate of some types alone."""
        each, main = ({kind: s for kind, s in of.items() if kind in kinds} for of in (self.each, self.main))
        return replace(self, each=each, main=main)

    @property
    def seconds(self) -> float:
        """Seconds of the main work, from the first fold to the report."""
        return sum(self.main.values()) + self.closing

    def describe(self, more: float) -> str:
        """The estimate in a sentence; `more` seconds are spent on what stands beside."""
        parts = [f"{kind} {format_seconds(seconds)}" for kind, seconds in self.main.items()]
        parts += [f"validations beside it {format_seconds(more)}"] if more >= 1 else []
        parts += [f"baselines, scores and report {format_seconds(self.closing)}"]
        return f"About {format_seconds(self.seconds + more)} on this machine: {', '.join(parts)}."


def kept_estimate(checkpoints: Checkpoints, make: Callable[[], Estimate | None]) -> Estimate | None:
    """The estimate of a run as `make` told it when the run began: one that goes on times nothing again."""
    found = checkpoints.load(KEPT)
    if found is not None:
        return Estimate(**found[1])
    made = make()
    if made is not None:
        checkpoints.save(KEPT, {}, asdict(made))
    return made


def estimate(
    learners: Mapping[str, Learner | HyperParameterSearch], splits: Sequence[Split], executor: Executor
) -> Estimate | None:
    """The time of learning `splits`, from a few steps that are timed on the one of middle size.

    None where it cannot be told: on a cluster, or for a learner that cannot be timed.
    """
    if not isinstance(executor, LocalExecutor):
        return None
    split = sorted(splits, key=lambda each: len(each.train))[len(splits) // 2]
    each, main = {}, {}
    for kind, searching in learners.items():
        learner, trials = (
            (searching.learner, len(searching.pairs)) if isinstance(searching, HyperParameterSearch) else (searching, 1)
        )
        if not isinstance(learner, TimedLearner):
            return None
        items = trials * len(splits)
        slots, threads = executor.slots(items, learner.process_bytes(items))
        with allotted(threads):
            each[kind] = learner.seconds(split, NAME) * trials
        main[kind] = seconds_of_items(each[kind] / trials, items, slots)
    return Estimate(each, main)


def seconds_of_items(each: float, items: int, slots: int) -> float:
    """How long so many work items of `each` seconds take, `slots` at a time."""
    if slots == 1:
        return each * items
    return PROCESS_START_S + each * SIDE_BY_SIDE * math.ceil(items / slots)


def tell_time(channel: Channel, expected: Estimate | None, minutes: float, *, more: float = 0.0) -> None:
    """Log the time that is expected, with `more` seconds for what stands beside; warn if it is more than the budget."""
    if expected is None:
        return
    channel.info(expected.describe(more))
    if not minutes or expected.seconds <= 60 * minutes:
        return
    trees = expected.main.get(BOOSTING)
    instead = "" if trees is None else f" Model type = {BOOSTING} takes about {format_seconds(trees + CLOSING_S)}."
    channel.warning(
        f"About {format_seconds(expected.seconds)} on this machine; your time budget is {minutes:g} min. The model "
        f"type that you chose is learned all the same.{instead}"
    )
