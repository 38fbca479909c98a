"""Start: what the plugin adds to the window of QGIS, and takes away again."""

from __future__ import annotations

from qgis.core import QgsApplication
from qgis.gui import QgisInterface
from qgis.PyQt.QtCore import Qt, QTimer
from qgis.PyQt.QtGui import QIcon

from ..algorithms.engine_state import EngineState, Measurement, diagnostics, engine_state
from ..algorithms.paged import ICON
from ..algorithms.recent import recent, stored
from .engine_bar import EngineBar
from .start_panel import StartPanel, remember_shown, was_shown
from .tool_dialogs import MODEL, REPORT, ToolDialogs

MENU = "Regionwise"
MOST = 4  # recent models, and reports, that are listed
LOOK_MS = 2000  # an engine may be installed, and a model trained, in a dialog or another window of QGIS


class Start:
    """Panel, message bar, menu entry and toolbar button."""

    def __init__(self, iface: QgisInterface) -> None:
        self.iface = iface
        self.bar = EngineBar(iface)
        self.tools = ToolDialogs(iface, self._refuse)
        self.panel = StartPanel(self.tools, self._copy)
        iface.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.panel)
        self.panel.setVisible(was_shown())
        self.action = self.panel.toggleViewAction()
        self.action.setIcon(QIcon(str(ICON)))
        self.action.triggered.connect(remember_shown)
        iface.addPluginToMenu(MENU, self.action)
        iface.addToolBarIcon(self.action)
        self.state: EngineState | None = None
        self.stored = ""
        self.measured: Measurement | None = None
        self.timer = QTimer()
        self.timer.timeout.connect(self._look)
        self.timer.start(LOOK_MS)
        self._look()

    def remove(self) -> None:
        """Take everything away."""
        self.timer.stop()
        self.bar.remove()
        self.tools.close()
        self.iface.removePluginMenu(MENU, self.action)
        self.iface.removeToolBarIcon(self.action)
        self.iface.removeDockWidget(self.panel)
        self.panel.deleteLater()

    def _look(self) -> None:
        """Show what has changed since the last look; only a few small files are read."""
        if self.stored != stored():  # files are looked for only then: their disk may be slow
            self.stored = stored()
            self.panel.show_recent([*recent(MODEL)[:MOST], *recent(REPORT)[:MOST]])
        before, self.state = self.state, engine_state()
        if self.state != before:
            self._take_note(was_missing=before is not None and before.interpreter is None)
        size, update = (self.measured.size, self.measured.update) if self.measured else ("", "")
        text = " ".join(filter(None, (self.state.sentence(), size, update)))
        self.panel.show_engine(text, missing=self.measured is None or bool(update))

    def _take_note(self, *, was_missing: bool) -> None:
        """Tell in the message bar that an engine is missing, or has come."""
        self.measured = Measurement(self.state.interpreter) if self.state.interpreter else None
        if self.measured is None:
            self.bar.ask(self.state.problem, self.tools.install)
        elif was_missing:
            self.bar.welcome(lambda: self.tools.open_sample("composition"))

    def _refuse(self, reason: str) -> None:
        problem = engine_state().problem
        if problem:
            self.bar.ask(problem, self.tools.install)
        else:
            self.bar.warn(reason)

    def _copy(self) -> None:
        QgsApplication.clipboard().setText(diagnostics(self.measured.size if self.measured else ""))
