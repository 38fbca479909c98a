"""Parameters of the simulators."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...contract.params import Params, at_least, given, one_of

SIMULATED = ("composition", "abundance", "crops", "susceptibility", "forecast")
DESIGNS = ("uniform", "clustered", "clustered_broadcast")


@dataclass(frozen=True)
class Simulation(Params):
    """Make a small world whose true shares are known."""

    family: str = "composition"
    size: int = 256
    design: str = "uniform"
    gaps: float = 0.3
    settled_only: bool = False
    seed: int = 42
    output_folder: str = ""

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from one_of("Family", self.family, SIMULATED)
        yield from at_least("Size", self.size, 64)
        if not 0 <= self.gaps < 1:
            yield f"Gaps are {self.gaps:g}; they are a share from 0 to below 1."
        yield from one_of("Design", self.design, DESIGNS)
        yield from given("Output folder", self.output_folder)
