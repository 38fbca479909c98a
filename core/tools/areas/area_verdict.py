"""Area verdict: whether areas can be quoted, whether the map's own count is right, and how right the map is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...contract.phrases import capital, first_of
from ...reports.page.verdict import CARE, NO, UNTOLD, YES, Answer, Verdict
from ...reports.worth import GRADES_RULE, Worth, bounds_text
from ...surveys.area_estimates import FEWEST_IN_ZONE
from .area_report import UNIT_WORDS, AreaFindings, format_area, too_few
from .params import AreaEstimation

FEWEST_OF_CLASS = 10  # units in which a class was found, below which its interval rests on little
WIDE = 0.5  # half of an interval over the area, from which on an area is hardly known
SHOWN = 3  # classes or zones that are named
QUOTED, COUNTED, RIGHT = (
    "Can these areas be quoted?",
    "Is the map's own count right?",
    "How right is the map?",
)
RULES = (
    f"Quoted: yes, if the reference was drawn at random, each class was found in {FEWEST_OF_CLASS} or more of its "
    f"units, each interval is narrower than ± {100 * WIDE:g} % of its area, and each zone has {FEWEST_IN_ZONE} units "
    "or more (of two stages primary units enough, too). With care: if one of this fails, or areas rest on the errors "
    "of the model, not on a draw. No: if no interval is defined.",
    "The map's own count: yes, if it lies in the interval of each class; no, if it lies outside of one. Not tested, "
    "where areas are model-based, for these are the map's own sums.",
    "How right: what overall accuracy is worth beyond a map that shows the most frequent class everywhere. "
    f"{GRADES_RULE}",
)


def verdict_of(findings: AreaFindings, params: AreaEstimation) -> Verdict:
    """The verdict on estimated areas and their map."""
    answers = (_quoted(findings, params), _counted(findings, params), _right(findings, params))
    return Verdict(answers, list(_next_steps(findings)), RULES)


def _quoted(findings: AreaFindings, params: AreaEstimation) -> Answer:
    known = [row for row in findings.rows if row["low"] is not None and row["area"] is not None]
    if len(known) < len(findings.rows) or not known:
        return Answer(QUOTED, NO, "Not all areas have an interval.")
    largest = max(known, key=lambda row: row["area"])
    number = f"{largest['class']}: {_area_text(largest)} {UNIT_WORDS[params.unit]}"
    doubts = [*_model_doubts(findings), *_class_doubts(findings), *_zone_doubts(findings)]
    if doubts:
        return Answer(QUOTED, CARE, " ".join(doubts), number)
    text = f"Quote each with its {100 * params.level:g} % interval. {capital(findings.source.in_words)}."
    return Answer(QUOTED, YES, text, number)


def _area_text(row: dict[str, Any]) -> str:
    return f"{format_area(row['area'])} ({format_area(row['low'])} to {format_area(row['high'])})"


def _model_doubts(findings: AreaFindings) -> Iterator[str]:
    """Yield a sentence if no draw stands behind the areas."""
    if findings.source.inference == "model-based":
        yield "They hold if the model errs everywhere as it erred at its own samples, which no draw guarantees."


def _class_doubts(findings: AreaFindings) -> Iterator[str]:
    """Yield sentences on classes that too few units tell, or whose intervals are wide."""
    if findings.source.inference != "model-based":
        few = [f"{row['class']} ({row['units']})" for row in findings.rows if row["units"] < FEWEST_OF_CLASS]
        if few:
            yield f"Too few units of the reference have {first_of(few, SHOWN)}: fewer than {FEWEST_OF_CLASS}."
    wide = [str(row["class"]) for row in findings.rows if row["high"] - row["low"] > 2 * WIDE * row["area"]]
    if wide:
        names = first_of(wide, SHOWN)
        yield f"The area of {names} is hardly known: the interval is wider than ± {100 * WIDE:g} % of it."


def _zone_doubts(findings: AreaFindings) -> Iterator[str]:
    """Yield a sentence on zones that too few units tell."""
    small = list(dict.fromkeys(str(row["zone"]) for row in findings.zone_rows if not row["reliable"]))
    if small:
        zones = "zone has" if len(small) == 1 else "zones have"
        fewest, names = too_few(staged=findings.source.staged), first_of(small, SHOWN)
        yield f"{len(small)} {zones} fewer than {fewest} ({names}): do not quote these."


def _counted(findings: AreaFindings, params: AreaEstimation) -> Answer:
    rows = [row for row in findings.rows if row["mapped"] is not None and row["low"] is not None]
    if findings.source.inference == "model-based" or not rows:
        return Answer(COUNTED, UNTOLD, "These areas are the map's own sums: only a drawn sample would tell.")
    off = [row for row in rows if not row["low"] <= row["mapped"] <= row["high"]]
    if not off:
        return Answer(COUNTED, YES, "What the map counts lies in the interval of each class.")
    worst = max(off, key=lambda row: max(row["low"] - row["mapped"], row["mapped"] - row["high"]))
    unit, too = UNIT_WORDS[params.unit], "much" if worst["mapped"] > worst["high"] else "little"
    others = f", and {len(off) - 1} more of {len(rows)} classes are off" if len(off) > 1 else ""
    text = f"The map shows too {too} of '{worst['class']}'{others}. Do not quote counts of the map's cells."
    number = f"{worst['class']}: counted {format_area(worst['mapped'])} {unit}, estimated {_area_text(worst)}"
    return Answer(COUNTED, NO, text, number)


def _right(findings: AreaFindings, params: AreaEstimation) -> Answer:
    worth = _worth(findings, params.level)
    if worth is None:
        return Answer(RIGHT, UNTOLD, "Only a map of classes has an accuracy; 'Validate map' scores maps of shares.")
    return Answer(RIGHT, worth.grade(), worth.text, worth.number)


def _worth(findings: AreaFindings, level: float) -> Worth | None:
    """What the overall accuracy is worth; None for a map without classes."""
    if findings.accuracy is None:
        return None
    overall, areas = findings.accuracy.overall(), findings.accuracy.areas()
    low, high = overall.interval(level, 1.0)
    frequent = float(areas.sum(0).max() / areas.sum())
    text = (
        f"Of 100 hectares, {100 * overall.value:.0f} have the right class; a map of the most frequent class alone "
        f"would have {100 * frequent:.0f}."
    )
    number = f"accuracy {overall.value:.3f}{bounds_text(low, high)}"
    return Worth.of_accuracy(overall.value, low, frequent, number, text)


def _next_steps(findings: AreaFindings) -> Iterator[str]:
    """Yield what to do next."""
    if findings.source.inference == "model-based":
        yield "For areas that hold for any model, draw a sample with 'Design sample', and answer it."
        return
    few = [str(row["class"]) for row in findings.rows if row["units"] < FEWEST_OF_CLASS]
    if few:
        names = first_of(few, SHOWN)
        yield f"Draw more units where the map shows {names} ('Design sample' with a least number per stratum)."
    if any(not row["reliable"] for row in findings.zone_rows):
        yield "Join small zones, or draw more units there."
    yield "Quote the estimate with its interval and how the sample was drawn; the report says it at its end."
