"""Map a composition: global members everywhere, blended with each region's own expert."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from rasterio.warp import transform_bounds

from .. import styles
from ..batches import Standardiser
from ..devices import choose_device, flush_denormals
from ..errors import Problems, RegionwiseError
from ..files import check_not_input, check_writable, fingerprint, make_folder, work_folder
from ..mapping import AHEAD, Layout, MapPlan, Predict, choose_side, run_map, split_bands, working_bytes
from ..models import Card, Model, read_model
from ..nets.composition import CompositionNet, receptive_field
from ..params import Layer
from ..params_composition import CompositionMapping
from ..protocol import VERSION
from ..rasters import Floats, Grid, Stack, parse_extent
from ..regions import Regions, read_regions
from ..run import Result, Run
from ..tables import read_table
from ..tiles import Tile
from ..tiles import plan as plan_tiles
from ..training import to_tensors

FAMILY = "composition"
DEFAULT_WEIGHTS = (0.5, 0.5)
LIVE_ANSWERS = 8  # arrays of shares that exist at a time
LIVE_MAPS = 10  # feature maps of one network that exist at a time, measured
FAST_SAMPLE = 128  # side of the tile on which bf16 is tried, in cells
FAST_LIMIT, FAST_MEAN = 0.03, 0.001  # what bf16 may change in a share: at most, on average


@dataclass(frozen=True)
class Voice:
    """One member ready to predict, and how it turns raw bands into inputs."""

    net: CompositionNet
    standardiser: Standardiser
    region: str
    halo: int


@dataclass(frozen=True)
class Ensemble:
    """All members, the regions of the map, and the weight of the regional expert in each."""

    voices: list[Voice]
    device: torch.device
    regions: Regions | None
    weights: dict[str, tuple[float, float]]
    blend: int
    halo: int
    fast: bool


def map_composition(params: CompositionMapping, run: Run) -> Result:
    """Map every pixel that the day sensor has."""
    check_writable(params.output, params.uncertainty)
    check_not_input([params.output, params.uncertainty], [layer.path for layer in (*params.day, *params.night)])
    folder = make_folder(params.folder) if params.folder else None
    flush_denormals()
    device, line = choose_device(params.device, run.settings.device)
    run.channel.info(line)
    models = [read_model(path, FAMILY) for path in (params.model, params.regional_model) if path]
    _check_models(models, params)
    card = models[0].card
    with Stack({"day": params.day, "night": params.night}, params.resampling) as stack:
        bands = stack.select(card.band_names())
        run.channel.info(f"Bands in the model's order: {', '.join(card.band_names())}.")
        for notice in stack.notices:
            run.channel.warning(notice)
        _compare_cells(card, stack.grid, run)
        regions = _read_regions(params, models, stack.grid)
        for notice in regions.notices if regions else ():
            run.channel.warning(notice)
        area = _area(params.extent, stack.grid)
        ensemble = _ensemble(params, models, regions, device, run)
        if params.precision == "fast":
            ensemble = _checked_fast(ensemble, stack, bands, area, card.network["arguments"]["head"], run)
        plan = _plan(models, ensemble.halo, area, run)
        layouts = _layouts(params, card.components)
        predict = _predictor(ensemble, stack.grid, list(layouts), card.network["arguments"]["head"])
        work = work_folder(run.folder, _key(params, ensemble))
        valid = range(len(card.band_names("day")))
        run_map(stack, bands, valid, plan, predict, layouts, work=work, folder=folder, channel=run.channel)
    for layout in layouts.values():
        styles.write_ramp(Path(layout.path))
    if folder:
        split_bands(params.output, folder, card.components)
    outputs = {"OUTPUT": params.output, "UNCERTAINTY": params.uncertainty, "FOLDER": params.folder}
    return Result({name: path for name, path in outputs.items() if path})


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
        if main.network["sensors"] != other.network["sensors"]:
            problems.add("Model and regional model have different sensors; train both on the same layers.")
        for name in ("components", "bands"):
            if getattr(main, name) != getattr(other, name):
                problems.add(f"Model and regional model have different {name}; train both on the same layers.")
        if main.network["arguments"]["head"] != other.network["arguments"]["head"]:
            problems.add("Model and regional model have different heads; train both with the same Head.")
    problems.raise_any()


def _read_regions(params: CompositionMapping, models: Sequence[Model], grid: Grid) -> Regions | None:
    """Return the regions, each of which must have an expert or fall to the global model."""
    if not params.regions:
        return None
    regions = read_regions(params.regions, params.region_field, grid, params.region_preset)
    known = {member.region for member in models[1].card.members}
    if not known & set(regions.names):
        raise RegionwiseError(
            f"No region of '{params.regions}' has an expert: the layer has {', '.join(regions.names)}, "
            f"the regional model {', '.join(sorted(known))}.",
            "Choose the field with the names used in training.",
        )
    return regions


def read_weights(layer: Layer, regions: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Return (global, regional) weights by region, each pair scaled to sum 1.

    Raises
    ------
    RegionwiseError
        If the table lacks a column or a region, or has negative or text weights.
    """
    table = read_table(layer)
    columns = {str(name).lower(): name for name in table.columns}
    missing = [name for name in ("region", "global", "regional") if name not in columns]
    if missing:
        raise RegionwiseError(
            f"Weights table '{layer}' has no column '{missing[0]}'.", "It needs region, global and regional."
        )
    problems, weights = Problems(), {}
    for row in table.itertuples(index=False):
        values = dict(zip(table.columns, row, strict=True))
        name = str(values[columns["region"]])
        try:
            pair = float(values[columns["global"]]), float(values[columns["regional"]])
        except (TypeError, ValueError):
            pair = (-1.0, -1.0)
        if min(pair) < 0 or not sum(pair) > 0:
            problems.add(f"Weights of region '{name}' in '{layer}' are not two numbers >= 0 with a sum > 0.")
            continue
        weights[name] = (pair[0] / sum(pair), pair[1] / sum(pair))
    absent = [name for name in regions if name not in weights]
    if absent and not problems.sentences:
        problems.add(f"Weights table '{layer}' has no row for region '{absent[0]}'; add one.")
    problems.raise_any()
    return weights


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
    params: CompositionMapping, models: Sequence[Model], regions: Regions | None, device: torch.device, run: Run
) -> Ensemble:
    voices = [
        _voice(model, member.name, member.region, device)
        for model in models
        for member in model.card.members
        if member.kind in ("global", "within") and (not member.region or _in_map(member.region, regions))
    ]
    experts = [voice.region for voice in voices if voice.region]
    weights: dict[str, tuple[float, float]] = {}
    if regions is not None:
        given = read_weights(params.weights, experts) if params.weights else {}
        weights = {name: given.get(name, DEFAULT_WEIGHTS) for name in experts}
        kind = "as given" if given else "equal by default"
        listing = ", ".join(f"{name} {g:.2f}/{r:.2f}" for name, (g, r) in weights.items())
        run.channel.info(f"Weights global/regional ({kind}): {listing}.")
    halo = max(voice.halo for voice in voices)
    return Ensemble(voices, device, regions, weights, params.blend, halo, fast=False)


