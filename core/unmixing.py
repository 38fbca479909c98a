"""Unmixing: shares of endmembers in a mixed signal, by fully constrained least squares (Heinz & Chang 2001)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

RIDGE = 1e-3  # of the mean square of the shares: keeps rare classes' signatures finite
STEPS = 300  # of the accelerated gradient; more change shares by less than a thousandth


def fit_endmembers(signals: Array, shares: Array, weight: Array) -> Array:
    """Return the signature of each class, shape (class, feature): the one that explains mixed samples best.

    Parameters
    ----------
    signals : array, shape (sample, feature), without NaN
    shares : array, shape (sample, class), summing to 1
    weight : array, shape (sample,)
    """
    weighted = shares * weight[:, None]
    gram = weighted.T @ shares
    ridge = RIDGE * np.trace(gram) / len(gram)
    mean = np.average(signals, axis=0, weights=weight)
    # the ridge draws signatures to the mean signal, not to nothing
    found: Array = mean + np.linalg.solve(gram + ridge * np.eye(len(gram)), weighted.T @ (signals - mean))
    return found


def unmix(signals: Array, endmembers: Array) -> Array:
    """Return the shares, none negative and summing to 1, that come nearest to each signal, shape (n, class).

    Accelerated projected gradients (Beck & Teboulle 2009) for all signals at once.
    """
    gram = endmembers @ endmembers.T
    step = 1 / max(float(np.linalg.eigvalsh(gram)[-1]), 1e-12)
    linear = signals @ endmembers.T
    shares = np.full((len(signals), len(endmembers)), 1 / len(endmembers))
    ahead, momentum = shares, 1.0
    for _ in range(STEPS):
        new = project(ahead - step * (ahead @ gram - linear))
        following = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = new + (momentum - 1) / following * (new - shares)
        shares, momentum = new, following
    return shares


def project(points: Array) -> Array:
    """Return the nearest point of the simplex to each of `points`, shape (n, class) (Duchi et al. 2008)."""
    count = points.shape[1]
    ordered = -np.sort(-points, axis=1)
    excess = np.cumsum(ordered, 1) - 1
    kept = (ordered - excess / np.arange(1, count + 1) > 0).sum(1)
    shift = excess[np.arange(len(points)), kept - 1] / kept
    found: Array = np.maximum(points - shift[:, None], 0)
    return found
