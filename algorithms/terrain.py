"""Terrain factors, blocks and negatives: what comes before a model of susceptibility."""

from __future__ import annotations

from ..core.families.susceptibility.params import (
    FLOWS,
    HEIGHT_UNITS,
    STRATA,
    BlockSegmentation,
    NegativeSampling,
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
the cells that each negative of the stratum stands for: what no event covers, in buffers too, over the negatives drawn
there. 'Train susceptibility' reads it, so that model and scores are those of the area, however negatives were drawn. An
event draws as many negatives whatever its size. The same seed draws the same places. How many negatives there are for
each event is your choice, not the world's: say in 'Train susceptibility' how common events really are (Prevalence); the
log tells the share of the cells that the events of the inventory cover, a point its cell.</p>
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
        self.add_number("PREVALENCE", "Share of the cells that events cover")
