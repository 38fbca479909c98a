"""Intervals of scores: what a score would be without each unit that folds kept whole, and what follows from that.

Labels of one unit (source, block, cluster, region) are no independent tests, so units are left out as a whole: the
delete-one jackknife (Efron & Stein 1981, Ann. Stat. 9, 586; for few uneven units MacKinnon, Nielsen & Webb 2023, J.
Appl. Econom. 38, 671, CV3). Bounds are those of Student's t, on a scale on which scores of few units are less skew.
Two models that answered the same samples are compared without the same units, so what both find hard does not count.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import stdtrit

from ..runtime.types import Array, Index, Text

LEVEL = 0.9
FEWEST_UNITS = 4  # below, nothing tells how much units differ
SMALLEST = 1e-9

Bounds = tuple[float | None, float | None]
NO_BOUNDS: Bounds = (None, None)


class Scale(NamedTuple):
    """A rising function of a score, its inverse, and its slope."""

    of: Callable[[Array], Array]
    back: Callable[[float], float]
    slope: Callable[[float], float]


PLAIN = Scale(lambda score: score, lambda value: value, lambda score: 1.0)
# At most 1, as R2.
SKILL = Scale(lambda score: -np.log(1 - score), lambda value: 1 - np.exp(-value), lambda score: 1 / (1 - score))
# From 0 to 1, as an AUC.
SHARE = Scale(
    lambda score: np.log(score / (1 - score)),
    lambda value: 1 / (1 + np.exp(-value)),
    lambda score: 1 / (score * (1 - score)),
)
# Above 0, as an RMSE. The mean of few squared errors is the less certain the larger it is; its reciprocal root is not.
ERROR = Scale(lambda score: -1 / score, lambda value: -1 / value, lambda score: 1 / score**2)


@dataclass(frozen=True)
class Jackknifed:
    """A score of all samples, and what it is without each unit.

    Parameters
    ----------
    score : float
        NaN where it is not defined.
    without : array, shape (unit,)
    beside : float
        Standard error of the score from what is not units: of what it was corrected by.
    """

    score: float
    without: Array
    beside: float = 0.0

    def bounds(self, scale: Scale) -> Bounds:
        """Lower and upper bound of the score that is expected of such units; None where units are too few.

        A score at the end of `SHARE`, whichever unit is left out, has the bound of so many trials without a failure.
        """
        count = len(self.without)
        if count < FEWEST_UNITS or not np.isfinite(self.score) or not np.isfinite(self.without).all():
            return NO_BOUNDS
        if scale is SHARE and min(self.score, 1 - self.score) < SMALLEST:
            worst = ((1 - LEVEL) / 2) ** (1 / count)
            return (worst, 1.0) if self.score > SMALLEST else (0.0, 1 - worst)
        with np.errstate(divide="ignore", invalid="ignore"):
            centre, without = float(scale.of(np.array(self.score))), scale.of(self.without)
        if not np.isfinite(centre):  # no error at all
            return NO_BOUNDS
        slope = scale.slope(self.score)
        if not np.isfinite(without).all():  # perfect without one unit: the slope of the scale instead
            without = centre + slope * (self.without - self.score)
        reach = _quantile(without) * np.hypot(_standard_error(without), slope * self.beside)
        low, high = (float(scale.back(centre + side * reach)) for side in (-1, 1))
        return low, high if high >= low else None  # beyond the pole of `ERROR` there is no bound

    def minus(self, other: Jackknifed) -> Jackknifed:
        """The difference to the score of another model of the same samples."""
        return Jackknifed(self.score - other.score, self.without - other.without)


class Difference(NamedTuple):
    """The score of a model minus that of another one for the same samples, with its interval."""

    value: float
    low: float | None
    high: float | None

    @property
    def turned(self) -> Difference:
        """The difference of the other model to this one."""
        low, high = (None if bound is None else -bound for bound in (self.high, self.low))
        return Difference(-self.value, low, high)

    @property
    def verdict(self) -> str:
        """In words whether the model did better."""
        if self.low is None or self.high is None:
            return "too few units to tell"
        if self.low > 0:
            return "better"
        return "worse" if self.high < 0 else "no better beyond chance"


def difference(scored: Jackknifed, other: Jackknifed) -> Difference | None:
    """The paired difference of two models of the same samples; None where a score is not defined."""
    paired = scored.minus(other)
    return Difference(paired.score, *paired.bounds(PLAIN)) if np.isfinite(paired.score) else None


def jackknifed(sums: Array, scores: Callable[[Array], Array], corrected: Sequence[Array] = ()) -> list[Jackknifed]:
    """Scores that follow from sums over units, each without each unit.

    Parameters
    ----------
    sums : array, shape (unit, column)
    scores : callable
        From sums (n, column) to scores (n, score).
    corrected : two arrays, shape (unit, column), optional
        The sums with what they were corrected by a standard error less, and more.
    """
    total = sums.sum(0)
    with np.errstate(divide="ignore", invalid="ignore"):  # a single unit leaves nothing
        values = scores(np.concatenate([total[None], total - sums]))
    less, more = scores(np.stack([each.sum(0) for each in corrected])) if corrected else (values[0], values[0])
    beside = np.abs(more - less) / 2
    return [Jackknifed(float(column[0]), column[1:], float(own)) for column, own in zip(values.T, beside, strict=True)]


def mean_of(parts: Sequence[Jackknifed]) -> Jackknifed:
    """The mean of scores of the same units."""
    return Jackknifed(float(np.mean([part.score for part in parts])), np.mean([part.without for part in parts], axis=0))


def unit_numbers(unit: Text) -> Index:
    """The number of each sample's unit, from 0 without gaps."""
    return np.unique(unit.astype(str), return_inverse=True)[1]


def unit_sums(columns: Array, unit: Index) -> Array:
    """The sums of columns (sample, column) over each unit, shape (unit, column)."""
    count = int(unit.max()) + 1 if len(unit) else 0
    return np.stack([np.bincount(unit, column, count) for column in columns.T], 1)


def basis(bounds: Bounds, units: int, name: str) -> str:
    """In words what an interval comes from, or why there is none.

    >>> basis((0.1, 0.2), 31, "kNNDM clusters")
    '90 % interval over 31 kNNDM clusters'
    >>> basis((None, None), 3, "regions")
    'no interval: 3 regions are too few'
    """
    if units < FEWEST_UNITS:
        return f"no interval: {units} {name} are too few"
    if None in bounds:
        return f"no interval: the score needs each of a few of the {units} {name}"
    return f"{100 * LEVEL:.0f} % interval over {units} {name}"


def _standard_error(without: Array) -> float:
    """The jackknife's standard error of a score, from its values without each unit."""
    return float(np.sqrt((len(without) - 1) * without.var()))


def _quantile(without: Array) -> float:
    """The quantile of Student's t that bounds `LEVEL`, with the degrees of freedom that the standard error has.

    A variance from n values of excess kurtosis k has itself the relative variance 2 / (n - 1) + k / n; its degrees of
    freedom are 2 over that (Satterthwaite 1946). Units of uneven size or difficulty so count as fewer.
    """
    n, deviation = len(without), without - without.mean()
    variance = (deviation**2).mean()
    excess = (deviation**4).mean() / variance**2 - 3 if variance > 0 else 0.0
    excess = (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * excess + 6)  # without the bias of few values
    freedom = 2 / (2 / (n - 1) + max(excess, 0.0) / n)
    return float(stdtrit(max(freedom, 1.0), (1 + LEVEL) / 2))
