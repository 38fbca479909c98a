"""Assembly: the members of model files as one ensemble, computed in the fastest way that is right."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..contract.params import Layer
from ..data.raster.data_masks import Groups, with_data
from ..data.raster.stack import Stack
from ..data.raster.tiles import Tile
from ..data.raster.tiles import plan as plan_tiles
from ..data.vector.polygons import Regions
from ..features.factor_features import FactorFeatures
from ..features.series_features import Days, SeriesFeatures
from ..features.window_features import read_features
from ..learners.tree_learner import TreePredictor
from ..learners.unmixing_learner import UnmixingPredictor
from ..learning.contracts import Predictor
from ..learning.model_file import Card, Member, Model
from ..learning.model_types import BRITS_REFERENCE, META, META_REFERENCE, NETWORK, UNMIXING, WITHOUT_TORCH
from ..runtime.checkpoints import Arrays
from ..runtime.executor import Log
from ..runtime.files import fingerprint
from ..runtime.types import Floats
from .ensemble import Ensemble, EnsembleMember
from .region_weights import read_weights

if TYPE_CHECKING:  # they bring torch, which trees do without
    from ..inference.backend_choice import Choice
    from ..learners.patch_learner import PatchPredictor

DEFAULT_WEIGHTS = (0.5, 0.5)
WINDOWS = {  # longest sides, in cells, the best one first; Apple's GPU shares the memory with the processor
    "cpu": (256, 192, 128, 64), "cuda": (1024,), "mps": (1024, 512, 256, 128, 64)
}  # fmt: skip
TRIED_BLOCKS = 64  # that are searched for a sample with data
WINDOW_SHARE = 0.35  # of the memory, for the window that is computed


def assemble(
    models: Sequence[Model],
    regions: Regions | None,
    given: Layer,
    blend: int,
    device: str,
    log: Log,
    days: Days | None = None,
    aggregate: Floats | None = None,
    imputing: bool = False,
    temperature_scaled: bool = False,
) -> Ensemble:
    """The members that a map needs: the global ones, and the experts of its regions.

    Parameters
    ----------
    models : sequence of Model
        The main model, and perhaps one with experts.
    given : Layer
        Table of the weights of regions; without one they are equal.
    blend : int
        Cells over which regions pass into each other.
    device : str
        Where networks are computed.
    days : array of int, optional
        Of the series that is mapped, see `learning.TrainingData`.
    aggregate, sharpened :
        See `voices.Ensemble`.
    imputing : bool
        Whether members are wanted that have no weight, for they know what is missing in a series.
    """
    members = [
        (model, member)
        for model in models
        for member in model.card.members
        if member.kind in ("global", "within")
        and (not member.region or (regions is not None and member.region in regions.names))
        and (imputing or model.card.mixture.get(member.type, 1.0) > 0)
    ]
    experts = sorted({member.region for _, member in members if member.region})
    weights: dict[str, tuple[float, float]] = {}
    if experts:
        known = read_weights(given, experts) if given else {}
        weights = {name: known.get(name, DEFAULT_WEIGHTS) for name in experts}
        kind = "as given" if known else "equal by default"
        listing = ", ".join(f"{name} {g:.2f}/{r:.2f}" for name, (g, r) in weights.items())
        log.info(f"Weights global/regional ({kind}): {listing}.")
    heard = [(model, member) for model, member in members if not member.region or weights[member.region][1]]
    predictors: dict[str, Predictor] = {}
    speakers = [_ensemble_member(model, member, predictors, device, days) for model, member in heard]
    halo = max(speaker.predictor.halo for speaker in speakers)
    count = len(models[0].card.components)
    calibration = models[0].card.calibration
    return Ensemble(
        speakers,
        regions,
        weights,
        blend,
        halo,
        device,
        count,
        aggregate,
        temperature_scaled,
        calibration.get("odds", 1.0),
        tuple(calibration.get("bounds", ())),
    )


def _ensemble_member(
    model: Model, member: Member, predictors: dict[str, Predictor], device: str, days: Days | None
) -> EnsembleMember:
    """A member ready to answer, with its weight among the members of its model for the same place.

    Members with equal tensors share one of `voices`, so that they are computed once.
    """
    card, arrays = model.card, model.members[member.name]
    alike = [m for m in card.members if (m.kind, m.region, m.type) == (member.kind, member.region, member.type)]
    share = card.mixture.get(member.type, 1.0) / len(alike)
    factors = card.calibration.get("factors", {}).get(member.type, {})
    digest = hashlib.sha256(b"".join(name.encode() + arrays[name].tobytes() for name in sorted(arrays)))
    key = fingerprint(member.type, card.network, card.trees, digest.hexdigest())
    if key not in predictors:
        predictors[key] = _predictor(card, member, arrays, device, days)
    head = card.network.get("arguments", {}).get("head")
    silent = head == "softmax" or member.type == BRITS_REFERENCE  # they know no concentration
    known = bool(factors) or member.type in WITHOUT_TORCH or not silent
    return EnsembleMember(predictors[key], member.region, share, member.type, factors, spread=known)


def _predictor(card: Card, member: Member, arrays: Arrays, device: str, days: Days | None) -> Predictor:
    if member.type in WITHOUT_TORCH or member.type in card.network:  # of the latter the card says the arguments
        features = read_features(card.trees, card.band_names(), arrays, days)
    if member.type in WITHOUT_TORCH:
        if isinstance(features, SeriesFeatures) and member.type == UNMIXING:
            return UnmixingPredictor(features.course(), arrays)
        return TreePredictor(features, arrays, len(card.components))
    import torch

    if member.type in (META, META_REFERENCE) and isinstance(features, FactorFeatures):
        from ..learners.block_predictor import BlockPredictor

        return BlockPredictor(card.network[member.type], dict(arrays), features, member.name, torch.device(device))
    if member.type in card.network and isinstance(features, FactorFeatures):
        from ..learners.factor_learner import FactorPredictor

        return FactorPredictor(card.network[member.type], dict(arrays), features, member.name, torch.device(device))
    if member.type in card.network:
        from ..learners.series_learner import SeriesPredictor

        if not isinstance(features, SeriesFeatures):
            raise TypeError("a network of series describes no series")
        known = card.network[member.type]
        return SeriesPredictor(member.type, known, dict(arrays), features, member.name, torch.device(device))
    from ..learners.patch_learner import PatchPredictor

    return PatchPredictor(card.network, dict(arrays), member.name, torch.device(device))


def networks(ensemble: Ensemble) -> list[PatchPredictor]:
    """Each network of an ensemble once."""
    predictors = {id(speaker.predictor): speaker.predictor for speaker in ensemble.speakers if speaker.type == NETWORK}
    return list(predictors.values())  # type: ignore[arg-type]


def use(ensemble: Ensemble, choice: Choice | None) -> None:
    """Let all networks compute as `choice` says."""
    for predictor in networks(ensemble) if choice else ():
        predictor.use(choice)  # type: ignore[arg-type]


def choose_backend(
    ensemble: Ensemble,
    models: Sequence[Model],
    stack: Stack,
    bands: Sequence[int],
    groups: Groups,
    area: Tile,
    *,
    fast: bool,
    memory_bytes: int,
    log: Log,
) -> Choice | None:
    """Let the networks compute in the fastest way that is right, tried on a part of the map; return that way.

    Parameters
    ----------
    bands : sequence of int
        Positions of the models' bands in the stack.
    groups : sequence of sequences of int
        Which of them say where there are data.
    fast : bool
        Whether bf16 may be used.
    """
    predictors = networks(ensemble)
    if not predictors:
        return None
    from ..inference.backend_choice import SAMPLE, choose

    block = _sample(stack, bands, groups, area, SAMPLE, ensemble.halo)
    sides, room = WINDOWS[ensemble.device], WINDOW_SHARE * memory_bytes
    fitting = (side for side in sides if window_need(models, side) <= room or ensemble.device == "cuda")
    return choose(
        predictors,
        block,
        with_data(block, groups, ensemble.halo),
        fast=fast,
        device=ensemble.device,
        largest=next(fitting, sides[-1]),
        pixels=area.height * area.width,
        log=log,
    )


def _sample(stack: Stack, bands: Sequence[int], groups: Groups, area: Tile, side: int, halo: int) -> Floats:
    """A block around a pixel with data, from the middle of the map on; if none is found, the middle."""
    tiles = list(plan_tiles(area, side))
    middle = len(tiles) // 2
    ordered = [*tiles[middle:], *tiles[:middle]]
    for tile in ordered[:: max(1, len(ordered) // TRIED_BLOCKS)]:
        found = np.argwhere(with_data(stack.read(tile)[list(bands)], groups, 0))
        if len(found):
            nearest = found[np.abs(found - np.median(found, 0)).sum(1).argmin()]
            row, col = tile.row + int(nearest[0]) - side // 2, tile.col + int(nearest[1]) - side // 2
            return stack.read(Tile(row, col, side, side).padded(halo))[list(bands)]
    tile = ordered[0]
    return stack.read(Tile(tile.row, tile.col, side, side).padded(halo))[list(bands)]


def window_need(models: Sequence[Model], side: int) -> int:
    """The memory (bytes) that the largest network takes for a window on the processor."""
    cards = [model.card for model in models if any(member.type == NETWORK for member in model.card.members)]
    if not cards:
        return 0
    from ..learners.patch_learner import window_bytes

    return max(window_bytes(card.network, side) for card in cards)
