"""The rooms of `core/` and their order, which ARCHITECTURE.md draws: the one list that tests and counts read."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from support import ROOT

CORE = ROOT / "core"
# a room imports itself and what stands before it
ORDER = (
    "contract",
    "runtime",
    "data",
    "validation",
    "features",
    "targets",
    "surveys",
    "nets",
    "inference",
    "learning",
    "learners",
    "reports",
    "mapping",
    "workflow",
    "families",
    "tools",
)
ENTRIES = ("registry", "worker")  # files that lie above all rooms
APART = ("families", "tools")  # rooms whose sub-rooms never import each other
LARGEST_ROOM, LARGEST_FILE, LARGE_FILE = 20, 400, 300


def light_files() -> list[Path]:
    """Return the files that QGIS imports: the standard library, Python 3.9, and each other."""
    return sorted([*(CORE / "contract").glob("*.py"), *CORE.glob("*/*/*params.py")])


def module_of(path: Path) -> tuple[str, ...]:
    """Return the dotted name of a file of the repository, as parts: ('core', 'data', 'raster', 'stack')."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[:-1] if parts[-1] == "__init__" else parts


def room_of(module: tuple[str, ...]) -> str:
    """Return the room of a module of core."""
    return module[1] if len(module) > 1 else ""


def sub_room_of(module: tuple[str, ...]) -> tuple[str, ...]:
    """Return the room of a module and the room within it, if there is one: ('data', 'raster')."""
    return module[1:-1]


@cache
def tree_of(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports_of(path: Path) -> tuple[tuple[int, str], ...]:
    """Return the imports of a file as (level, dotted name); of ``from . import a`` one per name."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found += [(0, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.append((node.level, node.module))
        elif isinstance(node, ast.ImportFrom):
            found += [(node.level, alias.name) for alias in node.names]
    return tuple(found)


def modules_imported(path: Path) -> set[tuple[str, ...]]:
    """Return the modules of the repository that a file imports, as parts."""
    module = module_of(path)
    package = module if path.name == "__init__.py" else module[:-1]
    found = set()
    for level, name in imports_of(path):
        if level:
            found.add((*package[: len(package) - level + 1], *name.split(".")))
    return found


def against_the_order(path: Path) -> list[str]:
    """Return a sentence for each import of a file of core that breaks the order of the rooms."""
    module, found = module_of(path), []
    for other in sorted(modules_imported(path)):
        name = f"{'.'.join(module)} imports {'.'.join(other)}"
        if other[0] != "core" or room_of(module) in ENTRIES:
            continue
        here, there = room_of(module), room_of(other)
        if there not in ORDER:
            found.append(f"{name}, which lies above all rooms")
        elif ORDER.index(there) > ORDER.index(here):
            found.append(f"{name}: '{there}' comes after '{here}'")
        elif here == there and here in APART and sub_room_of(module)[1:] != sub_room_of(other)[1:]:
            found.append(f"{name}: rooms of '{here}' stand apart")
    return found
