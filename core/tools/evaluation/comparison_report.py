"""Comparison report: which model is better, beyond what chance may have made, as a verdict, a figure and tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...reports.figures import intervals
from ...reports.page.html_report import HtmlReport
from ...reports.page.pictures import Drawing
from ...reports.page.verdict import CARE, UNTOLD, YES, Answer, Verdict
from ...reports.worth import bounds_text
from ...runtime.run import Run
from ...targets.score_intervals import FEWEST_UNITS, LEVEL
from .paired_answers import PairedAnswers
from .params import ModelComparison

Row = dict[str, Any]

COLUMNS = ("model", "other", "measure", "score", "other_score", "difference", "low", "high", "verdict")
TESTS = ("model", "other", "test", "only_model", "only_other", "p")
TEST_NOTE = (
    "p is the probability of so large a difference if there is none. McNemar counts samples that only one of both has "
    "right; DeLong compares areas under ROC curves; both by units, of which samples are no independent tests."
)
NOBODY, CHANCE = "Nobody can tell", "Chance may have made the difference"
SEVERAL = "Of many pairs one of ten differs by chance alone: believe what holds everywhere."
RULES = (
    f"Yes: the whole {100 * LEVEL:g} % interval of the difference of the main score lies above 0; of several models, "
    "the best differs so from each other one. With care: the interval holds 0, so chance may have made the difference. "
    f"Not tested: fewer than {FEWEST_UNITS} independent units, or a score that is not defined.",
    "Both models answered the same samples, and whole units are left out to tell how much the difference may vary.",
)


def verdict_of(compared: Sequence[PairedAnswers], rows: Sequence[Row]) -> Verdict:
    """An answer for each kind of folds."""
    answers = [_answer(paired, rows) for paired in compared]
    return Verdict(answers, _next_steps(compared, answers), RULES)


def _answer(paired: PairedAnswers, rows: Sequence[Row]) -> Answer:
    """Whether the model with the highest score is better than all others."""
    question = f"Which model is better under {_folds(paired)} folds?" if paired.folds else "Which map is better?"
    own = _main(paired, rows)
    scores = {row[name]: row[score] for row in own for name, score in (("model", "score"), ("other", "other_score"))}
    known = {name: score for name, score in scores.items() if np.isfinite(score)}
    if not known:
        return Answer(question, UNTOLD, "No score is defined.")
    best = max(known, key=lambda name: known[name])
    pairs = [row for row in (_led_by(row, best) for row in own) if row is not None]
    closest = min(pairs, key=lambda row: np.inf if row["difference"] is None else row["difference"])
    text = " ".join(_sentence(paired, row) for row in pairs)
    number = (
        ""
        if closest["difference"] is None
        else f"{best}: {closest['measure']} {closest['difference']:+.3f}{bounds_text(closest['low'], closest['high'])}"
    )
    return Answer(question, min((_grade(row) for row in pairs), key=(UNTOLD, CARE, YES).index), text, number)


def _main(paired: PairedAnswers, rows: Sequence[Row]) -> list[Row]:
    """The rows of the main score under one kind of folds."""
    return [row for row in rows if row["main"] and row["validation"] == paired.folds]


def _led_by(row: Row, name: str) -> Row | None:
    """The row with that model first; None if it takes no part."""
    if name not in (row["model"], row["other"]):
        return None
    return row if row["model"] == name else _swapped(row)


def _swapped(row: Row) -> Row:
    """The row with the other model first."""
    turned = {"better": "worse", "worse": "better"}
    swapped = {"model": row["other"], "other": row["model"], "score": row["other_score"], "other_score": row["score"]}
    bounds = {
        name: None if row[of] is None else -row[of]
        for name, of in (("difference", "difference"), ("low", "high"), ("high", "low"))
    }
    return {**row, **swapped, **bounds, "verdict": turned.get(row["verdict"], row["verdict"])}


def _grade(row: Row) -> str:
    if row["low"] is None or row["high"] is None:
        return UNTOLD
    return YES if row["verdict"] == "better" else CARE


def _next_steps(compared: Sequence[PairedAnswers], answers: Sequence[Answer]) -> list[str]:
    """What to do next."""
    steps = []
    grades = {answer.grade for answer in answers}
    if grades == {YES} and len({answer.number.split(":")[0] for answer in answers}) == 1:
        steps.append(f"Use {answers[0].number.split(':')[0]}.")
    if CARE in grades:
        steps.append("Where chance may have made the difference, take the model that is simpler or faster.")
    if UNTOLD in grades:
        steps.append("Test on more independent units (sources, blocks, regions): then the difference can be told.")
    if len(compared) > 1 and len(grades) > 1:
        steps.append("Go by the folds that are like your map: kNNDM for this area, regions for a new one.")
    if any(len(paired.names) > 2 for paired in compared):
        steps.append(SEVERAL)
    return steps


def sentences(paired: PairedAnswers, rows: Sequence[Row]) -> list[str]:
    """A plain sentence for each pair, by the main score; the better model first."""
    told = _sentences(paired, rows)
    if not paired.folds:
        return told
    lower = [text.replace(NOBODY, NOBODY.lower()).replace(CHANCE, CHANCE.lower()) for text in told]
    return [f"Under {paired.folds}: {text}" for text in lower]


def _sentences(paired: PairedAnswers, rows: Sequence[Row]) -> list[str]:
    return [_sentence(paired, _swapped(row) if row["verdict"] == "worse" else row) for row in _main(paired, rows)]


def _folds(paired: PairedAnswers) -> str:
    """The kind of folds for people."""
    return "kNNDM" if paired.folds == "knndm" else paired.folds


def _sentence(paired: PairedAnswers, row: Row) -> str:
    """Which of a pair is better, in words."""
    pair = (row["model"], row["other"])
    scores = f"{row['measure']} {_shown(row['score'])} against {_shown(row['other_score'])}"
    over = f"over {row['units']} {paired.unit_name}"
    if row["low"] is None or row["high"] is None:
        few = f"fewer than {FEWEST_UNITS} " if row["units"] < FEWEST_UNITS else ""
        return f"{NOBODY} whether {pair[0]} or {pair[1]} is better ({scores}; {few}{over})."
    gain = f"difference {row['difference']:+.3f} [{row['low']:+.3f}, {row['high']:+.3f}] {over}"
    if row["verdict"] == "better":
        return f"{pair[0]} is better than {pair[1]} ({scores}; {gain})."
    return f"{CHANCE} of {pair[0]} and {pair[1]} ({scores}; {gain})."


def _shown(score: float) -> str:
    return f"{score:.3f}" if np.isfinite(score) else "not defined"


def build_report(
    params: ModelComparison, run: Run, compared: Sequence[PairedAnswers], rows: Sequence[Row], verdict: Verdict
) -> HtmlReport:
    """The page."""
    subject = f"{', '.join(compared[0].names)} · {len(compared[0].answers[0])} samples that all of them answered"
    report = HtmlReport("Comparison of models" if params.predictions else "Comparison of maps", subject, verdict)
    for paired in compared:
        own = [row for row in rows if row["validation"] == paired.folds]
        under = f": {paired.folds}" if paired.folds else ""
        report.section(f"How do they differ under {_folds(paired)} folds?" if paired.folds else "How do they differ?")
        report.text(*_sentences(paired, rows))
        note = (
            "What the first of each pair gains (dot), with its interval (line). Where the line crosses 0, chance may "
            "have made the difference."
        )
        known = [row for row in own if row["main"] and row["difference"] is not None]
        if known:
            report.figure(f"Gain of the first of each pair{under}", _forest(known), note)
        note = (
            f"{own[0]['n']} samples that all models answered. A difference is what the first model gains: above 0 it "
            f"is better, also of errors. Its {100 * LEVEL:g} % interval is over the same {own[0]['units']} "
            f"{paired.unit_name}: what both find hard does not widen it. Where it holds 0, chance may have made it."
        )
        report.table(f"Differences{under}", own, COLUMNS, note, level=LEVEL, marked={"main": True})
        tested = [row for row in own if row["main"] and row["test"]]
        report.table(f"Tests of the differences{under}", tested, TESTS, TEST_NOTE, fold=True)
    report.close(params.to_json(), run)
    return report


def _forest(rows: Sequence[Row]) -> Drawing:
    """The difference of the main score of each pair, with its interval."""
    names = [f"{row['model']} over {row['other']}" for row in rows]
    values = [(row["difference"], row["low"], row["high"]) for row in rows]
    figure = intervals(names, values, f"gain in {rows[0]['measure']}")
    told = "; ".join(
        f"{row['model']} over {row['other']} {row['difference']:+.3f}{bounds_text(row['low'], row['high'])}"
        for row in rows
    )
    return Drawing(figure, f"Gains in {rows[0]['measure']}: {told}.")
