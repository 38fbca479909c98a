"""Sample negatives: places without an event, outside a buffer around those of an inventory.

Each of them stands for the cells without an event of its stratum, over the negatives drawn there, which is written
beside events of the stratum, too: what is learned and scored is then that of the area, however the negatives were
dealt to strata (Horvitz & Thompson 1952; Prentice & Pyke 1979). Cells in buffers are of that number: the map answers
them, and Prevalence counts them. So a buffer hides some cells of a stratum, for which its others stand. Cells count by
the parts that events do not cover.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
from scipy.spatial import cKDTree

from ...contract.errors import RegionwiseError
from ...data.raster.stack import FACTOR, Stack
from ...data.raster.tiles import Tile, plan
from ...data.vector.layers import located_rows, read_layer, representative_points
from ...data.vector.polygons import Regions, read_regions
from ...data.vector.writers import check_field_names, write_vector
from ...mapping.styles.vector_styles import QUIET_SIZE, Mark, VectorStyle, field, style_layer
from ...reports import palette
from ...runtime.files import check_not_input, check_writable
from ...runtime.run import Result, Run
from ...runtime.types import Array, Floats, Index
from ...validation.distances import Ruler
from .event_cells import TILE, EventCells
from .params import CELLS_EACH
from .sampling_design import STRATUM
from .terrain_params import NegativeSampling

MOST_CANDIDATES = 2_000_000  # cells that are kept, drawn at random
SLOPE_CLASSES = 10  # quantiles of the slope of the events
TOUCHING = 1e-3  # of a cell
CROWDED = 0.5  # of the candidates of a stratum


@dataclass(frozen=True)
class FreeCells:
    """Cells that may be negatives, and how many of the area they are drawn from.

    Parameters
    ----------
    candidates : array of int, shape (cell, 3)
        Row, column and stratum.
    without_event : array, shape (stratum,)
        Cells with all factors but for what events cover of them, whether in a buffer or not.
    with_event : float
        What events cover of the cells with all factors, in cells.
    """

    candidates: Index
    without_event: Array
    with_event: float

    @property
    def prevalence(self) -> float:
        """The share of the cells that events cover."""
        return self.with_event / (self.with_event + float(self.without_event.sum()))


class Strata:
    """Parts of an area, each of which gets its share of the negatives: classes of slope, blocks, or one for all.

    Parameters
    ----------
    slope : int
        Position of the slope's band in the stack.
    """

    def __init__(self, stack: Stack, xy: Array, *, slope: int = -1, blocks: Regions | None = None) -> None:
        self._grid, self._slope, self._blocks = stack.grid, slope, blocks
        self._bounds = np.empty(0)
        self.of_events = np.zeros(len(xy), np.int64)
        if blocks is not None:
            self.of_events = blocks.at(xy)
        if slope >= 0:
            slopes = stack.values_at(xy)[:, slope]
            valid = np.isfinite(slopes)
            if not valid.any():
                raise RegionwiseError(f"No event lies on '{stack.names[slope]}'.", "Check the CRS of both.")
            self._bounds = np.unique(np.quantile(slopes[valid], np.linspace(0, 1, SLOPE_CLASSES + 1)[1:-1]))
            self.of_events = np.where(valid, np.searchsorted(self._bounds, slopes), -1)

    @property
    def count(self) -> int:
        """How many strata there are."""
        return len(self._blocks.names) if self._blocks is not None else len(self._bounds) + 1

    def of_cells(self, tile: Tile, values: Floats) -> Index:
        """The number of the stratum of each cell, shape (row, col); -1 where it has none."""
        if self._blocks is not None:
            return self._blocks.rasterised(self._grid, tile).astype(np.int64)
        if self._slope >= 0:
            return np.asarray(np.searchsorted(self._bounds, values[self._slope]), np.int64)
        return np.zeros((tile.height, tile.width), np.int64)

    def name(self, number: int) -> str:
        """The name of a stratum for people."""
        if self._blocks is not None:
            return self._blocks.names[number]
        if self._slope < 0:
            return "all"
        low, high = ([-np.inf, *self._bounds, np.inf][number + side] for side in (0, 1))
        if np.isfinite([low, high]).all():
            return f"{low:.3g} to {high:.3g}"
        return f"below {high:.3g}" if np.isfinite(high) else f"from {low:.3g} on"


def sample_negatives(params: NegativeSampling, run: Run) -> Result:
    """Write the events with label 1, and drawn cells with label 0."""
    check_writable(params.output)
    check_field_names(params.output, (params.label_field, STRATUM, CELLS_EACH))
    layers = [params.inventory, params.blocks, params.slope, *params.factors]
    check_not_input([params.output], [layer.path for layer in layers])
    extra = params.slope and params.slope.path not in [layer.path for layer in params.factors]
    sensors = {FACTOR: (*params.factors, *((params.slope,) if extra else ()))}
    with Stack(sensors, params.resampling) as stack:
        events = read_layer(params.inventory, stack.grid.crs, stack.grid.bounds)
        events = located_rows(events, params.inventory)
        if not len(events):
            raise RegionwiseError(f"Inventory '{params.inventory}' has no event with a place.", "Choose another layer.")
        strata = _strata(stack, events, params)
        free = _free_cells(stack, events, strata, params, run)
        parts = list(_drawn(free, strata, params, run))
        drawn = np.concatenate([cells for cells, _ in parts])
        xy = stack.grid.centres(*drawn[:, :2].T)
    number = np.concatenate([strata.of_events, drawn[:, 2]])
    each = np.full(strata.count + 1, np.nan)  # the last is that of no stratum
    for cells, size in parts:
        each[cells[:, 2]] = size
    frame = gpd.GeoDataFrame(
        {
            params.label_field: [1] * len(events) + [0] * len(drawn),
            STRATUM: [strata.name(i) if i >= 0 else "" for i in number.tolist()],
            CELLS_EACH: each[number],
        },
        geometry=[*events.geometry, *gpd.points_from_xy(*xy.T)],
        crs=events.crs,
    )
    write_vector(frame, params.output)
    style_layer(frame, params.output, _beside_events(params.label_field))
    run.channel.info(
        f"{len(events)} events and {len(drawn)} negatives ({len(drawn) / len(events):.3g} for each event). Field "
        f"'{CELLS_EACH}' holds the cells that each of them stands for; 'Train susceptibility' reads it."
    )
    run.channel.info(
        f"Events cover {free.prevalence:.3g} of the cells with all factors: the Prevalence of training, if the "
        "inventory has all events."
    )
    numbers = {"EVENTS": len(events), "NEGATIVES": len(drawn), "PREVALENCE": free.prevalence}
    return Result({"OUTPUT": params.output}, {name: float(value) for name, value in numbers.items()})


def _strata(stack: Stack, events: gpd.GeoDataFrame, params: NegativeSampling) -> Strata:
    """The strata that the parameters name."""
    xy = representative_points(events.geometry)
    if params.stratify == "blocks":
        return Strata(stack, xy, blocks=read_regions(params.blocks, params.block_field, stack.grid))
    if params.stratify == "none":
        return Strata(stack, xy)
    bands = [number for number, band in enumerate(stack.bands) if band.path == params.slope.path]
    if len(bands) != 1:
        raise RegionwiseError(f"Slope '{params.slope}' has {len(bands)} bands.", "Choose a raster with one.")
    return Strata(stack, xy, slope=bands[0])


def _free_cells(
    stack: Stack, events: gpd.GeoDataFrame, strata: Strata, params: NegativeSampling, run: Run
) -> FreeCells:
    """The cells that may be negatives, and the sizes of the strata; these count all cells, also those left out."""
    rng = np.random.default_rng(params.seed)
    tiles, grid = list(plan(stack.grid.area, TILE)), stack.grid
    event_cells = EventCells.of(grid, events.geometry)
    ruler = Ruler.of(grid.crs, event_cells.touched, np.reshape(grid.bounds, (2, 2)))
    event_tree = cKDTree(ruler.positions(event_cells.touched))
    own = ruler.metres(TOUCHING * grid.cell_size)  # the cells of events are never free
    candidates, priority = np.empty((0, 3), np.int64), np.empty(0)
    without_event, with_event = np.zeros(strata.count), 0.0
    for number, tile in enumerate(tiles):
        values = stack.read(tile)
        stratum = strata.of_cells(tile, values)
        row, col = np.nonzero(np.isfinite(values).all(0) & (stratum >= 0))
        cells = np.stack([row + tile.row, col + tile.col, stratum[row, col]], 1)
        places = ruler.positions(grid.centres(*cells[:, :2].T))
        gap = event_tree.query(places, distance_upper_bound=max(params.buffer, own))[0]
        covered = event_cells.cover(*cells[:, :2].T)
        without_event += np.bincount(cells[:, 2], 1 - covered, strata.count)
        with_event += float(covered.sum())
        free = cells[np.isinf(gap)]
        candidates = np.concatenate([candidates, free])
        priority = np.concatenate([priority, rng.random(len(free))])
        if len(candidates) > MOST_CANDIDATES:  # those with the lowest numbers stay, wherever they lie
            kept = np.sort(np.argpartition(priority, MOST_CANDIDATES)[:MOST_CANDIDATES])
            candidates, priority = candidates[kept], priority[kept]
        run.channel.progress((number + 1) / len(tiles), "Looking for cells without events")
    if not len(candidates):
        raise RegionwiseError(
            f"No cell with all factors lies outside the buffer of {params.buffer:g} m around the events.",
            "Choose a smaller Buffer, or rasters of a larger area.",
        )
    return FreeCells(candidates, without_event, with_event)


def _drawn(free: FreeCells, strata: Strata, params: NegativeSampling, run: Run) -> Iterator[tuple[Index, float]]:
    """Yield drawn cells, and how many cells each of them stands for: in each stratum `ratio` for each event there.

    Strata without an event are one, which gets the part of the negatives that it has of the area: else nothing would
    tell of its ground.
    """
    rng = np.random.default_rng(params.seed)
    outside = int((strata.of_events < 0).sum())
    if outside:
        run.channel.warning(f"{outside} events lie in no stratum; no negative is drawn for them.")
    events = np.bincount(strata.of_events[strata.of_events >= 0], minlength=strata.count)
    parts = [(np.array([number]), params.ratio * int(events[number])) for number in np.flatnonzero(events)]
    empty = np.flatnonzero((events == 0) & (free.without_event > 0))
    if len(empty):
        share = free.without_event[empty].sum() / free.without_event.sum()
        parts.append((empty, params.ratio * int(events.sum()) * share))
    for numbers, ratio in parts:
        cells = free.candidates[np.isin(free.candidates[:, 2], numbers)]
        wanted, all_cells = max(round(ratio), 1), float(free.without_event[numbers].sum())
        name = strata.name(numbers[0]) if len(numbers) == 1 else f"of {len(numbers)} parts without events"
        if wanted > CROWDED * len(cells):
            run.channel.warning(_crowded(name, len(cells), wanted, all_cells))
        if len(cells):
            drawn = cells[np.sort(rng.permutation(len(cells))[:wanted])]
            yield drawn, all_cells / len(drawn)


def _crowded(name: str, cells: int, wanted: int, all_cells: float) -> str:
    """A sentence on a stratum with few free cells."""
    if not cells:
        return f"Stratum {name} lies in buffers of events as a whole: no negative stands for its {all_cells:.0f} cells."
    end = "all of them are taken" if wanted >= cells else "they crowd there"
    return f"Stratum {name} has {cells} cells without events for {wanted} negatives; {end}."


def _beside_events(label_field: str) -> VectorStyle:
    label = field(label_field)
    return VectorStyle(
        (
            Mark(f"{label} = 0", "no event (drawn)", palette.INSIDE, QUIET_SIZE),
            Mark(f"{label} = 1", "event", palette.PROBABILITY[3]),
        )
    )
