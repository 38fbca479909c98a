"""Platt scaling: the probabilities of events as out-of-fold answers and labels say they should be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from ..runtime.types import Array
from .class_target import LARGEST_LOG_POWER, SMALLEST_PROBABILITY, temperature_scaled

OFFSET = "offset"  # beside the power, which has the empty name, among the factors of a type of model
LARGEST_OFFSET = 10.0  # of the log odds


def platt_scaled(shares: NDArray[Any], power: Any, offset: float = 0.0) -> NDArray[Any]:
    """Probabilities whose log odds are multiplied by `power`; `offset` is added to those of the last class.

    Parameters
    ----------
    shares : array, shape (..., class)
        They sum to 1 along the last axis; without an offset there may be any number of classes.
    power : float or array that broadcasts to `shares`
    """
    scaled = temperature_scaled(shares, power)
    if not offset:
        return scaled
    last = scaled[..., -1:] * scaled.dtype.type(np.exp(offset))
    raised = np.concatenate([scaled[..., :-1], last], -1)
    shifted: NDArray[Any] = raised / raised.sum(-1, keepdims=True)
    return shifted


def calibrated_answers(shares: NDArray[Any], factors: Mapping[str, float]) -> NDArray[Any]:
    """Probabilities after Platt scaling by the factors of a type of model, or of a mixture; without any as they are."""
    return (
        platt_scaled(shares, shares.dtype.type(factors.get("", 1.0)), factors.get(OFFSET, 0.0)) if factors else shares
    )


def fit_platt(probability: Array, truth: Array, weight: Array) -> tuple[float, float]:
    """Power and offset of the log odds under which the labels are most likely (Platt 1999); 1 and 0 with one class.

    The offset tells what the power cannot: that events are more common among the samples that train, weak labels
    too, than among those that are asked.

    Parameters
    ----------
    probability, truth, weight : array, shape (n,)
        Of an event by a model that had not seen it; 1 for an event, 0 for none; what each counts.
    """
    if not 0 < truth.mean() < 1:
        return 1.0, 0.0
    safe = np.clip(probability, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)
    logit, each = np.log(safe) - np.log1p(-safe), weight / weight.sum()

    def loss(values: Array) -> tuple[float, Array]:
        """The mean negative log likelihood under a power with the logarithm values[0], and its gradient."""
        power, offset = np.exp(values[0]), values[1]
        scaled = power * logit + offset
        error = each * (expit(scaled) - truth)
        value = float((each * (np.logaddexp(0, scaled) - truth * scaled)).sum())
        return value, np.array([(error * logit).sum() * power, error.sum()])

    bounds = [(-LARGEST_LOG_POWER, LARGEST_LOG_POWER), (-LARGEST_OFFSET, LARGEST_OFFSET)]
    found = minimize(loss, np.zeros(2), jac=True, method="L-BFGS-B", bounds=bounds).x
    return float(np.exp(found[0])), float(found[1])
