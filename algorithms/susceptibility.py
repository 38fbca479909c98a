"""Susceptibility: terrain factors, blocks and negatives; then training and mapping."""

from __future__ import annotations

from ..core.families.susceptibility.params import (
    FLOWS,
    HEIGHT_UNITS,
    ORDERS,
    PRETRAININGS,
    STRATA,
    SUSCEPTIBILITY_TYPES,
    BlockSegmentation,
    FactorExplanation,
    NegativeSampling,
    SusceptibilityMapping,
    SusceptibilityTraining,
    TerrainDerivation,
)
from .learning import LearningAlgorithm


class TerrainFactors(LearningAlgorithm):
    """Parameters of `regionwise:terrainfactors`."""

    NAME = "terrainfactors"
    TITLE = "Terrain factors"
    GROUP = "Susceptibility"
    PARAMS = TerrainDerivation
    SUMMARY = "Derives slope, aspect, curvatures, wetness, stream power, relief and distance to drainage from a DEM."
    HELP = """
<h3>When</h3><p>Before 'Segment blocks' and 'Train susceptibility', if the factors of terrain are not there yet.</p>
<h3>Inputs</h3><p>A DEM in any CRS: slopes, areas and distances are those on the ground, in metres, also in degrees,
feet and Web Mercator. One whose rows and columns stand askew (as far from the middle of a sinusoidal projection) is
refused. Heights have the unit of the band, else that of a vertical CRS, else metres, unless Height unit says another;
the log names it. Cells of -32768, -32767, -9999 and beyond 1e19 are taken as no data and counted in the log; heights
that the Earth does not have are refused, and zeros beside steep heights are told. Water is followed over the whole DEM:
it should hold whole catchments.</p>
<h3>Outputs</h3><p>One raster per factor, with name and unit: <b>slope</b> (degrees); <b>aspect_sin</b> and
<b>aspect_cos</b>, the eastern and northern part of the direction in which it falls, 0 where it is flat (north is the
top of the grid; it is told where that is more than 5 degrees astray);
three curvatures (1/m), of the quadratic surface through a cell and its neighbours: <b>profile_curvature</b>, of the
surface down the slope, above 0 where it gets steeper; <b>tangential_curvature</b>, of the surface across the slope,
above 0 on ridges (both as SAGA and GRASS have them); <b>plan_curvature</b>, the second derivative of the heights across
the slope, above 0 on ridges (Zevenbergen &amp; Thorne 1987; SAGA's cross-sectional curvature). <b>twi</b> =
ln(a / tan slope) and <b>spi</b> = ln(a tan slope), where a is the area above a cell per metre of contour (a cell's
side) and slopes below .001 count as that; <b>relief</b> (m), the range of heights in a window;
<b>drainage_distance</b> (m), straight to the nearest cell with the stream area above it. Each raster tells in its
metadata which curvature and which flow it holds, and a map is refused where its model learned another.</p>
<h3>Water</h3><p>Sinks are filled. <b>d8</b>: all of a cell's water goes to the neighbour of steepest descent; on
straight hillsides it runs in lines along one of eight directions. <b>mfd</b>: all lower neighbours share it (Quinn et
al. 1991), which follows hillsides of any aspect, and spreads in valleys. It leaves where the ground falls out of the
DEM, and where it is level along the DEM's edge.</p>
<h3>Models made before</h3><p>What plan_curvature held in versions up to 0.2 is the curvature of contour lines, which
has no bound on gentle ground. Contour curvature writes it, now as <b>contour_curvature</b>; models that learned it as
plan_curvature take it under that name.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:terrainfactors -- DEM=dem.tif OUTPUT_FOLDER=terrain</code></p>
<h3>Limits</h3><p>The water takes about 90 bytes of memory per cell; a DEM that does not fit is refused.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_raster("DEM", "DEM", "Heights, one band, north up.")
        self.add_choice(
            "HEIGHT_UNIT",
            "Height unit",
            HEIGHT_UNITS,
            "auto: that of the band, else of the CRS, else metres. Or metres, feet, US survey feet, centimetres, "
            "decimetres.",
            optional=True,
            advanced=True,
        )
        self.add_real(
            "STREAM_AREA", "Stream area", 0, "Area above a cell, in square kilometres, from which on it is drainage."
        )
        self.add_integer("RELIEF_WINDOW", "Relief window", 3, "Side of the window of the relief in cells, odd.")
        self.add_choice(
            "FLOW",
            "Flow",
            FLOWS,
            "d8: all water to the steepest neighbour. mfd: shared among all lower ones.",
            optional=True,
            advanced=True,
        )
        self.add_switch(
            "CONTOUR_CURVATURE",
            "Contour curvature",
            "Writes it, too, for models that learned it as plan_curvature.",
            optional=True,
            advanced=True,
        )
        self.add_folder_output("OUTPUT_FOLDER", "Factors", "One GeoTIFF per factor.")
        self.add_raster_output(
            "OUTPUT", "Factors in one raster", "All of them as bands, to hand on in a model.", optional=True
        )
        self.add_number("FACTORS", "Number of factors")


class SegmentBlocks(LearningAlgorithm):
    """Parameters of `regionwise:segmentblocks`."""

    NAME = "segmentblocks"
    TITLE = "Segment blocks"
    GROUP = "Susceptibility"
    PARAMS = BlockSegmentation
    SUMMARY = "Cuts an area into blocks of like terrain, each with enough samples to adapt a model to it."
    HELP = """
