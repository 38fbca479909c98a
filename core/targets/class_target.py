"""Classes: scores and calibration of the probabilities of labels of which one is right.

A sample's label is a row of zeros with a 1 in its class, a prediction is a probability for each class. So splits,
baselines, stacks and maps are those of shares; what differs stands here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from ..runtime.types import Array, Index, Text
from .calibration import CalibrationInfo
from .dirichlet import factor_of
from .losses import Losses
from .metrics import defined_mean, interval_of, number_of, resampled
from .scored_samples import ScoredSamples
from .share_target import MEAN, Answers, ScoreRow
from .stacking import stack_weights

if TYPE_CHECKING:
    from ..data.vector.samples import Samples


FEW = 30  # samples of a class, below which its scores mean little
BINS = 15  # of the confidence, for the calibration error
SMALLEST_PROBABILITY = 1e-6  # a class that was ruled out and is right must not cost everything
LARGEST_LOG_POWER = 3.0  # of its logarithm
PREFIX = "p_"  # of the fields with probabilities: a class may be called like any other field


@dataclass(frozen=True)
class ClassTarget:
    """Classes as a target: macro F1, and probabilities calibrated by temperature scaling.

    A row per class holds its support n, precision, recall and F1; the mean row holds their means over the classes
    that occur, accuracy, Cohen's kappa, expected calibration error and log loss.
    """

    classes: tuple[str, ...]

    kind = "classes"
    score, score_name = "f1", "macro F1"
    error, error_name = "error", "a share of wrong labels"
    columns = (
        "model",
        "part",
        "n",
        "accuracy",
        "f1",
        "low",
        "high",
        "kappa",
        "precision",
        "recall",
        "ece",
        "log_loss",
    )

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the predicted columns, without the fold."""
        return ("predicted", "confidence", *(f"{PREFIX}{name}" for name in self.classes))

    def rows(self, scored: ScoredSamples) -> list[ScoreRow]:
        """A row per class and the mean; probabilities that are NaN do not count."""
        scored = scored.known()
        truth, predicted_class = scored.observed.argmax(1), scored.predicted.argmax(1)
        table = confusion(truth, predicted_class, len(self.classes))
        scores = class_scores(table)
        low, high = _bounds(truth, predicted_class, scored.unit, len(self.classes))
        rows: list[ScoreRow] = [
            {
                "component": name,
                "n": int(table[i].sum()),
                "predicted": int(table[:, i].sum()),
                **{key: number_of(values[i]) for key, values in scores.items()},
                "low": low[i],
                "high": high[i],
            }
            for i, name in enumerate(self.classes)
        ]
        means = {key: number_of(defined_mean(values)) for key, values in scores.items()}
        rows.append(
            {
                "component": MEAN,
                "n": len(truth),
                "predicted": len(truth),
                **means,
                "low": low[-1],
                "high": high[-1],
                **_overall(truth, scored.predicted, table),
            }
        )
        return rows

    def losses(self, scored: ScoredSamples) -> Losses:
        """1 for each label that the most likely class misses, else 0."""
        known = np.isfinite(scored.predicted).all(1)
        missed = scored.observed.argmax(1) != scored.predicted.argmax(1)
        return Losses(np.where(known, missed, np.nan), scored.weight, "share of wrong labels")

    def factors(self, answers: Answers, samples: Samples, region: Text) -> dict[str, float]:
        """The power of temperature scaling (Guo et al. 2017).

        It is one for all regions: a map has no regions, and a new region has no samples for a power of its own.
        """
        tested = answers.known
        return {"": fit_temperature(answers.shares[tested], samples.shares[tested].argmax(1))}

    def calibrated(self, answers: Answers, factors: dict[str, float], region: Text) -> Answers:
        """`answers` after temperature scaling by `factors`."""
        return Answers(temperature_scaled(answers.shares, factor_of(factors, region)[:, None]), answers.concentration)

    def calibration(self, answers: Answers, samples: Samples) -> CalibrationInfo:
        """Empty: there is nothing besides the factors."""
        return CalibrationInfo()

    def stack(self, shares: Sequence[Array], observed: Array) -> Array:
        """The weights of the mean that comes nearest to the labels."""
        return stack_weights(shares, observed)

    def observed(self, samples: Samples) -> dict[str, NDArray[Any]]:
        """The column of the labels."""
        return {"label": self._names(samples.shares)}

    def prediction_columns(self, answers: Answers) -> list[NDArray[Any]]:
        """The values of `fields`, each of shape (sample,)."""
        names = self._names(np.nan_to_num(answers.shares))
        names[~answers.known] = None
        return [names, answers.shares.max(1), *answers.shares.T]

    def numbers(self, kind: str, row: ScoreRow) -> dict[str, float]:
        """Accuracy and macro F1."""
        values = {"ACCURACY": row["accuracy"], "F1_MACRO": row["f1"]}
        return {name: value for name, value in values.items() if value is not None}

    def _names(self, shares: Array) -> Text:
        names: Text = np.array(self.classes, object)[shares.argmax(1)]
        return names


def confusion(truth: Index, predicted: Index, classes: int) -> NDArray[np.int64]:
    """How often each class (row) was taken for each class (column)."""
    return np.bincount(truth * classes + predicted, minlength=classes**2).reshape(classes, classes)


