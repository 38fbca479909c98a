"""Map susceptibility: the probability of an event in every cell, its level, and how sure that is."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import partial
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from ...contract.errors import Problems, RegionwiseError
from ...data.raster.grids import Grid
from ...data.raster.stack import BLOCK, FACTOR, RasterisablePolygons, Stack, data_groups
from ...data.raster.tiles import plan
from ...data.vector.labels import read_events
from ...data.vector.layers import read_layer, representative_points, single_places
from ...data.vector.polygons import Regions, read_regions
from ...data.vector.tables import check_fields
from ...features.factor_features import CODE, read_factor_features
from ...learning.card import Card
from ...learning.model_file import Model, read_model
from ...learning.model_types import META, META_REFERENCE
from ...mapping.assembly import AnswerReading, assemble
from ...mapping.backend_trial import MapSource
from ...mapping.band_matching import match_bands
from ...mapping.mosaic import Layout
from ...mapping.products import EventProbability, Product, answered_by
from ...mapping.styles import map_styles as styles
from ...runtime.context import RunContext
from ...runtime.executor import Log
from ...runtime.input_log import note_change
from ...runtime.local_executor import executor_of
from ...runtime.run import Result, Run
from ...runtime.types import Array
from ...targets.binary_target import CAPTURED, CLASSES
from ...workflow.map_model import EnsembleMap, MapRun, MapSpec, area_of, check_outputs, make_map, written
from ...workflow.map_support import support_in_words, tell_support
from .event_legend import event_classes
from .params import SusceptibilityMapping
from .sampling_design import design_of, missing_design

FAMILY = "susceptibility"
NOT_KEYS = ("output", "uncertainty", "classes", "which", "model", "factors", "blocks", "adapt")
ANSWERED_BY = ("pooled", "some members by block", "block")  # classes of `products.answered_by`
WHOLE = "whole area"  # the block of samples that are adapted to without any blocks
TILE = 1024  # cells, in which unknown codes are looked for
OTHER_ODDS = 1.5  # of events among the samples to adapt to, beside training, from which on it is told


def map_susceptibility(params: SusceptibilityMapping, run: Run) -> Result:
    """Map every cell that has all factors."""
    rasters = [layer.path for layer in params.factors]
    layers = [layer.path for layer in (params.blocks, params.adapt) if layer]
    check_outputs([params.output, params.uncertainty, params.classes, params.which], [*rasters, *layers, params.model])
    models, stack = _open(params)
    card = models[0].card
    with executor_of(run) as executor, stack:
        for text in _block_notices(models[0], params):
            run.channel.info(text)
        match_bands(card.bands, stack)
        for text in _unknown_codes(card, params):
            run.channel.warning(text)
        run.channel.info(_meaning(card))
        tell_support("Probabilities", models, run.channel)
        map_run = MapRun([*rasters, params.model], partial(_key, params, models[0], stack.polygons))
        make_map(RunContext(params, run, executor), SPEC, models, stack, map_run)
    return written(params, "uncertainty", "classes", "which")


def _meaning(card: Card) -> str:
    """The meaning of the map's numbers, in words."""
    known = card.calibration
    bounds = ", ".join(f"{value:.3g}" for value in known.bounds)
    shares = ", ".join(f"{100 * share:.0f}" for share in CAPTURED)
    return (
        f"Probabilities are those of a world where {known.prevalence:.3g} of the cells have an event. Bounds of the "
        f"classes: {bounds}; above them lie {shares} % of the events that no model had seen."
    )


def _open(params: SusceptibilityMapping) -> tuple[list[Model], Stack]:
    """The model with the blocks of the map, and the stack of layers before it is opened."""
    model, layers = read_model(params.model, FAMILY), {FACTOR: params.factors}
    scales = model.card.scales
    if not params.blocks and not params.adapt:
        return [model], Stack(layers, params.resampling, scales=scales)
    kinds = sorted({member.type for member in model.card.members})
    if not set(kinds) <= {META, META_REFERENCE}:
        raise RegionwiseError(
            f"Model '{params.model}' is of the type {' and '.join(kinds)}, which has no models of blocks.",
            "Leave Blocks and Adapt empty, or train with the model type 'meta'.",
        )
    from ...learners.block_predictor import renumbered

    with Stack(layers, params.resampling, scales=scales) as stack:
        blocks = _read_blocks(params, stack.grid)
        model = renumbered(model, _same_blocks(model.card, blocks, params) if params.blocks else {})
        if params.adapt:
            model = _adapted(model, blocks, stack, params)
    return [model], Stack(layers, params.resampling, polygons=blocks, scales=scales)


