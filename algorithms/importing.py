"""Import weights: published weights as a model."""

from __future__ import annotations

from qgis.core import QgsProcessing, QgsProcessingParameterMultipleLayers

from ..core.tools.preparation.params import FAMILIES, WeightImport
from .base import EngineAlgorithm
from .declaration import tr


class ImportWeights(EngineAlgorithm):
    """Parameters of `regionwise:importweights`."""

    NAME = "importweights"
    TITLE = "Import weights"
    GROUP = "Preparation"
    PARAMS = WeightImport
    SUMMARY = "Turns published weights (.pth, .ckpt) of a reference system into a model to map with."
    HELP = """
<h3>When</h3><p>You want to map with the published networks of the deep rural livelihoods model (DRLM), of BRITS for
land-cover abundance, or of the ConvLSTM for crops, or compare your own with them.</p>
<h3>Inputs</h3><p>One or more weight files of one network. Without regions they are members of a global model; with
regions, one for each file, they are experts, to be given to 'Map composition' as Regional model. Name the bands in
the order of training. Statistics: the file of 'Standardise rasters' whose means and deviations the weights were
trained with; without it rasters must already be standardised that way.</p>
<h3>Outputs</h3><p>A model for 'Map composition', 'Map abundance' or 'Map crops'. Missing data enter as 0, as in the
reference.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:importweights -- INPUT=best_model.pth STATISTICS=statistics.json
MODEL=published.safetensors</code></p>
<h3>Limits</h3><p>Files are read as plain tensors; one that holds anything else is refused, because it could run code.
An imported model has no scores, no area of applicability and no calibrated uncertainty: its samples are not
there.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        files = QgsProcessing.SourceType.TypeFile
        self.add(
            QgsProcessingParameterMultipleLayers("INPUT", tr("Weight files"), files), "Files that torch has saved."
        )
        self.add_choice("FAMILY", "Family", FAMILIES, "Empty: recognised by the names of the tensors.", advanced=True)
        self.add_text(
            "REGIONS", "Regions", "The region of each file, separated by semicolons. Empty: global members.",
            optional=True,
        )  # fmt: skip
        self.add_text("BANDS", "Day bands", "Names of the day bands, or those of the series, in the order of training.")
        self.add_text("NIGHT_BANDS", "Night bands", "Names of the night bands in the order of training.", optional=True)
        self.add_text(
            "ANCILLARY", "Ancillary bands", "Of abundance: names of the ancillary bands in the order of training.",
            optional=True,
        )  # fmt: skip
        self.add_text("COMPONENTS", "Components", "Names of the components in the order of training.")
        self.add_file("STATISTICS", "Statistics", "json", "Means and deviations of the bands.", optional=True)
        self.add_file_output("MODEL", "Model", "safetensors", "The model to write.")
        self.add_number("MEMBERS", "Members")
