"""Parameters of the tools that draw probability samples and estimate areas from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...contract.declare import (
    choice,
    column,
    columns,
    file_output,
    input_file,
    layer,
    layer_output,
    map_layer,
    number,
    raster,
    switch,
    text,
)
from ...contract.layer import Layer
from ...contract.params import Params, target_problems
from ...contract.parsing import listed

ALLOCATIONS = ("proportional", "equal", "neyman", "mixed")
ESTIMATORS = ("auto", "stratified", "poststratified", "assisted")
DESIGNS = ("stated", "random")
UNITS = {"ha": 1e4, "km2": 1e6, "m2": 1.0, "share": 0.0}
UNIT_NAMES = tuple(UNITS)
DESIGN_FIELDS = ("order", "stratum", "probability", "weight", "primary")  # of a drawn sample, besides answers


@dataclass(frozen=True)
class SampleDesign(Params):
    """Draw a probability sample of cells, stratified or in two stages, as a layer to fill in."""

    strata: Layer = map_layer("Strata", help="A raster of classes, or polygons with a field of strata.")
    stratum_field: str = text(
        "", "Stratum field", optional=True, of="strata", help="Of polygons: what a stratum is called."
    )
    size: int = number(
        0,
        "Size",
        low=1,
        automatic=0,
        optional=True,
        help="Cells to draw. Not set: as many as the precision needs.",
    )
    precision: float = number(
        0.0,
        "Precision",
        automatic=0.0,
        decimals=3,
        optional=True,
        above=0,
        below=0.5,
        help="Half the width of the interval of the overall accuracy, or of the share of a class, as 0.03. Not "
        "set: the size decides.",
    )
    level: float = number(0.95, "Level", decimals=3, advanced=True, low=0.5, below=1, help="Of that interval, as 0.95.")
    expected: Layer = layer(
        "Expected shares",
        optional=True,
        help="A table with the columns stratum and expected (0 to 1): what will be right, or of the class in question.",
    )
    allocation: str = choice("mixed", "Allocation", ALLOCATIONS, help="How units are shared out among strata.")
    min_per_stratum: int = number(
        10,
        "Least number per stratum",
        low=2,
        advanced=True,
        help="So many are drawn of each stratum at least.",
    )
    primary: Layer = layer(
        "Primary units",
        polygons=True,
        optional=True,
        advanced=True,
        help="Polygons that are drawn first; cells are drawn in these.",
    )
    primary_size: int = number(
        0,
        "Number of primary units",
        low=2,
        automatic=0,
        optional=True,
        advanced=True,
        help="So many of them are drawn. Not set: there are none.",
    )
    classes: str = text(
        "",
        "Classes",
        optional=True,
        help="Names that can be answered. Empty: those of the strata.",
    )
    targets: str = text(
        "",
        "Targets",
        optional=True,
        help="Names of shares that are answered instead.",
    )
    exclude: Layer = layer(
        "Excluded area",
        polygons=True,
        optional=True,
        advanced=True,
        help="Polygons in which nothing is drawn.",
    )
    cell_size: float = number(
        0.0,
        "Cell size",
        low=0,
        automatic=0.0,
        unit="m",
        optional=True,
        advanced=True,
        help="Of polygons. Not set: a round number that suits them.",
    )
    cells: bool = switch(False, "Cells", advanced=True, help="Whether squares are written instead of their centres.")
    seed: int = number(42, "Seed", low=0, advanced=True, help="Another seed draws another sample.")
    output: str = layer_output("Sample", help="The drawn units, to fill in.")
    report: str = file_output("Report", "html", optional=True, created=True, help="Allocation and expected errors.")

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from super().problems()
        if bool(self.size) == bool(self.precision):
            yield "Give a size, or a precision from which the size follows: one of both, above 0."
        if bool(self.primary) != bool(self.primary_size):
            yield "Primary units and their number go together: give both, or none."
        for name in sorted(set(self.target_names) & set(DESIGN_FIELDS)):
            yield f"Target '{name}' has the name of a field that the design needs; call it otherwise."
        if self.classes and self.targets:
            yield "Give classes, of which one is answered, or targets, whose shares are answered; not both."

    @property
    def class_names(self) -> list[str]:
        """The names that can be answered; those with blanks stand between commas or semicolons."""
        return listed(self.classes)

    @property
    def target_names(self) -> list[str]:
        """The names of shares that are answered."""
        return listed(self.targets)


@dataclass(frozen=True)
class AreaEstimation(Params):
    """Estimate areas of classes, and the accuracy of a map, from a probability sample."""

    map: Layer = raster("Map", help="Classes (whole numbers), a band for each share, or a probability.")
    reference: Layer = layer("Reference", help="Units that were drawn, with answers.")
    class_field: str = column("Class field", "reference", optional=True, help="The answered class; or 1 and 0.")
    targets: tuple[str, ...] = columns(
        "Targets",
        "reference",
        numeric=True,
        optional=True,
        help="Answered shares, called like the map's bands.",
    )
    strata: Layer = raster("Strata", optional=True, help="The raster that units were drawn by, if it is not the map.")
    stratum_field: str = column(
        "Stratum field", "reference", optional=True, advanced=True, help="The stratum of each unit."
    )
    probability_field: str = column(
        "Probability field",
        "reference",
        numeric=True,
        optional=True,
        advanced=True,
        help="The probability of being drawn, 0 to 1.",
    )
    primary_field: str = column(
        "Primary field",
        "reference",
        optional=True,
        advanced=True,
        help="The primary unit of each, of a sample in two stages.",
    )
    design: str = choice(
        "stated",
        "Design",
        DESIGNS,
        advanced=True,
        help="stated: as fields and strata say; random: all cells of the map had the same chance.",
    )
    zones: Layer = layer("Zones", polygons=True, optional=True, help="Polygons to estimate by.")
    zone_field: str = column("Zone field", "zones", optional=True, help="What a zone is called.")
    estimator: str = choice("auto", "Estimator", ESTIMATORS, advanced=True, help="How the map helps.")
    level: float = number(0.95, "Level", decimals=3, low=0.5, below=1, advanced=True, help="Of the intervals, as 0.95.")
    unit: str = choice("ha", "Unit", UNIT_NAMES, help="The unit in which areas are told.")
    model: str = input_file(
        "Model",
        "safetensors",
        optional=True,
        advanced=True,
        help="That made the map; it answers where no design is stated.",
    )
    output: str = layer_output("Areas", help="A table by class, or zones by class.")
    matrix: str = file_output("Error matrix", "csv", optional=True, help="Of a map of classes.")
    report: str = file_output("Report", "html", optional=True, created=True, help="Tables and a figure.")

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from super().problems()
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
