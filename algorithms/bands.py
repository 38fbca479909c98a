"""Bands: names, roles and units for the bands of a raster."""

from __future__ import annotations

from types import MappingProxyType

from ..core.tools.preparation.params import BandDescription
from .base import EngineAlgorithm


class DescribeBands(EngineAlgorithm):
    """Parameters of `regionwise:describebands`."""

    NAME = "describebands"
    GROUP = "Preparation"
    PARAMS = BandDescription
    ORDER = (
        "input",
        "sensor",
        "names",
        "roles",
        "output",
    )
    NUMBERS = MappingProxyType({"BANDS": "Bands"})
