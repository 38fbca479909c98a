"""Design report: whether a drawn sample will tell what is asked, and how many units each stratum has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtri

from ...contract.phrases import first_of
from ...reports import palette
from ...reports.drawing import plain, single
from ...reports.page.html_report import HtmlReport
from ...reports.page.pictures import Drawing
from ...reports.page.verdict import CARE, NO, UNTOLD, YES, Answer, Verdict
from ...runtime.run import Run
from ...runtime.types import Array, Index, Mask
from ...surveys.allocation import Strata
from ...surveys.area_estimates import FEWEST_IN_ZONE, FEWEST_PRIMARY_IN_ZONE
from .area_report import format_area
from .params import SampleDesign

UNEXPECTED = 0.8  # share of a stratum that is right, where nothing is expected
PRECISE = 0.05  # half the width of an interval, where none is asked for
ROUNDED = 1.02  # by which whole numbers of units may miss a precision
FEWEST = 10  # units of a stratum, below which it tells nothing by itself
SHOWN = 3  # strata that are named
WHOLE, EACH, STAGED = (
    "Will this sample tell what is asked?",
    "Will it tell of each stratum?",
    "Are there enough primary units?",
)
RULES = (
    "What is asked: yes, if half the width of the expected interval is no wider than the precision that was asked for, "
    f"or than {100 * PRECISE:g} percentage points where a size was given; no, if it is more than twice as wide. With "
    "care between, where nothing is expected of strata (each then counts as "
    f"{100 * UNEXPECTED:g} % right), and with primary units, whose differences nobody knows before the survey.",
    f"Each stratum: yes, from {FEWEST_IN_ZONE} units of each on, or where all of it is drawn; no, if one has fewer "
    f"than {FEWEST}; with care between.",
    f"Primary units: yes, from {FEWEST_PRIMARY_IN_ZONE} on; with care below.",
)


@dataclass(frozen=True)
class Design:
    """How many cells of each stratum are drawn.

    Parameters
    ----------
    strata : Strata
        Of everything.
    counts : array of int, shape (stratum,)
    chosen : array of bool, shape (primary or 1,)
        Primary units that were drawn first.
    probability : array, shape (stratum,)
        Of a cell to be drawn.
    """

    strata: Strata
    counts: Index
    chosen: Mask
    probability: Array

    @property
    def error(self) -> float:
        """The standard error that is expected of the share of the whole."""
        return self.strata.standard_error(self.counts)


def verdict_of(params: SampleDesign, design: Design) -> Verdict:
    """The verdict on a design."""
    answers = [_whole(params, design), _each(design)]
    if params.primary:
        answers.append(_staged(design))
    return Verdict(answers, list(_next_steps(params, answers)), RULES)


def _half_width(params: SampleDesign, design: Design) -> float:
    """Half the width of the interval that is expected of the share of the whole."""
    return float(ndtri(0.5 + params.level / 2)) * design.error


def _whole(params: SampleDesign, design: Design) -> Answer:
    half, asked = _half_width(params, design), params.precision or PRECISE
    number = f"± {100 * half:.2g} percentage points ({100 * params.level:g} %)"
    text = (
        f"{int(design.counts.sum())} cells are drawn. If strata are as expected, {100 * design.strata.share:.0f} % of "
        "the area is what is asked for (right, or of the class), and the estimate will lie within these bounds."
    )
    if not params.expected:
        text += f" Nothing is expected of strata, so each counts as {100 * UNEXPECTED:g} % right."
    if half > 2 * asked:
        return Answer(WHOLE, NO, text, number)
    sure = half <= ROUNDED * asked and params.expected and not params.primary
    return Answer(WHOLE, YES if sure else CARE, text, number)


def _each(design: Design) -> Answer:
    counts, names = design.counts, design.strata.names
    few = [f"{names[h]} ({counts[h]})" for h in np.argsort(counts, kind="stable") if counts[h] < FEWEST_IN_ZONE]
    number = f"{counts.min()} to {counts.max()} cells in each of {len(counts)} strata"
    whole = counts >= design.strata.cells
    if not few or whole[counts < FEWEST_IN_ZONE].all():
        return Answer(EACH, YES, "Each stratum has enough units for an interval of its own.", number)
    text = f"Too few for an interval of their own: {first_of(few, SHOWN)}."
    return Answer(EACH, NO if (counts[~whole] < FEWEST).any() else CARE, text, number)


def _staged(design: Design) -> Answer:
    drawn = int(design.chosen.sum())
    text = "All had the same chance; cells are drawn in these alone. If they differ much, errors will be larger."
    grade = YES if drawn >= FEWEST_PRIMARY_IN_ZONE else CARE
    return Answer(STAGED, grade, text, f"{drawn} of {len(design.chosen)} primary units")


def _next_steps(params: SampleDesign, answers: Sequence[Answer]) -> Iterator[str]:
    """Yield what to do next."""
    if answers[0].grade == NO:
        yield "Draw more cells before anybody goes out: give the precision that you need, and the size follows."
    if not params.expected:
        yield (
            "A table of what is expected of each stratum (say, its accuracy in a pilot) makes the expected error, and "
            "the allocation, better."
        )
    if answers[1].grade not in (YES, UNTOLD):
        yield "For numbers of each stratum ask for more units per stratum, or allocate equally."
    yield (
        "Fill in the empty fields, in the order of field 'order'; if you must stop early, what is done is still a "
        "random sample of all strata."
    )
    yield "Then run 'Estimate area' with stratum, probability and, of two stages, primary."


def allocation_rows(design: Design) -> list[dict[str, Any]]:
    """What is drawn of each stratum, and how well it will tell what is asked."""
    strata, errors = design.strata, design.strata.standard_errors(design.counts)
    return [
        {
            "stratum": name,
            "cells": int(strata.cells[h]),
            "area_share": float(strata.weight[h]),
            "expected": float(strata.expected[h]),
            "drawn": int(design.counts[h]),
            "se": float(errors[h]),
            "weight_ha": float(strata.area[h] / design.counts[h] / 1e4),
        }
        for h, name in enumerate(strata.names)
    ]


def build_report(
    params: SampleDesign, design: Design, rows: Sequence[dict[str, Any]], run: Run, verdict: Verdict
) -> HtmlReport:
    """The page."""
    subject = f"{int(design.counts.sum())} cells in {len(rows)} strata · allocation: {params.allocation}"
    report = HtmlReport(f"Sample drawn from {params.strata}", subject, verdict)
    report.section("How many units has each stratum?")
    note = "Where the blue bar is longer than the orange one, a stratum has more units than its area alone would give."
    report.figure("Units and area of strata", _bars(design), note)
    note = (
        "'expected' is the share that is right, or of the class that is asked for; the standard error is that which "
        "such a sample will have in the stratum; 'weight ha' what a unit stands for, in hectares."
    )
    shown = [{**row, "weight_ha": format_area(row["weight_ha"])} for row in rows]
    report.table("Allocation", shown, note=note)
    if params.primary:
        report.heading(
            "Two stages",
            f"{int(design.chosen.sum())} of {len(design.chosen)} primary units were drawn first, all with the same "
            "chance; cells are drawn in these alone. The standard errors above take it that primary units are alike; "
            "if they are not, errors will be larger, and the estimate will tell.",
        )
    report.close(params.to_json(), run)
    return report


def _bars(design: Design) -> Drawing:
    """The share of each stratum among units, and in the area."""
    names, units = design.strata.names, design.counts / design.counts.sum()
    places = np.arange(len(names))
    figure, axis = single(6.4, 1.1 + 0.42 * len(names))
    axis.barh(places - 0.19, 100 * units, height=0.36, color=palette.MAIN, label="of the units")
    axis.barh(places + 0.19, 100 * design.strata.weight, height=0.36, color=palette.OTHER, label="of the area")
    axis.set_yticks(places, [plain(name) for name in names])
    axis.set(xlabel="share (%)", ylim=(len(names) - 0.4, -0.6))
    axis.tick_params(axis="y", length=0)
    axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    told = "; ".join(
        f"{name} {100 * own:.0f} % of the units, {100 * area:.0f} % of the area"
        for name, own, area in zip(names, units, design.strata.weight, strict=True)
    )
    return Drawing(figure, f"Strata: {told}.")
