"""Boosted trees of the mean and the quantiles of shares, with a parameter search by group."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import xgboost
from numpy.typing import NDArray

from ...learning.baselines import close, threads
from ...runtime.types import Arguments, Array, Index
from ...targets.metrics import pooled_r2
from ...validation.splits import grouped_folds, random_folds

Settings = dict[str, float]

BASE: Settings = {"max_depth": 4, "eta": 0.05, "min_child_weight": 5}
ROUNDS = 200
GRIDS: dict[str, dict[str, Sequence[float]]] = {
    "none": {},
    "quick": {"max_depth": (3, 6), "eta": (0.05, 0.1)},
    "full": {"max_depth": (3, 5, 7), "eta": (0.03, 0.06, 0.12), "min_child_weight": (1, 5, 20)},
}
FIXED: Arguments = {"subsample": 0.8, "colsample_bytree": 0.8, "tree_method": "hist", "verbosity": 0}


@dataclass(frozen=True)
class Table:
    """Features (n, feature), shares (n, component) and groups (n,) of labelled rows."""

    features: Array
    names: tuple[str, ...]
    shares: Array
    group: NDArray[np.object_]


def settings_grid(search: str) -> Iterator[Settings]:
    """Yield the settings that `search` tries, the base first."""
    yield BASE
    grid = GRIDS[search]
    for values in product(*grid.values()):
        if grid:
            yield {**BASE, **dict(zip(grid, values, strict=True))}


def _matrix(features: Array, names: Sequence[str], label: Array | None = None) -> xgboost.DMatrix:
    return xgboost.DMatrix(features, label=label, feature_names=list(names))


def fit_means(table: Table, rows: Index, settings: Settings, seed: int) -> list[xgboost.Booster]:
    """One model of the mean per component, trained on `rows`."""
    options = {**_tree_options(settings, len(rows)), "objective": "reg:squarederror", "seed": seed}
    return [
        xgboost.train(options, _matrix(table.features[rows], table.names, column), ROUNDS)
        for column in table.shares[rows].T
    ]


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


def _tree_options(settings: Settings, rows: int) -> Arguments:
    return {**FIXED, **settings, "max_depth": int(settings["max_depth"]), "nthread": threads(rows)}


def cross_predict(table: Table, fold: Index, choose: Callable[[Table], Settings], seed: int) -> Array:
    """Out-of-fold means (n, component); `choose` gives the settings for each training part."""
    predicted = np.full_like(table.shares, np.nan)
    for number in range(int(fold.max()) + 1):
        rows, test = np.flatnonzero(fold != number), fold == number
        train = Table(table.features[rows], table.names, table.shares[rows], table.group[rows])
        models = fit_means(table, rows, choose(train), seed)
        predicted[test] = predict_means(models, table.features[test], table.names)
    return predicted


def _fixed(settings: Settings, train: Table) -> Settings:
    return settings


def search_settings(
    table: Table, search: str, folds: int, seed: int, tell: Callable[[float, str], None]
) -> tuple[Settings, list[dict[str, Any]]]:
    """The settings with the best cross-validation by group, and the score of each that was tried."""
    tried = list(settings_grid(search))
    fold = grouped_folds(table.group, folds, seed)
    rows: list[dict[str, Any]] = []
    for number, settings in enumerate(tried):
        tell(number / len(tried), f"Trying settings {number + 1} of {len(tried)}")
        predicted = cross_predict(table, fold, partial(_fixed, settings), seed)
        rows.append({**settings, "R2 by source": pooled_r2(table.shares, predicted)})
    best = max(range(len(tried)), key=lambda i: rows[i]["R2 by source"])
    rows[best]["chosen"] = "chosen"
    return tried[best], rows


def validate(table: Table, search: str, folds: int, seed: int, tell: Callable[[float, str], None]) -> dict[str, Array]:
    """Out-of-fold means with random folds and with whole groups held out.

    The search is repeated inside each training part, on two folds of its own: settings chosen on
    the tested rows would flatter the score.
    """
    folds_by_kind = {
        "random": random_folds(len(table.shares), folds, seed),
        "by source": grouped_folds(table.group, folds, seed),
    }

    def choose(train: Table) -> Settings:
        return search_settings(train, search, 2, seed, tell)[0] if GRIDS[search] else BASE

    return {kind: cross_predict(table, fold, choose, seed) for kind, fold in folds_by_kind.items()}


def importance(models: Sequence[xgboost.Booster], names: Sequence[str]) -> dict[str, float]:
    """Each feature's share of the gain, over all components."""
    total = dict.fromkeys(names, 0.0)
    for model in models:
        for name, gain in model.get_score(importance_type="total_gain").items():
            total[str(name)] += float(np.mean(gain))
    norm = sum(total.values()) or 1.0
    return {name: gain / norm for name, gain in total.items()}
