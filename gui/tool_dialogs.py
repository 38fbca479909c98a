"""Tool dialogs: opens tools filled in, and sample projects."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from processing.tools.general import createAlgorithmDialog
from qgis.core import QgsApplication, QgsProcessingUtils, QgsProject
from qgis.gui import QgisInterface
from qgis.PyQt.QtCore import QTimer, QUrl
from qgis.PyQt.QtGui import QDesktopServices

from ..algorithms.fitting_layers import chain_of, fitting
from ..algorithms.recent import FOLDER, Made, home
from ..algorithms.sample_project import FILE

PROVIDER = "regionwise"
MODEL, REPORT = "safetensors", "html"  # endings of files that were made


class ToolDialogs:
    """The dialogs that the panel has opened.

    Parameters
    ----------
    refuse : callable
        Is told why a tool cannot be run.
    """

    def __init__(self, iface: QgisInterface, refuse: Callable[[str], None]) -> None:
        self.iface, self.refuse = iface, refuse
        self.dialogs: list[Any] = []

    def open(self, tool: str, values: dict[str, Any] | None = None) -> Any:
        """Show the dialog of a tool; None if it cannot be run."""
        name = f"{PROVIDER}:{tool}"
        fits, reason = QgsApplication.processingRegistry().createAlgorithmById(name).canExecute()
        if not fits:
            self.refuse(reason)
            return None
        dialog = createAlgorithmDialog(name, values or {})
        # QGIS deletes a dialog when it is closed, and Python would do so at once with one that nobody holds
        self.dialogs.append(dialog)
        dialog.destroyed.connect(lambda: self.dialogs.remove(dialog))
        dialog.show()
        return dialog

    def install(self) -> None:
        """Show the dialog that installs the engine."""
        self.open("installengine")

    def open_chain(self, family: str) -> Any:
        """Show the dialog of a family's chain, with the layers of the project that fit."""
        chain = chain_of(family)
        return self.open(chain.name(), fitting(family, chain, QgsProject.instance()))

    def open_sample(self, family: str) -> None:
        """Open the sample project of a family; it is made first if it is not there."""
        folder = (home() or Path(QgsProcessingUtils.tempFolder())) / FOLDER / "samples" / family
        project = folder / FILE.format(family)
        if project.is_file():
            self._open_project(project)
            return
        dialog = self.open("sampleproject", {"FAMILY": family, "FOLDER": str(folder)})
        if dialog is not None:
            # later: the dialog has still to do when it tells that the tool has finished
            leave = partial(QTimer.singleShot, 0, lambda: self._leave_for(project, dialog))
            dialog.algorithmFinished.connect(lambda fine, _: fine and leave())
            dialog.runAlgorithm()

    def open_recent(self, entry: Made) -> None:
        """Show a report in the browser, or what a model holds."""
        if entry.kind == REPORT:
            QDesktopServices.openUrl(QUrl.fromLocalFile(entry.path))
        else:
            self.open("inspectmodel", {"MODEL": entry.path})

    def close(self) -> None:
        """Close all dialogs that are open."""
        for dialog in list(self.dialogs):
            dialog.close()

    def _leave_for(self, project: Path, dialog: Any) -> None:
        dialog.close()
        self._open_project(project)

    def _open_project(self, path: Path) -> None:
        """Open a project, after the user was asked about changes to the present one."""
        if not QgsProject.instance().isDirty() or self.iface.newProject(True):
            self.iface.addProject(str(path))
