"""Predictors with models of blocks: those of a map are selected, or adapted to samples of a new area."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch

from ..features.factor_features import FactorFeatures, read_factor_features, standardised
from ..features.scaling import scaling_of
from ..learning.contracts import ANSWER_BYTES, PixelPredictor, fitting_card
from ..learning.model_file import Model
from ..learning.model_types import META, META_REFERENCE, StoredMember
from ..nets.block_maml import NO_BLOCK, NUMBER, BlockNet, Labels, kept_blocks
from ..runtime.checkpoints import Arrays
from ..runtime.types import Arguments, Array, Floats, Index, Mask
from .maml_batches import counted

ADAPTED = (META, META_REFERENCE)  # types whose members can have models of blocks


def renumbered(model: Model, numbers: Mapping[int, int]) -> Model:
    """`model` with the blocks of a map: their numbers by those of training; other blocks are left out."""
    members = {
        member.name: kept_blocks(model.members[member.name], numbers)
        if member.type in ADAPTED
        else model.members[member.name]
        for member in model.card.members
    }
    return replace(model, members=members)


@dataclass(frozen=True)
class BlockSamples:
    """Samples of a new area.

    Parameters
    ----------
    values : array, shape (sample, factor)
        As rasters have them.
    label : array, shape (sample,)
    block : array of int, shape (sample,)
        Numbers as on the map.
    design : array, shape (sample,)
        See `samples.Samples`.
    """

    values: Floats
    label: Array
    block: Index
    design: Array


def adapted(model: Model, features: FactorFeatures, samples: BlockSamples, seed: int) -> Model:
    """`model` with models of the blocks that samples lie in, where they are better than the pooled one.

    A block that has one already keeps it: it knows more labels.
    """
    label, block = samples.label, samples.block
    weight = torch.from_numpy(counted(samples.design, block)).float()
    members = dict(model.members)
    for member in model.card.members:
        if member.type not in ADAPTED:
            continue
        arguments, arrays = model.card.networks[member.type], members[member.name]
        of_member = features.plain if arguments["reference"] else features
        numbers = torch.from_numpy(standardised(of_member.table(samples.values), arrays))
        net = BlockNet.read(arguments, arrays)
        labels = Labels(numbers, torch.from_numpy(label).float(), weight, np.arange(len(label)))
        new = np.flatnonzero(~net.has(block))
        net = net.adapt(labels.take(new), block[new], seed)
        members[member.name] = {**net.arrays(), **scaling_of(arrays)}
    return replace(model, members=members)


def owners(model: Model) -> dict[int, int]:
    """The number of members that have a model of their own for a block, by number of the block."""
    counts: dict[int, int] = {}
    for member in model.card.members:
        if member.type in ADAPTED:
            for number in model.members[member.name][NUMBER].tolist():
                counts[number] = counts.get(number, 0) + 1
    return counts


class BlockPredictor(PixelPredictor):
    """A meta-learned member that predicts the cells of a map; after the factors follows the number of the block."""

    held_bytes = ANSWER_BYTES

    def __init__(
        self, arguments: Arguments, arrays: Arrays, features: FactorFeatures, name: str, device: torch.device
    ) -> None:
        """Build the member called `name`, checked against the network its card describes.

        Raises
        ------
        RegionwiseError
            If tensors and description do not fit.
        """
        with fitting_card(name):
            self._net = BlockNet.read(arguments, arrays).to(device)
            self._scaling = scaling_of(arrays)
        self._features = features.plain if arguments["reference"] else features
        self.live_numbers = features.live

    def answer(self, values: Floats, wanted: Mask) -> tuple[Floats, Floats]:
        """Shares (component, pixel) and concentration (pixel,); see `contracts.Predictor`."""
        table = self._features.table(values[:, wanted], axis=0).T
        shares = self._net.answer(standardised(table, self._scaling), self._block(values, wanted))
        return np.ascontiguousarray(shares.T, np.float32), np.ones(len(shares), np.float32)

    def by_block(self, values: Floats, wanted: Mask) -> Mask:
        """Where the `wanted` pixels are predicted by a model of their block, shape (pixel,)."""
        return self._net.has(self._block(values, wanted))

    def _block(self, values: Floats, wanted: Mask) -> Index:
        if len(values) == len(self._features.factors):  # the map has no blocks
            return np.full(int(wanted.sum()), NO_BLOCK)
        block: Index = np.rint(values[len(self._features.factors)][wanted]).astype(np.int64)
        return block


def build(stored: StoredMember) -> BlockPredictor:
    """A member of a model file as a predictor."""
    features = read_factor_features(stored.card.features.arguments)
    return BlockPredictor(stored.network, dict(stored.arrays), features, stored.name, torch.device(stored.device))
