"""Parameters of the abundance family: fractions of classes from pixel series with gaps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...contract.params import (
    AUTO,
    NO_LAYER,
    GridParams,
    Layer,
    SeriesLearningParams,
    ShareMappingParams,
    at_least,
    given,
    one_of,
    target_problems,
)
from ...contract.parsing import parse_numbers

ABUNDANCE_TYPES = (AUTO, "stack", "brits", "brits_reference", "boosting", "unmixing")


@dataclass(frozen=True)
class AbundanceTraining(GridParams, SeriesLearningParams):
    """Train fractions of classes from series and ancillary rasters, or from a table of values."""

    ancillary: tuple[Layer, ...] = ()
    ancillary_fields: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    levels: Layer = NO_LAYER
    add_coordinates: bool = False
    model_type: str = AUTO
    width: int = 100
    start_model: str = ""
    few_shots: str = ""
    epochs: int = 80
    patience: int = 12
    batch: int = 128
    learning_rate: float = 3e-3
    weight_decay: float = 1e-4

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
        yield from one_of("Model type", self.model_type, ABUNDANCE_TYPES)
        yield from at_least("Width", self.width, 2)
        yield from super().problems()


@dataclass(frozen=True)
class AbundanceMapping(ShareMappingParams):
    """Map fractions of classes from a series and ancillary rasters."""

    series: str = ""
    ancillary: tuple[Layer, ...] = ()
    imputed: str = ""

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from given("Series", self.series)
        yield from super().problems()