<h3>When</h3><p>Before 'Train susceptibility', whose block models answer inside one block each, and which can hold whole
blocks out.</p>
<h3>Inputs</h3><p>Factors that tell terrain apart: DEM, slope, aspect (in degrees it is seen by its sine and cosine),
curvatures. Samples, if blocks shall be counted or merged by them.</p>
<h3>Outputs</h3><p>A raster with the number of each cell's block, 0 where a factor is missing. Polygons with number,
cells, area (square metres on the ground) and samples of each block.</p>
<h3>How</h3><p>Simple linear iterative clustering on factors that are standardised, cut off at 3 deviations and smoothed
over a sixteenth of a block's side. Compactness says how many deviations count as much as the side of a block: 0.3 gives
ragged blocks along ridges, 4 nearly squares. With Min samples, the block with the fewest samples joins the neighbour
most like it until all have enough.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:segmentblocks -- FACTORS=dem.tif FACTORS=terrain/slope.tif
BLOCKS=100 SAMPLES=landslides.gpkg MIN_SAMPLES=20 OUTPUT=blocks.tif POLYGONS=blocks.gpkg</code></p>
<h3>Limits</h3><p>Areas of more than 1,536 cells a side are cut tile by tile: borders of tiles are borders of blocks,
unless blocks are merged across them.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_rasters("FACTORS", "Factors", "DEM, slope, aspect, curvature, or any rasters that tell terrain apart.")
        self.add_integer("BLOCKS", "Blocks", 2, "About how many blocks there will be before merging.", advanced=False)
        self.add_real("COMPACTNESS", "Compactness", 0, "Small: along ridges and valleys; large: nearly squares.")
        self.add_integer(
            "MIN_SAMPLES",
            "Min samples",
            0,
            "Blocks with fewer are merged with neighbours, if samples are given.",
            advanced=False,
        )
        self.add_layer("SAMPLES", "Samples", "Points or polygons that are counted.", optional=True)
        self.add_resampling()
        self.add_raster_output("OUTPUT", "Blocks as raster", "The number of each cell's block.")
        self.add_layer_output("POLYGONS", "Blocks as polygons", "With the samples in each block.", optional=True)
        self.add_number("BLOCKS_FOUND", "Number of blocks")


