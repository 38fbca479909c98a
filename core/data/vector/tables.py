"""Tables: rows of any vector layer or text table, and what can be asked of their cells."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...contract.errors import Problems, RegionwiseError
from ...contract.layer import Layer
from ...contract.phrases import first_of
from ...runtime.input_log import note_change, note_input
from ...runtime.types import Floats
from .encodings import decode
from .geometry_columns import with_geometry
from .missing_words import empty_missing
from .numerals import comma_advice, numbers_of
from .ogr_tables import of_kind, read_ogr_table
from .table_sources import TableSource, read_bytes, source_of
from .text_tables import read_text_table

TEXT_ENDINGS = (".csv", ".txt", ".tsv", ".psv")
PLAIN = ("utf-8", "utf-8-sig")
SCIENTIFIC = re.compile(r"(\d)(?:\.(\d+))?[eE]\+?(\d+)")
SHOWN_ROWS = 5
SHOWN_DIGITS = 6  # a spreadsheet's general format shows so many, and saves what it shows


def encoding_of(path: str, wanted: str = "") -> str:
    """The encoding that a text file is read in; `wanted` is that set in QGIS. See `encodings.detect`.

    Raises
    ------
    RegionwiseError
        If the file is no text, or none in the wanted encoding.
    """
    return decode(read_bytes(path, Layer(path)), wanted, path)[1]


def read_table(layer: Layer) -> pd.DataFrame:
    """The rows of a vector layer or table, with geometry where it has any.

    Cells of text tables stay the texts that they are (see `text_tables`); `numerals.numbers_of` tells what numbers
    they mean. Missing words (`missing_words`) are empty cells in all formats.

    Raises
    ------
    RegionwiseError
        If the file cannot be read.
    """
    source = source_of(layer)
    text = Path(source.path).suffix.lower() in TEXT_ENDINGS
    frame, changes = _read_text(source, layer) if text else read_ogr_table(source, layer)
    if not text:
        changes += empty_missing(frame)
    if not isinstance(frame, gpd.GeoDataFrame):
        frame, told = with_geometry(frame, layer)
        changes += told
    frame = of_kind(frame, source.kind)
    note_input(str(layer), layer.path, cells=f"{len(frame)} rows")
    for clause in changes:
        note_change(str(layer), layer.path, clause)
    return frame


def _read_text(source: TableSource, layer: Layer) -> tuple[pd.DataFrame, list[str]]:
    """The rows of a text table, and clauses on what was changed."""
    if source.where:
        raise RegionwiseError(
            f"The filter of layer '{layer}' cannot be applied: it is a text file ({source.where}).",
            "Export the selected features and choose that file.",
        )
    table = read_text_table(read_bytes(source.path, layer), layer.encoding, layer)
    told = [f"its texts are read as {table.encoding}"] if table.encoding not in PLAIN else []
    return table.frame, [*told, *table.changes]


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
    filled: NDArray[np.bool_] = (column.notna() & ~column.isin([""])).to_numpy(bool)
    return filled


def not_numeric(column: pd.Series, numbers: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether a cell holds something, but none of the `numbers` that were read from its column, shape (row,)."""
    return np.isnan(numbers) & is_filled(column)


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
        try:
            columns.append(numeric_column(frame, name, label).astype(np.float32))
        except RegionwiseError as err:
            problems.add_error(err)
    problems.raise_any()
    return np.stack(columns, 1) if columns else np.empty((len(frame), 0), np.float32)


def numeric_column(frame: pd.DataFrame, name: str, label: object) -> NDArray[np.float64]:
    """A column as numbers, shape (row,); empty cells are NaN. Raises `RegionwiseError` if it holds text."""
    numbers = numbers_of(frame[name])
    text = not_numeric(frame[name], numbers)
    if text.any():
        row, cell = int(text.argmax()) + 1, frame[name][text].iloc[0]
        raise RegionwiseError(
            f"Column '{name}' of '{label}' is not numeric in row {row} ({cell!r}{comma_advice(cell)})."
        )
    return numbers


def field_names(frame: pd.DataFrame) -> list[str]:
    """The names of the fields, without the geometry."""
    return [str(name) for name in frame.columns if name != "geometry"]


def text_of(value: object) -> str:
    """A cell as text without blanks around it; missing is empty, whole numbers have no decimals, days no time."""
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return ""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime) and value.time() == datetime.time() and value.tzinfo is None:
        return value.date().isoformat()
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
    return f"row{'s' if len(numbers) > 1 else ''} {first_of(numbers.tolist(), SHOWN_ROWS)}"


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
