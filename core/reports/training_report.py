"""The report of a training run: scores beside baselines, random beside spatial, and what they are worth."""

from __future__ import annotations

import time
from collections.abc import Iterable

import numpy as np
import pandas as pd

from ..data.vector.samples import Samples
from ..learning.model_types import BOOSTING
from ..learning.training_results import (
    HERE,
    MAP,
    FewShotResult,
    TrainingResults,
    ValidationResult,
    fold_rows,
    overall,
    tested_places,
)
from ..runtime.progress import format_seconds
from ..runtime.run import Result
from ..runtime.versions import versions
from ..targets.share_target import MEAN, TargetType
from . import binary_report, class_report, figures, share_report, training_figures
from .applicability_section import add_applicability
from .differences import add_differences, better_models, difference_text, interval_basis, interval_text
from .expected_errors import expectation
from .finish import publish
from .html_report import HtmlReport
from .residual_section import add_residuals, near_folds

KINDS = {
    "random": "Random folds: how well it fills gaps among samples like these; neighbours help it.",
    "grouped": "Grouped folds: whole sources are held out; neighbours of other sources still help.",
    "blocks": "Spatial blocks with a buffer: how well it maps what lies a block away from all samples.",
    "knndm": "kNNDM: folds as far from each other as the map's cells are from the samples. This is what to expect of "
    "a map of this area. Where a row 'map' stands, it tells of the mean of all members, which the map shows.",
    "years": "Years: each is predicted by models that saw other years only; places may be the same. This is what to "
    "expect of a new year here.",
    "spacetime": "Space and time: later events of held-out blocks, predicted from earlier events of other blocks. This "
    "is what to expect of the events to come, in places never seen. Scores of probabilities are those of a world where "
    "events are as rare as the later ones alone.",
    "regions": "Regions: each is predicted by models that saw neither it nor its surroundings.",
    "new region": "New region: each region (or large cluster) is predicted by models that saw neither it nor its "
    "surroundings.",
    "within": "Within-region hold-out: the region's expert on held-out sources of its own region. It says "
    "nothing about regions that were never seen.",
    "pooled": "Pooled: one model of all regions on the samples on which the experts were tested. Where experts are no "
    "better, one model will do.",
    "strict": "Strict: for each region a model that saw neither the region nor its buffer. This is what to "
    "expect in a new region.",
}
SPANNING_SHARE = 0.05
NOTABLE_GAP = 0.1  # of the main score between random and spatial folds
SECTIONS = {"shares": share_report, "classes": class_report, "events": binary_report}  # by `TargetType.kind`


def finish(results: TrainingResults) -> Result:
    """Write the report and log its summary; return the files and the main scores of each validation."""
    params = results.params
    lines = summary_lines(results)
    outputs = publish(params, results.run.channel, lambda: build_report(results, lines), lines)
    numbers: dict[str, float] = {}
    for validation in results.validations:  # with both hold-outs, strict comes last
        numbers |= results.target_type.numbers(validation.kind, results.mean_row(validation))
    return Result(outputs, numbers)


def summary_lines(results: TrainingResults) -> list[str]:
    """A sentence per validation, then the expected error, better models, and doubts about the random score."""
    lines = [_score_line(results, validation) for validation in results.validations]
    lines += _map_line(results)
    lines += [f"Beside it, {_score_line(results, validation)}" for validation in results.comparison]
    lines += [*_support(results), *expectation(results), *better_models(results), *_random_doubts(results)]
    if results.residuals is not None:
        lines += near_folds(results.residuals, results.params.to_json())
    return lines


def _map_line(results: TrainingResults) -> list[str]:
    """The score of the map beside that of its members, and why they differ."""
    validation, correction, target_type = results.validations[0], results.correction, results.target_type
    if correction is None or not results.tells_map(validation):
        return []
    row = results.mean_row(validation, MAP)
    if row[target_type.score] is None:
        return []
    return [
        f"The map: {target_type.score_name} {row[target_type.score]:.3f}{interval_text(row['low'], row['high'])}, "
        f"{target_type.error} {row[target_type.error]:.3f}. It shows the mean of {correction.members} members, and "
        f"folds test one at a time: {correction.describe()}"
    ]


def _support(results: TrainingResults) -> list[str]:
    """A sentence on what scores hold for where labels are of areas or of units."""
    support = results.calibration.support
    return [f"Scores and intervals are {support.describe()}."] if support and not support.single else []


