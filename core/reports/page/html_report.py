"""HTML reports: one self-contained page with a verdict, sections of figures and tables, and how to repeat the run."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd
from markupsafe import Markup

from ...runtime.files import atomic, make_folder
from ...runtime.input_log import inputs_read
from ...runtime.progress import tell
from ...runtime.run import Run
from ...runtime.versions import versions
from .formats import Formats, measure_of
from .pictures import Drawing, Picture, picture_of
from .report_tables import MANY_ROWS, TableSpec, shown_table
from .verdict import Verdict
from .words import Explained

SOME_FIGURES = 6  # a report has about so many: how many, it does not know before
FOLDED_ROWS = 60  # from which on it is folded
BIAS = "bias"
LEVEL = 0.9  # of intervals in tables
RESOURCES = Path(__file__).resolve().parents[3] / "resources"
TEMPLATE, STYLE = RESOURCES / "report.html.j2", RESOURCES / "report.css"
PARAMETERS, REPEAT = "Parameters", "Repeat this run"
HOW = "How it was made, and how to repeat it"


@dataclass(frozen=True)
class Block:
    """A part of a section: of a heading, paragraphs, a figure and a table those that it has, in this order.

    Parameters
    ----------
    fold : str
        What is read where it is folded; empty where it is open.
    quiet : bool
        Whether its text is a note on what it shows.
    """

    heading: str = ""
    text: tuple[str, ...] = ()
    picture: Picture | None = None
    table: TableSpec | None = None
    code: tuple[str, ...] = ()
    fold: str = ""
    quiet: bool = False


@dataclass
class Section:
    """A question, and what answers it."""

    title: str
    blocks: list[Block] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Its name in links."""
        return re.sub(r"\W+", "-", self.title.lower()).strip("-")


class HtmlReport:
    """Collects sections and writes them as one page.

    Parameters
    ----------
    title : str
    subject : str
        In a line what the report is about.
    verdict : Verdict
    """

    def __init__(self, title: str, subject: str, verdict: Verdict) -> None:
        self.title, self._subject, self._verdict = title, subject, verdict
        self._sections: list[Section] = []
        self._pictures: list[Picture] = []
        self._formats = Formats()

    def section(self, title: str) -> None:
        """Begin a section; what follows belongs to it. A section without anything in it is left out."""
        self._sections.append(Section(title))

    def heading(self, title: str, *paragraphs: str) -> None:
        """Begin a part of a section."""
        self._add(Block(heading=title, text=paragraphs))

    def text(self, *paragraphs: str, fold: str = "") -> None:
        """Add paragraphs."""
        if paragraphs:
            self._add(Block(text=paragraphs, fold=fold))

    def table(
        self,
        title: str,
        rows: Iterable[Mapping[str, Any]],
        columns: Sequence[str] = (),
        note: str = "",
        *,
        marked: Mapping[str, Any] | None = None,
        level: float = LEVEL,
        fold: bool = False,
    ) -> None:
        """Add a table; without rows there is none.

        Parameters
        ----------
        columns : sequence of str
            Chooses and orders the keys of `rows`. ``low`` and ``high`` become one column, an interval.
        marked : mapping, optional
            Keys and values of the rows that stand out.
        level : float
            Of intervals.
        fold : bool
            Whether only its title is in sight; long tables are folded anyway.
        """
        listed = list(rows)
        if not listed:
            return
        header = [name for name in columns or listed[0] if any(row.get(name) not in (None, "") for row in listed)]
        for name in header:
            if name == BIAS:  # which may be nearly 0, and has the decimals of the error beside it
                continue
            self._formats.see(measure_of(name, header), (row.get(name) for row in listed))
        fold = fold or len(listed) >= FOLDED_ROWS
        count = f" ({len(listed)} rows)" if len(listed) >= MANY_ROWS else ""
        spec = TableSpec(listed, header, marked or {}, level, "" if fold else title)
        self._add(Block(text=_note(note), table=spec, fold=f"{title}{count}" if fold else "", quiet=True))

    def figure(self, title: str, drawing: Drawing, note: str = "", data: pd.DataFrame | None = None) -> None:
        """Add a figure; `data` are the numbers that it shows, for those who want to draw it anew."""
        drawn = len(self._pictures)
        tell(drawn / (drawn + SOME_FIGURES), f"Report, figure '{title}'")
        picture = picture_of(title, drawing, data)
        self._pictures.append(picture)
        self._add(Block(text=_note(note), picture=picture, quiet=True))

    def close(
        self,
        parameters: Mapping[str, Any],
        run: Run | None,
        facts: Mapping[str, Any] | None = None,
        told: Sequence[str] = (),
    ) -> None:
        """Add how the run was made: what it chose, inputs as they were read, parameters, versions, the command.

        Parameters
        ----------
        facts : mapping, optional
            Stand beside the versions.
        told : sequence of str
            What the run chose by itself, in sentences.
        """
        self.section(HOW)
        self.text(*told)
        self.table("Inputs as they were read", inputs_read(), fold=True)
        listed = [{"parameter": name, "value": _shown(value)} for name, value in parameters.items()]
        self.table(PARAMETERS, listed, fold=True)
        settings = [{"what": name, "value": value} for name, value in {**versions(), **(facts or {})}.items()]
        self.table("Versions", settings, fold=True)
        if run is not None:
            self._add(Block(code=tuple(run.repeat_lines), fold=REPEAT))

    def write(self, path: str, folder: str = "") -> None:
        """Write the page to `path` and each figure to `folder` as SVG, PNG and CSV; empty paths are skipped."""
        if folder:
            target = make_folder(folder)
            for picture in self._pictures:
                picture.write(target)
        if path:
            with atomic(path) as part:
                part.write_text(self._page(), encoding="utf-8")

    def _page(self) -> str:
        environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
        explained, now = Explained(), time.localtime()
        environment.filters["explained"] = explained
        template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
        content: dict[str, Any] = {
            "style": Markup(STYLE.read_text(encoding="utf-8")),  # nosec B704: a file of the plugin
            "title": self.title,
            "subject": self._subject,
            "verdict": self._verdict,
            "sections": [section for section in self._sections if section.blocks],
            "table_of": lambda spec: shown_table(spec, self._formats),
            "explained_words": explained,
            "day": time.strftime("%d %b", now).lstrip("0"),
            "written": time.strftime("%d %b %Y", now).lstrip("0"),
        }
        return template.render(**content)

    def _add(self, block: Block) -> None:
        self._sections[-1].blocks.append(block)


def _note(text: str) -> tuple[str, ...]:
    return (text,) if text else ()


def _shown(value: Any) -> Any:
    """A parameter for people: layers are named, empty values are dashes."""
    if isinstance(value, dict):
        return value.get("name") or value.get("path") or "–"
    if isinstance(value, list | tuple):
        return ", ".join(str(_shown(item)) for item in value) or "–"
    return str(value) if value != "" else "–"
