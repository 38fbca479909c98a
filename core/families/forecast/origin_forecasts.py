"""Forecasts from successive years, as a rolling origin gives them: weighed and calibrated by the years before each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...learning.model_types import STACK
from ...runtime.types import Array
from ...targets.quantiles import calibrated, overlap, spread_factors
from ...targets.stacking import stack_weights_by_time, stands_alone
from .lag_features import BASELINES

# baselines that a stack holds besides learned models: those can mislead, where years are few and far ahead most
HEDGES = ("mean of 3 years", "mean of 5 years", "damped persistence")
LAST = "persistence"  # is no part of a stack, but can stand instead of it


@dataclass(frozen=True)
class StackWeights:
    """The weights of a stack, year by year.

    Parameters
    ----------
    names : list of str
        What it can hold: its members, then `LAST`.
    by_year : array, shape (year + 1, lead, name)
        In each year from the years before it; last that of the map, from all.
    rows : list of lists of int
        For each of these years and each lead the rows of forecasts that its weights come from.
    """

    names: list[str]
    by_year: Array
    rows: list[list[list[int]]]

    @property
    def final(self) -> dict[str, list[float]]:
        """By name the weights of the map at each lead, of those that have one."""
        columns = dict(zip(self.names, self.by_year[-1].T.tolist(), strict=True))
        return {name: weights for name, weights in columns.items() if any(weights)}


@dataclass(frozen=True)
class OriginForecasts:
    """Forecasts from successive years, and what was observed.

    Parameters
    ----------
    models : dict
        By name, shape (year, lead, 1 + level, cell).
    observed : array, shape (year, lead, cell)
    climatology : array, shape (year, cell)
        Mean of the years that were seen.
    """

    models: Mapping[str, NDArray[np.float32]]
    observed: Array
    climatology: Array

    def known(self, year: int) -> Array:
        """Observations before row `year`, with NaN for those that were not known when its year came."""
        rows, leads = self.observed.shape[:2]
        when = np.add.outer(np.arange(rows), np.arange(leads))  # the year of each row and lead
        last = year if year < rows else rows + leads  # after the last row all that was observed is known
        return np.where((when < last)[:, :, None], self.observed, np.nan)[:year]

    def known_rows(self, year: int) -> list[list[int]]:
        """For each lead the rows whose observations were known when the year of row `year` came."""
        return [np.flatnonzero(np.isfinite(of_lead).any(1)).tolist() for of_lead in self.known(year).swapaxes(0, 1)]

    def weighed(self) -> tuple[OriginForecasts, StackWeights]:
        """The forecasts with those of the stack, in each year by the weights of the years before it; and the weights.

        The stack is that of learned models and `HEDGES`. Where one of these, or `LAST`, was better in all years before
        and by more than chance, it stands alone, see `stacking.stands_alone`.
        """
        members = [name for name in self.models if name in HEDGES or name not in BASELINES]
        names = [*members, LAST]
        years, leads = self.observed.shape[:2]
        rows = [self.known_rows(year) for year in range(years + 1)]
        mixed = np.zeros((years + 1, leads, len(names)))
        weights = mixed.copy()
        for year, lead in np.ndindex(years + 1, leads):
            known = self.known(year)[:, lead]
            means = [self.models[name][:year, lead, 0].astype(np.float64) for name in members]
            mixed[year, lead, :-1] = stack_weights_by_time(means, known)
        errors = self._squared_errors(names, mixed)
        for year, lead in np.ndindex(years + 1, leads):
            of_models, of_stack = (table[..., lead, rows[year][lead]] for table in errors)
            alone = stands_alone(of_models, of_stack, overlap(lead + 1))
            weights[year, lead] = mixed[year, lead] if alone is None else np.eye(len(names))[alone]
        stack = np.stack([self._mixed(names, weights[year], year) for year in range(years)])
        return replace(self, models={**self.models, STACK: stack}), StackWeights(names, weights, rows)

    def _mixed(self, names: Sequence[str], weights: Array, year: int) -> NDArray[np.float32]:
        """The mean of forecasts of a row, shape (lead, 1 + level, cell); weights are (lead, name)."""
        used = np.flatnonzero(weights.any(0)).tolist()  # one without weight may know nothing
        values = np.stack([self.models[names[number]][year] for number in used])
        mixed: NDArray[np.float32] = np.einsum("mlqc,lm->lqc", values, weights[:, used].astype(np.float32))
        return mixed

    def _squared_errors(self, names: Sequence[str], weights: Array) -> tuple[Array, Array]:
        """Mean squared errors of models (model, lead, row), and of their means by the weights of each row (lead, row).

        All by the same cells; NaN where nothing is known.
        """
        years, leads = self.observed.shape[:2]
        of_models, of_stack = np.full((len(names), leads, years), np.nan), np.full((leads, years), np.nan)
        for year, lead in np.ndindex(years, leads):
            errors = np.stack([self.models[name][year, lead, 0] for name in names]) - self.observed[year, lead]
            errors = errors[:, np.isfinite(errors).all(0)]
            if errors.size:
                of_models[:, lead, year] = (errors**2).mean(1)
                of_stack[lead, year] = ((weights[year, lead] @ errors) ** 2).mean()
        return of_models, of_stack

    def tested(self, count: int, levels: Sequence[float]) -> OriginForecasts:
        """The last `count` years, calibrated in each by the years before it."""
        first = len(self.observed) - count
        models: dict[str, list[NDArray[np.float32]]] = {name: [] for name in self.models}
        for year in range(first, len(self.observed)):
            known = self.known(year)
            for name, values in self.models.items():
                models[name].append(calibrated(values[year], spread_factors(values[:year], known, levels)))
        by_year = {name: np.stack(years) for name, years in models.items()}
        return OriginForecasts(by_year, self.observed[first:], self.climatology[first:])
