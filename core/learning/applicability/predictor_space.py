"""Area of applicability: dissimilarity of places to the training samples, and the bound to which scores hold.

After Meyer & Pebesma (2021), Methods Ecol. Evol. 12, 1620: the dissimilarity index (DI) is the
distance to the nearest training sample in the space of predictors, weighted by their importance,
over the mean distance between training samples; the area of applicability (AOA) is where it stays
below the largest that tested samples have to those that trained their fold, outliers apart. Local point
density (LPD; Schumacher et al. 2024): how many training samples lie that near.

The predictors are the window statistics that boosting sees, weighted by its gains, whatever the
model's type: a network maps unlike inputs to like features, and each member in another way, so
distances between its features do not measure dissimilarity.

A map asks for single cells, so samples that are areas stand for their cells, as trees learn them: the mean features of
an area are like no cell of a map.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import pdist

from ...contract.errors import RegionwiseError
from ...features.footprint_features import FootprintFeatures
from ...features.window_features import Features
from ...runtime.checkpoints import Arrays
from ...runtime.progress import counted
from ...runtime.types import Array, Floats, Index, Text
from ...targets.losses import Losses
from ...targets.map_correction import Harder
from ...validation.splits import Flags, Split
from ..card import ApplicabilityInfo
from ..contracts import FittedMember
from ..model_file import Model
from ..training_results import TrainingResults
from .error_profile import ErrorProfile, OutOfFold, fit_profile, harder_at
from .nearest_points import ROWS, NearestPoints

PREFIX = "space."  # of its tensors
MOST_POINTS = 30_000  # cells of training samples that a model keeps; fewer would lie farther from each place
COUNTED_POINTS = 2000  # of them, that are counted for the density
MOST_PAIRS = 2000  # points whose mutual distances give the mean distance
KEPT_GAIN = 0.95  # of the importance; the rest would only add noise to distances
EASIER = "random"  # folds whose neighbours help them: no evidence for a map's error, unless they were chosen


class FeatureSource(Protocol):
    """A source of the features of all samples, and of their importance."""

    @property
    def training_footprints(self) -> FootprintFeatures:
        """The features of the cells of all samples that learners may learn."""

    @property
    def describing(self) -> Features:
        """The maker of the features of a place."""

    def gains(self, arrays: Arrays) -> Array:
        """The share of each feature in the gain of a member's trees."""


@dataclass(frozen=True)
class Axes:
    """The axes of the space of predictors.

    Parameters
    ----------
    columns : array of int
        Numbers of the features that span it.
    mean, scale : array, shape (column,)
        The coordinates of a place are (feature - mean) * scale; missing features lie at the mean.
    """

    columns: NDArray[np.int64]
    mean: Array
    scale: Array

    @classmethod
    def of(cls, features: Floats, gains: Array) -> Axes:
        """The axes in which `features` (sample, feature) deviate by their share in the `gains`."""
        columns = _important(gains)
        table = features[:, columns].astype(np.float64)
        known = np.isfinite(table)
        count = np.maximum(known.sum(0), 1)
        mean = np.where(known, table, 0).sum(0) / count
        deviation = np.sqrt(np.where(known, (table - mean) ** 2, 0).sum(0) / count)
        scale = np.where(deviation > 1e-12, gains[columns] / np.maximum(deviation, 1e-12), 0.0)
        return cls(columns, mean, scale)

    def coordinates(self, features: Floats) -> Floats:
        """The coordinates of places with the given features (n, feature)."""
        scaled = (features[:, self.columns] - self.mean) * self.scale
        coordinates: Floats = np.nan_to_num(scaled).astype(np.float32)
        return coordinates


@dataclass(frozen=True)
class Space:
    """The space of predictors as training saw it.

    Parameters
    ----------
    points : array, shape (point, column)
        Cells of training samples in random order, at most `MOST_POINTS`; a sample that is a point has one.
    each : float
        How many training samples a point stands for.
    mean_distance : float
        Between points.
    threshold : float
        DI up to which a place is inside.
    profile : ErrorProfile
        The error to expect against DI.
    kept : dict
        Tensors of the features, see `feature_info.read_features`.
    harder : Harder, optional
        At places of the map, where it is known.
    """

    axes: Axes
    points: Floats
    each: float
    mean_distance: float
    threshold: float
    profile: ErrorProfile
    kept: Arrays
    harder: Harder | None = None

    def info(self) -> ApplicabilityInfo:
        """Its numbers, as the model's card keeps them."""
        return ApplicabilityInfo(self.threshold, self.each, self.mean_distance, self.profile)

    def arrays(self) -> Arrays:
        """The tensors of the space in a model file, by name."""
        axes = self.axes
        arrays: Arrays = {"columns": axes.columns, "mean": axes.mean, "scale": axes.scale, "points": self.points}
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
            Axes(common["space.columns"], common["space.mean"], common["space.scale"]),
            common["space.points"],
            info.each,
            info.mean_distance,
            info.threshold,
            info.profile,
            {key.removeprefix(PREFIX): array for key, array in common.items()},
        )

    @cached_property
    def _nearest(self) -> NearestPoints:
        return NearestPoints(self.points)

    def coordinates(self, features: Floats) -> Floats:
        """The coordinates of places with the given features (n, feature)."""
        return self.axes.coordinates(features)

    def dissimilarity(self, features: Floats) -> tuple[Floats, Floats]:
        """DI and LPD of places with the given features (n, feature)."""
        index, density = np.empty(len(features), np.float32), np.empty(len(features), np.float32)
        for start in counted(range(0, len(features), ROWS)):
            rows = slice(start, start + ROWS)
            coordinates = self.coordinates(features[rows])
            index[rows] = self._nearest.distance(coordinates) / self.mean_distance
            density[rows] = self._density(coordinates, index[rows])
        return index, density

    def _density(self, coordinates: Floats, index: Floats) -> Floats:
        """How many training samples lie as near as the threshold; inside at least 1, the nearest one."""
        counted = self.points[:COUNTED_POINTS]
        near = _squares(coordinates, counted) <= (self.threshold * self.mean_distance) ** 2
        count = near.sum(1) * (self.each * len(self.points) / len(counted))
        density: Floats = np.where(index <= self.threshold, np.maximum(count, 1), 0).astype(np.float32)
        return density


