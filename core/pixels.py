"""Pixels: the dated values of single pixels of each sample's unit as tensors, for networks that see no neighbours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from .arrays import Floats
from .checkpoints import Arrays
from .metrics import pooled_r2
from .training import Batch

if TYPE_CHECKING:
    from .learning import Material

Array = NDArray[np.float64]
Index = NDArray[np.int64]

MEAN, STD = "scaling.mean", "scaling.std"
MOST_PIXELS = 64  # of a unit; more would add cost, not information: its label is one number
CHUNK = 8192  # pixels that are answered at a time
SMALLEST_STD = 1e-12


@dataclass(frozen=True)
class Shape:
    """How a pixel's numbers are to be read: those of each step one after the other, then the ancillary ones."""

    bands: int
    ancillary: int

    def split(self, pixels: Floats) -> tuple[Floats, Floats]:
        """Return series (pixel, step, band) and ancillary numbers (pixel, ancillary)."""
        end = pixels.shape[1] - self.ancillary
        return pixels[:, :end].reshape(len(pixels), -1, self.bands), pixels[:, end:]


def fit_scaling(series: Floats, ancillary: Floats) -> Arrays:
    """Return mean and deviation of bands, over all steps, and of ancillary numbers, as a member keeps them."""
    table = [series.reshape(-1, series.shape[2]), ancillary]
    mean = np.concatenate([np.nan_to_num(np.nanmean(part.astype(np.float64), 0)) for part in table])
    std = np.concatenate([np.nan_to_num(np.nanstd(part.astype(np.float64), 0)) for part in table])
    return {MEAN: mean.astype(np.float32), STD: np.where(std > SMALLEST_STD, std, 1.0).astype(np.float32)}


@dataclass(frozen=True)
class Standardiser:
    """Turns raw series and ancillary numbers into a network's inputs."""

    mean: Tensor
    std: Tensor
    shape: Shape

    @classmethod
    def of(cls, arrays: Arrays, shape: Shape, device: torch.device) -> Standardiser:
        """Return the standardiser of a member with the tensors `arrays`."""
        mean, std = (torch.from_numpy(np.array(arrays[key], np.float32)).to(device) for key in (MEAN, STD))
        return cls(mean, std, shape)

    def __call__(self, series: Tensor, ancillary: Tensor) -> tuple[Tensor, Tensor]:
        """Return z-scores: of the series with NaN where missing, of ancillary numbers with 0."""
        bands = self.shape.bands
        scaled = (series - self.mean[:bands]) / self.std[:bands]
        known = (ancillary - self.mean[bands:]) / self.std[bands:]
        return scaled, torch.nan_to_num(known)


