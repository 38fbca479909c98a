"""Forecast: masks of places that change in another way."""

from __future__ import annotations

import sys

from ..core.params_forecast import MASK_MODES, MaskExtraction
from .base import EngineAlgorithm


class ExtractMask(EngineAlgorithm):
    """Parameters of `regionwise:extractmask`."""

    NAME = "extractmask"
    TITLE = "Extract mask"
    GROUP = "Forecast"
    PARAMS = MaskExtraction
    SUMMARY = "Extracts where a raster, or a series at its dates, has a value: mines, water, the area of a project."
    HELP = """
<h3>When</h3><p>Errors of forecasts are to be told apart inside and outside of places that change in another way; or
such places are marked by a number, as 0, in rasters.</p>
<h3>Inputs</h3><p>A raster of one or more bands, or a series. Any: the value stands at one date at least. All: at every
date with data. First: at the first date.</p>
<h3>Outputs</h3><p>A raster of 1 and 0, whose band has the name of the mask; nodata where nothing is known. If the
rasters call the value itself nodata, cells without data have it. One polygon with the name, the number of cells and the
area (square map units; square metres for degrees).</p>
<h3>Example</h3><p><code>qgis_process run regionwise:extractmask -- SERIES=series.json VALUE=0 MODE=any NAME=mine
OUTPUT=mine.tif POLYGONS=mine.gpkg</code></p>
<h3>Limits</h3><p>One value at a time. A value that stands nowhere is an error.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_raster("INPUT", "Raster", "One or more bands; each counts as a date.", optional=True)
        self.add_file("SERIES", "Series", "json", "A series of 'Make series', instead of a raster.", optional=True)
        lowest = -sys.float_info.max
        self.add_real("VALUE", "Value", lowest, "The number that marks the places.", advanced=False)
        self.add_choice("MODE", "Mode", MASK_MODES, "At any date, at all dates with data, or at the first one.")
        self.add_text("NAME", "Name", "What the mask is called in tables and reports, as mine or buffer.")
        self.add_raster_output("OUTPUT", "Mask", "1 inside, 0 outside.")
        self.add_layer_output("POLYGONS", "Polygons", "The same as one polygon.", optional=True)
        self.add_number("CELLS", "Cells inside")
