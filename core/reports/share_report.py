"""Sections of a report on shares: scores by component, residuals, and reliability of the stated uncertainty."""

from __future__ import annotations

import pandas as pd

from ..data.vector.samples import Samples
from ..learning.training_results import TrainingResults, ValidationResult, fold_rows, overall, tested_places
from ..targets.dirichlet import coverage_rows, pit
from ..targets.metrics import divergences
from ..targets.share_target import MEAN
from . import figures, share_figures
from .html_report import HtmlReport

CALIBRATION = "Concentrations are multiplied by these; above 1 the model was too unsure, below 1 too sure."


def add_validation(report: HtmlReport, results: TrainingResults, validation: ValidationResult) -> None:
    """Add the scores of one kind of validation."""
    samples, shares = results.samples, validation.answers.shares
    rows = [row for row in overall(results, validation) if row["model"] == validation.chosen]
    columns = results.target_type.columns[2:]
    report.table(
        f"Scores by component: {validation.kind}", rows, columns, f"Mean of {_divergences(samples, validation)}."
    )
    picture = figures.scatter(samples.shares.T, shares.T, samples.components)
    note = "Out-of-fold predictions; solid: 1:1, where R² is measured; dashed: fit with its 95 % band."
    data = pd.DataFrame(
        {
            f"{name} {label}": values[:, i]
            for i, name in enumerate(samples.components)
            for label, values in (("observed", samples.shares), ("predicted", shares))
        }
    )
    report.figure(f"Observed and predicted: {validation.kind}", picture, note, data[validation.tested])
    by_fold = [row for row in fold_rows(results, validation) if row["component"] != MEAN]
    report.figure(
        f"R² by component and fold: {validation.kind}",
        share_figures.component_boxes(by_fold, samples.components),
        "Boxes over folds or regions, and each of them.",
        pd.DataFrame(by_fold),
    )
    if samples.placed:
        picture = share_figures.residual_map(samples.xy, shares - samples.shares, samples.components)
        note = "Out-of-fold predicted minus observed share; patches of one colour are what the model misses."
        residuals = dict(zip(samples.components, (shares - samples.shares).T, strict=True))
        data = tested_places(results, validation).assign(**residuals)
        report.figure(f"Residuals: {validation.kind}", picture, note, data)
    _add_reliability(report, results, validation)


def _add_reliability(report: HtmlReport, results: TrainingResults, validation: ValidationResult) -> None:
    """Add probability integral transform and coverage of the stated uncertainty."""
    samples, answers = results.samples, validation.answers
    tested = answers.known
    shares, concentration, observed = answers.shares[tested], answers.concentration[tested], samples.shares[tested]
    if not len(shares):
        return
    rows = coverage_rows(shares, concentration, observed, samples.components, validation.number[tested])
    picture = share_figures.reliability(pit(shares, concentration, observed), rows, samples.components)
    note = (
        "Left: probability integral transform, flat if calibrated. Right: labels inside the conformal bands that the "
        "other folds give."
    )
    report.figure(f"Reliability: {validation.kind}", picture, note, pd.DataFrame(rows))
    support = results.calibration.support
    note = f"The bands are {support.describe()}." if support else ""
    report.table(f"Coverage of conformal bands: {validation.kind}", rows, note=note)


def _divergences(samples: Samples, validation: ValidationResult) -> str:
    values = divergences(samples.shares, validation.answers.shares)
    return ", ".join(f"{name} {value:.3f}" for name, value in values.items())
