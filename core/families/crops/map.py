"""Map crops: the class of every pixel that a series has, and of every parcel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from ...contract.errors import Problems
from ...data.raster.class_values import LARGEST, class_values, looks_coded
from ...data.raster.stack import Stack
from ...data.series.image_series import read_series
from ...learning.model_file import Model, read_model
from ...learning.model_types import CONVLSTM_REFERENCE
from ...mapping.assembly import AnswerReading, assemble
from ...mapping.backend_trial import MapSource
from ...mapping.mosaic import Layout
from ...mapping.products import Product, confidence, largest_class, raw_by_type, shares
from ...mapping.series_inputs import check_series, dated_bands, dated_stack
from ...mapping.styles import map_styles as styles
from ...runtime.context import RunContext
from ...runtime.executor import Log
from ...runtime.local_executor import executor_of
from ...runtime.run import Result, Run
from ...workflow.map_model import EnsembleMap, MapRun, MapSpec, area_of, check_outputs, make_map, written
from ...workflow.map_support import support_in_words, tell_support
from .params import CropMapping
from .parcels import CLASS, RAW, answering_types, read_parcels, write_parcels

FAMILY = "crops"
CONFIDENCE = "confidence"
NOT_KEYS = ("output", "probabilities", "confidence", "parcel_output", "parcels", "model", "series")


def map_crops(params: CropMapping, run: Run) -> Result:
    """Map every pixel that has a value at any date, then find the majority in each parcel."""
    series = read_series(params.series)
    inputs = [series.raster, params.series, params.model, *([params.parcels.path] if params.parcels else [])]
    check_outputs([params.output, params.probabilities, params.confidence, params.parcel_output], inputs)
    models, stack = _open(params)
    card = models[0].card
    problems = Problems()
    check_series(card, series, problems)
    problems.raise_any()
    with executor_of(run) as executor, stack:
        parcels = read_parcels(params, stack, run) if params.parcels else None
        if any(member.type == CONVLSTM_REFERENCE for member in card.members):
            run.channel.warning(
                f"'{params.model}' holds the published network, whose answer depends on where its patch ends: it is "
                "computed anew for the patch of every pixel, which takes long. 'convlstm' computes each pixel once."
            )
        _tell_classes(card.components, run)
        run.channel.info(f"{len(series.dates)} dates.")
        tell_support("Probabilities", models, run.channel)
        key = partial(_key, params, [when.isoformat() for when in series.dates], series.names)
        finish = partial(write_parcels, parcels, card, params, run)
        map_run = MapRun([series.raster, params.model], key, finish=finish)
        make_map(RunContext(params, run, executor), SPEC, models, stack, map_run)
    return written(params, "probabilities", "confidence", "parcel_output")


def _tell_classes(names: Sequence[str], run: Run) -> None:
    """Say which number of the map stands for which class."""
    numbers = class_values(names)
    if list(map(str, numbers)) == list(names):
        run.channel.info(f"The numbers of the map are the class codes: {', '.join(names)}.")
        return
    listing = ", ".join(f"{number} {name}" for number, name in zip(numbers, names, strict=True))
    run.channel.info(f"Classes by their numbers in the map: {listing}.")
    if looks_coded(names):
        run.channel.warning(f"Class codes do not all fit into 1 to {LARGEST}, so the map numbers classes anew.")


def _open(params: CropMapping) -> tuple[list[Model], Stack]:
    """The model, and the stack of layers before it is opened."""
    model = read_model(params.model, FAMILY)
    return [model], dated_stack(model.card, read_series(params.series))


def _prepare(params: CropMapping, models: list[Model], stack: Stack, device: str, log: Log) -> EnsembleMap:
    """The ensemble with all that is mapped of it; networks are computed on `device`."""
    card = models[0].card
    dated = dated_bands(card, read_series(params.series), stack)
    ensemble = assemble(models, device, log, AnswerReading(temperature_scaled=True, days=dated.days))
    classes = tuple(card.components)
    numbers, support = class_values(classes), support_in_words(models)
    style = replace(styles.CLASSES, by_name=card.colours)
    layout = Layout(params.output, ("class",), style, "", "Class", classes, numbers)
    products = {CLASS: Product(layout, largest_class(numbers))}
    if params.probabilities:
        text = f"Probabilities of the classes (sum 1){support}"
        layout = Layout(params.probabilities, classes, styles.PROBABILITIES, description=text)
        products["shares"] = Product(layout, shares)
    if params.confidence:
        text = f"Probability of the mapped class{support}"
        layout = Layout(params.confidence, (CONFIDENCE,), styles.CONFIDENCE, description=text)
        products[CONFIDENCE] = Product(layout, confidence)
    if params.parcels:
        types = answering_types(card)
        layout = Layout("", tuple(f"{kind} {name}" for kind in types for name in classes), styles.PROBABILITIES)
        products[RAW] = Product(layout, raw_by_type(types))
    source = MapSource(stack, dated.positions, dated.groups, area_of(params.extent, stack.grid))
    return EnsembleMap(source, ensemble, products)


def _key(params: CropMapping, dates: Sequence[str], bands: Sequence[str], _: EnsembleMap) -> Sequence[Any]:
    """Values that tell the run from others."""
    return params.without(*NOT_KEYS), dates, bands


SPEC = MapSpec(_open, _prepare)
