"""Planner: the validation schemes of samples, and the reason for each."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ..contract.errors import RegionwiseError
from ..data.raster.grids import Grid
from ..data.vector.samples import Samples
from ..runtime.types import Array, Index, Text
from .blocks import default_side, ground_squares, squares, whole_blocks
from .distances import Ruler, clusters
from .knndm import KnndmFolds, knndm
from .splits import (
    RegionZones,
    Split,
    cross_validation,
    leave_region_out,
)
from .splitters import GroupSplitter, RandomSplitter

CLUSTERS = 5  # stand for regions where none are named
DEGREES = {"Block size": 10.0, "Buffer": 1.0}  # what is below, above 0, was meant in degrees where the CRS has them


@dataclass(frozen=True)
class ValidationScheme:
    """The splits of one kind of validation, why it was chosen, and for kNNDM its distances.

    Parameters
    ----------
    unit : array of str, shape (sample,)
        What the folds keep whole: intervals of scores come from how much these differ. Under random folds, which keep
        nothing whole, the group of each sample.
    unit_name : str
        Plural of the units in words.
    """

    kind: str
    splits: list[Split]
    reason: str = ""
    knndm_folds: KnndmFolds | None = None
    unit: Text = field(kw_only=True)
    unit_name: str = field(kw_only=True)


@dataclass(frozen=True)
class Buffer:
    """A distance that training samples keep.

    Parameters
    ----------
    metres : float
        For people.
    steps : array, shape (sample, 2)
        The same along x and y at each sample, in units of the CRS.
    """

    metres: float
    steps: Array


@dataclass(frozen=True)
class Planner:
    """Makes the validation schemes of samples.

    Parameters
    ----------
    area : array, shape (m, 2)
        Places of the map.
    field_of_view : float
        Side of the window that a model sees, in units of the CRS: cells of a window are alike in these alone.
    region : array of str
        Region of each sample; empty where it has none.
    cv_blocks : array of str, optional
        Block of each sample; without it blocks are squares.
    block_size : float
        Their side in metres; 0: chosen by itself.
    buffer : float
        Metres. Samples nearer than this to a tested block or region do not train; below 0 it is chosen so
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
    cv_blocks: Text | None = None

    def __post_init__(self) -> None:
        for name, length in (("Block size", self.block_size), ("Buffer", self.buffer)):
            if self.grid.crs.is_geographic and 0 < length < DEGREES[name]:
                raise RegionwiseError(
                    f"{name} is {length:g}: lengths are metres on the ground, also where the CRS is in degrees.",
                    "Give it in metres; a degree of latitude has about 111,000.",
                )

    def plan(self, kind: str) -> ValidationScheme:
        """The scheme called `kind`; ``auto`` is kNNDM, whose folds test as far from samples as the map lies."""
        schemes = {
            "auto": self._knndm,
            "random": self._random,
            "grouped": self._grouped,
            "blocks": self._blocks,
            "knndm": self._knndm,
            "regions": self._regions,
            "new region": self._new_region,
            "years": self._years,
            "spacetime": self._spacetime,
        }
        return schemes[kind]()

    def _random(self) -> ValidationScheme:
        n = len(self.samples)
        if n < self.folds:
            raise RegionwiseError(f"There are {n} samples for {self.folds} folds.", "Choose fewer folds.")
        fold = RandomSplitter(n_splits=self.folds, seed=self.seed).fold_numbers(self.samples.xy)
        each = np.array([f"sample {i}" for i in range(n)], object)
        unit, unit_name = self._sources()
        return ValidationScheme("random", self._splits(fold, each), unit=unit, unit_name=unit_name)

    def _grouped(self) -> ValidationScheme:
        group = self.samples.group
        splits = self._splits(self._as_neighbours(self._dealt(group)), group)
        unit, unit_name = self._sources()
        return ValidationScheme("grouped", splits, unit=unit, unit_name=unit_name)

    def _blocks(self) -> ValidationScheme:
        buffer = self._buffer(self.field_of_view / 2)
        cv_blocks, title, joined = self._cv_blocks()
        splits = [self._with_buffer(split, buffer) for split in self._splits(self._dealt(cv_blocks), cv_blocks)]
        reason = f"{title} ({len(np.unique(cv_blocks))}), buffer {buffer.metres:.6g} m. {joined}".rstrip()
        return ValidationScheme("blocks", splits, reason, unit=cv_blocks, unit_name="blocks")

    def _cv_blocks(self) -> tuple[Text, str, str]:
        """The block of each sample, none with a part of a group, the title of the blocks, and how groups count."""
        samples, title = self.samples, "Blocks of the layer"
        blocks = self.cv_blocks
        if blocks is None:
            side = self.block_size or self._block_side()
            blocks, title = self._squares(side), f"Blocks of {side:.6g} m"
        whole, joined = whole_blocks(blocks, samples.group, self.folds, samples.augmented)
        return whole, title, joined

    def _block_side(self) -> float:
        """The side in metres of blocks that are chosen by themselves."""
        extent = float(np.ptp(self._ruler.plane(self.samples.xy), axis=0).max())
        return default_side(
            extent, self._ruler.metres(self.field_of_view), self.folds, lambda side: len(np.unique(self._squares(side)))
        )

    def _squares(self, side: float) -> Text:
        """The square of the ground with a side of so many metres that each sample lies in.

        It is one of the CRS where that is true to scale all over the rasters: these tell it, not the samples.
        """
        crs, xy = self.grid.crs, self.samples.xy
        unit = Ruler.of(crs, np.reshape(self.grid.bounds, (2, 2))).unit
        return ground_squares(xy, crs, side) if unit is None else squares(xy, side / unit)

    def _knndm(self) -> ValidationScheme:
        number, first = self._groups()
        observed, stand = self._observed_groups(number), ~self.samples.augmented
        source = np.unique(number[stand], return_inverse=True)[1]
        area = self._ruler.positions(self.area)
        knndm_folds = knndm(self._places()[stand], area, self.folds, self.seed, source)
        fold, cluster = np.zeros(len(first), np.int64), np.zeros(len(first), np.int64)
        fold[observed], cluster[observed] = knndm_folds.fold, knndm_folds.cluster
        cv_blocks = self._as_neighbours(cluster[number]).astype(object)
        reason = (
            f"Samples are clustered: {knndm_folds.clusters} clusters in {self.folds} folds, whose distances differ "
            f"from the map's by {knndm_folds.gap:.3g} m, those of random folds by {knndm_folds.random_gap:.3g} m."
        )
        if not knndm_folds.clustered:
            reason = (
                "Samples lie no nearer to each other than the map's cells lie to them, so folds are dealt at random: "
                f"their distances differ from the map's by {knndm_folds.gap:.3g} m."
            )
        splits = self._splits(self._as_neighbours(fold[number]), cv_blocks)
        unit, unit_name = numbered_clusters(cv_blocks), "kNNDM clusters"
        if knndm_folds.clusters == observed.sum():  # each source was dealt alone
            unit, unit_name = self._sources()
        return ValidationScheme("knndm", splits, reason, knndm_folds, unit=unit, unit_name=unit_name)

    def _sources(self) -> tuple[Text, str]:
        """The groups, and their name; where none are named they are the samples."""
        alone = len(self._groups()[1]) == len(self.samples)
        return self.samples.group, "samples" if alone else "sources"

    def _regions(self) -> ValidationScheme:
        return self._leave_out("regions", self.region, "regions")

    def _new_region(self) -> ValidationScheme:
        """Leave each region out, or each of some large clusters of samples where no regions are named."""
        names, unit_name = self.region, "regions"
        if len({str(name) for name in names} - {""}) < 2:
            count = min(CLUSTERS, len(self._groups()[1]))
            cluster = clusters(self._places(), count, self.seed)[1]
            names, unit_name = numbered_clusters(cluster), "large clusters"
        return self._leave_out("new region", names, unit_name)

    def _leave_out(self, kind: str, names: Text, unit_name: str) -> ValidationScheme:
        """Leave out each region that `names`, one for each sample, hold; empty ones are never tested."""
        samples = self.samples
        regions = tuple(sorted({str(name) for name in names[~samples.augmented]} - {""}))
        if len(regions) < 2:
            raise RegionwiseError(
                f"The region field names {len(regions)} region; two or more are needed.", "Choose another field."
            )
        number = np.array([regions.index(str(name)) if str(name) in regions else -1 for name in names])
        buffer = self._buffer(self.field_of_view)
        near = np.stack([self._near(number == i, buffer) for i in range(len(regions))])
        zones = RegionZones(regions, number, near, buffer.metres)
        splits = leave_region_out(zones, samples.augmented, samples.group, self.seed)
        reason = f"{len(regions)} {unit_name}, buffer {buffer.metres:.6g} m."
        return ValidationScheme(kind, splits, reason, unit=names, unit_name=unit_name)

    def _years(self) -> ValidationScheme:
        """Leave each year out; places of other years may be the same."""
        samples = self.samples
        years = _known_years(samples)
        number = np.array([years.index(year) if year in years else -1 for year in samples.year])
        zones = RegionZones(years, number, np.stack([number == i for i in range(len(years))]), 0.0)
        # a source is whole within a year: in another one it is another test
        group = np.array([f"{year}: {name}" for year, name in zip(samples.year, samples.group, strict=True)], object)
        splits = leave_region_out(zones, samples.augmented, group, self.seed)
        reason = f"{len(years)} years, {years[0]} to {years[-1]}."
        return ValidationScheme("years", splits, reason, unit=samples.year, unit_name="years")

    def _spacetime(self) -> ValidationScheme:
        """Blocks whose later events are predicted from earlier events of other blocks; places without an event stay.

        Later is what came after the year by which half of the dated events had been.
        """
        samples, scheme = self.samples, self._blocks()
        years = _known_years(samples)
        dated = np.array([int(year) if year else 0 for year in samples.year])
        event = samples.shares[:, -1] > 0.5
        last = int(np.median(dated[event & (dated > 0)]))
        last = min(last, int(years[-1]) - 1)
        earlier, later = ~event | (dated <= last), ~event | (dated > last)
        splits = [
            Split(s.name, s.train[earlier[s.train]], s.validation[earlier[s.validation]], s.test[later[s.test]])
            for s in scheme.splits
        ]
        for split in splits:
            if min(event[split.train].sum(), event[split.validation].sum(), event[split.test].sum()) < 1:
                raise RegionwiseError(
                    f"{split.name} has no event until {last} outside of its blocks, or none after {last} inside.",
                    "Choose fewer folds, larger blocks, or an inventory of more years.",
                )
        reason = f"Events until {last} train, those after {last} test. {scheme.reason}"
        return ValidationScheme("spacetime", splits, reason, unit=scheme.unit, unit_name=scheme.unit_name)

    def _buffer(self, by_itself: float) -> Buffer:
        """The buffer that was chosen in metres, or so many units of the CRS."""
        xy = self.samples.xy
        if self.buffer < 0:
            return Buffer(self._ruler.metres(by_itself), np.full(xy.shape, by_itself))
        return Buffer(self.buffer, self.buffer / self._ruler.scales(xy))

    def _with_buffer(self, split: Split, buffer: Buffer) -> Split:
        """`split` without training and validation samples whose window may show a tested place."""
        tested = np.zeros(len(self.samples), bool)
        tested[split.test] = True
        near = self._near(tested, buffer)
        train, validation = split.train[~near[split.train]], split.validation[~near[split.validation]]
        if len(train) < 2 or len(validation) < 1:
            raise RegionwiseError(
                f"A buffer of {buffer.metres:.6g} m around the tested blocks leaves no training samples.",
                "Choose a smaller window (Blocks of the network, Windows), a larger block size, or another validation.",
            )
        return Split(split.name, train, validation, split.test)

    def _near(self, tested: NDArray[np.bool_], buffer: Buffer) -> NDArray[np.bool_]:
        """Which samples lie nearer than `buffer` to one of the `tested`, along the longer axis."""
        return self._ruler.near(self.samples.geometry, buffer.steps, tested)

    def _as_neighbours(self, number: Index) -> Index:
        """`number` of each sample; that of the nearest observed group where its own has augmented samples alone.

        Labels are predicted from their neighbours, so they must not train where those are tested.
        """
        group, first = self._groups()
        places, observed = self._places()[first], self._observed_groups(group)
        if observed.all() or not self.samples.placed:
            return number
        nearest = cKDTree(places[observed]).query(places)[1]
        of_group = number[first]
        return np.where(observed, of_group, of_group[observed][nearest])[group]

    def _observed_groups(self, group: Index) -> NDArray[np.bool_]:
        """Which groups have an observed sample; `group` is the number of each sample's."""
        observed: NDArray[np.bool_] = np.bincount(group, ~self.samples.augmented) > 0
        return observed

    def _dealt(self, groups: Text) -> Index:
        """The fold of each sample, where whole `groups` are dealt to folds by their observed samples."""
        splitter = GroupSplitter(n_splits=self.folds, seed=self.seed, augmented=self.samples.augmented)
        return splitter.fold_numbers(self.samples.xy, groups)

    def _splits(self, fold: Index, cv_blocks: Text) -> list[Split]:
        """The splits of the folds; whole `cv_blocks` validate."""
        return cross_validation(fold, cv_blocks, self.samples.augmented, self.samples.group, self.seed)

    def _groups(self) -> tuple[Index, Index]:
        """The number of each sample's group, and the first sample of each group."""
        _, first, number = np.unique(self.samples.group.astype(str), return_index=True, return_inverse=True)
        return number, first

    def _places(self) -> Array:
        """The places of the samples, between which straight lines are metres."""
        return self._ruler.positions(self.samples.xy)

    @cached_property
    def _ruler(self) -> Ruler:
        """What measures the samples and the map."""
        return Ruler.of(self.grid.crs, self.samples.xy, self.area)


def _known_years(samples: Samples) -> tuple[str, ...]:
    """The years of observed samples; raise `RegionwiseError` if there are fewer than two."""
    years = tuple(sorted({str(year) for year in samples.year[~samples.augmented]} - {""}))
    if len(years) < 2:
        raise RegionwiseError(
            f"The samples are of {len(years)} year{'s' if len(years) != 1 else ''}; two or more are needed.",
            "Choose another date field, or another validation.",
        )
    return years


def numbered_clusters(number: Text | Index) -> Text:
    """Names of clusters that are numbered from 0."""
    return np.array([f"cluster {i + 1}" for i in number], object)
