"""Inspect model: what a model file holds."""

from __future__ import annotations

from ..core.tools.evaluation.params import ModelInspection
from .base import EngineAlgorithm


class InspectModel(EngineAlgorithm):
    """Parameters of `regionwise:inspectmodel`."""

    NAME = "inspectmodel"
    TITLE = "Inspect model"
    GROUP = "Evaluation"
    PARAMS = ModelInspection
    SUMMARY = "Shows what a model file holds: bands, members, regions, scores and how it was trained."
    HELP = """
<h3>When</h3><p>Before using a model that somebody else made, or an old one of your own.</p>
<h3>Outputs</h3><p>A report with the bands the model needs by name, its members, its scores and the kind of
validation behind them, the area and cell size of training, and the versions.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:inspectmodel --
MODEL=model.safetensors REPORT=model.html</code></p>
<h3>Limits</h3><p>Reads Regionwise models only. Nothing in a model file is ever executed.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_file("MODEL", "Model", "safetensors", "A model that one of the training tools has written.")
        self.add_file_output("REPORT", "Report", "html", "The page to write.")
