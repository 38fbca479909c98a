"""Areas: draw probability samples, and estimate areas and accuracies with intervals from them."""

from __future__ import annotations

from ..core.tools.areas.params import (
    ALLOCATIONS,
    DESIGNS,
    ESTIMATORS,
    UNIT_NAMES,
    AreaEstimation,
    SampleDesign,
)
from .base import EngineAlgorithm

GROUP = "Evaluation"


class DesignSample(EngineAlgorithm):
    """Parameters of `regionwise:designsample`."""

    NAME = "designsample"
    TITLE = "Design sample"
    GROUP = GROUP
    PARAMS = SampleDesign
    SUMMARY = "Draws a probability sample of cells, stratified or in two stages, as a layer to fill in."
    HELP = """
<h3>When</h3><p>An area, or the accuracy of a map, must be told with an interval that holds: only a sample that chance
has drawn, with probabilities that are known, can tell it.</p>
<h3>Inputs</h3><p>Strata: a raster of classes, as the map itself, or polygons and the field that names their strata. The
size of the sample, or the precision that it must reach: half the width of the interval of the overall accuracy, or of
the share of a class. What is expected of each stratum, as a table with the columns <i>stratum</i> and <i>expected</i>
(the share that will be right, or that is of the class that matters, 0 to 1); 0.8 without it. Primary units, as map
sheets or villages, if people must travel: so many of them are drawn first, and cells in these alone.</p>
<h3>Outputs</h3><p>The drawn cells, as points or squares, in the order in which they are to be visited, with
<i>stratum</i>, <i>probability</i> (of being drawn), <i>weight</i> (the square metres that a unit stands for),
<i>primary</i>, and the empty field <i>class</i> with a list to choose from, or a field for each target with a form that
sums to 100; the form hides the stratum, for who knows what the map says answers it too often. The report tells the
allocation and the errors to expect.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:designsample -- STRATA=landcover.tif PRECISION=0.03
ALLOCATION=mixed OUTPUT=sample.gpkg REPORT=design.html</code></p>
<h3>Limits</h3><p>Proportional allocation serves areas of common classes and the overall accuracy, equal allocation the
accuracy of each class, <i>neyman</i> (by area times spread) what the table tells of; <i>mixed</i> is half equal, half
proportional. A stratum of fewer than 50 units may by chance hold none of what is rare in it. Polygons are laid out in
cells, in the layer's CRS, which must be one in metres. Answer without sight of the map.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_map_layer("STRATA", "Strata", "A raster of classes, or polygons with a field of strata.")
        # a text: a picker of fields of what may be a raster crashes QGIS 3.22
        self.add_text("STRATUM_FIELD", "Stratum field", "Of polygons: what a stratum is called.", optional=True)
        self.add_integer("SIZE", "Size", 0, "Cells to draw; 0: as many as the precision needs.", advanced=False)
        self.add_real(
            "PRECISION",
            "Precision",
            0,
            "Half the width of the interval of the overall accuracy, or of the share of a class, as 0.03; 0: by size.",
            advanced=False,
        )
        self.add_real("LEVEL", "Level", 0, "Of that interval, as 0.95.")
        self.add_layer(
            "EXPECTED",
            "Expected shares",
            "A table with the columns stratum and expected (0 to 1): what will be right, or of the class in question.",
            optional=True,
        )
        self.add_choice("ALLOCATION", "Allocation", ALLOCATIONS, "How units are shared out among strata.")
        self.add_integer(
            "MIN_PER_STRATUM", "Least number per stratum", 2, "So many are drawn of each stratum at least."
        )
        self.add_layer(
            "PRIMARY", "Primary units", "Polygons that are drawn first; cells are drawn in these.", polygons=True,
            optional=True,
        )  # fmt: skip
        self.add_integer("PRIMARY_SIZE", "Number of primary units", 0, "So many of them are drawn.", advanced=False)
        self.add_text(
            "CLASSES",
            "Classes",
            "Names that can be answered, between commas. Empty: those of the strata.",
            optional=True,
        )
        self.add_text("TARGETS", "Targets", "Names of shares that are answered instead, between commas.", optional=True)
        self.add_layer(
            "EXCLUDE", "Excluded area", "Polygons in which nothing is drawn.", polygons=True, optional=True,
            advanced=True,
        )  # fmt: skip
        self.add_real("CELL_SIZE", "Cell size", 0, "Of polygons, in metres; 0: a round number that suits them.")
        self.add_switch("CELLS", "Cells", "Whether squares are written instead of their centres.", advanced=True)
        self.add_integer("SEED", "Seed", 0, "Another seed draws another sample.")
        self.add_layer_output("OUTPUT", "Sample", "The drawn units, to fill in.")
        self.add_file_output("REPORT", "Report", "html", "Allocation and expected errors.", optional=True)
        self.add_number("SIZE_DRAWN", "Drawn units")
        self.add_number("EXPECTED_ERROR", "Standard error to expect of the share of the whole")


class EstimateArea(EngineAlgorithm):
    """Parameters of `regionwise:estimatearea`."""

    NAME = "estimatearea"
    TITLE = "Estimate area"
    GROUP = GROUP
    PARAMS = AreaEstimation
    SUMMARY = "Estimates areas of classes with intervals, and the accuracy of a map, from a probability sample."
    HELP = """
