"""Reliability: how often what was given a probability came true, and how far the two lie apart beyond chance.

The expected calibration error over bins is never 0: of probabilities that mean what they say it reads .12 with 100
samples. So it stands without what chance adds, beside what it reads for such probabilities, and with an interval.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, ndtr

from ..runtime.types import Array, Index, Text
from .metrics import number_of
from .score_intervals import LEVEL

BINS = 15  # of the probability
SMALLEST_PROBABILITY = 1e-6
NORMAL_WIDTH = 1.6449  # standard deviations on each side of the middle 90 %
REPLICATES = 500
STEPS = 25  # of Newton's method
PENALTY = 1.0  # of the squared distance from what was said; without one, a few outcomes may be parted wholly
TINY = 1e-300

Row = dict[str, float | int | None]


@dataclass(frozen=True)
class Outcomes:
    """Outcomes and the probabilities that they were given.

    Parameters
    ----------
    happened : array, shape (n,)
        1 or 0.
    probability : array, shape (n,)
    weight : array, shape (n,)
        How much each counts: 1, or what makes events as common as in the world.
    """

    happened: Array
    probability: Array
    weight: Array

    @property
    def bins(self) -> Index:
        """The number of the bin of each probability."""
        return np.minimum((self.probability * BINS).astype(np.int64), BINS - 1)

    def columns(self) -> Array:
        """What is summed over bins, shape (n, 4): weight, weighted probability and outcome, variance by chance.

        Weighted samples were drawn with other odds than those of the world: w1 : w0 for outcomes of 1 and 0. With
        these, weight (outcome - p) has the variance p (1 - p) w0 w1. The weight that a sample would have with the other
        outcome is the mean of those that have it.
        """
        true, stated, weight = self.happened > 0, self.probability, self.weight
        means = [float(weight[kind].mean()) if kind.any() else float(weight.mean()) for kind in (true, ~true)]
        variance = stated * (1 - stated) * weight * np.where(true, means[1], means[0])
        return np.stack([weight, weight * stated, weight * self.happened, variance], 1)

    def sums(self) -> Array:
        """The sums of `columns` over each bin, shape (BINS, 4)."""
        return np.stack([np.bincount(self.bins, column, BINS) for column in self.columns().T], 1)


def reliability(outcomes: Outcomes) -> list[Row]:
    """For each bin of the probability that holds samples their number, mean probability, and share that came true.

    ``low`` and ``high`` bound that share 9 times of 10 if outcomes have these probabilities (consistency bars, Broecker
    & Smith 2007, Weather Forecast. 22, 651); outside of them it is more than chance.
    """
    counts = np.bincount(outcomes.bins, minlength=BINS)
    rows: list[Row] = []
    for number, (weight, stated, true, variance) in enumerate(outcomes.sums()):
        if not counts[number]:
            continue
        share, half = stated / weight, NORMAL_WIDTH * np.sqrt(variance) / weight
        row: Row = {"n": int(counts[number]), "weight": float(weight), "confidence": float(share)}
        low, high = max(share - half, 0.0), min(share + half, 1.0)
        rows.append({**row, "accuracy": float(true / weight), "low": float(low), "high": float(high)})
    return rows


def calibration_error(outcomes: Outcomes) -> float:
    """The expected calibration error, the mean distance of probability and share that came true, as it is read."""
    return float(_read(outcomes.sums())) if len(outcomes.happened) else float("nan")


def calibration_scores(outcomes: Outcomes) -> dict[str, float]:
    """The expected calibration error without what chance adds, ``ece``, and its floor, ``ece_floor``; NaN without any.

    The first is the error as it is read, less what chance would add to it if outcomes had the probabilities that a
    logistic regression makes of those that were said; the second is what probabilities that mean what they say would
    read in the mean.
    """
    if not len(outcomes.happened):
        return {"ece": float("nan"), "ece_floor": float("nan")}
    sums = outcomes.sums()
    floor = _expected(np.zeros(BINS), sums[:, 3], sums[:, 0])
    return {"ece": max(float(_corrected(sums, 1.0)), 0.0), "ece_floor": float(floor)}


def calibration_bounds(outcomes: Outcomes, unit: Text) -> dict[str, float | None]:
    """The bounds of ``ece`` in 90 % of resamplings of whole units, ``ece_low`` and ``ece_high``.

    Parameters
    ----------
    unit : array of str, shape (n,)
        What is drawn as a whole.
    """
    if not len(outcomes.happened):
        return {"ece_low": None, "ece_high": None}
    columns = np.zeros((len(unit), BINS, 4))
    columns[np.arange(len(unit)), outcomes.bins] = outcomes.columns()
    replicates = _resampled(columns.reshape(len(unit), -1), unit, seed=0).reshape(-1, BINS, 4)
    errors = _corrected(replicates, 2.0)  # for chance plays twice: in the samples, and in drawing from them
    low, high = _interval_of(np.maximum(errors - errors.mean() + _corrected(outcomes.sums(), 1.0), 0))
    return {"ece_low": low, "ece_high": high}


def _resampled(values: Array, group: Text, seed: int) -> Array:
    """The sums of the columns of `values` in resamplings of whole groups, shape (replicate, column).

    Sums per group are drawn instead of rows, so the cost does not grow with rows per group.
    """
    _, number = np.unique(group.astype(str), return_inverse=True)
    count = int(number.max()) + 1
    sums = np.stack([np.bincount(number, column, count) for column in values.T], 1)
    rng = np.random.default_rng(seed)
    times = rng.multinomial(count, np.full(count, 1 / count), REPLICATES).astype(float)
    resampled_sums: Array = times @ sums
    return resampled_sums


def _interval_of(values: Array) -> tuple[float | None, float | None]:
    """The bounds that hold the middle `LEVEL` of resamplings; None where most of them are not defined."""
    values = values[np.isfinite(values)]
    if len(values) < REPLICATES / 2:
        return None, None
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return number_of(low), number_of(high)


def _read(sums: Array) -> Array:
    """The expected calibration error of sums by bin, shape (..., BINS, 4)."""
    error: Array = np.abs(sums[..., 2] - sums[..., 1]).sum(-1) / np.maximum(sums[..., 0].sum(-1), TINY)
    return error


def _expected(gap: Array, variance: Array, weight: Array) -> Array:
    """The error that is read in the mean where bins have a true `gap` and chance adds a normal deviation.

    The means of folded normal distributions; all arrays have the shape (..., BINS).
    """
    deviation = np.sqrt(np.maximum(variance, TINY))
    ratio = gap / deviation
    folded = deviation * np.sqrt(2 / np.pi) * np.exp(-(ratio**2) / 2) + gap * (1 - 2 * ndtr(-ratio))
    error: Array = folded.sum(-1) / np.maximum(weight.sum(-1), TINY)
    return error


def _corrected(sums: Array, times: float) -> Array:
    """The error of sums by bin, shape (..., BINS, 4), less what chance adds `times` over."""
    weight, stated, _, variance = np.moveaxis(sums, -1, 0)
    gap = weight * _recalibrated(sums) - stated
    true = np.abs(gap).sum(-1) / np.maximum(weight.sum(-1), TINY)
    error: Array = _read(sums) - (_expected(gap, times * variance, weight) - true)
    return error


def _recalibrated(sums: Array) -> Array:
    """The probability of each bin, shape (..., BINS), as a logistic regression on its logit corrects it (Platt 1999).

    Intercept and slope are drawn to 0 and 1 where they say little more than chance: by 1 - 2 / D, D being twice the
    gain in log likelihood, which has the mean 2 by chance.
    """
    weight, stated, true, variance = np.moveaxis(sums, -1, 0)
    held = np.maximum(weight, TINY)
    probability = np.clip(stated / held, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)
    # what is drawn with other odds tells as much as its variance says
    worth = np.where(variance > 0, weight * probability * (1 - probability) / np.maximum(variance, TINY), 0.0)
    logit, happened, tried = np.log(probability / (1 - probability)), worth * true, worth * weight
    design = np.stack([np.ones_like(logit), logit], -1)
    start = np.broadcast_to(np.array([0.0, 1.0]), (*logit.shape[:-1], 2))
    line = start
    for _ in range(STEPS):
        found = expit((design @ line[..., None])[..., 0])
        slope = ((happened - tried * found)[..., None] * design).sum(-2) - PENALTY * (line - start)
        bend = np.einsum("...b,...bi,...bj->...ij", tried * found * (1 - found), design, design) + PENALTY * np.eye(2)
        line = line + np.clip(np.linalg.solve(bend, slope[..., None])[..., 0], -1, 1)
    gain = 2 * (_likelihood(line, design, happened, tried) - _likelihood(start, design, happened, tried))
    line = start + np.maximum(1 - 2 / np.maximum(gain, TINY), 0)[..., None] * (line - start)
    corrected: Array = expit((design @ line[..., None])[..., 0])
    return corrected


def _likelihood(line: Array, design: Array, happened: Array, tried: Array) -> Array:
    """The log likelihood of outcomes by bin under intercept and slope."""
    logit = (design @ line[..., None])[..., 0]
    likelihood: Array = (happened * logit - tried * np.logaddexp(0, logit)).sum(-1)
    return likelihood
