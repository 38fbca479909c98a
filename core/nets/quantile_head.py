"""The head of forecast networks: a mean and quantiles, their loss, and a normalisation by pixel."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class PixelNorm(nn.LayerNorm):
    """Normalises the channels of each pixel."""

    def forward(self, x: Tensor) -> Tensor:
        """`x`, shape (n, channel, row, col), normalised."""
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)


def split_answer(answer: Tensor, horizon: int, levels: int) -> tuple[Tensor, Tensor]:
    """The mean (n, lead, row, col) and the offsets of quantiles from it (n, lead, level, row, col).

    Quantiles are ordered: each lies above the one before it, by a softplus.
    """
    by_lead = answer.view(len(answer), horizon, 1 + levels, *answer.shape[2:])
    mean, raw = by_lead[:, :, 0], by_lead[:, :, 1:]
    rises = torch.cat([raw[:, :, :1], F.softplus(raw[:, :, 1:])], 2)
    return mean, rises.cumsum(2)


def forecast_loss(
    mean: Tensor, offsets: Tensor, target: Tensor, known: Tensor, levels: Tensor
) -> tuple[Tensor, Tensor]:
    """The summed loss of images and the number of known cells: squared error, and pinball loss of quantiles.

    Quantiles learn their offsets from the mean, which they do not move.

    Parameters
    ----------
    mean, target : Tensor, shape (n, lead, row, col)
    offsets : Tensor, shape (n, lead, level, row, col)
    known : Tensor of bool, shape (n, lead, row, col)
    levels : Tensor, shape (level,)
    """
    error = torch.where(known, target - mean, 0.0)
    loss = (error**2).sum()
    if offsets.shape[2]:
        gap = error.detach()[:, :, None] - offsets
        level = levels[:, None, None]
        pinball = torch.maximum(level * gap, (level - 1) * gap) * known[:, :, None]
        loss = loss + pinball.sum() / offsets.shape[2]
    return loss, known.sum()
