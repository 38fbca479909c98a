"""Map facts: what a raster says of its numbers and of its making."""

from __future__ import annotations

import rasterio
from rasterio.errors import RasterioError

from ...contract.errors import RegionwiseError
from ...contract.layer import Layer
from ...data.raster.category_names import category_names
from ...data.raster.pixel_weights import WEIGHTS_TAG
from ...mapping.evidence.map_evidence import TAG, Evidence
from ...reports.page.html_report import HtmlReport

DESCRIPTION = "TIFFTAG_IMAGEDESCRIPTION"
NO_DESCRIPTION = "nothing: the file has no description, so it was not made here, or by a tool that writes none"


def facts_of(layer: Layer) -> dict[str, str]:
    """What the tags of a raster say: what its numbers are, its bands, units and classes, and how pixels weighed.

    Raises
    ------
    RegionwiseError
        If it cannot be read.
    """
    try:
        with rasterio.open(layer.path) as file:
            tags, classes = file.tags(), category_names(file)
            names = [name or f"band {number}" for number, name in enumerate(file.descriptions, 1)]
            units = sorted({unit for unit in file.units if unit and unit != "1"})
    except RasterioError as err:
        raise RegionwiseError(f"Map '{layer}' cannot be read ({err}).", "Check the path.") from err
    found = {"what it shows": tags.get(DESCRIPTION, NO_DESCRIPTION), "bands": ", ".join(names)}
    if units:
        found["units"] = ", ".join(units)
    if classes:
        found["classes"] = ", ".join(f"{number} {name}" for number, name in classes.items() if name)
    if WEIGHTS_TAG in tags:
        found["weights of pixels in training"] = tags[WEIGHTS_TAG]
    return found


def evidence_of(layer: Layer) -> Evidence:
    """What a raster says of its making.

    Raises
    ------
    RegionwiseError
        If it cannot be read, or says nothing.
    """
    try:
        return Evidence.from_tags(_tags(layer), str(layer))
    except RasterioError as err:
        raise RegionwiseError(f"Map '{layer}' cannot be read ({err}).", "Check the path.") from err


def evidence_if_any(layer: Layer) -> Evidence | None:
    """What a raster that can be read says of its making; None where it says nothing."""
    tags = _tags(layer)
    return Evidence.from_tags(tags, str(layer)) if TAG in tags else None


def _tags(layer: Layer) -> dict[str, str]:
    with rasterio.open(layer.path) as file:
        return dict(file.tags())


def add_facts(report: HtmlReport, facts: dict[str, str]) -> None:
    """Add what a raster says of its numbers."""
    report.section("What does it show?")
    report.table("What the file says", [{"what": key, "value": value} for key, value in facts.items()])


def add_making(report: HtmlReport, evidence: Evidence) -> None:
    """Add what made a map."""
    report.section("What made it?")
    report.text(*evidence.sentences())
    files = [{"file": each.name, "size (bytes)": each.size, "SHA-256": each.sha256} for each in evidence.files]
    report.table("Files that it was made of", files, fold=True)
    rows = [{"parameter": name, "value": str(value)} for name, value in evidence.params.items()]
    report.table("Parameters of the map", rows, fold=True)
