"""Validation verdict: whether a map may be used where a reference lies, by its scores there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...reports.page.verdict import CARE, NO, UNTOLD, YES, Answer, Verdict
from ...reports.training_verdict import PLACE_QUESTION
from ...reports.worth import GRADES_RULE, SCALE_RULE, Worth, bounds_text
from ...targets.share_target import ScoreRow
from .params import MapValidation

HERE, BETTER = "Can I use this map here?", "Is it better than a simple method?"
INDICATORS = "Do the indicators go with the map?"
TRAINED_DOUBT = "{} of {} places of the reference trained the model, so the score is too good."
TRAINED_STEP = (
    "Take the places that trained the model out of the reference, or look at the scores in the report of the training."
)
RULES = (
    SCALE_RULE,
    f"{GRADES_RULE} With care at most, too: where some places of the reference trained the model; not tested, where "
    "all did.",
)
INDICATOR_RULE = (
    "Indicators: yes, if some correlation is more than chance, with 5 % false discoveries; no, if none is although "
    "units are enough; not tested, if units are too few for all of them."
)


@dataclass(frozen=True)
class Trained:
    """How many places of a reference took part in the training of the map's model, of how many."""

    count: int
    places: int

    @property
    def doubts(self) -> list[str]:
        """A sentence, if there are any."""
        return [TRAINED_DOUBT.format(self.count, self.places)] if self.count else []


def verdict_on_scores(params: MapValidation, worth: Worth | None, trained: Trained, extra: Sequence[Answer]) -> Verdict:
    """The verdict on a map; `extra` are answers to other questions than whether it may be used."""
    here = _here(worth, trained)
    away = (
        "The reference lies where the map was made. A reference of another region, or a training with Validation = "
        "regions, would tell."
    )
    better = (
        "The map alone does not tell what a simple method would score. The report of the training does; 'Compare "
        "models' compares two maps."
    )
    answers = (here, *extra) if params.indicators and worth is None else (
        here, Answer(PLACE_QUESTION, UNTOLD, away), Answer(BETTER, UNTOLD, better), *extra,
    )  # fmt: skip
    rules = (*RULES, INDICATOR_RULE) if params.indicators else RULES
    return Verdict(answers, _next_steps(params, here, trained), rules)


def _here(worth: Worth | None, trained: Trained) -> Answer:
    if worth is None:
        return Answer(HERE, UNTOLD, "No score is defined for this reference.")
    if trained.count and trained.count == trained.places:
        text = "All places of the reference trained the model: its score tells how well they were learned, not more."
        return Answer(HERE, UNTOLD, text, worth.number)
    text = " ".join([worth.text, *trained.doubts])
    return Answer(HERE, worth.grade(doubted=bool(trained.count)), text, worth.number)


def _next_steps(params: MapValidation, here: Answer, trained: Trained) -> list[str]:
    """What to do next."""
    steps = [TRAINED_STEP] if trained.count else []
    if here.grade == NO:
        steps.append("Do not use the map here before it is trained with samples of this area.")
    elif here.grade == CARE and not trained.count:
        steps.append("More reference places, far from each other, would make the interval narrower.")
    if not params.model and here.grade != UNTOLD:
        steps.append("Give the model as well: places of the reference that trained it are then found.")
    if params.class_field and here.grade != UNTOLD:
        steps.append("'Estimate area' tells areas with intervals, and weighs places by how they were drawn.")
    return steps


def worth_of_accuracy(row: ScoreRow, frequent: float) -> Worth | None:
    """What the accuracy of a map of classes is worth; `frequent` is the share of the reference's commonest class."""
    accuracy, low = row["accuracy"], row["low"]
    if accuracy is None:
        return None
    text = (
        f"Of 100 places, {100 * accuracy:.0f} have the right class; always naming the most frequent one would get "
        f"{100 * frequent:.0f}."
    )
    number = f"accuracy {accuracy:.3f}{bounds_text(low, row['high'])}"
    return Worth.of_accuracy(accuracy, low, frequent, number, text)


def worth_of_auc(row: ScoreRow) -> Worth | None:
    """What the AUC of a map of probabilities is worth."""
    area, low = row["auc"], row["low"]
    if area is None:
        return None
    text = (
        f"Of a place with an event and one without, the first has the higher probability {100 * area:.0f} times of 100 "
        "(50 by chance)."
    )
    return Worth.of_auc(area, low, f"AUC {area:.3f}{bounds_text(low, row['high'])}", text)


def worth_of_shares(row: ScoreRow | None) -> Worth | None:
    """What the mean R2 of a map of shares is worth."""
    if row is None or row["r2"] is None:
        return None
    told = (
        f"The map explains {100 * row['r2']:.0f} % of the differences between units."
        if row["r2"] > 0
        else "The map tells the differences between units no better than one mean for all."
    )
    text = f"{told} A share is off by {100 * row['rmse']:.1f} percentage points in the usual case."
    return Worth(row["r2"], row["low"], f"R² {row['r2']:.3f}{bounds_text(row['low'], row['high'])}", text)


def at_level(level: str, row: ScoreRow) -> Answer | None:
    """Whether the means of units of a coarser level may be used; None without a score."""
    worth = worth_of_shares(row)
    if worth is None:
        return None
    return Answer(f"Can I use its means by '{level}'?", worth.grade(), worth.text, worth.number)


def on_indicators(rows: Sequence[ScoreRow]) -> Answer:
    """Whether indicators go with the map's shares."""
    stars, told = [row for row in rows if row["significant"]], [row for row in rows if row["told"]]
    if not told:
        return Answer(INDICATORS, UNTOLD, "There are too few units, or too few independent ones, to tell.")
    if not stars:
        text = f"None of {len(told)} correlations is more than chance."
        return Answer(INDICATORS, NO, text)
    best = max(stars, key=lambda row: abs(row["r"]))
    text = (
        f"{len(stars)} of {len(rows)} correlations are more than chance, most that of '{best['indicator']}' with "
        f"'{best['component']}'. That they go together does not tell why."
    )
    return Answer(INDICATORS, YES, text, f"r {best['r']:.2f}")
