"""Networks of factors as learners: one network per split, and its answers on a map."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..contract.params import TrainingParams
from ..features.factor_features import MEAN, STD, FactorFeatures, read_factor_features, scaling_of, standardised
from ..features.window_features import kept_features
from ..learning.contracts import ANSWER_BYTES, FittedMember, PixelPredictor, TrainingData, fitting_card
from ..learning.history import History
from ..learning.model_types import POOLED, StoredMember
from ..learning.training_loop import (
    PROCESS_BYTES,
    WORTH_MULTIPLICATIONS,
    Batch,
    fit_member,
    options_of,
    seed_of,
    to_arrays,
    to_tensors,
)
from ..nets.mlp import FactorNet, answer_places, event_loss
from ..runtime.checkpoints import Arrays
from ..runtime.devices import flush_denormals
from ..runtime.executor import Reporter
from ..runtime.threads import allotted
from ..runtime.types import Floats, Mask
from ..targets.metrics import pooled_r2
from ..validation.splits import Split

Array = NDArray[np.float64]
Index = NDArray[np.int64]


class FactorBatches:
    """Training data of a network of factors (see `training.BatchSource`).

    Parameters
    ----------
    numbers : Tensor, shape (sample, number)
        Standardised, of all samples.
    """

    def __init__(
        self, numbers: Tensor, training_data: TrainingData, train: Index, validation: Index, batch: int
    ) -> None:
        samples, device = training_data.samples, numbers.device
        self._numbers, self._train, self._validation, self._batch = numbers, train, validation, batch
        self._label = torch.from_numpy(samples.shares[:, 1]).float().to(device)
        self._weight = torch.from_numpy(samples.weight).float().to(device)

    def batches(self, rng: np.random.Generator) -> Iterator[Batch]:
        """Yield the training samples in random order."""
        order = rng.permutation(self._train)
        for start in range(0, len(order), self._batch):
            rows = torch.from_numpy(order[start : start + self._batch]).to(self._numbers.device)
            yield {"numbers": self._numbers[rows], "label": self._label[rows], "weight": self._weight[rows]}

    def loss(self, net: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
        """The weighted sum of losses and the sum of weights of one batch."""
        losses = event_loss(net(batch["numbers"]), batch["label"])
        return (losses * batch["weight"]).sum(), batch["weight"].sum()

    def validate(self, net: nn.Module) -> tuple[float, float]:
        """Mean loss and R2 of the probability on the validation samples."""
        rows = torch.from_numpy(self._validation).to(self._numbers.device)
        logit, label = net(self._numbers[rows]), self._label[rows]
        found = torch.sigmoid(logit).cpu().double().numpy()[:, None]
        return float(event_loss(logit, label).mean()), pooled_r2(label.cpu().double().numpy()[:, None], found)


@dataclass(frozen=True)
class FactorLearner:
    """Trains a network of factors on each split.

    As networks of crops it is trained twice: first with a validation part, for the curves; then on all samples but
    those that test, over the whole cycle of the learning rate. Where patience ended the first training, its best
    weights are kept instead.
    """

    params: TrainingParams
    training_data: TrainingData
    features: FactorFeatures
    width: int

    type = POOLED

    def description(self) -> dict[str, Any]:
        """Return what a reader needs to build the network again."""
        return {"numbers": len(self.features.names()), "width": self.width}

    def process_bytes(self, splits: int) -> int:
        """The memory of training one of `splits` networks in a process of its own; 0 if that is not worth it."""
        with torch.device("meta"):
            size = sum(p.numel() for p in FactorNet(**self.description()).parameters())
        work = size * len(self.training_data.samples) * self.params.epochs * splits
        return PROCESS_BYTES if self.training_data.device == "cpu" and work > WORTH_MULTIPLICATIONS else 0

    def table(self) -> Floats:
        """The numbers of all samples, shape (sample, number); they are computed once in a run."""
        return kept_features(self.training_data.patches, len(self.training_data.samples), self.features)

    def fit(self, split: Split, name: str, report: Reporter, start: Arrays | None = None) -> FittedMember:
        """Train one network on one split and let it answer the test part, by one thread: its steps are small."""
        with allotted(1):
            return self._fit(split, name, report, start)

    def _fit(self, split: Split, name: str, report: Reporter, start: Arrays | None) -> FittedMember:
        flush_denormals()
        device, checkpoints = torch.device(self.training_data.device), self.training_data.checkpoints
        options = options_of(self.params, name, device, tuned=start is not None, cycle=True)
        first = checkpoints.load(f"first-{name}")  # of a run that was stopped in the second training
        net, scaling = self._network(name, start), self._scaling(split.train, start)
        history = (
            History(**first[1])
            if first
            else fit_member(
                net,
                self._data(split, scaling, device),
                options,
                name=name,
                checkpoints=checkpoints,
                report=report,
                span=(0, 0.5),
            )
        )
        if len(history.score) == options.epochs:
            checkpoints.save(f"first-{name}", {}, history.__dict__)
            everyone = np.sort(np.concatenate([split.train, split.validation]))
            net, scaling = self._network(name, start), self._scaling(everyone, start)
            data = self._data(Split(split.name, everyone, split.validation, split.test), scaling, device)
            fit_member(
                net,
                data,
                replace(options, validated=False),
                name=f"{name}-again",
                checkpoints=checkpoints,
                report=report,
                span=(0.5, 1),
            )
            checkpoints.remove(f"first-{name}")
        arrays = {**to_arrays(net.state_dict()), **scaling}
        found = answer_places(net, standardised(self.table()[split.test], scaling), device)
        return FittedMember(split.name, arrays, found, np.ones(len(found)), history)

    def in_sample(self, arrays: Arrays) -> Array:
        """Return what a member answers for all samples, also those that it learned, shape (sample, 2)."""
        net = FactorNet(**self.description()).eval()
        net.load_state_dict(_state(arrays))
        return answer_places(net, standardised(self.table(), arrays), torch.device("cpu"))

    def _network(self, name: str, start: Arrays | None) -> FactorNet:
        """A network to train: that of a trained member, or with random weights of its own."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed_of(self.params.seed, name))
            net = FactorNet(**self.description())
        if start is not None:
            net.load_state_dict(_state(start))
        return net

    def _scaling(self, rows: Index, start: Arrays | None) -> Arrays:
        """Mean and deviation of the numbers of some samples; a fine-tuned member keeps those of its start."""
        if start is not None:
            return {key: start[key] for key in (MEAN, STD)}
        return scaling_of(self.table()[rows])

    def _data(self, split: Split, scaling: Arrays, device: torch.device) -> FactorBatches:
        numbers = torch.from_numpy(standardised(self.table(), scaling)).to(device)
        return FactorBatches(numbers, self.training_data, split.train, split.validation, self.params.batch)


