"""Agreement: whether a device answers as the processor does, tried with a small network of the kinds that are used.

It has the layers and the operations of all our networks, sees an image and a series with gaps, and learns one step: so
an operation that a device lacks, or gets wrong, forward or backward, is found before the work.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap
from torch.nn import functional as F

PIXELS, STEPS, BANDS, SIDE, WIDTH, CLASSES = 64, 12, 4, 16, 16, 3
RATE = 1e-3  # of the step that it learns
SEED = 0


def disagreement(device: str) -> tuple[float, float]:
    """By how much shares of `device` differ from the processor's: at most, and on average of the worst kind.

    Raises
    ------
    RuntimeError
        If the device cannot compute, or lacks an operation.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        net, inputs = _Net(), _inputs()
    gap = (_answers(net, inputs, device) - _answers(net, inputs, "cpu")).abs()  # (pixel, kind, class)
    return float(gap.max()), float(gap.mean((0, 2)).max())


def _answers(net: _Net, inputs: dict[str, Tensor], device: str) -> Tensor:
    """The shares that a copy of `net` answers before and after it has learned one step, on the processor."""
    own = copy.deepcopy(net).to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    seen = {name: value.to(device) for name, value in inputs.items()}
    found = []
    optimizer = torch.optim.AdamW(own.parameters(), lr=RATE)
    for _ in range(2):
        with torch.no_grad():
            alpha = own.eval()(seen).cpu()
        found.append(alpha / alpha.sum(2, keepdim=True))
        loss = _loss(own.train()(seen), seen["target"]) + _adapted_loss(own, seen)
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(own.parameters(), 1.0)
        optimizer.step()
    return torch.cat(found)


