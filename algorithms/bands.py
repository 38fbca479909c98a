"""Bands: names, roles and units for the bands of a raster."""

from __future__ import annotations

from ..core.tools.preparation.params import BAND_SENSORS, BandDescription
from .base import EngineAlgorithm


class DescribeBands(EngineAlgorithm):
    """Parameters of `regionwise:describebands`."""

    NAME = "describebands"
    TITLE = "Describe bands"
    GROUP = "Preparation"
    PARAMS = BandDescription
    SUMMARY = "Gives the bands of a raster names, roles and units, in a virtual raster; no pixels are copied."
    HELP = """
<h3>When</h3><p>The bands of a raster have no names, or names that change from year to year or from sensor to sensor;
models and indices know bands by name.</p>
<h3>Inputs</h3><p>A raster, and one of: a sensor (landsat45, landsat7, landsat89, sentinel2, modis, viirs), whose bands
are found by their names in the file (B4, SR_B4, sur_refl_b01), or taken in order if there are none and their number is
one of the sensor's; or names, one for each band in order. Roles say which band is which, as RED=B4 NIR=B8; those of a
sensor are known: BLUE, GREEN, RED, RED_EDGE1 to 3, NIR, NIR_NARROW, SWIR1, SWIR2, THERMAL, PAN, NIGHT.</p>
<h3>Outputs</h3><p>A virtual raster (VRT) that reads the file, so keep it. With a sensor the bands are called by their
roles, so that a model of Landsat 8 finds those of Landsat 5, too; bands that the sensor does not have, such as quality,
are left out. Units are those of the sensor where the numbers can be in them, else DN. A CRS, nodata values and ranges
that were set in QGIS are kept.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:describebands -- INPUT=S2_2021.tif SENSOR=sentinel2
OUTPUT=s2_2021.vrt</code></p>
<h3>Limits</h3><p>Numbers are not changed: those that a sensor stores become reflectance by the scale that the file
tells, or by Scale of the tools that need it. A band of another sensor with the same name is not recognised as
such.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_raster("INPUT", "Raster", "The raster whose bands are described.")
        self.add_choice("SENSOR", "Sensor", BAND_SENSORS, "Whose bands they are; none: by Names and Roles.")
        self.add_text("NAMES", "Names", "A name for each band in order, as RED NIR SWIR1.", optional=True)
        self.add_text("ROLES", "Roles", "Which band is which, as RED=B4 NIR=B8.", optional=True)
        self.add_virtual_output("OUTPUT", "Described raster", "A virtual raster over the file.")
        self.add_number("BANDS", "Bands")
