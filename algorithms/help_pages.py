"""Help pages: the Markdown files in help/, read once, as HTML for QGIS and as plain text for a terminal."""

from __future__ import annotations

import html as markup
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Union

FOLDER = Path(__file__).resolve().parents[1] / "help"
COLUMNS = 100
INLINE = re.compile(
    r"`(?P<code>[^`]+)`|\*\*(?P<b>.+?)\*\*|\*(?P<i>[^*\s](?:[^*]*[^*\s])?)\*|\[(?P<text>[^\]]+)\]\((?P<to>[^)\s]+)\)"
)
Block = tuple[str, Union[str, list[str]]]  # its kind, and its text or the lines, items or rows


@dataclass(frozen=True)
class Page:
    """A help page: `summary` is its first sentence, `text` the Markdown after it."""

    title: str
    summary: str
    tags: tuple[str, ...]
    text: str


@cache
def page(name: str) -> Page:
    """The page of the tool or model called `name`; raises `FileNotFoundError` if there is none."""
    _, head, body = (FOLDER / f"{name}.md").read_text(encoding="utf-8").split("---\n", 2)
    tags = tuple(line[4:].strip() for line in head.splitlines() if line.startswith("  - "))
    title, summary, text = body.strip().split("\n\n", 2)
    return Page(title[2:], " ".join(summary.split()), tags, text)


def html(markdown: str, address: str = "") -> str:
    """Markdown as HTML that Qt's text browser shows; links to other pages lead to `address` with their `{name}`."""
    return "\n".join(_html_block(kind, content, address) for kind, content in _blocks(markdown))


def plain(markdown: str) -> str:
    """Markdown as text for a terminal, without signs of markup, in lines of at most 100 columns."""
    return "\n\n".join(_plain_block(kind, content) for kind, content in _blocks(markdown))


def _blocks(markdown: str) -> Iterator[Block]:
    """Yield the blocks of Markdown: h3, h4, p and pre with a text, ul with items, table with rows."""
    # code may hold empty lines, so it is found first: every second part is code
    for number, part in enumerate(re.split(r"^```\w*\n(.*?)^```$", markdown, flags=re.DOTALL | re.MULTILINE)):
        if number % 2:
            yield "pre", part.rstrip("\n")
            continue
        for chunk in re.split(r"\n\s*\n", part.strip()):
            if chunk:
                yield _block(chunk)


def _block(chunk: str) -> Block:
    if heading := re.fullmatch(r"(##+) (.+)", chunk):
        return f"h{len(heading[1]) + 1}", heading[2]
    if chunk.startswith("- "):
        return "ul", [" ".join(item.split()) for item in re.split(r"^- ", chunk, flags=re.MULTILINE)[1:]]
    if chunk.startswith("|"):
        head, _, *rows = chunk.splitlines()
        return "table", [head, *rows]
    return "p", " ".join(chunk.split())


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip().strip("|").split("|")]


def _html_block(kind: str, content: str | list[str], address: str) -> str:
    if kind == "pre":
        # long commands wrap, because the panel beside a dialog is narrow
        return f'<pre style="white-space: pre-wrap">{markup.escape(str(content))}</pre>'
    if kind == "ul":
        return "<ul>" + "".join(f"<li>{_html_text(item, address)}</li>" for item in content) + "</ul>"
    if kind == "table":
        rows = ["".join(f"<td>{_html_text(text, address)}</td>" for text in _cells(row)) for row in content]
        rows[0] = rows[0].replace("td>", "th>")
        return '<table border="1" cellspacing="0" cellpadding="3"><tr>' + "</tr><tr>".join(rows) + "</tr></table>"
    return f"<{kind}>{_html_text(str(content), address)}</{kind}>"


def _html_text(text: str, address: str) -> str:
    """A line of Markdown as HTML; all that is no markup is escaped."""

    def mark(found: re.Match[str]) -> str:
        kind = found.lastgroup or ""
        if kind == "code":
            return f"<code>{found['code']}</code>"
        if kind != "to":
            return f"<{kind}>{INLINE.sub(mark, found[kind])}</{kind}>"
        target, inner = _target(found["to"], address), INLINE.sub(mark, found["text"])
        return f'<a href="{target}">{inner}</a>' if target else inner

    return INLINE.sub(mark, markup.escape(text))


def _target(to: str, address: str) -> str:
    """Where a link leads: pages of the help by `address`, the web as it is, nothing else."""
    if to.startswith("https://"):
        return to
    name = re.fullmatch(r"(\w+)\.md", to)
    return address.format(name=name[1]) if name else ""


def _plain_block(kind: str, content: str | list[str]) -> str:
    if kind == "pre":
        return textwrap.indent(str(content), "    ")
    if kind == "ul":
        return "\n".join(_wrapped(_plain_text(item), "- ") for item in content)
    if kind == "table":
        rows = [[_plain_text(cell) for cell in _cells(row)] for row in content]
        widths = [max(map(len, column)) for column in list(zip(*rows))[:-1]]
        starts = ["".join(f"{cell:{width}}  " for cell, width in zip(row, widths)) for row in rows]
        return "\n".join(_wrapped(row[-1], start) for row, start in zip(rows, starts))
    text = _plain_text(str(content))
    return {"h3": text.upper(), "h4": f"{text}\n{'-' * len(text)}"}.get(kind) or _wrapped(text, "")


def _plain_text(text: str) -> str:
    """A line of Markdown without its markup; links to the web keep their address."""

    def shown(found: re.Match[str]) -> str:
        kind = found.lastgroup or ""
        if kind == "code":
            return found["code"]
        inner = INLINE.sub(shown, found["text" if kind == "to" else kind])
        return f"{inner} ({found['to']})" if (found["to"] or "").startswith("https://") else inner

    return INLINE.sub(shown, text)


def _wrapped(text: str, start: str) -> str:
    """Text in lines of at most `COLUMNS`, the first with `start`, the others indented as far."""
    indent = " " * len(start)
    return textwrap.fill(
        text, COLUMNS, initial_indent=start, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
