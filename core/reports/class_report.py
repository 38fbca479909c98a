"""Sections of a report on classes: scores by class with its support, confusion, and calibration."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..learning.training_results import TrainingResults, ValidationResult, overall, tested_places
from ..targets.class_target import FEW, confusion, rare_classes, said
from ..targets.reliability import reliability
from ..targets.score_intervals import FEWEST_UNITS
from ..targets.share_target import MEAN
from . import class_figures
from .map_frame import MapFrame, sample_map
from .page.html_report import HtmlReport

PARTS = "Which classes are told well, and what are they taken for?"
TRUST = "Is it as sure as it may be?"
CALIBRATION = class_figures.POWERS
COLUMNS = ("component", "n", "units", "predicted", "precision", "recall", "f1", "low", "high")


def add_parts(report: HtmlReport, results: TrainingResults, validation: ValidationResult) -> None:
    """Add how well each class is told, and what it is taken for."""
    samples, tested = results.samples, validation.tested
    truth, predicted = samples.shares[tested].argmax(1), validation.answers.shares[tested].argmax(1)
    table = confusion(truth, predicted, len(samples.components))
    data = pd.DataFrame(table, columns=list(samples.components)).assign(observed=samples.components)
    note = "Rows: observed, with the number of samples; columns: predicted. Colour: share of the row."
    report.figure(
        f"Confusion: {validation.kind}", class_figures.confusion_matrix(table, samples.components), note, data
    )
    rare = rare_classes(samples)
    note = (
        f"n: samples of the class; units: how many of the {validation.unit_name} have it; predicted: how often it was "
        f"answered; intervals are those of F1 (fewer than {FEWEST_UNITS} of the {validation.unit_name} bound nothing)."
    )
    if rare:
        listing = ", ".join(f"{name} ({n})" for name, n in rare.items())
        note += f" With fewer than {FEW} samples a score means little: {listing}."
    rows = [
        row for row in overall(results, validation) if row["model"] == validation.chosen and row["component"] != MEAN
    ]
    report.table(f"Scores by class: {validation.kind}", rows, COLUMNS, note)


def add_trust(report: HtmlReport, results: TrainingResults, validation: ValidationResult) -> None:
    """Add whether probabilities mean what they say."""
    tested = validation.tested
    truth, probabilities = results.samples.shares[tested].argmax(1), validation.answers.shares[tested]
    bins = reliability(said(truth, probabilities, validation.unit[tested]))
    note = (
        "Accuracy of out-of-fold predictions by their confidence; on the line the model is as sure as it may be. "
        f"{class_figures.bars(validation.unit_name)}"
    )
    report.figure(f"Calibration: {validation.kind}", class_figures.calibration(bins), note, pd.DataFrame(bins))


def add_maps(report: HtmlReport, results: TrainingResults, validation: ValidationResult, frame: MapFrame) -> None:
    """Add where the class is right and where it is wrong."""
    samples, tested = results.samples, validation.tested
    wrong = np.full(len(samples), -1)
    wrong[tested] = samples.shares[tested].argmax(1) != validation.answers.shares[tested].argmax(1)
    drawing = sample_map(frame, samples.xy, wrong, ("right", "wrong"), "whether the class is right")
    data = tested_places(results, validation).assign(wrong=wrong)
    report.figure(f"Right and wrong: {validation.kind}", drawing, "Out-of-fold predictions.", data)
