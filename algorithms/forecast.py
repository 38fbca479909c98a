"""Forecast: train, map the years to come, and evaluate forecasts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import QgsProcessingContext

from ..core.families.forecast.params import (
    FEWEST_SEEN,
    FORECAST_TYPES,
    FORECAST_VALIDATIONS,
    ZEROS,
    ForecastEvaluation,
    ForecastMapping,
    ForecastTraining,
)
from .arrival import BEHIND, YEARS, load_dated
from .declaration import tr
from .learning import LearningAlgorithm

FORECAST_SHOWN = {"OUTPUT": YEARS, "INTERVALS": BEHIND, "CHANGE": BEHIND, "SKILL": BEHIND}


class TrainForecast(LearningAlgorithm):
    """Parameters of `regionwise:trainforecast`."""

    NAME = "trainforecast"
    TITLE = "Train forecast"
    GROUP = "Forecast"
    PARAMS = ForecastTraining
    SUMMARY = "Learns to forecast an index's next years, and scores that on years it did not know beside baselines."
    HELP = """
<h3>When</h3><p>There is a map of an index for each of many years, and those of the next years are wanted.</p>
<h3>Inputs</h3><p>A series of one band with one image a year; missing years stay missing in their place. Masks name
places whose errors are told apart; they never teach. Covariates: rasters that are the same in all years, as terrain;
or of years, also of those to come, as rainfall: their bands are called NAME YYYY-MM-DD, as in the raster of a series,
and a map of later years needs them up to there (a scenario).</p>
<h3>How</h3><p>Each tested year is forecast by models that learned from the years before it only; no year that is
forecast is seen in training, scaling, weights or intervals. Forward_blocks also holds places out. Beside every model
stand persistence, the mean of the last 3 and 5 years, damped persistence and the linear trend of each cell.
<b>ridge</b>: a regression on the years before, of the cell and its surroundings, that follows steady cells more than
noisy ones; old years count less. <b>boosting</b>: trees on the same. <b>residual</b>: a convolutional network that
learns what is added to the simple forecast that was best in training. <b>convlstm_unet</b>: a ConvLSTM-UNet that does
so. <b>convlstm_unet_reference</b>: the same as published, which forecasts one year after the other. <b>stack</b>:
ridge, boosting, residual, the means of 3 and 5 years and damped persistence, weighed by earlier years; one of them, or
persistence, stands alone where it was better in all of these by more than chance.</p>
<h3>Outputs</h3><p>Model; scores as CSV by model, lead, year and mask; report. R2 is told against each cell's own mean:
against the mean of all cells even persistence looks perfect. Intervals are calibrated on earlier years: Weighing years,
and the tested ones before. The cells of a year err together, so few years make them wide, and fewer than 3 none. Low
and high of RMSE and skills are over years and places, from 3 tested years on.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:trainforecast -- SERIES=evi.json WINDOW=8 TEST_YEARS=5
MODEL=forecast.safetensors REPORT=forecast.html</code></p>
<h3>Limits</h3><p>Several years ahead are forecast directly: by a regression and trees for each, or by one network for
all, which sees the covariates of all of them; the published network forecasts year after year. A large raster is
learned from windows of Patch cells a side, drawn at random; at most 100,000 cells of a year are scored.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_file("SERIES", "Series", "json", "A series of 'Make series': one index, one image a year.")
        self.add_rasters("MASKS", "Masks", "Rasters of 1 and 0, as 'Extract mask' writes them.", optional=True)
        self.add_rasters(
            "COVARIATES",
            "Covariates",
            "Other rasters: of all years, or with bands called NAME YYYY-MM-DD.",
            optional=True,
        )
        self.add_choice("ZEROS", "Zeros", ZEROS, "Whether 0 is data or nodata; ask: an error if there are any.")
        self.add_integer("LAST_YEAR", "Last year", 0, "Later years are left out; 0: all are used.")
        self.add_integer("WINDOW", "Window", FEWEST_SEEN, "Years that are seen.", advanced=False)
        self.add_integer("HORIZON", "Horizon", 1, "Years ahead.", advanced=False)
        self.add_integer("PATCH", "Patch", 16, "Side of the windows that are learned from, in cells.")
        self.add_integer("PATCHES", "Patches", 1, "At most so many windows; a raster with fewer is learned as a whole.")
        self.add_integer("TEST_YEARS", "Test years", 1, "So many of the last years are forecast, and scored.")
        self.add_integer(
            "WEIGHING_YEARS", "Weighing years", 1, "Years before them that are forecast, too, to weigh and calibrate."
        )
        self.add_choice(
            "VALIDATION", "Validation", FORECAST_VALIDATIONS, "Unknown years; or unknown years in unknown places."
        )
        self.add_integer("FOLDS", "Folds", 2, "Groups of windows that are held out in turns, if places are.")
        self.add_choice(
            "MODEL_TYPE", "Model type", FORECAST_TYPES, "What the model holds; baselines always stand beside."
        )
        self.add_integer("WIDTH", "Width", 2, "Numbers of a cell inside the residual network.")
        self.add_text("QUANTILES", "Quantiles", "Levels of the intervals, as 0.05 0.95; the outermost are mapped.")
        self.add_fitting(
            rate="Largest step size of AdamW: it rises, then falls to 0; of the published network it is halved.",
            patience="The published network stops after so many epochs without a better validation score.",
            epochs="So many rounds of at most 256 windows; recent years are drawn more often.",
        )
        self.add_resampling()
        self.add_file_output("MODEL", "Model", "safetensors", "The model, to map with.")
        self.add_file_output("SCORES", "Scores", "csv", "All scores as a table.", optional=True)
        self.add_file_output("REPORT", "Report", "html", "One page with tables and figures.", optional=True)
        self.add_folder_output("FIGURES", "Figures", "Each figure as PNG, and its numbers as CSV.", optional=True)
        self.add_number("RMSE", "RMSE, 1 year ahead, all tested years together")
        self.add_number("RMSE_YEARLY", "Mean of the RMSE of each tested year")
        self.add_number("COVERAGE", "Share of cells within the outermost quantiles")


