"""L-TAE: a lightweight temporal attention encoder of patches of image series."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .brits import in_double
from .patch_net import Encoder

KEYS = 8  # numbers by which a step is compared with the query of a head
HEADS = 16
LONGEST_WAVE = 1000.0  # days, of the encoding of the day of the year


class Ltae(Encoder):
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
        """Logits (n, class); see `Encoder`."""
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
    """Sines and cosines of the day of the year, shape (n, step, size)."""
    day = torch.remainder(in_double(days), 365.2425)
    waves = LONGEST_WAVE ** (torch.arange(size // 2, device=day.device, dtype=day.dtype) * 2 / size)
    angle = day[..., None] / waves
    return torch.cat([torch.sin(angle), torch.cos(angle)], 2)
