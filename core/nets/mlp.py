"""Networks of the factors of a place: an encoder, and a decision on its output, the logit of an event."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

LAYERS = 3
DROPOUT = 0.2
REFERENCE_WIDTHS = (32, 32, 16)
ROWS = 262_144  # places that are answered at a time


class Norm(nn.LayerNorm):
    """Layer normalisation written out wherever gradients flow.

    Torch's own (2.13) has wrong second derivatives under `torch.func.vmap`, which meta-learning takes.
    """

    def forward(self, values: Tensor) -> Tensor:
        """`values` (..., width) with mean 0 and deviation 1 over the last axis, scaled and shifted."""
        if not torch.is_grad_enabled():
            return super().forward(values)
        centred = values - values.mean(-1, keepdim=True)
        spread = torch.rsqrt((centred**2).mean(-1, keepdim=True) + self.eps)
        normalised: Tensor = centred * spread * self.weight + self.bias
        return normalised


class Encoder(nn.Module):
    """A multilayer perceptron with layer normalisation, so that its output for a place depends on that place alone."""

    def __init__(self, numbers: int, width: int) -> None:
        super().__init__()
        sizes = [numbers, *[width] * LAYERS]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes[:-1], sizes[1:], strict=True))
        self.norms = nn.ModuleList(Norm(width) for _ in range(LAYERS))
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, numbers: Tensor) -> Tensor:
        """The last hidden layer, shape (..., width), of standardised numbers (..., number)."""
        for layer, norm in zip(self.layers, self.norms, strict=True):
            numbers = self.dropout(F.silu(norm(layer(numbers))))
        return numbers


class Decision(nn.Module):
    """Logistic regression of the numbers and of the encoder's output; it begins as that of the numbers alone."""

    def __init__(self, numbers: int, width: int) -> None:
        super().__init__()
        self.head, self.line = nn.Linear(width, 1), nn.Linear(numbers, 1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, hidden: Tensor, numbers: Tensor) -> Tensor:
        """The logit of an event, shape (...,), of hidden layer (..., width) and numbers (..., number)."""
        logit: Tensor = (self.line(numbers) + self.head(hidden))[..., 0]
        return logit


class TwoLogits(nn.Module):
    """The published decision: a logit for each class."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Linear(REFERENCE_WIDTHS[-1], 2)

    def forward(self, hidden: Tensor, numbers: Tensor) -> Tensor:
        """The logit of an event, shape (...,); the numbers are not used again."""
        both = self.head(hidden)
        logit: Tensor = both[..., 1] - both[..., 0]
        return logit


class FactorNet(nn.Module):
    """Encoder and decision.

    Parameters
    ----------
    numbers : int
        Of a place.
    width : int
        Of the hidden layers.
    reference : bool
        Whether it is the published network, numbers-32-32-16-2, whose batch normalisation is one of layers here: the
        answer for a place must not depend on other places.
    """

    def __init__(self, numbers: int, width: int, reference: bool = False) -> None:
        super().__init__()
        self.encoder: nn.Module = _reference_encoder(numbers) if reference else Encoder(numbers, width)
        self.decision: nn.Module = TwoLogits() if reference else Decision(numbers, width)

    def forward(self, numbers: Tensor) -> Tensor:
        """The logit of an event, shape (...,), of standardised numbers (..., number)."""
        logit: Tensor = self.decision(self.encoder(numbers), numbers)
        return logit


def _reference_encoder(numbers: int) -> nn.Sequential:
    sizes = (numbers, *REFERENCE_WIDTHS)
    stages = [(nn.Linear(a, b), Norm(b), nn.ReLU()) for a, b in zip(sizes[:-1], sizes[1:], strict=True)]
    return nn.Sequential(*(layer for stage in stages for layer in stage))


def event_loss(logit: Tensor, label: Tensor) -> Tensor:
    """The negative log likelihood of each label of 0 or 1."""
    return F.binary_cross_entropy_with_logits(logit, label, reduction="none")


@torch.no_grad()
def answer_places(
    logits: Callable[[Tensor], Tensor], numbers: NDArray[np.float32], device: torch.device
) -> NDArray[np.float64]:
    """The probabilities of no event and of an event for standardised numbers, shape (place, 2).

    Parameters
    ----------
    logits : callable
        A network: returns the logits of an event for numbers on its `device`.
    """
    out = np.empty((len(numbers), 2))
    for start in range(0, len(numbers), ROWS):
        rows = torch.from_numpy(np.ascontiguousarray(numbers[start : start + ROWS])).to(device)
        out[start : start + ROWS, 1] = torch.sigmoid(logits(rows)).cpu().numpy()
    out[:, 0] = 1 - out[:, 1]
    return out
