"""Missing words: cells that say that there is nothing, in tables of any format.

Taken as empty, whatever blanks stand around them:

- nothing, and blanks
- ``NA``, ``na``, ``NaN``, ``nan``, ``NAN`` as written here (Na may be sodium, Nan a province)
- in any case: ``N/A``, ``n.a.``, ``#N/A``, ``#NA``, ``#NV``, ``#N/D``, ``NULL``, ``(null)``, ``<null>``, ``<NA>``,
  ``None``, ``nil``, ``NaT``, ``missing``, ``no data``, ``nodata``, ``no_data``, ``(empty)``, ``(blank)``
- ``-``, ``--``, ``---``, the dashes, ``.``, ``..``, ``...``, ``?``, ``??``
- errors of spreadsheets in any language: ``#VALUE!``, ``#DIV/0!``, ``#REF!``, ``#NAME?``, ``#WERT!``, ``Err:502``, ...
"""

from __future__ import annotations

import re

import pandas as pd

EXACT = frozenset(
    ("", "NA", "na", "NaN", "nan", "NAN", "-", "--", "---", "\u2013", "\u2014", "\u2212", ".", "..", "...", "?", "??")
)
ANY_CASE = frozenset((
    "n/a", "n.a.", "n.a", "#n/a", "#na", "#nv", "#n/d", "#n/a n/a", "null", "(null)", "<null>", "<na>", "none", "nil",
    "nat", "missing", "no data", "nodata", "no_data", "(empty)", "(blank)", "-nan", "1.#qnan", "1.#ind", "-1.#ind",
))  # fmt: skip
SPREADSHEET_ERROR = re.compile(r"#[^\s#]{1,12}[!?]|Err:\d{3}")
SHOWN_WORDS = 5


def is_missing(text: str) -> bool:
    """Whether a cell says that there is nothing."""
    text = text.strip()
    return text in EXACT or text.lower() in ANY_CASE or SPREADSHEET_ERROR.fullmatch(text) is not None


def empty_missing(frame: pd.DataFrame) -> list[str]:
    """Empty the cells of `frame` that hold a missing word; a clause for each column that had some, but blanks."""
    clauses = []
    for position, name in enumerate(frame.columns):
        column = frame.iloc[:, position]
        if not (pd.api.types.is_object_dtype(column) or isinstance(column.dtype, pd.StringDtype)):
            continue
        words = [value for value in column.dropna().unique() if isinstance(value, str) and is_missing(value)]
        if not words:
            continue
        cells = column.isin(words)
        frame[name] = column.mask(cells, None)
        told = [word for word in words if word.strip()]
        if told:
            clauses.append(_clause(str(name), told, int(column.isin(told).sum())))
    return clauses


def _clause(name: str, words: list[str], count: int) -> str:
    shown = ", ".join(sorted(word.strip() for word in words)[:SHOWN_WORDS])
    return f"{count} cell{'s' if count > 1 else ''} of '{name}' count{'' if count > 1 else 's'} as empty ({shown})"
