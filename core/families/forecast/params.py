"""Parameters of the forecast family: next years' maps of a vegetation index."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...contract.params import (
    AUTO,
    NO_LAYER,
    GridParams,
    Layer,
    MappingParams,
    TrainingParams,
    at_least,
    given,
    one_of,
)
from ...contract.parsing import parse_numbers

REFERENCE = "convlstm_unet_reference"
FORECAST_TYPES = (AUTO, "stack", "residual", "convlstm_unet", REFERENCE, "boosting", "ridge")
FORECAST_VALIDATIONS = ("forward", "forward_blocks")
ZEROS = ("ask", "data", "nodata")
FEWEST_SEEN = 5  # years, as the longest mean among the baselines
PATCH_STEP = 4  # cells


@dataclass(frozen=True)
class ForecastTraining(GridParams, TrainingParams):
    """Train the forecast of an index's next years from its years so far."""

    series: str = ""
    masks: tuple[Layer, ...] = ()
    covariates: tuple[Layer, ...] = ()
    zeros: str = "ask"
    last_year: int = 0
    window: int = 8
    horizon: int = 1
    patch: int = 64
    patches: int = 400
    test_years: int = 5
    weighing_years: int = 4
    validation: str = "forward"
    folds: int = 3
    model_type: str = AUTO
    quantiles: str = "0.05 0.25 0.75 0.95"
    width: int = 16
    epochs: int = 30
    patience: int = 10
    batch: int = 8
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    model: str = ""
    scores: str = ""
    report: str = ""
    figures: str = ""

    def levels(self) -> tuple[float, ...]:
        """The levels of the quantiles, ascending."""
        return tuple(sorted(set(parse_numbers("Quantiles", self.quantiles))))

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from given("Series", self.series)
        yield from given("Model", self.model)
        yield from one_of("Zeros", self.zeros, ZEROS)
        yield from one_of("Validation", self.validation, FORECAST_VALIDATIONS)
        yield from one_of("Model type", self.model_type, FORECAST_TYPES)
        yield from at_least("Last year", self.last_year, 0)
        yield from at_least("Window", self.window, FEWEST_SEEN)
        for name, value in (("Horizon", self.horizon), ("Patches", self.patches), ("Test years", self.test_years)):
            yield from at_least(name, value, 1)
        yield from at_least("Patch", self.patch, 16)
        yield from at_least("Width", self.width, 2)
        if self.patch % PATCH_STEP:
            yield f"Patch is {self.patch}; give a multiple of {PATCH_STEP}, for networks halve images twice."
        yield from at_least("Weighing years", self.weighing_years, 1)
        yield from at_least("Folds", self.folds, 2)
        if self.covariates and self.model_type == REFERENCE:
            yield f"{REFERENCE} takes no Covariates; leave them out, or choose another model type."
        try:
            if not all(0 < level < 1 for level in self.levels()) or len(self.levels()) < 2:
                yield f"Quantiles are '{self.quantiles}'; give two or more levels between 0 and 1, as 0.05 0.95."
        except ValueError as err:
            yield str(err)
        yield from super().problems()


@dataclass(frozen=True)
class ForecastMapping(GridParams, MappingParams):
    """Map the years after the last one of a series."""

    series: str = ""
    covariates: tuple[Layer, ...] = ()
    years: int = 1
    origin: int = 0
    intervals: str = ""
    change: str = ""
    skill: str = ""
    folder: str = ""

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from given("Series", self.series)
        yield from at_least("Years", self.years, 1)
        yield from at_least("Origin", self.origin, 0)
        yield from super().problems()


@dataclass(frozen=True)
class ForecastEvaluation(GridParams):
    """Evaluate forecasts by the images of the forecast years."""

    forecast: Layer = NO_LAYER
    truth: str = ""
    masks: tuple[Layer, ...] = ()
    intervals: Layer = NO_LAYER
    zeros: str = "ask"
    window: int = 8
    output: str = ""
    scores: str = ""
    report: str = ""
    figures: str = ""

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from given("Forecast", self.forecast)
        yield from given("Truth", self.truth)
        yield from one_of("Zeros", self.zeros, ZEROS)
        yield from at_least("Window", self.window, FEWEST_SEEN)
        yield from given("Output", self.output)
        yield from super().problems()
