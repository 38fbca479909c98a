"""The base of all algorithms: names and help from their page, parameters from the declarations of a dataclass."""

from __future__ import annotations

import dataclasses
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from qgis.core import (
    QgsApplication,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
)
from qgis.PyQt.QtGui import QIcon

from ..core.contract.declare import declared
from ..core.contract.params import Params
from .help_pages import Page, html, page, plain
from .parameters import parameter
from .report_names import name_reports
from .translation import tr

RESOURCES = Path(__file__).resolve().parents[1] / "resources"
ICON = RESOURCES / "icon.svg"
HELP_ADDRESS = "https://github.com/regionwise/regionwise/blob/main/help/{name}.md"  # where pages are read as such


class RegionwiseAlgorithm(QgsProcessingAlgorithm):
    """An algorithm; `help/<NAME>.md` holds its title, its first sentence, its tags and its help.

    A subclass lists its parameters in `ORDER`, as fields of the dataclass `PARAMS`; what it finds out besides its
    files stands in `NUMBERS` and `TEXTS`, with a label for each.
    """

    NAME = ""
    GROUP = ""
    PARAMS: type[Params] = Params
    ORDER: tuple[str, ...] = ()
    NUMBERS: Mapping[str, str] = MappingProxyType({})
    TEXTS: Mapping[str, str] = MappingProxyType({})
    original: Callable[[], RegionwiseAlgorithm | None] | None = None  # a weak reference
    results: Mapping[str, Any] = MappingProxyType({})  # of the last run

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

    def postProcessAlgorithm(self, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> dict[str, Any]:
        """Name the reports in the algorithm whose dialog is open; QGIS calls this in its main thread."""
        original = self.original() if self.original else None
        if original is not None:
            name_reports(original, self.results)
        return {}

    def createCustomParametersWidget(self, parent: Any = None) -> Any:
        """The dialog; called by the desktop only, which has `processing.gui`."""
        from .dialog import ToolDialog

        return ToolDialog(self, parent=parent)

    def page(self) -> Page:
        """The help page."""
        return page(self.NAME)

    def name(self) -> str:
        """The id within the provider."""
        return self.NAME

    def displayName(self) -> str:
        """The title in the toolbox."""
        return tr(self.page().title)

    def group(self) -> str:
        """The group in the toolbox."""
        return tr(self.GROUP)

    def groupId(self) -> str:
        """The id of the group."""
        return self.GROUP.lower().replace(" ", "")

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
        return HELP_ADDRESS.format(name=self.NAME)

    def icon(self) -> QIcon:
        """The icon of the group."""
        return QIcon(str(RESOURCES / "icons" / f"{self.groupId()}.svg"))
