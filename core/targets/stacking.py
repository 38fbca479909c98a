"""Stacking: weights of several models, fitted to predictions of samples that none of them had seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls
from scipy.stats import t as student

from ..runtime.types import Array

ITERATIONS = 500
TOLERANCE = 1e-9
HEAVY = 1e3
SMALLEST_DEVIATION = 1e-6
PRIOR_SAMPLES = 20.0  # weight of the pooled weights in those of a region
PRIOR = 0.05  # least strength of weights of past errors, in parts of the mean squared error of a model
FEW_TIMES = 4.0  # that strength times the number of times, where they are few
FEWEST_TIMES = 3  # from which on a model can be better by more than chance
CHANCE = 0.05
SMALLEST_ERROR = 1e-12


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


def stack_weights_by_time(means: Sequence[Array], observed: Array) -> Array:
    """The weights of `stack_weights`, drawn to those of past errors; each time counts the same, however hard it was.

    The latter are the inverses of mean squared errors, as if errors of models had nothing in common (Bates & Granger
    1969): products of errors, which tell what models have in common, are not known from a few times. So
    they are drawn there the more strongly the fewer times there are.

    Parameters
    ----------
    means : sequence of arrays, shape (time, cell)
        Of each model.
    observed : array, shape (time, cell)
        NaN is not known.
    """
    count, times = len(means), 0
    gram = np.zeros((count, count))
    for time in range(len(observed)):
        errors = np.stack([mean[time] - observed[time] for mean in means])
        errors = errors[:, np.isfinite(errors).all(0)]
        products = errors @ errors.T
        if products.any():
            gram += products / np.trace(products)
            times += 1
    if not times:
        return np.full(count, 1 / count)
    gram *= count / np.trace(gram)
    past = 1 / np.maximum(np.diag(gram), SMALLEST_ERROR)
    strength = max(FEW_TIMES / times, PRIOR)
    root = np.linalg.cholesky(gram + strength * np.eye(count)).T
    return _nearest_mean(root, np.linalg.solve(root.T, strength * past / past.sum()), HEAVY)


def stands_alone(errors: Array, of_stack: Array, overlap: float = 1.0) -> int | None:
    """The number of the model that was better than a stack at all times, by more than chance; None without one.

    Of several the one that was best. Chance: Student's t of the logarithms of ratios, one-sided, for paired times; so
    it takes `FEWEST_TIMES`.

    Parameters
    ----------
    errors : array, shape (model, time)
        Mean squared errors.
    of_stack : array, shape (time,)
        Of a stack that was weighed before each time.
    overlap : float
        By what the variance of a mean over times is larger than that of independent ones.
    """
    times = len(of_stack)
    if times < FEWEST_TIMES:
        return None
    gains = np.log(np.maximum(of_stack, SMALLEST_ERROR**2) / np.maximum(errors, SMALLEST_ERROR**2))
    least = student.ppf(1 - CHANCE, times - 1) * gains.std(1, ddof=1) * np.sqrt(overlap / times)
    better = (gains > 0).all(1) & (gains.mean(1) > least)
    return int(np.argmax(np.where(better, gains.mean(1), -np.inf))) if better.any() else None


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
