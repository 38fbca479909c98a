"""HTML reports: one self-contained page with tables, figures and how to repeat the run."""

from __future__ import annotations

import base64
import io
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd
from matplotlib.figure import Figure

from ..runtime.filenames import safe_name
from ..runtime.files import atomic, make_folder
from ..runtime.input_log import inputs_read

NUMBER = re.compile(r"[-+–]?[\d.,]*")
SMALL = 0.1
LONG_WORD = 20  # letters, from which on a word may be broken, as a path
SMALLEST_SHOWN = 1e-9  # a smaller value is rounding
TEMPLATE = Path(__file__).resolve().parents[2] / "resources" / "report.html.j2"


@dataclass
class Section:
    """A heading with text, a table (header, rows, kinds of columns) and figures (as data addresses).

    The kinds are style classes: ``text``, and ``long`` where words may have to be broken.
    """

    title: str
    text: list[str] = field(default_factory=list)
    header: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    figures: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Picture:
    """A figure as PNG, and the numbers in it."""

    title: str
    png: bytes
    data: pd.DataFrame | None


class HtmlReport:
    """Collects sections and writes them as one page."""

    def __init__(self, title: str, summary: str = "") -> None:
        self._title = title
        self._summary = summary
        self._sections: list[Section] = []
        self._pictures: list[Picture] = []

    def text(self, title: str, *paragraphs: str) -> None:
        """Add a section of paragraphs."""
        self._sections.append(Section(title, list(paragraphs)))

    def table(self, title: str, rows: Iterable[Mapping[str, Any]], columns: Sequence[str] = (), note: str = "") -> None:
        """Add a table; `columns` chooses and orders the keys of `rows`."""
        listed = list(rows)
        header = list(columns or (listed[0] if listed else ()))
        cells = [[format_cell(row.get(column)) for column in header] for row in listed]
        kinds = []
        for number, column in enumerate(header):
            text = "text" if any(_is_word(row.get(column)) for row in listed) else ""
            long = any(len(word) > LONG_WORD for row in cells for word in row[number].split())
            kinds.append(f"{text} long" if long else text)
        self._sections.append(Section(title, [note] if note else [], header, cells, kinds))

    def parameters(self, parameters: Mapping[str, Any]) -> None:
        """Add the table of the parameters of a run; layers are named, empty values are dashes."""
        rows = [{"parameter": name, "value": _shown(value)} for name, value in parameters.items()]
        self.table("What was asked", rows)

    def figure(self, title: str, figure: Figure, note: str = "", data: pd.DataFrame | None = None) -> None:
        """Add a figure; `data` are the numbers that it shows, for those who want to draw it anew."""
        stream = io.BytesIO()
        figure.savefig(stream, format="png", dpi=110, bbox_inches="tight")
        address = "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode()
        self._sections.append(Section(title, [note] if note else [], figures=[address]))
        self._pictures.append(Picture(title, stream.getvalue(), data))

    def write(self, path: str, folder: str = "") -> None:
        """Write the page to `path` and each figure to `folder` as PNG and CSV; empty paths are skipped."""
        if folder:
            self._write_pictures(make_folder(folder))
        if not path:
            return
        inputs = inputs_read()
        if inputs:
            self.table("Inputs as they were read", inputs)
        environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
        template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
        page = template.render(
            title=self._title,
            summary=self._summary,
            sections=self._sections,
            written=time.strftime("%Y-%m-%d %H:%M", time.localtime()),
        )
        with atomic(path) as part:
            part.write_text(page, encoding="utf-8")

    def _write_pictures(self, folder: Path) -> None:
        for picture in self._pictures:
            name = safe_name(picture.title.replace(" ", "_").replace("²", "2").lower())
            with atomic(folder / f"{name}.png") as part:
                part.write_bytes(picture.png)
            if picture.data is not None:
                with atomic(folder / f"{name}.csv") as part:
                    picture.data.to_csv(part, index=False)


def _shown(value: Any) -> Any:
    if isinstance(value, dict):
        return value.get("name") or value.get("path") or "–"
    if isinstance(value, list | tuple):
        return ", ".join(str(_shown(item)) for item in value) or "–"
    return value if value != "" else "–"


def _is_word(value: object) -> bool:
    """Whether a cell is a text that is no number."""
    return isinstance(value, str) and not NUMBER.fullmatch(value)


def format_cell(value: Any) -> str:
    """The text of a table cell: three decimals, or three digits of a small number; a dash for "not defined"."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        if abs(value) < SMALLEST_SHOWN:
            return "0.000"
        if abs(value) < 0.0005:
            return f"{value:.1e}"
        if abs(value) < SMALL:
            return f"{value:#.3g}"
        return f"{value:.3f}" if abs(value) < 1000 else f"{value:,.0f}"
    if isinstance(value, dict):
        return ", ".join(f"{k}: {format_cell(v)}" for k, v in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(format_cell(item) for item in value)
    return str(value)
