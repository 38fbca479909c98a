"""The report of a training run: scores beside baselines, random beside spatial, and what they are worth."""

from __future__ import annotations

import time
from collections.abc import Iterable

import numpy as np
import pandas as pd

from ..data.vector.samples import Samples
from ..learning.model_types import BOOSTING
from ..learning.training_results import TrainingResults, ValidationResult, overall, tested_places
from ..runtime.progress import format_seconds
from ..runtime.run import Result
from ..runtime.versions import versions
from ..targets.share_target import MEAN
from . import binary_report, class_report, figures, share_report
from .html_report import HtmlReport

KINDS = {
    "random": "Random folds: how well it fills gaps among samples like these; neighbours help it.",
    "grouped": "Grouped folds: whole sources are held out; neighbours of other sources still help.",
    "blocks": "Spatial blocks with a buffer: how well it maps the parts of this area that lie between the samples.",
    "knndm": "kNNDM: folds as far from each other as the map's cells are from the samples. This is what to expect of "
    "a map of this area.",
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
SMALLEST_ERROR = 1e-9
SPATIAL = ("knndm", "blocks")
AWAY = ("new region", "regions", "strict")
TELLERS = {
    "shares": share_report,
    "classes": class_report,
    "events": binary_report,
}  # what is told of each kind of label, see `measures`


def finish(results: TrainingResults) -> Result:
    """Write the report and tell its summary; return the files and the main scores of each validation."""
    params = results.params
    lines = summary_lines(results)
    build_report(results, lines).write(params.report, params.figures)
    for line in lines:
        results.run.channel.info(line)
    numbers: dict[str, float] = {}
    for part in results.parts:  # with both hold-outs, strict comes last
        numbers |= results.target_type.numbers(part.kind, results.mean_row(part))
    names = ("model", "predictions", "scores", "report", "figures", "curve")
    outputs = {name.upper(): getattr(params, name, "") for name in names}
    return Result({k: v for k, v in outputs.items() if v}, numbers)


def summary_lines(results: TrainingResults) -> list[str]:
    """A sentence per validation, the sentence on what to expect, and who won."""
    lines = [_score_line(results, part) for part in results.parts]
    lines += [f"Beside it, {_score_line(results, part)}" for part in results.comparison]
    lines += [*_expectation(results), *_winner(results), *_disbelief(results)]
    return lines


def _score_line(results: TrainingResults, part: ValidationResult) -> str:
    """The main score with its interval, the error, and the skill over the best baseline.

    With s the main score, at most 1, the skill is 1 - (1 - s) / (1 - s of the baseline).
    """
    own, target_type = results.mean_row(part), results.target_type
    value = own[target_type.score]
    if value is None:
        return f"{part.kind}: no score, nothing was tested."
    line = (
        f"{part.kind} ({part.chosen}): {target_type.score_name} {value:.3f} [{_text(own['low'])}, {_text(own['high'])}], "
        f"{target_type.error} {own[target_type.error]:.3f}"
    )
    known = _known(results, part, part.baselines)
    if not known:
        return f"{line}."
    best = max(known, key=lambda name: known[name])
    skill = 1 - (1 - value) / max(1 - known[best], 1e-12)
    return f"{line}; best baseline: {best}, {known[best]:.3f}; skill over it {skill:.3f}."


def _known(results: TrainingResults, part: ValidationResult, names: Iterable[str]) -> dict[str, float]:
    """The main score of models and baselines, where it is defined."""
    scores = {name: results.mean_row(part, name)[results.target_type.score] for name in names}
    return {name: value for name, value in scores.items() if value is not None}


def _expectation(results: TrainingResults) -> list[str]:
    """The plain sentence: what error to expect inside the sampled regions, and in a new one."""
    everything, column = [*results.parts, *results.comparison], results.target_type.error
    inside = next((p for p in everything if p.kind in SPATIAL), None)
    inside = inside or next((p for p in everything if p.kind not in (*AWAY, "random")), None) or everything[0]
    away = next((p for p in everything if p.kind in AWAY), None)
    error = results.mean_row(inside)[column]
    if error is None:
        return []
    sentence = f"Expect {results.target_type.error_name} of {error:.3f} inside the sampled regions"
    if away is None or away is inside or results.mean_row(away)[column] is None:
        return [f"{sentence} ({inside.chosen}, {inside.kind})."]
    far = results.mean_row(away)[column]
    if away.chosen == inside.chosen:
        return [f"{sentence}, {far:.3f} in a new one ({inside.chosen}; {inside.kind}, {away.kind})."]
    if away.chosen not in inside.models:
        return [f"{sentence} ({inside.chosen}, {inside.kind}), {far:.3f} in a new one ({away.chosen}, {away.kind})."]
    near = results.mean_row(inside, away.chosen)[column]
    return [
        f"{sentence} ({inside.chosen}, {inside.kind}), about {error * max(far / max(near, SMALLEST_ERROR), 1.0):.3f} "
        f"in a new one (that of {away.chosen} grows from {near:.3f} to {far:.3f} there)."
    ]


def _winner(results: TrainingResults) -> list[str]:
    """A sentence where another model than the chosen one did better on the same folds."""
    lines = []
    for part in results.parts:
        known = _known(results, part, part.models)
        best = max(known, key=lambda name: known[name], default=part.chosen)
        if best != part.chosen and known[best] > known[part.chosen]:
            lines.append(
                f"{part.kind}: {best} did better than {part.chosen} on the same folds ({results.target_type.score_name} "
                f"{known[best]:.3f} against {known[part.chosen]:.3f}); consider Model type = {best}."
            )
    return lines


def _disbelief(results: TrainingResults) -> list[str]:
    """Why the random score should not be believed, where it is far above the spatial one."""
    everything = [*results.parts, *results.comparison]
    random = next((p for p in everything if p.kind == "random"), None)
    spatial = next((p for p in everything if p.kind in ("knndm", "blocks", "grouped")), None)
    if random is None or spatial is None:
        return []
    one, other = (_known(results, p, [BOOSTING]).get(BOOSTING) for p in (random, spatial))
    if one is None or other is None or one - other < NOTABLE_GAP:
        return []
    causes = [
        finding.check
        for finding in results.audit.findings
        if finding.check == "clustering" or (finding.check == "repeated labels" and finding.problem)
    ]
    why = {
        "repeated labels": "labels repeat, so that folds are tested on labels they were trained with",
        "clustering": "samples are clustered, so that folds are tested beside training samples",
    }
    found = [why[cause] for cause in causes]
    spanning = _spanning_share(results.samples, random)
    if spanning > SPANNING_SHARE:
        found.insert(0, f"{100 * spanning:.0f} % of tested samples share source and label with training samples")
    reasons = " and ".join(found) or "neighbours of tested samples train"
    return [
        f"Do not believe the random score: boosting reads {results.target_type.score_name} {one:.3f} under random folds "
        f"and {other:.3f} under {spatial.kind} on the same data, because {reasons}."
    ]


def _spanning_share(samples: Samples, part: ValidationResult) -> float:
    """The share of tested samples whose group has samples in other folds of `part`, too."""
    group = np.unique(samples.group.astype(str), return_inverse=True)[1]
    pairs = np.unique(np.stack([group, part.number], 1)[part.tested], axis=0)
    folds = np.bincount(pairs[:, 0], minlength=group.max() + 1)
    return float((folds[group[part.tested]] > 1).mean())


def _text(value: float | None) -> str:
    return "not defined" if value is None else f"{value:.3f}"


def build_report(results: TrainingResults, lines: list[str]) -> HtmlReport:
    """The report of the run."""
    report = HtmlReport(results.title, "\n".join(lines))
    for part in results.parts:
        _add_part(report, results, part)
    for part in results.comparison:
        means = [r for r in overall(results, part) if r["component"] == MEAN]
        report.table(f"Beside it: {part.kind}", means, results.target_type.columns, KINDS[part.kind])
    _add_learning(report, results)
    _add_samples(report, results)
    report.spec(results.params.to_json())
    settings = [{"what": k, "value": v} for k, v in versions().items()]
    settings.append({"what": "device", "value": results.device})
    settings.append({"what": "time", "value": format_seconds(time.monotonic() - results.run.start)})
    report.table("Versions", settings)
    report.text("Repeat this run", *results.run.repeat_lines)
    return report


def _add_part(report: HtmlReport, results: TrainingResults, part: ValidationResult) -> None:
    """Add tables and figures of one kind of validation."""
    samples, target_type = results.samples, results.target_type
    means = [row for row in overall(results, part) if row["component"] == MEAN]
    interval = (
        f"Low and high bound {target_type.score} in 90 % of resamplings of whole sources. Skill over a baseline is "
        f"1 - (1 - {target_type.score}) / (1 - its {target_type.score}): below 0 it does better."
    )
    note = f"{KINDS[part.kind]} {interval}"
    report.table(f"Scores beside baselines: {part.kind}", means, target_type.columns, note)
    TELLERS[results.target_type.kind].add_part(report, results, part)
    parts = [r for r in results.rows if r["validation"] == part.kind and r["part"] != "all"]
    columns = results.target_type.columns[1:]
    report.table(f"Scores by fold or region: {part.kind}", [r for r in parts if r["component"] == MEAN], columns)
    where = figures.sample_map(samples.xy, part.number, part.names)
    report.figure(f"Where they were tested: {part.kind}", where, data=tested_places(results, part))
    if part.knndm_folds is not None:
        note = (
            "Cumulative distances to the nearest sample; the folds are good if their curve lies on the map's "
            f"(W {part.knndm_folds.gap:.3g}; random folds {part.knndm_folds.random_gap:.3g})."
        )
        curves = part.knndm_folds.curves.items()
        data = pd.concat([pd.DataFrame({"curve": name, "distance": values}) for name, values in curves])
        report.figure(f"Distances: {part.kind}", figures.distance_curves(part.knndm_folds.curves), note, data)
    histories = {name: h for name, h in part.histories.items() if h.score}
    if histories:
        note = "A dot marks the weights that were kept."
        epochs = pd.concat(
            [
                pd.DataFrame({"split": name, "training_loss": h.train_loss, "loss": h.loss, "r2": h.score})
                for name, h in histories.items()
            ]
        )
        report.figure(f"Training: {part.kind}", figures.curves(histories), note, epochs)


def _add_learning(report: HtmlReport, results: TrainingResults) -> None:
    """Add learning curve, parameter search, weights of the stack and calibration, where there are any."""
    if results.curve:
        note = "Mean over folds; band: 90 % of repeats and folds. A curve still rising asks for more samples."
        picture = figures.learning_curve(results.curve, [*results.samples.components, "mean"])
        report.figure("Learning curve", picture, note, pd.DataFrame(results.curve))
    if results.few is not None:
        few, target_type = results.few, results.target_type
        table = pd.DataFrame(few.rows)
        means = (
            table[table["component"] == MEAN].groupby(["labels", "way"])[[target_type.score, target_type.error]].mean()
        )
        rows = [{str(k): v for k, v in row.items()} for row in means.reset_index().to_dict("records")]
        picture = figures.few_curve(few.rows, target_type.score, target_type.score_name)
        report.figure("Few labels", picture, few.note, table)
        report.table("Few labels", rows)
        if few.gains:
            report.table("What few labels add", few.gains, note=few.verdict)
    if results.search:
        note = "Mean validation R² of each pair over folds; every fold takes its own best, by validation alone."
        report.figure("Parameter search", figures.search_map(results.search), note, pd.DataFrame(results.search))
        report.table("Parameter search", results.search)
    if len(results.mixture) > 1:
        rows = [{"model": name, "weight": value} for name, value in results.mixture.items()]
        report.table("Weights of the stack", rows, note="Those whose mean comes nearest to out-of-fold samples.")
    factors = [
        {"model": name, "region": region or "all", "factor": value}
        for name, values in results.calibration.factors.items()
        for region, value in values.items()
    ]
    report.table("Calibration", factors, note=TELLERS[results.target_type.kind].CALIBRATION)


def _add_samples(report: HtmlReport, results: TrainingResults) -> None:
    """Add what is known about the samples: audit, counts, notices."""
    samples, audit = results.samples, results.audit
    found = [{"check": f.check, "samples": int(f.rows.sum()), "what": f.text} for f in audit.findings]
    report.table("Audit of the samples", found or [{"check": "all", "samples": 0, "what": "Nothing was found."}])
    report.table("Samples by region and component", audit.counts, note="Samples in which a component is above .01.")
    groups = len(np.unique(samples.group.astype(str)))
    observed = int((~samples.augmented).sum())
    text = [f"{observed} observed samples of {groups} sources.", *samples.notices]
    if samples.augmented.any():
        text.append(
            f"{samples.augmented.sum()} samples have predicted labels: they train and never test, and stay out of the "
            "folds of their neighbours. What predicted them knew all labels, so scores may be a little too good."
        )
    report.text("About the samples", *text)
