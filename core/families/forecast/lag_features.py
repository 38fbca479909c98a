"""Lag features: the years before of a cell and of those around it; and forecasts that need no learning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ...learning.model_types import SIMPLE
from ...runtime.types import Array, Floats

RECENT = 3  # years whose mean is the base
FIVE = 5
OWN = ("last", "base", "mean", "mean 5", "slope", "deviation", "memory")  # features of a cell besides its years
CENTRE = "centre"  # mean number of the years that are known, in which the trend passes through their mean
BOXES = (3, 9, 25)  # sides in cells of the squares around a cell
BOX_LAGS = 3  # last years that are seen in squares
SMALLEST_SPREAD = 1e-6

BASELINES = ("persistence", "mean of 3 years", "mean of 5 years", "damped persistence", "linear trend")


def forecasts_of(kind: str) -> tuple[str, ...]:
    """The names of the forecasts of a member of a type: a simple one has each baseline, others their own name."""
    return BASELINES if kind == SIMPLE else (kind,)


@dataclass(frozen=True)
class Lagged:
    """Features of the years before.

    Parameters
    ----------
    base : array, shape (row, col)
        Mean of the last `RECENT` years, or where they are missing of all in the window; NaN without any.
    table : array, shape (feature, row, col)
        See `lag_names`; differences are relative to `base`, NaN is missing.
    """

    base: Floats
    table: Floats


def halo_of_lags() -> int:
    """The cells around a cell that features depend on."""
    return BOXES[-1] // 2


def lag_names(window: int) -> list[str]:
    """The names of features of so many years, in order."""
    names = [*(f"lag {k}" for k in range(1, window + 1)), *OWN]
    for side in BOXES:
        names += [f"lag {k} in {side}" for k in range(1, BOX_LAGS + 1)]
        names += [f"mean in {side}", f"base in {side}", f"deviation in {side}"]
    return names


def lagged(history: Floats) -> Lagged:
    """Base and features of the inner cells, `halo_of_lags` from each border.

    Parameters
    ----------
    history : array, shape (year, row, col)
        The last years, the latest one last; NaN is missing.
    """
    gaps, own = own_lags(history)
    features = [*gaps[::-1], *(own[name] for name in OWN)]
    for side in BOXES:
        lags = [_box(gap, side) for gap in gaps[::-1][:BOX_LAGS]]
        base = _box(own["base"], side) - own["base"]
        features += [*lags, _box(own["mean"], side), base, _box(own["deviation"], side)]
    halo = halo_of_lags()
    inner = np.s_[..., halo : history.shape[1] - halo, halo : history.shape[2] - halo]
    table = np.stack(features).astype(np.float32)[inner]
    return Lagged(own["base"][inner].astype(np.float32), table)


def own_lags(history: Floats) -> tuple[Array, dict[str, Array]]:
    """Features of the years before of each cell by itself: distances of years from the base, `OWN`, and `CENTRE`.

    Parameters
    ----------
    history : array, shape (year, row, col)
        See `lagged`.
    """
    window, values = len(history), history.astype(np.float64)
    known = np.isfinite(values)
    with np.errstate(invalid="ignore"):  # means of nothing are NaN
        whole, recent = _mean(values, known), _mean(values[-RECENT:], known[-RECENT:])
        base = np.where(np.isfinite(recent), recent, whole)
        gaps = values - base
        five = _mean(gaps[-FIVE:], known[-FIVE:])
        mean = whole - base
        deviations = np.where(known, gaps - mean, 0)
        squares = (deviations**2).sum(0)
        spread = np.sqrt(squares / known.sum(0))
        latest = np.take_along_axis(gaps, (window - 1 - known[::-1].argmax(0))[None], 0)[0]
        year = np.arange(window, dtype=np.float64)[:, None, None]
        centred = np.where(known, year - _centre(known), 0)
    slope = (centred * deviations).sum(0) / np.maximum((centred**2).sum(0), 1)
    memory = (deviations[1:] * deviations[:-1]).sum(0) / np.maximum(squares, SMALLEST_SPREAD**2)
    columns = (latest, base, mean, np.where(np.isfinite(five), five, mean), slope, spread, memory)
    return gaps, {**dict(zip(OWN, columns, strict=True)), CENTRE: _centre(known)}


def _centre(known: NDArray[np.bool_]) -> Array:
    """The mean number of the years that are known, the first year's is 0; NaN of none."""
    year = np.arange(len(known), dtype=np.float64).reshape(-1, *(1 for _ in known.shape[1:]))
    with np.errstate(invalid="ignore"):
        return _mean(np.broadcast_to(year, known.shape), known)


