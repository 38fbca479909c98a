"""Group sums: of values by the number of their group."""

from __future__ import annotations

import numpy as np

from ..runtime.types import Array, Index


def group_sums(group: Index, values: Array, groups: int = 0) -> Array:
    """The sum of `values`, shape (unit,), in each group, shape (group,): at least `groups` of them."""
    return np.bincount(group, values, groups).astype(np.float64)
