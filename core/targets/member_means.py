"""Means of members: the probabilities that a map mixes from several members, as sure as they may be.

Members are calibrated one by one, on samples that each had not seen; no sample is unseen by all. Their mean knows more
than each and is less sure (Ranjan & Gneiting 2010, J. R. Stat. Soc. B 72, 71). Take the log odds of each member as what
all agree on and a noise of its own. Noise in a predictor draws its slope to 0 by its reliability (Fuller 1987,
Measurement Error Models): r, the correlation of two members at places that neither has seen. The mean of k members has
the reliability k r / (1 + (k - 1) r) (Spearman 1910; Brown 1910). So its log odds, about those of the mean answer, are
to be multiplied by k / (1 + (k - 1) r); and, since probabilities are averaged and not their log odds, by
sqrt(1 + pi s2 / 8), s2 being the variance of the log odds within the mean (MacKay 1992, Neural Comput. 4, 720).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..runtime.types import Array
from .calibration import MeanCalibration
from .class_target import SMALLEST_PROBABILITY

DOUBTFUL = 1e-3  # probabilities below say nothing of how alike members are
FEWEST_PLACES = 20
SMALLEST_AGREEMENT = 0.5  # less is believed to be chance


def agreement(first: Array, second: Array) -> float:
    """The correlation of two members' log odds, from their probabilities (place, class); of all classes together."""
    of_first, of_second = _log_ratios(first), _log_ratios(second)
    squares = np.sqrt((of_first**2).sum() * (of_second**2).sum())
    return float((of_first * of_second).sum() / squares) if squares > 0 else 1.0


def _log_ratios(probabilities: Array) -> Array:
    """Centred log-ratios (Aitchison 1986) less their mean over places."""
    logs = np.log(np.maximum(probabilities, DOUBTFUL))
    ratios = logs - logs.mean(1, keepdims=True)
    deviations: Array = ratios - ratios.mean(0)
    return deviations


def fit_mean(first: Array, second: Array, centre: Array, members: int) -> MeanCalibration:
    """The calibration of the mean of so many members.

    Parameters
    ----------
    first, second : array, shape (place, class)
        Calibrated probabilities of two members at places that neither has seen.
    centre : array, shape (class,)
        The mean probability of each class over all places: about it, common and rare classes stay as common and rare.
    """
    centre = np.maximum(centre, SMALLEST_PROBABILITY)
    if len(first) < FEWEST_PLACES:
        return MeanCalibration()
    alike = float(np.clip(agreement(first, second), SMALLEST_AGREEMENT, 1))
    averaging = np.sqrt(1 + np.pi / 8 * (1 - 1 / members) * _noise(first, second))
    power = members / (1 + (members - 1) * alike) * averaging
    return MeanCalibration(float(power), [float(value) for value in centre / centre.sum()])


def _noise(first: Array, second: Array) -> float:
    """The variance of a member's log odds of two classes about those of all members."""
    gaps = _log_ratios(first) - _log_ratios(second)  # twice the variance, in all but one of the directions
    return float((gaps**2).sum(1).mean() / (gaps.shape[1] - 1))


def sharpened(shares: NDArray[Any], calibration: MeanCalibration) -> NDArray[Any]:
    """Mean probabilities of members, shape (..., class), as sure as they may be."""
    if not calibration.centre:
        return shares
    centre = np.array(calibration.centre, shares.dtype)
    relative = np.maximum(shares, SMALLEST_PROBABILITY) / centre
    raised = centre * (relative / relative.max(-1, keepdims=True)) ** calibration.power
    normalised: NDArray[Any] = raised / raised.sum(-1, keepdims=True)
    return normalised
