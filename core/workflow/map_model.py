"""Mapping: how every family's ensemble maps a raster, here or on other machines, and goes on after a kill."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Callable, Generator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from rasterio.warp import transform_bounds

from ..contract.errors import RegionwiseError
from ..contract.params import MappingParams, ShareMappingParams
from ..contract.protocol import VERSION, Channel, Settings
from ..data.raster import styles
from ..data.raster.grids import Grid, parse_extent
from ..data.raster.stack import Stack, raster_files
from ..data.raster.tiles import Tile
from ..features.window_features import read_features
from ..learning.contracts import ANSWER_BYTES
from ..learning.model_file import Card, Model
from ..learning.model_types import WITHOUT_TORCH
from ..mapping.assembly import choose_backend, use, window_need
from ..mapping.ensemble import Ensemble, tile_predictor
from ..mapping.mosaic import Layout, Mosaic
from ..mapping.run_map import choose_side, plan_with_defaults, run_map, working_bytes
from ..mapping.tile_pipeline import AHEAD, Maker
from ..runtime.executor import Executor, Log, Message, Reporter
from ..runtime.filenames import safe_name
from ..runtime.files import atomic, check_not_input, check_writable, fingerprint, make_folder, work_folder
from ..runtime.run import Result, Run, memory_in_use
from ..runtime.types import Floats
from ..targets.dirichlet import LEVELS
from .device_choice import device_for

if TYPE_CHECKING:  # it brings torch, which trees do without
    from ..inference.backend_choice import Choice

WAITING = AHEAD + 4  # tiles whose blocks and answers exist at a time
LIVE_ANSWERS = 12  # arrays of shares that exist at a time
KERNEL_BYTES = 256 * 2**20  # that libraries keep for windows of many shapes
CHOICE = "choice.json"  # in the work folder: how networks are computed, see `trial.py`
SHARE_OUTPUTS = ("uncertainty", "intervals", "folder")
ENTROPY, REGIONAL_WEIGHT = "entropy", "regional_weight"  # bands beside those of the components


class MapJob(Protocol):
    """All that tiles are computed with, on this machine or on a worker."""

    @property
    def stack(self) -> Stack:
        """Where blocks are read from; open."""

    @property
    def area(self) -> Tile:
        """What is mapped."""

    @property
    def layouts(self) -> dict[str, Layout]:
        """The rasters that are wanted, by key."""

    @property
    def halo(self) -> int:
        """Cells around a pixel that its answer depends on."""

    def maker(self, mosaic: Mosaic) -> Maker:
        """Return what makes tiles."""

    def need(self, window: int) -> tuple[int, int]:
        """The memory (bytes) that a pixel of a tile takes, and what is taken besides.

        Parameters
        ----------
        window : int
            Side of the windows, in cells, by which networks compute a tile on the processor (0: not so).
        """

    def choose_backend(self, memory_bytes: int, log: Log) -> Choice | None:
        """Let networks compute in the fastest way that is right, and return it."""

    def use(self, choice: Choice | None) -> None:
        """Let networks compute as `choice` says."""


@dataclass(frozen=True)
class EnsembleMap:
    """An ensemble of members with all that it maps; see `MapJob`.

    Parameters
    ----------
    bands : list of int
        Positions in the stack of the bands that the models get, in order.
    groups : list of lists of int
        Which of `bands` say where there are data, see `pipeline.with_data`.
    layouts : dict
        The rasters that are wanted, by key; the ensemble knows their numbers, see `voices.predictor`.
    widths : array, shape (2, name), optional
        Of intervals, see `voices.predictor`.
    fast : bool
        Whether networks may compute in 16 bit.
    """

    models: list[Model]
    stack: Stack
    bands: list[int]
    groups: list[list[int]]
    area: Tile
    ensemble: Ensemble
    layouts: dict[str, Layout]
    widths: Floats | None = None
    fast: bool = False

    @property
    def halo(self) -> int:
        """Cells around a pixel that its answer depends on."""
        return self.ensemble.halo

    def maker(self, mosaic: Mosaic) -> Maker:
        """Return what makes tiles."""
        predict = tile_predictor(self.ensemble, self.stack.grid, list(mosaic.layouts), self.widths)
        return Maker(self.bands, self.groups, self.halo, predict, mosaic.encode)

    def need(self, window: int) -> tuple[int, int]:
        """The memory of blocks and answers, weights of members and regions, and statistics of trees."""
        ensemble, cards = self.ensemble, [model.card for model in self.models]
        answers = LIVE_ANSWERS * ensemble.mapped + len(ensemble.speakers) + 2 * len(ensemble.weights)
        pixel = max(map(_live_features, cards)) + answers + len(self.bands) * WAITING
        dated = any(member.type in card.network for card in cards for member in card.members)
        fixed = window_need(self.models, window) + KERNEL_BYTES if window else 0
        return 4 * pixel, fixed + (ANSWER_BYTES if dated else 0)

    def choose_backend(self, memory_bytes: int, log: Log) -> Choice | None:
        """Let networks compute in the fastest way that is right, and return it."""
        return choose_backend(
            self.ensemble,
            self.models,
            self.stack,
            self.bands,
            self.groups,
            self.area,
            fast=self.fast,
            memory_bytes=memory_bytes,
            log=log,
        )

    def use(self, choice: Choice | None) -> None:
        """Let networks compute as `choice` says."""
        use(self.ensemble, choice)


def share_layouts(params: ShareMappingParams, names: Sequence[str]) -> dict[str, Layout]:
    """The rasters that are wanted of shares called `names`, by key."""
    layouts = {"shares": Layout(params.output, tuple(names), description="Predicted shares (sum 1)")}
    if params.uncertainty:
        parts = [f"{name}_{part}" for part in ("sd", "sd_data", "sd_model") for name in names]
        text = "Standard deviation of the shares, its data and model part, entropy, weight of the regional expert"
        layouts["sd"] = Layout(params.uncertainty, (*parts, ENTROPY, REGIONAL_WEIGHT), description=text)
    if params.intervals:
        bounds = tuple(f"{name}_{part}" for part in ("low", "high") for name in names)
        text = f"Conformal bands at level {params.level:g}"
        layouts["intervals"] = Layout(params.intervals, bounds, description=text)
    return layouts


def interval_widths(models: Sequence[Model], names: Sequence[str], level: float) -> Floats:
    """How many standard deviations the bands of global model and experts reach to each side, per component."""
    widths = []
    for card in (models[0].card, models[-1].card):
        quantiles = card.calibration.get("conformal", {})
        widths.append([np.interp(level, LEVELS, quantiles[name]) if name in quantiles else np.nan for name in names])
    return np.array(widths, np.float32)


Prepare = Callable[[Any, list[Model], Stack, str, Log], MapJob]  # of parameters, models, stack and device
Open = Callable[[Any], tuple[list[Model], Stack]]  # models, and the stack before it is opened


@dataclass(frozen=True)
class Family:
    """How a family opens what it maps and makes it ready; functions of modules, so that workers find them."""

    open: Open
    prepare: Prepare


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
    rasters = [params.output, params.uncertainty, params.intervals, *more]
    check_outputs(rasters, inputs)
    if not params.folder:
        return None
    folder = make_folder(params.folder)
    files = [folder / f"{safe_name(name)}.tif" for name in names]
    check_writable(*map(str, files))
    check_not_input(map(str, files), inputs)
    for path in filter(None, rasters):
        if Path(path).resolve() in [file.resolve() for file in files]:
            raise RegionwiseError(
                f"'{path}' is also the file of a component in Folder.", "Choose another folder, or another name."
            )
    return folder


def make_map(
    family: Family,
    params: MappingParams,
    models: list[Model],
    stack: Stack,
    executor: Executor,
    run: Run,
    *,
    key: Callable[[Any], Sequence[Any]],
    inputs: Sequence[str],
    folder: Path | None,
    finish: Callable[[dict[str, Path]], None] = lambda _: None,
) -> None:
    """Map every pixel with data.

    Parameters
    ----------
    stack : Stack
        Open.
    key : callable
        Returns what, beside parameters and the files of `inputs`, tells this run from others.
    finish : callable
        See `mapping.run_map`.
    """
    types = {member.type for model in models for member in model.card.members}
    device = device_for(types, params.device, executor, run)
    ready = family.prepare(params, models, stack, "cpu" if executor.remote else device, run.channel)
    layouts = ready.layouts
    parts = (VERSION, device, run.memory_bytes, list(layouts), *key(ready))
    work = work_folder(run.folder, fingerprint(*parts, files=raster_files(inputs)))
    recipe = (family, params, run.settings, device, uuid.uuid4().hex)
    remote = Remote(executor, recipe, run) if executor.remote else None
    choice = _choice_with_defaults(ready, remote, params, work, run)
    windowed = choice.largest if choice and device != "cuda" else 0  # which has memory of its own
    plan = plan_with_defaults(work, ready.area, ready.halo, lambda: _side(ready, windowed, run))
    mosaic = Mosaic(work, stack.grid, plan.area, layouts)
    maker = ready.maker(mosaic)

    def contents(tiles: Sequence[Tile]) -> Generator[tuple[Tile, bytes]]:
        return remote.stream(choice, tiles) if remote else maker.stream(stack.reopened(), tiles)

    run_map(plan, mosaic, contents, folder=folder, channel=run.channel, finish=finish)
    for layout in (layout for layout in layouts.values() if layout.path):
        styles.write_style(Path(layout.path), layout.classes, ordered=layout.ordered, differences=layout.differences)


def written(params: MappingParams, *names: str) -> Result:
    """The outputs of a map, those called `names` among its parameters."""
    outputs = {name.upper(): getattr(params, name) for name in ("output", *names)}
    return Result({name: path for name, path in outputs.items() if path})


def _choice_with_defaults(
    ready: MapJob, remote: Remote | None, params: MappingParams, work: Path, run: Run
) -> Choice | None:
    """How networks are computed: as the run began, or as a trial finds."""
    kept = work / CHOICE
    if kept.exists():
        from ..inference.backend_choice import Choice

        known = Choice(**json.loads(kept.read_text(encoding="utf-8")))
        run.channel.info(f"Networks are computed by {known.describe()}, as this map was begun.")
        if remote is None:
            ready.use(known)
        return known
    choice = remote.choose() if remote else ready.choose_backend(run.memory_bytes, run.channel)
    if choice:
        with atomic(kept) as part:
            part.write_text(json.dumps(asdict(choice)), encoding="utf-8")
    return choice


Recipe = tuple[Family, MappingParams, Settings, str, str]  # parameters, settings, device, name of the run


@dataclass(frozen=True)
class Remote:
    """Tiles and trials that other machines compute."""

    executor: Executor
    recipe: Recipe
    run: Run

    def choose(self) -> Choice | None:
        """The fastest way that is right, tried on one of the machines."""
        found: Choice | None = next(self.executor.perform(_choose_there, [(self.recipe,)], self._tell))[1]
        return found

    def stream(self, choice: Choice | None, tiles: Sequence[Tile]) -> Generator[tuple[Tile, bytes]]:
        """Yield finished tiles, in any order."""
        parts = [(self.recipe, choice, tile) for tile in tiles]
        try:
            for number, content in self.executor.perform(_make_there, parts, self._tell):
                yield tiles[number], content
        finally:
            self.executor.everywhere(_forget_there)

    def _tell(self, _: int, message: Message) -> None:
        self.run.channel.send("log", **message)


_KEPT: dict[str, MapJob] = {}  # of the last run, on a machine that computes parts


def _ready_there(recipe: Recipe) -> MapJob:
    """Return what tiles are computed with on a machine that computes parts; it stays until the run is done."""
    family, params, _, device, name = recipe
    if name not in _KEPT:
        _forget_there()
        models, stack = family.open(params)
        stack.__enter__()
        _KEPT[name] = family.prepare(params, models, stack, device, Channel(io.BytesIO()))
    return _KEPT[name]


def _forget_there() -> None:
    for ready in _KEPT.values():
        ready.stack.close()
    _KEPT.clear()


def _choose_there(report: Reporter, recipe: Recipe) -> Choice | None:
    settings = recipe[2]
    return _ready_there(recipe).choose_backend(settings.memory_bytes, report)


def _make_there(_: Reporter, recipe: Recipe, choice: Choice | None, tile: Tile) -> bytes:
    ready = _ready_there(recipe)
    ready.use(choice)
    mosaic = Mosaic(Path(), ready.stack.grid, ready.area, ready.layouts)
    return ready.maker(mosaic).make(ready.stack, tile)


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


def _side(ready: MapJob, window: int, run: Run) -> int:
    """The side of tiles whose working memory fits beside what the process holds already; see `Ready.need`."""
    area, halo = ready.area, ready.halo
    pixel, fixed = ready.need(window)
    pixel += 4 * WAITING * sum(len(layout.bands) for layout in ready.layouts.values())
    fixed += memory_in_use(run)
    side = choose_side(pixel, halo, run.memory_bytes, fixed)
    need = (fixed + working_bytes(min(side, max(area.height, area.width)), halo, pixel)) / 2**30
    run.channel.info(
        f"{area.height} x {area.width} cells in tiles of {side}, about {need:.2f} GiB in all "
        f"(Memory allows {run.settings.memory_gb:g})."
    )
    return side


def _live_features(card: Card) -> int:
    """How many numbers per pixel members hold while they answer: trees, and networks of factors."""
    if all(member.type not in WITHOUT_TORCH for member in card.members) and "factors" not in card.trees:
        return 0
    return read_features(card.trees, card.band_names(), {"centre": np.empty(0)}).live
