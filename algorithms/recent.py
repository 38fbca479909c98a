"""Recent models and reports: where new ones go unless the user chooses another place, and which were made last."""

from __future__ import annotations

import json
import re
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from qgis.core import QgsProject, QgsSettings

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
    group: str
    day: str


def lasting_folder() -> Path:
    """The folder for models and reports: beside the project, else the user's."""
    beside = QgsProject.instance().absolutePath()
    return (Path(beside) if beside else Path.home()) / FOLDER


def lasting_path(subject: str, label: str, data: str, ending: str) -> Path:
    """A new file, as ``Composition model of villages, 2026-12-01.safetensors``.

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
    return next(
        path
        for number in range(1, 1000)
        if not (path := lasting_folder() / f"{name}{f' ({number})' if number > 1 else ''}.{ending}").exists()
    )


def remember(path: str, tool: str, group: str) -> None:
    """Put a model or report that `tool` has made first among the recent ones."""
    kind = Path(path).suffix.lstrip(".").lower()
    new = Made(kind, path, tool, group, time.strftime("%Y-%m-%d"))
    others = [made for made in _read() if made.path != path]
    same = [made for made in others if made.kind == kind][: KEPT - 1]
    kept = [new, *same, *(made for made in others if made.kind != kind)]
    QgsSettings().setValue(KEY, json.dumps([asdict(made) for made in kept]))


def recent(kind: str, tool: str = "") -> list[Made]:
    """The files of a kind that are still there, the latest first; those of one tool, if it is named."""
    return [made for made in _read() if made.kind == kind and tool in ("", made.tool) and Path(made.path).is_file()]


def _read() -> list[Made]:
    try:
        return [Made(**facts) for facts in json.loads(QgsSettings().value(KEY) or "[]")]
    except (TypeError, ValueError):  # what another version has written
        return []