def _read_blocks(params: SusceptibilityMapping, grid: Grid) -> Regions:
    """The blocks of the map: those of the layer, or one."""
    if params.blocks:
        return read_regions(params.blocks, params.block_field, grid)
    frame = gpd.GeoDataFrame(geometry=[shapely.box(*grid.bounds)], crs=grid.crs.to_wkt())
    return Regions((WHOLE,), frame)


def _same_blocks(card: Card, blocks: Regions, params: SusceptibilityMapping) -> dict[int, int]:
    """The numbers on the map of the blocks of training, by their numbers there.

    Raises
    ------
    RegionwiseError
        If a block of that name lies elsewhere now, so that its model would answer for other ground.
    """
    known = card.networks[card.members[0].type]
    places = gpd.GeoSeries.from_xy(*np.array(known["places"]).T, crs=card.crs).to_crs(blocks.frame.crs)
    at = blocks.at(np.stack([places.x, places.y], 1)).tolist()
    same = {
        i: number
        for i, (name, number) in enumerate(zip(known["blocks"], at, strict=True))
        if number >= 0 and blocks.names[number] == name
    }
    moved = [name for i, name in enumerate(known["blocks"]) if name in blocks.names and i not in same]
    if moved and (same or not params.adapt):
        raise RegionwiseError(
            f"Block '{moved[0]}' of '{params.blocks}' does not lie where it was in training.",
            "Give the blocks of the training; those of a new area need samples to adapt to.",
        )
    if not same and not params.adapt:
        raise RegionwiseError(
            f"'{params.blocks}' has no block that model '{params.model}' knows.",
            "Give the blocks of the training, samples of this area to adapt to, or leave Blocks empty.",
        )
    return same


def _adapted(model: Model, blocks: Regions, stack: Stack, params: SusceptibilityMapping) -> Model:
    """`model` adapted to the samples of the map's area, in the blocks that hold any; tells who was left out.

    Raises
    ------
    RegionwiseError
        If no sample lies in a block and has all factors, or all have the same label.
    """
    label_field, card = params.label_field or model.card.training["label_field"], model.card
    frame = read_layer(params.adapt, stack.grid.crs, stack.grid.bounds)
    frame = single_places(frame, params.adapt)
    check_fields(frame, (label_field,), params.adapt)
    label = read_events(frame, label_field, str(params.adapt))[:, 1]
    xy = representative_points(frame.geometry)
    values, block = stack.values_at(xy)[:, match_bands(card.bands, stack)], blocks.at(xy)
    known = np.isfinite(values).all(1) & np.isfinite(label) & (block >= 0)
    if not known.any():
        raise RegionwiseError(
            f"No sample of '{params.adapt}' lies in a block, on cells with all factors, and has a label.",
            "Give samples of the area that is mapped, or leave Adapt empty.",
        )
    if len(np.unique(label[known])) < 2:
        raise RegionwiseError(
            f"All samples of '{params.adapt}' that can be used have the label {label[known][0]:g}.",
            "Give places with and without an event: 'Sample negatives' draws the latter.",
        )
    if not known.all():
        note_change(
            str(params.adapt),
            params.adapt.path,
            f"{(~known).sum()} of {len(known)} samples are left out: they lie outside of blocks, on cells without a "
            "factor, or have no label",
        )
    features = read_factor_features(card.features.arguments)
    from ...learners.block_predictor import BlockSamples, adapted

    trained = card.training.get("design_field", "")
    design = design_of(frame, trained, label, str(params.adapt))
    for text in (missing_design(frame, trained), _other_share(card, label[known], design[known])):
        if text:
            note_change(str(params.adapt), params.adapt.path, text)
    samples = BlockSamples(values[known], label[known], block[known], design[known])
    return adapted(model, features, samples, int(card.training["seed"]))


def _other_share(card: Card, label: Array, design: Array) -> str:
    """What is said of samples to adapt to with another share of events than those of training; empty if it is alike.

    Nothing tells whether events are more common in their area, or were drawn more often.
    """
    known, share = card.calibration, float(np.average(label, weights=design))
    if known.prevalence is None:
        return ""
    odds = known.prevalence / (1 - known.prevalence) / known.prior_correction  # among the samples of training
    if abs(np.log(share / (1 - share) / odds)) < np.log(OTHER_ODDS):
        return ""
    return (
        f"{share:.2g} of the samples have an event, {odds / (1 + odds):.2g} of those of training: blocks that adapt to "
        "them take events for that much more or less common there; draw as many samples without an event for each "
        "event as for training, unless this is so"
    )


