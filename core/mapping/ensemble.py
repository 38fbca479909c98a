"""Voices: members of one or two models, mixed per cell into shares and what is not known about them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from ..data.raster.tiles import Tile
from ..learning.contracts import Predictor
from ..runtime.types import Floats, Mask
from ..targets.class_target import temperature_scaled
from ..targets.dirichlet import SMALLEST_SD
from .tile_pipeline import PredictTile

if TYPE_CHECKING:  # networks answer where neither rasters nor vector layers can be read
    from ..data.raster.grids import Grid
    from ..data.vector.polygons import Regions

SMALLEST_WEIGHT = 1e-12
LEAST_WEIGHT = 1e-6  # of the global model
# among what may be wanted
IMPUTED = "imputed"  # the series without gaps
CLASS, CONFIDENCE = "class", "confidence"
EVENT, LEVEL, UNCERTAINTY, ANSWERED_BY = "event", "level", "doubt", "which"


@runtime_checkable
class Imputing(Protocol):
    """A voice that also knows what is missing in a series."""

    def impute(self, values: Floats, wanted: Mask) -> Floats:
        """The series of the `wanted` pixels without gaps, shape (step * band, pixel)."""


@runtime_checkable
class Local(Protocol):
    """A voice that has models of blocks besides one for all places."""

    def by_block(self, values: Floats, wanted: Mask) -> Mask:
        """Which of the `wanted` pixels are answered by a model of their block, shape (pixel,)."""


@dataclass(frozen=True)
class EnsembleMember:
    """One member of the ensemble: its voice, its region, its weight among the members for a place, its
    type, and the factors that calibrate its concentration, by region.

    ``spread`` is False for a voice that knows no concentration: an uncalibrated softmax head.
    """

    predictor: Predictor
    region: str
    share: float
    type: str
    factors: dict[str, float] = field(default_factory=dict)
    spread: bool = True


@dataclass(frozen=True)
class Ensemble:
    """All members, the regions of the map, and the weight of the regional expert in each.

    Parameters
    ----------
    count : int
        Components that voices answer.
    aggregate : array, shape (name, component), optional
        What is mapped, as sums of what voices answer; its first rows are these themselves.
    prior_correction : float
        By what the odds of an event are multiplied: it may be rarer in the world than among samples.
    bounds : tuple of float
        Of its probability between levels, ascending.
    temperature_scaled : bool
        Whether answers are probabilities of classes, which factors sharpen; those of shares calibrate their
        concentration.
    """

    speakers: list[EnsembleMember]
    regions: Regions | None
    weights: dict[str, tuple[float, float]]
    blend: int
    halo: int
    device: str
    count: int
    aggregate: Floats | None = None
    temperature_scaled: bool = False
    prior_correction: float = 1.0
    bounds: tuple[float, ...] = ()

    @property
    def mapped(self) -> int:
        """How many shares are mapped: components, and sums of them."""
        return self.count if self.aggregate is None else len(self.aggregate)


def tile_predictor(ensemble: Ensemble, grid: Grid, wanted: Sequence[str], widths: Floats | None) -> PredictTile:
    """The function that maps one tile (see `pipeline.Maker`).

    Everything is computed for the pixels with data only, and every member only where it has weight.

    Parameters
    ----------
    wanted : sequence of str
        ``shares``; ``sd`` (standard deviation, its data and model part, entropy, weight of the
        regional expert); ``intervals`` (lower and upper bounds); `IMPUTED`; `CLASS` (the number of the largest
        share, counted from 1); `CONFIDENCE` (that share); `EVENT` (the probability of the second of two); `LEVEL` (its
        level, counted from 1); `UNCERTAINTY` (the deviation of members' probabilities, and the entropy in bits); `ANSWERED_BY` (1
        where no member answers by a model of the block, 2 where some do, 3 where all do).
    widths : array, shape (2, component)
        Half-width of the intervals in standard deviations, of the global model and of the experts; only for these.
    """
    own, names = ensemble.count, ensemble.mapped

    def predict(tile: Tile, block: Floats, valid: Mask) -> dict[str, Floats]:
        memberships = {name: found[valid] for name, found in _memberships(ensemble, grid, tile).items()}
        weights = member_weights(ensemble, memberships, int(valid.sum()))
        # moments of the mixture, member by member (West 1979): differences of squares would cancel
        voted = np.zeros(int(valid.sum()), np.float32)
        mean, between, within = (np.zeros((names, len(voted)), np.float32) for _ in range(3))
        by_type: dict[str, tuple[Floats, Floats]] = {}
        for speakers, at, answered, concentration in _answers(ensemble, weights, block, valid):
            for i in speakers:
                speaker, weight = ensemble.speakers[i], weights[i][at]
                if ensemble.temperature_scaled:
                    power = _factors(speaker, memberships, len(voted))[at]
                    shares = temperature_scaled(answered.T, power[:, None]).T
                else:
                    shares = answered
                voted[at] += weight
                gap = shares - mean[:, at]
                mean[:, at] += gap * (weight / np.maximum(voted[at], np.float32(SMALLEST_WEIGHT)))
                between[:, at] += weight * gap * (shares - mean[:, at])
                said, sums = by_type.setdefault(speaker.type, (np.zeros_like(voted), np.zeros_like(mean)))
                said[at] += weight
                sums[:, at] += weight * shares
                if speaker.spread:
                    factor = _factors(speaker, memberships, len(voted))[at]
                    within[:, at] += weight * shares * (1 - shares) / (concentration * factor + 1)
        mean = mean / mean[:own].sum(0)
        between = np.maximum(between, 0)
        answers = {"shares": mean}
        regional = np.sum([w for s, w in zip(ensemble.speakers, weights, strict=True) if s.region] or [0 * voted], 0)
        if "sd" in wanted:
            entropy = -(mean[:own] * np.log(np.maximum(mean[:own], 1e-12))).sum(0)
            answers["sd"] = np.concatenate(
                [np.sqrt(between + within), np.sqrt(within), np.sqrt(between), entropy[None], regional[None]]
            )
        if "intervals" in wanted and widths is not None:
            width = widths[0][:, None] * (1 - regional) + widths[1][:, None] * regional
            field_of_view = width * np.maximum(_scored_sd(mean, within, by_type, own), SMALLEST_SD)
            answers["intervals"] = np.clip(np.concatenate([mean - field_of_view, mean + field_of_view]), 0, 1)
        if CLASS in wanted:
            answers[CLASS] = (mean.argmax(0) + 1)[None].astype(np.float32)
        if CONFIDENCE in wanted:
            answers[CONFIDENCE] = mean.max(0)[None]
        if {EVENT, LEVEL, UNCERTAINTY} & set(wanted):
            answers |= _event_answers(ensemble, mean, between)
        if ANSWERED_BY in wanted:
            local = [v.by_block(block, valid) for v, _ in _by_predictor(ensemble.speakers) if isinstance(v, Local)]
            some, every = np.any(local, 0), np.all(local, 0)
            answers[ANSWERED_BY] = (1 + some.astype(np.float32) + every)[None]
        if IMPUTED in wanted:
            filling = [
                predictor for predictor, _ in _by_predictor(ensemble.speakers) if isinstance(predictor, Imputing)
            ]
            total = filling[0].impute(block, valid)
            for predictor in filling[1:]:
                total = total + predictor.impute(block, valid)
            answers[IMPUTED] = total / np.float32(len(filling))
        return answers

    return predict


def _event_answers(ensemble: Ensemble, mean: Floats, between: Floats) -> dict[str, Floats]:
    """The probability of an event in the world, its level, and what is not known about it."""
    prior_correction = np.float32(ensemble.prior_correction)
    scale = mean[0] + prior_correction * mean[1]
    event = prior_correction * mean[1] / scale
    deviation = np.sqrt(between[1]) * prior_correction / scale**2  # by the slope of the correction
    safe = np.clip(event, SMALLEST_WEIGHT, 1 - SMALLEST_WEIGHT).astype(np.float64)
    entropy = -(safe * np.log2(safe) + (1 - safe) * np.log2(1 - safe)).astype(np.float32)
    level = np.searchsorted(np.array(ensemble.bounds), event) + 1
    return {EVENT: event[None], LEVEL: level[None].astype(np.float32), UNCERTAINTY: np.stack([deviation, entropy])}


def _answers(
    ensemble: Ensemble, weights: list[Floats], block: Floats, valid: Mask
) -> Iterator[tuple[list[int], Mask, Floats, Floats]]:
    """Yield of each voice with weight in the tile: its speakers, among the valid pixels those it answers, and answers.

    On a GPU the next voice is computed while the last one is mixed.
    """
    todo = []
    for predictor, speakers in _by_predictor(ensemble.speakers):
        at = np.sum([weights[i] for i in speakers], 0) > 0
        if at.any():  # else its region does not reach this tile
            place = valid.copy()
            place[valid] = at
            todo.append((predictor, speakers, at, place))
    if ensemble.device == "cpu":
        for predictor, speakers, at, place in todo:
            yield speakers, at, *_aggregated(ensemble, *answer(predictor, block, place, ensemble.halo))
        for predictor, *_ in todo:
            predictor.rest()
        return
    with ThreadPoolExecutor(1) as gpu:
        ahead: deque[Future[tuple[Floats, Floats]]] = deque()
        for number, (_, speakers, at, _) in enumerate(todo):
            for predictor, _, _, place in todo[number + len(ahead) : number + 2]:
                ahead.append(gpu.submit(answer, predictor, block, place, ensemble.halo))
            yield speakers, at, *_aggregated(ensemble, *ahead.popleft().result())


def _aggregated(ensemble: Ensemble, shares: Floats, concentration: Floats) -> tuple[Floats, Floats]:
    """The shares that are mapped; sums of a Dirichlet distribution's have one with the same concentration."""
    return (shares if ensemble.aggregate is None else ensemble.aggregate @ shares), concentration


