"""Dated inputs of training: a series with samples, or a table of values, alike in every family that reads series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..contract.layer import Layer
from ..contract.learning_params import SeriesLearningParams
from ..data.raster.stack import ANCILLARY, SERIES
from ..data.series.image_series import read_series
from ..features.series_features import SeriesFeatures, calendar_of
from ..learning.card import BandInfo
from ..learning.contracts import TrainingData
from ..runtime.context import RunContext
from .device_choice import device_for
from .input_spec import DateColumns, GroupColumns, InputSpec, LabelColumns, RasterSources
from .table_inputs import read_table_inputs
from .training_inputs import Inputs, read_inputs


@dataclass(frozen=True)
class DatedSpec:
    """The inputs of a family of dated images, besides the series or the table of values.

    Parameters
    ----------
    halo : int
        Cells around a pixel that the models see.
    ancillary, ancillary_fields :
        Rasters besides a series, or fields of a table.
    coordinates : bool
        Whether longitude and latitude are bands besides a series, too.
    files, more_layers :
        See `input_spec.InputSpec`.
    """

    labels: LabelColumns
    halo: int = 0
    ancillary: Sequence[Layer] = ()
    ancillary_fields: Sequence[str] = ()
    coordinates: bool = False
    resampling: str = "refuse"
    files: tuple[str, ...] = ()
    more_layers: tuple[Layer, ...] = ()


def read_dated(context: RunContext[SeriesLearningParams], dated: DatedSpec) -> Inputs:
    """The inputs, from rasters or from a table."""
    params, groups = context.params, GroupColumns(context.params.regions)
    device = device_for([params.model_type], params.device, context.executor, context.run)
    dates = DateColumns(None, params.start_field, params.end_field)
    spec = InputSpec(
        params.samples if params.series else params.table,
        [params.validation],
        dated.labels,
        groups=groups,
        dates=dates,
        halo=dated.halo,
        files=dated.files,
        more_layers=dated.more_layers,
    )
    if not params.series:
        return read_table_inputs(context, spec, dated.ancillary_fields, device)
    series = read_series(params.series)
    sensors = {SERIES: (series.layer,), ANCILLARY: dated.ancillary}
    rasters = RasterSources(sensors, dated.resampling, coordinates=dated.coordinates)
    return read_inputs(context, replace(spec, rasters=rasters, dates=replace(dates, series=series)), device)


def series_features(training_data: TrainingData) -> SeriesFeatures:
    """Features of a pixel's series, at the calendar of the samples' own series."""
    if training_data.days is None:
        raise ValueError("the bands are not dated")
    dated = [band.name for band in training_data.bands if band.sensor == SERIES]
    names = tuple(dict.fromkeys(name.rpartition(" ")[0] for name in dated))
    if len(dated) != training_data.days.shape[1] * len(names):
        raise ValueError(f"{len(dated)} bands are not {training_data.days.shape[1]} times {names}")
    ancillary = tuple(band.name for band in training_data.bands if band.sensor != SERIES)
    return SeriesFeatures(names, ancillary, *calendar_of(training_data.days))


def series_bands(features: SeriesFeatures, training_data: TrainingData) -> list[BandInfo]:
    """The bands of one date, and the ancillary ones, as a card describes them."""
    dated = zip(features.bands, (band.unit for band in training_data.bands), strict=False)
    others = [band for band in training_data.bands if band.sensor != SERIES]
    return [
        *(BandInfo(name, SERIES, unit) for name, unit in dated),
        *(BandInfo.of(band) for band in others),
    ]
