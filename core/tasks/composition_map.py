"""Map a composition: global members everywhere, blended with each region's own expert."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rasterio.warp import transform_bounds

from .. import styles
from ..checkpoints import Arrays
from ..densities import LEVELS
from ..ensembles import read_weights
from ..errors import Problems, RegionwiseError
from ..features import feature_names
from ..files import atomic, check_not_input, check_writable, fingerprint, make_folder, safe_name, work_folder
from ..learners.boosting import BoostingVoice
from ..learning import BOOSTING, NETWORK, Voice
from ..mapping import AHEAD, choose_side, run_map, settled_plan, with_data, working_bytes
from ..models import STANDARDISED, Card, Member, Model, read_model
from ..mosaics import Layout
from ..params_composition import CompositionMapping
from ..protocol import VERSION
from ..rasters import Floats, Grid, Stack, parse_extent
from ..regions import Regions, read_regions
from ..run import Result, Run, memory_in_use
from ..tiles import Tile
from ..tiles import plan as plan_tiles
from ..voices import Ensemble, Speaker, predictor

if TYPE_CHECKING:  # it brings torch, which trees do without
    from ..trial import Choice

FAMILY = "composition"
DEFAULT_WEIGHTS = (0.5, 0.5)
LIVE_ANSWERS = 12  # arrays of shares that exist at a time
LIVE_FEATURES = 8  # arrays of window statistics that exist at a time, in double precision
WINDOWS = {"cpu": (256, 192, 128, 64), "cuda": (1024,)}  # longest sides, in cells, the best one first
KERNEL_BYTES = 256 * 2**20  # that libraries keep for windows of many shapes
TRIED_BLOCKS = 64  # that are searched for a sample with data
WINDOW_SHARE = 0.35  # of the memory, for the window that is computed
CHOICE = "choice.json"  # in the work folder: how networks are computed, see `trial.py`
ENTROPY, REGIONAL_WEIGHT = "entropy", "regional_weight"  # bands beside those of the components


def map_composition(params: CompositionMapping, run: Run) -> Result:
    """Map every pixel that the day sensor has."""
    outputs = {"OUTPUT": params.output, "UNCERTAINTY": params.uncertainty, "INTERVALS": params.intervals}
    check_writable(*outputs.values())
    check_not_input(outputs.values(), [layer.path for layer in (*params.day, *params.night)])
    folder = make_folder(params.folder) if params.folder else None
    models = [read_model(path, FAMILY) for path in (params.model, params.regional_model) if path]
    _check_models(models, params)
    _check_band_files(folder, models[0].card, params)
    device = _choose_device(models, params, run)
    card = models[0].card
    with Stack({"day": params.day, "night": params.night}, params.resampling) as stack:
        bands = stack.select(card.band_names())
        run.channel.info(f"Bands in the model's order: {', '.join(card.band_names())}.")
        for notice in stack.notices:
            run.channel.warning(notice)
        _compare_cells(card, stack.grid, run)
        for model in models:
            if model.card.training.get("inputs") == STANDARDISED:
                run.channel.warning(
                    "The model was imported without statistics: it takes the rasters as already standardised (mean 0, "
                    "deviation 1 per band). Import it with Statistics, or map standardised rasters."
                )
        regions = _read_regions(params, models, stack.grid, run)
        for notice in regions.notices if regions else ():
            run.channel.warning(notice)
        area = _area(params.extent, stack.grid)
        ensemble = _ensemble(params, models, regions, device, run)
        work = work_folder(run.folder, _key(params, ensemble, run))
        valid = range(len(card.band_names("day")))
        choice = _choose_backend(ensemble, stack, bands, list(valid), area, params, models, work, run)
        layouts = _layouts(params, card.components)
        bands_out = sum(len(layout.bands) for layout in layouts.values())
        plan = settled_plan(work, area, ensemble.halo, lambda: _side(models, ensemble, choice, area, bands_out, run))
        predict = predictor(ensemble, stack.grid, list(layouts), _widths(models, params.level))
        run_map(stack, bands, valid, plan, predict, layouts, work=work, folder=folder, channel=run.channel)
    for layout in layouts.values():
        styles.write_ramp(Path(layout.path))
    outputs["FOLDER"] = params.folder
    return Result({name: path for name, path in outputs.items() if path})


def _choose_device(models: Sequence[Model], params: CompositionMapping, run: Run) -> str:
    """Return the device for networks; torch is only asked for where there are any."""
    if not any(member.type == NETWORK for model in models for member in model.card.members):
        return "cpu"
    from ..devices import choose_device, flush_denormals

    flush_denormals()
    device, line = choose_device(params.device, run.settings.device)
    run.channel.info(line)
    return str(device)


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


def _read_regions(params: CompositionMapping, models: Sequence[Model], grid: Grid, run: Run) -> Regions | None:
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
        run.channel.warning(f"'{params.regions}' has no region {_listing(unused)}, which '{path}' knows.")
    if without:
        run.channel.warning(f"Without an own expert or calibration: {_listing(without)}.")
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


def _ensemble(
    params: CompositionMapping, models: Sequence[Model], regions: Regions | None, device: str, run: Run
) -> Ensemble:
    members = [
        (model, member)
        for model in models
        for member in model.card.members
        if member.kind in ("global", "within")
        and (not member.region or _in_map(member.region, regions))
        and model.card.mixture.get(member.type, 1.0) > 0
    ]
    experts = sorted({member.region for _, member in members if member.region})
    weights: dict[str, tuple[float, float]] = {}
    if experts:
        given = read_weights(params.weights, experts) if params.weights else {}
        weights = {name: given.get(name, DEFAULT_WEIGHTS) for name in experts}
        kind = "as given" if given else "equal by default"
        listing = ", ".join(f"{name} {g:.2f}/{r:.2f}" for name, (g, r) in weights.items())
        run.channel.info(f"Weights global/regional ({kind}): {listing}.")
    heard = [(model, member) for model, member in members if not member.region or weights[member.region][1]]
    voices: dict[str, Voice] = {}
    speakers = [_speaker(model, member, voices, device) for model, member in heard]
    halo = max(speaker.voice.halo for speaker in speakers)
    return Ensemble(speakers, regions, weights, params.blend, halo, device)


def _speaker(model: Model, member: Member, voices: dict[str, Voice], device: str) -> Speaker:
    """Return a member ready to answer, with its weight among the members of its model for the same place.

    Members with equal tensors share one of `voices`, so that they are computed once.
    """
    card, arrays = model.card, model.members[member.name]
    alike = [m for m in card.members if (m.kind, m.region, m.type) == (member.kind, member.region, member.type)]
    share = card.mixture.get(member.type, 1.0) / len(alike)
    factors = card.calibration.get("factors", {}).get(member.type, {})
    digest = hashlib.sha256(b"".join(name.encode() + arrays[name].tobytes() for name in sorted(arrays)))
    key = fingerprint(member.type, card.network, card.trees, digest.hexdigest())
    if key not in voices:
        voices[key] = _voice(card, member, arrays, device)
    head = card.network.get("arguments", {}).get("head")
    known = bool(factors) or member.type == BOOSTING or head != "softmax"
    return Speaker(voices[key], member.region, share, member.type, factors, spread=known)


def _voice(card: Card, member: Member, arrays: Arrays, device: str) -> Voice:
    if member.type == BOOSTING:
        return BoostingVoice(card.trees, arrays, len(card.components))
    import torch

    from ..learners.network import NetworkVoice

    return NetworkVoice(card.network, dict(arrays), member.name, torch.device(device))


def _choose_backend(
    ensemble: Ensemble, stack: Stack, bands: Sequence[int], valid: list[int], area: Tile, params: CompositionMapping,
    models: Sequence[Model], work: Path, run: Run,
) -> Choice | None:  # fmt: skip
    """Let the networks compute in the fastest way that is right, or as the run began; return that way."""
    voices = {id(speaker.voice): speaker.voice for speaker in ensemble.speakers if speaker.type == NETWORK}
    if not voices:
        return None
    from ..learners.network import NetworkVoice
    from ..trial import SAMPLE, Choice, choose

    networks = [voice for voice in voices.values() if isinstance(voice, NetworkVoice)]
    kept = work / CHOICE
    if kept.exists():
        choice = Choice(**json.loads(kept.read_text(encoding="utf-8")))
        run.channel.info(f"Networks are computed by {choice.describe()}, as this map was begun.")
        for voice in networks:
            voice.use(choice)
        return choice
    block = _sample(stack, bands, valid, area, SAMPLE, ensemble.halo)
    wanted = with_data(block, valid, ensemble.halo)
    choice = choose(networks, block, wanted, fast=params.precision == "fast", device=ensemble.device,
                    largest=_largest_window(models, ensemble.device, run), pixels=area.height * area.width,
                    channel=run.channel)  # fmt: skip
    with atomic(kept) as part:
        part.write_text(json.dumps(asdict(choice)), encoding="utf-8")
    return choice


def _largest_window(models: Sequence[Model], device: str, run: Run) -> int:
    """Return the longest side of a window whose computing takes a fair share of the memory."""
    sides = WINDOWS[device]
    room = WINDOW_SHARE * run.memory_bytes if device == "cpu" else float("inf")
    return next((s for s in sides if max(_window_bytes(model.card, s) for model in models) <= room), sides[-1])


def _sample(stack: Stack, bands: Sequence[int], valid: list[int], area: Tile, side: int, halo: int) -> Floats:
    """Return a block around a pixel with data, from the middle of the map on; if none is found, the middle."""
    tiles = list(plan_tiles(area, side))
    middle = len(tiles) // 2
    ordered = [*tiles[middle:], *tiles[:middle]]
    for tile in ordered[:: max(1, len(ordered) // TRIED_BLOCKS)]:
        found = np.argwhere(with_data(stack.read(tile)[list(bands)], valid, 0))
        if len(found):
            nearest = found[np.abs(found - np.median(found, 0)).sum(1).argmin()]
            row, col = tile.row + int(nearest[0]) - side // 2, tile.col + int(nearest[1]) - side // 2
            return stack.read(Tile(row, col, side, side).padded(halo))[list(bands)]
    tile = ordered[0]
    return stack.read(Tile(tile.row, tile.col, side, side).padded(halo))[list(bands)]


def _in_map(region: str, regions: Regions | None) -> bool:
    return regions is not None and region in regions.names


def _compare_cells(card: Card, grid: Grid, run: Run) -> None:
    """Warn if the cells are not of the size the model was trained on."""
    ratio = grid.cell_size / card.cell_size if card.cell_size else 1.0
    if not 0.9 < ratio < 1.1:
        run.channel.warning(
            f"The rasters have cells of {grid.cell_size:g}, the model was trained on {card.cell_size:g}: it sees "
            "another piece of land than it learned from. Resample the rasters, or train on these."
        )


def _side(
    models: Sequence[Model], ensemble: Ensemble, choice: Choice | None, area: Tile, bands_out: int, run: Run
) -> int:
    """Return the side of tiles whose working memory fits beside what the process holds already.

    A tile takes blocks and answers that wait, the weights of members and regions, and the statistics of
    trees; networks compute it by windows.
    """
    bands, components = len(models[0].card.bands), len(models[0].card.components)
    features = max(_live_features(model.card) for model in models)
    waiting = (AHEAD + 4) * (bands + bands_out)
    weights = len(ensemble.speakers) + 2 * len(ensemble.weights)
    per_pixel = 4 * (features + waiting + LIVE_ANSWERS * components + weights)
    windowed = choice is not None and ensemble.device == "cpu"
    window = max(_window_bytes(model.card, choice.largest) for model in models) if choice and windowed else 0
    fixed = memory_in_use(run) + window + (KERNEL_BYTES if windowed else 0)
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


def _window_bytes(card: Card, side: int) -> int:
    """Return the memory that a network takes for a window on the processor."""
    if all(member.type != NETWORK for member in card.members):
        return 0
    from ..learners.network import window_bytes

    return window_bytes(card.network, side)


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


def _key(params: CompositionMapping, ensemble: Ensemble, run: Run) -> str:
    """Return the fingerprint of the run; regions and weights count by what was read."""
    outputs = ("output", "uncertainty", "intervals", "folder")
    values = {k: v for k, v in params.to_json().items()
              if k not in (*outputs, "model", "regional_model", "regions", "weights")}  # fmt: skip
    regions = ensemble.regions.digest() if ensemble.regions else ""
    wanted = [bool(params.uncertainty), bool(params.intervals)]
    parts = (VERSION, values, wanted, regions, ensemble.weights, ensemble.device, run.memory_bytes)
    layers = [layer.path for layer in (*params.day, *params.night)]
    return fingerprint(*parts, files=[*layers, params.model, *filter(None, [params.regional_model])])
