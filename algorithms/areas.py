"""Areas: draw probability samples, and estimate areas and accuracies with intervals from them."""

from __future__ import annotations

from types import MappingProxyType

from ..core.tools.areas.params import (
    AreaEstimation,
    SampleDesign,
)
from .base import EngineAlgorithm

GROUP = "Evaluation"


class DesignSample(EngineAlgorithm):
    """Parameters of `regionwise:designsample`."""

    NAME = "designsample"
    GROUP = GROUP
    PARAMS = SampleDesign
    ORDER = (
        "strata",
        "stratum_field",
        "size",
        "precision",
        "expected",
        "allocation",
        "classes",
        "targets",
        "level",
        "min_per_stratum",
        "primary",
        "primary_size",
        "exclude",
        "cell_size",
        "cells",
        "seed",
        "output",
        "report",
    )
    NUMBERS = MappingProxyType(
        {"SIZE_DRAWN": "Drawn units", "EXPECTED_ERROR": "Standard error to expect of the share of the whole"}
    )


class EstimateArea(EngineAlgorithm):
    """Parameters of `regionwise:estimatearea`."""

    NAME = "estimatearea"
    GROUP = GROUP
    PARAMS = AreaEstimation
    ORDER = (
        "map",
        "reference",
        "class_field",
        "targets",
        "strata",
        "zones",
        "zone_field",
        "unit",
        "stratum_field",
        "probability_field",
        "primary_field",
        "design",
        "model",
        "estimator",
        "level",
        "output",
        "matrix",
        "report",
    )
    NUMBERS = MappingProxyType({"OVERALL_ACCURACY": "Overall accuracy", "HALF_WIDTH": "Half the width of its interval"})
