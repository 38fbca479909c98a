"""Products: the rasters that are made of an ensemble's moments, one function each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from ..data.raster.tiles import Tile
from ..runtime.types import Floats, Mask
from ..targets.class_target import SMALLEST_PROBABILITY
from ..targets.conformal import bands, on_simplex
from .ensemble import SMALLEST_WEIGHT, Ensemble, Moments, moments_of
from .tile_pipeline import PredictTile

if TYPE_CHECKING:  # networks answer where rasters cannot be read
    from ..data.raster.grids import Grid
    from .mosaic import Layout

Values = Callable[[Moments], Floats]  # of the pixels with data, shape (band, pixel)


@dataclass(frozen=True)
class Product:
    """A raster of a map: where and how it is written, and its values."""

    layout: Layout
    values: Values


def tile_predictor(ensemble: Ensemble, grid: Grid, products: Mapping[str, Values]) -> PredictTile:
    """The function that maps one tile, with the values of each product by key (see `tile_pipeline.Maker`)."""

    def predict(tile: Tile, block: Floats, valid: Mask) -> dict[str, Floats]:
        moments = moments_of(ensemble, grid, tile, block, valid)
        return {key: values(moments) for key, values in products.items()}

    return predict


def shares(moments: Moments) -> Floats:
    """Mean shares, shape (name, pixel)."""
    return moments.mean


def share_uncertainty(moments: Moments) -> Floats:
    """Standard deviations of shares, their data and model part, entropy (nats), regional weight, mean deviation."""
    own, within, between = moments.mean[: moments.components], moments.within, moments.between
    entropy = -(own * np.log(np.maximum(own, 1e-12))).sum(0)
    deviation = np.sqrt(between + within)
    mean = deviation[: moments.components].mean(0)  # over the finest shares: what all of them are not known by
    parts = [deviation, np.sqrt(within), np.sqrt(between), entropy[None], moments.regional[None], mean[None]]
    return np.concatenate(parts)


def intervals(widths: Floats) -> Values:
    """Lower and upper bounds of shares, and their mean distance.

    Parameters
    ----------
    widths : array, shape (2, name)
        Half-width in standard deviations, of the global model and of the experts.
    """

    def values(moments: Moments) -> Floats:
        return _with_width(*_bounds(moments, widths), moments.components)

    return values


def joint_intervals(widths: Floats, sums: Floats) -> Values:
    """Bounds of shares that hold all of them at once, and their mean distance; none is wider than a sum of 1 leaves it.

    Parameters
    ----------
    widths : array, shape (2, name)
        See `intervals`.
    sums : array, shape (sum, component)
        The shares that follow those of components, as sums of these.
    """

    def values(moments: Moments) -> Floats:
        low, high = _bounds(moments, widths)
        own = moments.components
        low[:own], high[:own] = on_simplex(low[:own], high[:own])
        low[own:] = np.maximum(low[own:], sums @ low[:own])
        high[own:] = np.minimum(high[own:], sums @ high[:own])
        return _with_width(np.minimum(low, moments.mean), np.maximum(high, moments.mean), own)  # but for rounding

    return values


def _with_width(low: Floats, high: Floats, components: int) -> Floats:
    """Bounds of shares, and the mean distance of those of the `components`, shape (2 * name + 1, pixel)."""
    width = (high - low)[:components].mean(0)
    return np.concatenate([low, high, width[None]])


def _bounds(moments: Moments, widths: Floats) -> tuple[Floats, Floats]:
    """Lower and upper bound of each share by its own band, each of shape (name, pixel)."""
    width = widths[0][:, None] * (1 - moments.regional) + widths[1][:, None] * moments.regional
    return bands(moments.mean, calibrated_sd(moments), width)


def calibrated_sd(moments: Moments) -> Floats:
    """Standard deviation of each share as it was when the intervals were calibrated, shape (name, pixel).

    Then one member of each type answered: the types' disagreement counts, that of members of one
    type does not, for nobody has scored it. It is that of the Dirichlet distribution with the same
    mean and the same sum of variances, see `dirichlet.mixture_moments`.
    """
    mean, own, least = moments.mean, moments.components, np.float32(SMALLEST_WEIGHT)
    between = sum(weight * (sums / np.maximum(weight, least) - mean) ** 2 for weight, sums in moments.by_type.values())
    possible = mean * (1 - mean)
    total = (moments.within + between)[:own].sum(0)
    deviation: Floats = np.sqrt(possible * (total / np.maximum(possible[:own].sum(0), least)))
    return deviation


def largest_class(numbers: Sequence[int]) -> Callable[[Moments], Floats]:
    """A function for the number of the class with the largest share, shape (1, pixel)."""
    number_of = np.array(numbers, np.float32)

    def numbered(moments: Moments) -> Floats:
        number: Floats = number_of[moments.mean.argmax(0)]
        return number[None]

    return numbered


def confidence(moments: Moments) -> Floats:
    """The largest share, shape (1, pixel)."""
    largest: Floats = moments.mean.max(0)
    return largest[None]


def raw_by_type(types: Sequence[str]) -> Values:
    """A function for the mean answers of each type of model before their calibration, shape (type * class, pixel)."""

    def values(moments: Moments) -> Floats:
        return np.concatenate([sums / weight for weight, sums in (moments.by_type[kind] for kind in types)])

    return values


@dataclass(frozen=True)
class EventProbability:
    """The probability of the second of two classes where it is rarer, or more common, than among the samples.

    Parameters
    ----------
    prior_correction : float
        Factor of the odds: those of the event in the world over those among the samples.
    mean_power : float
        See `Ensemble.mean_power`.
    """

    prior_correction: float = 1.0
    mean_power: float = 1.0

    def __call__(self, moments: Moments) -> Floats:
        """The probability, shape (1, pixel)."""
        return self._event(moments)[None]

    def classes(self, bounds: tuple[float, ...]) -> Values:
        """The number of the class that the probability lies in, counted from 1; `bounds` part them, ascending."""

        def values(moments: Moments) -> Floats:
            number = np.searchsorted(np.array(bounds), self._event(moments)) + 1
            return number[None].astype(np.float32)

        return values

    def uncertainty(self, moments: Moments) -> Floats:
        """The deviation of the members' probabilities as a map shows them, and the entropy in bits, shape (2, pixel).

        To first order in how much members differ.
        """
        event, raw = self._event(moments), np.clip(moments.raw[1], SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)
        # all that follows the mean is linear in log odds, so that this is the slope of the whole
        slope = np.float32(self.mean_power) * event * (1 - event) / (raw * (1 - raw))
        deviation = np.sqrt(moments.between[1]) * slope
        safe = np.clip(event.astype(np.float64), SMALLEST_WEIGHT, 1 - SMALLEST_WEIGHT)
        entropy = -(safe * np.log2(safe) + (1 - safe) * np.log2(1 - safe)).astype(np.float32)
        return np.stack([deviation, entropy])

    def _event(self, moments: Moments) -> Floats:
        correction = np.float32(self.prior_correction)
        event: Floats = correction * moments.mean[1] / (moments.mean[0] + correction * moments.mean[1])
        return event


@runtime_checkable
class Imputing(Protocol):
    """A predictor that also knows what is missing in a series."""

    def impute(self, values: Floats, wanted: Mask) -> Floats:
        """The series of the `wanted` pixels without gaps, shape (step * band, pixel)."""


def imputed(moments: Moments) -> Floats:
    """The series without gaps, as the mean of the predictors that fill it, shape (step * band, pixel)."""
    filling = [predictor for predictor in moments.predictors if isinstance(predictor, Imputing)]
    total = filling[0].impute(moments.block, moments.valid)
    for predictor in filling[1:]:
        total = total + predictor.impute(moments.block, moments.valid)
    return total / np.float32(len(filling))


@runtime_checkable
class Local(Protocol):
    """A predictor that has models of blocks besides one for all places."""

    def by_block(self, values: Floats, wanted: Mask) -> Mask:
        """Which of the `wanted` pixels are answered by a model of their block, shape (pixel,)."""


def answered_by(moments: Moments) -> Floats:
    """1 where no member answers by a model of the block, 2 where some do, 3 where all do, shape (1, pixel)."""
    local = [p.by_block(moments.block, moments.valid) for p in moments.predictors if isinstance(p, Local)]
    some, every = np.any(local, 0), np.all(local, 0)
    number: Floats = 1 + some.astype(np.float32) + every
    return number[None]
