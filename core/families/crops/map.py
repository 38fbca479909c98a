"""Map crops: the class of every pixel that a series has, and of every parcel."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np

from ...contract.errors import Problems, RegionwiseError
from ...contract.params import Layer
from ...data.raster.class_values import LARGEST, class_values, looks_coded
from ...data.raster.stack import Stack
from ...data.series.image_series import read_series
from ...data.vector.footprints import footprint
from ...data.vector.layers import read_layer
from ...data.vector.tables import rows_text
from ...data.vector.writers import check_field_names, write_vector
from ...data.vector.zonal import zonal_classes
from ...learning.model_file import Model, read_model
from ...learning.model_types import CONVLSTM_REFERENCE
from ...mapping.assembly import AnswerReading, assemble
from ...mapping.backend_trial import MapSource
from ...mapping.mosaic import Layout
from ...mapping.products import Product, confidence, largest_class, shares
from ...mapping.series_inputs import check_series, dated_bands, dated_stack
from ...runtime.context import RunContext
from ...runtime.executor import Log
from ...runtime.local_executor import executor_of
from ...runtime.run import Result, Run
from ...workflow.map_model import EnsembleMap, MapRun, MapSpec, area_of, check_outputs, make_map, written
from .params import CropMapping

FAMILY = "crops"
CLASS, CONFIDENCE = "class", "confidence"
NOT_KEYS = ("output", "probabilities", "confidence", "parcel_output", "parcels", "model", "series")
PARCEL_FIELDS = ("majority", "share", "confidence", "pixels")


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
        parcels = _read_parcels(params, stack, run) if params.parcels else None
        if any(member.type == CONVLSTM_REFERENCE for member in card.members):
            run.channel.warning(
                f"'{params.model}' holds the published network, whose answer depends on where its patch ends: it is "
                "computed anew for the patch of every pixel, which takes long. 'convlstm' computes each pixel once."
            )
        _tell_classes(card.components, run)
        run.channel.info(f"{len(series.dates)} dates.")
        key = partial(_key, params, [when.isoformat() for when in series.dates], series.names)
        finish = partial(_write_parcels, parcels, card.components, params, run)
        map_run = MapRun([series.raster, params.model], key, finish=finish)
        make_map(RunContext(params, run, executor), MapSpec(_open, _prepare), models, stack, map_run)
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
    numbers = class_values(classes)
    layout = Layout(params.output, ("class",), unit="", description="Class", classes=classes, values=numbers)
    products = {CLASS: Product(layout, largest_class(numbers))}
    if params.probabilities:
        layout = Layout(params.probabilities, classes, description="Probabilities of the classes (sum 1)")
        products["shares"] = Product(layout, shares)
    if params.confidence or params.parcels:
        layout = Layout(params.confidence, (CONFIDENCE,), description="Probability of the mapped class")
        products[CONFIDENCE] = Product(layout, confidence)
    source = MapSource(stack, dated.positions, dated.groups, area_of(params.extent, stack.grid))
    return EnsembleMap(source, ensemble, products)


def _key(params: CropMapping, dates: Sequence[str], bands: Sequence[str], _: EnsembleMap) -> Sequence[Any]:
    """Values that tell the run from others."""
    return params.without(*NOT_KEYS), dates, bands


def _read_parcels(params: CropMapping, stack: Stack, run: Run) -> gpd.GeoDataFrame:
    """The parcels on the grid of the series; tells which have no pixel.

    Raises
    ------
    RegionwiseError
        If none has one, or a field has a name that the output needs.
    """
    frame = read_layer(params.parcels, stack.grid.crs, stack.grid.bounds)
    clash = [name for name in frame if str(name).lower() in PARCEL_FIELDS]
    if clash:
        raise RegionwiseError(
            f"Parcels '{params.parcels}' have a field '{clash[0]}', a name that the output needs.", "Rename the field."
        )
    check_field_names(params.parcel_output, [*map(str, frame.columns), *PARCEL_FIELDS])
    off = np.array([not _cells(shape, stack) for shape in frame.geometry], bool)
    if off.all():
        raise RegionwiseError(
            f"No parcel of '{params.parcels}' lies on the series.",
            "Check the CRS of both, and that they cover the same area.",
        )
    if off.any():
        run.channel.warning(f"Parcels without pixels, which lie off the series: {rows_text(off)}; they stay empty.")
    return frame


def _cells(shape: Any, stack: Stack) -> bool:
    return shape is not None and not shape.is_empty and footprint(shape, stack.grid)[1].size > 0


def _write_parcels(
    frame: gpd.GeoDataFrame | None, classes: Sequence[str], params: CropMapping, run: Run, rasters: dict[str, Path]
) -> None:
    """Write the class that most of each parcel has, its share, the mean confidence, and the number of pixels.

    Without parcels do nothing.

    Parameters
    ----------
    rasters : dict
        The finished map; see `mapping.run_map`.
    """
    if frame is None:
        return
    layers = [Layer(str(rasters[key]), key) for key in (CLASS, CONFIDENCE)]
    with Stack({"map": layers}) as stack:
        class_shares, means, cells = zonal_classes(stack, frame.geometry, class_values(classes))
    empty = cells == 0
    if empty.any():
        run.channel.warning(f"{empty.sum()} of {len(frame)} parcels have no pixel with data: {rows_text(empty)}.")
    names = np.array(classes, object)[np.nan_to_num(class_shares).argmax(1)]
    names[empty] = None
    values = dict(zip(PARCEL_FIELDS, (names, class_shares.max(1), means, cells), strict=True))
    write_vector(frame.assign(**values), params.parcel_output)
    run.channel.info(f"{(~empty).sum()} parcels have a class.")
