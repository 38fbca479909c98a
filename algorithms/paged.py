"""What tools and chains share: names and help from their page, their dialog, and the names of their reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from qgis.core import QgsApplication, QgsProcessingContext, QgsProcessingFeedback
from qgis.PyQt.QtGui import QIcon

from .help_pages import Page, html, page, plain
from .report_names import name_reports
from .translation import tr

RESOURCES = Path(__file__).resolve().parents[1] / "resources"
ICON = RESOURCES / "icon.svg"
HELP_ADDRESS = "https://github.com/regionwise/regionwise/blob/main/help/{name}.md"  # where pages are read as such


class Paged:
    """Comes before an algorithm of QGIS; `help/<name>.md` holds title, first sentence, tags and help."""

    original: Callable[[], Any] | None = None  # a weak reference to the algorithm of which this one is a copy
    results: Mapping[str, Any] = MappingProxyType({})  # of the last run

    def page(self) -> Page:
        """The help page."""
        return page(self.name())

    def displayName(self) -> str:
        """The title in the toolbox."""
        return tr(self.page().title)

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

    def createCustomParametersWidget(self, parent: Any = None) -> Any:
        """The dialog; called by the desktop only, which has `processing.gui`."""
        from .dialog import ToolDialog

        return ToolDialog(self, parent=parent)

    def postProcessAlgorithm(self, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> dict[str, Any]:
        """Name the reports in the algorithm whose dialog is open; QGIS calls this in its main thread."""
        original = self.original() if self.original else None
        if original is not None:
            name_reports(original, self.results)
        return {}
