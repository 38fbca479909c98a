"""Learners of lags: forecasts that need hardly any learning, a pooled regression, and trees; each lead by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xgboost
from numpy.typing import NDArray
from scipy.stats import norm

from ...learning.baselines import threads
from ...learning.contracts import FittedMember
from ...learning.history import History
from ...learning.model_types import BOOSTING, RIDGE, SIMPLE
from ...runtime.checkpoints import Arrays
from ...runtime.executor import Reporter
from ...runtime.types import Floats
from ...validation.splits import Split
from .dataset import NORMAL, ForecastDataset, recency
from .lag_features import BASELINES, baselines, forecasts_of, lag_names, memories, own_of
from .ridge import apply_ridge, fit_ridge, without_shared

Array = NDArray[np.float64]

TREE_OPTIONS: dict[str, Any] = {
    "tree_method": "hist", "max_bin": 64, "max_depth": 4, "eta": 0.05, "min_child_weight": 100, "subsample": 0.5,
    "colsample_bynode": 0.5, "base_score": 0.0, "verbosity": 0,
}  # fmt: skip
TREE_ROUNDS = 150
SMALLEST = 1e-9
SPREADS = ("deviation", "deviation in 9")  # features that tell how wrong a forecast will be


@dataclass(frozen=True)
class LagLearner:
    """Learns the features of `lags` on each split.

    Parameters
    ----------
    type : str
        ``SIMPLE`` (all baselines), ``RIDGE`` or ``BOOSTING``.
    """

    type: str
    dataset: ForecastDataset
    seed: int

    def description(self) -> dict[str, Any]:
        """Return what a reader needs to build its members again."""
        return {"window": self.dataset.window, "horizon": self.dataset.horizon}

    def process_bytes(self, splits: int) -> int:
        """0: it is done before a process has started."""
        return 0

    def fit(self, split: Split, name: str, report: Reporter, start: Arrays | None = None) -> FittedMember:
        """Learn one split and forecast its test pairs: shares (answer, pair, lead, 1 + level, scored cell)."""
        dataset = self.dataset
        until = dataset.until(split.test)
        table, came, year = dataset.taught(np.concatenate([split.train, split.validation]), until)
        scale = max(float(np.nanstd(came)), SMALLEST)
        arrays: Arrays = {"scale": np.array([scale])}
        if self.type == SIMPLE:
            arrays["memory"] = memories(own_of(dataset.window, table), came, recency(year))
        for lead in range(dataset.horizon):
            found = self._fit_lead(lead, table, came, year, scale)
            arrays |= {f"{key}.{lead}": value for key, value in found.items()}
        predictor = LagPredictor(self.type, dataset.window, dataset.horizon, dataset.levels, arrays)
        arrays |= predictor.learn_spread(table, came)
        answers = [predictor.answer(*self._test(pair)) for pair in split.test]
        shape = (predictor.count, 0, dataset.horizon, 1 + len(dataset.levels), len(dataset.scored))
        shares: NDArray[Any] = np.stack(answers, 1) if answers else np.empty(shape, np.float32)
        return FittedMember(split.name, arrays, shares, np.empty(0), History())

    def _fit_lead(self, lead: int, table: Floats, came: Array, year: NDArray[np.int64], scale: float) -> Arrays:
        """Learn one lead; trees weigh years as the regression does that forecasts the last ones best."""
        dataset = self.dataset
        own = len(lag_names(dataset.window))
        later = np.array(dataset.covariates.later(lead + 1, dataset.horizon), np.int64) + own
        if self.type == SIMPLE:
            return {"later": later}
        kept = np.isfinite(came[lead])
        seen, target, when = _without(table[:, kept], later), came[lead, kept], year[kept]
        found, half_life = fit_ridge(seen, target, when, dataset.window, lead + 1)
        if self.type == RIDGE:
            return {"later": later, **found}
        target = without_shared(target, apply_ridge(found, seen, dataset.window), when)
        return {"later": later, "trees": _fit_trees(seen, target / scale, recency(when, half_life), self.seed)}

    def _test(self, pair: int) -> tuple[Floats, Floats]:
        base, table, _ = self.dataset.describe(pair)
        cells = self.dataset.scored
        return base[cells], np.ascontiguousarray(table[:, cells])


def _without(table: Floats, rows: NDArray[Any]) -> Floats:
    """A table without what some of its rows tell."""
    if not len(rows):
        return table
    found = table.copy()
    found[rows] = np.nan
    return found


def _fit_trees(table: Floats, target: Array, weight: Array, seed: int) -> NDArray[np.uint8]:
    data = xgboost.QuantileDMatrix(
        np.ascontiguousarray(table.T), target, weight=weight, max_bin=TREE_OPTIONS["max_bin"]
    )
    trees = xgboost.train({**TREE_OPTIONS, "nthread": threads(len(target)), "seed": seed}, data, TREE_ROUNDS)
    return np.frombuffer(bytes(trees.save_raw("ubj")), np.uint8)


class LagPredictor:
    """A trained member that forecasts cells from their features.

    Attributes
    ----------
    count : int
        Forecasts of each cell, see `lags.forecasts_of`.
    """

    def __init__(self, kind: str, window: int, horizon: int, levels: tuple[float, ...], arrays: Arrays) -> None:
        self._kind, self._window, self._horizon, self._arrays = kind, window, horizon, dict(arrays)
        self._quantiles = norm.ppf(levels)
        names = lag_names(window)
        self._spreads = [names.index(name) for name in SPREADS]
        self.count = len(forecasts_of(kind))
        self._trees = [
            xgboost.Booster(model_file=bytearray(arrays[f"trees.{lead}"].tobytes()))
            for lead in range(horizon if kind == BOOSTING else 0)
        ]

    def means(self, table: Floats) -> Array:
        """Forecasts, told against the base, shape (answer, lead, cell)."""
        if self._kind == SIMPLE:
            found = baselines(self._window, own_of(self._window, table), self._horizon, self._arrays["memory"])
            return np.stack([found[name] for name in BASELINES])
        if self._kind == RIDGE:
            keys = ("centre", "deviation", "slope")
            parts = [{key: self._arrays[f"{key}.{lead}"] for key in keys} for lead in range(self._horizon)]
            pairs = zip(parts, self._seen(table), strict=True)
            return np.stack([apply_ridge(part, seen, self._window) for part, seen in pairs])[None]
        answers = [
            trees.inplace_predict(np.ascontiguousarray(seen.T)).astype(np.float64)
            for trees, seen in zip(self._trees, self._seen(table), strict=True)
        ]
        return np.stack(answers)[None] * self._arrays["scale"]

    def _seen(self, table: Floats) -> Iterator[Floats]:
        """Yield what is seen at each lead: of covariates nothing of later years."""
        for lead in range(self._horizon):
            yield _without(table, self._arrays[f"later.{lead}"])

    def learn_spread(self, table: Floats, came: Array) -> Arrays:
        """Learn how far off forecasts are by how much cells vary; return the tensors of it."""
        x = self._varying(table)
        logs = np.log(np.maximum(np.abs(self.means(table) - came), SMALLEST))
        found = np.zeros((self.count, self._horizon, len(x)))
        for answer, lead in np.ndindex(found.shape[:2]):
            kept = np.isfinite(logs[answer, lead])
            gram = x[:, kept] @ x[:, kept].T + np.eye(len(x))
            found[answer, lead] = np.linalg.solve(gram, x[:, kept] @ logs[answer, lead, kept])
        self._arrays["spread"] = found
        return {"spread": found}

    def _varying(self, table: Floats) -> Array:
        """The logarithms of what tells the spread, and a row of 1."""
        logs = np.log(np.maximum(np.nan_to_num(table[self._spreads].astype(np.float64)), self._arrays["scale"] * 1e-2))
        return np.concatenate([logs, np.ones((1, table.shape[1]))])

    def answer(self, base: Floats, table: Floats, wanted: Sequence[int] | None = None) -> Floats:
        """Mean and quantiles of cells, shape (answer, lead, 1 + level, cell); NaN without a base.

        Parameters
        ----------
        wanted : sequence of int, optional
            Numbers of the forecasts that are returned, of all `count`.
        """
        own = slice(None) if wanted is None else list(wanted)
        mean = self.means(table)[own][:, :, None]
        spread = np.exp(np.einsum("alf,fc->alc", self._arrays["spread"][own], self._varying(table)))[:, :, None]
        quantiles = mean + NORMAL * self._quantiles[:, None] * spread
        found: Floats = (np.concatenate([mean, quantiles], 2) + base).astype(np.float32)
        return found
