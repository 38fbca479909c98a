"""Boosted trees as a learner: they predict shares with a spread from window statistics.

They need no torch, train in seconds, and are hard to beat where samples are few; so they are compared
with every network on the same folds.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import xgboost
from numpy.typing import NDArray

from ..contract.errors import RegionwiseError
from ..features.feature_tables import feature_tables, live_numbers, square_bytes
from ..features.footprint_features import FootprintFeatures
from ..features.window_features import Features
from ..learning.baselines import close, threads
from ..learning.contracts import FittedMember, PixelPredictor, TrainingData
from ..learning.event_labels import EventLabels
from ..learning.history import History
from ..learning.model_types import BOOSTING, StoredMember
from ..runtime.checkpoints import Arrays
from ..runtime.executor import Reporter
from ..runtime.types import Arguments, Array, Floats, Index, Mask
from ..targets.class_target import class_weights
from ..validation.splits import Split
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
MEANS_SHARE = 0.5  # of the work: trees of means; the others are of the spreads
EVENTS = "events"  # see `TreeLearner`
NORMAL_WIDTH = 2 * 1.6449  # standard deviations between the quantiles .05 and .95
SMALLEST_CONCENTRATION = 0.5
TUNING_ROUNDS = 12  # that a fine-tuned member adds to its start
SMALLEST_DEVIATION, SMALLEST_PROBABILITY = 1e-6, 1e-7
# cells of an area that train, each with its label: trees of single cells map better than those of means over areas, and
# more cells hardly better
TRAINED_CELLS = 16


class TreeLearner:
    """Fits trees on each split, to training and validation samples; only for events do the latter choose their number.

    Trees learn and answer single cells, as on a map; the answer to an area is the mean of those to its cells.

    Parameters
    ----------
    spread : bool
        Whether quantiles of the shares are fitted, too.
    weighting : str
        If labels are classes, how they are weighed, see `class_target.class_weights`; `EVENTS`, if they are events.
    """

    type = BOOSTING

    def __init__(
        self, training_data: TrainingData, describing: Features, seed: int, *, spread: bool = True, weighting: str = ""
    ) -> None:
        self._training_data, self.describing, self._seed = training_data, describing, seed
        self._spread, self._weighting = spread, weighting

    @property
    def chosen(self) -> str:
        """What validation samples choose; nothing but for events."""
        return "number and shape of the trees" if self._weighting == EVENTS else ""

    def description(self) -> Arguments:
        """Arguments that compute the features again."""
        return self.describing.description()

    @cached_property
    def footprints(self) -> FootprintFeatures:
        """The features of the cells of all samples; they are computed once in a run."""
        training_data = self._training_data
        return FootprintFeatures.of(
            training_data.patches, len(training_data.samples), self.describing, training_data.days
        )

    @cached_property
    def training_footprints(self) -> FootprintFeatures:
        """The features of the cells of all samples that may train, each with its sample's label."""
        return self.footprints.thinned(TRAINED_CELLS)

    def __getstate__(self) -> dict[str, object]:
        computed = ("footprints", "training_footprints")
        return {name: value for name, value in self.__dict__.items() if name not in computed}

    def gains(self, arrays: Arrays) -> Array:
        """The share of each feature in the gain of a member's trees."""
        gain = _booster(arrays[TREES]).get_score(importance_type="total_gain")
        gains = np.array([float(np.mean(gain.get(f"f{i}", 0.0))) for i in range(len(self.describing.names()))])
        shares: Array = gains / max(gains.sum(), 1e-12)
        return shares

    def fit(self, split: Split, name: str, report: Reporter, start: Arrays | None = None) -> FittedMember:
        """Fit the trees of one split and predict its test samples."""
        rows, rounds = np.concatenate([split.train, split.validation]), Rounds(report)
        samples = self._training_data.knowing(rows).samples
        cells, owner, cell_weight = self.training_footprints.rows(rows)
        table, shares = self.footprints.table[cells], samples.shares[rows][owner]
        weight = samples.loss_weight[rows][owner] * cell_weight
        if self._weighting == EVENTS:
            labels = EventLabels.of(samples, rows).of_cells(owner, cell_weight)
            arrays = _fit_events(table, labels, owner, len(split.train), self._seed, rounds)
        elif self._weighting:
            of_classes = class_weights(samples.shares[rows], self._weighting)
            arrays = _fit_classes(table, shares, weight, of_classes, self._seed, rounds)
        else:
            means = rounds.span(0, MEANS_SHARE if self._spread else 1)
            arrays = _fit_means(table, shares, weight, self._seed, start, means)
            if self._spread:
                arrays |= _fit_spreads(table, shares, weight, self._seed, rounds.span(MEANS_SHARE, 1))
        arrays |= self.describing.arrays()
        answers = self._answers(arrays, split.test)
        return FittedMember(split.name, arrays, answers[:, :-1], answers[:, -1], History())

    def in_sample(self, arrays: Arrays) -> Array:
        """The predictions of a member for all samples, also those that it was trained on, shape (sample, component)."""
        return self._answers(arrays, np.arange(len(self._training_data.samples)))[:, :-1]

    def _answers(self, arrays: Arrays, rows: Index) -> Array:
        """Shares and concentration of the samples `rows`, shape (sample, component + 1)."""
        trees = Trees(arrays, self._training_data.samples.shares.shape[1])
        return self.footprints.answers(rows, lambda table: np.column_stack(trees.answer(table)))

    def process_bytes(self, splits: int) -> int:
        """0: trees are fitted before a process has started."""
        return 0


