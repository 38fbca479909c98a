"""Meta-learned networks of factors as learners, one per split, adapted to each block with labels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..contract.errors import RegionwiseError
from ..features.factor_features import FactorFeatures, fit_factor_scaling, standardised
from ..features.scaling import scaling_of, without_scaling
from ..features.window_features import kept_features
from ..learning.contracts import FittedMember, TrainingData
from ..learning.model_types import META, META_REFERENCE, POOLED
from ..learning.training_loop import (
    PROCESS_BYTES,
    WORTH_MULTIPLICATIONS,
    Batch,
    FitOptions,
    SpanReporter,
    fit_member,
    seed_of,
    to_tensors,
)
from ..nets.block_maml import NO_BLOCK, BlockNet, Labels
from ..nets.maml import SECOND, MetaNet
from ..nets.mlp import REFERENCE_WIDTHS, FactorNet
from ..runtime.checkpoints import Arrays
from ..runtime.devices import flush_denormals
from ..runtime.executor import Reporter
from ..runtime.threads import allotted
from ..runtime.types import Floats
from ..validation.splits import Split

Array = NDArray[np.float64]
Index = NDArray[np.int64]

FEWEST_OF_TASK = 4  # samples of a block that can be a task: some adapt, the others tell how well
ITERATIONS = 50  # of an epoch of the training loop
DENOISING_EPOCHS, DENOISING_RATE, DENOISING_BATCH = 20, 1e-3, 256
DENOISING_SPAN = 0.2  # of the progress of a member
HIDDEN, NOISE = 0.2, 0.1  # share of the numbers that are hidden, and deviation of what is added to the others


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


def _weights(training_data: TrainingData) -> Array:
    """The weight of each sample; that of an observed one is 1 on average, so that sums count labels."""
    samples = training_data.samples
    weights: Array = samples.weight / samples.weight[~samples.augmented].mean()
    return weights


class TaskBatches:
    """Tasks of meta-learning: labels of a block to adapt to, and others to evaluate on (see `training_loop.BatchSource`).

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
        self._weight = torch.from_numpy(_weights(training_data)).float().to(device)

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


