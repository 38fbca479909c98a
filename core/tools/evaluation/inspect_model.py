"""Inspect a model: its kind, the bands it needs, and its scores."""

from __future__ import annotations

import dataclasses

from rasterio.crs import CRS

from ...data.raster.grids import crs_name
from ...learning.model_file import read_model
from ...learning.model_types import NETWORK
from ...reports.applicability_section import add_applicability
from ...reports.html_report import HtmlReport
from ...reports.residual_section import add_residuals
from ...runtime.files import check_writable
from ...runtime.run import Result, Run
from .map_tags import tags_of, write_tags
from .params import ModelInspection


def inspect(params: ModelInspection, run: Run) -> Result:
    """Write a report of the card of a model; of a map, tell what its tags say."""
    check_writable(params.report)
    if params.map:
        told = tags_of(params.map)
        for key, value in told.items():
            run.channel.info(f"Map, {key}: {value}")
        if not params.model:
            write_tags(told, params.map, params.report)
            return Result({"REPORT": params.report} if params.report else {})
    model = read_model(params.model)
    card = model.card
    count = sum(int(array.size) for arrays in model.members.values() for array in arrays.values())
    facts: dict[str, object] = {
        "family": card.family,
        "components": card.components,
        "members": len(card.members),
        "parameters": f"{count:,}",
        "CRS of training": crs_name(CRS.from_wkt(card.crs)) if card.crs else "unknown (imported)",
        "cell size of training": card.cell_size or "–",
        "area of training (left, bottom, right, top)": [round(x, 3) for x in card.area] or "–",
        "regions": card.regions or "–",
        "scores and intervals": card.calibration.support.describe() if card.calibration.support else "–",
        "fingerprint of the run": card.fingerprint,
    }
    report = HtmlReport(f"Model: {card.family}", ", ".join(card.components))
    report.table("Facts", [{"what": key, "value": value} for key, value in facts.items()])
    report.table("Bands it needs, by name", [dataclasses.asdict(band) for band in card.bands])
    report.table("Members", [dataclasses.asdict(member) for member in card.members])
    columns = list(dict.fromkeys(key for row in card.scores for key in row if key != "part"))  # each family has its own
    report.table("Scores", card.scores, columns, "As measured in training; see its report.")
    if card.applicability is not None:
        add_applicability(report, card.applicability)
    if card.residuals is not None:
        add_residuals(report, card.residuals, card.training)
    report.table("Network", [{"what": k, "value": v} for k, v in card.networks.get(NETWORK, card.networks).items()])
    report.table("Training", [{"what": k, "value": v} for k, v in card.training.items()])
    report.table("Versions", [{"package": k, "version": v} for k, v in card.versions.items()])
    report.write(params.report)
    for key in ("family", "components", "members"):
        run.channel.info(f"{key}: {facts[key]}")
    return Result({"REPORT": params.report} if params.report else {})
