"""Baselines on the same folds as the model: predictions from place alone, and simple models of a family."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import xgboost
from numpy.typing import NDArray
from rasterio.crs import CRS
from scipy.spatial import cKDTree

from ..data.vector.samples import Samples
from ..runtime.progress import tell
from ..runtime.threads import allotment
from ..runtime.types import Array, Index
from ..validation.distances import Ruler
from ..validation.splits import Split

COORDINATE_TREES = {"max_depth": 6, "eta": 0.1, "subsample": 0.8, "tree_method": "hist", "verbosity": 0}
ROUNDS = 150
REGION_MEAN = "mean of the region"
SMALL_TABLE = 20_000  # rows

Baseline = Callable[[Samples, Index, Index, int], Array]  # of known and tested samples and a seed: shares


def threads(rows: int) -> int:
    """How many threads should build trees on so many rows (0: all of the processor).

    Small tables are done before threads have started; next to another busy program several threads are
    many times slower than one.
    """
    return 1 if rows < SMALL_TABLE else allotment()


def close(shares: Array) -> Array:
    """Non-negative rows that sum to 1; a row without anything positive becomes uniform."""
    positive = np.clip(shares, 0, None)
    total = positive.sum(1, keepdims=True)
    uniform = np.full_like(positive, 1 / positive.shape[1])
    return np.where(total > 1e-12, positive / np.maximum(total, 1e-12), uniform)


def predict_baselines(
    samples: Samples, splits: Sequence[Split], seed: int, region: NDArray[np.object_], more: Mapping[str, Baseline]
) -> dict[str, Array]:
    """Out-of-fold shares of each baseline, shape (sample, component); NaN where never tested.

    Parameters
    ----------
    region : array of str
        Region of each sample; the region's mean is a baseline only where regions are named.
    more : mapping
        Further baselines by name.
    """
    baselines = {**BASELINES, **(OF_PLACES if samples.placed else {}), **more}
    if any(region):
        baselines[REGION_MEAN] = partial(_region_mean, region)
    out = {name: np.full_like(samples.shares, np.nan) for name in baselines}
    for split in splits:
        known = np.concatenate([split.train, split.validation])
        known = known[~samples.augmented[known]]
        for name, predict in baselines.items():
            tell(0, f"Scoring the baseline '{name}'")
            out[name][split.test] = predict(samples, known, split.test, seed)
    return out


def _region_mean(region: NDArray[np.object_], samples: Samples, known: Index, test: Index, seed: int) -> Array:
    """The mean of the known samples of each region, or of all where the region has none."""
    out = _mean(samples, known, test, seed)
    for name in np.unique(region[test].astype(str)):
        in_region = known[region[known].astype(str) == name]
        if len(in_region):
            out[region[test].astype(str) == name] = _mean(samples, in_region, test[:1], seed)
    return out


def _mean(samples: Samples, known: Index, test: Index, _: int) -> Array:
    mean = np.average(samples.shares[known], axis=0, weights=samples.loss_weight[known])
    return np.repeat(mean[None], len(test), 0)


def _nearest(samples: Samples, known: Index, test: Index, _: int) -> Array:
    crs = samples.geometry.crs
    ruler = Ruler.of(CRS.from_wkt(crs.to_wkt()) if crs else None, samples.xy)  # a degree is not as long everywhere
    nearest = cKDTree(ruler.positions(samples.xy[known])).query(ruler.positions(samples.xy[test]))[1]
    shares: Array = samples.shares[known][nearest]
    return shares


def _coordinates(samples: Samples, known: Index, test: Index, seed: int) -> Array:
    table = xgboost.DMatrix(samples.xy[known], weight=samples.loss_weight[known])
    columns = []
    for component in range(samples.shares.shape[1]):
        table.set_label(samples.shares[known, component])
        trees = xgboost.train({**COORDINATE_TREES, "nthread": threads(len(known)), "seed": seed}, table, ROUNDS)
        columns.append(trees.predict(xgboost.DMatrix(samples.xy[test])))
    return close(np.stack(columns, 1).astype(np.float64))


BASELINES: dict[str, Baseline] = {"mean of the training samples": _mean}
OF_PLACES: dict[str, Baseline] = {
    "nearest training sample": _nearest,
    "boosting on coordinates": _coordinates,
}
