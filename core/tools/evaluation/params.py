"""Parameters of the tools that evaluate samples, models and maps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...contract.params import (
    NO_LAYER,
    RESAMPLINGS,
    Layer,
    Params,
    at_least,
    given,
    one_of,
    target_problems,
)


@dataclass(frozen=True)
class EngineCheck(Params):
    """Ask the engine what it has: versions, device, memory."""


@dataclass(frozen=True)
class SampleAudit(Params):
    """Look for what would make a score of these samples lie."""

    samples: Layer = NO_LAYER
    targets: tuple[str, ...] = ()
    source_field: str = ""
    region_field: str = ""
    fold_field: str = ""
    features: tuple[str, ...] = ()
    day: tuple[Layer, ...] = ()
    night: tuple[Layer, ...] = ()
    area: Layer = NO_LAYER
    resampling: str = "auto"
    seed: int = 42
    output: str = ""
    report: str = ""

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from given("Samples", self.samples)
        yield from target_problems(self.targets)
        yield from one_of("Resampling", self.resampling, RESAMPLINGS)
        yield from at_least("Seed", self.seed, 0)
        if self.night and not self.day:
            yield "Night rasters without day rasters: the day rasters give the grid; add them."


@dataclass(frozen=True)
class ApplicabilityMapping(Params):
    """Map how unlike the samples each place is, and where the model may be trusted."""

    day: tuple[Layer, ...] = ()
    night: tuple[Layer, ...] = ()
    series: str = ""
    ancillary: tuple[Layer, ...] = ()
    factors: tuple[Layer, ...] = ()
    model: str = ""
    area: Layer = NO_LAYER
    resampling: str = "auto"
    output: str = ""

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        if [bool(self.day), bool(self.series), bool(self.factors)].count(True) != 1:
            yield "Give day rasters, a series, or factors: what the model was trained on."
        yield from given("Model", self.model)
        yield from one_of("Resampling", self.resampling, RESAMPLINGS)
        yield from given("Output", self.output)


@dataclass(frozen=True)
class MapValidation(Params):
    """Compare a map of shares with what was observed independently."""

    map: Layer = NO_LAYER
    reference: Layer = NO_LAYER
    targets: tuple[str, ...] = ()
    indicators: tuple[str, ...] = ()
    level_field: str = ""
    weight_field: str = ""
    group_field: str = ""
    output: str = ""
    scores: str = ""
    correlations: str = ""
    report: str = ""
    figures: str = ""
    pixel_weights: Layer = NO_LAYER
    resampling: str = "auto"
    class_field: str = ""
    model: str = ""

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from given("Map", self.map)
        yield from given("Reference", self.reference)
        yield from one_of("Resampling", self.resampling, RESAMPLINGS)
        if not self.targets and not self.indicators and not self.class_field:
            yield (
                "There is nothing to compare with; choose fields of observed shares as targets, a class field, or "
                "indicators."
            )
        others = (self.targets, self.indicators, self.level_field, self.weight_field, self.pixel_weights)
        if self.class_field and any(map(bool, others)):
            yield "A class field goes with maps of classes or probabilities; the others with shares."
        if self.targets:
            yield from target_problems(self.targets)


@dataclass(frozen=True)
class ModelComparison(Params):
    """Compare models by their predictions of the same samples, or maps by a reference."""

    predictions: tuple[Layer, ...] = ()
    maps: tuple[Layer, ...] = ()
    reference: Layer = NO_LAYER
    class_field: str = ""
    targets: tuple[str, ...] = ()
    unit_field: str = ""
    scores: str = ""
    report: str = ""

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        if bool(self.predictions) == bool(self.maps):
            yield "Give the predictions of trainings, or maps with a reference: one of both."
        if len(self.predictions) == 1 or len(self.maps) == 1:
            yield "One model has nothing to be compared with; give two or more."
        if self.maps:
            yield from given("Reference", self.reference)
            if bool(self.class_field) == bool(self.targets):
                yield "Give a class field, or targets for maps of shares: one of both."
        if self.targets:
            yield from target_problems(self.targets)
        if not self.scores and not self.report:
            yield "Give scores, a report, or both: there is nothing to write."


@dataclass(frozen=True)
class MapSummary(Params):
    """Write the mean shares of a map over polygons."""

    map: Layer = NO_LAYER
    polygons: Layer = NO_LAYER
    output: str = ""
    pixel_weights: Layer = NO_LAYER
    resampling: str = "auto"
    model: str = ""
    level: float = 0.9

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from given("Map", self.map)
        yield from one_of("Resampling", self.resampling, RESAMPLINGS)
        yield from given("Polygons", self.polygons)
        if not 0.5 <= self.level < 1:
            yield f"Level is {self.level:g}; it must be at least 0.5 and below 1, as 0.9."
        yield from given("Output", self.output)


@dataclass(frozen=True)
class SampleProposal(Params):
    """Propose where the next survey units would help most."""

    day: tuple[Layer, ...] = ()
    night: tuple[Layer, ...] = ()
    factors: tuple[Layer, ...] = ()
    model: str = ""
    area: Layer = NO_LAYER
    uncertainty: Layer = NO_LAYER
    cost: Layer = NO_LAYER
    count: int = 50
    distance: float = 0.0
    resampling: str = "auto"
    seed: int = 42
    output: str = ""

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        if bool(self.day) == bool(self.factors):
            yield "Give day rasters, or factors: what the model was trained on."
        yield from given("Model", self.model)
        yield from at_least("Count", self.count, 1)
        yield from at_least("Distance", self.distance, 0)
        yield from one_of("Resampling", self.resampling, RESAMPLINGS)
        yield from at_least("Seed", self.seed, 0)
        yield from given("Output", self.output)
