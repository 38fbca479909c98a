"""Differences of models in a report: over which units intervals reach, and who did better beyond chance."""

from __future__ import annotations

from ..learning.training_results import TrainingResults, ValidationResult
from ..targets.score_intervals import Difference, basis
from .page.html_report import HtmlReport


def interval_basis(results: TrainingResults, validation: ValidationResult) -> str:
    """In words what the interval of the main score comes from, or why there is none."""
    row = results.mean_row(validation)
    return basis((row["low"], row["high"]), validation.units, validation.unit_name)


def interval_text(low: float | None, high: float | None) -> str:
    """An interval in brackets, after a space; nothing where it has no bounds."""
    if low is None and high is None:
        return ""
    return " [{}, {}]".format(*("not defined" if bound is None else f"{bound:.3f}" for bound in (low, high)))


def difference_text(found: Difference | None) -> str:
    """Whether a model did better, and by how much."""
    if found is None:
        return "not to be compared"
    return f"{found.verdict} ({found.value:+.3f}{interval_text(found.low, found.high)})"


def better_models(results: TrainingResults) -> list[str]:
    """A sentence where another model than the chosen one scored higher on the same folds, and whether by chance.

    Of several it names the highest of those that did better beyond chance, if there is one.
    """
    lines = []
    for validation in results.validations:
        best = highest_model(results, validation)
        if best is None:
            continue
        name, gain = best
        better = gain.verdict == "better"
        scores = "{:.3f} against {:.3f}".format(*(results.score_of(validation, each) for each in (name, "")))
        lines.append(
            f"{validation.kind}: {name} {'did better' if better else 'scored higher'} than {validation.chosen} on the "
            f"same folds ({results.target_type.score_name} {scores}), {difference_text(gain)}"
            f"{f'; consider Model type = {name}' if better else ''}."
        )
    return lines


def highest_model(results: TrainingResults, validation: ValidationResult) -> tuple[str, Difference] | None:
    """The model that scored highest above the chosen one, with its gain; of those that did better beyond chance first.

    None if none scored higher.
    """
    found = {name: results.difference(validation, name) for name in validation.models}
    gains = {name: each for name, each in found.items() if each is not None and each.value > 0}
    beyond_chance = [name for name, each in gains.items() if each.verdict == "better"]
    best = max(beyond_chance or gains, key=lambda name: gains[name].value, default=None)
    return None if best is None else (best, gains[best])


def add_differences(report: HtmlReport, results: TrainingResults, validation: ValidationResult) -> None:
    """Add the difference of each model and baseline to the chosen model."""
    found = {name: results.difference(validation, name) for name in (*validation.models, *validation.baselines)}
    rows = [
        {"model": name, "difference": each.value, "low": each.low, "high": each.high, "verdict": each.verdict}
        for name, each in found.items()
        if each is not None
    ]
    note = (
        f"{results.target_type.score} minus that of {validation.chosen} on the same samples; above 0 a model did "
        f"better. The interval is that of the difference over the same {validation.units} {validation.unit_name}: what "
        "both find hard does not widen it. Where it holds 0, chance may have made the difference."
    )
    report.table(f"Differences to {validation.chosen}: {validation.kind}", rows, note=note, fold=True)
