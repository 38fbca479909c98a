"""Cross-validation: one member per split, finished splits kept, so that a rerun never repeats them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..contract.protocol import Channel
from ..contract.time_left import format_seconds
from ..runtime.checkpoints import Arrays, Checkpoints
from ..runtime.executor import Executor, Message, Reporter
from ..runtime.progress import Progress
from ..runtime.types import Array
from ..validation.splits import Split
from .contracts import FittedMember, Learner, ValidatingLearner, WithholdingLearner, load_fitted, save_fitted
from .search import HyperParameterSearch

CHOSEN = "global"  # label of the validation that was chosen
LAST = 0.95  # of a fit that goes on longer than others of its kind


@dataclass(frozen=True)
class Trial:
    """One learner, with fixed rates, on one split; it can be pickled.

    Parameters
    ----------
    fit : int
        Number of the fit that it is for.
    name : str
        Name under which the fitted member is kept.
    title : str
        Name in log lines.
    weight : float
        Its weight in the progress of the run.
    start : dict, optional
        Tensors of a fitted member, from which it goes on.
    """

    fit: int
    learner: Learner
    split: Split
    name: str
    title: str
    weight: float
    start: Arrays | None


@dataclass(frozen=True)
class Fit:
    """A learner, perhaps one that searches its rates, on one split; see `Trial`."""

    learner: Learner | HyperParameterSearch
    split: Split
    name: str
    title: str
    weight: float = 1.0
    start: Arrays | None = None

    def trials(self, number: int) -> list[Trial]:
        """The trials of the fit, one per pair of rates; `number` is that of the fit."""
        learners = (
            self.learner.trials(self.name)
            if isinstance(self.learner, HyperParameterSearch)
            else [(self.name, self.learner)]
        )
        weight = self.weight / len(learners)
        return [Trial(number, learner, self.split, name, self.title, weight, self.start) for name, learner in learners]

    def best(self, fitted: Sequence[FittedMember], channel: Channel) -> FittedMember:
        """The best member of its trials by the scores on the validation samples."""
        return (
            self.learner.best(self.name, fitted, channel)
            if isinstance(self.learner, HyperParameterSearch)
            else fitted[0]
        )


@dataclass(frozen=True)
class Trainer:
    """Has fits computed, keeps their members, and reports progress."""

    executor: Executor
    checkpoints: Checkpoints
    channel: Channel
    progress: Progress

    def train(self, fits: Sequence[Fit], done: Callable[[int, FittedMember], None] | None = None) -> list[FittedMember]:
        """The fitted member of each fit, in order; those in the checkpoints are not trained again.

        Parameters
        ----------
        done : callable
            Is called with the number of each fit as it is finished, and its member.
        """
        trials = [trial for number, fit in enumerate(fits) for trial in fit.trials(number)]
        unfinished = Counter(trial.fit for trial in trials)
        members: dict[str, FittedMember] = {}
        best: dict[int, FittedMember] = {}
        for trial, fitted in self._members(trials):
            members[trial.name] = fitted
            unfinished[trial.fit] -= 1
            if not unfinished[trial.fit]:
                of_fit = [members.pop(other.name) for other in trials if other.fit == trial.fit]
                best[trial.fit] = fits[trial.fit].best(of_fit, self.channel)
                if done is not None:
                    done(trial.fit, best[trial.fit])
        return [best[number] for number in range(len(fits))]

    def _members(self, trials: Sequence[Trial]) -> Iterator[tuple[Trial, FittedMember]]:
        """Yield each trial with its member, first the kept ones."""
        todo = []
        for trial in trials:
            kept = load_fitted(self.checkpoints, trial.name)
            if kept is None:
                todo.append(trial)
                continue
            self.channel.detail(f"{trial.title}, {trial.learner.type}: finished in an earlier run, kept.")
            self.progress.begin(trial.weight).finish(skipped=True)
            yield trial, kept
        parts = [self.progress.begin(trial.weight) for trial in todo]
        lengths = Lengths()

        def on_message(number: int, message: Message) -> None:
            self.channel.relay(message)
            if "fraction" in message:
                trial, fraction = todo[number], message["fraction"]
                lengths.reached[number] = fraction
                title, text = trial.title.removeprefix(f"{CHOSEN} "), message["text"]
                text = text and f"Training {trial.learner.type} on {title}: {text[:1].lower()}{text[1:]}"
                parts[number].within(lengths.of(trial.learner.type, fraction), text)

        size = max((trial.learner.process_bytes(len(trials)) for trial in todo), default=0)
        items = [(trial,) for trial in todo]
        for number, fitted in self.executor.perform(_fit, items, on_message, size=size, total=len(trials)):
            save_fitted(self.checkpoints, todo[number].name, fitted)
            lengths.end(number, todo[number].learner.type)
            parts[number].finish()
            yield todo[number], fitted


class Lengths:
    """How far fits say they are when they end: one that stops early ends before 1, and so may the next of its kind."""

    def __init__(self) -> None:
        self.reached: dict[int, float] = {}  # by number of the fit: what it said last
        self._ends: dict[str, list[float]] = {}

    def end(self, number: int, kind: str) -> None:
        """Note that a fit of a kind of learner has ended."""
        if number in self.reached:
            self._ends.setdefault(kind, []).append(self.reached[number])

    def of(self, kind: str, fraction: float) -> float:
        """The fraction of a fit that is done where it says `fraction`, by those of its kind that have ended."""
        ends = self._ends.get(kind)
        return min(fraction / max(float(np.mean(ends)), fraction, 1e-9), LAST) if ends else fraction


def _fit(report: Reporter, trial: Trial) -> FittedMember:
    """The member of a trial; called in any process."""
    report.detail(f"{trial.title}, {trial.learner.type}: {_uses(trial.learner, trial.split)}")
    return trial.learner.fit(trial.split, trial.name, report, trial.start)


def _uses(learner: Learner, split: Split) -> str:
    """How many samples train and test, and what validation samples are for, in words."""
    if isinstance(learner, WithholdingLearner) and learner.withholds:
        return f"{len(split.train)} samples train, {len(split.validation)} validate, {len(split.test)} test."
    known = len(np.union1d(split.train, split.validation))
    first = ""
    if isinstance(learner, ValidatingLearner) and learner.chosen and known > len(split.train):
        first = f" ({len(split.validation)} of them choose {learner.chosen} first)"
    return f"{known} samples train{first}, {len(split.test)} test."


def cross_validate(
    splits: Sequence[Split],
    learner: Learner | HyperParameterSearch,
    trainer: Trainer,
    *,
    label: str,
    weight: float = 1.0,
    start: Sequence[Arrays] = (),
) -> list[FittedMember]:
    """The fitted member of each split, in order.

    Parameters
    ----------
    label : str
        Prefix of the checkpoints' and the members' names.
    weight : float
        Weight of one split in the progress of the run.
    start : sequence of dict
        Tensors of fitted members, from which splits go on, in turn.
    """
    begun = time.monotonic()
    members = trainer.train(
        [
            Fit(
                learner,
                split,
                fit_name(label, learner.type, number),
                f"{label} {split.name}",
                weight,
                start[number % len(start)] if start else None,
            )
            for number, split in enumerate(splits)
        ]
    )
    which, folds = "" if label == CHOSEN else f" '{label}'", "1 fold" if len(splits) == 1 else f"{len(splits)} folds"
    trainer.channel.info(
        f"Validation{which}: {learner.type} trained on {folds} in {format_seconds(time.monotonic() - begun)}."
    )
    return members


def fit_name(label: str, kind: str, number: int) -> str:
    """The name under which the member of a kind of learner on a split is kept."""
    return f"{label}-{kind}-{number}"


def out_of_fold(
    splits: Sequence[Split], fitted: Sequence[FittedMember], n: int, components: int
) -> tuple[Array, Array, NDArray[np.int64]]:
    """Answers for the tested samples of all splits: shares (n, component), concentration and split number (n,).

    NaN and -1 stand for samples that no split tested.
    """
    shares = np.full((n, components), np.nan)
    concentration = np.full(n, np.nan)
    number = np.full(n, -1)
    for i, (split, member) in enumerate(zip(splits, fitted, strict=True)):
        shares[split.test] = member.shares
        concentration[split.test] = member.concentration
        number[split.test] = i
    return shares, concentration, number
