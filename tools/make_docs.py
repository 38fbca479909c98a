"""Puts together what mkdocs makes a site of (build/docs-src, build/mkdocs.yml): docs/, help/ and the root's pages.

Pages keep the links that work in the repository; here they are turned to where the pages lie in the site. Links to
files that are no pages lead to the repository on the web. `./dev docs` runs this and mkdocs.
"""

from __future__ import annotations

import configparser
import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "build" / "docs-src"
PAGES = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "ARCHITECTURE.md": "architecture.md",
    "CHANGELOG.md": "changelog.md",
    "resources/icon.svg": "assets/icon.svg",
}
LINK = re.compile(r"(\]\()([^)\s#]+)([^)\s]*\))")
CODE = re.compile(r"^(```.*?^```)$", re.DOTALL | re.MULTILINE)
TYPES = {
    "authcfg": "authentication",
    "boolean": "yes or no",
    "crs": "CRS",
    "enum": "choice",
    "extent": "extent",
    "field": "field",
    "file": "file",
    "fileDestination": "file",
    "folderDestination": "folder",
    "layer": "layer",
    "multilayer": "layers",
    "number": "number",
    "raster": "raster",
    "rasterDestination": "raster",
    "source": "vector layer or table",
    "string": "text",
    "vector": "vector layer or table",
    "vectorDestination": "layer or table",
}
BOUNDS = {"low": "at least", "above": "above", "high": "at most", "below": "below"}


@dataclass(frozen=True)
class Parameter:
    """What a tool's declaration says of one parameter, as texts; empty where it says nothing."""

    name: str
    label: str = ""
    type: str = ""
    unit: str = ""
    bounds: str = ""
    choices: str = ""
    default: str = ""
    help: str = ""
    advanced: bool = False
    optional: bool = False
    written: bool = False


def main() -> None:
    """Write the pages and the configuration."""
    shutil.rmtree(TARGET, ignore_errors=True)
    for source in sources():
        write(source, TARGET / place(source))
    (TARGET / "tags.md").write_text("# Tools by search word\n\n<!-- material/tags -->\n", encoding="utf-8")
    configuration = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    for word, pages in (("TOOLS", tool_pages()), ("DECISIONS", decision_pages())):
        indent, _, rest = configuration.partition(f"- {word}\n")
        spaces = " " * (len(indent) - len(indent.rstrip(" ")))
        configuration = indent + f"\n{spaces}".join(pages).lstrip() + "\n" + rest
    (ROOT / "build" / "mkdocs.yml").write_text(configuration, encoding="utf-8")


def sources() -> list[str]:
    """The files that come into the site, as paths in the repository."""
    folders = [path for name in ("docs", "help") for path in sorted((ROOT / name).rglob("*")) if path.is_file()]
    return [*PAGES, *(path.relative_to(ROOT).as_posix() for path in folders)]


def place(source: str) -> str:
    """Where a file of the repository lies in the site; empty for one that is not there."""
    folder, _, rest = source.partition("/")
    if folder == "docs":
        return rest
    return f"reference/{rest}" if folder == "help" else PAGES.get(source, "")


def write(source: str, target: Path) -> None:
    """Copy a file into the site; of a page, with its links turned, and of a tool with the tables of its declaration."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.suffix != ".md":
        shutil.copyfile(ROOT / source, target)
        return
    text = (ROOT / source).read_text(encoding="utf-8")
    if source.startswith("help/"):
        text = text.rstrip() + "\n\n" + (declaration(target.stem) if target.stem in interface() else "")
    target.write_text(turned(text, source), encoding="utf-8")


def turned(text: str, source: str) -> str:
    """The text of a page whose links lead to where their targets lie in the site."""
    here, web = PurePosixPath(place(source)).parent, repository()

    def turn(found: re.Match[str]) -> str:
        start, to, end = found.groups()
        if re.match(r"\w+:", to):
            return found[0]
        meant = os.path.normpath(PurePosixPath(source).parent / to)
        there = place(meant + "/README.md") if (ROOT / meant).is_dir() else place(meant)
        return start + (os.path.relpath(there, here) if there else f"{web}/blob/main/{meant}") + end

    # every second part is code, where brackets are no links
    parts = CODE.split(text)
    return "".join(part if number % 2 else LINK.sub(turn, part) for number, part in enumerate(parts))


def repository() -> str:
    """The address of the repository, as the plugin's metadata have it."""
    parser = configparser.ConfigParser()
    parser.read(ROOT / "metadata.txt", encoding="utf-8")
    return parser["general"]["repository"]


