"""Networks that forecast an image from those of the years before: the published ConvLSTM-UNet, ours, and a plain one.

They answer corrections of a simple forecast, in its units of deviation: for each lead the mean, then a rise for each
quantile. `ConvLstmUnet` with one channel and without a simple forecast is the published network. All normalise each
pixel by itself but for the published one, whose batch statistics are fixed when it answers; so the answer at a pixel
does not depend on where the image was cut, as long as `halo` cells around it are there and cuts keep to `stride`.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .quantile_head import PixelNorm

WIDTHS = 32, 64, 16  # of the published network: full and half size, and before the answer
DROPOUT = 0.1


def _double(channels: int, width: int, *, batch: bool) -> nn.Sequential:
    """Two convolutions with normalisation, by batches as published or by pixels."""
    layers: list[nn.Module] = []
    for size in (channels, width):
        layers += [
            nn.Conv2d(size, width, 3, padding=1),
            nn.BatchNorm2d(width) if batch else PixelNorm(width),
            nn.ReLU(inplace=True),
        ]
    return nn.Sequential(*layers)


class ConvLstmCell(nn.Module):
    """One step of a convolutional long short-term memory (Shi et al. 2015, without peepholes)."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.gates = nn.Conv2d(channels + width, 4 * width, 3, padding=1)

    def forward(self, x: Tensor, state: tuple[Tensor, Tensor] | None) -> tuple[Tensor, Tensor]:
        """Hidden and cell state, shape (n, width, row, col), after one step."""
        if state is None:
            size = self.gates.out_channels // 4
            zeros = x.new_zeros(len(x), size, *x.shape[2:])
            state = zeros, zeros
        hidden, cell = state
        into, forget, out, new = self.gates(torch.cat([x, hidden], 1)).chunk(4, 1)
        cell = torch.sigmoid(forget) * cell + torch.sigmoid(into) * torch.tanh(new)
        return torch.sigmoid(out) * torch.tanh(cell), cell


class ConvLstmUnet(nn.Module):
    """The ConvLSTM-UNet: each year is encoded, a ConvLSTM runs over the years, the last year's details are joined.

    Parameters
    ----------
    channels : int
        Numbers of a pixel in a year: its value, and of ours whether it is known.
    answers : int
        Numbers of a pixel of the answer.
    reference : bool
        Whether it normalises by batches, as published.
    """

    stride = 4

    def __init__(self, channels: int = 1, answers: int = 1, *, reference: bool = True) -> None:
        super().__init__()
        full, half, last = WIDTHS
        self.first = _double(channels, full, batch=reference)
        self.second = _double(full, half, batch=reference)
        self.memory = ConvLstmCell(half, half)
        self.up = nn.ConvTranspose2d(half, full, 2, 2)
        self.joined = _double(full + half, full, batch=reference)
        self.top = nn.ConvTranspose2d(full, last, 2, 2)
        self.last = _double(last + channels, last, batch=reference)
        self.out = nn.Conv2d(last, answers, 1)

    @staticmethod
    def halo(steps: int) -> int:
        """The cells around a pixel that its answer depends on, after so many years; a multiple of `stride`."""
        coarse = steps + 1  # of pixels of four cells: a convolution each year
        return 4 * coarse + 4 + 2 * 2 + 2 * 2 + 4

    def forward(self, x: Tensor) -> Tensor:
        """The answer, shape (n, answer, row, col), to years x, shape (n, year, channel, row, col).

        Rows and columns are multiples of 4.
        """
        state, details = None, x[:0]
        for details in self._encoded(x):
            state = self.memory(F.max_pool2d(details, 2), state)
        if state is None:
            raise ValueError("there is no year")
        joined = self.joined(torch.cat([self.up(state[0]), details], 1))
        answer: Tensor = self.out(self.last(torch.cat([self.top(joined), x[:, -1]], 1)))
        return answer

    def _encoded(self, x: Tensor) -> Iterator[Tensor]:
        """Yield the encoding of each year of x, shape (n, channel, row / 2, col / 2).

        In training, batches are normalised over all years, which are encoded together; later one by one, which
        takes less memory.
        """
        if self.training:
            encoded = self._encode(x.flatten(0, 1))
            yield from encoded.view(*x.shape[:2], *encoded.shape[1:]).unbind(1)
        else:
            yield from map(self._encode, x.unbind(1))

    def _encode(self, x: Tensor) -> Tensor:
        encoded: Tensor = self.second(F.max_pool2d(self.first(x), 2))
        return encoded
