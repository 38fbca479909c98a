"""Mapping: how every family's ensemble maps a raster, here or on other machines, and goes on after a kill."""

from __future__ import annotations

import io
import json
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Generator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rasterio.warp import transform_bounds

from ..contract.errors import RegionwiseError
from ..contract.learning_params import MappingParams, ShareMappingParams
from ..contract.protocol import VERSION, Channel, Settings
from ..data.raster.grids import Grid, parse_extent
from ..data.raster.stack import Stack, raster_files
from ..data.raster.tiles import Tile
from ..learning.model_file import Model
from ..learning.model_types import with_torch
from ..mapping.backend_trial import MapSource, choose_backend, use, window_need
from ..mapping.dominance import dominance
from ..mapping.ensemble import Ensemble
from ..mapping.evidence.making import making_of
from ..mapping.map_looks import style_map
from ..mapping.mosaic import Layout, Mosaic, band_file
from ..mapping.products import Product, share_uncertainty, shares, tile_predictor
from ..mapping.run_map import choose_side, kept_plan, run_map, working_bytes
from ..mapping.styles.map_styles import SHARE, SHARE_DOUBT
from ..mapping.tile_pipeline import BLOCKS_AT_A_TIME, Maker, PredictTile
from ..runtime.context import RunContext
from ..runtime.executor import Executor, Log, Message, Reporter
from ..runtime.files import atomic, check_not_input, check_writable, fingerprint, make_folder, work_folder
from ..runtime.run import Result, Run, memory_in_use
from .device_choice import device_for
from .map_support import support_in_words, weight_tags
from .share_bands import band_product

if TYPE_CHECKING:  # it brings torch, which trees do without
    from ..inference.backend_choice import Choice

OPENED, TRIED = 0.02, 0.06  # of the progress: then model and rasters are open, and how networks compute is known
LIVE_ANSWERS = 12  # arrays of shares that exist at a time
KERNEL_BYTES = 256 * 2**20  # that libraries keep for windows of many shapes
CHOICE = "choice.json"  # in the work folder: how networks are computed, see `backend_choice`
SHARE_OUTPUTS = ("dominant", "uncertainty", "intervals", "folder")
ENTROPY, REGIONAL_WEIGHT, DEVIATION = "entropy", "regional_weight", "deviation"  # bands besides those of components


@dataclass(frozen=True)
class MapJob(ABC):
    """All that tiles are computed with, on this machine or on a worker."""

    source: MapSource

    @property
    def stack(self) -> Stack:
        """Where blocks are read from; open."""
        return self.source.stack

    @property
    def area(self) -> Tile:
        """The part of the grid that is mapped."""
        return self.source.area

    @property
    @abstractmethod
    def layouts(self) -> dict[str, Layout]:
        """The rasters that are wanted, by key."""

    @property
    @abstractmethod
    def halo(self) -> int:
        """Cells around a pixel that its answer depends on."""

    @abstractmethod
    def predict(self, keys: Collection[str]) -> PredictTile:
        """The function that computes the rasters called `keys` for a tile."""

    @abstractmethod
    def need(self, window: int) -> tuple[int, int]:
        """The memory (bytes) that a pixel of a tile takes, and what is taken besides.

        Parameters
        ----------
        window : int
            Side of the windows, in cells, by which networks compute a tile on the processor (0: not so).
        """

    def maker(self, mosaic: Mosaic) -> Maker:
        """The maker of tiles."""
        return Maker(self.source.bands, self.source.groups, self.halo, self.predict(mosaic.layouts), mosaic.encode)

    def choose_backend(self, memory_bytes: int, log: Log) -> Choice | None:
        """Let networks compute in the fastest way that is right, and return it; None: there is one way."""
        return None

    def use(self, choice: Choice | None) -> None:  # noqa: B027 (there is one way)
        """Let networks compute as `choice` says."""


