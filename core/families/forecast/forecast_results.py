"""What a training of forecasts found: each year of the chain, as models and baselines saw it coming."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.raster.grids import Grid
from ...data.raster.tiles import Tile
from ...learning.contracts import FittedMember
from ...learning.model_types import STACK
from ...runtime.run import Run
from ...validation.splits import Split
from .dataset import ForecastDataset
from .forecast_scores import ALL, EVERY, Row, parts_of, sums, told
from .lag_features import BASELINES, forecasts_of
from .params import ForecastTraining
from .rolling_origin import calibrated, spread_factors, stack_weights
from .yearly_stack import Frames

HEDGE = "mean of 3 years"  # the baseline that a stack holds beside learned models: they can mislead, far ahead most
FEW_CELLS = 100  # of a mask, below which its errors tell little
Array = NDArray[np.float64]
Index = NDArray[np.int64]

REFERENCES = {"persistence": "persistence", "climatology": ""}  # over which skill is told; the latter is the seen mean


@dataclass(frozen=True)
class ForecastResults:
    """What a run found.

    Parameters
    ----------
    models : dict
        By name, calibrated forecasts of the tested years, shape (year, lead, 1 + level, cell).
    truth : array, shape (year, lead, cell)
    climatology : array, shape (year, cell)
        Mean of the years that were seen.
    tested : list of int
        The first year that each row forecasts, see `tested_origins`.
    block : array of int, shape (cell,)
        Number of the window of each cell.
    masks : dict
        By name, whether cells lie inside; NaN of unknown ones.
    mixture : dict
        Weights of the stack, 1 year ahead, if that was asked for.
    calibration : dict
        What a model's card keeps.
    """

    params: ForecastTraining
    run: Run
    frames: Frames
    grid: Grid
    places: Sequence[Tile]
    models: Mapping[str, NDArray[np.float32]]
    truth: Array
    climatology: Array
    tested: list[int]
    block: Index
    cells: Index
    masks: Mapping[str, Array]
    mixture: dict[str, float]
    calibration: dict[str, Any]

    @property
    def chosen(self) -> str:
        """The model that was asked for."""
        return self.params.model_type

    @property
    def years(self) -> list[int]:
        """The years whose forecasts are scored, at each lead the same."""
        return self.frames.years[-self.params.test_years :]

    @property
    def parts(self) -> dict[str, NDArray[np.bool_]]:
        """Which cells are in which part: all, and inside and outside of each mask."""
        return parts_of(self.masks, len(self.block))

    @cached_property
    def rows(self) -> list[Row]:
        """A row of scores for each model, lead and part, of all years together and of each."""
        rows = []
        for name, lead in product(self.models, range(self.truth.shape[1])):
            intervals = name not in BASELINES
            for part, own in self.parts.items():
                each = {
                    str(first + lead): self._sums(name, number, lead, own)
                    for number, first in enumerate(self.tested)
                    if first + lead in self.years
                }
                for year, found in ((EVERY, np.sum(list(each.values()), 0)), *each.items()):
                    scores = told(found, list(REFERENCES), intervals=intervals)
                    rows.append({"model": name, "lead": lead + 1, "part": part, "year": year, **scores})
        return [row for row in rows if row["n"]]

    def _sums(self, name: str, number: int, lead: int, own: NDArray[np.bool_]) -> Array:
        """The sums of a model's forecasts of one year, in some cells."""
        usual = self.climatology[number][own]
        forecast = self.models[name][number, lead][: 1 if name in BASELINES else None, own]
        others = {
            label: self.models[source][number, lead, 0, own].astype(np.float64) if source else usual
            for label, source in REFERENCES.items()
        }
        return sums(
            self.truth[number, lead, own],
            forecast.astype(np.float64),
            usual,
            others,
            self.params.levels(),
            self.block[own],
            len(self.places),
        )

    def row(self, name: str, lead: int = 1, part: str = ALL, year: str = EVERY) -> Row:
        """One row of scores; empty if nothing was known there."""
        wanted = (name, lead, part, year)
        return next((r for r in self.rows if (r["model"], r["lead"], r["part"], r["year"]) == wanted), {})

    def rmse(self, name: str, lead: int = 1, part: str = ALL, year: str = EVERY) -> float:
        """The root of the mean squared error; NaN if nothing was known there."""
        return float(self.row(name, lead, part, year).get("rmse", np.nan))

    def yearly_rmse(self, name: str, lead: int = 1) -> float:
        """The mean over years of the root of the mean squared error of each."""
        found = [self.rmse(name, lead, ALL, str(year)) for year in self.years]
        return float(np.nanmean(found)) if np.isfinite(found).any() else float("nan")