def _by_predictor(speakers: Sequence[EnsembleMember]) -> list[tuple[Predictor, list[int]]]:
    """Each voice once, with the numbers of the speakers that it speaks for."""
    found: dict[int, tuple[Predictor, list[int]]] = {}
    for number, speaker in enumerate(speakers):
        found.setdefault(id(speaker.predictor), (speaker.predictor, []))[1].append(number)
    return list(found.values())


def _scored_sd(mean: Floats, within: Floats, by_type: dict[str, tuple[Floats, Floats]], own: int) -> Floats:
    """The standard deviation of each share as it was when the intervals were calibrated.

    Then one member of each type answered: the types' disagreement counts, that of members of one
    type does not, for nobody has scored it. It is that of the Dirichlet distribution with the same
    mean and the same sum of variances, see `densities.mixture_moments`.
    """
    between = sum(w * (sums / np.maximum(w, np.float32(SMALLEST_WEIGHT)) - mean) ** 2 for w, sums in by_type.values())
    possible = mean * (1 - mean)
    total = (within + between)[:own].sum(0)
    found: Floats = np.sqrt(possible * (total / np.maximum(possible[:own].sum(0), np.float32(SMALLEST_WEIGHT))))
    return found


def _memberships(ensemble: Ensemble, grid: Grid, tile: Tile) -> dict[str, Floats]:
    """How much each cell of `tile` belongs to each region, by name."""
    if ensemble.regions is None:
        return {}
    found = ensemble.regions.memberships(grid, tile, ensemble.blend)
    return dict(zip(ensemble.regions.names, found, strict=False))


