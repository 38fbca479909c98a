"""Recent models and reports: where new ones go unless the user chooses another place, and which were made last."""

from __future__ import annotations

import json
import os
import re
import time
from dataclasses import asdict, dataclass, fields
from itertools import count
from pathlib import Path

from qgis.core import QgsProcessingUtils, QgsProject, QgsSettings

KEY = "regionwise/recent"
LASTING = ("safetensors", "html")  # endings of what would be missed
KEPT = 12  # of each kind
FOLDER = "Regionwise"
FAMILY_IDS = ("composition", "abundance", "crops", "susceptibility", "forecast")  # groups of the toolbox
UNFIT = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')  # for names of files, on one system or another
LONGEST = 60  # characters of what a name says of the data


@dataclass(frozen=True)
class Made:
    """A file that a tool has made; `kind` is its ending."""

    kind: str
    path: str
    tool: str
    day: str


def lasting_folder() -> Path | None:
    """The folder for models and reports: beside the project, else the user's; None where nothing can be written."""
    beside = QgsProject.instance().absolutePath()
    for place in filter(None, (Path(beside) if beside else None, home())):
        if os.access(place, os.W_OK):
            return place / FOLDER
    return None


def home() -> Path | None:
    """The user's folder, if the system tells it."""
    try:
        return Path.home()
    except RuntimeError:
        return None


def lasting_path(subject: str, label: str, data: str, ending: str) -> Path | None:
    """A new file, as ``Composition model of villages, 2026-12-01.safetensors``; None where there is no place.

    Parameters
    ----------
    subject : str
        The family, or the title of a tool of none.
    label : str
        Of the output.
    data : str
        What it is made of; may be empty.
    ending : str
        Without the dot.
    """
    about = f" of {UNFIT.sub(' ', data).strip()[:LONGEST].strip()}" if data.strip() else ""
    name = UNFIT.sub("", f"{subject} {label.lower()}{about}, {time.strftime('%Y-%m-%d')}")
    folder = lasting_folder()
    if folder is None:
        return None
    paths = (folder / f"{name}{f' ({number})' if number > 1 else ''}.{ending}" for number in count(1))
    return next(path for path in paths if not path.exists())


def remember(path: str, tool: str) -> None:
    """Put a model or report that `tool` has made first among the recent ones, unless it goes with QGIS."""
    if Path(QgsProcessingUtils.tempFolder()) in Path(path).parents:
        return
    kind = Path(path).suffix.lstrip(".").lower()
    new = Made(kind, path, tool, time.strftime("%Y-%m-%d"))
    others = [made for made in _read(stored()) if made.path != path]
    same = [made for made in others if made.kind == kind][: KEPT - 1]
    kept = [new, *same, *(made for made in others if made.kind != kind)]
    QgsSettings().setValue(KEY, json.dumps([asdict(made) for made in kept]))


def recent(kind: str, tool: str = "") -> list[Made]:
    """The files of a kind that are still there, the latest first; those of one tool, if it is named."""
    return [made for made in _read(stored()) if made.kind == kind and tool in ("", made.tool) and _is_there(made)]


def stored() -> str:
    """What is kept of recent files; it changes when one is added."""
    return str(QgsSettings().value(KEY) or "[]")


def _read(text: str) -> list[Made]:
    try:
        return [Made(**{field.name: str(facts[field.name]) for field in fields(Made)}) for facts in json.loads(text)]
    except (KeyError, TypeError, ValueError):  # what another version has written
        return []


def _is_there(made: Made) -> bool:
    try:
        return Path(made.path).is_file()
    except (OSError, ValueError):  # a folder that cannot be read any more
        return False
