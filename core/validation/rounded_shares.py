"""Rounded shares: of how many parts labels are multiples, and to which step they are rounded."""

from __future__ import annotations

import numpy as np

from ..runtime.types import Array

SAME = 1e-6  # what shares differ by if they are not equal
COUNTS, DECIMALS = range(2, 111), range(980, 1021)  # what closed labels of counts, and of three decimals, are parts of
FEW_PARTS = 30  # up to which labels may be written with four digits
NEARLY_ALL = 0.9  # of the labels, whose step counts: parts of some have a common divisor


def parts_of(shares: Array) -> Array:
    """The smallest number of parts, shape (row,), of which all shares of a row are whole multiples; infinite if none.

    Rows are closed: shares of two decimals that summed to 1.01 are multiples of 1 / 101.
    """
    parts, left = np.full(len(shares), np.inf), np.arange(len(shares))
    for count in (*COUNTS, *DECIMALS):
        scaled = shares[left] * count
        tolerance = 2e-4 if count <= FEW_PARTS else SAME * count
        whole = (np.abs(scaled - np.rint(scaled)) < tolerance).all(1)
        parts[left[whole]] = count
        left = left[~whole]
    return parts


def step_of(parts: Array) -> float:
    """The step to which shares of so many finite `parts` are rounded."""
    return float(1 / np.quantile(parts, NEARLY_ALL, method="higher"))


def rounding_steps(shares: Array) -> Array:
    """The step to which each row is rounded, shape (row,); 0 for exact rows, and for all where most are exact.

    Pure rows are multiples of any step, and do not count.
    """
    parts = parts_of(shares)
    mixed, rounded = (shares < 1 - SAME).all(1), np.isfinite(parts)
    both = mixed & rounded
    if not 2 * both.sum() > mixed.sum():
        return np.zeros(len(shares))
    return np.where(rounded, step_of(parts[both]), 0.0)
