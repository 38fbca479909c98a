"""Dated inputs of training: a series with samples, or a table of values, alike in every family that reads series."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..contract.params import DatedLearningParams, Layer
from ..data.raster.stack import ANCILLARY, SERIES
from ..data.series.image_series import read_series
from ..features.series_features import SeriesFeatures, calendar_of
from ..learning.contracts import TrainingData
from ..runtime.executor import Executor
from ..runtime.run import Run
from .device_choice import device_for
from .table_inputs import read_table_inputs
from .training_inputs import Inputs, InputSpec, read_inputs


def read_dated(
    params: DatedLearningParams,
    run: Run,
    executor: Executor,
    *,
    halo: int = 0,
    ancillary: Sequence[Layer] = (),
    ancillary_fields: Sequence[str] = (),
    coordinates: bool = False,
    **more: Any,
) -> Inputs:
    """The inputs, from rasters or from a table.

    Parameters
    ----------
    halo : int
        Cells around a pixel that the models see.
    ancillary, ancillary_fields :
        Rasters beside a series, or fields of a table.
    coordinates : bool
        Whether longitude and latitude are bands beside a series, too.
    more :
        Further fields of `inputs.InputSpec`: targets or a class field.
    """
    device = device_for([params.model_type], params.device, executor, run)
    kinds = [params.validation]
    common = {"regions": params.regions, "start_field": params.start_field, "end_field": params.end_field, **more}
    if not params.series:
        spec = InputSpec({}, params.table, **common)
        return read_table_inputs(params, spec, ancillary_fields, kinds, device, run)
    series = read_series(params.series)
    sensors = {SERIES: (series.layer,), ANCILLARY: ancillary}
    spec = InputSpec(sensors, params.samples, series=series, coordinates=coordinates, **common)
    return read_inputs(params, spec, kinds, halo, device, run)


def series_features(training_data: TrainingData) -> SeriesFeatures:
    """Return what trees see of a pixel's series, at the calendar of the samples' own series."""
    if training_data.days is None:
        raise ValueError("the bands are not dated")
    dated = [band.name for band in training_data.bands if band.sensor == SERIES]
    names = tuple(dict.fromkeys(name.rpartition(" ")[0] for name in dated))
    if len(dated) != training_data.days.shape[1] * len(names):
        raise ValueError(f"{len(dated)} bands are not {training_data.days.shape[1]} times {names}")
    ancillary = tuple(band.name for band in training_data.bands if band.sensor != SERIES)
    return SeriesFeatures(names, ancillary, *calendar_of(training_data.days))


def series_bands(features: SeriesFeatures, training_data: TrainingData) -> list[dict[str, str]]:
    """The bands of one date, and the ancillary ones, as a card describes them."""
    dated = zip(features.bands, (band.unit for band in training_data.bands), strict=False)
    others = [band for band in training_data.bands if band.sensor != SERIES]
    return [
        *({"name": name, "sensor": SERIES, "unit": unit} for name, unit in dated),
        *({"name": band.name, "sensor": band.sensor, "unit": band.unit} for band in others),
    ]
