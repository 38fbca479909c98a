"""History: losses and scores per epoch of one training."""

from __future__ import annotations

import math
from dataclasses import dataclass, field


@dataclass
class History:
    """Losses and scores per epoch, and which epoch was the best; empty for models without epochs."""

    train_loss: list[float] = field(default_factory=list)
    loss: list[float] = field(default_factory=list)
    score: list[float] = field(default_factory=list)
    best_epoch: int = -1

    @property
    def best_score(self) -> float:
        """The score of the best epoch."""
        return self.score[self.best_epoch] if self.best_epoch >= 0 else -math.inf
