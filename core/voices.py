"""Voices: members of one or two models, mixed per cell into shares and what is not known about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .densities import SMALLEST_SD
from .learning import Voice
from .mapping import Predict
from .rasters import Floats, Grid
from .regions import Regions
from .tiles import Tile

SMALLEST_WEIGHT = 1e-12


@dataclass(frozen=True)
class Speaker:
    """One member of the ensemble: its voice, its region, its weight among the members for a place, its
    type, and the factors that calibrate its concentration, by region.

    ``spread`` is False for a voice that knows no concentration: an uncalibrated softmax head.
    """

    voice: Voice
    region: str
    share: float
    type: str
    factors: dict[str, float] = field(default_factory=dict)
    spread: bool = True


@dataclass(frozen=True)
class Ensemble:
    """All members, the regions of the map, and the weight of the regional expert in each."""

    speakers: list[Speaker]
    regions: Regions | None
    weights: dict[str, tuple[float, float]]
    blend: int
    halo: int
    device: str
    fast: bool = False


def predictor(ensemble: Ensemble, grid: Grid, wanted: Sequence[str], widths: Floats) -> Predict:
    """Return the function that maps one tile (see `mapping.run_map`).

    Parameters
    ----------
    wanted : sequence of str
        ``shares``; ``sd`` (standard deviation, its data and model part, entropy, weight of the
        regional expert); ``intervals`` (lower and upper bounds).
    widths : array, shape (2, component)
        Half-width of the intervals in standard deviations, of the global model and of the experts.
    """

    def predict(tile: Tile, block: Floats) -> dict[str, Floats]:
        memberships = _memberships(ensemble, grid, tile)
        weights = speaker_weights(ensemble, memberships, tile)
        # moments of the mixture, member by member (West 1979): differences of squares would cancel
        nothing: Any = np.zeros((1, 1, 1), np.float32)
        voted = mean = between = within = nothing
        by_type: dict[str, tuple[Any, Any]] = {}
        for speaker, weight in zip(ensemble.speakers, weights, strict=True):
            if not weight.any():
                continue  # its region does not reach this tile
            shares, concentration = answer(speaker.voice, block, ensemble.halo)
            voted = voted + weight
            gap = shares - mean
            mean = mean + gap * (weight / np.maximum(voted, np.float32(SMALLEST_WEIGHT)))
            between = between + weight * gap * (shares - mean)
            said, sums = by_type.get(speaker.type, (nothing, nothing))
            by_type[speaker.type] = (said + weight, sums + weight * shares)
            if speaker.spread:
                factor = _factors(speaker, ensemble, memberships)
                within = within + weight * shares * (1 - shares) / (concentration * factor + 1)
        mean = mean / mean.sum(0)
        between = np.maximum(between, 0)
        sd = np.sqrt(between + within)
        answers = {"shares": mean}
        regional = sum((w for s, w in zip(ensemble.speakers, weights, strict=True) if s.region),
                       np.zeros_like(mean[0]))[None]  # fmt: skip
        if "sd" in wanted:
            entropy = -(mean * np.log(np.maximum(mean, 1e-12))).sum(0, keepdims=True)
            data = np.broadcast_to(np.sqrt(within), mean.shape)
            answers["sd"] = np.concatenate([sd, data, np.sqrt(between), entropy, regional])
        if "intervals" in wanted:
            width = widths[0][:, None, None] * (1 - regional) + widths[1][:, None, None] * regional
            reach = width * np.maximum(_scored_sd(mean, within, by_type), SMALLEST_SD)
            answers["intervals"] = np.clip(np.concatenate([mean - reach, mean + reach]), 0, 1)
        return answers

    return predict


def _scored_sd(mean: Floats, within: Floats, by_type: dict[str, tuple[Any, Any]]) -> Floats:
    """Return the standard deviation of each share as it was when the intervals were calibrated.

    Then one member of each type answered: the types' disagreement counts, that of members of one
    type does not, for nobody has scored it. It is that of the Dirichlet distribution with the same
    mean and the same sum of variances, see `densities.mixture_moments`.
    """
    between = sum(w * (sums / np.maximum(w, np.float32(SMALLEST_WEIGHT)) - mean) ** 2 for w, sums in by_type.values())
    own = mean * (1 - mean)
    total = np.broadcast_to(within + between, mean.shape).sum(0)
    found: Floats = np.sqrt(own * (total / np.maximum(own.sum(0), np.float32(SMALLEST_WEIGHT))))
    return found


def _memberships(ensemble: Ensemble, grid: Grid, tile: Tile) -> dict[str, Floats]:
    """Return how much each cell of `tile` belongs to each region, by name."""
    if ensemble.regions is None:
        return {}
    found = ensemble.regions.memberships(grid, tile, ensemble.blend)
    return dict(zip(ensemble.regions.names, found, strict=False))


def speaker_weights(ensemble: Ensemble, memberships: dict[str, Floats], tile: Tile) -> list[Floats]:
    """Return the weight of each speaker in each cell of `tile`, shape (row, col) each; they sum to 1."""
    regional = {name: memberships[name] * np.float32(pair[1]) for name, pair in ensemble.weights.items()}
    everywhere = np.ones((tile.height, tile.width), np.float32)
    for weight in regional.values():
        everywhere = everywhere - weight
    return [(regional[s.region] if s.region else everywhere) * np.float32(s.share) for s in ensemble.speakers]


def _factors(speaker: Speaker, ensemble: Ensemble, memberships: dict[str, Floats]) -> Any:
    """Return the factor of the concentration: of the expert's region, or of each cell's."""
    common = speaker.factors.get("", 1.0)
    if speaker.region:
        return np.float32(speaker.factors.get(speaker.region, common))
    found: Any = np.float32(common)
    for name, membership in memberships.items():
        if name in speaker.factors:
            found = found + membership * np.float32(speaker.factors[name] - common)
    return found


def answer(voice: Voice, values: Floats, halo: int) -> tuple[Floats, Floats]:
    """Return shares (component, row, col) and concentration (row, col) of one voice.

    Parameters
    ----------
    values : array, shape (band, row + 2 halo, col + 2 halo)
        Raw values; a voice that sees less than `halo` cells gets less.
    """
    spare = halo - voice.halo
    return voice.answer(values[:, spare : values.shape[1] - spare, spare : values.shape[2] - spare])
