"""Chains: the shipped models, told by their help pages, with their outputs in order of use."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from qgis.core import (
    QgsApplication,
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingModelAlgorithm,
    QgsProcessingParameterDefinition,
)
from qgis.PyQt.QtGui import QIcon

from ..core.contract.errors import RegionwiseError
from .declaration import HELP_ADDRESS, RESOURCES
from .environment import find_interpreter
from .help_pages import Page, html, page, plain
from .report_names import name_reports
from .translation import tr

IN_SIGHT = 3  # outputs, beside which the dialog shows no others at first
MODEL_ENDING = "safetensors"  # what took longest to make, and would be missed


class Chain(QgsProcessingModelAlgorithm):
    """A model whose steps need the engine; `help/<name>.md` holds its title, its first sentence, its tags and its help.

    Its list of parameters names the outputs, too, those first that a user asks for first.
    """

    original: Callable[[], Chain | None] | None = None  # a weak reference
    results: Mapping[str, Any] = MappingProxyType({})  # of the last run

    def createInstance(self) -> Chain:
        """A fresh instance with the same steps, which knows whose copy it is; QGIS's own would be a plain model."""
        copy = Chain()
        copy.loadVariant(self.toVariant())
        copy.setSourceFilePath(self.sourceFilePath())
        copy.original = weakref.ref(self)
        return copy

    def initAlgorithm(self, configuration: object = None) -> None:
        """Say labels and help in the user's language, and put the outputs in order."""
        for definition in self.parameterDefinitions():
            label, words = definition.description(), definition.help()
            definition.setDescription(tr(label))
            definition.setHelp(tr(words))
        self._order_outputs()

    def _order_outputs(self) -> None:
        """Put the outputs in order, and under Advanced and optional those that nobody asks for first."""
        flags, order = QgsProcessingParameterDefinition.Flag, self.toVariant()["parameterOrder"]
        outputs = [output.clone() for output in self.destinationParameterDefinitions()]
        for number, output in enumerate(sorted(outputs, key=lambda output: order.index(output.name()))):
            if number < IN_SIGHT:
                output.setFlags(output.flags() & ~flags.FlagAdvanced)
            else:
                output.setFlags(output.flags() | flags.FlagAdvanced | flags.FlagOptional)
            output.setCreateByDefault(number < IN_SIGHT or output.defaultFileExtension() == MODEL_ENDING)
            # QGIS itself orders them by the ids of the steps
            self.removeParameter(output.name())
            self.addParameter(output)

    def canExecute(self) -> tuple[bool, str]:
        """Whether the engine and all steps are there, and if not, how to get them."""
        try:
            find_interpreter()
        except RegionwiseError as err:
            return False, str(err)
        return super().canExecute()

    def createCustomParametersWidget(self, parent: Any = None) -> Any:
        """The dialog; called by the desktop only, which has `processing.gui`."""
        from .dialog import ToolDialog

        return ToolDialog(self, parent=parent)

    def processAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Run the steps, but for those from which nothing was asked."""
        given = {name: value for name, value in parameters.items() if value not in (None, "")}
        for step in self._idle_steps(given):
            self.deactivateChildAlgorithm(step)
        self.results = super().processAlgorithm(self._completed(given), context, feedback)
        return self.results

    def postProcessAlgorithm(self, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> dict[str, Any]:
        """Name the reports in the model whose dialog is open; QGIS calls this in its main thread."""
        original = self.original() if self.original else None
        if original is not None:
            name_reports(original, self.results)
        return {}

    def _idle_steps(self, given: dict[str, Any]) -> list[str]:
        """The steps that no other step needs, and whose outputs nobody wants to keep."""
        return [
            step
            for step, child in self.childAlgorithms().items()
            if not self.dependentChildAlgorithms(step)
            and not any(f"{step}:{name}" in given for name in child.modelOutputs())
        ]

    def _completed(self, given: dict[str, Any]) -> dict[str, Any]:
        """`given` with defaults, and with temporary files for what steps hand on and nobody wants to keep.

        QGIS does neither for a model: it hands on that a value is missing.
        """
        defaults = {d.name(): d.defaultValue() for d in self.parameterDefinitions() if d.defaultValue() is not None}
        handed_on = {name: QgsProcessing.TEMPORARY_OUTPUT for name in self._needed_outputs() if name not in given}
        return {**defaults, **given, **handed_on}

    def _needed_outputs(self) -> list[str]:
        """The outputs without which the steps do not run."""
        return [
            f"{step}:{name}"
            for step, child in self.childAlgorithms().items()
            for name, output in child.modelOutputs().items()
            if child.isActive() and output.isMandatory()
        ]

    def page(self) -> Page:
        """The help page."""
        return page(self.name())

    def displayName(self) -> str:
        """The title in the toolbox."""
        return tr(self.page().title)

    def groupId(self) -> str:
        """The id of the group, which is that of tools."""
        return super().group().lower()

    def group(self) -> str:
        """The group in the toolbox."""
        label = super().group()
        return tr(label)

    def tags(self) -> list[str]:
        """What people type to find it."""
        return list(self.page().tags)

    def shortDescription(self) -> str:
        """One sentence."""
        return tr(self.page().summary)

    def shortHelpString(self) -> str:
        """The help beside the dialog; in a terminal the same as plain text."""
        if QgsApplication.platform() == "qgis_process":
            return plain(self.page().text)
        return f"<p>{tr(self.page().summary)}</p>{html(self.page().text, HELP_ADDRESS)}"

    def helpUrl(self) -> str:
        """Where the page can be read as a whole."""
        return HELP_ADDRESS.format(name=self.name())

    def icon(self) -> QIcon:
        """The icon of the group."""
        return QIcon(str(RESOURCES / "icons" / f"{self.groupId()}.svg"))