def _fit_classes(table: Floats, shares: Array, weight: Array, of_classes: Array, seed: int, rounds: Rounds) -> Arrays:
    """The trees of the probabilities of classes.

    Trees that weigh classes learn the probabilities of a world where these are so much more common (Elkan 2001):
    answers are divided by the weights again, as the target's deviation, and mean what is frequent among the samples.
    """
    each = weight * (shares @ of_classes)
    data = xgboost.QuantileDMatrix(table, shares.argmax(1), weight=each, max_bin=CLASS_OPTIONS["max_bin"])
    options = {**CLASS_OPTIONS, "num_class": shares.shape[1], "nthread": threads(len(table)), "seed": seed}
    trees, classes = xgboost.train(options, data, CLASS_ROUNDS, callbacks=rounds.told(CLASS_ROUNDS)), shares.shape[1]
    deviation = 1 / np.where(of_classes > 0, of_classes, 1.0)
    return {TREES: _bytes(trees), "target.mean": np.zeros(classes), "target.deviation": deviation}


def _fit_events(table: Floats, labels: EventLabels, owner: Index, training: int, seed: int, rounds: Rounds) -> Arrays:
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
    shapes = [*((shape, EVENT_ROUNDS) for shape in EVENT_SHAPES), (forest, 1)]
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


def _fit_means(table: Floats, shares: Array, weight: Array, seed: int, start: Arrays | None, rounds: Rounds) -> Arrays:
    """The trees of the mean shares; components have one scale, so that none is neglected."""
    if start is None:
        mean = np.average(shares, axis=0, weights=weight)
        deviation = np.maximum(np.sqrt(np.average((shares - mean) ** 2, axis=0, weights=weight)), SMALLEST_DEVIATION)
    else:
        mean, deviation = start["target.mean"], start["target.deviation"]
    data = xgboost.QuantileDMatrix(table, (shares - mean) / deviation, weight=weight, max_bin=MEAN_OPTIONS["max_bin"])
    options = {**MEAN_OPTIONS, "nthread": threads(len(table)), "seed": seed}
    if start is None:
        told = rounds.told(MEAN_ROUNDS)
        trees = xgboost.train({**options, "base_score": 0.0}, data, MEAN_ROUNDS, callbacks=told)
    else:
        told = rounds.told(TUNING_ROUNDS)
        trees = xgboost.train(options, data, TUNING_ROUNDS, xgb_model=_booster(start[TREES]), callbacks=told)
    return {TREES: _bytes(trees), "target.mean": mean, "target.deviation": deviation}


