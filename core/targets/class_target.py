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
from .calibration import CalibrationInfo, MeanCalibration
from .dirichlet import factor_of
from .losses import Losses
from .map_correction import ClassCorrection, Correction, Harder
from .metrics import defined_mean, number_of
from .reliability import Outcomes, calibration_scores
from .score_intervals import NO_BOUNDS, SHARE, Bounds, Jackknifed, jackknifed, unit_numbers, unit_sums
from .scored_samples import ScoredSamples
from .share_target import MEAN, Answers, ScoreRow
from .stacking import stack_weights

if TYPE_CHECKING:
    from ..data.vector.samples import Samples


FEW = 30  # samples of a class, below which its scores mean little
SMALLEST_PROBABILITY = 1e-6  # a class that was ruled out and is right must not cost everything
LARGEST_LOG_POWER = 3.0  # of its logarithm
GAMMA = 2.0  # of the focal loss, as `nets.patch_net.class_loss` has it
LARGEST_PROBABILITY = 1 - 1e-6  # that a focal loss tells from 1
PREFIX = "p_"  # of the fields with probabilities: a class may be called like any other field


@dataclass(frozen=True)
class ClassTarget:
    """Classes as a target: macro F1, and probabilities calibrated by temperature scaling.

    A row per class holds its support n, precision, recall and F1; the mean row holds their means over the classes
    that occur, accuracy, Cohen's kappa, expected calibration error and log loss. Low and high bound F1, and
    ``accuracy_low`` and ``accuracy_high`` the accuracy, see `score_intervals`.
    """

    classes: tuple[str, ...]

    kind = "classes"
    score, score_name = "f1", "macro F1"
    error, error_name = "error", "a share of wrong labels"
    recalibrated = True
    columns = (
        *("model", "part", "n", "units", "accuracy", "accuracy_low", "accuracy_high", "f1", "low", "high", "kappa"),
        *("precision", "recall", "ece", "ece_low", "ece_high", "ece_floor", "log_loss"),
    )

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the predicted columns, without the fold."""
        return ("predicted", "confidence", *(f"{PREFIX}{name}" for name in self.classes))

    def rows(self, scored: ScoredSamples) -> list[ScoreRow]:
        """A row per class and the mean; probabilities that are NaN do not count."""
        scored = scored.known()
        truth, count = scored.observed.argmax(1), len(self.classes)
        taken = _taken(scored)
        table = np.maximum((scored.observed * scored.weight[:, None]).T @ taken, 0)
        scores = class_scores(table)
        support, answered = np.bincount(truth, minlength=count), taken.sum(0).round()
        sums = _class_sums(scored)
        of_class, of_mean, of_accuracy = _bounds(sums, count, [_class_sums(each) for each in scored.within_error()])
        rows: list[ScoreRow] = [
            {
                "component": name,
                "n": int(support[i]),
                "predicted": int(answered[i]),
                "units": int(np.count_nonzero(sums[:, 1 + i])),
                **{key: number_of(values[i]) for key, values in scores.items()},
                "low": of_class[i][0],
                "high": of_class[i][1],
            }
            for i, name in enumerate(self.classes)
        ]
        means = {key: number_of(defined_mean(values)) for key, values in scores.items()}
        bounds = dict(zip(("low", "high", "accuracy_low", "accuracy_high"), (*of_mean, *of_accuracy), strict=True))
        row = {"component": MEAN, "n": len(truth), "predicted": len(truth), "units": len(sums), **means, **bounds}
        overall = _overall(truth, scored, table)
        if scored.correction is not None:  # which tells of classes alone
            return [*rows, {**row, **overall, "log_loss": None}]
        of_confidence = calibration_scores(said(truth, scored.predicted, scored.unit, scored.weight))
        return [*rows, {**row, **overall, **of_confidence}]

    def jackknifed(self, scored: ScoredSamples) -> Jackknifed:
        """The macro F1, and what it is without each unit."""
        return jackknifed(_class_sums(scored.known()), _f1_of_sums)[-1]

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

    def calibration(self, answers: Answers, samples: Samples, mean: MeanCalibration) -> CalibrationInfo:
        """That of the mean alone: there is nothing else besides the factors."""
        return CalibrationInfo(mean=mean)

    def correction(self, answers: Array, weight: Array, mean: Array, harder: Harder | None) -> Correction | None:
        """What makes scores of a map other than those of members."""
        return ClassCorrection.of(answers, weight, mean, harder)

    def stack(self, shares: Sequence[Array], observed: Array, weight: Array) -> Array:
        """The weights of the mean that comes nearest to the labels."""
        return stack_weights(shares, observed, weight)

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


def confusion(truth: Index, predicted: Index, classes: int, weight: Array | None = None) -> NDArray[Any]:
    """How often, or with which weight, each class (row) was taken for each class (column)."""
    return np.bincount(truth * classes + predicted, weight, classes**2).reshape(classes, classes)


def class_scores(table: NDArray[Any]) -> dict[str, Array]:
    """Precision, recall and F1 of each class from a confusion.

    A class that does not occur has none of them; one that was never predicted has a precision of 0.
    """
    right, support, predicted = np.diagonal(table).astype(np.float64), table.sum(1), table.sum(0)
    missing = np.where(support > 0, 1.0, np.nan)
    precision = _ratio(right, predicted) * missing
    recall = _ratio(right, support) * missing
    return {"precision": precision, "recall": recall, "f1": _ratio(2 * right, support + predicted) * missing}


def _ratio(part: NDArray[Any], whole: NDArray[Any]) -> Array:
    """A part of a whole; 0 where there is nothing."""
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1), 0.0)


def kappa(table: NDArray[Any]) -> float:
    """Cohen's kappa of a confusion: the agreement beyond that of chance."""
    total = table.sum()
    if not total:
        return float("nan")
    agreement, chance = np.trace(table) / total, float(table.sum(1) @ table.sum(0)) / total**2
    return float((agreement - chance) / (1 - chance)) if chance < 1 else float("nan")


