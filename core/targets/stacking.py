"""Stacking: weights of several models, fitted to predictions of samples that none of them had seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from ..runtime.types import Array

ITERATIONS = 500
TOLERANCE = 1e-9
HEAVY = 1e3
SMALLEST_DEVIATION = 1e-6
PRIOR_SAMPLES = 20.0  # weight of the pooled weights in those of a region


def mixture_weights(
    log_densities: Array, prior: Array | None = None, strength: float = 0.0, *, weight: Array | None = None
) -> Array:
    """The weights of the mixture of densities that is most likely, shape (model,).

    Expectation maximisation; the likelihood of mixture weights is concave, so it finds the maximum.

    Parameters
    ----------
    log_densities : array, shape (n, model)
        Log density of each observation under each model.
    prior : array, shape (model,), optional
        Weights to which the result is drawn, as if `strength` observations had them.
    weight : array, shape (n,), optional
        How much each observation counts.
    """
    models = log_densities.shape[1]
    start = np.full(models, 1 / models) if prior is None else prior
    relative = np.exp(log_densities - log_densities.max(1, keepdims=True))
    weights = np.full(models, 1 / models)
    each = np.ones((len(log_densities), 1)) if weight is None else weight[:, None]
    for _ in range(ITERATIONS):
        likelihood = relative * weights
        counts = (each * likelihood / np.maximum(likelihood.sum(1, keepdims=True), 1e-300)).sum(0) + strength * start
        new = counts / counts.sum()
        converged = np.abs(new - weights).max() < TOLERANCE
        weights = new
        if converged:
            break
    return weights


def stack_weights(shares: Sequence[Array], observed: Array, weight: Array) -> Array:
    """The weights, none negative and summing to 1, of the mean that comes nearest to what was observed.

    Stacked regressions (Breiman 1996). Each component counts by its variance, so that none is neglected.

    Parameters
    ----------
    shares : sequence of arrays, shape (n, component)
        Of each model, for samples that it had not seen.
    weight : array, shape (n,)
        How much each sample counts.
    """
    scale = np.sqrt(weight)[:, None] / np.maximum(observed.std(0), SMALLEST_DEVIATION)
    table = np.stack([(of_model * scale).ravel() for of_model in shares], 1)
    return _nearest_mean(table, (observed * scale).ravel(), HEAVY * np.sqrt(len(table)))


def stack_weights_by_time(means: Sequence[Array], observed: Array, prior: float) -> Array:
    """The weights of `stack_weights`, drawn to equal ones; each time counts the same, however hard it was.

    Parameters
    ----------
    means : sequence of arrays, shape (time, cell)
        Of each model.
    observed : array, shape (time, cell)
        NaN is not known.
    prior : float
        Strength of equal weights, in parts of the mean squared error of a model.
    """
    count = len(means)
    gram = np.zeros((count, count))
    for time in range(len(observed)):
        errors = np.stack([mean[time] - observed[time] for mean in means])
        errors = errors[:, np.isfinite(errors).all(0)]
        products = errors @ errors.T
        if products.any():
            gram += products / np.trace(products)
    if not gram.any():
        return np.full(count, 1 / count)
    gram *= count / np.trace(gram)
    # their sum is 1, so the squares of their distances from equal ones differ from their own squares by a constant; and
    # the last row, which asks for that sum, moves their length alone
    root = np.linalg.cholesky(gram + prior * np.eye(count)).T
    return _nearest_mean(root, np.zeros(count), 1.0)


def _nearest_mean(table: NDArray[np.floating], target: Array, heavy: float) -> Array:
    """The weights, none negative and summing to 1, of the mean of columns that comes nearest to `target`.

    Parameters
    ----------
    table : array, shape (row, model)
    heavy : float
        Weight of the row that asks for the sum of 1.
    """
    weights, _ = nnls(np.vstack([table, np.full(table.shape[1], heavy)]), np.append(target, heavy))
    normalised: Array = weights / weights.sum()
    return normalised


def mixture_log_density(log_densities: Array, weights: Array) -> Array:
    """The log density of each observation under the mixture, shape (n,)."""
    top = log_densities.max(1)
    density: Array = top + np.log(np.maximum(np.exp(log_densities - top[:, None]) @ weights, 1e-300))
    return density


def regional_weights(log_densities: Array, region: NDArray[np.object_]) -> tuple[dict[str, Array], Array]:
    """The weights of each region, drawn to the pooled ones, and the pooled ones.

    A region with few samples stays near the common weights.
    """
    pooled = mixture_weights(log_densities)
    names = sorted({str(name) for name in region})
    weights = {
        name: mixture_weights(log_densities[region.astype(str) == name], pooled, PRIOR_SAMPLES) for name in names
    }
    return weights, pooled