class MapForecast(LearningAlgorithm):
    """Parameters of `regionwise:mapforecast`."""

    NAME = "mapforecast"
    TITLE = "Map forecast"
    GROUP = "Forecast"
    PARAMS = ForecastMapping
    SHOWN = FORECAST_SHOWN
    SUMMARY = "Maps the years after the last one of a series, with intervals, and how they differ from what was."
    HELP = """
<h3>When</h3><p>After 'Train forecast', for the same index; also for a longer series, or another area.</p>
<h3>Outputs</h3><p>A band per year. Intervals: the outermost quantiles of each year. Change: the forecast minus the last
known value, and minus the mean of the years that the model sees; then where what came, if it is in the series, left
its interval (1 above, -1 below): a mine that opened, a fire. Skill: with an earlier Origin, errors and skill over
persistence and that mean. A model judges no year that it learned from. Folder: one GeoTIFF per year; where QGIS shows a
project, they are added to it with their years, so that the Temporal Controller plays them.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:mapforecast -- SERIES=evi.json MODEL=forecast.safetensors YEARS=1
OUTPUT=next.tif INTERVALS=bounds.tif CHANGE=change.tif</code></p>
<h3>Limits</h3><p>Not more years ahead than the model learned. No intervals where fewer than 3 years calibrated them.
Memory stays within the option 'Memory'. A killed run goes on where it stopped.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_file("SERIES", "Series", "json", "A series of the index of the model.")
        self.add_file("MODEL", "Model", "safetensors", "The model of 'Train forecast'.")
        self.add_rasters(
            "COVARIATES",
            "Covariates",
            "Other rasters: of all years, or with bands called NAME YYYY-MM-DD.",
            optional=True,
        )
        self.add_integer("YEARS", "Years", 1, "Years ahead.", advanced=False)
        self.add_integer("ORIGIN", "Origin", 0, "The last year that is seen; 0: the last one of the series.")
        self.add_extent()
        self.add_resampling()
        self.add_device()
        self.add_raster_output("OUTPUT", "Forecast", "A band per year.")
        self.add_raster_output("INTERVALS", "Intervals", "Lower bounds of all years, then upper ones.", optional=True)
        self.add_raster_output(
            "CHANGE", "Change", "Against the last year, then the mean; intervals left.", optional=True
        )
        self.add_raster_output("SKILL", "Skill", "Where the years have come: errors and skill.", optional=True)
        self.add_folder_output("FOLDER", "Folder", "One GeoTIFF per year.", optional=True)

    def years(self, parameters: dict[str, Any], context: QgsProcessingContext) -> str:
        """None: the years are those of the bands, not of the series."""
        return ""

    def finish(self, destinations: dict[str, str], context: QgsProcessingContext) -> None:
        """Show the years of the folder."""
        if "FOLDER" in destinations:
            load_dated(Path(destinations["FOLDER"]), tr("Forecast by year"), context)


class EvaluateForecast(LearningAlgorithm):
    """Parameters of `regionwise:evaluateforecast`."""

    NAME = "evaluateforecast"
    TITLE = "Evaluate forecast"
    GROUP = "Forecast"
    PARAMS = ForecastEvaluation
    SUMMARY = "Judges a forecast by the images that came, beside simple forecasts, in and out of masks."
    HELP = """
