"""Comparison: two models on the same samples, and two maps of two dates."""

from __future__ import annotations

from ..core.tools.change.params import ChangeMapping
from ..core.tools.evaluation.params import ModelComparison
from .base import EngineAlgorithm


class CompareModels(EngineAlgorithm):
    """Parameters of `regionwise:comparemodels`."""

    GROUP = "Evaluation"
    NAME = "comparemodels"
    TITLE = "Compare models"
    PARAMS = ModelComparison
    SUMMARY = "Says which of several models or maps is better on the same samples, and whether by more than chance."
    HELP = """
<h3>When</h3><p>Two trainings, or two maps, have nearly the same score, and one must be chosen.</p>
<h3>Inputs</h3><p>The predictions that trainings have written, two or more, of the same samples and the same kind of
validation; or maps (classes, shares or probabilities) with a reference and its fields. Unit field: what was drawn as a
whole, as villages; empty: what folds kept whole, or clusters of places where these huddle.</p>
<h3>Outputs</h3><p>For each pair the difference of the main score (mean R², macro F1, AUC) and of the error, with 90 %
intervals over the same units: what both models find hard does not widen them. Classes have McNemar's test, events
DeLong's; both count by unit. The report begins with a verdict in words.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:comparemodels -- PREDICTIONS=trees.gpkg PREDICTIONS=network.gpkg
SCORES=differences.csv REPORT=comparison.html</code></p>
<h3>Limits</h3><p>No better beyond chance does not mean alike: look at the interval. Of many pairs one of ten differs by
chance. Trainings under different folds are refused, for their difference would be one of the folds.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_layers("PREDICTIONS", "Predictions", "Those of two or more trainings on the same samples.")
        self.add_rasters("MAPS", "Maps", "Two or more maps of one kind, instead.", optional=True)
        self.add_layer("REFERENCE", "Reference", "Of maps: places with what is there.", optional=True)
        self.add_field("CLASS_FIELD", "Class field", "REFERENCE", "The class; or 1 and 0 of events.", optional=True)
        self.add_fields(
            "TARGETS", "Targets", "REFERENCE", "Shares, called like the bands.", numeric=True, optional=True
        )
        self.add_text("UNIT_FIELD", "Unit field", "A field of all predictions, or of the reference.", optional=True)
        self.add_file_output("SCORES", "Differences", "csv", "A row for each pair and measure.", optional=True)
        self.add_file_output("REPORT", "Report", "html", "Verdict, differences and tests.", optional=True)
        self.add_number("BEYOND_CHANCE", "Pairs whose main score differs beyond chance")


class MapChange(EngineAlgorithm):
    """Parameters of `regionwise:mapchange`."""

    GROUP = "Evaluation"
    NAME = "mapchange"
    TITLE = "Map change"
    PARAMS = ChangeMapping
    SUMMARY = "Maps where two maps differ by more than their errors, with few false claims."
    HELP = """
<h3>When</h3><p>Two maps of two dates differ nearly everywhere, mostly by errors; the change itself is wanted.</p>
<h3>Inputs</h3><p>Two maps of one kind on one grid: shares, classes, or probabilities, from one model or two. How sure
they are: their maps of uncertainty (of classes: of confidence), or the model, whose card tells its errors. Optionally a
placebo: two maps of dates between which nothing changed; they tell how large differences are by chance, whatever errors
have in common.</p>
<h3>Outputs</h3><p>Of shares and probabilities, for each the difference <i>_change</i> (after less before), its
deviation <i>_sd</i>, and <i>_claimed</i>: 1 where it rose, -1 where it fell, 0 where chance may have made it. Of
classes <i>changed</i>, the probability that both maps are right there, and <i>claimed</i>; the transitions as a raster
of classes, which is good strata for 'Design sample'. Of what is claimed no more than the share of false discoveries is
expected to be false.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:mapchange -- BEFORE=2015.tif AFTER=2025.tif
UNCERTAINTY_BEFORE=2015_sd.tif UNCERTAINTY_AFTER=2025_sd.tif OUTPUT=change.tif REPORT=change.html</code></p>
<h3>Limits</h3><p>Without a placebo errors of both dates are taken as independent: where they go together, as those of
one model at one place do, fewer changes are claimed than could be. Counts of changed cells are no hectares: draw a
sample for these.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_raster("BEFORE", "Before", "Map of the earlier date: shares, classes, or a probability.")
        self.add_raster("AFTER", "After", "Map of the later date, on the same grid.")
        text = "Of that map: bands <name>_sd, deviation, or confidence of classes, as the map tools write them."
        self.add_raster("UNCERTAINTY_BEFORE", "Uncertainty before", text, optional=True)
        self.add_raster("UNCERTAINTY_AFTER", "Uncertainty after", text, optional=True)
        self.add_file(
            "MODEL", "Model", "safetensors", "Its errors count where a map has no uncertainty.", optional=True
        )
        self.add_real("FALSE_DISCOVERIES", "False discoveries", 0, "The share of claims that may be false.")
        self.add_rasters("PLACEBO", "Placebo", "Two maps between which nothing changed.", optional=True, advanced=True)
        self.add_raster_output("OUTPUT", "Change", "Differences, their deviations, and what is claimed.")
        self.add_raster_output("TRANSITIONS", "Transitions", "Of maps of classes: from which to which.", optional=True)
        self.add_file_output("TABLE", "Table of changes", "csv", "Areas by share, or by transition.", optional=True)
        self.add_file_output("REPORT", "Report", "html", "What changed, and how it was told.", optional=True)
        self.add_number("CLAIMED", "Share that is claimed to have changed")
