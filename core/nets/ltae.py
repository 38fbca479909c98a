"""L-TAE: a lightweight temporal attention encoder of patches of image series."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .brits import in_double
from .patch_net import SeriesEncoder

KEYS = 8  # numbers by which a step is compared with the query of a head
HEADS = 16
LONGEST_WAVE = 1000.0  # days, of the encoding of the day of the year


class Ltae(SeriesEncoder):
    """Attention heads with learned queries over the steps (L-TAE, Garnot & Landrieu 2020)."""

    def __init__(self, numbers: int, components: int, width: int, steps: int) -> None:
        super().__init__()
        size = 2 * width - 2 * width % HEADS or HEADS
        self.enter = nn.Linear(numbers, size)
        self.norm = nn.LayerNorm(size)
        self.query = nn.Parameter(torch.randn(HEADS, KEYS) * (2 / KEYS) ** 0.5)
        self.key = nn.Linear(size, HEADS * KEYS)
        self.dense = nn.Sequential(nn.Linear(size, 2 * width), nn.BatchNorm1d(2 * width), nn.ReLU(), nn.Dropout(0.2))
        self.out = nn.Linear(2 * width, components)

    def forward(self, x: Tensor, present: Tensor, days: Tensor) -> Tensor:
        """Logits (n, class); see `SeriesEncoder`."""
        embedded = self.norm(self.enter(x))
        embedded = embedded + _positions(days, embedded.shape[2]).to(embedded.dtype).to(embedded.device)
        keys = self.key(embedded).unflatten(2, (HEADS, KEYS))
        scores = torch.einsum("nthk,hk->nht", keys, self.query) / KEYS**0.5
        allowed = present | ~present.any(1, keepdim=True)  # all steps of a pixel without data
        attention = torch.softmax(scores.masked_fill(~allowed[:, None], -torch.inf), 2)
        values = embedded.unflatten(2, (HEADS, -1))
        logits: Tensor = self.out(self.dense(torch.einsum("nht,nthv->nhv", attention, values).flatten(1)))
        return logits


def _positions(days: Tensor, size: int) -> Tensor:
    """The positional encoding of L-TAE: sines and cosines of the day of the year, shape (n, step, size)."""
    day = torch.remainder(in_double(days), 365.2425)
    waves = LONGEST_WAVE ** (torch.arange(size // 2, device=day.device, dtype=day.dtype) * 2 / size)
    angle = day[..., None] / waves
    return torch.cat([torch.sin(angle), torch.cos(angle)], 2)
