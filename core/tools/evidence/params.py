"""Parameters of the tools that tell what made models and maps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...contract.params import NO_LAYER, Layer, Params, at_least, given


@dataclass(frozen=True)
class ModelInspection(Params):
    """Show what a model file holds, or what a map says of itself."""

    model: str = ""
    report: str = ""
    map: Layer = NO_LAYER

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        if not self.model and not self.map:
            yield "Give a model, a map, or both."


@dataclass(frozen=True)
class MapVerification(Params):
    """Parameters of verifying a map by what it says of its making."""

    map: Layer = NO_LAYER
    folder: str = ""
    sample: int = 1
    seed: int = 42
    report: str = ""

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from given("Map", self.map)
        yield from at_least("Sample", self.sample, 0)
        yield from super().problems()
