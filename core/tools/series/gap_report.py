"""Gap report: whether a series has enough images, and which dates and places lack data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...data.series.image_series import Series
from ...reports import figures, palette
from ...reports.drawing import single
from ...reports.page.html_report import HtmlReport
from ...reports.page.pictures import Drawing
from ...reports.page.verdict import CARE, NO, UNTOLD, YES, Answer, Verdict
from ...runtime.run import Run
from .params import SeriesMaking

FEW_GAPS, MANY_GAPS = 0.3, 0.7  # of all values: below the one a series is dense, above the other it tells little
FEW_UNSEEN, MANY_UNSEEN = 0.01, 0.3  # of the cells, without data at any date
SHOWN_DATES = 6
MOST_NAMED = 12  # dates on an axis
IMAGES, PLACES = "Are there enough images?", "Is every place seen?"
RULES = (
    f"Enough images: yes, if less than {100 * FEW_GAPS:g} % of the values are missing and no date is empty; no, if "
    f"more than {100 * MANY_GAPS:g} % are missing; with care between. A date is empty if no band has a value there.",
    f"Every place: yes, if less than {100 * FEW_UNSEEN:g} % of the cells have no data at any date; no, if more than "
    f"{100 * MANY_UNSEEN:g} %; with care between.",
)


@dataclass(frozen=True)
class Gaps:
    """What is missing of a series.

    Parameters
    ----------
    series : Series
    share : array, shape (date, band)
        Of the cells, without data.
    never : float
        Share of the cells without data at any date.
    """

    series: Series
    share: NDArray[np.float64]
    never: float

    @property
    def missing(self) -> float:
        """The share of all values."""
        return float(self.share.mean())

    @property
    def dates(self) -> list[str]:
        """The dates as texts."""
        return [when.isoformat() for when in self.series.dates]

    @property
    def empty(self) -> list[str]:
        """The dates without any data."""
        return [when for when, row in zip(self.dates, self.share, strict=True) if (row >= 1).all()]

    @property
    def text(self) -> str:
        """What is missing, in words."""
        dates = self.dates
        return (
            f"{len(dates)} dates from {dates[0]} to {dates[-1]}, bands {', '.join(self.series.names)}. "
            f"{100 * self.missing:.1f} % of the values are missing; {100 * self.never:.1f} % of the cells have no data "
            "at any date."
        )


def verdict_of(series: Series, gaps: Gaps | None, *, regular: bool) -> Verdict:
    """The verdict on a series; None where nothing was counted. `regular` tells that it has a value per period."""
    if gaps is None:
        text = (
            f"{len(series.dates)} dates with {len(series.bands)} bands are described. What is missing is counted for "
            "the report alone, for all images are read then."
        )
        return Verdict([Answer(IMAGES, UNTOLD, text)], ["Ask for a report to see the gaps."], RULES)
    return Verdict([_images(gaps), _places(gaps)], list(_next_steps(gaps, regular=regular)), RULES)


def _images(gaps: Gaps) -> Answer:
    dates, empty = gaps.dates, gaps.empty
    text = f"The series has {len(dates)} dates from {dates[0]} to {dates[-1]}."
    if empty:
        text += f" {_counted(len(empty), 'date has', 'dates have')} no data at all ({_listed(empty)})."
    grade = NO if gaps.missing > MANY_GAPS else YES if gaps.missing < FEW_GAPS and not empty else CARE
    return Answer(IMAGES, grade, text, f"{100 * gaps.missing:.1f} % of the values are missing")


def _places(gaps: Gaps) -> Answer:
    grade = NO if gaps.never > MANY_UNSEEN else YES if gaps.never < FEW_UNSEEN else CARE
    text = "Maps have no answer at cells that no image shows."
    return Answer(PLACES, grade, text, f"{100 * gaps.never:.1f} % of the cells have no data at any date")


def _next_steps(gaps: Gaps, *, regular: bool) -> Iterator[str]:
    """Yield what to do next."""
    if gaps.empty:
        yield f"Leave out the images of {_listed(gaps.empty)}, or look why they have no data (Good values, nodata)."
    if gaps.missing >= FEW_GAPS:
        yield (
            "A longer period would put more images together."
            if regular
            else "Set a period: all images of a period are put together, and most gaps close."
        )
    if gaps.never >= FEW_UNSEEN:
        yield "Add images that cover all of the area; tiles side by side are put together with Mosaic."


def _counted(count: int, one: str, several: str) -> str:
    return f"{count} {one if count == 1 else several}"


def _listed(dates: list[str]) -> str:
    return ", ".join(dates[:SHOWN_DATES]) + (", ..." if len(dates) > SHOWN_DATES else "")


def write_report(gaps: Gaps, verdict: Verdict, params: SeriesMaking, run: Run) -> None:
    """Write the page."""
    series, dates = gaps.series, gaps.dates
    subject = f"{len(dates)} dates, {dates[0]} to {dates[-1]} · bands {', '.join(series.names)}"
    report = HtmlReport(f"Series of {Path(params.output).stem}", subject, verdict)
    report.section("When are values missing?")
    data = pd.DataFrame(gaps.share, columns=series.names).assign(date=dates)
    note = "Share of the cells without data, by date and band."
    report.figure("Missing values", figures.gap_map(gaps.share, dates, series.names), note, data)
    report.figure("Seen over time", _timeline(gaps), "How much of the area the images of each date show.")
    rows = [
        {"date": when, **{band: round(100 * float(value)) for band, value in zip(series.names, row, strict=True)}}
        for when, row in zip(dates, gaps.share, strict=True)
    ]
    report.table("Missing values by date", rows, note="In % of the cells of the raster.")
    report.close(params.to_json(), run)
    report.write(params.report)


def _timeline(gaps: Gaps) -> Drawing:
    """The share of cells with data at each date, where it stands in time."""
    figure, axis = single(7.2, 2.2)
    seen = 100 * (1 - gaps.share.mean(1))
    when = pd.to_datetime(gaps.dates)
    axis.vlines(when, 0, seen, color=palette.MAIN, lw=2.5)
    axis.plot(when, seen, "o", color=palette.MAIN, ms=4)
    axis.set(ylabel="cells with data (%)", ylim=(0, 104))
    step = -(-len(when) // MOST_NAMED)
    axis.set_xticks(when[::step], gaps.dates[::step], rotation=30, ha="right")
    longest = int(np.diff(when.to_numpy()).max() / np.timedelta64(1, "D")) if len(when) > 1 else 0
    alt = f"Cells with data by date, from {seen.min():.0f} to {seen.max():.0f} %; the longest step is {longest} days."
    return Drawing(figure, alt)
