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


def one_group_per_cell(samples: Samples, grid: Grid) -> tuple[Samples, list[str]]:
    """The samples, those in one cell with one group, and a notice of those whose labels differ."""
    cells = np.floor([~grid.transform @ place for place in samples.xy.tolist()]).astype(np.int64)
    return _one_group(samples, cells, "lie in one cell", "or use smaller cells")


def one_group_per_place(samples: Samples) -> tuple[Samples, list[str]]:
    """The samples, those at one place with one group, and a notice of those whose labels differ."""
    return _one_group(samples, samples.xy, "are at one place", "or correct the coordinates")


def _one_group(samples: Samples, cells: NDArray[Any], where: str, remedy: str) -> tuple[Samples, list[str]]:
    """The samples, points with equal `cells` with one group, and a notice of those whose labels differ.

    What is seen of them is the same, so one must not train where another is tested.
    """
    points = (samples.geometry.geom_type == "Point").to_numpy()
    _, first, number = np.unique(cells, axis=0, return_index=True, return_inverse=True)
    leader = first[number.ravel()]
    shared = points & points[leader] & (leader != np.arange(len(samples)))
    differ = shared & (np.abs(samples.shares - samples.shares[leader]).max(1) > SAME_LABEL)
    if not shared.any():
        return samples, []
    group = np.where(shared, samples.group[leader], samples.group)
    notices = []
    if differ.any():
        notices.append(
            f"{differ.sum()} samples {where} with another one and have other labels, in "
            f"{_rows_of(samples, differ)}: what is seen of them is the same. Leave one of each, {remedy}."
        )
    return dataclasses.replace(samples, group=group), notices


def _rows_of(samples: Samples, flags: NDArray[np.bool_]) -> str:
    """The rows of the layer that the flagged samples come from, in words."""
    marked = np.zeros(int(samples.row.max()), bool)
    marked[samples.row[flags] - 1] = True
    return rows_text(marked)