def _state(arrays: Arrays) -> dict[str, Tensor]:
    return to_tensors({key: value for key, value in arrays.items() if key not in (MEAN, STD)})


class FactorPredictor(PixelPredictor):
    """A trained network of factors that answers the cells of a map."""

    held_bytes = ANSWER_BYTES

    def __init__(
        self, arguments: dict[str, Any], arrays: Arrays, features: FactorFeatures, name: str, device: torch.device
    ) -> None:
        """Build the member called `name`, checked against the network its card describes.

        Raises
        ------
        RegionwiseError
            If tensors and description do not fit.
        """
        with fitting_card(name):
            net = FactorNet(**arguments)
            net.load_state_dict(_state(arrays))
            self._scaling = {key: arrays[key] for key in (MEAN, STD)}
        self._net, self._features, self._device = net.eval().to(device), features, device
        self.live_numbers = features.live

    def answer(self, values: Floats, wanted: Mask) -> tuple[Floats, Floats]:
        """Shares (component, pixel) and concentration (pixel,); see `learning.Predictor`."""
        table = self._features.table(values[:, wanted], axis=0).T
        found = answer_places(self._net, standardised(table, self._scaling), self._device)
        return np.ascontiguousarray(found.T, np.float32), np.ones(len(found), np.float32)


def build(stored: StoredMember) -> FactorPredictor:
    """A member of a model file as a predictor."""
    features = read_factor_features(stored.card.trees)
    return FactorPredictor(stored.network, dict(stored.arrays), features, stored.name, torch.device(stored.device))
