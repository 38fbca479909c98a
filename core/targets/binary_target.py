"""Events: labels of 0 and 1, whose probability is asked for; their scores, and what is true where events are rarer.

A sample's label is a row of shares, (1, 0) without and (0, 1) with an event, and an answer a row of probabilities. So
splits, stacks and maps are those of shares; what differs stands here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from .class_target import SMALLEST_PROBABILITY, fit_temperature, kappa, temperature_scaled
from .dirichlet import factor_of
from .metrics import interval_of, number_of, resampled
from .share_target import MEAN, Answers, Row
from .stacking import mixture_weights

if TYPE_CHECKING:
    from ..data.vector.samples import Samples

Array = NDArray[np.float64]
Text = NDArray[np.object_]

BINS = 15  # of the probability, for the calibration error
INTERVAL_BINS = 64  # of the ranks, for the AUC of resamplings
SCORES = ("auc", "average_precision", "brier", "log_loss", "ece", "accuracy", "kappa")
CAPTURED = (0.97, 0.9, 0.75, 0.5)  # shares of the events that no model had seen, above the bounds of classes
CLASSES = ("very low", "low", "moderate", "high", "very high")
THRESHOLD = 0.5  # of the probability among the samples, from which on an event is expected


@dataclass(frozen=True)
class BinaryTarget:
    """The measure of events: AUC, and probabilities sharpened until they are as likely as they say.

    Parameters
    ----------
    share : float
        Of events among the samples.
    prevalence : float
        Of events in the world; 0: that of the samples. Other scores than the AUC are those of a world where events
        are that common: samples are weighed, and probabilities corrected (Saerens et al. 2002).
    """

    share: float
    prevalence: float = 0.0

    kind = "events"
    score, score_name = "auc", "AUC"
    error, error_name = "brier", "a Brier score"
    columns = ("model", "part", "n", "events", "auc", "low", "high", *SCORES[1:])
    fields = ("probability",)

    @property
    def prior_correction(self) -> float:
        """By what the odds of an event must be multiplied, because events are rarer in the world than here."""
        if not self.prevalence:
            return 1.0
        return self.prevalence / (1 - self.prevalence) * (1 - self.share) / self.share

    def shown(self, shares: Array) -> Array:
        """The probability of an event in the world, shape (n,), from answers (n, 2)."""
        rare = shares[:, 1] * self.prior_correction
        found: Array = rare / (rare + shares[:, 0])
        return found

    def weights(self, truth: Array) -> Array:
        """The weight of each sample that makes events as common as in the world; their mean is 1."""
        if not self.prevalence:
            return np.ones(len(truth))
        return np.where(truth > 0, self.prevalence / self.share, (1 - self.prevalence) / (1 - self.share))

    @property
    def threshold(self) -> float:
        """The probability from which on an event is expected: `THRESHOLD` among the samples."""
        return float(self.shown(np.array([[1 - THRESHOLD, THRESHOLD]]))[0])

    def rows(self, observed: Array, predicted: Array, source: Text) -> list[Row]:
        """The row of all scores; probabilities that are NaN do not count."""
        kept = np.isfinite(predicted).all(1)
        truth, found = observed[kept, 1], self.shown(predicted[kept])
        low, high = _bounds(truth, found, source[kept])
        row: Row = {"component": MEAN, "n": len(truth), "events": int(truth.sum()), "low": low, "high": high}
        scores = self.scores(truth, found)
        return [{**row, **{name: number_of(value) for name, value in scores.items()}}]

    def scores(self, truth: Array, found: Array) -> dict[str, float]:
        """All scores of probabilities that are `shown`; NaN where one is not defined."""
        weight = self.weights(truth)
        if not len(truth):
            return dict.fromkeys(SCORES, float("nan"))
        likely = np.clip(np.where(truth > 0, found, 1 - found), SMALLEST_PROBABILITY, 1)
        table = self.table(truth, found)
        return {
            "auc": auc(truth, found),
            "average_precision": average_precision(truth, found, weight),
            "brier": float(np.average((found - truth) ** 2, weights=weight)),
            "log_loss": float(-np.average(np.log(likely), weights=weight)),
            "ece": calibration_error(truth, found, weight),
            "accuracy": float(np.trace(table) / table.sum()),
            "kappa": kappa(table),
        }

    def table(self, truth: Array, found: Array) -> Array:
        """The weight of samples without and with events (rows) for which none or one is expected (columns)."""
        expected = found >= self.threshold
        weight = self.weights(truth)
        return np.array([[weight[(truth == row) & (expected == col)].sum() for col in (0, 1)] for row in (0, 1)])

    def factors(self, answers: Answers, samples: Samples, region: Text) -> dict[str, float]:
        """The power that makes probabilities as likely as they say."""
        kept = answers.known
        return {"": fit_temperature(answers.shares[kept], samples.shares[kept].argmax(1))}

    def calibrated(self, answers: Answers, factors: dict[str, float], region: Text) -> Answers:
        """`answers` sharpened by what `factors` found."""
        return Answers(temperature_scaled(answers.shares, factor_of(factors, region)[:, None]), answers.concentration)

    def calibration(self, answers: Answers, samples: Samples) -> dict[str, Any]:
        """By what a map multiplies odds, and the bounds of its classes."""
        kept = answers.known
        bounds = class_bounds(samples.shares[kept, 1], self.shown(answers.shares[kept]))
        return {"odds": self.prior_correction, "bounds": bounds, "prevalence": self.prevalence or self.share}

    def stack(self, shares: Sequence[Array], observed: Array) -> Array:
        """The weights of models whose mixture is most likely for what was observed."""
        truth = observed.argmax(1)
        each = [np.maximum(found[np.arange(len(truth)), truth], SMALLEST_PROBABILITY) for found in shares]
        return mixture_weights(np.log(np.stack(each, 1)))

    def observed(self, samples: Samples) -> dict[str, Any]:
        """The column of the labels."""
        return {"label": samples.shares[:, 1].astype(np.int64)}

    def told(self, answers: Answers) -> list[Any]:
        """The columns that belong to `fields`."""
        return [self.shown(answers.shares)]

    def numbers(self, kind: str, row: Row) -> dict[str, float]:
        """AUC and Brier score."""
        found = {"AUC": row["auc"], "BRIER": row["brier"]}
        return {name: value for name, value in found.items() if value is not None}


def class_bounds(truth: Array, found: Array) -> list[float]:
    """The four probabilities between the five classes, ascending: above them lie `CAPTURED` of the events."""
    return [float(value) for value in np.quantile(found[truth > 0], [1 - share for share in CAPTURED])]


def auc(truth: Array, found: Array) -> float:
    """The area under the ROC curve, the chance that an event has the higher probability; NaN with one class."""
    events = truth > 0
    n, m = int(events.sum()), int((~events).sum())
    if not n or not m:
        return float("nan")
    return float((rankdata(found)[events].sum() - n * (n + 1) / 2) / (n * m))


def curve(truth: Array, found: Array, weight: Array) -> dict[str, Array]:
    """ROC, precision and recall, and area at each threshold from high to low.

    ``area`` is the weighted share of all samples at or above the threshold: with negatives drawn at random, that of
    the map.
    """
    order = np.argsort(-found, kind="stable")
    last = np.append(np.flatnonzero(np.diff(found[order])), len(order) - 1)  # ties belong together
    events = np.cumsum((weight * truth)[order])[last]
    others = np.cumsum((weight * (1 - truth))[order])[last]
    return {
        "threshold": found[order][last],
        "true_positive_rate": events / max(events[-1], 1e-12),
        "false_positive_rate": others / max(others[-1], 1e-12),
        "precision": events / (events + others),
        "area": (events + others) / (events[-1] + others[-1]),
    }


def average_precision(truth: Array, found: Array, weight: Array) -> float:
    """The mean precision over recall; NaN without events."""
    if not truth.any():
        return float("nan")
    at = curve(truth, found, weight)
    return float((np.diff(at["true_positive_rate"], prepend=0) * at["precision"]).sum())


def reliability(truth: Array, found: Array, weight: Array) -> list[Row]:
    """For each bin of the probability that holds samples their number, mean probability and share of events."""
    number = np.minimum((found * BINS).astype(int), BINS - 1)
    rows = []
    for bin_ in np.unique(number):
        own = number == bin_
        mean, share = (float(np.average(values[own], weights=weight[own])) for values in (found, truth))
        rows.append({"n": int(own.sum()), "weight": float(weight[own].sum()), "confidence": mean, "accuracy": share})
    return rows


def calibration_error(truth: Array, found: Array, weight: Array) -> float:
    """The expected calibration error: the mean distance of probability and share of events over its bins."""
    rows = reliability(truth, found, weight)
    return float(sum(row["weight"] * abs(row["confidence"] - row["accuracy"]) for row in rows) / weight.sum())


def _bounds(truth: Array, found: Array, source: Text) -> tuple[float | None, float | None]:
    """Lower and upper bound of the AUC over resamplings of whole sources.

    Resamplings count events and others in bins of the rank; what binning takes away is added again.
    """
    exact = auc(truth, found)
    if not np.isfinite(exact):
        return None, None
    bins = min(INTERVAL_BINS, len(truth))
    number = np.minimum((rankdata(found) - 1) * bins // len(truth), bins - 1).astype(int)
    cells = np.eye(bins)[number]
    sums = resampled(np.concatenate([cells * truth[:, None], cells * (1 - truth)[:, None]], 1), source, seed=0)
    binned = _binned_auc(np.concatenate([cells[truth > 0].sum(0), cells[truth == 0].sum(0)])[None])[0]
    return interval_of(np.clip(_binned_auc(sums) + exact - binned, 0, 1))


def _binned_auc(counts: Array) -> Array:
    """The AUC from counts of events and of others in ascending bins, shape (n, 2 bin)."""
    events, others = np.split(counts, 2, 1)
    below = np.cumsum(others, 1) - others / 2
    total = events.sum(1) * others.sum(1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(total > 0, (events * below).sum(1) / total, np.nan)
