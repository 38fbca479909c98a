"""Shapley values and permutation importance: what each factor adds to predictions, and what they lose without it.

Any function of a table of factors can be explained: trees, networks, and mixtures of both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np

from ...runtime.types import Array, Floats
from ...targets.binary_target import BinaryTarget, auc

Predict = Callable[[Floats], Array]  # the probability of an event, shape (place,), from factors (place, factor)

SMALLEST_PROBABILITY = 1e-6


class Importance(TypedDict, total=False):
    """A factor, the losses of AUC and Brier score without it, and the mean size of its Shapley values."""

    factor: str
    auc_loss: float
    auc_loss_deviation: float
    brier_loss: float
    shapley: float


@dataclass(frozen=True)
class WeighedLabels:
    """Labels by which predictions are scored.

    Parameters
    ----------
    truth, weight : array, shape (place,)
        1 for an event, 0 for none; what each place counts, so that all are the world whose probabilities are predicted.
    """

    truth: Array
    weight: Array

    @classmethod
    def of(cls, truth: Array, design: Array, prevalence: float) -> WeighedLabels:
        """Labels of samples that stand for the cells in `design`, in a world with this prevalence (0: theirs)."""
        share = float(np.average(truth, weights=design)) if len(truth) else 0.0
        world = BinaryTarget(share, prevalence if 0 < share < 1 else 0.0)
        return cls(truth, world.weights(truth, design))

    def scores(self, predicted: Array) -> tuple[float, float]:
        """AUC and Brier score."""
        return auc(self.truth, predicted, self.weight), float(
            np.average((predicted - self.truth) ** 2, weights=self.weight)
        )


def logit(probability: Array) -> Array:
    """The logarithm of the odds."""
    safe = np.clip(probability, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)
    logits: Array = np.log(safe) - np.log(1 - safe)
    return logits


def shapley_values(
    predict: Predict, table: Floats, background: Floats, draws: int, seed: int, tell: Callable[[float], None]
) -> tuple[Array, float]:
    """Shapley values of each factor for the logit of each row, shape (row, factor), and the mean logit they add to.

    Sampled Shapley values (Strumbelj & Kononenko 2014) of the game in which a factor that does not take part has the
    value of a random row of the background. Each order of the factors is followed forwards and backwards, so that what
    is linear has little noise. The values of a row and the mean sum to its logit, up to the mean's own noise.

    Parameters
    ----------
    background : array, shape (m, factor)
        Rows to which `table` is compared.
    draws : int
        Orders of the factors, an even number; the error falls with its root.
    """
    rng = np.random.default_rng(seed)
    rows, count = table.shape
    values, mean = np.zeros((rows, count)), 0.0
    for draw in range(0, draws, 2):
        order = rng.permutation(count)
        start = background[rng.integers(0, len(background), rows)]
        for steps in (order, order[::-1]):
            current = start.copy()
            before = logit(predict(current))
            mean += before.mean()
            for factor in steps:
                current[:, factor] = table[:, factor]
                after = logit(predict(current))
                values[:, factor] += after - before
                before = after
        tell((draw + 2) / draws)
    orders = 2 * len(range(0, draws, 2))
    return values / orders, mean / orders


def permutation_importance(
    predict: Predict, table: Floats, labels: WeighedLabels, repeats: int, seed: int, names: Sequence[str]
) -> list[Importance]:
    """Losses of AUC and Brier score when the values of a factor are permuted among the rows, for each factor.

    The mean over `repeats`, and the deviation of it (Breiman 2001).
    """
    rng = np.random.default_rng(seed)
    base, brier = labels.scores(predict(table))
    rows: list[Importance] = []
    for number, name in enumerate(names):
        losses = []
        for _ in range(repeats):
            permuted = table.copy()
            permuted[:, number] = rng.permutation(permuted[:, number])
            area, error = labels.scores(predict(permuted))
            losses.append((base - area, error - brier))
        loss = np.array(losses)
        rows.append(
            {
                "factor": name,
                "auc_loss": float(loss[:, 0].mean()),
                "auc_loss_deviation": float(loss[:, 0].std()),
                "brier_loss": float(loss[:, 1].mean()),
            }
        )
    return rows