class PixelBatches:
    """Training data of a network that answers single pixels (see `training.TrainingData`).

    For series, days and ancillary numbers of pixels the network answers shares (pixel, component),
    concentration (pixel,), and what is added to the loss (pixel,).

    Parameters
    ----------
    loss : callable
        Of shares, concentration and target of units.
    hidden : float
        Largest share of the observations that a batch does not see, drawn anew for each; so networks learn
        to do with less.
    """

    def __init__(
        self, material: Material, shape: Shape, *, train: Index, validation: Index, batch: int, loss: Any,
        device: torch.device, hidden: float = 0.0,
    ) -> None:  # fmt: skip
        self._material, self._device = material, device
        self._train, self._validation, self._batch, self._loss, self._hidden = train, validation, batch, loss, hidden
        self.series, self.ancillary, self._weight, owner = _table(material, shape)
        self._first = np.searchsorted(owner, np.arange(len(material.samples) + 1))
        self.owner = owner
        self._standardiser: Standardiser | None = None

    def scaling(self) -> Arrays:
        """Return the scaling of the training part."""
        own = np.isin(self.owner, self._train)
        return fit_scaling(self.series[own], self.ancillary[own])

    def scaled_by(self, standardiser: Standardiser) -> PixelBatches:
        """Return the data, whose tensors `standardiser` makes from now on."""
        self._standardiser = standardiser
        return self

    def batches(self, rng: np.random.Generator) -> Iterator[Batch]:
        """Yield the training samples in random order."""
        order = rng.permutation(self._train)
        for start in range(0, len(order), self._batch):
            batch = self._tensors(order[start : start + self._batch])
            if self._hidden:
                share = rng.uniform(0, self._hidden)
                dropped = torch.from_numpy(rng.random(tuple(batch["series"].shape[:2])) < share)
                batch["series"] = batch["series"].masked_fill(dropped.to(self._device)[..., None], torch.nan)
            yield batch

    def loss(self, net: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return the weighted sum of losses and the sum of weights of one batch."""
        shares, concentration, more = self._units(net, batch)
        losses = self._loss(shares, concentration, batch["target"]) + more
        return (losses * batch["weight"]).sum(), batch["weight"].sum()

    def validate(self, net: nn.Module) -> tuple[float, float]:
        """Return mean loss and R2 over all components on the validation samples."""
        shares, concentration = self.predict(net, self._validation)
        target = self._material.samples.shares[self._validation]
        tensors = (torch.from_numpy(x).float() for x in (shares, concentration, target))
        return float(self._loss(*tensors).mean()), pooled_r2(target, shares)

    @torch.no_grad()
    def predict(self, net: nn.Module, samples: Index) -> tuple[Array, Array]:
        """Return shares (n, component) and concentration (n,) of `samples`."""
        net.eval()
        shares, concentration = [], []
        for start in range(0, len(samples), self._batch):
            found = self._units(net, self._tensors(samples[start : start + self._batch]))
            shares.append(found[0].double().cpu().numpy())
            concentration.append(found[1].double().cpu().numpy())
        return np.concatenate(shares), np.concatenate(concentration)

    def _units(self, net: nn.Module, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Return shares, concentration and further loss of units: the weighted means over their pixels."""
        shares, concentration, more = net(batch["series"], batch["days"], batch["ancillary"])
        columns = torch.cat([shares, concentration[:, None], more[:, None]], 1) * batch["pixel"][:, None]
        found = columns.new_zeros(len(batch["target"]), columns.shape[1]).index_add(0, batch["owner"], columns)
        return found[:, :-2], found[:, -2], found[:, -1]

    def _tensors(self, samples: Index) -> Batch:
        """Return the pixels of `samples`, their weights summing to 1 in each."""
        if self._standardiser is None:
            raise ValueError("the data are not scaled")
        rows = np.concatenate([np.arange(self._first[i], self._first[i + 1]) for i in samples])
        owner = np.repeat(np.arange(len(samples)), self._first[samples + 1] - self._first[samples])
        weight = self._weight[rows]
        weight = weight / np.bincount(owner, weight, len(samples))[owner]
        material = self._material
        days = material.days[samples][owner] if material.days is not None else np.zeros((len(rows), 0), np.int64)
        device = self._device
        series, ancillary = self._standardiser(
            torch.from_numpy(self.series[rows]).to(device), torch.from_numpy(self.ancillary[rows]).to(device)
        )
        return {
            "series": series,
            "ancillary": ancillary,
            "days": torch.from_numpy(days).to(device),
            "owner": torch.from_numpy(owner).to(device),
            "pixel": torch.from_numpy(weight).float().to(device),
            "target": torch.from_numpy(material.samples.shares[samples]).float().to(device),
            "weight": torch.from_numpy(material.samples.weight[samples]).float().to(device),
        }


def _table(material: Material, shape: Shape) -> tuple[Floats, Floats, Array, Index]:
    """Return series, ancillary numbers, weight and sample of the pixels of all units, by sample."""
    patches, rng = material.patches.cropped(0), np.random.default_rng(0)
    first = np.searchsorted(patches.sample, np.arange(len(material.samples) + 1))
    parts: list[tuple[Floats, Array, Index]] = []
    for sample in range(len(material.samples)):
        pieces = np.arange(first[sample], first[sample + 1])
        weight = patches.weights[pieces].ravel().astype(np.float64)
        values = np.moveaxis(patches.pixels(pieces), 1, -1).reshape(len(weight), -1)
        kept = np.flatnonzero(weight > 0)
        if len(kept) > MOST_PIXELS:
            kept = np.sort(rng.choice(kept, MOST_PIXELS, replace=False))
        parts.append((values[kept], weight[kept], np.full(len(kept), sample, np.int64)))
    values, weights, owner = (np.concatenate(column) for column in zip(*parts, strict=True))
    series, ancillary = shape.split(values)
    return series, ancillary, weights, owner


def answer_pixels(
    net: nn.Module, standardiser: Standardiser, pixels: Floats, days: Any, device: torch.device
) -> Iterator[tuple[Tensor, ...]]:
    """Yield what a network answers for parts of `pixels` (pixel, step * band + ancillary), all of the same `days`."""
    when = torch.as_tensor(np.array(days, np.int64), device=device)
    for start in range(0, len(pixels), CHUNK):
        series, ancillary = standardiser.shape.split(pixels[start : start + CHUNK])
        scaled = standardiser(torch.from_numpy(series).to(device), torch.from_numpy(ancillary).to(device))
        yield net(scaled[0], when.expand(len(series), -1), scaled[1])
