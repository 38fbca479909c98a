"""Meta-learning: a network that a few gradient steps on a few labels adapt to a block (Finn et al. 2017).

Learned are the start of the steps, their length for each tensor, and how many labels it takes to trust
them. Gradients go through the steps (second order), or not (first order); or the decision alone is adapted, through
whose steps they go (ANIL, Raghu et al. 2020).
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap

from .mlp import FactorNet, event_loss

SECOND, FIRST, HEAD = "second", "first", "head"
ORDERS = (HEAD, SECOND, FIRST)
FIRST_DOUBT = 4.0  # labels that the start counts as, before that is learned
SMALLEST_WEIGHT = 1e-6

Params = dict[str, Tensor]


class MetaNet(nn.Module):
    """A network with the learned parameters of its adaptation.

    Parameters
    ----------
    order : str
        One of `ORDERS`.
    steps : int
        Gradient steps that adapt it.
    rate : float
        Length of a step before it is learned.
    shrinking : bool
        Whether the change by n labels counts by n / (n + doubt), where the doubt is learned; else in full.
    """

    def __init__(self, net: FactorNet, order: str, steps: int, rate: float, shrinking: bool = True) -> None:
        super().__init__()
        self.net, self.order, self.steps = net, order, steps
        count = len(self.start())
        self.log_rates = nn.Parameter(torch.full((count,), math.log(rate)))
        self.log_doubt = nn.Parameter(torch.tensor(math.log(FIRST_DOUBT))) if shrinking else None

    @property
    def adaptable(self) -> nn.Module:
        """The part that is adapted."""
        return self.net.decision if self.order == HEAD else self.net

    def start(self) -> Params:
        """The tensors that are adapted, as they are before."""
        return dict(self.adaptable.named_parameters())

    def seen(self, numbers: Tensor) -> Tensor:
        """The features that do not change while the network is adapted: the hidden layer, or the numbers alone."""
        features: Tensor = self.net.encoder(numbers) if self.order == HEAD else numbers
        return features

    def decide(self, params: Mapping[str, Tensor], seen: Tensor, numbers: Tensor) -> Tensor:
        """The logits of places with adapted tensors; `seen` is that of their standardised numbers."""
        arguments = (seen, numbers) if self.order == HEAD else (numbers,)
        logit: Tensor = functional_call(self.adaptable, dict(params), arguments)
        return logit

    def adapted(self, seen: Tensor, numbers: Tensor, label: Tensor, weight: Tensor) -> Params:
        """The tensors that are adapted to the labels of one block; those of weight 0 do not count."""
        start, count = self.start(), weight.sum()

        def loss(params: Params) -> Tensor:
            """The mean loss of the labels."""
            losses = event_loss(self.decide(params, seen, numbers), label)
            return (losses * weight).sum() / count.clamp(min=SMALLEST_WEIGHT)

        params, rates = start, dict(zip(start, self.log_rates.exp(), strict=True))
        for _ in range(self.steps):
            gradients = grad(loss)(params)
            if self.order == FIRST:
                gradients = {name: gradient.detach() for name, gradient in gradients.items()}
            params = {name: value - rates[name] * gradients[name] for name, value in params.items()}
        trust = 1.0 if self.log_doubt is None else count / (count + self.log_doubt.exp())
        return {name: start[name] + trust * (value - start[name]) for name, value in params.items()}

    def task_losses(self, numbers: Tensor, label: Tensor, support: Tensor) -> tuple[Tensor, Tensor]:
        """The losses of all samples of several tasks, before and after the supporting ones have adapted it.

        Parameters
        ----------
        numbers : Tensor, shape (task, sample, number)
        label, support : Tensor, shape (task, sample)
            Labels, and the weights with which they adapt the network.
        """
        seen = self.seen(numbers)
        params = vmap(self.adapted, randomness="different")(seen, numbers, label, support)
        after = vmap(self.decide, randomness="different")(params, seen, numbers)
        before = self.decide(self.start(), seen, numbers)
        return event_loss(before, label), event_loss(after, label)