@dataclass(frozen=True)
class MetaLearner:
    """Trains a network that adapts to few labels, and adapts it to the blocks of the training samples.

    Parameters
    ----------
    features : FactorFeatures
    width : int
    block : array of int, shape (sample,)
        Number of each sample's block among `names`, or `NO_BLOCK`.
    names : tuple of str
    reference : bool
        Whether the published recipe is followed: it begins with denoising, sees codes and angles as numbers, and
        every block with labels has a model of its own, however well it does. Else blocks have one where it beats the
        pooled network, from whose tensors, given as `start`, training goes on.
    """

    options: MetaOptions
    training_data: TrainingData
    features: FactorFeatures
    width: int
    block: Index
    names: tuple[str, ...]
    reference: bool = False

    @property
    def follows(self) -> str:
        """The type whose members training begins with; see `contracts.Follower`."""
        return "" if self.reference else POOLED

    @property
    def type(self) -> str:
        """Its name, as members of a model bear it."""
        return META_REFERENCE if self.reference else META

    @property
    def order(self) -> str:
        """The order of the gradients through the adaptation, and the layers that adapt; see `nets.maml`."""
        return SECOND if self.reference else self.options.order

    def description(self) -> dict[str, Any]:
        """Arguments that build the network again, and names and places of its blocks."""
        xy = self.training_data.samples.xy
        of_blocks = [xy[self.block == number] for number in range(len(self.names))]
        middle = [places[((places - np.median(places, 0)) ** 2).sum(1).argmin()] for places in of_blocks]
        return {
            "numbers": len(self.features.names()),
            "width": self.width,
            "reference": self.reference,
            "order": self.order,
            "steps": self.options.steps,
            "blocks": list(self.names),
            "places": np.array(middle).tolist(),
        }

    def process_bytes(self, splits: int) -> int:
        """The memory of training one of `splits` networks in a process of its own; 0 if that is not worth it."""
        with torch.device("meta"):
            net = FactorNet(len(self.features.names()), self.width, self.reference)
        options, size = self.options, sum(p.numel() for p in net.parameters())
        passes = options.iterations * options.meta_batch * 2 * options.shots * (options.steps + 1)
        worth = size * passes * splits > WORTH_MULTIPLICATIONS
        return PROCESS_BYTES if self.training_data.device == "cpu" and worth else 0

    def table(self) -> Floats:
        """The numbers of all samples, shape (sample, number); they are computed once in a run."""
        return kept_features(self.training_data.patches, len(self.training_data.samples), self.features)

    def fit(self, split: Split, name: str, report: Reporter, start: Arrays | None = None) -> FittedMember:
        """Train one network on one split and predict its test samples, by one thread: its steps are small.

        Parameters
        ----------
        start : dict, optional
            Tensors of the pooled network of the same split.
        """
        with allotted(1):
            return self._fit(split, name, report, start)

    def _fit(self, split: Split, name: str, report: Reporter, pooled: Arrays | None) -> FittedMember:
        flush_denormals()
        device = torch.device(self.training_data.device)
        known = np.sort(np.concatenate([split.train, split.validation]))
        scaling = scaling_of(pooled) if pooled else fit_factor_scaling(self.table()[known])
        numbers = torch.from_numpy(standardised(self.table(), scaling)).to(device)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed_of(self.options.seed, name))
            net = FactorNet(len(self.features.names()), self.width, self.reference)
            width = REFERENCE_WIDTHS[-1] if self.reference else self.width
            denoiser = Denoiser(net.encoder, width, numbers.shape[1])
        pooled_net = FactorNet(len(self.features.names()), self.width).eval() if pooled else None
        if pooled_net is not None and pooled:
            pooled_net.load_state_dict(to_tensors(without_scaling(pooled)))
        if pooled_net is not None and self.options.from_pooled:
            net.load_state_dict(pooled_net.state_dict())
        checkpoints, start = self.training_data.checkpoints, 0.0
        if self.reference or self.options.denoising:
            start = DENOISING_SPAN
            fit_member(
                denoiser,
                NoisyBatches(numbers, known),
                self._fit_options(name, device, DENOISING_EPOCHS, DENOISING_RATE),
                name=f"{name}-denoising",
                checkpoints=checkpoints,
                report=SpanReporter(report, 0, start),
            )
        meta = MetaNet(net, self.order, self.options.steps, self.options.inner_rate, not self.reference)
        options = self._fit_options(name, device, -(-self.options.iterations // ITERATIONS), self.options.meta_rate)
        data = TaskBatches(numbers, self.training_data, self._tasks(known), self.options, self.reference)
        reporter = SpanReporter(report, start, 1)
        history = fit_member(meta, data, options, name=name, checkpoints=checkpoints, report=reporter)
        block_net = self._adapt(BlockNet(meta, pooled_net).to(device), numbers, known)
        report.info(f"{name}: {len(block_net.blocks)} of {len(self._tasks(known))} blocks have a model of their own.")
        shares = self._predict(block_net, scaling, split.test)
        tested = np.flatnonzero(np.isin(self.block, self.block[split.test]))
        final = self._adapt(block_net, numbers, tested)  # on a map, each block knows all of its labels
        return FittedMember(split.name, {**final.arrays(), **scaling}, shares, np.ones(len(shares)), history)

    def _fit_options(self, name: str, device: torch.device, epochs: int, rate: float) -> FitOptions:
        """Options of a training of fixed length; the published recipe never changes the rate."""
        seed = seed_of(self.options.seed, name)
        return FitOptions(epochs, epochs, rate, 0.0, seed, device, cycle=not self.reference, validated=False)

    def _tasks(self, rows: Index) -> list[Index]:
        """The samples of each block that has enough of `rows` for a task.

        Raises
        ------
        RegionwiseError
            If there is none.
        """
        block = self.block[rows]
        of_blocks = [rows[block == number] for number in np.unique(block[block != NO_BLOCK])]
        tasks = [task for task in of_blocks if len(task) >= FEWEST_OF_TASK]
        if not tasks:
            raise RegionwiseError(
                f"No block has {FEWEST_OF_TASK} or more samples that train; meta-learning has nothing to learn from.",
                "Segment more and smaller blocks, or choose the model type 'pooled'.",
            )
        return tasks

    def _adapt(self, net: BlockNet, numbers: Tensor, rows: Index) -> BlockNet:
        """`net` adapted to the blocks of the samples `rows` by their labels; `numbers` are those of all."""
        samples, index = self.training_data.samples, torch.from_numpy(rows).to(numbers.device)
        label, weight = (
            torch.from_numpy(values[rows]).float().to(numbers.device)
            for values in (samples.shares[:, 1], _weights(self.training_data))
        )
        labels = Labels(numbers[index], label, weight, samples.group[rows].astype(str))
        return net.adapt(labels, self.block[rows], self.options.seed)

    def _predict(self, net: BlockNet, scaling: Arrays, rows: Index) -> Array:
        return net.answer(standardised(self.table()[rows], scaling), self.block[rows])

    def adapter(self, arrays: Arrays) -> Callable[[Index, Index], Array]:
        """A function of known and tested samples: predictions of the tested by a member that adapts to the known."""
        numbers = standardised(self.table(), arrays)
        tensor, net = torch.from_numpy(numbers), BlockNet.read(self.description(), arrays)

        def predict(known: Index, tested: Index) -> Array:
            """Probabilities of no event and of an event, shape (tested, 2)."""
            return self._adapt(net, tensor, known).answer(numbers[tested], self.block[tested])

        return predict

    def in_sample(self, arrays: Arrays) -> Array:
        """The predictions of a member for all samples, also those that it was trained on, shape (sample, 2)."""
        net = BlockNet.read(self.description(), arrays)
        return self._predict(net, arrays, np.arange(len(self.block)))
