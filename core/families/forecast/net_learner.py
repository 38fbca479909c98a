"""Network learner of forecasts: one network per split, trained on windows of all years before those it forecasts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    Batch,
    fit_member,
    new_network,
    options_of,
    seed_of,
    to_arrays,
    to_tensors,
)
from ...nets.convlstm_unet import ConvLstmUnet
from ...nets.dilated import ResidualNet
from ...nets.quantile_head import forecast_loss, split_answer
from ...runtime.checkpoints import Arrays
from ...runtime.devices import flush_denormals
from ...runtime.executor import Reporter
from ...runtime.types import Arguments, Floats, Index
from ...validation.splits import Split
from .dataset import ForecastDataset, recency, scale_of
from .lag_features import lag_names, nearest, own_lags, simple_forecast

CENTRE, SCALE, LEVEL_SCALE = "scaling.centre", "scaling.change", "scaling.level"
MORE_CENTRE, MORE_SCALE = "scaling.covariate_centre", "scaling.covariate_scale"
CHOSEN, MEMORY = "base.chosen", "base.memory"  # the simple forecast at each lead that is added to
DRAWN = 256  # windows of an epoch at most
TRAINING_HALO = 8  # cells around a window that training sees; those beyond change little
OWN_CHANNELS = 3  # of a pixel in a year, see `encode`
SMALLEST = 1e-9


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


def encode(history: Floats, more: Floats, scaling: Arrays) -> tuple[Floats, Floats]:
    """The input of our networks (year, channel, row, col), and the forecast that they add to (lead, row, col).

    They see the distance of each year from the mean of the last ones in units of typical changes, whether a value is
    known, that mean, and covariates; they add to the simple forecast that was best where they learned.

    Parameters
    ----------
    history : array, shape (year, row, col)
    more : array, shape (covariate, row, col)
    """
    gaps, own = own_lags(history)
    level = np.nan_to_num((own["base"] - scaling[CENTRE]) / scaling[LEVEL_SCALE])
    centre, scale = (scaling[key][:, None, None] for key in (MORE_CENTRE, MORE_SCALE))
    channels = np.empty((len(history), OWN_CHANNELS + len(more), *history.shape[1:]), np.float32)
    channels[:, 0], channels[:, 1], channels[:, 2] = np.nan_to_num(gaps / scaling[SCALE]), np.isfinite(gaps), level
    channels[:, OWN_CHANNELS:] = np.nan_to_num((more - centre) / scale)
    base = own["base"] + simple_forecast(own, len(history), scaling[CHOSEN].tolist(), scaling[MEMORY])
    return channels, base.astype(np.float32)


def encode_as_published(history: Floats, scaling: Arrays) -> tuple[Floats, Floats]:
    """The input of the published network, and the mean that it adds to: values standardised over all, 0 if missing.

    Shapes are those of `encode`.
    """
    values = np.nan_to_num((history - scaling[CENTRE]) / scaling[LEVEL_SCALE])
    return values[:, None].astype(np.float32), np.full((1, *history.shape[1:]), scaling[CENTRE][0], np.float32)


@dataclass(frozen=True)
class BatchSpec:
    """How windows become batches.

    Parameters
    ----------
    size : int
        Windows in a batch.
    reference : bool
        For the published network.
    whole : bool
        See `ForecastLearner`.
    """

    size: int
    reference: bool
    whole: bool


class WindowBatches:
    """Windows of training pairs as batches for the training loop; see `training_loop.BatchSource`."""

    def __init__(self, dataset: ForecastDataset, split: Split, scaling: Arrays, spec: BatchSpec) -> None:
        self._dataset, self._scaling, self._spec = dataset, scaling, spec
        self._device = torch.device(dataset.device)
        self._patches = dataset.patches.cropped(0 if spec.reference else min(dataset.patches.halo, TRAINING_HALO))
        self._until = dataset.until(split.test)
        self._train, self._validation = split.train, split.validation
        weight = recency(self._train % dataset.years)
        self._share = weight / weight.sum()
        self._count = int(np.clip(round(float(weight.sum())), 1, DRAWN))
        levels = () if spec.reference else dataset.levels
        self._levels = torch.tensor(levels, dtype=torch.float32, device=self._device)

    def batches(self, rng: np.random.Generator) -> Iterator[Batch]:
        """Yield the batches of one epoch: recent years are drawn more often; flipped and turned at random.

        Those of years and places where nothing is known are left out.
        """
        drawn = rng.choice(self._train, self._count, replace=True, p=self._share)
        for start in range(0, len(drawn), self._spec.size):
            batch = self._load(drawn[start : start + self._spec.size])
            if not batch["known"].any():
                continue
            turns, flips = int(rng.integers(4)), bool(rng.integers(2))
            turned = {key: torch.rot90(value, turns, (-2, -1)) for key, value in batch.items()}
            yield {key: value.flip(-1) for key, value in turned.items()} if flips else turned

    def _load(self, pairs: Index) -> Batch:
        """The input of the network for pairs, the observations as target, and which of them are known."""
        dataset = self._dataset
        number, year = np.divmod(pairs, dataset.years)
        blocks = self._patches.pixels(number)
        pictures = [self._picture(block, int(t)) for block, t in zip(blocks, year, strict=True)]
        seen, target = (np.stack(parts) for parts in zip(*pictures, strict=True))
        target[year[:, None] + np.arange(dataset.horizon) > self._until] = np.nan
        if not self._spec.whole:
            halo, inner = self._patches.halo, np.zeros(target.shape[-2:], bool)
            inner[halo : len(inner) - halo, halo : len(inner) - halo] = True
            target = np.where(inner, target, np.nan)
        known = np.isfinite(target)
        arrays = {"x": seen, "target": np.where(known, target, 0).astype(np.float32), "known": known}
        return {key: torch.from_numpy(np.ascontiguousarray(value)).to(self._device) for key, value in arrays.items()}

    def _picture(self, block: Floats, year: int) -> tuple[Floats, Floats]:
        """The input of the network for a window in a year, and the observations in its units."""
        dataset, scaling = self._dataset, self._scaling
        history, more = dataset.seen(block, year)
        observed = dataset.frames.of(block, year, year + dataset.horizon)
        if self._spec.reference:
            seen, base = encode_as_published(history, scaling)
            return seen, ((observed - base) / scaling[LEVEL_SCALE]).astype(np.float32)
        seen, base = encode(history, more, scaling)
        return seen, ((observed - base) / scaling[SCALE]).astype(np.float32)

    def loss(self, net: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
        """The summed loss and the number of known cells of a batch."""
        # the published one forecasts one year; later ones follow from its own forecasts
        horizon = 1 if self._spec.reference else batch["target"].shape[1]
        mean, distance = split_answer(net(batch["x"]), horizon, len(self._levels))
        return forecast_loss(mean, distance, batch["target"][:, :horizon], batch["known"][:, :horizon], self._levels)

    def validate(self, net: nn.Module) -> tuple[float, float]:
        """Mean loss on the validation pairs, and by what share it is less than that of the simple forecast."""
        total, simple, count = 0.0, 0.0, 0.0
        for start in range(0, len(self._validation), self._spec.size):
            batch = self._load(self._validation[start : start + self._spec.size])
            loss, known = self.loss(net, batch)
            total, count = total + float(loss), count + float(known)
            simple += float((batch["target"] ** 2).sum())
        return total / max(count, 1), 1 - total / max(simple, SMALLEST)


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
        dataset, params, reference = self.dataset, self.params, self.spec.reference
        device = torch.device(dataset.device)
        net = new_network(self.spec.build, seed_of(params.seed, name))
        known, until = np.concatenate([split.train, split.validation]), dataset.until(split.test)
        scaling = _scaling(dataset, known, until, reference=reference)
        validation = dataset.with_image(split.validation, until) if reference else split.validation
        validated = reference and len(validation) > 0 and len(split.train) > 0
        split = Split(split.name, split.train if validated else known, validation, split.test)
        data = WindowBatches(dataset, split, scaling, BatchSpec(params.batch, reference, self.whole))
        options = replace(options_of(params, name, device, cycle=not reference), validated=validated)
        history = fit_member(net, data, options, name=name, checkpoints=dataset.checkpoints, report=report)
        arrays = {**to_arrays(net.state_dict()), **scaling}
        predictor = ForecastPredictor(self.type, self.description(), arrays, name, device)
        return FittedMember(split.name, arrays, self._forecasts(predictor, split.test), np.empty(0), history)

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
