"""Comparison: two models on the same samples, and two maps of two dates."""

from __future__ import annotations

from types import MappingProxyType

from ..core.tools.change.params import ChangeMapping
from ..core.tools.evaluation.params import ModelComparison
from .base import EngineAlgorithm


class CompareModels(EngineAlgorithm):
    """Parameters of `regionwise:comparemodels`."""

    GROUP = "Evaluation"
    NAME = "comparemodels"
    PARAMS = ModelComparison
    ORDER = (
        "predictions",
        "maps",
        "reference",
        "class_field",
        "targets",
        "unit_field",
        "scores",
        "report",
    )
    NUMBERS = MappingProxyType({"BEYOND_CHANCE": "Pairs whose main score differs beyond chance"})


class MapChange(EngineAlgorithm):
    """Parameters of `regionwise:mapchange`."""

    GROUP = "Evaluation"
    NAME = "mapchange"
    PARAMS = ChangeMapping
    ORDER = (
        "before",
        "after",
        "uncertainty_before",
        "uncertainty_after",
        "model",
        "false_discoveries",
        "placebo",
        "output",
        "transitions",
        "report",
        "table",
    )
    NUMBERS = MappingProxyType({"CLAIMED": "Share that is claimed to have changed"})
