"""Changes: differences of two maps of one kind, window by window, with what they may be off by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ...contract.errors import RegionwiseError
from ...contract.layer import NO_LAYER, Layer
from ...data.raster.category_names import category_names
from ...data.raster.stack import Stack
from ...data.raster.tiles import Tile
from ...data.vector.labels import EVENTS
from ...learning.model_file import read_model
from ...mapping.mapped_numbers import CLASSES, SHARES, MapKind, check_shares, class_codes, holds_classes
from ...runtime.types import Array, Floats
from .params import ChangeMapping

SD = "_sd"  # ending of bands with deviations, as maps of uncertainty have them
DEVIATION, CONFIDENCE = "deviation", "confidence"  # bands of those of probabilities, and of classes
BEFORE, AFTER, DOUBT_BEFORE, DOUBT_AFTER = "before", "after", "doubt before", "doubt after"


class Differences(NamedTuple):
    """Of a window, each of shape (name, row, col); NaN without data: the difference, and its standard deviation."""

    value: Array
    deviation: Array


@dataclass(frozen=True)
class MapPair:
    """Two maps of one kind on one grid, with what each is unsure of.

    Parameters
    ----------
    stack : Stack
        Open.
    names : tuple of str
        Of shares, or of the one band of probabilities or other numbers; empty for classes.
    known : array, shape (name,)
        Deviations of one map by the model's card, where maps of uncertainty do not tell them; NaN where nothing does.
    """

    stack: Stack
    kind: MapKind
    names: tuple[str, ...]
    known: Array

    def differences(self, tile: Tile) -> Differences:
        """Of maps of shares or probabilities: after less before."""
        values = self.stack.read(tile).astype(np.float64)
        before, after = (values[self._bands(sensor)[: len(self.names)]] for sensor in (BEFORE, AFTER))
        doubts = [self._doubts(values, sensor) for sensor in (DOUBT_BEFORE, DOUBT_AFTER)]
        return Differences(after - before, np.sqrt(doubts[0] ** 2 + doubts[1] ** 2))

    def classes(self, tile: Tile, layers: Sequence[Layer]) -> tuple[Array, Array, Array]:
        """The classes before and after, NaN without data, and the probability that both are right; shape (row, col)."""
        values = self.stack.read(tile)
        codes = [
            class_codes(values[self._bands(sensor)[0]], layer)
            for sensor, layer in zip((BEFORE, AFTER), layers, strict=True)
        ]
        sure = [self._confidence(values, sensor) for sensor in (DOUBT_BEFORE, DOUBT_AFTER)]
        return codes[0], codes[1], sure[0] * sure[1]

    def _bands(self, sensor: str) -> list[int]:
        return [i for i, band in enumerate(self.stack.bands) if band.sensor == sensor]

    def _doubts(self, values: Array, sensor: str) -> Array:
        """The deviations of one map, shape (name, row, col)."""
        found = {self.stack.bands[i].name: values[i] for i in self._bands(sensor)}
        shape = values.shape[1:]
        rows = [found.get(f"{name}{SD}", found.get(DEVIATION)) for name in self.names]
        return np.stack([np.full(shape, k) if row is None else row for row, k in zip(rows, self.known, strict=True)])

    def _confidence(self, values: Floats, sensor: str) -> Array:
        """How probable the class of one map is; NaN where nothing tells."""
        found = {self.stack.bands[i].name: values[i] for i in self._bands(sensor)}
        if CONFIDENCE not in found:
            return np.full(values.shape[1:], np.nan)
        confidence = np.asarray(found[CONFIDENCE], np.float64)
        wrong = confidence[(confidence < 0) | (confidence > 1)]
        if len(wrong):
            raise RegionwiseError(
                f"Band '{CONFIDENCE}' of a map of uncertainty holds {wrong[0]:g}; a confidence is 0 to 1.",
                "Divide percentages by 100.",
            )
        return confidence


def open_pair(before: Layer, after: Layer, doubts: tuple[Layer, Layer] = (NO_LAYER, NO_LAYER)) -> Stack:
    """The stack of two maps, and of what tells how sure they are; not yet opened."""
    layers = {BEFORE: before, AFTER: after, DOUBT_BEFORE: doubts[0], DOUBT_AFTER: doubts[1]}
    return Stack({sensor: (layer,) for sensor, layer in layers.items() if layer}, same_names=True)


def pair_of(stack: Stack, before: Layer, after: Layer, params: ChangeMapping) -> MapPair:
    """What the two maps of an open stack are.

    Raises
    ------
    RegionwiseError
        If they are of different kinds, or have other bands.
    """
    own, other = ([band.name for band in stack.bands if band.sensor == sensor] for sensor in (BEFORE, AFTER))
    if len(own) > 1 or len(other) > 1:
        missing = [name for name in own if name not in other] + [name for name in other if name not in own]
        if missing or own != other:
            raise RegionwiseError(
                f"Map '{before}' has the bands {', '.join(own)}, and '{after}' {', '.join(other)}.",
                "Give two maps of the same shares, in the same order.",
            )
        known = _known(own, params)
        if np.isfinite(known).any():
            check_shares(stack, own, before)
        return MapPair(stack, MapKind(SHARES, tuple(range(len(own))), tuple(own), {}), tuple(own), known)
    classes = [_class_names(layer) for layer in (before, after)]
    if (classes[0] is None) != (classes[1] is None):
        what = ["a map of classes" if found is not None else "one of other numbers" for found in classes]
        raise RegionwiseError(f"'{before}' is {what[0]}, '{after}' {what[1]}.", "Give two maps of one kind.")
    if classes[0] is not None and classes[1] is not None:
        _check_categories(classes[0], classes[1], before, after)
        return MapPair(stack, MapKind(CLASSES, (0,), (), {**classes[0], **classes[1]}), (), np.empty(0))
    name = own[0] if own == other else "value"  # an index may bear its year
    return MapPair(stack, MapKind(SHARES, (0,), (name,), {}), (name,), _known([name], params))


def _class_names(layer: Layer) -> dict[int, str] | None:
    """What the classes of a map are called by number; None if it holds other numbers."""
    with Stack({"map": (layer,)}) as stack:
        source = stack.sources[0]
        return category_names(source.file) if holds_classes(source) else None


def _check_categories(first: dict[int, str], second: dict[int, str], before: Layer, after: Layer) -> None:
    """Raise `RegionwiseError` if one number means two classes."""
    for number in sorted(set(first) & set(second)):
        if first[number] != second[number]:
            raise RegionwiseError(
                f"Class {number} is '{first[number]}' on '{before}' and '{second[number]}' on '{after}'.",
                "Reclassify one of them to the numbers of the other.",
            )


def _known(names: Sequence[str], params: ChangeMapping) -> Array:
    """The deviations that a model's card tells, shape (name,); NaN where it does not."""
    if not params.model:
        return np.full(len(names), np.nan)
    residuals = read_model(params.model).card.residuals
    if residuals is None:
        raise RegionwiseError(
            f"Model '{params.model}' does not tell its errors.", "Train it again, or give the maps of uncertainty."
        )
    of_events = residuals.deviation.get(EVENTS[1], np.nan)
    return np.array([residuals.deviation.get(name, of_events) for name in names])