def _fit_spreads(table: Floats, shares: Array, weight: Array, seed: int, rounds: Rounds) -> Arrays:
    """For each component the trees of its quantiles .05 and .95."""
    options = {**SPREAD_OPTIONS, "nthread": threads(len(table)), "seed": seed}
    arrays: Arrays = {}
    components = shares.shape[1]
    for i, label in enumerate(shares.T):
        told = rounds.span(i / components, (i + 1) / components).told(SPREAD_ROUNDS)
        data = xgboost.QuantileDMatrix(table, label, weight=weight, max_bin=SPREAD_OPTIONS["max_bin"])
        arrays[f"trees.spread.{i}"] = _bytes(xgboost.train(options, data, SPREAD_ROUNDS, callbacks=told))
    return arrays


def _bytes(trees: xgboost.Booster) -> NDArray[np.uint8]:
    return np.frombuffer(bytes(trees.save_raw("ubj")), np.uint8)


def _booster(raw: NDArray[np.uint8]) -> xgboost.Booster:
    return xgboost.Booster(model_file=bytearray(raw.tobytes()))


class Trees:
    """The trees of one member.

    Raises
    ------
    RegionwiseError
        If the bytes of a model file are no trees.
    """

    def __init__(self, arrays: Arrays, components: int) -> None:
        try:
            self._mean = _booster(arrays[TREES])
            names = [f"trees.spread.{i}" for i in range(components)]
            self._spreads = [_booster(arrays[name]) for name in names if name in arrays]
        except (KeyError, xgboost.core.XGBoostError) as err:
            text = str(err).splitlines()[0]
            raise RegionwiseError(f"The trees of the model cannot be read ({text}).", "Train the model again.") from err
        self._target = arrays["target.mean"], arrays["target.deviation"]

    def answer(self, table: Floats) -> tuple[Array, Array]:
        """Shares (n, component), summing to 1, and concentration (n,).

        The concentration is that of the Dirichlet distribution whose shares deviate, over all
        components, as much as the quantiles say.
        """
        mean, deviation = self._target
        scores = self._mean.inplace_predict(table).reshape(len(table), -1).astype(np.float64)
        if scores.shape[1] < len(mean):  # the probability of an event alone
            scores = np.concatenate([1 - scores, scores], 1)
        shares = close(scores * deviation + mean)
        if not self._spreads:
            return shares, np.ones(len(shares))
        widths = [trees.inplace_predict(table).reshape(len(table), 2) for trees in self._spreads]
        variance = sum(((w[:, 1] - w[:, 0]).clip(0) / NORMAL_WIDTH) ** 2 for w in widths)
        expected = (shares * (1 - shares)).sum(1)
        concentration = expected / np.maximum(variance, 1e-6) - 1
        return shares, np.maximum(concentration, SMALLEST_CONCENTRATION)

    def contributions(self, table: Floats) -> Array:
        """What each feature adds to the logit of an event, exactly, and the logit it adds to, shape (n, feature + 1).

        Shapley values by tree paths (Lundberg et al. 2020): a feature that does not take part sends a place both
        ways at its splits, by the weight of the training samples that went each way.
        """
        added: Array = self._mean.predict(xgboost.DMatrix(table), pred_contribs=True).astype(np.float64)
        return added


class TreePredictor(PixelPredictor):
    """Trained trees that predict windows of a map."""

    def __init__(self, features: Features, arrays: Arrays, components: int, bands: int) -> None:
        self.features, self._components = features, components
        self.live_numbers, self.held_bytes = live_numbers(features), square_bytes(features, bands)
        self._trees = Trees(arrays, components)

    @property
    def halo(self) -> int:
        """Cells around a pixel that its prediction depends on."""
        return self.features.halo

    def shares_of(self, table: Floats) -> Array:
        """Shares (cell, component) from features (cell, feature)."""
        return self._trees.answer(table)[0]

    def answer(self, values: Floats, wanted: Mask) -> tuple[Floats, Floats]:
        """Shares (component, pixel) and concentration (pixel,); see `contracts.Predictor`."""
        shares = np.empty((self._components, int(wanted.sum())), np.float32)
        concentration = np.empty(shares.shape[1], np.float32)
        for pixels, table in feature_tables(self.features, values, wanted):
            table_shares, concentration[pixels] = self._trees.answer(table)
            shares[:, pixels] = table_shares.T
        return shares, concentration


def build(stored: StoredMember) -> TreePredictor:
    """A member of a model file as a predictor."""
    card = stored.card
    return TreePredictor(stored.features(), stored.arrays, len(card.components), len(card.bands))
