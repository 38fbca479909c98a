"""The base of all algorithms: names and help from their page, parameters from the declarations of a dataclass."""

from __future__ import annotations

import dataclasses
import weakref
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
)

from ..core.contract.declare import declared
from ..core.contract.params import Params
from .paged import Paged
from .parameters import parameter
from .translation import tr


class RegionwiseAlgorithm(Paged, QgsProcessingAlgorithm):
    """An algorithm.

    A subclass lists its parameters in `ORDER`, as fields of the dataclass `PARAMS`; what it finds out besides its
    files stands in `NUMBERS` and `TEXTS`, with a label for each.
    """

    NAME = ""
    GROUP = ""
    PARAMS: type[Params] = Params
    ORDER: tuple[str, ...] = ()
    NUMBERS: Mapping[str, str] = MappingProxyType({})
    TEXTS: Mapping[str, str] = MappingProxyType({})

    def createInstance(self) -> RegionwiseAlgorithm:
        """A fresh instance, which knows whose copy it is: QGIS runs a copy and asks the original what came of it."""
        copy = type(self)()
        copy.original = weakref.ref(self)
        return copy

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        facts = declared(self.PARAMS)
        for name in self.ORDER:
            self.addParameter(parameter(name, self.default(name), facts[name]))
        for name, label in self.NUMBERS.items():
            self.addOutput(QgsProcessingOutputNumber(name, tr(label)))
        for name, label in self.TEXTS.items():
            self.addOutput(QgsProcessingOutputString(name, tr(label)))

    def default(self, name: str) -> Any:
        """The default of the field behind the parameter `name`; it is written only there."""
        return next(f.default for f in dataclasses.fields(self.PARAMS) if f.name == name.lower())

    def name(self) -> str:
        """The id within the provider."""
        return self.NAME

    def group(self) -> str:
        """The group in the toolbox."""
        return tr(self.GROUP)

    def groupId(self) -> str:
        """The id of the group."""
        return self.GROUP.lower().replace(" ", "")
