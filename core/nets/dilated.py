"""A residual network of dilated convolutions: a wide field of view without pooling."""

from __future__ import annotations

from torch import Tensor, nn

from .convlstm_unet import DROPOUT
from .quantile_head import PixelNorm

DILATIONS = (1, 2, 4, 8)


class ResidualNet(nn.Module):
    """Years as channels, and convolutions of growing dilation, which do not shrink the image."""

    stride = 1

    def __init__(self, channels: int, answers: int, width: int) -> None:
        super().__init__()
        self.enter = nn.Conv2d(channels, width, 3, padding=1)
        self.blocks = nn.ModuleList(
            nn.Sequential(
                PixelNorm(width),
                nn.ReLU(),
                nn.Conv2d(width, width, 3, padding=step, dilation=step),
                PixelNorm(width),
                nn.ReLU(),
                nn.Conv2d(width, width, 1),
            )
            for step in DILATIONS
        )
        self.drop = nn.Dropout2d(DROPOUT)
        self.out = nn.Conv2d(width, answers, 1)
        for tensor in self.out.parameters():
            nn.init.zeros_(tensor)

    @staticmethod
    def halo(_: int) -> int:
        """The cells around a pixel that its answer depends on."""
        return 4 * -(-(1 + sum(DILATIONS)) // 4)  # so that windows of all networks are cut alike

    def forward(self, x: Tensor) -> Tensor:
        """The answer, shape (n, answer, row, col), to years x, shape (n, year, channel, row, col)."""
        state = self.enter(x.flatten(1, 2))
        for block in self.blocks:
            state = state + block(state)
        answer: Tensor = self.out(self.drop(state))
        return answer
