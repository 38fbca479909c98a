"""Networks of factors as learners, one per split, and as predictors of a map."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from ..contract.learning_params import TrainingParams
from ..features.factor_features import FactorFeatures, fit_factor_scaling, read_factor_features, standardised
from ..features.footprint_features import FootprintFeatures
from ..features.scaling import scaling_of, without_scaling
from ..learning.contracts import ANSWER_BYTES, FittedMember, PixelPredictor, TrainingData, fitting_card
from ..learning.model_types import POOLED, StoredMember
from ..learning.training_loop import (
    PROCESS_BYTES,
    WORTH_MULTIPLICATIONS,
    Batch,
    new_network,
    options_of,
    seed_of,
    to_arrays,
    to_tensors,
)
from ..learning.two_stage_fit import FitStage, Prepare, fit_in_two_stages, seconds_of_stages
from ..nets.mlp import FactorNet, answer_places, event_loss
from ..runtime.checkpoints import Arrays
from ..runtime.devices import flush_denormals
from ..runtime.executor import Reporter
from ..runtime.threads import allotted
from ..runtime.types import Arguments, Array, Floats, Index, Mask
from ..targets.metrics import pooled_r2
from ..validation.splits import Split


class FactorBatches:
    """Training data of a network of factors (see `training_loop.BatchSource`).

    An area trains by one of its cells at a time.

    Parameters
    ----------
    numbers : Tensor, shape (cell, number)
        Standardised, of the cells of `footprints`.
    """

    def __init__(
        self,
        numbers: Tensor,
        footprints: FootprintFeatures,
        training_data: TrainingData,
        split: Split,
        batch: int,
    ) -> None:
        samples, device = training_data.samples, numbers.device
        self._numbers, self._footprints, self._split, self._batch = numbers, footprints, split, batch
        self._label = torch.from_numpy(samples.shares[:, 1]).float().to(device)
        self._design = torch.from_numpy(samples.design_beside_offset).float().to(device)
        self._weight = torch.from_numpy(samples.weight).float().to(device) * self._design
        self._offset = torch.from_numpy(samples.offset).float().to(device)

    @property
    def steps(self) -> int:
        """Batches of an epoch."""
        return -(-len(self._split.train) // self._batch)

    def batches(self, rng: np.random.Generator) -> Iterator[Batch]:
        """Yield the training samples in random order."""
        order = rng.permutation(self._split.train)
        cells = self._footprints.drawn(order, rng)
        for start in range(0, len(order), self._batch):
            part = slice(start, start + self._batch)
            rows, seen = (torch.from_numpy(x[part]).to(self._numbers.device) for x in (order, cells))
            yield {
                "numbers": self._numbers[seen],
                "label": self._label[rows],
                "weight": self._weight[rows],
                "offset": self._offset[rows],
            }

    def loss(self, net: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
        """The weighted sum of losses and the sum of weights of one batch."""
        losses = event_loss(net(batch["numbers"]) + batch["offset"], batch["label"])
        return (losses * batch["weight"]).sum(), batch["weight"].sum()

    def validate(self, net: nn.Module) -> tuple[float, float]:
        """Mean loss and R2 of the probability on the validation samples."""
        footprints, device = self._footprints, self._numbers.device
        cells, owner, weight = (torch.from_numpy(x).to(device) for x in footprints.rows(self._split.validation))
        rows = torch.from_numpy(self._split.validation).to(device)
        label, design = self._label[rows], self._design[rows]
        logit = net(self._numbers[cells]) + self._offset[rows][owner]
        columns = torch.stack([event_loss(logit, label[owner]), torch.sigmoid(logit)], 1) * weight.float()[:, None]
        losses, probability = columns.new_zeros(len(label), 2).index_add(0, owner, columns).unbind(1)
        observed, answered = (values.cpu().double().numpy()[:, None] for values in (label, probability))
        loss = float((losses * design).sum() / design.sum())
        return loss, pooled_r2(observed, answered, design.cpu().double().numpy())


FactorStage = FitStage[FactorNet, FactorBatches]


@dataclass(frozen=True)
class FactorLearner:
    """Trains a network of factors on each split, in two stages; see `two_stage_fit`."""

    params: TrainingParams
    training_data: TrainingData
    features: FactorFeatures
    width: int

    type, chosen = POOLED, "the best epoch"

    def description(self) -> Arguments:
        """Arguments that build the network again."""
        return {"numbers": len(self.features.names()), "width": self.width}

    def process_bytes(self, splits: int) -> int:
        """The memory of training one of `splits` networks in a process of its own; 0 if that is not worth it."""
        with torch.device("meta"):
            size = sum(p.numel() for p in FactorNet(**self.description()).parameters())
        work = size * len(self.training_data.samples) * self.params.epochs * splits
        return PROCESS_BYTES if self.training_data.device == "cpu" and work > WORTH_MULTIPLICATIONS else 0

    def footprints(self) -> FootprintFeatures:
        """The numbers of the cells of all samples; they are computed once in a run."""
        return FootprintFeatures.of(self.training_data.patches, len(self.training_data.samples), self.features)

    def fit(self, split: Split, name: str, report: Reporter, start: Arrays | None = None) -> FittedMember:
        """Train one network on one split and predict its test samples, by one thread: its steps are small."""
        with allotted(1):
            return self._fit(split, name, report, start)

    def _fit(self, split: Split, name: str, report: Reporter, start: Arrays | None) -> FittedMember:
        flush_denormals()
        device = torch.device(self.training_data.device)
        options = options_of(self.params, name, device, tuned=start is not None, cycle=True)
        prepare, checkpoints = self._preparation(name, device, start), self.training_data.checkpoints
        stage, history = fit_in_two_stages(prepare, split, options, name=name, checkpoints=checkpoints, report=report)
        arrays = {**to_arrays(stage.net.state_dict()), **stage.scaling}
        shares = self._answers(stage.net, stage.scaling, split.test, device)
        return FittedMember(split.name, arrays, shares, np.ones(len(shares)), history)

    def seconds(self, split: Split, name: str) -> float:
        """About how long learning `split` takes here; see `contracts.TimedLearner`."""
        flush_denormals()
        device = torch.device(self.training_data.device)
        options = options_of(self.params, name, device, cycle=True)
        with allotted(1):
            return seconds_of_stages(self._preparation(name, device, None), split, options)

    def _preparation(self, name: str, device: torch.device, start: Arrays | None) -> Prepare[FactorNet, FactorBatches]:
        """What makes the stages of the member called `name`."""

        def prepare(known: Split, before: FactorStage | None) -> FactorStage:
            if before is not None:
                return replace(before, data=self._data(known, before.scaling, device))
            scaling = self._scaling(known.train, start)
            net = new_network(lambda: FactorNet(**self.description()), seed_of(self.params.seed, name), start)
            return FitStage(net, self._data(known, scaling, device), scaling)

        return prepare

    def in_sample(self, arrays: Arrays) -> Array:
        """The predictions of a member for all samples, also those that it was trained on, shape (sample, 2)."""
        net = FactorNet(**self.description()).eval()
        net.load_state_dict(to_tensors(without_scaling(arrays)))
        return self._answers(net, arrays, np.arange(len(self.training_data.samples)), torch.device("cpu"))

    def _answers(self, net: FactorNet, scaling: Arrays, rows: Index, device: torch.device) -> Array:
        """The probabilities of the samples `rows`, those of an area as the mean over its cells, as on a map."""
        return self.footprints().answers(rows, lambda table: answer_places(net, standardised(table, scaling), device))

    def _scaling(self, rows: Index, start: Arrays | None) -> Arrays:
        """The scaling of the samples `rows`; a fine-tuned member keeps that of its start."""
        if start is not None:
            return scaling_of(start)
        footprints = self.footprints()
        return fit_factor_scaling(footprints.table[footprints.rows(rows)[0]])

    def _data(self, split: Split, scaling: Arrays, device: torch.device) -> FactorBatches:
        footprints = self.footprints()
        numbers = torch.from_numpy(standardised(footprints.table, scaling)).to(device)
        return FactorBatches(numbers, footprints, self.training_data, split, self.params.batch)


class FactorPredictor(PixelPredictor):
    """A trained network of factors that predicts the cells of a map."""

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
            net = FactorNet(**arguments)
            net.load_state_dict(to_tensors(without_scaling(arrays)))
            self._scaling = scaling_of(arrays)
        self._net, self._features, self._device = net.eval().to(device), features, device
        self.live_numbers = features.live

    def answer(self, values: Floats, wanted: Mask) -> tuple[Floats, Floats]:
        """Shares (component, pixel) and concentration (pixel,); see `contracts.Predictor`."""
        table = self._features.table(values[:, wanted], axis=0).T
        shares = answer_places(self._net, standardised(table, self._scaling), self._device)
        return np.ascontiguousarray(shares.T, np.float32), np.ones(len(shares), np.float32)


def build(stored: StoredMember) -> FactorPredictor:
    """A member of a model file as a predictor."""
    features = read_factor_features(stored.card.features.arguments)
    return FactorPredictor(stored.network, dict(stored.arrays), features, stored.name, torch.device(stored.device))
