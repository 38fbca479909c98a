"""Explain report: which factors tell most, whether that can be trusted, and whether it is the same everywhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ...reports import figures
from ...reports.page.html_report import HtmlReport
from ...reports.page.verdict import CARE, NO, UNTOLD, YES, Answer, Verdict
from ...runtime.run import Run
from ...runtime.types import Floats
from ...targets.share_target import ScoreRow
from .params import FactorExplanation
from .shapley import Importance, ShapleyValues

SHOWN_FACTORS = 6  # in the picture of dependence
AHEAD = 1.25  # by how much the first factor must lead the second to stand out
BEYOND = 2.0  # deviations of a loss, below which it may be chance of the deal
NOTICED = 0.005  # AUC that a factor must be worth
MOST_BLOCKS, SOME_BLOCKS = 0.8, 0.5  # of those that have enough samples
CLEAR, TRUSTED, EVERYWHERE = (
    "Is it clear which factor tells most?",
    "Can that be trusted?",
    "Is it the same everywhere?",
)
RULES = (
    f"Clear: yes, if the factor that adds most adds {AHEAD:g} times what the second adds, and the AUC loses most "
    "without it; with care else; no, if it adds nothing.",
    f"Trusted: no, if the AUC of samples that no answering model had seen loses less than {NOTICED:g}, or than "
    f"{BEYOND:g} deviations of chance, without any of the factors. With care, if answers are by models that may have "
    "seen the samples, or Shapley values are not exact enough; yes else.",
    f"Everywhere: yes, if one factor dominates {100 * MOST_BLOCKS:g} % of the blocks with enough samples; no, if none "
    f"dominates {100 * SOME_BLOCKS:g} %; with care between.",
)


@dataclass(frozen=True)
class Explanation:
    """Shapley values of the explained samples, and the importance of each factor.

    Parameters
    ----------
    table : array, shape (sample, factor)
    added : ShapleyValues
        What each factor adds to the logit of a sample.
    importance : list of Importance
        The most important factor first.
    whose : str
        Whose answers tell the importance, in words.
    unseen : bool
        Whether these had not seen the samples.
    blocks : list of dict
        Samples and dominant factor of each block.
    """

    names: Sequence[str]
    table: Floats
    added: ShapleyValues
    importance: list[Importance]
    whose: str
    unseen: bool = True
    blocks: list[ScoreRow] = field(default_factory=list)


def errors(added: ShapleyValues) -> list[str]:
    """How exact Shapley values are, in words; nothing where all are exact."""
    if not added.draws:
        return []
    text = f"What networks add has a standard error of {added.error:.3f} (logit), after {added.draws} draws"
    if added.settled:
        return [f"{text}; what trees add is exact."]
    return [f"{text}: more than a tenth of its size. Draws asks for more."]


def verdict_of(explanation: Explanation) -> Verdict:
    """The verdict on what factors tell."""
    answers = [_clear(explanation), _trusted(explanation), _everywhere(explanation)]
    return Verdict(answers, list(_next_steps(explanation, answers)), RULES)


def _clear(explanation: Explanation) -> Answer:
    rows = explanation.importance
    first, others = rows[0], rows[1:]
    number = f"{first['factor']}: ± {first['shapley']:.3f} logit in the mean"
    if not first["shapley"] > 0:
        return Answer(CLEAR, NO, "No factor adds anything to the answers.")
    if not others:
        return Answer(CLEAR, YES, "The model has one factor alone.", number)
    second = others[0]
    text = f"'{first['factor']}' adds most to the answers, then '{second['factor']}' (± {second['shapley']:.3f})."
    most_lost = max(rows, key=lambda row: np.nan_to_num(row["auc_loss"], nan=-1.0))["factor"]
    if most_lost != first["factor"]:
        text += f" But the AUC loses most without '{most_lost}'."
    ahead = first["shapley"] >= AHEAD * second["shapley"] and most_lost == first["factor"]
    return Answer(CLEAR, YES if ahead else CARE, text, number)


def _trusted(explanation: Explanation) -> Answer:
    known = [row for row in explanation.importance if np.isfinite(row["auc_loss"])]
    if not known:
        return Answer(TRUSTED, UNTOLD, "No sample with a label was left to test the answers on.")
    best = max(known, key=lambda row: row["auc_loss"])
    number = f"without {best['factor']} the AUC loses {best['auc_loss']:.3f}"
    if best["auc_loss"] < max(NOTICED, BEYOND * best["auc_loss_deviation"]):
        return Answer(TRUSTED, NO, "The answers lose nothing without any of the factors. Do not explain them.", number)
    doubts = [] if explanation.unseen else ["The samples may have trained the models that answer."]
    if not explanation.added.settled:
        doubts += errors(explanation.added)
    if doubts:
        return Answer(TRUSTED, CARE, " ".join(doubts), number)
    text = "The models that answer had not seen the samples. What tells is no proof of what causes."
    return Answer(TRUSTED, YES, text, number)


def _everywhere(explanation: Explanation) -> Answer:
    told = [row["dominant"] for row in explanation.blocks if row["dominant"]]
    if not told:
        return Answer(EVERYWHERE, UNTOLD, "Blocks with enough samples ('Segment blocks') would tell.")
    counts = pd.Series(told).value_counts()
    share = counts.iloc[0] / len(told)
    text = f"{len(counts)} factors dominate one block or more." if len(counts) > 1 else "No other factor dominates any."
    grade = YES if share >= MOST_BLOCKS else CARE if share >= SOME_BLOCKS else NO
    return Answer(EVERYWHERE, grade, text, f"{counts.index[0]} dominates {counts.iloc[0]} of {len(told)} blocks")


def _next_steps(explanation: Explanation, answers: Sequence[Answer]) -> Iterator[str]:
    """Yield what to do next."""
    if not explanation.added.settled:
        yield "Ask for more Draws: what networks add is not exact yet."
    if not explanation.unseen:
        yield "Train the model again with this version: its members then answer samples that they never saw."
    if answers[1].grade == NO:
        yield "Look at the scores of the training first: a model that tells nothing has nothing to be explained."
    if answers[2].grade in (CARE, NO):
        yield "Explain regions apart from each other: the layer of blocks shows which factor dominates where."
    idle = [row["factor"] for row in explanation.importance if row["shapley"] < NOTICED]
    if idle:
        yield f"These factors add next to nothing and may be left out: {', '.join(idle[:SHOWN_FACTORS])}."


def build_report(params: FactorExplanation, run: Run, explanation: Explanation, verdict: Verdict) -> HtmlReport:
    """Importance of the factors, dependence, and dominant factors of blocks."""
    rows, added = explanation.importance, explanation.added
    subject = f"{len(explanation.table)} samples of {params.samples} · {len(explanation.names)} factors"
    report = HtmlReport("What the factors tell", subject, verdict)
    report.section("Which factors tell most?")
    sizes = {row["factor"]: row["shapley"] for row in rows}
    note = "Mean size of what a factor adds to the logit of a sample, up or down."
    report.figure("Importance", figures.bars(sizes, "mean size (logit)"), note)
    note = (
        "shapley: mean size of what the factor adds to the logit of a sample; AUC loss and Brier loss: what the "
        "answers lose when its values are dealt anew among the samples (± its deviation over deals). Factors that tell "
        f"the same share what they tell, and both lose little alone. {' '.join([explanation.whose, *errors(added)])}"
    )
    report.table("Importance of the factors", [_worded(row) for row in rows], note=note)
    report.section("Which values of a factor raise the probability?")
    _add_dependence(report, explanation)
    if explanation.blocks:
        _add_blocks(report, explanation.blocks)
    report.close(params.to_json(), run)
    return report


def _worded(row: Importance) -> ScoreRow:
    """A row whose columns are named in words."""
    return {
        "factor": row["factor"], "shapley": row["shapley"], "AUC loss": row["auc_loss"],
        "± AUC loss": row["auc_loss_deviation"], "Brier loss": row["brier_loss"],
    }  # fmt: skip


def _add_dependence(report: HtmlReport, explanation: Explanation) -> None:
    """Add what each of the leading factors adds by its value."""
    names, table, values = list(explanation.names), explanation.table, explanation.added.values
    order = [names.index(row["factor"]) for row in explanation.importance[:SHOWN_FACTORS]]
    picture = figures.dependence(table[:, order], values[:, order], [names[number] for number in order])
    data = pd.concat(
        [pd.DataFrame(table, columns=names), pd.DataFrame(values, columns=[f"{name} adds" for name in names])], axis=1
    )
    note = (
        "Each point is a sample: above the line the value of the factor raises the probability, below it lowers it. "
        f"What is added is added to a mean logit of {explanation.added.mean:.3f}."
    )
    report.figure("What each factor adds", picture, note, data)


def _add_blocks(report: HtmlReport, rows: Sequence[ScoreRow]) -> None:
    """Add which factor dominates how many blocks."""
    report.section("Which factor dominates where?")
    counts = pd.Series([row["dominant"] for row in rows if row["dominant"]]).value_counts()
    dominant = [{"factor": name, "blocks": int(n)} for name, n in counts.items()]
    if dominant:
        drawing = figures.bars({str(name): float(n) for name, n in counts.items()}, "blocks")
        report.figure("Blocks by dominant factor", drawing, "The factor that adds most in the mean of a block.")
    report.table("Dominant factors of blocks", dominant)
    report.table("Blocks", rows, fold=True)
