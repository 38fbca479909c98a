"""Preparation: places, samples, rasters, masks, a script for images, and published weights."""

from __future__ import annotations

from types import MappingProxyType

from ..core.tools.preparation.params import (
    Augmentation,
    MaskExtraction,
    ScriptExport,
    Standardisation,
    WeightImport,
)
from ..core.tools.preparation.place_params import PlaceClassification, PlaceMatching, SampleMaking
from .base import EngineAlgorithm


class MatchPlaces(EngineAlgorithm):
    """Parameters of `regionwise:matchplaces`."""

    NAME = "matchplaces"
    GROUP = "Preparation"
    PARAMS = PlaceMatching
    ORDER = (
        "input",
        "name_field",
        "county_field",
        "reference",
        "reference_name_field",
        "reference_code_field",
        "reference_county_field",
        "threshold",
        "city_field",
        "reference_city_field",
        "county_digits",
        "city_digits",
        "rules",
        "output",
        "unmatched",
    )
    NUMBERS = MappingProxyType({"MATCHED_COUNT": "Matched places", "UNMATCHED_COUNT": "Unmatched places"})


class ClassifyPlaces(EngineAlgorithm):
    """Parameters of `regionwise:classifyplaces`."""

    NAME = "classifyplaces"
    GROUP = "Preparation"
    PARAMS = PlaceClassification
    ORDER = (
        "input",
        "field",
        "rules",
        "output",
        "undecided",
    )
    NUMBERS = MappingProxyType({"UNDECIDED_COUNT": "Undecided places"})


class MakeSamples(EngineAlgorithm):
    """Parameters of `regionwise:makesamples`."""

    NAME = "makesamples"
    GROUP = "Preparation"
    PARAMS = SampleMaking
    ORDER = (
        "input",
        "targets",
        "id_field",
        "polygons",
        "polygon_id_field",
        "longitude_field",
        "latitude_field",
        "source_field",
        "region_field",
        "region_preset",
        "output",
    )
    NUMBERS = MappingProxyType({"SAMPLES": "Samples", "LABELLED": "Samples with shares"})


class ExportScript(EngineAlgorithm):
    """Parameters of `regionwise:exportscript`."""

    NAME = "exportscript"
    GROUP = "Preparation"
    PARAMS = ScriptExport
    ORDER = (
        "extent",
        "years",
        "months",
        "sensor",
        "night",
        "cell_size",
        "crs",
        "mask",
        "output",
    )


class ImportWeights(EngineAlgorithm):
    """Parameters of `regionwise:importweights`."""

    NAME = "importweights"
    GROUP = "Preparation"
    PARAMS = WeightImport
    ORDER = (
        "input",
        "regions",
        "bands",
        "night_bands",
        "ancillary",
        "components",
        "statistics",
        "family",
        "model",
    )
    NUMBERS = MappingProxyType({"MEMBERS": "Members"})


class Standardise(EngineAlgorithm):
    """Parameters of `regionwise:standardise`."""

    NAME = "standardise"
    GROUP = "Preparation"
    PARAMS = Standardisation
    ORDER = (
        "input",
        "statistics",
        "output_folder",
        "output_statistics",
    )


class AugmentSamples(EngineAlgorithm):
    """Parameters of `regionwise:augmentsamples`."""

    NAME = "augmentsamples"
    GROUP = "Preparation"
    PARAMS = Augmentation
    ORDER = (
        "input",
        "targets",
        "features",
        "add_coordinates",
        "source_field",
        "search",
        "quantiles",
        "folds",
        "seed",
        "output",
        "report",
    )


class ExtractMask(EngineAlgorithm):
    """Parameters of `regionwise:extractmask`."""

    NAME = "extractmask"
    GROUP = "Forecast"
    PARAMS = MaskExtraction
    ORDER = (
        "input",
        "series",
        "value",
        "mode",
        "name",
        "output",
        "polygons",
    )
    NUMBERS = MappingProxyType({"CELLS": "Cells inside"})
