"""Augment samples: shares predicted from attributes where none were observed."""

from __future__ import annotations

from ..core.tools.preparation.params import SEARCHES, Augmentation
from .base import EngineAlgorithm


class AugmentSamples(EngineAlgorithm):
    """Parameters of `regionwise:augmentsamples`."""

    NAME = "augmentsamples"
    TITLE = "Augment samples"
    GROUP = "Preparation"
    PARAMS = Augmentation
    SUMMARY = "Predicts the shares of rows without labels from their attributes, with quantiles and a weight."
    HELP = """
<h3>When</h3><p>Some units of a table have observed shares, the others only attributes (census, spectral means).
Gradient-boosted trees learn one from the other, so that training has more, if less certain, samples.</p>
<h3>Inputs</h3><p>A layer or table; rows with empty targets are predicted. Features may have gaps.</p>
<h3>Outputs</h3><p>All rows: observed shares as they are, predicted ones closed to sum 1; for every row the
quantiles of each share (F_q05, F_q50 ...); <i>weight</i> (1 for observed rows, less the wider the quantiles)
and <i>augmented</i> (1 for predicted rows). The report shows scores with random folds beside folds by source.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:augmentsamples -- INPUT=units.gpkg "TARGETS=F;NF" "FEATURES=b1;b2"
SOURCE_FIELD=village OUTPUT=augmented.gpkg REPORT=augmented.html</code></p>
<h3>Limits</h3><p>A predicted label knows nothing that its attributes do not know. The trainers give it its weight,
never test on it, and in a fold never train on predicted rows of a tested source. Needs 20 labelled rows.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_layer("INPUT", "Samples", "Layer or table with the targets, empty where they were not observed.")
        self.add_field(
            "TARGETS", "Targets", "INPUT", "The fields of the components; each labelled row sums to 1 or to 100.",
            many=True, numeric=True,
        )  # fmt: skip
        self.add_field(
            "FEATURES", "Features", "INPUT", "Numeric fields to predict from.", many=True, numeric=True, optional=True
        )
        self.add_switch(
            "ADD_COORDINATES", "Add coordinates as features", "Longitude, latitude, their squares and their product."
        )
        self.add_field(
            "SOURCE_FIELD", "Source field", "INPUT",
            "The survey unit of a label; rows of one unit are never in training and test at once.",
            optional=True,
        )  # fmt: skip
        self.add_text("QUANTILES", "Quantiles", "Levels between 0 and 1, separated by spaces.", advanced=True)
        self.add_choice(
            "SEARCH", "Parameter search", SEARCHES,
            "none: fixed settings; quick: 5 settings; full: 28. Chosen by cross-validation by source.",
        )  # fmt: skip
        self.add_integer("FOLDS", "Folds", 2, "Parts of the cross-validation.")
        self.add_integer("SEED", "Seed", 0, "The same seed gives the same result.")
        self.add_layer_output("OUTPUT", "Augmented samples", "All rows with shares, quantiles, weight and flag.")
        self.add_file_output("REPORT", "Report", "html", "Scores, parameter search, feature importance.", optional=True)
