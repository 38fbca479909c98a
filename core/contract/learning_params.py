"""Parameters that training and mapping share in all families."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .declare import (
    choice,
    column,
    file_output,
    folder_output,
    input_file,
    layer,
    layer_output,
    number,
    raster_output,
    rectangle,
    switch,
    text,
    varied,
)
from .layer import Layer
from .params import Params, given

AUTO = "auto"  # the model type that a run chooses by itself, see `workflow.planning.model_choice`
DEVICES = ("default", "auto", "cpu", "cuda", "mps")
PRECISIONS = ("exact", "fast")
TRAINING_PRECISIONS = ("auto", "exact", "fast")
PATCH_STORAGES = ("float32", "float16")
SPATIAL_VALIDATIONS = ("auto", "knndm", "blocks", "grouped", "regions", "random")
VALIDATIONS = (*SPATIAL_VALIDATIONS, "years")  # of samples
EVENT_VALIDATIONS = (*SPATIAL_VALIDATIONS, "spacetime")  # of inventories, whose places without an event have no date
DATED_VALIDATIONS = ("years", "spacetime")
COMPARISONS = ("boosting", "model")
RESAMPLINGS = ("auto", "refuse", "nearest", "bilinear", "cubic", "average")


@dataclass(frozen=True)
class TrainingParams(Params):
    """Parameters of training a network, in every family. Defaults are the reference's (DRLM)."""

    epochs: int = number(300, "Epochs", low=1, advanced=True, help="At most so many passes over the training samples.")
    patience: int = number(
        15,
        "Patience",
        low=1,
        advanced=True,
        help="Stops after so many epochs without a better validation score.",
    )
    batch: int = number(256, "Batch", low=2, advanced=True, help="Samples per step.")
    learning_rate: float = number(
        0.0003,
        "Learning rate",
        above=0,
        decimals=6,
        advanced=True,
        help="Step size of AdamW at the start; halved when the score stalls.",
    )
    weight_decay: float = number(
        0.001,
        "Weight decay",
        low=0,
        decimals=6,
        advanced=True,
        help="How strongly AdamW pulls the weights to zero.",
    )
    seed: int = number(
        42,
        "Seed",
        low=0,
        advanced=True,
        help="Decides folds and weights; the same seed repeats the run.",
    )
    device: str = choice(
        "default",
        "Device",
        DEVICES,
        advanced=True,
        help="default: as set in the options. auto: the GPU, if it works. cuda: NVIDIA's. mps: Apple's.",
    )
    precision: str = choice(
        "auto",
        "Precision",
        TRAINING_PRECISIONS,
        advanced=True,
        help="exact: the network learns in 32 bit. fast: in 16 bit where that is possible. auto: fast on a GPU only.",
    )
    patch_storage: str = choice(
        "float32",
        "Patch storage",
        PATCH_STORAGES,
        advanced=True,
        help="Pixels around the samples are kept on disk while the run lasts. float16 takes half of the room and "
        "keeps three digits of each value.",
    )
    time_budget: float = number(
        0.0,
        "Time budget",
        above=0,
        automatic=0.0,
        decimals=0,
        unit="minutes",
        optional=True,
        help="What training may take. With it, Model type auto learns a stack where that fits in, else trees, and "
        "validations beside the chosen one take what is left. A model type that you choose is learned even if it takes "
        "longer; you are told before. Not set: no limit.",
    )
    quick: bool = switch(
        False,
        "Quick (smoke run)",
        advanced=True,
        help="A tiny network and few epochs, to see in a minute whether all inputs fit. Its scores mean nothing.",
    )