class SampleNegatives(LearningAlgorithm):
    """Parameters of `regionwise:samplenegatives`."""

    NAME = "samplenegatives"
    TITLE = "Sample negatives"
    GROUP = "Susceptibility"
    PARAMS = NegativeSampling
    SUMMARY = "Draws places without an event outside a buffer around an inventory, and writes both with labels."
    HELP = """
<h3>When</h3><p>An inventory says where landslides were, and 'Train susceptibility' needs places where none were.</p>
<h3>Inputs</h3><p>Points or polygons of events. Factors, whose cells with data are the area: a negative lies where all
of them are known. Buffer in metres on the ground around the events, where the ground is as unstable as below them.</p>
<h3>Stratify</h3><p><b>none</b>: anywhere, so mostly on flat land where most land is flat. <b>slope</b>: as many
negatives for each event within ten classes of slope, so that the model sees more steep slopes without events.
<b>blocks</b>: the same within each block; blocks without an event together get the part of the negatives that they have
of the area.</p>
<h3>Outputs</h3><p>All events with label 1, the drawn cells with label 0, the stratum of both, and <b>cells_each</b>,
the cells that each negative of the stratum stands for: those that no event touches, in buffers too, over the negatives
drawn there. 'Train susceptibility' reads it, so that model and scores are those of the area, however negatives were
drawn. An event counts as one, whatever its size. The same seed draws the same places. How many negatives there are for
each event is your choice, not the world's: say in 'Train susceptibility' how common events really are (Prevalence); the
log tells the share of cells that the events of the inventory touch.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:samplenegatives -- INVENTORY=landslides.gpkg FACTORS=dem.tif
FACTORS=slope.tif BUFFER=100 RATIO=2 STRATIFY=slope SLOPE=slope.tif OUTPUT=samples.gpkg</code></p>
<h3>Limits</h3><p>An inventory is never complete: some negatives are events that nobody mapped. A wide buffer hides
the ground that is most like that of events: strata make up for it as far as they tell it apart, Stratify = none does
not.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_layer("INVENTORY", "Inventory", "Points or polygons of events.")
        self.add_rasters("FACTORS", "Factors", "Rasters whose cells with data are the area.")
        self.add_real("BUFFER", "Buffer", 0, "Metres around events where no negative is drawn.", advanced=False)
        self.add_real("RATIO", "Ratio", 0, "Negatives for each event, in each stratum.", advanced=False)
        self.add_choice("STRATIFY", "Stratify", STRATA, "Within what each event gets its negatives.")
        self.add_raster("SLOPE", "Slope", "For Stratify = slope.", optional=True)
        self.add_layer("BLOCKS", "Blocks", "For Stratify = blocks.", polygons=True, optional=True)
        self.add_text("BLOCK_FIELD", "Block field", "The field that names the block.", optional=True)
        self.add_text("LABEL_FIELD", "Label field", "The field that gets 1 and 0.")
        self.add_integer("SEED", "Seed", 0, "Decides the places.")
        self.add_resampling()
        self.add_layer_output("OUTPUT", "Samples", "Events and negatives.")
        self.add_number("EVENTS", "Number of events")
        self.add_number("NEGATIVES", "Number of negatives")
        self.add_number("PREVALENCE", "Share of cells that events touch")


class TrainSusceptibility(LearningAlgorithm):
    """Parameters of `regionwise:trainsusceptibility`."""

    NAME = "trainsusceptibility"
    TITLE = "Train susceptibility"
    GROUP = "Susceptibility"
    PARAMS = SusceptibilityTraining
    SUMMARY = "Trains the probability of an event, as a landslide, from factors, and scores it honestly."
    HELP = """
