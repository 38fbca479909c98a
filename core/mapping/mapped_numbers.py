"""Mapped numbers: what a map says of a cell - its class, the shares of classes, or the probability of an event."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from ..contract.errors import RegionwiseError
from ..contract.layer import Layer
from ..data.raster.category_names import category_names, names_of
from ..data.raster.class_values import LARGEST
from ..data.raster.raster_source import RasterSource
from ..data.raster.stack import Stack
from ..data.vector.labels import EVENTS
from ..runtime.types import Array, Floats, Index, Text

SHARE_TOLERANCE = 0.01  # of a share: a map of rounded numbers
CLASSES, SHARES, PROBABILITY = "classes", "shares", "probability"


@dataclass(frozen=True)
class MapKind:
    """What the bands of a map are.

    Parameters
    ----------
    kind : {'classes', 'shares', 'probability'}
    positions : tuple of int
        Of its bands in the stack.
    names : tuple of str
        Of shares, or of no event and event; empty for classes, which are found when the map is read.
    categories : dict
        What the numbers of classes are called, where the file says so.
    """

    kind: str
    positions: tuple[int, ...]
    names: tuple[str, ...]
    categories: dict[int, str]

    @property
    def is_classes(self) -> bool:
        """Whether cells have one class each."""
        return self.kind == CLASSES

    def shares(self, values: Floats) -> Array:
        """The shares, shape (cell, name), in the numbers of its bands, shape (band, cell)."""
        wide = values.astype(np.float64)
        if self.kind == PROBABILITY:
            return np.stack([1 - wide[0], wide[0]], 1)
        total = wide.sum(0)
        return np.asarray((wide / np.where(total > 0, total, 1)).T)


def map_kind(stack: Stack, layer: Layer, targets: Sequence[str]) -> MapKind:
    """What a map, the first layer of an open stack, is.

    Raises
    ------
    RegionwiseError
        If it holds neither classes, nor shares of the `targets`, nor probabilities.
    """
    if targets:
        return MapKind(SHARES, tuple(stack.select(targets)), tuple(targets), {})
    source = stack.sources[0]
    names = [band.name for band in source.bands]
    if len(names) > 1:
        raise RegionwiseError(
            f"Map '{layer}' has {len(names)} bands ({', '.join(names[:4])}{', ...' if len(names) > 4 else ''}).",
            "Give the targets of a map of shares, or a map of one band with classes or probabilities.",
        )
    values = source.looked_at(0)
    if holds_classes(source):
        return MapKind(CLASSES, (0,), (), category_names(source.file))
    wrong = values[(values < 0) | (values > 1)]
    if len(wrong):
        raise RegionwiseError(
            f"Map '{layer}' holds {wrong[0]:g}: it is neither a map of classes (whole numbers from 0 on) nor of "
            "a probability (0 to 1).",
            "Choose another map, or reclassify it.",
        )
    return MapKind(PROBABILITY, (0,), EVENTS, {})


def holds_classes(source: RasterSource) -> bool:
    """Whether the first band of a raster holds whole numbers that are no fractions of 0 and 1."""
    values = source.looked_at(0)
    if not (values == np.rint(values)).all():
        return False
    return not (source.file.dtypes[0].startswith("float") and len(values) and values.max() <= 1 and values.min() < 1)


def check_shares(stack: Stack, names: Collection[str], label: object) -> None:
    """Raise `RegionwiseError` if bands of the first layer called `names` hold no shares of 0 to 1; `stack` is open."""
    source = stack.sources[0]
    for position, band in enumerate(source.bands):
        values = source.looked_at(position)
        wrong = values[(values < -SHARE_TOLERANCE) | (values > 1 + SHARE_TOLERANCE)]
        if band.name in names and len(wrong):
            raise RegionwiseError(
                f"Band '{band.name}' of map '{label}' holds {wrong[0]:g}; shares are 0 to 1.",
                "Divide percentages by 100, or set the band's scale (Translate, option -a_scale 0.01).",
            )


def class_codes(values: Floats, layer: Layer) -> Array:
    """The class numbers of cells; NaN where there are none.

    Raises
    ------
    RegionwiseError
        For numbers that are no classes.
    """
    known = values[np.isfinite(values)]
    wrong = (known < 0) | (known > LARGEST) | (known != np.rint(known))
    if wrong.any():
        raise RegionwiseError(
            f"Raster '{layer}' holds {known[wrong][0]:g}, which is no class: these are whole numbers from 0 to "
            f"{LARGEST}.",
            "Reclassify it, or declare that number as nodata.",
        )
    return values.astype(np.float64)


def matched_classes(labels: Text, codes: Sequence[int], categories: dict[int, str]) -> tuple[Index, list[str]]:
    """The position of each label among the map's classes and those that only the reference has, and all their names.

    A label is the name of a class, in any case of letters, or its number.
    """
    names = names_of(codes, categories)
    place = {str(int(code)): i for i, code in enumerate(codes)}
    place |= {name.casefold(): i for i, name in enumerate(names)}
    place |= {name: i for i, name in enumerate(names)}
    found = {}
    for label in sorted(set(labels)):
        position = place.get(label, place.get(label.casefold()))
        if position is None:
            position = len(names)
            names.append(label)
        found[label] = position
    return np.array([found[label] for label in labels], np.int64), names
