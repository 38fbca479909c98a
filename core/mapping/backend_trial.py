"""The trial of backends on a part of a map, and the memory that they take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..data.raster.data_masks import Groups, with_data
from ..data.raster.stack import Stack
from ..data.raster.tiles import Tile, plan
from ..learning.contracts import BackendUser
from ..runtime.executor import Log
from ..runtime.types import Floats
from .ensemble import Ensemble
from .run_map import TILE_SIDES
from .tile_pipeline import BLOCKS_AT_A_TIME

if TYPE_CHECKING:  # it brings torch, which trees do without
    from ..inference.backend_choice import Choice

WINDOWS = {  # longest sides, in cells, the best one first; Apple's GPU shares the memory with the processor
    "cpu": (256, 192, 128, 64), "cuda": (1024,), "mps": (1024, 512, 256, 128, 64)
}  # fmt: skip
TRIED_BLOCKS = 64  # that are searched for a sample with data
WINDOW_SHARE = 0.35  # of the memory, for the window that is computed
FEW_BANDS = 20  # whose blocks leave it that share


@dataclass(frozen=True)
class MapSource:
    """The source of a map: rasters, bands, and the area.

    Parameters
    ----------
    stack : Stack
        Open.
    bands : sequence of int
        Positions in the stack of the bands that the models get, in order.
    groups : sequence of sequences of int
        Which of `bands` say where there are data, see `data_masks.with_data`.
    area : Tile
        What is mapped.
    """

    stack: Stack
    bands: Sequence[int]
    groups: Groups
    area: Tile

    def read(self, tile: Tile) -> Floats:
        """The values of the models' bands in `tile`, shape (band, row, col)."""
        return self.stack.read(tile)[list(self.bands)]


def networks(ensemble: Ensemble) -> list[BackendUser]:
    """Each network of an ensemble whose backend can be chosen."""
    return [predictor for predictor in ensemble.predictors() if isinstance(predictor, BackendUser)]


def use(ensemble: Ensemble, choice: Choice | None) -> None:
    """Let all networks compute as `choice` says."""
    if choice is not None:
        for network in networks(ensemble):
            network.use(choice)


def choose_backend(source: MapSource, ensemble: Ensemble, *, fast: bool, memory_bytes: int, log: Log) -> Choice | None:
    """Let the networks compute in the fastest way that is right, tried on a part of the map; return that way.

    Parameters
    ----------
    fast : bool
        Whether bf16 may be used.
    """
    predictors = networks(ensemble)
    if not predictors:
        return None
    from ..inference.backend_choice import TRIAL_SIDE, Conditions, TrialArea, choose

    block = _sample(source, TRIAL_SIDE, ensemble.halo)
    sides, room = WINDOWS[ensemble.device], window_room(memory_bytes, len(source.bands), ensemble.halo)
    fitting = (side for side in sides if window_need(ensemble, side) <= room or ensemble.device == "cuda")
    largest, pixels = next(fitting, sides[-1]), source.area.height * source.area.width
    area = TrialArea(block, with_data(block, source.groups, ensemble.halo))
    return choose(predictors, area, Conditions(fast, ensemble.device, largest, pixels), log)


def window_room(memory_bytes: int, bands: int, halo: int) -> float:
    """The memory (bytes) that a window may take beside the blocks of so many bands."""
    more = 4 * max(bands - FEW_BANDS, 0) * BLOCKS_AT_A_TIME * (TILE_SIDES[-1] + 2 * halo) ** 2
    return WINDOW_SHARE * memory_bytes - more


def _sample(source: MapSource, side: int, halo: int) -> Floats:
    """A block around a pixel with data, from the middle of the map on; if none is found, the middle."""
    tiles = list(plan(source.area, side))
    middle = len(tiles) // 2
    ordered = [*tiles[middle:], *tiles[:middle]]
    for tile in ordered[:: max(1, len(ordered) // TRIED_BLOCKS)]:
        cells = np.argwhere(with_data(source.read(tile), source.groups, 0))
        if len(cells):
            nearest = cells[np.abs(cells - np.median(cells, 0)).sum(1).argmin()]
            row, col = tile.row + int(nearest[0]) - side // 2, tile.col + int(nearest[1]) - side // 2
            return source.read(Tile(row, col, side, side).padded(halo))
    tile = ordered[0]
    return source.read(Tile(tile.row, tile.col, side, side).padded(halo))


def window_need(ensemble: Ensemble, side: int) -> int:
    """The memory (bytes) that the largest network takes for a window on the processor."""
    return max((network.window_bytes(side) for network in networks(ensemble)), default=0)
