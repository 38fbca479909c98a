"""Inspect a model: its kind, the bands it needs, and its scores."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rasterio.crs import CRS

from ...data.raster.grids import crs_name
from ...learning.card import Card
from ...learning.model_file import Model, read_model
from ...learning.model_types import NETWORK
from ...learning.training_results import MAP
from ...mapping.evidence.map_evidence import Evidence
from ...reports.applicability_section import add_applicability
from ...reports.page.formats import label_of
from ...reports.page.html_report import HtmlReport
from ...reports.page.verdict import NO, UNTOLD, YES, Answer, Verdict
from ...reports.residual_section import add_residuals
from ...reports.worth import GRADES_RULE, Worth, bounds_text
from ...runtime.files import check_writable
from ...runtime.run import Result, Run
from ...targets.share_target import MEAN
from .map_facts import add_facts, add_making, evidence_if_any, facts_of
from .params import ModelInspection

MEASURED = ("r2", "accuracy", "f1", "auc", "rmse")  # what a card may tell, the weightiest first
NEXT = "Run 'Map applicability' to see where scores hold, and 'Validate map' on samples that training never saw."


def inspect(params: ModelInspection, run: Run) -> Result:
    """Write a report of the card of a model; of a map, tell what its tags say."""
    check_writable(params.report)
    if params.map:
        told = _inspect_map(params, run)
        if not params.model:
            return told
    model = read_model(params.model)
    card = model.card
    facts = _facts(model)
    verdict = _verdict(card)
    if params.report:
        _report(params, card, facts, verdict, run).write(params.report)
    for key, value in facts.items():
        if value:
            run.channel.info(f"{key}: {', '.join(map(str, value)) if isinstance(value, (list, tuple)) else value}")
    return Result({"REPORT": params.report} if params.report else {}, {}, verdict.first_line)


def _inspect_map(params: ModelInspection, run: Run) -> Result:
    """Tell what a map's file says; as a page, too, where no model is to have it."""
    facts, evidence = facts_of(params.map), evidence_if_any(params.map)
    for key, value in facts.items():
        run.channel.info(f"Map, {key}: {value}")
    for text in evidence.sentences() if evidence else ():
        run.channel.info(text)
    verdict = _verdict_on_map(evidence)
    if params.report and not params.model:
        report = HtmlReport(f"Map {Path(params.map.path).stem}", facts["what it shows"], verdict)
        add_facts(report, facts)
        if evidence is not None:
            add_making(report, evidence)
        report.close(params.to_json(), run)
        report.write(params.report)
    return Result({"REPORT": params.report} if params.report else {}, {}, verdict.first_line)


def _verdict_on_map(evidence: Evidence | None) -> Verdict:
    """Whether a map says what made it."""
    question = "Does the map say what made it?"
    if evidence is None:
        text = "Its file does not say it: another program, or an earlier version, has written it."
        return Verdict([Answer(question, NO, text)])
    return Verdict([Answer(question, YES, " ".join(evidence.sentences()[:2]))],
                   ["Run 'Verify map' to hold it against that."])  # fmt: skip


def _facts(model: Model) -> dict[str, object]:
    """What a model is, by name."""
    card = model.card
    count = sum(int(array.size) for arrays in model.members.values() for array in arrays.values())
    support = card.calibration.support
    return {
        "family": card.family,
        "components": card.components,
        "members": len(card.members),
        "parameters": count,
        "CRS of training": crs_name(CRS.from_wkt(card.crs)) if card.crs else "unknown (imported)",
        "cell size of training": card.cell_size or None,
        "area of training (left, bottom, right, top)": [round(x, 3) for x in card.area],
        "regions": card.regions,
        "scores and intervals": support.describe() if support else None,
        "fingerprint of the run": card.fingerprint,
    }


def _verdict(card: Card) -> Verdict:
    """What the card says of the model's worth: the first mean row of scores, as training told it."""
    question = "Can I use its maps?"
    rows = [row for row in card.scores if row.get("component", MEAN) == MEAN and row.get("part", "all") == "all"]
    row = next((row for row in rows if row.get("model") == MAP), rows[0] if rows else None)
    if row is None:
        return Verdict([Answer(question, UNTOLD, "The file keeps no scores; its report of training may tell them.")])
    measured = [name for name in MEASURED if row.get(name) is not None]
    number = ", ".join(f"{label_of(name)} {row[name]:.3f}{_interval(row, name)}" for name in measured)
    validation = row.get("validation", "")
    text = f"So it was measured in training{f' ({validation})' if validation else ''}; that report tells the rest."
    return Verdict([Answer(question, _worth(row).grade(), text, number)], [NEXT], [GRADES_RULE])


def _worth(row: Mapping[str, Any]) -> Worth:
    """What the main score of a row is worth: R2, the AUC beyond chance, or kappa, which has no interval."""
    low = row.get("low")
    if row.get("r2") is not None:
        return Worth(row["r2"], low, "", "")
    if row.get("auc") is not None:
        return Worth.of_auc(row["auc"], low)
    return Worth(row.get("kappa") or 0.0, None, "", "")


def _interval(row: Mapping[str, Any], name: str) -> str:
    """The interval of the main score, which comes first."""
    first = next(each for each in MEASURED if row.get(each) is not None)
    return bounds_text(row.get("low"), row.get("high")) if name == first else ""


def _report(params: ModelInspection, card: Card, facts: Mapping[str, object], verdict: Verdict, run: Run) -> HtmlReport:
    """The page of a model."""
    subject = f"{len(card.members)} members · {', '.join(card.components)}"
    report = HtmlReport(f"Model {Path(params.model).stem}", f"{card.family} · {subject}", verdict)
    report.section("What is it, and what does it need?")
    report.table("Facts", [{"what": key, "value": value} for key, value in facts.items() if value])
    report.table("Bands it needs, by name", [dataclasses.asdict(band) for band in card.bands])
    report.section("How good was it in training?")
    columns = list(dict.fromkeys(key for row in card.scores for key in row if key != "part"))  # each family has its own
    report.table("Scores", card.scores, columns, "As measured in training; see its report.")
    report.section("Where does it hold?")
    if card.applicability is not None:
        add_applicability(report, card.applicability)
    if card.residuals is not None:
        add_residuals(report, card.residuals, card.training)
    report.section("How was it trained?")
    report.table("Members", [dataclasses.asdict(member) for member in card.members], fold=True)
    network = card.networks.get(NETWORK, card.networks)
    report.table("Network", [{"what": k, "value": v} for k, v in network.items()], fold=True)
    report.table("Parameters of training", [{"what": k, "value": v} for k, v in card.training.items()], fold=True)
    report.table("Versions of training", [{"package": k, "version": v} for k, v in card.versions.items()], fold=True)
    report.close(params.to_json(), run)
    return report
