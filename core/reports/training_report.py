"""The report of a training run: a verdict, scores beside baselines, random beside spatial, and what they are worth."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from ..contract.time_left import format_seconds
from ..learning.training_results import (
    MAP,
    FewShotResult,
    TrainingResults,
    ValidationResult,
    fold_rows,
    overall,
    tested_places,
)
from ..runtime.run import Result
from ..targets.share_target import MEAN, ScoreRow, TargetType
from . import binary_report, class_report, figures, share_report, training_figures
from .applicability_section import add_applicability
from .differences import add_differences, interval_basis
from .expected_errors import expectation
from .finish import publish
from .map_frame import MapFrame, frame_of, sample_map
from .page.formats import natural
from .page.html_report import HtmlReport
from .page.pictures import Drawing
from .page.verdict import Verdict
from .residual_section import add_residuals
from .training_summary import defined_scores, map_line, random_doubts, summary_lines, support_line
from .training_verdict import verdict_of

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
TITLES = {
    "random": "Among samples like these (random folds)",
    "grouped": "For sources that were held out (grouped folds)",
    "blocks": "A block away from all samples (spatial blocks)",
    "knndm": "In this area, folds as far apart as map and samples (kNNDM)",
    "years": "In years that were held out",
    "spacetime": "In later years and other places (space and time)",
    "regions": "In regions that were held out",
    "new region": "In a new region",
    "within": "In regions with samples (the regions' own experts)",
    "pooled": "In regions with samples (one model of all regions)",
    "strict": "In a new region (strict: neither it nor its surroundings were seen)",
}
SHORT = {
    "random": "random folds",
    "grouped": "held-out sources",
    "blocks": "a block away",
    "knndm": "here (kNNDM)",
    "years": "a new year",
    "spacetime": "events to come",
    "regions": "a new region",
    "new region": "a new region",
    "within": "regions with samples, experts",
    "pooled": "regions with samples, one model",
    "strict": "a new region (strict)",
}
PLAIN = ("part", "component")  # columns that say nothing where rows are means over all folds
SECTIONS = {"shares": share_report, "classes": class_report, "events": binary_report}  # by `TargetType.kind`


def finish(results: TrainingResults) -> Result:
    """Write the report and log its summary; return the files and the main scores of each validation."""
    params = results.params
    verdict = verdict_of(results, random_doubts(results))
    outputs = publish(params, results.run.channel, lambda: build_report(results, verdict), summary_lines(results))
    numbers: dict[str, float] = {}
    for validation in results.validations:  # with both hold-outs, strict comes last
        numbers |= results.target_type.numbers(validation.kind, results.mean_row(validation))
    return Result(outputs, numbers, verdict.first_line)


def build_report(results: TrainingResults, verdict: Verdict) -> HtmlReport:
    """The report of the run."""
    samples = results.samples
    observed, groups = int((~samples.augmented).sum()), len(np.unique(samples.group.astype(str)))
    subject = f"{observed} samples of {groups} sources · {results.grid.describe()} · {results.params.model_type}"
    report = HtmlReport(f"{results.title} of {layer_name(results)}", subject, verdict)
    frame = frame_of(results.grid, samples.xy, results.backdrop) if samples.placed else None
    section = SECTIONS[results.target_type.kind]
    _add_scores(report, results)
    for title, add in ((section.PARTS, section.add_parts), (section.TRUST, section.add_trust)):
        if title is section.TRUST:
            _add_places(report, results, frame)
        report.section(title)
        for validation in results.validations:
            if len(results.validations) > 1:
                report.heading(TITLES[validation.kind])
            add(report, results, validation)
    _add_calibration(report, results)
    _add_learning(report, results)
    _add_samples(report, results)
    facts = {"device": results.device, "time": format_seconds(time.monotonic() - results.run.start)}
    report.close(results.params.to_json(), results.run, facts, results.told)
    return report


def layer_name(results: TrainingResults) -> str:
    """The name of what was learned from, for people."""
    params = results.params
    layers = (getattr(params, name, None) for name in ("samples", "values", "events"))
    layer = next((each for each in layers if each), None)
    return Path(str(layer)).stem if layer else "samples"


def _add_scores(report: HtmlReport, results: TrainingResults) -> None:
    """Add the score of each validation beside the best baseline, and a table for each."""
    report.section("How good is it, and against what?")
    rows = [_forest_row(results, validation) for validation in (*results.validations, *results.comparison)]
    known = [row for row in rows if row["score"] is not None]
    if known:
        note = (
            f"{results.target_type.score_name} under each kind of folds with its 90 % interval (dot and line), and "
            "that of the best baseline (diamond)."
        )
        report.figure(
            "Scores by kind of folds", _forest(known, results.target_type.score_name), note, pd.DataFrame(rows)
        )
    report.text(*expectation(results), *support_line(results), *map_line(results))
    for validation in results.validations:
        _add_validation(report, results, validation)
    for validation in results.comparison:
        means = [row for row in overall(results, validation) if row["component"] == MEAN]
        report.heading(
            f"For comparison: {_uncapital(TITLES[validation.kind])}", KINDS[validation.kind], *validation.notes
        )
        report.table(
            f"Scores: {validation.kind}",
            means,
            [name for name in results.target_type.columns if name not in PLAIN],
            f"Intervals: {interval_basis(results, validation)}.",
            marked={"model": validation.chosen},
            fold=len(results.comparison) > 1,
        )


def _uncapital(text: str) -> str:
    return text[:1].lower() + text[1:]


def _forest_row(results: TrainingResults, validation: ValidationResult) -> ScoreRow:
    """The score of a validation with its interval, and that of the best baseline."""
    row = results.mean_row(validation, MAP if results.tells_map(validation) else "")
    baselines = defined_scores(results, validation, validation.baselines)
    best = max(baselines, key=lambda name: baselines[name], default="")
    return {
        "folds": SHORT[validation.kind],
        "score": row[results.target_type.score],
        "low": row["low"],
        "high": row["high"],
        "baseline": best,
        "baseline_score": baselines.get(best),
    }


def _forest(rows: Sequence[ScoreRow], score: str) -> Drawing:
    """The scores, a line for each kind of folds."""
    values = [(row["score"], row["low"], row["high"]) for row in rows]
    beside = [row["baseline_score"] for row in rows]
    figure = figures.intervals([row["folds"] for row in rows], values, score, beside)
    ends = [row[name] for row in rows for name in ("score", "low", "baseline_score") if row[name] is not None]
    figure.axes[0].set_xlim(max(min([0.0, *ends]), -1.0) - 0.03, 1.02)
    told = "; ".join(
        f"{row['folds']} {row['score']:.3f}"
        + ("" if row["baseline_score"] is None else f", best baseline {row['baseline_score']:.3f}")
        for row in rows
    )
    return Drawing(figure, f"{score} by kind of folds: {told}.")


def _add_validation(report: HtmlReport, results: TrainingResults, validation: ValidationResult) -> None:
    """Add the scores of models and baselines under one kind of folds."""
    target_type = results.target_type
    means = [row for row in overall(results, validation) if row["component"] == MEAN]
    report.heading(TITLES[validation.kind], KINDS[validation.kind], *validation.notes)
    note = f"Intervals: {interval_basis(results, validation)}."
    chosen = {"model": MAP if results.tells_map(validation) else validation.chosen}
    columns = [name for name in target_type.columns if name not in PLAIN]
    report.table(f"Scores: {validation.kind}", means, columns, note, marked=chosen)
    add_differences(report, results, validation)


def _add_places(report: HtmlReport, results: TrainingResults, frame: MapFrame | None) -> None:
    """Add where scores hold: scores by fold, maps, distances, applicability, and how errors go together."""
    report.section("Where does it hold?")
    for validation in results.validations:
        title = validation.kind
        if len(results.validations) > 1:
            report.heading(TITLES[title])
        if frame is not None:
            SECTIONS[results.target_type.kind].add_maps(report, results, validation, frame)
            drawing = sample_map(frame, results.samples.xy, validation.number, validation.names, "fold")
            note = "The fold that held out each sample; grey: never tested."
            report.figure(f"Where they were tested: {title}", drawing, note, tested_places(results, validation))
        rows = [row for row in fold_rows(results, validation) if row["component"] == MEAN]
        columns = [name for name in results.target_type.columns[1:] if name not in PLAIN]
        rows.sort(key=lambda row: natural(str(row["part"])))
        report.table(f"Scores by fold or region: {title}", rows, ["part", *columns], fold=True)
        _add_distances(report, validation)
    if results.applicability is not None:
        add_applicability(report, results.applicability)
    if results.residuals is not None:
        add_residuals(report, results.residuals, results.params.to_json())


def _add_distances(report: HtmlReport, validation: ValidationResult) -> None:
    """Add how far folds test beside how far the map's cells lie, where folds were made for that."""
    folds = validation.knndm_folds
    if folds is None:
        return
    note = (
        "How far from the nearest sample the map's cells lie, and tested samples from those that train. The folds are "
        f"good if their curve lies on the map's (W {folds.gap:.3g}; random folds {folds.random_gap:.3g})."
    )
    data = pd.concat([pd.DataFrame({"curve": name, "distance": values}) for name, values in folds.curves.items()])
    report.figure(f"Distances: {validation.kind}", figures.distance_curves(folds.curves), note, data)


