"""Evaluation: audit samples, map applicability, validate and summarise maps, propose samples, inspect models."""

from __future__ import annotations

from ..core.tools.evaluation.params import (
    ApplicabilityMapping,
    MapSummary,
    MapValidation,
    SampleAudit,
    SampleProposal,
)
from ..core.tools.evidence.params import MapVerification, ModelInspection
from .base import EngineAlgorithm


class EvaluationAlgorithm(EngineAlgorithm):
    """Base of the tools of evaluation: their group, and the layers of a model."""

    GROUP = "Evaluation"

    def add_bands(self) -> None:
        """Add the layers with a model's bands."""
        text = "Layers with the bands of the model, in any order: they are found by name."
        self.add_rasters("DAY", "Day rasters", text, optional=True)
        self.add_rasters("NIGHT", "Night rasters", "Layers of the second sensor, if there is one.", optional=True)
        self.add_resampling()

    def add_area(self, what: str) -> None:
        """Add the area that is mapped, as in training; `what` says what its cells do."""
        self.add_layer(
            "AREA",
            "Area to map",
            f"Polygons of the area that will be mapped, in any CRS: {what} Empty: all cells with data, but those at "
            "sea where the model's samples lie on land, and those of a fill that was not declared as nodata.",
            polygons=True,
            optional=True,
        )

    def add_pixel_weights(self) -> None:
        """Add the raster that weighs the cells of a map, as in training."""
        self.add_raster(
            "PIXEL_WEIGHTS",
            "Pixel weights",
            "Raster that weighs the cells of a unit, as population; cells without a number weigh nothing. Empty: their "
            "area.",
            optional=True,
            advanced=True,
        )
        self.add_resampling(optional=True)

    def add_factors(self) -> None:
        """Add the layers of a susceptibility model."""
        text = "Those of a susceptibility model, instead of day rasters."
        self.add_rasters("FACTORS", "Factors", text, optional=True)


class CheckSamples(EvaluationAlgorithm):
    """Parameters of `regionwise:checksamples`."""

    NAME = "checksamples"
    TITLE = "Check samples"
    PARAMS = SampleAudit
    SUMMARY = "Audits samples for what would make a score lie: repeated labels, shared places, features that tell all."
    HELP = """
<h3>When</h3><p>Before any training; the trainers run the same audit and log what it finds.</p>
<h3>Inputs</h3><p>Samples with targets; optionally their source, region and fold, numeric features, and rasters. A fold
field is checked as you cut it: rows without a fold never test.</p>
<h3>Outputs</h3><p>Problems: labels that are broadcast from larger units, places that sources share, a field that gives
a label away, sources in several folds, augmented rows that would be tested. Notices: labels that repeat because they
are rounded, a band that alone tells a component (fine for an image; a map may have been made from the labels), bands
with one value, clustered samples, rare components, thin regions. A layer with the problems of each sample, and a
report with counts by region and component.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:checksamples -- SAMPLES=samples.gpkg "TARGETS=F;NF"
SOURCE_FIELD=village REPORT=audit.html</code></p>
<h3>Limits</h3><p>Labels that are merely rounded repeat, too: their neighbours differ by single steps, where broadcast
ones jump. In simulated worlds 1 % of rounded labels are taken for broadcast, and of broadcast ones all are found that
are not rounded, nine of ten with two decimals, six of ten with one. A table without places is audited for what needs
none. Clustering is judged against the area to map; without it against the rasters' cells with data, but for those at
sea and those of a fill, or against the convex hull of the samples without rasters.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_layer("SAMPLES", "Samples", "Points, areas, or a table.")
        self.add_fields("TARGETS", "Targets", "SAMPLES", "The fields of the components.", numeric=True)
        self.add_field("SOURCE_FIELD", "Source field", "SAMPLES", "The unit a label comes from.", optional=True)
        self.add_field("REGION_FIELD", "Region field", "SAMPLES", "Counts are given by region.", optional=True)
        self.add_field("FOLD_FIELD", "Fold field", "SAMPLES", "Folds that you have cut.", optional=True)
        self.add_fields(
            "FEATURES", "Features", "SAMPLES", "Numeric fields that a model would get.", numeric=True, optional=True
        )
        self.add_bands()
        self.add_layer(
            "AREA",
            "Area to map",
            "Polygons of the area that will be mapped: samples are clustered or not for it. Empty: all cells with "
            "data, as in training.",
            polygons=True,
            optional=True,
        )
        self.add_integer("SEED", "Seed", 0, "Draws the places that stand for the map.")
        self.add_layer_output("OUTPUT", "Audited samples", "Samples with their problems.", optional=True)
        self.add_file_output("REPORT", "Report", "html", "What was found.", optional=True)
        self.add_number("PROBLEMS", "Number of problems")
        self.add_number("REPEATED", "Share of label vectors that repeat another one")
        self.add_number("CLUSTERED", "1 if samples are clustered")


class Applicability(EvaluationAlgorithm):
    """Parameters of `regionwise:applicability`."""

    NAME = "applicability"
    TITLE = "Map applicability"
    PARAMS = ApplicabilityMapping
    SUMMARY = "Maps how unlike the training samples each place is, and where the model's scores hold."
    HELP = """
