"""Area of applicability: dissimilarity of places to the training samples, and the bound to which scores hold.

After Meyer & Pebesma (2021), Methods Ecol. Evol. 12, 1620: the dissimilarity index (DI) is the
distance to the nearest training sample in the space of predictors, weighted by their importance,
over the mean distance between training samples; the area of applicability (AOA) is where it stays
below the largest that samples have to the samples of other folds, outliers apart. Local point
density (LPD; Schumacher et al. 2024): how many training samples lie that near.

The predictors are the window statistics that boosting sees, weighted by its gains, whatever the
model's type: a network maps unlike inputs to like features, and each member in another way, so
distances between its features do not measure dissimilarity.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d
from scipy.optimize import isotonic_regression

from ..contract.errors import RegionwiseError
from ..data.vector.samples import Samples
from ..features.window_features import Features
from ..runtime.checkpoints import Arrays
from ..runtime.types import Array, Floats
from .card import ApplicabilityInfo
from .contracts import FittedMember
from .model_file import Model
from .training_results import ValidationResult

PREFIX = "space."  # of its tensors
MOST_POINTS = 2000
MOST_PAIRS = 1000  # points whose mutual distances give the mean distance
KEPT_GAIN = 0.95  # of the importance; the rest would only add noise to distances
ROWS = 8192  # places at a time
CURVE_POINTS = 20
ALIKE = 51  # samples whose errors are averaged for a point of the curve


class FeatureSource(Protocol):
    """A source of the features of all samples, and of their importance."""

    @property
    def features(self) -> Floats:
        """The features of all samples, shape (sample, feature)."""

    @property
    def describing(self) -> Features:
        """The maker of the features of a place."""

    def gains(self, arrays: Arrays) -> Array:
        """The share of each feature in the gain of a member's trees."""


@dataclass(frozen=True)
class Space:
    """The space of predictors as training saw it.

    Parameters
    ----------
    columns : array of int
        Numbers of the features that span it.
    mean, scale : array, shape (column,)
        The coordinates of a place are (feature - mean) * scale; missing features lie at the mean.
    points : array, shape (point, column)
        Training samples, at most `MOST_POINTS` drawn at random.
    each : float
        How many training samples a point stands for.
    mean_distance : float
        Between training samples.
    threshold : float
        DI up to which a place is inside.
    curve : list of (DI, RMSE)
        Out-of-fold error of a share against DI, never falling.
    kept : dict
        Tensors of the features, see `feature_info.read_features`.
    """

    columns: NDArray[np.int64]
    mean: Array
    scale: Array
    points: Floats
    each: float
    mean_distance: float
    threshold: float
    curve: list[tuple[float, float]]
    kept: Arrays

    def info(self) -> ApplicabilityInfo:
        """Its numbers, as the model's card keeps them."""
        return ApplicabilityInfo(self.threshold, self.each, self.mean_distance, self.curve)

    def arrays(self) -> Arrays:
        """The tensors of the space in a model file, by name."""
        arrays: Arrays = {"columns": self.columns, "mean": self.mean, "scale": self.scale, "points": self.points}
        return {f"{PREFIX}{key}": array for key, array in {**arrays, **self.kept}.items()}

    @classmethod
    def of(cls, model: Model, path: str) -> Space:
        """The space that a model file holds.

        Raises
        ------
        RegionwiseError
            If it holds none, as imported and old models do.
        """
        common, info = model.common, model.card.applicability
        if info is None or "space.points" not in common:
            raise RegionwiseError(
                f"Model '{path}' does not know what it was trained on (it was imported, or made by an old version).",
                "Train it with 'Train composition'.",
            )
        return cls(
            common["space.columns"],
            common["space.mean"],
            common["space.scale"],
            common["space.points"],
            info.each,
            info.mean_distance,
            info.threshold,
            info.curve,
            {key.removeprefix(PREFIX): array for key, array in common.items()},
        )

    def coordinates(self, features: Floats) -> Floats:
        """The coordinates of places with the given features (n, feature)."""
        scaled = (features[:, self.columns] - self.mean) * self.scale
        coordinates: Floats = np.nan_to_num(scaled).astype(np.float32)
        return coordinates

    def dissimilarity(self, features: Floats) -> tuple[Floats, Floats]:
        """DI and LPD of places with the given features (n, feature)."""
        index, density = np.empty(len(features), np.float32), np.empty(len(features), np.float32)
        for rows, distance in _distances(self.coordinates(features), self.points):
            relative = distance / self.mean_distance
            index[rows] = relative.min(1)
            density[rows] = (relative <= self.threshold).sum(1) * self.each
        return index, density

    def expected_error(self, index: Floats) -> Floats:
        """The error (RMSE of a share) that samples as unlike as `index` had out of fold."""
        knots, errors = zip(*self.curve, strict=True)
        expected: Floats = np.interp(index, knots, errors).astype(np.float32)
        return expected


