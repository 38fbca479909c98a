"""Numerals: numbers as people and spreadsheets write them, with decimal points or commas; a column decides together."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

from ...runtime.types import Array

SIGN = "decimal"  # in the attributes of a table: its decimal sign, if its columns tell one
BETWEEN_THOUSANDS = " \u00a0\u2009\u202f'\u2019"  # besides the comma or point that is not the decimal sign
MOST_CELLS = 1000  # of a column that are looked at for the sign of a table


def _pattern(decimal: str, other: str) -> re.Pattern[str]:
    """What a number may look like, with its thousands in group 1 or its digits, and its decimals."""
    grouped = rf"[1-9]\d{{0,2}}([{re.escape(other)}{BETWEEN_THOUSANDS}])\d{{3}}(?:\1\d{{3}})*"
    sign = re.escape(decimal)
    return re.compile(rf"[+-]?(?:(?:{grouped}|\d+)(?:{sign}\d*)?|{sign}\d+)(?:[eE][+-]?\d+)?")


GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+")
PATTERNS = {".": _pattern(".", ","), ",": _pattern(",", ".")}


def read_number(text: str, decimal: str) -> float:
    """The number in `text` with this decimal sign; NaN if it is none."""
    text = text.strip().replace("\u2212", "-")
    match = PATTERNS[decimal].fullmatch(text)
    if not match:
        return np.nan
    if match.group(1):
        text = text.replace(match.group(1), "")
    return float(text.replace(",", "."))


def numbers_of(column: pd.Series, decimal: str = "") -> Array:
    """The numbers in a column, shape (row,); NaN where a cell is empty or no number.

    The decimal sign is the one with which most cells are numbers, else that of the table, else `decimal`. If that
    leaves it open, cells that differ with it (1,234 alone) are no numbers.
    """
    if pd.api.types.is_datetime64_any_dtype(column):
        return np.full(len(column), np.nan)
    if pd.api.types.is_bool_dtype(column) or pd.api.types.is_numeric_dtype(column):
        return np.asarray(pd.to_numeric(column).to_numpy(np.float64, na_value=np.nan))
    decimal = column.attrs.get(SIGN, "") or decimal
    cells = column[column.notna()]
    numbers = pd.to_numeric(cells, errors="coerce")
    if numbers.isna().any() or decimal == ",":
        numbers = _with_commas(cells.astype(str), decimal)
    out = np.full(len(column), np.nan)
    out[column.notna().to_numpy()] = numbers.to_numpy(np.float64)
    return out


def _with_commas(cells: pd.Series, decimal: str) -> pd.Series:
    """The numbers in cells that are not all plain; the usual column of decimal commas at once, as it is long."""
    plain = pd.to_numeric(cells.str.replace(",", ".", regex=False), errors="coerce")
    points = cells.str.contains(".", regex=False).any()
    if plain.notna().all() and not points and any("," in c and not GROUPED.fullmatch(c.strip()) for c in cells):
        return plain
    return cells.map(_readings(cells.unique(), decimal))


def _readings(texts: Iterable[str], decimal: str) -> dict[str, float]:
    """The number that each of `texts` means; see `numbers_of`."""
    points, commas = ({text: read_number(text, sign) for text in texts} for sign in ".,")
    more = sum(map(np.isfinite, commas.values())) - sum(map(np.isfinite, points.values()))
    if more:
        return commas if more > 0 else points
    if decimal:
        return commas if decimal == "," else points
    return {text: number if number == commas[text] else np.nan for text, number in points.items()}


def decimal_sign(columns: Iterable[pd.Series]) -> str:
    """The decimal sign of a table: that with which alone some of its columns are numbers; empty if both or none are."""
    signs = set()
    for column in columns:
        texts = set(column.dropna().iloc[:MOST_CELLS])
        fits = [sign for sign in PATTERNS if texts and np.isfinite([read_number(text, sign) for text in texts]).all()]
        signs |= set(fits) if len(fits) == 1 else set()
    return signs.pop() if len(signs) == 1 else ""


def comma_advice(cell: object) -> str:
    """What to say besides of a cell that is no number because of its comma; empty for others."""
    text = str(cell).strip()
    if "," not in text or not any(np.isfinite(read_number(text, sign)) for sign in PATTERNS):
        return ""
    return ": its comma may be a decimal sign or stand between thousands; write a point, or leave it out"
