"""Ensembles: the table with the weights of global models and of experts in each region."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..contract.errors import Problems, RegionwiseError
from ..contract.layer import Layer
from ..data.vector.numerals import numbers_of
from ..data.vector.tables import read_table, text_of


def read_weights(layer: Layer, regions: Sequence[str]) -> dict[str, tuple[float, float]]:
    """(global, regional) weights by region, each pair scaled to sum 1.

    Raises
    ------
    RegionwiseError
        If the table lacks a column or a region, or has negative or text weights.
    """
    table = read_table(layer)
    columns = {str(name).lower(): name for name in table.columns}
    missing = [name for name in ("region", "global", "regional") if name not in columns]
    if missing:
        raise RegionwiseError(
            f"Weights table '{layer}' has no column '{missing[0]}'.", "It needs region, global and regional."
        )
    problems, weights = Problems(), {}
    numbers = [numbers_of(table[columns[column]]) for column in ("global", "regional")]
    names = map(text_of, table[columns["region"]])
    for name, *pair in zip(names, *numbers, strict=True):
        if not name:
            continue
        if not min(pair) >= 0 or not 0 < sum(pair) < np.inf:
            problems.add(f"Weights of region '{name}' in '{layer}' are not two numbers >= 0 with a sum > 0.")
            continue
        if name in weights:
            problems.add(f"Region '{name}' stands twice in '{layer}'; leave one row.")
        weights[name] = (pair[0] / sum(pair), pair[1] / sum(pair))
    absent = [name for name in regions if name not in weights]
    if absent and not problems.sentences:
        problems.add(f"Weights table '{layer}' has no row for region '{absent[0]}'; add one.")
    problems.raise_any()
    return weights
