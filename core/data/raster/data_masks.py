"""Data masks: which pixels of a block have data."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...runtime.types import Floats, Mask

Groups = Sequence[Sequence[int]]  # positions of bands; of each group one must have data


def with_data(block: Floats, groups: Groups, halo: int) -> Mask:
    """Whether the pixels of a block (band, row + 2 halo, col + 2 halo) have data in a band of each group."""
    inner = np.isfinite(block[:, halo : block.shape[1] - halo, halo : block.shape[2] - halo])
    valid: Mask = np.logical_and.reduce([inner[list(group)].any(0) for group in groups])
    return valid
