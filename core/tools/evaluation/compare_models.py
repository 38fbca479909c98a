"""Compare models: paired differences of scores with intervals and tests, and a plain verdict."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np

from ...data.vector.writers import write_rows
from ...runtime.files import check_not_input, check_writable
from ...runtime.run import Result, Run
from ...runtime.types import Array, Text
from ...targets.score_intervals import (
    Difference,
    Jackknifed,
    difference,
    jackknifed,
    unit_numbers,
    unit_sums,
)
from .comparison_report import build_report, sentences, verdict_of
from .paired_answers import PairedAnswers, paired_maps, paired_predictions
from .paired_tests import delong, mcnemar
from .params import ModelComparison


def compare_models(params: ModelComparison, run: Run) -> Result:
    """Write paired differences of several models or maps, and which of them did better beyond chance."""
    check_writable(params.scores, params.report)
    layers = [layer.path for layer in (*params.predictions, *params.maps, params.reference)]
    check_not_input([params.scores], layers)
    compared = paired_predictions(params, run) if params.predictions else [paired_maps(params, run)]
    rows = [row for paired in compared for row in _rows(paired)]
    verdict = verdict_of(compared, rows)
    for sentence in (sentence for paired in compared for sentence in sentences(paired, rows)):
        run.channel.info(sentence)
    write_rows(rows, params.scores)
    if params.report:
        build_report(params, run, compared, rows, verdict).write(params.report)
    outputs = {"SCORES": params.scores, "REPORT": params.report}
    beyond = sum(row["verdict"] in ("better", "worse") for row in rows if row["main"])
    numbers = {"BEYOND_CHANCE": float(beyond)}
    return Result({name: path for name, path in outputs.items() if path}, numbers, verdict.first_line)


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
