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
class MeanCalibration:
    """Numbers that calibrate means of members, see `member_means`.

    Parameters
    ----------
    power : float
        Of the odds of each class over those of `centre`.
    centre : list of float
        Probability of each class; empty where means stay as they are.
    """

    power: float = 1.0
    centre: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Support:
    """What the labels that calibrate a model are of: single cells, areas of several, or units of several places.

    Parameters
    ----------
    cells : float
        Of the labels in the middle: their median number.
    area : float
        Of these cells, square metres on the ground.
    places : float
        That share such a label, because it is one of their unit.
    """

    cells: float
    area: float
    places: float = 1.0

    @property
    def single(self) -> bool:
        """Whether labels are of single cells."""
        return self.cells <= 1 and self.places <= 1

    def describe(self) -> str:
        """What intervals hold for, in words."""
        if self.single:
            return "for single cells"
        if self.places > 1:
            return (
                f"for labels that the places of a unit share (median {self.places:.3g} places), not for single cells, "
                "which differ more"
            )
        return (
            f"for areas like those of the samples as a whole (median {self.cells:.3g} cells, {self.area:,.0f} m2), not "
            "for single cells, which differ more"
        )


@dataclass(frozen=True)
class CalibrationInfo:
    """Numbers that calibrate the answers of a model.

    Parameters
    ----------
    factors : dict
        By type of model and region, under the empty name of all places: of the concentration of shares, or the
        power of probabilities, there under the name of the stack of its mixture, too; beside it under `platt.OFFSET`
        what is added to the log odds of events.
    conformal : dict
        By component, half-widths of intervals in standard deviations at `conformal.LEVELS`; None: there is no bound.
    joint : list
        Half-widths at these levels of intervals that hold all components at once; empty where they are not known.
    prior_correction : float
        Factor of the odds of an event: those in the world over those among the samples.
    bounds : list of float
        Of the probability between susceptibility classes, ascending.
    prevalence : float, optional
        Share of events in the world.
    forecast : ForecastCalibration, optional
    mean : MeanCalibration
        Of the probabilities that a map mixes from several members.
    support : Support, optional
        What intervals, deviations and probabilities hold for; None where it is not known.
    """

    factors: dict[str, dict[str, float]] = field(default_factory=dict)
    conformal: dict[str, list[float | None]] = field(default_factory=dict)
    joint: list[float | None] = field(default_factory=list)
    prior_correction: float = 1.0
    bounds: list[float] = field(default_factory=list)
    prevalence: float | None = None
    forecast: ForecastCalibration | None = None
    mean: MeanCalibration = field(default_factory=MeanCalibration)
    support: Support | None = None

    @property
    def intervals(self) -> bool:
        """Whether shares have calibrated intervals."""
        return bool(self.conformal)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> CalibrationInfo:
        """The calibration that a card of format 2 describes."""
        typed = {
            name: None if raw.get(name) is None else kind(**raw[name])
            for name, kind in (("forecast", ForecastCalibration), ("support", Support))
        }
        return cls(**{**raw, **typed, "mean": MeanCalibration(**raw.get("mean", {}))})
