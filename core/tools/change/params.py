"""Parameters of the tool that maps change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...contract.declare import file_output, input_file, number, raster, raster_output, rasters
from ...contract.layer import Layer
from ...contract.params import Params


@dataclass(frozen=True)
class ChangeMapping(Params):
    """Map where two maps differ by more than their errors."""

    before: Layer = raster("Before", help="Map of the earlier date: shares, classes, or a probability.")
    after: Layer = raster("After", help="Map of the later date, on the same grid.")
    uncertainty_before: Layer = raster(
        "Uncertainty before",
        optional=True,
        help="Of that map: bands <name>_sd, deviation, or confidence of classes, as the map tools write them.",
    )
    uncertainty_after: Layer = raster(
        "Uncertainty after",
        optional=True,
        help="Of that map: bands <name>_sd, deviation, or confidence of classes, as the map tools write them.",
    )
    model: str = input_file(
        "Model", "safetensors", optional=True, help="Its errors count where a map has no uncertainty."
    )
    false_discoveries: float = number(
        0.05,
        "False discoveries",
        decimals=3,
        advanced=True,
        above=0,
        below=1,
        help="The share of claims that may be false.",
    )
    placebo: tuple[Layer, ...] = rasters(
        "Placebo",
        optional=True,
        advanced=True,
        help="Two maps between which nothing changed.",
    )
    output: str = raster_output("Change", help="Differences, their deviations, and what is claimed.")
    transitions: str = raster_output("Transitions", optional=True, help="Of maps of classes: from which to which.")
    table: str = file_output(
        "Table of changes", "csv", optional=True, advanced=True, help="Areas by share, or by transition."
    )
    report: str = file_output("Report", "html", optional=True, created=True, help="What changed, and how it was told.")

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from super().problems()
        if len(self.placebo) not in (0, 2):
            yield f"Placebo has {len(self.placebo)} maps; give two between which nothing changed, or none."
