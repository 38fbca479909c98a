"""Scaling of numbers that networks see: mean and deviation of each, among the tensors of a member."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..runtime.checkpoints import Arrays
from ..runtime.types import Floats

MEAN, STD = "scaling.mean", "scaling.std"  # names of the tensors


def fit_scaling(tables: Sequence[Floats], smallest_std: float) -> Arrays:
    """Mean and deviation of each column of `tables`, one table after the other; missing values are left out.

    Parameters
    ----------
    tables : sequence of arrays, shape (row, column)
    smallest_std : float
        A column that deviates less is constant: its deviation becomes 1, so that its z-score is 0.
    """
    mean, std = [], []
    for table in tables:
        exact = table.astype(np.float64)
        mean.append(np.nan_to_num(np.nanmean(exact, 0)))
        std.append(np.nan_to_num(np.nanstd(exact, 0)))
    means, stds = np.concatenate(mean), np.concatenate(std)
    return {MEAN: means.astype(np.float32), STD: np.where(stds > smallest_std, stds, 1.0).astype(np.float32)}


def scaling_of(arrays: Mapping[str, NDArray[Any]]) -> Arrays:
    """The scaling among the tensors of a member.

    Raises
    ------
    KeyError
        If there is none.
    """
    return {name: arrays[name] for name in (MEAN, STD)}


def without_scaling(arrays: Mapping[str, NDArray[Any]]) -> Arrays:
    """The tensors of a member's network."""
    return {name: array for name, array in arrays.items() if name not in (MEAN, STD)}
