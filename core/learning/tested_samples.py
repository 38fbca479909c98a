"""Tested samples: which split tested each sample, kept in the model file, so that each can be answered out of fold.

Places are kept as hashes: a model file does not give away where samples lie.
"""

from __future__ import annotations

import hashlib

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from ..data.vector.layers import representative_points
from ..runtime.checkpoints import Arrays
from ..runtime.types import Array, Floats, Index
from .contracts import TrainingData
from .model_file import Model

KEYS, SPLITS = "tested.keys", "tested.splits"
UNKNOWN, TRAINED = -2, -1  # no sample of the training, and one that only ever trained
DEGREE_DECIMALS, METRE_DECIMALS = 8, 3  # to which places count as the same: a millimetre


def tested_arrays(training_data: TrainingData, number: Index) -> Arrays:
    """The tensors that a model file keeps.

    Parameters
    ----------
    number : array of int, shape (sample,)
        Of the split that tested each sample; -1 if none did.
    """
    samples, values = training_data.samples, np.empty((0, 0), np.float32)
    if not samples.placed:
        values = training_data.patches.pixels(np.arange(len(samples)))[:, :, 0, 0]
    keys = _keys(samples.xy, values, geographic=training_data.grid.crs.is_geographic if samples.placed else False)
    order = np.lexsort((number, keys))  # of samples at one place the tested one is the last
    last = np.append(keys[order][1:] != keys[order][:-1], True)
    return {KEYS: keys[order][last], SPLITS: number[order][last].astype(np.int32)}


def split_of_each(model: Model, geometry: gpd.GeoSeries | None, values: Floats) -> NDArray[np.int64] | None:
    """The number of the split that tested each row, `TRAINED` or `UNKNOWN`; None where the model keeps none.

    Parameters
    ----------
    geometry : GeoSeries, optional
        Places of the rows; without them rows are known by their values.
    values : array, shape (row, band)
    """
    if KEYS not in model.common:
        return None
    xy, geographic = np.full((len(values), 2), np.nan), False
    if geometry is not None:
        moved = geometry.to_crs(model.card.crs)
        xy, geographic = representative_points(moved), moved.crs.is_geographic
    keys, known = _keys(xy, values, geographic=geographic), model.common[KEYS]
    at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return np.where(known[at] == keys, model.common[SPLITS][at], UNKNOWN).astype(np.int64)


def _keys(xy: Array, values: Floats, *, geographic: bool) -> NDArray[np.int64]:
    """A number of 8 bytes for each place, or for the values where there are no places."""
    placed = bool(np.isfinite(xy).all())
    rows = np.round(xy, DEGREE_DECIMALS if geographic else METRE_DECIMALS) + 0.0 if placed else values
    digests = [hashlib.blake2b(row.tobytes(), digest_size=8).digest() for row in np.ascontiguousarray(rows)]
    return np.frombuffer(b"".join(digests), np.int64)