class _Net(nn.Module):
    """What our networks are made of, side by side; each kind answers shares of its own, so that none hides another."""

    def __init__(self) -> None:
        super().__init__()
        self.image = nn.Sequential(
            nn.Conv2d(BANDS, WIDTH, 3),
            nn.BatchNorm2d(WIDTH),
            nn.ReLU(),
            nn.Dropout2d(0.0),
            nn.Conv2d(WIDTH, WIDTH, 3, padding=2, dilation=2),
            nn.MaxPool2d(2),
            nn.ConvTranspose2d(WIDTH, WIDTH, 2, 2),
        )
        self.course = nn.Sequential(nn.Conv1d(BANDS, WIDTH, 5, padding=2), nn.BatchNorm1d(WIDTH), nn.ReLU())
        self.memory, self.cell = nn.LSTM(BANDS + 2, WIDTH, batch_first=True), nn.LSTMCell(BANDS, WIDTH)
        self.enter, self.norm, self.query = nn.Linear(BANDS, WIDTH), nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 1)
        self.heads = nn.ModuleList(nn.Linear(WIDTH, CLASSES + 1) for _ in range(5))
        for head in self.heads:  # shares of a network that has learned nothing would all be alike, and hide errors
            nn.init.normal_(head.weight)  # type: ignore[arg-type]

    def forward(self, seen: dict[str, Tensor]) -> Tensor:
        """Alpha of pixels by kind, shape (pixel, kind, class)."""
        kinds = [self._convolved(seen), *self._remembered(seen), self._looked_at(seen), self._course(seen)]
        logits = torch.stack([head(F.silu(kind)) for head, kind in zip(self.heads, kinds, strict=True)], 1)
        shares = torch.softmax(logits[..., :CLASSES], 2)
        return shares * (F.softplus(logits[..., CLASSES:]).cumsum(1).clamp(max=9.0) + torch.tanh(shares)).exp()

    def _convolved(self, seen: dict[str, Tensor]) -> Tensor:
        turned = torch.rot90(seen["image"], 1, (-2, -1)).contiguous(memory_format=torch.channels_last)
        found: Tensor = self.image(turned).movedim(1, -1)[:, 3, 5]
        return found[seen["owner"]]

    def _remembered(self, seen: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        filled = _filled(seen["series"])
        angle = torch.remainder(seen["days"].float(), 365.2425) / 58.1
        waves = torch.stack([torch.sin(angle), torch.cos(angle)], 2)
        steps = self.memory(torch.cat([filled, waves], 2))[0]
        state = self.cell(filled[:, 0], (torch.zeros_like(steps[:, 0]), steps.flip(1)[:, 0]))[0]
        return steps[torch.arange(PIXELS, device=filled.device), seen["owner"]], state

    def _looked_at(self, seen: dict[str, Tensor]) -> Tensor:
        entered = self.norm(self.enter(_filled(seen["series"])))
        missing = ~torch.isfinite(seen["series"]).any(2, keepdim=True)
        looked = torch.softmax(self.query(entered).masked_fill(missing, -torch.inf), 1)
        return torch.einsum("nth,ntv->nhv", looked, entered).flatten(1)

    def _course(self, seen: dict[str, Tensor]) -> Tensor:
        course: Tensor = self.course(_filled(seen["series"]).transpose(1, 2))
        return course.unfold(2, 3, 3).mean((2, 3))


def _filled(series: Tensor) -> Tensor:
    return torch.where(torch.isfinite(series), torch.nan_to_num(series), 0.0)


def _loss(alpha: Tensor, target: Tensor) -> Tensor:
    """A loss of units with what ours are made of: a Dirichlet likelihood, pinball and cross entropy."""
    owner = torch.arange(PIXELS, device=alpha.device) % len(target)
    sums = alpha.new_zeros(len(target), *alpha.shape[1:]).index_add(0, owner, alpha)  # (unit, kind, class)
    total, target = sums.sum(2, keepdim=True), target[:, None]
    dirichlet = torch.lgamma(sums).sum(2) - torch.lgamma(total[..., 0]) - ((sums - 1) * target.log()).sum(2)
    gap = target - sums / total
    pinball = torch.maximum(0.9 * gap, -0.1 * gap).sum(2)
    event = target[..., 0].expand(len(target), sums.shape[1])
    crossed = F.binary_cross_entropy_with_logits(torch.rsqrt(total[..., 0]), event, reduction="none")
    return (dirichlet + pinball + crossed + (gap**2).sum(2)).mean()


def _adapted_loss(net: _Net, seen: dict[str, Tensor]) -> Tensor:
    """The loss of a layer after a step of its own for each of two tasks: gradients of gradients."""
    layer = net.query
    start = dict(layer.named_parameters())
    numbers = torch.nan_to_num(seen["image"]).flatten(2).transpose(1, 2)[:2, :, :BANDS] @ net.enter.weight.T

    def loss(params: dict[str, Tensor], values: Tensor) -> Tensor:
        """The loss of one task."""
        found: Tensor = functional_call(layer, params, (values,))
        return torch.sigmoid(found).mean() + (found**2).mean()

    slope: Callable[..., Any] = grad(loss)

    def after(values: Tensor) -> Tensor:
        """The loss of one task after its step."""
        slopes = slope(start, values)
        return loss({name: value - 0.1 * slopes[name] for name, value in start.items()}, values)

    found: Tensor = vmap(after)(numbers)
    return found.mean()


def _inputs() -> dict[str, Tensor]:
    """Images, series with gaps and their days, the image of each pixel, and the shares of units."""
    series = torch.randn(PIXELS, STEPS, BANDS)
    series[torch.rand(PIXELS, STEPS) < 0.3] = torch.nan
    return {
        "image": torch.randn(STEPS, BANDS, SIDE, SIDE),
        "series": series,
        "days": 18_000 + 30 * torch.arange(STEPS).expand(PIXELS, -1),
        "owner": torch.arange(PIXELS) % STEPS,
        "target": torch.softmax(torch.randn(PIXELS // 4, CLASSES), 1),
    }


LIMITS = {False: (1e-4, 1e-4), True: (0.03, 0.001)}  # of the change in a share: at most, on average; exact and fast
