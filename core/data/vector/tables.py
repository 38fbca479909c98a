"""Tables: rows of any vector layer or CSV, in the encodings that spreadsheets write, and codes that they spoil."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyogrio
from numpy.typing import NDArray
from pyogrio.errors import DataLayerError, DataSourceError

from ...contract.errors import Problems, RegionwiseError
from ...contract.params import Layer
from ...runtime.types import Floats

TEXT_ENDINGS = (".csv", ".txt", ".tsv")
SCIENTIFIC = re.compile(r"(\d)(?:\.(\d+))?[eE]\+?(\d+)")
SHOWN_ROWS = 5
SHOWN_DIGITS = 6  # a spreadsheet's general format shows so many, and saves what it shows


def encoding_of(path: str) -> str:
    """The encoding of a text file: UTF-8, with or without a byte order mark, or else GB18030.

    Raises
    ------
    RegionwiseError
        If the file is in none of them.
    """
    raw = Path(path).read_bytes()
    for name in ("utf-8-sig" if raw.startswith(b"\xef\xbb\xbf") else "utf-8", "gb18030"):
        try:
            raw.decode(name)
            return name
        except UnicodeDecodeError:
            continue
    raise RegionwiseError(f"'{path}' is neither UTF-8 nor GB18030 text.", "Save it again as CSV UTF-8.")


def read_table(layer: Layer) -> pd.DataFrame:
    """The rows of a vector layer or table, with geometry where it has any.

    Raises
    ------
    RegionwiseError
        If the file cannot be read.
    """
    try:
        text = Path(layer.path).suffix.lower() in TEXT_ENDINGS
        encoding = encoding_of(layer.path).removesuffix("-sig") if text else None
        frame: pd.DataFrame = pyogrio.read_dataframe(layer.path, layer=layer.table or None, encoding=encoding)
    except (DataSourceError, DataLayerError, ValueError, OSError) as err:
        raise RegionwiseError(
            f"Layer '{layer}' cannot be read ({err}).", "Check that the file exists and is complete."
        ) from err
    return frame


def check_fields(frame: pd.DataFrame, fields: Iterable[str], label: object) -> None:
    """Raise `RegionwiseError` for every one of `fields` that the layer lacks; empty names are skipped."""
    problems = Problems()
    for name in filter(None, fields):
        if name not in frame:
            problems.add(f"Layer '{label}' has no field '{name}'; it has: {', '.join(field_names(frame))}.")
    problems.raise_any()


def check_new_fields(frame: pd.DataFrame, fields: Sequence[str], label: object) -> pd.DataFrame:
    """`frame` without an earlier run's `fields`; refuse if only some of them are there.

    All of them together are what such a run has written, so they are replaced; a single one is the
    user's own and would be lost.
    """
    column_of = {str(name).lower(): str(name) for name in frame}
    present = [column_of[name.lower()] for name in fields if name.lower() in column_of]
    if len(present) == len(fields):
        return frame.drop(columns=present)
    if present:
        raise RegionwiseError(f"Layer '{label}' already has a field '{present[0]}'.", "Rename it.")
    return frame


def is_filled(column: pd.Series) -> NDArray[np.bool_]:
    """Whether a cell of `column` holds anything, shape (row,)."""
    filled: NDArray[np.bool_] = (column.notna() & (column != "")).to_numpy()
    return filled


def numeric_columns(frame: pd.DataFrame, names: Sequence[str], label: str) -> Floats:
    """Columns as numbers, shape (row, column); empty cells are NaN.

    Raises
    ------
    RegionwiseError
        For every column that holds text.
    """
    problems = Problems()
    columns = []
    for name in names:
        numbers = pd.to_numeric(frame[name], errors="coerce").to_numpy(np.float32)
        text = np.isnan(numbers) & is_filled(frame[name])
        if text.any():
            row = int(text.argmax()) + 1
            problems.add(f"Column '{name}' of '{label}' is not numeric in row {row} ({frame[name].iloc[row - 1]!r}).")
        columns.append(numbers)
    problems.raise_any()
    return np.stack(columns, 1) if columns else np.empty((len(frame), 0), np.float32)


def field_names(frame: pd.DataFrame) -> list[str]:
    """The names of the fields, without the geometry."""
    return [str(name) for name in frame.columns if name != "geometry"]


def text_of(value: object) -> str:
    """A cell as text without blanks around it; missing is empty, whole numbers have no decimals."""
    if value is None or (isinstance(value, float) and value != value):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def check_unrepeated(keys: pd.Series, label: str) -> None:
    """Raise `RegionwiseError` if one of `keys` stands twice; `label` says what they are."""
    duplicates = keys[keys.duplicated()]
    if len(duplicates):
        raise RegionwiseError(
            f"{label} holds {duplicates.iloc[0]!r} in more than one row.",
            "Dissolve the polygons, or choose another field.",
        )


def rows_text(flags: NDArray[np.bool_]) -> str:
    """The numbers of the flagged rows, counted from 1, in words; the first few of many."""
    numbers = np.flatnonzero(flags) + 1
    shown = ", ".join(str(n) for n in numbers[:SHOWN_ROWS])
    more = f" and {len(numbers) - SHOWN_ROWS} more" if len(numbers) > SHOWN_ROWS else ""
    return f"row{'s' if len(numbers) > 1 else ''} {shown}{more}"


@dataclass(frozen=True)
class Code:
    """An official code: its digits as far as they are known, and what a spreadsheet did to it.

    ``spoiled`` is empty, ``decimal`` (a trailing .0, repaired) or ``scientific`` (6.20102E+11: only
    the first `known` digits are left).
    """

    digits: str
    known: int
    spoiled: str = ""

    def prefix(self, length: int) -> str | None:
        """The first `length` digits (0: all), or None if the spreadsheet has lost some of them."""
        length = length or len(self.digits)
        return None if self.known < min(length, len(self.digits)) else self.digits[:length]


def read_code(value: object) -> Code:
    """The code in a cell of a table."""
    text = text_of(value)
    scientific = SCIENTIFIC.fullmatch(text)
    if scientific:
        first, rest, power = scientific.group(1), scientific.group(2) or "", int(scientific.group(3))
        digits = (first + rest).ljust(power + 1, "0")
        return Code(digits, max(SHOWN_DIGITS, 1 + len(rest)), "scientific")
    whole = re.fullmatch(r"(\d+)\.0+", text)
    if whole:
        return Code(whole.group(1), len(whole.group(1)), "decimal")
    return Code(text, len(text))
