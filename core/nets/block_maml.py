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

HELD_FOLDS = 4  # of the samples of a block, which are held out in turn
FEWEST_HELD = 16  # samples of a block from which on a part is held out; fewer are trusted as far as was learned
POOLED, START, BLOCKS = "pooled.", "meta.", "blocks."  # prefixes of tensors
NUMBER = f"{BLOCKS}number"
NO_BLOCK = -1


@dataclass(frozen=True)
class Labels:
    """Labelled places.

    Parameters
    ----------
    numbers : Tensor, shape (place, number)
        Standardised.
    label, weight : Tensor, shape (place,)
        The weights are 1 on average: sums of them say how many labels there are.
    group : array, shape (place,)
        Places of one group are held out together.
    """

    numbers: Tensor
    label: Tensor
    weight: Tensor
    group: NDArray[Any]

    def take(self, rows: Index) -> Labels:
        """Those in `rows`."""
        index = torch.from_numpy(rows).to(self.numbers.device)
        return Labels(self.numbers[index], self.label[index], self.weight[index], self.group[rows])


@dataclass(frozen=True)
class BlockNet:
    """Networks of places: the adapted one of a place's block, if there is one, else the pooled network.

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
        """The network with the `arguments` in a card and the tensors in `arrays`."""
        shape = {name: arguments[name] for name in ("numbers", "width", "reference")}
        net = MetaNet(FactorNet(**shape), arguments["order"], arguments["steps"], 1.0, not shape["reference"])
        net.load_state_dict(_with_prefix(arrays, START))
        pooled = None
        if not shape["reference"]:
            pooled = FactorNet(**shape).eval()
            pooled.load_state_dict(_with_prefix(arrays, POOLED))
        tensors = _with_prefix({k: v for k, v in arrays.items() if k != NUMBER}, BLOCKS)
        numbers = arrays[NUMBER].tolist()
        blocks = {number: {name: values[i] for name, values in tensors.items()} for i, number in enumerate(numbers)}
        return cls(net.eval(), pooled, blocks)

    def arrays(self) -> Arrays:
        """The tensors, as `read` takes them."""
        tensors = {f"{START}{name}": value for name, value in self.meta.state_dict().items()}
        if self.pooled is not None:
            tensors |= {f"{POOLED}{name}": value for name, value in self.pooled.state_dict().items()}
        for name, value in self.meta.start().items():
            adapted = [params[name] for params in self.blocks.values()]
            tensors[f"{BLOCKS}{name}"] = torch.stack(adapted) if adapted else value.new_empty((0, *value.shape))
        arrays = {name: value.detach().cpu().numpy().copy() for name, value in tensors.items()}
        return {**arrays, NUMBER: np.array(list(self.blocks), np.int64)}

    def to(self, device: torch.device) -> BlockNet:
        """The same with all tensors on a device."""
        blocks = {number: {k: v.to(device) for k, v in params.items()} for number, params in self.blocks.items()}
        return BlockNet(self.meta.to(device), self.pooled and self.pooled.to(device), blocks)

    @property
    def elsewhere(self) -> FactorNet:
        """The network that answers where no block does."""
        return self.pooled or self.meta.net

    def has(self, block: Index) -> Mask:
        """Which places are answered by the adapted network of their block, shape (place,)."""
        return np.isin(block, list(self.blocks))

    def adapted(self, numbers: Tensor, label: Tensor, weight: Tensor) -> Params:
        """The tensors adapted to the labels of one block, as far as these are trusted."""
        with torch.no_grad():  # gradients of the steps are not needed; those within them are computed all the same
            return self.meta.adapted(self.meta.seen(numbers), numbers, label, weight)

    def logits(self, params: Params, numbers: Tensor) -> Tensor:
        """The logits that adapted tensors give places, shape (place,)."""
        with torch.no_grad():
            return self.meta.decide(params, self.meta.seen(numbers), numbers)

    def beats(self, labels: Labels, seed: int) -> bool:
        """Whether models of a part of a block's labels fit the held-out ones better than the pooled network does."""
        _, group = np.unique(labels.group, return_inverse=True)
        fold = np.random.default_rng(seed).permutation(np.arange(group.max() + 1) % HELD_FOLDS)[group]
        with torch.no_grad():
            pooled_loss = event_loss(self.elsewhere(labels.numbers), labels.label)
        gain = 0.0
        for number in np.unique(fold):
            held, kept = labels.take(np.flatnonzero(fold == number)), labels.take(np.flatnonzero(fold != number))
            params = self.adapted(kept.numbers, kept.label, kept.weight)
            loss = event_loss(self.logits(params, held.numbers), held.label)
            gain += float(((pooled_loss[torch.from_numpy(fold == number)] - loss) * held.weight).sum())
        return gain > 0

    def adapt(self, labels: Labels, block: Index, seed: int) -> BlockNet:
        """The same with networks adapted to the blocks that have labels, where these beat the pooled network.

        Parameters
        ----------
        block : array of int, shape (place,)
            `NO_BLOCK` outside of all.
        """
        blocks = dict(self.blocks)
        for number in _block_numbers(block):
            inside = labels.take(np.flatnonzero(block == number))
            tested = self.pooled is not None and len(inside.label) >= FEWEST_HELD
            if tested and not self.beats(inside, seed + number):
                blocks.pop(number, None)
            else:
                blocks[number] = self.adapted(inside.numbers, inside.label, inside.weight)
        return replace(self, blocks=blocks)

    def answer(self, numbers: Floats, block: Index) -> Array:
        """The probabilities of no event and of an event of standardised places, shape (place, 2)."""
        device = self.meta.log_rates.device
        out = np.empty((len(numbers), 2))
        rest = ~self.has(block)
        out[rest] = answer_places(self.elsewhere, numbers[rest], device)
        for number in _block_numbers(block[~rest]):
            inside = block == number
            out[inside] = answer_places(partial(self.logits, self.blocks[number]), numbers[inside], device)
        return out


def kept_blocks(arrays: Mapping[str, NDArray[Any]], numbers: Mapping[int, int]) -> Arrays:
    """The tensors of a `BlockNet` with only the blocks in `numbers`, which maps their old numbers to new ones."""
    rows = [i for i, number in enumerate(arrays[NUMBER].tolist()) if number in numbers]
    kept = {name: value[rows] if name.startswith(BLOCKS) else value for name, value in arrays.items()}
    return {**kept, NUMBER: np.array([numbers[number] for number in kept[NUMBER].tolist()], np.int64)}


def _block_numbers(block: Index) -> Iterable[int]:
    return [int(number) for number in np.unique(block) if number != NO_BLOCK]


def _with_prefix(arrays: Mapping[str, NDArray[Any]], prefix: str) -> dict[str, Tensor]:
    return {
        name.removeprefix(prefix): torch.from_numpy(np.array(value))
        for name, value in arrays.items()
        if name.startswith(prefix)
    }
