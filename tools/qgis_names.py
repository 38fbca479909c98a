"""Finds the names of QGIS, Qt and Processing that the plugin uses, in the syntax trees of its files."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMPAT = "algorithms/compat.py"
FOREIGN = ("qgis", "processing")
# an own protocol may stand in for the class in an annotation; what is passed is still QGIS's
PARAMETERS = {"feedback": "QgsProcessingFeedback", "context": "QgsProcessingContext"}
LISTS = {"list", "tuple", "Iterator", "Iterable", "Sequence"}
LOOKS = {"getattr", "hasattr"}
SAME = {"iter", "list", "tuple", "sorted", "reversed", "filter"}  # of what they are given


@dataclass(frozen=True, order=True)
class Use:
    """A name of QGIS, as ``QgsMapLayer.crs`` or ``QtCore.QDate``, where it is used."""

    file: str
    line: int
    name: str
    overrides: bool = False


@dataclass(frozen=True)
class Known:
    """What is known of an expression: a class, an object or a list of objects of it, or a member."""

    kind: str
    name: str


def plugin_files() -> list[Path]:
    """Return the files that run inside QGIS and may name it."""
    folders = ("algorithms", "gui")
    return [ROOT / "plugin.py", *(path for name in folders for path in sorted((ROOT / name).rglob("*.py")))]


def used_names(files: Iterable[Path], table: dict[str, dict[str, str]]) -> list[Use]:
    """Return all uses in `files`, as far as the trees tell them.

    Parameters
    ----------
    table : dict
        By name; ``returns`` of a method says how a chain of calls goes on, ``base`` of a class where
        else a method may be.
    """
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in files}
    own = OwnClasses(trees.values())
    found: set[Use] = set()
    for path, tree in trees.items():
        reader = Reader(path.resolve().relative_to(ROOT).as_posix() if ROOT in path.parents else path.name, own, table)
        reader.visit(tree)
        found |= reader.found
    return sorted(found)


class OwnClasses:
    """The plugin's own classes: bases, members, and what their methods return."""

    def __init__(self, trees: Iterable[ast.Module]) -> None:
        self.bases: dict[str, list[str]] = {}
        self.members: dict[str, dict[str, ast.expr | None]] = {}
        for tree in trees:
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef):
                    self.bases[node.name] = [base.id for base in node.bases if isinstance(base, ast.Name)]
                    self.members[node.name] = dict(_members(node))

    def line(self, name: str) -> list[str]:
        """Return the class and all its ancestors, as far as they are known by name."""
        return [name, *(other for base in self.bases.get(name, []) for other in self.line(base))]


def _members(node: ast.ClassDef) -> Iterable[tuple[str, ast.expr | None]]:
    """Yield the names that a class defines, with the annotation of what they are or return."""
    for part in ast.walk(node):
        if isinstance(part, ast.FunctionDef):
            yield part.name, part.returns
        elif isinstance(part, ast.AnnAssign) and isinstance(part.target, (ast.Name, ast.Attribute)):
            yield (part.target.id if isinstance(part.target, ast.Name) else part.target.attr), part.annotation
        elif isinstance(part, ast.Assign):
            for target in part.targets:
                if isinstance(target, ast.Name):
                    yield target.id, None
                elif isinstance(target, ast.Attribute):
                    yield target.attr, None


