"""Counts how the code of the engine is laid out: rooms, files, functions, types. `python tools/structure.py [ROOT]`."""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))
from rooms import LARGE_FILE, against_the_order  # noqa: E402

FEW_ARGUMENTS, MANY_ARGUMENTS = 5, 6
Function = ast.FunctionDef | ast.AsyncFunctionDef


def main(arguments: list[str]) -> None:
    """Print the counts of the repository, or of another checkout."""
    root = Path(arguments[0]) if arguments else ROOT
    files = sorted((root / "core").rglob("*.py"))
    texts = {path: path.read_text(encoding="utf-8") for path in files}
    for name, value in {**of_files(root, texts), **of_functions(root, texts), **of_words(texts)}.items():
        print(f"{name:36} {value}")
    if root == ROOT:
        print(f"{'imports against the order':36} {sum(len(against_the_order(path)) for path in files)}")


def of_files(root: Path, texts: dict[Path, str]) -> dict[str, object]:
    """Return what is counted of rooms and files; files without a line of code count in no room."""
    lines = {path: len(text.splitlines()) for path, text in texts.items() if text.strip()}
    rooms = Counter(str(path.parent.relative_to(root)) for path in lines)
    largest, length = max(lines.items(), key=lambda item: item[1])
    return {
        "files": len(lines),
        "rooms with their rooms": len(rooms),
        "files in the largest room": f"{max(rooms.values())} ({max(rooms, key=lambda room: rooms[room])})",
        "lines of the largest file": f"{length} ({largest.relative_to(root)})",
        f"files over {LARGE_FILE} lines": sum(count > LARGE_FILE for count in lines.values()),
        "files of the forecast family": rooms["core/families/forecast"],
    }


def of_functions(root: Path, texts: dict[Path, str]) -> dict[str, object]:
    """Return what is counted of functions: their length without the docstring, and their arguments but self."""
    lengths, arguments = {}, {}
    for path, text in texts.items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, Function):
                name = f"{path.relative_to(root)}: {node.name}"
                lengths[name] = (node.end_lineno or 0) - node.body[0].lineno + 1
                if ast.get_docstring(node) is not None:
                    lengths[name] = (node.end_lineno or 0) - (node.body[0].end_lineno or 0)
                named = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
                arguments[name] = len([each for each in named if each not in ("self", "cls")])
    longest = max(lengths, key=lambda name: lengths[name])
    return {
        "lines of the longest function body": f"{lengths[longest]} ({longest})",
        f"functions over {FEW_ARGUMENTS} arguments": sum(count > FEW_ARGUMENTS for count in arguments.values()),
        f"functions over {MANY_ARGUMENTS} arguments": sum(count > MANY_ARGUMENTS for count in arguments.values()),
    }


def of_words(texts: dict[Path, str]) -> dict[str, object]:
    """Return how often some words stand in the code."""
    everything = "\n".join(texts.values())
    words = {
        "dict[str, Any]": r"dict\[str, Any\]",
        "Arguments (JSON by name)": r"\bArguments\b",
        "Any": r"\bAny\b",
        "# fmt: skip": "# fmt: skip",
    }
    return {name: len(re.findall(pattern, everything)) for name, pattern in words.items()}


if __name__ == "__main__":
    main(sys.argv[1:])
