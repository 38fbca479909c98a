"""Summarise a map: means of its cells in polygons."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...data.raster.stack import Stack
from ...data.vector.layers import read_layer
from ...data.vector.tables import check_new_fields
from ...data.vector.writers import check_field_names, write_vector
from ...data.vector.zonal import zonal_means
from ...runtime.files import check_not_input, check_writable
from ...runtime.run import Result, Run
from .params import MapSummary
from .validate_map import AREA, CELLS


def summarise_map(params: MapSummary, run: Run) -> Result:
    """Write the mean shares of the map over each polygon, the area with data and the number of cells."""
    check_writable(params.output)
    check_not_input([params.output], [params.polygons.path, params.map.path])
    with Stack({"map": (params.map,)}) as stack:
        frame = read_layer(params.polygons, stack.grid.crs, stack.grid.bounds)
        columns = [*stack.names, AREA, CELLS]
        check_field_names(params.output, columns)
        frame = check_new_fields(frame, columns, params.polygons)
        means, area, cells = zonal_means(stack, frame.geometry)
        names = stack.names
    empty = int((cells == 0).sum())
    if empty:
        run.channel.warning(f"{empty} of {len(frame)} polygons have no data on the map; their shares stay empty.")
    summary: dict[str, NDArray[np.generic]] = {name: means[:, i] for i, name in enumerate(names)}
    summary |= {AREA: area, CELLS: cells.astype(np.int64)}
    kept = frame.drop(columns=[name for name in frame if str(name).lower() == "fid"])
    write_vector(kept.assign(**summary), params.output)
    run.channel.info(f"{len(frame) - empty} polygons summarised.")
    return Result({"OUTPUT": params.output}, {"POLYGONS_FOUND": float(len(frame) - empty)})
