"""Report names: the Results Viewer lists a report by what it is about, as "Composition of villages, 29 Nov"."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qgis.core import QgsProcessingAlgorithm, QgsProcessingOutputHtml

TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
HEAD = 2000  # characters of a page that hold its title


def name_reports(algorithm: QgsProcessingAlgorithm, results: Mapping[str, Any]) -> None:
    """Give the outputs of `algorithm` that are pages the titles of these: the viewer shows the name of the output."""
    for output in algorithm.outputDefinitions():
        path = results.get(output.name())
        title = title_of(Path(str(path))) if path and isinstance(output, QgsProcessingOutputHtml) else ""
        if title:
            output.setDescription(title)


def title_of(page: Path) -> str:
    """The title of a page; empty without one."""
    try:
        with page.open(encoding="utf-8") as file:
            found = TITLE.search(file.read(HEAD))
    except (OSError, UnicodeError):
        return ""
    return html.unescape(found[1]) if found else ""
