"""Ensembles: members of one or two models, mixed in each cell into the moments of shares."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ..data.raster.tiles import Tile
from ..learning.contracts import Predictor
from ..runtime.progress import span, tell
from ..runtime.types import Floats, Mask
from ..targets.calibration import MeanCalibration
from ..targets.member_means import sharpened
from ..targets.platt import OFFSET, calibrated_answers, platt_scaled

if TYPE_CHECKING:  # networks answer where neither rasters nor vector layers can be read
    from ..data.raster.grids import Grid
    from ..data.vector.polygons import Regions

SMALLEST_WEIGHT = 1e-12
LEAST_WEIGHT = 1e-6  # of the global model


@dataclass(frozen=True)
class EnsembleMember:
    """A member of an ensemble.

    Parameters
    ----------
    region : str
        Of which it is the expert; empty for a global member.
    share : float
        Its weight among the members for a place.
    type : str
    factors : dict
        By region, what calibrates its concentration, or its probabilities; see `calibration.CalibrationInfo`.
    spread : bool
        False for one that knows no concentration: an uncalibrated softmax head.
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
    blend : int
        Cells over which regions pass into each other.
    count : int
        Components that predictors answer.
    aggregate : array, shape (name, component), optional
        What is mapped, as sums of what predictors answer; its first rows are these themselves.
    temperature_scaled : bool
        Whether answers are probabilities of classes, whose factors are temperatures; those of shares calibrate their
        concentration.
    mixture_factors : dict
        Power and offset of the mixture of several types of such members, as those of a type.
    mean : MeanCalibration
        Of the mean of such members.
    """

    members: list[EnsembleMember]
    regions: Regions | None
    weights: dict[str, tuple[float, float]]
    blend: int
    halo: int
    device: str
    count: int
    aggregate: Floats | None = None
    temperature_scaled: bool = False
    mixture_factors: Mapping[str, float] = field(default_factory=dict)
    mean: MeanCalibration = field(default_factory=MeanCalibration)

    @property
    def mapped(self) -> int:
        """How many shares are mapped: components, and sums of them."""
        return self.count if self.aggregate is None else len(self.aggregate)

    @property
    def mean_power(self) -> float:
        """The factor of the log odds of two classes by which the mean of the members is calibrated as a mean."""
        return float(self.mixture_factors.get("", 1.0) * (self.mean.power if self.mean.centre else 1.0))

    def predictors(self) -> list[Predictor]:
        """Each predictor once: members with equal tensors share one."""
        return [predictor for predictor, _ in _by_predictor(self.members)]


@dataclass(frozen=True)
class Moments:
    """Moments of the members' answers for the pixels with data of a tile.

    Parameters
    ----------
    components : int
        How many rows of `mean` are components; the others are sums of them.
    mean : array, shape (name, pixel)
        Shares.
    between, within : array, shape (name, pixel)
        Variance of the members' means, and mean of the members' own variances.
    raw : array, shape (name, pixel)
        The mean as its members answered, before probabilities are calibrated as a mean; shares stay as they are.
    by_type : dict
        Of each type of model the sum of weights, shape (pixel,), and of weighted shares, shape (name, pixel), as they
        were answered: probabilities before their calibration.
    regional : array, shape (pixel,)
        Weight of regional experts.
    predictors : list of Predictor
    block, valid : array
        Values of the tile with its halo, and which of its pixels have data.
    """

    components: int
    mean: Floats
    between: Floats
    within: Floats
    raw: Floats
    by_type: Mapping[str, tuple[Floats, Floats]]
    regional: Floats
    predictors: Sequence[Predictor]
    block: Floats
    valid: Mask


def moments_of(ensemble: Ensemble, grid: Grid, tile: Tile, block: Floats, valid: Mask) -> Moments:
    """The moments of the mixture in the `valid` pixels of a tile (see `tile_pipeline.Maker`).

    Everything is computed for the pixels with data only, and every member only where it has weight. Moments are summed
    member by member (West 1979): differences of squares would cancel.
    """
    pixels, names = int(valid.sum()), ensemble.mapped
    memberships = {name: each[valid] for name, each in _memberships(ensemble, grid, tile).items()}
    weights = member_weights(ensemble, memberships, pixels)
    total = np.zeros(pixels, np.float32)
    mean, between, within = (np.zeros((names, pixels), np.float32) for _ in range(3))
    by_type: dict[str, tuple[Floats, Floats]] = {}
    for numbers, at, answered, concentration in _answers(ensemble, weights, block, valid):
        for number in numbers:
            member, weight = ensemble.members[number], weights[number][at]
            factor = _factors(member, memberships, pixels)[at]
            scaled = ensemble.temperature_scaled
            offset = member.factors.get(OFFSET, 0.0)
            shares = platt_scaled(answered.T, factor[:, None], offset).T if scaled else answered
            total[at] += weight
            gap = shares - mean[:, at]
            mean[:, at] += gap * (weight / np.maximum(total[at], np.float32(SMALLEST_WEIGHT)))
            between[:, at] += weight * gap * (shares - mean[:, at])
            weight_sum, share_sum = by_type.setdefault(member.type, (np.zeros_like(total), np.zeros_like(mean)))
            weight_sum[at] += weight
            share_sum[:, at] += weight * answered
            if member.spread:
                within[:, at] += weight * shares * (1 - shares) / (concentration * factor + 1)
    own = ensemble.count
    raw = mean / mean[:own].sum(0)
    mean = recalibrated(ensemble, raw)
    experts = [weight for member, weight in zip(ensemble.members, weights, strict=True) if member.region]
    regional = np.sum(experts or [0 * total], 0)
    return Moments(
        own, mean, np.maximum(between, 0), within, raw, by_type, regional, ensemble.predictors(), block, valid
    )


def recalibrated(ensemble: Ensemble, mean: Floats) -> Floats:
    """The mean of the members' answers, shape (name, pixel), calibrated as a mean if they are probabilities."""
    if not ensemble.temperature_scaled:
        return mean
    return sharpened(calibrated_answers(mean.T, ensemble.mixture_factors), ensemble.mean).T