<h3>When</h3><p>It is known where events were and where none were, and rasters tell the conditions of both.</p>
<h3>Inputs</h3><p>Factors as rasters, and samples (points or polygons) with 1 for an event and 0 for none, as 'Sample
negatives' writes them. Or a table of values, with or without places: the same with a field per factor. Name the
factors that hold codes (lithology, land use) in Categorical; an aspect in degrees is recognised by its name and range
and seen as a direction; values that stand for missing ones (-9999, 0.000001 beside negative numbers) are recognised
and told. Labels of lower trust, as slow slopes from radar, are flagged in the weak field: they train with the weak
weight and never test.</p>
<h3>Model types</h3><p><b>boosting</b>: trees. <b>pooled</b>: a network, one for all places. <b>stack</b>: both,
weighted so that their mixture is most likely for samples they had not seen. <b>meta</b>: a network that learns to be
adapted by few labels; a block gets a model of its own, from 16 samples on only if it answers held-out ones better than
the pooled network, which answers elsewhere. <b>meta_reference</b>: the published recipe, to compare with. Boosting, a
forest, logistic regression and the slope alone always stand in the same table.</p>
<h3>Meta-learning</h3><p>It needs Blocks. Some labels of a block adapt the network by a few gradient steps, others tell
how well: so it learns where to begin, how long steps are, and how many labels it takes to trust them. With Validation =
blocks the report tells what 1, 3, 5, 8, 16 and 32 labels of a block that was not seen are worth. 'Map susceptibility'
adapts the model to a new area by its own samples (Adapt).</p>
<h3>Scores</h3><p>With Blocks, Validation = blocks holds whole blocks of that layer out. Random folds, kNNDM and a new
region stand beside. Samples say nothing about how common events are: give Prevalence, the share of cells that have
one, and probabilities, Brier score, precision and calibration are those of that world. Samples without an event are
taken for drawn alike from all cells, or stand for so many of them: the field cells_each of 'Sample negatives' is read
by itself, or another one is named (Design field). Calibration and all scores are then weighed by it, and so is what is
learned; where events have the number of their stratum, too, boosting, pooled and logistic regression take it as an
offset of the log odds, which tells more. Where weights are so uneven that samples tell less than half of what they
would, the log says so. Out-of-fold answers of observed samples calibrate probabilities (Platt scaling), whatever weak
labels do to the share of events that train.</p>
<h3>Outputs</h3><p>Model; predictions out of fold; scores as CSV; report with ROC, precision and recall, events by area
(prediction rate, and dotted the success rate), calibration, confusion, and the score of each block.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:trainsusceptibility -- FACTORS=terrain/slope.tif
FACTORS=lithology.tif CATEGORICAL=lithology SAMPLES=samples.gpkg LABEL_FIELD=label BLOCKS=blocks.gpkg
VALIDATION=blocks MODEL=susceptibility.safetensors REPORT=susceptibility.html</code></p>
<h3>Limits</h3><p>A cell is answered by its own factors alone. An inventory mapped along roads teaches roads.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_rasters("FACTORS", "Factors", "Rasters of conditions. Empty: a table holds them.", optional=True)
        self.add_layer("SAMPLES", "Samples", "Points or polygons with labels.", optional=True)
        self.add_layer(
            "VALUES", "Values", "A table with labels and factors, instead of both.", optional=True, advanced=True
        )
        self.add_fields("FACTOR_FIELDS", "Factor fields", "VALUES", "The factors of the table.", optional=True)
        self.add_text(
            "CATEGORICAL", "Categorical", "Names of the factors that hold codes, with commas between.", optional=True
        )
        self.add_field("LABEL_FIELD", "Label field", "SAMPLES", "1 for an event, 0 for none.")
        self.add_field(
            "WEAK_FIELD",
            "Weak field",
            "SAMPLES",
            "Above 0 where a label is of lower trust.",
            optional=True,
            numeric=True,
        )
        self.add_real("WEAK_WEIGHT", "Weak weight", 0, "Weight of these labels beside trusted ones, at most 1.")
        self.add_field(
            "DESIGN_FIELD",
            "Design field",
            "SAMPLES",
            "Cells that a sample without an event stands for; of events nothing, or the same of their stratum. Empty: "
            "the field cells_each of 'Sample negatives', if there is one.",
            optional=True,
            numeric=True,
        )
        self.add_layer("BLOCKS", "Blocks", "Polygons of 'Segment blocks'.", polygons=True, optional=True)
        self.add_text("BLOCK_FIELD", "Block field", "The field that names the block.", optional=True)
        self.add_real(
            "PREVALENCE",
            "Prevalence",
            0,
            "Share of cells with an event in the world; 0: as among the samples.",
            advanced=False,
        )
        self.add_sample_fields("SAMPLES")
        self.add_region_polygons()
        self.add_duplicates()
        self.add_folds()
        self.add_area()
        self.add_buffer()
        self.add_resampling()
        self.add_choice(
            "MODEL_TYPE",
            "Model type",
            SUSCEPTIBILITY_TYPES,
            "stack (pooled and boosting); boosting; pooled; meta: adapted to blocks; meta_reference: as published.",
        )
        self._add_meta()
        self.add_integer("WIDTH", "Width", 4, "Numbers of a network's layers.")
        self.add_fitting(
            rate="Largest step size of AdamW: it rises to this, and falls to 0 over the epochs.",
            patience="Stops after so many epochs without a better validation score, and keeps the best weights. A "
            "network that was not stopped is trained once more, with the validation samples, too.",
        )
        self.add_outputs()
        self.add_number("AUC", "AUC, out of fold")
        self.add_number("BRIER", "Brier score, out of fold")

    def _add_meta(self) -> None:
        self.add_choice(
            "PRETRAIN",
            "Pretrain",
            PRETRAININGS,
            "Where meta-learning begins: at weights that tell hidden factors, at the pooled network, or at random. "
            "meta_reference always begins with denoising.",
        )
        self.add_integer(
            "SHOTS",
            "Shots",
            0,
            "Labels of a block that adapt, at most, and as many that judge; 0: 16, or 8 as published.",
        )
        self.add_integer("INNER_STEPS", "Inner steps", 1, "Gradient steps that adapt.")
        self.add_real("INNER_RATE", "Inner rate", 0, "Their length before it is learned; 0: 0.3, or 0.01 as published.")
        self.add_real("META_RATE", "Meta rate", 0, "Step size of meta-learning.")
        self.add_integer("META_BATCH", "Meta batch", 1, "Blocks that an iteration learns from.")
        self.add_integer("ITERATIONS", "Iterations", 0, "Of meta-learning; 0: 1,000, or 5,000 as published.")
        self.add_choice(
            "ORDER",
            "Order",
            ORDERS,
            "head: the last layer adapts; second and first: all of them do, and gradients go through the steps or not. "
            "meta_reference is always of second order.",
        )


