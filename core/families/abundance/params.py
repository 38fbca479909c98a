"""Parameters of the abundance family: fractions of classes from pixel series with gaps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...contract.declare import choice, columns, input_file, layer, number, raster_output, rasters, switch, text, varied
from ...contract.layer import Layer
from ...contract.learning_params import AUTO, GridParams, SeriesLearningParams, ShareMappingParams
from ...contract.params import target_problems
from ...contract.parsing import parse_numbers

ABUNDANCE_TYPES = (AUTO, "stack", "brits", "brits_reference", "boosting", "unmixing")


@dataclass(frozen=True)
class AbundanceTraining(GridParams, SeriesLearningParams):
    """Train fractions of classes from series and ancillary rasters, or from a table of values."""

    ancillary: tuple[Layer, ...] = rasters(
        "Ancillary rasters",
        optional=True,
        help="Climate, terrain; bands are known by name.",
    )
    ancillary_fields: tuple[str, ...] = columns(
        "Ancillary fields",
        "samples",
        numeric=True,
        optional=True,
        advanced=True,
        help="Without a series: fields with ancillary numbers.",
    )
    targets: tuple[str, ...] = columns(
        "Targets",
        "samples",
        numeric=True,
        help="The fields of the classes; each row sums to 1 or to 100.",
    )
    levels: Layer = layer(
        "Levels",
        optional=True,
        help="Table with the columns child and parent, for coarser classes.",
    )
    add_coordinates: bool = switch(
        False,
        "Add coordinates",
        advanced=True,
        help="Longitude and latitude as ancillary data: they help between samples, and harm in a new region.",
    )
    model_type: str = choice(
        AUTO,
        "Model type",
        ABUNDANCE_TYPES,
        help="auto: trees, or the stack where a GPU or the time budget allows it. stack (brits, boosting, "
        "unmixing); brits; brits_reference (as published); boosting; unmixing.",
    )
    width: int = number(
        100,
        "Width",
        low=2,
        advanced=True,
        help="Numbers of the network's hidden state; the reference has 100.",
    )
    start_model: str = input_file(
        "Start model",
        "safetensors",
        optional=True,
        advanced=True,
        help="A trained model that is fine-tuned on these samples.",
    )
    few_shots: str = text(
        "",
        "Few shots",
        optional=True,
        advanced=True,
        help="Numbers of labels for a curve: fine-tuned from the start model, and from nothing, as 5 20 100.",
    )
    epochs: int = number(80, "Epochs", low=1, advanced=True, help="At most so many passes over the training samples.")
    patience: int = number(
        12,
        "Patience",
        low=1,
        advanced=True,
        help="Stops after so many epochs without a better validation score.",
    )
    batch: int = number(128, "Batch", low=2, advanced=True, help="Samples per step.")
    learning_rate: float = number(
        0.003,
        "Learning rate",
        above=0,
        decimals=6,
        advanced=True,
        help="Step size of AdamW at the start; halved when the score stalls.",
    )
    weight_decay: float = number(
        0.0001,
        "Weight decay",
        low=0,
        decimals=6,
        advanced=True,
        help="How strongly AdamW pulls the weights to zero.",
    )
    start_field: str = varied(SeriesLearningParams, "start_field", advanced=True)
    end_field: str = varied(SeriesLearningParams, "end_field", advanced=True)

    def few_counts(self) -> tuple[int, ...]:
        """The numbers of labels of the curve, ascending; none is no curve."""
        return tuple(sorted({int(number) for number in parse_numbers("Few shots", self.few_shots)}))

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        try:
            if any(count < 2 for count in self.few_counts()):
                yield f"Few shots are '{self.few_shots}'; give whole numbers from 2 on, as 5 20 100."
            if self.few_counts() and not self.start_model:
                yield "Few shots compare a start model with nothing; give the start model."
        except ValueError as err:
            yield str(err)
        if not self.series and self.ancillary:
            yield "Without a series, ancillary data are fields of the table; name them in Ancillary fields."
        if self.series and self.ancillary_fields:
            yield "With a series, ancillary data are rasters; give them in Ancillary."
        yield from target_problems(self.targets)
        yield from super().problems()


@dataclass(frozen=True)
class AbundanceMapping(ShareMappingParams):
    """Map fractions of classes from a series and ancillary rasters."""

    series: str = input_file("Series", "json", help="A series of 'Make series'.")
    ancillary: tuple[Layer, ...] = rasters(
        "Ancillary rasters",
        optional=True,
        help="Those of the model, found by name.",
    )
    imputed: str = raster_output(
        "Imputed series", optional=True, advanced=True, help="The series without gaps, by date and band."
    )
    model: str = varied(ShareMappingParams, "model", help="The model of 'Train abundance'.")