def _score_line(results: TrainingResults, validation: ValidationResult) -> str:
    """The main score with its interval, the error, and the skill over the best baseline.

    With s the main score, at most 1, the skill is 1 - (1 - s) / (1 - s of the baseline).
    """
    row, target_type, value = results.mean_row(validation), results.target_type, results.score_of(validation)
    if value is None:
        return f"{validation.kind}: no score, nothing was tested."
    line = (
        f"{validation.kind} ({validation.chosen}): {target_type.score_name} {value:.3f}"
        f"{interval_text(row['low'], row['high'])} ({interval_basis(results, validation)}), "
        f"{target_type.error} {row[target_type.error]:.3f}"
    )
    scores = _defined_scores(results, validation, validation.baselines)
    if not scores:
        return f"{line}."
    best = max(scores, key=lambda name: scores[name])
    skill = 1 - (1 - value) / max(1 - scores[best], 1e-12)
    found = results.difference(validation, best)
    beside = difference_text(None if found is None else found.turned)
    return f"{line}; best baseline: {best}, {scores[best]:.3f}; skill over it {skill:.3f}, {beside}."


def _defined_scores(results: TrainingResults, validation: ValidationResult, names: Iterable[str]) -> dict[str, float]:
    """The main score of models and baselines, where it is defined."""
    scores = {name: results.score_of(validation, name) for name in names}
    return {name: value for name, value in scores.items() if value is not None}


def _random_doubts(results: TrainingResults) -> list[str]:
    """Reasons not to believe the random score, where it is far above the spatial one."""
    validations = [*results.validations, *results.comparison]
    random = next((v for v in validations if v.kind == "random"), None)
    spatial = next((v for kind in HERE for v in validations if v.kind == kind), None)
    if random is None or spatial is None:
        return []
    random_score, spatial_score = (
        _defined_scores(results, validation, [BOOSTING]).get(BOOSTING) for validation in (random, spatial)
    )
    if random_score is None or spatial_score is None or random_score - spatial_score < NOTABLE_GAP:
        return []
    causes = [
        finding.check
        for finding in results.audit.findings
        if finding.check == "clustering" or (finding.check == "repeated labels" and finding.problem)
    ]
    reason_of = {
        "repeated labels": "labels repeat, so that folds are tested on labels they were trained with",
        "clustering": "samples are clustered, so that folds are tested beside training samples",
    }
    reasons = [reason_of[cause] for cause in causes]
    spanning = _spanning_share(results.samples, random)
    if spanning > SPANNING_SHARE:
        reasons.insert(0, f"{100 * spanning:.0f} % of tested samples share their source with training samples")
    listing = " and ".join(reasons) or "tested samples lie nearer to training ones than the map's cells do"
    return [
        f"Do not believe the random score: boosting reads {results.target_type.score_name} {random_score:.3f} under "
        f"random folds and {spatial_score:.3f} under {spatial.kind} on the same data, because {listing}."
    ]


def _spanning_share(samples: Samples, validation: ValidationResult) -> float:
    """The share of tested samples whose group has samples in other folds, too."""
    group = np.unique(samples.group.astype(str), return_inverse=True)[1]
    pairs = np.unique(np.stack([group, validation.number], 1)[validation.tested], axis=0)
    folds = np.bincount(pairs[:, 0], minlength=group.max() + 1)
    return float((folds[group[validation.tested]] > 1).mean())


def build_report(results: TrainingResults, lines: list[str]) -> HtmlReport:
    """The report of the run."""
    report = HtmlReport(results.title, "\n".join(lines))
    for validation in results.validations:
        _add_validation(report, results, validation)
    for validation in results.comparison:
        means = [row for row in overall(results, validation) if row["component"] == MEAN]
        basis = f"Low and high: {interval_basis(results, validation)}."
        note = " ".join([KINDS[validation.kind], *validation.notes, basis])
        report.table(f"Beside it: {validation.kind}", means, results.target_type.columns, note)
    if results.applicability is not None:
        add_applicability(report, results.applicability)
    if results.residuals is not None:
        add_residuals(report, results.residuals, results.params.to_json())
    _add_learning(report, results)
    _add_samples(report, results)
    report.parameters(results.params.to_json())
    settings = [{"what": name, "value": version} for name, version in versions().items()]
    settings.append({"what": "device", "value": results.device})
    settings.append({"what": "time", "value": format_seconds(time.monotonic() - results.run.start)})
    report.table("Versions", settings)
    report.text("Repeat this run", *results.run.repeat_lines)
    return report


