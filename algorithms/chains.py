"""Chains: the shipped models, told by their help pages, with their outputs in order of use."""

from __future__ import annotations

import weakref
from typing import Any

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingModelAlgorithm,
    QgsProcessingParameterDefinition,
)

from ..core.contract.errors import RegionwiseError
from .environment import find_interpreter
from .paged import Paged
from .translation import tr

IN_SIGHT = 3  # outputs, beside which the dialog shows no others at first
MODEL_ENDING = "safetensors"  # what took longest to make, and would be missed


class Chain(Paged, QgsProcessingModelAlgorithm):
    """A model whose steps need the engine.

    Its list of parameters names the outputs, too, those first that a user asks for first.
    """

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

    def processAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Run the steps, but for those from which nothing was asked."""
        given = {name: value for name, value in parameters.items() if value not in (None, "")}
        for step in self._idle_steps(given):
            self.deactivateChildAlgorithm(step)
        self.results = super().processAlgorithm(self._completed(given), context, feedback)
        return self.results

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

    def groupId(self) -> str:
        """The id of the group, which is that of tools."""
        return super().group().lower()

    def group(self) -> str:
        """The group in the toolbox."""
        label = super().group()
        return tr(label)
