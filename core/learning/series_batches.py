"""Batches of pixel series: dated values of the pixels of each sample's footprint, with their windows, as tensors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from ..features.scaling import MEAN, STD, fit_scaling
from ..runtime.checkpoints import Arrays
from ..runtime.types import Array, Floats, Index
from ..validation.splits import Split
from .footprint_pixels import FootprintPixels, Shape
from .patch_batches import Loss, augment, validation_scores
from .training_loop import Batch

if TYPE_CHECKING:
    from ..features.series_features import Days
    from .contracts import TrainingData


SYMMETRIES = 8  # of the square
SMALLEST_STD = 1e-12


@dataclass(frozen=True)
class Standardiser:
    """Turns raw series and ancillary numbers into a network's inputs."""

    mean: Tensor
    std: Tensor
    shape: Shape

    @classmethod
    def of(cls, arrays: Arrays, shape: Shape, device: torch.device) -> Standardiser:
        """The standardiser of a member with the tensors `arrays`."""
        mean, std = (torch.from_numpy(np.array(arrays[key], np.float32)).to(device) for key in (MEAN, STD))
        return cls(mean, std, shape)

    def __call__(self, series: Tensor, ancillary: Tensor) -> tuple[Tensor, Tensor]:
        """Z-scores: of the series with NaN where missing, of ancillary numbers with 0."""
        bands = self.shape.bands
        scaled = (series - self.mean[:bands]) / self.std[:bands]
        scaled_ancillary = (ancillary - self.mean[bands:]) / self.std[bands:]
        return scaled, torch.nan_to_num(scaled_ancillary)


@dataclass(frozen=True)
class BatchOptions:
    """How batches are made.

    Parameters
    ----------
    size : int
        Samples of a batch.
    hidden : float
        Largest share of the observations that is masked in a batch, drawn anew for each, so that networks learn to do
        with fewer.
    """

    size: int
    hidden: float = 0.0