@dataclass(frozen=True)
class LearningParams(TrainingParams):
    """Parameters of learning from samples, in every family, whatever the folds are."""

    samples: Layer = layer("Samples", help="Points, areas, or a table with coordinates.")
    source_field: str = column(
        "Source field",
        "samples",
        optional=True,
        help="The survey unit a label comes from (village, parcel). Its samples stay in one fold.",
    )
    weight_field: str = column(
        "Weight field",
        "samples",
        numeric=True,
        optional=True,
        advanced=True,
        help="Weight of a sample in training alone, not in scores; 'Augment samples' writes one.",
    )
    region_field: str = column(
        "Region field",
        "samples",
        optional=True,
        help="The region of each sample, for validation by regions and for baselines and calibration by region.",
    )
    area: Layer = layer(
        "Area to map",
        polygons=True,
        optional=True,
        advanced=True,
        help="Polygons of the area that will be mapped, in any CRS: how far it lies from the samples decides "
        "whether they count as clustered, and how kNNDM cuts its folds. Empty: all cells with data, but those"
        " at sea where the samples lie on land, and those of a fill that was not declared as nodata; of a "
        "table, the hull of its places.",
    )
    buffer: float = number(
        -1.0,
        "Buffer",
        low=0,
        automatic=-1.0,
        unit="m",
        optional=True,
        advanced=True,
        help="Samples nearer than this to a tested block or an unseen region do not train. Not set: as wide as "
        "keeps tested places out of training windows. Around strictly unseen regions never less than that.",
    )
    allow_duplicates: bool = switch(
        False,
        "Allow duplicates",
        advanced=True,
        help="Accept labels that repeat more than rounding explains, because they were measured at each place. If "
        "they are broadcast from larger units that the source field does not name, all scores will be too "
        "good.",
    )
    model_type: str = ""
    model: str = file_output("Model", "safetensors", help="The model with all its members, to map with.")
    predictions: str = layer_output(
        "Predictions",
        optional=True,
        help="One feature per observed sample with its out-of-fold prediction.",
    )
    scores: str = file_output("Scores", "csv", optional=True, advanced=True, help="All scores as a table.")
    report: str = file_output("Report", "html", optional=True, created=True, help="One page with tables and figures.")
    figures: str = folder_output(
        "Figures", optional=True, advanced=True, help="Each figure as PNG, and its numbers as CSV."
    )


@dataclass(frozen=True)
class GridParams(Params):
    """Parameters of reading rasters of several grids."""

    resampling: str = choice(
        "auto",
        "Resampling of layers on other grids",
        RESAMPLINGS,
        advanced=True,
        help="How layers on another grid than the first are brought to it. auto: finer measurements are averaged, "
        "coarser ones interpolated, codes take the nearest cell; refuse: they are an error.",
    )


@dataclass(frozen=True)
class FoldParams(Params):
    """Parameters of the folds of a cross-validation, and of the comparison with other folds."""

    validation: str = choice(
        "auto",
        "Validation",
        VALIDATIONS,
        advanced=True,
        help="How folds are cut: by kNNDM, spatial blocks, whole sources, whole regions, or random samples; by "
        "dates: whole years, or later events of held-out blocks. auto: kNNDM; in a table without places by "
        "source, else by region, else at random.",
    )
    folds: int = number(
        5,
        "Folds",
        low=2,
        advanced=True,
        help="Parts of the cross-validation; each gives a member of the model.",
    )
    block_size: float = number(
        0.0,
        "Block size",
        low=1,
        automatic=0.0,
        unit="m",
        optional=True,
        advanced=True,
        help="Side of a spatial block. Not set: chosen by itself.",
    )
    compare: str = choice(
        "boosting",
        "Compare",
        COMPARISONS,
        advanced=True,
        help="What learns the validations that stand beside the chosen one: boosting, in seconds, or the model itself.",
    )
    source_field: str = varied(LearningParams, "source_field")
    region_field: str = text(
        "",
        "Region field",
        optional=True,
        advanced=True,
        of="regions samples values",
        help="Field with the region's name, of the regions or else of the samples.",
    )

    @property
    def validations(self) -> tuple[str, ...]:
        """The kinds of validation that these samples may have."""
        return VALIDATIONS

    @property
    def dated(self) -> bool:
        """Whether fields tell the dates of samples."""
        return False

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        if self.validation in DATED_VALIDATIONS and not self.dated:
            yield f"Validation '{self.validation}' needs dates of the samples; choose the field that holds them."
        if self.validation == "grouped" and not self.source_field:
            yield "Validation 'grouped' needs a source field; choose the field that names the survey unit."
        if self.validation == "regions" and not self.region_field:
            yield "Validation 'regions' needs a region field; choose the samples' field that names the region."
        yield from super().problems()


