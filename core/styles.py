"""Styles: a QGIS side-car (.qml) beside a raster, so that it looks right wherever it is opened."""

from __future__ import annotations

import math
from pathlib import Path
from string import Template

import rasterio

RAMP = Path(__file__).resolve().parents[1] / "resources" / "ramp.qml"


def write_ramp(raster: Path) -> None:
    """Write a colour ramp from 0 to the largest value of the first band beside `raster`."""
    with rasterio.open(raster) as file:
        largest = float(file.tags(1).get("STATISTICS_MAXIMUM", 1.0))
    high = max(math.ceil(20 * largest) / 20, 0.05)  # a round number
    template = Template(RAMP.read_text(encoding="utf-8"))
    steps = {f"v{i}": f"{high * i / 4:g}" for i in range(5)}
    raster.with_suffix(".qml").write_text(template.substitute(high=f"{high:g}", **steps), encoding="utf-8")
