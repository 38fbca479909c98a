"""Crops: train classes from image series, and map them for pixels and parcels."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from qgis.core import QgsProcessingContext

from ..core.families.crops.params import CLASS_WEIGHTS, CROP_TYPES, CropMapping, CropTraining, colours_text
from .arrival import BANDS_APART, BEHIND, ON_TOP
from .layer_source import category_colours, source_layer
from .learning import LearningAlgorithm

CROPS_SHOWN = {"OUTPUT": ON_TOP, "PROBABILITIES": BANDS_APART, "CONFIDENCE": BEHIND}


class TrainCrops(LearningAlgorithm):
    """Parameters of `regionwise:traincrops`."""

    NAME = "traincrops"
    TITLE = "Train crops"
    GROUP = "Crops"
    PARAMS = CropTraining
    SUMMARY = "Trains the class of pixels or parcels from image series, and scores it honestly."
    HELP = """
<h3>When</h3><p>Each place has one class, and its course over the season tells it: crops, double cropping, pasture,
forest.</p>
<h3>Inputs</h3><p>A series of 'Make series' and samples (points or fields) with their class. Or no series, and a table
with the values in columns NDVI_01, NDVI_02, ... as 'Sample series' writes it, with or without places. First and last
date of each sample let labels of different years use their own season. If QGIS shows the samples by the categories of
their class, maps take these colours. The source field names what must not be split
between training and test: the field, the farm, the site.</p>
<h3>Model types</h3><p><b>convlstm</b>: memory along the series, which sees the neighbours of each pixel where Patch
is above 1. <b>convlstm_reference</b>: as published, with a padded patch; slow to map. <b>tempcnn</b>: convolutions
along the season. <b>ltae</b>: attention to dates. <b>boosting</b>: trees on the course, its harmonics and extremes.
<b>stack</b>: tempcnn, ltae and boosting, weighted so that their mean comes nearest to samples they had not seen.
Boosting always stands in the same table.</p>
<h3>Outputs</h3><p>Model; predictions out of fold with probabilities; scores as CSV, whose row <b>map</b> tells the
score of the mean of all members, which the map shows, at places of the map; report with confusion, each class with its
number of samples, and what a confidence is worth. Classes with fewer than 30 samples are named, never left out.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:traincrops -- VALUES=samples.csv CLASS_FIELD=label
SOURCE_FIELD=site VALIDATION=grouped MODEL_TYPE=stack MODEL=crops.safetensors REPORT=crops.html</code></p>
<h3>Limits</h3><p>The model knows the part of the year that it learned; a map of another part is refused. Class weights
say what the model learns most from, not how common classes are: its probabilities, and the classes of a map, are
brought back to what is frequent among the samples.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_series_or_values()
        self.add_field("CLASS_FIELD", "Class field", "SAMPLES", "The field with the class: text, or whole numbers.")
        self.add_dated_samples()
        self.add_choice(
            "MODEL_TYPE",
            "Model type",
            CROP_TYPES,
            "stack (tempcnn, ltae, boosting); convlstm; convlstm_reference (as published); tempcnn; ltae; boosting.",
        )
        self.add_integer(
            "PATCH",
            "Patch",
            1,
            "Side in cells, odd, of the square whose pixels answer together; 1: each pixel for itself. Needs a series.",
            advanced=False,
        )
        self.add_choice(
            "CLASS_WEIGHTS",
            "Class weights",
            CLASS_WEIGHTS,
            "none: samples count alike. balanced: classes do. focal: what is still wrong counts most (networks only).",
        )
        self.add_integer("WIDTH", "Width", 8, "Numbers of a network's layers; the published ConvLSTM has 64.")
        self.add_fitting(
            rate="Largest step size of AdamW: it rises to this, and falls to 0 over the epochs.",
            patience="Stops after so many epochs without a better validation score, and keeps the best weights. A "
            "network that was not stopped is trained once more, with the validation samples, too.",
        )
        self.add_text(
            "COLOURS",
            "Class colours",
            "Of the classes on maps, as maize=#e69f00; rice=#0072b2. Empty: those of the samples' categories in QGIS, "
            "or else colours that are easy to tell apart.",
            optional=True,
            advanced=True,
        )
        self.add_outputs()
        self.add_number("ACCURACY", "Accuracy, out of fold")
        self.add_number("F1_MACRO", "Macro F1, out of fold")

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


class MapCrops(LearningAlgorithm):
    """Parameters of `regionwise:mapcrops`."""

    NAME = "mapcrops"
    TITLE = "Map crops"
    GROUP = "Crops"
    PARAMS = CropMapping
    SHOWN = CROPS_SHOWN
    SUMMARY = "Maps the class of every pixel and the majority in every parcel, with how sure they are."
    HELP = """
<h3>When</h3><p>After 'Train crops', for the same part of the year: the same year, or another one.</p>
<h3>Inputs</h3><p>A series with the bands of the model by name; its dates may differ a little and have gaps. Parcels,
if a class for each of them is wanted.</p>
<h3>Outputs</h3><p>Classes with names and colours, as their own codes if all are numbers from 1 to 65535, else as
numbers from 1 on; 0 is no data. Probabilities: a band per class, calibrated on samples the models had not seen.
They are those of the mean of all members, which is surer than each. Confidence: the probability of the mapped class.
Log and rasters say whether they hold for single cells or, where the samples were areas, for such areas as a whole.
Parcels: their class by majority, the share of pixels that have it, and as confidence the probability of that class in
the parcel as a whole, calibrated as answers to labelled areas were: after averaging over the pixels.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:mapcrops -- SERIES=series.json MODEL=crops.safetensors
OUTPUT=crops.tif CONFIDENCE=confidence.tif PARCELS=fields.gpkg PARCEL_OUTPUT=crops.gpkg</code></p>
<h3>Limits</h3><p>Every pixel gets one of the model's classes, also where something else grows: look at the confidence,
and at 'Map applicability'. Memory stays within the option 'Memory'. A killed run goes on where it stopped.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_file("SERIES", "Series", "json", "A series of 'Make series'.")
        self.add_file("MODEL", "Model", "safetensors", "The model of 'Train crops'.")
        self.add_layer("PARCELS", "Parcels", "Polygons that get a class each.", polygons=True, optional=True)
        self.add_extent()
        self.add_device()
        self.add_raster_output("OUTPUT", "Classes", "The number of the class, from 1 on.")
        self.add_raster_output("PROBABILITIES", "Probabilities", "A band per class; they sum to 1.", optional=True)
        self.add_raster_output("CONFIDENCE", "Confidence", "The probability of the mapped class.", optional=True)
        self.add_layer_output(
            "PARCEL_OUTPUT",
            "Parcel classes",
            "The parcels with majority, share, confidence and number of pixels.",
            optional=True,
        )
