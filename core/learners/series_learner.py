"""Networks of pixel series as learners: one network per split, and its answers on a map."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..contract.params import TrainingParams
from ..features.series_features import SeriesFeatures, read_series_features
from ..learning.contracts import ANSWER_BYTES, FittedMember, PixelPredictor, TrainingData, fitting_card
from ..learning.history import History
from ..learning.model_types import BRITS, BRITS_REFERENCE, CONVLSTM, CONVLSTM_REFERENCE, LTAE, TEMPCNN, StoredMember
from ..learning.series_batches import MEAN, MOST_WINDOWS, STD, PixelBatches, Shape, Standardiser, answer_pixels
from ..learning.training_loop import PROCESS_BYTES, fit_member, options_of, seed_of, to_arrays, to_tensors
from ..nets.brits import Brits
from ..nets.convlstm import ConvLstm, ConvLstmReference
from ..nets.ltae import Ltae
from ..nets.patch_net import PatchNet, class_loss
from ..nets.resnet import composition_loss
from ..nets.tempcnn import TempCnn
from ..runtime.checkpoints import Arrays
from ..runtime.devices import flush_denormals
from ..runtime.executor import Reporter
from ..runtime.types import Floats, Mask
from ..targets.class_target import class_weights
from ..validation.splits import Split

Array = NDArray[np.float64]

WORTH_MULTIPLICATIONS = 1e11  # forward, of a whole training: half a minute or so, for steps are small and many
HIDDEN = 0.3  # see `Kind`
LIVE_BYTES = 48  # that a network takes while it answers, per step, pixel and unit of width
TRAINED_BYTES = 200  # the same while it is trained
FRACTION_WEIGHT, IMPUTATION_WEIGHT, DISAGREEMENT_WEIGHT = 0.75, 0.25, 0.1  # of the reference's loss


Answer = Callable[..., tuple[Tensor, Tensor, Tensor]]
Loss = Callable[[Tensor, Tensor, Tensor], Tensor]  # of shares, concentration and target, each of units


def ask_brits(net: Brits, series: Tensor, days: Tensor, ancillary: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Shares, concentration and the loss of the imputation, each of a pixel."""
    found = net(series, days, ancillary)
    more = IMPUTATION_WEIGHT * found.imputation_loss + DISAGREEMENT_WEIGHT * found.disagreement
    return found.shares, found.concentration, more


