"""Composition: train with cross-validation, train experts by region and weigh them, map."""

from __future__ import annotations

from ..core.contract.params import PRECISIONS
from ..core.families.composition.params import (
    EXPERTS,
    HEADS,
    HOLDOUTS,
    HYPER_SEARCHES,
    MANY_BANDS,
    MODEL_TYPES,
    REGION_PRESETS,
    WINDOWS,
    CompositionMapping,
    CompositionRegions,
    CompositionTraining,
    RegionWeighing,
)
from .base import EngineAlgorithm
from .learning import SHARES_SHOWN, LearningAlgorithm


class CompositionAlgorithm(LearningAlgorithm):
    """The parameters that training and mapping share."""

    GROUP = "Composition"

    def add_sensors(self) -> None:
        """Add the two sensors."""
        self.add_rasters(
            "DAY",
            "Day rasters",
            "Multispectral layers. Bands are known by name (their description, or the layer's name), not by order. "
            "The first layer gives the grid.",
        )
        self.add_rasters(
            "NIGHT",
            "Night rasters",
            "Layers of a second sensor, for example night light. It gets a branch of its own in the network.",
            optional=True,
        )

    def add_regions(self, *, optional: bool = False) -> None:
        """Add the regions' polygons."""
        self.add_layer("REGIONS", "Regions", "Polygons of the regions, in any CRS.", polygons=True, optional=optional)
        self.add_field(
            "REGION_FIELD",
            "Region field",
            "REGIONS",
            "The region's name; polygons of one name are one region.",
            optional=optional,
        )
        self.add_choice(
            "REGION_PRESET",
            "Region preset",
            REGION_PRESETS,
            "china: the field holds names of provinces, which are put together into six macro-regions.",
            advanced=True,
        )

    def add_samples(self) -> None:
        """Add samples and their fields."""
        self.add_layer("SAMPLES", "Samples", "Points, areas, or a table with coordinates.")
        self.add_fields(
            "TARGETS",
            "Targets",
            "SAMPLES",
            "The fields of the components; each row sums to 1 or to 100. Rows without values are left out.",
            numeric=True,
        )
        self.add_sample_fields("SAMPLES")
        self.add_raster(
            "PIXEL_WEIGHTS",
            "Pixel weights",
            "Raster that weighs the pixels of an area in its label, for example population. Empty: all alike.",
            optional=True,
            advanced=True,
        )
        self.add_duplicates()

    def add_training(self) -> None:
        """Add model, network and training parameters."""
        self.add_choice(
            "MODEL_TYPE",
            "Model type",
            MODEL_TYPES,
            "network; boosting (trees on window statistics); stack (both, weighted by out-of-fold errors).",
        )
        self.add_text(
            "WINDOWS",
            "Windows",
            f"Sides in cells of the windows that boosting looks at, odd numbers. Empty: {WINDOWS}; with more than "
            f"{MANY_BANDS} bands the cell itself and the mean of 3 x 3 cells.",
            optional=True,
            advanced=True,
        )
        self.add_area()
        self.add_buffer()
        self.add_choice(
            "HEAD",
            "Head",
            HEADS,
            "dirichlet: concentration > 0, allows sparse shares. dirichlet_one: > 1, as in the reference. "
            "logistic_normal: normal in log-ratios. softmax: shares alone; one concentration for all is found out of "
            "fold.",
            advanced=True,
        )
        self.add_integer("WIDTH", "Width", 2, "Channels inside the network; the reference has 64.")
        self.add_text(
            "BLOCKS",
            "Blocks",
            "Residual blocks for day, night and fusion; the reference has 3,3,5 (it sees 39 x 39 cells); 1,1,1 sees "
            "15 x 15.",
            advanced=True,
        )
        self.add_switch(
            "MASK_CHANNEL",
            "Mask channel",
            "Tells the network where data are missing; the reference does not.",
            advanced=True,
        )
        self.add_fitting()
        self.add_resampling()


