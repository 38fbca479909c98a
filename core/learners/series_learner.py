"""Networks of pixel series as learners, one per split, and as predictors of a map."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from ..contract.learning_params import TrainingParams
from ..features.scaling import scaling_of, without_scaling
from ..features.series_features import SeriesFeatures, read_series_features
from ..learning.contracts import ANSWER_BYTES, FittedMember, PixelPredictor, TrainingData, fitting_card
from ..learning.footprint_pixels import MOST_WINDOWS, Shape
from ..learning.model_types import BRITS, BRITS_REFERENCE, CONVLSTM, CONVLSTM_REFERENCE, LTAE, TEMPCNN, StoredMember
from ..learning.patch_batches import Loss
from ..learning.series_batches import (
    BatchOptions,
    PixelBatches,
    Standardiser,
    answer_pixels,
)
from ..learning.training_loop import PROCESS_BYTES, new_network, options_of, seed_of, to_arrays, to_tensors
from ..learning.two_stage_fit import FitStage, Prepare, fit_in_two_stages, seconds_of_stages
from ..nets.brits import Brits
from ..nets.convlstm import ConvLstm, ConvLstmReference
from ..nets.ltae import Ltae
from ..nets.patch_net import PatchNet, class_loss, divide_odds
from ..nets.resnet import composition_loss
from ..nets.tempcnn import TempCnn
from ..runtime.checkpoints import Arrays
from ..runtime.devices import flush_denormals
from ..runtime.executor import Reporter
from ..runtime.progress import counted
from ..runtime.types import Arguments, Array, Floats, Mask
from ..targets.class_target import class_weights, unfocused
from ..validation.splits import Split

WORTH_MULTIPLICATIONS = 1e11  # forward, of a whole training: half a minute or so, for steps are small and many
HIDDEN = 0.3  # see `Kind`
FOCAL = "focal"  # the weighting, and among the arguments in a card that answers are those of this loss
LIVE_BYTES = 48  # that a network takes while it predicts, per step, pixel and unit of width
TRAINED_BYTES = 200  # the same while it is trained
FRACTION_WEIGHT, IMPUTATION_WEIGHT, DISAGREEMENT_WEIGHT = 0.75, 0.25, 0.1  # of the reference's loss

Forward = Callable[..., tuple[Tensor, Tensor, Tensor]]  # shares, concentration and further loss, each of pixels


def forward_brits(net: Brits, series: Tensor, days: Tensor, ancillary: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Shares, concentration and the loss of the imputation, each of a pixel."""
    output = net(series, days, ancillary)
    further_loss = IMPUTATION_WEIGHT * output.imputation_loss + DISAGREEMENT_WEIGHT * output.disagreement
    return output.shares, output.concentration, further_loss


