"""Networks of forecasts as learners: one per split, trained on windows of all years before those it forecasts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import norm
from torch import Tensor, nn

from ...contract.params import TrainingParams
from ...learning.contracts import FittedMember, fitting_card
from ...learning.model_types import CONVLSTM_UNET_REFERENCE, RESIDUAL
from ...learning.training_loop import (
    PROCESS_BYTES,
    WORTH_MULTIPLICATIONS,
    Batch,
    fit_member,
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
from ...runtime.types import Floats
from ...validation.splits import Split
from .dataset import ForecastDataset, recency, scale_of
from .lag_features import lag_names, nearest, own_lags, simple_forecast

Array = NDArray[np.float64]
Index = NDArray[np.int64]

CENTRE, SCALE, LEVEL_SCALE = "scaling.centre", "scaling.change", "scaling.level"
MORE_CENTRE, MORE_SCALE = "scaling.covariate_centre", "scaling.covariate_scale"
CHOSEN, MEMORY = "base.chosen", "base.memory"  # the simple forecast at each lead that is added to
DRAWN = 256  # windows of an epoch at most
TRAINING_HALO = 8  # cells around a window that training sees; those beyond change little
OWN_CHANNELS = 3  # of a pixel in a year, see `encode`
SMALLEST = 1e-9


def halo_of(kind: str, window: int, horizon: int) -> int:
    """The cells around a pixel that the answer of a network of a type depends on.

    The published one forecasts from its own forecasts around a pixel, which depend on what is around those.
    """
    own = (ResidualNet if kind == RESIDUAL else ConvLstmUnet).halo(window)
    return own * horizon if kind == CONVLSTM_UNET_REFERENCE else own


def numbers_of(kind: str, window: int, width: int, covariates: int, *, training: bool) -> int:
    """How many numbers of a pixel exist at a time while a network answers, or learns and keeps all it computed.

    A ConvLSTM-UNet keeps about 300 of each year while it learns, and answers year by year; a residual network keeps 24
    times its width. What they see exists twice.
    """
    seen = 2 * window * (OWN_CHANNELS + covariates)
    if kind == RESIDUAL:
        return (24 if training else 6) * width + seen
    return (300 * window if training else 100) + seen


def build(
    kind: str, window: int, horizon: int, levels: Sequence[float], width: int, covariates: int
) -> ConvLstmUnet | ResidualNet:
    """The network of a type with random weights."""
    answers, channels = horizon * (1 + len(levels)), OWN_CHANNELS + covariates
    if kind == RESIDUAL:
        return ResidualNet(channels * window, answers, width)
    if kind == CONVLSTM_UNET_REFERENCE:
        return ConvLstmUnet(1, 1)
    return ConvLstmUnet(channels, answers, reference=False)


def encode(history: Floats, more: Floats, scaling: Arrays) -> tuple[Floats, Floats]:
    """Return what our networks see of an image (year, channel, row, col), and what they add to (lead, row, col).

    They see the distance of each year from the mean of the last ones in units of usual changes, whether a value is
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
    """Return what the published network sees, and the mean that it adds to: values standardised over all, 0 if missing.

    Shapes are those of `encode`.
    """
    values = np.nan_to_num((history - scaling[CENTRE]) / scaling[LEVEL_SCALE])
    return values[:, None].astype(np.float32), np.full((1, *history.shape[1:]), scaling[CENTRE][0], np.float32)


