"""Batches of patches: standardised tensors, flipped and rotated, for the training loop."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from ..data.raster.statistics import Scaling, Statistics
from ..features.scaling import MEAN, STD
from ..runtime.checkpoints import Arrays
from ..runtime.types import Array, Index
from ..targets.metrics import pooled_r2
from ..validation.splits import Split
from .training_loop import Batch

if TYPE_CHECKING:  # batches are made where neither rasters nor vector layers can be read, too
    from ..data.patches.patches import Patches
    from .contracts import TrainingData

PredictBatch = Callable[[nn.Module, Batch], tuple[Tensor, Tensor]]
Loss = Callable[[Tensor, Tensor, Tensor], Tensor]  # of shares, concentration and target, each of samples

CHUNK = 1024  # patches that are copied at a time
PART_NUMBERS = 2**24  # of the patches that are standardised at a time: several copies of them exist


@dataclass(frozen=True)
class Standardiser:
    """Turns raw bands into a network's inputs, one tensor per sensor.

    Parameters
    ----------
    mean, std : Tensor, shape (band, 1, 1)
    sensors : sequence of int
        Number of bands of each sensor, in band order.
    mask_channel : bool
        Append to each sensor a channel that is 1 where all its bands have data.
    """

    mean: Tensor
    std: Tensor
    sensors: tuple[int, ...]
    mask_channel: bool

    @classmethod
    def from_arrays(cls, arrays: Arrays, sensors: Sequence[int], mask_channel: bool) -> Standardiser:
        """The standardiser of a member with the tensors `arrays`."""
        mean, std = (torch.from_numpy(np.array(arrays[k], np.float32))[:, None, None] for k in (MEAN, STD))
        return cls(mean, std, tuple(sensors), mask_channel)

    def to(self, device: torch.device) -> Standardiser:
        """The same on `device`."""
        return Standardiser(self.mean.to(device), self.std.to(device), self.sensors, self.mask_channel)

    def __call__(self, values: Tensor) -> list[Tensor]:
        """One tensor (b, channel, h, w) per sensor for raw `values` (b, band, h, w)."""
        scaled = (values - self.mean) / self.std
        return [self._channels(bands) for bands in torch.split(scaled, list(self.sensors), 1)]

    def _channels(self, bands: Tensor) -> Tensor:
        """One sensor's bands with 0 where missing, and its mask."""
        present = torch.isfinite(bands)
        filled = torch.where(present, bands, 0.0)
        if not self.mask_channel:
            return filled
        return torch.cat([filled, present.all(1, keepdim=True).to(bands.dtype)], 1)


def fit_patch_scaling(patches: Patches, samples: Index, names: Sequence[str]) -> Scaling:
    """Mean and deviation of the bands over the pixels of the training `samples` only."""
    statistics = Statistics(names)
    for piece in patches.of(samples):
        statistics.add(patches.pixels(piece))
    return statistics.scaling()


def scaling_arrays(scaling: Scaling) -> Arrays:
    """The tensors that a member keeps of its scaling."""
    return {MEAN: scaling.mean.astype(np.float32), STD: scaling.std.astype(np.float32)}


def transform(x: Tensor, number: int) -> Tensor:
    """`x` under symmetry `number` (0..7) of the square: rotation by 90 deg and transposition."""
    x = torch.rot90(x, number % 4, (-2, -1))
    return x.transpose(-2, -1) if number >= 4 else x


def augment(x: Tensor, numbers: Index) -> Tensor:
    """`x` with the symmetry `numbers` of each item, on its device; groups of items turn together."""
    out = torch.empty_like(x)
    for number in np.unique(numbers):
        items = torch.from_numpy(np.flatnonzero(numbers == number)).to(x.device)
        out[items] = transform(x[items], int(number))
    return out


def _on_gpu(patches: Patches, device: torch.device) -> Tensor | None:
    """All pixels on a GPU that has room for them, else None."""
    if device.type != "cuda":  # Apple's takes them from the memory that they are read into
        return None
    torch.cuda.empty_cache()
    if patches.values.nbytes > torch.cuda.mem_get_info(device)[0] / 2:
        return None
    resident = torch.empty(
        patches.values.shape, dtype=torch.from_numpy(np.empty(0, patches.values.dtype)).dtype, device=device
    )
    for start in range(0, len(resident), CHUNK):  # they lie on disk, and may not fit into memory
        chunk = np.ascontiguousarray(patches.values[start : start + CHUNK])
        resident[start : start + CHUNK] = torch.from_numpy(chunk).to(device)
    return resident


def validation_scores(loss: Loss, shares: Array, concentration: Array, target: Array) -> tuple[float, float]:
    """Mean loss and R2 over all components of answers to validation samples."""
    tensors = (torch.from_numpy(x).float() for x in (shares, concentration, target))
    return float(loss(*tensors).mean()), pooled_r2(target, shares)


@dataclass(frozen=True)
class Objective:
    """The way in which a network predicts shares and concentration of a batch, and their loss per sample."""

    predict: PredictBatch
    loss: Loss


