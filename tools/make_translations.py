"""Collects the texts that users read into i18n/*.ts, keeps what is translated, and makes the .qm files that Qt loads.

`./dev i18n` runs this after a text was changed; `./dev i18n --check` fails if it was forgotten. A translator
fills in the .ts files, by hand or in Qt Linguist.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import subprocess  # nosec B404
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree  # nosec B405: only files of this repository are read
from xml.sax.saxutils import escape  # nosec B406: nothing is parsed with it

from regionwise.algorithms.help_pages import page

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "i18n"
CONTEXT = "Regionwise"
LANGUAGES = {language: FOLDER / f"regionwise_{language}.ts" for language in ("de", "zh_Hans")}
TITLE, SUMMARY, GROUP, LABEL, ADVANCED, HELP, OUTPUT, TEXT = (
    "Title of a tool", "First sentence of a help page", "Group of tools", "Label of a parameter",
    "Label of an advanced parameter", "Help of a parameter", "Label of an output", "Text",
)  # fmt: skip
# what `tr` shows without being told there what it is: the texts are collected from where they are declared
DECLARED = {
    "algorithms/chains.py": {"label", "words"},
    "algorithms/declaration.py": {"label", "self.GROUP"},
    "algorithms/paged.py": {"self.page().title", "self.page().summary"},
    "algorithms/parameters.py": {"facts.title", "facts.help"},
    "algorithms/project_file.py": {"group.name", "sheet.name"},  # of CONTENTS in sample_project.py
    "algorithms/sample_project.py": {"title"},  # of CONTENTS as well
    "gui/start_panel.py": {"title", "text"},  # of CARDS
}
PLACEHOLDER = re.compile(r"\{\w*[^}]*\}")


@dataclass(frozen=True)
class Message:
    """A text as users read it in English, where it is shown, and its translation; empty if there is none."""

    source: str
    note: str
    translation: str = ""
    draft: bool = False  # the translator has not approved it yet
    vanished: bool = False  # no longer shown; kept, because a text may come back

    @property
    def shown(self) -> str:
        """What users read; empty if they read English."""
        return "" if self.draft or self.vanished else self.translation


def main() -> int:
    """Bring the files up to date, or with ``--check`` say which are not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail if a file is out of date")
    check = parser.parse_args().check
    wrong = unreadable()
    if wrong:
        sys.stderr.write("\n".join(wrong) + "\n")
        return 1
    FOLDER.mkdir(exist_ok=True)
    stale = [*(path for path in LANGUAGES.values() if _changed(path, wanted(path), check)), *_compiled(check)]
    sys.stdout.write(progress())
    if check and stale:
        names = ", ".join(path.name for path in stale)
        sys.stderr.write(f"Out of date in i18n/: {names}. Run ./dev i18n.\n")
        return 1
    return 0


def collect() -> dict[str, str]:
    """Return where each text is shown, by text."""
    notes: dict[str, set[str]] = {}
    literal = ((text, TEXT) for _, _, text in _calls(ROOT))
    for text, note in (*_declared_texts(), *_page_texts(), *_table_texts(), *literal):
        if text:
            notes.setdefault(text, set()).add(note)
    return {text: "; ".join(sorted(found)) for text, found in notes.items()}


def unreadable(root: Path = ROOT) -> list[str]:
    """Return a sentence for each call of `tr` whose text cannot be told from the code."""
    return [
        f"{name}:{call.lineno}: tr({ast.unparse(call)[3:-1]}) is no literal text, so it can be in no translation. "
        "Write tr('... {value} ...').format(value=...)."
        for name, call, text in _calls(root)
        if text is None and ast.unparse(call.args[0]) not in DECLARED.get(name, ())
    ]


def wanted(path: Path) -> bytes:
    """Return what a .ts file should hold."""
    language = next(language for language, each in LANGUAGES.items() if each == path)
    return as_ts(language, merged(collect(), read_ts(path))).encode()


def read_ts(path: Path) -> list[Message]:
    """Return the messages of a .ts file; none if there is no file."""
    if not path.exists():
        return []
    messages = []
    for item in ElementTree.parse(path).getroot().iter("message"):  # nosec B314
        told = item.find("translation")
        kind, text = (told.get("type", ""), told.text or "") if told is not None else ("", "")
        source, note = item.findtext("source", ""), item.findtext("extracomment", "")
        draft, vanished = kind == "unfinished" and text != "", kind in ("vanished", "obsolete")
        messages.append(Message(source, note, text, draft, vanished))
    return messages


def as_ts(language: str, messages: Iterable[Message]) -> str:
    """Return a .ts file; the same messages give the same bytes."""
    lines = ['<?xml version="1.0" encoding="utf-8"?>', "<!DOCTYPE TS>"]
    lines += [f'<TS version="2.1" language="{language}" sourcelanguage="en">', "<context>"]
    lines += [f"    <name>{CONTEXT}</name>"]
    for message in messages:
        kind = ' type="vanished"' if message.vanished else "" if message.shown else ' type="unfinished"'
        lines += [
            "    <message>",
            f"        <source>{escape(message.source)}</source>",
            f"        <extracomment>{escape(message.note)}</extracomment>",
            f"        <translation{kind}>{escape(message.translation)}</translation>",
            "    </message>",
        ]
    return "\n".join([*lines, "</context>", "</TS>", ""])