def class_scores(table: NDArray[Any]) -> dict[str, Array]:
    """Precision, recall and F1 of each class from a confusion.

    A class that does not occur has none of them; one that was never predicted has a precision of 0.
    """
    right, support, predicted = np.diagonal(table).astype(np.float64), table.sum(1), table.sum(0)
    missing = np.where(support > 0, 1.0, np.nan)
    precision = right / np.maximum(predicted, 1) * missing
    recall = right / np.maximum(support, 1) * missing
    return {"precision": precision, "recall": recall, "f1": 2 * right / np.maximum(support + predicted, 1) * missing}


def kappa(table: NDArray[Any]) -> float:
    """Cohen's kappa of a confusion: the agreement beyond that of chance."""
    total = max(table.sum(), 1)
    agreement, chance = np.trace(table) / total, float(table.sum(1) @ table.sum(0)) / total**2
    return float((agreement - chance) / (1 - chance)) if chance < 1 else float("nan")


def calibration_error(truth: Index, probabilities: Array) -> float:
    """The expected calibration error: the mean distance of confidence and accuracy over bins of confidence."""
    rows = reliability(truth, probabilities)
    return float(sum(row["n"] * abs(row["confidence"] - row["accuracy"]) for row in rows) / max(len(truth), 1))


def reliability(truth: Index, probabilities: Array) -> list[ScoreRow]:
    """For each bin of the confidence that holds samples how many, their mean confidence, and their accuracy."""
    confidence, correct = probabilities.max(1), probabilities.argmax(1) == truth
    bin_numbers = np.minimum((confidence * BINS).astype(int), BINS - 1)
    return [
        {
            "n": int(in_bin.sum()),
            "confidence": float(confidence[in_bin].mean()),
            "accuracy": float(correct[in_bin].mean()),
        }
        for in_bin in (bin_numbers == bin_number for bin_number in range(BINS))
        if in_bin.any()
    ]


def temperature_scaled(shares: NDArray[Any], power: Any) -> NDArray[Any]:
    """Probabilities raised to a power, summing to 1 along the last axis; above 1 they become surer."""
    logs = np.log(np.maximum(shares, SMALLEST_PROBABILITY)) * power
    raised = np.exp(logs - logs.max(-1, keepdims=True))
    scaled: NDArray[Any] = raised / raised.sum(-1, keepdims=True)
    return scaled


def fit_temperature(probabilities: Array, truth: Index) -> float:
    """The power under which the labels are most likely; 1 without any."""
    if not len(truth):
        return 1.0

    def loss(logarithm: float) -> float:
        """The loss under a power with this logarithm."""
        return log_loss(temperature_scaled(probabilities, np.exp(logarithm)), truth)

    bounds = (-LARGEST_LOG_POWER, LARGEST_LOG_POWER)
    return float(np.exp(minimize_scalar(loss, bounds=bounds, method="bounded").x))


def log_loss(probabilities: Array, truth: Index) -> float:
    """The mean negative logarithm of the probability of the right class."""
    likelihood = probabilities[np.arange(len(truth)), truth]
    return float(-np.log(np.maximum(likelihood, SMALLEST_PROBABILITY)).mean())


def class_weights(shares: Array, weighting: str) -> Array:
    """The weight of each class in the loss: 1, or so that all classes that occur count alike.

    Parameters
    ----------
    shares : array, shape (sample, class)
        Labels that train.
    weighting : str
        ``none``, ``balanced`` or ``focal``; the last weighs predictions, not classes.
    """
    counts = shares.sum(0)
    if weighting != "balanced":
        return np.ones(len(counts))
    return np.where(counts > 0, counts.sum() / (np.count_nonzero(counts) * np.maximum(counts, 1e-12)), 0.0)


def rare_classes(samples: Samples) -> dict[str, int]:
    """The classes with few observed samples, and how many they have."""
    counts = samples.shares[~samples.augmented].sum(0).round().astype(int)
    return {name: int(n) for name, n in zip(samples.components, counts, strict=True) if n < FEW}


def _overall(truth: Index, probabilities: Array, table: NDArray[np.int64]) -> ScoreRow:
    """The scores that are not means over classes."""
    names = ("accuracy", "error", "kappa", "ece", "log_loss")
    if not len(truth):
        return dict.fromkeys(names)
    accuracy = float(np.trace(table) / len(truth))
    ece, loss = calibration_error(truth, probabilities), log_loss(probabilities, truth)
    return dict(zip(names, (accuracy, 1 - accuracy, number_of(kappa(table)), ece, loss), strict=True))


def _bounds(
    truth: Index, predicted_class: Index, group: Text, classes: int
) -> tuple[list[float | None], list[float | None]]:
    """Lower and upper bound of the F1 of each class, and of their mean, over resamplings of whole groups."""
    if not len(truth):
        return [None] * (classes + 1), [None] * (classes + 1)
    support, predicted = np.eye(classes)[truth], np.eye(classes)[predicted_class]
    sums = resampled(np.concatenate([support, predicted, support * predicted], 1), group, seed=0)
    support_sums, predicted_sums, right = np.split(sums, 3, 1)
    f1 = np.where(support_sums > 0, 2 * right / np.maximum(support_sums + predicted_sums, 1), np.nan)
    bounds = [interval_of(column) for column in (*f1.T, defined_mean(f1))]
    return [low for low, _ in bounds], [high for _, high in bounds]