<h3>When</h3><p>Hectares are wanted for a report. What a map counts is off by its errors, and says not by how much.</p>
<h3>Inputs</h3><p>The map: classes, shares or a probability. The reference: units that chance has drawn, each with the
class that is there, its shares, or 1 and 0 of an event. How they were drawn: the probability field and the strata (a
raster, or a field) that 'Design sample' writes; or the estimator <i>stratified</i>, if units were drawn at random in
each class of the map; or Design <i>random</i>, if all cells had the same chance. Without any of these there is no
answer, unless the model that made a map of shares or probabilities is given: it is <i>model-based</i> then, and named
so on each line. Optionally zones, as counties.</p>
<h3>Outputs</h3><p>For each class, and each zone: <i>area</i>, its standard error <i>se</i>, the interval from
<i>low</i> to <i>high</i>, and <i>mapped</i>, what the map alone counts. The error matrix as a table of pairs of
classes: units, share of the area, its standard error. Without zones the areas have user's and producer's accuracies
beside them; the report tells all with intervals.</p>
<h3>Estimators</h3><p><i>stratified</i> (Olofsson et al. 2014; Stehman 2014 where strata are not the map's classes);
<i>poststratified</i>: weighed by the map's classes after the draw; <i>assisted</i>: the map's numbers of all cells, and
what units differ from them, by the slope that makes the error least (with a simple random sample this is
prediction-powered inference); <i>auto</i>: assisted for shares and probabilities, else as the sample was drawn.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:estimatearea -- MAP=landcover.tif REFERENCE=sample.gpkg
CLASS_FIELD=class STRATUM_FIELD=stratum PROBABILITY_FIELD=probability OUTPUT=areas.csv REPORT=areas.html</code></p>
<h3>Limits</h3><p>Areas are those of the CRS where it is true to scale, as UTM, else those on the ground. Zones of fewer
than 30 units are flagged (<i>reliable</i> 0); where zones overlap, a cell counts in the first. What was not sampled
(excluded areas) must be cut off the map, else areas are told for it, too, with a warning. An interval of 95 % holds the
true area in 94 to 96 % of samples of 300, and less often where a rare class is missed in a large stratum, of which few
units tell. Units without an answer count as if chance had left them out.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_raster("MAP", "Map", "Classes (whole numbers), a band for each share, or a probability.")
        self.add_layer("REFERENCE", "Reference", "Units that were drawn, with answers.")
        self.add_field("CLASS_FIELD", "Class field", "REFERENCE", "The answered class; or 1 and 0.", optional=True)
        self.add_fields(
            "TARGETS", "Targets", "REFERENCE", "Answered shares, called like the map's bands.", numeric=True,
            optional=True,
        )  # fmt: skip
        self.add_raster("STRATA", "Strata", "The raster that units were drawn by, if it is not the map.", optional=True)
        self.add_field("STRATUM_FIELD", "Stratum field", "REFERENCE", "The stratum of each unit.", optional=True)
        self.add_field(
            "PROBABILITY_FIELD", "Probability field", "REFERENCE", "The probability of being drawn, 0 to 1.",
            numeric=True, optional=True,
        )  # fmt: skip
        self.add_field(
            "PRIMARY_FIELD", "Primary field", "REFERENCE", "The primary unit of each, of a sample in two stages.",
            optional=True,
        )  # fmt: skip
        self.add_choice(
            "DESIGN",
            "Design",
            DESIGNS,
            "stated: as fields and strata say; random: all cells of the map had the same chance.",
        )
        self.add_file(
            "MODEL", "Model", "safetensors", "That made the map; it answers where no design is stated.", optional=True
        )
        self.add_layer("ZONES", "Zones", "Polygons to estimate by.", polygons=True, optional=True)
        self.add_field("ZONE_FIELD", "Zone field", "ZONES", "What a zone is called.", optional=True)
        self.add_choice("ESTIMATOR", "Estimator", ESTIMATORS, "How the map helps.", advanced=True)
        self.add_real("LEVEL", "Level", 0, "Of the intervals, as 0.95.", advanced=False)
        self.add_choice("UNIT", "Unit", UNIT_NAMES, "The unit in which areas are told.")
        self.add_layer_output("OUTPUT", "Areas", "A table by class, or zones by class.")
        self.add_file_output("MATRIX", "Error matrix", "csv", "Of a map of classes.", optional=True)
        self.add_file_output("REPORT", "Report", "html", "Tables and a figure.", optional=True)
        self.add_number("OVERALL_ACCURACY", "Overall accuracy")
        self.add_number("HALF_WIDTH", "Half the width of its interval")
