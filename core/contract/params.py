"""Parameters of a task: a frozen dataclass that checks itself and travels as JSON.

QGIS reads names, defaults and choices from these classes, so a default is written once. They are
imported by QGIS's own Python, which is 3.9 on older installations: no ``kw_only``, hence every
field has a default and "empty" (an empty text, an empty tuple, 0) means "not given".
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar, get_type_hints

from .errors import Problems, RegionwiseError

P = TypeVar("P", bound="Params")

AUTO = "auto"  # the model type that a run chooses by itself, see `workflow.model_choice`
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
class NodataRange:
    """Numbers of a band, counted from 1, that mean no data: `low` to `high`, both included, after its scale."""

    band: int = 1
    low: float = 0.0
    high: float = 0.0


@dataclass(frozen=True)
class Layer:
    """A raster or vector file, and what QGIS knows of it besides; a job that names the path alone works.

    Parameters
    ----------
    path : str
        As GDAL takes it.
    name : str
        That is shown to the user.
    table : str
        Inside the file.
    crs : str
        As set in QGIS, where the user may have corrected it; it counts before that of the file.
    encoding : str
        Of texts in a table, as set in QGIS.
    nodata : tuple of NodataRange
        More numbers that mean no data.
    all_data : tuple of int
        Bands whose own nodata value is data, because the user has switched it off.
    options : tuple of str
        GDAL's options for opening, as ``NUM_THREADS=2``.
    """

    path: str = ""
    name: str = ""
    table: str = ""
    crs: str = ""
    encoding: str = ""
    nodata: tuple[NodataRange, ...] = ()
    all_data: tuple[int, ...] = ()
    options: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Layer:
        """The layer in JSON `values`; raises `TypeError` for unknown names."""
        return cls(
            **{
                **values,
                "nodata": tuple(NodataRange(**span) for span in values.get("nodata", ())),
                "all_data": tuple(int(band) for band in values.get("all_data", ())),
                "options": tuple(str(option) for option in values.get("options", ())),
            }
        )

    def __bool__(self) -> bool:
        return bool(self.path)

    def __str__(self) -> str:
        return self.name or self.path


NO_LAYER = Layer()


@dataclass(frozen=True)
class Params:
    """Base of all parameter classes."""

    def __post_init__(self) -> None:
        problems = Problems()
        for sentence in self.problems():
            problems.add(sentence)
        problems.raise_any()

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from ()

    def to_json(self) -> dict[str, Any]:
        """The parameters as JSON values."""
        return dataclasses.asdict(self)

    def without(self, *names: str) -> dict[str, Any]:
        """The parameters as JSON values, but those called `names`."""
        return {name: value for name, value in self.to_json().items() if name not in names}

    @classmethod
    def from_json(cls: type[P], values: dict[str, Any]) -> P:
        """The parameters in `values`; unknown names are refused.

        Raises
        ------
        RegionwiseError
            For unknown names, values of another type, and values that cannot be used.
        """
        hints = get_type_hints(cls)
        names = {field.name for field in dataclasses.fields(cls)}
        unknown = sorted(set(values) - names)
        if unknown:
            raise RegionwiseError(
                f"{cls.__name__} has no parameter '{unknown[0]}'.",
                f"Its parameters are: {', '.join(sorted(names))}.",
            )
        return cls(**{name: _convert(name, value, hints[name]) for name, value in values.items()})


def _convert(name: str, value: Any, hint: Any) -> Any:
    """The JSON `value` as the type `hint`, one of those that parameters may have."""
    try:
        if hint == Layer:
            return Layer.from_json(value)
        if hint == tuple[Layer, ...]:
            return tuple(Layer.from_json(item) for item in value)
        if hint == tuple[str, ...]:
            return tuple(str(item) for item in value)
        if hint == tuple[float, ...]:
            return tuple(float(item) for item in value)
        if hint is bool and not isinstance(value, bool):
            raise TypeError("expected true or false")
        return hint(value)
    except (TypeError, ValueError) as err:
        raise RegionwiseError(f"Parameter '{name}' cannot be {value!r} ({err}).") from err


def one_of(name: str, value: str, choices: tuple[str, ...]) -> Iterator[str]:
    """Yield a sentence unless `value` is among `choices`."""
    if value not in choices:
        yield f"{name} is '{value}'; choose one of: {', '.join(choices)}."


def at_least(name: str, value: float, low: float) -> Iterator[str]:
    """Yield a sentence unless `value` >= `low`."""
    if not value >= low:
        yield f"{name} is {value:g}; it must be at least {low:g}."


def above(name: str, value: float, low: float) -> Iterator[str]:
    """Yield a sentence unless `value` > `low`."""
    if not value > low:
        yield f"{name} is {value:g}; it must be greater than {low:g}."


def given(name: str, value: object) -> Iterator[str]:
    """Yield a sentence if `value` is empty."""
    if not value:
        yield f"{name} is missing; choose a value."


@dataclass(frozen=True)
class TrainingParams(Params):
    """Parameters of training a network, in every family. Defaults are the reference's (DRLM)."""

    epochs: int = 300
    patience: int = 15
    batch: int = 256
    learning_rate: float = 3e-4
    weight_decay: float = 1e-3
    seed: int = 42
    device: str = "default"
    precision: str = "auto"
    patch_storage: str = "float32"
    time_budget: float = 0.0  # minutes; 0: none
    quick: bool = False

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from at_least("Epochs", self.epochs, 1)
        yield from at_least("Patience", self.patience, 1)
        yield from at_least("Batch", self.batch, 2)
        yield from above("Learning rate", self.learning_rate, 0)
        yield from at_least("Weight decay", self.weight_decay, 0)
        yield from at_least("Seed", self.seed, 0)
        yield from one_of("Device", self.device, DEVICES)
        yield from one_of("Precision", self.precision, TRAINING_PRECISIONS)
        yield from one_of("Patch storage", self.patch_storage, PATCH_STORAGES)
        yield from at_least("Time budget", self.time_budget, 0)