class MapSusceptibility(LearningAlgorithm):
    """Parameters of `regionwise:mapsusceptibility`."""

    NAME = "mapsusceptibility"
    TITLE = "Map susceptibility"
    GROUP = "Susceptibility"
    PARAMS = SusceptibilityMapping
    SUMMARY = "Maps the probability of an event, its uncertainty, and five classes by a stated rule."
    HELP = """
<h3>When</h3><p>After 'Train susceptibility'.</p>
<h3>Inputs</h3><p>Rasters with the factors of the model, found by name, in any order. Cells that lack a factor stay
empty. Codes that no training sample had are told, and taken as none of the known ones.</p>
<h3>Blocks</h3><p>A model of the type meta answers a block by the block's own model, if you give the Blocks that it was
trained with; without them the pooled network answers everywhere. For a new area give its own samples in Adapt, and
perhaps its blocks (else all of it is one): a block with samples gets a model of its own; from 16 samples on only if
held-out ones are answered better by it than by the pooled network. A block that has a model keeps it. Events should be
as common among these samples as they were in training; the log says where they are not. Their field cells_each, or the
Design field of the training, weighs them. Calibration and bounds of classes stay those of training, where
with Validation = blocks the pooled network answered.</p>
<h3>Outputs</h3><p>Probability, calibrated on samples that the models had not seen, for the prevalence that training was
told. Uncertainty: the standard deviation of the members' probabilities, and entropy in bits. Classes from very low to
very high: above their bounds lie 97, 90, 75 and 50 % of the events that no model had seen. Which: whether the pooled
model answered, that of the block, or the one in some members and the other in others. The same cell has the same answer
in any map.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:mapsusceptibility -- FACTORS=terrain/slope.tif
FACTORS=lithology.tif MODEL=susceptibility.safetensors OUTPUT=probability.tif CLASSES=classes.tif</code></p>
<h3>Limits</h3><p>Without a prevalence, a probability is one among samples: much too high for a cell. 'Map
applicability' shows where no sample was like the place. Memory stays within the option 'Memory'. A killed run goes on
where it stopped.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_rasters("FACTORS", "Factors", "Rasters with the factors of the model, in any order.")
        self.add_file("MODEL", "Model", "safetensors", "The model of 'Train susceptibility'.")
        self.add_layer("BLOCKS", "Blocks", "Polygons of the training, or of a new area.", polygons=True, optional=True)
        self.add_text("BLOCK_FIELD", "Block field", "The field that names the block.", optional=True)
        self.add_layer("ADAPT", "Adapt", "Samples with labels to which the model is adapted.", optional=True)
        self.add_field(
            "LABEL_FIELD",
            "Label field",
            "ADAPT",
            "1 for an event, 0 for none. Empty: called as in training.",
            optional=True,
        )
        self.add_extent()
        self.add_resampling()
        self.add_device()
        self.add_raster_output("OUTPUT", "Probability", "Of an event.")
        self.add_raster_output("UNCERTAINTY", "Uncertainty", "Deviation between members, and entropy.", optional=True)
        self.add_raster_output("CLASSES", "Classes", "From 1, very low, to 5, very high.", optional=True)
        self.add_raster_output("WHICH", "Which model", "1 pooled, 2 some members by block, 3 block.", optional=True)


class ExplainFactors(LearningAlgorithm):
    """Parameters of `regionwise:explainfactors`."""

    NAME = "explainfactors"
    TITLE = "Explain factors"
    GROUP = "Susceptibility"
    PARAMS = FactorExplanation
    SUMMARY = "Tells what each factor adds to a model's answers, everywhere and in each block."
    HELP = """
