"""Claims of the tools, held against simulated truth: values with their Monte Carlo error, beside their goals."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import rasterio
from regionwise.core.contract.protocol import Channel, Settings
from regionwise.core.runtime.run import Result, Run

CHANCE = 1.645  # Monte Carlo errors by which a value may miss its goal by chance, one-sided at 5 %


@dataclass(frozen=True)
class Claim:
    """A claim under one design.

    Parameters
    ----------
    error : float
        Monte Carlo standard error of `value`.
    low, high : float
        The goal.
    worlds : int
        How many were simulated.
    """

    claim: str
    design: str
    value: float
    error: float
    low: float
    high: float
    worlds: int

    @property
    def verdict(self) -> str:
        """Whether the goal is met, or missed by no more than chance explains."""
        if not np.isfinite(self.value):
            return "withheld"
        if self.low == -np.inf and self.high == np.inf:
            return "–"
        if self.low <= self.value <= self.high:
            return "yes"
        miss = max(self.low - self.value, self.value - self.high)
        return "within chance" if miss <= CHANCE * self.error else "no"

    @property
    def goal(self) -> str:
        """The goal in words."""
        if self.low == -np.inf and self.high == np.inf:
            return "none"
        if self.low == -np.inf:
            return f"at most {self.high:g}"
        return f"at least {self.low:g}" if self.high == np.inf else f"{self.low:g} to {self.high:g}"


def mean_of(claim: str, design: str, values: Iterable[float], low: float, high: float) -> Claim:
    """The claim whose value is a mean over worlds; worlds where it is not defined do not count."""
    known = np.array([value for value in values if value is not None and np.isfinite(value)], float)
    if not len(known):
        return Claim(claim, design, float("nan"), float("nan"), low, high, 0)
    error = float(known.std(ddof=1) / np.sqrt(len(known))) if len(known) > 1 else float("nan")
    return Claim(claim, design, float(known.mean()), error, low, high, len(known))


def held(low: float, value: float, high: float) -> float:
    """1 if an interval holds a value, else 0; NaN where there is no interval."""
    if any(bound is None or not np.isfinite(bound) for bound in (low, high)):
        return float("nan")
    return float(low <= value <= high)


def in_worlds(function: Callable[..., Any], cases: Sequence[tuple[Any, ...]]) -> list[Any]:
    """What `function` gives for each case, several at a time; its last argument is an empty folder."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = "1"
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        return list(pool.map(_in_folder, [function] * len(cases), cases))


def _in_folder(function: Callable[..., Any], case: tuple[Any, ...]) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        return function(*case, Path(folder))


def run_task(function: Callable[..., Result], params: Any, folder: Path) -> Result:
    """Run a task without QGIS and without its messages."""
    folder.mkdir(parents=True, exist_ok=True)
    return function(params, Run(Channel(io.BytesIO()), Settings(device="cpu"), folder))


def read(path: Path) -> Any:
    """A raster as an array, NaN where it has no data."""
    with rasterio.open(path) as file:
        return file.read(masked=True).astype(np.float32).filled(np.nan)


def as_table(claims: Sequence[Claim]) -> str:
    """The claims as a table in Markdown."""
    lines = [
        "| claim | design | measured | Monte Carlo error | goal | holds | worlds |",
        "|---|---|---:|---:|---|---|---:|",
    ]
    lines += [
        f"| {c.claim} | {c.design} | {_number(c.value)} | {_number(c.error)} | {c.goal} | {c.verdict} | {c.worlds} |"
        for c in claims
    ]
    return "\n".join(lines)


def _number(value: float) -> str:
    return f"{value:.3f}" if np.isfinite(value) else "–"


def main_row(scores: Path, validation: str, component: str = "mean", model: str = "boosting") -> pd.Series:
    """The row of a table of scores over all folds."""
    table = pd.read_csv(scores)
    wanted = (table["validation"] == validation) & (table["model"] == model) & (table["part"] == "all")
    return table[wanted & (table["component"] == component)].iloc[0]
