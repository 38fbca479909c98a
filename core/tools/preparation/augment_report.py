"""Augment report: whether predicted labels can be believed, what they rely on, and how much they count."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ...learning.label_trees import Table
from ...reports import figures, palette
from ...reports.drawing import single
from ...reports.page.html_report import HtmlReport
from ...reports.page.pictures import Drawing
from ...reports.page.verdict import CARE, NO, UNTOLD, YES, Answer, Verdict
from ...reports.worth import GRADES_RULE, LITTLE, Worth, bounds_text
from ...runtime.run import Run
from ...runtime.types import Array
from ...targets.share_target import MEAN, ScoreRow, ShareTarget
from .params import Augmentation

RANDOM, BY_SOURCE = "random", "by source"  # validations, see `table_trees.validate`
TOLD = {RANDOM: "random folds", BY_SOURCE: "sources held out"}
ALIKE, FLATTERED = 0.05, 0.15  # R2 by which random folds may score higher
BINS = [number / 25 for number in range(26)]  # of weights
UNSEEN = "Can labels be predicted where nobody surveyed?"
HONEST = "Is the score of random folds to be believed?"
COUNT = "Do predicted labels count like observed ones?"
RULES = (
    "Where nobody surveyed: by the mean R² of rows whose source was held out, which is its worth (0: one mean for all, "
    f"1: perfect). {GRADES_RULE} With care, too: without a source field.",
    f"Random folds: yes, if their mean R² is at most {ALIKE:g} above that by source; no, if it is more than "
    f"{FLATTERED:g} above; with care between.",
    "The weight of a predicted label falls with the width of its interval; an observed label has 1. Predicted labels "
    "train models and never test them.",
)


@dataclass(frozen=True)
class CrossValidation:
    """The trees on rows they had not seen, by validation; their settings, and what they rely on.

    Parameters
    ----------
    table : Table
        The observed rows.
    predicted : dict of array, shape (row, component)
    scores : list of dict
        Of each validation and component, and their mean.
    searched : list of dict
        Score of each of the settings.
    gains : dict
        Share of each feature in the gain.
    """

    table: Table
    predicted: dict[str, Array]
    scores: list[ScoreRow]
    searched: list[ScoreRow]
    gains: dict[str, float]

    def mean_of(self, kind: str) -> ScoreRow:
        """The mean scores of a validation."""
        return next(row for row in self.scores if row["validation"] == kind and row["component"] == MEAN)


def verdict_of(params: Augmentation, validated: CrossValidation, weights: Array) -> Verdict:
    """The verdict on predicted labels, whose weights have shape (predicted row,)."""
    answers = (_unseen(params, validated), _honest(params, validated), _count(weights))
    return Verdict(answers, list(_next_steps(params, validated, answers)), RULES)


def _unseen(params: Augmentation, validated: CrossValidation) -> Answer:
    row = validated.mean_of(BY_SOURCE)
    if row["r2"] is None:
        return Answer(UNSEEN, UNTOLD, "Observed labels do not differ, or too few were tested.")
    text = (
        f"The features explain {100 * row['r2']:.0f} % of the differences between labels."
        if row["r2"] > 0
        else "The features tell labels no better than one mean for all."
    )
    text += f" A predicted share is off by {100 * row['rmse']:.1f} percentage points in the usual case."
    if not params.source_field:
        text += " There is no source field: rows of one place may have trained and tested."
    worth = Worth(row["r2"], row["low"], f"R² {row['r2']:.3f}{bounds_text(row['low'], row['high'])} by source", text)
    return Answer(UNSEEN, worth.grade(doubted=not params.source_field), text, worth.number)


def _honest(params: Augmentation, validated: CrossValidation) -> Answer:
    random, own = (validated.mean_of(kind)["r2"] for kind in (RANDOM, BY_SOURCE))
    if random is None or own is None:
        return Answer(HONEST, UNTOLD, "There are no two scores to compare.")
    number = f"R² {random:.3f} against {own:.3f} by source"
    if not params.source_field:
        return Answer(HONEST, UNTOLD, "Without a source field both kinds of folds are alike.", number)
    above = random - own
    if above <= ALIKE:
        return Answer(HONEST, YES, "Rows of the same source do not help it.", number)
    text = "Rows of the same source help it: other sources' labels are told worse. Go by the score by source."
    return Answer(HONEST, NO if above > FLATTERED else CARE, text, number)


def _count(weights: Array) -> Answer:
    if not len(weights):
        return Answer(COUNT, UNTOLD, "All rows have an observed label; none was predicted.")
    text = (
        f"{len(weights)} rows have predicted labels. They train with these weights, where an observed label has 1, and "
        "never test."
    )
    number = f"weights {weights.min():.2f} to {weights.max():.2f}, median {np.median(weights):.2f}"
    return Answer(COUNT, CARE, text, number)


def _next_steps(params: Augmentation, validated: CrossValidation, answers: Sequence[Answer]) -> Iterator[str]:
    """Yield what to do next."""
    if answers[0].grade == NO:
        yield "Do not train with the predicted labels; look for features that have to do with the shares."
    if not params.source_field:
        yield "Name the field of sources (village, survey, plot), so that whole sources are held out."
    known = {
        row["component"]: row["r2"]
        for row in validated.scores
        if row["validation"] == BY_SOURCE and row["component"] != MEAN and row["r2"] is not None
    }
    weak = min(known, key=lambda name: known[name], default="")
    if weak and known[weak] < LITTLE:
        yield f"'{weak}' is hardly told (R² {known[weak]:.2f}): observe it at more places."
    if answers[0].grade != NO and answers[2].grade != UNTOLD:
        yield "Give the output to a training as its samples: it knows predicted labels by the field 'augmented'."


def build_report(
    params: Augmentation, run: Run, validated: CrossValidation, weights: Array, verdict: Verdict
) -> HtmlReport:
    """The page."""
    observed = len(validated.table.shares)
    sources = len(np.unique(validated.table.group.astype(str)))
    subject = f"{observed} observed rows of {sources} sources, {len(weights)} predicted · {', '.join(params.targets)}"
    report = HtmlReport(f"Augmented samples of {params.input}", subject, verdict)
    report.section("How well are labels told that were held out?")
    note = "Each point is a row that the trees had not seen. Grey: 1:1, the right answer; dashed: fit, 95 % band."
    for kind in (BY_SOURCE, RANDOM):
        picture = figures.scatter(validated.table.shares.T, validated.predicted[kind].T, params.targets)
        report.figure(f"Observed and predicted, {TOLD[kind]}", picture, note)
    columns = ("validation", *ShareTarget.columns[2:])
    note = "By source: rows of one source are never in training and test at once."
    title = "Cross-validation, random beside by source"
    report.table(title, validated.scores, columns, note, marked={"component": MEAN})
    report.section("What do predictions rely on?")
    report.figure(
        "Feature importance", figures.bars(validated.gains, "share of gain"), "What the trees gained by each."
    )
    settings = [{**row, "chosen": "chosen" in row} for row in validated.searched]
    report.table("Parameter search", settings, fold=True)
    report.section("How much do predicted labels count?")
    if len(weights):
        note = "An observed label has weight 1. The wider the interval of a predicted one, the less it weighs."
        report.figure("Weights of predicted labels", _weights(weights), note)
    report.close(params.to_json(), run)
    return report


def _weights(weights: Array) -> Drawing:
    """How many predicted labels have each weight."""
    figure, axis = single(5.6, 2.8)
    axis.hist(weights, bins=BINS, color=palette.MAIN)
    axis.axvline(float(np.median(weights)), color=palette.OTHER, lw=1.5, ls="--")
    axis.set(xlabel="weight (dashed: median)", ylabel="predicted rows", xlim=(0, 1))
    return Drawing(
        figure,
        f"Histogram of the weights of {len(weights)} predicted labels: {weights.min():.2f} to {weights.max():.2f}, "
        f"median {np.median(weights):.2f}.",
    )