def merged(texts: dict[str, str], old: list[Message]) -> list[Message]:
    """Return a message for each text, and those that are shown no longer but have a translation, sorted."""
    known = {message.source: message for message in old}
    shown = [replace(known.get(text, Message(text, note)), note=note, vanished=False) for text, note in texts.items()]
    gone = [replace(m, vanished=True) for m in old if m.source not in texts and m.translation and not m.draft]
    return sorted([*shown, *gone], key=lambda message: (message.source.casefold(), message.source))


def progress() -> str:
    """Return a line for each language: how much of what is shown where has been translated."""
    lines = []
    for language, path in LANGUAGES.items():
        shown = [message for message in read_ts(path) if not message.vanished]
        counts = (
            f"{kind.lower()} {sum(bool(m.shown) for m in of_kind)}/{len(of_kind)}"
            for kind in (TITLE, SUMMARY, GROUP, LABEL, ADVANCED, OUTPUT, TEXT, HELP)
            if (of_kind := [m for m in shown if kind in m.note.split("; ")])
        )
        lines.append(f"{language}: {', '.join(counts)}\n")
    return "".join(lines)


def placeholders(text: str) -> list[str]:
    """Return the parts of a text that are replaced when it is shown."""
    return sorted(PLACEHOLDER.findall(text))


def _changed(path: Path, content: bytes, check: bool) -> bool:
    """Return whether a file differs from `content`, which it then gets, unless it is only to be checked."""
    if path.exists() and path.read_bytes() == content:
        return False
    if not check:
        path.write_bytes(content)
    return True


def _compiled(check: bool) -> Iterator[Path]:
    """Yield the .qm files that differ from what Qt's lrelease makes of the .ts files."""
    with TemporaryDirectory() as folder:
        for path in LANGUAGES.values():
            made = Path(folder, "made.qm")
            command = ["lrelease", "-silent", "-nounfinished", str(path), "-qm", str(made)]
            subprocess.run(command, check=True)  # nosec B603
            if _changed(path.with_suffix(".qm"), made.read_bytes(), check):
                yield path.with_suffix(".qm")


def _declared_texts() -> Iterator[tuple[str, str]]:
    """Yield what the declarations of all tools hold; models bring texts of their own."""
    interface = json.loads((ROOT / "tests" / "interface.json").read_text(encoding="utf-8"))
    for name, tool in interface.items():
        yield tool["group"], GROUP
        if (ROOT / "models" / f"{name}.model3").exists():
            continue
        for told in tool["parameters"].values():
            unit = f" ({told['unit']})" if "unit" in told else ""
            yield told["label"] + unit, ADVANCED if told.get("advanced") else LABEL
            yield told.get("help", ""), HELP
        for output, label in tool["outputs"].items():
            if output not in tool["parameters"]:
                yield label, OUTPUT


def _page_texts() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "help").glob("*.md")):
        told = page(path.stem)
        yield told.title, TITLE
        yield told.summary, SUMMARY


def _table_texts() -> Iterator[tuple[str | None, str]]:
    """Yield the titles, groups and layers of the sample projects, and the cards of the start panel."""
    sample = ast.parse((ROOT / "algorithms" / "sample_project.py").read_text(encoding="utf-8"))
    constants = _constants(sample)
    shown = [family.elts[0] for family in _table(sample, "CONTENTS").values]
    for call in (node for node in ast.walk(sample) if isinstance(node, ast.Call)):
        place = {"Group": 0, "Sheet": 1}.get(ast.unparse(call.func))
        shown += [] if place is None else [call.args[place]]
    panel = ast.parse((ROOT / "gui" / "start_panel.py").read_text(encoding="utf-8"))
    shown += [part for card in _table(panel, "CARDS").values for part in card.elts]
    yield from ((_text(node, constants), TEXT) for node in shown)


def _table(tree: ast.Module, name: str) -> ast.Dict:
    return next(node.value for node in tree.body if re.match(rf"{name}\b", ast.unparse(node)))


def _calls(root: Path) -> Iterator[tuple[str, ast.Call, str | None]]:
    """Yield the file, the call and the text of each `tr(...)`; None where it is no literal or constant of the file."""
    for path in [root / "plugin.py", *sorted([*root.glob("algorithms/**/*.py"), *root.glob("gui/**/*.py")])]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        constants = _constants(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("tr", "translation.tr"):
                yield path.relative_to(root).as_posix(), node, _text(node.args[0], constants)


def _constants(tree: ast.Module) -> dict[str, str]:
    """Return the texts that a file gives names in capitals, by name; targets of several are read, too."""
    found: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], (ast.Name, ast.Tuple)):
            target, value = node.targets[0], node.value
            names = target.elts if isinstance(target, ast.Tuple) else [target]
            values = value.elts if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) else [value]
            for name, each in zip(names, values):
                if isinstance(each, ast.Constant) and isinstance(each.value, str):
                    found[ast.unparse(name)] = each.value
    return found


def _text(node: ast.expr, constants: dict[str, str]) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return constants.get(node.id) if isinstance(node, ast.Name) and node.id.isupper() else None


if __name__ == "__main__":
    sys.exit(main())