def _add_calibration(report: HtmlReport, results: TrainingResults) -> None:
    """Add the factors of calibration."""
    factors: list[ScoreRow] = [
        {"model": name, "region": region or "all", "factor": value}
        for name, values in results.calibration.factors.items()
        for region, value in values.items()
    ]
    if results.calibration.mean.centre:
        factors.append({"model": "mean of members", "region": "all", "factor": results.calibration.mean.power})
    note = SECTIONS[results.target_type.kind].CALIBRATION
    report.table("Factors of calibration", factors, note=note, fold=True)


def _add_learning(report: HtmlReport, results: TrainingResults) -> None:
    """Add learning curve, few labels, parameter search, weights of the stack and epochs, where there are any."""
    report.section("What would more samples or another setting bring?")
    if results.curve:
        note = "Mean over folds; band: 90 % of repeats and folds. A curve still rising asks for more samples."
        drawing = training_figures.learning_curve(results.curve, [*results.samples.components, "mean"])
        report.figure("Learning curve", drawing, note, pd.DataFrame(results.curve))
    if results.few is not None:
        _add_few_shots(report, results.few, results.target_type)
    if results.search:
        note = "Mean validation R² of each pair over folds; every fold takes its own best, by validation alone."
        drawing = training_figures.search_map(results.search)
        report.figure("Parameter search", drawing, note, pd.DataFrame(results.search))
        report.table("Parameter search", results.search, fold=True)
    if len(results.mixture) > 1:
        rows = [{"model": name, "weight": value} for name, value in results.mixture.items()]
        report.table("Weights of the stack", rows, note="Those whose mean comes nearest to out-of-fold samples.")
    for validation in results.validations:
        _add_epochs(report, validation)


