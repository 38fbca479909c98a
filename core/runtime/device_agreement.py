"""Agreement of a device with the processor, measured with a small network of the kinds that are used.

It has the layers and the operations of all our networks, sees an image and a series with gaps, and learns one step: so
an operation that a device lacks, or gets wrong, forward or backward, is found before the work.
"""

from __future__ import annotations

import copy
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap
from torch.nn import functional as F

PIXELS, STEPS, BANDS, SIDE, WIDTH, CLASSES = 64, 12, 4, 16, 16, 3
RATE = 1e-3  # learning rate of the one step
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
    on_device = copy.deepcopy(net).to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    batch = {name: value.to(device) for name, value in inputs.items()}
    shares = []
    optimizer = torch.optim.AdamW(on_device.parameters(), lr=RATE)
    for _ in range(2):
        with torch.no_grad():
            alpha = on_device.eval()(batch).cpu()
        shares.append(alpha / alpha.sum(2, keepdim=True))
        loss = _loss(on_device.train()(batch), batch["target"]) + _adapted_loss(on_device, batch)
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(on_device.parameters(), 1.0)
        optimizer.step()
    return torch.cat(shares)


class _Net(nn.Module):
    """The layers of our networks, side by side; each kind answers its own shares, so that none hides another."""

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

    def forward(self, batch: dict[str, Tensor]) -> Tensor:
        """Alpha of pixels by kind, shape (pixel, kind, class)."""
        kinds = [self._convolved(batch), *self._recurrent(batch), self._attended(batch), self._course(batch)]
        logits = torch.stack([head(F.silu(kind)) for head, kind in zip(self.heads, kinds, strict=True)], 1)
        shares = torch.softmax(logits[..., :CLASSES], 2)
        return shares * (F.softplus(logits[..., CLASSES:]).cumsum(1).clamp(max=9.0) + torch.tanh(shares)).exp()

    def _convolved(self, batch: dict[str, Tensor]) -> Tensor:
        turned = torch.rot90(batch["image"], 1, (-2, -1)).contiguous(memory_format=torch.channels_last)
        feature: Tensor = self.image(turned).movedim(1, -1)[:, 3, 5]
        return feature[batch["owner"]]

    def _recurrent(self, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        filled = _filled(batch["series"])
        angle = torch.remainder(batch["days"].float(), 365.2425) / 58.1
        waves = torch.stack([torch.sin(angle), torch.cos(angle)], 2)
        steps = self.memory(torch.cat([filled, waves], 2))[0]
        state = self.cell(filled[:, 0], (torch.zeros_like(steps[:, 0]), steps.flip(1)[:, 0]))[0]
        return steps[torch.arange(PIXELS, device=filled.device), batch["owner"]], state

    def _attended(self, batch: dict[str, Tensor]) -> Tensor:
        values = self.norm(self.enter(_filled(batch["series"])))
        missing = ~torch.isfinite(batch["series"]).any(2, keepdim=True)
        attention = torch.softmax(self.query(values).masked_fill(missing, -torch.inf), 1)
        return torch.einsum("nth,ntv->nhv", attention, values).flatten(1)

    def _course(self, batch: dict[str, Tensor]) -> Tensor:
        course: Tensor = self.course(_filled(batch["series"]).transpose(1, 2))
        return course.unfold(2, 3, 3).mean((2, 3))


def _filled(series: Tensor) -> Tensor:
    return torch.where(torch.isfinite(series), torch.nan_to_num(series), 0.0)


def _loss(alpha: Tensor, target: Tensor) -> Tensor:
    """A loss of footprints with the terms of ours: a Dirichlet likelihood, pinball and cross entropy."""
    owner = torch.arange(PIXELS, device=alpha.device) % len(target)
    sums = alpha.new_zeros(len(target), *alpha.shape[1:]).index_add(0, owner, alpha)  # (footprint, kind, class)
    total, target = sums.sum(2, keepdim=True), target[:, None]
    dirichlet = torch.lgamma(sums).sum(2) - torch.lgamma(total[..., 0]) - ((sums - 1) * target.log()).sum(2)
    gap = target - sums / total
    pinball = torch.maximum(0.9 * gap, -0.1 * gap).sum(2)
    event = target[..., 0].expand(len(target), sums.shape[1])
    cross_entropy = F.binary_cross_entropy_with_logits(torch.rsqrt(total[..., 0]), event, reduction="none")
    return (dirichlet + pinball + cross_entropy + (gap**2).sum(2)).mean()


def _adapted_loss(net: _Net, batch: dict[str, Tensor]) -> Tensor:
    """The mean loss of two tasks, each after a step of a layer on that task: gradients of gradients."""
    layer = net.query
    start: dict[str, Tensor] = dict(layer.named_parameters())
    numbers = torch.nan_to_num(batch["image"]).flatten(2).transpose(1, 2)[:2, :, :BANDS] @ net.enter.weight.T

    def loss(params: dict[str, Tensor], values: Tensor) -> Tensor:
        """The loss of one task."""
        logits: Tensor = functional_call(layer, params, (values,))
        return torch.sigmoid(logits).mean() + (logits**2).mean()

    gradient: Callable[[dict[str, Tensor], Tensor], dict[str, Tensor]] = grad(loss)

    def loss_after_step(values: Tensor) -> Tensor:
        """The loss of one task after its step."""
        gradients = gradient(start, values)
        return loss({name: value - 0.1 * gradients[name] for name, value in start.items()}, values)

    losses: Tensor = vmap(loss_after_step)(numbers)
    return losses.mean()


def _inputs() -> dict[str, Tensor]:
    """Images, series with gaps and their days, the image of each pixel, and the shares of footprints."""
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
