"""Styles: a QGIS side-car (.qml) beside a raster, so that it looks right wherever it is opened."""

from __future__ import annotations

from pathlib import Path
from string import Template

RAMP = Path(__file__).resolve().parents[1] / "resources" / "ramp.qml"


def write_ramp(raster: Path, low: float, high: float) -> None:
    """Write a colour ramp from `low` to `high` for the first band beside `raster`."""
    template = Template(RAMP.read_text(encoding="utf-8"))
    steps = {f"v{i}": f"{low + (high - low) * i / 4:g}" for i in range(5)}
    text = template.substitute(low=f"{low:g}", high=f"{high:g}", **steps)
    raster.with_suffix(".qml").write_text(text, encoding="utf-8")
