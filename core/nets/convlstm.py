"""ConvLSTM of patches of image series (Shi et al. 2015), with states of single pixels.

The published ConvLSTM pads its patch with zeros at every step, so its answer depends on where the patch ends: it can
only answer patch by patch.

Deviations from it, each with its reason:

- States pass from step to step in their own pixel; only what enters sees the neighbours. So the receptive field is
  that of one convolution, however long the series, and no padding is needed.
- It knows the day of the year and which steps are missing; steps that only fill a series up leave its state as it is.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .brits import season
from .patch_net import SeriesEncoder, windowed

WAVES = 2  # sine and cosine of the time of the year


class ConvLstm(SeriesEncoder):
    """Two layers of long short-term memory; the last state answers (Shi et al. 2015, with states of single pixels)."""

    def __init__(self, numbers: int, components: int, width: int, steps: int) -> None:
        super().__init__()
        self.first = nn.LSTM(numbers + 1 + WAVES, width, batch_first=True)
        self.second = nn.LSTM(width, 2 * width, batch_first=True)
        self.drop = nn.Dropout(0.3)
        self.out = nn.Linear(2 * width, components)

    def forward(self, x: Tensor, present: Tensor, days: Tensor) -> Tensor:
        """Logits (n, class); see `SeriesEncoder`."""
        when = season(days).to(x.dtype).expand(len(x), -1, -1)
        inputs = torch.cat([x, present[..., None].to(x.dtype), when], 2)
        states = self.second(self.first(inputs)[0])[0]
        last = ((days > 0).sum(1) - 1).clamp_min(0).expand(len(x))  # steps that fill up come later: without effect
        state = states[torch.arange(len(x), device=x.device), last]
        logits: Tensor = self.out(self.drop(state))
        return logits


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

    @property
    def last(self) -> nn.Linear:
        """The layer that answers the logits."""
        return self.fc

    def forward(self, series: Tensor, days: Tensor, ancillary: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """Probabilities, and 1 and 0; see `PatchNet.forward`."""
        shares = torch.softmax(self.logits(series, days), 1)
        return shares, torch.ones_like(shares[:, 0]), torch.zeros_like(shares[:, 0])

    def logits(self, series: Tensor, days: Tensor) -> Tensor:
        """The logits of patches (b, class); missing values enter as 0, steps that fill up do nothing."""
        series = windowed(series)
        images = torch.where(torch.isfinite(series), series, 0.0).permute(0, 1, 4, 2, 3)
        for cell in self.convlstm.cell_list:  # type: ignore[union-attr]
            images = cell(images, days > 0)
        logits: Tensor = self.fc(images[:, -1].mean((2, 3)))
        return logits


class ConvCell(nn.Module):
    """One ConvLSTM layer (Shi et al. 2015); gates in the order input, forget, output, candidate."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.width = width
        self.conv = nn.Conv2d(inputs + width, 4 * width, 3, padding=1)

    def forward(self, images: Tensor, real: Tensor) -> Tensor:
        """The hidden states of all steps (b, step, channel, row, col); other steps keep the state."""
        state = images.new_zeros(len(images), self.width, *images.shape[3:])
        memory, states = torch.zeros_like(state), []
        for step in range(images.shape[1]):
            gates = self.conv(torch.cat([images[:, step], state], 1))
            enter, forget, leave, new = gates.split(self.width, 1)
            changed = torch.sigmoid(forget) * memory + torch.sigmoid(enter) * torch.tanh(new)
            is_real = real[:, step, None, None, None]
            state = torch.where(is_real, torch.sigmoid(leave) * torch.tanh(changed), state)
            memory = torch.where(is_real, changed, memory)
            states.append(state)
        return torch.stack(states, 1)
