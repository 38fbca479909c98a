"""Events: scores and calibration of the probability of labels of 0 and 1, also where events are rarer than here.

A sample's label is a row of shares, (1, 0) without and (0, 1) with an event, and a prediction a row of probabilities.
So splits, stacks and maps are those of shares; what differs stands here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..runtime.types import Array, Text
from .calibration import CalibrationInfo, MeanCalibration
from .class_target import SMALLEST_PROBABILITY, kappa
from .losses import Losses
from .map_correction import Correction, Harder
from .member_means import sharpened
from .metrics import number_of
from .platt import OFFSET, fit_platt, platt_scaled
from .reliability import Outcomes, calibration_scores
from .score_intervals import SHARE, Jackknifed
from .scored_samples import ScoredSamples
from .share_target import MEAN, Answers, ScoreRow
from .stacking import mixture_weights
from .unit_auc import jackknifed_auc

if TYPE_CHECKING:
    from ..data.vector.samples import Samples


SCORES = ("auc", "average_precision", "brier", "log_loss", "accuracy", "kappa")
CAPTURED = (0.97, 0.9, 0.75, 0.5)  # shares of the events that no model had seen, above the bounds of classes
CLASSES = ("very low", "low", "moderate", "high", "very high")
THRESHOLD = 0.5  # of the probability among the samples, from which on an event is expected


@dataclass(frozen=True)
class BinaryTarget:
    """Events as a target: AUC, and probabilities calibrated by Platt scaling.

    Samples without an event stand for different parts of the area where they were drawn within strata
    (`Samples.design`): whatever is scored and calibrated weighs them by that. Calibrated on observed samples, the
    probabilities are those of a world where `share` of the cells have an event, whatever else has trained.

    Parameters
    ----------
    share : float
        Of events among the observed samples, by their design.
    prevalence : float
        Of events in the world; 0: that of the samples. Other scores than the AUC are those of a world where events
        are that common: samples are weighed, and probabilities corrected (Prentice & Pyke 1979; Saerens et al. 2002).
    """

    share: float
    prevalence: float = 0.0

    kind = "events"
    score, score_name = "auc", "AUC"
    error, error_name = "brier", "a Brier score"
    recalibrated = True
    columns = (
        *("model", "part", "n", "units", "events", "auc", "low", "high", "average_precision", "brier", "log_loss"),
        *("ece", "ece_low", "ece_high", "ece_floor", "accuracy", "kappa"),
    )
    fields = ("probability",)

    @property
    def prior_correction(self) -> float:
        """The factor of the odds of an event that corrects its prior: events are rarer in the world than here."""
        if not self.prevalence:
            return 1.0
        return self.prevalence / (1 - self.prevalence) * (1 - self.share) / self.share

    def shown(self, shares: Array) -> Array:
        """The probability of an event in the world, shape (n,), from shares (n, 2)."""
        rare = shares[:, 1] * self.prior_correction
        probability: Array = rare / (rare + shares[:, 0])
        return probability

    def weights(self, truth: Array, design: Array) -> Array:
        """The weight of each sample that makes samples the cells of the world; their mean is near 1."""
        if not self.prevalence:
            return design
        rarer = np.where(truth > 0, self.prevalence / self.share, (1 - self.prevalence) / (1 - self.share))
        weight: Array = design * rarer
        return weight

    @property
    def threshold(self) -> float:
        """The probability from which on an event is expected: `THRESHOLD` among the samples."""
        return float(self.shown(np.array([[1 - THRESHOLD, THRESHOLD]]))[0])

    def rows(self, scored: ScoredSamples) -> list[ScoreRow]:
        """The row of all scores; probabilities that are NaN do not count."""
        scored = scored.known()
        truth, probability = scored.observed[:, 1], self.shown(scored.predicted)
        jackknifed = self.jackknifed(scored)
        low, high = jackknifed.bounds(SHARE)
        counts = {"n": len(truth), "units": len(jackknifed.without), "events": int(truth.sum())}
        row: ScoreRow = {"component": MEAN, **counts, "low": low, "high": high}
        scores = {name: number_of(value) for name, value in self.scores(truth, probability, scored.weight).items()}
        return [{**row, **scores, **calibration_scores(self.outcomes(truth, probability, scored.weight, scored.unit))}]

    def losses(self, scored: ScoredSamples) -> Losses:
        """The squared error of each probability in the world, whose mean is the Brier score."""
        truth = scored.observed[:, 1]
        loss = (self.shown(scored.predicted) - truth) ** 2
        return Losses(loss, self.weights(truth, scored.weight), "Brier score")

    def jackknifed(self, scored: ScoredSamples) -> Jackknifed:
        """The AUC, and what it is without each unit."""
        known = scored.known()
        return jackknifed_auc(known.observed[:, 1], self.shown(known.predicted), known.unit, known.weight)

    def scores(self, truth: Array, probability: Array, design: Array) -> dict[str, float]:
        """Scores of probabilities that are `shown`, without their calibration; NaN where one is not defined."""
        weight = self.weights(truth, design)
        if not len(truth):
            return dict.fromkeys(SCORES, float("nan"))
        likelihood = np.clip(np.where(truth > 0, probability, 1 - probability), SMALLEST_PROBABILITY, 1)
        table = self.table(truth, probability, design)
        return {
            "auc": auc(truth, probability, weight),
            "average_precision": average_precision(truth, probability, weight),
            "brier": float(np.average((probability - truth) ** 2, weights=weight)),
            "log_loss": float(-np.average(np.log(likelihood), weights=weight)),
            "accuracy": float(np.trace(table) / table.sum()),
            "kappa": kappa(table),
        }

    def outcomes(self, truth: Array, probability: Array, design: Array, unit: NDArray[Any]) -> Outcomes:
        """Events with their probability that is `shown`, weighed as in the world, and their units, see `Outcomes`."""
        return Outcomes(truth, probability, self.weights(truth, design), unit)

    def table(self, truth: Array, probability: Array, design: Array) -> Array:
        """The weight of samples without and with events (rows) for which none or one is expected (columns)."""
        expected = probability >= self.threshold
        weight = self.weights(truth, design)
        return np.array([[weight[(truth == row) & (expected == col)].sum() for col in (0, 1)] for row in (0, 1)])

    def factors(self, answers: Answers, samples: Samples, region: Text) -> dict[str, float]:
        """Power and offset of Platt scaling, one for all regions."""
        tested = answers.known
        truth = samples.shares[tested, 1]
        power, offset = fit_platt(answers.shares[tested, 1], truth, samples.design[tested])
        return {"": power, OFFSET: offset}

    def calibrated(self, answers: Answers, factors: dict[str, float], region: Text) -> Answers:
        """`answers` after Platt scaling by `factors`."""
        return Answers(platt_scaled(answers.shares, factors[""], factors.get(OFFSET, 0.0)), answers.concentration)

    def calibration(self, answers: Answers, samples: Samples, mean: MeanCalibration) -> CalibrationInfo:
        """The correction of the prior of a map, and the bounds of its classes, as sure as the map is."""
        tested = answers.known
        probability = self.shown(sharpened(answers.shares[tested], mean))
        bounds = class_bounds(samples.shares[tested, 1], probability, samples.design[tested])
        return CalibrationInfo(
            prior_correction=self.prior_correction, bounds=bounds, prevalence=self.prevalence or self.share, mean=mean
        )

    def correction(self, answers: Array, weight: Array, mean: Array, harder: Harder | None) -> Correction | None:
        """None: nothing tells by how much ranks of a mean are better than those of members."""
        return None

    def stack(self, shares: Sequence[Array], observed: Array, weight: Array) -> Array:
        """The weights of models whose mixture gives the observed labels the highest likelihood."""
        truth = observed.argmax(1)
        rows = np.arange(len(truth))
        likelihood = [np.maximum(values[rows, truth], SMALLEST_PROBABILITY) for values in shares]
        return mixture_weights(np.log(np.stack(likelihood, 1)), weight=weight)

    def observed(self, samples: Samples) -> dict[str, NDArray[Any]]:
        """The column of the labels."""
        return {"label": samples.shares[:, 1].astype(np.int64)}

    def prediction_columns(self, answers: Answers) -> list[NDArray[Any]]:
        """The values of `fields`, each of shape (sample,)."""
        return [self.shown(answers.shares)]

    def numbers(self, kind: str, row: ScoreRow) -> dict[str, float]:
        """AUC and Brier score."""
        values = {"AUC": row["auc"], "BRIER": row["brier"]}
        return {name: value for name, value in values.items() if value is not None}


def class_bounds(truth: Array, probability: Array, design: Array) -> list[float]:
    """The four probabilities between the five classes, ascending: above them lie `CAPTURED` of the cells of events."""
    event = np.flatnonzero(truth > 0)
    event = event[np.argsort(probability[event], kind="stable")]
    below = np.cumsum(design[event]) - design[event] / 2
    return [float(np.interp((1 - share) * design[event].sum(), below, probability[event])) for share in CAPTURED]


def auc(truth: Array, probability: Array, weight: Array | None = None) -> float:
    """The area under the ROC curve, the chance that an event has the higher probability; NaN with one class.

    Parameters
    ----------
    weight : array, shape (n,), optional
        How many cells each sample stands for; without it they count alike.
    """
    each = np.ones(len(truth)) if weight is None else weight
    _, number = np.unique(probability, return_inverse=True)  # ties count half
    events, others = (np.bincount(number, each * (truth == label), len(number)) for label in (1, 0))
    total = events.sum() * others.sum()
    return float((events * (np.cumsum(others) - others / 2)).sum() / total) if total > 0 else float("nan")


def curve(truth: Array, probability: Array, weight: Array) -> dict[str, Array]:
    """ROC, precision and recall, and area at each threshold from high to low.

    ``area`` is the weighted share of all samples at or above the threshold: with weights of `BinaryTarget.weights`,
    that of the map.
    """
    order = np.argsort(-probability, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(probability[order])), len(order) - 1)  # ties belong together
    event_weight = np.cumsum((weight * truth)[order])[ends]
    other_weight = np.cumsum((weight * (1 - truth))[order])[ends]
    return {
        "threshold": probability[order][ends],
        "true_positive_rate": event_weight / max(event_weight[-1], 1e-12),
        "false_positive_rate": other_weight / max(other_weight[-1], 1e-12),
        "precision": event_weight / (event_weight + other_weight),
        "area": (event_weight + other_weight) / (event_weight[-1] + other_weight[-1]),
    }


def average_precision(truth: Array, probability: Array, weight: Array) -> float:
    """The mean precision over recall; NaN without events."""
    if not truth.any():
        return float("nan")
    thresholds = curve(truth, probability, weight)
    return float((np.diff(thresholds["true_positive_rate"], prepend=0) * thresholds["precision"]).sum())