def _mean(values: Array, known: NDArray[np.bool_]) -> Array:
    """The mean of known values over the first axis; NaN of none."""
    mean: Array = np.where(known, values, 0).sum(0) / known.sum(0)
    return mean


def own_of(window: int, table: NDArray[np.floating]) -> dict[str, NDArray[np.floating]]:
    """`OWN` and `CENTRE` by name from a table, shape (feature, ...), see `lag_names`."""
    own = dict(zip(OWN, table[window : window + len(OWN)], strict=True))
    return {**own, CENTRE: _centre(np.isfinite(table[:window][::-1]))}


def _box(values: Array, side: int) -> Array:
    """The mean of known values in the square around each cell; plain sums, alike in all tiles."""
    known = np.isfinite(values)
    total, count = (_summed(table, side) for table in (np.where(known, values, 0.0), known.astype(np.float64)))
    return np.where(count > 0.5, total / np.maximum(count, 1), np.nan)


def _summed(table: Array, side: int) -> Array:
    ones = np.ones(side)
    sums: Array = ndimage.correlate1d(ndimage.correlate1d(table, ones, 0, mode="constant"), ones, 1, mode="constant")
    return sums


def baselines(window: int, own: Mapping[str, NDArray[np.floating]], horizon: int, memory: Array) -> dict[str, Array]:
    """The forecasts of each baseline, relative to the base, shape (lead, ...).

    Parameters
    ----------
    own : dict of arrays, shape (...)
        Features of each cell by itself, see `own_lags`.
    memory : array, shape (lead,)
        By what the last anomaly from the window's mean is multiplied in damped persistence, see `memories`.
    """
    columns = {name: own[name].astype(np.float64) for name in ("last", "mean", "mean 5", "slope", CENTRE)}
    shape = columns["last"].shape
    wide = (-1, *(1 for _ in shape))
    leads, kept = np.arange(1, horizon + 1).reshape(wide), memory.reshape(wide)
    return {
        "persistence": np.repeat(columns["last"][None], horizon, 0),
        "mean of 3 years": np.zeros((horizon, *shape)),
        "mean of 5 years": np.repeat(columns["mean 5"][None], horizon, 0),
        "damped persistence": columns["mean"] + kept * (columns["last"] - columns["mean"]),
        "linear trend": columns["mean"] + columns["slope"] * (window - 1 - columns[CENTRE] + leads),
    }


def memories(own: Mapping[str, NDArray[np.floating]], target: Array, weight: Array) -> Array:
    """For each lead the least-squares factor of the last anomaly.

    Parameters
    ----------
    own : dict of arrays, shape (sample,)
    target : array, shape (lead, sample)
        Relative to the base; NaN is not known.
    weight : array, shape (sample,)
    """
    mean = own["mean"].astype(np.float64)
    anomaly = own["last"] - mean
    factors = []
    for lead in target:
        known = np.isfinite(lead) & np.isfinite(anomaly)
        x, y, w = anomaly[known], (lead - mean)[known], weight[known]
        factors.append(float((w * x * y).sum() / max((w * x * x).sum(), SMALLEST_SPREAD)))
    return np.array(factors)


def nearest(window: int, table: NDArray[np.floating], target: Array, weight: Array) -> tuple[list[int], Array]:
    """The number of the baseline that comes nearest at each lead, and the memories, see `memories`.

    Parameters
    ----------
    table : array, shape (feature, sample)
    """
    own = own_of(window, table)
    memory = memories(own, target, weight)
    forecasts = baselines(window, own, len(target), memory)
    errors = [np.nansum((forecasts[name] - target) ** 2 * weight, 1) for name in BASELINES]
    return [int(number) for number in np.argmin(errors, 0)], memory


def simple_forecast(own: Mapping[str, Array], window: int, chosen: Sequence[int], memory: Array) -> Array:
    """The forecast of the baseline whose number was `chosen` at each lead, relative to the base."""
    forecasts = baselines(window, own, len(chosen), memory)
    return np.stack([forecasts[BASELINES[number]][lead] for lead, number in enumerate(chosen)])
