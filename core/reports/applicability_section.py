"""The section of a report on the area of applicability: up to where scores hold, and which error to expect there."""

from __future__ import annotations

import pandas as pd

from ..contract.phrases import capital
from ..learning.applicability.error_profile import ErrorProfile
from ..learning.card import ApplicabilityInfo
from ..targets.score_intervals import FEWEST_UNITS
from . import palette
from .drawing import single
from .page.html_report import HtmlReport
from .page.pictures import Drawing

TITLE = "Expected error by dissimilarity"
COLUMNS = ("dissimilarity", "error", "low", "high")


def add_applicability(report: HtmlReport, info: ApplicabilityInfo) -> None:
    """Add what an area of applicability and its error profile say, in words, as a figure and as a table."""
    report.heading("How unlike its samples a place may be")
    if info.profile.knots:
        rows = profile_rows(info.profile)
        note = "Dashed: the bound of the area of applicability. Band: 90 % interval."
        report.figure(TITLE, _curve(info), note, pd.DataFrame(rows))
        report.table(TITLE, rows, COLUMNS, f"{capital(info.profile.error)}.", fold=True)
    report.text(*sentences(info))


def profile_rows(profile: ErrorProfile) -> list[dict[str, float | None]]:
    """A row for each point of an error profile."""
    return [dict(zip(COLUMNS, knot, strict=True)) for knot in profile.knots]


def sentences(info: ApplicabilityInfo) -> list[str]:
    """What an area of applicability and its error profile say, in words."""
    profile = info.profile
    inside = (
        f"Places are inside up to a dissimilarity of {info.threshold:.3f} to the nearest cell of a training sample "
        "(1: the mean distance between such cells); nearly all tested samples, areas in the mean of their cells, were "
        "no farther from those that trained their fold."
    )
    if not profile.knots:
        return [inside, "Too few samples were tested to tell an error by dissimilarity."]
    first, last = profile.knots[0][1], profile.knots[-1][1]
    growth = f"grows from {first:.3f} to {last:.3f}" if last > 1.05 * first else f"stays near {last:.3f}"
    source = f" ({', '.join(profile.validations)})" if profile.validations else ""
    expected = (
        f"The error to expect ({profile.error}) {growth} up to a dissimilarity of {profile.reach:.3f}, by samples that "
        f"no member had seen{source}. Beyond that hardly any were tested, and no error is told."
    )
    if any(knot[2] is None for knot in profile.knots):
        expected += f" Where bounds are missing, fewer than {FEWEST_UNITS} units were held out, or no error was seen."
    return [inside, expected]


def _curve(info: ApplicabilityInfo) -> Drawing:
    """The expected error against dissimilarity with its interval, and the bound of the area of applicability."""
    figure, axis = single(5.6, 3.2)
    table = pd.DataFrame(profile_rows(info.profile), dtype=float)
    axis.fill_between(table["dissimilarity"], table["low"], table["high"], color=palette.MAIN, alpha=0.2, lw=0)
    axis.plot(table["dissimilarity"], table["error"], color=palette.MAIN)
    axis.axvline(info.threshold, color=palette.OTHER, ls="--", lw=1.2)
    axis.set(xlabel="dissimilarity to the samples", ylabel=info.profile.error, xlim=(0, None), ylim=(0, None))
    first, last = (table.iloc[end] for end in (0, -1))
    return Drawing(
        figure,
        f"The {info.profile.error} by dissimilarity: {first['error']:.3g} at {first['dissimilarity']:.3g}, "
        f"{last['error']:.3g} at {last['dissimilarity']:.3g}; the area of applicability ends at {info.threshold:.3g}.",
    )
