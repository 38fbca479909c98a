"""Sections of a report on shares: scores by component, residuals, and reliability of the stated uncertainty."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ..data.vector.samples import Samples
from ..learning.training_results import TrainingResults, ValidationResult, fold_rows, overall, tested_places
from ..runtime.types import Text
from ..targets.conformal import ALL_AT_ONCE, JOINT, coverage_rows, fewest_sources, source_weights
from ..targets.dirichlet import pit
from ..targets.metrics import divergences
from ..targets.share_target import MEAN, ScoreRow
from . import figures, share_figures
from .map_frame import MapFrame, value_maps
from .page.html_report import HtmlReport
from .palette import DIFFERENCE

PARTS = "Which shares are told well?"
TRUST = "Can the stated uncertainty be trusted?"
CALIBRATION = (
    "Concentrations are multiplied by these; above 1 the model was too unsure, below 1 too sure. Answers are scored "
    "with factors that the other folds give."
)


def add_parts(report: HtmlReport, results: TrainingResults, validation: ValidationResult) -> None:
    """Add how well each share is told."""
    samples, shares = results.samples, validation.answers.shares
    drawing = figures.scatter(samples.shares.T, shares.T, samples.components)
    note = (
        "Each point is a sample that the answering model had not seen. Grey: 1:1, the right answer, where R² is "
        "measured; dashed: fit with its 95 % band. Where it is flatter, high shares are told too low."
    )
    data = pd.DataFrame(
        {
            f"{name} {label}": values[:, i]
            for i, name in enumerate(samples.components)
            for label, values in (("observed", samples.shares), ("predicted", shares))
        }
    )
    report.figure(f"Observed and predicted: {validation.kind}", drawing, note, data[validation.tested])
    rows = [row for row in overall(results, validation) if row["model"] == validation.chosen]
    note = f"Mean of {_divergences(samples, validation)}."
    report.table(f"Scores by component: {validation.kind}", rows, results.target_type.columns[2:], note)
    by_fold = [row for row in fold_rows(results, validation) if row["component"] != MEAN]
    report.figure(
        f"R² by component and fold: {validation.kind}",
        share_figures.component_boxes(by_fold, samples.components),
        "Boxes over folds or regions, and each of them. Few samples of a fold tell little.",
        pd.DataFrame(by_fold),
    )


def add_maps(report: HtmlReport, results: TrainingResults, validation: ValidationResult, frame: MapFrame) -> None:
    """Add where each share is told too high or too low."""
    samples = results.samples
    residual = validation.answers.shares - samples.shares
    drawing = value_maps(frame, samples.xy, residual, samples.components, "predicted − observed share", DIFFERENCE)
    note = "Out-of-fold predicted minus observed share; patches of one colour are what the model misses."
    data = tested_places(results, validation).assign(**dict(zip(samples.components, residual.T, strict=True)))
    report.figure(f"Residuals: {validation.kind}", drawing, note, data)


def add_trust(report: HtmlReport, results: TrainingResults, validation: ValidationResult) -> None:
    """Add probability integral transform and coverage of the stated uncertainty."""
    samples, answers = results.samples, validation.answers
    tested = answers.known
    shares, concentration, observed = answers.shares[tested], answers.concentration[tested], samples.shares[tested]
    if not len(shares):
        return
    source = samples.group[tested]
    rows = coverage_rows(shares, concentration, observed, samples.components, validation.number[tested], source)
    units = len(np.unique(source.astype(str)))
    drawing = share_figures.reliability(pit(shares, concentration, observed), rows, samples.components, units)
    note = (
        "Left: randomised probability integral transform, flat if calibrated. Right: labels inside the conformal bands "
        "that the other folds give, each component by itself; dashed: all at once, inside the joint set. Grey: where a "
        f"right model lies 9 times of 10 by chance, if labels of one of the {units} sources are alike."
    )
    report.figure(f"Reliability: {validation.kind}", drawing, note, pd.DataFrame(rows))
    support = results.calibration.support
    note = _coverage_note(rows, source) + (f" The bands are {support.describe()}." if support else "")
    if results.tells_map(validation):
        note += " Those of the map are as much wider or narrower as its errors are (row 'map')."
    report.table(f"Coverage of conformal bands: {validation.kind}", rows, note=note)


def _coverage_note(rows: Sequence[ScoreRow], source: Text) -> str:
    """The meaning of the columns, and which levels have no band."""
    text = (
        "Shares of the labels, in the mean of sources. A component by itself: inside its own band. "
        f"'{ALL_AT_ONCE}': all components inside their own bands, which no level promises. '{JOINT}': inside the joint "
        "set, which holds all components at its level (Joint intervals of the map)."
    )
    lacking = [row["level"] for row in rows if row["mean"] is None]
    if lacking:
        count = f"{source_weights(source).sum():.0f}"
        listing = ", ".join(f"{100 * level:g} % needs {fewest_sources(level)}" for level in lacking)
        text += (
            f" {count} sources are too few for some levels without one fold ({listing}, if all labels of a source are "
            "alike): none is tested there."
        )
    return text


def _divergences(samples: Samples, validation: ValidationResult) -> str:
    values = divergences(samples.shares, validation.answers.shares)
    return ", ".join(f"{name} {value:.3f}" for name, value in values.items())
