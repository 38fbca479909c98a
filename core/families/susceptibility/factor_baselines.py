"""Baselines of susceptibility: one factor alone, logistic regression, and a forest.

Like the models beside them they learn and answer cells; the answer to an area is the mean over its cells.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import xgboost
from scipy.optimize import minimize
from scipy.special import expit

from ...data.vector.samples import Samples
from ...features.footprint_features import FootprintFeatures
from ...learners.tree_learner import TRAINED_CELLS
from ...learning.baselines import threads
from ...learning.event_labels import EventLabels
from ...runtime.types import Array, Index

QUANTILES = 20  # of one factor; within each the share of events is the prediction
PRIOR = 1.0  # samples of the mean that are added to each
RIDGE = 1.0  # of the regression, on standardised numbers
SMALLEST_STD = 1e-9
FOREST = {
    "tree_method": "hist", "max_depth": 12, "num_parallel_tree": 200, "eta": 1.0, "subsample": 0.63,
    "min_child_weight": 2, "reg_lambda": 0, "objective": "reg:squarederror", "base_score": 0.0, "verbosity": 0,
}  # means of labels in leaves of whole trees, as a random forest has them  # fmt: skip

# of the features and labels of cells, the features of those to answer, and a seed: probabilities (cell, 2)
CellBaseline = Callable[[Array, EventLabels, Array, int], Array]


def by_cells(
    footprints: FootprintFeatures, baseline: CellBaseline, samples: Samples, known: Index, test: Index, seed: int
) -> Array:
    """The probabilities of a baseline that learns the cells of the `known` samples, shape (test, 2)."""
    rows, owner, share = footprints.thinned(TRAINED_CELLS).rows(known)
    labels, train = EventLabels.of(samples, known).of_cells(owner, share), footprints.table[rows].astype(np.float64)
    return footprints.answers(test, lambda table: baseline(train, labels, table.astype(np.float64), seed))


def one_factor(number: int, train: Array, labels: EventLabels, test: Array, _: int) -> Array:
    """The share of events among the training cells in the same quantile of a feature, shape (test, 2)."""
    column, asked = train[:, number], test[:, number]
    edges = np.unique(np.nanquantile(column, np.linspace(0, 1, QUANTILES + 1)[1:-1]))
    known_bin, asked_bin = (np.searchsorted(edges, np.nan_to_num(x, nan=np.nanmedian(column))) for x in (column, asked))
    label, weight = labels.label, labels.design_weight
    mean = np.average(label, weights=weight)
    total = np.bincount(known_bin, weight, len(edges) + 1)
    events = np.bincount(known_bin, weight * label, len(edges) + 1)
    return _both(((events + PRIOR * mean) / (total + PRIOR))[asked_bin])


def regression(train: Array, labels: EventLabels, test: Array, _: int) -> Array:
    """The probabilities of a logistic regression with a ridge, shape (test, 2).

    A missing number counts as the mean of the training rows.
    """
    label, weight = labels.label, labels.weight
    mean, std = np.nanmean(train, 0), np.nanstd(train, 0)
    rows = np.concatenate([train, test])
    scores = np.nan_to_num((rows - mean) / np.where(std > SMALLEST_STD, std, 1.0))
    scores = np.concatenate([scores, np.ones((len(scores), 1))], 1)
    x = scores[: len(train)]

    def loss(slopes: Array) -> tuple[float, Array]:
        """The negative log likelihood with the ridge, and its gradient."""
        logit = x @ slopes + labels.offset
        ridge = np.append(RIDGE * slopes[:-1], 0)
        value = float((weight * (np.logaddexp(0, logit) - label * logit)).sum() + ridge @ slopes / 2)
        return value, x.T @ (weight * (expit(logit) - label)) + ridge

    slopes = minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B").x
    return _both(expit(scores[len(train) :] @ slopes))


def forest(train: Array, labels: EventLabels, test: Array, seed: int) -> Array:
    """The probabilities of a random forest, shape (test, 2)."""
    data = xgboost.DMatrix(train, labels.label, weight=labels.design_weight)
    options = {"colsample_bynode": train.shape[1] ** -0.5, "nthread": threads(len(train)), "seed": seed}
    trees = xgboost.train({**FOREST, **options}, data, 1)
    return _both(trees.predict(xgboost.DMatrix(test)).astype(np.float64).clip(0, 1))


def _both(event: Array) -> Array:
    """The probabilities of no event and of one, shape (n, 2)."""
    return np.stack([1 - event, event], 1)