def _add_validation(report: HtmlReport, results: TrainingResults, validation: ValidationResult) -> None:
    """Add tables and figures of one kind of validation."""
    samples, target_type = results.samples, results.target_type
    means = [row for row in overall(results, validation) if row["component"] == MEAN]
    interval = (
        f"Low and high bound {target_type.score}: {interval_basis(results, validation)}. Skill over a baseline is "
        f"1 - (1 - {target_type.score}) / (1 - its {target_type.score}): below 0 it does better."
    )
    note = " ".join([KINDS[validation.kind], *validation.notes, interval])
    report.table(f"Scores beside baselines: {validation.kind}", means, target_type.columns, note)
    add_differences(report, results, validation)
    SECTIONS[results.target_type.kind].add_validation(report, results, validation)
    fold_means = [row for row in fold_rows(results, validation) if row["component"] == MEAN]
    report.table(f"Scores by fold or region: {validation.kind}", fold_means, target_type.columns[1:])
    if samples.placed:
        fold_map = figures.sample_map(samples.xy, validation.number, validation.names)
        report.figure(f"Where they were tested: {validation.kind}", fold_map, data=tested_places(results, validation))
    folds = validation.knndm_folds
    if folds is not None:
        note = (
            "Cumulative distances to the nearest sample; the folds are good if their curve lies on the map's "
            f"(W {folds.gap:.3g}; random folds {folds.random_gap:.3g})."
        )
        data = pd.concat([pd.DataFrame({"curve": name, "distance": values}) for name, values in folds.curves.items()])
        report.figure(f"Distances: {validation.kind}", figures.distance_curves(folds.curves), note, data)
    histories = {name: history for name, history in validation.histories.items() if history.score}
    if histories:
        note = (
            "A dot marks the weights that validated best. Networks then learn the validation samples, too, as other "
            "models do; no curve tells of that, for nothing is left to validate it."
        )
        epochs = pd.concat(
            [
                pd.DataFrame({"split": name, "training_loss": h.train_loss, "loss": h.loss, "r2": h.score})
                for name, h in histories.items()
            ]
        )
        report.figure(f"Training: {validation.kind}", training_figures.history_curves(histories), note, epochs)


def _add_learning(report: HtmlReport, results: TrainingResults) -> None:
    """Add learning curve, parameter search, weights of the stack and calibration, where there are any."""
    if results.curve:
        note = "Mean over folds; band: 90 % of repeats and folds. A curve still rising asks for more samples."
        picture = training_figures.learning_curve(results.curve, [*results.samples.components, "mean"])
        report.figure("Learning curve", picture, note, pd.DataFrame(results.curve))
    if results.few is not None:
        _add_few_shots(report, results.few, results.target_type)
    if results.search:
        note = "Mean validation R² of each pair over folds; every fold takes its own best, by validation alone."
        picture = training_figures.search_map(results.search)
        report.figure("Parameter search", picture, note, pd.DataFrame(results.search))
        report.table("Parameter search", results.search)
    if len(results.mixture) > 1:
        rows = [{"model": name, "weight": value} for name, value in results.mixture.items()]
        report.table("Weights of the stack", rows, note="Those whose mean comes nearest to out-of-fold samples.")
    factors = [
        {"model": name, "region": region or "all", "factor": value}
        for name, values in results.calibration.factors.items()
        for region, value in values.items()
    ]
    if results.calibration.mean.centre:
        factors.append({"model": "mean of members", "region": "all", "factor": results.calibration.mean.power})
    report.table("Calibration", factors, note=SECTIONS[results.target_type.kind].CALIBRATION)


def _add_few_shots(report: HtmlReport, result: FewShotResult, target_type: TargetType) -> None:
    """Add the scores by number of labels, and the gain that few labels bring."""
    table = pd.DataFrame(result.rows)
    means = table[table["component"] == MEAN].groupby(["labels", "way"])[[target_type.score, target_type.error]].mean()
    rows = [{str(key): value for key, value in row.items()} for row in means.reset_index().to_dict("records")]
    picture = training_figures.few_shot_curve(result.rows, target_type.score, target_type.score_name)
    report.figure("Few labels", picture, result.note, table)
    report.table("Few labels", rows)
    if result.gains:
        report.table("What few labels add", result.gains, note=result.verdict)


def _add_samples(report: HtmlReport, results: TrainingResults) -> None:
    """Add audit, counts and notices of the samples."""
    samples, audit = results.samples, results.audit
    findings = [
        {"check": f.check, "kind": f.kind, "samples": int(f.rows.sum()), "what": f.text} for f in audit.findings
    ]
    nothing = [{"check": "all", "kind": "", "samples": 0, "what": "Nothing was found."}]
    report.table("Audit of the samples", findings or nothing)
    report.table("Samples by region and component", audit.counts, note="Samples in which a component is above .01.")
    groups = len(np.unique(samples.group.astype(str)))
    observed = int((~samples.augmented).sum())
    text = [f"{observed} observed samples of {groups} sources.", *samples.notices]
    if not samples.placed:
        text.append(
            "The samples have no places: there are no maps of them here, no distances, no spatial folds, and no "
            "baselines that know places. Scores say nothing about land that lies far from the samples."
        )
    if samples.augmented.any():
        text.append(_augmented_text(results))
    report.text("About the samples", *text)


def _augmented_text(results: TrainingResults) -> str:
    """What is done with samples whose labels nobody observed; notices of the samples tell which labels are kept."""
    text = (
        f"{results.samples.augmented.sum()} samples have predicted or weak labels: they train and never test, and stay "
        "out of the folds of their neighbours."
    )
    if not results.predicted_anew:
        return text
    return f"{text} Their labels are predicted anew in each fold, from observed samples that it may know."
