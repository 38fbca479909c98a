"""Networks of pixel series as learners: one network per split, and its answers on a map."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..arrays import Floats, Mask
from ..checkpoints import Arrays
from ..devices import flush_denormals
from ..errors import RegionwiseError
from ..fitting import PROCESS_BYTES, fit_member, seed_of
from ..learning import BRITS, BRITS_REFERENCE, Material, Trained
from ..nets.brits import Brits
from ..nets.composition import unit_loss
from ..params import TrainingParams
from ..pixels import MEAN, STD, PixelBatches, Shape, Standardiser, answer_pixels
from ..scheduling import Report
from ..splits import Split
from ..training import to_arrays, to_tensors

WORTH_MULTIPLICATIONS = 1e11  # forward, of a whole training: half a minute or so, for steps are small and many
HIDDEN = 0.3  # largest share of the dates that a batch does not see
FRACTION_WEIGHT, IMPUTATION_WEIGHT, DISAGREEMENT_WEIGHT = 0.75, 0.25, 0.1  # of the reference's loss


def brits_loss(net: Brits, series: Tensor, days: Tensor, ancillary: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return shares, concentration and the loss of the imputation, each of a pixel."""
    found = net(series, days, ancillary)
    more = IMPUTATION_WEIGHT * found.imputation_loss + DISAGREEMENT_WEIGHT * found.disagreement
    return found.shares, found.concentration, more


def reference_loss(shares: Tensor, _: Tensor, target: Tensor) -> Tensor:
    """Return the squared error of fractions as the reference weighs it; both directions' together."""
    return 2 * FRACTION_WEIGHT * ((shares - target) ** 2).mean(1)


def likelihood_loss(shares: Tensor, concentration: Tensor, target: Tensor) -> Tensor:
    """Return the loss of shares by quasi-likelihood, and of the concentration by likelihood."""
    return unit_loss(shares, concentration, target, "dirichlet")


@dataclass(frozen=True)
class Kind:
    """A network of pixel series: how it is built from the arguments in a card, and how it is trained."""

    build: Callable[..., nn.Module]
    loss: Callable[[Tensor, Tensor, Tensor], Tensor]
    answer: Callable[..., tuple[Tensor, Tensor, Tensor]]
    hidden: float


KINDS = {
    BRITS: Kind(Brits, likelihood_loss, brits_loss, HIDDEN),
    BRITS_REFERENCE: Kind(lambda **arguments: Brits(**arguments, reference=True), reference_loss, brits_loss, 0.0),
}


