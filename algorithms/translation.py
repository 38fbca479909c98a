"""Translation: texts in the user's language, from i18n/."""

from __future__ import annotations

from qgis.PyQt.QtCore import QCoreApplication

CONTEXT = "Regionwise"


def tr(text: str) -> str:
    """`text` in the user's language; numbers and names are put in after it, never before."""
    return QCoreApplication.translate(CONTEXT, text) if text else ""
