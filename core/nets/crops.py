"""Networks that tell classes from image series: ConvLSTM, TempCNN and L-TAE, and the ConvLSTM as published.

Each answers a logit per class and pixel; a patch answers by the mean of the logits of its pixels with data, so a map
is the box filter of the logits of pixels. The published ConvLSTM pads its patch with zeros at every step instead,
so its answer depends on where the patch ends: it can only be asked patch by patch.

Deviations of `ConvLstm` from the published one, each with its reason:

- States pass from step to step in their own pixel; only what enters sees the neighbours. So the receptive field is
  that of one convolution, however long the series, and no padding is needed.
- It knows the day of the year and what is missing; steps that only fill a series up leave its state as it is.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from .brits import in_double, season

KEYS = 8  # numbers by which a step is compared with the query of a head
HEADS = 16
LONGEST_WAVE = 1000.0  # days, of the encoding of the day of the year
FILTER = 5  # steps
WAVES = 2  # sine and cosine of the time of the year
SMALLEST_PROBABILITY = 1e-7


class Encoder(nn.Module, ABC):
    """Turns the series of single pixels, with what is around them, into a logit per class."""

    @abstractmethod
    def forward(self, x: Tensor, present: Tensor, days: Tensor) -> Tensor:
        """Return logits (n, class).

        Parameters
        ----------
        x : Tensor, shape (n, step, number), 0 where missing
        present : Tensor of bool, shape (n, step)
            Whether any band of the pixel itself is there.
        days : Tensor, shape (n, step) or (1, step)
            Days since any 1 January; 0 fills up, at the end.
        """


class Recurrent(Encoder):
    """Two layers of long short-term memory; the last state answers (Shi et al. 2015, with states of single pixels)."""

    def __init__(self, numbers: int, classes: int, width: int, steps: int) -> None:
        super().__init__()
        self.first = nn.LSTM(numbers + 1 + WAVES, width, batch_first=True)
        self.second = nn.LSTM(width, 2 * width, batch_first=True)
        self.drop = nn.Dropout(0.3)
        self.out = nn.Linear(2 * width, classes)

    def forward(self, x: Tensor, present: Tensor, days: Tensor) -> Tensor:
        """Return logits (n, class); see `Encoder`."""
        when = season(days).to(x.dtype).expand(len(x), -1, -1)
        known = torch.cat([x, present[..., None].to(x.dtype), when], 2)
        states = self.second(self.first(known)[0])[0]
        last = ((days > 0).sum(1) - 1).clamp_min(0).expand(len(x))  # what fills up comes later and cannot reach back
        state = states[torch.arange(len(x), device=x.device), last]
        found: Tensor = self.out(self.drop(state))
        return found


class Convolutional(Encoder):
    """Convolutions along an even calendar (TempCNN, Pelletier et al. 2019)."""

    def __init__(self, numbers: int, classes: int, width: int, steps: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for inputs in (numbers, width, width):
            layers += [nn.Conv1d(inputs, width, FILTER, padding=FILTER // 2), nn.BatchNorm1d(width), nn.ReLU(),
                       nn.Dropout(0.5)]  # fmt: skip
        self.convolutions = nn.Sequential(*layers)
        self.dense = nn.Sequential(
            nn.Linear(width * steps, 4 * width), nn.BatchNorm1d(4 * width), nn.ReLU(), nn.Dropout(0.5)
        )
        self.out = nn.Linear(4 * width, classes)

    def forward(self, x: Tensor, present: Tensor, days: Tensor) -> Tensor:
        """Return logits (n, class); see `Encoder`."""
        found: Tensor = self.out(self.dense(self.convolutions(x.transpose(1, 2)).flatten(1)))
        return found


class Attentive(Encoder):
    """Each head looks at the steps that its learned query asks for (L-TAE, Garnot & Landrieu 2020)."""

    def __init__(self, numbers: int, classes: int, width: int, steps: int) -> None:
        super().__init__()
        size = 2 * width - 2 * width % HEADS or HEADS
        self.enter = nn.Linear(numbers, size)
        self.norm = nn.LayerNorm(size)
        self.query = nn.Parameter(torch.randn(HEADS, KEYS) * (2 / KEYS) ** 0.5)
        self.key = nn.Linear(size, HEADS * KEYS)
        self.dense = nn.Sequential(nn.Linear(size, 2 * width), nn.BatchNorm1d(2 * width), nn.ReLU(), nn.Dropout(0.2))
        self.out = nn.Linear(2 * width, classes)

    def forward(self, x: Tensor, present: Tensor, days: Tensor) -> Tensor:
        """Return logits (n, class); see `Encoder`."""
        entered = self.norm(self.enter(x))
        entered = entered + _encoding(days, entered.shape[2]).to(entered.dtype).to(entered.device)
        keys = self.key(entered).unflatten(2, (HEADS, KEYS))
        fit = torch.einsum("nthk,hk->nht", keys, self.query) / KEYS**0.5
        seen = present | ~present.any(1, keepdim=True)  # where nothing is there, anything may be looked at
        looked = torch.softmax(fit.masked_fill(~seen[:, None], -torch.inf), 2)
        values = entered.unflatten(2, (HEADS, -1))
        found: Tensor = self.out(self.dense(torch.einsum("nht,nthv->nhv", looked, values).flatten(1)))
        return found


def _encoding(days: Tensor, size: int) -> Tensor:
    """Return sines and cosines of the day of the year, shape (n, step, size)."""
    day = torch.remainder(in_double(days), 365.2425)
    waves = LONGEST_WAVE ** (torch.arange(size // 2, device=day.device, dtype=day.dtype) * 2 / size)
    angle = day[..., None] / waves
    return torch.cat([torch.sin(angle), torch.cos(angle)], 2)


def _windowed(series: Tensor) -> Tensor:
    """Return series with the axes of rows and columns, which those of single pixels may lack."""
    return series if series.ndim == 5 else series[:, :, None, None]


class PatchNet(nn.Module):
    """Probabilities of classes for the middle pixels of patches.

    Parameters
    ----------
    encoder : type of Encoder
    bands, components, width : int
    steps : int
        Of an even calendar, for encoders that need one.
    patch : int
        Side of the patch whose pixels' logits are averaged, odd.
    kernel : int
        Side of what enters with each pixel, odd.
    """

    def __init__(
        self, encoder: type[Encoder], *, bands: int, components: int, width: int, steps: int, patch: int, kernel: int
    ) -> None:
        super().__init__()
        self.kernel, self.patch = kernel, patch
        self.encoder = encoder(bands * kernel**2, components, width, steps)

    @property
    def side(self) -> int:
        """Side of the window that a pixel's answer depends on."""
        return self.patch + self.kernel - 1

    def forward(self, series: Tensor, days: Tensor, ancillary: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """Return probabilities (b, class), concentration (b,) and further loss (b,), which are 1 and 0.

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
        """Return the logits of pixels (b, row, col, class) and which of them have data, without the outermost cells."""
        series = _windowed(series)
        count, steps, _, _, bands = series.shape
        here = torch.isfinite(series)
        margin = self.kernel // 2
        inner = here[:, :, margin : here.shape[2] - margin, margin : here.shape[3] - margin]
        rows, cols = inner.shape[2:4]
        around = torch.where(here, series, 0.0).unfold(2, self.kernel, 1).unfold(3, self.kernel, 1)
        x = around.permute(0, 2, 3, 1, 4, 5, 6).reshape(-1, steps, bands * self.kernel**2)
        present = inner.any(4).permute(0, 2, 3, 1).reshape(-1, steps)
        alike = days.stride(0) == 0  # as in a map
        when = days[:1] if alike else days.repeat_interleave(rows * cols, 0)
        found = self.encoder(x, present, when).view(count, rows, cols, -1)
        return found, present.any(1).view(count, rows, cols)


class ConvLstmReference(nn.Module):
    """The published network: two ConvLSTM layers, mean of the last state over the patch, a linear layer."""

    def __init__(self, *, bands: int, components: int, patch: int, width: int = 64) -> None:
        super().__init__()
        self.patch, self.side = patch, patch
        self.convlstm = nn.Module()
        sizes = (bands, width, 2 * width)
        cells = [ConvCell(a, b) for a, b in zip(sizes, sizes[1:], strict=False)]
        self.convlstm.cell_list = nn.ModuleList(cells)
        self.fc = nn.Linear(2 * width, components)

    def forward(self, series: Tensor, days: Tensor, ancillary: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """Return probabilities, and 1 and 0; see `PatchNet.forward`."""
        shares = torch.softmax(self.logits(series, days), 1)
        return shares, torch.ones_like(shares[:, 0]), torch.zeros_like(shares[:, 0])

    def logits(self, series: Tensor, days: Tensor) -> Tensor:
        """Return the logits of patches (b, class); what is missing enters as 0, steps that fill up do nothing."""
        series = _windowed(series)
        images = torch.where(torch.isfinite(series), series, 0.0).permute(0, 1, 4, 2, 3)
        for cell in self.convlstm.cell_list:  # type: ignore[union-attr]
            images = cell(images, days > 0)
        found: Tensor = self.fc(images[:, -1].mean((2, 3)))
        return found


class ConvCell(nn.Module):
    """One ConvLSTM layer (Shi et al. 2015); gates in the order input, forget, output, candidate."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.width = width
        self.conv = nn.Conv2d(inputs + width, 4 * width, 3, padding=1)

    def forward(self, images: Tensor, real: Tensor) -> Tensor:
        """Return the hidden states of all steps (b, step, channel, row, col); other steps keep the state."""
        state = images.new_zeros(len(images), self.width, *images.shape[3:])
        memory, states = torch.zeros_like(state), []
        for step in range(images.shape[1]):
            gates = self.conv(torch.cat([images[:, step], state], 1))
            enter, forget, leave, new = gates.split(self.width, 1)
            changed = torch.sigmoid(forget) * memory + torch.sigmoid(enter) * torch.tanh(new)
            own = real[:, step, None, None, None]
            state = torch.where(own, torch.sigmoid(leave) * torch.tanh(changed), state)
            memory = torch.where(own, changed, memory)
            states.append(state)
        return torch.stack(states, 1)


def class_loss(shares: Tensor, target: Tensor, weights: Tensor, *, focal: bool) -> Tensor:
    """Return the cross-entropy of each answer (b, class), weighed by class.

    Focal (Lin et al. 2017, gamma 2): it counts less where the right class is probable already.
    """
    losses: Tensor = -(target * shares.clamp_min(SMALLEST_PROBABILITY).log() * weights).sum(1)
    return losses * (1 - (shares * target).sum(1)) ** 2 if focal else losses
