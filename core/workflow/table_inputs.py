"""Inputs of training that come from a table of values instead of rasters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
from affine import Affine
from rasterio.crs import CRS

from ..contract.errors import RegionwiseError
from ..contract.learning_params import LearningParams
from ..data.patches.patches import keep_pixels, open_patches
from ..data.raster.grids import Grid
from ..data.raster.stack import ANCILLARY, FACTOR, SERIES, Band
from ..data.series.sample_sequences import DATE, END, START, read_sequences, read_spans
from ..data.vector.layers import read_rows
from ..data.vector.tables import check_fields, numeric_columns
from ..features.series_features import Days
from ..learning.contracts import TrainingData
from ..runtime.checkpoints import Checkpoints
from ..runtime.context import RunContext
from ..runtime.files import work_folder
from ..runtime.types import Floats
from ..validation.area_places import hull_places
from .augmented_inputs import read_augmented_labels
from .co_location import one_group_per_place
from .input_spec import InputSpec
from .placeless import without_places
from .training_inputs import (
    READ,
    Inputs,
    audit_inputs,
    block_of_samples,
    check_outputs,
    given_regions,
    inputs_key,
    read_labels,
    region_of_samples,
)

SMALLEST_SIDE = 1e-9


@dataclass(frozen=True)
class TableValues:
    """Values of a table.

    Parameters
    ----------
    frame : GeoDataFrame
    bands : list of Band
    values : array, shape (row, band)
    days : array of int, shape (row, step), optional
        See `contracts.TrainingData`.
    """

    frame: gpd.GeoDataFrame
    bands: list[Band]
    values: Floats
    days: Days | None = None


def read_table_inputs(
    context: RunContext[LearningParams], spec: InputSpec, ancillary: Sequence[str], device: str
) -> Inputs:
    """The inputs of a training run on a table of values (`sample_sequences.read_sequences`).

    Parameters
    ----------
    ancillary : sequence of str
        Fields with ancillary numbers.
    """
    params, channel, dates = context.params, context.channel, spec.dates
    channel.stage("Reading the table", until=READ)
    check_outputs(params, spec)
    frame, label = read_rows(spec.samples), str(spec.samples)
    check_fields(frame, (*ancillary, dates.start_field, dates.end_field), spec.samples)
    spans = read_spans(frame, dates.start_field, dates.end_field, label)
    own = (params.source_field, params.weight_field, params.region_field)
    taken = {*spec.labels.targets, spec.labels.class_field, *ancillary, *own}
    sequences = read_sequences(frame, label, taken, spans)
    if spans is None and not {START, END} <= set(frame) and not any(name.startswith(f"{DATE}_") for name in frame):
        channel.warning(f"'{label}' holds no dates: its steps are taken to fill a year from January on.")
    numbers = numeric_columns(frame, ancillary, label)
    values = np.concatenate([sequences.values.reshape(len(frame), -1), numbers], 1)
    steps = sequences.values.shape[1]
    bands = [Band(f"{name} {step + 1}", SERIES, "", 0) for step in range(steps) for name in sequences.bands]
    bands += [Band(name, ANCILLARY, "", 0) for name in ancillary]
    channel.info(f"Bands {', '.join(sequences.bands)} at {steps} dates.")
    observed = np.asarray(np.isfinite(sequences.values).any((1, 2)))
    values = np.where(observed[:, None], values, np.nan)
    return _tabular(context, spec, device, TableValues(frame, bands, values, sequences.days))


def read_factor_table(
    context: RunContext[LearningParams], spec: InputSpec, fields: Sequence[str], device: str
) -> Inputs:
    """The inputs of a training run on a table, each of whose `fields` is a band."""
    context.channel.stage("Reading the table", until=READ)
    check_outputs(context.params, spec)
    frame = read_rows(spec.samples)
    check_fields(frame, fields, spec.samples)
    values = numeric_columns(frame, fields, str(spec.samples))
    filled = np.asarray(np.isfinite(values).any(0))
    empty = [name for name, any_filled in zip(fields, filled, strict=True) if not any_filled]
    if empty and filled.any():
        context.channel.warning(f"Fields without a value in any row are left out: {', '.join(empty)}.")
        fields, values = [name for name in fields if name not in empty], values[:, filled]
    bands = [Band(name, FACTOR, "", 0) for name in fields]
    return _tabular(context, spec, device, TableValues(frame, bands, values))


def _tabular(context: RunContext[LearningParams], spec: InputSpec, device: str, table: TableValues) -> Inputs:
    """The inputs of a run on the values of a table; rows without any are left out."""
    params, run = context.params, context.run
    grid, label = table_grid(table.frame), str(spec.samples)
    if not grid.crs:
        spec = without_places(params, spec)
    labels = read_labels(params, spec, grid)
    samples, regions, blocks = labels.samples, labels.regions, labels.blocks
    with_value = np.asarray(np.isfinite(table.values).any(1))[samples.row - 1]
    if not with_value.any():
        raise RegionwiseError(f"No row of '{label}' has a value.", "Check its columns.")
    region = given_regions(params, spec, samples)[with_value]
    samples = samples.take(with_value)
    values, days = table.values[samples.row - 1], None if table.days is None else table.days[samples.row - 1]
    samples, shared = one_group_per_place(samples) if days is None and samples.placed else (samples, [])
    arrays = [values] if days is None else [values, days]
    augmented, samples = read_augmented_labels(params, spec, samples, run.channel)
    key = inputs_key(params, spec, replace(labels, samples=samples, augmented=augmented), region, device, *arrays)
    work = work_folder(run.folder, key)
    if regions is not None:
        region = region_of_samples(regions, samples)
    for notice in (*samples.notices, *shared):
        run.channel.warning(notice)
    if not with_value.all():
        run.channel.warning(f"{(~with_value).sum()} rows without a value are left out.")
    run.channel.info(f"{len(samples)} samples, {samples.augmented.sum()} of them augmented or weak.")
    folder = run.scratch(work)
    keep_pixels(folder, values[:, :, None, None])
    patches = open_patches(folder, 0)
    training_data = TrainingData(
        table.bands, grid, samples, patches, device, Checkpoints(work), key, days, True, augmented
    )
    area = hull_places(samples, params.seed, labels.outline)
    audit = audit_inputs(context, spec, training_data, area, region)
    return Inputs(training_data, area, region, regions, audit, block_of_samples(blocks, samples), blocks)


def table_grid(frame: gpd.GeoDataFrame) -> Grid:
    """One cell that holds all places of a table: it has a CRS and bounds, and no cells of a raster.

    Without places it has no CRS.
    """
    if frame.crs is None:
        return Grid(CRS(), Affine.identity(), 1, 1)
    left, bottom, right, top = frame.total_bounds
    size = Affine.scale(max(right - left, SMALLEST_SIDE), -max(top - bottom, SMALLEST_SIDE))
    return Grid(CRS.from_user_input(frame.crs.to_wkt()), Affine.translation(left, top) @ size, 1, 1)
