"""A meta-learned network with the blocks that it is adapted to; elsewhere a pooled network answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .maml import MetaNet, Params
from .mlp import FactorNet, answer_places, event_loss

Array = NDArray[np.float64]
Floats = NDArray[np.float32]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
Arrays = dict[str, NDArray[Any]]

HELD_PARTS = 4  # of the samples of a block, which are held out in turn
FEWEST_HELD = 16  # samples of a block, from which on some are held out; fewer are trusted as far as was learned
POOLED, START, BLOCKS = "pooled.", "meta.", "blocks."  # prefixes of tensors
NUMBER = f"{BLOCKS}number"
NO_BLOCK = -1


@dataclass(frozen=True)
class Labels:
    """What is known about some places.

    Parameters
    ----------
    numbers : Tensor, shape (place, number)
        Standardised.
    label, weight : Tensor, shape (place,)
        The weights are 1 on average: sums of them say how many labels there are.
    source : array, shape (place,)
        Places of one source are held out together.
    """

    numbers: Tensor
    label: Tensor
    weight: Tensor
    source: NDArray[Any]

    def take(self, rows: Index) -> Labels:
        """Return what is known about some of them."""
        index = torch.from_numpy(rows).to(self.numbers.device)
        return Labels(self.numbers[index], self.label[index], self.weight[index], self.source[rows])


@dataclass(frozen=True)
class BlockNet:
    """What answers for a place: the model of its block, if it has one, or the pooled network.

    Parameters
    ----------
    meta : MetaNet
        From which blocks are adapted.
    pooled : FactorNet, optional
        Without it the start of `meta` answers where no block does, and blocks need not be better.
    blocks : dict
        Adapted tensors by number of the block.
    """

    meta: MetaNet
    pooled: FactorNet | None
    blocks: dict[int, Params] = field(default_factory=dict)

    @classmethod
    def read(cls, arguments: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> BlockNet:
        """Return what `description` and `arrays` say."""
        shape = {name: arguments[name] for name in ("numbers", "width", "reference")}
        net = MetaNet(FactorNet(**shape), arguments["order"], arguments["steps"], 1.0, not shape["reference"])
        net.load_state_dict(_part(arrays, START))
        pooled = None
        if not shape["reference"]:
            pooled = FactorNet(**shape).eval()
            pooled.load_state_dict(_part(arrays, POOLED))
        tensors = _part({k: v for k, v in arrays.items() if k != NUMBER}, BLOCKS)
        numbers = arrays[NUMBER].tolist()
        blocks = {number: {name: values[i] for name, values in tensors.items()} for i, number in enumerate(numbers)}
        return cls(net.eval(), pooled, blocks)

    def arrays(self) -> Arrays:
        """Its tensors as `read` wants them."""
        found = {f"{START}{name}": value for name, value in self.meta.state_dict().items()}
        if self.pooled is not None:
            found |= {f"{POOLED}{name}": value for name, value in self.pooled.state_dict().items()}
        for name, value in self.meta.start().items():
            own = [params[name] for params in self.blocks.values()]
            found[f"{BLOCKS}{name}"] = torch.stack(own) if own else value.new_empty((0, *value.shape))
        arrays = {name: value.detach().cpu().numpy().copy() for name, value in found.items()}
        return {**arrays, NUMBER: np.array(list(self.blocks), np.int64)}

    def to(self, device: torch.device) -> BlockNet:
        """It with all tensors on a device."""
        blocks = {number: {k: v.to(device) for k, v in params.items()} for number, params in self.blocks.items()}
        return BlockNet(self.meta.to(device), self.pooled and self.pooled.to(device), blocks)

    @property
    def elsewhere(self) -> FactorNet:
        """The network that answers where no block does."""
        return self.pooled or self.meta.net

    def has(self, block: Index) -> Mask:
        """Which places are answered by the model of their block, shape (place,)."""
        return np.isin(block, list(self.blocks))

    def adapted(self, numbers: Tensor, label: Tensor, weight: Tensor) -> Params:
        """The tensors that the labels of one block give, as far as they are trusted."""
        with torch.no_grad():  # nobody asks for gradients of the steps; those within them are computed all the same
            return self.meta.adapted(self.meta.seen(numbers), numbers, label, weight)

    def logits(self, params: Params, numbers: Tensor) -> Tensor:
        """The logits that adapted tensors give places, shape (place,)."""
        with torch.no_grad():
            return self.meta.decide(params, self.meta.seen(numbers), numbers)

    def beats(self, labels: Labels, seed: int) -> bool:
        """Whether models of some of a block's labels are likelier for the others than the pooled network."""
        _, source = np.unique(labels.source, return_inverse=True)
        part = np.random.default_rng(seed).permutation(np.arange(source.max() + 1) % HELD_PARTS)[source]
        with torch.no_grad():
            pooled = event_loss(self.elsewhere(labels.numbers), labels.label)
        gain = 0.0
        for number in np.unique(part):
            held, known = labels.take(np.flatnonzero(part == number)), labels.take(np.flatnonzero(part != number))
            params = self.adapted(known.numbers, known.label, known.weight)
            own = event_loss(self.logits(params, held.numbers), held.label)
            gain += float(((pooled[torch.from_numpy(part == number)] - own) * held.weight).sum())
        return gain > 0

    def adapt(self, labels: Labels, block: Index, seed: int) -> BlockNet:
        """It with models of the blocks that have labels, where they are better than the pooled network.

        Parameters
        ----------
        block : array of int, shape (place,)
            `NO_BLOCK` outside of all.
        """
        found = dict(self.blocks)
        for number in _known(block):
            own = labels.take(np.flatnonzero(block == number))
            tested = self.pooled is not None and len(own.label) >= FEWEST_HELD
            if tested and not self.beats(own, seed + number):
                found.pop(number, None)
            else:
                found[number] = self.adapted(own.numbers, own.label, own.weight)
        return replace(self, blocks=found)

    def answer(self, numbers: Floats, block: Index) -> Array:
        """The probabilities of no event and of an event of standardised places, shape (place, 2)."""
        device = self.meta.log_rates.device
        out = np.empty((len(numbers), 2))
        rest = ~self.has(block)
        out[rest] = answer_places(self.elsewhere, numbers[rest], device)
        for number in _known(block[~rest]):
            own = block == number
            out[own] = answer_places(partial(self.logits, self.blocks[number]), numbers[own], device)
        return out


def kept_blocks(arrays: Mapping[str, NDArray[Any]], numbers: Mapping[int, int]) -> Arrays:
    """The tensors of a `BlockNet` with the blocks that `numbers` names anew, by their old numbers."""
    kept = [i for i, number in enumerate(arrays[NUMBER].tolist()) if number in numbers]
    found = {name: value[kept] if name.startswith(BLOCKS) else value for name, value in arrays.items()}
    return {**found, NUMBER: np.array([numbers[number] for number in found[NUMBER].tolist()], np.int64)}


def _known(block: Index) -> Iterable[int]:
    return [int(number) for number in np.unique(block) if number != NO_BLOCK]


def _part(arrays: Mapping[str, NDArray[Any]], prefix: str) -> dict[str, Tensor]:
    return {
        name.removeprefix(prefix): torch.from_numpy(np.array(value))
        for name, value in arrays.items()
        if name.startswith(prefix)
    }
