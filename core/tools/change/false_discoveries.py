"""False discoveries: which of many tests to believe, so that of those hardly any are false; in a stream, by counts.

Benjamini & Hochberg 1995, J. R. Stat. Soc. B 57, 289, over p values that are counted in fine steps of their logarithm,
so that a map of any size is tested in one pass.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from ...runtime.types import Array, Index

STEPS, SMALLEST = 6400, -32.0  # of the decimal logarithm of p
Z_STEPS, LARGEST_Z = 4000, 40.0
FEW = 20  # counts, below which a tail is not counted


class Discoveries:
    """Counts p values, and tells up to which one they are to be believed."""

    def __init__(self) -> None:
        self._counts = np.zeros(STEPS, np.int64)

    def add(self, p: Array) -> None:
        """Count the p values of some tests."""
        self._counts += np.bincount(_steps_of(p), minlength=STEPS)

    @property
    def tests(self) -> int:
        """How many were counted."""
        return int(self._counts.sum())

    def threshold(self, rate: float) -> float:
        """The largest p value of which, with all smaller ones, at most a share `rate` is false; 0: none is."""
        upper = 10 ** (SMALLEST * (1 - np.arange(1, STEPS + 1) / STEPS))
        below = np.cumsum(self._counts)
        believed = np.flatnonzero((upper * self.tests <= rate * below) & (below > 0))
        return float(upper[believed[-1]]) if len(believed) else 0.0


def _steps_of(p: Array) -> Index:
    """The step of each p value, 0 for the smallest."""
    logarithm = np.log10(np.maximum(p, 10.0**SMALLEST))
    steps: Index = np.clip(np.ceil((1 - logarithm / SMALLEST) * STEPS) - 1, 0, STEPS - 1).astype(np.int64)
    return steps


class Placebo:
    """Standardised differences where nothing changed: how large chance alone makes them."""

    def __init__(self) -> None:
        self._counts = np.zeros(Z_STEPS + 1, np.int64)

    def add(self, z: Array) -> None:
        """Count some of them, by size."""
        steps = np.minimum(np.abs(z) * Z_STEPS / LARGEST_Z, Z_STEPS).astype(np.int64)
        self._counts += np.bincount(steps, minlength=Z_STEPS + 1)

    @property
    def spread(self) -> float:
        """By what factor they are larger than standard normal ones, at the size that one of twenty exceeds."""
        above = 1 - np.cumsum(self._counts) / max(self._counts.sum(), 1)
        return float((np.argmax(above <= 0.05) + 1) * LARGEST_Z / Z_STEPS / 1.959964)

    def p_values(self, z: Array) -> Array:
        """How often chance makes one as large: by counts, and beyond these as normal ones of their spread are.

        NaN stays NaN.
        """
        return np.where(np.isfinite(z), self._of_known(np.nan_to_num(z)), np.nan)

    def _of_known(self, z: Array) -> Array:
        total = self._counts.sum()
        as_large = np.cumsum(self._counts[::-1])[::-1] / total
        steps = np.minimum(np.abs(z) * Z_STEPS / LARGEST_Z, Z_STEPS).astype(np.int64)
        beyond = 2 * ndtr(-np.abs(z) / max(self.spread, 1e-9))
        counted = as_large[steps]
        tail = np.minimum(np.maximum(beyond, 10.0**SMALLEST), FEW / total)
        return np.asarray(np.where(counted * total >= FEW, counted, tail))


def normal_p_values(z: Array) -> Array:
    """How often a standard normal number is as large."""
    return np.asarray(2 * ndtr(-np.abs(z)))
