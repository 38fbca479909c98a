"""Crops: train classes from image series, and map them for pixels and parcels."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from types import MappingProxyType
from typing import Any

from qgis.core import QgsProcessingContext

from ..core.families.crops.params import CropMapping, CropTraining, colours_text
from .arrival import BANDS_APART, BEHIND, ON_TOP
from .base import EngineAlgorithm
from .layer_source import category_colours, source_layer
from .learning import FITTING, FOLDS, TRAINED

CROPS_SHOWN = {"OUTPUT": ON_TOP, "PROBABILITIES": BANDS_APART, "CONFIDENCE": BEHIND}


class TrainCrops(EngineAlgorithm):
    """Parameters of `regionwise:traincrops`."""

    NAME = "traincrops"
    GROUP = "Crops"
    PARAMS = CropTraining
    ORDER = (
        "series",
        "samples",
        "class_field",
        "start_field",
        "end_field",
        "source_field",
        "model_type",
        "time_budget",
        "values",
        "weight_field",
        "regions",
        "region_field",
        "allow_duplicates",
        *FOLDS,
        "area",
        "buffer",
        "patch",
        "class_weights",
        "width",
        *FITTING,
        "quick",
        "colours",
        *TRAINED,
    )
    NUMBERS = MappingProxyType({"ACCURACY": "Accuracy, out of fold", "F1_MACRO": "Macro F1, out of fold"})

    def params(
        self, parameters: dict[str, Any], context: QgsProcessingContext, export_to: Path | None = None
    ) -> CropTraining:
        """The dataclass for `parameters`, with the colours of the samples' categories if no others are given."""
        found = super().params(parameters, context, export_to)
        if found.colours:
            return found
        layers = (source_layer(parameters.get(name), context) for name in ("SAMPLES", "VALUES") if parameters.get(name))
        colours = next((category_colours(layer, found.class_field) for layer in layers if layer is not None), {})
        return dataclasses.replace(found, colours=colours_text(colours))


class MapCrops(EngineAlgorithm):
    """Parameters of `regionwise:mapcrops`."""

    NAME = "mapcrops"
    GROUP = "Crops"
    PARAMS = CropMapping
    SHOWN = CROPS_SHOWN
    ORDER = (
        "series",
        "model",
        "parcels",
        "extent",
        "device",
        "output",
        "confidence",
        "parcel_output",
        "probabilities",
    )
