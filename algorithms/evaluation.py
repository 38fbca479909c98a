"""Evaluation: audit samples, map applicability, validate and summarise maps, propose samples, inspect models."""

from __future__ import annotations

from types import MappingProxyType

from ..core.tools.evaluation.params import (
    ApplicabilityMapping,
    MapSummary,
    MapValidation,
    SampleAudit,
    SampleProposal,
)
from ..core.tools.evidence.params import MapVerification, ModelInspection
from .base import EngineAlgorithm


class CheckSamples(EngineAlgorithm):
    """Parameters of `regionwise:checksamples`."""

    NAME = "checksamples"
    GROUP = "Evaluation"
    PARAMS = SampleAudit
    ORDER = (
        "samples",
        "targets",
        "source_field",
        "region_field",
        "features",
        "day",
        "night",
        "area",
        "fold_field",
        "resampling",
        "seed",
        "output",
        "report",
    )
    NUMBERS = MappingProxyType(
        {
            "PROBLEMS": "Number of problems",
            "REPEATED": "Share of label vectors that repeat another one",
            "CLUSTERED": "1 if samples are clustered",
        }
    )


class Applicability(EngineAlgorithm):
    """Parameters of `regionwise:applicability`."""

    NAME = "applicability"
    GROUP = "Evaluation"
    PARAMS = ApplicabilityMapping
    ORDER = (
        "day",
        "night",
        "factors",
        "series",
        "ancillary",
        "model",
        "area",
        "resampling",
        "output",
    )
    NUMBERS = MappingProxyType({"INSIDE": "Share of the area to map inside the area of applicability"})


class NextSamples(EngineAlgorithm):
    """Parameters of `regionwise:nextsamples`."""

    NAME = "nextsamples"
    GROUP = "Evaluation"
    PARAMS = SampleProposal
    ORDER = (
        "day",
        "night",
        "factors",
        "model",
        "area",
        "uncertainty",
        "count",
        "cost",
        "resampling",
        "distance",
        "seed",
        "output",
    )
    NUMBERS = MappingProxyType({"PLACES": "Proposed places", "OUTSIDE": "Of them outside the area of applicability"})


class ValidateMap(EngineAlgorithm):
    """Parameters of `regionwise:validatemap`."""

    NAME = "validatemap"
    GROUP = "Evaluation"
    PARAMS = MapValidation
    ORDER = (
        "map",
        "reference",
        "targets",
        "class_field",
        "model",
        "indicators",
        "level_field",
        "group_field",
        "weight_field",
        "pixel_weights",
        "resampling",
        "report",
        "output",
        "scores",
        "correlations",
        "figures",
    )
    NUMBERS = MappingProxyType(
        {
            "R2_MEAN": "Mean R2 at the coarsest level",
            "ACCURACY": "Overall accuracy of a map of classes",
            "AUC": "AUC of a map of probabilities",
        }
    )


class Summarise(EngineAlgorithm):
    """Parameters of `regionwise:summarise`."""

    NAME = "summarise"
    GROUP = "Evaluation"
    PARAMS = MapSummary
    ORDER = (
        "map",
        "polygons",
        "model",
        "level",
        "pixel_weights",
        "resampling",
        "output",
    )
    NUMBERS = MappingProxyType({"POLYGONS_FOUND": "Polygons with data"})


class InspectModel(EngineAlgorithm):
    """Parameters of `regionwise:inspectmodel`."""

    NAME = "inspectmodel"
    GROUP = "Evaluation"
    PARAMS = ModelInspection
    ORDER = (
        "model",
        "map",
        "report",
    )


class VerifyMap(EngineAlgorithm):
    """Parameters of `regionwise:verifymap`."""

    NAME = "verifymap"
    GROUP = "Evaluation"
    PARAMS = MapVerification
    ORDER = (
        "map",
        "folder",
        "sample",
        "seed",
        "report",
    )
    NUMBERS = MappingProxyType({"HOLDS": "1 if the map is what it claims to be", "TILES": "Tiles that were made again"})
