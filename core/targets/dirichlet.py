"""Densities: predictive distributions of shares, calibrated on predictions of samples no model had seen.

Every model predicts shares and a concentration; the predictive distribution of a label is
Dirichlet(concentration * shares), and that of one share is a Beta distribution.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import gammaln
from scipy.stats import beta

from ..runtime.types import Array

SMALLEST_SHARE = 1e-4  # a share of 0 has no Dirichlet density
# A component with a smaller alpha has nearly all of its mass below the smallest share, where labels cannot lie: its
# density would punish a model that rightly says 0. This one, 1 / ln(1 / smallest share), gives that share the most.
SMALLEST_ALPHA = -1 / np.log(SMALLEST_SHARE)
SMALLEST_CONCENTRATION = 1e-6
FACTOR_LIMIT = 8.0  # of the logarithm of a calibration factor
PRIOR_SAMPLES = 50.0  # weight of all samples in the factor of a region
LEVELS = tuple(np.round(np.arange(0.01, 1.0, 0.01), 2))
INTERVAL_LEVELS = (0.5, 0.8, 0.9, 0.95)
SMALLEST_SD = 0.01  # keeps a score finite where a model is sure


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
    """The factor by which the concentration must be multiplied to make `observed` most likely."""

    def loss(logarithm: float) -> float:
        return -float(log_density(shares, concentration * np.exp(logarithm), observed).mean())

    minimum = minimize_scalar(loss, bounds=(-FACTOR_LIMIT, FACTOR_LIMIT), method="bounded")
    return float(np.exp(minimum.x))


def fit_factors(shares: Array, concentration: Array, observed: Array, region: NDArray[np.object_]) -> dict[str, float]:
    """A factor for each region, and under the empty name the one of all samples.

    A region's own factor is drawn to the common one as if `PRIOR_SAMPLES` samples had that.
    """
    common = fit_factor(shares, concentration, observed)
    factors = {"": common}
    for name in sorted({str(value) for value in region} - {""}):
        in_region = region.astype(str) == name
        count = float(in_region.sum())
        logarithm = np.log(fit_factor(shares[in_region], concentration[in_region], observed[in_region]))
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


@dataclass(frozen=True)
class Conformal:
    """Quantiles of scores |observed - predicted| / sd, per component, at `LEVELS`; split conformal prediction.

    Vovk, Gammerman & Shafer (2005); the scores are those of samples that their model had not seen,
    so a band holds at the stated level as far as the map's places are like them.
    """

    quantiles: dict[str, list[float]]

    def width(self, component: str, level: float) -> float:
        """The half width of the band of `level`, in standard deviations."""
        return float(np.interp(level, LEVELS, self.quantiles[component]))


def fit_conformal(shares: Array, concentration: Array, observed: Array, components: tuple[str, ...]) -> Conformal:
    """The conformal quantiles of out-of-fold predictions."""
    scores = np.abs(observed - shares) / np.maximum(share_sd(shares, concentration), SMALLEST_SD)
    n = len(scores)
    ranks = np.minimum(np.ceil((n + 1) * np.array(LEVELS)) / n, 1.0)
    return Conformal({name: [float(q) for q in np.quantile(scores[:, i], ranks)] for i, name in enumerate(components)})


def bands(shares: Array, sd: Array, width: Array) -> tuple[Array, Array]:
    """Lower and upper bound of one component; both lie within 0..1."""
    half_width = width * np.maximum(sd, SMALLEST_SD)
    return np.clip(shares - half_width, 0, 1), np.clip(shares + half_width, 0, 1)


def pit(shares: Array, concentration: Array, observed: Array) -> Array:
    """The probability integral transform of each share, shape (n, component); uniform if calibrated.

    A share of exactly 0 or 1 is a lump, not a point of a density; it is spread by its neighbourhood
    `SMALLEST_SHARE`.
    """
    a = np.maximum(concentration[:, None] * shares, SMALLEST_ALPHA)
    b = np.maximum(concentration[:, None] * (1 - shares), SMALLEST_ALPHA)
    transform: Array = beta.cdf(np.clip(observed, SMALLEST_SHARE, 1 - SMALLEST_SHARE), a, b)
    return transform


def coverage_rows(
    shares: Array, concentration: Array, observed: Array, components: tuple[str, ...], fold: NDArray[np.int64]
) -> list[dict[str, object]]:
    """A row per level: the share of labels inside the conformal band, per component and on average.

    The bands of each fold come from the labels of the other folds, so no label tests a band that it made.
    """
    sd = share_sd(shares, concentration)
    conformal_of = {}
    for number in np.unique(fold):
        other_folds = fold != number if (fold != number).any() else fold == number
        conformal_of[number] = fit_conformal(
            shares[other_folds], concentration[other_folds], observed[other_folds], components
        )
    rows: list[dict[str, object]] = []
    for level in INTERVAL_LEVELS:
        coverage = {}
        for i, name in enumerate(components):
            widths = np.array([conformal_of[number].width(name, level) for number in fold])
            low, high = bands(shares[:, i], sd[:, i], widths)
            coverage[name] = float(((observed[:, i] >= low) & (observed[:, i] <= high)).mean())
        rows.append({"level": level, **coverage, "mean": float(np.mean(list(coverage.values())))})
    return rows
