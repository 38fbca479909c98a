"""Parameters of the tools that evaluate samples, models and maps."""

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
    layers,
    number,
    raster,
    raster_output,
    rasters,
    text,
    varied,
)
from ...contract.layer import Layer
from ...contract.learning_params import RESAMPLINGS, GridParams, LearningParams
from ...contract.params import Params, given, target_problems


@dataclass(frozen=True)
class EngineCheck(Params):
    """Ask the engine what it has: versions, device, memory."""


@dataclass(frozen=True)
class SampleAudit(Params):
    """Look for what would make a score of these samples lie."""

    samples: Layer = layer("Samples", help="Points, areas, or a table.")
    targets: tuple[str, ...] = columns("Targets", "samples", numeric=True, help="The fields of the components.")
    source_field: str = column("Source field", "samples", optional=True, help="The unit a label comes from.")
    region_field: str = column("Region field", "samples", optional=True, help="Counts are given by region.")
    fold_field: str = column("Fold field", "samples", optional=True, advanced=True, help="Folds that you have cut.")
    features: tuple[str, ...] = columns(
        "Features",
        "samples",
        numeric=True,
        optional=True,
        help="Numeric fields that a model would get.",
    )
    day: tuple[Layer, ...] = rasters(
        "Day rasters",
        optional=True,
        help="Layers with the bands of the model, in any order: they are found by name.",
    )
    night: tuple[Layer, ...] = rasters(
        "Night rasters",
        optional=True,
        help="Layers of the second sensor, if there is one.",
    )
    area: Layer = layer(
        "Area to map",
        polygons=True,
        optional=True,
        help="Polygons of the area that will be mapped: samples are clustered or not for it. Empty: all cells with"
        " data, as in training.",
    )
    resampling: str = varied(GridParams, "resampling")
    seed: int = number(42, "Seed", low=0, advanced=True, help="Draws the places that stand for the map.")
    output: str = layer_output("Audited samples", optional=True, help="Samples with their problems.")
    report: str = file_output("Report", "html", optional=True, created=True, help="What was found.")

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from super().problems()
        yield from target_problems(self.targets)
        if self.night and not self.day:
            yield "Night rasters without day rasters: the day rasters give the grid; add them."


@dataclass(frozen=True)
class ApplicabilityMapping(Params):
    """Map how unlike the samples each place is, and where the model may be trusted."""

    day: tuple[Layer, ...] = varied(SampleAudit, "day")
    night: tuple[Layer, ...] = varied(SampleAudit, "night")
    series: str = input_file("Series", "json", optional=True, help="Of a model of series, instead of day rasters.")
    ancillary: tuple[Layer, ...] = rasters("Ancillary rasters", optional=True, help="Of an abundance model.")
    factors: tuple[Layer, ...] = rasters(
        "Factors",
        optional=True,
        help="Those of a susceptibility model, instead of day rasters.",
    )
    model: str = input_file("Model", "safetensors", help="A model that a trainer has made.")
    area: Layer = layer(
        "Area to map",
        polygons=True,
        optional=True,
        help="Polygons of the area that will be mapped, in any CRS: its cells count in the share that is inside; "
        "all are mapped. Empty: all cells with data, but those at sea where the model's samples lie on land, "
        "and those of a fill that was not declared as nodata.",
    )
    resampling: str = varied(GridParams, "resampling")
    output: str = raster_output("Applicability", help="Dissimilarity, inside, density and expected error.")

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from super().problems()
        if [bool(self.day), bool(self.series), bool(self.factors)].count(True) != 1:
            yield "Give day rasters, a series, or factors: what the model was trained on."