class PatchBatches:
    """Training data of a network that predicts shares of patches (see `training_loop.BatchSource`)."""

    def __init__(
        self, training_data: TrainingData, standardiser: Standardiser, split: Split, objective: Objective, batch: int
    ) -> None:
        self._patches, self._samples = training_data.patches, training_data.samples
        self._device = torch.device(training_data.device)
        self._standardiser = standardiser.to(self._device)
        self._split, self._objective, self._batch = split, objective, batch
        self._resident = _on_gpu(self._patches, self._device)
        self._first = np.searchsorted(self._patches.sample, np.arange(len(self._samples) + 1))

    def of(self, training_data: TrainingData, split: Split) -> PatchBatches:
        """The same pixels with the labels of `training_data`, for another split."""
        other = copy.copy(self)
        other._samples, other._split = training_data.samples, split
        return other

    @property
    def steps(self) -> int:
        """Batches of an epoch."""
        return -(-len(self._split.train) // self._batch)

    def batches(self, rng: np.random.Generator) -> Iterator[Batch]:
        """Yield the training samples in random order; of a sample with several pieces one, drawn by what it covers."""
        order = rng.permutation(self._split.train)
        pieces = self._drawn(order, rng)
        # batch normalisation cannot train on a single value: a last batch of one joins its neighbour
        ends = list(range(self._batch, len(pieces), self._batch))
        if ends and len(pieces) - ends[-1] == 1:
            ends.pop()
        for chunk in np.split(pieces, ends):
            yield self._tensors(chunk, rng.integers(0, 8, len(chunk)))

    def _drawn(self, samples: Index, rng: np.random.Generator) -> Index:
        """A piece of each of `samples`."""
        first, count = self._first[samples], np.diff(self._first)[samples]
        if count.max() == 1:
            return first + rng.integers(0, count)
        ends = np.append(0, np.cumsum(self._patches.weights.sum((1, 2), np.float64)))
        low, high = ends[first], ends[first + count]
        pieces = np.searchsorted(ends, low + rng.random(len(samples)) * (high - low), side="right") - 1
        return np.asarray(np.clip(pieces, first, first + count - 1))

    def loss(self, net: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
        """The weighted sum of losses and the sum of weights of one batch."""
        shares, concentration = self._objective.predict(net, batch)
        losses = self._objective.loss(shares, concentration, batch["target"])
        return (losses * batch["weight"]).sum(), batch["weight"].sum()

    def validate(self, net: nn.Module) -> tuple[float, float]:
        """Mean loss and R2 over all components on the validation samples."""
        rows = self._split.validation
        shares, concentration = self.predict(net, rows)
        return validation_scores(self._objective.loss, shares, concentration, self._samples.shares[rows])

    @torch.no_grad()
    def predict(self, net: nn.Module, samples: Index) -> tuple[Array, Array]:
        """Shares (n, component) and concentration (n,) of `samples`, over all their pieces."""
        net.eval()
        pieces = self._patches.of(samples)
        sums = np.zeros((len(self._samples), self._samples.shares.shape[1] + 2))
        for chunk, shares, concentration, weight in self._predictions(net, pieces):
            columns = torch.cat([shares * weight, concentration[:, None] * weight, weight], 1)
            np.add.at(sums, self._patches.sample[chunk], columns.cpu().double().numpy())
        mean = sums[samples, :-1] / sums[samples, -1:]
        return mean[:, :-1], mean[:, -1]

    def _predictions(self, net: nn.Module, pieces: Index) -> Iterator[tuple[Index, Tensor, Tensor, Tensor]]:
        for start in range(0, len(pieces), self._batch):
            chunk = pieces[start : start + self._batch]
            batch = self._tensors(chunk, None)
            shares, concentration = self._objective.predict(net, batch)
            yield chunk, shares, concentration, batch["mask"].sum((1, 2))[:, None]

    def _tensors(self, pieces: Index, symmetries: Index | None) -> Batch:
        sample = self._patches.sample[pieces]
        mask = torch.from_numpy(self._patches.weights[pieces]).to(self._device)
        if symmetries is not None:
            mask = augment(mask, symmetries)
        return {
            **dict(zip(("day", "night"), self._inputs(pieces, symmetries), strict=False)),
            "mask": mask,
            "target": torch.from_numpy(self._samples.shares[sample]).float().to(self._device),
            "weight": torch.from_numpy(self._samples.loss_weight[sample]).float().to(self._device),
        }

    def _inputs(self, pieces: Index, symmetries: Index | None) -> list[Tensor]:
        """The standardised pixels of pieces, a tensor per sensor; those of many bands are made part by part."""
        size = max(1, PART_NUMBERS // int(np.prod(self._patches.values.shape[1:])))
        inputs: list[Tensor] = []
        for start in range(0, len(pieces), size):
            part = slice(start, start + size)
            values = self._pixels(pieces[part])
            if symmetries is not None:
                values = augment(values, symmetries[part])
            made = self._standardiser(values)
            if len(pieces) <= size:
                return [x.contiguous(memory_format=torch.channels_last) for x in made]
            if not inputs:
                shapes = [(len(pieces), *x.shape[1:]) for x in made]
                inputs = [
                    torch.empty(shape, device=self._device, memory_format=torch.channels_last) for shape in shapes
                ]
            for whole, x in zip(inputs, made, strict=True):
                whole[part] = x
        return inputs

    def _pixels(self, pieces: Index) -> Tensor:
        """The raw values of pieces on the device; a GPU holds all of them if they take less than half of it."""
        if self._resident is not None:
            return self._resident[torch.from_numpy(self._patches.row[pieces]).to(self._device)].float()
        values = torch.from_numpy(self._patches.pixels(pieces))
        return values.to(self._device, non_blocking=self._device.type == "cuda")
