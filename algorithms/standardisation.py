"""Standardise: centred and scaled rasters."""

from __future__ import annotations

from ..core.tools.preparation.params import Standardisation
from .base import EngineAlgorithm


class Standardise(EngineAlgorithm):
    """Parameters of `regionwise:standardise`."""

    NAME = "standardise"
    TITLE = "Standardise rasters"
    GROUP = "Preparation"
    PARAMS = Standardisation
    SUMMARY = "Centres and scales each band to mean 0 and deviation 1, and keeps the statistics."
    HELP = """
<h3>When</h3><p>When several years or areas must be put on one scale: measure the statistics on the first,
and apply them to the others, so that equal values stay equal. Training scales its inputs by itself and
stores the statistics in the model; rasters that are used as they are need no standardising.</p>
<h3>Inputs</h3><p>Rasters of one or more bands, each on its own grid; a band is known by its description,
or by the layer's name. Cells without data take no part and stay nodata.</p>
<h3>Outputs</h3><p>One float32 GeoTIFF per input under the layer's name, nodata -9999, and a JSON file with
mean, deviation and count of each band.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:standardise -- INPUT=b1_2020.tif INPUT=b2_2020.tif OUTPUT_FOLDER=z
OUTPUT_STATISTICS=statistics.json</code></p>
<h3>Limits</h3><p>Rasters are streamed, so size does not matter. A constant band becomes 0.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_rasters("INPUT", "Rasters", "Rasters to standardise; each keeps its own grid.")
        self.add_file(
            "STATISTICS", "Statistics to apply", "json",
            "A file written by an earlier run, for example for another year. Empty: measured from these rasters.",
            optional=True,
        )  # fmt: skip
        self.add_folder_output("OUTPUT_FOLDER", "Output folder", "Where the standardised rasters go.")
        self.add_file_output(
            "OUTPUT_STATISTICS", "Statistics", "json",
            "Mean, deviation and count of each band, to apply to other rasters.",
            optional=True,
        )  # fmt: skip
