"""Networks of patches as learners, one per split, and as predictors of a map."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from ..contract.learning_params import TrainingParams
from ..features.scaling import scaling_of, without_scaling
from ..inference.backend_choice import Choice
from ..inference.backends import Backend, maker, release_memory
from ..inference.window_cover import GRAIN, Cost, batches, cover
from ..learning.contracts import FittedMember, TrainingData, fitting_card
from ..learning.model_types import NETWORK, StoredMember
from ..learning.patch_batches import Objective, PatchBatches, Standardiser, fit_patch_scaling, scaling_arrays
from ..learning.training_loop import PROCESS_BYTES, new_network, options_of, seed_of, to_arrays, to_tensors
from ..learning.two_stage_fit import FitStage, Prepare, fit_in_two_stages, seconds_of_stages
from ..nets.resnet import CompositionNet, composition_loss, footprint_prediction, receptive_field
from ..runtime.checkpoints import Arrays
from ..runtime.devices import flush_denormals
from ..runtime.executor import Reporter
from ..runtime.progress import counted
from ..runtime.types import Arguments, Floats, Mask
from ..validation.splits import Split

if TYPE_CHECKING:  # networks train and predict where rasters cannot be read
    from ..data.patches.patches import Patches

PatchStage = FitStage[CompositionNet, PatchBatches]

WORTH_MULTIPLICATIONS = 5e12  # forward, of a whole training: about a minute on two processors
LIVE_MAPS = 16  # feature maps that exist at a time while a network predicts, measured
LIVE_INPUTS = 5  # copies of its inputs that exist meanwhile
TRAINING_MAPS = 44  # feature maps of a network that training holds, measured
TRAINING_INPUTS = 2  # copies of its inputs


@dataclass(frozen=True)
class PatchNetOptions:
    """Options of a network of patches, see `nets.resnet.CompositionNet`; `depths` are residual blocks a stage."""

    width: int
    depths: tuple[int, ...]
    head: str
    mask_channel: bool


@dataclass(frozen=True)
class PatchLearner:
    """Trains a `CompositionNet` on each split."""

    params: TrainingParams
    options: PatchNetOptions
    training_data: TrainingData

    @property
    def type(self) -> str:
        """The name of the type."""
        return NETWORK

    @property
    def chosen(self) -> str:
        """What validation samples choose."""
        return "the best epoch"

    def description(self) -> Arguments:
        """Arguments that build the network and its inputs again."""
        options, sensors = self.options, self.training_data.sensors()
        channels = [count + options.mask_channel for count in sensors] + [0]
        return {
            "arguments": {
                "day_channels": channels[0],
                "night_channels": channels[1],
                "components": len(self.training_data.samples.components),
                "width": options.width,
                "blocks": list(options.depths),
                "head": options.head,
            },
            "sensors": sensors,
            "mask_channel": options.mask_channel,
        }

    def with_rates(self, learning_rate: float, weight_decay: float) -> PatchLearner:
        """The same learner with another learning rate and weight decay."""
        return replace(self, params=replace(self.params, learning_rate=learning_rate, weight_decay=weight_decay))

    def process_bytes(self, splits: int) -> int:
        """The memory of training one of `splits` networks in a process of its own; 0 if that is not worth it."""
        params, training_data = self.params, self.training_data
        if training_data.device != "cpu":
            return 0  # they would wait for each other
        with torch.device("meta"):
            net = CompositionNet(**self.description()["arguments"])
        side = training_data.patches.core + 2 * (receptive_field(self.options.depths) // 2)
        multiplications = sum(p.numel() for p in net.parameters()) * side**2
        if multiplications * len(training_data.samples) * params.epochs * splits < WORTH_MULTIPLICATIONS:
            return 0
        numbers = TRAINING_MAPS * self.options.width + TRAINING_INPUTS * sum(training_data.sensors())
        return PROCESS_BYTES + 4 * numbers * side**2 * params.batch

    def fit(self, split: Split, name: str, report: Reporter, start: Arrays | None = None) -> FittedMember:
        """Train one network on one split, in two stages, and predict its test samples."""
        flush_denormals()  # in the process and thread that this is
        device, checkpoints = torch.device(self.training_data.device), self.training_data.checkpoints
        options = options_of(self.params, name, device, tuned=start is not None)
        prepare = self._preparation(name, start)
        stage, history = fit_in_two_stages(prepare, split, options, name=name, checkpoints=checkpoints, report=report)
        shares, concentration = stage.data.predict(stage.net, split.test)
        arrays = {**to_arrays(stage.net.state_dict()), **stage.scaling}
        return FittedMember(split.name, arrays, shares, concentration, history)

    def seconds(self, split: Split, name: str) -> float:
        """About how long learning `split` takes here; see `contracts.TimedLearner`."""
        flush_denormals()
        options = options_of(self.params, name, torch.device(self.training_data.device))
        return seconds_of_stages(self._preparation(name, None), split, options)

    def _preparation(self, name: str, start: Arrays | None) -> Prepare[CompositionNet, PatchBatches]:
        """What makes the stages of the member called `name`."""
        patches = self.training_data.patches.cropped(receptive_field(self.options.depths) // 2)
        training_data = replace(self.training_data, patches=patches)

        def prepare(known: Split, before: PatchStage | None) -> PatchStage:
            if before is not None:
                return replace(before, data=before.data.of(training_data.knowing(known.train), known))
            scaling = _scaling(patches, training_data, known, start)
            data = self._data(training_data.knowing(known.train), scaling, known)
            net = new_network(
                lambda: CompositionNet(**self.description()["arguments"]), seed_of(self.params.seed, name), start
            )
            return FitStage(net, data, scaling)

        return prepare

    def _data(self, training_data: TrainingData, scaling: Arrays, split: Split) -> PatchBatches:
        mask_channel = self.options.mask_channel
        standardiser = Standardiser.from_arrays(scaling, training_data.sensors(), mask_channel)
        objective = Objective(predict, partial(composition_loss, head=self.options.head))
        return PatchBatches(training_data, standardiser, split, objective, self.params.batch)


def predict(net: nn.Module, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    """Shares (n, component) and concentration (n,) of the footprints of a batch."""
    return footprint_prediction(net(batch["day"], batch.get("night")), batch["mask"])


def _scaling(patches: Patches, training_data: TrainingData, split: Split, start: Arrays | None) -> Arrays:
    """The scaling of the training samples; a fine-tuned member keeps that of its start."""
    if start is not None:
        return scaling_of(start)
    names = [band.name for band in training_data.bands]
    return scaling_arrays(fit_patch_scaling(patches, split.train, names))


class _Upload:
    """The block that was last moved to a device: all members of an ensemble read the same one."""

    def __init__(self) -> None:
        self._block: Floats | None = None  # held, so that no other block can take its place in memory
        self._tensor: Tensor | None = None

    def __call__(self, block: Floats, device: torch.device) -> Tensor:
        """`block` on `device`; on the processor without a copy."""
        if device.type == "cpu":
            return torch.from_numpy(np.ascontiguousarray(block))
        last = self._block
        same = last is not None and (last.ctypes.data, last.shape, last.strides) == (
            block.ctypes.data,
            block.shape,
            block.strides,
        )
        if self._tensor is None or not same or self._tensor.device.type != device.type:
            values, cuda = torch.from_numpy(np.ascontiguousarray(block)), device.type == "cuda"
            self._block, self._tensor = block, (values.pin_memory() if cuda else values).to(device, non_blocking=cuda)
        return self._tensor


_upload = _Upload()


class PatchPredictor:
    """A trained network that predicts windows of a map."""

    live_numbers = 0
    held_bytes = 0

    def __init__(self, description: Arguments, arrays: Arrays, name: str, device: torch.device) -> None:
        """Build the member called `name`, checked against the network its card describes.

        It is first built without memory: a card that names a huge one costs nothing.

        Raises
        ------
        RegionwiseError
            If tensors and description do not fit.
        """
        state = without_scaling(arrays)
        with fitting_card(name):
            with torch.device("meta"):
                expected = CompositionNet(**description["arguments"]).state_dict()
            shapes = {key: tuple(tensor.shape) for key, tensor in expected.items()}
            if shapes != {key: array.shape for key, array in state.items()}:
                raise ValueError("tensors of other names or shapes")
            net = CompositionNet(**description["arguments"])
            net.load_state_dict(to_tensors(state))
            standardiser = Standardiser.from_arrays(arrays, description["sensors"], description["mask_channel"])
            self._halo = receptive_field(description["arguments"]["blocks"]) // 2
        self._net, self._standardiser, self._device = net.eval(), standardiser.to(device), device
        self._channels = [count + description["mask_channel"] for count in description["sensors"]]
        self._components, self._width = (int(description["arguments"][key]) for key in ("components", "width"))
        self.knows_concentration = description["arguments"]["head"] != "softmax"
        self._backends: dict[tuple[str, bool], Backend] = {}
        self.use(Choice())

    @property
    def halo(self) -> int:
        """Cells around a pixel that its prediction depends on."""
        return self._halo

    def use(self, choice: Choice) -> None:
        """Compute as `choice` says from now on."""
        key = choice.backend, choice.fast
        if key not in self._backends:
            make = maker(choice.backend, fast=choice.fast, device=self._device.type)
            self._backends[key] = make(self._net, self._channels, self._halo)
        self._backend, self._choice = self._backends[key], choice

    def settle(self) -> None:
        """Forget all backends but the one in use."""
        self._backends = {(self._choice.backend, self._choice.fast): self._backend}
        release_memory()

    @torch.inference_mode()
    def answer(self, values: Floats, wanted: Mask) -> tuple[Floats, Floats]:
        """Shares (component, pixel) and concentration (pixel,); see `contracts.Predictor`."""
        height, width = wanted.shape
        choice, halo = self._choice, self._halo
        cost = Cost(choice.each, choice.cell, halo)
        windows = cover(wanted, cost, choice.largest, GRAIN[self._device.type])
        # a tile that is smaller than a window gets nodata around it
        rows, cols = (max(w.row + w.height for w in windows), max(w.col + w.width for w in windows))
        beyond = max(rows - height, 0), max(cols - width, 0)
        if any(beyond):
            values = np.pad(values, ((0, 0), (0, beyond[0]), (0, beyond[1])), constant_values=np.nan)
        block = _upload(values, self._device)
        alpha = torch.ones(self._components, height + beyond[0], width + beyond[1], device=self._device)
        for group in counted(list(batches(windows, choice.cells, halo))):
            inputs = [block[:, w.row : w.row + w.height + 2 * halo, w.col : w.col + w.width + 2 * halo] for w in group]
            logits = self._backend.logits(self._standardiser(torch.stack(inputs)))
            for w, window_alpha in zip(group, self._net.activate(logits), strict=True):
                alpha[:, w.row : w.row + w.height, w.col : w.col + w.width] = window_alpha
        alpha_wanted = alpha[:, :height, :width][:, torch.from_numpy(wanted).to(self._device)]
        total = alpha_wanted.sum(0)
        return (alpha_wanted / total).cpu().numpy(), total.cpu().numpy()

    def rest(self) -> None:
        """Release memory that only the computation of a tile needed."""
        if self._device.type == "cpu":
            release_memory()

    def window_bytes(self, side: int) -> int:
        """The memory of computing a window of `side` cells with its halo, in feature maps and inputs."""
        numbers: int = LIVE_MAPS * self._width + LIVE_INPUTS * sum(self._channels)
        return 4 * numbers * (side + 2 * self._halo) ** 2


def build(stored: StoredMember) -> PatchPredictor:
    """A member of a model file as a predictor."""
    return PatchPredictor(stored.network, dict(stored.arrays), stored.name, torch.device(stored.device))
