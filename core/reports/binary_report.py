"""Sections of a report on events: curves, calibration, confusion at the threshold, and scores by block."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..learning.training_results import TrainingResults, ValidationResult, tested_places
from ..runtime.types import Array
from ..targets.binary_target import THRESHOLD, BinaryTarget, curve
from ..targets.reliability import reliability
from ..targets.share_target import ScoreRow
from . import class_figures, figures
from .html_report import HtmlReport

CALIBRATION = (
    "The log odds of events are multiplied by these factors (above 1 the model was too unsure, below 1 too sure), and "
    "the offset is added: below 0 it had too many events."
)
FITTED = "success rate"  # the curve of samples by a model that was trained on them
FEW_EVENTS = 5  # of a block; with fewer its score means nothing


def add_validation(report: HtmlReport, results: TrainingResults, validation: ValidationResult) -> None:
    """Add the scores of one kind of validation."""
    target_type = results.target_type
    if not isinstance(target_type, BinaryTarget):
        raise TypeError("the labels are no events")
    tested, samples = validation.tested, results.samples
    truth, probability = samples.shares[tested, 1], target_type.shown(validation.answers.shares[tested])
    design = samples.design[tested]
    weight = target_type.weights(truth, design)
    compared = {name: target_type.shown(shares[tested]) for name, shares in validation.baselines.items()}
    compared |= {name: target_type.shown(answers.shares[tested]) for name, answers in validation.models.items()}
    curves = {name: curve(truth, values, weight) for name, values in compared.items()}
    if results.in_sample is not None:
        curves[FITTED] = curve(truth, target_type.shown(results.in_sample[tested]), weight)
    note = (
        "Left: ROC. Middle: precision over recall. Right: the share of events in the part of the area that is most "
        "susceptible, by models that had not seen them (prediction rate), and, dotted, by the model that learned them "
        "(success rate), which says nothing of its worth; the area is told by the samples."
    )
    data = pd.concat([pd.DataFrame({"model": name, **values}) for name, values in curves.items()])
    picture = class_figures.event_curves(curves, validation.chosen, FITTED)
    report.figure(f"Curves: {validation.kind}", picture, note, data)
    bins = reliability(target_type.outcomes(truth, probability, design, validation.unit[tested]))
    note = (
        "Share of events in out-of-fold samples by their probability; on the line it is what it says. "
        f"{class_figures.bars(validation.unit_name)}"
    )
    report.figure(f"Calibration: {validation.kind}", class_figures.calibration(bins), note, pd.DataFrame(bins))
    _add_confusion(report, validation, target_type.table(truth, probability, design), target_type.threshold)
    if not samples.placed:
        return
    hits = np.full(len(samples), -1)  # number of the name below
    hits[tested] = 2 * truth.astype(int) + (probability >= target_type.threshold)
    names = ("none, none expected", "false alarm", "missed event", "event, expected")
    picture = figures.sample_map(samples.xy, hits, names)
    data = tested_places(results, validation).assign(outcome=hits)
    report.figure(f"Hits and misses: {validation.kind}", picture, data=data)
    if results.block is not None:
        _add_blocks(report, results, target_type, validation)


def _add_confusion(report: HtmlReport, validation: ValidationResult, table: Array, threshold: float) -> None:
    """Add the weight of samples without and with events for which none or one is expected."""
    table = table / table.sum()
    rows = [
        {"observed": name, "none expected": table[i, 0], "event expected": table[i, 1]}
        for i, name in enumerate(("none", "event"))
    ]
    note = (
        f"Shares of all cells, by the samples; an event is expected from a probability of {threshold:.3g} on, which is "
        f"{THRESHOLD:g} where as many samples have events as here."
    )
    report.table(f"Confusion: {validation.kind}", rows, note=note)


def _add_blocks(
    report: HtmlReport, results: TrainingResults, target_type: BinaryTarget, validation: ValidationResult
) -> None:
    """Add the score of each block, and the names of blocks with too few events for one."""
    rows: list[ScoreRow] = []
    samples, block = results.samples, results.block
    assert block is not None  # nosec B101
    names = sorted({str(name) for name in block[validation.tested]} - {""})
    auc = np.full(len(samples), np.nan)
    for name in names:
        in_block = validation.tested & (block.astype(str) == name)
        truth, probability = samples.shares[in_block, 1], target_type.shown(validation.answers.shares[in_block])
        scores, events = target_type.scores(truth, probability, samples.design[in_block]), int(truth.sum())
        enough = events >= FEW_EVENTS and len(truth) - events >= FEW_EVENTS
        score = scores["auc"] if enough else None
        rows.append({"block": name, "n": len(truth), "events": events, "auc": score, "brier": scores["brier"]})
        auc[in_block] = scores["auc"] if enough else np.nan
    sparse = [row["block"] for row in rows if row["events"] < FEW_EVENTS]
    note = f"Blocks with fewer than {FEW_EVENTS} events or samples without have no AUC."
    if sparse:
        note += f" Too few events: {', '.join(sparse[:30])}{' and others' if len(sparse) > 30 else ''}."
    report.table(f"Blocks: {validation.kind}", rows, note=note)
    picture = figures.value_map(samples.xy, auc, "AUC of the block")
    data = tested_places(results, validation).assign(auc=auc)
    report.figure(f"Score by block: {validation.kind}", picture, data=data)
