"""Window batches: what networks of forecasts see of a window, and batches of windows that train them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from ...learning.training_loop import Batch
from ...nets.quantile_head import forecast_loss, split_answer
from ...runtime.checkpoints import Arrays
from ...runtime.types import Floats, Index
from ...validation.splits import Split
from .dataset import ForecastDataset, recency
from .lag_features import own_lags, simple_forecast

CENTRE, SCALE, LEVEL_SCALE = "scaling.centre", "scaling.change", "scaling.level"
MORE_CENTRE, MORE_SCALE = "scaling.covariate_centre", "scaling.covariate_scale"
CHOSEN, MEMORY = "base.chosen", "base.memory"  # the simple forecast at each lead that is added to
DRAWN = 256  # windows of an epoch at most
TRAINING_HALO = 8  # cells around a window that training sees; those beyond change little
OWN_CHANNELS = 3  # of a pixel in a year, see `encode`
SMALLEST = 1e-9


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
        self._dataset, self.scaling, self._spec = dataset, scaling, spec
        self._device = torch.device(dataset.device)
        self._patches = dataset.patches.cropped(0 if spec.reference else min(dataset.patches.halo, TRAINING_HALO))
        self._until = dataset.until(split.test)
        self._train, self._validation = split.train, split.validation
        weight = recency(self._train % dataset.years)
        self._share = weight / weight.sum()
        self._count = int(np.clip(round(float(weight.sum())), 1, DRAWN))
        self.steps = -(-self._count // spec.size)
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
        dataset, scaling = self._dataset, self.scaling
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