class TrainComposition(CompositionAlgorithm):
    """Parameters of `regionwise:traincomposition`."""

    NAME = "traincomposition"
    TITLE = "Train composition"
    PARAMS = CompositionTraining
    SUMMARY = "Trains a model that predicts shares from day and night rasters, and scores it honestly."
    HELP = """
<h3>When</h3><p>You have samples with shares that sum to 1 (or 100) and rasters that may tell them. The answer is
a model of one member per fold, and scores of predictions for samples that no member has seen.</p>
<h3>Inputs</h3><p>Day rasters, optionally rasters of a second sensor; samples as points, as areas (the label then
belongs to all of the area's pixels, weighted by people if a raster of them is given) or as a table with longitude
and latitude, or x and y. A field <i>augmented</i> (from 'Augment samples') marks predicted labels: they train, but
never test, and each fold predicts them anew from what it may know.</p>
<h3>Model types</h3><p><b>network</b>: the residual network of the reference. <b>boosting</b>: trees on means,
deviations and quantiles in windows; trains in seconds and needs no torch. <b>stack</b>: both, weighted so that
their mean comes nearest to samples they had not seen. Boosting always learns the same folds and stands in the same
table; if it wins, the report says so.</p>
<h3>Validation</h3><p><b>auto</b> is <b>knndm</b>: its folds test as far from training samples as the map's cells lie
from samples, so its scores are those of the map. Where samples lie no nearer to each other than the cells lie to them
its folds are dealt at random, by whole sources. <b>blocks</b> asks for more: what lies a block away from all samples.
They are squares of a fixed grid of the CRS with a buffer; those that share a source are one block, as long as enough
blocks are left. <b>grouped</b> holds out whole sources, <b>regions</b> whole regions. <b>random</b> is what most
papers report. Random, kNNDM and new-region scores always stand side by side, beside baselines that see no imagery, and
one sentence says what error to expect where.</p>
<h3>Outputs</h3><p>Model; predictions (one feature per observed sample, out of fold); scores as CSV, whose row
<b>map</b> (validation knndm or grouped) tells the score of the mean of all members, which the map shows, at places of
the map; report with an audit of the samples, scores per fold and component with 90 % intervals, scatter plots, curves,
residuals and reliability; figures as PNG and CSV; the learning curve as a table that grows while it runs.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:traincomposition --
DAY=day.tif NIGHT=night.tif SAMPLES=samples.gpkg
"TARGETS=F;NF" MODEL_TYPE=stack MODEL=model.safetensors REPORT=report.html</code></p>
<h3>Limits</h3><p>The reference's network (width 64, blocks 3,3,5) learns about 40 samples per second on two
processor cores; use a smaller one (16 and 1,1,1) or boosting without a GPU. Where labels seem to be broadcast from
larger units, their field is demanded as source field; rounded labels and pure pixels are not taken for that. Bands
without data at any sample are named and left out; a map does not need them. A killed run goes on where it stopped, if
it is repeated with the same parameters and outputs.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_sensors()
        self.add_samples()
        self.add_field(
            "REGION_FIELD",
            "Region field",
            "SAMPLES",
            "The region of each sample, for validation by regions and for baselines and calibration by region.",
            optional=True,
        )
        self.add_folds()
        self.add_field(
            "DATE_FIELD",
            "Date field",
            "SAMPLES",
            "When a sample is of, for validation 'years'. A year will do.",
            optional=True,
        )
        self.add_training()
        self.add_studies()
        self.add_outputs()
        self.add_file_output("CURVE", "Learning curve", "csv", "Scores of each fraction and repeat.", optional=True)
        self.add_number("R2_MEAN", "Mean R2 of the components, out of fold")

    def add_studies(self) -> None:
        """Add learning curve and parameter search."""
        self.add_text(
            "FRACTIONS",
            "Fractions",
            "Fractions of the training samples for a learning curve, as .05 .1 .25 .5 1.",
            optional=True,
            advanced=True,
        )
        self.add_integer("REPEATS", "Repeats", 1, "How often each fraction is drawn.")
        self.add_choice(
            "SEARCH",
            "Search",
            HYPER_SEARCHES,
            "grid: all pairs of the rates below; random: some of them. Each fold chooses by its own validation part.",
            advanced=True,
        )
        self.add_text("SEARCH_RATES", "Search rates", "Learning rates to try.", advanced=True)
        self.add_text("SEARCH_DECAYS", "Search decays", "Weight decays to try.", advanced=True)
        self.add_integer("TRIALS", "Trials", 1, "Pairs that a random search tries.")


class TrainRegions(CompositionAlgorithm):
    """Parameters of `regionwise:trainregions`."""

    NAME = "trainregions"
    TITLE = "Train regions"
    PARAMS = CompositionRegions
    SUMMARY = "Trains an expert for each region, and scores the transfer to regions that were never seen."
    HELP = """
