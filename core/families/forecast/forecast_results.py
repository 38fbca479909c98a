"""Results of a training of forecasts: each tested year, as models and baselines forecast it from the years before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ...data.raster.grids import Grid
from ...data.raster.tiles import Tile
from ...learning.contracts import FittedMember
from ...learning.model_types import STACK
from ...runtime.run import Run
from ...runtime.types import Array
from ...targets.calibration import ForecastCalibration
from ...targets.quantiles import calibrated, spread_factors
from ...targets.stacking import stack_weights_by_time
from ...validation.splits import Split
from .dataset import ForecastDataset
from .forecast_scores import ALL, EVERY, Row, ScoredCells, parts_of, scores_of
from .lag_features import BASELINES, forecasts_of
from .params import ForecastTraining

HEDGE = "mean of 3 years"  # the baseline that a stack holds besides learned models: they can mislead, far ahead most
PRIOR = 0.05  # strength of equal weights: few years tell little about weights
FEW_CELLS = 100  # of a mask, below which its errors tell little
REFERENCES = ("persistence", "climatology")  # over which skill is computed; the latter is the mean of the years seen


@dataclass(frozen=True)
class ForecastInputs:
    """The data of a run, and where they lie.

    Parameters
    ----------
    places : list of Tile
        The windows of the dataset.
    masks : list of str
        Names of the masks, the last bands of the windows.
    first : int
        Number of the first year of the rolling origin.
    key : str
        Fingerprint of parameters and files.
    """

    dataset: ForecastDataset
    grid: Grid
    places: list[Tile]
    masks: list[str]
    first: int
    key: str


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
        """Observations with NaN for those that were not known before the year of a row came."""
        rows, leads = self.observed.shape[:2]
        when = np.add.outer(np.arange(rows), np.arange(leads))  # the year of each row and lead
        return np.where((when < year)[:, :, None], self.observed, np.nan)

    def weights(self, names: Sequence[str], year: int | None = None) -> list[Array]:
        """For each lead the weights of models, learned from what was known before the year of a row; None: from all."""
        known = self.observed if year is None else self.known(year)
        return [
            stack_weights_by_time(
                [self.models[name][:year, lead, 0].astype(np.float64) for name in names], known[:year, lead], PRIOR
            )
            for lead in range(known.shape[1])
        ]

    def stacked(self, names: Sequence[str]) -> OriginForecasts:
        """The forecasts with those of the stack of models, weighed in each year by the ones before it."""
        stack = np.empty_like(self.models[names[0]])
        for year in range(len(stack)):
            weights = np.stack(self.weights(names, year)).astype(np.float32)
            stack[year] = np.einsum("mlqc,lm->lqc", np.stack([self.models[name][year] for name in names]), weights)
        return replace(self, models={**self.models, STACK: stack})

    def tested(self, count: int, levels: Sequence[float]) -> OriginForecasts:
        """The last `count` years, calibrated in each by the years before it."""
        first = len(self.observed) - count
        models: dict[str, list[NDArray[np.float32]]] = {name: [] for name in self.models}
        for year in range(first, len(self.observed)):
            known = self.known(year)[:year]
            for name, values in self.models.items():
                models[name].append(calibrated(values[year], spread_factors(values[:year], known, levels)))
        stacked = {name: np.stack(years) for name, years in models.items()}
        return OriginForecasts(stacked, self.observed[first:], self.climatology[first:])


@dataclass(frozen=True)
class ForecastResults:
    """The results of a run.

    Parameters
    ----------
    forecasts : OriginForecasts
        Calibrated ones of the tested years, see `tested_origins`.
    masks : dict
        By name, whether cells lie inside; NaN of unknown ones.
    """

    params: ForecastTraining
    run: Run
    inputs: ForecastInputs
    forecasts: OriginForecasts
    masks: Mapping[str, Array]
    calibration: ForecastCalibration

    @property
    def chosen(self) -> str:
        """The model that was asked for."""
        return self.params.model_type

    @property
    def mixture(self) -> dict[str, float]:
        """The weights of the stack, 1 year ahead; empty without one."""
        return {name: weights[0] for name, weights in self.calibration.weights.items()}

    @property
    def years(self) -> list[int]:
        """The years whose forecasts are scored, at each lead the same."""
        return self.inputs.dataset.frames.years[-self.params.test_years :]

    @property
    def origins(self) -> list[int]:
        """The first year that each row forecasts."""
        return self.inputs.dataset.frames.years[-tested_origins(self.params) :]

    @cached_property
    def rows(self) -> list[Row]:
        """A row of scores for each model, lead and part, of all years together and of each."""
        rows = []
        for name, lead in product(self.forecasts.models, range(self.params.horizon)):
            sums = self._sums(name, lead)
            for part in parts_of(self.masks, self.forecasts.observed.shape[-1]):
                years = {year: by_part[part] for year, by_part in sums.items()}
                for year, blocks in ((EVERY, np.sum(list(years.values()), 0)), *years.items()):
                    scores = scores_of(blocks, REFERENCES, intervals=name not in BASELINES)
                    rows.append({"model": name, "lead": lead + 1, "part": part, "year": year, **scores})
        return [row for row in rows if row["n"]]

    def _sums(self, name: str, lead: int) -> dict[str, dict[str, Array]]:
        """By scored year and part the sums of a model's forecasts."""
        levels, blocks = self.params.levels(), len(self.inputs.places)
        return {
            str(first + lead): {
                part: cells.of(inside).sums(blocks, levels)
                for part, inside in parts_of(self.masks, len(cells.block)).items()
            }
            for first, cells in zip(self.origins, self._cells(name, lead), strict=True)
            if first + lead in self.years
        }

    def _cells(self, name: str, lead: int) -> Iterator[ScoredCells]:
        """Yield the cells of each row as a model forecast them."""
        forecasts, inputs = self.forecasts, self.inputs
        block = np.repeat(np.arange(len(inputs.places)), len(inputs.dataset.scored))
        for number, climatology in enumerate(forecasts.climatology):
            values = forecasts.models[name][number, lead][: 1 if name in BASELINES else None].astype(np.float64)
            persistence = forecasts.models[REFERENCES[0]][number, lead, 0].astype(np.float64)
            references = dict(zip(REFERENCES, (persistence, climatology), strict=True))
            yield ScoredCells(forecasts.observed[number, lead], climatology, values, references, block)

    def row(self, name: str, lead: int = 1, part: str = ALL, year: str = EVERY) -> Row:
        """One row of scores; empty if nothing was known there."""
        wanted = (name, lead, part, year)
        return next((r for r in self.rows if (r["model"], r["lead"], r["part"], r["year"]) == wanted), {})

    def rmse(self, name: str, lead: int = 1, part: str = ALL, year: str = EVERY) -> float:
        """The root of the mean squared error; NaN if nothing was known there."""
        return float(self.row(name, lead, part, year).get("rmse", np.nan))

    def yearly_rmse(self, name: str, lead: int = 1) -> float:
        """The mean over years of the root of the mean squared error of each."""
        errors = [self.rmse(name, lead, ALL, str(year)) for year in self.years]
        return float(np.nanmean(errors)) if np.isfinite(errors).any() else float("nan")