def _distances(places: Floats, points: Floats) -> Iterator[tuple[slice, Floats]]:
    """Yield slices of `places` and their distances to all `points`, shape (place, point)."""
    squares = (points**2).sum(1)
    for start in range(0, len(places), ROWS):
        rows = slice(start, min(start + ROWS, len(places)))
        chunk = places[rows]
        squared = (chunk**2).sum(1)[:, None] + squares - 2 * chunk @ points.T
        yield rows, np.sqrt(np.maximum(squared, 0))


def build_space(
    source: FeatureSource, fitted: Sequence[FittedMember], validation: ValidationResult, samples: Samples
) -> Space:
    """The space of the tested samples of `validation`, with threshold and error curve.

    Parameters
    ----------
    source : FeatureSource
        Gives features and their importance in the trees of `fitted`.
    """
    gains = np.mean([source.gains(member.arrays) for member in fitted], 0)
    columns = _important(gains)
    rng = np.random.default_rng(0)
    all_tested = np.flatnonzero(validation.tested)
    tested = rng.permutation(all_tested)[:MOST_POINTS]
    features = source.features[tested][:, columns].astype(np.float64)
    mean = np.nan_to_num(np.nanmean(features, 0))
    deviation = np.nan_to_num(np.nanstd(features, 0))
    scale = np.where(deviation > 1e-12, gains[columns] / np.maximum(deviation, 1e-12), 0.0)
    points = np.nan_to_num((features - mean) * scale).astype(np.float32)
    subset = points[:MOST_PAIRS]
    pairs = np.concatenate([distance.ravel() for _, distance in _distances(subset, subset)])
    mean_distance = max(float(pairs.sum() / max(len(subset) * (len(subset) - 1), 1)), 1e-12)
    index = _index_of_samples(points, validation.number[tested], mean_distance)
    error = ((validation.answers.shares[tested] - samples.shares[tested]) ** 2).mean(1)
    each = len(all_tested) / len(tested)
    return Space(
        columns,
        mean,
        scale,
        points,
        each,
        mean_distance,
        _upper_whisker(index),
        _error_curve(index, error),
        source.describing.arrays(),
    )


def _important(gains: Array) -> NDArray[np.int64]:
    """The features that together have `KEPT_GAIN` of the importance."""
    order = np.argsort(-gains, kind="stable")
    count = int(np.searchsorted(np.cumsum(gains[order]), KEPT_GAIN * gains.sum())) + 1
    return np.sort(order[:count])


def _index_of_samples(points: Floats, fold: NDArray[np.int64], mean_distance: float) -> Array:
    """The DI of each sample to the samples of other folds."""
    index = np.empty(len(points))
    for rows, distance in _distances(points, points):
        distance[fold[rows][:, None] == fold] = np.inf
        index[rows] = distance.min(1) / mean_distance
    finite = np.isfinite(index)
    return np.where(finite, index, index[finite].max() if finite.any() else 1.0)


def _upper_whisker(index: Array) -> float:
    """The largest DI that is no outlier: at most 1.5 interquartile ranges above the upper quartile."""
    low, high = np.quantile(index, [0.25, 0.75])
    return float(index[index <= high + 1.5 * (high - low)].max())


def _error_curve(index: Array, error: Array) -> list[tuple[float, float]]:
    """RMSE against DI as a non-decreasing curve.

    Errors are averaged over samples of like DI first: the ends of a curve through single errors
    would follow a single sample.
    """
    order = np.argsort(index, kind="stable")
    alike = uniform_filter1d(error[order], min(ALIKE, len(order)), mode="nearest")
    smooth = np.sqrt(isotonic_regression(alike).x)
    places = np.unique(np.linspace(0, len(order) - 1, CURVE_POINTS).astype(int))
    return [(float(index[order][i]), float(smooth[i])) for i in places]
