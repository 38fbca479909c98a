"""Lag learners: forecasts that hardly learn, a pooled regression, and trees; each lead by itself."""

from __future__ import annotations

import time
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
from ...learning.model_types import BOOSTING, RIDGE, SIMPLE, StoredMember
from ...runtime.checkpoints import Arrays
from ...runtime.executor import Reporter
from ...runtime.types import Arguments, Array, Floats, Index
from ...validation.splits import Split
from .dataset import ForecastDataset, PairCells, TrainingRows, recency, scale_of
from .lag_features import BASELINES, OWN, Lagged, baselines, forecasts_of, lag_names, memories, own_of

HALF_LIVES = (3.0, 6.0, 12.0, 1e6)  # years after which a year counts half
CHOOSING = 3  # last known years, each forecast from those before it, choose the half-life
PENALTY = 0.15  # of slopes of lags, in units of what is known of each
LIGHT = 0.001  # the same of covariates: who gives them expects that they tell something
FEW_YEARS = 16.0  # fewer years than these make both larger: slopes that hold in a year need not in the next
SHARED = 0.2  # part that is left of what all cells of a year have in common: it tells as little as one observation
MODULATORS = ("base", "deviation", "memory")  # what the slopes of a cell's own years depend on
MODULATED = ("last", "mean", "mean 5", "slope")  # whose slopes depend on that, besides those of the years
FARTHEST = (-2.5, 3.0)  # deviations from the mean up to which slopes follow
CHUNK = 1 << 16  # cells that are answered at a time
TREE_OPTIONS: Arguments = {
    "tree_method": "hist", "max_bin": 64, "max_depth": 4, "eta": 0.05, "min_child_weight": 100, "subsample": 0.5,
    "colsample_bynode": 0.5, "base_score": 0.0, "verbosity": 0,
}  # fmt: skip
TREE_ROUNDS = 150
SMALLEST = 1e-9
NORMAL = 1.2533  # deviation of a normal distribution whose mean absolute deviation is 1
SPREADS = ("deviation", "deviation in 9")  # features that tell how wrong a forecast will be


@dataclass(frozen=True)
class LagLearner:
    """Learns the features of `lag_features` on each split.

    Parameters
    ----------
    type : str
        ``SIMPLE`` (all baselines), ``RIDGE`` or ``BOOSTING``.
    """

    type: str
    dataset: ForecastDataset
    seed: int

    def description(self) -> Arguments:
        """Arguments that build its members again."""
        return {"window": self.dataset.window, "horizon": self.dataset.horizon}

    def process_bytes(self, splits: int) -> int:
        """0: it is done before a process has started."""
        return 0

    def seconds(self, split: Split, name: str) -> float:
        """How long learning `split` takes here: it is learned; rows that all splits share do not count."""
        _ = self.dataset.rows
        begun = time.monotonic()
        self.fit(split, name, Reporter(lambda _: None))
        return time.monotonic() - begun

    def fit(self, split: Split, name: str, report: Reporter, start: Arrays | None = None) -> FittedMember:
        """Learn one split and forecast its test pairs: shares (answer, pair, lead, 1 + level, scored cell)."""
        dataset = self.dataset
        rows = dataset.training_rows(np.concatenate([split.train, split.validation]), dataset.until(split.test))
        scale = max(float(np.nanstd(rows.target)), SMALLEST)
        arrays: Arrays = {"scale": np.array([scale])}
        if self.type == SIMPLE:
            own = own_of(dataset.window, rows.features)
            arrays["memory"] = memories(own, rows.target, recency(rows.year))
        for lead in range(dataset.horizon):
            tensors = self._fit_lead(lead, rows, scale)
            arrays |= {f"{key}.{lead}": value for key, value in tensors.items()}
        predictor = LagPredictor(self.type, dataset.window, dataset.horizon, dataset.levels, arrays)
        arrays |= predictor.learn_spread(rows)
        answers = [predictor.answer(self._scored(dataset.describe(pair))) for pair in split.test]
        shape = (predictor.count, 0, dataset.horizon, 1 + len(dataset.levels), len(dataset.scored))
        shares: NDArray[Any] = np.stack(answers, 1) if answers else np.empty(shape, np.float32)
        return FittedMember(split.name, arrays, shares, np.empty(0), History())

    def _fit_lead(self, lead: int, rows: TrainingRows, scale: float) -> Arrays:
        """Learn one lead; trees weigh years as the regression does that forecasts the last ones best."""
        dataset = self.dataset
        lags = len(lag_names(dataset.window))
        later = np.array(dataset.covariates.later(lead + 1, dataset.horizon), np.int64) + lags
        if self.type == SIMPLE:
            return {"later": later}
        known = np.isfinite(rows.target[lead])
        seen, target, year = _without(rows.features[:, known], later), rows.target[lead, known], rows.year[known]
        ridge, half_life = fit_ridge(seen, target, year, dataset.window, lead + 1)
        if self.type == RIDGE:
            return {"later": later, **ridge}
        target = without_shared(target, apply_ridge(ridge, seen, dataset.window), year)
        return {"later": later, "trees": _fit_trees(seen, target / scale, recency(year, half_life), self.seed)}

    def _scored(self, pair: PairCells) -> Lagged:
        """Base and features of the scored cells of a pair."""
        cells = self.dataset.scored
        return Lagged(pair.base[cells], np.ascontiguousarray(pair.features[:, cells]))