class Answering(nn.Module):
    """A network with the way in which it is asked, for `pixels.PixelBatches`."""

    def __init__(self, net: nn.Module, kind: Kind) -> None:
        super().__init__()
        self.net, self._answer = net, kind.answer

    def forward(self, series: Tensor, days: Tensor, ancillary: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return shares, concentration and further loss of pixels."""
        return self._answer(self.net, series, days, ancillary)


@dataclass(frozen=True)
class SeriesLearner:
    """Trains a network of one of `KINDS` on each split.

    Parameters
    ----------
    bands, ancillary : tuple of str
        What a pixel's numbers are: those of each step, then the ancillary ones.
    """

    type: str
    params: TrainingParams
    material: Material
    bands: tuple[str, ...]
    ancillary: tuple[str, ...]
    width: int

    def description(self) -> dict[str, Any]:
        """Return what a reader needs to build the network and its inputs again."""
        components = len(self.material.samples.components)
        return {
            "kind": self.type,
            "arguments": {"bands": len(self.bands), "ancillary": len(self.ancillary), "components": components,
                          "width": self.width},
        }  # fmt: skip

    def process_bytes(self, splits: int) -> int:
        """Return the memory of training one of `splits` networks in a process of its own; 0 if that is not worth it."""
        material = self.material
        if material.device != "cpu" or material.days is None:
            return 0
        with torch.device("meta"):
            net = KINDS[self.type].build(**self.description()["arguments"])
        each = sum(p.numel() for p in net.parameters()) * material.days.shape[1]
        worth = each * len(material.samples) * self.params.epochs * splits > WORTH_MULTIPLICATIONS
        return PROCESS_BYTES if worth else 0

    def fit(self, split: Split, name: str, report: Report, start: Arrays | None = None) -> Trained:
        """Train one network on one split and let it answer the test part."""
        flush_denormals()  # in the process and thread that this is
        params, material, kind = self.params, self.material, KINDS[self.type]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed_of(params, name))
            net = kind.build(**self.description()["arguments"])
        device = torch.device(material.device)
        shape = Shape(len(self.bands), len(self.ancillary))
        data = PixelBatches(
            material, shape, train=split.train, validation=split.validation, batch=params.batch, loss=kind.loss,
            device=device, hidden=kind.hidden,
        )  # fmt: skip
        scaling = data.scaling()
        if start is not None:  # a fine-tuned member keeps the scaling of its start
            scaling = {key: start[key] for key in (MEAN, STD)}
            net.load_state_dict(to_tensors({k: v for k, v in start.items() if k not in scaling}))
        data.scaled_by(Standardiser.of(scaling, shape, device))
        asked = Answering(net, kind)
        history = fit_member(
            asked, data, params, name=name, device=device, tuned=start is not None, checkpoints=material.checkpoints,
            report=report,
        )  # fmt: skip
        shares, concentration = data.predict(asked, split.test)
        return Trained(split.name, {**to_arrays(net.state_dict()), **scaling}, shares, concentration, history)


class SeriesVoice:
    """A trained network of pixel series that answers the pixels of a map."""

    halo = 0

    def __init__(self, description: dict[str, Any], arrays: Arrays, name: str, days: Any, device: torch.device) -> None:
        """Build the member called `name`, checked against the network its card describes.

        Raises
        ------
        RegionwiseError
            If tensors and description do not fit.
        """
        state = {k: v for k, v in arrays.items() if k not in (MEAN, STD)}
        try:
            arguments = description["arguments"]
            kind = KINDS[description["kind"]]
            net = kind.build(**arguments)
            net.load_state_dict(to_tensors(state))
            self._shape = Shape(arguments["bands"], arguments["ancillary"])
            self._standardiser = Standardiser.of(arrays, self._shape, device)
        except (KeyError, TypeError, ValueError, RuntimeError) as err:
            raise RegionwiseError(
                f"Member '{name}' does not fit the network of its card ({err}).",
                "The model file is damaged; copy it again, or train it again.",
            ) from err
        self._net, self._kind, self._days, self._device = net.eval().to(device), kind, days, device

    @torch.inference_mode()
    def answer(self, values: Floats, wanted: Mask) -> tuple[Floats, Floats]:
        """Return shares (component, pixel) and concentration (pixel,); see `learning.Voice`."""
        asked = Answering(self._net, self._kind)
        found = list(answer_pixels(asked, self._standardiser, _pixels(values, wanted), self._days, self._device))
        shares, concentration = (torch.cat([part[i] for part in found]) for i in (0, 1))
        return shares.T.contiguous().cpu().numpy(), concentration.cpu().numpy()

    @torch.inference_mode()
    def impute(self, values: Floats, wanted: Mask) -> Floats:
        """Return the series of the `wanted` pixels without gaps, in their own units, shape (step * band, pixel)."""
        parts = answer_pixels(self._net, self._standardiser, _pixels(values, wanted), self._days, self._device)
        bands = self._shape.bands
        mean, std = self._standardiser.mean[:bands], self._standardiser.std[:bands]
        found = torch.cat([part.imputed * std + mean for part in parts])  # type: ignore[attr-defined]
        return found.flatten(1).T.contiguous().cpu().numpy()

    def rest(self) -> None:
        """Do nothing: it keeps nothing from tile to tile."""


def _pixels(values: Floats, wanted: Mask) -> Floats:
    return np.ascontiguousarray(values[:, wanted].T)
