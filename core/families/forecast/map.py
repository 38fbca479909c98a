"""Map forecasts: the years after the last one of a series, with intervals, and their differences from years before."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np

from ...contract.errors import Problems, RegionwiseError
from ...data.raster.grids import Grid
from ...data.raster.stack import COVARIATE, SERIES, Stack, raster_files
from ...data.raster.tiles import Tile
from ...data.series.image_series import Series, band_name, read_series
from ...learning.card import Card
from ...learning.model_file import Model, read_model
from ...learning.model_types import StoredMember, with_torch
from ...mapping.backend_trial import MapSource
from ...mapping.mosaic import Layout, band_file
from ...mapping.styles import map_styles as styles
from ...mapping.tile_pipeline import BLOCKS_AT_A_TIME, Answer, PredictTile
from ...runtime.context import RunContext
from ...runtime.executor import Log
from ...runtime.files import check_not_input, check_writable, make_folder
from ...runtime.local_executor import executor_of
from ...runtime.run import Result, Run
from ...runtime.types import Floats, Mask
from ...targets.quantiles import FEWEST_YEARS, calibrated, side_of_interval
from ...workflow.cell_ratio import other_cells
from ...workflow.map_model import MapJob, MapRun, MapSpec, area_of, check_outputs, make_map, written
from .forecast_scores import skill_map
from .lag_features import Lagged, forecasts_of, halo_of_lags, lag_names, lagged, own_lags
from .lag_learners import LagPredictor, build
from .params import ForecastMapping
from .yearly_stack import LEARNED, Covariates, Frames, check_values, covariates_of, yearly

if TYPE_CHECKING:  # it brings torch, which trees do without
    from .net_learner import ForecastPredictor

FAMILY = "forecast"
OUTPUT, INTERVALS, CHANGE, SKILL = "output", "intervals", "change", "skill"
NOT_KEYS = (OUTPUT, INTERVALS, CHANGE, SKILL, "folder", "model", "series")
SKILLS = ("skill over persistence", "skill over the mean of the years seen")
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
        files = [str(band_file(folder, name)) for name in names]
        check_writable(*files)
        check_not_input(files, raster_files(inputs))
    with executor_of(run) as executor, stack:
        for text in _notices(card, frames, stack.grid):
            run.channel.warning(text)
        remedy = "Train again with Zeros = data or nodata; the model was never told which."
        check_values(stack, frames, card.training["zeros"], params.series, remedy)
        run.channel.info(f"From {frames.years[-1]}: {', '.join(names)}.")
        map_run = MapRun([*inputs, params.model], partial(_key, params, frames), folder)
        make_map(RunContext(params, run, executor), SPEC, models, stack, map_run)
    return written(params, INTERVALS, CHANGE, SKILL, "folder")


def _open(params: ForecastMapping) -> tuple[list[Model], Stack]:
    """The model, and the stack of series and covariates before it is opened."""
    model = read_model(params.model, FAMILY)
    nodata = model.card.training["zeros"] == "nodata"
    sensors = {SERIES: (read_series(params.series).layer,), COVARIATE: params.covariates}
    return [model], Stack(sensors, params.resampling, zero_missing=nodata, scales=model.card.scales)


def _frames(card: Card, series: Series, params: ForecastMapping) -> Frames:
    """The years up to the origin; refuse a series that is not like the one the model learned."""
    band, problems = card.bands[0], Problems()
    frames = yearly(series, params.origin, "Origin")
    if frames.name != band.name:
        problems.add(f"Series '{params.series}' has the band {frames.name}, the model forecasts {band.name}.")
    if frames.unit and band.unit and frames.unit != band.unit:
        problems.add(f"{frames.name} of '{params.series}' is in {frames.unit}, the model learned it in {band.unit}.")
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
    _check_intervals(card, params)
    if params.skill:
        _check_truth(card, series, frames, params.years)
    return frames


def _check_intervals(card: Card, params: ForecastMapping) -> None:
    """Raise `RegionwiseError` if intervals are wanted that too few years calibrated."""
    factors = card.forecast.factors[card.training["model_type"]]
    absent = [lead for lead, of_lead in enumerate(factors[: params.years], 1) if None in of_lead]
    if params.intervals and absent:
        lead = absent[0]
        raise RegionwiseError(
            f"Model '{params.model}' has no intervals {'1 year' if lead == 1 else f'{lead} years'} ahead: "
            f"{card.forecast.years[lead - 1]} years told how far off its forecasts are, and it takes {FEWEST_YEARS}.",
            "Leave Intervals out, or train with more Weighing years or Test years.",
        )


def _check_truth(card: Card, series: Series, seen: Frames, years: int) -> None:
    """Raise `RegionwiseError` unless there are images of all years that are forecast, and the model knows none."""
    origin, learned = seen.years[-1], int(card.training["last_year"])
    all_years = yearly(series)
    wanted = range(origin + 1, origin + 1 + years)
    absent = [year for year in wanted if year not in all_years.years or year in all_years.missing]
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
    """Sentences that a user should read before a map is made."""
    notices, learned = [], int(card.training["last_year"])
    if learned > seen.years[-1]:
        notices.append(
            f"The model has learned from years up to {learned}; a forecast from {seen.years[-1]} shows what it "
            "remembers, not what it is worth."
        )
    cells = other_cells(card, grid)
    if cells:
        notices.append(f"The series has {cells}: it sees another piece of the ground around each.")
    return notices


def _year_names(series: Series, frames: Frames, years: int) -> list[str]:
    """The names of the bands of the years to come, dated as the last image of the series."""
    last = series.dates[-1]
    return [
        band_name(frames.name, last.replace(year=frames.years[-1] + lead, day=min(last.day, 28)))
        for lead in range(1, years + 1)
    ]


def _key(params: ForecastMapping, frames: Frames, _: MapJob) -> Sequence[object]:
    """The parameters and years that tell the run from others."""
    return params.without(*NOT_KEYS), frames.first, frames.positions


@dataclass(frozen=True)
class MappedYears:
    """The years of a map, as numbers of the years of its series.

    Parameters
    ----------
    first, count : int
        The first one that is forecast, and how many are; those before are seen.
    learned : int
        The last one that the model learned from; forecasts are not compared with years up to there.
    """

    first: int
    count: int
    learned: int


@dataclass(frozen=True)
class ForecastMap(MapJob):
    """A model with all that is mapped of it.

    Parameters
    ----------
    frames : Frames
        All years of the series; their bands are those that the stack reads.
    rasters : dict
        Those that are wanted, by key.
    device : str
        Where networks compute.
    """

    model: Model
    frames: Frames
    covariates: Covariates
    rasters: dict[str, Layout]
    years: MappedYears
    device: str

    @property
    def layouts(self) -> dict[str, Layout]:
        """The rasters that are wanted, by key."""
        return self.rasters

    @cached_property
    def lag_predictors(self) -> dict[str, LagPredictor]:
        """Members that see features of the years before, by type."""
        return {kind: build(stored) for kind, stored in self._members(networks=False).items()}

    @cached_property
    def networks(self) -> dict[str, ForecastPredictor]:
        """Members that are networks, by type."""
        members = self._members(networks=True)
        if not members:
            return {}
        from .net_learner import build

        return {kind: build(stored) for kind, stored in members.items()}

    def _members(self, *, networks: bool) -> dict[str, StoredMember]:
        card, tensors = self.model.card, self.model.members
        return {
            member.type: StoredMember(card, member, tensors[member.name], self.device)
            for member in card.members
            if bool(with_torch([member.type])) == networks
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
        return list(card.forecast.weights) or [card.training["model_type"]]

    def predict(self, keys: Collection[str]) -> PredictTile:
        """The function that computes the rasters called `keys` for a tile."""
        return partial(self._predict, keys)

    def _predict(self, keys: Collection[str], tile: Tile, block: Floats, valid: Mask) -> Answer:
        """The answers for the valid pixels of a block."""
        years, halo = self.years, self.halo
        history = self.frames.of(block, years.first - self._window, years.first)
        more = self.covariates.table(block, years.first, self._window, self._horizon)
        inner = np.s_[..., halo : halo + tile.height, halo : halo + tile.width]
        members = self._lag_forecasts(history, more[inner], valid)
        for kind, network in self.networks.items():
            members[kind] = self._network_forecasts(network, tile, history, more)[:, :, valid]
        forecasts = self._mixed(members)[: years.count]
        own = {name: values[valid] for name, values in own_lags(history[inner])[1].items()}
        references = [(own[name] + own["base"]).astype(np.float32) for name in ("last", "mean")]
        first = max(years.first, years.learned + 1)
        observed = self.frames.of(block, first, years.first + years.count)[inner][:, valid]
        missing = np.full((years.count - len(observed), observed.shape[1]), np.nan, np.float32)
        return _answers(keys, forecasts, references, np.concatenate([missing, observed]))

    def _lag_forecasts(self, history: Floats, more: Floats, valid: Mask) -> dict[str, Floats]:
        """The forecasts from features of the years before by name, each (lead, 1 + level, pixel).

        Parameters
        ----------
        more : array, shape (feature, row, col)
            Of covariates, without a halo.
        """
        if not self.lag_predictors:
            return {}
        spare = self.halo - halo_of_lags()
        lags = lagged(history[:, spare : history.shape[1] - spare, spare : history.shape[2] - spare])
        table = np.ascontiguousarray(np.concatenate([lags.table[:, valid], more[:, valid]]))
        cells = Lagged(lags.base[valid], table)
        forecasts: dict[str, Floats] = {}
        for kind, predictor in self.lag_predictors.items():
            wanted = {name: number for number, name in enumerate(forecasts_of(kind)) if name in self._wanted}
            forecasts |= dict(zip(wanted, predictor.answer(cells, list(wanted.values())), strict=True))
        return forecasts

    def _network_forecasts(self, network: ForecastPredictor, tile: Tile, history: Floats, more: Floats) -> Floats:
        """The forecasts of a network for a tile, shape (lead, 1 + level, row, col).

        It sees a cut whose borders are multiples of its stride in the raster, wherever the tile lies.
        """
        shift = [(first - network.halo) % network.stride for first in (tile.row, tile.col)]
        cuts = []
        for length, before in zip((tile.height, tile.width), shift, strict=True):
            start, whole = self.halo - network.halo - before, length + 2 * network.halo + before
            cuts.append(slice(start, start + whole + -whole % network.stride))
        forecasts = network.answer(history[:, cuts[0], cuts[1]], more[:, cuts[0], cuts[1]])
        return forecasts[..., shift[0] : shift[0] + tile.height, shift[1] : shift[1] + tile.width]

    def _mixed(self, members: dict[str, Floats]) -> Floats:
        """Calibrated mean and quantiles of the chosen model, shape (lead, 1 + level, pixel)."""
        calibration, chosen = self.model.card.forecast, self.model.card.training["model_type"]
        if chosen in members:
            forecasts = members[chosen]
        else:
            forecasts = np.zeros_like(next(iter(members.values())))
            for name, weights in calibration.weights.items():
                forecasts += members[name] * np.array(weights, np.float32)[:, None, None]
        return calibrated(forecasts, np.array(calibration.factors[chosen], np.float64))  # None is NaN

    def need(self, window: int) -> tuple[int, int]:
        """The memory (bytes) that a pixel of a tile takes, and what is taken besides."""
        features = len(lag_names(self._window)) + len(self.covariates.features(self._horizon))
        network = max([0, *(predictor.numbers for predictor in self.networks.values())])
        numbers = self._horizon * (1 + len(self.model.card.forecast.levels))
        single = len(self.stack.bands) * BLOCKS_AT_A_TIME + network + len(self._wanted) * numbers
        return 8 * LIVE * (features + numbers) + 4 * single, 0


def _answers(keys: Collection[str], forecasts: Floats, references: Sequence[Floats], observed: Floats) -> Answer:
    """The rasters called `keys` of forecasts, shape (lead, 1 + level, pixel).

    Parameters
    ----------
    references : sequence of arrays, shape (pixel,)
        The last value that is known, and the mean of the years that are seen.
    observed : array, shape (lead, pixel)
        NaN where it is not known, or the model learned from it.
    """
    forecast, low, high = forecasts[:, 0], forecasts[:, 1:].min(1), forecasts[:, 1:].max(1)
    answers = {OUTPUT: forecast}
    if INTERVALS in keys:
        answers[INTERVALS] = np.concatenate([low, high, high - low])
    if CHANGE in keys:
        changes = [forecast - reference for reference in references]
        answers[CHANGE] = np.concatenate([*changes, side_of_interval(observed, low, high)])
    if SKILL in keys:
        skills = [skill_map(forecast - observed, reference - observed)[None] for reference in references]
        answers[SKILL] = np.concatenate([forecast - observed, *skills])
    return answers


def _prepare(params: ForecastMapping, models: list[Model], stack: Stack, device: str, log: Log) -> ForecastMap:
    """The job of a map; the stack reads what it needs from then on."""
    series, card = read_series(params.series), models[0].card
    seen, frames = _frames(card, series, params), yearly(series)
    year, window, horizon = len(seen.years), int(card.training["window"]), len(card.components)
    covariates = covariates_of(stack.bands, frames.first).of_model(card.bands)
    covariates.check(year, year + horizon - 1, f"the model forecasts {horizon} years at once from {seen.years[-1]}")
    needed = {*frames.bands(year - window, year + params.years), *covariates.bands(year, window, horizon)}
    read = sorted(needed)
    stack.limit(read)
    frames = frames.among(read)
    source = MapSource(
        stack, list(range(len(stack.bands))), [frames.bands(year - window, year)], area_of(params.extent, stack.grid)
    )
    rasters = _layouts(params, card, frames, _year_names(series, seen, params.years))
    years = MappedYears(year, params.years, int(card.training["last_year"]) - frames.first)
    return ForecastMap(source, models[0], frames, covariates.among(read), rasters, years, device)


def _layouts(params: ForecastMapping, card: Card, frames: Frames, names: Sequence[str]) -> dict[str, Layout]:
    """The rasters that are wanted of the years called `names`, by key."""
    unit = frames.unit or "1"
    text = f"Forecast of {frames.name} {LEARNED} {int(card.training['last_year'])}"
    layouts = {OUTPUT: Layout(params.output, tuple(names), styles.INDEX, unit, text)}
    if params.intervals:
        levels = card.forecast.levels
        bounds = tuple(f"{name} {end}" for end in ("low", "high", "width") for name in names)
        style = replace(styles.INDEX_WIDTH, band=f"{names[0]} width")
        text_of_bounds = f"Quantiles {levels[0]:g} and {levels[-1]:g}, and their distance"
        layouts[INTERVALS] = Layout(params.intervals, bounds, style, unit, text_of_bounds)
    if params.change:
        references = ("last year", "mean of the years seen")
        changes = [f"{name} - {reference}" for reference in references for name in names]
        bands = (*changes, *(f"{name} left its interval" for name in names))
        text = "Forecast minus what was; what came outside"
        layouts[CHANGE] = Layout(params.change, bands, replace(styles.DIFFERENCE, together=len(names)), unit, text)
    if params.skill:
        bands = (*(f"{name} error" for name in names), *SKILLS)
        text = "Forecast minus what came; skill over both"
        layouts[SKILL] = Layout(params.skill, bands, replace(styles.DIFFERENCE, together=len(names)), unit, text)
    return layouts


SPEC = MapSpec(_open, _prepare)
