"""What a report tells of shares: each component, residuals, and how far the stated uncertainty can be relied on."""

from __future__ import annotations

import pandas as pd

from ..data.vector.samples import Samples
from ..learning.training_results import TrainingResults, ValidationResult, overall, tested_places
from ..targets.dirichlet import coverage_rows, pit
from ..targets.metrics import divergences
from ..targets.share_target import MEAN
from . import figures
from .html_report import HtmlReport

CALIBRATION = "Concentrations are multiplied by these; above 1 the model was too unsure, below 1 too sure."


def add_part(report: HtmlReport, results: TrainingResults, part: ValidationResult) -> None:
    """Add what one kind of validation found."""
    samples, shares = results.samples, part.answers.shares
    own = [row for row in overall(results, part) if row["model"] == part.chosen]
    columns = results.target_type.columns[2:]
    report.table(f"Scores by component: {part.kind}", own, columns, f"Mean of {_divergences(samples, part)}.")
    picture = figures.scatter(samples.shares.T, shares.T, samples.components)
    note = "Out-of-fold predictions; solid: 1:1, where R² is measured; dashed: fit with its 95 % band."
    data = pd.DataFrame(
        {
            f"{name} {what}": values[:, i]
            for i, name in enumerate(samples.components)
            for what, values in (("observed", samples.shares), ("predicted", shares))
        }
    )
    report.figure(f"Observed and predicted: {part.kind}", picture, note, data[part.tested])
    parts = [r for r in results.rows if r["validation"] == part.kind and r["part"] != "all" and r["component"] != MEAN]
    report.figure(
        f"R² by component and fold: {part.kind}",
        figures.component_boxes(parts, samples.components),
        "Boxes over folds or regions, and each of them.",
        pd.DataFrame(parts),
    )
    picture = figures.residual_map(samples.xy, shares - samples.shares, samples.components)
    note = "Out-of-fold predicted minus observed share; patches of one colour are what the model misses."
    residuals = dict(zip(samples.components, (shares - samples.shares).T, strict=True))
    report.figure(f"Residuals: {part.kind}", picture, note, tested_places(results, part).assign(**residuals))
    _add_reliability(report, results, part)


def _add_reliability(report: HtmlReport, results: TrainingResults, part: ValidationResult) -> None:
    """Add how far the stated uncertainty can be relied on."""
    samples, kept = results.samples, part.answers.known
    shares, concentration, observed = (
        part.answers.shares[kept],
        part.answers.concentration[kept],
        samples.shares[kept],
    )
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


def _divergences(samples: Samples, part: ValidationResult) -> str:
    values = divergences(samples.shares, part.answers.shares)
    return ", ".join(f"{name} {value:.3f}" for name, value in values.items())
