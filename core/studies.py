"""Studies: the learning curve, and the search for learning rate and weight decay; never by test scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd

from .checkpoints import Arrays
from .crossvalidation import Clock, cross_validate, load_trained, part_name, save_trained
from .files import atomic
from .learning import Learner, Material, Report, Trained
from .metrics import composition_scores
from .params_composition import CompositionTraining
from .protocol import Channel
from .run import Run
from .splits import Split, fraction_of


class Tunable(Learner, Protocol):
    """A learner whose learning rate and weight decay can be set."""

    def with_rates(self, learning_rate: float, weight_decay: float) -> Learner:
        """Return the same learner with another learning rate and weight decay."""


@dataclass
class Searched:
    """A learner that tries several rates on each split and keeps the member with the best validation score.

    Every fold chooses for itself by its own validation part, so the tested samples have no say.
    """

    learner: Tunable
    pairs: Sequence[tuple[float, float]]
    material: Material
    channel: Channel

    @classmethod
    def of(cls, params: CompositionTraining, learner: Tunable, material: Material, channel: Channel) -> Searched:
        """Return the search that `params` ask for: all pairs, or so many of them drawn at random."""
        pairs = list(params.search_grid())
        if params.search == "random":
            order = np.random.default_rng(params.seed).permutation(len(pairs))
            pairs = [pairs[i] for i in order[: params.trials]]
        return cls(learner, pairs, material, channel)

    @property
    def type(self) -> str:
        """The name of the learner's kind."""
        return self.learner.type

    def description(self) -> dict[str, Any]:
        """Return what a reader needs to build the members again."""
        return self.learner.description()

    def fit(self, split: Split, name: str, report: Report, start: Arrays | None = None) -> Trained:
        """Return the best member of all pairs; finished trials are kept for a rerun."""
        found = []
        for number, (rate, decay) in enumerate(self.pairs):
            trial = _trial_name(name, number)
            trained = load_trained(self.material.checkpoints, trial)
            if trained is None:
                done = number / len(self.pairs)

                def within(fraction: float, text: str, done: float = done) -> None:
                    report(done + fraction / len(self.pairs), text)

                trained = self.learner.with_rates(rate, decay).fit(split, trial, within, start)
                save_trained(self.material.checkpoints, trial, trained)
            found.append(trained)
        best = int(np.argmax([trained.history.best_score for trained in found]))
        rate, decay = self.pairs[best]
        self.channel.info(f"{name}: learning rate {rate:g} and weight decay {decay:g} validated best.")
        return found[best]

    def tried(self, label: str, splits: Sequence[Split]) -> list[dict[str, Any]]:
        """Return the validation score of each pair on each split, of this run or an earlier one that it resumed."""
        rows = []
        for part, split in enumerate(splits):
            for number, (rate, decay) in enumerate(self.pairs):
                trained = load_trained(self.material.checkpoints, _trial_name(part_name(label, self, part), number))
                if trained is not None:
                    rows.append({"split": split.name, "learning_rate": rate, "weight_decay": decay,
                                 "validation_r2": trained.history.best_score})  # fmt: skip
        return rows


def _trial_name(name: str, number: int) -> str:
    return f"{name}-trial-{number}"


def study_fractions(
    params: CompositionTraining,
    learner: Learner,
    splits: Sequence[Split],
    material: Material,
    run: Run,
    clock: Clock,
    weight: float,
) -> list[dict[str, Any]]:
    """Return the scores of each fraction, repeat, split and component; the table grows on disk as runs finish.

    Training and validation part shrink alike; the test part stays whole. Repeats draw other sources.

    Parameters
    ----------
    weight : float
        Of one run in the clock.
    """
    rows: list[dict[str, Any]] = []
    samples = material.samples
    for fraction in params.fraction_list():
        for repeat in range(params.repeats):
            for number, split in enumerate(splits):
                small = fraction_of(split, fraction, samples.source, params.seed + 1000 * repeat + number)
                label = f"curve-{fraction:g}-{repeat}-{number}"
                trained = cross_validate([small], learner, label=label, checkpoints=material.checkpoints,
                                         channel=run.channel, clock=clock, weight=weight)[0]  # fmt: skip
                scores = composition_scores(
                    samples.shares[split.test], trained.shares, samples.components, samples.source[split.test]
                )
                about = {"fraction": fraction, "repeat": repeat + 1, "split": split.name,
                         "train": len(small.train), "validation": len(small.validation)}  # fmt: skip
                rows += [{**about, "component": s.component, "r2": s.r2, "rmse": s.rmse} for s in scores]
                if params.curve:
                    with atomic(params.curve) as part:
                        pd.DataFrame(rows).to_csv(part, index=False)
    return rows