@dataclass(frozen=True)
class LearningParams(TrainingParams):
    """Parameters of learning from samples, in every family, whatever the folds are."""

    samples: Layer = NO_LAYER
    source_field: str = ""
    weight_field: str = ""
    region_field: str = ""
    area: Layer = NO_LAYER
    buffer: float = -1.0
    allow_duplicates: bool = False
    model_type: str = ""
    model: str = ""
    predictions: str = ""
    scores: str = ""
    report: str = ""
    figures: str = ""

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from at_least("Buffer", self.buffer, -1)
        yield from given("Model", self.model)
        yield from super().problems()


@dataclass(frozen=True)
class GridParams(Params):
    """Parameters of reading rasters of several grids."""

    resampling: str = "auto"

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from one_of("Resampling", self.resampling, RESAMPLINGS)
        yield from super().problems()


@dataclass(frozen=True)
class FoldParams(Params):
    """Parameters of the folds of a cross-validation, and of the comparison with other folds."""

    validation: str = "auto"
    folds: int = 5
    block_size: float = 0.0
    compare: str = "boosting"
    source_field: str = ""
    region_field: str = ""

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
        yield from one_of("Validation", self.validation, self.validations)
        if self.validation in DATED_VALIDATIONS and not self.dated:
            yield f"Validation '{self.validation}' needs dates of the samples; choose the field that holds them."
        if self.validation == "grouped" and not self.source_field:
            yield "Validation 'grouped' needs a source field; choose the field that names the survey unit."
        if self.validation == "regions" and not self.region_field:
            yield "Validation 'regions' needs a region field; choose the samples' field that names the region."
        yield from at_least("Folds", self.folds, 2)
        yield from at_least("Block size", self.block_size, 0)
        yield from one_of("Compare", self.compare, COMPARISONS)
        yield from super().problems()


@dataclass(frozen=True)
class MappingParams(Params):
    """Parameters of mapping, in every family."""

    model: str = ""
    extent: str = ""
    device: str = "default"
    output: str = ""

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from given("Model", self.model)
        yield from given("Output", self.output)
        yield from one_of("Device", self.device, DEVICES)
        yield from super().problems()


@dataclass(frozen=True)
class ShareMappingParams(GridParams, MappingParams):
    """Parameters of mapping shares, besides those of every map."""

    level: float = 0.9
    joint: bool = False
    uncertainty: str = ""
    intervals: str = ""
    folder: str = ""
    dominant: str = ""

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        if not 0 < self.level < 1:
            yield f"Level is {self.level:g}; it is a probability between 0 and 1, as 0.9."
        yield from super().problems()


def target_problems(targets: tuple[str, ...]) -> Iterator[str]:
    """Yield a sentence if `targets` cannot be the components of a composition."""
    if len(targets) < 2:
        yield "Targets need two or more fields, one for each component of the composition."
    if len(set(targets)) < len(targets):
        yield "A field stands twice among the targets; name each component once."


@dataclass(frozen=True)
class SeriesLearningParams(FoldParams, LearningParams):
    """Parameters of learning from dated samples: a series and samples, or a table of values."""

    series: str = ""
    values: Layer = NO_LAYER
    start_field: str = ""
    end_field: str = ""
    regions: Layer = NO_LAYER

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