<h3>When</h3><p>Relations differ between regions. <b>within</b> makes the experts for the regional ensemble: each
learns from all other samples and from four fifths of its region's sources, and is scored on the rest of them.
<b>strict</b> asks another question: how good is a model in a region it has never seen? Nothing from the region or
its buffer is used. A model made with strict alone holds no experts and is refused for mapping.</p>
<h3>Inputs</h3><p>As 'Train composition', with polygons of regions in any CRS. Every region needs samples.</p>
<h3>Outputs</h3><p>As 'Train composition'; scores per region; with both, also those of one model of all regions on the
experts' held-out samples (<b>pooled</b>). R2_MEAN is the strict one where it was computed.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:trainregions -- DAY=day.tif SAMPLES=samples.gpkg "TARGETS=F;NF"
REGIONS=regions.gpkg REGION_FIELD=region HOLDOUT=both MODEL=experts.safetensors REPORT=regions.html</code></p>
<h3>Limits</h3><p>One training per region and kind of hold-out: twice as many as regions with both.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_sensors()
        self.add_samples()
        self.add_regions()
        self.add_choice(
            "HOLDOUT",
            "Holdout",
            HOLDOUTS,
            "within: experts, scored on held-out sources of their region. strict: scores for unseen regions. both.",
        )
        self.add_choice(
            "EXPERT",
            "Expert",
            EXPERTS,
            "pooled: trained on everything but the held-out sources. finetuned: one pooled model, then fine-tuned on "
            "the region.",
        )
        self.add_training()
        self.add_outputs()
        self.add_number("R2_MEAN", "Mean R2 of the components: strict, or within if that was not asked for")
        self.add_number("R2_WITHIN", "Mean R2 within regions")
        self.add_number("R2_POOLED", "Mean R2 of one model of all regions where experts were tested")
        self.add_number("R2_STRICT", "Mean R2 in unseen regions")


class WeighRegions(EngineAlgorithm):
    """Parameters of `regionwise:weighregions`."""

    NAME = "weighregions"
    TITLE = "Weigh regions"
    GROUP = "Evaluation"
    PARAMS = RegionWeighing
    SUMMARY = "Learns how much each region should trust its expert, from predictions of samples no model had seen."
    HELP = """
<h3>When</h3><p>After 'Train composition' and 'Train regions', before mapping with both.</p>
<h3>Inputs</h3><p>The predictions layers of both, made from the same samples. Only out-of-fold predictions count.</p>
<h3>Outputs</h3><p>A table with the columns region, global and regional, for 'Map composition'. The weights make the
unseen samples most likely under the mixture of both models; regions with few samples stay near the weights of all.
Where learning did more than .5 % worse on held-out sources than the better model alone, that one gets all the weight.
The report shows global, regional, fixed and learned side by side.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:weighregions -- PREDICTIONS=global.gpkg
REGIONAL_PREDICTIONS=regional.gpkg "TARGETS=F;NF" WEIGHTS=weights.csv REPORT=weights.html</code></p>
<h3>Limits</h3><p>An expert's unseen samples are a fifth of its region's; with fewer than 10 a region stays near the
common weights. Both models must be held out alike. Experts are tested on whole sources of their region; if the global
model was tested under spatial folds, which ask more of it, the likelier of its own predictions and those of the one
model of all regions that 'Train regions' tests on the same samples (Holdout = both) speaks for it; without those, the
report says that the experts are favoured.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_layer("PREDICTIONS", "Predictions of the global model", "Made by 'Train composition'.")
        self.add_layer("REGIONAL_PREDICTIONS", "Predictions of the experts", "Made by 'Train regions'.")
        self.add_fields("TARGETS", "Targets", "PREDICTIONS", "The fields of the components.", numeric=True)
        self.add_layer(
            "FIXED",
            "Fixed weights",
            "Table with region, global and regional to compare with. Empty: half and half.",
            optional=True,
            advanced=True,
        )
        self.add_integer("FOLDS", "Folds", 2, "Parts in which learned weights are scored.")
        self.add_integer("SEED", "Seed", 0, "Decides these parts.")
        self.add_layer_output("WEIGHTS", "Weights", "Table with region, global, regional.")
        self.add_file_output("REPORT", "Report", "html", "Scores side by side.", optional=True)
        self.add_folder_output("FIGURES", "Figures", "Each figure as PNG, and its numbers as CSV.", optional=True)
        self.add_number("REGIONS", "Regions")


class MapComposition(CompositionAlgorithm):
    """Parameters of `regionwise:mapcomposition`."""

    NAME = "mapcomposition"
    TITLE = "Map composition"
    PARAMS = CompositionMapping
    SHOWN = SHARES_SHOWN
    SUMMARY = "Maps the shares with a model, or with an ensemble of global and regional ones."
    HELP = """
