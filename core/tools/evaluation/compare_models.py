"""Compare models: paired differences of scores with intervals and tests, and a plain verdict."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np

from ...data.vector.writers import write_rows
from ...reports.html_report import HtmlReport
from ...runtime.files import check_not_input, check_writable
from ...runtime.run import Result, Run
from ...runtime.types import Array, Text
from ...targets.score_intervals import (
    FEWEST_UNITS,
    LEVEL,
    Difference,
    Jackknifed,
    difference,
    jackknifed,
    unit_numbers,
    unit_sums,
)
from .paired_answers import PairedAnswers, paired_maps, paired_predictions
from .paired_tests import delong, mcnemar
from .params import ModelComparison

COLUMNS = ("model", "other", "measure", "score", "other_score", "difference", "low", "high", "verdict")
TESTS = ("model", "other", "test", "only_model", "only_other", "p")


def compare_models(params: ModelComparison, run: Run) -> Result:
    """Write paired differences of several models or maps, and which of them did better beyond chance."""
    check_writable(params.scores, params.report)
    layers = [layer.path for layer in (*params.predictions, *params.maps, params.reference)]
    check_not_input([params.scores], layers)
    compared = paired_predictions(params, run) if params.predictions else [paired_maps(params, run)]
    rows = [row for paired in compared for row in _rows(paired)]
    verdicts = [sentence for paired in compared for sentence in verdict_of(paired, rows)]
    for sentence in verdicts:
        run.channel.info(sentence)
    write_rows(rows, params.scores)
    if params.report:
        _report(params, run, compared, rows, verdicts).write(params.report)
    outputs = {"SCORES": params.scores, "REPORT": params.report}
    beyond = sum(row["verdict"] in ("better", "worse") for row in rows if row["main"])
    return Result({name: path for name, path in outputs.items() if path}, {"BEYOND_CHANCE": float(beyond)})


def _rows(paired: PairedAnswers) -> list[dict[str, Any]]:
    """Two rows for each pair: of the main score, and of the error."""
    target, rows = paired.target_type, []
    for first, second in combinations(range(len(paired.names)), 2):
        scored = [paired.answers[first], paired.answers[second]]
        tests = _tests(paired, first, second)
        main = [target.jackknifed(each) for each in scored]
        losses = [target.losses(each) for each in scored]
        errors = [_mean(each.loss, each.weight, scored[0].unit) for each in losses]
        if losses[0].rooted:
            errors = [Jackknifed(float(np.sqrt(each.score)), np.sqrt(each.without)) for each in errors]
        name = losses[0].name
        common = {
            "validation": paired.folds, "model": paired.names[first], "other": paired.names[second],
            "n": len(scored[0]), "units": len(set(scored[0].unit.tolist())),
        }  # fmt: skip
        for measure, (one, other), found in (
            (target.score_name, main, difference(*main)),
            (name, errors, _turned(difference(*errors))),
        ):
            rows.append({
                **common, "measure": measure, "main": measure == target.score_name, "score": one.score,
                "other_score": other.score, **_told(found), **tests,
            })  # fmt: skip
    return rows


def _turned(found: Difference | None) -> Difference | None:
    """A difference of errors as one of gains, so that more is better."""
    return None if found is None else found.turned


def _told(found: Difference | None) -> dict[str, Any]:
    """A difference, its bounds and the verdict; above 0 the first model is better."""
    if found is None:
        return {"difference": None, "low": None, "high": None, "verdict": "not to be compared"}
    return {"difference": found.value, "low": found.low, "high": found.high, "verdict": found.verdict}


def _mean(values: Array, weight: Array, unit: Text) -> Jackknifed:
    """The weighted mean, and what it is without each unit."""
    sums = unit_sums(np.stack([weight, weight * values], 1), unit_numbers(unit))
    return jackknifed(sums, lambda totals: totals[:, 1:] / totals[:, :1])[0]


def _tests(paired: PairedAnswers, first: int, second: int) -> dict[str, Any]:
    """McNemar's test of classes, DeLong's of events; empty for shares."""
    one, other = paired.answers[first], paired.answers[second]
    empty = {"test": None, "only_model": None, "only_other": None, "p": None}
    if paired.target_type.kind == "classes":
        truth = one.observed.argmax(1)
        found = mcnemar(one.predicted.argmax(1) == truth, other.predicted.argmax(1) == truth, one.unit)
        return {"test": "McNemar", "only_model": found.only_first, "only_other": found.only_second, "p": found.p}
    if paired.target_type.kind == "events" and not np.ptp(one.weight):
        tested = delong(one.observed[:, 1], one.predicted[:, 1], other.predicted[:, 1], one.unit)
        return {**empty, "test": "DeLong", "p": tested.p if np.isfinite(tested.p) else None}
    return empty


def verdict_of(paired: PairedAnswers, rows: list[dict[str, Any]]) -> list[str]:
    """A plain sentence for each pair, by the main score."""
    where = f"Under {paired.folds}: " if paired.folds else ""
    sentences = []
    for row in [_best_first(row) for row in rows if row["main"] and row["validation"] == paired.folds]:
        pair = (row["model"], row["other"])
        scores = f"{row['measure']} {_shown(row['score'])} against {_shown(row['other_score'])}"
        over = f"over {row['units']} {paired.unit_name}"
        if row["low"] is None or row["high"] is None:
            few = f"fewer than {FEWEST_UNITS} " if row["units"] < FEWEST_UNITS else ""
            sentences.append(
                f"{where}nobody can tell whether {pair[0]} or {pair[1]} is better ({scores}; {few}{over})."
            )
            continue
        gain = f"difference {row['difference']:+.3f} [{row['low']:+.3f}, {row['high']:+.3f}] {over}"
        if row["verdict"] == "better":
            sentences.append(f"{where}{pair[0]} is better than {pair[1]} ({scores}; {gain}).")
        else:
            sentences.append(
                f"{where}chance may have made the difference of {pair[0]} and {pair[1]} ({scores}; {gain})."
            )
    return sentences


def _best_first(row: dict[str, Any]) -> dict[str, Any]:
    """The row with the other model first, if that is better."""
    if row["verdict"] != "worse":
        return row
    swapped = {"model": row["other"], "other": row["model"], "score": row["other_score"], "other_score": row["score"]}
    bounds = {"difference": -row["difference"], "low": -row["high"], "high": -row["low"]}
    return {**row, **swapped, **bounds, "verdict": "better"}


def _shown(score: float) -> str:
    return f"{score:.3f}" if np.isfinite(score) else "not defined"


def _report(
    params: ModelComparison, run: Run, compared: list[PairedAnswers], rows: list[dict[str, Any]], verdicts: list[str]
) -> HtmlReport:
    report = HtmlReport("Comparison of models", " ".join(verdicts))
    for paired in compared:
        own = [row for row in rows if row["validation"] == paired.folds]
        title = f"Differences: {paired.folds}" if paired.folds else "Differences"
        note = (
            f"{own[0]['n']} samples that all models answered. A difference is what the first model gains: above 0 it "
            f"is better, also of errors. Its {100 * LEVEL:g} % interval is over the same {own[0]['units']} "
            f"{paired.unit_name}: what both find hard does not widen it. Where it holds 0, chance may have made it."
        )
        report.table(title, own, COLUMNS, note)
        tested = [row for row in own if row["main"] and row["test"]]
        if tested:
            report.table(f"{title}: tests", tested, TESTS, TEST_NOTE)
    if len({len(paired.names) for paired in compared} - {2}):
        report.text(
            "Several models", "Of many pairs one of ten differs by chance alone: believe what holds everywhere."
        )
    report.parameters(params.to_json())
    report.text("Repeat this run", *run.repeat_lines)
    return report


TEST_NOTE = (
    "p is the probability of so large a difference if there is none. McNemar counts samples that only one of both has "
    "right; DeLong compares areas under ROC curves; both by units, of which samples are no independent tests."
)
