"""Engine bar: one item of QGIS's message bar, which says that the engine is missing, or that it has come."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qgis.core import Qgis
from qgis.gui import QgisInterface, QgsMessageBarItem
from qgis.PyQt.QtWidgets import QPushButton

from ..algorithms.translation import tr

Button = tuple[str, Callable[[], None]]


class EngineBar:
    """The item, of which there is one at most; it goes when one of its buttons is pressed."""

    def __init__(self, iface: QgisInterface) -> None:
        self.bar = iface.messageBar()
        self.item: QgsMessageBarItem | None = None
        self.bar.widgetRemoved.connect(self._forget)

    def ask(self, problem: str, install: Callable[[], None]) -> None:
        """Say that there is no engine, and offer to install it."""
        self._show(problem, Qgis.MessageLevel.Warning, (tr("Install engine"), install), (tr("Later"), self.clear))

    def welcome(self, open_sample: Callable[[], None]) -> None:
        """Say that the engine has come, and offer what to do with it."""
        ready = tr("The engine is installed.")
        self._show(ready, Qgis.MessageLevel.Success, (tr("Open the sample project"), open_sample))

    def warn(self, reason: str) -> None:
        """Say why a tool cannot be run where the engine is not the reason."""
        self._show(reason, Qgis.MessageLevel.Warning)

    def clear(self) -> None:
        """Take the item away, if the user has not done so."""
        if self.item is not None:
            self.bar.popWidget(self.item)

    def remove(self) -> None:
        """Take the item away for good."""
        self.clear()
        self.bar.widgetRemoved.disconnect(self._forget)

    def _forget(self, item: QgsMessageBarItem) -> None:
        if item == self.item:
            self.item = None

    def _show(self, text: str, level: Qgis.MessageLevel, *buttons: Button) -> None:
        self.clear()
        self.item = self.bar.createMessage("Regionwise", text)
        for label, action in buttons:
            button: Any = QPushButton(label)
            button.clicked.connect(lambda _, action=action: (self.clear(), action()))
            self.item.layout().addWidget(button)
        self.bar.pushWidget(self.item, level)
