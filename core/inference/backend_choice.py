"""The choice of the backend that computes the networks of a map fastest on this machine, and is right.

Every candidate answers the same area of the map; one whose shares differ too much from those of the
float32 network is out. The choice belongs to the run: kept with the finished tiles, it lets a map
that goes on after a kill be computed as it was begun.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

import numpy as np

from ..runtime.device_agreement import LIMITS
from ..runtime.executor import Log
from ..runtime.types import Floats, Mask

WORTH_S = 30.0  # work (s) from which on a trial saves more than it costs
PROBE_SIDE, TRIAL_SIDE = 64, 256  # of the windows on which candidates are tried, in cells
BATCHES = (1, 2, 4, 8, 16, 32)  # windows of TRIAL_SIDE at a time, on a GPU
FEWEST = 64  # pixels by which bf16 is tested
GAIN = 1.05  # a larger batch is worth its memory if it is so much faster


@dataclass(frozen=True)
class Choice:
    """How networks are computed.

    Parameters
    ----------
    backend : str
        ``torch``, ``ncnn`` or ``openvino``.
    fast : bool
        In bf16.
    each, cell : float
        Cost of a window (s), see `window_cover.Cost`.
    largest : int
        Longest side of a window, in cells.
    cells : int
        Of windows that are computed at a time, with their halos.
    """

    backend: str = "torch"
    fast: bool = False
    each: float = 0.001
    cell: float = 1e-5
    largest: int = TRIAL_SIDE
    cells: int = 0

    def describe(self) -> str:
        """The choice in words."""
        return f"{self.backend} ({'bf16' if self.fast else 'float32'})"


class TrialPredictor(Protocol):
    """A predictor whose network can be computed by several backends."""

    @property
    def halo(self) -> int:
        """Cells around a pixel that its answer depends on."""

    def use(self, choice: Choice) -> None:
        """Compute as `choice` says from now on."""

    def settle(self) -> None:
        """Forget all backends but the one in use."""

    def answer(self, values: Floats, wanted: Mask) -> tuple[Floats, Floats]:
        """Shares and concentration, see `learning.contracts.Predictor`."""


@dataclass(frozen=True)
class TrialArea:
    """The area of a map on which backends are tried.

    Parameters
    ----------
    block : array, shape (band, side + 2 halo, side + 2 halo)
        The bands, `TRIAL_SIDE` cells wide, with the halo of the widest network.
    valid : array of bool, shape (side, side)
        The pixels with data.
    """

    block: Floats
    valid: Mask

    @property
    def side(self) -> int:
        """The side of the area without halo, in cells."""
        return len(self.valid)

    @property
    def halo(self) -> int:
        """The halo around the area, in cells."""
        return int(self.block.shape[1] - self.side) // 2

    def middle(self, side: int) -> TrialArea:
        """The part of so many cells around the middle."""
        start, halo = (self.side - side) // 2, self.halo
        with_halo, inner = slice(start, start + side + 2 * halo), slice(start, start + side)
        return TrialArea(self.block[:, with_halo, with_halo], self.valid[inner, inner])


@dataclass(frozen=True)
class Conditions:
    """The conditions under which the networks of a map are computed.

    Parameters
    ----------
    fast : bool
        Whether bf16 may be used.
    device : str
        The kind of device, as torch calls it.
    largest : int
        Longest side of a window that the memory allows, in cells.
    pixels : int
        Of the whole map. Where the work is small, torch computes without a trial.
    """

    fast: bool
    device: str
    largest: int
    pixels: int


def choose(predictors: Sequence[TrialPredictor], area: TrialArea, conditions: Conditions, log: Log) -> Choice:
    """Let all `predictors` compute in the fastest way that is right, and return it."""
    device, whole = conditions.device, _Trial(area)
    work, plain = len(predictors) * conditions.pixels, Choice(largest=conditions.largest)
    probe = _Trial(area.middle(PROBE_SIDE))
    large = device != "cpu" or probe.seconds(predictors[0], plain) / PROBE_SIDE**2 * work > WORTH_S
    trial = whole if large else probe
    names = ("openvino", "ncnn", "torch") if large and device == "cpu" else ("torch",)
    candidates = [replace(plain, backend=name, fast=bf16) for name in names for bf16 in (True, False)]
    measured: list[_Measured] = []
    for choice in candidates:
        if choice.fast and (not conditions.fast or choice.backend == "ncnn"):
            continue
        try:
            start = time.perf_counter()
            predictors[0].use(choice)
            built = time.perf_counter() - start
            if choice == plain or trial.agrees(predictors[:1], choice, log):
                rate = trial.side**2 / trial.seconds(predictors[0], choice)
                measured.append(_Measured(built * len(predictors) + work / rate, rate, choice))
        except Exception as err:  # whatever a library raises: torch can compute
            if choice == plain:
                raise
            log.detail(f"{choice.describe()} cannot be used here ({(str(err) or repr(err)).splitlines()[0][:120]}).")
    measured.sort(key=lambda one: one.seconds)
    best = next(m.choice for m in measured if m.choice == plain or _suits_all(predictors, m.choice, probe, log))
    listing = ", ".join(f"{one.choice.describe()} {one.rate / 1e3:.0f}" for one in measured)
    log.detail(f"Networks are computed by {best.describe()}; thousand pixels/s of one network: {listing}.")
    if large:
        best = _with_costs(predictors[0], best, whole, device)
    for predictor in predictors:
        predictor.use(best)
        predictor.settle()
    return best


class _Measured(NamedTuple):
    """The speed of a way to compute: seconds of the whole map, and pixels per second of one network."""

    seconds: float
    rate: float
    choice: Choice


def _suits_all(predictors: Sequence[TrialPredictor], choice: Choice, probe: _Trial, log: Log) -> bool:
    """Whether all networks can be computed so, and are answered right."""
    try:
        return probe.agrees(predictors, choice, log)
    except Exception as err:  # as above, for another network
        log.detail(f"{choice.describe()} cannot be used for all networks ({str(err)[:120]}).")
        return False


class _Trial:
    """Shares and times of predictors on one area, by the way in which they are computed."""

    def __init__(self, area: TrialArea) -> None:
        self.area, self.side = area, area.side
        self._shares: dict[tuple[int, Choice], Floats] = {}

    def shares(self, predictor: TrialPredictor, choice: Choice) -> Floats:
        """The shares of one predictor, shape (component, row, col); they are computed once."""
        if (id(predictor), choice) not in self._shares:
            self._shares[id(predictor), choice] = self._answer(predictor, choice)
        return self._shares[id(predictor), choice]

    def seconds(self, predictor: TrialPredictor, choice: Choice) -> float:
        """The time of all pixels, with data or not, after a first run that warms up."""
        self.shares(predictor, choice)
        start = time.perf_counter()
        self._answer(predictor, choice)
        return time.perf_counter() - start

    def _answer(self, predictor: TrialPredictor, choice: Choice) -> Floats:
        predictor.use(choice)
        block, spare = self.area.block, self.area.halo - predictor.halo
        inner = slice(spare, block.shape[1] - spare)
        shares, _ = predictor.answer(block[:, inner, inner], np.ones_like(self.area.valid))
        return shares.reshape(-1, self.side, self.side)

    def agrees(self, predictors: Sequence[TrialPredictor], choice: Choice, log: Log) -> bool:
        """Whether every predictor answers as it does in float32, up to the limits; the result is logged."""
        valid = self.area.valid
        if choice.fast and valid.sum() < FEWEST:
            log.detail(f"{choice.describe()} is refused: the map has too few pixels to show that it is right.")
            return False
        tested = valid if valid.any() else np.ones_like(valid)
        plain = Choice(largest=choice.largest)
        gaps = [np.abs(self.shares(p, choice) - self.shares(p, plain))[:, tested] for p in predictors]
        most, mean = max(float(gap.max()) for gap in gaps), float(np.mean([gap.mean() for gap in gaps]))
        limit, limit_of_mean = LIMITS[choice.fast]
        result = f"{choice.describe()} changes shares by {most:.2g} at most, {mean:.2g} on average"
        if not (most <= limit and mean <= limit_of_mean):
            log.detail(f"{result}; it is refused (at most {limit:g}, on average {limit_of_mean:g} are allowed).")
            return False
        log.detail(f"{result}.")
        return True


def _with_costs(predictor: TrialPredictor, choice: Choice, trial: _Trial, device: str) -> Choice:
    """`choice` with the costs of windows and, on a GPU, the best batch."""
    probe = _Trial(trial.area.middle(PROBE_SIDE))
    small, large = probe.seconds(predictor, choice), trial.seconds(predictor, choice)
    side = min(choice.largest, TRIAL_SIDE)
    number = (TRIAL_SIDE // side) ** 2  # windows that the trial is cut into
    probed, computed = (PROBE_SIDE + predictor.halo) ** 2, number * (side + predictor.halo) ** 2
    most = large / computed  # a cell, if windows cost nothing by themselves
    cell = (large - number * small) / (computed - number * probed) if side > PROBE_SIDE else most
    cell = min(max(cell, most / 10), most)
    costed = replace(choice, each=max(small - cell * probed, 0.0), cell=cell)
    return costed if device == "cpu" else _with_batch(predictor, costed, trial)


def _with_batch(predictor: TrialPredictor, choice: Choice, trial: _Trial) -> Choice:
    """`choice` with the best number of cells at a time, on a GPU."""
    best, halved = math.inf, trial.side // 4  # a trial of one window cannot tell: its quarters can
    for number in BATCHES:
        batched = replace(choice, largest=halved, cells=number * (halved + 2 * predictor.halo) ** 2)
        seconds = trial.seconds(predictor, batched)
        if seconds > best / GAIN:
            break
        best, choice = seconds, replace(choice, cells=batched.cells)
    return choice
