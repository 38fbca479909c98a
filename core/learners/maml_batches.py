"""Batches of meta-learning: tasks of labels, and numbers with noise for the encoder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from ..learning.contracts import TrainingData
from ..learning.training_loop import Batch
from ..nets.maml import MetaNet
from ..runtime.types import Array, Index

ITERATIONS = 50  # of an epoch of the training loop
DENOISING_BATCH = 256
HIDDEN, NOISE = 0.2, 0.1  # share of the numbers that are masked, and deviation of the noise that is added


@dataclass(frozen=True)
class MetaOptions:
    """How meta-learning trains: `iterations` steps at `meta_rate`, each on `meta_batch` tasks of twice `shots` labels.

    A task adapts by `steps` steps at `inner_rate`, see `nets.maml` for the `order`. Training begins from an encoder
    that has removed noise (`denoising`), from the pooled network (`from_pooled`), or from nothing.
    """

    seed: int
    order: str
    steps: int
    inner_rate: float
    meta_rate: float
    iterations: int
    meta_batch: int
    shots: int
    denoising: bool = False
    from_pooled: bool = False


def label_weights(training_data: TrainingData, rows: Index, block: Index) -> Array:
    """The weight of the samples `rows`; that of an observed one is 1 on average, so that sums count labels.

    Parameters
    ----------
    block : array of int, shape (row,)
        Of these samples.
    """
    samples = training_data.samples
    weights: Array = samples.weight[rows] / samples.weight[~samples.augmented].mean()
    return weights * counted(samples.design[rows], block)


def counted(design: Array, block: Index) -> Array:
    """How many cells samples stand for, scaled so that their sum over a block is how many labels they are worth.

    That is the effective number of samples with unequal weights (Kish 1965): one that stands for a hundred cells is
    still one label.
    """
    _, number = np.unique(block, return_inverse=True)
    scaled: Array = design * (np.bincount(number, design) / np.bincount(number, design**2))[number]
    return scaled


class TaskBatches:
    """Tasks of meta-learning: labels of a block to adapt to, and others to evaluate on.

    See `training_loop.BatchSource`.

    Parameters
    ----------
    numbers : Tensor, shape (sample, number)
        Standardised, of all samples.
    tasks : sequence of arrays of int
        The samples of each task.
    """

    def __init__(
        self,
        numbers: Tensor,
        training_data: TrainingData,
        tasks: Sequence[Index],
        options: MetaOptions,
        reference: bool,
    ) -> None:
        samples, device = training_data.samples, numbers.device
        self._numbers, self._tasks, self._options, self._reference = numbers, tasks, options, reference
        self._label = torch.from_numpy(samples.shares[:, 1]).float().to(device)
        weight = np.zeros(len(samples))
        for task in tasks:
            weight[task] = label_weights(training_data, task, np.zeros(len(task), np.int64))
        self._weight = torch.from_numpy(weight).float().to(device)

    steps = ITERATIONS

    def batches(self, rng: np.random.Generator) -> Iterator[Batch]:
        """Yield batches of tasks that are drawn at random."""
        for _ in range(ITERATIONS):
            yield self.batch(rng)

    def batch(self, rng: np.random.Generator) -> Batch:
        """Tasks of up to `shots` labels to adapt to, drawn at random, and as many labels to evaluate on."""
        shots, count = self._options.shots, self._options.meta_batch
        rows = np.zeros((count, 2 * shots), np.int64)
        support, query = (np.zeros((count, 2 * shots), np.float32) for _ in range(2))
        for i, task in enumerate(rng.choice(len(self._tasks), count, replace=count > len(self._tasks))):
            drawn = rng.permutation(self._tasks[task])[: 2 * shots]
            known = min(shots if self._reference else int(rng.integers(1, shots + 1)), len(drawn) // 2)
            rows[i, : len(drawn)] = drawn
            support[i, :known], query[i, known : len(drawn)] = 1, 1
        index, device = torch.from_numpy(rows).to(self._numbers.device), self._numbers.device
        weight = self._weight[index]
        return {
            "numbers": self._numbers[index],
            "label": self._label[index],
            "support": weight * torch.from_numpy(support).to(device),
            "query": weight * torch.from_numpy(query).to(device),
        }

    def loss(self, net: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
        """The weighted sum of losses of query samples, and the sum of their weights.

        The network before adaptation counts as much as after it, so that it predicts well without any label; the
        published recipe counts it only after.
        """
        if not isinstance(net, MetaNet):
            raise TypeError("tasks teach networks that can be adapted")
        before, after = net.task_losses(batch["numbers"], batch["label"], batch["support"])
        losses = after if self._reference else (before + after) / 2
        return (losses * batch["query"]).sum(), batch["query"].sum()

    def validate(self, net: nn.Module) -> tuple[float, float]:
        """Refuse: meta-learning has a fixed number of iterations and no validation samples."""
        raise NotImplementedError


class Denoiser(nn.Module):
    """An encoder, and the linear layer that reconstructs the numbers from its features."""

    def __init__(self, encoder: nn.Module, width: int, numbers: int) -> None:
        super().__init__()
        self.encoder, self.decoder = encoder, nn.Linear(width, numbers)

    def forward(self, numbers: Tensor) -> Tensor:
        """The numbers without noise, as far as they can be reconstructed."""
        reconstructed: Tensor = self.decoder(self.encoder(numbers))
        return reconstructed


class NoisyBatches:
    """Numbers of places, some of them masked, see `training_loop.BatchSource`; labels are not used."""

    def __init__(self, numbers: Tensor, rows: Index) -> None:
        self._numbers, self._rows = numbers, rows

    @property
    def steps(self) -> int:
        """Batches of an epoch."""
        return -(-len(self._rows) // DENOISING_BATCH)

    def batches(self, rng: np.random.Generator) -> Iterator[Batch]:
        """Yield all places in random order, with noise and without."""
        order = rng.permutation(self._rows)
        for start in range(0, len(order), DENOISING_BATCH):
            clean = self._numbers[torch.from_numpy(order[start : start + DENOISING_BATCH]).to(self._numbers.device)]
            kept = torch.from_numpy(rng.random(clean.shape) > HIDDEN).to(clean)
            noise = torch.from_numpy(rng.normal(0, NOISE, clean.shape)).to(clean.dtype).to(clean.device)
            yield {"noisy": (clean + noise) * kept, "clean": clean}

    def loss(self, net: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
        """The sum of squared errors, and how many numbers there are."""
        errors = (net(batch["noisy"]) - batch["clean"]) ** 2
        return errors.sum(), torch.tensor(float(errors.numel()))

    def validate(self, net: nn.Module) -> tuple[float, float]:
        """Refuse: denoising has a fixed number of epochs and no validation samples."""
        raise NotImplementedError