def _without(table: Floats, rows: NDArray[Any]) -> Floats:
    """A table with some of its rows missing."""
    if not len(rows):
        return table
    masked = table.copy()
    masked[rows] = np.nan
    return masked


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
        Forecasts of each cell, see `lag_features.forecasts_of`.
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
        """Forecasts, relative to the base, shape (answer, lead, cell)."""
        if self._kind == SIMPLE:
            by_name = baselines(self._window, own_of(self._window, table), self._horizon, self._arrays["memory"])
            return np.stack([by_name[name] for name in BASELINES])
        if self._kind == RIDGE:
            keys = ("centre", "deviation", "slope")
            ridges = [{key: self._arrays[f"{key}.{lead}"] for key in keys} for lead in range(self._horizon)]
            pairs = zip(ridges, self._seen(table), strict=True)
            return np.stack([apply_ridge(ridge, seen, self._window) for ridge, seen in pairs])[None]
        answers = [
            trees.inplace_predict(np.ascontiguousarray(seen.T)).astype(np.float64)
            for trees, seen in zip(self._trees, self._seen(table), strict=True)
        ]
        return np.stack(answers)[None] * self._arrays["scale"]

    def _seen(self, table: Floats) -> Iterator[Floats]:
        """Yield what is seen at each lead: of covariates nothing of later years."""
        for lead in range(self._horizon):
            yield _without(table, self._arrays[f"later.{lead}"])

    def learn_spread(self, rows: TrainingRows) -> Arrays:
        """Learn how far off forecasts are by how much cells vary; return the tensors of it."""
        x = self._varying(rows.features)
        logs = np.log(np.maximum(np.abs(self.means(rows.features) - rows.target), SMALLEST))
        spread = np.zeros((self.count, self._horizon, len(x)))
        for answer, lead in np.ndindex(spread.shape[:2]):
            known = np.isfinite(logs[answer, lead])
            gram = x[:, known] @ x[:, known].T + np.eye(len(x))
            spread[answer, lead] = np.linalg.solve(gram, x[:, known] @ logs[answer, lead, known])
        self._arrays["spread"] = spread
        return {"spread": spread}

    def _varying(self, table: Floats) -> Array:
        """The logarithms of the features that tell the spread, and a row of 1."""
        logs = np.log(np.maximum(np.nan_to_num(table[self._spreads].astype(np.float64)), self._arrays["scale"] * 1e-2))
        return np.concatenate([logs, np.ones((1, table.shape[1]))])

    def answer(self, cells: Lagged, wanted: Sequence[int] | None = None) -> Floats:
        """Mean and quantiles of cells, shape (answer, lead, 1 + level, cell); NaN without a base.

        Parameters
        ----------
        wanted : sequence of int, optional
            Numbers of the forecasts that are returned, of all `count`.
        """
        chosen = slice(None) if wanted is None else list(wanted)
        mean = self.means(cells.table)[chosen][:, :, None]
        spread = np.exp(np.einsum("alf,fc->alc", self._arrays["spread"][chosen], self._varying(cells.table)))
        quantiles = mean + NORMAL * self._quantiles[:, None] * spread[:, :, None]
        forecasts: Floats = (np.concatenate([mean, quantiles], 2) + cells.base).astype(np.float32)
        return forecasts