<h3>When</h3><p>After 'Train susceptibility': what does the model go by, and where does something else count?</p>
<h3>Inputs</h3><p>The model, and samples with labels: those of the training, or others. Factors as rasters with the
names of the model's; without them the samples have a field for each. Blocks, if each shall have its dominant
factor.</p>
<h3>Outputs</h3><p>Importance: how much AUC and Brier score lose when the values of a factor are dealt anew among the
samples, each answered by the members that never saw it; and the mean size of what it adds to the logit (Shapley values,
whose sum over the factors is the logit of a sample minus a mean one). What trees add is exact, along the paths of their
training samples; what networks add is sampled among all samples until its standard error, which is told, is a tenth of
its size. AUC and Brier score are those of the model's Prevalence, and of the cells that samples stand for (field
cells_each, or the Design field of the training). Blocks with the mean size of each factor, the dominant one, and its
share. Report with figures of what each factor adds at which value.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:explainfactors -- MODEL=susceptibility.safetensors
SAMPLES=samples.gpkg LABEL_FIELD=label FACTORS=terrain/slope.tif FACTORS=lithology.tif BLOCKS=blocks.gpkg
OUTPUT=dominant.gpkg REPORT=factors.html</code></p>
<h3>Limits</h3><p>This explains the model, not the world: of two factors that go together it may go by either. Models
of older versions do not know which members saw a sample: all answer, and factors look a little better than they
are.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_file("MODEL", "Model", "safetensors", "The model of 'Train susceptibility'.")
        self.add_layer("SAMPLES", "Samples", "Points or polygons with labels.")
        self.add_field("LABEL_FIELD", "Label field", "SAMPLES", "1 for an event, 0 for none.")
        self.add_rasters("FACTORS", "Factors", "Those of the model. Empty: fields of the samples.", optional=True)
        self.add_layer("BLOCKS", "Blocks", "Polygons of 'Segment blocks'.", polygons=True, optional=True)
        self.add_text("BLOCK_FIELD", "Block field", "The field that names the block.", optional=True)
        self.add_integer("MOST_SAMPLES", "Most samples", 10, "So many, drawn at random, get Shapley values.")
        draws = "Orders of the factors that networks are asked in at least; more follow, up to 1000, until they agree."
        self.add_integer("DRAWS", "Draws", 2, draws)
        self.add_integer("REPEATS", "Repeats", 1, "How often the values of a factor are dealt anew.")
        self.add_integer("SEED", "Seed", 0, "Decides samples and orders.")
        self.add_resampling()
        self.add_layer_output("OUTPUT", "Dominant factors", "The blocks with what counts there.", optional=True)
        self.add_file_output("SCORES", "Importance", "csv", "A row for each factor.", optional=True)
        self.add_file_output("REPORT", "Report", "html", "One page with tables and figures.", optional=True)
        self.add_folder_output("FIGURES", "Figures", "Each figure as PNG, and its numbers as CSV.", optional=True)