@dataclass(frozen=True)
class MappingParams(Params):
    """Parameters of mapping, in every family."""

    model: str = input_file("Model", "safetensors", help="The model to map with.")
    extent: str = rectangle("Extent", optional=True, help="The part to map. Empty: all of the first raster.")
    device: str = choice(
        "default",
        "Device",
        DEVICES,
        advanced=True,
        help="default: as set in the options. auto: the GPU, if it works. cuda: NVIDIA's. mps: Apple's.",
    )
    output: str = raster_output("Shares", help="A band per component.")


@dataclass(frozen=True)
class ShareMappingParams(GridParams, MappingParams):
    """Parameters of mapping shares, besides those of every map."""

    level: float = number(
        0.9,
        "Level of the intervals",
        decimals=3,
        advanced=True,
        above=0,
        below=1,
        help="Share of labels that the intervals should hold, as 0.9.",
    )
    joint: bool = switch(
        False,
        "Joint intervals",
        optional=True,
        advanced=True,
        help="Intervals that hold all shares of a place at once, as often as the level says. They are wider. Off: "
        "each interval holds its own share that often, and all of them together are right less often.",
    )
    uncertainty: str = raster_output(
        "Uncertainty",
        optional=True,
        help="Standard deviation of each share, in all and by data and model; entropy; weight of the regional "
        "expert; mean deviation, which it opens on.",
    )
    intervals: str = raster_output(
        "Intervals",
        optional=True,
        advanced=True,
        help="Lower and upper bound of each share at the level; mean width, which it opens on.",
    )
    folder: str = folder_output("Folder", optional=True, advanced=True, help="One GeoTIFF per component.")
    dominant: str = raster_output(
        "Dominant share",
        optional=True,
        created=True,
        help="The largest share of each cell, paler where it is less dominant. With classes of two levels: of the "
        "finer ones.",
    )


@dataclass(frozen=True)
class SeriesLearningParams(FoldParams, LearningParams):
    """Parameters of learning from dated samples: a series and samples, or a table of values."""

    series: str = input_file(
        "Series", "json", optional=True, help="A series of 'Make series'. Empty: samples hold values."
    )
    values: Layer = layer(
        "Values",
        optional=True,
        advanced=True,
        help="A table of 'Sample series', instead of series and samples. It needs no places.",
    )
    start_field: str = column("Start field", "samples", optional=True, help="First date of a sample, as 2013-09-14.")
    end_field: str = column("End field", "samples", optional=True, help="Last date of a sample.")
    regions: Layer = layer(
        "Regions", polygons=True, optional=True, advanced=True, help="Polygons of regions, in any CRS."
    )
    samples: Layer = varied(LearningParams, "samples", optional=True)

    @property
    def table(self) -> Layer:
        """The layer with the labels, which without a series holds the values, too."""
        return self.values or self.samples

    @property
    def dated(self) -> bool:
        """Whether fields tell the dates of samples."""
        return bool(self.start_field and self.end_field)

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        if self.series and self.values:
            yield "Give a series with samples, or a table of values: one of the two."
        if not self.values:
            yield from given("Samples", self.samples)
        if self.values and self.samples:
            yield "A table of values holds the labels, too; leave Samples empty."
        if bool(self.start_field) != bool(self.end_field):
            yield "Start field and end field belong together; give both or none."
        if self.regions and not self.region_field:
            yield "Regions need a region field, which names them; choose it."
        yield from super().problems()
