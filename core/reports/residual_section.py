"""The section of a report on residuals: up to where errors go together, and what that means for scores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ..learning.applicability.residual_info import ResidualInfo
from .expected_errors import metres
from .figures import COLOURS, hide_frame
from .html_report import HtmlReport

TITLE = "How errors go together in space"
COLUMNS = ("distance", "value", "pairs")
NOTICEABLE = 0.1  # share of the variance that goes with distance, from which on a range is told


def add_residuals(report: HtmlReport, info: ResidualInfo, parameters: Mapping[str, Any]) -> None:
    """Add what residuals say, in words and as a figure."""
    rows = pd.DataFrame(info.bins, columns=list(COLUMNS))
    report.text(TITLE, *residual_sentences(info, parameters))
    note = (
        "Half the mean squared difference of errors by distance (1: as different as any two); the line is the fitted "
        "variogram."
    )
    if info.distance is not None:
        note += " Dashed: how far tested samples lay from those that trained (median)."
    report.figure("Variogram of the errors", _variogram(info), note, rows)


def residual_sentences(info: ResidualInfo, parameters: Mapping[str, Any]) -> list[str]:
    """What residuals say in words; the last of them is `near_folds`, if there is anything to say."""
    moran, variogram = info.moran, info.variogram
    texts = [
        f"Moran's I of the errors at {info.samples} tested places is {moran.value:.2f} (by chance {moran.low:.2f} to "
        f"{moran.high:.2f}): {moran.verdict}."
    ]
    if not reaches(info):
        return [
            *texts,
            "Their variogram is nearly flat: errors of places hardly go together at any distance seen here.",
        ]
    total = variogram.nugget + variogram.sill
    texts.append(
        f"Errors go together up to {metres(variogram.range)}; {100 * variogram.nugget / total:.0f} % of their variance "
        "is of each place by itself (or of its label)."
    )
    return [*texts, *near_folds(info, parameters)]


def reaches(info: ResidualInfo) -> bool:
    """Whether errors go together at any distance that samples show."""
    variogram = info.variogram
    return variogram.sill > NOTICEABLE * (variogram.sill + variogram.nugget)


def near_folds(info: ResidualInfo, parameters: Mapping[str, Any]) -> list[str]:
    """A sentence if folds are nearer to what trained than errors reach."""
    if info.distance is None or not reaches(info) or info.distance >= info.variogram.range:
        return []
    reach = metres(info.variogram.range)
    blocks = float(parameters.get("block_size") or 0)
    wide = f" (they had {metres(blocks)})" if blocks else ""
    return [
        f"Tested samples lay {metres(info.distance)} from those that trained (median), and errors go together up to "
        f"{reach}: scores hold for places that near to samples. Validation 'blocks' with a block size and buffer of "
        f"{reach}{wide} tests independent places, as far regions are."
    ]


def _variogram(info: ResidualInfo) -> Figure:
    """The empirical variogram with the fitted one."""
    figure = Figure(figsize=(5.4, 3.6), layout="constrained")
    axis = figure.subplots()
    distance, value, pairs = np.array(info.bins, float).T
    axis.scatter(distance / 1000, value, s=10 + 60 * np.sqrt(pairs / pairs.max()), color=COLOURS[0], alpha=0.6)
    along = np.linspace(0, distance.max(), 200)[1:]
    axis.plot(along / 1000, info.variogram.value(along), color=COLOURS[2])
    if info.distance is not None and info.distance < distance.max():
        axis.axvline(info.distance / 1000, color=COLOURS[1], ls="--", lw=1)
    axis.set(xlabel="distance (km)", ylabel="half mean squared difference", xlim=(0, None), ylim=(0, None))
    hide_frame(axis)
    return figure
