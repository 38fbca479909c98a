"""The dialog of a tool: outputs that nobody asks for first stand under Advanced, models and reports have a place."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from processing.gui.AlgorithmDialog import AlgorithmDialog
from processing.gui.ParametersPanel import ParametersPanel
from qgis.core import QgsProcessing, QgsProcessingParameterDefinition
from qgis.PyQt.QtWidgets import QLineEdit

from ..core.contract.declare import declared
from ..core.contract.params import Params
from .field_menu import add_menu, layers_of, names_of
from .recent import FAMILY_IDS, LASTING, lasting_path, recent

ABOUT = ("SAMPLES", "VALUES", "TABLE", "INVENTORY", "MAP", "SERIES", "FOLDER", "FORECAST", "INPUT", "DAY", "FACTORS")


class ToolDialog(AlgorithmDialog):
    """QGIS's dialog with the panel of this module."""

    def getParametersPanel(self, alg: Any, parent: Any) -> ToolPanel:
        """The panel with the parameters; called by QGIS."""
        return ToolPanel(parent, alg, self.in_place)

    def runAlgorithm(self) -> None:
        """Run it; called by QGIS. Outputs of an earlier run of this dialog are not written over, unless so chosen."""
        self.mainWidget().name_outputs()
        super().runAlgorithm()


class ToolPanel(ParametersPanel):
    """QGIS's panel of parameters, whose outputs are ordered and named."""

    def initWidgets(self) -> None:
        """Make all widgets; called by QGIS."""
        super().initWidgets()
        self._named: dict[str, str] = {}  # the paths that were offered
        self._move_advanced_outputs()
        self._offer_fields()
        self._offer_last_model()
        self.name_outputs()
        for name in ABOUT:
            if name in self.wrappers:
                self.wrappers[name].widgetValueHasChanged.connect(self.name_outputs)

    def _move_advanced_outputs(self) -> None:
        advanced = QgsProcessingParameterDefinition.Flag.FlagAdvanced
        for output in self.algorithm().destinationParameterDefinitions():
            wrapper = self.wrappers.get(output.name())
            if wrapper is not None and output.flags() & advanced:
                if wrapper.wrappedLabel() is not None:
                    self.addParameterLabel(output, wrapper.wrappedLabel())
                self.addParameterWidget(output, wrapper.wrappedWidget(), wrapper.stretch())

    def _offer_fields(self) -> None:
        """Let texts that mean fields be picked from the fields of their layers."""
        for name, facts in declared(getattr(self.algorithm(), "PARAMS", Params)).items():
            edit = self.wrappers[name.upper()].wrappedWidget() if facts.kind == "text" and facts.of else None
            if isinstance(edit, QLineEdit):
                parents = [self.wrappers[parent.upper()] for parent in facts.of.split()]
                add_menu(edit, partial(self._names_in, parents), facts.several)

    def _names_in(self, parents: list[Any]) -> list[str]:
        values = (wrapper.parameterValue() for wrapper in parents)
        return names_of(layer for value in values for layer in layers_of(value, self.processing_context))

    def _offer_last_model(self) -> None:
        """Begin a mapping tool with the last model that the training tool of its family has made."""
        tool = self.algorithm().name()
        made = recent("safetensors", f"train{tool[3:]}") if tool.startswith("map") and "MODEL" in self.wrappers else []
        if made and not self.wrappers["MODEL"].parameterValue():
            self.wrappers["MODEL"].setParameterValue(made[0].path, self.processing_context)

    def name_outputs(self, *_: object) -> None:
        """Give models and reports a lasting place, unless the user has chosen one or leaves them out."""
        for output in self.algorithm().destinationParameterDefinitions():
            name, ending = output.name(), output.defaultFileExtension()
            wrapper = self.wrappers.get(name)
            if wrapper is None or output.type() != "fileDestination" or ending not in LASTING:
                continue
            # an output that the user leaves out has no value
            if wrapper.parameterValue() == self._named.get(name, QgsProcessing.TEMPORARY_OUTPUT):
                path = lasting_path(self._subject(), output.description(), self._about(), ending)
                self._named[name] = str(path or QgsProcessing.TEMPORARY_OUTPUT)
                wrapper.setParameterValue(self._named[name], self.processing_context)

    def _subject(self) -> str:
        """The family, of its trainer and its chains; else the tool."""
        algorithm = self.algorithm()
        first = algorithm.name() == f"train{algorithm.groupId()}" or not hasattr(algorithm, "PARAMS")
        return algorithm.group() if first and algorithm.groupId() in FAMILY_IDS else algorithm.displayName()

    def _about(self) -> str:
        """The name of the data: of the first layer or file that tells what the run is about."""
        for name in ABOUT:
            value = self.wrappers[name].parameterValue() if name in self.wrappers else None
            if value:
                layer = next(layers_of(value, self.processing_context), None)
                return layer.name() if layer is not None else Path(str(value)).stem
        return ""