def said(truth: Index, probabilities: Array, unit: NDArray[Any], weight: Array | None = None) -> Outcomes:
    """Whether each answer is right, with the confidence that it was given.

    Parameters
    ----------
    unit : array, shape (n,)
        See `Outcomes`.
    """
    correct = (probabilities.argmax(1) == truth).astype(np.float64)
    each = np.ones(len(truth)) if weight is None else weight
    return Outcomes(correct, probabilities.max(1, initial=0), each, unit)


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


def log_loss(probabilities: Array, truth: Index, weight: Array | None = None) -> float:
    """The mean negative logarithm of the probability of the right class."""
    likelihood = probabilities[np.arange(len(truth)), truth]
    return float(-np.average(np.log(np.maximum(likelihood, SMALLEST_PROBABILITY)), weights=weight))


def class_weights(shares: Array, weighting: str) -> Array:
    """The weight of each class in the loss: 1, or so that all classes that occur count alike.

    Answers are divided by it again: it steers what is learned, and not how common classes are in a map.

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


def unfocused(shares: NDArray[Any]) -> NDArray[Any]:
    """The probabilities that a focal loss has learned by its answers, along the last axis.

    Its least is not where answers are the probabilities, but where those are in proportion to p / ((1 - p)^g -
    g (1 - p)^(g - 1) p log p) (Charoenphakdee et al. 2021): answers are too even.
    """
    p = np.clip(shares.astype(np.float64), SMALLEST_PROBABILITY, LARGEST_PROBABILITY)
    odds = p / ((1 - p) ** GAMMA - GAMMA * (1 - p) ** (GAMMA - 1) * p * np.log(p))
    learned: NDArray[Any] = (odds / odds.sum(-1, keepdims=True)).astype(shares.dtype)
    return learned


def rare_classes(samples: Samples) -> dict[str, int]:
    """The classes with few observed samples, and how many they have."""
    counts = samples.shares[~samples.augmented].sum(0).round().astype(int)
    return {name: int(n) for name, n in zip(samples.components, counts, strict=True) if n < FEW}


def _overall(truth: Index, scored: ScoredSamples, table: Array) -> ScoreRow:
    """The scores that are not means over classes."""
    names = ("accuracy", "error", "kappa", "log_loss")
    if not len(truth):
        return dict.fromkeys(names)
    accuracy, loss = float(np.trace(table) / table.sum()), log_loss(scored.predicted, truth, scored.weight)
    return dict(zip(names, (accuracy, 1 - accuracy, number_of(kappa(table)), loss), strict=True))


def _class_sums(scored: ScoredSamples) -> Array:
    """What F1 and accuracy follow from, summed over each unit, shape (unit, 1 + 3 class).

    Weights, then for each class the weights of samples that have it, that were taken for it, and both.
    """
    truth, taken = np.eye(scored.observed.shape[1])[scored.observed.argmax(1)], _taken(scored)
    columns = np.concatenate([np.ones((len(scored), 1)), truth, taken, truth * taken], 1)
    return unit_sums(columns * scored.weight[:, None], unit_numbers(scored.unit))


def _taken(scored: ScoredSamples) -> Array:
    """As how much of each class each sample counts: of what it was taken for as 1, or as on a map; (sample, class)."""
    predicted = scored.predicted.argmax(1)
    if isinstance(scored.correction, ClassCorrection):
        return scored.correction.of_map(scored.observed.argmax(1), predicted)
    taken: Array = np.eye(scored.observed.shape[1])[predicted]
    return taken


def _f1_of_sums(sums: Array) -> Array:
    """The F1 of each class and their mean, shape (n, class + 1), from sums as `_class_sums` has them."""
    support, predicted, right = np.split(np.maximum(sums[:, 1:], 0), 3, 1)
    # what is left where all units of a class were taken away is rounding
    f1 = np.where(support > 1e-9, _ratio(2 * right, support + predicted), np.nan)
    return np.column_stack([f1, defined_mean(f1)])


def _accuracy_of_sums(sums: Array) -> Array:
    """The accuracy, shape (n, 1), from sums as `_class_sums` has them."""
    right = np.split(sums[:, 1:], 3, 1)[2]
    accuracy: Array = right.sum(1, keepdims=True) / sums[:, :1]
    return accuracy


def _bounds(sums: Array, classes: int, corrected: Sequence[Array]) -> tuple[list[Bounds], Bounds, Bounds]:
    """The bounds of the F1 of each class, of their mean, and of the accuracy; `corrected` as `jackknifed` has it.

    Of a class only those units count that hold it, or answers of it.
    """
    if not len(sums):
        return [NO_BOUNDS] * classes, NO_BOUNDS, NO_BOUNDS
    of_class = []
    for i in range(classes):
        rows = sums[:, [1 + i, 1 + classes + i]].any(1)
        of_class.append(jackknifed(sums[rows], _f1_of_sums, [each[rows] for each in corrected])[i].bounds(SHARE))
    (accuracy,) = jackknifed(sums, _accuracy_of_sums, corrected)
    return of_class, jackknifed(sums, _f1_of_sums, corrected)[-1].bounds(SHARE), accuracy.bounds(SHARE)
