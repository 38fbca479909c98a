"""Error profile: the error to expect against dissimilarity, from what samples showed that no member had seen.

As the error profiles of the R package CAST (Meyer & Pebesma 2021, Methods Ecol. Evol. 12, 1620): losses of tested
samples are averaged in a window that moves over their dissimilarity to the samples that trained their fold, of several
validations, for those that leave regions out reach farther. A curve that never falls goes through the means. What
several validations tested is one sample of one unit: its interval is no narrower for having been tested twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import isotonic_regression
from scipy.stats import t as students_t

from ...runtime.types import Array, Floats, Index, Text
from ...targets.losses import Losses
from ...targets.map_correction import Harder
from ...targets.score_intervals import FEWEST_UNITS, LEVEL, unit_numbers

SMALLEST_WINDOW, WINDOWS = 50, 20  # a window holds so many samples, or so small a part of them
PLACES = 200  # of the window, at most
KNOTS = 25
FEWEST = 10  # tested samples that must be as unlike as a place, or more so, for an error to be told there
REPLICATES = 300
SMALLEST = 1e-9  # of a mean loss whose logarithm is taken
GROUPS = 50  # of units that are left out at a time

Knot = tuple[float, float, float | None, float | None]


@dataclass(frozen=True)
class ErrorProfile:
    """Expected error against dissimilarity.

    Parameters
    ----------
    error : str
        Which error it is, in words.
    knots : list of (DI, error, low, high)
        Points of the curve, ascending, with the bounds of its 90 % interval; None where too few units were held out.
    validations : list of str
        The kinds of validation whose tested samples stand behind it.
    """

    error: str
    knots: list[Knot]
    validations: list[str] = field(default_factory=list)

    @property
    def reach(self) -> float:
        """The DI up to which samples were tested; NaN without knots."""
        return self.knots[-1][0] if self.knots else float("nan")

    def expected(self, index: Floats) -> Floats:
        """The error at each DI; NaN beyond `reach`, where nothing was tested."""
        if not self.knots:
            return np.full(index.shape, np.nan, np.float32)
        places, errors = np.array([knot[:2] for knot in self.knots]).T
        expected: Floats = np.interp(index, places, errors, right=np.nan).astype(np.float32)
        return expected


@dataclass(frozen=True)
class OutOfFold:
    """Samples that one validation tested.

    Parameters
    ----------
    kind : str
        Of validation.
    index : array, shape (sample,)
        DI to the samples that trained the fold.
    losses : Losses
    unit : array of str, shape (sample,)
        What the folds of the claimed validation kept whole, whichever validation this is.
    sample : array of int, shape (sample,)
        Their numbers, by which those of another validation are known to be the same.
    """

    kind: str
    index: Array
    losses: Losses
    unit: Text
    sample: Index


@dataclass(frozen=True)
class _Windows:
    """Windows over samples in order of their DI: the first sample of each, and the one after its last."""

    first: Index
    after: Index

    @classmethod
    def over(cls, count: int) -> _Windows:
        """Windows around up to `PLACES` of so many samples; at both ends they are cut to half."""
        half = max(SMALLEST_WINDOW, count // WINDOWS) // 2
        centre = np.unique(np.linspace(0, count - 1, PLACES).astype(int))
        return cls(np.maximum(centre - half, 0), np.minimum(centre + half + 1, count))

    @property
    def sizes(self) -> Index:
        """How many samples are in each window."""
        return self.after - self.first

    def sums(self, values: Array) -> Array:
        """The sum of `values` in each window."""
        total = np.concatenate([[0.0], np.cumsum(values)])
        sums: Array = total[self.after] - total[self.first]
        return sums

    def means(self, values: Array) -> Array:
        """The mean of `values` in each window."""
        return self.sums(values) / self.sizes

    def rising_means(self, loss: Array, weight: Array) -> Array:
        """The weighted mean loss of each window as a non-decreasing curve."""
        weights = self.sums(weight)
        means = np.divide(self.sums(weight * loss), weights, out=np.zeros(len(weights)), where=weights > 0)
        curve: Array = isotonic_regression(np.maximum(means, 0), weights=np.maximum(weights, 1e-9)).x
        return curve

    def units(self, tests: _Tests) -> Array:
        """How many units of equal size stand behind each window: (sum n)^2 / sum n^2, n samples of each (Kish)."""
        counts = [tests.samples_by_unit(a, b) for a, b in zip(self.first, self.after, strict=True)]
        return np.array([count.sum() ** 2 / (count**2).sum() for count in counts])


@dataclass(frozen=True)
class _Tests:
    """All tests of samples by all validations, in order of DI, each with the numbers of its sample and unit."""

    index: Array
    loss: Array
    weight: Array
    sample: Index
    unit: Index

    @classmethod
    def of(cls, tested: Sequence[OutOfFold]) -> _Tests:
        """Those of all validations."""
        index = np.concatenate([part.index for part in tested])
        loss = np.concatenate([part.losses.loss for part in tested])
        weight = np.concatenate([part.losses.weight for part in tested])
        sample = np.concatenate([part.sample for part in tested])
        unit = unit_numbers(np.concatenate([part.unit for part in tested]))
        order = np.argsort(index, kind="stable")
        return cls(index[order], loss[order], weight[order], sample[order], unit[order])

    def samples_by_unit(self, first: int, after: int) -> Array:
        """How many samples of each unit the tests from `first` to before `after` are of."""
        once = np.unique(self.sample[first:after], return_index=True)[1]
        return np.bincount(self.unit[first:after][once]).astype(np.float64)

    def farthest(self) -> Array:
        """The largest DI of each sample, ascending."""
        last = np.unique(self.sample[::-1], return_index=True)[1]
        return np.sort(self.index[::-1][last])

    def drawn(self, rng: np.random.Generator) -> Array:
        """How often each test is in a resampling of whole units."""
        count = int(self.unit.max()) + 1
        drawn: Array = rng.multinomial(count, np.full(count, 1 / count))[self.unit].astype(np.float64)
        return drawn


def fit_profile(tested: Sequence[OutOfFold]) -> ErrorProfile:
    """The error profile of the samples that one validation or several have tested."""
    kinds, losses, tests = [part.kind for part in tested], tested[0].losses, _Tests.of(tested)
    farthest = tests.farthest()
    if len(farthest) < FEWEST:
        return ErrorProfile(losses.name, [], kinds)
    windows = _Windows.over(len(tests.index))
    mean = windows.rising_means(tests.loss, tests.weight)
    factor = _factor(windows, mean, tests)
    at = windows.means(tests.index)
    places = _places(at, float(farthest[-FEWEST]))
    curves = [np.interp(places, at, losses.error(curve)) for curve in (mean, mean / factor, mean * factor)]
    return ErrorProfile(losses.name, [_knot(*values) for values in zip(places, *curves, strict=True)], kinds)


def harder_at(places: Array, tested: Sequence[OutOfFold]) -> Harder | None:
    """The mean loss to expect at places of such a DI over that at the samples that the first validation tested.

    Beyond the reach of the profile the loss at its end stands. The logarithm is drawn to 0 by as much of its square as
    its own error, of a jackknife over units, explains: few units tell no course of losses. None without a profile,
    without any loss, or with fewer than `FEWEST_UNITS`.
    """
    tests, claimed = _Tests.of(tested), tested[0]
    farthest = tests.farthest()
    number = unit_numbers(np.concatenate([part.unit for part in tested]))
    units = int(number.max(initial=-1)) + 1
    if len(farthest) < FEWEST or units < FEWEST_UNITS or not claimed.losses.loss.any():
        return None
    windows, reach = _Windows.over(len(tests.index)), float(farthest[-FEWEST])
    at = windows.means(tests.index)
    groups = min(units, GROUPS)
    group = np.random.default_rng(0).permutation(units) % groups

    def logarithm(left_out: int) -> float:
        """Of the ratio without a group of units; -1 leaves none out."""
        weight = tests.weight * (group[tests.unit] != left_out)
        curve = windows.rising_means(tests.loss, weight)
        on_map, at_samples = (np.interp(np.minimum(index, reach), at, curve) for index in (places, claimed.index))
        own = claimed.losses.weight * (group[number[: len(claimed.unit)]] != left_out)
        losses = max(float(on_map.mean()), SMALLEST), max(float(np.average(at_samples, weights=own)), SMALLEST)
        return float(np.log(losses[0] / losses[1]))

    whole, without = logarithm(-1), np.array([logarithm(each) for each in range(groups)])
    variance = (groups - 1) * without.var()
    told = max(1 - variance / whole**2, 0.0) if whole else 0.0
    return Harder(float(np.exp(told * whole)), float(np.sqrt(variance)))


def _places(at: Array, reach: float) -> Array:
    """The DI of `KNOTS` of the windows that lie `at` a mean DI, up to `reach`."""
    inside = at[at < reach]
    numbers = np.linspace(0, len(inside) - 1, min(KNOTS - 1, len(inside))).round().astype(int)
    return np.append(inside[numbers], reach)


def _knot(index: float, error: float, low: float, high: float) -> Knot:
    bounded = bool(np.isfinite(low) and np.isfinite(high))
    return float(index), float(error), float(low) if bounded else None, float(high) if bounded else None


def _factor(windows: _Windows, mean: Array, tests: _Tests) -> Array:
    """The factor by which the mean loss of each window may be wrong, at level `LEVEL`.

    The logarithm of a mean is taken to deviate as the mean relatively does in resamplings of units, more the fewer
    stand behind the window: with G of them by sqrt(G / (G - 1)) and the t distribution of G - 1 degrees of freedom.
    NaN with fewer than `FEWEST_UNITS`, and where no loss was seen.
    """
    rng = np.random.default_rng(0)
    means = np.stack([windows.rising_means(tests.loss, tests.weight * tests.drawn(rng)) for _ in range(REPLICATES)])
    behind = windows.units(tests)
    enough = (behind >= FEWEST_UNITS) & (mean > 0)
    freedom = np.where(enough, behind, FEWEST_UNITS) - 1
    relative = means.std(0) / np.where(enough, mean, 1) * np.sqrt((freedom + 1) / freedom)
    return np.where(enough, np.exp(students_t.ppf((1 + LEVEL) / 2, freedom) * relative), np.nan)
