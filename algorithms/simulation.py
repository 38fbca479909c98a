"""Simulate: a small world with known truth."""

from __future__ import annotations

from ..core.tools.simulation.params import DESIGNS, SIMULATED, Simulation
from .base import EngineAlgorithm


class Simulate(EngineAlgorithm):
    """Parameters of `regionwise:simulate`."""

    NAME = "simulate"
    TITLE = "Simulate a world with known truth"
    GROUP = "Evaluation"
    PARAMS = Simulation
    SUMMARY = "Makes rasters, samples, regions and the true shares of a simulated area."
    HELP = """
<h3>When</h3><p>To try the tools, to teach, or to see what a validation score is worth: train on the
simulated samples, map, and compare with truth.tif.</p>
<h3>Outputs</h3><p>A folder with day.tif (7 bands), night.tif, truth.tif (4 shares), samples.gpkg (F, F_NF,
NF_F, NF, source, region) and regions.gpkg, in an equal-area CRS with 90 m cells. Of abundance: images of NDVI and SWIR
of 23 dates, samples of 4 classes, their parents in levels.csv, truth.tif; in the right half the season is later. Of
crops: images of two years (images, images_next), each with dates of its own; fields.gpkg; samples of the first year
with crop and field; truth.tif and truth_next.tif. Of susceptibility: a folder factors (dem, slope, aspect, wetness,
lithology, and a velocity that tells nothing); samples with label, block, and labels that are weak because they were
chosen by the velocity; inventory.gpkg (the events alone), blocks.gpkg and truth.tif (the probability). Of forecast: an
image of EVI for each of 34 years, in which mines open; best.tif, the forecast of each year by one who knows the law;
mines.tif.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:simulate --
SIZE=256 DESIGN=clustered SEED=1 OUTPUT_FOLDER=world</code></p>
<h3>Limits</h3><p>The whole world is held in memory: a side of 2,000 cells takes about 1 GiB.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_choice(
            "FAMILY",
            "Family",
            SIMULATED,
            "composition: shares from single images. abundance: fractions from series. crops: classes from series. "
            "susceptibility: the probability of events from factors. forecast: yearly maps of an index.",
        )
        self.add_integer("SIZE", "Side in cells", 64, "Rows and columns of the rasters.", advanced=False)
        self.add_choice(
            "DESIGN",
            "Sampling design",
            DESIGNS,
            "uniform: anywhere in settlements. clustered: around 60 centres. clustered_broadcast: clustered, and "
            "all samples of a unit carry the unit's mean, as in official statistics.",
        )
        self.add_switch(
            "SETTLED_ONLY", "Settlements only", "Day and night have data in settlements only, where all samples are."
        )
        self.add_real("GAPS", "Gaps", 0, "Share of the values of a series that clouds hide.", advanced=False)
        self.add_integer("SEED", "Seed", 0, "The same seed gives the same world.", advanced=False)
        self.add_folder_output("OUTPUT_FOLDER", "Output folder", "Where the files go.")
