"""Mapped area: which cells a tool of a model counts, by polygons or by what the model knows of its samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import rasterio
from rasterio.windows import Window
from shapely.geometry.base import BaseGeometry

from ...contract.layer import Layer
from ...data.raster.stack import SERIES, Stack
from ...data.raster.tiles import Tile, plan
from ...data.vector.polygons import read_outline
from ...learning.card import Card
from ...learning.model_file import Model
from ...runtime.executor import Log
from ...runtime.types import Index, Mask
from ...validation.area_places import area_rule
from ...validation.area_rule import NAME_AREA, AreaRule, BandPositions, SampleTraits, by_name, value_codes

SIDE = 256  # of the windows in which cells are counted
UNKNOWN = (
    "The model does not tell where its samples lie (it was trained on a table, or by an old version): all cells with "
    f"data count, also those at sea or of a fill that was not declared. {NAME_AREA}"
)


def read_area(layer: Layer, stack: Stack) -> BaseGeometry | None:
    """The outline of what is mapped, in the CRS of the open `stack`; None without polygons."""
    return read_outline(layer, stack.grid.crs, stack.grid.bounds) if layer else None


def known_traits(model: Model, outline: BaseGeometry | None, log: Log) -> SampleTraits | None:
    """What a model knows of its samples; says so where it would be needed, and there is nothing."""
    traits = SampleTraits.kept(model.common)
    if traits is None and outline is None:
        log.warning(UNKNOWN)
    return traits


def model_bands(card: Card, positions: Sequence[int]) -> BandPositions:
    """The positions of each band of a model, given those of all bands, those of a series date by date."""
    dated = card.band_names(SERIES)
    others = [band.name for band in card.bands if band.sensor != SERIES]
    dates = (len(positions) - len(others)) // len(dated) if dated else 0
    return by_name([*dated * dates, *others], positions)


@dataclass(frozen=True)
class CountingCells:
    """The cells of a map that count as area to map.

    Parameters
    ----------
    stack : Stack
        Open; the map is on its grid.
    """

    stack: Stack
    rule: AreaRule
    bands: BandPositions

    @classmethod
    def of(cls, layer: Layer, model: Model, stack: Stack, positions: Sequence[int], log: Log) -> CountingCells:
        """Those inside of the polygons of `layer`, or else those that the samples of a model tell; says which do not.

        Raises
        ------
        RegionwiseError
            If there are polygons, and no cell with data inside.
        """
        outline, bands = read_area(layer, stack), model_bands(model.card, positions)
        rule = area_rule(stack, outline, known_traits(model, outline, log), bands)
        for notice in rule.notices:
            log.warning(notice)
        return cls(stack, rule, bands)

    def __str__(self) -> str:
        return "the cells with data" if self.rule.everywhere else "the cells that count as area to map"

    def share_inside(self, path: str) -> float:
        """The share of them in which band 2 of the raster at `path` is 1; NaN without any."""
        inside = counted = 0.0
        with rasterio.open(path) as file:
            if self.rule.everywhere:
                return float(file.tags(2).get("STATISTICS_MEAN", "nan"))
            for tile in plan(self.stack.grid.area, SIDE):
                window = Window(tile.col, tile.row, tile.width, tile.height)
                values = file.read(2, window=window, masked=True).astype(np.float32).filled(np.nan)
                counts = np.isfinite(values)
                counts[counts] = self._counts(tile, *np.nonzero(counts))
                inside += float(values[counts].sum())
                counted += float(counts.sum())
        return inside / counted if counted else float("nan")

    def _counts(self, tile: Tile, rows: Index, cols: Index) -> Mask:
        """Which cells of a tile count; all bands are read only where a fill does not."""
        codes = np.zeros(len(rows), np.int64)
        if len(self.rule.fills):
            codes = value_codes(self.stack.read(tile)[:, rows, cols], self.bands)
        return self.rule.counts(self.stack.grid, np.stack([cols + tile.col, rows + tile.row, codes], 1))