def ask(net: nn.Module, series: Tensor, days: Tensor, ancillary: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return what a network answers by itself."""
    found: tuple[Tensor, Tensor, Tensor] = net(series, days, ancillary)
    return found


def reference_loss(shares: Tensor, _: Tensor, target: Tensor) -> Tensor:
    """The squared error of fractions as the reference weighs it; both directions' together."""
    return 2 * FRACTION_WEIGHT * ((shares - target) ** 2).mean(1)


def likelihood_loss(shares: Tensor, concentration: Tensor, target: Tensor) -> Tensor:
    """The loss of shares by quasi-likelihood, and of the concentration by likelihood."""
    return composition_loss(shares, concentration, target, "dirichlet")


def classifying(shares: Array, weighting: str) -> Loss:
    """The loss of classes, weighed by what occurs among the labels that train."""
    weights = torch.from_numpy(class_weights(shares, weighting)).float()

    def loss(found: Tensor, _: Tensor, target: Tensor) -> Tensor:
        """The loss of each unit."""
        return class_loss(found, target, weights.to(found.device), focal=weighting == "focal")

    return loss


@dataclass(frozen=True)
class Kind:
    """A network of pixel series: how it is built from the arguments in a card, asked and trained.

    Parameters
    ----------
    loss : callable
        Returns the loss for labels that train and a weighting of classes.
    hidden : float
        Largest share of the dates that a batch does not see.
    even : bool
        Whether it sees series at the days of the calendar, not at their own.
    """

    build: Callable[..., nn.Module]
    loss: Callable[[Array, str], Loss]
    answer: Answer = ask
    hidden: float = 0.0
    even: bool = False


KINDS = {
    BRITS: Kind(Brits, lambda *_: likelihood_loss, ask_brits, HIDDEN),
    BRITS_REFERENCE: Kind(partial(Brits, reference=True), lambda *_: reference_loss, ask_brits),
    CONVLSTM: Kind(partial(PatchNet, ConvLstm), classifying, hidden=HIDDEN),
    CONVLSTM_REFERENCE: Kind(ConvLstmReference, classifying),
    TEMPCNN: Kind(partial(PatchNet, TempCnn), classifying, even=True),
    LTAE: Kind(partial(PatchNet, Ltae), classifying, hidden=HIDDEN),
}


class Answering(nn.Module):
    """A network with the way in which it is asked, for `pixels.PixelBatches`."""

    def __init__(self, net: nn.Module, kind: Kind) -> None:
        super().__init__()
        self.net, self._answer = net, kind.answer

    def forward(self, series: Tensor, days: Tensor, ancillary: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Shares, concentration and further loss of pixels."""
        return self._answer(self.net, series, days, ancillary)


@dataclass(frozen=True)
class SeriesLearner:
    """Trains a network of one of `KINDS` on each split.

    Parameters
    ----------
    features : SeriesFeatures
        What a pixel's numbers are, and the calendar.
    arguments : dict
        Those of the network, besides the numbers of bands, ancillary numbers and components.
    weighting : str
        See `classes.class_weights`.
    again : bool
        Whether the learning rate rises and falls to 0, and the network is trained once more, on all samples but those
        that test. Where patience ended the first training, its best weights are kept instead.
    """

    type: str
    params: TrainingParams
    training_data: TrainingData
    features: SeriesFeatures
    arguments: dict[str, int]
    weighting: str = ""
    again: bool = False

    def description(self) -> dict[str, Any]:
        """Return what a reader needs to build the network and its inputs again."""
        components = len(self.training_data.samples.components)
        return {"bands": len(self.features.bands), "components": components, **self.arguments}

    def process_bytes(self, splits: int) -> int:
        """The memory of training one of `splits` networks in a process of its own; 0 if that is not worth it."""
        training_data = self.training_data
        if training_data.device != "cpu" or training_data.days is None:
            return 0
        arguments = self.description()
        with torch.device("meta"):
            net = KINDS[self.type].build(**arguments)
        each = sum(p.numel() for p in net.parameters()) * training_data.days.shape[1]
        side = arguments.get("patch", 1)
        worth = each * side**2 * len(training_data.samples) * self.params.epochs * splits > WORTH_MULTIPLICATIONS
        windows = self.params.batch * min(len(training_data.patches.sample) / len(training_data.samples), MOST_WINDOWS)
        live = TRAINED_BYTES * windows * side**2 * training_data.days.shape[1] * arguments["width"]
        return PROCESS_BYTES + (int(live) if side > 1 else 0) if worth else 0

    def fit(self, split: Split, name: str, report: Reporter, start: Arrays | None = None) -> FittedMember:
        """Train one network on one split and let it answer the test part."""
        flush_denormals()  # in the process and thread that this is
        device = torch.device(self.training_data.device)
        checkpoints = self.training_data.checkpoints
        options = options_of(self.params, name, device, tuned=start is not None, cycle=self.again)
        data, scaling = self._data(split, device, start)
        spec = self._network(name, start)
        first = checkpoints.load(f"first-{name}")  # of a run that was stopped in the second training
        history = (
            History(**first[1])
            if first
            else fit_member(
                spec,
                data,
                options,
                name=name,
                checkpoints=checkpoints,
                report=report,
                span=(0, 0.5 if self.again else 1),
            )
        )
        if self.again and len(history.score) == options.epochs:
            checkpoints.save(f"first-{name}", {}, history.__dict__)
            everyone = np.sort(np.concatenate([split.train, split.validation]))
            report.info(
                f"{name} is trained again on all {len(everyone)} samples; the curves are those of the first time."
            )
            data, scaling = self._data(Split(split.name, everyone, split.validation, split.test), device, None)
            spec, options = self._network(name, None), replace(options, validated=False)
            again = f"{name}-again"
            fit_member(spec, data, options, name=again, checkpoints=checkpoints, report=report, span=(0.5, 1))
            checkpoints.remove(f"first-{name}")
        shares, concentration = data.predict(spec, split.test)
        return FittedMember(split.name, {**to_arrays(spec.net.state_dict()), **scaling}, shares, concentration, history)

    def _network(self, name: str, start: Arrays | None) -> Answering:
        """A network to train: that of a trained member, or with random weights of its own."""
        kind = KINDS[self.type]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed_of(self.params.seed, name))
            net = kind.build(**self.description())
        if start is not None:
            net.load_state_dict(to_tensors({k: v for k, v in start.items() if k not in (MEAN, STD)}))
        return Answering(net, kind)

    def _data(self, split: Split, device: torch.device, start: Arrays | None) -> tuple[PixelBatches, Arrays]:
        """The data of a split and their scaling; a fine-tuned member keeps that of its start."""
        kind, shape = KINDS[self.type], _shape(self.type, self.description(), self.features)
        loss = kind.loss(self.training_data.samples.shares[split.train], self.weighting)
        data = PixelBatches(
            self.training_data,
            shape,
            train=split.train,
            validation=split.validation,
            batch=self.params.batch,
            loss=loss,
            device=device,
            hidden=kind.hidden,
        )
        scaling = data.scaling() if start is None else {key: start[key] for key in (MEAN, STD)}
        return data.scaled_by(Standardiser.of(scaling, shape, device)), scaling


def _shape(kind: str, arguments: dict[str, Any], features: SeriesFeatures) -> Shape:
    """How a network with these arguments reads a pixel's numbers."""
    side = arguments.get("patch", 1) + arguments.get("kernel", 1) - 1
    course = features.course() if KINDS[kind].even else None
    return Shape(len(features.bands), len(features.ancillary), side, course)


class SeriesPredictor(PixelPredictor):
    """A trained network of pixel series that answers the pixels of a map.

    The answer of a patch is the mean of its pixels' logits, so each pixel is computed once and the logits are box
    filtered. A network whose answer depends on where the patch ends is asked for the patch of each pixel.
    """

    held_bytes = ANSWER_BYTES

    def __init__(
        self,
        kind: str,
        arguments: dict[str, Any],
        arrays: Arrays,
        features: SeriesFeatures,
        name: str,
        device: torch.device,
    ) -> None:
        """Build the member called `name`, checked against the network its card describes.

        Parameters
        ----------
        features : SeriesFeatures
            With the days of the series that is mapped.

        Raises
        ------
        RegionwiseError
            If tensors and description do not fit.
        """
        state = {k: v for k, v in arrays.items() if k not in (MEAN, STD)}
        with fitting_card(name):
            self._kind = KINDS[kind]
            net = self._kind.build(**arguments)
            net.load_state_dict(to_tensors(state))
            self._shape = _shape(kind, arguments, features)
            self._standardiser = Standardiser.of(arrays, self._shape, device)
        self._net, self._device = net.eval().to(device), device
        self._days, self._width = () if features.days is None else features.days, int(arguments["width"])
        self.knows_concentration = kind != BRITS_REFERENCE

    @property
    def halo(self) -> int:
        """Cells around a pixel that its answer depends on."""
        return self._shape.side // 2

    @torch.inference_mode()
    def answer(self, values: Floats, wanted: Mask) -> tuple[Floats, Floats]:
        """Shares (component, pixel) and concentration (pixel,); see `learning.Predictor`."""
        if isinstance(self._net, PatchNet) and self._net.patch > 1:
            return self._filtered(self._net, values, wanted)
        found = self._answers_of(Answering(self._net, self._kind), values, wanted, self._shape.side)
        shares, concentration = (torch.cat([part[i] for part in found]) for i in (0, 1))
        return shares.T.contiguous().cpu().numpy(), concentration.cpu().numpy()

    def _filtered(self, net: PatchNet, values: Floats, wanted: Mask) -> tuple[Floats, Floats]:
        """The answers of patches around the `wanted` pixels by filtering the logits of pixels."""
        field_of_view, margin = net.patch // 2, net.kernel // 2
        inner = values[:, margin : values.shape[1] - margin, margin : values.shape[2] - margin]
        near = box_sums(np.pad(wanted, 2 * field_of_view)[..., None].astype(np.float32), field_of_view)[..., 0] > 0
        heard = near & np.isfinite(inner).any(0)
        parts = self._answers_of(_Logits(net), values, heard, net.kernel)
        found = torch.cat([part[0] for part in parts]).cpu().numpy()
        table = np.zeros((*heard.shape, found.shape[1] + 1), np.float32)  # the last tells how many pixels spoke
        table[heard] = np.concatenate([found, np.ones((len(found), 1), np.float32)], 1)
        sums = box_sums(table, field_of_view)[wanted]
        mean = torch.from_numpy(sums[:, :-1] / np.maximum(sums[:, -1:], 1))
        return torch.softmax(mean, 1).T.contiguous().numpy(), np.ones(len(sums), np.float32)

    def _answers_of(self, net: nn.Module, values: Floats, wanted: Mask, side: int) -> list[tuple[Tensor, ...]]:
        """Return what `net` answers for the `wanted` pixels, part by part, each seen in a window of `side` cells."""
        steps = len(self._days) if self._shape.course is None else len(self._shape.course.calendar)
        chunk = max(int(ANSWER_BYTES / (LIVE_BYTES * max(steps, 1) * self._width * side**2)), 1)
        parts = _windows(values, wanted, side, chunk)
        return [answer_pixels(net, self._standardiser, part, self._days, self._device) for part in parts]

    @torch.inference_mode()
    def impute(self, values: Floats, wanted: Mask) -> Floats:
        """The series of the `wanted` pixels without gaps, in their own units, shape (step * band, pixel)."""
        parts = self._answers_of(self._net, values, wanted, 1)
        bands = self._shape.bands
        mean, std = self._standardiser.mean[:bands], self._standardiser.std[:bands]
        found = torch.cat([part.imputed * std + mean for part in parts])  # type: ignore[attr-defined]
        return found.flatten(1).T.contiguous().cpu().numpy()


def build(stored: StoredMember) -> SeriesPredictor:
    """A member of a model file as a predictor."""
    features, device = read_series_features(stored.card.trees, stored.days), torch.device(stored.device)
    kind, arrays = stored.member.type, dict(stored.arrays)
    return SeriesPredictor(kind, stored.network, arrays, features, stored.name, device)


class _Logits(nn.Module):
    """Answers the logits of single pixels, shape (pixel, class)."""

    def __init__(self, net: PatchNet) -> None:
        super().__init__()
        self._net = net

    def forward(self, series: Tensor, days: Tensor, _: Tensor) -> tuple[Tensor]:
        """Logits of windows of the network's kernel."""
        return (self._net.logits(series, days)[0][:, 0, 0],)


def _windows(values: Floats, wanted: Mask, side: int, chunk: int) -> Iterator[Floats]:
    """Yield the numbers of `chunk` of the `wanted` pixels at a time.

    Shape (pixel, number), or with windows around them (pixel, number, side, side) where `side` is above 1.
    """
    rows, cols = np.nonzero(wanted)
    around = np.lib.stride_tricks.sliding_window_view(values, (side, side), axis=(1, 2))
    for start in range(0, len(rows), chunk):
        part = np.s_[start : start + chunk]
        found = np.moveaxis(around[:, rows[part], cols[part]], 0, 1)
        yield np.ascontiguousarray(found[..., 0, 0] if side == 1 else found)


def box_sums(table: Floats, field_of_view: int) -> Floats:
    """Sums over squares of 2 `reach` + 1 cells of a table (row, col, number), always in the same order.

    Only for cells whose square lies inside.
    """
    for axis in (0, 1):
        size = table.shape[axis] - 2 * field_of_view
        table = sum(np.take(table, range(i, i + size), axis) for i in range(2 * field_of_view + 1))  # type: ignore[assignment]
    return table