@dataclass(frozen=True)
class EnsembleMap(MapJob):
    """An ensemble of members with all that is mapped of it.

    Parameters
    ----------
    products : dict
        The rasters that are wanted, by key.
    fast : bool
        Whether networks may compute in 16 bit.
    """

    ensemble: Ensemble
    products: dict[str, Product]
    fast: bool = False

    @property
    def layouts(self) -> dict[str, Layout]:
        """The rasters that are wanted, by key."""
        return {key: product.layout for key, product in self.products.items()}

    @property
    def halo(self) -> int:
        """Cells around a pixel that its answer depends on."""
        return self.ensemble.halo

    def predict(self, keys: Collection[str]) -> PredictTile:
        """The function that computes the rasters called `keys` for a tile."""
        return tile_predictor(self.ensemble, self.stack.grid, {key: self.products[key].values for key in keys})

    def need(self, window: int) -> tuple[int, int]:
        """The memory of blocks and answers, weights of members and regions, and numbers that members hold."""
        ensemble, predictors = self.ensemble, self.ensemble.predictors()
        answers = LIVE_ANSWERS * ensemble.mapped + len(ensemble.members) + 2 * len(ensemble.weights)
        live = max(predictor.live_numbers for predictor in predictors)
        pixel = live + answers + len(self.source.bands) * BLOCKS_AT_A_TIME
        fixed = window_need(ensemble, window) + KERNEL_BYTES if window else 0
        return 4 * pixel, fixed + max(predictor.held_bytes for predictor in predictors)

    def choose_backend(self, memory_bytes: int, log: Log) -> Choice | None:
        """Let networks compute in the fastest way that is right, and return it."""
        return choose_backend(self.source, self.ensemble, fast=self.fast, memory_bytes=memory_bytes, log=log)

    def use(self, choice: Choice | None) -> None:
        """Let networks compute as `choice` says."""
        use(self.ensemble, choice)


def share_products(params: ShareMappingParams, names: Sequence[str], models: Sequence[Model]) -> dict[str, Product]:
    """The rasters that are wanted of shares called `names`, by key."""
    text, tags = "Predicted shares (sum 1)", weight_tags(models[0])
    layout = Layout(params.output, tuple(names), SHARE, description=text, tags=tags)
    products = {"shares": Product(layout, shares)}
    if params.dominant:
        products["dominant"] = dominance(params.dominant, models[0].card.components)
    if params.uncertainty:
        bands = [f"{name}_{part}" for part in ("sd", "sd_data", "sd_model") for name in names]
        text = "Standard deviation of the shares, its data and model part, entropy, weight of the regional expert, mean"
        names_of_all = (*bands, ENTROPY, REGIONAL_WEIGHT, DEVIATION)
        layout = Layout(params.uncertainty, names_of_all, SHARE_DOUBT, description=f"{text}{support_in_words(models)}")
        products["sd"] = Product(layout, share_uncertainty)
    if params.intervals:
        products["intervals"] = band_product(params, names, models)
    return products


Prepare = Callable[[Any, list[Model], Stack, str, Log], MapJob]  # of parameters, models, stack and device
Open = Callable[[Any], tuple[list[Model], Stack]]  # models, and the stack before it is opened


@dataclass(frozen=True)
class MapSpec:
    """How a family opens what it maps, and what it maps of it; functions of modules, so that workers find them."""

    open: Open
    prepare: Prepare


@dataclass(frozen=True)
class MapRun:
    """A run of a map.

    Parameters
    ----------
    inputs : sequence of str
        Files that the map depends on.
    key : callable
        Gives for the map's job what tells the run from others, besides the files of `inputs`.
    folder : Path, optional
        Of single bands.
    finish : callable
        See `run_map.run_map`.
    """

    inputs: Sequence[str]
    key: Callable[[Any], Sequence[Any]]
    folder: Path | None = None
    finish: Callable[[dict[str, Path]], None] = lambda _: None


def check_outputs(outputs: Sequence[str], inputs: Sequence[str]) -> None:
    """Raise `RegionwiseError` for outputs that cannot be written or are inputs, also behind virtual rasters."""
    check_writable(*outputs)
    check_not_input(outputs, raster_files(filter(None, inputs)))


