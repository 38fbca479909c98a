"""Calibration: what is known of how sure the answers of a model are, as its card keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class ForecastCalibration:
    """Numbers that make quantiles of forecasts, and weigh the models of a stack.

    Parameters
    ----------
    levels : list of float
        Of the quantiles.
    factors : dict
        By model, for each lead and quantile the factor of the spread; None where too few years tell it.
    weights : dict
        By model of the stack, its weight at each lead.
    years : list of int
        At each lead the number of years that factors come from; empty in models that do not tell it.
    """

    levels: list[float]
    factors: dict[str, list[list[float | None]]]
    weights: dict[str, list[float]]
    years: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class CalibrationInfo:
    """Numbers that calibrate the answers of a model.

    Parameters
    ----------
    factors : dict
        By type of model and region, under the empty name of all places: of the concentration of shares, or the
        temperature of probabilities.
    conformal : dict
        By component, half-widths of intervals in standard deviations at `dirichlet.LEVELS`.
    prior_correction : float
        Factor of the odds of an event: those in the world over those among the samples.
    bounds : list of float
        Of the probability between susceptibility classes, ascending.
    prevalence : float, optional
        Share of events in the world.
    forecast : ForecastCalibration, optional
    """

    factors: dict[str, dict[str, float]] = field(default_factory=dict)
    conformal: dict[str, list[float]] = field(default_factory=dict)
    prior_correction: float = 1.0
    bounds: list[float] = field(default_factory=list)
    prevalence: float | None = None
    forecast: ForecastCalibration | None = None

    @property
    def intervals(self) -> bool:
        """Whether shares have calibrated intervals."""
        return bool(self.conformal)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> CalibrationInfo:
        """The calibration that a card of format 2 describes."""
        forecast = raw.get("forecast")
        return cls(**{**raw, "forecast": None if forecast is None else ForecastCalibration(**forecast)})
