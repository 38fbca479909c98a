"""Layer metadata: what made a map, where QGIS shows it (layer properties, Metadata), in a ``.qmd`` file beside it."""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import Element, ElementTree, SubElement  # nosec B405

from ...contract.protocol import VERSION
from ...runtime.files import atomic
from .map_evidence import Evidence

ATTRIBUTION = "Made with Regionwise {} (GPL-2.0-or-later)"


def write_metadata(raster: Path, title: str, evidence: Evidence) -> None:
    """Write title, abstract, attribution and history of a map beside it."""
    root = Element("qgis", version="3.22.0")
    for tag, text in (("identifier", raster.name), ("parentidentifier", ""), ("language", "en"), ("type", "dataset")):
        SubElement(root, tag).text = text
    SubElement(root, "title").text = title or raster.stem
    SubElement(root, "abstract").text = " ".join(evidence.sentences())
    SubElement(root, "rights").text = ATTRIBUTION.format(VERSION)
    for text in evidence.sentences():
        SubElement(root, "history").text = text
    with atomic(raster.with_suffix(".qmd")) as part:
        ElementTree(root).write(part, encoding="utf-8", xml_declaration=False)
