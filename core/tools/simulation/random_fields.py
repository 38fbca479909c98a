"""Random fields of known smoothness, and shares from them."""

from __future__ import annotations

import numpy as np

from ...runtime.types import Array

SMOOTHNESS = 1.5  # nu of the Matern covariance


def random_field(size: int, correlation_range: float, rng: np.random.Generator) -> Array:
    """A standardised Gaussian random field of `size` x `size` with Matern covariance.

    Parameters
    ----------
    correlation_range : float
        Distance in cells at which the correlation has fallen to about .1.
    """
    k = 2 * np.pi * np.fft.fftfreq(size)
    squared = k[:, None] ** 2 + k[None] ** 2
    kappa = np.sqrt(8 * SMOOTHNESS) / correlation_range
    amplitude = (kappa**2 + squared) ** (-(SMOOTHNESS + 1) / 2)
    field = np.fft.ifft2(np.fft.fft2(rng.standard_normal((size, size))) * amplitude).real
    standardised: Array = (field - field.mean()) / field.std()
    return standardised


def balances(components: int) -> Array:
    """The ILR basis of sequential binary partitions, shape (components - 1, components)."""
    basis = np.zeros((components - 1, components))
    for i in range(components - 1):
        basis[i, : i + 1] = 1 / (i + 1)
        basis[i, i + 1] = -1
        basis[i] *= np.sqrt((i + 1) / (i + 2))
    return basis


def ilr_inverse(eta: Array) -> Array:
    """Shares for ILR coordinates `eta`, shape (..., components - 1)."""
    logs = eta @ balances(eta.shape[-1] + 1)
    powers = np.exp(logs - logs.max(-1, keepdims=True))
    shares: Array = powers / powers.sum(-1, keepdims=True)
    return shares
