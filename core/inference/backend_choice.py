"""Trial: which backend computes the networks of a map fastest on this machine, and is right.

Every candidate answers the same part of the map; one whose shares differ too much from those of the
float32 network is out. The choice belongs to the run: kept beside the finished tiles, it lets a map
that goes on after a kill be computed as it was begun.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from ..runtime.device_agreement import LIMITS
from ..runtime.executor import Log
from ..runtime.types import Floats, Mask

WORTH_S = 30.0  # from so much work on, trying saves more than it costs
PROBE, SAMPLE = 64, 256  # sides of the windows on which candidates are tried, in cells
BATCHES = (1, 2, 4, 8, 16, 32)  # windows of SAMPLE at a time, on a GPU
FEWEST = 64  # pixels by which bf16 is judged
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
        What a window costs (s), see `windows.Cost`.
    largest : int
        Longest side of a window, in cells.
    cells : int
        Of windows that are computed at a time, with their halos.
    """

    backend: str = "torch"
    fast: bool = False
    each: float = 0.001
    cell: float = 1e-5
    largest: int = SAMPLE
    cells: int = 0

    def describe(self) -> str:
        """The choice in words."""
        return f"{self.backend} ({'bf16' if self.fast else 'float32'})"


class Tried(Protocol):
    """A network that can be computed in several ways."""

    @property
    def halo(self) -> int:
        """Cells around a pixel that its answer depends on."""

    def use(self, choice: Choice) -> None:
        """Compute as `choice` says from now on."""

    def settle(self) -> None:
        """Forget all ways but the one in use."""

    def answer(self, values: Floats, wanted: Mask) -> tuple[Floats, Floats]:
        """Shares and concentration, see `learning.Predictor`."""


def choose(
    predictors: Sequence[Tried],
    block: Floats,
    wanted: Mask,
    *,
    fast: bool,
    device: str,
    largest: int,
    pixels: int,
    log: Log,
) -> Choice:
    """Let all `voices` compute in the fastest way that is right, and return it.

    Parameters
    ----------
    block : array, shape (band, side + 2 halo, side + 2 halo)
        A part of the map, `SAMPLE` cells wide, with the halo of the widest voice.
    wanted : array of bool, shape (side, side)
        Its pixels with data.
    fast : bool
        Whether bf16 may be used.
    largest : int
        Longest side of a window that the memory allows, in cells.
    pixels : int
        Of the whole map. Where the work is small, torch computes without a trial.
    """
    halo = (block.shape[1] - len(wanted)) // 2
    probe, whole = _Sample(block, wanted, halo, PROBE), _Sample(block, wanted, halo, len(wanted))
    work, plain = len(predictors) * pixels, Choice(largest=largest)
    large = device != "cpu" or probe.seconds(predictors[0], plain) / PROBE**2 * work > WORTH_S
    sample = whole if large else probe
    names = ("openvino", "ncnn", "torch") if large and device == "cpu" else ("torch",)
    candidates = [replace(plain, backend=name, fast=bf16) for name in names for bf16 in (True, False)]
    found: list[tuple[float, float, Choice]] = []  # seconds of the whole map, pixels per second, choice
    for choice in candidates:
        if choice.fast and (not fast or choice.backend == "ncnn"):
            continue
        try:
            start = time.perf_counter()
            predictors[0].use(choice)
            built = time.perf_counter() - start
            if choice == plain or sample.right(predictors[:1], choice, log):
                rate = sample.side**2 / sample.seconds(predictors[0], choice)
                found.append((built * len(predictors) + work / rate, rate, choice))
        except Exception as err:  # whatever a library raises: torch can compute
            if choice == plain:
                raise
            log.info(f"{choice.describe()} cannot be used here ({(str(err) or repr(err)).splitlines()[0][:120]}).")
    found.sort(key=lambda item: item[0])
    best = next(choice for *_, choice in found if choice == plain or _suits_all(predictors, choice, probe, log))
    listing = ", ".join(f"{choice.describe()} {rate / 1e3:.0f}" for _, rate, choice in found)
    log.info(f"Networks are computed by {best.describe()}; thousand pixels/s of one network: {listing}.")
    if large:
        best = _with_costs(predictors[0], best, whole, device)
    for predictor in predictors:
        predictor.use(best)
        predictor.settle()
    return best


