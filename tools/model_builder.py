"""Builds models of the graphical modeler: inputs declared as the tools declare them, steps laid out side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qgis.core import (
    QgsApplication,
    QgsProcessingAlgorithm,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelComponent,
    QgsProcessingModelOutput,
    QgsProcessingModelParameter,
    QgsProcessingParameterDefinition,
)
from qgis.PyQt.QtCore import QPointF, QSizeF
from regionwise.algorithms.help_pages import page

Definition = QgsProcessingParameterDefinition
Source = QgsProcessingModelChildParameterSource
INPUT, CHILD, VALUE = Source.fromModelParameter, Source.fromChildOutput, Source.fromStaticValue
# outputs that a later step takes, or that a step is not run without
NEEDED = ("OUTPUT", "MODEL", "PREDICTIONS", "WEIGHTS", "POLYGONS", "PARCEL_OUTPUT")
# Centres of boxes. Inputs stand on the left; steps go down like stairs, so that arrows from the inputs and from earlier
# steps pass below the outputs, which stand on the right of their step.
BOX = QSizeF(250, 30)  # holds the longest title in one line
LEFT, TOP, COLUMN, LINE = 145, 60, 330, 50
GAP = 110  # from the lowest box so far to the next step, whose arrows need room


def tool(name: str) -> QgsProcessingAlgorithm:
    """The tool of that name: one of this plugin, or of another provider after its id, as ``native:rastersampling``."""
    return QgsApplication.processingRegistry().algorithmById(name if ":" in name else f"regionwise:{name}")


def taken(tool_name: str, parameter: str, name: str = "", **changes: Any) -> Definition:
    """A parameter of a tool as an input of a model, so that choices, bounds, default and help are declared once.

    Parameters
    ----------
    name : str
        Of the input, if it is not that of the parameter.
    changes
        What differs in the model: `label`, `help`, `default`, `optional`, `advanced`, and `of`, the input whose fields
        are meant.
    """
    made = tool(tool_name).parameterDefinition(parameter).clone()
    made.setName(name or parameter)
    made.setDescription(changes.get("label", made.description()))
    made.setHelp(changes.get("help", made.help()))
    made.setDefaultValue(changes.get("default", made.defaultValue()))
    if "of" in changes:
        made.setParentLayerParameterName(changes["of"])
    flags = Definition.Flag
    for key, flag in (("optional", flags.FlagOptional), ("advanced", flags.FlagAdvanced)):
        if key in changes:
            made.setFlags(made.flags() | flag if changes[key] else made.flags() & ~flag)
    return made


def inputs_of(*names: str) -> dict[str, Source]:
    """The sources of parameters that are inputs of the model by the same name."""
    return {name: INPUT(name) for name in names}


class ModelBuilder:
    """A model in the making: `step` after `step` in their order, then `finish`."""

    def __init__(self, name: str, group: str, inputs: Sequence[Definition]) -> None:
        found = page(name)
        self.model = QgsProcessingModelAlgorithm(found.title, group)
        self.model.setName(name)
        self.model.setHelpContent({
            "ALG_DESC": found.summary,
            "ALG_CREATOR": "Regionwise",
            "ALG_VERSION": "2",
            **{parameter.name(): parameter.help() for parameter in inputs},
        })  # fmt: skip
        self._order = [parameter.name() for parameter in inputs]
        self._outputs: list[str] = []
        self._column, self._lowest = 0, TOP - GAP
        for row, parameter in enumerate(inputs):
            component = QgsProcessingModelParameter(parameter.name())
            _place(component, QPointF(LEFT, TOP + LINE * row))
            self.model.addModelParameter(parameter, component)

    def step(
        self, name: str, sources: Mapping[str, Any], outputs: Mapping[str, str], below: bool = False
    ) -> QgsProcessingModelChildAlgorithm:
        """Add a tool as the next step.

        Parameters
        ----------
        sources : mapping
            Of the parameters that differ from the tool's defaults.
        outputs : mapping
            Keys of the outputs that a user may keep, with their titles.
        below : bool
            Whether it stands straight below the step before it, because neither needs the other.
        """
        algorithm = tool(name)
        child = QgsProcessingModelChildAlgorithm(algorithm.id())
        child.setChildId(algorithm.name())
        child.setDescription(algorithm.displayName())
        for key, source in {**_not_set(algorithm), **sources}.items():
            child.addParameterSources(key, source if isinstance(source, list) else [source])
        self._column += 0 if below else 1
        place = QPointF(LEFT + COLUMN * self._column, self._lowest + GAP)
        _place(child, place)
        made = [
            _output(algorithm.name(), key, title, QPointF(place.x() + COLUMN, place.y() + LINE * row))
            for row, (key, title) in enumerate(outputs.items())
        ]
        child.setModelOutputs({output.name(): output for output in made})
        self._outputs += [f"{algorithm.name()}:{output.name()}" for output in made]
        self._lowest = place.y() + LINE * max(len(made) - 1, 0)
        self.model.addChildAlgorithm(child)
        return child

    def finish(self, *shown: str) -> QgsProcessingModelAlgorithm:
        """The model, whose dialog shows first the outputs with the titles `shown`, the others in order of the steps."""
        titles = [name.split(":")[1] for name in self._outputs]
        first = [self._outputs[titles.index(title)] for title in shown]
        self.model.setParameterOrder([*self._order, *first, *(n for n in self._outputs if n not in first)])
        ok, problems = self.model.validate()
        if not ok:
            raise SystemExit("\n".join(problems))
        return self.model


def _not_set(algorithm: QgsProcessingAlgorithm) -> dict[str, Source]:
    """A source without a value for each parameter that QGIS asks for: at a run it takes the tool's default of that day.

    Without any source it would do so, too, but the model would not be valid.
    """
    optional = Definition.Flag.FlagOptional
    return {
        definition.name(): VALUE(None)
        for definition in algorithm.parameterDefinitions()
        if definition.defaultValue() is not None and not definition.flags() & optional
    }


def _place(box: QgsProcessingModelComponent, centre: QPointF) -> None:
    box.setSize(BOX)
    box.setPosition(centre)


def _output(step: str, key: str, title: str, place: QPointF) -> QgsProcessingModelOutput:
    output = QgsProcessingModelOutput(title, title)
    output.setChildId(step)
    output.setChildOutputName(key)
    _place(output, place)
    output.setMandatory(key in NEEDED)
    return output
