"""Parameters of the tools that draw probability samples and estimate areas from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...contract.params import NO_LAYER, Layer, Params, at_least, given, one_of, target_problems
from ...contract.parsing import names_in

ALLOCATIONS = ("proportional", "equal", "neyman", "mixed")
ESTIMATORS = ("auto", "stratified", "poststratified", "assisted")
DESIGNS = ("stated", "random")
UNITS = {"ha": 1e4, "km2": 1e6, "m2": 1.0, "share": 0.0}
UNIT_NAMES = tuple(UNITS)
DESIGN_FIELDS = ("order", "stratum", "probability", "weight", "primary")  # of a drawn sample, besides answers


def _level_problems(level: float) -> Iterator[str]:
    if not 0.5 <= level < 1:
        yield f"Level is {level:g}; it must be at least 0.5 and below 1, as 0.95."


@dataclass(frozen=True)
class SampleDesign(Params):
    """Draw a probability sample of cells, stratified or in two stages, as a layer to fill in."""

    strata: Layer = NO_LAYER
    stratum_field: str = ""
    size: int = 0
    precision: float = 0.0
    level: float = 0.95
    expected: Layer = NO_LAYER
    allocation: str = "mixed"
    min_per_stratum: int = 10
    primary: Layer = NO_LAYER
    primary_size: int = 0
    classes: str = ""
    targets: str = ""
    exclude: Layer = NO_LAYER
    cell_size: float = 0.0
    cells: bool = False
    seed: int = 42
    output: str = ""
    report: str = ""

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from given("Strata", self.strata)
        yield from at_least("Size", self.size, 0)
        yield from _level_problems(self.level)
        if bool(self.size) == bool(self.precision):
            yield "Give a size, or a precision from which the size follows: one of both, above 0."
        if not 0 <= self.precision < 0.5:
            yield f"Precision is {self.precision:g}; it is half the width of the interval of a share, as 0.03."
        yield from one_of("Allocation", self.allocation, ALLOCATIONS)
        yield from at_least("Least number per stratum", self.min_per_stratum, 2)
        yield from at_least("Cell size", self.cell_size, 0)
        if bool(self.primary) != bool(self.primary_size):
            yield "Primary units and their number go together: give both, or none."
        if self.primary and self.primary_size < 2:
            yield f"Number of primary units is {self.primary_size}; it must be at least 2."
        for name in sorted(set(self.target_names) & set(DESIGN_FIELDS)):
            yield f"Target '{name}' has the name of a field that the design needs; call it otherwise."
        if self.classes and self.targets:
            yield "Give classes, of which one is answered, or targets, whose shares are answered; not both."
        yield from at_least("Seed", self.seed, 0)
        yield from given("Output", self.output)

    @property
    def class_names(self) -> list[str]:
        """The names that can be answered; those with blanks stand between commas or semicolons."""
        return _listed(self.classes)

    @property
    def target_names(self) -> list[str]:
        """The names of shares that are answered."""
        return _listed(self.targets)


def _listed(text: str) -> list[str]:
    """The names in a text: between commas or semicolons if it has any, else between blanks."""
    if "," in text or ";" in text:
        return [name.strip() for name in text.replace(";", ",").split(",") if name.strip()]
    return names_in(text)


@dataclass(frozen=True)
class AreaEstimation(Params):
    """Estimate areas of classes, and the accuracy of a map, from a probability sample."""

    map: Layer = NO_LAYER
    reference: Layer = NO_LAYER
    class_field: str = ""
    targets: tuple[str, ...] = ()
    strata: Layer = NO_LAYER
    stratum_field: str = ""
    probability_field: str = ""
    primary_field: str = ""
    design: str = "stated"
    zones: Layer = NO_LAYER
    zone_field: str = ""
    estimator: str = "auto"
    level: float = 0.95
    unit: str = "ha"
    model: str = ""
    output: str = ""
    matrix: str = ""
    report: str = ""

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from given("Map", self.map)
        yield from given("Reference", self.reference)
        if bool(self.class_field) == bool(self.targets):
            yield "Give a class field, or targets for a map of shares: one of both."
        if self.targets:
            yield from target_problems(self.targets)
        if bool(self.zones) != bool(self.zone_field):
            yield "Zones and the field of their names go together: give both, or none."
        if self.strata and self.stratum_field:
            yield "Give strata as a raster, or the field of the reference that names them; not both."
        if self.design == "random" and (self.strata or self.stratum_field or self.probability_field):
            yield "A simple random sample has neither strata nor different probabilities; leave these out."
        if self.matrix and self.targets:
            yield "Shares have no error matrix; leave Matrix out."
        yield from one_of("Design", self.design, DESIGNS)
        yield from one_of("Estimator", self.estimator, ESTIMATORS)
        yield from one_of("Unit", self.unit, UNIT_NAMES)
        yield from _level_problems(self.level)
        yield from given("Output", self.output)
