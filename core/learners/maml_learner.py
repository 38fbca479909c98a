"""Meta-learned networks of factors as learners, one per split, adapted to each block with labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..contract.errors import RegionwiseError
from ..features.factor_features import FactorFeatures, fit_factor_scaling, standardised
from ..features.footprint_features import FootprintFeatures, footprint_sums
from ..features.scaling import scaling_of, without_scaling
from ..learning.contracts import FittedMember, TrainingData
from ..learning.model_types import META, META_REFERENCE, POOLED
from ..learning.training_loop import (
    PROCESS_BYTES,
    WORTH_MULTIPLICATIONS,
    FitOptions,
    fit_member,
    seed_of,
    to_tensors,
)
from ..learning.training_time import seconds_of_epoch
from ..nets.block_maml import NO_BLOCK, BlockNet, Labels
from ..nets.maml import SECOND, MetaNet
from ..nets.mlp import REFERENCE_WIDTHS, FactorNet
from ..runtime.checkpoints import Arrays
from ..runtime.devices import flush_denormals
from ..runtime.executor import Reporter, SpanReporter
from ..runtime.threads import allotted
from ..runtime.types import Arguments, Array, Floats, Index
from ..validation.splits import Split
from .maml_batches import ITERATIONS, Denoiser, MetaOptions, NoisyBatches, TaskBatches, label_weights

FEWEST_OF_TASK = 4  # samples of a block that can be a task: some to adapt to, the others to evaluate on
DENOISING_EPOCHS, DENOISING_RATE = 20, 1e-3
DENOISING_SPAN = 0.2  # of the progress of a member


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

    def description(self) -> Arguments:
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

    def footprints(self) -> FootprintFeatures:
        """The numbers of the cells of all samples; they are computed once in a run."""
        return FootprintFeatures.of(self.training_data.patches, len(self.training_data.samples), self.features)

    def table(self) -> Floats:
        """The numbers that tasks are made of, shape (sample, number): those of an area are means over its cells."""
        return self.footprints().mean()

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
        meta, data, options = self._meta(net, numbers, known, name)
        reporter = SpanReporter(report, start, 1)
        history = fit_member(meta, data, options, name=name, checkpoints=checkpoints, report=reporter)
        block_net = self._adapt(BlockNet(meta, pooled_net).to(device), numbers, known)
        report.detail(f"{name}: {len(block_net.blocks)} of {len(self._tasks(known))} blocks have a model of their own.")
        shares = self._predict(block_net, self.footprints(), scaling, split.test)
        tested = np.flatnonzero(np.isin(self.block, self.block[split.test]))
        final = self._adapt(block_net, numbers, tested)  # on a map, each block knows all of its labels
        return FittedMember(split.name, {**final.arrays(), **scaling}, shares, np.ones(len(shares)), history)

    def seconds(self, split: Split, name: str) -> float:
        """About how long learning `split` takes here, but for its encoder; see `contracts.TimedLearner`."""
        known = np.sort(np.concatenate([split.train, split.validation]))
        numbers = torch.from_numpy(standardised(self.table(), fit_factor_scaling(self.table()[known])))
        net = FactorNet(len(self.features.names()), self.width, self.reference)
        with allotted(1):
            meta, data, options = self._meta(net, numbers.to(self.training_data.device), known, name)
            return seconds_of_epoch(meta, data, options) * options.epochs

    def _meta(
        self, net: FactorNet, numbers: Tensor, known: Index, name: str
    ) -> tuple[MetaNet, TaskBatches, FitOptions]:
        """The network that adapts to tasks, with its data and options."""
        meta = MetaNet(net, self.order, self.options.steps, self.options.inner_rate, not self.reference)
        epochs = -(-self.options.iterations // ITERATIONS)
        options = self._fit_options(name, numbers.device, epochs, self.options.meta_rate)
        return meta, TaskBatches(numbers, self.training_data, self._tasks(known), self.options, self.reference), options

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
            torch.from_numpy(values).float().to(numbers.device)
            for values in (samples.shares[rows, 1], label_weights(self.training_data, rows, self.block[rows]))
        )
        labels = Labels(numbers[index], label, weight, samples.group[rows].astype(str))
        return net.adapt(labels, self.block[rows], self.options.seed)

    def _predict(self, net: BlockNet, footprints: FootprintFeatures, scaling: Arrays, rows: Index) -> Array:
        """The probabilities of the samples `rows`, those of an area as the mean over its cells, as on a map."""
        cells, owner, weight = footprints.rows(rows)
        answers = net.answer(standardised(footprints.table[cells], scaling), self.block[rows][owner])
        return answers if footprints.cells.single else footprint_sums(answers, owner, weight)

    def adapter(self, arrays: Arrays) -> Callable[[Index, Index], Array]:
        """A function of known and tested samples: predictions of the tested by a member that adapts to the known."""
        footprints, tensor = self.footprints(), torch.from_numpy(standardised(self.table(), arrays))
        net = BlockNet.read(self.description(), arrays)

        def predict(known: Index, tested: Index) -> Array:
            """Probabilities of no event and of an event, shape (tested, 2)."""
            return self._predict(self._adapt(net, tensor, known), footprints, arrays, tested)

        return predict

    def in_sample(self, arrays: Arrays) -> Array:
        """The predictions of a member for all samples, also those that it was trained on, shape (sample, 2)."""
        net = BlockNet.read(self.description(), arrays)
        return self._predict(net, self.footprints(), arrays, np.arange(len(self.block)))
