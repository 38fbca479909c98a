"""Boosted trees as a learner: they predict shares with a spread from window statistics.

They need no torch, train in seconds, and are hard to beat where samples are few; so they are compared
with every network on the same folds.
"""

from __future__ import annotations

import copy
import time
from functools import cached_property

import numpy as np
import xgboost

from ..contract.errors import RegionwiseError
from ..features.feature_tables import feature_tables, live_numbers, square_bytes
from ..features.footprint_features import FootprintFeatures
from ..features.window_features import Features
from ..learning.baselines import close
from ..learning.contracts import FittedMember, PixelPredictor, TrainingData
from ..learning.event_labels import EventLabels
from ..learning.history import History
from ..learning.model_types import BOOSTING, StoredMember
from ..runtime.checkpoints import Arrays
from ..runtime.executor import Reporter
from ..runtime.types import Arguments, Array, Floats, Index, Mask
from ..targets.class_target import class_weights
from ..validation.splits import Split
from .tree_fits import LIGHT, LIGHT_CLASSES, TREES, Effort, booster_of, fit_classes, fit_events, fit_means, fit_spreads
from .tree_rounds import Rounds

EVENTS = "events"  # see `TreeLearner`
NORMAL_WIDTH = 2 * 1.6449  # standard deviations between the quantiles .05 and .95
SMALLEST_CONCENTRATION = 0.5
# cells of an area that train, each with its label: trees of single cells map better than those of means over areas, and
# more cells hardly better
TRAINED_CELLS = 16
MEANS_SHARE = 0.5  # of the work: trees of means; the others are of the spreads
TIMED = 0.2  # of the rounds tell the time of all


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
        self._spread, self._weighting, self._light = spread, weighting, False

    def lightened(self) -> TreeLearner:
        """The same with fewer trees, without their spread; features that are computed are kept."""
        other = copy.copy(self)
        other._spread, other._light = False, True
        return other

    @property
    def work(self) -> float:
        """What learning a split costs beside trees of the mean shares; measured."""
        whole = 2.0 if self._spread and not self._weighting else 1.0
        if not self._light:
            return whole
        return whole * (LIGHT_CLASSES if self._weighting not in ("", EVENTS) else LIGHT)

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
        gain = booster_of(arrays[TREES]).get_score(importance_type="total_gain")
        gains = np.array([float(np.mean(gain.get(f"f{i}", 0.0))) for i in range(len(self.describing.names()))])
        shares: Array = gains / max(gains.sum(), 1e-12)
        return shares

    def fit(self, split: Split, name: str, report: Reporter, start: Arrays | None = None) -> FittedMember:
        """Fit the trees of one split and predict its test samples."""
        arrays = self._fit(split, Effort(self._light), Rounds(report), start)
        arrays |= self.describing.arrays()
        answers = self._answers(arrays, split.test)
        return FittedMember(split.name, arrays, answers[:, :-1], answers[:, -1], History())

    def seconds(self, split: Split, name: str) -> float:
        """About how long learning `split` takes here; features, which are computed once, do not count."""
        _ = self.training_footprints
        share = 1.0 if self._weighting == EVENTS else TIMED
        begun = time.monotonic()
        self._fit(split, Effort(self._light, share), Rounds())
        return (time.monotonic() - begun) / share

    def _fit(self, split: Split, effort: Effort, rounds: Rounds, start: Arrays | None = None) -> Arrays:
        """The trees of one split."""
        rows = np.concatenate([split.train, split.validation])
        samples = self._training_data.knowing(rows).samples
        cells, owner, cell_weight = self.training_footprints.rows(rows)
        table, shares = self.footprints.table[cells], samples.shares[rows][owner]
        weight = samples.loss_weight[rows][owner] * cell_weight
        if self._weighting == EVENTS:
            labels = EventLabels.of(samples, rows).of_cells(owner, cell_weight)
            return fit_events(table, labels, owner, len(split.train), self._seed, rounds, effort)
        if self._weighting:
            of_classes = class_weights(samples.shares[rows], self._weighting)
            return fit_classes(table, shares, weight, of_classes, self._seed, rounds, effort)
        means = rounds.span(0, MEANS_SHARE if self._spread else 1)
        arrays = fit_means(table, shares, weight, self._seed, means, start, effort)
        if self._spread:
            arrays |= fit_spreads(table, shares, weight, self._seed, rounds.span(MEANS_SHARE, 1), effort)
        return arrays

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


class Trees:
    """The trees of one member.

    Raises
    ------
    RegionwiseError
        If the bytes of a model file are no trees.
    """

    def __init__(self, arrays: Arrays, components: int) -> None:
        try:
            self._mean = booster_of(arrays[TREES])
            names = [f"trees.spread.{i}" for i in range(components)]
            self._spreads = [booster_of(arrays[name]) for name in names if name in arrays]
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
