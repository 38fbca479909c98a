"""Densities: predictive distributions of shares, calibrated on predictions of samples no model had seen.

Every model predicts shares and a concentration; the predictive distribution of a label is
Dirichlet(concentration * shares), and that of one share is a Beta distribution.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize_scalar
from scipy.special import gammaln
from scipy.stats import beta

from ..runtime.types import Array
from ..validation.rounded_shares import rounding_steps

SMALLEST_SHARE = 1e-4  # a share of 0 has no Dirichlet density
# A component with a smaller alpha has nearly all of its mass below the smallest share, where labels cannot lie: its
# density would punish a model that rightly says 0. This one, 1 / ln(1 / smallest share), gives that share the most.
SMALLEST_ALPHA = -1 / np.log(SMALLEST_SHARE)
SMALLEST_CONCENTRATION = 1e-6
FACTOR_LIMIT = 8.0  # of the logarithm of a calibration factor
PRIOR_SAMPLES = 50.0  # weight of all samples in the factor of a region


def closed(shares: Array, smallest: float = SMALLEST_SHARE) -> Array:
    """`shares` with no component below `smallest`, summing to 1."""
    clipped = np.clip(shares, smallest, None)
    normalised: Array = clipped / clipped.sum(1, keepdims=True)
    return normalised


def log_density(shares: Array, concentration: Array, observed: Array) -> Array:
    """The log density of `observed` under Dirichlet(concentration * shares), shape (n,).

    Observed shares are raised to at least `SMALLEST_SHARE`.
    """
    alpha = np.maximum(concentration[:, None] * shares, SMALLEST_ALPHA)
    norm = gammaln(alpha.sum(1)) - gammaln(alpha).sum(1)
    density: Array = norm + ((alpha - 1) * np.log(closed(observed))).sum(1)
    return density


def fit_factor(shares: Array, concentration: Array, observed: Array) -> float:
    """The factor of the concentrations under which shares deviate as much as `observed` from `shares` do.

    By moments: it solves sum p (1 - p) / (factor * concentration + 1) = sum (observed - p)^2. Labels hold zeros, which
    have no Dirichlet density; the likeliest factor would serve the smallest shares, and deviations would be too small
    or too large. Without zeros, and with the right shares, both agree.
    """
    possible, found = (shares * (1 - shares)).sum(1), float(((observed - shares) ** 2).sum())

    def surplus(logarithm: float) -> float:
        return float((possible / (concentration * np.exp(logarithm) + 1)).sum()) - found

    if surplus(-FACTOR_LIMIT) <= 0:
        return float(np.exp(-FACTOR_LIMIT))
    if surplus(FACTOR_LIMIT) >= 0:
        return float(np.exp(FACTOR_LIMIT))
    return float(np.exp(brentq(surplus, -FACTOR_LIMIT, FACTOR_LIMIT)))


def likeliest_factor(shares: Array, concentration: Array, observed: Array) -> float:
    """The factor of the concentrations that makes `observed` most likely, for models that are weighed by densities."""

    def loss(logarithm: float) -> float:
        return -float(log_density(shares, concentration * np.exp(logarithm), observed).mean())

    minimum = minimize_scalar(loss, bounds=(-FACTOR_LIMIT, FACTOR_LIMIT), method="bounded")
    return float(np.exp(minimum.x))


def fit_factors(
    shares: Array,
    concentration: Array,
    observed: Array,
    region: NDArray[np.object_],
    fit: Callable[[Array, Array, Array], float] = fit_factor,
) -> dict[str, float]:
    """A factor for each region, and under the empty name the one of all samples.

    A region's own factor is drawn to the common one as if `PRIOR_SAMPLES` samples had that.

    Parameters
    ----------
    fit : callable
        `fit_factor` or `likeliest_factor`.
    """
    common = fit(shares, concentration, observed)
    factors = {"": common}
    for name in sorted({str(value) for value in region} - {""}):
        in_region = region.astype(str) == name
        count = float(in_region.sum())
        logarithm = np.log(fit(shares[in_region], concentration[in_region], observed[in_region]))
        pull = count / (count + PRIOR_SAMPLES)
        factors[name] = float(np.exp(pull * logarithm + (1 - pull) * np.log(common)))
    return factors


def factor_of(factors: dict[str, float], region: NDArray[np.object_]) -> Array:
    """The factor of each sample's region, or the common one."""
    common = factors.get("", 1.0)
    return np.array([factors.get(str(name), common) for name in region])


def share_sd(shares: Array, concentration: Array) -> Array:
    """The standard deviation of each share, shape (n, component)."""
    deviation: Array = np.sqrt(shares * (1 - shares) / (concentration[:, None] + 1))
    return deviation


def mixture_moments(shares: Sequence[Array], concentration: Sequence[Array], weights: Array) -> tuple[Array, Array]:
    """Mean shares and concentration of a mixture of Dirichlet distributions.

    The concentration is that of the Dirichlet distribution with the same mean and the same sum of
    variances.
    """
    mean = sum(w * p for w, p in zip(weights, shares, strict=True))
    square = sum(w * (share_sd(p, c) ** 2 + p**2) for w, p, c in zip(weights, shares, concentration, strict=True))
    variance = np.maximum((square - mean**2).sum(1), 1e-9)
    return mean, np.maximum((mean * (1 - mean)).sum(1) / variance - 1, SMALLEST_CONCENTRATION)


def pit(shares: Array, concentration: Array, observed: Array, seed: int = 0) -> Array:
    """The randomised probability integral transform of each share, shape (n, component); uniform if calibrated.

    Shares that are rounded (`rounded_shares`) were anything within half a step, and those below `SMALLEST_SHARE` are
    recorded as 0, and so at the other end: there the predictive distribution has a lump with all of the mass of what
    is recorded alike, and the transform is drawn between its edges (Smith 1985, J. Forecast. 4, 283; Czado, Gneiting
    & Held 2009, Biometrics 65, 1254).
    """
    a = np.maximum(concentration[:, None] * shares, SMALLEST_CONCENTRATION)
    b = np.maximum(concentration[:, None] * (1 - shares), SMALLEST_CONCENTRATION)
    half = rounding_steps(observed)[:, None] / 2
    edge = np.maximum(half, SMALLEST_SHARE)
    none, whole = observed <= SMALLEST_SHARE, observed >= 1 - SMALLEST_SHARE
    low = np.where(none, 0.0, beta.cdf(np.where(whole, 1 - edge, np.maximum(observed - half, 0)), a, b))
    high = np.where(whole, 1.0, beta.cdf(np.where(none, edge, np.minimum(observed + half, 1)), a, b))
    transform: Array = low + (high - low) * np.random.default_rng(seed).random(low.shape)
    return transform