def evaluate_origins(
    params: ForecastTraining,
    run: Run,
    inputs: ForecastInputs,
    splits: Sequence[Split],
    fitted: Mapping[str, Sequence[FittedMember]],
) -> ForecastResults:
    """The results of a rolling origin: forecasts of each tested year, weighed and calibrated by the years before it."""
    forecasts, levels = _forecasts(inputs, splits, fitted), params.levels()
    members = [name for name in forecasts.models if name == HEDGE or name not in BASELINES]
    forecasts = forecasts.stacked(members)
    factors = {
        name: spread_factors(values, forecasts.observed, levels).tolist() for name, values in forecasts.models.items()
    }
    weights = {}
    if params.model_type == STACK:
        by_lead = np.stack(forecasts.weights(members))
        weights = dict(zip(members, by_lead.T.tolist(), strict=True))
    masks = dict(zip(inputs.masks, inputs.dataset.masks(len(inputs.masks)), strict=True))
    for name, mask in masks.items():
        if (count := int((mask == 1).sum())) < FEW_CELLS:
            run.channel.warning(
                f"Only {count} of the cells that are scored lie in mask '{name}': errors there tell little. Evaluate "
                "forecast compares all cells of a map."
            )
    calibration = ForecastCalibration(list(levels), factors, weights)
    return ForecastResults(params, run, inputs, forecasts.tested(tested_origins(params), levels), masks, calibration)


def tested_origins(params: ForecastTraining) -> int:
    """From how many years the tested years are forecast, so that at each lead all of them are."""
    return params.test_years + params.horizon - 1


def _forecasts(
    inputs: ForecastInputs, splits: Sequence[Split], fitted: Mapping[str, Sequence[FittedMember]]
) -> OriginForecasts:
    """The forecasts of all years of the rolling origin."""
    dataset, windows = inputs.dataset, len(inputs.places)
    count, cells, horizon = dataset.years - inputs.first, len(dataset.scored), dataset.horizon
    observed, climatology = np.empty((count, horizon, windows, cells)), np.empty((count, windows, cells))
    for year, window in np.ndindex(count, windows):
        pair = dataset.describe(window * dataset.years + inputs.first + year)
        mean = pair.features[dataset.names.index("mean"), dataset.scored].astype(np.float64)
        observed[year, :, window] = (pair.observed + pair.base)[:, dataset.scored]
        climatology[year, window] = mean + pair.base[dataset.scored]
    models: dict[str, NDArray[np.float32]] = {}
    for kind, members in fitted.items():
        names = forecasts_of(kind)
        values = np.full((len(names), count, windows, horizon, 1 + len(dataset.levels), cells), np.nan, np.float32)
        for split, member in zip(splits, members, strict=True):
            place, year_number = np.divmod(split.test, dataset.years)
            values[:, year_number - inputs.first, place] = member.shares
        flat = np.moveaxis(values, 2, 4).reshape(*values.shape[:2], horizon, 1 + len(dataset.levels), -1)
        models |= dict(zip(names, flat, strict=True))
    return OriginForecasts(models, observed.reshape(count, horizon, -1), climatology.reshape(count, -1))