<h3>When</h3><p>The years of a forecast have come. The forecast may be of any program; its bands are called by index and
date, as EVI 2024-01-01.</p>
<h3>Inputs</h3><p>Truth: a series with the years that came and those before; years without an image are told and not
judged. Forecast and truth must have the same cells.</p>
<h3>How</h3><p>Persistence, means of the last 3 and 5 years and the linear trend of each cell are told from the years
before the first forecast one, and judged alike. All cells count; low and high of RMSE and skills are over years and
blocks of 64 cells, from 3 years on: fewer tell nothing of other years.</p>
<h3>Outputs</h3><p>Skill maps: the error of each year (forecast minus truth), the skill over persistence and over the
mean of the years before (1: perfect, 0: no better, -1: far worse), and where the truth left its interval: 1 above, -1
below. Of one year, the skill of a single cell says little; look at regions. Report: scatter by mask with fit, 95 % band
and 1:1 line, errors by year and mask.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:evaluateforecast -- FORECAST=next.tif TRUTH=evi.json
MASKS=mine.tif OUTPUT=skill.tif REPORT=judged.html</code></p>
<h3>Limits</h3><p>The forecast is taken to be made in the year before its first one.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_raster("FORECAST", "Forecast", "A band per year, called by index and date.")
        self.add_file("TRUTH", "Truth", "json", "A series of 'Make series' with these years and those before.")
        self.add_rasters("MASKS", "Masks", "Rasters of 1 and 0, as 'Extract mask' writes them.", optional=True)
        self.add_raster("INTERVALS", "Intervals", "Those of 'Map forecast'.", optional=True)
        self.add_choice("ZEROS", "Zeros", ZEROS, "Whether 0 is data or nodata; ask: an error if there are any.")
        self.add_integer("WINDOW", "Window", FEWEST_SEEN, "Years before that simple forecasts see.")
        self.add_resampling()
        self.add_raster_output("OUTPUT", "Skill maps", "Errors, skills, and where intervals were left.")
        self.add_file_output("SCORES", "Scores", "csv", "All scores as a table.", optional=True)
        self.add_file_output("REPORT", "Report", "html", "One page with tables and figures.", optional=True)
        self.add_folder_output("FIGURES", "Figures", "Each figure as PNG, and its numbers as CSV.", optional=True)
        self.add_number("RMSE", "RMSE of all years together")
        self.add_number("SKILL", "Skill over persistence")
