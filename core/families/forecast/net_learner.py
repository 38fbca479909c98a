"""Network learner of forecasts: one network per split, trained on windows of all years before those it forecasts."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import norm
from torch import Tensor, nn

from ...contract.learning_params import TrainingParams
from ...learning.contracts import FittedMember, fitting_card
from ...learning.model_types import CONVLSTM_UNET_REFERENCE, RESIDUAL, StoredMember
from ...learning.training_loop import (
    PROCESS_BYTES,
    WORTH_MULTIPLICATIONS,
    FitOptions,
    fit_member,
    new_network,
    options_of,
    seed_of,
    to_arrays,
    to_tensors,
)
from ...learning.training_time import expected_epochs, seconds_of_epoch
from ...nets.convlstm_unet import ConvLstmUnet
from ...nets.dilated import ResidualNet
from ...nets.quantile_head import split_answer
from ...runtime.checkpoints import Arrays
from ...runtime.devices import flush_denormals
from ...runtime.executor import Reporter
from ...runtime.types import Arguments, Floats, Index
from ...validation.splits import Split
from .dataset import ForecastDataset, recency, scale_of
from .lag_features import lag_names, nearest
from .window_batches import (
    CENTRE,
    CHOSEN,
    DRAWN,
    LEVEL_SCALE,
    MEMORY,
    MORE_CENTRE,
    MORE_SCALE,
    OWN_CHANNELS,
    SCALE,
    TRAINING_HALO,
    BatchSpec,
    WindowBatches,
    encode,
    encode_as_published,
)


@dataclass(frozen=True)
class NetSpec:
    """A type of network and its arguments, as a card keeps them; see `ForecastDataset`.

    Parameters
    ----------
    covariates : int
        Features of covariates of a pixel.
    """

    type: str
    window: int
    horizon: int
    levels: Sequence[float]
    width: int
    covariates: int

    @property
    def reference(self) -> bool:
        """Whether it is the published network."""
        return self.type == CONVLSTM_UNET_REFERENCE

    @property
    def halo(self) -> int:
        """The cells around a pixel that its answer depends on.

        The published one forecasts from its own forecasts around a pixel, which depend on what is around those.
        """
        once = (ResidualNet if self.type == RESIDUAL else ConvLstmUnet).halo(self.window)
        return once * self.horizon if self.reference else once

    def build(self) -> ConvLstmUnet | ResidualNet:
        """The network with random weights."""
        answers, channels = self.horizon * (1 + len(self.levels)), OWN_CHANNELS + self.covariates
        if self.type == RESIDUAL:
            return ResidualNet(channels * self.window, answers, self.width)
        if self.reference:
            return ConvLstmUnet(1, 1)
        return ConvLstmUnet(channels, answers, reference=False)

    def numbers(self, *, training: bool) -> int:
        """How many numbers of a pixel exist at a time while it answers, or learns and keeps all it computed.

        A ConvLSTM-UNet keeps about 300 of each year while it learns, and answers year by year; a residual network keeps
        24 times its width. What they see exists twice.
        """
        seen = 2 * self.window * (OWN_CHANNELS + self.covariates)
        if self.type == RESIDUAL:
            return (24 if training else 6) * self.width + seen
        return (300 * self.window if training else 100) + seen


@dataclass(frozen=True)
class ForecastLearner:
    """Trains a network on each split.

    Ours knows all years before the forecast one, over a whole cycle of the learning rate; the published one keeps its
    weights that were best for the last of them, which does not train.

    Parameters
    ----------
    whole : bool
        Whether cells around windows teach, too: not in windows that are held out, nor for the published network.
    """

    type: str
    params: TrainingParams
    dataset: ForecastDataset
    width: int
    whole: bool

    @property
    def spec(self) -> NetSpec:
        """The network that it trains."""
        return NetSpec(self.type, **self.description())

    @property
    def withholds(self) -> bool:
        """Whether the last years before the forecast ones validate and do not train, as published."""
        return self.spec.reference

    def description(self) -> Arguments:
        """Arguments that build its members again."""
        dataset = self.dataset
        return {
            "window": dataset.window,
            "horizon": dataset.horizon,
            "levels": list(dataset.levels),
            "width": self.width,
            "covariates": len(dataset.covariates.features(dataset.horizon)),
        }

    def process_bytes(self, splits: int) -> int:
        """The memory of training one of `splits` networks in a process of its own; 0 if that is not worth it."""
        dataset = self.dataset
        with torch.device("meta"):
            size = sum(p.numel() for p in self.spec.build().parameters())
        drawn = min(DRAWN, len(dataset.patches.sample) * float(recency(np.arange(dataset.window, dataset.years)).sum()))
        window = (dataset.patches.core + 2 * min(dataset.patches.halo, TRAINING_HALO)) ** 2
        work = size * drawn * window * self.params.epochs * splits
        kept = 4 * self.params.batch * window * self.spec.numbers(training=True)
        return PROCESS_BYTES + kept if dataset.device == "cpu" and work > WORTH_MULTIPLICATIONS else 0

    def fit(self, split: Split, name: str, report: Reporter, start: Arrays | None = None) -> FittedMember:
        """Train one network and forecast the test pairs: shares (1, pair, lead, 1 + level, scored cell)."""
        flush_denormals()
        dataset, device = self.dataset, torch.device(self.dataset.device)
        net, data, options = self._prepared(split, name)
        history = fit_member(net, data, options, name=name, checkpoints=dataset.checkpoints, report=report)
        arrays = {**to_arrays(net.state_dict()), **data.scaling}
        predictor = ForecastPredictor(self.type, self.description(), arrays, name, device)
        return FittedMember(split.name, arrays, self._forecasts(predictor, split.test), np.empty(0), history)

    def seconds(self, split: Split, name: str) -> float:
        """About how long learning `split` takes here; see `contracts.TimedLearner`."""
        flush_denormals()
        net, data, options = self._prepared(split, name)
        training = seconds_of_epoch(net, data, options) * expected_epochs(options)
        arrays = {**to_arrays(net.state_dict()), **data.scaling}
        predictor = ForecastPredictor(self.type, self.description(), arrays, name, options.device)
        begun = time.monotonic()
        self._forecasts(predictor, split.test[:1])
        return training + (time.monotonic() - begun) * len(split.test)

    def _prepared(self, split: Split, name: str) -> tuple[nn.Module, WindowBatches, FitOptions]:
        """The network with random weights, its data and options."""
        dataset, params, reference = self.dataset, self.params, self.spec.reference
        device = torch.device(dataset.device)
        net = new_network(self.spec.build, seed_of(params.seed, name))
        known, until = np.concatenate([split.train, split.validation]), dataset.until(split.test)
        scaling = _scaling(dataset, known, until, reference=reference)
        validation = dataset.with_image(split.validation, until) if reference else split.validation
        validated = reference and len(validation) > 0 and len(split.train) > 0
        split = Split(split.name, split.train if validated else known, validation, split.test)
        data = WindowBatches(dataset, split, scaling, BatchSpec(params.batch, reference, self.whole))
        return net, data, replace(options_of(params, name, device, cycle=not reference), validated=validated)

    def _forecasts(self, predictor: ForecastPredictor, pairs: Index) -> NDArray[Any]:
        """The forecasts of the scored cells of pairs, see `fit`."""
        dataset = self.dataset
        patches, cells = dataset.patches.cropped(predictor.halo), dataset.scored
        forecasts = np.empty((1, len(pairs), dataset.horizon, 1 + len(dataset.levels), len(cells)), np.float32)
        for i, pair in enumerate(pairs):
            number, year = divmod(int(pair), dataset.years)
            block = patches.pixels(np.array([number]))[0]
            answer = predictor.answer(*dataset.seen(block, year))
            forecasts[0, i] = answer.reshape(*answer.shape[:2], -1)[..., cells]
        return forecasts


def _scaling(dataset: ForecastDataset, pairs: Index, until: int, *, reference: bool) -> Arrays:
    """Scales of values; for our networks also the simple forecast that is nearest, and scales of covariates."""
    values = dataset.statistics(pairs, until)
    scales = {CENTRE: values.mean, LEVEL_SCALE: values.deviation, SCALE: values.change}
    scaling: Arrays = {key: np.array([value], np.float32) for key, value in scales.items()}
    if reference:
        return scaling
    rows = dataset.training_rows(pairs, until)
    chosen, memory = nearest(dataset.window, rows.features, rows.target, recency(rows.year))
    centre, deviation = (x.astype(np.float32) for x in scale_of(rows.features[len(lag_names(dataset.window)) :]))
    return {**scaling, CHOSEN: np.array(chosen), MEMORY: memory, MORE_CENTRE: centre, MORE_SCALE: deviation}


def build(stored: StoredMember) -> ForecastPredictor:
    """A member of a model file as a predictor."""
    device = torch.device(stored.device)
    return ForecastPredictor(stored.member.type, stored.network, stored.arrays, stored.name, device)


class ForecastPredictor:
    """A trained network that forecasts windows of a map."""

    def __init__(self, kind: str, arguments: Arguments, arrays: Arrays, name: str, device: torch.device) -> None:
        """Build the member called `name`, checked against what its card describes.

        Raises
        ------
        RegionwiseError
            If tensors and description do not fit.
        """
        more = () if kind == CONVLSTM_UNET_REFERENCE else (CHOSEN, MEMORY, MORE_CENTRE, MORE_SCALE)
        keys = (CENTRE, SCALE, LEVEL_SCALE, *more)
        with fitting_card(name):
            self._spec = NetSpec(kind, **arguments)
            net = self._spec.build()
            net.load_state_dict(to_tensors({key: value for key, value in arrays.items() if key not in keys}))
            self._scaling = {key: arrays[key] for key in keys}
        net.eval().to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._net, self._device = net, device

    @property
    def numbers(self) -> int:
        """How many numbers of a pixel exist at a time while it answers."""
        return self._spec.numbers(training=False)

    @property
    def halo(self) -> int:
        """Cells around a pixel that its answer depends on."""
        return self._spec.halo

    @property
    def stride(self) -> int:
        """Where a window must begin and end, in cells of the raster, so that cuts change nothing."""
        return self._net.stride

    def answer(self, history: Floats, more: Floats) -> Floats:
        """Mean and quantiles of the inner cells, shape (lead, 1 + level, row, col); NaN without a base.

        Parameters
        ----------
        history : array, shape (year, row + 2 halo, col + 2 halo)
        more : array, shape (covariate, row + 2 halo, col + 2 halo)
        """
        if self._spec.reference:
            return self._iterated(history)
        seen, base = encode(history, more, self._scaling)
        with torch.no_grad():
            mean, distance = split_answer(self._run(seen), self._spec.horizon, len(self._spec.levels))
        values = torch.cat([mean[:, :, None], mean[:, :, None] + distance], 2)[0].float().cpu().numpy()
        return self._inner(values * self._scaling[SCALE] + base[:, None])

    def _iterated(self, history: Floats) -> Floats:
        """Forecasts of year after year, each from the ones before it.

        Quantiles are those of a normal distribution as wide as the change between years, until they are calibrated.
        """
        years, forecasts = history, []
        known = np.isfinite(history).any(0)
        for _ in range(self._spec.horizon):
            seen, base = encode_as_published(years, self._scaling)
            with torch.no_grad():
                mean = self._run(seen)[0, 0].float().cpu().numpy() * self._scaling[LEVEL_SCALE] + base[0]
            forecasts.append(np.where(known, mean, np.nan))
            years = np.concatenate([years[1:], forecasts[-1][None]])
        means = np.stack(forecasts)[:, None]
        distance = norm.ppf(self._spec.levels)[:, None, None] * self._scaling[SCALE]
        return self._inner(np.concatenate([means, means + distance], 1).astype(np.float32))

    def _run(self, seen: Floats) -> Tensor:
        answer: Tensor = self._net(torch.from_numpy(np.ascontiguousarray(seen[None])).to(self._device))
        return answer

    def _inner(self, values: Floats) -> Floats:
        halo = self.halo
        return values[..., halo : values.shape[-2] - halo, halo : values.shape[-1] - halo]
