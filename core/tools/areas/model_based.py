"""Model-based areas: what a map counts, with the error that its model's own residuals tell; not of any design.

They hold if the model errs elsewhere as it erred at samples that folds tested, which no draw guarantees.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtri

from ...contract.errors import RegionwiseError
from ...data.raster.stack import Stack
from ...data.vector.polygons import Regions
from ...learning.model_file import read_model
from ...mapping.mapped_numbers import MapKind
from ...mapping.zonal_spread import spread_of_all, spread_of_means
from ...runtime.types import Array
from ...surveys.area_estimates import Domain
from .params import AreaEstimation


@dataclass(frozen=True)
class ModelEstimate:
    """An area with its standard error, as `drawn_sample.Estimate` has them."""

    value: float
    deviation: float

    def interval(self, level: float, most: float) -> tuple[float, float]:
        """The bounds between which the true value lies with probability `level`, from 0 to `most`."""
        half = float(ndtri(0.5 + level / 2)) * self.deviation
        return max(self.value - half, 0.0), min(self.value + half, most)


@dataclass(frozen=True)
class ModelErrors:
    """How far the mean of a map may be off.

    Parameters
    ----------
    deviation : array, shape (class,)
        Of a single place.
    whole : float
        Of the mean over all cells, over that of a single place.
    zones : array, shape (zone,)
        The same of zones.
    """

    deviation: Array
    whole: float
    zones: Array

    def estimates(self, domain: Domain, zone: int | None = None) -> list[ModelEstimate]:
        """The area of each class over everything, or in a zone."""
        spread = self.whole if zone is None else float(self.zones[zone])
        deviations = self.deviation * spread * domain.area
        return [ModelEstimate(float(v), float(d)) for v, d in zip(domain.mapped, deviations, strict=True)]


def model_errors(
    params: AreaEstimation, kind: MapKind, stack: Stack, zones: Regions | None, rows: pd.DataFrame
) -> ModelErrors:
    """What the card of a model tells of the errors of its map; `stack` is open, and `rows` its counted population.

    Raises
    ------
    RegionwiseError
        If it does not tell, or the map is one of classes, whose counts no residuals of probabilities put right.
    """
    if kind.is_classes:
        raise RegionwiseError(
            f"Map '{params.map}' is one of classes: residuals do not tell how far its counts are off.",
            "Give the map of shares or of probabilities, or draw a sample ('Design sample').",
        )
    residuals = read_model(params.model).card.residuals
    if residuals is None or not set(kind.names) <= set(residuals.deviation):
        told = "nothing" if residuals is None else ", ".join(residuals.deviation)
        raise RegionwiseError(
            f"Model '{params.model}' tells the errors of {told}, and the map has {', '.join(kind.names)}.",
            "Choose the model that made the map, or train it again with this version.",
        )
    deviation = np.array([residuals.deviation[name] for name in kind.names])
    whole = spread_of_all(stack, float(rows["area"].sum()), residuals)
    if zones is None:
        return ModelErrors(deviation, whole, np.empty(0))
    area = np.array([rows.loc[rows["zone"] == number, "area"].sum() for number in range(len(zones.names))])
    return ModelErrors(deviation, whole, spread_of_means(stack, zones.frame.geometry, area, residuals))
