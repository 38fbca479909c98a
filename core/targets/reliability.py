"""Reliability: how often what was given a probability came true, and how far the two lie apart beyond chance.

The expected calibration error over bins is never 0: of probabilities that mean what they say it reads .12 with 100
samples. So it stands without what chance adds, beside what it reads for such probabilities, and with an interval.
Labels of one unit (source, block, cluster, region) are alike, so chance adds as much as whole units make it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtr, stdtrit

from ..runtime.types import Array, Index
from .metrics import number_of
from .score_intervals import LEVEL, PLAIN, SMALLEST, jackknifed, unit_numbers

BINS = 15  # of equal weight
SMALLEST_PROBABILITY = 1e-6
MOST_FREEDOM = 1e6  # of Student's t, which is normal there
MOST_UNITS = 400  # that are left out one by one; of more, so many groups of units
STEPS = 25  # of Newton's method
PENALTY = 1.0  # of the squared distance from what was said; without one, a few outcomes may be parted wholly
SINGULAR = 1e-9  # of a diagonal, so that bins of one probability have an answer
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
    unit : array, shape (n,)
        The name of what each belongs to: outcomes of one unit may be alike. A sample by itself is a unit.
    """

    happened: Array
    probability: Array
    weight: Array
    unit: NDArray[Any]

    @cached_property
    def bins(self) -> Index:
        """The number of the bin of each probability, ascending.

        Bins hold equal weight: where events are rare, equally wide ones would hold nearly all in the first. Equal
        probabilities lie in one bin, that of their middle, so some bins may be empty.
        """
        _, value = np.unique(self.probability, return_inverse=True)
        mass = np.bincount(value, self.weight)
        middle = (np.cumsum(mass) - mass / 2)[value] / max(mass.sum(), TINY)
        number: Index = np.minimum((middle * BINS).astype(np.int64), BINS - 1)
        return number

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
        """The sums of `columns` over each bin, shape (BINS, 4), as if each sample were a unit."""
        return np.stack([np.bincount(self.bins, column, BINS) for column in self.columns().T], 1)

    def unit_sums(self) -> Array:
        """The sums of `columns` over each unit in each bin, shape (unit, BINS, 4).

        Their variance is that of sums of samples which are as alike as samples of a unit are. Of more than `MOST_UNITS`
        units there are the sums of so many groups of units, drawn at random.
        """
        columns, unit = self.columns(), unit_numbers(self.unit)
        cell, number = np.unique(unit * BINS + self.bins, return_inverse=True)
        squares = (columns[:, 2] - columns[:, 1]) ** 2, columns[:, 0] ** 2
        sums = _sums([*columns.T, np.sqrt(columns[:, 3]), *squares], number, len(cell))
        pairs = sums[:, 4] ** 2 - sums[:, 3]  # of samples of a unit, as the variance of one counts
        sums[:, 3] += _likeness(sums, pairs, cell % BINS) * pairs
        count = int(unit.max(initial=-1)) + 1
        group = np.random.default_rng(0).permutation(count) % MOST_UNITS if count > MOST_UNITS else np.arange(count)
        groups = min(count, MOST_UNITS)
        return _sums(sums[:, :4].T, group[cell // BINS] * BINS + cell % BINS, groups * BINS).reshape(groups, BINS, 4)


def _sums(columns: Iterable[Array], number: Index, count: int) -> Array:
    """The sums of columns over rows of each number, shape (count, column)."""
    return np.stack([np.bincount(number, column, count).astype(np.float64) for column in columns], 1)


def _likeness(sums: Array, pairs: Array, bins: Index) -> float:
    """The correlation of outcomes of a unit about their probabilities, from 0 (there is none) to 1, over all bins.

    The mean product of deviations of two samples of a unit less that of two samples of different units of the same
    bin: the latter is what probabilities are wrong by, squared, and no likeness.

    Parameters
    ----------
    sums : array, shape (cell, 7)
        Of a unit in a bin; the last columns hold sums of squared deviations and of squared weights.
    pairs : array, shape (cell,)
        What products would sum to if outcomes of a unit were all the same.
    bins : array, shape (cell,)
    """
    weight, deviation = sums[:, 0], sums[:, 2] - sums[:, 1]
    within, weight_within = _sums([deviation**2 - sums[:, 5], weight**2 - sums[:, 6]], bins, BINS).T
    totals = _sums([deviation, weight, deviation**2, weight**2], bins, BINS).T
    between, weight_between = totals[0] ** 2 - totals[2], totals[1] ** 2 - totals[3]
    apart = weight_between > SMALLEST * totals[1] ** 2  # else one unit alone lies in the bin
    wrong = np.where(apart, between / np.where(apart, weight_between, 1), 0.0)
    possible, alike = float(pairs.sum()), float((within - wrong * weight_within).sum())
    return float(np.clip(alike / possible, 0, 1)) if possible > 0 else 0.0


def reliability(outcomes: Outcomes) -> list[Row]:
    """For each bin of the probability that holds samples their number, mean probability, and share that came true.

    ``low`` and ``high`` bound that share 9 times of 10 if outcomes have these probabilities (consistency bars, Broecker
    & Smith 2007, Weather Forecast. 22, 651) and those of a unit are as alike as they are; outside of them it is more
    than chance.
    """
    counts = np.bincount(outcomes.bins, minlength=BINS)
    units, alone = outcomes.unit_sums(), outcomes.sums()[:, 3]
    rows: list[Row] = []
    for number, (weight, stated, true, variance) in enumerate(units.sum(0)):
        if not counts[number]:
            continue
        share, half = stated / weight, _width(variance, alone[number], len(units)) * np.sqrt(variance) / weight
        row: Row = {"n": int(counts[number]), "weight": float(weight), "confidence": float(share)}
        low, high = max(share - half, 0.0), min(share + half, 1.0)
        rows.append({**row, "accuracy": float(true / weight), "low": float(low), "high": float(high)})
    return rows


def _width(variance: float, alone: float, units: int) -> float:
    """Standard deviations on each side of the middle `LEVEL`.

    What units add to the variance of samples `alone` was found from so many units (Satterthwaite 1946).
    """
    added = max(variance - alone, 0.0) / max(variance, TINY)
    freedom = min(max(units - 1, 1) / max(added**2, TINY), MOST_FREEDOM)
    return float(stdtrit(freedom, (1 + LEVEL) / 2))


def calibration_error(outcomes: Outcomes) -> float:
    """The expected calibration error, the mean distance of probability and share that came true, as it is read."""
    return float(_read(outcomes.sums())) if len(outcomes.happened) else float("nan")


def calibration_scores(outcomes: Outcomes) -> dict[str, float | None]:
    """The expected calibration error without what chance adds, its 90 % bounds, and its floor; None without any.

    ``ece`` is the error as it is read, less what chance would add to it if outcomes had the probabilities that a
    logistic regression makes of those that were said; ``ece_floor`` is what probabilities that mean what they say would
    read in the mean. ``ece_low`` and ``ece_high`` leave out whole units, see `score_intervals`.
    """
    names = ("ece", "ece_low", "ece_high", "ece_floor")
    if not len(outcomes.happened):
        return dict.fromkeys(names)
    units = outcomes.unit_sums()
    sums = units.sum(0)
    floor = _expected(np.zeros(BINS), sums[:, 3], sums[:, 0])
    found = jackknifed(units.reshape(-1, BINS * 4), lambda some: _corrected(some.reshape(-1, BINS, 4))[:, None])[0]
    at_least = (None if value is None else max(value, 0.0) for value in (found.score, *found.bounds(PLAIN)))
    return dict(zip(names, (*at_least, number_of(floor)), strict=True))


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


def _corrected(sums: Array) -> Array:
    """The error of sums by bin, shape (..., BINS, 4), less what chance adds."""
    weight, stated, _, variance = np.moveaxis(sums, -1, 0)
    gap = weight * _recalibrated(sums) - stated
    true = np.abs(gap).sum(-1) / np.maximum(weight.sum(-1), TINY)
    error: Array = _read(sums) - (_expected(gap, variance, weight) - true)
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
        bend = np.einsum("...b,...bi,...bj->...ij", tried * found * (1 - found), design, design)
        bend = bend * (1 + SINGULAR * np.eye(2)) + PENALTY * np.eye(2)
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
