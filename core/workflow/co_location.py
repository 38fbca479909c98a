"""Samples of which the same is seen: they must train or test together."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.raster.grids import Grid
from ..data.vector.samples import Samples
from ..data.vector.tables import rows_text

SAME_LABEL = 0.01  # shares that differ by less are the same label


def one_group_per_cell(
    samples: Samples, grid: Grid, days: NDArray[np.int64] | None = None
) -> tuple[Samples, list[str]]:
    """The samples, those in one cell with one group, and a notice of those whose labels differ.

    Parameters
    ----------
    days : array of int, shape (sample, step), optional
        At which a series is seen: labels of other seasons may differ.
    """
    cells = np.floor([~grid.transform @ place for place in samples.xy.tolist()]).astype(np.int64)
    seen = cells if days is None else np.concatenate([cells, days], 1)
    when = "" if days is None else " at the same dates"
    return _one_group(samples, cells, seen, ("lie in one cell", when), "or use smaller cells")


def one_group_per_place(samples: Samples) -> tuple[Samples, list[str]]:
    """The samples, those at one place with one group, and a notice of those whose labels differ."""
    return _one_group(samples, samples.xy, samples.xy, ("are at one place", ""), "or correct the coordinates")


def _one_group(
    samples: Samples, cells: NDArray[Any], seen: NDArray[Any], where: tuple[str, str], remedy: str
) -> tuple[Samples, list[str]]:
    """The samples, points with equal `cells` with one group, and a notice of those whose labels differ.

    One of them must not train where another is tested.

    Parameters
    ----------
    seen : array
        Equal rows where models see the same.
    where : (str, str)
        Where, and when, they are alike, in words.
    """
    points = (samples.geometry.geom_type == "Point").to_numpy()
    leader = _first_alike(cells)
    shared = points & points[leader] & (leader != np.arange(len(samples)))
    if not shared.any():
        return samples, []
    twin = _first_alike(seen)
    differ = shared & points[twin] & (np.abs(samples.shares - samples.shares[twin]).max(1) > SAME_LABEL)
    group = np.where(shared, samples.group[leader], samples.group)
    notices = []
    if differ.any():
        notices.append(
            f"{differ.sum()} samples {where[0]} with another one and have other labels{where[1]}, in "
            f"{_rows_of(samples, differ)}: what is seen of them is the same. Leave one of each, {remedy}."
        )
    return dataclasses.replace(samples, group=group), notices


def _first_alike(rows: NDArray[Any]) -> NDArray[np.int64]:
    """The number of the first of `rows` that is like each."""
    _, first, number = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    return first[number.ravel()]


def _rows_of(samples: Samples, flags: NDArray[np.bool_]) -> str:
    """The rows of the layer that the flagged samples come from, in words."""
    marked = np.zeros(int(samples.row.max()), bool)
    marked[samples.row[flags] - 1] = True
    return rows_text(marked)