<h3>When</h3><p>Beside every map: scores say nothing about places that are unlike all samples.</p>
<h3>Inputs</h3><p>A model that one of the trainers has made, and layers with its bands, or its series; optionally the
area to map, of which the share inside is told. Without it, cells at sea do not count where all samples lie on land, nor
those of a fill that was never declared as nodata, as in training; what is left out is said. All cells are mapped.</p>
<h3>Outputs</h3><p>Four bands: <i>dissimilarity</i> to the nearest training sample, or cell of one that is an area (0:
like one; in units of the mean distance between them, predictors weighted by their importance); <i>inside</i>, 1 in the
area of applicability, where it is no larger than tested samples had to those that trained their fold; <i>density</i>,
how many training samples are that near; <i>expected_error</i>, the error that samples as unlike had out of fold: of
shares their RMSE, of classes the share of wrong labels, of events the Brier score. It is empty where hardly any tested
sample was as unlike. The model's report shows it as a curve with its interval.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:applicability -- DAY=day.tif NIGHT=night.tif
MODEL=model.safetensors OUTPUT=applicability.tif</code></p>
<h3>Limits</h3><p>Inside does not mean right; outside means that nobody knows. Where labels are means of larger units,
the expected error is that of such means. Models of older versions tell an RMSE of shares or probabilities; they, and
models of tables, do not tell where samples lie, so all cells count. Imported models hold no samples, so they are
refused.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_bands()
        self.add_factors()
        self.add_file("SERIES", "Series", "json", "Of a model of series, instead of day rasters.", optional=True)
        self.add_rasters("ANCILLARY", "Ancillary rasters", "Of an abundance model.", optional=True)
        self.add_file("MODEL", "Model", "safetensors", "A model that a trainer has made.")
        self.add_area("its cells count in the share that is inside; all are mapped.")
        self.add_raster_output("OUTPUT", "Applicability", "Dissimilarity, inside, density and expected error.")
        self.add_number("INSIDE", "Share of the area to map inside the area of applicability")


class NextSamples(EvaluationAlgorithm):
    """Parameters of `regionwise:nextsamples`."""

    NAME = "nextsamples"
    TITLE = "Propose next samples"
    PARAMS = SampleProposal
    SUMMARY = "Proposes where the next survey units would help most."
    HELP = """
<h3>When</h3><p>A survey can be extended, and the map shows where it knows little.</p>
<h3>Inputs</h3><p>The model and layers with its bands; optionally the area to map, the Uncertainty of 'Map composition',
whose entropy says where the map is undecided, and a raster of costs (hours, money). Without an area, no place is
proposed at sea where all samples lie on land, nor in a fill that was never declared as nodata; what is left out is
said.</p>
<h3>Outputs</h3><p>Points in order of worth: dissimilarity to all samples, times entropy, over cost. Each chosen place
counts as known for the next, so that they differ from each other.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:nextsamples -- DAY=day.tif NIGHT=night.tif MODEL=model.safetensors
COUNT=30 OUTPUT=next.gpkg</code></p>
<h3>Limits</h3><p>Chosen among 2,000 cells drawn at random. A design for unbiased estimates of area needs random
sampling instead.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_bands()
        self.add_factors()
        self.add_file("MODEL", "Model", "safetensors", "A model that a trainer has made.")
        self.add_area("places are proposed inside of it.")
        self.add_raster("UNCERTAINTY", "Uncertainty", "With a band 'entropy', from 'Map composition'.", optional=True)
        self.add_raster("COST", "Cost", "Cost of a visit, above 0; cells without data are not visited.", optional=True)
        self.add_integer("COUNT", "Count", 1, "Places to propose.", advanced=False)
        self.add_real("DISTANCE", "Distance", 0, "Least distance between proposals, in metres.", advanced=False)
        self.add_integer("SEED", "Seed", 0, "Draws the candidates.")
        self.add_layer_output("OUTPUT", "Proposed places", "Points with rank, dissimilarity and worth.")
        self.add_number("PLACES", "Proposed places")
        self.add_number("OUTSIDE", "Of them outside the area of applicability")


class ValidateMap(EvaluationAlgorithm):
    """Parameters of `regionwise:validatemap`."""

    NAME = "validatemap"
    TITLE = "Validate map"
    PARAMS = MapValidation
    SUMMARY = "Compares a map with independent observations: shares at any level, classes, probabilities, indicators."
    HELP = """
