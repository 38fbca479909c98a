"""Residual structure: how errors of a model's answers go together in space, as tested samples tell it.

It says how far samples must lie apart to test independently, and what errors leave of the error of a mean over an area.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from rasterio.crs import CRS

from ...runtime.types import Array
from ...targets.share_target import MEAN
from ...validation.autocorrelation import morans_i
from ...validation.distances import Ruler
from ...validation.variogram import binned, fitted, standardised
from ..training_results import MAP, TrainingResults, overall
from .residual_info import ResidualInfo

MOST = 20_000  # samples whose errors are compared


def residual_info(results: TrainingResults) -> ResidualInfo | None:
    """How errors under the first validation go together; None without places, or where too few were tested."""
    samples, validation = results.samples, results.validations[0]
    predicted = validation.answers.shares
    tested = np.flatnonzero(np.isfinite(predicted).all(1) & ~samples.augmented)
    if not samples.placed:
        return None
    xy, errors = samples.xy[tested], samples.shares[tested] - predicted[tested]
    support = results.calibration.support
    area = support.area if support else 0.0
    return structure_of(results.grid.crs, xy, errors, _deviations(results), validation.distance, area)


def structure_of(
    crs: CRS | None,
    xy: Array,
    errors: Array,
    deviations: Mapping[str, float],
    distance: float | None = None,
    support: float = 0.0,
) -> ResidualInfo | None:
    """How errors, shape (place, variable), of places, shape (place, 2), go together; None where places are too few.

    `deviations`, `distance` and `support` are as in `ResidualInfo`.
    """
    if not len(xy):
        return None
    thinned = slice(None, None, len(xy) // MOST + 1)
    xy, errors = xy[thinned], errors[thinned]
    positions = Ruler.of(crs, xy).positions(xy)
    moran, found = morans_i(positions, errors), binned(positions, standardised(errors))
    if moran is None or found is None:
        return None
    bins = list(zip(found.distance.tolist(), found.value.tolist(), found.pairs.tolist(), strict=True))
    return ResidualInfo(dict(deviations), fitted(found), bins, moran, len(xy), distance, support)


def _deviations(results: TrainingResults) -> dict[str, float]:
    """The root mean square of the errors of each component."""
    validation = results.validations[0]
    if results.target_type.kind == "shares":
        rows = [row for row in overall(results, validation) if row["model"] in (MAP, validation.chosen)]
        # the row of the map comes first where there is one
        told = {str(row["component"]): row["rmse"] for row in reversed(rows) if row["component"] != MEAN}
        return {name: float(told[name]) for name in results.samples.components}
    answers, tested = validation.answers.shares, validation.tested
    squares = (results.samples.shares[tested] - answers[tested]) ** 2
    weight = results.samples.design[tested]
    means = np.average(squares, axis=0, weights=weight)
    return dict(zip(results.samples.components, np.sqrt(means).tolist(), strict=True))