def _block_notices(model: Model, params: SusceptibilityMapping) -> list[str]:
    """How many blocks answer for themselves."""
    if not params.blocks and not params.adapt:
        return []
    from ...learners.block_predictor import owners

    members, counts = len(model.card.members), owners(model)
    every = sum(count == members for count in counts.values())
    return [
        f"{len(counts)} blocks have models of their own, {every} of them in all of the {members} members; elsewhere "
        "one model answers for all places."
    ]


def _unknown_codes(card: Card, params: SusceptibilityMapping) -> list[str]:
    """A sentence for each factor with codes that no training sample had, and how common they are."""
    features = read_factor_features(card.features.arguments)
    coded = {factor.name: factor for factor in features.factors if factor.kind == CODE}
    counts: dict[str, dict[float, int]] = {name: {} for name in coded}
    for layer in params.factors if coded else ():
        with Stack({FACTOR: (layer,)}, scales=card.scales) as stack:
            own = [number for number, name in enumerate(stack.names) if name in coded]
            for tile in plan(stack.grid.area, TILE) if own else ():
                block = stack.read(tile)
                for number in own:
                    codes, times = np.unique(block[number][np.isfinite(block[number])], return_counts=True)
                    into = counts[stack.names[number]]
                    for code, n in zip(codes.tolist(), times.tolist(), strict=True):
                        into[code] = into.get(code, 0) + n
    notices, problems = [], Problems()
    for name, found_codes in counts.items():
        factor, total = coded[name], sum(found_codes.values())
        strange = {c: n for c, n in found_codes.items() if c not in factor.codes and c not in factor.missing}
        if strange and len(strange) == len(found_codes):
            problems.add(
                f"No code of '{name}' was known in training, where it had {_listing(factor.codes)}; here it has "
                f"{_listing(sorted(strange))}. Give the raster with the same codes."
            )
        elif strange:
            notices.append(
                f"Factor '{name}' has codes that no training sample had: {_listing(sorted(strange))}, in "
                f"{100 * sum(strange.values()) / total:.2g} % of its cells. There it is taken as none of the known."
            )
    problems.raise_any()
    return notices


def _listing(codes: Sequence[float]) -> str:
    return ", ".join(f"{code:g}" for code in codes)


def _prepare(params: SusceptibilityMapping, models: list[Model], stack: Stack, device: str, log: Log) -> EnsembleMap:
    """The ensemble with all that is mapped of it; networks are computed on `device`."""
    card = models[0].card
    ensemble = assemble(models, device, log, AnswerReading(temperature_scaled=True))
    event = EventProbability(card.calibration.prior_correction, ensemble.mean_power)
    support = support_in_words(models)
    text = f"Probability of an event{support}"
    layout = Layout(params.output, ("probability",), styles.PROBABILITY, description=text)
    products = {"event": Product(layout, event)}
    if params.uncertainty:
        text = f"Standard deviation of the members' probabilities, and entropy in bits{support}"
        layout = Layout(params.uncertainty, ("deviation", "entropy"), styles.PROBABILITY_DOUBT, description=text)
        products["uncertainty"] = Product(layout, event.uncertainty)
    if params.classes:
        style = event_classes(card.calibration.bounds)
        layout = Layout(params.classes, ("class",), style, "", "Susceptibility", CLASSES)
        products["susceptibility_class"] = Product(layout, event.classes(tuple(card.calibration.bounds)))
    if params.which:
        text = "Which model answered: the pooled one, or that of the block"
        layout = Layout(params.which, ("which",), styles.CLASSES, "", text, ANSWERED_BY)
        products["answered_by"] = Product(layout, answered_by)
    bands = match_bands(card.bands, stack)
    if stack.polygons:
        bands += stack.select([BLOCK])
    groups = data_groups([band.sensor for band in card.bands])
    return EnsembleMap(MapSource(stack, bands, groups, area_of(params.extent, stack.grid)), ensemble, products)


def _key(
    params: SusceptibilityMapping, model: Model, blocks: RasterisablePolygons | None, _: EnsembleMap
) -> Sequence[Any]:
    """Values that tell the run from others; layers count by what was read from them."""
    if blocks is None:
        return (params.without(*NOT_KEYS),)
    tensors = [array for arrays in model.members.values() for _, array in sorted(arrays.items())]
    digest = hashlib.sha256(b"".join(array.tobytes() for array in tensors))
    return params.without(*NOT_KEYS), blocks.digest(), digest.hexdigest()


SPEC = MapSpec(_open, _prepare)