def _add_epochs(report: HtmlReport, validation: ValidationResult) -> None:
    """Add losses and scores by epoch, where networks learned."""
    histories = {name: history for name, history in validation.histories.items() if history.score}
    if not histories:
        return
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


def _add_few_shots(report: HtmlReport, result: FewShotResult, target_type: TargetType) -> None:
    """Add the scores by number of labels, and the gain that few labels bring."""
    table = pd.DataFrame(result.rows)
    means = table[table["component"] == MEAN].groupby(["labels", "way"])[[target_type.score, target_type.error]].mean()
    rows = [{str(key): value for key, value in row.items()} for row in means.reset_index().to_dict("records")]
    drawing = training_figures.few_shot_curve(result.rows, target_type.score, target_type.score_name)
    report.figure("Few labels", drawing, result.note, table)
    report.table("Few labels", rows)
    if result.gains:
        report.table("What few labels add", result.gains, note=result.verdict)


def _add_samples(report: HtmlReport, results: TrainingResults) -> None:
    """Add audit, counts and notices of the samples."""
    samples, audit = results.samples, results.audit
    report.section("Are the samples sound?")
    findings = [
        {"check": f.check, "kind": f.kind, "samples": int(f.rows.sum()), "what": f.text} for f in audit.findings
    ]
    report.table("Audit of the samples", findings)
    if not findings:
        report.text("The audit of the samples found nothing that would make a score lie.")
    note = "Samples in which a component is above .01."
    report.table("Samples by region and component", audit.counts, note=note, fold=True)
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
    report.text(*text)


def _augmented_text(results: TrainingResults) -> str:
    """What is done with samples whose labels nobody observed; notices of the samples tell which labels are kept."""
    text = (
        f"{results.samples.augmented.sum()} samples have predicted or weak labels: they train and never test, and stay "
        "out of the folds of their neighbours."
    )
    if not results.predicted_anew:
        return text
    return f"{text} Their labels are predicted anew in each fold, from observed samples that it may know."
