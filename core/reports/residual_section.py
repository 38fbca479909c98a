"""The section of a report on residuals: up to where errors go together, and what that means for scores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ..learning.applicability.residual_info import ResidualInfo
from . import palette
from .drawing import single
from .expected_errors import metres
from .page.html_report import HtmlReport
from .page.pictures import Drawing

TITLE = "How errors go together in space"
COLUMNS = ("distance", "value", "pairs")
NOTICEABLE = 0.1  # share of the variance that goes with distance, from which on a range is told


def add_residuals(report: HtmlReport, info: ResidualInfo, parameters: Mapping[str, Any]) -> None:
    """Add what residuals say, in words and as a figure."""
    rows = pd.DataFrame(info.bins, columns=list(COLUMNS))
    report.heading(TITLE)
    note = (
        "Half the mean squared difference of errors by distance (1: as different as any two); the line is the fitted "
        "variogram."
    )
    if info.distance is not None:
        note += " Dashed: how far tested samples lay from those that trained (median)."
    report.figure("Variogram of the errors", _variogram(info), note, rows)
    report.text(*residual_sentences(info, parameters))


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


def _variogram(info: ResidualInfo) -> Drawing:
    """The empirical variogram with the fitted one."""
    figure, axis = single(5.6, 3.2)
    distance, value, pairs = np.array(info.bins, float).T
    size = 10 + 60 * np.sqrt(pairs / pairs.max())
    axis.scatter(distance / 1000, value, s=size, color=palette.MAIN, alpha=0.6, lw=0)
    along = np.linspace(0, distance.max(), 200)[1:]
    axis.plot(along / 1000, info.variogram.value(along), color=palette.OTHER)
    if info.distance is not None and info.distance < distance.max():
        axis.axvline(info.distance / 1000, color=palette.QUIET, ls="--", lw=1.2)
    axis.set(xlabel="distance (km)", ylabel="half mean squared difference", xlim=(0, None), ylim=(0, None))
    return Drawing(
        figure,
        f"Half the mean squared difference of errors: {value[0]:.2f} at {metres(distance[0])}, {value[-1]:.2f} at "
        f"{metres(distance[-1])}.",
    )
