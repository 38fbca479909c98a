"""Ensembles: weights of several models, learned on predictions of samples that none of them had seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from .errors import Problems, RegionwiseError
from .params import Layer
from .tables import read_table, text_of

Array = NDArray[np.float64]

ITERATIONS = 500
TOLERANCE = 1e-9
HEAVY = 1e3
SMALLEST_DEVIATION = 1e-6
PRIOR_SAMPLES = 20.0  # weight of the pooled weights in those of a region


def mixture_weights(log_densities: Array, prior: Array | None = None, strength: float = 0.0) -> Array:
    """Return the weights of the mixture of densities that is most likely, shape (model,).

    Expectation maximisation; the likelihood of mixture weights is concave, so it finds the maximum.

    Parameters
    ----------
    log_densities : array, shape (n, model)
        Log density of each observation under each model.
    prior : array, shape (model,), optional
        Weights to which the answer is drawn, as if `strength` observations had voted for them.
    """
    models = log_densities.shape[1]
    start = np.full(models, 1 / models) if prior is None else prior
    relative = np.exp(log_densities - log_densities.max(1, keepdims=True))
    weights = np.full(models, 1 / models)
    for _ in range(ITERATIONS):
        parts = relative * weights
        votes = (parts / np.maximum(parts.sum(1, keepdims=True), 1e-300)).sum(0) + strength * start
        new = votes / votes.sum()
        done = np.abs(new - weights).max() < TOLERANCE
        weights = new
        if done:
            break
    return weights


def stack_weights(shares: Sequence[Array], observed: Array) -> Array:
    """Return the weights, none negative and summing to 1, of the mean that comes nearest to what was observed.

    Stacked regressions (Breiman 1996). Each component counts by its variance, so that none is neglected.

    Parameters
    ----------
    shares : sequence of arrays, shape (n, component)
        Of each model, for samples that it had not seen.
    """
    deviation = np.maximum(observed.std(0), SMALLEST_DEVIATION)
    table = np.stack([(found / deviation).ravel() for found in shares], 1)
    heavy = HEAVY * np.sqrt(len(table))  # a row so heavy that the weights sum to 1
    weights, _ = nnls(np.vstack([table, np.full(len(shares), heavy)]), np.append((observed / deviation).ravel(), heavy))
    found: Array = weights / weights.sum()
    return found


def mixture_log_density(log_densities: Array, weights: Array) -> Array:
    """Return the log density of each observation under the mixture, shape (n,)."""
    top = log_densities.max(1)
    found: Array = top + np.log(np.maximum(np.exp(log_densities - top[:, None]) @ weights, 1e-300))
    return found


def regional_weights(log_densities: Array, region: NDArray[np.object_]) -> tuple[dict[str, Array], Array]:
    """Return the weights of each region, drawn to the pooled ones, and the pooled ones.

    A region's samples speak for themselves; a region with few of them stays near the common weights.
    """
    pooled = mixture_weights(log_densities)
    names = sorted({str(name) for name in region})
    found = {name: mixture_weights(log_densities[region.astype(str) == name], pooled, PRIOR_SAMPLES) for name in names}
    return found, pooled


def read_weights(layer: Layer, regions: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Return (global, regional) weights by region, each pair scaled to sum 1.

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
    for row in table.itertuples(index=False):
        values = dict(zip(table.columns, row, strict=True))
        name = text_of(values[columns["region"]])
        try:
            pair = float(values[columns["global"]]), float(values[columns["regional"]])
        except (TypeError, ValueError):
            pair = (-1.0, -1.0)
        if min(pair) < 0 or not sum(pair) > 0:
            problems.add(f"Weights of region '{name}' in '{layer}' are not two numbers >= 0 with a sum > 0.")
            continue
        weights[name] = (pair[0] / sum(pair), pair[1] / sum(pair))
    absent = [name for name in regions if name not in weights]
    if absent and not problems.sentences:
        problems.add(f"Weights table '{layer}' has no row for region '{absent[0]}'; add one.")
    problems.raise_any()
    return weights
