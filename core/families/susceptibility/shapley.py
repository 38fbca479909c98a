"""Shapley values and permutation importance: what each factor adds to predictions, and what they lose without it.

Any function of a table of factors can be explained: trees, networks, and mixtures of both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np

from ...runtime.types import Array, Floats, Index
from ...targets.binary_target import BinaryTarget, auc
from .event_answers import Predict

SMALLEST_PROBABILITY, SMALLEST_VARIANCE = 1e-6, 1e-12
TOLERANCE = 0.1  # standard error of a value in units of their size, both as root mean squares, that ends the draws
MOST_DRAWS = 1000


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


@dataclass(frozen=True)
class ShapleyValues:
    """What each factor adds to the logits of rows.

    Parameters
    ----------
    values : array, shape (row, factor)
        With the mean they sum to the logit of a row.
    mean : float
        The logit that they are added to: that of the background, on average.
    error : float
        Their standard error, as root mean square; 0 if they are exact.
    draws : int
        Orders of the factors that were followed.
    settled : bool
        Whether the error is as small as is wanted.
    """

    values: Array
    mean: float
    error: float = 0.0
    draws: int = 0
    settled: bool = True


def shapley_values(
    predict: Predict, table: Floats, background: Floats, draws: int, seed: int, tell: Callable[[float], None]
) -> ShapleyValues:
    """Shapley values of each factor for the logit of each row, by sampling (Strumbelj & Kononenko 2014).

    A factor that does not take part has the value of a random row of the background. Each order of the factors is
    followed forwards and backwards, so that what is linear has little noise. What values lack of the logit of a row is
    known, and shared among its factors as their variances. Draws go on until the standard error is below `TOLERANCE`.

    Parameters
    ----------
    background : array, shape (m, factor)
        Rows to which `table` is compared.
    draws : int
        Orders of the factors that are followed at least; at most are `MOST_DRAWS`, or as many.
    """
    rng, most = np.random.default_rng(seed), max(draws, MOST_DRAWS) // 2
    target, mean = logit(predict(table)), float(logit(predict(background)).mean())
    sums, squares = np.zeros(table.shape), np.zeros(table.shape)
    for pairs in range(1, most + 1):
        start = background[rng.integers(0, len(background), len(table))]
        added = _added(predict, table, start, rng.permutation(table.shape[1]))
        sums, squares = sums + added, squares + added**2
        values = sums / pairs
        variance = np.maximum(squares / pairs - values**2, 0) / max(pairs - 1, 1) + SMALLEST_VARIANCE
        share = variance / variance.sum(1, keepdims=True)
        values = values + share * (target - mean - values.sum(1))[:, None]
        error, size = (float(np.sqrt(x.mean())) for x in (variance * (1 - share), values**2))
        settled = error <= TOLERANCE * size + np.sqrt(SMALLEST_VARIANCE)
        if 2 * pairs >= max(draws, 4) and settled:
            break
        tell(pairs / min(max(pairs * (error / (TOLERANCE * size + 1e-9)) ** 2, draws / 2, pairs), most))
    return ShapleyValues(values, mean, error, 2 * pairs, settled)


def _added(predict: Predict, table: Floats, start: Floats, order: Index) -> Array:
    """What each factor adds as factors join in an order and in the reverse one, on average, shape (row, factor)."""
    count = len(order)
    joined = np.zeros((count + 1, 1, count), bool)
    for step in range(count):
        joined[step + 1 :, :, order[step]] = True
    coalitions = np.concatenate([joined, ~joined])  # in the reverse order those have joined that are still to come
    places = np.where(coalitions, table, start).reshape(-1, count)
    logits = logit(predict(places)).reshape(2, count + 1, len(table))
    added = np.empty(table.shape)
    added[:, order] = (np.diff(logits[0], axis=0) - np.diff(logits[1], axis=0)).T / 2
    return added


def permutation_importance(
    predict: Predict, table: Floats, labels: WeighedLabels, repeats: int, seed: int, names: Sequence[str]
) -> list[Importance]:
    """Losses of AUC and Brier score when the values of a factor are dealt anew, for each factor.

    The mean over `repeats`, and the deviation of it (Breiman 2001). Values are drawn from the rows by their weights, so
    that they are those of the world, too: among samples, half of which are events, those of events are common.
    """
    rng, share = np.random.default_rng(seed), labels.weight / labels.weight.sum()
    base, brier = labels.scores(predict(table))
    rows: list[Importance] = []
    for number, name in enumerate(names):
        losses = []
        for _ in range(repeats):
            permuted = table.copy()
            permuted[:, number] = table[rng.choice(len(table), len(table), p=share), number]
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
