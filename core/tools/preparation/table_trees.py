"""Trees of shares from attributes: a search of their settings by group, and what they are worth."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import xgboost

from ...learning.label_trees import Settings, Table, fit_means, predict_means
from ...runtime.types import Array, Index
from ...targets.metrics import pooled_r2
from ...validation.splits import grouped_folds, random_folds

BASE: Settings = {"max_depth": 4, "eta": 0.05, "min_child_weight": 5}
GRIDS: dict[str, dict[str, Sequence[float]]] = {
    "none": {},
    "quick": {"max_depth": (3, 6), "eta": (0.05, 0.1)},
    "full": {"max_depth": (3, 5, 7), "eta": (0.03, 0.06, 0.12), "min_child_weight": (1, 5, 20)},
}


def settings_grid(search: str) -> Iterator[Settings]:
    """Yield the settings that `search` tries, the base first."""
    yield BASE
    grid = GRIDS[search]
    for values in product(*grid.values()):
        if grid:
            yield {**BASE, **dict(zip(grid, values, strict=True))}


def cross_predict(table: Table, fold: Index, choose: Callable[[Table], Settings], seed: int) -> Array:
    """Out-of-fold means (n, component); `choose` gives the settings for each training part."""
    predicted = np.full_like(table.shares, np.nan)
    for number in range(int(fold.max()) + 1):
        train, test = table.take(np.flatnonzero(fold != number)), fold == number
        models = fit_means(train, choose(train), seed)
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
