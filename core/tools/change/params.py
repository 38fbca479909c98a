"""Parameters of the tool that maps change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...contract.params import NO_LAYER, Layer, Params, given


@dataclass(frozen=True)
class ChangeMapping(Params):
    """Map where two maps differ by more than their errors."""

    before: Layer = NO_LAYER
    after: Layer = NO_LAYER
    uncertainty_before: Layer = NO_LAYER
    uncertainty_after: Layer = NO_LAYER
    model: str = ""
    false_discoveries: float = 0.05
    placebo: tuple[Layer, ...] = ()
    output: str = ""
    transitions: str = ""
    table: str = ""
    report: str = ""

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from given("Before", self.before)
        yield from given("After", self.after)
        yield from given("Output", self.output)
        if len(self.placebo) not in (0, 2):
            yield f"Placebo has {len(self.placebo)} maps; give two between which nothing changed, or none."
        if not 0 < self.false_discoveries < 1:
            yield f"False discoveries is {self.false_discoveries:g}; it is a share above 0 and below 1, as 0.05."
