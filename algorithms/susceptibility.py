"""Susceptibility: training, mapping, and what a model goes by."""

from __future__ import annotations

from types import MappingProxyType

from ..core.families.susceptibility.params import (
    FactorExplanation,
    SusceptibilityMapping,
    SusceptibilityTraining,
)
from .arrival import BEHIND, ON_TOP
from .base import EngineAlgorithm
from .learning import FITTING, FOLDS, TRAINED

EVENTS_SHOWN = {"CLASSES": ON_TOP, "UNCERTAINTY": BEHIND, "WHICH": BEHIND}


class TrainSusceptibility(EngineAlgorithm):
    """Parameters of `regionwise:trainsusceptibility`."""

    NAME = "trainsusceptibility"
    GROUP = "Susceptibility"
    PARAMS = SusceptibilityTraining
    ORDER = (
        "factors",
        "samples",
        "label_field",
        "categorical",
        "blocks",
        "prevalence",
        "model_type",
        "time_budget",
        "values",
        "factor_fields",
        "weak_field",
        "weak_weight",
        "design_field",
        "block_field",
        "source_field",
        "weight_field",
        "regions",
        "region_field",
        "allow_duplicates",
        *FOLDS,
        "date_field",
        "area",
        "buffer",
        "resampling",
        "pretrain",
        "shots",
        "inner_steps",
        "inner_rate",
        "meta_rate",
        "meta_batch",
        "iterations",
        "order",
        "width",
        *FITTING,
        "quick",
        *TRAINED,
    )
    NUMBERS = MappingProxyType({"AUC": "AUC, out of fold", "BRIER": "Brier score, out of fold"})


class MapSusceptibility(EngineAlgorithm):
    """Parameters of `regionwise:mapsusceptibility`."""

    NAME = "mapsusceptibility"
    GROUP = "Susceptibility"
    PARAMS = SusceptibilityMapping
    SHOWN = EVENTS_SHOWN
    ORDER = (
        "factors",
        "model",
        "blocks",
        "block_field",
        "adapt",
        "label_field",
        "extent",
        "resampling",
        "device",
        "output",
        "classes",
        "uncertainty",
        "which",
    )


class ExplainFactors(EngineAlgorithm):
    """Parameters of `regionwise:explainfactors`."""

    NAME = "explainfactors"
    GROUP = "Susceptibility"
    PARAMS = FactorExplanation
    ORDER = (
        "model",
        "samples",
        "label_field",
        "factors",
        "blocks",
        "block_field",
        "most_samples",
        "draws",
        "repeats",
        "seed",
        "resampling",
        "report",
        "output",
        "scores",
        "figures",
    )
