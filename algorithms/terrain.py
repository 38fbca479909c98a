"""Terrain factors, blocks and negatives: what comes before a model of susceptibility."""

from __future__ import annotations

from types import MappingProxyType

from ..core.families.susceptibility.terrain_params import (
    BlockSegmentation,
    NegativeSampling,
    TerrainDerivation,
)
from .base import EngineAlgorithm


class TerrainFactors(EngineAlgorithm):
    """Parameters of `regionwise:terrainfactors`."""

    NAME = "terrainfactors"
    GROUP = "Susceptibility"
    PARAMS = TerrainDerivation
    ORDER = (
        "dem",
        "height_unit",
        "stream_area",
        "relief_window",
        "flow",
        "contour_curvature",
        "output_folder",
        "output",
    )
    NUMBERS = MappingProxyType({"FACTORS": "Number of factors"})


class SegmentBlocks(EngineAlgorithm):
    """Parameters of `regionwise:segmentblocks`."""

    NAME = "segmentblocks"
    GROUP = "Susceptibility"
    PARAMS = BlockSegmentation
    ORDER = (
        "factors",
        "blocks",
        "min_samples",
        "samples",
        "compactness",
        "resampling",
        "output",
        "polygons",
    )
    NUMBERS = MappingProxyType({"BLOCKS_FOUND": "Number of blocks"})


class SampleNegatives(EngineAlgorithm):
    """Parameters of `regionwise:samplenegatives`."""

    NAME = "samplenegatives"
    GROUP = "Susceptibility"
    PARAMS = NegativeSampling
    ORDER = (
        "inventory",
        "factors",
        "buffer",
        "ratio",
        "stratify",
        "slope",
        "blocks",
        "block_field",
        "label_field",
        "seed",
        "resampling",
        "output",
    )
    NUMBERS = MappingProxyType(
        {
            "EVENTS": "Number of events",
            "NEGATIVES": "Number of negatives",
            "PREVALENCE": "Share of the cells that events cover",
        }
    )
