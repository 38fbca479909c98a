"""Window features: means and deviations of bands in small square windows around each cell, quantiles in large ones.

For trees, and for distances between training samples and cells of a map.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy import ndimage

from ..data.patches.patches import Patches
from ..runtime.checkpoints import Arrays
from ..runtime.progress import counted, span
from ..runtime.types import Arguments, Array, Floats
from .series_features import Days

CHUNK, CHUNK_NUMBERS = 256, 2**25  # pieces at a time, and numbers of their features
CENTRE_PATCHES, CENTRE_NUMBERS = 1000, 2**25
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
SMALLEST_QUANTILE_WINDOW = 11  # cells; smaller ones are told by mean and deviation
LATTICE = 11  # cells per side of a window that take part in its quantiles, at most 2 more
SMALLEST_SUM = 1e-6  # keeps a contrast of two zeros finite
ROWS = 16  # of a tile whose quantiles are computed at a time
LIVE_FEATURES = 8  # arrays of window statistics that exist at a time, in double precision


class Features(Protocol):
    """Features of pixels for trees, and in whose space distances are measured."""

    kind: str  # as a card names it, see `feature_info.FeatureInfo`

    @property
    def halo(self) -> int:
        """Cells around a pixel that its features depend on."""

    @property
    def live(self) -> int:
        """Numbers per pixel that exist while features are computed."""

    def names(self) -> list[str]:
        """The names of the features, in order."""

    def description(self) -> Arguments:
        """Arguments that build the features again, besides `arrays`; see `read_features`."""

    def arrays(self) -> Arrays:
        """The tensors of the features that a member keeps."""

    def __call__(self, values: Floats, halo: int, days: Days | None = None) -> Floats:
        """The features of all inner pixels, shape (n, feature, row, col).

        `values` are raw, shape (n, band, row + 2 halo, col + 2 halo), NaN is nodata; `days` are those of
        the steps of each of the `n`, where bands are dated.
        """


@dataclass(frozen=True)
class WindowFeatures:
    """Statistics of bands in windows around a pixel.

    Parameters
    ----------
    bands : tuple of str
    sensors : tuple of int
        Number of bands of each sensor.
    windows : tuple of int
        Sides in cells, odd, ascending.
    centre : array, shape (band,)
        Roughly the mean of each band; it only keeps sums of squares exact, nothing is learned from it.
    deviations : bool
        Whether deviations in windows are features, beside means.
    """

    bands: tuple[str, ...]
    sensors: tuple[int, ...]
    windows: tuple[int, ...]
    centre: Array
    deviations: bool = True

    kind = "windows"

    @property
    def halo(self) -> int:
        """Cells around a pixel that its features depend on."""
        return max(self.windows) // 2

    @property
    def live(self) -> int:
        """Numbers per pixel that exist while features are computed."""
        return LIVE_FEATURES * len(self.names())

    def names(self) -> list[str]:
        """The names of the features, in order."""
        return feature_names(self.bands, self.sensors, self.windows, deviations=self.deviations)

    def description(self) -> Arguments:
        """Arguments that build the features again, besides `arrays`."""
        more = {} if self.deviations else {"deviations": False}
        return {"windows": list(self.windows), "sensors": list(self.sensors), **more}

    def arrays(self) -> Arrays:
        """The tensors of the features that a member keeps."""
        return {"centre": self.centre}

    def __call__(self, values: Floats, halo: int, days: Days | None = None) -> Floats:
        """The features of all inner pixels; see `Features`."""
        return window_statistics(values, self.centre, self.windows, self.sensors, halo, deviations=self.deviations)


def about_the_mean(patches: Patches) -> Array:
    """The mean of each band in the first patches: roughly that of all."""
    most = max(1, CENTRE_NUMBERS // int(np.prod(patches.values.shape[1:])))
    values = patches.pixels(np.arange(min(CENTRE_PATCHES, most, len(patches.row))))
    with np.errstate(invalid="ignore"):
        mean: Array = np.nan_to_num(np.nanmean(values.astype(np.float64), (0, 2, 3)))
    return mean


def contrast_pairs(sensors: Sequence[int]) -> list[tuple[int, int]]:
    """The pairs of bands whose contrast is a feature: neighbours within a sensor, and first and last.

    A tree cannot form ratios; contrasts like (NIR - RED) / (NIR + RED) do not change with the light.

    Parameters
    ----------
    sensors : sequence of int
        Number of bands of each sensor.
    """
    pairs, first = [], 0
    for count in sensors:
        bands = range(first, first + count)
        pairs += list(zip(bands, bands[1:], strict=False))
        if count > 2:
            pairs.append((bands[0], bands[-1]))
        first += count
    return pairs


def with_contrasts(values: Floats, sensors: Sequence[int]) -> Floats:
    """`values` (n, band, row, col) with a band for each of `contrast_pairs` appended."""
    contrasts = []
    for a, b in contrast_pairs(sensors):
        one, two = values[:, a], values[:, b]
        contrasts.append((one - two) / (np.abs(one) + np.abs(two) + SMALLEST_SUM))
    return np.concatenate([values, np.stack(contrasts, 1)], 1) if contrasts else values


def feature_names(
    bands: Sequence[str], sensors: Sequence[int], windows: Sequence[int], *, deviations: bool = True
) -> list[str]:
    """The names of the features that `window_statistics` computes, in its order."""
    names = []
    contrasts = [f"{bands[a]}/{bands[b]}" for a, b in contrast_pairs(sensors)]
    for window in windows:
        if window >= SMALLEST_QUANTILE_WINDOW:
            names += [f"{band} q{100 * level:.0f} {window}" for band in (*bands, *contrasts) for level in QUANTILES]
        else:
            names += [f"{band} mean {window}" if window > 1 else band for band in bands]
            names += [f"{band} deviation {window}" for band in bands if window > 1 and deviations]
    return names


def window_statistics(
    values: Floats,
    centre: Array,
    windows: Sequence[int],
    sensors: Sequence[int],
    halo: int,
    *,
    deviations: bool = True,
) -> Floats:
    """Mean and deviation of each band in small windows around each inner cell, quantiles in large ones.

    Quantiles are those of contrasts, too.
    Means of large windows and of contrasts tell trees where they are: they help where neighbours
    train and harm where none do.

    Sums over windows are plain ones, in an order that does not depend on where `values` starts:
    running sums would be faster, but their last digits would send some pixels down other branches
    of a tree from tile to tile. The bands are centred first, or their squares would cancel.

    Parameters
    ----------
    values : array, shape (n, band, row + 2 halo, col + 2 halo)
        Raw values; NaN is nodata and takes no part.
    centre : array, shape (band,)
        Roughly the mean of each band.
    windows : sequence of int
        Sides in cells, odd; not more than 2 `halo` + 1.

    Returns
    -------
    array, shape (n, feature, row, col)
        See `feature_names`; NaN where a window holds no data.
    """
    shifted = values.astype(np.float64) - centre[:, None, None]
    present = np.isfinite(shifted)
    filled = np.where(present, shifted, 0.0)
    tables = (present.astype(np.float64), filled, filled**2)
    contrasts = with_contrasts(values, sensors) if max(windows) >= SMALLEST_QUANTILE_WINDOW else values
    features: list[NDArray[Any]] = []
    for number, window in enumerate(windows):
        if window >= SMALLEST_QUANTILE_WINDOW:
            with span(number / len(windows), (number + 1) / len(windows)):
                features.append(_window_quantiles(contrasts, window, halo))
            continue
        count, total, squares = (_window_sum(table, window, halo) for table in tables)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.where(count > 0.5, total / count, np.nan)
            features.append(mean + centre[:, None, None])
            if window > 1 and deviations:
                features.append(np.sqrt(np.maximum(squares / count - mean**2, 0.0)))
    return np.concatenate(features, 1).astype(np.float32)


def _window_sum(x: Array, window: int, halo: int) -> Array:
    """The sum in the `window` around each inner cell."""
    inner = np.s_[..., halo : x.shape[2] - halo, halo : x.shape[3] - halo]
    if window == 1:
        return x[inner]
    for axis in (2, 3):
        x = ndimage.correlate1d(x, np.ones(window), axis=axis, mode="constant")
    out: Array = x[inner]
    return out


def _window_quantiles(values: Floats, window: int, halo: int) -> Floats:
    """The quantiles of a lattice of cells in the `window` around each inner cell.

    A window of 39 cells has 1,521; a lattice of 13 by 13 tells its quantiles nearly as well.
    """
    step, margin = max(1, window // LATTICE), halo - window // 2
    inner = values[..., margin : values.shape[-2] - margin, margin : values.shape[-1] - margin]
    lattices = sliding_window_view(inner, (window, window), axis=(2, 3))[..., ::step, ::step]
    n, bands, rows, cols = lattices.shape[:4]
    out = np.empty((n, bands, len(QUANTILES), rows, cols), np.float32)
    for start in counted(range(0, rows, ROWS)):
        part = lattices[:, :, start : start + ROWS]
        part = np.sort(part.reshape(*part.shape[:4], -1))
        count = np.isfinite(part).sum(-1)  # NaN is sorted to the end
        for i, level in enumerate(QUANTILES):
            position = np.rint(level * np.maximum(count - 1, 0)).astype(np.intp)
            out[:, :, i, start : start + ROWS] = np.take_along_axis(part, position[..., None], -1)[..., 0]
    return out.reshape(n, bands * len(QUANTILES), rows, cols)


def sample_features(patches: Patches, samples: int, features: Features, days: Days | None = None) -> Floats:
    """The features of each sample, the mean over the pixels of its footprint, shape (sample, feature).

    Parameters
    ----------
    days : array of int, shape (sample, step), optional
        Where bands are dated.
    """
    halo = patches.halo
    count = len(features.names())
    sums = np.zeros((samples, count))
    weights = np.zeros((samples, count))
    chunk = min(CHUNK, max(1, CHUNK_NUMBERS // (count * patches.core**2)))
    for start in range(0, len(patches.sample), chunk):
        pieces = np.arange(start, min(start + chunk, len(patches.sample)))
        piece_days = days[patches.sample[pieces]] if days is not None else None
        with span(0, 0):
            values = features(patches.pixels(pieces), halo, piece_days).astype(np.float64)
        weight = patches.weights[pieces][:, None] * np.isfinite(values)  # (n, feature, core, core)
        np.add.at(sums, patches.sample[pieces], (np.nan_to_num(values) * weight).sum((2, 3)))
        np.add.at(weights, patches.sample[pieces], weight.sum((2, 3)))
    with np.errstate(invalid="ignore"):
        return np.where(weights > 0, sums / weights, np.nan).astype(np.float32)