<h3>When</h3><p>You have observations that took no part in training: a survey, a census, statistics of counties.</p>
<h3>Inputs</h3><p>The map; points or polygons with observed shares (targets, called like the bands) or other numbers
(indicators). Shares of a polygon are means over its cells, weighted by their area, or by pixel weights: where the model
was trained with these, give the same raster, for a share of people is no share of land. Level field: units are put
together by it, weighted by area, by the sum of their pixel weights, or by the weight field.</p>
<h3>Outputs</h3><p>Scores by level: R² at the 1:1 line, RMSE, bias, slope; R² and RMSE with 90 % intervals by what
scores are without each group (jackknife, Student's t). Without a group field units that lie nearer to each other than
the map's cells lie to them are taken in clusters, else each by itself; the log says how many. Coarser units keep groups
and clusters that they nest in. Scatter plots; the units with the map's shares. For indicators: correlations, a heat map
and box plots. Neighbouring units are alike, and so may be those of a group: <i>n_eff</i> says how many independent
units a correlation is worth (Clifford, Richardson and Hemon 1989). It is an estimate, so p values count two fewer; they
are corrected for their number. Fewer than 12 units, or 6 independent ones, are too few to tell: they bear no star,
whatever r is, and <i>told</i> is false. Of classes the overall, user's and producer's accuracy with standard errors and
intervals, and the error matrix; of probabilities AUC, Brier score and calibration error. With the model that made the
map, the places that trained it are counted.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:validatemap -- MAP=shares.tif REFERENCE=survey.gpkg "TARGETS=F;NF"
LEVEL_FIELD=county REPORT=validation.html</code></p>
<h3>Limits</h3><p>Good figures for large units may come from averaging alone: look at the level that the map is used
at. Intervals take it that chance chose the groups, clusters or units; fewer than 4 bound nothing. Correlation is not
agreement. Where four shares and four indicators are smooth and unrelated, in simulated worlds of 12 to 200 units, a
star shows in 0 to 6 % of runs. With few units many true correlations bear none.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_raster("MAP", "Map", "Shares, a band per component.")
        self.add_layer("REFERENCE", "Reference", "Points or polygons with observations.")
        self.add_fields(
            "TARGETS",
            "Targets",
            "REFERENCE",
            "Observed shares, called like the map's bands.",
            numeric=True,
            optional=True,
        )
        self.add_field(
            "CLASS_FIELD",
            "Class field",
            "REFERENCE",
            "Of a map of classes: what is there; of a map of probabilities: 1 and 0.",
            optional=True,
        )
        self.add_file(
            "MODEL", "Model", "safetensors", "That made the map: places that trained it are told.", optional=True
        )
        self.add_fields(
            "INDICATORS",
            "Indicators",
            "REFERENCE",
            "Other numbers to correlate with the shares.",
            numeric=True,
            optional=True,
        )
        self.add_field("LEVEL_FIELD", "Level field", "REFERENCE", "Units of one value are one unit.", optional=True)
        self.add_field(
            "WEIGHT_FIELD",
            "Weight field",
            "REFERENCE",
            "Weight of a unit in its level. Empty: its area on the map, or the sum of its pixel weights.",
            optional=True,
            numeric=True,
        )
        self.add_field(
            "GROUP_FIELD",
            "Group field",
            "REFERENCE",
            "What was drawn, as villages: intervals leave it out as a whole. Empty: units, or clusters of them.",
            optional=True,
        )
        self.add_pixel_weights()
        self.add_layer_output("OUTPUT", "Units", "Units with the shares of the map.", optional=True)
        self.add_file_output("SCORES", "Scores", "csv", "All scores as a table.", optional=True)
        self.add_file_output("CORRELATIONS", "Correlations", "csv", "Correlations with indicators.", optional=True)
        self.add_file_output("REPORT", "Report", "html", "Tables and figures.", optional=True)
        self.add_folder_output("FIGURES", "Figures", "Each figure as PNG, and its numbers as CSV.", optional=True)
        self.add_number("R2_MEAN", "Mean R2 at the coarsest level")
        self.add_number("ACCURACY", "Overall accuracy of a map of classes")
        self.add_number("AUC", "AUC of a map of probabilities")


class Summarise(EvaluationAlgorithm):
    """Parameters of `regionwise:summarise`."""

    NAME = "summarise"
    TITLE = "Summarise map"
    PARAMS = MapSummary
    SUMMARY = "Writes the mean shares of a map over polygons."
    HELP = """
<h3>When</h3><p>Figures are wanted for villages, counties or parcels instead of cells.</p>
<h3>Inputs</h3><p>The map, and polygons in any CRS; optionally pixel weights, as population, which the model should have
been trained with, too.</p>
<h3>Outputs</h3><p>The polygons with a field for each band (mean over their cells, weighted by the area that they cover
of each, from 400 cells on by the cells whose centre they hold; or by pixel weights in that part), <i>map_area</i> (with
data, square metres on the ground), <i>map_cells</i>, which lie in them wholly or in part, and with pixel weights their
sum <i>map_weight</i>. With the model that made the map, for each of its components the deviation <i>_sd</i> of the
mean, its bounds <i>_low</i> and <i>_high</i>, and the same of the sum <i>_sum</i> (square metres, or weight): errors of
neighbouring cells go together, as those of tested samples did, so that a mean over a zone is less sure than its number
of cells promises.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:summarise -- MAP=shares.tif POLYGONS=counties.gpkg
OUTPUT=counties_shares.gpkg</code></p>
<h3>Limits</h3><p>A polygon smaller than a cell gets the mean of the cells that it lies in; one without data stays
empty. Bounds hold for places like the samples, and are too narrow for zones that are small beside the distances between
samples, for these do not tell how errors go together within. Hectares for a report come from a drawn sample: 'Estimate
area' has zones, too.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_raster("MAP", "Map", "Any raster; its bands become fields.")
        self.add_layer("POLYGONS", "Polygons", "Units to summarise by.", polygons=True)
        self.add_file(
            "MODEL", "Model", "safetensors", "The model that made the map: means then have bounds.", optional=True
        )
        self.add_real("LEVEL", "Level", 0, "Of the bounds, as 0.9.", optional=True)
        self.add_pixel_weights()
        self.add_layer_output("OUTPUT", "Summary", "Polygons with shares.")
        self.add_number("POLYGONS_FOUND", "Polygons with data")


class InspectModel(EvaluationAlgorithm):
    """Parameters of `regionwise:inspectmodel`."""

    NAME = "inspectmodel"
    TITLE = "Inspect model"
    PARAMS = ModelInspection
    SUMMARY = "Shows what a model file holds: bands, members, scores, how it was trained; or what a map says of itself."
    HELP = """
<h3>When</h3><p>Before using a model that somebody else made, or an old one of your own.</p>
<h3>Outputs</h3><p>A report with the bands the model needs by name, its members, its scores and the kind of
validation behind them, the error to expect by dissimilarity, the area and cell size of training, and the versions. Of a
map the log tells what its file says: what its numbers are, bands, units, classes, and the weights of pixels in
training, and what made it: tool, model, scores, files with their hashes.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:inspectmodel --
MODEL=model.safetensors REPORT=model.html</code></p>
<h3>Limits</h3><p>Reads Regionwise models only. Nothing in a model file is ever executed.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_file(
            "MODEL", "Model", "safetensors", "A model that one of the training tools has written.", optional=True
        )
        self.add_raster(
            "MAP", "Map", "A map, instead of a model or beside it: what its file says is told.", optional=True
        )
        self.add_file_output("REPORT", "Report", "html", "The page to write.")


class VerifyMap(EvaluationAlgorithm):
    """Parameters of `regionwise:verifymap`."""

    NAME = "verifymap"
    TITLE = "Verify map"
    PARAMS = MapVerification
    SUMMARY = "Tells whether a map is what it says of its making: hashes of its files, and tiles made again."
    HELP = """
<h3>When</h3><p>A map came from somebody else, or lies in an archive, and a decision hangs on it. Every map that
Regionwise makes carries what made it: the tool and its parameters, the model, and the names and SHA-256 hashes of all
files.</p>
<h3>Inputs</h3><p>The map. Its inputs and models are looked for where its STAC item (<code>.stac.json</code>) says, then
beside the map, or in <i>Folder of the inputs</i>. <i>Tiles</i>: so many pieces of 256 x 256 cells are made again, drawn
at random.</p>
<h3>Outputs</h3><p>A report. HOLDS is 1 if all files are the same and all tiles equal the map to the last bit.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:verifymap -- MAP=map.tif SAMPLE=3 REPORT=verified.html</code></p>
<h3>Limits</h3><p>Other versions of packages, or a GPU instead of a processor, may change the last digits; the report
tells by how much. A map that another program has written again no longer says what made it.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_raster("MAP", "Map", "A raster that a mapping tool of Regionwise has written.")
        self.add_folder(
            "FOLDER",
            "Folder of the inputs",
            "Where the files lie that the map was made of, if they were moved.",
            optional=True,
        )
        text = "So many tiles are made again; 0: only hashes are compared."
        self.add_integer("SAMPLE", "Tiles", 0, text, advanced=False)
        self.add_integer("SEED", "Seed", 0, "Which tiles are drawn.")
        self.add_file_output("REPORT", "Report", "html", "The page to write.")
        self.add_number("HOLDS", "1 if the map is what it claims to be")
        self.add_number("TILES", "Tiles that were made again")
