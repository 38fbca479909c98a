"""Make samples: shares joined with places."""

from __future__ import annotations

from ..core.families.composition.params import REGION_PRESETS
from ..core.tools.preparation.params import SampleMaking
from .base import EngineAlgorithm


class MakeSamples(EngineAlgorithm):
    """Parameters of `regionwise:makesamples`."""

    NAME = "makesamples"
    TITLE = "Make samples"
    GROUP = "Preparation"
    PARAMS = SampleMaking
    SUMMARY = "Joins a table of shares with polygons or coordinates into a checked layer of samples."
    HELP = """
<h3>When</h3><p>Shares are in a table and places elsewhere; or you want a layer checked before training.</p>
<h3>Inputs</h3><p>A table or layer with the targets. Its places come from polygons with the same id, from two fields
of degrees, or from its own geometry or coordinate columns. Each row sums to 1 or to 100; rows without shares are
kept, for 'Augment samples'.</p>
<h3>Outputs</h3><p>A layer with ID, the shares (closed to sum 1), longitude, latitude, region and source, and all
other fields of the table. A region preset turns names of provinces into regions and reports those it leaves out.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:makesamples -- INPUT=shares.csv "TARGETS=F;NF" ID_FIELD=code
POLYGONS=towns.gpkg POLYGON_ID_FIELD=code SOURCE_FIELD=code OUTPUT=samples.gpkg</code></p>
<h3>Limits</h3><p>A shapefile cuts field names after ten letters, so longer ones are refused there.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_layer("INPUT", "Table of shares", "Table or layer with a field for each component.")
        self.add_field(
            "TARGETS", "Targets", "INPUT", "The fields of the components; each row sums to 1 or to 100.",
            many=True, numeric=True,
        )  # fmt: skip
        self.add_field("ID_FIELD", "ID field", "INPUT", "The unit's id. Empty: the row's number.", optional=True)
        self.add_layer("POLYGONS", "Polygons", "Outlines of the units.", polygons=True, optional=True)
        self.add_field(
            "POLYGON_ID_FIELD", "ID field of the polygons", "POLYGONS", "Holds the same ids as the table.",
            optional=True,
        )  # fmt: skip
        self.add_field("LONGITUDE_FIELD", "Longitude field", "INPUT", "Degrees east, WGS 84.", optional=True)
        self.add_field("LATITUDE_FIELD", "Latitude field", "INPUT", "Degrees north, WGS 84.", optional=True)
        self.add_field(
            "SOURCE_FIELD", "Source field", "INPUT",
            "The survey unit a label comes from. Empty: every row is its own.",
            optional=True,
        )  # fmt: skip
        self.add_field("REGION_FIELD", "Region field", "INPUT", "Name of the region or province.", optional=True)
        self.add_choice(
            "REGION_PRESET", "Region preset", REGION_PRESETS,
            "china: the region field holds provinces, which are put together into six macro-regions.",
        )  # fmt: skip
        self.add_layer_output("OUTPUT", "Samples", "One feature per row, GeoPackage or shapefile.")
        self.add_number("SAMPLES", "Samples")
        self.add_number("LABELLED", "Samples with shares")
