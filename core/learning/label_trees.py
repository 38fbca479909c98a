"""Boosted trees that predict shares from attributes: their means, their quantiles, and the weight that follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xgboost
from numpy.typing import NDArray
from scipy.stats import norm

from ..runtime.types import Arguments, Array, Index
from .baselines import close, threads

Settings = dict[str, float]

ROUNDS = 200
FIXED: Arguments = {"subsample": 0.8, "colsample_bytree": 0.8, "tree_method": "hist", "verbosity": 0}
LEAST_WEIGHT = 0.05


@dataclass(frozen=True)
class Table:
    """Features (n, feature), shares (n, component) and groups (n,) of labelled rows."""

    features: Array
    names: tuple[str, ...]
    shares: Array
    group: NDArray[np.object_]

    def take(self, rows: Index) -> Table:
        """Some of the rows."""
        return Table(self.features[rows], self.names, self.shares[rows], self.group[rows])


def fit_means(table: Table, settings: Settings, seed: int) -> list[xgboost.Booster]:
    """One model of the mean per component."""
    options = {**_tree_options(settings, len(table.shares)), "objective": "reg:squarederror", "seed": seed}
    return [xgboost.train(options, _matrix(table.features, table.names, column), ROUNDS) for column in table.shares.T]


def predict_means(models: Sequence[xgboost.Booster], features: Array, names: Sequence[str]) -> Array:
    """Closed shares (n, component)."""
    matrix = _matrix(features, names)
    return close(np.stack([model.predict(matrix) for model in models], 1).astype(np.float64))


def fit_quantiles(table: Table, settings: Settings, levels: Sequence[float], seed: int) -> list[xgboost.Booster]:
    """One model per component that predicts all quantile `levels` at once."""
    options = {
        **_tree_options(settings, len(table.shares)),
        "objective": "reg:quantileerror",
        "quantile_alpha": list(levels),
        "seed": seed,
    }
    return [xgboost.train(options, _matrix(table.features, table.names, column), ROUNDS) for column in table.shares.T]


def predict_quantiles(models: Sequence[xgboost.Booster], features: Array, names: Sequence[str]) -> Array:
    """Quantiles (n, component, level) in 0..1, ascending in the level.

    Each level is fitted for itself, so quantiles may cross; sorting them never worsens the pinball
    loss (Chernozhukov, Fernandez-Val & Galichon 2010). They are not closed: a quantile of each
    share is not a composition.
    """
    matrix = _matrix(features, names)
    raw = np.stack([model.predict(matrix).reshape(len(features), -1) for model in models], 1)
    return np.sort(np.clip(raw.astype(np.float64), 0, 1), axis=2)


def spread_weights(quantiles: Array, levels: Sequence[float], observed: Array) -> Array:
    """The weight of each predicted label, shape (n,): 1 / (1 + spread / variance of the observed shares).

    The spread is the variance of the normal distribution with the same outer quantiles, averaged over components.

    Parameters
    ----------
    quantiles : array, shape (n, component, level)
    observed : array, shape (m, component)
    """
    deviation = (quantiles[:, :, -1] - quantiles[:, :, 0]) / (norm.ppf(levels[-1]) - norm.ppf(levels[0]))
    ratio = (deviation**2).mean(1) / max(float(observed.var(0).mean()), 1e-12)
    weights: Array = np.clip(1 / (1 + ratio), LEAST_WEIGHT, 1.0)
    return weights


def _matrix(features: Array, names: Sequence[str], label: Array | None = None) -> xgboost.DMatrix:
    return xgboost.DMatrix(features, label=label, feature_names=list(names))


def _tree_options(settings: Settings, rows: int) -> Arguments:
    return {**FIXED, **settings, "max_depth": int(settings["max_depth"]), "nthread": threads(rows)}
