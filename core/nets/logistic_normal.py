"""The logistic-normal distribution of shares (Aitchison & Shen 1980): its likelihood, and its mean.

Isometric log-ratios are normal about those of a centre, with one variance, 1 / precision, in all directions. The centre
is the mean of log-ratios, not of shares: where shares scatter, their mean lies nearer to equal shares.
"""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

DETECTION_LIMIT = 0.005  # to which labels are raised: the logarithm of 0 is not a number
SMALLEST_SHARE = 1e-12
NODES = 256  # of the mean: with deviations of 1 it is off by .001 (rms), with 3 by .004, for 2 to 12 components


def mean_alpha(alpha: Tensor) -> Tensor:
    """Alpha with the mean of the distribution instead of its centre; the sum, which is the precision, stays.

    The mean has no closed form. It is that of the shares at quasi-random normal deviates: adding the same to all
    logarithms changes no share, so independent ones do for all components.

    Parameters
    ----------
    alpha : Tensor, shape (b, component, ...)
        Centre times precision.
    """
    precision = alpha.sum(1, keepdim=True)
    logs, deviation = (alpha / precision).clamp_min(SMALLEST_SHARE).log(), precision.rsqrt()
    total = torch.zeros_like(alpha)
    for node in _nodes(alpha.shape[1]).to(alpha).view(NODES, 1, -1, *[1] * (alpha.ndim - 2)):
        total += torch.softmax(logs + deviation * node, 1)  # one at a time: maps are large
    return total * (precision / NODES)


@lru_cache(maxsize=8)
def _nodes(components: int) -> Tensor:
    """Normal deviates by a Sobol sequence and their mirror images, shape (node, component); always the same."""
    sequence = torch.quasirandom.SobolEngine(components)  # type: ignore[no-untyped-call]
    sequence.fast_forward(1)  # type: ignore[no-untyped-call]  # the first lies in a corner
    half = torch.special.ndtri(sequence.draw(NODES // 2, dtype=torch.float64))
    return torch.cat([half, -half])


def logistic_normal_nll(shares: Tensor, precision: Tensor, target: Tensor) -> Tensor:
    """The negative log density of the log-ratios of `target` about those of `shares`, the centre, shape (b,).

    Distances between centred log-ratios are those between isometric ones; the normal distribution
    has one dimension less than there are components.
    """
    gap = _centred_log_ratios(target.clamp_min(DETECTION_LIMIT))
    gap = gap - _centred_log_ratios(shares.clamp_min(SMALLEST_SHARE))
    dimensions = target.shape[1] - 1
    return 0.5 * (precision * (gap**2).sum(1) - dimensions * torch.log(precision))


def _centred_log_ratios(shares: Tensor) -> Tensor:
    logs = shares.log()
    return logs - logs.mean(1, keepdim=True)
