"""Formats: how numbers of each measure are shown, the same in a whole report."""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

DASH = "–"  # not defined
MINUS = "−"
SCORES = {  # at most 1: three decimals, as in every table of scores
    "r2", "auc", "accuracy", "f1", "kappa", "precision", "recall", "skill", "skill_persistence", "skill_climatology",
    "average_precision", "ece", "spatial_r2", "anomaly_correlation", "coverage", "slope", "r", "weight", "share",
}  # fmt: skip
LABELS = {
    "r2": "R²", "spatial_r2": "spatial R²", "rmse": "RMSE", "mae": "MAE", "auc": "AUC", "f1": "F1", "crps": "CRPS",
    "n": "samples", "se": "standard error", "ha": "hectares", "p": "p-value",
}  # fmt: skip
OWN = re.compile(
    r"\w+_(?:low|high|floor|score|share|n|map|ha|loss|se|width|change|deviation|rate|r2|discovered|weight|region|"
    r"divergence)|(?:skill|log|anomaly|average|joint|training|learning|weight|validation)_\w+"
)
IN_UNITS = ("rmse", "mae", "bias", "crps", "error")  # which have the decimals of the first
DECIMALS = 3
SMALLEST_DECIMAL = 6
SMALLEST_SHOWN = 1e-9  # a smaller value is rounding
LARGE = 10_000  # from which on digits stand in groups; a year is none
NUMBER = re.compile(r"[-+−–]?[\d.,]*(?: %)?")
BOUND = re.compile(r"(?:(.+)_)?(low|high)")


def label_of(column: str) -> str:
    """The name of a column in words; one that tables of the engine do not have is the user's own."""
    return LABELS.get(column, column.replace("_", " ") if OWN.fullmatch(column) else column)


def measure_of(column: str, columns: Sequence[str]) -> str:
    """The measure that a column tells of; bounds tell of `x` in ``x_low``, else of the column before them."""
    match = BOUND.fullmatch(column)
    if match is None or match[1]:
        measure = column if match is None else match[1]
        return IN_UNITS[0] if measure in IN_UNITS else measure
    before = [name for name in columns[: list(columns).index(column)] if not BOUND.fullmatch(name) and name != "se"]
    return measure_of(before[-1], columns) if before else column


class Formats:
    """The number of decimals of each measure: enough for three digits of the median of what was seen."""

    def __init__(self) -> None:
        self._sizes: dict[str, list[float]] = {}

    def see(self, measure: str, values: Iterable[Any]) -> None:
        """Note the values of a measure."""
        known = [abs(value) for value in values if isinstance(value, float) and math.isfinite(value)]
        self._sizes.setdefault(measure, []).extend(value for value in known if value > SMALLEST_SHOWN)

    def decimals(self, measure: str) -> int:
        """How many decimals the numbers of a measure have."""
        sizes = self._sizes.get(measure)
        if measure in SCORES or not sizes:
            return DECIMALS
        usual = statistics.median(sizes)
        digits = 2 - math.floor(math.log10(usual))
        return min(max(digits, 0 if usual >= 10 else DECIMALS), SMALLEST_DECIMAL)

    def __call__(self, measure: str, value: Any) -> str:
        """The text of a value; a dash where it is not defined."""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if value is None or (isinstance(value, float) and math.isnan(value)):
            return DASH
        if isinstance(value, int) and not isinstance(value, bool):
            return grouped(f"{value:,}", value)
        if isinstance(value, float):
            return self._number(measure, value)
        if isinstance(value, Mapping):
            return ", ".join(f"{key}: {self(str(key), each)}" for key, each in value.items()) or DASH
        if isinstance(value, list | tuple):
            return ", ".join(self(measure, each) for each in value) or DASH
        return str(value)

    def _number(self, measure: str, value: float) -> str:
        if not math.isfinite(value):
            return "∞" if value > 0 else f"{MINUS}∞"
        decimals = self.decimals(measure)
        value = 0.0 if abs(value) < 10**-decimals / 2 else value  # no "-0.000"
        return grouped(f"{value:,.{decimals}f}", value)

    def interval(self, measure: str, low: Any, high: Any) -> str:
        """The text of an interval."""
        if low is None and high is None:
            return DASH
        return f"{self(measure, low)} to {self(measure, high)}"


def grouped(text: str, value: float) -> str:
    """A number with a true minus, its digits in groups where it is large."""
    return (text if abs(value) >= LARGE else text.replace(",", "")).replace("-", MINUS)


def is_number(value: object) -> bool:
    """Whether a cell holds a number, also as text."""
    return value is None or not isinstance(value, str) or bool(NUMBER.fullmatch(value))


def natural(name: str) -> list[tuple[int, str]]:
    """A key that sorts names as people count: block 2 before block 10."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", name)]
