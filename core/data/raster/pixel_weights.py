"""Pixel weights: bands that say how much each pixel counts in the share of an area, as population does."""

from __future__ import annotations

import numpy as np

from ...contract.errors import RegionwiseError
from ...runtime.types import Floats

WEIGHTS = "weights"  # the sensor of such a band
WEIGHTS_TAG = "REGIONWISE_PIXEL_WEIGHTS"  # of a map: what weighed the pixels of its model's areas


def pixel_weights(values: Floats, name: str) -> Floats:
    """The weights of pixels; missing is 0.

    Raises
    ------
    RegionwiseError
        If one is negative.
    """
    weights = np.nan_to_num(values)
    if (weights < 0).any():
        raise RegionwiseError(
            f"Pixel weights '{name}' are negative ({weights.min():g}).",
            "Weights count people or area: choose a raster of numbers from 0 on, or set its nodata value.",
        )
    return weights