class WindowBatches:
    """Windows of training pairs as batches for the training loop; see `training.BatchSource`."""

    def __init__(
        self,
        dataset: ForecastDataset,
        split: Split,
        scaling: Arrays,
        *,
        batch: int,
        reference: bool,
        whole: bool,
        device: torch.device,
    ) -> None:
        self._dataset, self._scaling, self._reference, self._device = dataset, scaling, reference, device
        self._patches = dataset.patches.cropped(0 if reference else min(dataset.patches.halo, TRAINING_HALO))
        self._until = dataset.until(split.test)
        self._train, self._validation, self._batch, self._whole = split.train, split.validation, batch, whole
        year = self._train % dataset.years
        weight = recency(year)
        self._share = weight / weight.sum()
        self._count = int(np.clip(round(float(weight.sum())), 1, DRAWN))
        self._levels = torch.tensor(dataset.levels if not reference else (), dtype=torch.float32, device=device)

    def batches(self, rng: np.random.Generator) -> Iterator[Batch]:
        """Yield the batches of one epoch: recent years are drawn more often; flipped and turned at random.

        Those of years and places where nothing is known are left out.
        """
        drawn = rng.choice(self._train, self._count, replace=True, p=self._share)
        for start in range(0, len(drawn), self._batch):
            batch = self._load(drawn[start : start + self._batch])
            if not batch["known"].any():
                continue
            turns, flips = int(rng.integers(4)), bool(rng.integers(2))
            turned = {key: torch.rot90(value, turns, (-2, -1)) for key, value in batch.items()}
            yield {key: value.flip(-1) for key, value in turned.items()} if flips else turned

    def _load(self, pairs: Index) -> Batch:
        """Return what the network sees of pairs, what came, and which of it is known."""
        dataset = self._dataset
        number, year = np.divmod(pairs, dataset.years)
        blocks = self._patches.pixels(number)
        pictures = [self._picture(block, int(t)) for block, t in zip(blocks, year, strict=True)]
        seen, came = (np.stack(parts) for parts in zip(*pictures, strict=True))
        came[year[:, None] + np.arange(dataset.horizon) > self._until] = np.nan
        if not self._whole:
            halo, inner = self._patches.halo, np.zeros(came.shape[-2:], bool)
            inner[halo : len(inner) - halo, halo : len(inner) - halo] = True
            came = np.where(inner, came, np.nan)
        known = np.isfinite(came)
        arrays = {"x": seen, "target": np.where(known, came, 0).astype(np.float32), "known": known}
        return {key: torch.from_numpy(np.ascontiguousarray(value)).to(self._device) for key, value in arrays.items()}

    def _picture(self, block: Floats, year: int) -> tuple[Floats, Floats]:
        """Return what the network sees of a window in a year, and what came, in its units."""
        dataset, scaling = self._dataset, self._scaling
        history = dataset.frames.of(block, year - dataset.window, year)
        came = dataset.frames.of(block, year, year + dataset.horizon)
        if self._reference:
            seen, base = encode_as_published(history, scaling)
            return seen, ((came - base) / scaling[LEVEL_SCALE]).astype(np.float32)
        more = dataset.covariates.table(block, year, dataset.window, dataset.horizon)
        seen, base = encode(history, more, scaling)
        return seen, ((came - base) / scaling[SCALE]).astype(np.float32)

    def loss(self, net: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
        """The summed loss and the number of known cells of a batch."""
        horizon = batch["target"].shape[1]
        answer = net(batch["x"])
        if self._reference:  # it forecasts one year; later ones follow from its own forecasts
            horizon = 1
        mean, field_of_view = split_answer(answer, horizon, len(self._levels))
        return forecast_loss(
            mean, field_of_view, batch["target"][:, :horizon], batch["known"][:, :horizon], self._levels
        )

    def validate(self, net: nn.Module) -> tuple[float, float]:
        """Mean loss on the validation pairs, and by what share it is less than that of the simple forecast."""
        total, simple, count = 0.0, 0.0, 0.0
        for start in range(0, len(self._validation), self._batch):
            batch = self._load(self._validation[start : start + self._batch])
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
        Whether cells around windows teach, too: not where they lie in windows that are held out. (The published
        network sees windows without any.)
    """

    type: str
    params: TrainingParams
    dataset: ForecastDataset
    width: int
    whole: bool

    @property
    def _reference(self) -> bool:
        return self.type == CONVLSTM_UNET_REFERENCE

    def description(self) -> dict[str, Any]:
        """Return what a reader needs to build its members again."""
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
            size = sum(p.numel() for p in build(self.type, **self.description()).parameters())
        drawn = min(DRAWN, len(dataset.patches.sample) * float(recency(np.arange(dataset.window, dataset.years)).sum()))
        window = (dataset.patches.core + 2 * min(dataset.patches.halo, TRAINING_HALO)) ** 2
        work = size * drawn * window * self.params.epochs * splits
        more = len(dataset.covariates.features(dataset.horizon))
        kept = 4 * self.params.batch * window * numbers_of(self.type, dataset.window, self.width, more, training=True)
        return PROCESS_BYTES + kept if dataset.device == "cpu" and work > WORTH_MULTIPLICATIONS else 0

    def fit(self, split: Split, name: str, report: Reporter, start: Arrays | None = None) -> FittedMember:
        """Train one network and forecast the test pairs: shares (1, pair, lead, 1 + level, scored cell)."""
        flush_denormals()
        dataset, params = self.dataset, self.params
        device = torch.device(dataset.device)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed_of(params.seed, name))
            net = build(self.type, **self.description())
        everything = np.concatenate([split.train, split.validation])
        scaling = self._scaling(everything, dataset.until(split.test))
        if not self._reference:
            scaling |= _further(dataset, everything, dataset.until(split.test))
        judged = self._known(split.validation, dataset.until(split.test)) if self._reference else split.validation
        validated = self._reference and len(judged) > 0 and len(split.train) > 0
        split = Split(split.name, split.train if validated else everything, judged, split.test)
        data = WindowBatches(
            dataset, split, scaling, batch=params.batch, reference=self._reference, whole=self.whole, device=device
        )
        options = options_of(params, name, device, cycle=not self._reference)
        options = replace(options, validated=validated)
        course = fit_member(net, data, options, name=name, checkpoints=dataset.checkpoints, report=report)
        arrays = {**to_arrays(net.state_dict()), **scaling}
        predictor = ForecastPredictor(self.type, self.description(), arrays, name, device)
        halo, cells = predictor.halo, dataset.scored
        patches = dataset.patches.cropped(halo)
        shape = (1, len(split.test), dataset.horizon, 1 + len(dataset.levels), len(cells))
        shares: NDArray[Any] = np.empty(shape, np.float32)
        for i, pair in enumerate(split.test):
            number, year = divmod(int(pair), dataset.years)
            block = patches.pixels(np.array([number]))[0]
            history = dataset.frames.of(block, year - dataset.window, year)
            more = dataset.covariates.table(block, year, dataset.window, dataset.horizon)
            found = predictor.answer(history, more)
            shares[0, i] = found.reshape(*found.shape[:2], -1)[..., cells]
        return FittedMember(split.name, arrays, shares, np.empty(0), course)

    def _known(self, pairs: Index, until: int) -> Index:
        """The pairs of years that have an image, up to number `until`."""
        frames, year = self.dataset.frames, pairs % self.dataset.years
        return pairs[[bool(frames.bands(int(y), min(int(y), until) + 1)) for y in year]]

    def _scaling(self, pairs: Index, until: int) -> Arrays:
        """Mean and deviation of the years that are known, and the deviation of their changes."""
        dataset = self.dataset
        windows = np.unique(pairs // dataset.years)
        total, squares, count, changes, pairs_ = 0.0, 0.0, 0, 0.0, 0
        for number in windows:
            images = dataset.frames.of(dataset.patches.cropped(0).pixels(np.array([number]))[0], 0, until + 1)
            known = images[np.isfinite(images)].astype(np.float64)
            steps = np.diff(images.astype(np.float64), axis=0)
            steps = steps[np.isfinite(steps)]
            total, squares, count = total + known.sum(), squares + (known**2).sum(), count + known.size
            changes, pairs_ = changes + (steps**2).sum(), pairs_ + steps.size
        mean = total / max(count, 1)
        deviation = np.sqrt(max(squares / max(count, 1) - mean**2, SMALLEST))
        change = np.sqrt(max(changes / max(pairs_, 1), SMALLEST))
        return {
            key: np.array([value], np.float32)
            for key, value in ((CENTRE, mean), (LEVEL_SCALE, deviation), (SCALE, change))
        }


def _further(dataset: ForecastDataset, pairs: Index, until: int) -> Arrays:
    """The simple forecast that comes nearest at each lead, and mean and deviation of covariates."""
    table, came, year = dataset.taught(pairs, until)
    chosen, memory = nearest(dataset.window, table, came, recency(year))
    centre, deviation = scale_of(table[len(lag_names(dataset.window)) :])
    return {
        CHOSEN: np.array(chosen),
        MEMORY: memory,
        MORE_CENTRE: centre.astype(np.float32),
        MORE_SCALE: deviation.astype(np.float32),
    }


class ForecastPredictor:
    """A trained network that forecasts windows of a map."""

    def __init__(self, kind: str, arguments: dict[str, Any], arrays: Arrays, name: str, device: torch.device) -> None:
        """Build the member called `name`, checked against what its card describes.

        Raises
        ------
        RegionwiseError
            If tensors and description do not fit.
        """
        self._kind, self._reference = kind, kind == CONVLSTM_UNET_REFERENCE
        keys = (CENTRE, SCALE, LEVEL_SCALE, *(() if self._reference else (CHOSEN, MEMORY, MORE_CENTRE, MORE_SCALE)))
        with fitting_card(name):
            net = build(kind, **arguments)
            net.load_state_dict(to_tensors({key: value for key, value in arrays.items() if key not in keys}))
            self._scaling = {key: arrays[key] for key in keys}
        net.eval().to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._net, self._device, self._arguments = net, device, arguments

    @property
    def numbers(self) -> int:
        """How many numbers of a pixel exist at a time while it answers."""
        window, width, covariates = (self._arguments[key] for key in ("window", "width", "covariates"))
        return numbers_of(self._kind, window, width, covariates, training=False)

    @property
    def halo(self) -> int:
        """Cells around a pixel that its answer depends on."""
        return halo_of(self._kind, self._arguments["window"], self._arguments["horizon"])

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
        horizon, levels = self._arguments["horizon"], self._arguments["levels"]
        if self._reference:
            return self._iterated(history, horizon, levels)
        seen, base = encode(history, more, self._scaling)
        with torch.no_grad():
            mean, field_of_view = split_answer(self._run(seen), horizon, len(levels))
        values = torch.cat([mean[:, :, None], mean[:, :, None] + field_of_view], 2)[0].float().cpu().numpy()
        return self._inner(values * self._scaling[SCALE] + base[:, None])

    def _iterated(self, history: Floats, horizon: int, levels: Sequence[float]) -> Floats:
        """Forecasts of year after year, each from the ones before it.

        Quantiles are those of a normal distribution as wide as the change between years, until they are calibrated.
        """
        steps, found = history, []
        usual = np.isfinite(history).any(0)
        for _ in range(horizon):
            seen, base = encode_as_published(steps, self._scaling)
            with torch.no_grad():
                mean = self._run(seen)[0, 0].float().cpu().numpy() * self._scaling[LEVEL_SCALE] + base[0]
            found.append(np.where(usual, mean, np.nan))
            steps = np.concatenate([steps[1:], found[-1][None]])
        means = np.stack(found)[:, None]
        field_of_view = norm.ppf(levels)[:, None, None] * self._scaling[SCALE]
        return self._inner(np.concatenate([means, means + field_of_view], 1).astype(np.float32))

    def _run(self, seen: Floats) -> Tensor:
        answer: Tensor = self._net(torch.from_numpy(np.ascontiguousarray(seen[None])).to(self._device))
        return answer

    def _inner(self, values: Floats) -> Floats:
        halo = self.halo
        return values[..., halo : values.shape[-2] - halo, halo : values.shape[-1] - halo]
