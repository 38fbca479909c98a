"""Learning: what every kind of model learns from, and what learning one split gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .checkpoints import Arrays, Checkpoints
from .history import History
from .patches import Patches
from .rasters import Band, Floats, Grid, Mask
from .samples import Samples
from .splits import Split

Array = NDArray[np.float64]
Report = Callable[[float, str], None]

NETWORK, BOOSTING, STACK = "network", "boosting", "stack"


@dataclass(frozen=True)
class Material:
    """What training starts from; `device` is the name torch knows it by."""

    bands: list[Band]
    grid: Grid
    samples: Samples
    patches: Patches
    device: str
    checkpoints: Checkpoints
    key: str

    def sensors(self) -> list[int]:
        """Return the number of bands of day and, if there is one, night."""
        day = sum(band.sensor == "day" for band in self.bands)
        return [day, len(self.bands) - day] if day < len(self.bands) else [day]


@dataclass(frozen=True)
class Trained:
    """What one split gave: the member's tensors, its answers on the test part, and its history."""

    name: str
    arrays: Arrays
    shares: Array
    concentration: Array
    history: History


class Learner(Protocol):
    """A kind of model: learns a split and answers its test part."""

    @property
    def type(self) -> str:
        """Its name: one of ``network``, ``boosting``."""

    def description(self) -> dict[str, Any]:
        """Return what a reader needs to build its members again."""

    def fit(self, split: Split, name: str, report: Report, start: Arrays | None = None) -> Trained:
        """Learn `split`; with `start`, from the tensors of a trained member."""


class Voice(Protocol):
    """A trained member, ready to answer windows of a map."""

    @property
    def halo(self) -> int:
        """Cells around a pixel that its answer depends on."""

    def answer(self, values: Floats, wanted: Mask) -> tuple[Floats, Floats]:
        """Return shares (component, pixel) and concentration (pixel,) of the `wanted` pixels in reading order.

        `values` are raw, shape (band, row + 2 halo, col + 2 halo), NaN is nodata; `wanted` is (row, col).
        """
