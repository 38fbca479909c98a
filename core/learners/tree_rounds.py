"""Rounds of boosting, told as they are done."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import xgboost

from ..runtime.executor import Reporter, SpanReporter


@dataclass(frozen=True)
class Rounds:
    """Tells the rounds of a fit; without a reporter nobody hears of them."""

    report: Reporter = field(default_factory=lambda: Reporter(lambda _: None))

    def span(self, start: float, end: float) -> Rounds:
        """The rounds of a part of the fit, between two fractions of it."""
        return Rounds(SpanReporter(self.report, start, end))

    def told(self, count: int) -> list[xgboost.callback.TrainingCallback]:
        """What xgboost calls after each of `count` rounds."""
        return [_Round(self, count)]


class _Round(xgboost.callback.TrainingCallback):
    def __init__(self, rounds: Rounds, count: int) -> None:
        super().__init__()
        self._rounds, self._count = rounds, count

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        """Tell one round, and go on."""
        self._rounds.report.progress(min((epoch + 1) / self._count, 1.0), f"round {epoch + 1} of {self._count}")
        return False