def check_share_outputs(
    params: ShareMappingParams, names: Sequence[str], inputs: Sequence[str], *more: str
) -> Path | None:
    """Check the rasters of shares called `names`, and `more`; return the folder of single bands, if there is one.

    Raises
    ------
    RegionwiseError
        If one cannot be written, is an input, or would be written twice.
    """
    rasters = [params.output, params.dominant, params.uncertainty, params.intervals, *more]
    check_outputs(rasters, inputs)
    if not params.folder:
        return None
    folder = make_folder(params.folder)
    files = [band_file(folder, name) for name in names]
    check_writable(*map(str, files))
    check_not_input(map(str, files), inputs)
    for path in filter(None, rasters):
        if Path(path).resolve() in [file.resolve() for file in files]:
            raise RegionwiseError(
                f"'{path}' is also the file of a component in Folder.", "Choose another folder, or another name."
            )
    return folder


def make_map(
    context: RunContext[MappingParams], spec: MapSpec, models: list[Model], stack: Stack, map_run: MapRun
) -> None:
    """Map every pixel with data; `stack` is open."""
    params, run, executor = context.params, context.run, context.executor
    types = {member.type for model in models for member in model.card.members}
    run.channel.stage("Reading model and rasters", until=OPENED)
    device = device_for(types, params.device, executor, run)
    job = spec.prepare(params, models, stack, "cpu" if executor.remote else device, run.channel)
    layouts = job.layouts
    bands = [(name, layout.bands) for name, layout in layouts.items()]  # what the tiles hold
    key = (VERSION, device, run.memory_bytes, bands, *map_run.key(job))
    work = work_folder(run.folder, fingerprint(*key, files=raster_files(map_run.inputs)))
    recipe = (spec, params, run.settings, device, uuid.uuid4().hex)
    remote = Remote(executor, recipe, run) if executor.remote else None
    if with_torch(types):
        run.channel.stage("Trying how networks are computed fastest", until=TRIED)
    choice = _settled_backend(job, remote, params, work, run)
    windowed = choice.largest if choice and device != "cuda" else 0  # which has memory of its own
    plan = kept_plan(work, job.area, job.halo, lambda: _side(job, windowed, run))
    mosaic = Mosaic(work, stack.grid, plan.area, layouts)
    maker = job.maker(mosaic)

    def contents(tiles: Sequence[Tile]) -> Generator[tuple[Tile, bytes]]:
        return remote.stream(choice, tiles) if remote else maker.stream(stack.reopened(), tiles)

    outputs = {name: layout for name, (layout, _) in mosaic.outputs(map_run.folder).items()}
    computing = {"choice": asdict(choice), "side": plan.side} if choice else {}
    making = making_of(params, map_run.inputs, models, outputs, device, computing)
    run_map(plan, mosaic, contents, folder=map_run.folder, channel=run.channel, finish=map_run.finish, tags=making.tags)
    style_map(layouts.values(), map_run.folder)
    making.write(outputs)


def written(params: MappingParams, *names: str) -> Result:
    """The outputs of a map, those called `names` among its parameters."""
    outputs = {name.upper(): getattr(params, name) for name in ("output", *names)}
    return Result({name: path for name, path in outputs.items() if path})


def _settled_backend(job: MapJob, remote: Remote | None, params: MappingParams, work: Path, run: Run) -> Choice | None:
    """How networks are computed: as the run began, or as a trial finds."""
    kept = work / CHOICE
    if kept.exists():
        from ..inference.backend_choice import Choice

        known = Choice(**json.loads(kept.read_text(encoding="utf-8")))
        run.channel.detail(f"Networks are computed by {known.describe()}, as this map was begun.")
        if remote is None:
            job.use(known)
        return known
    choice = remote.choose() if remote else job.choose_backend(run.memory_bytes, run.channel)
    if choice:
        with atomic(kept) as part:
            part.write_text(json.dumps(asdict(choice)), encoding="utf-8")
    return choice