def judge(
    params: ForecastTraining,
    run: Run,
    dataset: ForecastDataset,
    grid: Grid,
    places: Sequence[Tile],
    masks: Sequence[str],
    first: int,
    splits: Sequence[Split],
    chained: Mapping[str, Sequence[FittedMember]],
) -> ForecastResults:
    """Return what the chain tells: forecasts of each tested year, weighed and calibrated by the years before it.

    Parameters
    ----------
    masks : sequence of str
        Names of the masks, the last bands of the windows.
    first : int
        Number of the first year of the chain.
    """
    count, windows = dataset.years - first, len(places)
    cells = len(dataset.scored)
    came_true, usual = np.empty((count, params.horizon, windows, cells)), np.empty((count, windows, cells))
    for year, window in np.ndindex(count, windows):
        base, table, came = dataset.describe(window * dataset.years + first + year)
        mean = table[dataset.names.index("mean"), dataset.scored].astype(np.float64)
        came_true[year, :, window] = (came + base)[:, dataset.scored]
        usual[year, window] = mean + base[dataset.scored]
    truth: Array = came_true.reshape(count, params.horizon, -1)
    raw = _chained(dataset, first, windows, splits, chained)
    tested = range(count - tested_origins(params), count)
    parts = [name for name in raw if name == HEDGE or name not in BASELINES]
    raw[STACK] = np.empty_like(raw[parts[0]])
    told_then: dict[str, list[NDArray[np.float32]]] = {name: [] for name in raw}
    for year in range(count):
        known = truth_until(truth, year)
        raw[STACK][year] = _mixed(
            [raw[name][year] for name in parts], _weights([raw[name] for name in parts], known, year)
        )
        for name, values in raw.items() if year in tested else ():
            factor = spread_factors(values[:year], known[:year], params.levels())
            told_then[name].append(calibrated(values[year], factor))
    models = {name: np.stack(years) for name, years in told_then.items()}
    factors = {name: spread_factors(values, truth, params.levels()).tolist() for name, values in raw.items()}
    mixture = {}
    if params.model_type == STACK:
        final = _weights([raw[name] for name in parts], truth, count)
        mixture = {name: [float(w[number]) for w in final] for number, name in enumerate(parts)}
    inside = dataset.masks(len(masks))
    for name, mask in zip(masks, inside, strict=True):
        if (found := int((mask == 1).sum())) < FEW_CELLS:
            run.channel.warning(
                f"Only {found} of the cells that are scored lie in mask '{name}': errors there tell little. Evaluate "
                "forecast compares all cells of a map."
            )
    return ForecastResults(
        params,
        run,
        dataset.frames,
        grid,
        places,
        models,
        truth[tested.start :],
        usual.reshape(count, -1)[tested.start :],
        [dataset.frames.years[first + year] for year in tested],
        np.repeat(np.arange(windows), cells),
        dataset.scored,
        dict(zip(masks, inside, strict=True)),
        {name: values[0] for name, values in mixture.items()},
        {"factors": factors, "weights": mixture, "levels": list(params.levels())},
    )


def tested_origins(params: ForecastTraining) -> int:
    """Return from how many years the tested years are forecast, so that at each lead all of them are."""
    return params.test_years + params.horizon - 1


def truth_until(truth: Array, year: int) -> Array:
    """`truth`, shape (year, lead, cell), with NaN for what was not known before a year of the chain came."""
    came = np.add.outer(np.arange(len(truth)), np.arange(truth.shape[1]))  # the year of each row and lead
    return np.where((came < year)[:, :, None], truth, np.nan)


def _chained(
    dataset: ForecastDataset,
    first: int,
    windows: int,
    splits: Sequence[Split],
    chained: Mapping[str, Sequence[FittedMember]],
) -> dict[str, NDArray[np.float32]]:
    """By name the forecasts of the chain, shape (year, lead, 1 + level, cell)."""
    found: dict[str, NDArray[np.float32]] = {}
    count, cells = dataset.years - first, len(dataset.scored)
    for kind, members in chained.items():
        names = forecasts_of(kind)
        shape = (len(names), count, windows, dataset.horizon, 1 + len(dataset.levels), cells)
        values = np.full(shape, np.nan, np.float32)
        for split, member in zip(splits, members, strict=True):
            window, year = np.divmod(split.test, dataset.years)
            values[:, year - first, window] = member.shares
        flat = np.moveaxis(values, 2, 4).reshape(*values.shape[:2], dataset.horizon, 1 + len(dataset.levels), -1)
        found |= dict(zip(names, flat, strict=True))
    return found


def _weights(parts: Sequence[NDArray[np.float32]], truth: Array, year: int) -> list[Array]:
    """For each lead the weights learned from the years before one of the chain."""
    before = slice(0, year)
    return [
        stack_weights([part[before, lead, 0].astype(np.float64) for part in parts], truth[before, lead])
        for lead in range(truth.shape[1])
    ]


def _mixed(parts: Sequence[NDArray[np.float32]], weights: Sequence[Array]) -> NDArray[np.float32]:
    """The mean of forecasts of a year, shape (lead, 1 + level, cell), weighed by lead."""
    found: NDArray[np.float32] = np.einsum("mlqc,lm->lqc", np.stack(parts), np.stack(weights).astype(np.float32))
    return found