def _checked_fast(ensemble: Ensemble, stack: Stack, bands: Sequence[int], area: Tile, head: str, run: Run) -> Ensemble:
    """Return the ensemble in bf16, or as it is if that changes the shares of a sample tile too much.

    The sample is the first tile, from the middle on, that has data; every member is tried on it.
    """
    tiles = list(plan_tiles(area, FAST_SAMPLE))
    halo = ensemble.halo
    for tile in [*tiles[len(tiles) // 2 :], *tiles[: len(tiles) // 2]]:
        block = stack.read(tile.padded(halo))[list(bands)]
        valid = np.isfinite(block[:, halo : halo + tile.height, halo : halo + tile.width]).all(0)
        if valid.any():
            break
    else:
        return ensemble  # nothing to map, so nothing to speed up
    values = torch.from_numpy(block)[None].to(ensemble.device)
    gaps = []
    for voice in ensemble.voices:
        exact, fast = (answer(voice, values, head, halo, fast=flag)[0] for flag in (False, True))
        gaps.append(np.abs(exact - fast)[:, valid])
    gap = np.concatenate(gaps, 1)
    found = f"bf16 changes shares by {gap.max():.4f} at most, {gap.mean():.5f} on average"
    if gap.max() > FAST_LIMIT or gap.mean() > FAST_MEAN:
        run.channel.warning(f"Precision fast is refused ({found}); mapping with exact.")
        return ensemble
    run.channel.info(f"Precision fast: {found} on a sample tile.")
    return dataclasses.replace(ensemble, fast=True)


def _in_map(region: str, regions: Regions | None) -> bool:
    return regions is not None and region in regions.names


def _voice(model: Model, name: str, region: str, device: torch.device) -> Voice:
    """Return the member called `name`, checked against the network its card describes.

    The network is first built without memory: a card that names a huge one costs nothing.
    """
    network, arrays = model.card.network, dict(model.members[name])
    state = {k: v for k, v in arrays.items() if not k.startswith("scaling.")}
    try:
        with torch.device("meta"):
            expected = CompositionNet(**network["arguments"]).state_dict()
        shapes = {key: tuple(tensor.shape) for key, tensor in expected.items()}
        if shapes != {key: array.shape for key, array in state.items()}:
            raise ValueError("tensors of other names or shapes")
        net = CompositionNet(**network["arguments"])
        net.load_state_dict(to_tensors(state))
        standardiser = Standardiser.from_arrays(arrays, network["sensors"], network["mask_channel"])
        halo = receptive_field(network["arguments"]["blocks"]) // 2
    except (KeyError, TypeError, ValueError, RuntimeError) as err:
        raise RegionwiseError(
            f"Member '{name}' does not fit the network of its card ({err}).",
            "The model file is damaged; copy it again, or train it again.",
        ) from err
    net.eval().to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return Voice(net, standardiser.to(device), region, halo)


def _compare_cells(card: Card, grid: Grid, run: Run) -> None:
    """Warn if the cells are not of the size the model was trained on."""
    ratio = grid.cell_size / card.cell_size if card.cell_size else 1.0
    if not 0.9 < ratio < 1.1:
        run.channel.warning(
            f"The rasters have cells of {grid.cell_size:g}, the model was trained on {card.cell_size:g}: it sees "
            "another piece of land than it learned from. Resample the rasters, or train on these."
        )


def _plan(models: Sequence[Model], halo: int, area: Tile, run: Run) -> MapPlan:
    """Return tiles whose working memory fits: feature maps, blocks that wait, and answers."""
    widest = max(int(model.card.network["arguments"]["width"]) for model in models)
    bands, components = len(models[0].card.bands), len(models[0].card.components)
    per_pixel = 4 * (LIVE_MAPS * widest + (AHEAD + 4) * bands + LIVE_ANSWERS * components)
    side = choose_side(per_pixel, halo, run.memory_bytes)
    need = working_bytes(min(side, max(area.height, area.width)), halo, per_pixel) / 2**30
    run.channel.info(
        f"{area.height} x {area.width} cells in tiles of {side}, about {need:.2f} GiB at a time "
        f"(Memory allows {run.settings.memory_gb:g})."
    )
    return MapPlan(area, side, halo)


def _layouts(params: CompositionMapping, components: Sequence[str]) -> dict[str, Layout]:
    layouts = {"shares": Layout(params.output, tuple(components), description="Predicted shares (sum 1)")}
    if params.uncertainty:
        names = tuple(f"{name}_sd" for name in components)
        layouts["sd"] = Layout(params.uncertainty, names, description="Standard deviation of the shares")
    return layouts


def _key(params: CompositionMapping, ensemble: Ensemble) -> str:
    """Return the fingerprint of the run; regions and weights count by what was read."""
    left_out = ("output", "uncertainty", "folder", "model", "regional_model", "regions", "weights")
    values = {k: v for k, v in params.to_json().items() if k not in left_out}
    regions = ensemble.regions.digest() if ensemble.regions else ""
    parts = (VERSION, values, bool(params.uncertainty), regions, ensemble.weights, ensemble.fast, str(ensemble.device))
    layers = [layer.path for layer in (*params.day, *params.night)]
    return fingerprint(*parts, files=[*layers, params.model, *filter(None, [params.regional_model])])


def _predictor(ensemble: Ensemble, grid: Grid, wanted: list[str], head: str) -> Predict:
    """Return the function that maps one tile (see `mapping.run_map`)."""

    def predict(tile: Tile, block: Floats) -> dict[str, Floats]:
        weights = voice_weights(ensemble, grid, tile)
        # moments of the mixture of predictive distributions: mean, and mean of squares
        mean = np.zeros((1,), np.float32)
        square = np.zeros((1,), np.float32)
        within = np.zeros((1,), np.float32)
        values = torch.from_numpy(block)[None].to(ensemble.device)
        for voice, weight in zip(ensemble.voices, weights, strict=True):
            if not weight.any():
                continue  # its region does not reach this tile
            shares, spread = answer(voice, values, head, ensemble.halo, fast=ensemble.fast)
            mean = mean + weight * shares
            square = square + weight * shares**2
            within = within + weight * spread
        mean = mean / mean.sum(0)
        answers = {"shares": mean}
        if "sd" in wanted:
            answers["sd"] = np.sqrt(np.maximum(square - mean**2, 0) + within)
        return answers

    return predict


def voice_weights(ensemble: Ensemble, grid: Grid, tile: Tile) -> list[Floats]:
    """Return the weight of each voice in each cell of `tile`, shape (row, col) each; they sum to 1."""
    regional: dict[str, Floats] = {}
    everywhere = np.ones((tile.height, tile.width), np.float32)
    if ensemble.regions is not None:
        memberships = ensemble.regions.memberships(grid, tile, ensemble.blend)
        for number, name in enumerate(ensemble.regions.names):
            if name in ensemble.weights:
                regional[name] = memberships[number] * np.float32(ensemble.weights[name][1])
                everywhere = everywhere - regional[name]
    globals_ = sum(not voice.region for voice in ensemble.voices)
    return [regional[voice.region] if voice.region else everywhere / np.float32(globals_) for voice in ensemble.voices]


@torch.inference_mode()
def answer(voice: Voice, values: torch.Tensor, head: str, halo: int, *, fast: bool = False) -> tuple[Floats, Floats]:
    """Return shares and their variance given the member, shape (component, row, col) each.

    The variance of a Dirichlet share is pi (1 - pi) / (alpha0 + 1); the softmax head has no
    concentration and tells none.

    Parameters
    ----------
    values : Tensor, shape (1, band, row + 2 halo, col + 2 halo)
        Raw values; a member that sees less than `halo` cells gets less.
    """
    spare = halo - voice.halo
    values = values[..., spare : values.shape[-2] - spare, spare : values.shape[-1] - spare]
    inputs = [x.contiguous(memory_format=torch.channels_last) for x in voice.standardiser(values)]
    with torch.autocast(values.device.type, torch.bfloat16, enabled=fast):
        alpha = voice.net(*inputs)[0].float()
    total = alpha.sum(0)
    shares = alpha / total
    spread = torch.zeros_like(shares) if head == "softmax" else shares * (1 - shares) / (total + 1)
    return shares.cpu().numpy(), spread.cpu().numpy()
