"""Results of a training of forecasts: each tested year, as models and baselines forecast it from the years before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ...data.raster.grids import Grid
from ...data.raster.tiles import Tile
from ...learning.applicability.residual_info import ResidualInfo
from ...learning.applicability.residual_structure import structure_of
from ...learning.contracts import FittedMember
from ...learning.model_types import STACK
from ...runtime.run import Run
from ...runtime.types import Array
from ...targets.calibration import ForecastCalibration
from ...targets.metrics import number_of
from ...targets.quantiles import spread_factors
from ...validation.splits import Split
from .dataset import ForecastDataset
from .forecast_scores import ALL, EVERY, Row, ScoredCells, column_of, parts_of, scores_of
from .lag_features import forecasts_of
from .origin_forecasts import OriginForecasts, StackWeights
from .params import ForecastTraining
from .year_intervals import Bounds, skill_bounds

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
class ForecastResults:
    """The results of a run.

    Parameters
    ----------
    forecasts : OriginForecasts
        Calibrated ones of the tested years, see `tested_origins`.
    masks : dict
        By name, whether cells lie inside; NaN of unknown ones.
    weights : StackWeights
        Of all years of the rolling origin.
    told : tuple of str
        What the run chose by itself, in sentences.
    """

    params: ForecastTraining
    run: Run
    inputs: ForecastInputs
    forecasts: OriginForecasts
    masks: Mapping[str, Array]
    calibration: ForecastCalibration
    weights: StackWeights
    told: tuple[str, ...] = ()

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

    @property
    def chain(self) -> list[int]:
        """All years of the rolling origin."""
        return self.inputs.dataset.frames.years[self.inputs.first :]

    @cached_property
    def rows(self) -> list[Row]:
        """A row of scores for each model, lead and part, of all years together and of each."""
        rows = []
        for (name, lead, part), sums in self._sums.items():
            by_year = zip(map(str, self.years), sums[:, None], strict=True)
            for year, some in ((EVERY, sums), *by_year):
                scores = scores_of(some, REFERENCES, lead + 1)
                rows.append({"model": name, "lead": lead + 1, "part": part, "year": year, **scores})
        return [row for row in rows if row["n"]]

    @cached_property
    def _sums(self) -> dict[tuple[str, int, str], Array]:
        """The sums of each model, lead (from 0 on) and part in the scored years, shape (year, block, column)."""
        levels, blocks = self.params.levels(), len(self.inputs.places)
        parts = parts_of(self.masks, self.forecasts.observed.shape[-1])
        sums = {}
        for name, lead in product(self.forecasts.models, range(self.params.horizon)):
            scored = zip(self.origins, self._cells(name, lead), strict=True)
            cells = [each for first, each in scored if first + lead in self.years]
            for part, inside in parts.items():
                sums[name, lead, part] = np.stack([each.of(inside).sums(blocks, levels) for each in cells])
        return sums

    def skill(self, name: str, reference: str, lead: int = 1) -> Bounds:
        """The skill of a model over another one in the tested years, paired."""
        ours, theirs = (column_of(self._sums[each, lead - 1, ALL], "squared") for each in (name, reference))
        return skill_bounds(ours, theirs, lead)

    @cached_property
    def residuals(self) -> ResidualInfo | None:
        """How errors 1 year ahead go together in space, less the mean of each year; None where cells are too few.

        A card does not keep it: what a whole year is off by is common to all cells, and no mean over an area loses it.
        """
        inputs, number, tested = self.inputs, len(self.inputs.dataset.scored), slice(-len(self.years), None)
        gap = self.forecasts.models[self.chosen][tested, 0, 0] - self.forecasts.observed[tested, 0]
        gap = gap[np.isfinite(gap).any(1)].astype(np.float64)
        known = np.flatnonzero(np.isfinite(gap).all(0))
        corners = np.array([[tile.row, tile.col] for tile in inputs.places])[known // number]
        inside = np.stack(np.divmod(inputs.dataset.scored, self.params.patch), 1)[known % number]
        xy = inputs.grid.centres(*(corners + inside).T)
        return structure_of(inputs.grid.crs, xy, gap[:, known].T, {}) if len(gap) else None

    def _cells(self, name: str, lead: int) -> Iterator[ScoredCells]:
        """Yield the cells of each row as a model forecast them."""
        forecasts, inputs = self.forecasts, self.inputs
        block = np.repeat(np.arange(len(inputs.places)), len(inputs.dataset.scored))
        for number, climatology in enumerate(forecasts.climatology):
            values = forecasts.models[name][number, lead].astype(np.float64)
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
    forecasts, weights = forecasts.weighed()
    factors = {name: _told(spread_factors(of, forecasts.observed, levels)) for name, of in forecasts.models.items()}
    known = [len(rows) for rows in weights.rows[-1]]
    mixture = weights.final if params.model_type == STACK else {}
    masks = dict(zip(inputs.masks, inputs.dataset.masks(len(inputs.masks)), strict=True))
    for name, mask in masks.items():
        if (count := int((mask == 1).sum())) < FEW_CELLS:
            run.channel.warning(
                f"Only {count} of the cells that are scored lie in mask '{name}': errors there tell little. Evaluate "
                "forecast compares all cells of a map."
            )
    calibration = ForecastCalibration(list(levels), factors, mixture, known)
    tested = forecasts.tested(tested_origins(params), levels)
    return ForecastResults(params, run, inputs, tested, masks, calibration, weights)


def _told(factors: Array) -> list[list[float | None]]:
    """Factors as a card keeps them: None where they are not known."""
    return [[number_of(factor) for factor in of_lead] for of_lead in factors]


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
