"""Parameters of what comes before a model of susceptibility: terrain, blocks, negatives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...contract.declare import (
    choice,
    column,
    folder_output,
    layer,
    layer_output,
    number,
    raster,
    raster_output,
    rasters,
    switch,
    text,
)
from ...contract.layer import Layer
from ...contract.learning_params import GridParams
from ...contract.params import Params

FLOWS = ("d8", "mfd")
HEIGHT_UNITS = ("auto", "m", "ft", "us-ft", "cm", "dm")
STRATA = ("none", "slope", "blocks")


@dataclass(frozen=True)
class TerrainDerivation(Params):
    """Derive slope, aspect, curvatures, wetness, power, relief and distance to drainage from a DEM."""

    dem: Layer = raster("DEM", help="Heights, one band, north up.")
    height_unit: str = choice(
        "auto",
        "Height unit",
        HEIGHT_UNITS,
        optional=True,
        advanced=True,
        help="auto: that of the band, else of the CRS, else metres. Or metres, feet, US survey feet, centimetres, "
        "decimetres.",
    )
    stream_area: float = number(
        0.5,
        "Stream area",
        above=0,
        decimals=3,
        advanced=True,
        help="Area above a cell, in square kilometres, from which on it is drainage.",
    )
    relief_window: int = number(
        11,
        "Relief window",
        low=3,
        advanced=True,
        odd=True,
        help="Side of the window of the relief in cells, odd.",
    )
    flow: str = choice(
        "d8",
        "Flow",
        FLOWS,
        optional=True,
        advanced=True,
        help="d8: all water to the steepest neighbour. mfd: shared among all lower ones.",
    )
    contour_curvature: bool = switch(
        False,
        "Contour curvature",
        optional=True,
        advanced=True,
        help="Writes it, too, for models that learned it as plan_curvature.",
    )
    output_folder: str = folder_output("Factors", help="One GeoTIFF per factor.")
    output: str = raster_output(
        "Factors in one raster",
        optional=True,
        help="All of them as bands, to hand on in a model.",
    )


@dataclass(frozen=True)
class BlockSegmentation(GridParams):
    """Cut an area into blocks of like terrain."""

    factors: tuple[Layer, ...] = rasters(
        "Factors",
        help="DEM, slope, aspect, curvature, or any rasters that tell terrain apart.",
    )
    blocks: int = number(100, "Blocks", low=2, help="About how many blocks there will be before merging.")
    compactness: float = number(
        1.0,
        "Compactness",
        above=0,
        advanced=True,
        help="Small: along ridges and valleys; large: nearly squares.",
    )
    min_samples: int = number(
        10,
        "Min samples",
        low=0,
        help="Blocks with fewer are merged with neighbours, if samples are given.",
    )
    samples: Layer = layer("Samples", optional=True, help="Points or polygons that are counted.")
    output: str = raster_output("Blocks as raster", help="The number of each cell's block.")
    polygons: str = layer_output("Blocks as polygons", optional=True, help="With the samples in each block.")


@dataclass(frozen=True)
class NegativeSampling(GridParams):
    """Draw places without an event, beside an inventory of events."""

    inventory: Layer = layer("Inventory", help="Points or polygons of events.")
    factors: tuple[Layer, ...] = rasters("Factors", help="Rasters whose cells with data are the area.")
    buffer: float = number(100.0, "Buffer", low=0, unit="m", help="Metres around events where no negative is drawn.")
    ratio: float = number(1.0, "Ratio", above=0, help="Negatives for each event, in each stratum.")
    stratify: str = choice("none", "Stratify", STRATA, help="Within what each event gets its negatives.")
    slope: Layer = raster("Slope", optional=True, help="For Stratify = slope.")
    blocks: Layer = layer("Blocks", polygons=True, optional=True, help="For Stratify = blocks.")
    block_field: str = column("Block field", "blocks", "block", optional=True, help="The field that names the block.")
    label_field: str = text("label", "Label field", advanced=True, help="The field that gets 1 and 0.")
    seed: int = number(42, "Seed", low=0, advanced=True, help="Decides the places.")
    output: str = layer_output("Samples", help="Events and negatives.")

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        if self.stratify == "slope" and not self.slope:
            yield "Stratify 'slope' needs a raster of the slope; give it."
        if self.stratify == "blocks" and not self.blocks:
            yield "Stratify 'blocks' needs blocks; give the polygons of 'Segment blocks'."
        yield from super().problems()
