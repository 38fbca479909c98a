"""Inputs of training that come from a table of values instead of rasters."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
from affine import Affine
from rasterio.crs import CRS

from ..contract.errors import RegionwiseError
from ..contract.params import LearningParams
from ..data.patches.patches import keep_pixels, open_patches
from ..data.raster.grids import Grid
from ..data.raster.stack import ANCILLARY, FACTOR, SERIES, Band
from ..data.series.sample_sequences import DATE, END, START, read_sequences, read_spans
from ..data.vector.samples import read_layer
from ..data.vector.tables import check_fields, numeric_columns
from ..features.series_features import Days
from ..learning.contracts import TrainingData
from ..runtime.checkpoints import Checkpoints
from ..runtime.files import work_folder
from ..runtime.run import Run
from ..runtime.types import Floats
from ..validation.planner import hull_places
from .co_location import one_source_per_place
from .training_inputs import (
    Inputs,
    InputSpec,
    audit_inputs,
    block_of_samples,
    check_outputs,
    given_regions,
    inputs_key,
    read_labels,
    region_of_samples,
)

SMALLEST_SIDE = 1e-9


def read_table_inputs(
    params: LearningParams, spec: InputSpec, ancillary: Sequence[str], kinds: list[str], device: str, run: Run
) -> Inputs:
    """The inputs of a training run on a table of values (`sequences.read_sequences`).

    Parameters
    ----------
    ancillary : sequence of str
        Fields with ancillary numbers.
    """
    check_outputs(params, spec, kinds)
    frame, label = read_layer(spec.samples), str(spec.samples)
    check_fields(frame, (*ancillary, spec.start_field, spec.end_field), spec.samples)
    spans = read_spans(frame, spec.start_field, spec.end_field, label)
    taken = {
        *spec.targets,
        spec.class_field,
        *ancillary,
        params.source_field,
        params.weight_field,
        params.region_field,
    }
    found = read_sequences(frame, label, taken, spans)
    if spans is None and not {START, END} <= set(frame) and not any(name.startswith(f"{DATE}_") for name in frame):
        run.channel.warning(f"'{label}' holds no dates: its steps are taken to fill a year from January on.")
    numbers = numeric_columns(frame, ancillary, label)
    values = np.concatenate([found.values.reshape(len(frame), -1), numbers], 1)
    steps = found.values.shape[1]
    bands = [Band(f"{name} {step + 1}", SERIES, "", 0) for step in range(steps) for name in found.bands]
    bands += [Band(name, ANCILLARY, "", 0) for name in ancillary]
    run.channel.info(f"Bands {', '.join(found.bands)} at {steps} dates.")
    some = np.asarray(np.isfinite(found.values).any((1, 2)))
    return _tabular(params, spec, kinds, device, run, frame, bands, np.where(some[:, None], values, np.nan), found.days)


def read_factor_table(
    params: LearningParams, spec: InputSpec, fields: Sequence[str], kinds: list[str], device: str, run: Run
) -> Inputs:
    """The inputs of a training run on a table, each of whose `fields` is a band."""
    check_outputs(params, spec, kinds)
    frame = read_layer(spec.samples)
    check_fields(frame, fields, spec.samples)
    values = numeric_columns(frame, fields, str(spec.samples))
    bands = [Band(name, FACTOR, "", 0) for name in fields]
    return _tabular(params, spec, kinds, device, run, frame, bands, values)


def _tabular(
    params: LearningParams,
    spec: InputSpec,
    kinds: list[str],
    device: str,
    run: Run,
    frame: gpd.GeoDataFrame,
    bands: list[Band],
    values: Floats,
    days: Days | None = None,
) -> Inputs:
    """The inputs of a run on `values`, shape (row, band), of a table; rows without any are left out.

    Parameters
    ----------
    days : array of int, shape (row, step), optional
        See `learning.TrainingData`.
    """
    grid, label = table_grid(frame), str(spec.samples)
    samples, regions, blocks = read_labels(params, spec, grid)
    some = np.asarray(np.isfinite(values).any(1))[samples.row - 1]
    if not some.any():
        raise RegionwiseError(f"No row of '{label}' has a value.", "Check its columns.")
    region = given_regions(params, spec, samples)[some]
    samples = samples.take(some)
    values, days = values[samples.row - 1], None if days is None else days[samples.row - 1]
    samples, places = (samples, []) if days is not None else one_source_per_place(samples)
    polygons = [each for each in (regions, blocks) if each is not None]
    key = inputs_key(params, spec, samples, polygons, region, device, values, *([] if days is None else [days]))
    work = work_folder(run.folder, key)
    if regions is not None:
        region = region_of_samples(regions, samples)
    for notice in (*samples.notices, *places):
        run.channel.warning(notice)
    if not some.all():
        run.channel.warning(f"{(~some).sum()} rows without a value are left out.")
    run.channel.info(f"{len(samples)} samples, {samples.augmented.sum()} of them augmented or weak.")
    folder = run.scratch(work)
    keep_pixels(folder, values[:, :, None, None])
    training_data = TrainingData(
        bands, grid, samples, open_patches(folder, 0), device, Checkpoints(work), key, days, tabular=True
    )
    area = hull_places(samples, params.seed)
    audit = audit_inputs(params, kinds, training_data, area, region, run)
    return Inputs(training_data, area, region, regions, audit, block_of_samples(blocks, samples), blocks)


def table_grid(frame: gpd.GeoDataFrame) -> Grid:
    """One cell that holds all places of a table: it has a CRS and bounds, and no cells of a raster."""
    left, bottom, right, top = frame.total_bounds
    size = Affine.scale(max(right - left, SMALLEST_SIDE), -max(top - bottom, SMALLEST_SIDE))
    return Grid(CRS.from_user_input(frame.crs.to_wkt()), Affine.translation(left, top) @ size, 1, 1)
