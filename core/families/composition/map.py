"""Map a composition: global members everywhere, blended with each region's own expert."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from ...contract.errors import Problems, RegionwiseError
from ...data.raster.grids import Grid
from ...data.raster.stack import Stack, data_groups
from ...data.vector.polygons import Regions, read_regions
from ...learning.model_file import STANDARDISED, Model, read_model
from ...mapping.assembly import RegionalBlend, assemble
from ...mapping.backend_trial import MapSource
from ...mapping.band_matching import match_bands
from ...runtime.context import RunContext
from ...runtime.executor import Log
from ...runtime.local_executor import executor_of
from ...runtime.run import Result, Run
from ...workflow.cell_ratio import other_cells
from ...workflow.map_model import (
    SHARE_OUTPUTS,
    EnsembleMap,
    MapRun,
    MapSpec,
    area_of,
    check_share_outputs,
    make_map,
    share_products,
    written,
)
from ...workflow.map_support import tell_support
from ...workflow.share_bands import band_notices, band_problems
from .params import CompositionMapping

FAMILY = "composition"
NOT_KEYS = ("output", "dominant", "uncertainty", "intervals", "folder", "model", "regional_model", "regions", "weights")


def map_composition(params: CompositionMapping, run: Run) -> Result:
    """Map every pixel that the day sensor has."""
    rasters = [layer.path for layer in (*params.day, *params.night)]
    models, stack = _open(params)
    folder = check_share_outputs(params, models[0].card.components, rasters)
    _check_models(models, params)
    with executor_of(run) as executor, stack:
        context = RunContext(params, run, executor)
        for text in (*_doubts(models, stack), *band_notices(params, _by_path(params, models))):
            run.channel.warning(text)
        if params.intervals or params.uncertainty:
            tell_support("Intervals and deviations", models, run.channel)
        run.channel.detail(f"Bands in the model's order: {', '.join(models[0].card.band_names())}.")
        inputs = [*rasters, params.model, *filter(None, [params.regional_model])]
        map_run = MapRun(inputs, partial(_key, params), folder)
        make_map(context, SPEC, models, stack, map_run)
    return written(params, *SHARE_OUTPUTS)


def _open(params: CompositionMapping) -> tuple[list[Model], Stack]:
    """The models, and the stack of layers before it is opened."""
    models = [read_model(path, FAMILY) for path in (params.model, params.regional_model) if path]
    sensors = {"day": params.day, "night": params.night}
    return models, Stack(sensors, params.resampling, scales=models[0].card.scales)


def _prepare(params: CompositionMapping, models: list[Model], stack: Stack, device: str, log: Log) -> EnsembleMap:
    """The ensemble with all that is mapped of it; networks are computed on `device`."""
    card = models[0].card
    bands = match_bands(card.bands, stack)
    regions = _read_regions(params, models, stack.grid, log)
    blend = RegionalBlend(regions, params.weights, params.blend)
    ensemble = assemble(models, device, log, blend=blend)
    groups = data_groups([band.sensor for band in card.bands])
    source = MapSource(stack, bands, groups, area_of(params.extent, stack.grid))
    products = share_products(params, card.components, models)
    return EnsembleMap(source, ensemble, products, fast=params.precision == "fast")


def _key(params: CompositionMapping, job: EnsembleMap) -> Sequence[Any]:
    """Values that tell the run from others; regions and weights count by what was read."""
    regions = job.ensemble.regions
    return params.without(*NOT_KEYS), regions.digest() if regions else "", job.ensemble.weights


def _doubts(models: Sequence[Model], stack: Stack) -> Iterator[str]:
    """Yield what may be wrong with the rasters for these models."""
    cells = other_cells(models[0].card, stack.grid)
    if cells:
        yield (
            f"The rasters have {cells}: it sees another piece of land than it learned from. Resample the rasters, or "
            "train on these."
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
    for text in band_problems(params, _by_path(params, models)):
        problems.add(text)
    problems.raise_any()


def _by_path(params: CompositionMapping, models: Sequence[Model]) -> list[tuple[str, Model]]:
    return list(zip((params.model, params.regional_model), models, strict=False))


def _read_regions(params: CompositionMapping, models: Sequence[Model], grid: Grid, log: Log) -> Regions | None:
    """The regions, of which some must have an expert, or else a calibration of their own."""
    if not params.regions:
        return None
    regions = read_regions(params.regions, params.region_field, grid, params.region_preset)
    if len(models) > 1:
        known = {member.region for member in models[1].card.members}
        lacking, path = "has an expert", params.regional_model
    else:
        factors = models[0].card.calibration.factors
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


SPEC = MapSpec(_open, _prepare)
