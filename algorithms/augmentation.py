"""Augment samples: shares predicted from attributes where none were observed."""

from __future__ import annotations

from qgis.core import (
    QgsProcessingParameterBoolean,
    QgsProcessingParameterEnum,
    QgsProcessingParameterField,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
    QgsProcessingParameterVectorDestination,
    QgsProcessingParameterVectorLayer,
)

from ..core.params_composition import SEARCHES, Augmentation
from .base import EngineAlgorithm, tr, vector_types


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
        integer = QgsProcessingParameterNumber.Type.Integer
        field = QgsProcessingParameterField
        self.add(
            QgsProcessingParameterVectorLayer("INPUT", tr("Samples"), vector_types()),
            "Layer or table with the targets, empty where they were not observed.",
        )
        self.add(
            field("TARGETS", tr("Targets"), None, "INPUT", field.DataType.Numeric, True),
            "The fields of the components; each labelled row sums to 1 or to 100.",
        )
        self.add(
            field("FEATURES", tr("Features"), None, "INPUT", field.DataType.Numeric, True, True),
            "Numeric fields to predict from.",
        )
        self.add(
            QgsProcessingParameterBoolean(
                "ADD_COORDINATES", tr("Add coordinates as features"), self.default("ADD_COORDINATES")
            ),
            "Longitude, latitude, their squares and their product.",
        )
        self.add(
            field("SOURCE_FIELD", tr("Source field"), None, "INPUT", field.DataType.Any, False, True),
            "The survey unit of a label; rows of one unit are never in training and test at once.",
        )
        self.add(
            QgsProcessingParameterString("QUANTILES", tr("Quantiles"), self.default("QUANTILES")),
            "Levels between 0 and 1, separated by spaces.",
            advanced=True,
        )
        self.add(
            QgsProcessingParameterEnum(
                "SEARCH", tr("Parameter search"), list(SEARCHES), False, self.default("SEARCH"), False, True
            ),
            "none: fixed settings; quick: 5 settings; full: 28. Chosen by cross-validation by source.",
        )
        self.add(
            QgsProcessingParameterNumber("FOLDS", tr("Folds"), integer, self.default("FOLDS"), False, 2, 20),
            "Parts of the cross-validation.",
            advanced=True,
        )
        self.add(
            QgsProcessingParameterNumber("SEED", tr("Seed"), integer, self.default("SEED"), False, 0),
            "The same seed gives the same result.",
            advanced=True,
        )
        self.add(
            QgsProcessingParameterVectorDestination("OUTPUT", tr("Augmented samples")),
            "All rows with shares, quantiles, weight and flag.",
        )
        self.add(
            QgsProcessingParameterFileDestination("REPORT", tr("Report"), "HTML files (*.html)", optional=True),
            "Scores, parameter search, feature importance.",
        )