def _answers(
    ensemble: Ensemble, weights: list[Floats], block: Floats, valid: Mask
) -> Iterator[tuple[list[int], Mask, Floats, Floats]]:
    """Yield of each predictor with weight in the tile its members, which of the valid pixels it answers, and how.

    On a GPU the next predictor is computed while the last one is mixed.
    """
    todo = []
    for predictor, members in _by_predictor(ensemble.members):
        at = np.sum([weights[i] for i in members], 0) > 0
        if at.any():  # else its region does not reach this tile
            place = valid.copy()
            place[valid] = at
            todo.append((predictor, members, at, place))
    if ensemble.device == "cpu":
        for number, (predictor, members, at, place) in enumerate(todo):
            with span(number / len(todo), (number + 1) / len(todo)):
                answered = answer(predictor, block, place, ensemble.halo)
            yield members, at, *_aggregated(ensemble, *answered)
        for predictor, *_ in todo:
            predictor.rest()
        return
    with ThreadPoolExecutor(1) as gpu:
        ahead: deque[Future[tuple[Floats, Floats]]] = deque()
        for number, (_, members, at, _) in enumerate(todo):
            for predictor, _, _, place in todo[number + len(ahead) : number + 2]:
                ahead.append(gpu.submit(answer, predictor, block, place, ensemble.halo))
            yield members, at, *_aggregated(ensemble, *ahead.popleft().result())
            tell((number + 1) / len(todo))


def _aggregated(ensemble: Ensemble, shares: Floats, concentration: Floats) -> tuple[Floats, Floats]:
    """The shares that are mapped; sums of a Dirichlet distribution's have one with the same concentration."""
    return (shares if ensemble.aggregate is None else ensemble.aggregate @ shares), concentration


def _by_predictor(members: Sequence[EnsembleMember]) -> list[tuple[Predictor, list[int]]]:
    """Each predictor once, with the numbers of the members that share it."""
    numbers: dict[int, tuple[Predictor, list[int]]] = {}
    for number, member in enumerate(members):
        numbers.setdefault(id(member.predictor), (member.predictor, []))[1].append(number)
    return list(numbers.values())


def _memberships(ensemble: Ensemble, grid: Grid, tile: Tile) -> dict[str, Floats]:
    """How much each cell of `tile` belongs to each region, by name."""
    if ensemble.regions is None:
        return {}
    memberships = ensemble.regions.memberships(grid, tile, ensemble.blend)
    return dict(zip(ensemble.regions.names, memberships, strict=False))


def member_weights(ensemble: Ensemble, memberships: dict[str, Floats], pixels: int) -> list[Floats]:
    """The weight of each member in each of so many pixels; they sum to 1.

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
    return [
        (regional[member.region] if member.region else everywhere) * np.float32(member.share)
        for member in ensemble.members
    ]


def _factors(member: EnsembleMember, memberships: dict[str, Floats], pixels: int) -> Floats:
    """The factor of the concentration in each pixel: of the expert's region, or of the pixel's."""
    common = member.factors.get("", 1.0)
    if member.region:
        return np.full(pixels, member.factors.get(member.region, common), np.float32)
    factors = np.full(pixels, common, np.float32)
    for name, membership in memberships.items():
        if name in member.factors:
            factors = factors + membership * np.float32(member.factors[name] - common)
    return factors


def answer(predictor: Predictor, values: Floats, wanted: Mask, halo: int) -> tuple[Floats, Floats]:
    """Shares (component, pixel) and concentration (pixel,) of one predictor for the `wanted` pixels.

    Parameters
    ----------
    values : array, shape (band, row + 2 halo, col + 2 halo)
        Raw values; a predictor that sees less than `halo` cells gets less.
    wanted : array of bool, shape (row, col)
    """
    spare = halo - predictor.halo
    return predictor.answer(values[:, spare : values.shape[1] - spare, spare : values.shape[2] - spare], wanted)
