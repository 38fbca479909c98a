"""Zonal bounds: how far zonal means of a map may be off, by how its model's errors go together in space."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
from scipy.special import ndtri

from ...contract.errors import RegionwiseError
from ...data.raster.stack import Stack
from ...data.vector.zonal import ZonalMeans
from ...learning.applicability.residual_info import ResidualInfo
from ...learning.model_file import read_model
from ...mapping.zonal_spread import spread_of_means
from ...runtime.run import Run
from ...runtime.types import Array
from .params import MapSummary

DEVIATION, LOW, HIGH, SUM = "_sd", "_low", "_high", "_sum"


def read_residuals(params: MapSummary, bands: Sequence[str]) -> ResidualInfo:
    """How errors of the model that made a map go together.

    Raises
    ------
    RegionwiseError
        If the model does not tell, or made another map.
    """
    card = read_model(params.model).card
    if card.residuals is None:
        raise RegionwiseError(
            f"Model '{params.model}' does not tell how its errors go together in space: it was trained by an older "
            "version, on a table, or on too few samples.",
            "Train it again, or estimate zones from a drawn sample ('Estimate area').",
        )
    if not set(bands) & set(card.residuals.deviation):
        raise RegionwiseError(
            f"Model '{params.model}' answers {', '.join(card.residuals.deviation)}, and map '{params.map}' has the "
            f"bands {', '.join(bands)}.",
            "Choose the model that made the map.",
        )
    return card.residuals


def bounded_columns(bands: Sequence[str], residuals: ResidualInfo) -> list[str]:
    """The columns that are added for the bands whose errors are known."""
    known = [band for band in bands if band in residuals.deviation]
    endings = (DEVIATION, LOW, HIGH, SUM, f"{SUM}{LOW}", f"{SUM}{HIGH}")
    return [f"{band}{ending}" for band in known for ending in endings]


def zonal_bounds(
    stack: Stack, shapes: gpd.GeoSeries, zonal: ZonalMeans, residuals: ResidualInfo, level: float, run: Run
) -> dict[str, Array]:
    """Deviation and bounds of zonal means, and sums with theirs, by column; `stack` is open."""
    spread = spread_of_means(stack, shapes, zonal.area, residuals)
    own = [band.name for band in stack.bands][: zonal.means.shape[1]]
    columns: dict[str, Array] = {}
    quantile = float(ndtri(0.5 + level / 2))
    for position, band in enumerate(own):
        if band not in residuals.deviation:
            continue
        mean, deviation = zonal.means[:, position], residuals.deviation[band] * spread
        low, high = np.clip(mean - quantile * deviation, 0, 1), np.clip(mean + quantile * deviation, 0, 1)
        columns |= {f"{band}{DEVIATION}": deviation, f"{band}{LOW}": low, f"{band}{HIGH}": high}
        for ending, values in (("", mean), (LOW, low), (HIGH, high)):
            columns[f"{band}{SUM}{ending}"] = values * zonal.weight
    run.channel.info(
        f"Bounds hold {100 * level:g} %: errors of {residuals.samples} samples that folds tested go together up to "
        f"{residuals.variogram.range / 1000:.3g} km. They hold for places like the samples ('Map applicability')."
    )
    return columns
