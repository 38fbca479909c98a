"""Cross-validation: one member per split, finished splits kept, so that a rerun never repeats them."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .checkpoints import Arrays, Checkpoints
from .history import History
from .learning import Learner, Trained
from .protocol import Channel
from .splits import Split

Array = NDArray[np.float64]


class Clock:
    """Progress of a run with many parts, with the time left; `parts` is the sum of their weights."""

    def __init__(self, channel: Channel, parts: float) -> None:
        self._channel = channel
        self._parts = parts
        self._done = 0.0
        self._skipped = 0.0
        self.weight = 1.0  # of the current part
        self._start = time.monotonic()

    def within(self, fraction: float, text: str) -> None:
        """Tell that `fraction` of the current part is done."""
        done = self._done + fraction * self.weight
        worked = done - self._skipped
        left = ""
        if worked > 0.01:
            rest = (time.monotonic() - self._start) / worked * (self._parts - done)
            left = f", about {format_seconds(rest)} left"
        self._channel.progress(done / self._parts, text + left)

    def finish_part(self, *, skipped: bool = False) -> None:
        """Go on to the next part; a skipped one (done in an earlier run) does not count as work."""
        self._done += self.weight
        self._skipped += self.weight * skipped


def format_seconds(seconds: float) -> str:
    """Return a duration as people say it: 45 s, 12 min, 3 h 20 min."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def cross_validate(
    splits: Sequence[Split], learner: Learner, *, label: str, checkpoints: Checkpoints, channel: Channel, clock: Clock,
    start: Arrays | None = None, weight: float = 1.0,
) -> list[Trained]:  # fmt: skip
    """Return the trained member of each split, in order; those in `checkpoints` are not trained again.

    Parameters
    ----------
    label : str
        Prefix of the checkpoints' and the members' names.
    start : dict, optional
        Tensors of a trained member, from which every split goes on.
    weight : float
        Of one split in the clock.
    """
    found = []
    for number, split in enumerate(splits):
        clock.weight = weight
        name = part_name(label, learner, number)
        trained = load_trained(checkpoints, name)
        skipped = trained is not None
        if trained is None:
            channel.info(
                f"{label} {split.name}, {learner.type}: {len(split.train)} samples train, {len(split.validation)} "
                f"validate, {len(split.test)} test."
            )
            trained = learner.fit(split, name, clock.within, start)
            save_trained(checkpoints, name, trained)
        else:
            channel.info(f"{label} {split.name}, {learner.type}: finished in an earlier run, kept.")
        clock.finish_part(skipped=skipped)
        found.append(trained)
    return found


def part_name(label: str, learner: Learner, number: int) -> str:
    """Return under which name `cross_validate` keeps what `learner` learned on a split."""
    return f"{label}-{learner.type}-{number}"


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


def save_trained(checkpoints: Checkpoints, name: str, trained: Trained) -> None:
    """Keep a trained member under `name`."""
    arrays = {f"member/{k}": v for k, v in trained.arrays.items()}
    arrays |= {"shares": trained.shares, "concentration": trained.concentration}
    checkpoints.save(f"done-{name}", arrays, {"name": trained.name, "history": trained.history.__dict__})


def load_trained(checkpoints: Checkpoints, name: str) -> Trained | None:
    """Return the member kept under `name`, or None."""
    saved = checkpoints.load(f"done-{name}")
    if saved is None:
        return None
    arrays, state = saved
    member = {k.removeprefix("member/"): v for k, v in arrays.items() if k.startswith("member/")}
    history = History(**state["history"])
    return Trained(state["name"], member, arrays["shares"], arrays["concentration"], history)
