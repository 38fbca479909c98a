"""Networks of patches of image series: an encoder of each pixel's series, and the mean over a patch.

Each answers a logit per class and pixel; a patch answers by the mean of the logits of its pixels with data, so a map
is the box filter of the logits of pixels.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TypedDict, Unpack

import torch
from torch import Tensor, nn

SMALLEST_PROBABILITY = 1e-7
GAMMA = 2  # of the focal loss


class EncoderSize(TypedDict):
    """The numbers of classes and of hidden channels, and the steps of an even calendar, for encoders that need one."""

    components: int
    width: int
    steps: int


class SeriesEncoder(nn.Module, ABC):
    """Turns the series of single pixels, with their neighbourhood, into a logit per class.

    Attributes
    ----------
    out : nn.Linear
        The layer that answers.
    """

    out: nn.Linear

    @abstractmethod
    def forward(self, x: Tensor, present: Tensor, days: Tensor) -> Tensor:
        """Logits (n, class).

        Parameters
        ----------
        x : Tensor, shape (n, step, number), 0 where missing
        present : Tensor of bool, shape (n, step)
            Whether any band of the pixel itself is there.
        days : Tensor, shape (n, step) or (1, step)
            Days since any 1 January; 0 fills up, at the end.
        """


class PatchNet(nn.Module):
    """Probabilities of classes for the middle pixels of patches.

    Parameters
    ----------
    encoder : type of SeriesEncoder
    bands : int
    patch : int
        Side of the patch whose pixels' logits are averaged, odd.
    kernel : int
        Side of the neighbourhood that enters with each pixel, odd.
    size : components, width and steps
        See `EncoderSize`.
    """

    def __init__(
        self, encoder: type[SeriesEncoder], *, bands: int, patch: int, kernel: int, **size: Unpack[EncoderSize]
    ) -> None:
        super().__init__()
        self.kernel, self.patch = kernel, patch
        self.encoder = encoder(bands * kernel**2, **size)

    @property
    def last(self) -> nn.Linear:
        """The layer that answers the logits."""
        return self.encoder.out

    @property
    def side(self) -> int:
        """Side of the window that a pixel's answer depends on."""
        return self.patch + self.kernel - 1

    def forward(self, series: Tensor, days: Tensor, ancillary: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """Probabilities (b, class), concentration (b,) and further loss (b,), which are 1 and 0.

        Parameters
        ----------
        series : Tensor, shape (b, step, row, col, band), z-scored, NaN where missing
            Windows of `side` cells; for a side of 1, the axes of rows and columns may be absent.
        days : Tensor, shape (b, step)
        """
        logits, valid = self.logits(series, days)
        weight = valid.to(logits.dtype)[..., None]
        mean = (logits * weight).sum((1, 2)) / weight.sum((1, 2)).clamp_min(1)
        shares = torch.softmax(mean.float(), 1)
        return shares, torch.ones_like(shares[:, 0]), torch.zeros_like(shares[:, 0])

    def logits(self, series: Tensor, days: Tensor) -> tuple[Tensor, Tensor]:
        """The logits of pixels (b, row, col, class) and which of them have data, without the outermost cells."""
        series = windowed(series)
        count, steps, _, _, bands = series.shape
        valid = torch.isfinite(series)
        margin = self.kernel // 2
        inner = valid[:, :, margin : valid.shape[2] - margin, margin : valid.shape[3] - margin]
        rows, cols = inner.shape[2:4]
        neighbours = torch.where(valid, series, 0.0).unfold(2, self.kernel, 1).unfold(3, self.kernel, 1)
        x = neighbours.permute(0, 2, 3, 1, 4, 5, 6).reshape(-1, steps, bands * self.kernel**2)
        present = inner.any(4).permute(0, 2, 3, 1).reshape(-1, steps)
        same_days = days.stride(0) == 0  # as in a map
        pixel_days = days[:1] if same_days else days.repeat_interleave(rows * cols, 0)
        logits = self.encoder(x, present, pixel_days).view(count, rows, cols, -1)
        return logits, present.any(1).view(count, rows, cols)


def class_loss(shares: Tensor, target: Tensor, weights: Tensor, *, focal: bool) -> Tensor:
    """The cross-entropy of each sample (b,), weighted by class.

    Focal (Lin et al. 2017): it counts less where the right class is probable already.
    """
    losses: Tensor = -(target * shares.clamp_min(SMALLEST_PROBABILITY).log() * weights).sum(1)
    return losses * (1 - (shares * target).sum(1)) ** GAMMA if focal else losses


@torch.no_grad()
def divide_odds(last: nn.Linear, weights: Tensor) -> None:
    """Divide the odds of each class by its weight, shape (class,), in the layer that answers its logit.

    A network that weighs classes in its loss learns the probabilities of a world where these are so much more common
    (Elkan 2001); afterwards it answers how frequent they are among the samples.
    """
    last.bias.sub_(torch.log(weights).to(last.bias))


def windowed(series: Tensor) -> Tensor:
    """Series with the axes of rows and columns, which those of single pixels may lack."""
    return series if series.ndim == 5 else series[:, :, None, None]
