"""Area sources: what tells areas, a drawn sample or a model's errors, in one form."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ...runtime.types import Array, Index, Mask
from ...surveys.area_estimates import AreaEstimates, Domain
from .model_based import ModelErrors
from .stated_design import Survey


class AreaEstimate(Protocol):
    """An area and its standard error, in square metres."""

    @property
    def value(self) -> float:
        """The area."""

    @property
    def deviation(self) -> float:
        """Its standard error."""

    def interval(self, level: float, most: float) -> tuple[float, float]:
        """The bounds between which the true area lies with probability `level`, from 0 to `most`."""


@dataclass(frozen=True)
class AreaSource(ABC):
    """What tells areas.

    Parameters
    ----------
    inference : str
        ``design-based`` or ``model-based``.
    in_words : str
        How areas are told.
    staged : bool
        Whether primary units were drawn first.
    sizes : array, shape (group,)
        Square metres of groups that weights sum to.
    group_of : array of int, shape (row,)
        The group of each row of the counted population.
    """

    inference: str
    in_words: str
    staged: bool
    sizes: Array
    group_of: Index

    @abstractmethod
    def overall(self, whole: Domain) -> Sequence[AreaEstimate]:
        """The area of each class."""

    @abstractmethod
    def in_zone(self, number: int, units: Mask, zone: Domain) -> Sequence[AreaEstimate] | None:
        """The area of each class in a zone; None where nothing tells it."""

    @abstractmethod
    def reliable(self, units: Mask) -> bool:
        """Whether intervals of a zone with these units are to be trusted."""


@dataclass(frozen=True)
class DesignAreas(AreaSource):
    """Areas told by a drawn sample; see `AreaSource`."""

    areas: AreaEstimates

    @classmethod
    def of(cls, survey: Survey, observed: Array, mapped: Array) -> DesignAreas:
        """By the estimator of a survey, from the shares that reference and map have of each unit."""
        make = AreaEstimates.assisted if survey.estimator == "assisted" else AreaEstimates
        words = f"{survey.in_words}; estimator: {survey.estimator}"
        staged = survey.sample.primary is not None
        areas = make(survey.sample, observed, mapped)
        return cls("design-based", words, staged, survey.sizes, survey.group_of, areas)

    def overall(self, whole: Domain) -> Sequence[AreaEstimate]:
        """See `AreaSource`."""
        return self.areas.overall(whole)

    def in_zone(self, number: int, units: Mask, zone: Domain) -> Sequence[AreaEstimate] | None:
        """See `AreaSource`."""
        return self.areas.in_zone(units, zone) if units.any() and zone.area else None

    def reliable(self, units: Mask) -> bool:
        """See `AreaSource`."""
        return self.areas.tells_of(units)


@dataclass(frozen=True)
class ModelAreas(AreaSource):
    """Areas told by a map and the errors of its model; see `AreaSource`."""

    errors: ModelErrors

    @classmethod
    def of(cls, errors: ModelErrors, areas: Array) -> ModelAreas:
        """Over everything that was counted, by the areas of its rows."""
        words = "the map's own sums, with the errors of its model at samples that folds tested"
        return cls("model-based", words, False, np.array([areas.sum()]), np.zeros(len(areas), np.int64), errors)

    def overall(self, whole: Domain) -> Sequence[AreaEstimate]:
        """See `AreaSource`."""
        return self.errors.estimates(whole)

    def in_zone(self, number: int, units: Mask, zone: Domain) -> Sequence[AreaEstimate] | None:
        """See `AreaSource`."""
        return self.errors.estimates(zone, number) if zone.area else None

    def reliable(self, units: Mask) -> bool:
        """See `AreaSource`."""
        return True
