"""Map abundance: fractions of classes, at both levels, for every pixel that a series has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from ...contract.errors import Problems
from ...data.raster.stack import SERIES, Stack
from ...data.series.image_series import Series, band_name, read_series
from ...learning.card import Card
from ...learning.model_file import Model, read_model
from ...learning.model_types import BRITS_REFERENCE, with_torch
from ...mapping.assembly import AnswerReading, assemble
from ...mapping.backend_trial import MapSource
from ...mapping.mosaic import Layout
from ...mapping.products import Product, imputed
from ...mapping.series_inputs import check_series, dated_bands, dated_stack
from ...mapping.styles.map_styles import INDEX
from ...runtime.context import RunContext
from ...runtime.executor import Log
from ...runtime.local_executor import executor_of
from ...runtime.run import Result, Run
from ...targets.hierarchy import Levels
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
from .params import AbundanceMapping

FAMILY = "abundance"
NOT_KEYS = ("output", "dominant", "uncertainty", "intervals", "folder", "imputed", "model", "series")


def map_abundance(params: AbundanceMapping, run: Run) -> Result:
    """Map every pixel that has a value at any date."""
    series = read_series(params.series)
    rasters = [series.raster, *(layer.path for layer in params.ancillary)]
    models, stack = _open(params)
    card = models[0].card
    inputs = [*rasters, params.series, params.model]
    folder = check_share_outputs(params, _levels(card).names, inputs, params.imputed)
    _check(models[0], series, params)
    with executor_of(run) as executor, stack:
        for text in (*_doubts(card, stack), *band_notices(params, [(params.model, models[0])])):
            run.channel.warning(text)
        if params.intervals or params.uncertainty:
            tell_support("Intervals and deviations", models, run.channel)
        run.channel.info(f"Bands of the model: {', '.join(card.band_names())}; {len(series.dates)} dates.")
        map_run = MapRun([*rasters, params.model], partial(_key, params, series), folder)
        make_map(RunContext(params, run, executor), SPEC, models, stack, map_run)
    return written(params, *SHARE_OUTPUTS, "imputed")


def _open(params: AbundanceMapping) -> tuple[list[Model], Stack]:
    """The model, and the stack of layers before it is opened."""
    model = read_model(params.model, FAMILY)
    return [model], dated_stack(model.card, read_series(params.series), params.ancillary, params.resampling)


def _prepare(params: AbundanceMapping, models: list[Model], stack: Stack, device: str, log: Log) -> EnsembleMap:
    """The ensemble with all that is mapped of it; networks are computed on `device`."""
    card, series = models[0].card, read_series(params.series)
    dated = dated_bands(card, series, stack)
    levels = _levels(card)
    answers = AnswerReading(levels.matrix().astype(np.float32), days=dated.days, imputing=bool(params.imputed))
    ensemble = assemble(models, device, log, answers)
    products = share_products(params, levels.names, models)
    if params.imputed:
        names = tuple(band_name(name, when) for when in series.dates for name in card.band_names(SERIES))
        layout = Layout(params.imputed, names, INDEX, description="The series without gaps")
        products["imputed"] = Product(layout, imputed)
    source = MapSource(stack, dated.positions, dated.groups, area_of(params.extent, stack.grid))
    return EnsembleMap(source, ensemble, products)


def _levels(card: Card) -> Levels:
    return Levels(tuple(card.components), card.levels)


def _key(params: AbundanceMapping, series: Series, _: EnsembleMap) -> Sequence[Any]:
    """Values that tell the run from others."""
    return params.without(*NOT_KEYS), [when.isoformat() for when in series.dates], series.names


def _check(model: Model, series: Series, params: AbundanceMapping) -> None:
    """Refuse a series that is not like the one the model learned, or a model that cannot impute or has no bands."""
    card, problems = model.card, Problems()
    check_series(card, series, problems)
    counting = any(member.type == BRITS_REFERENCE for member in card.members)
    if counting and len(series.dates) != len(card.features.arguments["calendar"]):
        problems.add(
            f"Series '{params.series}' has {len(series.dates)} dates; the published network counts steps and wants "
            f"{len(card.features.arguments['calendar'])}, evenly over the year (Make series, Period = monthly)."
        )
    if params.imputed and not with_torch(member.type for member in card.members):
        problems.add(f"'{params.model}' holds no network that fills gaps; leave Imputed empty, or train brits.")
    for text in band_problems(params, [(params.model, model)]):
        problems.add(text)
    problems.raise_any()


def _doubts(card: Card, stack: Stack) -> Iterator[str]:
    """Yield what may be wrong with the rasters for this model."""
    cells = other_cells(card, stack.grid)
    if cells:
        yield (
            f"The rasters have {cells}: shares of larger cells are more mixed. Resample the rasters, or train on these."
        )


SPEC = MapSpec(_open, _prepare)
