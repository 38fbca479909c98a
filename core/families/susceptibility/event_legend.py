"""Event legend: what each class of a susceptibility map stands for, in probabilities, events and ground."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import rasterio
from rasterio.windows import Window

from ...data.raster.geotiff import LARGEST_SIDE
from ...data.raster.grids import Grid
from ...data.raster.ground_cells import reported_areas
from ...data.raster.tiles import plan
from ...mapping.styles.map_styles import ClassColours
from ...reports.palette import CLASSES_ORDERED
from ...runtime.types import Array
from ...targets.binary_target import CAPTURED


def event_classes(bounds: Sequence[float]) -> ClassColours:
    """The style of classes that `bounds`, ascending probabilities, part."""
    return ClassColours(CLASSES_ORDERED, legend=partial(_legend, tuple(bounds)))


def _legend(bounds: Sequence[float], raster: Path, names: Sequence[str]) -> list[str]:
    """What is said of each class; the events are those that no model had seen, see `binary_target.class_bounds`."""
    ends = (0.0, *bounds, 1.0)
    events = -np.diff((1.0, *CAPTURED, 0.0))
    ground = _ground_shares(raster, len(names))
    return [
        f"{name}: probability {low:.2g} to {high:.2g}, {100 * caught:.3g} % of events on {_percent(share)} of ground"
        for name, low, high, caught, share in zip(names, ends, ends[1:], events, ground, strict=False)
    ]


def _percent(share: float) -> str:
    """A share of the ground; a class that has a little of it is not told to have none."""
    return f"{100 * share:.2g} %" if share >= 0.001 or share == 0 else "under 0.1 %"


def _ground_shares(raster: Path, classes: int) -> Array:
    """The shares of the mapped ground that classes 1, 2, ... have, shape (class,)."""
    areas = np.zeros(classes + 1)
    with rasterio.open(raster) as file:
        grid = Grid(file.crs, file.transform, file.height, file.width)
        for tile in plan(grid.area, LARGEST_SIDE):
            numbers = file.read(1, window=Window(tile.col, tile.row, tile.width, tile.height))
            size = np.broadcast_to(reported_areas(grid, tile), numbers.shape)
            areas += np.bincount(numbers.ravel(), size.ravel(), len(areas))[: len(areas)]
    shares: Array = areas[1:] / max(areas[1:].sum(), 1e-12)
    return shares
