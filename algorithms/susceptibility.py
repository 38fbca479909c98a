"""Susceptibility: training, mapping, and what a model goes by."""

from __future__ import annotations

from ..core.contract.params import EVENT_VALIDATIONS
from ..core.families.susceptibility.params import (
    ORDERS,
    PRETRAININGS,
    SUSCEPTIBILITY_TYPES,
    FactorExplanation,
    SusceptibilityMapping,
    SusceptibilityTraining,
)
from .arrival import BEHIND, ON_TOP
from .learning import LearningAlgorithm

EVENTS_SHOWN = {"CLASSES": ON_TOP, "UNCERTAINTY": BEHIND, "WHICH": BEHIND}


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
region stand beside. An event that is an area counts by the cells that it covers, as the map does; points count alike.
Samples say nothing about how common events are: give Prevalence, the share of the cells that events cover, and
probabilities, Brier score, precision and calibration are those of that world. Samples without an event are
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
        self._add_labels()
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
        self.add_folds(EVENT_VALIDATIONS)
        self.add_field(
            "DATE_FIELD",
            "Date field",
            "SAMPLES",
            "When an event was, for validation 'spacetime': later events of held-out blocks. A year will do; places "
            "without an event need none.",
            optional=True,
        )
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

    def _add_labels(self) -> None:
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
    SHOWN = EVENTS_SHOWN
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
told. Uncertainty: the standard deviation of the members' probabilities as the map shows them, and entropy in bits. Log
and rasters say whether they hold for single cells or for areas like the samples. Classes from very low to very high:
above their bounds lie 97, 90, 75 and 50 % of the events that no model had seen. Which: whether the pooled model
answered, that of the block, or the one in some members and the other in others. The same cell has the same answer in
any map.</p>
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
its size. AUC, Brier score and the values that are dealt are those of the model's Prevalence, and of the cells that
samples stand for (field cells_each, or the Design field of the training, and the cells that an event covers). Blocks
with the mean size of each factor, the dominant one, and its share. Report with figures of what each factor adds at
which value.</p>
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
