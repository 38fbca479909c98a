"""Explanation: what each factor adds to a model's answers, and what the answers lose without it.

Any function of a table of factors can be explained: trees, networks, and mixtures of both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...runtime.types import Floats
from ...targets.binary_target import auc

Array = NDArray[np.float64]
Answer = Callable[[Floats], Array]  # the probability of an event, shape (place,), from factors (place, factor)

SMALLEST_PROBABILITY = 1e-6


def logit(probability: Array) -> Array:
    """The logarithm of the odds."""
    safe = np.clip(probability, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)
    found: Array = np.log(safe) - np.log(1 - safe)
    return found


def shapley_values(
    answer: Answer, table: Floats, background: Floats, draws: int, seed: int, tell: Callable[[float], None]
) -> tuple[Array, float]:
    """Return what each factor adds to the logit of each row, shape (row, factor), and the mean logit it is added to.

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
    found, mean = np.zeros((rows, count)), 0.0
    for draw in range(0, draws, 2):
        order = rng.permutation(count)
        start = background[rng.integers(0, len(background), rows)]
        for steps in (order, order[::-1]):
            current = start.copy()
            before = logit(answer(current))
            mean += before.mean()
            for factor in steps:
                current[:, factor] = table[:, factor]
                after = logit(answer(current))
                found[:, factor] += after - before
                before = after
        tell((draw + 2) / draws)
    used = 2 * len(range(0, draws, 2))
    return found / used, mean / used


def permutation_importance(
    answer: Answer, table: Floats, truth: Array, repeats: int, seed: int, names: Sequence[str]
) -> list[dict[str, Any]]:
    """For each factor how much AUC and Brier score lose when its values are dealt anew among the rows.

    The mean over `repeats`, and the deviation of it (Breiman 2001).
    """
    rng = np.random.default_rng(seed)
    known = answer(table)
    base, brier = auc(truth, known), float(((known - truth) ** 2).mean())
    found = []
    for number, name in enumerate(names):
        losses = []
        for _ in range(repeats):
            changed = table.copy()
            changed[:, number] = rng.permutation(changed[:, number])
            again = answer(changed)
            losses.append((base - auc(truth, again), float(((again - truth) ** 2).mean()) - brier))
        loss = np.array(losses)
        found.append(
            {
                "factor": name,
                "auc_loss": float(loss[:, 0].mean()),
                "auc_loss_deviation": float(loss[:, 0].std()),
                "brier_loss": float(loss[:, 1].mean()),
            }
        )
    return found