def _squares(places: Floats, points: Floats) -> Floats:
    """The squared distance of each of `places` to each of `points`, shape (place, point)."""
    squares: Floats = (places**2).sum(1)[:, None] + (points**2).sum(1) - 2 * places @ points.T
    return squares


def build_space(
    source: FeatureSource,
    fitted: Sequence[FittedMember],
    results: TrainingResults,
    on_map: FootprintFeatures | None = None,
) -> Space:
    """The space of the samples that train under the first validation of `results`, whose scores are claimed.

    Its threshold follows from the samples that this validation tested, the error profile from all that
    tested the same type of model, but for random folds beside it.

    Parameters
    ----------
    source : FeatureSource
        Gives features and their importance in the trees of `fitted`.
    on_map : FootprintFeatures, optional
        Of places of the map, drawn at random, shaped like samples.
    """
    claimed, rng, cells = results.validations[0], np.random.default_rng(0), source.training_footprints
    known = training_samples(claimed.splits, results.samples.augmented)
    drawn = rng.permutation(cells.rows(known)[0])
    kept = drawn[:MOST_POINTS]
    spanning = np.sort(drawn[: max(MOST_POINTS, len(known))])  # as many as if each sample were one cell
    axes = Axes.of(cells.table[spanning], np.mean([source.gains(member.arrays) for member in fitted], 0))
    points = axes.coordinates(cells.table[kept])
    pairs = pdist(points[:MOST_PAIRS])
    mean_distance = max(float(pairs.mean()) if len(pairs) else 0.0, 1e-12)

    def places(table: Floats) -> Floats:
        return axes.coordinates(table) / mean_distance

    tested = [
        _tested(
            validation.kind,
            fold_dissimilarity(cells, places, validation.splits, kept),
            results.losses(validation),
            claimed.unit,
        )
        for validation in (*results.validations, *results.comparison)
        if claimed.chosen in validation.models and (validation is claimed or validation.kind != EASIER)
    ]
    each, threshold = len(known) / len(kept), upper_whisker(tested[0].index)
    profile, harder = fit_profile(tested), None
    if on_map is not None:
        of_members = [
            _distances(on_map, places, NearestPoints(places(cells.table[known])), np.arange(len(on_map)))
            for known in (_known_rows(cells, split, kept) for split in claimed.splits)
            if len(known)
        ]
        harder = harder_at(np.concatenate(of_members), tested)
    return Space(axes, points, each, mean_distance, threshold, profile, source.describing.arrays(), harder)


def training_samples(splits: Sequence[Split], augmented: Flags) -> Index:
    """The observed samples that train or validate in any of `splits`."""
    parts = [part for split in splits for part in (split.train, split.validation)]
    numbers: Index = np.unique(np.concatenate(parts))
    return numbers[~augmented[numbers]]


def _tested(kind: str, index: Array, losses: Losses, unit: Text) -> OutOfFold:
    """The samples that a kind of validation tested, of all samples with their dissimilarity, losses and units."""
    rows = np.flatnonzero(np.isfinite(index) & np.isfinite(losses.loss))
    return OutOfFold(kind, index[rows], losses.of(rows), unit[rows], rows)


def fold_dissimilarity(
    cells: FootprintFeatures, places: Callable[[Floats], Floats], splits: Sequence[Split], kept: Index
) -> Array:
    """The mean distance of each tested sample's cells to the nearest of `kept` that trained its fold, shape (sample,).

    As `trainDI` of the R package CAST; NaN for samples that were not tested. What validates trains, too. Only `kept`
    cells stand for those that trained, as in a map.

    Parameters
    ----------
    places : callable
        Turns features (cell, feature) into coordinates.
    kept : array of int
        Rows in the table of `cells`.
    """
    index = np.full(len(cells), np.nan)
    for split in splits:
        known = _known_rows(cells, split, kept)
        if len(known) and len(split.test):
            index[split.test] = _distances(cells, places, NearestPoints(places(cells.table[known])), split.test)
    return index


def _known_rows(cells: FootprintFeatures, split: Split, kept: Index) -> Index:
    """Which of the rows `kept` a split trains with."""
    known: Index = np.intersect1d(cells.rows(np.concatenate([split.train, split.validation]))[0], kept)
    return known


def _distances(
    cells: FootprintFeatures, places: Callable[[Floats], Floats], nearest: NearestPoints, tested: Index
) -> Array:
    """The weighted mean distance of the cells of the samples `tested` to the nearest point."""
    return cells.answers(tested, lambda table: nearest.distance(places(table))[:, None])[:, 0]


def _important(gains: Array) -> NDArray[np.int64]:
    """The features that together have `KEPT_GAIN` of the importance."""
    order = np.argsort(-gains, kind="stable")
    count = int(np.searchsorted(np.cumsum(gains[order]), KEPT_GAIN * gains.sum())) + 1
    return np.sort(order[:count])


def upper_whisker(index: Array) -> float:
    """The largest DI that is no outlier: at most 1.5 interquartile ranges above the upper quartile."""
    if not len(index):
        return 1.0
    low, high = np.quantile(index, [0.25, 0.75])
    return float(index[index <= high + 1.5 * (high - low)].max())
