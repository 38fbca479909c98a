"""Correlations of indicators with mapped shares, and which of them are more than chance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import false_discovery_control

from ...runtime.types import Array
from ...targets.share_target import ScoreRow
from ...validation.effective_size import PairStrata, correlation_p, effective_size
from .map_units import Units

FALSE_DISCOVERY_RATE = 0.05
FEWEST = 5  # units for a correlation
FEWEST_TELLING = 12  # units, below which nothing tells how alike neighbours are
FEWEST_INDEPENDENT = 6  # of them, below which no correlation says anything
DOUBT = 2  # independent units that `effective_size` may be too many by, in smooth fields
NOTE = (
    "n_eff: how many independent units the correlation is worth, for neighbours are alike, and so may be units of one "
    f"group (Clifford, Richardson and Hemon 1989). It is an estimate, so p counts {DOUBT} fewer; p_corrected is that "
    f"of Benjamini and Hochberg for how many were tried. Fewer than {FEWEST_TELLING} units, or {FEWEST_INDEPENDENT} "
    "independent ones, are too few to tell, and bear no star."
)


def correlation_rows(units: Units, bands: Sequence[str], indicators: Sequence[str]) -> list[ScoreRow]:
    """R, R2 and p of each indicator with each share; p is corrected for how many were tried.

    ``told`` says whether there are units enough for a star.
    """
    rows: list[ScoreRow] = []
    strata: dict[bytes, PairStrata] = {}  # by which units have numbers
    for j, indicator in enumerate(indicators):
        for i, band in enumerate(bands):
            x, y = units.predicted[:, i], units.indicators[:, j]
            valid = np.isfinite(x) & np.isfinite(y) & np.isfinite(units.place).all(1)
            if valid.sum() < FEWEST or not x[valid].std() > 0 or not y[valid].std() > 0:
                continue
            key = valid.tobytes()
            if key not in strata:
                strata[key] = PairStrata.of(units.place[valid], units.group[valid])
            r, size = _correlation(x[valid], y[valid]), effective_size(x[valid], y[valid], strata[key])
            labels = {"level": units.level, "indicator": indicator, "component": band, "n": int(valid.sum())}
            rows.append({**labels, "n_eff": size, "r": r, "r2": r**2, "p": correlation_p(r, size - DOUBT)})
    if rows:
        corrected = false_discovery_control([row["p"] for row in rows])
        for row, p in zip(rows, corrected, strict=True):
            told = not too_few(row)
            row |= {"p_corrected": float(p), "significant": told and bool(p < FALSE_DISCOVERY_RATE), "told": told}
    return rows


def too_few(row: ScoreRow) -> bool:
    """Whether a correlation has too few units, or independent ones, to tell whether it is more than chance."""
    return bool(row["n"] < FEWEST_TELLING or row["n_eff"] < FEWEST_INDEPENDENT)


def untold(rows: Sequence[ScoreRow], level: str) -> str:
    """A sentence on the correlations of a level that bear no star for want of units; empty if there are none."""
    of_level = [row for row in rows if row["level"] == level]
    count = sum(not row["told"] for row in of_level)
    if not count:
        return ""
    return (
        f"{level}: {count} of {len(of_level)} correlations bear no star whatever they are, for fewer than "
        f"{FEWEST_TELLING} units, or {FEWEST_INDEPENDENT} independent ones (n_eff), are too few to tell."
    )


def _correlation(x: Array, y: Array) -> float:
    return float(np.clip(np.corrcoef(x, y)[0, 1], -1, 1))
