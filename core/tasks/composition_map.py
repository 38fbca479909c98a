"""Map a composition: global members everywhere, blended with each region's own expert."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Generator, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rasterio.warp import transform_bounds

from .. import styles
from ..arrays import Floats
from ..densities import LEVELS
from ..errors import Problems, RegionwiseError
from ..features import feature_names
from ..files import atomic, check_not_input, check_writable, fingerprint, make_folder, safe_name, work_folder
from ..learners.assembly import assemble, choose_backend, use, window_need
from ..learning import BOOSTING, NETWORK
from ..machine import place_of
from ..mapping import choose_side, run_map, settled_plan, working_bytes
from ..models import STANDARDISED, Card, Model, read_model
from ..mosaics import Layout, Mosaic
from ..params_composition import CompositionMapping
from ..pipeline import AHEAD, Maker
from ..protocol import VERSION, Channel, Settings
from ..rasters import Grid, Stack, parse_extent
from ..regions import Regions, read_regions
from ..run import Result, Run, memory_in_use
from ..scheduling import Log, Message, Place, Report
from ..tiles import Tile
from ..voices import Ensemble, predictor

if TYPE_CHECKING:  # it brings torch, which trees do without
    from ..trial import Choice

FAMILY = "composition"
LIVE_ANSWERS = 12  # arrays of shares that exist at a time
LIVE_FEATURES = 8  # arrays of window statistics that exist at a time, in double precision
KERNEL_BYTES = 256 * 2**20  # that libraries keep for windows of many shapes
CHOICE = "choice.json"  # in the work folder: how networks are computed, see `trial.py`
ENTROPY, REGIONAL_WEIGHT = "entropy", "regional_weight"  # bands beside those of the components


@dataclass(frozen=True)
class Ready:
    """All that tiles are computed with, on this machine or on a worker; `valid` counts among `bands`."""

    models: list[Model]
    stack: Stack
    bands: list[int]
    valid: range
    area: Tile
    ensemble: Ensemble
    layouts: dict[str, Layout]

    def maker(self, params: CompositionMapping, mosaic: Mosaic) -> Maker:
        """Return what makes tiles."""
        predict = predictor(self.ensemble, self.stack.grid, list(self.layouts), _widths(self.models, params.level))
        return Maker(self.bands, self.valid, self.ensemble.halo, predict, mosaic.encode)

    def choose_backend(self, params: CompositionMapping, memory_bytes: int, log: Log) -> Choice | None:
        """Let networks compute in the fastest way that is right, and return it."""
        fast = params.precision == "fast"
        return choose_backend(self.ensemble, self.models, self.stack, self.bands, self.valid, self.area, fast=fast,
                              memory_bytes=memory_bytes, log=log)  # fmt: skip


def map_composition(params: CompositionMapping, run: Run) -> Result:
    """Map every pixel that the day sensor has."""
    outputs = {"OUTPUT": params.output, "UNCERTAINTY": params.uncertainty, "INTERVALS": params.intervals}
    check_writable(*outputs.values())
    check_not_input(outputs.values(), [layer.path for layer in (*params.day, *params.night)])
    folder = make_folder(params.folder) if params.folder else None
    models = _read_models(params)
    _check_models(models, params)
    _check_band_files(folder, models[0].card, params)
    with place_of(run) as place, _stack(params) as stack:
        device = _choose_device(models, params, place, run)
        for text in _doubts(models, stack):
            run.channel.warning(text)
        run.channel.info(f"Bands in the model's order: {', '.join(models[0].card.band_names())}.")
        ready = _prepare(params, models, stack, "cpu" if place.remote else device, run.channel)
        key = _key(params, ready.ensemble, device, run)
        work = work_folder(run.folder, key)
        remote = Remote(place, (params, run.settings, device, uuid.uuid4().hex), run) if place.remote else None
        choice = _settled_choice(ready, remote, params, work, run)
        windowed = choice.largest if choice and device == "cpu" else 0
        plan = settled_plan(work, ready.area, ready.ensemble.halo, lambda: _side(ready, windowed, run))
        mosaic = Mosaic(work, stack.grid, plan.area, ready.layouts)
        maker = ready.maker(params, mosaic)

        def contents(tiles: Sequence[Tile]) -> Generator[tuple[Tile, bytes]]:
            return remote.stream(choice, tiles) if remote else maker.stream(stack.reopened(), tiles)

        run_map(plan, mosaic, contents, folder=folder, channel=run.channel)
    for layout in ready.layouts.values():
        styles.write_ramp(Path(layout.path))
    outputs["FOLDER"] = params.folder
    return Result({name: path for name, path in outputs.items() if path})


def _read_models(params: CompositionMapping) -> list[Model]:
    return [read_model(path, FAMILY) for path in (params.model, params.regional_model) if path]


def _stack(params: CompositionMapping) -> Stack:
    return Stack({"day": params.day, "night": params.night}, params.resampling)


def _prepare(params: CompositionMapping, models: list[Model], stack: Stack, device: str, log: Log) -> Ready:
    """Return what tiles are computed with; networks are computed on `device`."""
    card = models[0].card
    bands = stack.select(card.band_names())
    regions = _read_regions(params, models, stack.grid, log)
    ensemble = assemble(models, regions, params.weights, params.blend, device, log)
    valid = range(len(card.band_names("day")))
    return Ready(models, stack, bands, valid, _area(params.extent, stack.grid), ensemble,
                 _layouts(params, card.components))  # fmt: skip


def _settled_choice(
    ready: Ready, remote: Remote | None, params: CompositionMapping, work: Path, run: Run
) -> Choice | None:
    """Return how networks are computed: as the run began, or as a trial finds."""
    kept = work / CHOICE
    if kept.exists():
        from ..trial import Choice

        known = Choice(**json.loads(kept.read_text(encoding="utf-8")))
        run.channel.info(f"Networks are computed by {known.describe()}, as this map was begun.")
        if remote is None:
            use(ready.ensemble, known)
        return known
    choice = remote.choose() if remote else ready.choose_backend(params, run.memory_bytes, run.channel)
    if choice:
        with atomic(kept) as part:
            part.write_text(json.dumps(asdict(choice)), encoding="utf-8")
    return choice


Recipe = tuple[CompositionMapping, Settings, str, str]  # parameters, settings, device, name of the run


@dataclass(frozen=True)
class Remote:
    """Tiles and trials that other machines compute."""

    place: Place
    recipe: Recipe
    run: Run

    def choose(self) -> Choice | None:
        """Return the fastest way that is right, tried on one of the machines."""
        found: Choice | None = next(self.place.perform(_choose_there, [(self.recipe,)], self._tell))[1]
        return found

    def stream(self, choice: Choice | None, tiles: Sequence[Tile]) -> Generator[tuple[Tile, bytes]]:
        """Yield finished tiles, in any order."""
        parts = [(self.recipe, choice, tile) for tile in tiles]
        try:
            for number, content in self.place.perform(_make_there, parts, self._tell):
                yield tiles[number], content
        finally:
            self.place.everywhere(_forget_there)

    def _tell(self, _: int, message: Message) -> None:
        self.run.channel.send("log", **message)


_KEPT: dict[Recipe, Ready] = {}  # of the last run, on a machine that computes parts


def _ready_there(recipe: Recipe) -> Ready:
    """Return what tiles are computed with on a machine that computes parts; it stays until the run is done."""
    if recipe not in _KEPT:
        _forget_there()
        params, _, device, _ = recipe
        stack = _stack(params)
        stack.__enter__()
        _KEPT[recipe] = _prepare(params, _read_models(params), stack, device, Channel(io.BytesIO()))
    return _KEPT[recipe]


def _forget_there() -> None:
    for ready in _KEPT.values():
        ready.stack.close()
    _KEPT.clear()


def _choose_there(report: Report, recipe: Recipe) -> Choice | None:
    params, settings, _, _ = recipe
    return _ready_there(recipe).choose_backend(params, settings.memory_bytes, report)


def _make_there(_: Report, recipe: Recipe, choice: Choice | None, tile: Tile) -> bytes:
    ready = _ready_there(recipe)
    use(ready.ensemble, choice)
    mosaic = Mosaic(Path(), ready.stack.grid, ready.area, ready.layouts)
    return ready.maker(recipe[0], mosaic).make(ready.stack, tile)


def _choose_device(models: Sequence[Model], params: CompositionMapping, place: Place, run: Run) -> str:
    """Return the device for networks; torch is only asked for where there are any."""
    if not any(member.type == NETWORK for model in models for member in model.card.members):
        return "cpu"
    from ..devices import flush_denormals

    flush_denormals()
    device, line = place.device(params.device)
    run.channel.info(line)
    return device


def _doubts(models: Sequence[Model], stack: Stack) -> Iterator[str]:
    """Yield what may be wrong with the rasters for these models."""
    yield from stack.notices
    card, size = models[0].card, stack.grid.cell_size
    ratio = size / card.cell_size if card.cell_size else 1.0
    if not 0.9 < ratio < 1.1:
        yield (
            f"The rasters have cells of {size:g}, the model was trained on {card.cell_size:g}: it sees another piece "
            "of land than it learned from. Resample the rasters, or train on these."
        )
    for model in models:
        if model.card.training.get("inputs") == STANDARDISED:
            yield (
                "The model was imported without statistics: it takes the rasters as already standardised (mean 0, "
                "deviation 1 per band). Import it with Statistics, or map standardised rasters."
            )


def _check_models(models: Sequence[Model], params: CompositionMapping) -> None:
    """Refuse models that cannot play the part they are given."""
    problems = Problems()
    main = models[0].card
    if "global" not in main.kinds():
        problems.add(
            f"'{params.model}' holds models of single regions; give it as Regional model, and one that "
            "'Train composition' made as Model."
        )
    if len(models) > 1:
        other = models[1].card
        if "within" not in other.kinds():
            problems.add(
                f"'{params.regional_model}' was made with Holdout = strict: its members never saw the region "
                "they are named after, so they are no experts of it. Train regions with Holdout = both or within."
            )
        for name in ("components", "bands"):
            if getattr(main, name) != getattr(other, name):
                problems.add(f"Model and regional model have different {name}; train both on the same layers.")
    for path, model in zip((params.model, params.regional_model), models, strict=False):
        if params.intervals and not model.card.calibration:
            problems.add(f"'{path}' has no calibrated intervals (it was imported, or made by an old version).")
    if params.intervals and not LEVELS[0] <= params.level <= LEVELS[-1]:
        problems.add(f"Level is {params.level:g}; it must be from {LEVELS[0]:g} to {LEVELS[-1]:g}.")
    problems.raise_any()


def _check_band_files(folder: Path | None, card: Card, params: CompositionMapping) -> None:
    """Refuse a folder where the file of a component is an input or another output, too."""
    if folder is None:
        return
    files = [folder / f"{safe_name(name)}.tif" for name in card.components]
    check_not_input(map(str, files), [layer.path for layer in (*params.day, *params.night)])
    for path in filter(None, (params.output, params.uncertainty, params.intervals)):
        if Path(path).resolve() in [file.resolve() for file in files]:
            raise RegionwiseError(
                f"'{path}' is also the file of a component in Folder.", "Choose another folder, or another name."
            )


def _read_regions(params: CompositionMapping, models: Sequence[Model], grid: Grid, log: Log) -> Regions | None:
    """Return the regions, of which some must have an expert, or else a calibration of their own."""
    if not params.regions:
        return None
    regions = read_regions(params.regions, params.region_field, grid, params.region_preset)
    if len(models) > 1:
        known = {member.region for member in models[1].card.members}
        lacking, path = "has an expert", params.regional_model
    else:
        factors = models[0].card.calibration.get("factors", {})
        known = {name for by_region in factors.values() for name in by_region} - {""}
        lacking, path = "was calibrated by itself", params.model
    if not known & set(regions.names):
        raise RegionwiseError(
            f"No region of '{params.regions}' {lacking}: the layer has {', '.join(regions.names)}, "
            f"'{path}' {', '.join(sorted(known)) or 'none'}.",
            "Choose the field with the names used in training.",
        )
    unused, without = sorted(known - set(regions.names)), sorted(set(regions.names) - known)
    if unused:
        log.warning(f"'{params.regions}' has no region {_listing(unused)}, which '{path}' knows.")
    if without:
        log.warning(f"Without an own expert or calibration: {_listing(without)}.")
    for notice in regions.notices:
        log.warning(notice)
    return regions


def _listing(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _area(extent: str, grid: Grid) -> Tile:
    """Return the part of the grid inside `extent` (``xmin,ymin,xmax,ymax`` and a CRS), or all of it."""
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


def _side(ready: Ready, window: int, run: Run) -> int:
    """Return the side of tiles whose working memory fits beside what the process holds already.

    A tile takes blocks and answers that wait, the weights of members and regions, and the statistics of
    trees; on the processor, networks compute it by windows of up to `window` cells (0: not so).
    """
    card, ensemble, area = ready.models[0].card, ready.ensemble, ready.area
    features = max(_live_features(model.card) for model in ready.models)
    waiting = (AHEAD + 4) * (len(card.bands) + sum(len(layout.bands) for layout in ready.layouts.values()))
    weights = len(ensemble.speakers) + 2 * len(ensemble.weights)
    per_pixel = 4 * (features + waiting + LIVE_ANSWERS * len(card.components) + weights)
    fixed = memory_in_use(run) + (window_need(ready.models, window) + KERNEL_BYTES if window else 0)
    halo = ensemble.halo
    side = choose_side(per_pixel, halo, run.memory_bytes, fixed)
    need = (fixed + working_bytes(min(side, max(area.height, area.width)), halo, per_pixel)) / 2**30
    run.channel.info(
        f"{area.height} x {area.width} cells in tiles of {side}, about {need:.2f} GiB in all "
        f"(Memory allows {run.settings.memory_gb:g})."
    )
    return side


def _live_features(card: Card) -> int:
    """Return how many window statistics per pixel trees hold while they answer."""
    if all(member.type != BOOSTING for member in card.members):
        return 0
    return LIVE_FEATURES * len(feature_names(card.band_names(), card.trees["sensors"], card.trees["windows"]))


def _layouts(params: CompositionMapping, components: Sequence[str]) -> dict[str, Layout]:
    layouts = {"shares": Layout(params.output, tuple(components), description="Predicted shares (sum 1)")}
    if params.uncertainty:
        names = [f"{name}_{part}" for part in ("sd", "sd_data", "sd_model") for name in components]
        text = "Standard deviation of the shares, its data and model part, entropy, weight of the regional expert"
        layouts["sd"] = Layout(params.uncertainty, (*names, ENTROPY, REGIONAL_WEIGHT), description=text)
    if params.intervals:
        bounds = tuple(f"{name}_{part}" for part in ("low", "high") for name in components)
        text = f"Conformal bands at level {params.level:g}"
        layouts["intervals"] = Layout(params.intervals, bounds, description=text)
    return layouts


def _widths(models: Sequence[Model], level: float) -> Floats:
    """Return how many standard deviations the bands of global model and experts reach to each side, per component."""
    widths = []
    for card in (models[0].card, models[-1].card):
        quantiles = card.calibration.get("conformal", {})
        widths.append([np.interp(level, LEVELS, quantiles[name]) if quantiles else np.nan for name in card.components])
    return np.array(widths, np.float32)


def _key(params: CompositionMapping, ensemble: Ensemble, device: str, run: Run) -> str:
    """Return the fingerprint of the run; regions and weights count by what was read."""
    outputs = ("output", "uncertainty", "intervals", "folder")
    values = {k: v for k, v in params.to_json().items()
              if k not in (*outputs, "model", "regional_model", "regions", "weights")}  # fmt: skip
    regions = ensemble.regions.digest() if ensemble.regions else ""
    wanted = [bool(params.uncertainty), bool(params.intervals)]
    parts = (VERSION, values, wanted, regions, ensemble.weights, device, run.memory_bytes)
    layers = [layer.path for layer in (*params.day, *params.night)]
    return fingerprint(*parts, files=[*layers, params.model, *filter(None, [params.regional_model])])