def build(stored: StoredMember) -> LagPredictor:
    """A member of a model file as a predictor."""
    card = stored.card
    levels = tuple(card.forecast.levels)
    return LagPredictor(stored.member.type, int(card.training["window"]), len(card.components), levels, stored.arrays)


def fit_ridge(table: Floats, target: Array, year: Index, window: int, lead: int = 1) -> tuple[Arrays, float]:
    """A pooled regression and its half-life: that which forecasts the last known years best from those before each.

    Its slopes depend on how much a cell varies.

    Parameters
    ----------
    table : array, shape (feature, row)
        See `lag_features.lag_names`; more may follow. NaN is missing.
    target : array, shape (row,)
        Relative to the base.
    year : array of int, shape (row,)
        The first one to forecast, `lead` - 1 before that of the target.
    window : int
        Years that are seen.
    """
    centre, deviation = scale_of(table)
    scaling: Arrays = {"centre": centre, "deviation": deviation}
    years = np.unique(year)
    parts = []
    for each in years:  # a year's rows count alike, so any weights of years follow from its sums
        x, known = _terms(scaling, table[:, year == each], window), target[year == each]
        taken = (1 - SHARED**2) * x.mean(1)
        parts.append((x @ x.T - np.outer(taken, x.sum(1)), x @ known - taken * known.sum()))
    penalty = np.full(len(x), PENALTY)
    penalty[len(lag_names(window)) : len(table)], penalty[-1] = LIGHT, 0
    grams, products = (np.array(each) for each in zip(*parts, strict=True))
    errors = np.zeros(len(HALF_LIVES))
    for last in range(max(len(years) - CHOOSING, 1), len(years)):
        x, known = _terms(scaling, table[:, year == years[last]], window), target[year == years[last]]
        before = years + lead <= years[last]
        for number, life in enumerate(HALF_LIVES if before.any() else ()):
            slope = _solved(grams[before], products[before], recency(years[before], life), penalty)
            errors[number] += ((slope @ x - known) ** 2).mean()
    best = HALF_LIVES[int(np.argmin(errors))] if errors.any() else HALF_LIVES[-1]
    return {**scaling, "slope": _solved(grams, products, recency(years, best), penalty)}, best


def without_shared(target: Array, predicted: Array, year: Index) -> Array:
    """Targets, shape (row,), without most of what those of a year share and a regression did not predict."""
    _, number = np.unique(year, return_inverse=True)
    means = np.bincount(number, target - predicted) / np.bincount(number)
    remaining: Array = target - (1 - SHARED) * means[number]
    return remaining


def apply_ridge(ridge: Arrays, table: Floats, window: int) -> Array:
    """The forecasts of a regression, relative to the base, shape (row,); see `fit_ridge`."""
    chunks = [table[:, start : start + CHUNK] for start in range(0, table.shape[1], CHUNK)]
    answers = [ridge["slope"] @ _terms(ridge, chunk, window) for chunk in chunks]
    return np.concatenate([np.empty(0), *answers])


def _solved(grams: Array, products: Array, weight: Array, penalty: Array) -> Array:
    """The slopes of the regression whose years have these weights; the last one is that of the constant.

    As many cells as there may be, few years do not tell how slopes differ from year to year.
    """
    gram: Array = np.einsum("y,yij->ij", weight, grams)
    years = weight.sum() ** 2 / (weight**2).sum()  # as many of the same weight would tell as much
    gram += np.diag(penalty * (1 + (FEW_YEARS / years) ** 2) * np.diag(gram) + SMALLEST)
    slopes: Array = np.linalg.solve(gram, weight @ products).astype(np.float64)
    return slopes


def _terms(scaling: Arrays, table: Floats, window: int) -> Array:
    """Standardised features, products of the cell's own years with `MODULATORS`, and a row of 1.

    What is missing is at the mean.
    """
    x = np.nan_to_num((table.astype(np.float64) - scaling["centre"][:, None]) / scaling["deviation"][:, None])
    by_name = {name: x[window + number] for number, name in enumerate(OWN)}
    modulated = np.concatenate([x[:window], np.stack([by_name[name] for name in MODULATED])])
    products = [modulated * np.clip(by_name[name], *FARTHEST) for name in MODULATORS]
    return np.concatenate([x, *products, np.ones((1, x.shape[1]))])