class Reader(ast.NodeVisitor):
    """Reads one file; a visit returns what is `Known` of an expression, or None."""

    def __init__(self, file: str, own: OwnClasses, table: dict[str, dict[str, str]]) -> None:
        self.file, self.own, self.table = file, own, table
        self.found: set[Use] = set()
        self.names: dict[str, Known | None] = {}
        self.inside = ""

    def use(self, name: str, line: int, *, overrides: bool = False) -> None:
        """Note that `name` is used."""
        self.found.add(Use(self.file, line, name, overrides))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """Note what is imported of QGIS: Qt by its module, classes of QGIS by their own name."""
        module = node.module or ""
        if node.level or module.split(".")[0] not in FOREIGN:
            return
        for alias in node.names:
            name = f"{module}.{alias.name}".replace("qgis.PyQt.", "")
            for prefix in ("qgis.core.", "qgis.gui.", "qgis.analysis."):
                name = name.removeprefix(prefix)
            self.use(name, node.lineno)
            self.names[alias.asname or alias.name] = Known("class", name)

    def visit_Import(self, node: ast.Import) -> None:
        """Note the import of a whole module; then its names cannot be told, so it is not in the table."""
        for alias in node.names:
            if alias.name.split(".")[0] in FOREIGN:
                self.use(alias.name, node.lineno)
                self.names[alias.asname or alias.name.split(".")[0]] = Known("class", alias.name)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Read a class; its methods that QGIS calls are uses of those they override."""
        outer, self.inside = self.inside, node.name
        for part in node.body:
            if isinstance(part, ast.FunctionDef):
                self._note_override(part)
        self.generic_visit(node)
        self.inside = outer

    def _note_override(self, node: ast.FunctionDef) -> None:
        for base in self._foreign(self.inside):
            name = self._find(base, node.name)
            # QGIS writes names in camel case, the plugin its own with underscores
            if name in self.table or node.name.lower() != node.name:
                self.use(name, node.lineno, overrides=True)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Read a function with what its annotations tell."""
        outer = dict(self.names)
        arguments = node.args
        for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            known = self._annotated(argument.annotation)
            if argument.arg in PARAMETERS and not (known and known.name.startswith("Qgs")):
                known = Known("object", PARAMETERS[argument.arg])
            self.names[argument.arg] = known
        if self.inside and arguments.args and arguments.args[0].arg == "self":
            self.names["self"] = Known("object", self.inside)
        self.generic_visit(node)
        self.names = outer

    def visit_Name(self, node: ast.Name) -> Known | None:
        """Return what is known of a name."""
        return self.names.get(node.id, Known("class", node.id) if node.id in self.own.bases else None)

    def visit_Attribute(self, node: ast.Attribute) -> Known | None:
        """Note the attribute of something of QGIS."""
        return self._attribute(self.visit(node.value), node.attr, node.lineno)

    def _attribute(self, known: Known | None, name: str, line: int) -> Known | None:
        if known is None or known.kind == "list":
            return None
        owner = known.name
        if known.kind == "member":  # an enum or class inside a class, or the value of a property
            owner = self.table.get(owner, {}).get("returns", owner)
        for ancestor in self.own.line(owner):
            members = self.own.members.get(ancestor, {})
            if name in members:
                return self._annotated(members[name])
        bases = self._foreign(owner)
        for base in bases:
            found = self._find(base, name)
            if found in self.table or base == bases[-1]:
                self.use(found, line)
                return Known("member", found)
        return None

    def _foreign(self, owner: str) -> list[str]:
        """Return the classes of QGIS that `owner` is or inherits from."""
        return [name for name in self.own.line(owner) if name not in self.own.bases and self._is_foreign(name)]

    def _is_foreign(self, name: str) -> bool:
        return name in self.table or name.startswith(("Qgs", "Qgis", "Qt", "processing.", "qgis."))

    def _find(self, owner: str, member: str) -> str:
        """Return the entry for `member` of `owner`, of one of its bases, or of a class that inherits from it."""
        name: str | None = owner
        while name:
            if f"{name}.{member}" in self.table:
                return f"{name}.{member}"
            name = self.table.get(name, {}).get("base")
        for name, entry in self.table.items():
            if entry.get("base") == owner and f"{name}.{member}" in self.table:
                return f"{name}.{member}"
        return f"{owner}.{member}"

    def visit_Call(self, node: ast.Call) -> Known | None:
        """Return what a call gives, as far as table and annotations tell."""
        given = [self.visit(part) for part in (*node.args, *(keyword.value for keyword in node.keywords))]
        if isinstance(node.func, ast.Name) and node.func.id not in self.names:
            name = node.func.id
            if name in LOOKS and isinstance(node.args[1], ast.Constant):
                return self._attribute(given[0], node.args[1].value, node.lineno)
            if name == "super":
                return Known("object", self.own.bases[self.inside][0])
            if name == "next" or name in SAME:
                listed = next((known for known in given if known and known.kind == "list"), None)
                return _item(listed) if name == "next" else listed
        known = self.visit(node.func)
        if known is None or known.kind in ("list", "object"):
            return known  # an own method, whose annotation has told
        returned = self.table.get(known.name, {}).get("returns")
        if returned:
            return _typed(returned)
        return Known("object", known.name) if known.name.rpartition(".")[2][:1].isupper() else None

    def visit_Subscript(self, node: ast.Subscript) -> Known | None:
        """Return what is known of an item of a list."""
        self.visit(node.slice)
        return _item(self.visit(node.value))

    def visit_Assign(self, node: ast.Assign) -> None:
        """Remember what a name stands for from here on."""
        known = self.visit(node.value)
        for target in node.targets:
            self.visit(target)
            if isinstance(target, ast.Name):
                self.names[target.id] = known

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """Remember what an annotation says of a name."""
        if node.value:
            self.visit(node.value)
        self.visit(node.target)
        if isinstance(node.target, ast.Name):
            self.names[node.target.id] = self._annotated(node.annotation)

    def visit_For(self, node: ast.For) -> None:
        """Remember what a loop goes through."""
        self._bind(node.target, self.visit(node.iter))
        for part in (*node.body, *node.orelse):
            self.visit(part)

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
        for generator in node.generators:
            self._bind(generator.target, self.visit(generator.iter))
            for condition in generator.ifs:
                self.visit(condition)
        for part in (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,):
            self.visit(part)

    visit_ListComp = visit_SetComp = visit_GeneratorExp = visit_DictComp = _comprehension  # noqa: N815

    def _bind(self, target: ast.expr, known: Known | None) -> None:
        if isinstance(target, ast.Name):
            self.names[target.id] = _item(known)

    def visit_BoolOp(self, node: ast.BoolOp) -> Known | None:
        """Return what is known of the first part that tells anything."""
        return next(filter(None, [self.visit(part) for part in node.values]), None)

    def visit_IfExp(self, node: ast.IfExp) -> Known | None:
        """Return what is known of either side."""
        self.visit(node.test)
        sides = [self.visit(node.body), self.visit(node.orelse)]
        return next(filter(None, sides), None)

    def _annotated(self, node: ast.expr | None) -> Known | None:
        """Return what an annotation says."""
        if isinstance(node, ast.BinOp):
            return self._annotated(node.left) or self._annotated(node.right)
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            inner = node.slice.elts[0] if isinstance(node.slice, ast.Tuple) else node.slice
            known = self._annotated(inner)
            kind = "list" if node.value.id in LISTS else "class" if node.value.id == "type" else ""
            return Known(kind, known.name) if known and kind else None
        if isinstance(node, (ast.Name, ast.Attribute)):
            known = self.visit(node)
            return Known("object", known.name) if known else None
        return None


def _typed(text: str) -> Known:
    """Return the `Known` of a type in the table: ``QgsProject`` or ``list[QgsMapLayer]``."""
    return Known("list", text[5:-1]) if text.startswith("list[") else Known("object", text)


def _item(known: Known | None) -> Known | None:
    return Known("object", known.name) if known and known.kind == "list" else None
