"""Parameters of the forecast family: next years' maps of a vegetation index."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .params import NO_LAYER, Layer, Params, given, one_of

MASK_MODES = ("any", "all", "first")


@dataclass(frozen=True)
class MaskExtraction(Params):
    """Extract where a raster, or a series at its dates, has a value."""

    input: Layer = NO_LAYER
    series: str = ""
    value: float = 0.0
    mode: str = "any"
    name: str = "mask"
    output: str = ""
    polygons: str = ""

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        if bool(self.input) == bool(self.series):
            yield "Give a raster or a series: one of the two."
        yield from one_of("Mode", self.mode, MASK_MODES)
        yield from given("Name", self.name.strip())
        yield from given("Output", self.output)
