"""Search for learning rate and weight decay by validation scores; tested samples do not count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ..contract.protocol import Channel
from ..runtime.types import Arguments
from .contracts import FittedMember, Learner


class Tunable(Learner, Protocol):
    """A learner whose learning rate and weight decay can be set."""

    def with_rates(self, learning_rate: float, weight_decay: float) -> Learner:
        """The same learner with another learning rate and weight decay."""


@dataclass(frozen=True)
class HyperParameterSearch:
    """A learner that tries several rates on each split; each split chooses by its own validation samples."""

    learner: Tunable
    pairs: Sequence[tuple[float, float]]

    @classmethod
    def drawn(
        cls, learner: Tunable, pairs: Sequence[tuple[float, float]], trials: int, seed: int
    ) -> HyperParameterSearch:
        """A search that tries so many of the pairs, drawn at random."""
        order = np.random.default_rng(seed).permutation(len(pairs))
        return cls(learner, [pairs[i] for i in order[:trials]])

    @property
    def type(self) -> str:
        """The name of the learner's kind."""
        return self.learner.type

    def description(self) -> Arguments:
        """Arguments that build the members again."""
        return self.learner.description()

    def trials(self, name: str) -> list[tuple[str, Learner]]:
        """The learner with each pair of rates, and the name under which its member of a split is kept."""
        return [(f"{name}-trial-{number}", self.learner.with_rates(*pair)) for number, pair in enumerate(self.pairs)]

    def best(self, title: str, fitted: Sequence[FittedMember], channel: Channel) -> FittedMember:
        """The member of a split that validated best."""
        best = int(np.argmax([member.history.best_score for member in fitted]))
        rate, decay = self.pairs[best]
        channel.info(f"{title}: learning rate {rate:g} and weight decay {decay:g} validated best.")
        return fitted[best]
