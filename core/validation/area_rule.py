"""Area rule: which cells of a map count as area to map, by its outline or by what the samples tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from ..data.raster.grids import Grid
from ..data.raster.land import at_sea
from ..data.raster.pixel_weights import WEIGHTS
from ..data.raster.stack import COORDINATES, SERIES, Stack
from ..runtime.checkpoints import Arrays
from ..runtime.types import Array, Floats, Index, Mask

COMMON = 0.02  # of the cells with data: so many with the same values in all bands are a fill, unless samples have them
EXPECTED = 20  # samples that would have such values, if samples lay anywhere
NAME_AREA = "Area to map says which cells count."
CODES, COUNTS = "area.codes", "area.counts"  # tensors of a model file

BandPositions = Mapping[str, Sequence[int]]  # in a stack, of each band that is looked at: one, or one for each date


def by_name(names: Iterable[str], positions: Iterable[int]) -> BandPositions:
    """The positions of the bands of each name, which are several where bands are dated; coordinates are no values."""
    found: dict[str, list[int]] = {}
    for name, position in zip(names, positions, strict=True):
        if name not in COORDINATES:
            found.setdefault(name, []).append(position)
    return found


def learned_bands(stack: Stack, dated: Sequence[str]) -> BandPositions:
    """The positions of the bands that a model learns from a stack; those of a series, called `dated`, lie by date."""
    learned = [(position, band) for position, band in enumerate(stack.bands) if band.sensor != WEIGHTS]
    names = [dated[position % len(dated)] if band.sensor == SERIES else band.name for position, band in learned]
    return by_name(names, [position for position, _ in learned])


def value_codes(values: Floats, bands: BandPositions | None = None) -> Index:
    """A number for each pixel of `values` (band, pixel): the same where all bands are, and hardly ever else.

    Of a band at several dates its lowest and highest value count, so that a fill has the same number in every series.
    """
    if bands is not None:
        dated = [values[list(bands[name])] for name in sorted(bands)]
        values = np.array([extreme.reduce(each) for each in dated for extreme in (np.fmin, np.fmax)])
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32).astype(np.uint64)
    factors = np.random.default_rng(0).integers(1, 2**63, len(bits), dtype=np.uint64) | np.uint64(1)
    codes: Index = (bits * factors[:, None]).sum(0, dtype=np.uint64).view(np.int64)
    return codes


@dataclass(frozen=True)
class SampleTraits:
    """What samples tell of the area to map; a model keeps it without their places and values.

    Parameters
    ----------
    count : int
        How many samples there are.
    at_sea : bool
        Whether any lies at sea.
    codes : array of int
        Of their values, see `value_codes`.
    """

    count: int
    at_sea: bool
    codes: Index

    @classmethod
    def of(cls, stack: Stack, places: Array, bands: BandPositions | None = None) -> SampleTraits:
        """Those of samples at `places` (sample, 2) with the values of a stack."""
        codes = np.unique(value_codes(stack.values_at(places).T, bands))
        return cls(len(places), bool(at_sea(places, stack.grid.crs).any()), codes)

    @classmethod
    def kept(cls, common: Mapping[str, NDArray[Any]]) -> SampleTraits | None:
        """Those that a model file keeps among its tensors; None where it keeps none, as of samples in a table."""
        if CODES not in common:
            return None
        count, sea = common[COUNTS].tolist()
        return cls(count, bool(sea), common[CODES])

    def arrays(self) -> Arrays:
        """The tensors that a model file keeps."""
        return {CODES: self.codes, COUNTS: np.array([self.count, self.at_sea], np.int64)}


@dataclass(frozen=True)
class AreaRule:
    """Which cells with data count as area to map.

    Parameters
    ----------
    outline : geometry, optional
        In the CRS of the grid; nothing beyond it counts.
    without_sea : bool
        Whether cells at sea do not count.
    fills : array of int
        Codes of cells that do not count.
    notices : list of str
        A sentence on each kind of cell that is left out.
    """

    outline: BaseGeometry | None = None
    without_sea: bool = False
    fills: Index = field(default_factory=lambda: np.empty(0, np.int64))
    notices: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, grid: Grid, cells: Index, traits: SampleTraits) -> AreaRule:
        """What samples tell without an outline: no fill that none has, and no sea where all lie on land.

        Parameters
        ----------
        cells : array of int, shape (cell, 3)
            Column, row and code of cells of the map with data.
        """
        fills = _fills(cells, traits)
        sea = np.zeros(len(cells), bool) if traits.at_sea else at_sea(grid.centres(cells[:, 1], cells[:, 0]), grid.crs)
        filled = np.isin(cells[:, 2], fills)
        without_sea = bool(sea.any() and not sea.all())
        left = ~sea if without_sea else np.ones(len(cells), bool)
        without_fills = bool(filled.any() and not (filled | ~left).all())
        clauses = {
            "lie at sea, and all samples on land": (without_sea, sea),
            "hold the same numbers in every band, as a fill does, and no sample does": (without_fills, filled),
        }
        notices = [
            f"{100 * flags.mean():.0f} % of the cells with data {clause}: they do not count as area to map. {NAME_AREA}"
            for clause, (left_out, flags) in clauses.items()
            if left_out
        ]
        return cls(None, without_sea, fills if without_fills else fills[:0], notices)

    @property
    def everywhere(self) -> bool:
        """Whether all cells with data count."""
        return self.outline is None and not self.without_sea and not len(self.fills)

    def counts(self, grid: Grid, cells: Index) -> Mask:
        """Which cells (column, row, code) count."""
        counted: Mask = ~np.isin(cells[:, 2], self.fills)
        if self.without_sea:
            counted &= ~at_sea(grid.centres(cells[:, 1], cells[:, 0]), grid.crs)
        if self.outline is not None:
            counted &= shapely.contains_xy(self.outline, grid.centres(cells[:, 1], cells[:, 0]))
        return counted


def _fills(cells: Index, traits: SampleTraits) -> Index:
    """The codes that are common on the map, and that no sample has."""
    codes, count = np.unique(cells[:, 2], return_counts=True)
    common = count / max(len(cells), 1) > max(COMMON, EXPECTED / max(traits.count, 1))
    return codes[common & ~np.isin(codes, traits.codes)]