Recipe = tuple[MapSpec, MappingParams, Settings, str, str]  # parameters, settings, device, name of the run


@dataclass(frozen=True)
class Remote:
    """Tiles and trials that other machines compute."""

    executor: Executor
    recipe: Recipe
    run: Run

    def choose(self) -> Choice | None:
        """The fastest way that is right, tried on one of the machines."""
        choice: Choice | None = next(self.executor.perform(_choose_there, [(self.recipe,)], self._tell))[1]
        return choice

    def stream(self, choice: Choice | None, tiles: Sequence[Tile]) -> Generator[tuple[Tile, bytes]]:
        """Yield finished tiles, in any order."""
        items = [(self.recipe, choice, tile) for tile in tiles]
        try:
            for number, content in self.executor.perform(_make_there, items, self._tell):
                yield tiles[number], content
        finally:
            self.executor.everywhere(_forget_there)

    def _tell(self, _: int, message: Message) -> None:
        self.run.channel.relay(message)


_KEPT: dict[str, MapJob] = {}  # of the last run, on a machine that computes work items


def _job_there(recipe: Recipe) -> MapJob:
    """The job of a map on a machine that computes work items; it stays until the run is done."""
    spec, params, _, device, name = recipe
    if name not in _KEPT:
        _forget_there()
        models, stack = spec.open(params)
        stack.__enter__()
        _KEPT[name] = spec.prepare(params, models, stack, device, Channel(io.BytesIO()))
    return _KEPT[name]


def _forget_there() -> None:
    for job in _KEPT.values():
        job.stack.close()
    _KEPT.clear()


def _choose_there(report: Reporter, recipe: Recipe) -> Choice | None:
    settings = recipe[2]
    return _job_there(recipe).choose_backend(settings.memory_bytes, report)


def _make_there(_: Reporter, recipe: Recipe, choice: Choice | None, tile: Tile) -> bytes:
    job = _job_there(recipe)
    job.use(choice)
    mosaic = Mosaic(Path(), job.stack.grid, job.area, job.layouts)
    return job.maker(mosaic).make(job.stack, tile)


def area_of(extent: str, grid: Grid) -> Tile:
    """The part of the grid inside `extent` (``xmin,ymin,xmax,ymax`` and a CRS), or all of it.

    Raises
    ------
    RegionwiseError
        If it lies elsewhere, or does not fit the CRS.
    """
    if not extent:
        return grid.area
    box, crs = parse_extent(extent)
    if crs is not None:
        box = transform_bounds(crs, grid.crs, *box)
    corners = [~grid.transform @ (x, y) for x in (box[0], box[2]) for y in (box[1], box[3])]
    if not np.isfinite(corners).all():
        raise RegionwiseError(f"Extent '{extent}' does not fit the CRS of the rasters.", "Draw it again.")
    cols, rows = [round(c) for c, _ in corners], [round(r) for _, r in corners]
    area = Tile(min(rows), min(cols), max(rows) - min(rows), max(cols) - min(cols))
    area = area.clipped(grid.height, grid.width)
    if not area.height or not area.width:
        raise RegionwiseError("The extent does not overlap the rasters.", "Choose one inside them.")
    return area


def _side(job: MapJob, window: int, run: Run) -> int:
    """The side of tiles whose working memory fits beside what the process holds already; see `MapJob.need`."""
    area, halo = job.area, job.halo
    pixel, fixed = job.need(window)
    pixel += 4 * BLOCKS_AT_A_TIME * sum(len(layout.bands) for layout in job.layouts.values())
    fixed += memory_in_use(run)
    side = choose_side(pixel, halo, run.memory_bytes, fixed)
    need = (fixed + working_bytes(min(side, max(area.height, area.width)), halo, pixel)) / 2**30
    run.channel.info(f"The map has {area.height} x {area.width} cells.")
    run.channel.detail(
        f"{area.height} x {area.width} cells in tiles of {side}, about {need:.2f} GiB in all "
        f"(Memory allows {run.settings.memory_gb:g})."
    )
    return side
