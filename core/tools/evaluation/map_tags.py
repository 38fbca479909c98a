"""Map tags: what a raster tells of how it was made, as far as its tags say it."""

from __future__ import annotations

import rasterio
from rasterio.errors import RasterioError

from ...contract.errors import RegionwiseError
from ...contract.params import Layer
from ...data.raster.category_names import category_names
from ...data.raster.pixel_weights import WEIGHTS_TAG
from ...reports.html_report import HtmlReport

DESCRIPTION = "TIFFTAG_IMAGEDESCRIPTION"
NO_DESCRIPTION = "nothing: the file has no description, so it was not made here, or by a tool that writes none"


def tags_of(layer: Layer) -> dict[str, str]:
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


def write_tags(told: dict[str, str], layer: Layer, path: str) -> None:
    """Write the same as a page, if it is wanted."""
    if path:
        report = HtmlReport(f"Map: {layer}", told["what it shows"])
        report.table("What the file says", [{"what": key, "value": value} for key, value in told.items()])
        report.write(path)
