"""Weigh report: whether one model is enough or regions need their experts, and how much each trusts its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from ...learning.training_results import DIFFERENCE
from ...reports import palette
from ...reports.drawing import listing, plain, single
from ...reports.figures import intervals
from ...reports.page.formats import natural
from ...reports.page.html_report import HtmlReport
from ...reports.page.pictures import Drawing
from ...reports.page.verdict import CARE, NO, UNTOLD, YES, Answer, Verdict
from ...reports.worth import bounds_text
from ...runtime.run import Run
from ...targets.score_intervals import FEWEST_UNITS, Difference
from ...targets.share_target import ScoreRow
from .params import RegionWeighing

WAYS = ("global", "regional", "fixed", "learned")
ALL = "all"  # regions together
ENOUGH, WORTH_IT, ALIKE = (
    "Is one model for all regions enough?",
    "Are learned weights better than fixed ones?",
    "Were both models tested alike?",
)
RULES = (
    "One model: by the mean log density of unseen samples under the global model alone, less that under learned "
    "weights. Yes, if it is no lower; no, if the whole 90 % interval lies below 0; with care, if the interval holds 0, "
    f"so that chance may have made the difference; not tested, where fewer than {FEWEST_UNITS} units bound nothing.",
    "Learned weights: the same of fixed weights (a half each, unless they are given): yes, if the interval lies below "
    "0; no, if fixed weights are no worse; with care between.",
    "Tested alike: no, if folds of the global model were harder (blocks, kNNDM, regions) than those of the experts.",
)


@dataclass(frozen=True)
class Weighed:
    """What was found.

    Parameters
    ----------
    rows : list of dict
        The score of each way to weigh, by region and over all.
    table : list of dict
        The weights of each region.
    unequal : str
        In words that the two models were not tested alike; empty if they were.
    """

    rows: list[ScoreRow]
    table: list[ScoreRow]
    unequal: str

    def beside_learned(self, way: str) -> Difference:
        """Mean log density of a way to weigh all samples, less that of learned weights."""
        row = next(row for row in self.rows if row["region"] == ALL and row["weights"] == way)
        return Difference(*(row[name] for name in DIFFERENCE))

    @property
    def experts(self) -> list[str]:
        """The regions that trust their expert more than the global model."""
        return [str(row["region"]) for row in self.table if row["regional"] > row["global"]]


def verdict_of(weighed: Weighed) -> Verdict:
    """The verdict on experts and their weights."""
    answers = (_enough(weighed), _worth_it(weighed), _alike(weighed))
    return Verdict(answers, list(_next_steps(weighed, answers[0])), RULES)


def _number(found: Difference, way: str) -> str:
    return f"log density of {way} {found.value:+.3f}{bounds_text(found.low, found.high)} beside learned weights"


def _enough(weighed: Weighed) -> Answer:
    found, count = weighed.beside_learned("global"), len(weighed.experts)
    text = f"{count} of {len(weighed.table)} regions trust their expert more than the global model."
    number = _number(found, "the global model")
    if found.value >= 0:
        return Answer(ENOUGH, YES, f"Experts add nothing on unseen samples. {text}", number)
    if found.low is None or found.high is None:
        return Answer(ENOUGH, UNTOLD, f"Too few units tell whether experts help. {text}", number)
    if found.verdict == "worse":
        return Answer(ENOUGH, NO, f"Experts help beyond chance. {text}", number)
    return Answer(ENOUGH, CARE, f"Experts help a little, but chance may have made it. {text}", number)


def _worth_it(weighed: Weighed) -> Answer:
    found = weighed.beside_learned("fixed")
    number = _number(found, "fixed weights")
    if found.value >= 0:
        return Answer(WORTH_IT, NO, "Fixed weights do as well on unseen samples.", number)
    if found.low is None or found.high is None:
        return Answer(WORTH_IT, UNTOLD, "Too few units tell.", number)
    if found.verdict == "worse":
        return Answer(WORTH_IT, YES, "They are likelier on samples that had no part in learning them.", number)
    return Answer(WORTH_IT, CARE, "They are a little likelier, but chance may have made it.", number)


def _alike(weighed: Weighed) -> Answer:
    if weighed.unequal:
        return Answer(ALIKE, NO, weighed.unequal)
    return Answer(ALIKE, YES, "Folds of the global model were no harder than those of the experts.")


def _next_steps(weighed: Weighed, enough: Answer) -> Iterator[str]:
    """Yield what to do next."""
    if weighed.unequal:
        yield "Train the global model with Validation = grouped, and weigh again."
    if enough.grade == YES:
        yield "Map with the global model alone: it is simpler, and as good."
    elif enough.grade == NO:
        yield "Give these weights, and the regional model, to 'Map composition'."
    doubted = [str(row["region"]) for row in weighed.table if row["note"]]
    if doubted:
        yield f"More samples would tell better in {', '.join(doubted[:5])}{' and others' if len(doubted) > 5 else ''}."


def build_report(params: RegionWeighing, run: Run, weighed: Weighed, verdict: Verdict) -> HtmlReport:
    """The page."""
    count = next(row["n"] for row in weighed.rows if row["region"] == ALL)
    subject = f"{count} unseen samples of {len(weighed.table)} regions · {', '.join(params.targets)}"
    report = HtmlReport("Weights of the regions' experts", subject, verdict)
    report.section("How much does each region trust its expert?")
    note = "1: the expert alone, 0: the global model alone; the grey line is half and half. In brackets: samples."
    report.figure("Weight of each region's expert", _weights(weighed), note, pd.DataFrame(weighed.table))
    report.table("Weights", weighed.table, note=weighed.unequal)
    report.section("What do the ways to weigh bring?")
    note = (
        "Each way to weigh beside learned weights, over all regions (dot), with its 90 % interval (line): left of 0 "
        "learned weights are likelier, and where the line crosses 0, chance may have made it."
    )
    report.figure("Ways to weigh beside learned weights", _forest(weighed), note)
    note = (
        "Learned weights are scored on samples whose source had no part in learning them. Higher is better. "
        "Difference: log density minus that of learned weights, with its 90 % interval over what the folds of the "
        "coarser validation kept whole (field 'unit' of the predictions); where it holds 0, chance may have made it. "
        f"Fewer than {FEWEST_UNITS} units have no interval."
    )
    columns = ("region", "weights", "n", "log_density", "r2", *DIFFERENCE)
    rows = sorted(weighed.rows, key=lambda row: row["region"] != ALL)  # all regions first
    report.table("Scores side by side", rows, columns, note, marked={"region": ALL})
    report.close(params.to_json(), run)
    return report


def _weights(weighed: Weighed) -> Drawing:
    """The weight of each region's expert."""
    rows = sorted(weighed.table, key=lambda row: natural(str(row["region"])))
    figure, axis = single(6.0, 1.0 + 0.3 * len(rows))
    for place, row in enumerate(rows):
        axis.plot([0, row["regional"]], [place, place], color=palette.MAIN, lw=2)
        axis.plot(row["regional"], place, "o", color=palette.MAIN, ms=7)
    axis.axvline(0.5, color=palette.QUIET, lw=1)
    axis.set(xlabel="weight of the expert", xlim=(-0.02, 1.02), ylim=(len(rows) - 0.4, -0.6))
    axis.set_yticks(range(len(rows)), [plain(f"{row['region']} ({row['n']})") for row in rows])
    axis.tick_params(axis="y", length=0)
    return Drawing(figure, f"Weights of experts: {listing({str(row['region']): row['regional'] for row in rows})}.")


def _forest(weighed: Weighed) -> Drawing:
    """Mean log density of each way to weigh, less that of learned weights."""
    found = {way: weighed.beside_learned(way) for way in WAYS[:-1]}
    bounds = [(each.value, each.low, each.high) for each in found.values()]
    figure = intervals(list(found), bounds, "mean log density less that of learned weights")
    values = listing({way: each.value for way, each in found.items()})
    return Drawing(figure, f"Mean log density less that of learned weights: {values}.")
