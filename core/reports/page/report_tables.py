"""Tables of a report: bounds as intervals, numbers in the format of their measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .formats import BOUND, Formats, is_number, label_of, measure_of

LONG_WORD = 20  # letters, from which on a word may be broken, as a path
MANY_ROWS = 15  # from which on a table scrolls by itself


@dataclass(frozen=True)
class TableSpec:
    """A table before numbers have their format, which all tables of a report agree on.

    Parameters
    ----------
    marked : mapping
        Keys and values of the rows that stand out.
    level : float
        Of intervals.
    """

    rows: Sequence[Mapping[str, Any]]
    columns: Sequence[str]
    marked: Mapping[str, Any]
    level: float
    title: str


@dataclass(frozen=True)
class Table:
    """A table as it is shown.

    Parameters
    ----------
    kinds : list of str
        Style classes of the columns: ``number``, ``text``, and ``long`` where words may have to be broken.
    marked : set of int
        The rows that stand out.
    """

    title: str
    header: list[str]
    rows: list[list[str]]
    kinds: list[str]
    marked: set[int]

    @property
    def scrolls(self) -> bool:
        """Whether it is too high to be shown whole."""
        return len(self.rows) >= MANY_ROWS


def shown_table(spec: TableSpec, formats: Formats) -> Table:
    """The table with its numbers in words; two bounds become one column."""
    names = [name for name in spec.columns if not (_bounds(name, "high") and _other(name) in spec.columns)]
    intervals = {name for name in names if _bounds(name, "low") and _other(name) in spec.columns}
    header, cells = [], []
    for name in names:
        measure = measure_of(name, spec.columns)
        header.append(f"{100 * spec.level:g} % interval" if name in intervals else label_of(name))
        cells.append(
            [formats.interval(measure, row.get(name), row.get(_other(name))) for row in spec.rows]
            if name in intervals
            else [formats(measure, row.get(name)) for row in spec.rows]
        )
    kinds = [_kind([row.get(name) for row in spec.rows], texts) for name, texts in zip(names, cells, strict=True)]
    return Table(
        spec.title.partition(": ")[0], header, [list(row) for row in zip(*cells, strict=True)], kinds, _marked(spec)
    )


def _bounds(name: str, side: str) -> bool:
    """Whether a column is the bound at that side."""
    match = BOUND.fullmatch(name)
    return match is not None and match[2] == side


def _other(name: str) -> str:
    """The column of the other bound."""
    return f"{name.removesuffix('low')}high" if name.endswith("low") else f"{name.removesuffix('high')}low"


def _kind(values: Sequence[Any], texts: Sequence[str]) -> str:
    """The style classes of a column."""
    if all(is_number(value) for value in values):
        return "number"
    return "text long" if any(len(word) > LONG_WORD for text in texts for word in text.split()) else "text"


def _marked(spec: TableSpec) -> set[int]:
    """The numbers of the rows that stand out."""
    if not spec.marked:
        return set()
    return {
        number
        for number, row in enumerate(spec.rows)
        if all(row.get(key) == value for key, value in spec.marked.items())
    }
