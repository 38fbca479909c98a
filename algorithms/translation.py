"""Translation: texts in the user's language, from i18n/."""

from __future__ import annotations

import re
from pathlib import Path

from qgis.core import QgsSettings
from qgis.PyQt.QtCore import QCoreApplication, QLocale, QTranslator

CONTEXT = "Regionwise"
FOLDER = Path(__file__).resolve().parents[1] / "i18n"
TRADITIONAL = {"tw", "hk", "mo", "hant"}  # where Chinese is written in other characters than those of zh_Hans


def tr(text: str) -> str:
    """`text` in the user's language; numbers and names are put in after it, never before."""
    return QCoreApplication.translate(CONTEXT, text) if text else ""


def install_translator() -> QTranslator | None:
    """What translates into the user's language, if there is a translation; whoever asks must keep it."""
    language = language_of(user_locale())
    translator = QTranslator()
    if not language or not translator.load(str(FOLDER / f"regionwise_{language}.qm")):
        return None
    QCoreApplication.installTranslator(translator)
    return translator


def remove_translator(translator: QTranslator | None) -> None:
    """Show English again."""
    if translator is not None:
        QCoreApplication.removeTranslator(translator)


def user_locale() -> str:
    """The locale that the user chose in QGIS, else that of the system."""
    settings = QgsSettings()
    if settings.value("locale/overrideFlag", False, type=bool):
        return str(settings.value("locale/userLocale", "") or "") or QLocale.system().name()
    return QLocale.system().name()


def language_of(locale: str) -> str:
    """The language of a locale, as the files in i18n/ are called; empty for Chinese in traditional characters."""
    language, *more = re.split("[-_.@]", locale.lower())
    if language != "zh":
        return language
    return "" if TRADITIONAL & set(more) else "zh_Hans"
