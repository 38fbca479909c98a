"""The verdict on forecasts: whether next year's can be used, how far ahead, and whether a simple one would do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from ...reports.page.verdict import CARE, NO, UNTOLD, YES, Answer, Verdict
from ...reports.worth import GRADES_RULE, Worth, bounds_text
from .forecast_results import ForecastResults
from .forecast_scores import ALL, EVERY, MapScores, Row
from .lag_features import BASELINES
from .year_intervals import Bounds

RULES = (
    "What a forecast is worth is its skill over climatology: 1 - its mean squared error / that of the mean of the years"
    f" seen, 0 for knowing no more, 1 for no error. {GRADES_RULE}",
    "Better than the simple method: yes, if the whole 90 % interval of the skill over the best simple forecast lies "
    "above 0; no, if the skill is 0 or below; with care between.",
)
COVERAGE_OFF = 0.05  # of intervals, beyond which it is told
BETTER = "Is it better than a simple forecast?"


def training_verdict(results: ForecastResults, notices: Iterable[str]) -> Verdict:
    """The verdict on a training; `notices` say what few years cannot tell."""
    horizon = results.params.horizon
    best = min(BASELINES, key=lambda name: results.rmse(name, 1))
    answers = (
        _use("Can I use the forecast of next year?", _row(results, 1)),
        _use(f"Can I use it {horizon} years ahead?", _row(results, horizon))
        if horizon > 1
        else Answer("Can I use it further ahead?", UNTOLD, "One year ahead was asked; a larger Horizon tests more."),
        _better(results.skill(results.chosen, best), best, results.rmse(best, 1), results.rmse(results.chosen, 1)),
    )
    return Verdict(answers, [*_other_model(results), *_intervals(_row(results, 1), results.params.levels()), *notices],
                   RULES)  # fmt: skip


def map_verdict(scores: MapScores, best: str) -> Verdict:
    """The verdict on a map of forecasts; `best` is the best simple forecast."""
    row = scores.row(scores.models[0])
    years = ", ".join(map(str, scores.years))
    answers = (
        _use("Did the forecast hold here?", row),
        Answer("Will it hold in other years?", UNTOLD, f"Only {years} of this map can be held against the truth."),
        _better(scores.skills[best], best, scores.row(best)["rmse"], row["rmse"]),
    )
    return Verdict(answers, (), RULES)


def _row(results: ForecastResults, lead: int) -> Row:
    return results.row(results.chosen, lead)


def _use(question: str, row: Row) -> Answer:
    """Whether a forecast knows more than the mean of past years."""
    skill = row.get("skill_climatology")
    if skill is None:
        return Answer(question, UNTOLD, "No year could be held against the truth.")
    number = f"RMSE {row['rmse']:.4g}{bounds_text(row['low'], row['high'], '.4g')}"
    held = "" if row.get("coverage") is None else f" Its intervals held {100 * row['coverage']:.0f} % of the truth."
    told = (
        f"It saves {100 * skill:.0f} % of the squared error of telling the mean of past years.{held}"
        if skill > 0
        else f"Telling the mean of past years is as good or better (skill {skill:.2f})."
    )
    return Answer(question, Worth(skill, row["skill_climatology_low"], number, told).grade(), told, number)


def _better(skill: Bounds, best: str, simple: float, own: float) -> Answer:
    """Whether a forecast is better than the best simple one."""
    told = f"The best simple forecast ({best}) has RMSE {simple:.4g}, this one {own:.4g}"
    number = f"skill {skill.value:.3f}{bounds_text(skill.low, skill.high)}"
    if not np.isfinite(skill.value):
        return Answer(BETTER, UNTOLD, f"{told}.")
    if skill.value <= 0:
        return Answer(BETTER, NO, f"{told}. Use the simple one.", number)
    if skill.low is not None and skill.low > 0:
        return Answer(BETTER, YES, f"{told}.", number)
    return Answer(BETTER, CARE, f"{told}, but chance may have made the difference.", number)


def _other_model(results: ForecastResults) -> Iterable[str]:
    """Yield the model with a lower error than the chosen one, if there is one."""
    rows = {
        row["model"]: row["rmse"]
        for row in results.rows
        if (row["lead"], row["part"], row["year"]) == (1, ALL, EVERY) and row["model"] not in BASELINES
    }
    best = min(rows, key=lambda name: rows[name])
    if best != results.chosen:
        yield f"{best} had a lower error next year (RMSE {rows[best]:.4g}): consider Model type = {best}."


def _intervals(row: Mapping[str, float | None], levels: tuple[float, ...]) -> Iterable[str]:
    """Yield by how much intervals hold too much or too little."""
    coverage, stated = row.get("coverage"), max(levels) - min(levels)
    if coverage is not None and abs(coverage - stated) > COVERAGE_OFF:
        words = "too few: they are too narrow" if coverage < stated else "more: they are wider than they say"
        yield f"Intervals of {100 * stated:.0f} % held {100 * coverage:.0f} % of the truth, {words}."
