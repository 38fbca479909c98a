"""Validation: which folds answer the question that a score is asked, and why."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ..contract.errors import RegionwiseError
from ..data.raster.data_masks import with_data
from ..data.raster.grids import Grid
from ..data.raster.stack import Stack
from ..data.raster.tiles import Tile
from ..data.vector.samples import Samples
from . import splits as cutting
from .distances import clusters, positions
from .knndm import KnndmFolds, is_clustered, knndm
from .splits import Split

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Text = NDArray[np.object_]

AREA_PLACES = 2000
AREA_WINDOWS = 200  # with data, from which they are drawn
AREA_TILE = 64  # cells; so many are read at a place of the map at a time
CLUSTERS = 5  # stand for regions where none are named
MOST_READS = 5000


@dataclass(frozen=True)
class ValidationScheme:
    """The splits of one kind of validation, why it was chosen, and for kNNDM its distances."""

    kind: str
    splits: list[Split]
    reason: str = ""
    knndm_folds: KnndmFolds | None = None


def map_places(stack: Stack, seed: int, known: Array | None = None) -> Array:
    """The centres of cells of the map, drawn at random among those with data.

    They are drawn from random windows, so that a huge raster is not read as a whole; where hardly
    any window holds data, from those around the samples.

    Parameters
    ----------
    known : array, shape (sample, 2), optional
        Places of samples.

    Returns
    -------
    array, shape (n, 2)
    """
    rng = np.random.default_rng(seed)
    grid = stack.grid
    across, down = -(-grid.width // AREA_TILE), -(-grid.height // AREA_TILE)
    cells = _cells_with_data(stack, rng.permutation(across * down)[:MOST_READS])
    if not len(cells) and known is not None:
        col, row = np.floor(np.array([~grid.transform @ place for place in known.tolist()]).T / AREA_TILE).astype(int)
        on_grid = (col >= 0) & (col < across) & (row >= 0) & (row < down)
        cells = _cells_with_data(stack, rng.permutation(np.unique((row * across + col)[on_grid])))
    if not len(cells):
        raise RegionwiseError(
            f"The rasters hold next to no data: {MOST_READS} windows of {AREA_TILE} cells were all nodata.",
            "Check their nodata values, or cut them to the area that has data.",
        )
    cells = cells[rng.choice(len(cells), min(AREA_PLACES, len(cells)), replace=False)]
    return np.array([grid.transform @ (col + 0.5, row + 0.5) for col, row in cells.tolist()])


def hull_places(samples: Samples, seed: int) -> Array:
    """Random places inside the convex hull of the samples: the area of a map, where no raster tells it."""
    hull = gpd.GeoSeries([samples.geometry.union_all().convex_hull])
    points = hull.sample_points(AREA_PLACES, rng=seed).explode(ignore_index=True)
    return np.stack([points.x.to_numpy(), points.y.to_numpy()], 1)


def _cells_with_data(stack: Stack, windows: Index) -> Index:
    """(col, row) of the cells with data in the first `AREA_WINDOWS` windows that hold any."""
    grid = stack.grid
    across = -(-grid.width // AREA_TILE)
    found = [np.empty((0, 2), np.int64)]
    for number in windows.tolist():
        corner = number // across * AREA_TILE, number % across * AREA_TILE
        tile = Tile(*corner, AREA_TILE, AREA_TILE).clipped(grid.height, grid.width)
        rows, cols = np.nonzero(with_data(stack.read(tile), stack.groups, 0))
        if len(rows):
            found.append(np.stack([cols + tile.col, rows + tile.row], 1))
        if len(found) > AREA_WINDOWS:
            break
    return np.concatenate(found)


@dataclass(frozen=True)
class Planner:
    """Cuts samples into the folds of any kind of validation.

    Parameters
    ----------
    area : array, shape (m, 2)
        Places of the map.
    field_of_view : float
        Side of the window that a model sees, in units of the CRS.
    region : array of str
        Region of each sample; empty where it has none.
    block : array of str, optional
        Block of each sample; without it blocks are squares.
    buffer : float
        Samples nearer than this to a tested block or region do not train; below 0 it is chosen so
        that no training window shows a tested place, or any part of a tested region's windows.
    """

    samples: Samples
    grid: Grid
    area: Array
    folds: int
    seed: int
    field_of_view: float
    region: Text
    block_size: float = 0.0
    buffer: float = -1.0
    block: Text | None = None

    def plan(self, kind: str) -> ValidationScheme:
        """The plan called `kind`; ``auto`` is kNNDM if samples are clustered, else grouped random folds."""
        if kind == "auto":
            return self._automatic()
        plans = {
            "random": self._random,
            "grouped": self._grouped,
            "blocks": self._blocks,
            "knndm": self._knndm,
            "regions": self._regions,
            "new region": self._new_region,
        }
        return plans[kind]()

    def spatial(self) -> str:
        """The kind of spatial validation that suits these samples."""
        return "knndm" if self.clustered() else "blocks"

    def clustered(self) -> bool:
        """Whether sources lie nearer to each other than the map's cells lie to them."""
        first = self._sources()[1]
        return len(first) > 2 and is_clustered(self._places()[first], positions(self.area, self.grid.crs))

    def _automatic(self) -> ValidationScheme:
        if self.clustered():
            plan = self._knndm()
            reason = f"Samples are clustered, so validation is kNNDM. {plan.reason}"
            return ValidationScheme(plan.kind, plan.splits, reason, plan.knndm_folds)
        plan = self._blocks()
        reason = (
            "Samples lie no nearer to each other than the map's cells lie to them; spatial blocks are the careful "
            f"choice, and the random score beside them may be believed. {plan.reason}"
        )
        return ValidationScheme(plan.kind, plan.splits, reason)

    def _random(self) -> ValidationScheme:
        n = len(self.samples)
        if n < self.folds:
            raise RegionwiseError(f"There are {n} samples for {self.folds} folds.", "Choose fewer folds.")
        groups = np.array([f"sample {i}" for i in range(n)], object)
        return ValidationScheme("random", self._cut(cutting.random_folds(n, self.folds, self.seed), groups))

    def _grouped(self) -> ValidationScheme:
        fold = self._dealt(self.samples.source)
        return ValidationScheme("grouped", self._cut(self._as_neighbours(fold), self.samples.source))

    def _blocks(self) -> ValidationScheme:
        buffer = self.buffer if self.buffer >= 0 else self.field_of_view / 2
        groups, what = self._block_groups()
        splits = [self._with_buffer(split, buffer) for split in self._cut(self._dealt(groups), groups)]
        reason = f"{what} ({len(np.unique(groups))}), buffer {buffer:g}."
        return ValidationScheme("blocks", splits, reason)

    def _block_groups(self) -> tuple[Text, str]:
        """Return what is never split between folds: whole blocks, a source as a whole in one of them; and its name."""
        samples = self.samples
        if self.block is None:
            side = self.block_size or cutting.default_block_side(samples.xy, self.field_of_view, self.folds)
            return cutting.spatial_blocks(samples.xy, samples.source, side), f"Blocks of {side:g} map units"
        _, first, number = np.unique(samples.source.astype(str), return_index=True, return_inverse=True)
        return self.block[first][number], "Blocks of the layer"

    def _knndm(self) -> ValidationScheme:
        name, _ = self._sources()
        places = self._places()
        count = np.bincount(name)
        means = np.stack([np.bincount(name, column) / count for column in places.T], 1)
        observed = np.bincount(name, ~self.samples.augmented) > 0
        knndm_folds = knndm(means[observed], positions(self.area, self.grid.crs), self.folds, self.seed)
        fold, cluster = np.zeros(len(count), np.int64), np.zeros(len(count), np.int64)
        fold[observed], cluster[observed] = knndm_folds.fold, knndm_folds.cluster
        groups = self._as_neighbours(cluster[name]).astype(object)
        reason = (
            f"{knndm_folds.clusters} clusters in {self.folds} folds: their distances differ from the map's by "
            f"{knndm_folds.gap:.3g}, those of random folds by {knndm_folds.random_gap:.3g}."
        )
        return ValidationScheme("knndm", self._cut(self._as_neighbours(fold[name]), groups), reason, knndm_folds)

    def _regions(self) -> ValidationScheme:
        return self._leave_out("regions", self.region)

    def _new_region(self) -> ValidationScheme:
        """Leave each region out, or each of some large clusters of samples where no regions are named."""
        names = self.region
        if len({str(name) for name in names} - {""}) < 2:
            count = min(CLUSTERS, len(self._sources()[1]))
            label = clusters(self._places(), count, self.seed)[1]
            names = np.array([f"cluster {i + 1}" for i in label], object)
        return self._leave_out("new region", names)

    def _leave_out(self, kind: str, names: Text) -> ValidationScheme:
        samples = self.samples
        observed = ~samples.augmented
        known = tuple(sorted({str(name) for name in names[observed]} - {""}))
        if len(known) < 2:
            raise RegionwiseError(
                f"The region field names {len(known)} region; two or more are needed.", "Choose another field."
            )
        number = np.array([known.index(str(name)) if str(name) in known else -1 for name in names])
        buffer = self.buffer if self.buffer >= 0 else self.field_of_view
        near = np.stack([self._near(number == i, buffer) for i in range(len(known))])
        splits = cutting.leave_region_out(number, near, buffer, samples.augmented, samples.source, known, self.seed)
        return ValidationScheme(kind, splits, f"{len(known)} regions, buffer {buffer:g} map units.")

    def _with_buffer(self, split: Split, buffer: float) -> Split:
        """`split` without training and validation samples whose window may show a tested place."""
        tested = np.zeros(len(self.samples), bool)
        tested[split.test] = True
        near = self._near(tested, buffer)
        train, validation = split.train[~near[split.train]], split.validation[~near[split.validation]]
        if len(train) < 2 or len(validation) < 1:
            raise RegionwiseError(
                f"A buffer of {buffer:g} map units around the tested blocks leaves no training samples.",
                "Choose a smaller window (Blocks of the network, Windows), a larger block size, or another validation.",
            )
        return Split(split.name, train, validation, split.test)

    def _near(self, tested: NDArray[np.bool_], buffer: float) -> NDArray[np.bool_]:
        """Which samples lie nearer than `buffer` to one of the `tested`, along the longer axis.

        Boxes around the geometries are compared, for windows are squares.
        """
        near = np.zeros(len(tested), bool)
        if buffer > 0:
            left, bottom, right, top = self.samples.geometry.bounds.to_numpy().T
            step = buffer * (1 - 1e-9)  # samples exactly that far apart are not near
            wide = shapely.box(left - step, bottom - step, right + step, top + step)
            tree = shapely.STRtree(shapely.box(left, bottom, right, top)[tested])
            near[tree.query(wide, predicate="intersects")[0]] = True
        return near

    def _as_neighbours(self, number: Index) -> Index:
        """`number` with that of the nearest observed source where a source has augmented samples alone.

        Labels are predicted from their neighbours, so they must not train where those are tested.
        """
        name, first = self._sources()
        places, observed = self._places()[first], np.bincount(name, ~self.samples.augmented) > 0
        nearest = cKDTree(places[observed]).query(places)[1]
        of_source = number[first]
        return np.where(observed, of_source, of_source[observed][nearest])[name]

    def _dealt(self, groups: Text) -> Index:
        return cutting.grouped_folds(groups, self.folds, self.seed, self.samples.augmented)

    def _cut(self, fold: Index, groups: Text) -> list[Split]:
        samples = self.samples
        return cutting.cross_validation(fold, groups, samples.augmented, samples.source, self.seed)

    def _sources(self) -> tuple[Index, Index]:
        """The number of each sample's source, and the first sample of each source."""
        _, first, name = np.unique(self.samples.source.astype(str), return_index=True, return_inverse=True)
        return name, first

    def _places(self) -> Array:
        return positions(self.samples.xy, self.grid.crs)
