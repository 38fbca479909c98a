"""Composition: train with cross-validation, train experts by region and weigh them, map."""

from __future__ import annotations

from types import MappingProxyType

from ..core.families.composition.params import (
    CompositionMapping,
    CompositionRegions,
    CompositionTraining,
    RegionWeighing,
)
from .base import EngineAlgorithm
from .learning import FITTING, FOLDS, SHARES_MAPPED, SHARES_SHOWN, TRAINED


class TrainComposition(EngineAlgorithm):
    """Parameters of `regionwise:traincomposition`."""

    NAME = "traincomposition"
    GROUP = "Composition"
    PARAMS = CompositionTraining
    ORDER = (
        "day",
        "night",
        "samples",
        "targets",
        "source_field",
        "area",
        "model_type",
        "time_budget",
        "weight_field",
        "pixel_weights",
        "allow_duplicates",
        "region_field",
        *FOLDS,
        "date_field",
        "windows",
        "buffer",
        "head",
        "width",
        "blocks",
        "mask_channel",
        *FITTING,
        "quick",
        "resampling",
        "fractions",
        "repeats",
        "search",
        "search_rates",
        "search_decays",
        "trials",
        *TRAINED,
        "curve",
    )
    NUMBERS = MappingProxyType({"R2_MEAN": "Mean R2 of the components, out of fold"})


class TrainRegions(EngineAlgorithm):
    """Parameters of `regionwise:trainregions`."""

    NAME = "trainregions"
    GROUP = "Composition"
    PARAMS = CompositionRegions
    ORDER = (
        "day",
        "night",
        "samples",
        "targets",
        "source_field",
        "regions",
        "region_field",
        "model_type",
        "weight_field",
        "pixel_weights",
        "allow_duplicates",
        "region_preset",
        "holdout",
        "expert",
        "windows",
        "area",
        "buffer",
        "head",
        "width",
        "blocks",
        "mask_channel",
        *FITTING,
        "quick",
        "resampling",
        "time_budget",
        *TRAINED,
    )
    NUMBERS = MappingProxyType(
        {
            "R2_MEAN": "Mean R2 of the components: strict, or within if that was not asked for",
            "R2_WITHIN": "Mean R2 within regions",
            "R2_POOLED": "Mean R2 of one model of all regions where experts were tested",
            "R2_STRICT": "Mean R2 in unseen regions",
        }
    )


class WeighRegions(EngineAlgorithm):
    """Parameters of `regionwise:weighregions`."""

    NAME = "weighregions"
    GROUP = "Evaluation"
    PARAMS = RegionWeighing
    ORDER = (
        "predictions",
        "regional_predictions",
        "targets",
        "fixed",
        "folds",
        "seed",
        "weights",
        "report",
        "figures",
    )
    NUMBERS = MappingProxyType({"REGIONS": "Regions"})


class MapComposition(EngineAlgorithm):
    """Parameters of `regionwise:mapcomposition`."""

    NAME = "mapcomposition"
    GROUP = "Composition"
    PARAMS = CompositionMapping
    SHOWN = SHARES_SHOWN
    ORDER = (
        "day",
        "night",
        "model",
        "regional_model",
        "regions",
        "region_field",
        "weights",
        "extent",
        "region_preset",
        "precision",
        "blend",
        "level",
        "joint",
        "resampling",
        "device",
        *SHARES_MAPPED,
    )
