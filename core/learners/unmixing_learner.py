"""Unmixing as a learner: endmembers from the training samples, shares by constrained least squares."""

from __future__ import annotations

import time
from functools import cached_property

import numpy as np

from ..features.footprint_features import FootprintFeatures
from ..features.series_features import Course, SeriesFeatures, read_series_features
from ..learning.contracts import FittedMember, PixelPredictor, TrainingData
from ..learning.history import History
from ..learning.model_types import UNMIXING, StoredMember
from ..runtime.checkpoints import Arrays
from ..runtime.executor import Reporter
from ..runtime.types import Arguments, Array, Floats, Index, Mask
from ..validation.splits import Split
from .simplex_fit import nearest_mixtures

SMALLEST_CONCENTRATION = 0.5
ROWS = 65_536  # pixels at a time
RIDGE = 1e-3  # of the mean square of the shares: keeps the endmembers of rare classes finite


class UnmixingLearner:
    """Fits the endmember of each class on each split; ancillary data are not used."""

    type = UNMIXING

    def __init__(self, training_data: TrainingData, describing: SeriesFeatures) -> None:
        self._training_data, self._course = training_data, describing.course()

    def description(self) -> Arguments:
        """Arguments that build its members again: none besides the calendar, which all members share."""
        return {}

    @cached_property
    def footprints(self) -> FootprintFeatures:
        """The course of the bands of each sample's cells at the calendar, as features (day * band)."""
        training_data = self._training_data
        return FootprintFeatures.of(training_data.patches, len(training_data.samples), self._course, training_data.days)

    @cached_property
    def signals(self) -> Array:
        """The mean course of each sample, shape (sample, day * band): mixing is linear, so it has the mean shares."""
        return self.footprints.mean().astype(np.float64)

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in self.__dict__.items() if name not in ("signals", "footprints")}

    def fit(self, split: Split, name: str, report: Reporter, start: Arrays | None = None) -> FittedMember:
        """Fit the endmembers on one split, and unmix its test samples; `start` is not used."""
        rows = np.concatenate([split.train, split.validation])
        samples = self._training_data.knowing(rows).samples
        signals = self.signals[rows]
        centre, scale = np.nan_to_num(np.nanmean(signals, 0)), np.nanstd(signals, 0)
        arrays: Arrays = {"centre": centre, "scale": np.where(scale > 1e-12, scale, 1.0)}
        arrays["endmembers"] = fit_endmembers(_scaled(signals, arrays), samples.shares[rows], samples.loss_weight[rows])
        unmixed = self._unmixed(arrays, rows)
        # one concentration for all: that of Dirichlet distributions which deviate as the training samples do
        expected, observed = (unmixed * (1 - unmixed)).sum(), ((samples.shares[rows] - unmixed) ** 2).sum()
        arrays["concentration"] = np.array([max(expected / max(observed, 1e-12) - 1, SMALLEST_CONCENTRATION)])
        shares = self._unmixed(arrays, split.test)
        report.progress(1.0, name)
        concentration = np.full(len(shares), float(arrays["concentration"][0]))
        return FittedMember(split.name, arrays, shares, concentration, History())

    def _unmixed(self, arrays: Arrays, rows: Index) -> Array:
        """The shares of the samples `rows`, those of an area as the mean over its cells, as on a map."""
        return self.footprints.answers(rows, lambda signals: answer(signals.astype(np.float64), arrays))

    def seconds(self, split: Split, name: str) -> float:
        """How long learning `split` takes here: it is learned."""
        begun = time.monotonic()
        self.fit(split, name, Reporter(lambda _: None))
        return time.monotonic() - begun

    def process_bytes(self, splits: int) -> int:
        """0: unmixing is fitted before a process has started."""
        return 0


def _scaled(signals: Array, arrays: Arrays) -> Array:
    scaled: Array = np.nan_to_num((signals - arrays["centre"]) / arrays["scale"])
    return scaled


def answer(signals: Array, arrays: Arrays) -> Array:
    """Shares (n, class) of `signals` by one member."""
    return nearest_mixtures(_scaled(signals, arrays), arrays["endmembers"])


class UnmixingPredictor(PixelPredictor):
    """Endmembers that predict the pixels of a map."""

    def __init__(self, course: Course, arrays: Arrays, live_numbers: int = 0) -> None:
        self._course, self._arrays, self.live_numbers = course, arrays, live_numbers

    def answer(self, values: Floats, wanted: Mask) -> tuple[Floats, Floats]:
        """Shares (component, pixel) and concentration (pixel,); see `contracts.Predictor`."""
        pixels = values[:, wanted].T
        chunks = []
        for start in range(0, len(pixels), ROWS):
            signals = self._course.table(np.ascontiguousarray(pixels[start : start + ROWS]), self._course.days)
            chunks.append(answer(signals.astype(np.float64), self._arrays))
        shares = np.concatenate(chunks).T.astype(np.float32)
        return shares, np.full(shares.shape[1], self._arrays["concentration"][0], np.float32)


def build(stored: StoredMember) -> UnmixingPredictor:
    """A member of a model file as a predictor."""
    features = read_series_features(stored.card.features.arguments, stored.days)
    return UnmixingPredictor(features.course(), stored.arrays, features.live)


def fit_endmembers(signals: Array, shares: Array, weight: Array) -> Array:
    """The endmember of each class, shape (class, feature), by weighted least squares of mixed samples.

    Parameters
    ----------
    signals : array, shape (sample, feature), without NaN
    shares : array, shape (sample, class), summing to 1
    weight : array, shape (sample,)
    """
    weighted = shares * weight[:, None]
    gram = weighted.T @ shares
    ridge = RIDGE * np.trace(gram) / len(gram)
    mean = np.average(signals, axis=0, weights=weight)
    # the ridge draws endmembers to the mean signal, not to 0
    endmembers: Array = mean + np.linalg.solve(gram + ridge * np.eye(len(gram)), weighted.T @ (signals - mean))
    return endmembers
