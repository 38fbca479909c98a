"""Text tables: CSV in the habits of spreadsheets; every cell stays the text that it is.

Separators are commas, semicolons, tabs or bars, found from the content, or named in a first line ``sep=;``. Lines that
start with ``#`` before the header are comments, unless a row of numbers follows, whose header it is then. Blanks around
names and cells do not count, nor do blank lines; ``="007"`` is 007.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...contract.errors import RegionwiseError
from .encodings import decode
from .missing_words import empty_missing
from .numerals import PATTERNS, SIGN, decimal_sign, read_number

SEPARATORS = (",", ";", "\t", "|")
NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
SEPARATOR_LINE = re.compile(r'"?sep=(.)"?[ \t]*(?:\r\n|\r|\n)', re.IGNORECASE)
COMMENT_LINE = re.compile(r"#[^\r\n]*(?:\r\n|\r|\n)")
SAMPLE = 65_536  # characters from whose lines the separator is found
END = "\x1e"  # a last line: a quotation mark that is never closed would take it in

Rows = list[list[str]]


@dataclass(frozen=True)
class TextTable:
    """A table of texts as it was read.

    Parameters
    ----------
    frame : DataFrame
        Texts, None where a cell is empty or holds a missing word.
    encoding, separator : str
    changes : list of str
        Clauses on what was changed.
    """

    frame: pd.DataFrame
    encoding: str
    separator: str
    changes: list[str]


def read_text_table(raw: bytes, encoding: str, label: object) -> TextTable:
    """The table in the bytes of a text file.

    Parameters
    ----------
    encoding : str
        As set by the user; found where it is empty.

    Raises
    ------
    RegionwiseError
        If it is no text, or has no header, names that repeat, rows longer than the header, or an open quotation mark.
    """
    text, encoding = decode(raw, encoding, label)
    named = SEPARATOR_LINE.match(text)
    text = _without_comments(text[named.end() :] if named else text)
    separator = named.group(1) if named else find_separator(text)
    rows = _parsed(text, separator, label)
    if not rows:
        raise RegionwiseError(f"Layer '{label}' is empty.", "Save it again with a header and rows.")
    names = _names(rows[0], rows[1:], label)
    frame, short = _frame(names, rows[1:], separator, label)
    changes = empty_missing(frame)
    if short:
        changes.append(f"{short} rows are shorter than the header; their last cells are empty")
    frame.attrs[SIGN] = decimal_sign(frame[name] for name in frame)
    return TextTable(frame, encoding, separator, changes)


def find_separator(text: str) -> str:
    """The separator of a table: it splits the header, and most rows into as many cells."""
    sample = text[: max(text.rfind("\n", 0, SAMPLE), text.rfind("\r", 0, SAMPLE)) + 1] or text
    counts = {separator: [len(row) for row in _split(sample, separator) if row] for separator in SEPARATORS}

    def fit(separator: str) -> tuple[float, int]:
        header, *others = counts[separator] or [0]
        if header < 2:
            return 0.0, 0
        return (sum(count == header for count in others) / len(others) if others else 1.0), header

    best = max(SEPARATORS, key=fit)
    if fit(best)[1]:
        return best
    return next((separator for separator in SEPARATORS if max(counts[separator], default=1) == 1), SEPARATORS[0])


def _without_comments(text: str) -> str:
    """`text` from its header on: the first line without ``#``, or one with it before a row of as many cells."""
    while comment := COMMENT_LINE.match(text):
        rest = text[comment.end() :]
        separator = find_separator(rest)
        header = _split(comment.group(), separator)[0]
        row = next(csv.reader(io.StringIO(rest[:SAMPLE], newline=""), delimiter=separator), [])
        if len(header) == len(row) > 1 and any(_is_number(cell) for cell in row):
            return text[1:]
        text = rest
    return text


def _is_number(cell: str) -> bool:
    return bool(np.isfinite([read_number(cell, sign) for sign in PATTERNS]).any())


def _split(text: str, separator: str) -> Rows:
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))  # polygons as text are longer than its default
    lines = io.StringIO(text, newline="")
    return list(csv.reader(lines, delimiter=separator, skipinitialspace=separator != "\t"))


def _parsed(text: str, separator: str, label: object) -> Rows:
    """The rows of the table, without blank lines."""
    rows = _split(f"{text}\n{END}", separator)
    if rows.pop() != [END]:
        raise RegionwiseError(
            f"A quotation mark is opened and never closed in '{label}' (row {len(rows)} goes on to the end).",
            "Close it, or remove it.",
        )
    return [row for row in rows if row and (len(row) > 1 or row[0].strip() or len(rows[0]) == 1)]


def _names(header: Sequence[str], rows: Rows, label: object) -> list[str]:
    """The names of the columns; those without name or cells at the end are none."""
    names = [name.strip() for name in header]
    while len(names) > 1 and not names[-1] and not any(cell.strip() for row in rows for cell in row[len(names) - 1 :]):
        names.pop()
    repeated = [name for name, count in Counter(filter(None, names)).items() if count > 1]
    if repeated:
        raise RegionwiseError(f"Two columns of '{label}' are called '{repeated[0]}'.", "Rename one of them.")
    return [name or f"field_{number}" for number, name in enumerate(names, 1)]


def _frame(names: Sequence[str], rows: Rows, separator: str, label: object) -> tuple[pd.DataFrame, int]:
    """The rows as a frame, and how many were shorter than the header."""
    width, short = len(names), 0
    for number, row in enumerate(rows, 1):
        if len(row) > width and any(cell.strip() for cell in row[width:]):
            raise RegionwiseError(
                f"Row {number} of '{label}' has {len(row)} cells for {width} columns, separated by "
                f"{NAMES.get(separator, repr(separator))}.",
                "Put texts with separators in quotation marks; with decimal commas, separate by semicolons.",
            )
        short += len(row) < width
        row[len(row) :] = [""] * (width - len(row))
    columns = zip(*(row[:width] for row in rows), strict=True) if rows else [()] * width
    texts = {name: [_cell(cell) for cell in column] for name, column in zip(names, columns, strict=True)}
    return pd.DataFrame(texts, dtype=object), short


def _cell(cell: str) -> str:
    """A cell without the blanks around it, and without what makes a spreadsheet keep its zeros."""
    cell = cell.strip()
    return cell[2:-1] if cell.startswith('="') and cell.endswith('"') and len(cell) > 2 else cell