class PixelBatches:
    """Training data of a network that predicts pixels (see `training_loop.BatchSource`).

    From series, days and ancillary numbers of pixels the network predicts shares (pixel, component),
    concentration (pixel,), and a further term of the loss (pixel,).

    Parameters
    ----------
    loss : callable
        Of shares, concentration and target of footprints.
    """

    def __init__(
        self, training_data: TrainingData, shape: Shape, split: Split, loss: Loss, options: BatchOptions
    ) -> None:
        self._training_data, self._device = training_data, torch.device(training_data.device)
        self._split, self._loss, self._options = split, loss, options
        self.pixels = FootprintPixels.of(training_data, shape)
        self._standardiser: Standardiser | None = None

    @property
    def trained(self) -> Index:
        """The samples that train."""
        return self._split.train

    def scaling(self) -> Arrays:
        """The scaling of the training samples: of bands, over all steps, then of ancillary numbers."""
        trained = np.isin(self.pixels.owner, self._split.train)
        series, ancillary = self.pixels.series[trained], self.pixels.ancillary[trained]
        return fit_scaling([series.reshape(-1, series.shape[-1]), ancillary], SMALLEST_STD)

    def scaled_by(self, standardiser: Standardiser) -> PixelBatches:
        """The data, whose tensors `standardiser` makes from now on."""
        self._standardiser = standardiser
        return self

    @property
    def steps(self) -> int:
        """Batches of an epoch."""
        return -(-len(self._split.train) // self._options.size)

    def batches(self, rng: np.random.Generator) -> Iterator[Batch]:
        """Yield the training samples in random order, each window turned or mirrored, alike at all dates."""
        order = rng.permutation(self._split.train)
        starts = list(range(0, len(order), self._options.size))
        if len(order) - starts[-1] == 1 and len(starts) > 1:
            starts.pop()  # one sample has no variance, by which networks normalise; it joins the others
        for start, end in zip(starts, [*starts[1:], len(order)], strict=True):
            batch = self._tensors(order[start:end], self.pixels)
            series = batch["series"]
            if series.ndim > 3:
                symmetries = rng.integers(0, SYMMETRIES, len(series))
                series = augment(series.movedim(-1, 2), symmetries).movedim(2, -1)
            if self._options.hidden:
                share = rng.uniform(0, self._options.hidden)
                masked = torch.from_numpy(rng.random(tuple(series.shape[:2])) < share).to(self._device)
                series = series.masked_fill(masked[(..., *[None] * (series.ndim - 2))], torch.nan)
            batch["series"] = series
            yield batch

    def loss(self, net: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
        """The weighted sum of losses and the sum of weights of one batch."""
        shares, concentration, further_loss = self._footprints(net, batch)
        losses = self._loss(shares, concentration, batch["target"]) + further_loss
        return (losses * batch["weight"]).sum(), batch["weight"].sum()

    def validate(self, net: nn.Module) -> tuple[float, float]:
        """Mean loss and R2 over all components on the validation samples."""
        rows = self._split.validation
        shares, concentration = self._predict(net, rows, self.pixels)
        return validation_scores(self._loss, shares, concentration, self._training_data.samples.shares[rows])

    def predict(self, net: nn.Module, samples: Index) -> tuple[Array, Array]:
        """Shares (n, component) and concentration (n,) of `samples` that are tested."""
        return self._predict(net, samples, self.pixels.tested(self._training_data))

    @torch.no_grad()
    def _predict(self, net: nn.Module, samples: Index, pixels: FootprintPixels) -> tuple[Array, Array]:
        net.eval()
        shares, concentration = [], []
        size = max(1, self._options.size * len(self.pixels.owner) // len(pixels.owner))  # as many pixels at a time
        for start in range(0, len(samples), size):
            tensors = self._tensors(samples[start : start + size], pixels)
            batch_shares, batch_concentration, _ = self._footprints(net, tensors)
            shares.append(batch_shares.cpu().double().numpy())
            concentration.append(batch_concentration.cpu().double().numpy())
        return np.concatenate(shares), np.concatenate(concentration)

    def _footprints(self, net: nn.Module, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Shares, concentration and further loss of footprints: the weighted means over their pixels."""
        shares, concentration, further_loss = net(batch["series"], batch["days"], batch["ancillary"])
        columns = torch.cat([shares, concentration[:, None], further_loss[:, None]], 1) * batch["pixel"][:, None]
        means = columns.new_zeros(len(batch["target"]), columns.shape[1]).index_add(0, batch["owner"], columns)
        return means[:, :-2], means[:, -2], means[:, -1]

    def _tensors(self, samples: Index, pixels: FootprintPixels) -> Batch:
        """Those of `pixels` that belong to `samples`, their weights summing to 1 in each."""
        if self._standardiser is None:
            raise ValueError("the data are not scaled")
        first, last = (np.searchsorted(pixels.owner, samples, side) for side in ("left", "right"))
        rows = np.concatenate([np.arange(*ends) for ends in zip(first, last, strict=True)])
        owner = np.repeat(np.arange(len(samples)), last - first)
        weight = pixels.weight[rows]
        training_data, device = self._training_data, self._device
        raw, raw_ancillary, days = pixels.inputs(rows)
        series, ancillary = self._standardiser(
            torch.from_numpy(raw).to(device), torch.from_numpy(raw_ancillary).to(device)
        )
        return {
            "series": series,
            "ancillary": ancillary,
            "days": torch.from_numpy(days).to(device),
            "owner": torch.from_numpy(owner).to(device),
            "pixel": torch.from_numpy(weight).float().to(device),
            "target": torch.from_numpy(training_data.samples.shares[samples]).float().to(device),
            "weight": torch.from_numpy(training_data.samples.loss_weight[samples]).float().to(device),
        }


def answer_pixels(
    net: nn.Module, standardiser: Standardiser, pixels: Floats, days: Days | tuple[()], device: torch.device
) -> tuple[Tensor, ...]:
    """The answers of a network to `pixels`, all of the same `days`.

    Parameters
    ----------
    pixels : array, shape (pixel, step * band + ancillary, ...)
        With windows around them, where the network sees neighbours.
    """
    series, ancillary = standardiser.shape.split(pixels)
    series, dated = standardiser.shape.dated(series, np.array(days, np.int64))
    pixel_days = torch.as_tensor(dated, device=device).expand(len(series), -1)
    scaled, scaled_ancillary = standardiser(
        torch.from_numpy(np.ascontiguousarray(series)).to(device), torch.from_numpy(ancillary).to(device)
    )
    answers: tuple[Tensor, ...] = net(scaled, pixel_days, scaled_ancillary)
    return answers
