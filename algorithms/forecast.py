"""Forecast: train, map the years to come, and evaluate forecasts."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Any

from qgis.core import QgsProcessingContext

from ..core.families.forecast.params import (
    ForecastEvaluation,
    ForecastMapping,
    ForecastTraining,
)
from .arrival import BEHIND, YEARS, load_dated
from .base import EngineAlgorithm
from .learning import FITTING
from .translation import tr

FORECAST_SHOWN = {"OUTPUT": YEARS, "INTERVALS": BEHIND, "CHANGE": BEHIND, "SKILL": BEHIND}


class TrainForecast(EngineAlgorithm):
    """Parameters of `regionwise:trainforecast`."""

    NAME = "trainforecast"
    GROUP = "Forecast"
    PARAMS = ForecastTraining
    ORDER = (
        "series",
        "masks",
        "covariates",
        "zeros",
        "window",
        "horizon",
        "model_type",
        "time_budget",
        "last_year",
        "patch",
        "patches",
        "test_years",
        "weighing_years",
        "validation",
        "folds",
        "width",
        "quantiles",
        *FITTING,
        "quick",
        "resampling",
        "model",
        "report",
        "scores",
        "figures",
    )
    NUMBERS = MappingProxyType(
        {
            "RMSE": "RMSE, 1 year ahead, all tested years together",
            "RMSE_YEARLY": "Mean of the RMSE of each tested year",
            "COVERAGE": "Share of cells within the outermost quantiles",
        }
    )


class MapForecast(EngineAlgorithm):
    """Parameters of `regionwise:mapforecast`."""

    NAME = "mapforecast"
    GROUP = "Forecast"
    PARAMS = ForecastMapping
    SHOWN = FORECAST_SHOWN
    ORDER = (
        "series",
        "model",
        "covariates",
        "years",
        "extent",
        "origin",
        "resampling",
        "device",
        "output",
        "intervals",
        "change",
        "skill",
        "folder",
    )

    def years(self, parameters: dict[str, Any], context: QgsProcessingContext) -> str:
        """None: the years are those of the bands, not of the series."""
        return ""

    def finish(self, destinations: dict[str, str], context: QgsProcessingContext) -> None:
        """Show the years of the folder."""
        if "FOLDER" in destinations:
            load_dated(Path(destinations["FOLDER"]), tr("Forecast by year"), context)


class EvaluateForecast(EngineAlgorithm):
    """Parameters of `regionwise:evaluateforecast`."""

    NAME = "evaluateforecast"
    GROUP = "Forecast"
    PARAMS = ForecastEvaluation
    ORDER = (
        "forecast",
        "truth",
        "masks",
        "intervals",
        "zeros",
        "window",
        "resampling",
        "output",
        "report",
        "scores",
        "figures",
    )
    NUMBERS = MappingProxyType({"RMSE": "RMSE of all years together", "SKILL": "Skill over persistence"})
