"""Parameters of the forecast family: next years' maps of a vegetation index."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...contract.declare import (
    choice,
    file_output,
    folder_output,
    input_file,
    number,
    raster,
    raster_output,
    rasters,
    text,
    varied,
)
from ...contract.layer import Layer
from ...contract.learning_params import AUTO, GridParams, LearningParams, MappingParams, TrainingParams
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

    series: str = input_file("Series", "json", help="A series of 'Make series': one index, one image a year.")
    masks: tuple[Layer, ...] = rasters(
        "Masks",
        optional=True,
        help="Rasters of 1 and 0, as 'Extract mask' writes them.",
    )
    covariates: tuple[Layer, ...] = rasters(
        "Covariates",
        optional=True,
        help="Other rasters: of all years, or with bands called NAME YYYY-MM-DD.",
    )
    zeros: str = choice("ask", "Zeros", ZEROS, help="Whether 0 is data or nodata; ask: an error if there are any.")
    last_year: int = number(
        0,
        "Last year",
        low=1,
        automatic=0,
        optional=True,
        advanced=True,
        help="Later years are left out. Not set: all are used.",
    )
    window: int = number(8, "Window", low=FEWEST_SEEN, help="Years that are seen.")
    horizon: int = number(1, "Horizon", low=1, help="Years ahead.")
    patch: int = number(
        64,
        "Patch",
        low=16,
        advanced=True,
        multiple=PATCH_STEP,
        help="Side of the windows that are learned from, in cells.",
    )
    patches: int = number(
        400,
        "Patches",
        low=1,
        advanced=True,
        help="At most so many windows; a raster with fewer is learned as a whole.",
    )
    test_years: int = number(
        5,
        "Test years",
        low=1,
        advanced=True,
        help="So many of the last years are forecast, and scored.",
    )
    weighing_years: int = number(
        4,
        "Weighing years",
        low=1,
        advanced=True,
        help="Years before them that are forecast, too, to weigh and calibrate.",
    )
    validation: str = choice(
        "forward",
        "Validation",
        FORECAST_VALIDATIONS,
        advanced=True,
        help="Unknown years; or unknown years in unknown places.",
    )
    folds: int = number(
        3,
        "Folds",
        low=2,
        advanced=True,
        help="Groups of windows that are held out in turns, if places are.",
    )
    model_type: str = choice(
        AUTO,
        "Model type",
        FORECAST_TYPES,
        help="auto: trees, or the stack where a GPU or the time budget allows it. What the model holds; baselines "
        "always stand beside.",
    )
    quantiles: str = text(
        "0.05 0.25 0.75 0.95",
        "Quantiles",
        advanced=True,
        help="Levels of the intervals, as 0.05 0.95; the outermost are mapped.",
    )
    width: int = number(16, "Width", low=2, advanced=True, help="Numbers of a cell inside the residual network.")
    epochs: int = number(
        30,
        "Epochs",
        low=1,
        advanced=True,
        help="So many rounds of at most 256 windows; recent years are drawn more often.",
    )
    patience: int = number(
        10,
        "Patience",
        low=1,
        advanced=True,
        help="The published network stops after so many epochs without a better validation score.",
    )
    batch: int = number(8, "Batch", low=2, advanced=True, help="Samples per step.")
    learning_rate: float = number(
        0.002,
        "Learning rate",
        above=0,
        decimals=6,
        advanced=True,
        help="Largest step size of AdamW: it rises, then falls to 0; of the published network it is halved.",
    )
    weight_decay: float = number(
        0.02,
        "Weight decay",
        low=0,
        decimals=6,
        advanced=True,
        help="How strongly AdamW pulls the weights to zero.",
    )
    model: str = file_output("Model", "safetensors", help="The model, to map with.")
    scores: str = file_output("Scores", "csv", optional=True, help="All scores as a table.")
    report: str = file_output("Report", "html", optional=True, created=True, help="One page with tables and figures.")
    figures: str = varied(LearningParams, "figures")

    def levels(self) -> tuple[float, ...]:
        """The levels of the quantiles, ascending."""
        return tuple(sorted(set(parse_numbers("Quantiles", self.quantiles))))

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
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

    series: str = input_file("Series", "json", help="A series of the index of the model.")
    covariates: tuple[Layer, ...] = varied(ForecastTraining, "covariates")
    years: int = number(1, "Years", low=1, help="Years ahead.")
    origin: int = number(
        0,
        "Origin",
        low=1,
        automatic=0,
        optional=True,
        advanced=True,
        help="The last year that is seen. Not set: the last one of the series.",
    )
    intervals: str = raster_output("Intervals", optional=True, help="Lower bounds of all years, then upper ones.")
    change: str = raster_output("Change", optional=True, help="Against the last year, then the mean; intervals left.")
    skill: str = raster_output(
        "Skill", optional=True, advanced=True, help="Where the years have come: errors and skill."
    )
    folder: str = folder_output("Folder", optional=True, advanced=True, help="One GeoTIFF per year.")
    model: str = varied(MappingParams, "model", help="The model of 'Train forecast'.")
    output: str = raster_output("Forecast", help="A band per year.")


@dataclass(frozen=True)
class ForecastEvaluation(GridParams):
    """Evaluate forecasts by the images of the forecast years."""

    forecast: Layer = raster("Forecast", help="A band per year, called by index and date.")
    truth: str = input_file("Truth", "json", help="A series of 'Make series' with these years and those before.")
    masks: tuple[Layer, ...] = varied(ForecastTraining, "masks")
    intervals: Layer = raster("Intervals", optional=True, help="Those of 'Map forecast'.")
    zeros: str = choice("ask", "Zeros", ZEROS, help="Whether 0 is data or nodata; ask: an error if there are any.")
    window: int = number(8, "Window", low=FEWEST_SEEN, advanced=True, help="Years before that simple forecasts see.")
    output: str = raster_output("Skill maps", help="Errors, skills, and where intervals were left.")
    scores: str = file_output("Scores", "csv", optional=True, help="All scores as a table.")
    report: str = file_output("Report", "html", optional=True, created=True, help="One page with tables and figures.")
    figures: str = varied(LearningParams, "figures")
