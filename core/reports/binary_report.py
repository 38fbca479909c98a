"""Sections of a report on events: curves, calibration, confusion at the threshold, and scores by block."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..learning.training_results import TrainingResults, ValidationResult, tested_places
from ..runtime.types import Array
from ..targets.binary_target import THRESHOLD, BinaryTarget, curve
from ..targets.reliability import reliability
from ..targets.share_target import ScoreRow
from . import class_figures
from .map_frame import MapFrame, sample_map, value_maps
from .page.formats import natural
from .page.html_report import HtmlReport
from .palette import SHARE

PARTS = "How well are places with events told from others?"
TRUST = "Do probabilities mean what they say?"
CALIBRATION = (
    "The log odds of events are multiplied by these factors (above 1 the model was too unsure, below 1 too sure), and "
    "the offset is added: below 0 it had too many events."
)
FITTED = "success rate"  # the curve of samples by a model that was trained on them
FEW_EVENTS = 5  # of a block; with fewer its score means nothing


def add_parts(report: HtmlReport, results: TrainingResults, validation: ValidationResult) -> None:
    """Add how well places with and without events are told apart."""
    target_type, tested = _binary(results), validation.tested
    truth, probability, design = _tested(results, validation)
    weight = target_type.weights(truth, design)
    compared = {name: target_type.shown(answers.shares[tested]) for name, answers in validation.models.items()}
    compared |= {name: target_type.shown(shares[tested]) for name, shares in validation.baselines.items()}
    curves = {name: curve(truth, values, weight) for name, values in compared.items()}
    if results.in_sample is not None:
        curves[FITTED] = curve(truth, target_type.shown(results.in_sample[tested]), weight)
    note = (
        "Left: ROC. Middle: precision over recall. Right: the share of events in the part of the area that is most "
        "susceptible, by models that had not seen them (prediction rate), and, dotted, by the model that learned them "
        "(success rate), which says nothing of its worth; the area is told by the samples."
    )
    data = pd.concat([pd.DataFrame({"model": name, **values}) for name, values in curves.items()])
    report.figure(
        f"Curves: {validation.kind}", class_figures.event_curves(curves, validation.chosen, FITTED), note, data
    )
    _add_confusion(report, validation, target_type.table(truth, probability, design), target_type.threshold)


def add_trust(report: HtmlReport, results: TrainingResults, validation: ValidationResult) -> None:
    """Add whether probabilities mean what they say."""
    truth, probability, design = _tested(results, validation)
    bins = reliability(_binary(results).outcomes(truth, probability, design, validation.unit[validation.tested]))
    note = (
        "Share of events in out-of-fold samples by their probability; on the line it is what it says. "
        f"{class_figures.bars(validation.unit_name)}"
    )
    report.figure(f"Calibration: {validation.kind}", class_figures.calibration(bins), note, pd.DataFrame(bins))


def add_maps(report: HtmlReport, results: TrainingResults, validation: ValidationResult, frame: MapFrame) -> None:
    """Add where events are found, missed and expected in vain, and the scores of blocks."""
    samples, tested = results.samples, validation.tested
    truth, probability, _ = _tested(results, validation)
    hits = np.full(len(samples), -1)  # number of the name below
    hits[tested] = 2 * truth.astype(int) + (probability >= _binary(results).threshold)
    names = ("none, none expected", "false alarm", "missed event", "event, expected")
    drawing = sample_map(frame, samples.xy, hits, names, "what was expected and what came")
    data = tested_places(results, validation).assign(outcome=hits)
    report.figure(f"Hits and misses: {validation.kind}", drawing, "Out-of-fold predictions.", data)
    if results.block is not None:
        _add_blocks(report, results, validation, frame)


def _binary(results: TrainingResults) -> BinaryTarget:
    if not isinstance(results.target_type, BinaryTarget):
        raise TypeError("the labels are no events")
    return results.target_type


def _tested(results: TrainingResults, validation: ValidationResult) -> tuple[Array, Array, Array]:
    """Of tested samples whether they have an event, its probability, and the weights of the design."""
    tested, samples = validation.tested, results.samples
    probability = _binary(results).shown(validation.answers.shares[tested])
    return samples.shares[tested, 1], probability, samples.design[tested]


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


def _add_blocks(report: HtmlReport, results: TrainingResults, validation: ValidationResult, frame: MapFrame) -> None:
    """Add the score of each block, and the names of blocks with too few events for one."""
    rows: list[ScoreRow] = []
    samples, block, target_type = results.samples, results.block, _binary(results)
    assert block is not None  # nosec B101
    names = sorted({str(name) for name in block[validation.tested]} - {""}, key=natural)
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
    drawing = value_maps(frame, samples.xy, auc[:, None], ("",), "AUC of the block", SHARE)
    data = tested_places(results, validation).assign(auc=auc)
    report.figure(f"Score by block: {validation.kind}", drawing, note, data)
    report.table(f"Blocks: {validation.kind}", rows, fold=True)
