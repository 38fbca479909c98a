"""Empty bands: bands that have no data at any sample, as those where water vapour absorbs all light."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..raster.pixel_weights import WEIGHTS
from ..raster.stack import ANCILLARY, BLOCK, SERIES, Band, Stack
from ..vector.footprints import footprint
from ..vector.samples import Samples

OTHERS = (SERIES, ANCILLARY, BLOCK, WEIGHTS)  # sensors that may have gaps, or are no bands of an image


def empty_bands(stack: Stack, samples: Samples) -> list[int]:
    """The positions of the bands without data at any pixel of a sample.

    A sensor all of whose bands are empty has none: it is the wrong raster, or lies elsewhere. Each sample is read in
    bands only that none before it had: usually the first tells all.
    """
    left = [number for number, band in enumerate(stack.bands) if band.sensor not in OTHERS]
    if not left:
        return []
    candidates = list(left)
    with stack.reopened() as reader:
        reader.limit(left)
        for geometry in samples.geometry:
            tile, inside = footprint(geometry, stack.grid)
            if not left or not inside.size:
                continue
            lacking = np.flatnonzero(~np.isfinite(reader.read(tile)[:, inside > 0]).any(axis=1)).tolist()
            if len(lacking) < len(left):
                reader.limit(lacking)
                left = [left[number] for number in lacking]
    full = {stack.bands[number].sensor for number in set(candidates) - set(left)}
    return [number for number in left if stack.bands[number].sensor in full]


def without_bands(stack: Stack, empty: Sequence[int]) -> list[Band]:
    """Let `stack` read no `empty` bands any more, and return these."""
    dropped = [stack.bands[number] for number in empty]
    if dropped:
        stack.limit([number for number in range(len(stack.bands)) if number not in set(empty)])
    return dropped
