"""Start panel: a dock with the state of the engine, what can be mapped, sample projects, and what was made last."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from qgis.core import QgsSettings
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QCloseEvent
from qgis.PyQt.QtWidgets import (
    QCommandLinkButton,
    QDockWidget,
    QGroupBox,
    QLabel,
    QMenu,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ..algorithms.recent import Made
from ..algorithms.translation import tr
from .tool_dialogs import REPORT, ToolDialogs

SHOWN = "regionwise/start_panel_shown"
NARROWEST = 280  # pixels
# of each family: what its card says
CARDS = {
    "composition": ("Shares", "Images, and samples whose shares sum to 1."),
    "abundance": ("Fractions from series", "Images of many dates, and samples of fractions."),
    "crops": ("Crops", "Images of many dates, and samples of crops."),
    "susceptibility": ("Landslides", "A DEM, other factors, and an inventory of landslides."),
    "forecast": ("Next year", "A map of each year, as of a vegetation index."),
    "area": ("An area with its error", "A map of classes, and a reference to compare it with."),
}


class StartPanel(QDockWidget):
    """The dock; `copy` copies diagnostics of the engine, `tools` do the rest."""

    def __init__(self, tools: ToolDialogs, copy: Callable[[], object]) -> None:
        super().__init__(tr("Regionwise: start here"))
        self.setObjectName("RegionwiseStartPanel")
        self.tools = tools
        self.listed: list[Made] = []
        engine, cards = _section(tr("Engine")), _section(tr("I want to map ..."))
        samples, self.recents = _section(tr("No data yet?")), _section(tr("Recent models and reports"))
        self.state = QLabel()
        self.state.setWordWrap(True)
        self.install = _button(tr("Install engine"), tools.install)
        for part in (self.state, self.install, _button(tr("Copy diagnostics"), copy)):
            engine.layout().addWidget(part)
        menu, wrapped = QMenu(self), QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        wrapped.setHeightForWidth(True)
        for family, (title, text) in CARDS.items():
            card = QCommandLinkButton(tr(title), tr(text))
            card.setObjectName(f"card_{family}")
            card.setSizePolicy(wrapped)
            _let_do(card, partial(tools.open_chain, family))
            cards.layout().addWidget(card)
            menu.addAction(tr(title), partial(tools.open_sample, family))
        sample = QPushButton(tr("Open a sample project"))
        sample.setMenu(menu)
        samples.layout().addWidget(sample)
        self._lay_out(engine, cards, samples, self.recents)

    def _lay_out(self, *sections: QWidget) -> None:
        column, area = QWidget(), QScrollArea()
        QVBoxLayout(column)
        for section in sections:
            column.layout().addWidget(section)
        column.layout().addStretch()
        area.setWidgetResizable(True)
        area.setMinimumWidth(NARROWEST)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(column)
        self.setWidget(area)

    def show_engine(self, text: str, *, missing: bool) -> None:
        """Tell the state of the engine, and offer to install it where it is `missing`."""
        self.state.setText(text)
        self.install.setVisible(missing)

    def show_recent(self, entries: list[Made]) -> None:
        """List files, if others than before."""
        self.recents.setVisible(bool(entries))
        if entries == self.listed:
            return
        self.listed = entries
        for old in self.recents.findChildren(QPushButton):
            old.deleteLater()
        for entry in entries:
            kind = tr("Report") if entry.kind == REPORT else tr("Model")
            button = _button(f"{kind}: {Path(entry.path).stem}", partial(self.tools.open_recent, entry))
            button.setToolTip(entry.path)
            button.setFlat(True)
            button.setStyleSheet("text-align: left")
            self.recents.layout().addWidget(button)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember that the user has closed the panel; it stays closed at the next start."""
        remember_shown(False)
        super().closeEvent(event)


def was_shown() -> bool:
    """Whether the panel was shown last; it is at the very first start."""
    return bool(QgsSettings().value(SHOWN, True, type=bool))


def remember_shown(shown: bool) -> None:
    """Keep whether the panel is shown at the next start."""
    QgsSettings().setValue(SHOWN, shown)


def _section(title: str) -> QGroupBox:
    box = QGroupBox(title)
    QVBoxLayout(box).setContentsMargins(4, 4, 4, 4)
    box.layout().setSpacing(2)
    return box


def _button(text: str, action: Callable[[], object]) -> QPushButton:
    button = QPushButton(text)
    _let_do(button, action)
    # a long name is cut off, so that it makes no panel wider
    button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    return button


def _let_do(button: Any, action: Callable[[], object]) -> None:
    button.clicked.connect(lambda _: action())
