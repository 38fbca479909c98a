"""Evaluate forecasts: by observed images, beside simple forecasts from the years before, in and out of masks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from pathlib import Path

import numpy as np
import rasterio

from ...contract.errors import Problems, RegionwiseError
from ...contract.layer import Layer
from ...data.raster.geotiff import RasterBands, write_windows
from ...data.raster.grids import Grid
from ...data.raster.stack import FORECAST, INTERVALS, MASK, SERIES, Stack, raster_files
from ...data.raster.tiles import Tile, plan
from ...data.series.image_series import Series, read_series
from ...data.vector.writers import write_rows
from ...mapping.styles.map_styles import DIFFERENCE
from ...mapping.styles.style_files import write_style
from ...reports.finish import publish
from ...runtime.files import check_not_input, check_writable
from ...runtime.run import Result, Run
from ...runtime.types import Array, Floats
from ...targets.quantiles import side_of_interval
from .forecast_report import map_report
from .forecast_scores import (
    ALL,
    EVERY,
    MapScores,
    Row,
    ScoredCells,
    column_of,
    coverage_sentence,
    parts_of,
    scores_of,
    skill_map,
    skill_sentence,
    with_interval,
)
from .forecast_verdict import map_verdict
from .lag_features import baselines, own_lags
from .params import ForecastEvaluation
from .year_intervals import skill_bounds
from .yearly_stack import LEARNED, Frames, check_masks, check_values, name_and_date, yearly

OWN, PERSISTENCE, CLIMATOLOGY = "forecast", "persistence", "climatology"
SIMPLE = (PERSISTENCE, "mean of 3 years", "mean of 5 years", "linear trend")  # those that need no learning
SIDE, BLOCK = 256, 64  # of what is read at once, and of what is resampled for intervals, in cells
SHOWN = 40_000  # cells of a picture
LOW, HIGH = " low", " high"  # how bands of bounds end
TOLERANCE = 1e-2  # of a cell


def evaluate_forecast(params: ForecastEvaluation, run: Run) -> Result:
    """Write skill maps, scores and a report of all cells of the forecast that were observed."""
    check_writable(params.output, params.scores, params.report)
    series = read_series(params.truth)
    layers = (params.forecast, params.intervals, *params.masks)
    read = [params.truth, *raster_files([series.raster, *(layer.path for layer in layers if layer)])]
    check_not_input([params.output, params.scores, params.report], read)
    check_masks(params.masks)
    with ExitStack() as opened:
        evaluator = _opened(params, run, series, opened)
        write_windows(
            Path(params.output),
            evaluator.grid,
            RasterBands(evaluator.names),
            evaluator.compare,
            side=SIDE,
            progress=lambda share: run.channel.progress(share, "Comparing"),
        )
        scores = evaluator.scores()
    write_style(Path(params.output), replace(DIFFERENCE, together=len(evaluator.years)))
    if not scores.rows:
        raise RegionwiseError(
            f"No cell of '{params.forecast}' has both a forecast and a truth.", "Check the nodata values of both."
        )
    write_rows(scores.rows, params.scores)
    line, row = _summary(scores), scores.row(OWN)
    verdict, grid = map_verdict(scores, _best_simple(scores)), evaluator.grid
    outputs = publish(params, run.channel, lambda: map_report(params, scores, verdict, grid, run), [line])
    numbers = {"RMSE": row["rmse"], "SKILL": row["skill_persistence"] or 0.0}
    return Result(outputs, numbers, verdict.first_line)


def _best_simple(scores: MapScores) -> str:
    return min(SIMPLE, key=lambda name: scores.row(name)["rmse"])


def _summary(scores: MapScores) -> str:
    row, best = scores.row(OWN), _best_simple(scores)
    skill = skill_sentence(scores.skills[best], best, scores.row(best)["rmse"])
    return f"{with_interval(row)} in {row['n']} cells; {skill}{coverage_sentence(row)}."


def _opened(params: ForecastEvaluation, run: Run, series: Series, opened: ExitStack) -> MapEvaluator:
    """An evaluator of rasters that are opened and checked."""
    frames = yearly(series)
    sensors = {SERIES: (series.layer,), MASK: params.masks}
    truth = opened.enter_context(Stack(sensors, params.resampling, zero_missing=params.zeros == "nodata"))
    forecast = opened.enter_context(Stack({FORECAST: (params.forecast,)}))
    shift = _shift(truth, forecast, params.forecast, series)
    check_values(truth, frames, params.zeros, params.truth)
    bounds, limits = None, {}
    bands = _years_of(forecast, params.forecast, frames)
    origin = min(bands) - 1
    _check_learned(params.forecast, origin)
    known = {year: band for year, band in bands.items() if year in frames.years and year not in frames.missing}
    if not known:
        raise RegionwiseError(
            f"'{params.forecast}' forecasts {', '.join(map(str, bands))}; series '{params.truth}' has none of them (it "
            f"ends in {frames.years[-1]}).",
            "Add the images of these years to the series.",
        )
    if not frames.bands(origin + 1 - frames.first - params.window, origin + 1 - frames.first):
        raise RegionwiseError(
            f"Series '{params.truth}' has no image of the {params.window} years before {origin + 1} (Window); simple "
            "forecasts are told from them.",
            "Add earlier years to the series.",
        )
    if len(known) < len(bands):
        run.channel.warning(f"Not judged, for there is no truth: {', '.join(str(y) for y in bands if y not in known)}.")
    if params.intervals:
        bounds = opened.enter_context(Stack({INTERVALS: (params.intervals,)}))
        if _shift(forecast, bounds, params.intervals, series) != (0, 0) or bounds.grid.area != forecast.grid.area:
            raise RegionwiseError(
                f"'{params.intervals}' does not cover the forecast.", "Choose the bounds made with it."
            )
        limits = _limits_of(bounds, params.intervals, list(known))
    return MapEvaluator(params.window, frames, truth, forecast, bounds, shift, origin, known, limits)


def _shift(truth: Stack, other: Stack, layer: Layer, series: Series) -> tuple[int, int]:
    """Row and column of the first cell of `other` in the truth; raise if cells do not coincide."""
    offset = truth.grid.offset_of(other.grid)
    if offset is None or any(abs(part - round(part)) > TOLERANCE for part in offset):
        raise RegionwiseError(
            f"'{layer}' is on another grid ({other.grid.describe()}) than series '{series.path}' "
            f"({truth.grid.describe()}).",
            "Forecasts are judged cell by cell; warp it to the grid of the series first.",
        )
    return round(offset[1]), round(offset[0])


def _check_learned(layer: Layer, origin: int) -> None:
    """Raise `RegionwiseError` if the forecast says that its model knew the years that it forecasts."""
    with rasterio.open(layer.path) as file:
        text = file.tags().get("TIFFTAG_IMAGEDESCRIPTION", "")
    learned = text.partition(LEARNED)[2].strip()
    if learned.isdigit() and int(learned) > origin:
        raise RegionwiseError(
            f"'{layer}' was made from {origin} by a model that learned from years up to {learned}; its errors would "
            "tell nothing.",
            f"Train with Last year {origin}, and map again.",
        )


def _years_of(stack: Stack, layer: Layer, frames: Frames) -> dict[int, int]:
    """The band of each year of a forecast, ascending."""
    bands: dict[int, int] = {}
    problems = Problems()
    for number, band in enumerate(stack.bands):
        name, when = name_and_date(band.name)
        if when is None:
            problems.add(
                f"Band {number + 1} of '{layer}' is called '{band.name}'; it must end in a date, as EVI "
                "2024-01-01. Set the band's description."
            )
            continue
        if name != frames.name:
            problems.add(f"'{layer}' forecasts {name}, the series has {frames.name}.")
        if band.unit and frames.unit and band.unit != frames.unit and band.unit != "1":
            problems.add(f"'{layer}' is in {band.unit}, the series in {frames.unit}.")
        if when.year in bands:
            problems.add(f"'{layer}' has several bands of {when.year}. Give one per year.")
        bands[when.year] = number
    problems.raise_any()
    return dict(sorted(bands.items()))


def _limits_of(stack: Stack, layer: Layer, years: list[int]) -> dict[int, tuple[int, int]]:
    """The bands of lower and upper bound of each year."""
    bounds: dict[int, dict[str, int]] = {year: {} for year in years}
    for number, band in enumerate(stack.bands):
        for end in (LOW, HIGH):
            when = name_and_date(band.name.removesuffix(end))[1] if band.name.endswith(end) else None
            if when is not None and when.year in bounds:
                bounds[when.year][end] = number
    lacking = [year for year, pair in bounds.items() if len(pair) < 2]
    if lacking:
        raise RegionwiseError(
            f"'{layer}' has no bounds of {', '.join(map(str, lacking))}.",
            "Choose the Intervals of 'Map forecast'; its bands end in low and high.",
        )
    return {year: (pair[LOW], pair[HIGH]) for year, pair in bounds.items()}


@dataclass
class MapEvaluator:
    """Compares windows of a forecast with observations, and keeps sums and some cells of each.

    Parameters
    ----------
    window : int
        Years before the first forecast one that simple forecasts see.
    truth, forecast, bounds : Stack
        Open; `bounds` may be missing.
    shift : tuple of int
        Row and column of the forecast's first cell in the truth.
    bands : dict
        Band of the forecast of each year that was observed.
    limits : dict
        Bands of the bounds of each of these years.
    """

    window: int
    frames: Frames
    truth: Stack
    forecast: Stack
    bounds: Stack | None
    shift: tuple[int, int]
    origin: int
    bands: Mapping[int, int]
    limits: Mapping[int, tuple[int, int]]
    sums: dict[tuple[str, int, str], list[Array]] = field(default_factory=lambda: defaultdict(list))
    cells: list[Array] = field(default_factory=list)

    @property
    def grid(self) -> Grid:
        """That of the forecast."""
        return self.forecast.grid

    @property
    def years(self) -> list[int]:
        """The years that are forecast and observed."""
        return list(self.bands)

    @property
    def _ahead(self) -> int:
        """The years ahead of the last one; those of one forecast share changes as forecasts so far ahead do."""
        return max(self.years) - self.origin

    @cached_property
    def masks(self) -> list[str]:
        """Names of the masks."""
        return [band.name for band in self.truth.bands if band.sensor == MASK]

    @property
    def names(self) -> list[str]:
        """Names of the bands that `compare` answers."""
        skills = [f"skill over {PERSISTENCE}", f"skill over {CLIMATOLOGY}"]
        left = [f"{year} left its interval" for year in self.limits]
        return [*(f"{year} error" for year in self.years), *skills, *left]

    def compare(self, tile: Tile) -> Floats:
        """Errors by year, skills, and where the truth left its interval (1, below -1): (band, row, col)."""
        block = self.truth.read(tile.moved(*self.shift))
        now = self.origin + 1 - self.frames.first
        own = own_lags(self.frames.of(block, now - self.window, now))[1]
        steps = np.array(self.years) - self.frames.first
        observed = np.concatenate([self.frames.of(block, step, step + 1) for step in steps])
        horizon = int(steps.max()) - now + 1
        simple = baselines(self.window, own, horizon, np.zeros(horizon))
        models: dict[str, Array] = {name: (simple[name] + own["base"])[steps - now][:, None] for name in SIMPLE}
        forecast = self.forecast.read(tile)[list(self.bands.values())]
        models[OWN] = np.concatenate([forecast[:, None], self._limits(tile)], 1).astype(np.float64)
        climatology = own["mean"] + own["base"]
        masks = block[len(block) - len(self.masks) :]
        both = np.where(np.isfinite(forecast), observed, np.nan).astype(np.float64)  # all are scored by the same cells
        self._count(both, climatology, models, masks)
        self._keep(tile, observed, forecast, masks)
        errors = forecast - observed
        references = (models[PERSISTENCE][:, 0], climatology)
        bands = [errors, *(skill_map(errors, reference - observed)[None] for reference in references)]
        if self.limits:
            bands.append(side_of_interval(observed, models[OWN][:, 1], models[OWN][:, 2]))
        compared: Floats = np.concatenate(bands).astype(np.float32)
        return compared

    def _limits(self, tile: Tile) -> Floats:
        """The bounds of each year, shape (year, 2, row, col); (year, 0, row, col) without any."""
        if self.bounds is None:
            return np.empty((len(self.years), 0, tile.height, tile.width), np.float32)
        values = self.bounds.read(tile)
        return np.stack([values[list(pair)] for pair in self.limits.values()])

    def _count(self, observed: Array, climatology: Array, models: Mapping[str, Array], masks: Floats) -> None:
        """Add the sums of each block of a window."""
        rows, cols = (np.arange(length) // BLOCK for length in climatology.shape)
        block = (rows[:, None] * (cols[-1] + 1) + cols).ravel()
        flat_masks = masks.reshape(len(masks), climatology.size)
        parts = parts_of(dict(zip(self.masks, flat_masks, strict=True)), climatology.size)
        mean = climatology.ravel()
        for number, year in enumerate(self.years):
            references = {PERSISTENCE: models[PERSISTENCE][number, 0].ravel(), CLIMATOLOGY: mean}
            for model, values in models.items():
                forecast = values[number].reshape(values.shape[1], -1)
                cells = ScoredCells(observed[number].ravel(), mean, forecast, references, block)
                for part, inside in parts.items():
                    self.sums[model, year, part].append(cells.of(inside).sums(int(block[-1]) + 1))

    def _keep(self, tile: Tile, observed: Floats, forecast: Floats, masks: Floats) -> None:
        """Keep some cells for pictures: observations by year, the forecasts, and the masks, shape (row, cell)."""
        most = max(SHOWN // sum(1 for _ in plan(self.grid.area, SIDE)), 1)
        flat = np.concatenate([observed, forecast, masks]).reshape(2 * len(observed) + len(masks), -1)
        known = np.flatnonzero(np.isfinite(flat[: 2 * len(observed)]).any(0))
        drawn = np.random.default_rng((tile.row, tile.col)).permutation(known)[:most]
        self.cells.append(flat[:, drawn].astype(np.float64))

    def scores(self) -> MapScores:
        """The scores of all windows that were compared."""
        cells = np.concatenate(self.cells, 1)
        own, *simple = (column_of(self._sums(model, ALL), "squared") for model in (OWN, *SIMPLE))
        skills = {name: skill_bounds(own, squared, self._ahead) for name, squared in zip(SIMPLE, simple, strict=True)}
        return MapScores(self.frames.name, (OWN, *SIMPLE), self.years, self.masks, self._rows(), cells, skills)

    def _sums(self, model: str, part: str) -> Array:
        """All sums of a model in a part, shape (year, block, column)."""
        return np.stack([np.concatenate(self.sums[model, year, part]) for year in self.years])

    def _rows(self) -> list[Row]:
        """A row of scores of each model, part and year, and of all years together."""
        rows: list[Row] = []
        parts = list(dict.fromkeys(part for _, _, part in self.sums))
        for model, part in product((OWN, *SIMPLE), parts):
            sums = self._sums(model, part)
            by_year = zip(map(str, self.years), sums[:, None], strict=True)
            for year, some in ((EVERY, sums), *by_year):
                scores = scores_of(some, (PERSISTENCE, CLIMATOLOGY), self._ahead)
                rows.append({"model": model, "part": part, "year": year, **scores})
        return [row for row in rows if row["n"]]
