"""Sample a series: its values at samples and dates, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from ...contract.errors import RegionwiseError
from ...data.raster.stack import Stack
from ...data.series.image_series import Series, read_series
from ...data.series.sample_sequences import (
    DATE,
    END,
    FEWEST_DATES,
    NO_DAY,
    START,
    Sequences,
    read_spans,
    sample_sequences,
    steps_of,
)
from ...data.vector.layers import read_layer, representative_points
from ...data.vector.tables import check_fields, field_names
from ...data.vector.writers import check_field_names, write_vector
from ...runtime.files import check_not_input, check_writable
from ...runtime.run import Result, Run
from .params import SeriesSampling


def sample_series(params: SeriesSampling, run: Run) -> Result:
    """Write a row per sample: its dates, and each band's value at each of them."""
    check_writable(params.output)
    check_not_input([params.output], [params.samples.path, params.series])
    series = read_series(params.series)
    with Stack({"series": [series.layer]}) as stack:
        frame = read_layer(params.samples, stack.grid.crs, stack.grid.bounds)
        check_fields(frame, (params.start_field, params.end_field), params.samples)
        spans = read_spans(frame, params.start_field, params.end_field, str(params.samples))
        kept = _usable(frame, series, spans, run)
        frame = frame[kept].reset_index(drop=True)
        spans = [span for span, keep in zip(spans, kept, strict=True) if keep] if spans else None
        sequences = sample_sequences(stack, series, frame.geometry, spans)
    valid = np.isfinite(sequences.values).any((1, 2))
    if not valid.any():
        raise RegionwiseError(
            f"No sample of '{params.samples}' has data in series '{params.series}' at any date.",
            "Check that samples and series cover the same area and dates, and the quality mask.",
        )
    if not valid.all():
        run.channel.warning(f"{(~valid).sum()} samples off the raster or without data at any date are left out.")
    table = _table(frame, sequences)[valid]
    check_field_names(params.output, field_names(table))
    write_vector(table.reset_index(drop=True), params.output)
    steps, bands = sequences.values.shape[1], ", ".join(sequences.bands)
    run.channel.info(f"{valid.sum()} samples, {steps} dates, bands {bands}.")
    return Result({"OUTPUT": params.output}, {"SAMPLES_WRITTEN": float(valid.sum())})


def _usable(
    frame: gpd.GeoDataFrame, series: Series, spans: Sequence[tuple[date, date]] | None, run: Run
) -> NDArray[np.bool_]:
    """Whether each row has a place and enough dates of the series in its span, shape (row,)."""
    placed: NDArray[np.bool_] = ~(frame.geometry.is_empty | frame.geometry.isna()).to_numpy()
    if spans is None:
        return placed
    dated = np.array([len(steps_of(series, span)) >= FEWEST_DATES for span in spans])
    if not (dated & placed).any():
        raise RegionwiseError(
            f"No sample's dates lie in the series, which runs from {series.dates[0]} to {series.dates[-1]}; "
            f"those of the first run from {spans[0][0]} to {spans[0][1]}.",
            "Choose the series of the samples' years.",
        )
    if not dated.all():
        run.channel.warning(
            f"{(~dated).sum()} samples with fewer than {FEWEST_DATES} dates in the series are left out."
        )
    placed &= dated
    return placed


def _table(frame: gpd.GeoDataFrame, sequences: Sequences) -> gpd.GeoDataFrame:
    """The samples with place, dates and values as fields; fields of the same names are replaced."""
    degrees = representative_points(frame.geometry.to_crs("EPSG:4326"))
    steps = sequences.values.shape[1]
    digits = len(str(steps))
    labels = [f"{step:0{max(2, digits)}d}" for step in range(1, steps + 1)]
    days = [[date.fromordinal(day).isoformat() if day != NO_DAY else "" for day in row] for row in sequences.days]
    text = np.array(days)
    last = [max(filter(None, row), default="") for row in days]
    columns: dict[str, object] = {"longitude": degrees[:, 0], "latitude": degrees[:, 1]}
    columns |= {START: text[:, 0], END: last}
    columns |= {f"{DATE}_{label}": text[:, i] for i, label in enumerate(labels)}
    for number, band in enumerate(sequences.bands):
        columns |= {f"{band}_{label}": sequences.values[:, i, number] for i, label in enumerate(labels)}
    replaced = {name.lower() for name in (*columns, "fid", "geometry", "geom")}
    kept = {name: frame[name].to_numpy() for name in field_names(frame) if name.lower() not in replaced}
    return gpd.GeoDataFrame({**kept, **columns}, geometry=frame.geometry.to_numpy(), crs=frame.crs)
