"""Export script: a Google Earth Engine script for the input rasters."""

from __future__ import annotations

from qgis.core import QgsProcessingParameterCrs, QgsProcessingParameterExtent

from ..core.tools.preparation.params import NIGHTS, SENSORS, ScriptExport
from .base import EngineAlgorithm
from .declaration import tr


class ExportScript(EngineAlgorithm):
    """Parameters of `regionwise:exportscript`."""

    NAME = "exportscript"
    TITLE = "Export script for Earth Engine"
    GROUP = "Preparation"
    PARAMS = ScriptExport
    SUMMARY = "Writes a Google Earth Engine script that makes day and night rasters of an area."
    HELP = """
<h3>When</h3><p>You have no input rasters yet. The script makes the bands that the composition network of the
reference takes: RED GREEN BLUE NIR SWIR1 SWIR2 TEMP1 and VIIRS.</p>
<h3>Inputs</h3><p>An extent, years and months. Clouds and shadows are masked per scene, then the median over time is
taken; reflectance is scaled to 0..1, temperature to kelvin. Cells larger than the sensor's pixels are their mean.
Sentinel-2 has no temperature band.</p>
<h3>Outputs</h3><p>A JavaScript file, to be pasted into the Earth Engine code editor. Its tasks write day.tif and
night.tif into your Google Drive.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:exportscript -- EXTENT=100,104,28,32 YEARS=2019-2021 MONTHS=6-9
CELL_SIZE=90 OUTPUT=export.js</code></p>
<h3>Limits</h3><p>Nothing is downloaded here; you need an Earth Engine account. The default CRS is equal-area, because
shares of a cell are shares of land only if all cells are equally large: a 90 m cell of web maps (EPSG:3857) is 58 m
of ground at 50 degrees. The mask is an asset that is above 0 where pixels are wanted, for example settlements.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add(QgsProcessingParameterExtent("EXTENT", tr("Extent")), "The area of the rasters.")
        self.add_text("YEARS", "Years", "First and last year, as 2019-2021.")
        self.add_text("MONTHS", "Months", "First and last month, as 6-9; 11-2 takes November to February of each year.")
        self.add_choice("SENSOR", "Day sensor", SENSORS, "Landsat 8 and 9 (with temperature), or Sentinel-2.")
        self.add_choice("NIGHT", "Night sensor", NIGHTS, "Median of the monthly composites of VIIRS, or none.")
        self.add_real("CELL_SIZE", "Cell size (m)", 0, "Side of a cell in metres.", advanced=False)
        self.add(
            QgsProcessingParameterCrs("CRS", tr("CRS"), self.default("CRS"), optional=True),
            "Projected, in metres, with an EPSG code. Empty: EPSG:6933, whose cells have equal areas.",
        )
        self.add_text(
            "MASK", "Mask asset", "Earth Engine asset that is above 0 where pixels are wanted.", optional=True
        )
        self.add_file_output("OUTPUT", "Script", "js", "The script to write.")
