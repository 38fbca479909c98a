"""Abundance: train fractions of classes from series with gaps, and map them."""

from __future__ import annotations

from ..core.families.abundance.params import ABUNDANCE_TYPES, AbundanceMapping, AbundanceTraining
from .arrival import BEHIND
from .learning import SHARES_SHOWN, LearningAlgorithm

ABUNDANCE_SHOWN = {**SHARES_SHOWN, "IMPUTED": BEHIND}


class TrainAbundance(LearningAlgorithm):
    """Parameters of `regionwise:trainabundance`."""

    NAME = "trainabundance"
    TITLE = "Train abundance"
    GROUP = "Abundance"
    PARAMS = AbundanceTraining
    SUMMARY = "Trains fractions of classes from the series of single pixels, gaps and all, and scores them honestly."
    HELP = """
<h3>When</h3><p>Pixels hold several classes, and their course over the year tells them apart: cover types in coarse
images, crops and trees in one cell.</p>
<h3>Inputs</h3><p>A series of 'Make series', samples with fractions that sum to 1 (or 100), and perhaps ancillary
rasters: climate, terrain. Or no series, and samples with the values in their own columns, NDVI_01, NDVI_02, ... as
'Sample series' writes them. First and last date of each sample let labels of different years use their own year. A
table with the columns child and parent adds coarser classes.</p>
<h3>Model types</h3><p><b>brits</b>: a recurrent network in both directions of time that fills gaps as it goes.
<b>brits_reference</b>: as published. <b>boosting</b>: trees on the course, its harmonics and extremes.
<b>unmixing</b>: signatures of the classes, found in training samples, and constrained least squares. <b>stack</b>:
all three, weighted so that their mean comes nearest to samples they had not seen. Boosting and unmixing always stand
in the same table.</p>
<h3>Outputs</h3><p>Model; predictions out of fold; scores as CSV, for both levels, whose row <b>map</b> tells the score
of the mean of all members at places of the map; report. Coarse classes are sums of fine ones by construction.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:trainabundance -- SERIES=series.json SAMPLES=samples.gpkg
"TARGETS=tree;crop;other" MODEL_TYPE=stack MODEL=abundance.safetensors REPORT=abundance.html</code></p>
<h3>Limits</h3><p>Pixels are seen one by one, without neighbours. A table without places has folds by source, region or
at random only, and no maps in its report. The model knows the part of the year that it
learned; a map of another part is refused. A start model has the same bands, ancillary data and targets.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_series_or_values()
        self.add_rasters("ANCILLARY", "Ancillary rasters", "Climate, terrain; bands are known by name.", optional=True)
        self.add_fields(
            "TARGETS", "Targets", "SAMPLES", "The fields of the classes; each row sums to 1 or to 100.", numeric=True
        )
        self.add_fields(
            "ANCILLARY_FIELDS",
            "Ancillary fields",
            "SAMPLES",
            "Without a series: fields with ancillary numbers.",
            numeric=True,
            optional=True,
        )
        self.add_switch(
            "ADD_COORDINATES",
            "Add coordinates",
            "Longitude and latitude as ancillary data: they help between samples, and harm in a new region.",
            advanced=True,
        )
        self.add_layer(
            "LEVELS", "Levels", "Table with the columns child and parent, for coarser classes.", optional=True
        )
        self.add_dated_samples()
        self.add_choice(
            "MODEL_TYPE",
            "Model type",
            ABUNDANCE_TYPES,
            "stack (brits, boosting, unmixing); brits; brits_reference (as published); boosting; unmixing.",
        )
        self.add_integer("WIDTH", "Width", 2, "Numbers of the network's hidden state; the reference has 100.")
        self.add_file(
            "START_MODEL",
            "Start model",
            "safetensors",
            "A trained model that is fine-tuned on these samples.",
            optional=True,
        )
        self.add_text(
            "FEW_SHOTS",
            "Few shots",
            "Numbers of labels for a curve: fine-tuned from the start model, and from nothing, as 5 20 100.",
            optional=True,
            advanced=True,
        )
        self.add_fitting()
        self.add_resampling()
        self.add_outputs()
        self.add_number("R2_MEAN", "Mean R2 of the classes, out of fold")


class MapAbundance(LearningAlgorithm):
    """Parameters of `regionwise:mapabundance`."""

    NAME = "mapabundance"
    TITLE = "Map abundance"
    GROUP = "Abundance"
    PARAMS = AbundanceMapping
    SHOWN = ABUNDANCE_SHOWN
    SUMMARY = "Maps fractions of classes, at both levels, with what is not known about them."
    HELP = """
<h3>When</h3><p>After 'Train abundance', for the same part of the year: the same year, or another one.</p>
<h3>Inputs</h3><p>A series with the bands of the model by name; its dates may differ a little and have gaps. The
ancillary rasters of the model.</p>
<h3>Outputs</h3><p>A band per class; they sum to 1, and coarse classes are the sums of theirs. Nodata where no date has
a value. Dominant share: the largest share of each cell, in a paler colour where it is less dominant; of two levels that
of the finer classes, for a sum is always as large as its parts. Its number is that of the class, from 1 on, times 10,
and 1 (under 40 %), 2 (40 to 60 %), 3 (60 to 80 %) or 4 (80 % and more). Uncertainty: the standard deviation of each
share, split into what the data leave open and where members differ; entropy; mean deviation of the finer shares.
Intervals, with their mean width as the last band: conformal bounds, each class by itself; with Joint, of all classes at
once, which are wider. Where there are too few independent sources for a level (90 % needs 9), bounds are 0 and 1.
Imputed: the series with its gaps filled by the network.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:mapabundance -- SERIES=series.json MODEL=abundance.safetensors
OUTPUT=fractions.tif UNCERTAINTY=uncertainty.tif</code></p>
<h3>Limits</h3><p>A series of another part of the year, without the model's bands, or in other units is refused. Memory
stays within the option 'Memory'. A killed run goes on where it stopped.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_file("SERIES", "Series", "json", "A series of 'Make series'.")
        self.add_rasters("ANCILLARY", "Ancillary rasters", "Those of the model, found by name.", optional=True)
        self.add_file("MODEL", "Model", "safetensors", "The model of 'Train abundance'.")
        self.add_extent()
        self.add_maps()
        self.add_raster_output("IMPUTED", "Imputed series", "The series without gaps, by date and band.", optional=True)
