"""Sections of a report on classes: scores by class with its support, confusion, and calibration."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..learning.training_results import TrainingResults, ValidationResult, overall, tested_places
from ..targets.class_target import FEW, confusion, rare_classes, said
from ..targets.reliability import reliability
from ..targets.score_intervals import FEWEST_UNITS
from ..targets.share_target import MEAN
from . import class_figures, figures
from .html_report import HtmlReport

CALIBRATION = class_figures.POWERS
COLUMNS = ("component", "n", "units", "predicted", "precision", "recall", "f1", "low", "high")


def add_validation(report: HtmlReport, results: TrainingResults, validation: ValidationResult) -> None:
    """Add the scores of one kind of validation."""
    samples, tested = results.samples, validation.tested
    rare = rare_classes(samples)
    note = (
        f"n: samples of the class; units: how many of the {validation.unit_name} have it; predicted: how often it was "
        f"answered; low and high bound F1 with 90 % (fewer than {FEWEST_UNITS} of the {validation.unit_name} bound "
        "nothing)."
    )
    if rare:
        listing = ", ".join(f"{name} ({n})" for name, n in rare.items())
        note += f" With fewer than {FEW} samples a score means little: {listing}."
    rows = [
        row for row in overall(results, validation) if row["model"] == validation.chosen and row["component"] != MEAN
    ]
    report.table(f"Scores by class: {validation.kind}", rows, COLUMNS, note)
    truth, probabilities = samples.shares[tested].argmax(1), validation.answers.shares[tested]
    predicted = probabilities.argmax(1)
    table = confusion(truth, predicted, len(samples.components))
    data = pd.DataFrame(table, columns=list(samples.components)).assign(observed=samples.components)
    note = "Rows: observed, with the number of samples; columns: predicted. Colour: share of the row."
    report.figure(
        f"Confusion: {validation.kind}", class_figures.confusion_matrix(table, samples.components), note, data
    )
    bins = reliability(said(truth, probabilities, validation.unit[tested]))
    note = (
        "Accuracy of out-of-fold predictions by their confidence; on the line the model is as sure as it may be. "
        f"{class_figures.bars(validation.unit_name)}"
    )
    report.figure(f"Calibration: {validation.kind}", class_figures.calibration(bins), note, pd.DataFrame(bins))
    if not samples.placed:
        return
    wrong = np.full(len(samples), -1)
    wrong[tested] = truth != predicted
    picture = figures.sample_map(samples.xy, wrong, ("right", "wrong"))
    report.figure(
        f"Right and wrong: {validation.kind}", picture, data=tested_places(results, validation).assign(wrong=wrong)
    )
