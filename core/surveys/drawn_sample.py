"""Drawn samples: units of a probability sample, and how far a number that they tell may be off by chance of the draw.

A number is told by its linear variable: what each unit adds to it, to first order (Särndal, Swensson & Wretman 1992,
Model Assisted Survey Sampling, chapter 5). Its variance is that of a stratified draw, or of the first stage alone where
units were drawn inside of primary ones (with replacement, which is not too small a variance: Cochran 1977, 11.9).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.special import betaincinv, ndtri, stdtrit

from ..runtime.types import Array, Index, Mask
from .group_sums import group_sums

NORMAL_FROM = 120  # degrees of freedom, or units of a ratio, from which the normal distribution serves
TINY, ALONE = 1e-300, 1e-9  # of the weight of a group: it lies in one primary unit alone
LARGE_STRATUM = 0.05  # share of the whole, from which on it matters what no unit of a stratum shows
FEW_UNITS = 50  # below, those of a zone may by chance hold none of what is rare in it, and it would seem to be certain


@dataclass(frozen=True)
class DrawnSample:
    """Units that were drawn with known probabilities, and what each of them stands for.

    Parameters
    ----------
    stratum : array of int, shape (unit,)
        From which each was drawn, counted from 0.
    weight : array, shape (unit,)
        What each stands for, square metres or cells; they sum to what is known of each group, if that is known.
    group : array of int, shape (unit,)
        Whose sizes the weights sum to: strata, or groups that were made after the draw.
    primary : array of int, shape (unit,), optional
        The unit of the first stage that each was drawn in.
    """

    stratum: Index
    weight: Array
    group: Index
    primary: Index | None = None

    @classmethod
    def of(cls, stratum: Index, weight: Array, primary: Index | None = None) -> DrawnSample:
        """Units whose weights are taken as they are."""
        return cls(stratum, weight, stratum, primary)

    def __len__(self) -> int:
        return len(self.stratum)

    def calibrated(self, group: Index, sizes: Array) -> DrawnSample:
        """With weights that sum to the known sizes of groups, shape (group,): poststratified, unless these are strata.

        Groups of unknown size (NaN) keep their weights.
        """
        sums = group_sums(group, self.weight, len(sizes))
        factor = np.divide(sizes, sums, out=np.ones(len(sizes)), where=(sums > 0) & np.isfinite(sizes))
        return replace(self, weight=self.weight * factor[group], group=group)

    def within(self, units: Mask, size: float) -> DrawnSample:
        """Some of the units, taken as one stratum of a known size."""
        none = np.zeros(int(units.sum()), np.int64)
        primary = None if self.primary is None else self.primary[units]
        sample = DrawnSample(none, self.weight[units], none, primary)
        return sample.calibrated(none, np.array([size]))

    @cached_property
    def total(self) -> float:
        """What all units stand for."""
        return float(self.weight.sum())

    @cached_property
    def counts(self) -> Index:
        """The number of units of each stratum."""
        return np.bincount(self.stratum)

    @cached_property
    def _group_weights(self) -> Array:
        return group_sums(self.group, self.weight)

    def means(self, linear: Array) -> Array:
        """The weighted mean of each group, shape (group, ...), of values of shape (unit, ...)."""
        columns = linear.reshape(len(linear), -1).T
        sums = np.stack([group_sums(self.group, self.weight * column) for column in columns], -1)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(sums / self._group_weights[:, None]).reshape(-1, *linear.shape[1:])

    def residuals(self, linear: Array) -> Array:
        """Weighted differences from the means of groups, shape (unit, ...); those of small groups count for more."""
        weight = self.weight * self._leverage
        return np.asarray((linear - self.means(linear)[self.group]).T * weight).T

    @cached_property
    def _leverage(self) -> Array:
        """The factor by which a mean of so few units of a group hides what each differs from it; shape (unit,)."""
        if np.array_equal(self.group, self.stratum):
            return np.ones(len(self))  # the strata's own factor does it
        count = np.bincount(self.group)
        return np.asarray(np.sqrt(count / np.maximum(count - 1, 1))[self.group])

    def variances(self, linear: Array, common: float | None = None) -> tuple[Array, Array]:
        """The variance of a total that each stratum adds, and the degrees of freedom of each; shape (stratum,).

        Parameters
        ----------
        linear : array, shape (unit,)
        common : float, optional
            `mean_square` of the sample that this one, of one stratum, is a part of: where that is given and units are
            few, one of such a unit's mean square is added.
        """
        squares, count = self._squares(linear) if self.primary is None else self._of_first_stage(linear, self.primary)
        freedom = np.maximum(count - 1.0, 1.0)
        if common is not None and count.sum() < FEW_UNITS:
            squares = (squares + common * (self.total / count) ** 2 * count / (count + 1.0)) * count / (count + 1.0)
        return squares * count / freedom, freedom

    def _squares(self, linear: Array) -> tuple[Array, Index]:
        """The sum of squares, of weighted differences from the mean, and the number of units of each stratum."""
        residual, count = self.residuals(linear), np.maximum(self.counts, 1)
        centred = residual - (group_sums(self.stratum, residual) / count)[self.stratum]
        return group_sums(self.stratum, centred**2), count

    def _of_first_stage(self, linear: Array, primary: Index) -> tuple[Array, Index]:
        """The same of primary units, by what the total would be without each (jackknife); shape (1,)."""
        _, number = np.unique(primary, return_inverse=True)
        units, groups = int(number.max()) + 1, len(self._group_weights)
        cell = number * groups + self.group
        weight, sums = (
            group_sums(cell, values, units * groups).reshape(units, groups)
            for values in (self.weight, self.weight * linear)
        )
        left = self._group_weights - weight
        mean, whole = sums.sum(0) / np.maximum(self._group_weights, TINY), left > ALONE * self._group_weights
        without = np.where(whole, (sums.sum(0) - sums) / np.where(whole, left, 1), mean)
        totals = without @ self._group_weights
        squares = ((totals - totals.mean()) ** 2).sum() * (max(units - 1.0, 1.0) / units) ** 2
        return np.array([squares]), np.array([units])

    def mean_square(self, linear: Array) -> float:
        """That of a linear variable less its mean, of a unit, or else a primary unit, of what the sample stands for."""
        if self.primary is not None:
            squares, count = self._of_first_stage(linear, self.primary)
            return float((squares * count).sum()) / self.total**2
        mean = float(self.weight @ linear) / self.total
        return float(self.weight @ (linear - mean) ** 2) / self.total


@dataclass(frozen=True)
class Estimate:
    """A number that a sample tells, and its linear variable.

    Parameters
    ----------
    value : float
    linear : array, shape (unit,)
        What each unit adds to it, per weight.
    sample : DrawnSample
    fitted : int
        Coefficients that were fitted to these units, besides the means of groups.
    common : float, optional
        Mean square of its linear variable among all units, where the sample is but a part of them, as in a zone.
    of : array of bool, shape (unit,), optional
        The units that it is a share of.
    whole : Estimate, optional
        What it is a share of, if there may be more of that where no unit shows it.
    """

    value: float
    linear: Array
    sample: DrawnSample
    fitted: int = 0
    common: float | None = None
    of: Mask | None = None
    whole: Estimate | None = None

    @cached_property
    def deviation(self) -> float:
        """The standard error."""
        return self._deviation(None)

    def _deviation(self, common: float | None) -> float:
        variances, freedom = self.sample.variances(self.linear, common)
        left = max(freedom.sum() - self.fitted, 1.0)
        return float(np.sqrt(variances.sum() * freedom.sum() / left))

    @property
    def freedom(self) -> float:
        """The degrees of freedom of the standard error (Satterthwaite 1946, Biometrics 2, 110)."""
        variances, freedom = self.sample.variances(self.linear)
        if not variances.sum():
            return float(freedom.sum())
        return float(variances.sum() ** 2 / (variances**2 / freedom).sum())

    def half_width(self, level: float) -> float:
        """Half the width of the interval that holds the true value with probability `level`, before it is cut."""
        tail, freedom = 0.5 + level / 2, self.freedom
        quantile = float(ndtri(tail) if freedom >= NORMAL_FROM else stdtrit(freedom, tail))
        return quantile * self._deviation(self.common)

    def interval(self, level: float, most: float) -> tuple[float, float]:
        """The bounds between which the true value lies with probability `level`, from 0 to `most`.

        Where units do not differ, bounds reach as far as what no unit of a stratum shows may still be there; where
        those of a large stratum do not, and others do, half a unit of it is taken to be unlike the others. A ratio of
        few units has the bounds of a binomial of as many units as its error is worth (Brown, Cai & DasGupta 2001,
        Statist. Sci. 16, 101, after Korn & Graubard 1998, Surv. Methodol. 24, 193).
        """
        tail = (1 - level) / 2
        low, high = self._shown(level, most)
        if self.whole is not None:  # what hides is missed
            hidden = self.whole._hidden(tail)[1]
            low = self.value - float(np.hypot(self.value - low, self.value * hidden / (self.whole.value + hidden)))
        return min(max(low, 0.0), most), max(min(high, most), 0.0)

    def _shown(self, level: float, most: float) -> tuple[float, float]:
        """Bounds by what units show; see `interval`."""
        half, share, tail = self.half_width(level), self.value / most, (1 - level) / 2
        if not (self.deviation > 0 and 0 < share < 1):
            half = max(half, most * self._unseen(tail))
            return self.value - half, self.value + half
        if self.of is not None and self.of.sum() < NORMAL_FROM:
            units = share * (1 - share) * (float(stdtrit(max(self.of.sum() - 1, 1), 1 - tail)) * most / half) ** 2
            low, high = betaincinv(units * share + 0.5, units * (1 - share) + 0.5, [tail, 1 - tail])
            return float(low * most), float(high * most)
        fewer, more = self._hidden(tail)
        return self.value - float(np.hypot(half, fewer)), self.value + float(np.hypot(half, more))

    def _hidden(self, tail: float) -> tuple[float, float]:
        """How much less, and more, a total may be because none of the units of a large stratum is unlike the others.

        Of such a stratum half a unit is taken to be unlike (Jeffreys' prior). A ratio has none.
        """
        if self.of is not None or self.sample.primary is not None:
            return 0.0, 0.0
        stratum, weight = self.sample.stratum, self.sample.weight
        count, area = self.sample.counts, group_sums(stratum, weight)
        sums, large = group_sums(stratum, self.linear), area > LARGE_STRATUM * self.sample.total
        spread = float(ndtri(1 - tail)) * area / (count + 1) / np.sqrt(2)
        none, all_of_them = (large & (sums == value) for value in (0, count))
        return float(np.linalg.norm(spread[all_of_them])), float(np.linalg.norm(spread[none]))

    def _unseen(self, tail: float) -> float:
        """The largest share that a stratum may add and still, with probability `tail`, show in none of its units."""
        units = slice(None) if self.of is None else self.of
        if self.sample.primary is not None:
            return float(1 - tail ** (1 / len(np.unique(self.sample.primary[units]))))
        stratum, weight = self.sample.stratum[units], self.sample.weight[units]
        count = np.maximum(np.bincount(stratum), 1)
        return float((group_sums(stratum, weight) * (1 - tail ** (1 / count))).max() / weight.sum())

    def over(self, below: Estimate, *, may_hide: bool = False) -> Estimate:
        """The ratio of this one to another of the same sample; NaN where that is 0.

        Parameters
        ----------
        may_hide : bool
            Whether there may be more of the other, and none of this one, where no unit shows it.
        """
        if not below.value:
            return Estimate(float("nan"), np.zeros(len(self.linear)), self.sample)
        ratio = self.value / below.value
        linear = (self.linear - ratio * below.linear) / below.value
        of: Mask = below.linear != 0
        whole = below if may_hide else None
        return Estimate(ratio, linear, self.sample, max(self.fitted, below.fitted), of=of, whole=whole)


def total_of(values: Array, sample: DrawnSample) -> Estimate:
    """The total of a variable, shape (unit,), over everything that a sample stands for."""
    return Estimate(float(sample.weight @ values), values, sample)
