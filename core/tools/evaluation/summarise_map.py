"""Summarise a map: means of its cells in polygons."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ...data.vector.layers import read_layer
from ...data.vector.tables import check_new_fields
from ...data.vector.writers import check_field_names, write_vector
from ...data.vector.zonal import zonal_means
from ...mapping.mapped_numbers import check_shares
from ...mapping.styles.vector_styles import by_value, field, style_layer
from ...runtime.files import check_not_input, check_writable
from ...runtime.progress import span, told_to
from ...runtime.run import Result, Run
from .params import MapSummary
from .weighted_map import map_bands, weighted_map, weighting_doubts
from .zonal_bounds import HIGH, LOW, bounded_columns, read_residuals, zonal_bounds

AREA, CELLS, WEIGHT = "map_area", "map_cells", "map_weight"


def summarise_map(params: MapSummary, run: Run) -> Result:
    """Write the mean shares of the map over each polygon, with bounds if a model tells them."""
    check_writable(params.output)
    check_not_input([params.output], [params.polygons.path, params.map.path])
    with weighted_map(params) as stack:
        frame = read_layer(params.polygons, stack.grid.crs, stack.grid.bounds)
        names = map_bands(stack)
        residuals = read_residuals(params, names) if params.model else None
        columns = [*names, AREA, CELLS, *([WEIGHT] if params.pixel_weights else [])]
        if residuals:
            check_shares(stack, residuals.deviation, params.map)
            columns += bounded_columns(names, residuals)
        check_field_names(params.output, columns)
        frame = check_new_fields(frame, columns, params.polygons)
        with told_to(run.channel.progress), span(0, 0.8):
            zonal = zonal_means(stack, frame.geometry)
        for text in weighting_doubts(stack, zonal, params):
            run.channel.warning(text)
        bounds = zonal_bounds(stack, frame.geometry, zonal, residuals, params.level, run) if residuals else {}
    empty = int((zonal.cells == 0).sum())
    if empty:
        run.channel.warning(f"{empty} of {len(frame)} polygons have no data on the map; their shares stay empty.")
    summary: dict[str, NDArray[np.generic]] = {name: zonal.means[:, i] for i, name in enumerate(names)}
    summary |= {AREA: zonal.area, CELLS: zonal.cells}
    if params.pixel_weights:
        summary[WEIGHT] = zonal.weight
    summary |= bounds
    kept = frame.drop(columns=[name for name in frame if str(name).lower() == "fid"])
    summarised = kept.assign(**summary)
    write_vector(summarised, params.output)
    first = zonal.means[:, 0]
    style_layer(summarised, params.output, by_value(field(names[0]), first.tolist(), _told(names[0], first, bounds)))
    run.channel.info(f"{len(frame) - empty} polygons summarised.")
    return Result({"OUTPUT": params.output}, {"POLYGONS_FOUND": float(len(frame) - empty)})


def _told(name: str, means: NDArray[np.float64], bounds: Mapping[str, object]) -> str:
    """An expression for the mean of a zone, of shares in percent, with its bounds if there are any."""
    if not np.nanmax(means, initial=0) <= 1:
        return f"round({field(name)}, 2)"
    value, low, high = (f"round(100 * {field(name + ending)})" for ending in ("", LOW, HIGH))
    return f"{value} || ' % (' || {low} || ' to ' || {high} || ')'" if f"{name}{LOW}" in bounds else f"{value} || ' %'"
