"""What a report tells of events: curves, calibration, what is expected at a threshold, and where it holds."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..learning.training_results import TrainingResults, ValidationResult, tested_places
from ..targets.binary_target import THRESHOLD, BinaryTarget, curve, reliability
from ..targets.share_target import Row
from . import figures
from .html_report import HtmlReport

CALIBRATION = "Probabilities are raised to these powers; above 1 the model was too unsure, below 1 too sure."
FITTED = "success rate"  # the curve of samples that the model learned
FEW_EVENTS = 5  # of a block, with fewer its score means nothing


def add_part(report: HtmlReport, results: TrainingResults, part: ValidationResult) -> None:
    """Add what one kind of validation found."""
    target_type = results.target_type
    if not isinstance(target_type, BinaryTarget):
        raise TypeError("the labels are no events")
    tested, samples = part.tested, results.samples
    truth, found = samples.shares[tested, 1], target_type.shown(part.answers.shares[tested])
    weight = target_type.weights(truth)
    everyone = {name: target_type.shown(values[tested]) for name, values in part.baselines.items()}
    everyone |= {name: target_type.shown(answers.shares[tested]) for name, answers in part.models.items()}
    curves = {name: curve(truth, values, weight) for name, values in everyone.items()}
    if results.in_sample is not None:
        curves[FITTED] = curve(truth, target_type.shown(results.in_sample[tested]), weight)
    note = (
        "Left: ROC. Middle: precision over recall. Right: the share of events in the part of the area that is most "
        "susceptible, by models that had not seen them (prediction rate), and, dotted, by the model that learned them "
        "(success rate), which says nothing of its worth; the area is told by the samples."
    )
    data = pd.concat([pd.DataFrame({"model": name, **values}) for name, values in curves.items()])
    report.figure(f"Curves: {part.kind}", figures.event_curves(curves, part.chosen, FITTED), note, data)
    bins = reliability(truth, found, weight)
    note = "Share of events in out-of-fold samples by their probability; on the line it is what it says."
    report.figure(f"Calibration: {part.kind}", figures.calibration(bins), note, pd.DataFrame(bins))
    _add_confusion(report, target_type, part, truth, found)
    miss = np.full(len(samples), -1)
    miss[tested] = 2 * truth.astype(int) + (found >= target_type.threshold)
    names = ("none, none expected", "false alarm", "missed event", "event, expected")
    picture = figures.sample_map(samples.xy, miss, names)
    report.figure(f"Hits and misses: {part.kind}", picture, data=tested_places(results, part).assign(results=miss))
    if results.block is not None:
        _add_blocks(report, results, target_type, part)


def _add_confusion(
    report: HtmlReport, target_type: BinaryTarget, part: ValidationResult, truth: np.ndarray, found: np.ndarray
) -> None:
    table = target_type.table(truth, found) / len(truth)
    rows = [
        {"observed": name, "none expected": table[i, 0], "event expected": table[i, 1]}
        for i, name in enumerate(("none", "event"))
    ]
    note = (
        f"Shares of all samples; an event is expected from a probability of {target_type.threshold:.3g} on, which is "
        f"{THRESHOLD:g} where as many samples have events as here."
    )
    report.table(f"Confusion: {part.kind}", rows, note=note)


def _add_blocks(
    report: HtmlReport, results: TrainingResults, target_type: BinaryTarget, part: ValidationResult
) -> None:
    """Add the score of each block, and which have too few events to tell."""
    rows: list[Row] = []
    samples = results.samples
    block = results.block
    assert block is not None  # nosec B101
    names = sorted({str(name) for name in block[part.tested]} - {""})
    value = np.full(len(samples), np.nan)
    for name in names:
        own = part.tested & (block.astype(str) == name)
        truth, found = samples.shares[own, 1], target_type.shown(part.answers.shares[own])
        scores = target_type.scores(truth, found)
        events = int(truth.sum())
        told = events >= FEW_EVENTS and len(truth) - events >= FEW_EVENTS
        rows.append(
            {
                "block": name,
                "n": len(truth),
                "events": events,
                "auc": scores["auc"] if told else None,
                "brier": scores["brier"],
            }
        )
        value[own] = scores["auc"] if told else np.nan
    few = [row["block"] for row in rows if row["events"] < FEW_EVENTS]
    note = f"Blocks with fewer than {FEW_EVENTS} events or samples without have no AUC."
    if few:
        note += f" Too few events: {', '.join(few[:30])}{' and others' if len(few) > 30 else ''}."
    report.table(f"Blocks: {part.kind}", rows, note=note)
    picture = figures.value_map(samples.xy, value, "AUC of the block")
    report.figure(f"Score by block: {part.kind}", picture, data=tested_places(results, part).assign(auc=value))