<h3>When</h3><p>After training, on the same area or another with the same bands.</p>
<h3>Inputs</h3><p>Layers with the bands of the model, in any order: they are found by name. With a regional model
and the regions' polygons, each pixel mixes the global members with the expert of its region; across borders the
weights change gradually. Where no region applies, the global model speaks alone. Regions without a regional model only
serve the uncertainty: a model trained with a region field was calibrated by region.</p>
<h3>Outputs</h3><p>A band per component; they sum to 1. Nodata where a day band has none. Dominant share: the largest
share of each cell, in a paler colour where it is less dominant; its number is that of the component, from 1 on, times
10, and 1 (under 40 %), 2 (40 to 60 %), 3 (60 to 80 %) or 4 (80 % and more). Uncertainty: the standard deviation of each
share, split into what the data leave open and where the members differ; the entropy; the weight of the regional expert;
and the mean deviation of all shares. The mean width of all intervals is the last band of Intervals. Intervals:
conformal bounds, which hold as many labels of a source that was not seen as the level says, as far as the map's places
are like the samples; an ensemble's lie between those of its models. Each component by itself: all of them together lie
within their bounds less often. With Joint they do so as often as the level says. Where there are too few independent
sources for a level (90 % needs 9), bounds are 0 and 1. Folder: each component as its own GeoTIFF.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:mapcomposition --
DAY=day.tif NIGHT=night.tif MODEL=model.safetensors
REGIONAL_MODEL=experts.safetensors REGIONS=regions.gpkg REGION_FIELD=region OUTPUT=shares.tif</code></p>
<h3>Limits</h3><p>Memory stays within the option 'Memory', whatever the raster's size. A killed run goes on where it
stopped. The map is as good as the validation says, and only where inputs are like those of training.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_sensors()
        self.add_file("MODEL", "Model", "safetensors", "The model of 'Train composition'.")
        self.add_file(
            "REGIONAL_MODEL",
            "Regional model",
            "safetensors",
            "The model of 'Train regions' (hold-out both or within).",
            optional=True,
        )
        self.add_regions(optional=True)
        self.add_layer(
            "WEIGHTS",
            "Weights",
            "Table with the columns region, global and regional. Empty: half and half.",
            optional=True,
        )
        self.add_extent()
        self.add_choice(
            "PRECISION",
            "Precision",
            PRECISIONS,
            "exact: shares within .0001 of those of the network in 32 bit. fast: 16 bit, where a sample of the map "
            "shows that shares change by .03 at most and .001 on average. The library that computes is found by trial.",
        )
        self.add_integer("BLEND", "Blend", 0, "Half-width in cells of the transition at borders between regions.")
        self.add_maps()