def member_weights(ensemble: Ensemble, memberships: dict[str, Floats], pixels: int) -> list[Floats]:
    """The weight of each speaker in each of so many pixels; they sum to 1.

    Parameters
    ----------
    memberships : dict
        How much each pixel belongs to each region, by name.
    """
    regional = {name: memberships[name] * np.float32(pair[1]) for name, pair in ensemble.weights.items()}
    everywhere = np.ones(pixels, np.float32)
    for weight in regional.values():
        everywhere = everywhere - weight
    everywhere[everywhere < LEAST_WEIGHT] = 0  # what rounding leaves where experts have all of it
    return [(regional[s.region] if s.region else everywhere) * np.float32(s.share) for s in ensemble.speakers]


def _factors(speaker: EnsembleMember, memberships: dict[str, Floats], pixels: int) -> Floats:
    """The factor of the concentration in each pixel: of the expert's region, or of the pixel's."""
    common = speaker.factors.get("", 1.0)
    if speaker.region:
        return np.full(pixels, speaker.factors.get(speaker.region, common), np.float32)
    found = np.full(pixels, common, np.float32)
    for name, membership in memberships.items():
        if name in speaker.factors:
            found = found + membership * np.float32(speaker.factors[name] - common)
    return found


def answer(predictor: Predictor, values: Floats, wanted: Mask, halo: int) -> tuple[Floats, Floats]:
    """Shares (component, pixel) and concentration (pixel,) of one voice for the `wanted` pixels.

    Parameters
    ----------
    values : array, shape (band, row + 2 halo, col + 2 halo)
        Raw values; a voice that sees less than `halo` cells gets less.
    wanted : array of bool, shape (row, col)
    """
    spare = halo - predictor.halo
    return predictor.answer(values[:, spare : values.shape[1] - spare, spare : values.shape[2] - spare], wanted)
