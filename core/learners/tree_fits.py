"""Tree fits: boosted trees of shares with their spread, of classes and of events, as arrays of a member."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xgboost
from numpy.typing import NDArray

from ..learning.baselines import threads
from ..learning.event_labels import EventLabels
from ..runtime.checkpoints import Arrays
from ..runtime.types import Arguments, Array, Floats, Index
from .tree_rounds import Rounds

TREES = "trees.mean"  # of shares, or of probabilities
MEAN_OPTIONS: Arguments = {  # a few small forests, boosted: as good as many trees, steadier in new regions
    "tree_method": "hist", "max_bin": 64, "max_depth": 8, "eta": 0.2, "num_parallel_tree": 6, "subsample": 0.6,
    "colsample_bytree": 0.5, "colsample_bynode": 0.15, "min_child_weight": 3, "verbosity": 0,
}  # fmt: skip
MEAN_ROUNDS = 50
CLASS_OPTIONS: Arguments = {  # few small trees of few features each: as good as three times as many
    "tree_method": "hist", "max_bin": 64, "max_depth": 4, "eta": 0.2, "subsample": 0.7, "colsample_bynode": 0.08,
    "objective": "multi:softprob", "verbosity": 0,
}  # fmt: skip
CLASS_ROUNDS = 100
EVENT_OPTIONS: Arguments = {
    "tree_method": "hist", "max_bin": 128, "eta": 0.05, "subsample": 0.7, "min_child_weight": 3,
    "objective": "binary:logistic", "verbosity": 0,
}  # fmt: skip
EVENT_SHAPES = (  # deep trees where samples are many, flat ones where they are few: validation samples decide
    {"max_depth": 8, "colsample_bynode": 0.2},
    {"max_depth": 4, "colsample_bynode": 0.3},
    {"max_depth": 2, "colsample_bynode": 0.4},
)
EVENT_ROUNDS, EVENT_PATIENCE = 800, 20
EVENT_FOREST = {  # one round of whole trees side by side; `eta` brings means near the logit
    "max_depth": 12, "num_parallel_tree": 200, "eta": 1.5, "subsample": 0.63, "min_child_weight": 0.5, "reg_lambda": 0,
    "base_score": 0.5,
}  # fmt: skip
MORE_ROUNDS = 1.1  # for there are more samples than when they were counted
SPREAD_OPTIONS: Arguments = {
    "tree_method": "hist", "max_bin": 64, "max_depth": 4, "eta": 0.1, "subsample": 0.7, "colsample_bynode": 0.5,
    "objective": "reg:quantileerror", "quantile_alpha": [0.05, 0.95], "verbosity": 0,
}  # fmt: skip
SPREAD_ROUNDS = 60
TUNING_ROUNDS = 12  # that a fine-tuned member adds to its start
SMALLEST_DEVIATION, SMALLEST_PROBABILITY = 1e-6, 1e-7
LIGHT, LIGHT_CLASSES = 0.5, 1 / 3  # share of the trees that light ones have; see docs/decisions/035-auto.md
LIGHT_ETA = 0.3  # their rate for classes


@dataclass(frozen=True)
class Effort:
    """How many trees are fitted.

    Parameters
    ----------
    light : bool
        Whether about half as many or fewer, for validations that stand beside the chosen one.
    share : float
        Of the rounds, to time them; trees of events always take all of theirs.
    """

    light: bool = False
    share: float = 1.0

    def of(self, rounds: int) -> int:
        """So many of `rounds`."""
        return max(round(self.share * rounds), 1)


WHOLE, UNTOLD = Effort(), Rounds()


def fit_classes(
    table: Floats,
    shares: Array,
    weight: Array,
    of_classes: Array,
    seed: int,
    rounds: Rounds = UNTOLD,
    effort: Effort = WHOLE,
) -> Arrays:
    """The trees of the probabilities of classes.

    Trees that weigh classes learn the probabilities of a world where these are so much more common (Elkan 2001):
    answers are divided by the weights again, as the target's deviation, and mean what is frequent among the samples.
    """
    each = weight * (shares @ of_classes)
    data = xgboost.QuantileDMatrix(table, shares.argmax(1), weight=each, max_bin=CLASS_OPTIONS["max_bin"])
    options = {**CLASS_OPTIONS, "num_class": shares.shape[1], "nthread": threads(len(table)), "seed": seed}
    count, classes = effort.of(CLASS_ROUNDS), shares.shape[1]
    if effort.light:
        options, count = {**options, "eta": LIGHT_ETA}, effort.of(round(LIGHT_CLASSES * CLASS_ROUNDS))
    trees = xgboost.train(options, data, count, callbacks=rounds.told(count))
    deviation = 1 / np.where(of_classes > 0, of_classes, 1.0)
    return {TREES: _bytes(trees), "target.mean": np.zeros(classes), "target.deviation": deviation}


def fit_events(
    table: Floats,
    labels: EventLabels,
    owner: Index,
    training: int,
    seed: int,
    rounds: Rounds = UNTOLD,
    effort: Effort = WHOLE,
) -> Arrays:
    """The trees of the probability of an event; validation samples choose their shape and number.

    A forest stays unless boosted trees are better by more than chance: where samples are few, it is the steadier.

    Parameters
    ----------
    owner : array of int, shape (row,)
        The sample that each row of the table is a cell of, ascending.
    training : int
        Number of samples that train, before the validation samples, which follow in the table, join them.
    """
    options = {**EVENT_OPTIONS, "nthread": threads(len(table)), "seed": seed}
    if labels.offset.any():
        options["base_score"] = 0.5  # an offset stands in its place, and maps have none
    trained, bins = int(np.searchsorted(owner, training)), EVENT_OPTIONS["max_bin"]
    parts = (np.s_[:trained], np.s_[:])
    data = [labels.data(xgboost.QuantileDMatrix, table, part, max_bin=bins) for part in parts]
    validation = labels.data(xgboost.DMatrix, table, np.s_[trained:])
    forest = {**EVENT_FOREST, "colsample_bynode": table.shape[1] ** -0.5}
    boosted = EVENT_SHAPES[1:2] if effort.light else EVENT_SHAPES
    shapes = [*((shape, EVENT_ROUNDS) for shape in boosted), (forest, 1)]
    candidates = [
        xgboost.train(
            {**options, **shape},
            data[0],
            most,
            evals=[(validation, "held")],
            verbose_eval=False,
            early_stopping_rounds=EVENT_PATIENCE,
            callbacks=rounds.span(number / (len(shapes) + 1), (number + 1) / (len(shapes) + 1)).told(most),
        )
        for number, (shape, most) in enumerate(shapes)
    ]
    # cells of a sample are not independent: what chance does is told by samples
    weight = labels.weight[trained:]
    starts = np.searchsorted(owner[trained:], np.unique(owner[trained:]))
    held = np.add.reduceat(weight, starts)
    losses = np.array([np.add.reduceat(_log_loss(trees, validation) * weight, starts) / held for trees in candidates])
    best = int(np.average(losses, 1, held).argmin())
    gain = losses[-1] - losses[best]
    mean = np.average(gain, weights=held)
    if mean <= np.sqrt((held**2 * (gain - mean) ** 2).sum()) / held.sum():  # its standard error
        best = len(shapes) - 1
    shape, most = shapes[best]
    count = min(max(round(MORE_ROUNDS * (candidates[best].best_iteration + 1)), 1), most)
    told = rounds.span(len(shapes) / (len(shapes) + 1), 1).told(count)
    trees = xgboost.train({**options, **shape}, data[1], count, callbacks=told)
    return {TREES: _bytes(trees), "target.mean": np.zeros(2), "target.deviation": np.ones(2)}


def _log_loss(trees: xgboost.Booster, data: xgboost.DMatrix) -> Array:
    """Minus the log likelihood of each label of `data`."""
    probability = trees.predict(data, iteration_range=(0, trees.best_iteration + 1)).astype(np.float64)
    likelihood = np.where(data.get_label() > 0, probability, 1 - probability)
    loss: Array = -np.log(np.clip(likelihood, SMALLEST_PROBABILITY, 1))
    return loss


def fit_means(
    table: Floats,
    shares: Array,
    weight: Array,
    seed: int,
    rounds: Rounds = UNTOLD,
    start: Arrays | None = None,
    effort: Effort = WHOLE,
) -> Arrays:
    """The trees of the mean shares; components have one scale, so that none is neglected."""
    if start is None:
        mean = np.average(shares, axis=0, weights=weight)
        deviation = np.maximum(np.sqrt(np.average((shares - mean) ** 2, axis=0, weights=weight)), SMALLEST_DEVIATION)
    else:
        mean, deviation = start["target.mean"], start["target.deviation"]
    data = xgboost.QuantileDMatrix(table, (shares - mean) / deviation, weight=weight, max_bin=MEAN_OPTIONS["max_bin"])
    options = {**MEAN_OPTIONS, "nthread": threads(len(table)), "seed": seed}
    if effort.light:
        options["num_parallel_tree"] = round(LIGHT * MEAN_OPTIONS["num_parallel_tree"])
    count = effort.of(MEAN_ROUNDS) if start is None else TUNING_ROUNDS
    told = rounds.told(count)
    if start is None:
        trees = xgboost.train({**options, "base_score": 0.0}, data, count, callbacks=told)
    else:
        trees = xgboost.train(options, data, count, xgb_model=booster_of(start[TREES]), callbacks=told)
    return {TREES: _bytes(trees), "target.mean": mean, "target.deviation": deviation}


def fit_spreads(
    table: Floats, shares: Array, weight: Array, seed: int, rounds: Rounds = UNTOLD, effort: Effort = WHOLE
) -> Arrays:
    """For each component the trees of its quantiles .05 and .95."""
    options = {**SPREAD_OPTIONS, "nthread": threads(len(table)), "seed": seed}
    arrays: Arrays = {}
    count, components = effort.of(SPREAD_ROUNDS), shares.shape[1]
    for i, label in enumerate(shares.T):
        told = rounds.span(i / components, (i + 1) / components).told(count)
        data = xgboost.QuantileDMatrix(table, label, weight=weight, max_bin=SPREAD_OPTIONS["max_bin"])
        arrays[f"trees.spread.{i}"] = _bytes(xgboost.train(options, data, count, callbacks=told))
    return arrays


def _bytes(trees: xgboost.Booster) -> NDArray[np.uint8]:
    return np.frombuffer(bytes(trees.save_raw("ubj")), np.uint8)


def booster_of(raw: NDArray[np.uint8]) -> xgboost.Booster:
    """The trees that a member holds as bytes."""
    return xgboost.Booster(model_file=bytearray(raw.tobytes()))
