"""Dated: what a model of series reads, its bands at every date of a series and its ancillary bands by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..contract.errors import Problems, RegionwiseError
from ..contract.layer import Layer
from ..data.raster.stack import ANCILLARY, COORDINATES, SERIES, Stack, data_groups
from ..data.series.calendar import check_calendar
from ..data.series.image_series import Series
from ..features.series_features import Days
from ..learning.card import Card
from .band_matching import match_bands


@dataclass(frozen=True)
class Dated:
    """Where a stack has what a model wants.

    Parameters
    ----------
    positions : list of int
        Of the model's bands at each date, one date after the other, then of its ancillary bands.
    groups : list of lists of int
        Which of these say where there are data.
    days : array of int, shape (date,)
        As in `contracts.TrainingData`.
    """

    positions: list[int]
    groups: list[list[int]]
    days: Days


def dated_stack(card: Card, series: Series, ancillary: Sequence[Layer] = (), resampling: str = "refuse") -> Stack:
    """The stack of a series and ancillary rasters, not yet opened; with coordinates if the model wants them."""
    coordinates = set(COORDINATES) <= set(card.band_names(ANCILLARY))
    sensors = {SERIES: (series.layer,), ANCILLARY: ancillary}
    return Stack(sensors, resampling, coordinates=coordinates, scales=card.scales)


def dated_bands(card: Card, series: Series, stack: Stack) -> Dated:
    """Where the open `stack` of a series has what the model wants.

    Raises
    ------
    RegionwiseError
        If an ancillary band is missing.
    """
    dated, infos = card.band_names(SERIES), [band for band in card.bands if band.sensor == ANCILLARY]
    steps = [series.position(step, series.names.index(name)) for step in range(len(series.dates)) for name in dated]
    groups = data_groups([SERIES] * len(steps) + [ANCILLARY] * len(infos))
    days = np.array([when.toordinal() for when in series.dates])
    return Dated([*steps, *match_bands(infos, stack)], groups, days)


def check_series(card: Card, series: Series, problems: Problems) -> None:
    """Note what makes a series unlike the one that a model learned: bands, units, the part of the year."""
    missing = [name for name in card.band_names(SERIES) if name not in series.names]
    if missing:
        problems.add(
            f"Series '{series.path}' has no band {', '.join(missing)}, which the model needs; it has "
            f"{', '.join(series.names)}. Name the bands as in training (Make series, Bands)."
        )
    units = {band.name: band.unit for band in card.bands}
    for band in series.bands:
        wanted = units.get(band.name, "")
        if band.unit and wanted and band.unit != wanted:
            problems.add(
                f"Band {band.name} of series '{series.path}' is in {band.unit}, the model learned it in {wanted}; "
                "make the series with a Scale that brings it there."
            )
    try:
        check_calendar(series, card.features.arguments["calendar"], card.features.arguments["phase"])
    except RegionwiseError as err:
        problems.add_error(err)