def forward(net: nn.Module, series: Tensor, days: Tensor, ancillary: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Shares, concentration and further loss, each of a pixel, of a network that returns them itself."""
    output: tuple[Tensor, Tensor, Tensor] = net(series, days, ancillary)
    return output


def reference_loss(shares: Tensor, _: Tensor, target: Tensor) -> Tensor:
    """The squared error of fractions as the reference weighs it; both directions' together."""
    return 2 * FRACTION_WEIGHT * ((shares - target) ** 2).mean(1)


def likelihood_loss(shares: Tensor, concentration: Tensor, target: Tensor) -> Tensor:
    """The loss of shares by quasi-likelihood, and of the concentration by likelihood."""
    return composition_loss(shares, concentration, target, "dirichlet")


def classification_loss(shares: Array, weighting: str) -> Loss:
    """The loss of classes, weighed by how often they occur among the labels that train."""
    weights = torch.from_numpy(class_weights(shares, weighting)).float()

    def loss(probabilities: Tensor, _: Tensor, target: Tensor) -> Tensor:
        """The loss of each footprint."""
        return class_loss(probabilities, target, weights.to(probabilities.device), focal=weighting == "focal")

    return loss


@dataclass(frozen=True)
class Kind:
    """A network of pixel series: how it is built from the arguments in a card, called and trained.

    Parameters
    ----------
    loss : callable
        Returns the loss for labels that train and a weighting of classes.
    hidden : float
        Largest share of the dates that is masked in a batch.
    even : bool
        Whether it sees series at the days of the calendar, not at their own.
    """

    build: Callable[..., nn.Module]
    loss: Callable[[Array, str], Loss]
    forward: Forward = forward
    hidden: float = 0.0
    even: bool = False


KINDS = {
    BRITS: Kind(Brits, lambda *_: likelihood_loss, forward_brits, HIDDEN),
    BRITS_REFERENCE: Kind(partial(Brits, reference=True), lambda *_: reference_loss, forward_brits),
    CONVLSTM: Kind(partial(PatchNet, ConvLstm), classification_loss, hidden=HIDDEN),
    CONVLSTM_REFERENCE: Kind(ConvLstmReference, classification_loss),
    TEMPCNN: Kind(partial(PatchNet, TempCnn), classification_loss, even=True),
    LTAE: Kind(partial(PatchNet, Ltae), classification_loss, hidden=HIDDEN),
}


class PixelNet(nn.Module):
    """A network with the way in which it is called, for `series_batches.PixelBatches`."""

    def __init__(self, net: nn.Module, kind: Kind) -> None:
        super().__init__()
        self.net, self._forward = net, kind.forward

    def forward(self, series: Tensor, days: Tensor, ancillary: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Shares, concentration and further loss of pixels."""
        return self._forward(self.net, series, days, ancillary)


SeriesStage = FitStage[PixelNet, PixelBatches]


@dataclass(frozen=True)
class SeriesLearner:
    """Trains a network of one of `KINDS` on each split.

    Parameters
    ----------
    features : SeriesFeatures
        The numbers of a pixel, and the calendar.
    arguments : dict
        Those of the network, besides the numbers of bands, ancillary numbers and components.
    weighting : str
        See `class_target.class_weights`.
    cycle : bool
        Whether the learning rate rises and falls to 0; then the second stage, see `two_stage_fit`, begins anew.
    """

    type: str
    params: TrainingParams
    training_data: TrainingData
    features: SeriesFeatures
    arguments: dict[str, int]
    weighting: str = ""
    cycle: bool = False

    chosen = "the best epoch"

    def description(self) -> Arguments:
        """Arguments that build the network again, and what its answers are."""
        focal = {FOCAL: True} if self.weighting == FOCAL else {}
        return {**self._sizes(), **focal}

    def _sizes(self) -> Arguments:
        components = len(self.training_data.samples.components)
        return {"bands": len(self.features.bands), "components": components, **self.arguments}

    def process_bytes(self, splits: int) -> int:
        """The memory of training one of `splits` networks in a process of its own; 0 if that is not worth it."""
        training_data = self.training_data
        if training_data.device != "cpu" or training_data.days is None:
            return 0
        arguments = self._sizes()
        with torch.device("meta"):
            net = KINDS[self.type].build(**arguments)
        each = sum(p.numel() for p in net.parameters()) * training_data.days.shape[1]
        side = arguments.get("patch", 1)
        worth = each * side**2 * len(training_data.samples) * self.params.epochs * splits > WORTH_MULTIPLICATIONS
        windows = self.params.batch * min(len(training_data.patches.sample) / len(training_data.samples), MOST_WINDOWS)
        live = TRAINED_BYTES * windows * side**2 * training_data.days.shape[1] * arguments["width"]
        return PROCESS_BYTES + (int(live) if side > 1 else 0) if worth else 0

    def fit(self, split: Split, name: str, report: Reporter, start: Arrays | None = None) -> FittedMember:
        """Train one network on one split and predict its test samples."""
        flush_denormals()  # in the process and thread that this is
        device, checkpoints = torch.device(self.training_data.device), self.training_data.checkpoints
        options = options_of(self.params, name, device, tuned=start is not None, cycle=self.cycle)
        prepare = self._preparation(name, device, start)
        stage, history = fit_in_two_stages(prepare, split, options, name=name, checkpoints=checkpoints, report=report)
        self._unweigh(stage)
        shares, concentration = stage.data.predict(stage.net, split.test)
        shares = unfocused(shares) if self.weighting == FOCAL else shares
        arrays = {**to_arrays(stage.net.net.state_dict()), **stage.scaling}
        return FittedMember(split.name, arrays, shares, concentration, history)

    def seconds(self, split: Split, name: str) -> float:
        """About how long learning `split` takes here; see `contracts.TimedLearner`."""
        flush_denormals()
        device = torch.device(self.training_data.device)
        options = options_of(self.params, name, device, cycle=self.cycle)
        return seconds_of_stages(self._preparation(name, device, None), split, options)

    def _preparation(self, name: str, device: torch.device, start: Arrays | None) -> Prepare[PixelNet, PixelBatches]:
        """What makes the stages of the member called `name`."""

        def prepare(known: Split, before: SeriesStage | None) -> SeriesStage:
            data, scaling = self._data(known, device, start if before is None else before.scaling)
            return FitStage(self._network(name, start) if before is None else before.net, data, scaling)

        return prepare

    def _unweigh(self, stage: FitStage[PixelNet, PixelBatches]) -> None:
        """Let a network that weighed classes answer how frequent they are among the samples."""
        net = stage.net.net
        if self.weighting and isinstance(net, PatchNet | ConvLstmReference):
            weights = class_weights(self.training_data.samples.shares[stage.data.trained], self.weighting)
            divide_odds(net.last, torch.from_numpy(np.where(weights > 0, weights, 1.0)))

    def _network(self, name: str, start: Arrays | None) -> PixelNet:
        """A network to train: that of a fitted member, or with random weights of its own."""
        kind = KINDS[self.type]
        net = new_network(lambda: kind.build(**self._sizes()), seed_of(self.params.seed, name), start)
        return PixelNet(net, kind)

    def _data(self, split: Split, device: torch.device, start: Arrays | None) -> tuple[PixelBatches, Arrays]:
        """The data of a split and their scaling, which is that of `start`, if there is any."""
        kind, shape = KINDS[self.type], _shape(self.type, self.description(), self.features)
        training_data = self.training_data.knowing(split.train)
        loss = kind.loss(training_data.samples.shares[split.train], self.weighting)
        data = PixelBatches(training_data, shape, split, loss, BatchOptions(self.params.batch, kind.hidden))
        scaling = data.scaling() if start is None else scaling_of(start)
        return data.scaled_by(Standardiser.of(scaling, shape, device)), scaling


def _shape(kind: str, arguments: Arguments, features: SeriesFeatures) -> Shape:
    """How a network with these arguments reads a pixel's numbers."""
    side = arguments.get("patch", 1) + arguments.get("kernel", 1) - 1
    course = features.course() if KINDS[kind].even else None
    return Shape(len(features.bands), len(features.ancillary), side, course)


class SeriesPredictor(PixelPredictor):
    """A trained network of pixel series that predicts the pixels of a map.

    The prediction of a patch is the mean of its pixels' logits, so each pixel is computed once and the logits are box
    filtered. A network whose prediction depends on where the patch ends computes the patch of each pixel.
    """

    held_bytes = ANSWER_BYTES

    def __init__(
        self,
        kind: str,
        arguments: Arguments,
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
        with fitting_card(name):
            self._kind = KINDS[kind]
            self._focal, arguments = FOCAL in arguments, {k: v for k, v in arguments.items() if k != FOCAL}
            net = self._kind.build(**arguments)
            net.load_state_dict(to_tensors(without_scaling(arrays)))
            self._shape = _shape(kind, arguments, features)
            self._standardiser = Standardiser.of(arrays, self._shape, device)
        self._net, self._device = net.eval().to(device), device
        self._days, self._width = () if features.days is None else features.days, int(arguments["width"])
        self.knows_concentration = kind != BRITS_REFERENCE

    @property
    def halo(self) -> int:
        """Cells around a pixel that its prediction depends on."""
        return self._shape.side // 2

    @torch.inference_mode()
    def answer(self, values: Floats, wanted: Mask) -> tuple[Floats, Floats]:
        """Shares (component, pixel) and concentration (pixel,); see `contracts.Predictor`."""
        shares, concentration = self._learned(values, wanted)
        return (np.ascontiguousarray(unfocused(shares.T).T) if self._focal else shares), concentration

    def _learned(self, values: Floats, wanted: Mask) -> tuple[Floats, Floats]:
        """The same as the network has learned to answer them."""
        if isinstance(self._net, PatchNet) and self._net.patch > 1:
            return self._filtered(self._net, values, wanted)
        chunks = self._outputs(PixelNet(self._net, self._kind), values, wanted, self._shape.side)
        shares, concentration = (torch.cat([chunk[i] for chunk in chunks]) for i in (0, 1))
        return shares.T.contiguous().cpu().numpy(), concentration.cpu().numpy()

    def _filtered(self, net: PatchNet, values: Floats, wanted: Mask) -> tuple[Floats, Floats]:
        """Shares and concentration of patches around the `wanted` pixels by filtering the logits of pixels."""
        radius, margin = net.patch // 2, net.kernel // 2
        inner = values[:, margin : values.shape[1] - margin, margin : values.shape[2] - margin]
        near = box_sums(np.pad(wanted, 2 * radius)[..., None].astype(np.float32), radius)[..., 0] > 0
        valid = near & np.isfinite(inner).any(0)
        chunks = self._outputs(_Logits(net), values, valid, net.kernel)
        logits = torch.cat([chunk[0] for chunk in chunks]).cpu().numpy()
        table = np.zeros((*valid.shape, logits.shape[1] + 1), np.float32)  # the last column counts valid pixels
        table[valid] = np.concatenate([logits, np.ones((len(logits), 1), np.float32)], 1)
        sums = box_sums(table, radius)[wanted]
        mean = torch.from_numpy(sums[:, :-1] / np.maximum(sums[:, -1:], 1))
        return torch.softmax(mean, 1).T.contiguous().numpy(), np.ones(len(sums), np.float32)

    def _outputs(self, net: nn.Module, values: Floats, wanted: Mask, side: int) -> list[tuple[Tensor, ...]]:
        """The outputs of `net` for the `wanted` pixels, chunk by chunk, each pixel in a window of `side` cells."""
        steps = len(self._days) if self._shape.course is None else len(self._shape.course.calendar)
        size = max(int(ANSWER_BYTES / (LIVE_BYTES * max(steps, 1) * self._width * side**2)), 1)
        chunks = counted(_windows(values, wanted, side, size), total=-(-int(wanted.sum()) // size))
        return [answer_pixels(net, self._standardiser, chunk, self._days, self._device) for chunk in chunks]

    @torch.inference_mode()
    def impute(self, values: Floats, wanted: Mask) -> Floats:
        """The series of the `wanted` pixels without gaps, in their own units, shape (step * band, pixel)."""
        chunks = self._outputs(self._net, values, wanted, 1)
        bands = self._shape.bands
        mean, std = self._standardiser.mean[:bands], self._standardiser.std[:bands]
        imputed = torch.cat([chunk.imputed * std + mean for chunk in chunks])  # type: ignore[attr-defined]
        return imputed.flatten(1).T.contiguous().cpu().numpy()


def build(stored: StoredMember) -> SeriesPredictor:
    """A member of a model file as a predictor."""
    features, device = read_series_features(stored.card.features.arguments, stored.days), torch.device(stored.device)
    kind, arrays = stored.member.type, dict(stored.arrays)
    return SeriesPredictor(kind, stored.network, arrays, features, stored.name, device)


class _Logits(nn.Module):
    """Computes the logits of single pixels, shape (pixel, class)."""

    def __init__(self, net: PatchNet) -> None:
        super().__init__()
        self._net = net

    def forward(self, series: Tensor, days: Tensor, _: Tensor) -> tuple[Tensor]:
        """Logits of windows of the network's kernel."""
        return (self._net.logits(series, days)[0][:, 0, 0],)


def _windows(values: Floats, wanted: Mask, side: int, size: int) -> Iterator[Floats]:
    """Yield the numbers of `size` of the `wanted` pixels at a time.

    Shape (pixel, number), or with windows around them (pixel, number, side, side) where `side` is above 1.
    """
    rows, cols = np.nonzero(wanted)
    windows = np.lib.stride_tricks.sliding_window_view(values, (side, side), axis=(1, 2))
    for start in range(0, len(rows), size):
        chunk = np.s_[start : start + size]
        numbers = np.moveaxis(windows[:, rows[chunk], cols[chunk]], 0, 1)
        yield np.ascontiguousarray(numbers[..., 0, 0] if side == 1 else numbers)


def box_sums(table: Floats, radius: int) -> Floats:
    """Sums over squares of 2 `radius` + 1 cells of a table (row, col, number), always in the same order.

    Only for cells whose square lies inside.
    """
    for axis in (0, 1):
        size = table.shape[axis] - 2 * radius
        table = sum(np.take(table, range(i, i + size), axis) for i in range(2 * radius + 1))  # type: ignore[assignment]
    return table
