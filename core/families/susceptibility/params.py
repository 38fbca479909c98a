"""Parameters of the susceptibility family: training, mapping and explanation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ...contract.declare import (
    choice,
    column,
    columns,
    file_output,
    input_file,
    layer,
    layer_output,
    number,
    raster_output,
    rasters,
    text,
    varied,
)
from ...contract.layer import Layer
from ...contract.learning_params import (
    AUTO,
    EVENT_VALIDATIONS,
    FoldParams,
    GridParams,
    LearningParams,
    MappingParams,
    SeriesLearningParams,
)
from ...contract.params import given

SUSCEPTIBILITY_TYPES = (AUTO, "stack", "boosting", "pooled", "meta", "meta_reference")
META_TYPES = ("meta", "meta_reference")
FROM_POOLED, DENOISING = "pooled", "denoising"
PRETRAININGS = (DENOISING, FROM_POOLED, "none")
ORDERS = ("head", "second", "first")
CELLS_EACH = "cells_each"  # the field of the cells that a negative of a stratum stands for, see `sample_negatives`


@dataclass(frozen=True)
class SusceptibilityTraining(FoldParams, LearningParams, GridParams):
    """Train the probability of an event from factors, as rasters or as fields of a table."""

    factors: tuple[Layer, ...] = rasters(
        "Factors",
        optional=True,
        help="Rasters of conditions. Empty: a table holds them.",
    )
    values: Layer = layer(
        "Values",
        optional=True,
        advanced=True,
        help="A table with labels and factors, instead of both.",
    )
    factor_fields: tuple[str, ...] = columns(
        "Factor fields",
        "values",
        optional=True,
        advanced=True,
        help="The factors of the table.",
    )
    categorical: str = text(
        "",
        "Categorical",
        optional=True,
        of="factors values",
        several=True,
        help="Names of the factors that hold codes, as lithology, land use.",
    )
    label_field: str = column("Label field", "samples", help="1 for an event, 0 for none.")
    weak_field: str = column(
        "Weak field",
        "samples",
        numeric=True,
        optional=True,
        advanced=True,
        help="Above 0 where a label is of lower trust.",
    )
    weak_weight: float = number(
        0.3, "Weak weight", advanced=True, above=0, high=1, help="Weight of these labels beside trusted ones."
    )
    design_field: str = column(
        "Design field",
        "samples",
        numeric=True,
        optional=True,
        advanced=True,
        help="Cells that a sample without an event stands for; of events nothing, or the same of their stratum. "
        "Empty: the field cells_each of 'Sample negatives', if there is one.",
    )
    blocks: Layer = layer("Blocks", polygons=True, optional=True, help="Polygons of 'Segment blocks'.")
    block_field: str = column(
        "Block field", "blocks", "block", optional=True, advanced=True, help="The field that names the block."
    )
    regions: Layer = varied(SeriesLearningParams, "regions")
    prevalence: float = number(
        0.0,
        "Prevalence",
        automatic=0.0,
        decimals=5,
        optional=True,
        above=0,
        below=1,
        help="Share of cells with an event in the world. Not set: as among the samples.",
    )
    model_type: str = choice(
        AUTO,
        "Model type",
        SUSCEPTIBILITY_TYPES,
        help="auto: trees, or the stack where a GPU or the time budget allows it. stack (pooled and boosting); "
        "boosting; pooled; meta: adapted to blocks; meta_reference: as published.",
    )
    pretrain: str = choice(
        DENOISING,
        "Pretrain",
        PRETRAININGS,
        advanced=True,
        help="Where meta-learning begins: at weights that tell hidden factors, at the pooled network, or at "
        "random. meta_reference always begins with denoising.",
    )
    shots: int = number(
        0,
        "Shots",
        low=1,
        automatic=0,
        optional=True,
        advanced=True,
        help="Labels of a block that adapt, at most, and as many that judge. Not set: 16, or 8 as published.",
    )
    inner_steps: int = number(5, "Inner steps", low=1, advanced=True, help="Gradient steps that adapt.")
    inner_rate: float = number(
        0.0,
        "Inner rate",
        automatic=0.0,
        decimals=5,
        optional=True,
        advanced=True,
        above=0,
        help="Their length before it is learned. Not set: 0.3, or 0.01 as published.",
    )
    meta_rate: float = number(
        0.001,
        "Meta rate",
        above=0,
        decimals=5,
        advanced=True,
        help="Step size of meta-learning.",
    )
    meta_batch: int = number(16, "Meta batch", low=1, advanced=True, help="Blocks that an iteration learns from.")
    iterations: int = number(
        0,
        "Iterations",
        low=1,
        automatic=0,
        optional=True,
        advanced=True,
        help="Of meta-learning. Not set: 1,000, or 5,000 as published.",
    )
    order: str = choice(
        "head",
        "Order",
        ORDERS,
        advanced=True,
        help="head: the last layer adapts; second and first: all of them do, and gradients go through the steps or"
        " not. meta_reference is always of second order.",
    )
    width: int = number(128, "Width", low=4, advanced=True, help="Numbers of a network's layers.")
    epochs: int = number(40, "Epochs", low=1, advanced=True, help="At most so many passes over the training samples.")
    patience: int = number(
        40,
        "Patience",
        low=1,
        advanced=True,
        help="Stops after so many epochs without a better validation score, and keeps the best weights. A network "
        "that was not stopped is trained once more, with the validation samples, too.",
    )
    batch: int = number(256, "Batch", low=2, advanced=True, help="Samples per step.")
    learning_rate: float = number(
        0.003,
        "Learning rate",
        above=0,
        decimals=6,
        advanced=True,
        help="Largest step size of AdamW: it rises to this, and falls to 0 over the epochs.",
    )
    weight_decay: float = number(
        0.01,
        "Weight decay",
        low=0,
        decimals=6,
        advanced=True,
        help="How strongly AdamW pulls the weights to zero.",
    )
    date_field: str = column(
        "Date field",
        "samples",
        optional=True,
        advanced=True,
        help="When an event was, for validation 'spacetime': later events of held-out blocks. A year will do; "
        "places without an event need none.",
    )
    samples: Layer = varied(LearningParams, "samples", optional=True, help="Points or polygons with labels.")
    validation: str = varied(FoldParams, "validation", choices=EVENT_VALIDATIONS, advanced=True)
    source_field: str = varied(LearningParams, "source_field", advanced=True)

    @property
    def validations(self) -> tuple[str, ...]:
        """The kinds of validation that inventories may have."""
        return EVENT_VALIDATIONS

    @property
    def dated(self) -> bool:
        """Whether a field tells the dates of events."""
        return bool(self.date_field)

    def with_defaults(self) -> SusceptibilityTraining:
        """The parameters with the defaults of the model type where they are 0."""
        shots, rate, iterations = (8, 0.01, 5000) if self.model_type == "meta_reference" else (16, 0.3, 1000)
        return replace(
            self,
            shots=self.shots or shots,
            inner_rate=self.inner_rate or rate,
            iterations=self.iterations or iterations,
        )

    @property
    def table(self) -> Layer:
        """The layer with the labels, which without rasters holds the factors, too."""
        return self.values or self.samples

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        if bool(self.factors) == bool(self.values):
            yield "Give factors as rasters with samples, or a table of values: one of the two."
        if self.factors:
            yield from given("Samples", self.samples)
        if self.values and self.samples:
            yield "A table of values holds the labels, too; leave Samples empty."
        if bool(self.values) != bool(self.factor_fields):
            yield "A table of values needs factor fields, which name its factors; rasters have none."
        for name in sorted({CELLS_EACH, self.design_field} & set(self.factor_fields)):
            yield f"Factor field '{name}' tells events from drawn samples; leave it out."
        if self.blocks:
            yield from given("Block field", self.block_field)
        if self.regions and not self.region_field:
            yield "Regions need a region field, which names them; choose it."
        if self.model_type in META_TYPES and not self.blocks:
            yield f"Model type '{self.model_type}' needs blocks; give the polygons of 'Segment blocks'."
        yield from super().problems()


@dataclass(frozen=True)
class FactorExplanation(GridParams):
    """Explain what each factor tells a susceptibility model."""

    model: str = input_file("Model", "safetensors", help="The model of 'Train susceptibility'.")
    samples: Layer = layer("Samples", help="Points or polygons with labels.")
    label_field: str = column("Label field", "samples", help="1 for an event, 0 for none.")
    factors: tuple[Layer, ...] = rasters(
        "Factors",
        optional=True,
        help="Those of the model. Empty: fields of the samples.",
    )
    blocks: Layer = layer("Blocks", polygons=True, optional=True, help="Polygons of 'Segment blocks'.")
    block_field: str = column("Block field", "blocks", "block", optional=True, help="The field that names the block.")
    most_samples: int = number(
        500,
        "Most samples",
        low=10,
        advanced=True,
        help="So many, drawn at random, get Shapley values.",
    )
    draws: int = number(
        20,
        "Draws",
        low=2,
        advanced=True,
        help="Orders of the factors that networks are asked in at least; more follow, up to 1000, until they agree.",
    )
    repeats: int = number(5, "Repeats", low=1, advanced=True, help="How often the values of a factor are dealt anew.")
    seed: int = number(42, "Seed", low=0, advanced=True, help="Decides samples and orders.")
    output: str = layer_output("Dominant factors", optional=True, help="The blocks with what counts there.")
    scores: str = file_output("Importance", "csv", optional=True, help="A row for each factor.")
    report: str = file_output("Report", "html", optional=True, created=True, help="One page with tables and figures.")
    figures: str = varied(LearningParams, "figures")

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        if self.blocks:
            yield from given("Block field", self.block_field)
        if self.output and not self.blocks:
            yield "A layer of dominant factors needs blocks; give the polygons of 'Segment blocks'."
        yield from super().problems()


@dataclass(frozen=True)
class SusceptibilityMapping(GridParams, MappingParams):
    """Map the probability of an event."""

    factors: tuple[Layer, ...] = rasters("Factors", help="Rasters with the factors of the model, in any order.")
    blocks: Layer = layer("Blocks", polygons=True, optional=True, help="Polygons of the training, or of a new area.")
    block_field: str = column("Block field", "blocks", "block", optional=True, help="The field that names the block.")
    adapt: Layer = layer("Adapt", optional=True, help="Samples with labels to which the model is adapted.")
    label_field: str = column(
        "Label field",
        "adapt",
        optional=True,
        help="1 for an event, 0 for none. Empty: called as in training.",
    )
    uncertainty: str = raster_output("Uncertainty", optional=True, help="Deviation between members, and entropy.")
    classes: str = raster_output("Classes", optional=True, created=True, help="From 1, very low, to 5, very high.")
    which: str = raster_output(
        "Which model", optional=True, advanced=True, help="1 pooled, 2 some members by block, 3 block."
    )
    model: str = varied(MappingParams, "model", help="The model of 'Train susceptibility'.")
    output: str = raster_output("Probability", help="Of an event.")

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        if self.blocks:
            yield from given("Block field", self.block_field)
        if self.which and not self.blocks and not self.adapt:
            yield "Which tells blocks from the pooled model; give blocks, or samples to adapt to."
        yield from super().problems()
