"""Map forecasts: the years after the last one of a series, with intervals, and how they differ from what was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ...contract.errors import Problems, RegionwiseError
from ...data.raster.grids import Grid
from ...data.raster.stack import COVARIATE, SERIES, Stack, raster_files
from ...data.raster.tiles import Tile
from ...data.series.image_series import Series, band_name, read_series
from ...learning.model_file import Card, Model, read_model
from ...learning.model_types import with_torch
from ...mapping.mosaic import Layout, Mosaic
from ...mapping.tile_pipeline import Answer, Maker
from ...runtime.context import RunContext
from ...runtime.executor import Log
from ...runtime.filenames import safe_name
from ...runtime.files import check_not_input, check_writable, make_folder
from ...runtime.local_executor import executor_of
from ...runtime.run import Result, Run
from ...runtime.types import Floats, Mask
from ...workflow.map_model import WAITING, MapRun, MapSpec, area_of, check_outputs, make_map, written
from .covariates import Covariates, covariates_of
from .forecast_scores import left_interval, skill_map
from .lag_features import forecasts_of, halo_of_lags, lag_names, lagged, own_lags
from .lag_learners import LagPredictor
from .params import ForecastMapping
from .rolling_origin import LEARNED, calibrated
from .yearly_stack import Frames, check_values, yearly

if TYPE_CHECKING:  # it brings torch, which trees do without
    from .net_learner import ForecastPredictor

FAMILY = "forecast"
OUTPUT, INTERVALS, CHANGE, SKILL = "output", "intervals", "change", "skill"
NOT_KEYS = (OUTPUT, INTERVALS, CHANGE, SKILL, "folder", "model", "series")
SKILLS = ("skill over persistence", "skill over the mean of the years seen")
LIKE = 1.1  # ratio of cell sizes that counts as the same
LIVE = 4  # tables of features, and of a forecast's numbers, that exist at a time, in double precision


def map_forecast(params: ForecastMapping, run: Run) -> Result:
    """Map every cell that has a value in one of the years that the model sees."""
    series = read_series(params.series)
    models, stack = _open(params)
    inputs = [series.raster, *(layer.path for layer in params.covariates)]
    outputs = [params.output, params.intervals, params.change, params.skill]
    check_outputs(outputs, [*inputs, params.series, params.model])
    card = models[0].card
    frames = _frames(card, series, params)
    folder = make_folder(params.folder) if params.folder else None
    names = _year_names(series, frames, params.years)
    if folder:
        files = [str(folder / f"{safe_name(name)}.tif") for name in names]
        check_writable(*files)
        check_not_input(files, raster_files(inputs))
    with executor_of(run) as executor, stack:
        for text in (*stack.notices, *_notices(card, frames, stack.grid)):
            run.channel.warning(text)
        remedy = "Train again with Zeros = data or nodata; the model was never told which."
        check_values(stack, frames, card.training["zeros"], params.series, remedy)
        run.channel.info(f"From {frames.years[-1]}: {', '.join(names)}.")
        map_run = MapRun([*inputs, params.model], partial(_key, params, frames), folder)
        make_map(RunContext(params, run, executor), MapSpec(_open, _prepare), models, stack, map_run)
    return written(params, INTERVALS, CHANGE, SKILL, "folder")


def _open(params: ForecastMapping) -> tuple[list[Model], Stack]:
    """The model, and the stack of series and covariates before it is opened."""
    model = read_model(params.model, FAMILY)
    nodata = model.card.training["zeros"] == "nodata"
    sensors = {SERIES: (read_series(params.series).layer,), COVARIATE: params.covariates}
    return [model], Stack(sensors, params.resampling, zero_missing=nodata)


def _frames(card: Card, series: Series, params: ForecastMapping) -> Frames:
    """The years up to the origin; refuse a series that is not like the one the model learned."""
    band, problems = card.bands[0], Problems()
    frames = yearly(series, params.origin, "Origin")
    if frames.name != band["name"]:
        problems.add(f"Series '{params.series}' has the band {frames.name}, the model forecasts {band['name']}.")
    if frames.unit and band["unit"] and frames.unit != band["unit"]:
        problems.add(f"{frames.name} of '{params.series}' is in {frames.unit}, the model learned it in {band['unit']}.")
    if params.origin and frames.years[-1] != params.origin:
        problems.add(f"Series '{params.series}' has no image of {params.origin} (Origin).")
    window, horizon = card.training["window"], len(card.components)
    if len(frames.years) < window:
        problems.add(f"Series '{params.series}' has {len(frames.years)} years, the model sees {window}.")
    if params.years > horizon:
        problems.add(
            f"Years is {params.years}, the model forecasts {horizon}; choose fewer, or train with a longer Horizon."
        )
    problems.raise_any()
    if params.skill:
        _check_truth(card, series, frames, params.years)
    return frames


def _check_truth(card: Card, series: Series, seen: Frames, years: int) -> None:
    """Raise `RegionwiseError` unless there are images of all years that are forecast, and the model knows none."""
    origin, learned = seen.years[-1], int(card.training["last_year"])
    every = yearly(series)
    wanted = range(origin + 1, origin + 1 + years)
    absent = [year for year in wanted if year not in every.years or year in every.missing]
    if absent:
        raise RegionwiseError(
            f"Skill needs what came: series '{series.path}' has no image of {', '.join(map(str, absent))}.",
            "Choose an earlier Origin, or leave Skill out.",
        )
    if learned > origin:
        raise RegionwiseError(
            f"Skill would judge years from {origin + 1} on by a model that learned from years up to {learned}.",
            f"Train with Last year {origin}, or choose a later Origin.",
        )


def _notices(card: Card, seen: Frames, grid: Grid) -> list[str]:
    """Return what a user should know before a map is made."""
    found, learned = [], int(card.training["last_year"])
    if learned > seen.years[-1]:
        found.append(
            f"The model has learned from years up to {learned}; a forecast from {seen.years[-1]} shows what it "
            "remembers, not what it is worth."
        )
    ratio = grid.cell_size / card.cell_size if card.cell_size else 1.0
    if not 1 / LIKE < ratio < LIKE:
        found.append(
            f"The series has cells of {grid.cell_size:g}, the model was trained on {card.cell_size:g}: it sees another "
            "piece of the ground around each."
        )
    return found


def _year_names(series: Series, frames: Frames, years: int) -> list[str]:
    """The names of the bands of the years to come, dated as the last image of the series."""
    last = series.dates[-1]
    return [
        band_name(frames.name, last.replace(year=frames.years[-1] + lead, day=min(last.day, 28)))
        for lead in range(1, years + 1)
    ]


def _key(params: ForecastMapping, frames: Frames, _: Any) -> Sequence[Any]:
    """Return what tells the run from others."""
    return params.without(*NOT_KEYS), frames.first, frames.positions


@dataclass(frozen=True)
class ForecastMap:
    """All that tiles are computed with; see `spine.mapping.MapJob`.

    Parameters
    ----------
    frames : Frames
        All years of the series; their bands are those that the stack reads.
    year : int
        Number of the first year that is forecast; those before it are seen.
    learned : int
        Number of the last year that the model learned from; it is not judged by years up to there.
    """

    model: Model
    stack: Stack
    frames: Frames
    covariates: Covariates
    area: Tile
    layouts: dict[str, Layout]
    year: int
    years: int
    learned: int
    device: str

    @cached_property
    def lag_predictors(self) -> dict[str, LagPredictor]:
        """Members that see features of the years before, by type."""
        card, members = self.model.card, self.model.members
        levels = tuple(card.calibration["levels"])
        return {
            member.type: LagPredictor(member.type, self._window, len(card.components), levels, members[member.name])
            for member in card.members
            if not with_torch([member.type])
        }

    @cached_property
    def networks(self) -> dict[str, ForecastPredictor]:
        """Members that are networks, by type."""
        card, members = self.model.card, self.model.members
        kinds = [member for member in card.members if with_torch([member.type])]
        if not kinds:
            return {}
        import torch

        from .net_learner import ForecastPredictor

        device = torch.device(self.device)
        return {
            kind.type: ForecastPredictor(kind.type, card.network[kind.type], members[kind.name], kind.name, device)
            for kind in kinds
        }

    @property
    def halo(self) -> int:
        """Cells around a pixel that its answer depends on; networks that halve images need their cut in step."""
        predictors = self.networks.values()
        return max([halo_of_lags(), *(predictor.halo + predictor.stride - 1 for predictor in predictors)])

    @property
    def _window(self) -> int:
        return int(self.model.card.training["window"])

    @property
    def _horizon(self) -> int:
        return len(self.model.card.components)

    @property
    def _wanted(self) -> Sequence[str]:
        """The forecasts that the chosen one is, or is the mean of."""
        card = self.model.card
        return list(card.calibration["weights"]) or [card.training["model_type"]]

    def maker(self, mosaic: Mosaic) -> Maker:
        """Return what makes tiles."""
        bands = list(range(len(self.stack.bands)))
        seen = self.frames.bands(self.year - self._window, self.year)
        return Maker(bands, [seen], self.halo, self._predict, mosaic.encode)

    def _predict(self, tile: Tile, block: Floats, valid: Mask) -> Answer:
        """The answers for the valid pixels of a block."""
        window, halo = self._window, self.halo
        history = self.frames.of(block, self.year - window, self.year)
        more = self.covariates.table(block, self.year, window, self._horizon)
        inner = np.s_[..., halo : halo + tile.height, halo : halo + tile.width]
        own = {name: values[valid] for name, values in own_lags(history[inner])[1].items()}
        parts: dict[str, Floats] = {}
        if self.lag_predictors:
            spare = halo - halo_of_lags()
            seen = lagged(history[:, spare : history.shape[1] - spare, spare : history.shape[2] - spare])
            table = np.ascontiguousarray(np.concatenate([seen.table[:, valid], more[inner][:, valid]]))
        for kind, predictor in self.lag_predictors.items():
            names = [(number, name) for number, name in enumerate(forecasts_of(kind)) if name in self._wanted]
            answers = predictor.answer(seen.base[valid], table, [number for number, _ in names])
            parts |= {name: answer for (_, name), answer in zip(names, answers, strict=True)}
        for kind, network in self.networks.items():
            parts[kind] = self._imagined(network, tile, history, more)[:, :, valid]
        found = self._mixed(parts)[: self.years]
        last, mean = ((own[name] + own["base"]).astype(np.float32) for name in ("last", "mean"))
        first = max(self.year, self.learned + 1)  # of the years by which it is judged
        came = self.frames.of(block, first, self.year + self.years)[inner][:, valid]
        missing = np.full((self.years - len(came), came.shape[1]), np.nan, np.float32)
        return self._told(found, last, mean, np.concatenate([missing, came]))

    def _told(self, found: Floats, last: Floats, mean: Floats, came: Floats) -> Answer:
        """Return what is written of the forecasts `found`, shape (lead, 1 + level, pixel).

        Parameters
        ----------
        last, mean : array, shape (pixel,)
            The last value that is known, and the mean of the years that are seen.
        came : array, shape (lead, pixel)
            NaN where it is not known, or the model learned from it.
        """
        forecast, low, high = found[:, 0], found[:, 1:].min(1), found[:, 1:].max(1)
        answers = {OUTPUT: forecast}
        if INTERVALS in self.layouts:
            answers[INTERVALS] = np.concatenate([low, high])
        if CHANGE in self.layouts:
            answers[CHANGE] = np.concatenate([forecast - last, forecast - mean, left_interval(came, low, high)])
        if SKILL in self.layouts:
            skills = [skill_map(forecast - came, other - came)[None] for other in (last, mean)]
            answers[SKILL] = np.concatenate([forecast - came, *skills])
        return answers

    def _imagined(self, predictor: ForecastPredictor, tile: Tile, history: Floats, more: Floats) -> Floats:
        """Return what a network forecasts for a tile, shape (lead, 1 + level, row, col).

        It sees a cut whose borders are multiples of its stride in the raster, wherever the tile lies.
        """
        shift = [(first - predictor.halo) % predictor.stride for first in (tile.row, tile.col)]
        cuts = []
        for length, own in zip((tile.height, tile.width), shift, strict=True):
            start, whole = self.halo - predictor.halo - own, length + 2 * predictor.halo + own
            cuts.append(slice(start, start + whole + -whole % predictor.stride))
        found = predictor.answer(history[:, cuts[0], cuts[1]], more[:, cuts[0], cuts[1]])
        return found[..., shift[0] : shift[0] + tile.height, shift[1] : shift[1] + tile.width]

    def _mixed(self, parts: dict[str, Floats]) -> Floats:
        """Calibrated mean and quantiles of the chosen model, shape (lead, 1 + level, pixel)."""
        calibration, chosen = self.model.card.calibration, self.model.card.training["model_type"]
        if chosen in parts:
            found = parts[chosen]
        else:
            found = np.zeros_like(next(iter(parts.values())))
            for name, weights in calibration["weights"].items():
                found += parts[name] * np.array(weights, np.float32)[:, None, None]
        return calibrated(found, np.array(calibration["factors"][chosen]))

    def need(self, window: int) -> tuple[int, int]:
        """The memory (bytes) that a pixel of a tile takes, and what is taken besides."""
        features = len(lag_names(self._window)) + len(self.covariates.features(self._horizon))
        network = max([0, *(predictor.numbers for predictor in self.networks.values())])
        numbers = self._horizon * (1 + len(self.model.card.calibration["levels"]))
        single = len(self.stack.bands) * WAITING + network + len(self._wanted) * numbers
        return 8 * LIVE * (features + numbers) + 4 * single, 0

    def choose_backend(self, memory_bytes: int, log: Log) -> None:
        """Do nothing: there is one way."""

    def use(self, choice: object) -> None:
        """Do nothing: there is one way."""


def _prepare(params: ForecastMapping, models: list[Model], stack: Stack, device: str, log: Log) -> ForecastMap:
    """Return what tiles are computed with; the stack reads what they need from then on."""
    series, card = read_series(params.series), models[0].card
    seen, frames = _frames(card, series, params), yearly(series)
    year, window, horizon = len(seen.years), int(card.training["window"]), len(card.components)
    covariates = covariates_of(stack.bands, frames.first).learned(card.bands)
    covariates.check(year, year + horizon - 1, f"the model forecasts {horizon} years at once from {seen.years[-1]}")
    needed = {*frames.bands(year - window, year + params.years), *covariates.bands(year, window, horizon)}
    read = sorted(needed)
    stack.limit(read)
    names = _year_names(series, seen, params.years)
    unit = frames.unit or "1"
    learned = int(card.training["last_year"])
    text = f"Forecast of {frames.name} {LEARNED} {learned}"
    layouts = {OUTPUT: Layout(params.output, tuple(names), unit, text)}
    if params.intervals:
        levels = card.calibration["levels"]
        bounds = tuple(f"{name} {part}" for part in ("low", "high") for name in names)
        layouts[INTERVALS] = Layout(params.intervals, bounds, unit, f"Quantiles {levels[0]:g} and {levels[-1]:g}")
    if params.change:
        parts = ("last year", "mean of the years seen")
        bands = tuple(f"{name} - {part}" for part in parts for name in names)
        left = tuple(f"{name} left its interval" for name in names)
        layouts[CHANGE] = Layout(
            params.change, (*bands, *left), unit, "Forecast minus what was; what came outside", differences=True
        )
    if params.skill:
        errors = tuple(f"{name} error" for name in names)
        layouts[SKILL] = Layout(
            params.skill, (*errors, *SKILLS), unit, "Forecast minus what came; skill over both", differences=True
        )
    return ForecastMap(
        models[0],
        stack,
        frames.among(read),
        covariates.among(read),
        area_of(params.extent, stack.grid),
        layouts,
        year,
        params.years,
        learned - frames.first,
        device,
    )