@dataclass(frozen=True)
class MapValidation(Params):
    """Compare a map of shares with what was observed independently."""

    map: Layer = raster("Map", help="Shares, a band per component.")
    reference: Layer = layer("Reference", help="Points or polygons with observations.")
    targets: tuple[str, ...] = columns(
        "Targets",
        "reference",
        numeric=True,
        optional=True,
        help="Observed shares, called like the map's bands.",
    )
    indicators: tuple[str, ...] = columns(
        "Indicators",
        "reference",
        numeric=True,
        optional=True,
        help="Other numbers to correlate with the shares.",
    )
    level_field: str = column("Level field", "reference", optional=True, help="Units of one value are one unit.")
    weight_field: str = column(
        "Weight field",
        "reference",
        numeric=True,
        optional=True,
        advanced=True,
        help="Weight of a unit in its level. Empty: its area on the map, or the sum of its pixel weights.",
    )
    group_field: str = column(
        "Group field",
        "reference",
        optional=True,
        help="What was drawn, as villages: intervals leave it out as a whole. Empty: units, or clusters of them.",
    )
    output: str = layer_output("Units", optional=True, help="Units with the shares of the map.")
    scores: str = file_output("Scores", "csv", optional=True, help="All scores as a table.")
    correlations: str = file_output(
        "Correlations", "csv", optional=True, advanced=True, help="Correlations with indicators."
    )
    report: str = file_output("Report", "html", optional=True, created=True, help="Tables and figures.")
    figures: str = varied(LearningParams, "figures")
    pixel_weights: Layer = raster(
        "Pixel weights",
        optional=True,
        advanced=True,
        help="Raster that weighs the cells of a unit, as population; cells without a number weigh nothing. Empty: "
        "their area.",
    )
    resampling: str = choice(
        "auto",
        "Resampling of layers on other grids",
        RESAMPLINGS,
        optional=True,
        advanced=True,
        help="How layers on another grid than the first are brought to it. auto: finer measurements are averaged, "
        "coarser ones interpolated, codes take the nearest cell; refuse: they are an error.",
    )
    class_field: str = column(
        "Class field",
        "reference",
        optional=True,
        help="Of a map of classes: what is there; of a map of probabilities: 1 and 0.",
    )
    model: str = input_file(
        "Model",
        "safetensors",
        optional=True,
        help="That made the map: places that trained it are told.",
    )

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from super().problems()
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

    predictions: tuple[Layer, ...] = layers(
        "Predictions",
        optional=True,
        help="Those of two or more trainings on the same samples.",
    )
    maps: tuple[Layer, ...] = rasters("Maps", optional=True, help="Two or more maps of one kind, instead.")
    reference: Layer = layer("Reference", optional=True, help="Of maps: places with what is there.")
    class_field: str = column("Class field", "reference", optional=True, help="The class; or 1 and 0 of events.")
    targets: tuple[str, ...] = columns(
        "Targets",
        "reference",
        numeric=True,
        optional=True,
        help="Shares, called like the bands.",
    )
    unit_field: str = text(
        "",
        "Unit field",
        optional=True,
        of="predictions reference",
        help="A field of all predictions, or of the reference.",
    )
    scores: str = file_output("Differences", "csv", optional=True, help="A row for each pair and measure.")
    report: str = file_output("Report", "html", optional=True, created=True, help="Verdict, differences and tests.")

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from super().problems()
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

    map: Layer = raster("Map", help="Any raster; its bands become fields.")
    polygons: Layer = layer("Polygons", polygons=True, help="Units to summarise by.")
    output: str = layer_output("Summary", help="Polygons with shares.")
    pixel_weights: Layer = varied(MapValidation, "pixel_weights")
    resampling: str = varied(MapValidation, "resampling")
    model: str = input_file(
        "Model",
        "safetensors",
        optional=True,
        help="The model that made the map: means then have bounds.",
    )
    level: float = number(
        0.9, "Level", decimals=3, optional=True, advanced=True, low=0.5, below=1, help="Of the bounds, as 0.9."
    )


@dataclass(frozen=True)
class SampleProposal(Params):
    """Propose where the next survey units would help most."""

    day: tuple[Layer, ...] = varied(SampleAudit, "day")
    night: tuple[Layer, ...] = varied(SampleAudit, "night")
    factors: tuple[Layer, ...] = varied(ApplicabilityMapping, "factors")
    model: str = input_file("Model", "safetensors", help="A model that a trainer has made.")
    area: Layer = layer(
        "Area to map",
        polygons=True,
        optional=True,
        help="Polygons of the area that will be mapped, in any CRS: places are proposed inside of it. Empty: all "
        "cells with data, but those at sea where the model's samples lie on land, and those of a fill that "
        "was not declared as nodata.",
    )
    uncertainty: Layer = raster("Uncertainty", optional=True, help="With a band 'entropy', from 'Map composition'.")
    cost: Layer = raster("Cost", optional=True, help="Cost of a visit, above 0; cells without data are not visited.")
    count: int = number(50, "Count", low=1, help="Places to propose.")
    distance: float = number(
        0.0,
        "Distance",
        low=0,
        automatic=0.0,
        unit="m",
        optional=True,
        advanced=True,
        help="Least distance between proposals. Not set: none is kept.",
    )
    resampling: str = varied(GridParams, "resampling")
    seed: int = number(42, "Seed", low=0, advanced=True, help="Draws the candidates.")
    output: str = layer_output("Proposed places", help="Points with rank, dissimilarity and worth.")

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from super().problems()
        if bool(self.day) == bool(self.factors):
            yield "Give day rasters, or factors: what the model was trained on."
