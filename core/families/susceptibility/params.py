"""Parameters of the susceptibility family: terrain, blocks, negatives, training, mapping and explanation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ...contract.params import (
    AUTO,
    EVENT_VALIDATIONS,
    NO_LAYER,
    FoldParams,
    GridParams,
    Layer,
    LearningParams,
    MappingParams,
    Params,
    above,
    at_least,
    given,
    one_of,
)

FLOWS = ("d8", "mfd")
HEIGHT_UNITS = ("auto", "m", "ft", "us-ft", "cm", "dm")
STRATA = ("none", "slope", "blocks")
SUSCEPTIBILITY_TYPES = (AUTO, "stack", "boosting", "pooled", "meta", "meta_reference")
META_TYPES = ("meta", "meta_reference")
FROM_POOLED, DENOISING = "pooled", "denoising"
PRETRAININGS = (DENOISING, FROM_POOLED, "none")
ORDERS = ("head", "second", "first")
CELLS_EACH = "cells_each"  # the field of the cells that a negative of a stratum stands for, see `sample_negatives`


@dataclass(frozen=True)
class TerrainDerivation(Params):
    """Derive slope, aspect, curvatures, wetness, power, relief and distance to drainage from a DEM."""

    dem: Layer = NO_LAYER
    height_unit: str = "auto"
    stream_area: float = 0.5
    relief_window: int = 11
    flow: str = "d8"
    contour_curvature: bool = False
    output_folder: str = ""
    output: str = ""

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from given("DEM", self.dem)
        yield from one_of("Height unit", self.height_unit, HEIGHT_UNITS)
        yield from above("Stream area", self.stream_area, 0)
        yield from one_of("Flow", self.flow, FLOWS)
        if self.relief_window < 3 or self.relief_window % 2 == 0:
            yield f"Relief window is {self.relief_window}; give an odd number of cells from 3 on, as 11."
        yield from given("Output folder", self.output_folder)


@dataclass(frozen=True)
class BlockSegmentation(GridParams):
    """Cut an area into blocks of like terrain."""

    factors: tuple[Layer, ...] = ()
    blocks: int = 100
    compactness: float = 1.0
    min_samples: int = 10
    samples: Layer = NO_LAYER
    output: str = ""
    polygons: str = ""

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from given("Factors", self.factors)
        yield from at_least("Blocks", self.blocks, 2)
        yield from above("Compactness", self.compactness, 0)
        yield from at_least("Min samples", self.min_samples, 0)
        yield from given("Output", self.output)
        yield from super().problems()


@dataclass(frozen=True)
class NegativeSampling(GridParams):
    """Draw places without an event, beside an inventory of events."""

    inventory: Layer = NO_LAYER
    factors: tuple[Layer, ...] = ()
    buffer: float = 100.0
    ratio: float = 1.0
    stratify: str = "none"
    slope: Layer = NO_LAYER
    blocks: Layer = NO_LAYER
    block_field: str = "block"
    label_field: str = "label"
    seed: int = 42
    output: str = ""

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from given("Inventory", self.inventory)
        yield from given("Factors", self.factors)
        yield from at_least("Buffer", self.buffer, 0)
        yield from above("Ratio", self.ratio, 0)
        yield from one_of("Stratify", self.stratify, STRATA)
        if self.stratify == "slope" and not self.slope:
            yield "Stratify 'slope' needs a raster of the slope; give it."
        if self.stratify == "blocks" and not self.blocks:
            yield "Stratify 'blocks' needs blocks; give the polygons of 'Segment blocks'."
        yield from given("Label field", self.label_field)
        yield from at_least("Seed", self.seed, 0)
        yield from given("Output", self.output)
        yield from super().problems()


@dataclass(frozen=True)
class SusceptibilityTraining(FoldParams, LearningParams, GridParams):
    """Train the probability of an event from factors, as rasters or as fields of a table."""

    factors: tuple[Layer, ...] = ()
    values: Layer = NO_LAYER
    factor_fields: tuple[str, ...] = ()
    categorical: str = ""
    label_field: str = ""
    weak_field: str = ""
    weak_weight: float = 0.3
    design_field: str = ""
    blocks: Layer = NO_LAYER
    block_field: str = "block"
    regions: Layer = NO_LAYER
    prevalence: float = 0.0
    model_type: str = AUTO
    pretrain: str = DENOISING
    shots: int = 0
    inner_steps: int = 5
    inner_rate: float = 0.0
    meta_rate: float = 1e-3
    meta_batch: int = 16
    iterations: int = 0
    order: str = "head"
    width: int = 128
    epochs: int = 40
    patience: int = 40
    batch: int = 256
    learning_rate: float = 3e-3
    weight_decay: float = 1e-2
    date_field: str = ""

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

    def categorical_names(self) -> list[str]:
        """The names of the factors that hold codes; a name may hold blanks."""
        return [name.strip() for name in self.categorical.replace(";", ",").split(",") if name.strip()]

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
        yield from given("Label field", self.label_field)
        if not 0 < self.weak_weight <= 1:
            yield f"Weak weight is {self.weak_weight:g}; it is above 0 and at most 1."
        if self.blocks:
            yield from given("Block field", self.block_field)
        if self.regions and not self.region_field:
            yield "Regions need a region field, which names them; choose it."
        if not 0 <= self.prevalence < 1:
            yield f"Prevalence is {self.prevalence:g}; it is a share from 0 (that of the samples) to below 1."
        yield from one_of("Model type", self.model_type, SUSCEPTIBILITY_TYPES)
        if self.model_type in META_TYPES and not self.blocks:
            yield f"Model type '{self.model_type}' needs blocks; give the polygons of 'Segment blocks'."
        yield from one_of("Pretrain", self.pretrain, PRETRAININGS)
        yield from at_least("Shots", self.shots, 0)
        yield from at_least("Inner steps", self.inner_steps, 1)
        yield from at_least("Inner rate", self.inner_rate, 0)
        yield from above("Meta rate", self.meta_rate, 0)
        yield from at_least("Meta batch", self.meta_batch, 1)
        yield from at_least("Iterations", self.iterations, 0)
        yield from one_of("Order", self.order, ORDERS)
        yield from at_least("Width", self.width, 4)
        yield from super().problems()


@dataclass(frozen=True)
class FactorExplanation(GridParams):
    """Explain what each factor tells a susceptibility model."""

    model: str = ""
    samples: Layer = NO_LAYER
    label_field: str = ""
    factors: tuple[Layer, ...] = ()
    blocks: Layer = NO_LAYER
    block_field: str = "block"
    most_samples: int = 500
    draws: int = 20
    repeats: int = 5
    seed: int = 42
    output: str = ""
    scores: str = ""
    report: str = ""
    figures: str = ""

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from given("Model", self.model)
        yield from given("Samples", self.samples)
        yield from given("Label field", self.label_field)
        if self.blocks:
            yield from given("Block field", self.block_field)
        if self.output and not self.blocks:
            yield "A layer of dominant factors needs blocks; give the polygons of 'Segment blocks'."
        yield from at_least("Most samples", self.most_samples, 10)
        yield from at_least("Draws", self.draws, 2)
        yield from at_least("Repeats", self.repeats, 1)
        yield from at_least("Seed", self.seed, 0)
        yield from super().problems()


@dataclass(frozen=True)
class SusceptibilityMapping(GridParams, MappingParams):
    """Map the probability of an event."""

    factors: tuple[Layer, ...] = ()
    blocks: Layer = NO_LAYER
    block_field: str = "block"
    adapt: Layer = NO_LAYER
    label_field: str = ""
    uncertainty: str = ""
    classes: str = ""
    which: str = ""

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from given("Factors", self.factors)
        if self.blocks:
            yield from given("Block field", self.block_field)
        if self.which and not self.blocks and not self.adapt:
            yield "Which tells blocks from the pooled model; give blocks, or samples to adapt to."
        yield from super().problems()
