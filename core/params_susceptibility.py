"""Parameters of the susceptibility family: terrain, blocks, negatives, training, mapping and explanation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .params import NO_LAYER, GridParams, Layer, Params, above, at_least, given, one_of

STRATA = ("none", "slope", "blocks")


@dataclass(frozen=True)
class TerrainDerivation(Params):
    """Derive slope, aspect, curvatures, wetness, power, relief and distance to drainage from a DEM."""

    dem: Layer = NO_LAYER
    stream_area: float = 0.5
    relief_window: int = 11
    output_folder: str = ""

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from given("DEM", self.dem)
        yield from above("Stream area", self.stream_area, 0)
        if self.relief_window < 3 or self.relief_window % 2 == 0:
            yield f"Relief window is {self.relief_window}; give an odd number of cells from 3 on, as 11."
        yield from given("Output folder", self.output_folder)


@dataclass(frozen=True)
class BlockSegmentation(GridParams):
    """Cut an area into blocks of like terrain."""

    factors: tuple[Layer, ...] = ()
    blocks: int = 100
    compactness: float = 1.0
    min_samples: int = 0
    samples: Layer = NO_LAYER
    output: str = ""
    polygons: str = ""

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from given("Factors", self.factors)
        yield from at_least("Blocks", self.blocks, 2)
        yield from above("Compactness", self.compactness, 0)
        yield from at_least("Min samples", self.min_samples, 0)
        if self.min_samples and not self.samples:
            yield "Min samples needs samples to count; give the layer."
        yield from given("Output", self.output)
        yield from super().problems()


@dataclass(frozen=True)
class NegativeSampling(GridParams):
    """Draw places without an event, beside an inventory of events."""

    inventory: Layer = NO_LAYER
    factors: tuple[Layer, ...] = ()
    buffer: float = 0.0
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
