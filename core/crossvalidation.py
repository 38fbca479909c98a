"""Cross-validation: one member per split, finished splits kept, so that a rerun never repeats them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .checkpoints import Arrays, Checkpoints
from .protocol import Channel
from .splits import Split
from .training import History

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Trained:
    """What one split gave: the member's tensors, its answers on the test part, and its history."""

    name: str
    arrays: Arrays
    shares: Array
    concentration: Array
    history: History


Fit = Callable[[Split, Callable[[float, str], None]], Trained]


class Clock:
    """Progress of a run with many equal parts, with the time left."""

    def __init__(self, channel: Channel, parts: int) -> None:
        self._channel = channel
        self._parts = parts
        self._done = 0
        self._skipped = 0
        self._start = time.monotonic()

    def within(self, fraction: float, text: str) -> None:
        """Tell that `fraction` of the current part is done."""
        done = self._done + fraction
        worked = done - self._skipped
        left = ""
        if worked > 0.01:
            rest = (time.monotonic() - self._start) / worked * (self._parts - done)
            left = f", about {format_seconds(rest)} left"
        self._channel.progress(done / self._parts, text + left)

    def finish_part(self, *, skipped: bool = False) -> None:
        """Go on to the next part; a skipped one (done in an earlier run) does not count as work."""
        self._done += 1
        self._skipped += skipped


def format_seconds(seconds: float) -> str:
    """Return a duration as people say it: 45 s, 12 min, 3 h 20 min."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def cross_validate(
    splits: Sequence[Split], fit: Fit, *, label: str, checkpoints: Checkpoints, channel: Channel, clock: Clock
) -> list[Trained]:
    """Return the trained member of each split, in order; those in `checkpoints` are not trained again.

    Parameters
    ----------
    label : str
        Prefix of the checkpoints' and the members' names.
    """
    found = []
    for number, split in enumerate(splits):
        key = f"done-{label}-{number}"
        trained = _load(checkpoints, key)
        if trained is None:
            channel.info(
                f"{label} {split.name}: {len(split.train)} samples train, {len(split.validation)} validate, "
                f"{len(split.test)} test."
            )
            trained = fit(split, clock.within)
            _save(checkpoints, key, trained)
            clock.finish_part()
        else:
            channel.info(f"{label} {split.name}: finished in an earlier run, kept.")
            clock.finish_part(skipped=True)
        found.append(trained)
    return found


def out_of_fold(
    splits: Sequence[Split], trained: Sequence[Trained], n: int, components: int
) -> tuple[Array, Array, NDArray[np.int64]]:
    """Return stacked test answers: shares (n, component), concentration and split number (n,).

    NaN and -1 stand for samples that no split tested.
    """
    shares = np.full((n, components), np.nan)
    concentration = np.full(n, np.nan)
    number = np.full(n, -1)
    for i, (split, member) in enumerate(zip(splits, trained, strict=True)):
        shares[split.test] = member.shares
        concentration[split.test] = member.concentration
        number[split.test] = i
    return shares, concentration, number


def _save(checkpoints: Checkpoints, key: str, trained: Trained) -> None:
    arrays = {f"member/{k}": v for k, v in trained.arrays.items()}
    arrays |= {"shares": trained.shares, "concentration": trained.concentration}
    checkpoints.save(key, arrays, {"name": trained.name, "history": trained.history.__dict__})


def _load(checkpoints: Checkpoints, key: str) -> Trained | None:
    saved = checkpoints.load(key)
    if saved is None:
        return None
    arrays, state = saved
    member = {k.removeprefix("member/"): v for k, v in arrays.items() if k.startswith("member/")}
    history = History(**state["history"])
    return Trained(state["name"], member, arrays["shares"], arrays["concentration"], history)