def _suits_all(predictors: Sequence[Tried], choice: Choice, probe: _Sample, log: Log) -> bool:
    """Whether all networks can be computed so, and are answered right."""
    try:
        return probe.right(predictors, choice, log)
    except Exception as err:  # as above, for another network
        log.info(f"{choice.describe()} cannot be used for all networks ({str(err)[:120]}).")
        return False


class _Sample:
    """The middle part of a block, and how a voice does on it."""

    def __init__(self, block: Floats, wanted: Mask, halo: int, side: int) -> None:
        start = (len(wanted) - side) // 2
        self.side = side
        self._block = block[:, start : start + side + 2 * halo, start : start + side + 2 * halo]
        self._wanted = wanted[start : start + side, start : start + side]
        self._halo = halo
        self._known: dict[tuple[int, Choice], Floats] = {}

    def shares(self, predictor: Tried, choice: Choice) -> Floats:
        """The shares of one voice, shape (component, row, col); they are computed once."""
        if (id(predictor), choice) not in self._known:
            self._known[id(predictor), choice] = self._answer(predictor, choice)
        return self._known[id(predictor), choice]

    def seconds(self, predictor: Tried, choice: Choice) -> float:
        """The time of all pixels, with data or not, after a first run that warms up."""
        self.shares(predictor, choice)
        start = time.perf_counter()
        self._answer(predictor, choice)
        return time.perf_counter() - start

    def _answer(self, predictor: Tried, choice: Choice) -> Floats:
        predictor.use(choice)
        spare = self._halo - predictor.halo
        inner = slice(spare, self._block.shape[1] - spare)
        shares, _ = predictor.answer(self._block[:, inner, inner], np.ones_like(self._wanted))
        return shares.reshape(-1, self.side, self.side)

    def right(self, predictors: Sequence[Tried], choice: Choice, log: Log) -> bool:
        """Whether every voice answers as it does in float32, up to the limits, and say it."""
        if choice.fast and self._wanted.sum() < FEWEST:
            log.warning(f"{choice.describe()} is refused: the map has too few pixels to show that it is right.")
            return False
        wanted = self._wanted if self._wanted.any() else np.ones_like(self._wanted)
        plain = Choice(largest=choice.largest)
        gaps = [np.abs(self.shares(v, choice) - self.shares(v, plain))[:, wanted] for v in predictors]
        most, mean = max(float(gap.max()) for gap in gaps), float(np.mean([gap.mean() for gap in gaps]))
        limit, limit_of_mean = LIMITS[choice.fast]
        found = f"{choice.describe()} changes shares by {most:.2g} at most, {mean:.2g} on average"
        if not (most <= limit and mean <= limit_of_mean):
            log.warning(f"{found}; it is refused (at most {limit:g}, on average {limit_of_mean:g} are allowed).")
            return False
        log.info(f"{found}.")
        return True

    def part(self, side: int) -> _Sample:
        """A smaller part."""
        return _Sample(self._block, self._wanted, self._halo, side)


def _with_costs(predictor: Tried, choice: Choice, sample: _Sample, device: str) -> Choice:
    """`choice` with the costs of windows and, on a GPU, the best batch."""
    small, large = sample.part(PROBE).seconds(predictor, choice), sample.seconds(predictor, choice)
    side = min(choice.largest, SAMPLE)
    number = (SAMPLE // side) ** 2  # windows that the sample is cut into
    probed, computed = (PROBE + predictor.halo) ** 2, number * (side + predictor.halo) ** 2
    most = large / computed  # a cell, if windows cost nothing by themselves
    cell = (large - number * small) / (computed - number * probed) if side > PROBE else most
    cell = min(max(cell, most / 10), most)
    found = replace(choice, each=max(small - cell * probed, 0.0), cell=cell)
    if device == "cpu":
        return found
    best, halved = math.inf, sample.side // 4  # a sample of one window cannot tell: its quarters can
    for number in BATCHES:
        trial = replace(found, largest=halved, cells=number * (halved + 2 * predictor.halo) ** 2)
        seconds = sample.seconds(predictor, trial)
        if seconds > best / GAIN:
            break
        best, found = seconds, replace(found, cells=trial.cells)
    return found
