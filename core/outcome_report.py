"""The report of a training run: scores beside baselines, random beside spatial, and what they are worth."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pandas as pd

from . import figures
from .clock import format_seconds
from .densities import coverage_rows, pit
from .learning import BOOSTING
from .metrics import divergences
from .outcome import Outcome, Part
from .report import Report
from .run import Result
from .samples import Samples
from .versions import versions

COLUMNS = ("model", "part", "component", "n", "r2", "low", "high", "rmse", "mae", "bias", "slope")
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
SPATIAL = ("knndm", "blocks")
AWAY = ("new region", "regions", "strict")


def finish(outcome: Outcome) -> Result:
    """Write the report and tell its summary; return the files and the mean R2 of each validation."""
    params = outcome.params
    lines = summary_lines(outcome)
    build_report(outcome, lines).write(params.report, params.figures)
    for line in lines:
        outcome.run.channel.info(line)
    numbers: dict[str, float] = {}
    for part in outcome.parts:  # with both hold-outs, strict comes last
        value = outcome.mean_row(part)["r2"]
        if value is not None:
            numbers |= {f"R2_{part.kind.upper()}": value, "R2_MEAN": value}
    names = ("model", "predictions", "scores", "report", "figures", "curve")
    outputs = {name.upper(): getattr(params, name, "") for name in names}
    return Result({k: v for k, v in outputs.items() if v}, numbers)


def summary_lines(outcome: Outcome) -> list[str]:
    """Return a sentence per validation, the sentence on what to expect, and who won."""
    lines = [_score_line(outcome, part) for part in outcome.parts]
    lines += [f"Beside it, {_score_line(outcome, part)}" for part in outcome.beside]
    lines += [*_expectation(outcome), *_winner(outcome), *_disbelief(outcome)]
    return lines


def _score_line(outcome: Outcome, part: Part) -> str:
    """Return mean R2 with its interval, and the skill over the best baseline: 1 - (1 - R2) / (1 - its R2)."""
    own = outcome.mean_row(part)
    if own["r2"] is None:
        return f"{part.kind}: no score, nothing was tested."
    line = (
        f"{part.kind} ({part.chosen}): mean R2 {own['r2']:.3f} [{_text(own['low'])}, {_text(own['high'])}], "
        f"RMSE {own['rmse']:.3f}"
    )
    scores = {name: outcome.mean_row(part, name)["r2"] for name in part.baselines}
    known = {name: value for name, value in scores.items() if value is not None}
    if not known:
        return f"{line}."
    best = max(known, key=lambda name: known[name])
    skill = 1 - (1 - own["r2"]) / max(1 - known[best], 1e-12)
    return f"{line}; best without imagery: {best}, R2 {known[best]:.3f}; skill over it {skill:.3f}."


def _expectation(outcome: Outcome) -> list[str]:
    """Return the plain sentence: what error to expect inside the sampled regions, and in a new one."""
    everything = [*outcome.parts, *outcome.beside]
    inside = next((p for p in everything if p.kind in SPATIAL), None)
    inside = inside or next((p for p in everything if p.kind not in (*AWAY, "random")), None) or everything[0]
    away = next((p for p in everything if p.kind in AWAY), None)
    error = outcome.mean_row(inside)["rmse"]
    if error is None:
        return []
    sentence = f"Expect an error (RMSE of a share) of {error:.3f} inside the sampled regions"
    if away is None or away is inside or outcome.mean_row(away)["rmse"] is None:
        return [f"{sentence} ({inside.chosen}, {inside.kind})."]
    far = outcome.mean_row(away)["rmse"]
    if away.chosen == inside.chosen:
        return [f"{sentence}, {far:.3f} in a new one ({inside.chosen}; {inside.kind}, {away.kind})."]
    if away.chosen not in inside.models:
        return [f"{sentence} ({inside.chosen}, {inside.kind}), {far:.3f} in a new one ({away.chosen}, {away.kind})."]
    near = outcome.mean_row(inside, away.chosen)["rmse"]
    return [
        f"{sentence} ({inside.chosen}, {inside.kind}), about {error * max(far / near, 1.0):.3f} in a new one (that of "
        f"{away.chosen} grows from {near:.3f} to {far:.3f} there)."
    ]


def _winner(outcome: Outcome) -> list[str]:
    """Return a sentence where another model than the chosen one did better on the same folds."""
    lines = []
    for part in outcome.parts:
        scores = {name: outcome.mean_row(part, name)["r2"] for name in part.models}
        known = {name: value for name, value in scores.items() if value is not None}
        best = max(known, key=lambda name: known[name], default=part.chosen)
        if best != part.chosen:
            lines.append(
                f"{part.kind}: {best} did better than {part.chosen} on the same folds (mean R2 {known[best]:.3f} "
                f"against {known[part.chosen]:.3f}); consider Model type = {best}."
            )
    return lines


def _disbelief(outcome: Outcome) -> list[str]:
    """Return why the random score should not be believed, where it is far above the spatial one."""
    everything = [*outcome.parts, *outcome.beside]
    random = next((p for p in everything if p.kind == "random"), None)
    spatial = next((p for p in everything if p.kind in ("knndm", "blocks", "grouped")), None)
    if random is None or spatial is None:
        return []
    one, other = (outcome.mean_row(p, BOOSTING)["r2"] for p in (random, spatial) if BOOSTING in p.models)
    if one is None or other is None or one - other < 0.1:
        return []
    causes = [finding.check for finding in outcome.audit.findings
              if finding.check == "clustering" or (finding.check == "repeated labels" and finding.problem)]  # fmt: skip
    why = {"repeated labels": "labels repeat, so that folds are tested on labels they were trained with",
           "clustering": "samples are clustered, so that folds are tested beside training samples"}  # fmt: skip
    found = [why[cause] for cause in causes]
    spanning = _spanning_share(outcome.samples, random)
    if spanning > SPANNING_SHARE:
        found.insert(0, f"{100 * spanning:.0f} % of tested samples share source and label with training samples")
    reasons = " and ".join(found) or "neighbours of tested samples train"
    return [
        f"Do not believe the random score: boosting reads R2 {one:.3f} under random folds and {other:.3f} under "
        f"{spatial.kind} on the same data, because {reasons}."
    ]


def _spanning_share(samples: Samples, part: Part) -> float:
    """Return the share of tested samples whose source has samples in other folds of `part`, too."""
    source = np.unique(samples.source.astype(str), return_inverse=True)[1]
    pairs = np.unique(np.stack([source, part.number], 1)[part.tested], axis=0)
    folds = np.bincount(pairs[:, 0], minlength=source.max() + 1)
    return float((folds[source[part.tested]] > 1).mean())


def _text(value: float | None) -> str:
    return "not defined" if value is None else f"{value:.3f}"


def build_report(outcome: Outcome, lines: list[str]) -> Report:
    """Return the report of the run."""
    report = Report(outcome.title, "\n".join(lines))
    for part in outcome.parts:
        _add_part(report, outcome, part)
    for part in outcome.beside:
        means = [r for r in _overall(outcome, part) if r["component"] == "mean"]
        report.table(f"Beside it: {part.kind}", means, COLUMNS, KINDS[part.kind])
    _add_learning(report, outcome)
    _add_samples(report, outcome)
    report.asked(outcome.params.to_json())
    settings = [{"what": k, "value": v} for k, v in versions().items()]
    settings.append({"what": "device", "value": outcome.device})
    settings.append({"what": "time", "value": format_seconds(time.monotonic() - outcome.run.start)})
    report.table("Versions", settings)
    report.text("Repeat this run", outcome.run.repeat_command)
    return report


def _overall(outcome: Outcome, part: Part) -> list[dict[str, Any]]:
    return [r for r in outcome.rows if r["validation"] == part.kind and r["part"] == "all"]


def _add_part(report: Report, outcome: Outcome, part: Part) -> None:
    """Add tables and figures of one kind of validation."""
    samples, shares = outcome.samples, part.answers.shares
    overall = _overall(outcome, part)
    means = [row for row in overall if row["component"] == "mean"]
    interval = (
        "Low and high bound R² in 90 % of resamplings of whole sources. Skill over a baseline is "
        "1 - (1 - R²) / (1 - its R²): below 0 it does better without images."
    )
    report.table(f"Scores beside baselines: {part.kind}", means, COLUMNS, f"{KINDS[part.kind]} {interval}")
    own = [row for row in overall if row["model"] == part.chosen]
    report.table(f"Scores by component: {part.kind}", own, COLUMNS[2:], f"Mean of {_divergences(samples, part)}.")
    picture = figures.scatter(samples.shares, shares, samples.components)
    note = "Out-of-fold predictions; solid: 1:1, where R² is measured; dashed: fit with its 95 % band."
    data = pd.DataFrame({f"{name} {what}": values[:, i] for i, name in enumerate(samples.components)
                         for what, values in (("observed", samples.shares), ("predicted", shares))})  # fmt: skip
    report.figure(f"Observed and predicted: {part.kind}", picture, note, data[part.tested])
    parts = [r for r in outcome.rows if r["validation"] == part.kind and r["part"] != "all"]
    by_component = [row for row in parts if row["component"] != "mean"]
    report.table(f"Scores by fold or region: {part.kind}", [r for r in parts if r["component"] == "mean"], COLUMNS[1:])
    report.figure(
        f"R² by component and fold: {part.kind}", figures.component_boxes(by_component, samples.components),
        "Boxes over folds or regions, and each of them.", pd.DataFrame(by_component),
    )  # fmt: skip
    where = figures.sample_map(samples.xy, part.number, part.names)
    names = np.array([*part.names, ""], object)[part.number]
    places = pd.DataFrame({"x": samples.xy[:, 0], "y": samples.xy[:, 1], "split": names})
    report.figure(f"Where they were tested: {part.kind}", where, data=places)
    picture = figures.residual_map(samples.xy, shares - samples.shares, samples.components)
    note = "Out-of-fold predicted minus observed share; patches of one colour are what the model misses."
    residuals = dict(zip(samples.components, (shares - samples.shares).T, strict=True))
    report.figure(f"Residuals: {part.kind}", picture, note, places.assign(**residuals))
    _add_reliability(report, outcome, part)
    if part.folding is not None:
        note = (
            "Cumulative distances to the nearest sample; the folds are good if their curve lies on the map's "
            f"(W {part.folding.gap:.3g}; random folds {part.folding.random_gap:.3g})."
        )
        curves = part.folding.curves.items()
        data = pd.concat([pd.DataFrame({"curve": name, "distance": values}) for name, values in curves])
        report.figure(f"Distances: {part.kind}", figures.distance_curves(part.folding.curves), note, data)
    histories = {name: h for name, h in part.histories.items() if h.score}
    if histories:
        note = "A dot marks the weights that were kept."
        epochs = pd.concat([
            pd.DataFrame({"split": name, "training_loss": h.train_loss, "loss": h.loss, "r2": h.score})
            for name, h in histories.items()
        ])  # fmt: skip
        report.figure(f"Training: {part.kind}", figures.curves(histories), note, epochs)


def _add_reliability(report: Report, outcome: Outcome, part: Part) -> None:
    """Add how far the stated uncertainty can be relied on."""
    samples, kept = outcome.samples, np.isfinite(part.answers.concentration)
    shares, concentration, observed = (
        part.answers.shares[kept], part.answers.concentration[kept], samples.shares[kept]
    )  # fmt: skip
    if not len(shares):
        return
    rows = coverage_rows(shares, concentration, observed, samples.components, part.number[kept])
    picture = figures.reliability(pit(shares, concentration, observed), rows, samples.components)
    note = (
        "Left: probability integral transform, flat if calibrated. Right: labels inside the conformal bands that the "
        "other folds give."
    )
    report.figure(f"Reliability: {part.kind}", picture, note, pd.DataFrame(rows))
    report.table(f"Coverage of conformal bands: {part.kind}", rows)


def _add_learning(report: Report, outcome: Outcome) -> None:
    """Add learning curve, parameter search, weights of the stack and calibration, where there are any."""
    if outcome.curve:
        note = "Mean over folds; band: 90 % of repeats and folds. A curve still rising asks for more samples."
        picture = figures.learning_curve(outcome.curve, [*outcome.samples.components, "mean"])
        report.figure("Learning curve", picture, note, pd.DataFrame(outcome.curve))
    if outcome.few:
        note = (
            "Mean over folds, each tested on all of its samples; bars: the folds. The labels are the only ones known."
        )
        report.figure("Few labels", figures.few_curve(outcome.few), note, pd.DataFrame(outcome.few))
        means = pd.DataFrame(outcome.few).query("component == 'mean'").groupby(["labels", "way"])[["r2", "rmse"]].mean()
        report.table(
            "Few labels", [{str(k): v for k, v in row.items()} for row in means.reset_index().to_dict("records")]
        )
    if outcome.search:
        note = "Mean validation R² of each pair over folds; every fold takes its own best, by validation alone."
        report.figure("Parameter search", figures.search_map(outcome.search), note, pd.DataFrame(outcome.search))
        report.table("Parameter search", outcome.search)
    if len(outcome.mixture) > 1:
        rows = [{"model": name, "weight": value} for name, value in outcome.mixture.items()]
        report.table("Weights of the stack", rows, note="Those whose mean comes nearest to out-of-fold samples.")
    factors = [
        {"model": name, "region": region or "all", "factor": value}
        for name, values in outcome.calibration.factors.items()
        for region, value in values.items()
    ]
    note = "Concentrations are multiplied by these; above 1 the model was too unsure, below 1 too sure."
    report.table("Calibration of the concentration", factors, note=note)


def _add_samples(report: Report, outcome: Outcome) -> None:
    """Add what is known about the samples: audit, counts, notices."""
    samples, audit = outcome.samples, outcome.audit
    found = [{"check": f.check, "samples": int(f.rows.sum()), "what": f.text} for f in audit.findings]
    report.table("Audit of the samples", found or [{"check": "all", "samples": 0, "what": "Nothing was found."}])
    report.table("Samples by region and component", audit.counts, note="Samples in which a component is above .01.")
    sources = len(np.unique(samples.source.astype(str)))
    observed = int((~samples.augmented).sum())
    text = [f"{observed} observed samples of {sources} sources.", *samples.notices]
    if samples.augmented.any():
        text.append(
            f"{samples.augmented.sum()} samples have predicted labels: they train and never test, and stay out of the "
            "folds of their neighbours. What predicted them knew all labels, so scores may be a little too good."
        )
    report.text("About the samples", *text)


def _divergences(samples: Samples, part: Part) -> str:
    values = divergences(samples.shares, part.answers.shares)
    return ", ".join(f"{name} {value:.3f}" for name, value in values.items())
