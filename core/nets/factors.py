"""Networks of the factors of a place: a line and a small multilayer perceptron that answer the logit of an event."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

LAYERS = 3
DROPOUT = 0.2


class FactorNet(nn.Module):
    """Logistic regression, and a multilayer perceptron with layer normalisation that adds what a line cannot tell.

    What it answers for a place depends on that place alone. It begins as the line.

    Parameters
    ----------
    numbers : int
        Of a place.
    width : int
        Of the hidden layers.
    """

    def __init__(self, numbers: int, width: int) -> None:
        super().__init__()
        sizes = [numbers, *[width] * LAYERS]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes[:-1], sizes[1:], strict=True))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(LAYERS))
        self.dropout = nn.Dropout(DROPOUT)
        self.head, self.line = nn.Linear(width, 1), nn.Linear(numbers, 1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def encode(self, numbers: Tensor) -> Tensor:
        """Return the last hidden layer, shape (place, width), of standardised numbers (place, number)."""
        for layer, norm in zip(self.layers, self.norms, strict=True):
            numbers = self.dropout(F.silu(norm(layer(numbers))))
        return numbers

    def forward(self, numbers: Tensor) -> Tensor:
        """Return the logit of an event, shape (place,)."""
        logit: Tensor = (self.line(numbers) + self.head(self.encode(numbers)))[:, 0]
        return logit


def event_loss(logit: Tensor, label: Tensor) -> Tensor:
    """Return the negative log likelihood of each label of 0 or 1."""
    return F.binary_cross_entropy_with_logits(logit, label, reduction="none")


def probabilities(logit: Tensor) -> Tensor:
    """Return the probabilities of no event and of an event, shape (place, 2)."""
    event = torch.sigmoid(logit)
    return torch.stack([1 - event, event], 1)
