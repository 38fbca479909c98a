"""Pixels: the dated values of pixels of each sample's unit, with what is around them, as tensors for networks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..runtime.checkpoints import Arrays
from ..runtime.files import fingerprint
from ..runtime.types import Floats
from ..targets.metrics import pooled_r2
from .patch_batches import augment
from .training_loop import Batch

if TYPE_CHECKING:
    from ..data.patches.patches import Patches
    from ..features.series_features import Course, Days
    from .contracts import TrainingData

Array = NDArray[np.float64]
Index = NDArray[np.int64]

MEAN, STD = "scaling.mean", "scaling.std"
MOST_PIXELS = 64  # of a unit; more would add cost, not information: its label is one number
MOST_WINDOWS = 2  # of a unit, where a pixel is seen with its neighbours
SYMMETRIES = 8  # of the square
ROWS = 256  # windows that are brought to a calendar at a time
SMALLEST_STD = 1e-12


@dataclass(frozen=True)
class Shape:
    """How a pixel's numbers are to be read: those of each step one after the other, then the ancillary ones.

    Parameters
    ----------
    side : int
        Of the window that is seen around a pixel, odd; with 1 there are no axes of rows and columns.
    course : Course, optional
        Brings series to an even calendar before they are seen.
    """

    bands: int
    ancillary: int
    side: int = 1
    course: Course | None = None

    def split(self, pixels: Floats) -> tuple[Floats, Floats]:
        """Series (pixel, step, ..., band) and ancillary numbers (pixel, ancillary) of the middle."""
        end, middle = pixels.shape[1] - self.ancillary, pixels.shape[-1] // 2
        series = pixels[:, :end].reshape(len(pixels), -1, self.bands, *pixels.shape[2:])
        ancillary = pixels[:, end:, middle, middle] if pixels.ndim > 2 else pixels[:, end:]
        return np.moveaxis(series, 2, -1), ancillary

    def dated(self, series: Floats, days: Days) -> tuple[Floats, Days]:
        """Series and their days (step,) or (pixel, step) as they are seen: at the calendar, if there is one."""
        if self.course is None:
            return series, days
        flat = np.moveaxis(series, 1, -2)  # (pixel, ..., step, band)
        each = int(np.prod(flat.shape[1:-2]))
        table = np.ascontiguousarray(flat).reshape(len(series) * each, -1)
        when = np.repeat(days, each, 0) if days.ndim == 2 else days
        found = self.course.of(table, when).reshape(*flat.shape[:-2], -1, self.bands)
        calendar = np.array(self.course.calendar) + self.course.phase
        return np.moveaxis(found, -2, 1), calendar if days.ndim == 1 else np.repeat(calendar[None], len(days), 0)


def fit_scaling(series: Floats, ancillary: Floats) -> Arrays:
    """Mean and deviation of bands, over all steps, and of ancillary numbers, as a member keeps them."""
    table = [series.reshape(-1, series.shape[-1]), ancillary]
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
        """The standardiser of a member with the tensors `arrays`."""
        mean, std = (torch.from_numpy(np.array(arrays[key], np.float32)).to(device) for key in (MEAN, STD))
        return cls(mean, std, shape)

    def __call__(self, series: Tensor, ancillary: Tensor) -> tuple[Tensor, Tensor]:
        """Z-scores: of the series with NaN where missing, of ancillary numbers with 0."""
        bands = self.shape.bands
        scaled = (series - self.mean[:bands]) / self.std[:bands]
        known = (ancillary - self.mean[bands:]) / self.std[bands:]
        return scaled, torch.nan_to_num(known)


class PixelBatches:
    """Training data of a network that answers pixels (see `training.BatchSource`).

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
        self,
        training_data: TrainingData,
        shape: Shape,
        *,
        train: Index,
        validation: Index,
        batch: int,
        loss: Any,
        device: torch.device,
        hidden: float = 0.0,
    ) -> None:
        self._training_data, self._device = training_data, device
        self._train, self._validation, self._batch, self._loss, self._hidden = train, validation, batch, loss, hidden
        self.pixels = UnitPixels.of(training_data, shape)
        self._first = np.searchsorted(self.pixels.owner, np.arange(len(training_data.samples) + 1))
        self._standardiser: Standardiser | None = None

    def scaling(self) -> Arrays:
        """The scaling of the training part."""
        own = np.isin(self.pixels.owner, self._train)
        return fit_scaling(self.pixels.series[own], self.pixels.ancillary[own])

    def scaled_by(self, standardiser: Standardiser) -> PixelBatches:
        """The data, whose tensors `standardiser` makes from now on."""
        self._standardiser = standardiser
        return self

    def batches(self, rng: np.random.Generator) -> Iterator[Batch]:
        """Yield the training samples in random order, each window turned or mirrored, alike at all dates."""
        order = rng.permutation(self._train)
        starts = list(range(0, len(order), self._batch))
        if len(order) - starts[-1] == 1 and len(starts) > 1:
            starts.pop()  # one sample has no variance, by which networks normalise; it joins the others
        for start, end in zip(starts, [*starts[1:], len(order)], strict=True):
            batch = self._tensors(order[start:end])
            series = batch["series"]
            if series.ndim > 3:
                symmetries = rng.integers(0, SYMMETRIES, len(series))
                series = augment(series.movedim(-1, 2), symmetries).movedim(2, -1)
            if self._hidden:
                share = rng.uniform(0, self._hidden)
                unseen = torch.from_numpy(rng.random(tuple(series.shape[:2])) < share).to(self._device)
                series = series.masked_fill(unseen[(..., *[None] * (series.ndim - 2))], torch.nan)
            batch["series"] = series
            yield batch

    def loss(self, net: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
        """The weighted sum of losses and the sum of weights of one batch."""
        shares, concentration, more = self._units(net, batch)
        losses = self._loss(shares, concentration, batch["target"]) + more
        return (losses * batch["weight"]).sum(), batch["weight"].sum()

    def validate(self, net: nn.Module) -> tuple[float, float]:
        """Mean loss and R2 over all components on the validation samples."""
        shares, concentration = self.predict(net, self._validation)
        target = self._training_data.samples.shares[self._validation]
        tensors = (torch.from_numpy(x).float() for x in (shares, concentration, target))
        return float(self._loss(*tensors).mean()), pooled_r2(target, shares)

    @torch.no_grad()
    def predict(self, net: nn.Module, samples: Index) -> tuple[Array, Array]:
        """Shares (n, component) and concentration (n,) of `samples`."""
        net.eval()
        shares, concentration = [], []
        for start in range(0, len(samples), self._batch):
            found = self._units(net, self._tensors(samples[start : start + self._batch]))
            shares.append(found[0].cpu().double().numpy())
            concentration.append(found[1].cpu().double().numpy())
        return np.concatenate(shares), np.concatenate(concentration)

    def _units(self, net: nn.Module, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Shares, concentration and further loss of units: the weighted means over their pixels."""
        shares, concentration, more = net(batch["series"], batch["days"], batch["ancillary"])
        columns = torch.cat([shares, concentration[:, None], more[:, None]], 1) * batch["pixel"][:, None]
        found = columns.new_zeros(len(batch["target"]), columns.shape[1]).index_add(0, batch["owner"], columns)
        return found[:, :-2], found[:, -2], found[:, -1]

    def _tensors(self, samples: Index) -> Batch:
        """The pixels of `samples`, their weights summing to 1 in each."""
        if self._standardiser is None:
            raise ValueError("the data are not scaled")
        rows = np.concatenate([np.arange(self._first[i], self._first[i + 1]) for i in samples])
        owner = np.repeat(np.arange(len(samples)), self._first[samples + 1] - self._first[samples])
        weight = self.pixels.weight[rows]
        weight = weight / np.bincount(owner, weight, len(samples))[owner]
        training_data, device = self._training_data, self._device
        values, known, days = self.pixels.seen(rows)
        series, ancillary = self._standardiser(torch.from_numpy(values).to(device), torch.from_numpy(known).to(device))
        return {
            "series": series,
            "ancillary": ancillary,
            "days": torch.from_numpy(days).to(device),
            "owner": torch.from_numpy(owner).to(device),
            "pixel": torch.from_numpy(weight).float().to(device),
            "target": torch.from_numpy(training_data.samples.shares[samples]).float().to(device),
            "weight": torch.from_numpy(training_data.samples.weight[samples]).float().to(device),
        }


@dataclass(frozen=True)
class UnitPixels:
    """The pixels of all units that take part, by sample.

    Parameters
    ----------
    series, ancillary, days : array
        Of the pixels themselves, as they are seen (see `Shape`).
    raw_days : array of int, shape (pixel, step)
        Of the patches.
    weight, owner : array, shape (pixel,)
        Weight in the unit, and which sample it is.
    place : array, shape (pixel, 3)
        Piece, row and column in the core of the patches.
    windows : array, shape (pixel, step, row, col, band), optional
        What is seen around each pixel, where that is at other days than the patches.
    """

    shape: Shape
    patches: Patches
    series: Floats
    ancillary: Floats
    days: Days
    raw_days: Days
    weight: Array
    owner: Index
    place: Index
    windows: Floats | None = None

    @classmethod
    def of(cls, training_data: TrainingData, shape: Shape) -> UnitPixels:
        """Them, at most `MOST_PIXELS` of a unit, or `MOST_WINDOWS` where neighbours are seen."""
        if training_data.days is None:
            raise ValueError("the bands are not dated")
        patches, rng = training_data.patches.cropped(shape.side // 2), np.random.default_rng(0)
        centre, most = patches.cropped(0), MOST_PIXELS if shape.side == 1 else MOST_WINDOWS
        first = np.searchsorted(patches.sample, np.arange(len(training_data.samples) + 1))
        values, weights, places = [], [], []
        for sample in range(len(training_data.samples)):
            pieces = np.arange(first[sample], first[sample + 1])
            weight = patches.weights[pieces].astype(np.float64)
            kept = np.argwhere(weight > 0)
            if len(kept) > most:
                kept = kept[np.sort(rng.choice(len(kept), most, replace=False))]
            piece, row, col = kept.T
            values.append(np.moveaxis(centre.pixels(pieces), 1, -1)[piece, row, col])
            weights.append(weight[piece, row, col])
            places.append(np.stack([pieces[piece], row, col], 1))
        owner = np.repeat(np.arange(len(places)), [len(place) for place in places])
        series, ancillary = shape.split(np.concatenate(values))
        raw = training_data.days[owner]
        series, days = shape.dated(series, raw)
        weight, place = np.concatenate(weights), np.concatenate(places)
        found = cls(shape, patches, series, ancillary, days, raw, weight, owner, place)
        if shape.side == 1 or shape.course is None:
            return found
        name = f"windows-{shape.side}-{fingerprint(shape.course.description())}"
        return replace(found, windows=patches.kept(name, found.dated_windows))

    def seen(self, rows: Index) -> tuple[Floats, Floats, Days]:
        """Series with what is seen around, ancillary numbers and days of some pixels."""
        ancillary, days = self.ancillary[rows], self.days[rows]
        if self.shape.side == 1:
            return self.series[rows], ancillary, days
        windows = self._cut(rows) if self.windows is None else self.windows[rows]
        return windows, ancillary, days

    def dated_windows(self) -> Floats:
        """The windows of all pixels as they are seen."""
        every = range(0, len(self.place), ROWS)
        parts = [np.arange(start, min(start + ROWS, len(self.place))) for start in every]
        return np.concatenate([self.shape.dated(self._cut(rows), self.raw_days[rows])[0] for rows in parts])

    def _cut(self, rows: Index) -> Floats:
        """The windows of some pixels at their own days."""
        pieces, inverse = np.unique(self.place[rows, 0], return_inverse=True)
        blocks, side = self.patches.pixels(pieces), self.shape.side
        windows = [
            blocks[number, :, row : row + side, col : col + side]
            for number, (_, row, col) in zip(inverse.ravel(), self.place[rows], strict=True)
        ]
        return self.shape.split(np.stack(windows))[0]


def answer_pixels(
    net: nn.Module, standardiser: Standardiser, pixels: Floats, days: Any, device: torch.device
) -> tuple[Tensor, ...]:
    """Return what a network answers for `pixels`, all of the same `days`.

    Parameters
    ----------
    pixels : array, shape (pixel, step * band + ancillary, ...)
        With windows around them, where the network sees any.
    """
    series, ancillary = standardiser.shape.split(pixels)
    series, dated = standardiser.shape.dated(series, np.array(days, np.int64))
    when = torch.as_tensor(dated, device=device).expand(len(series), -1)
    scaled = standardiser(
        torch.from_numpy(np.ascontiguousarray(series)).to(device), torch.from_numpy(ancillary).to(device)
    )
    found: tuple[Tensor, ...] = net(scaled[0], when, scaled[1])
    return found
