"""Labels: shares, classes and events in the fields of a table, checked and brought to shares."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...contract.errors import Problems, RegionwiseError
from ...runtime.types import Array
from .numerals import comma_advice, numbers_of
from .tables import is_filled, not_numeric, rows_text, text_of

Flags = NDArray[np.bool_]

AUGMENTED_FIELD, WEIGHT_FIELD, RECIPE_FIELD = "augmented", "weight", "augment_by"  # of 'Augment samples'
SUM_TOLERANCE = 0.02  # shares in tables are rounded; a larger gap is a mistake
EVENTS = ("no event", "event")  # components of labels of 0 and 1


def read_shares(frame: pd.DataFrame, targets: Sequence[str], label: str) -> tuple[Array, list[str]]:
    """The shares in the fields `targets`, closed to sum 1, and notices.

    A row with an empty target is NaN throughout. Percentages are recognised by their sum.

    Raises
    ------
    RegionwiseError
        For text, negative shares, and rows that sum to neither 1 nor 100; all at once.
    """
    problems = Problems()
    columns = []
    for target in targets:
        values = numbers_of(frame[target])
        text = not_numeric(frame[target], values)
        if text.any():
            cell = frame[target][text].iloc[0]
            problems.add(
                f"Field '{target}' of '{label}' is not numeric in {rows_text(text)} "
                f"(the first is {cell!r}{comma_advice(cell)}); correct it or choose another field."
            )
        negative: Flags = np.less(values, 0)
        if negative.any():
            problems.add(f"Field '{target}' of '{label}' is negative in {rows_text(negative)}; shares are 0 to 1.")
        columns.append(values)
    problems.raise_any()
    return _close(np.stack(columns, 1), label)


def _close(shares: Array, label: str) -> tuple[Array, list[str]]:
    """Shares closed to sum 1, and notices; see `read_shares`."""
    notices: list[str] = []
    empty = np.isnan(shares.sum(1))
    shares[empty] = np.nan
    if empty.any():
        notices.append(f"Targets are empty in {rows_text(empty)} of '{label}'.")
    sums = shares.sum(1)
    if not empty.all() and np.nanmedian(sums) > 50:
        notices.append(f"Targets of '{label}' are percentages; they are divided by 100.")
        shares, sums = shares / 100, sums / 100
    wrong = np.abs(sums - 1) > SUM_TOLERANCE
    if wrong.any():
        raise RegionwiseError(
            f"The targets of '{label}' do not sum to 1 (or 100) in {rows_text(wrong)}; "
            f"the first sums to {sums[wrong][0]:.4g}.",
            "Choose all components of the composition, or correct these rows.",
        )
    off = np.abs(sums - 1) > 1e-6
    if off.any():
        worst = np.nanmax(np.abs(sums - 1))
        notices.append(f"{off.sum()} rows of '{label}' are closed to sum 1 (largest gap {worst:.2g}).")
    return shares / np.where(empty, 1.0, sums)[:, None], notices


def read_classes(frame: pd.DataFrame, field: str, label: str) -> tuple[Array, tuple[str, ...]]:
    """The classes in `field` as shares of 1, and their names in order; a row without a class is NaN."""
    labels = np.array([text_of(value) for value in frame[field]], object)
    names = tuple(sorted(set(labels) - {""}, key=_natural))
    if not names:
        raise RegionwiseError(f"Class field '{field}' of '{label}' is empty in all rows.", "Choose another field.")
    shares = (labels[:, None] == np.array(names, object)).astype(np.float64)
    shares[labels == ""] = np.nan
    return shares, names


def _natural(name: str) -> tuple[bool, float, str]:
    """The key by which names are sorted: numbers by their value, before texts."""
    try:
        return False, float(name), name
    except ValueError:
        return True, 0.0, name


def read_events(frame: pd.DataFrame, field: str, label: str) -> Array:
    """0 and 1 in `field` as shares of `EVENTS`; a row without a label is NaN.

    Raises
    ------
    RegionwiseError
        For any other value.
    """
    values = numbers_of(frame[field])
    wrong = is_filled(frame[field]) & ~np.isin(values, (0, 1))
    if wrong.any():
        raise RegionwiseError(
            f"Label field '{field}' of '{label}' must be 1 (event) or 0 (none), and is something else in "
            f"{rows_text(wrong)} (the first is {frame[field][wrong].iloc[0]!r}).",
            "Correct these rows, or choose another field.",
        )
    return np.stack([1 - values, values], 1)


def read_augmented(frame: pd.DataFrame) -> Flags:
    """Whether a row carries the flag that 'Augment samples' sets."""
    return read_flags(frame, AUGMENTED_FIELD) if AUGMENTED_FIELD in frame else np.zeros(len(frame), bool)


def read_sizes(frame: pd.DataFrame, field: str, needed: Flags, label: str) -> Array:
    """How many cells each row stands for, by a field; NaN where that is nothing.

    Parameters
    ----------
    needed : array of bool, shape (row,)
        Rows that must have a size.

    Raises
    ------
    RegionwiseError
        For rows of these that have none, or none above 0: what they stand for would be made up.
    """
    sizes = numbers_of(frame[field])
    known = np.isfinite(sizes) & (sizes > 0)
    wrong = needed & ~known
    if wrong.any():
        raise RegionwiseError(
            f"Field '{field}' of '{label}', the cells that a sample without an event stands for, is empty or not above "
            f"0 in {rows_text(wrong)}.",
            "Fill these rows with the cells without an event of their stratum over the samples drawn there, draw all "
            "of them by 'Sample negatives', or remove the field if all were drawn alike.",
        )
    return np.where(known, sizes, np.nan)


def read_flags(frame: pd.DataFrame, field: str) -> Flags:
    """Whether a field is above 0, in each row."""
    flags: Flags = np.nan_to_num(numbers_of(frame[field])) > 0
    return flags