def tool_pages() -> list[str]:
    """The part of the navigation with the groups of docs/reference.md and the page of each tool in them."""
    lines: list[str] = []
    for line in (ROOT / "docs" / "reference.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            lines.append(f"- {line[3:]}:")
        for name in re.findall(r"\]\(\.\./help/(\w+)\.md\)", line) if line.startswith("|") else ():
            lines.append(f"    - reference/{name}.md")
    return lines


def decision_pages() -> list[str]:
    """The part of the navigation with the decisions, by number."""
    numbered = sorted((ROOT / "docs" / "decisions").glob("0*.md"))
    return [f"- decisions/{name}" for name in ("README.md", *(path.name for path in numbered))]


def declaration(tool: str) -> str:
    """Tables of the parameters and outputs of a tool, as Markdown."""
    declared = list(parameters(tool))
    parts = ["## Parameters", f"The id of the tool is `regionwise:{tool}`."]
    groups = {
        "### Inputs": [p for p in declared if not p.advanced and not p.written],
        "### Advanced inputs": [p for p in declared if p.advanced and not p.written],
        "### Outputs as files": [p for p in declared if p.written],
    }
    for heading, group in groups.items():
        if group:
            parts += [heading, table(group)]
    names = {p.name for p in declared}
    numbers = {name: label for name, label in interface()[tool]["outputs"].items() if name not in names}
    if numbers:
        told = [[f"`{name}`", label] for name, label in numbers.items()]
        parts += ["### Outputs as values", lines(["Output", "What it is"], told)]
    return "\n\n".join(parts) + "\n"


@cache
def interface() -> dict[str, dict[str, Any]]:
    """The frozen declarations of all tools and shipped models."""
    found: dict[str, dict[str, Any]] = json.loads((ROOT / "tests" / "interface.json").read_text(encoding="utf-8"))
    return found


def parameters(tool: str) -> Iterator[Parameter]:
    """Yield the parameters of a tool or shipped model, in the order of its dialog.

    This is the one place that knows where declarations come from.
    """
    for name, declared in interface()[tool]["parameters"].items():
        kind, default = declared["type"], declared.get("default", "")
        yield Parameter(
            name,
            label=declared.get("label", ""),
            type=TYPES.get(kind, kind) + (f" of `{declared['of'].upper()}`" if "of" in declared else ""),
            unit=declared.get("unit", ""),
            bounds=", ".join(f"{word} {declared[key]:g}" for key, word in BOUNDS.items() if key in declared),
            choices=", ".join(f"`{choice}`" for choice in declared.get("choices", ())),
            default=("no", "yes")[default] if isinstance(default, bool) else str(default),
            help=declared.get("help", ""),
            advanced=declared.get("advanced", False),
            optional=declared.get("optional", False),
            written=kind.endswith("Destination"),
        )


def table(rows: list[Parameter]) -> str:
    """A table of parameters."""
    return lines(
        ["Parameter", "Label", "What it is", "Default"],
        [[f"`{row.name}`", row.label, explained(row), standard(row)] for row in rows],
    )


def standard(row: Parameter) -> str:
    """What holds if nothing is given; empty where something must be."""
    return f"`{row.default}`" if row.default else "not set" if row.optional else ""


def explained(row: Parameter) -> str:
    """What a parameter is for; then its kind, unit, bounds and choices."""
    kind = ", ".join(part for part in (row.type, row.unit, row.bounds) if part)
    return f"{row.help} *{kind}*" + (f": {row.choices}" if row.choices else "")


def lines(heads: list[str], rows: list[list[str]]) -> str:
    """A table as Markdown, without the columns that are empty in all rows."""
    kept = [index for index in range(len(heads)) if any(row[index] for row in rows)]
    shown = [heads, ["---"] * len(heads), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(row[index] for index in kept) + " |" for row in shown)


if __name__ == "__main__":
    main()
