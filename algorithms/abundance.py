"""Abundance: train fractions of classes from series with gaps, and map them."""

from __future__ import annotations

from types import MappingProxyType

from ..core.families.abundance.params import AbundanceMapping, AbundanceTraining
from .arrival import BEHIND
from .base import EngineAlgorithm
from .learning import FITTING, FOLDS, SHARES_MAPPED, SHARES_SHOWN, TRAINED

ABUNDANCE_SHOWN = {**SHARES_SHOWN, "IMPUTED": BEHIND}


class TrainAbundance(EngineAlgorithm):
    """Parameters of `regionwise:trainabundance`."""

    NAME = "trainabundance"
    GROUP = "Abundance"
    PARAMS = AbundanceTraining
    ORDER = (
        "series",
        "samples",
        "targets",
        "ancillary",
        "levels",
        "source_field",
        "model_type",
        "time_budget",
        "values",
        "ancillary_fields",
        "add_coordinates",
        "start_field",
        "end_field",
        "weight_field",
        "regions",
        "region_field",
        "allow_duplicates",
        *FOLDS,
        "area",
        "buffer",
        "width",
        "start_model",
        "few_shots",
        *FITTING,
        "quick",
        "resampling",
        *TRAINED,
    )
    NUMBERS = MappingProxyType({"R2_MEAN": "Mean R2 of the classes, out of fold"})


class MapAbundance(EngineAlgorithm):
    """Parameters of `regionwise:mapabundance`."""

    NAME = "mapabundance"
    GROUP = "Abundance"
    PARAMS = AbundanceMapping
    SHOWN = ABUNDANCE_SHOWN
    ORDER = (
        "series",
        "ancillary",
        "model",
        "extent",
        "level",
        "joint",
        "resampling",
        "device",
        *SHARES_MAPPED,
        "imputed",
    )
