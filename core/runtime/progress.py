"""Clock: progress of a run with many parts, some of them side by side, and the time left."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from ..contract.protocol import Channel


class Progress:
    """Progress of a run; `total` is the sum of its parts' weights."""

    def __init__(self, channel: Channel, total: float) -> None:
        self._channel = channel
        self._total = total
        self._done = 0.0
        self._skipped = 0.0
        self._lock = threading.Lock()
        self._start = time.monotonic()

    def begin(self, weight: float = 1.0) -> Stage:
        """A part that is worked on from now on."""
        return Stage(self, weight)

    def advance(self, weight: float, text: str = "", *, skipped: bool = False) -> None:
        """Count so much as done; what is `skipped` (done in an earlier run) does not count as work."""
        with self._lock:
            self._done += weight
            self._skipped += weight * skipped
            done, worked = self._done, self._done - self._skipped
        if not text:
            return
        left = ""
        if worked > 0.01:
            rest = (time.monotonic() - self._start) / worked * (self._total - done)
            left = f", about {format_seconds(rest)} left"
        self._channel.progress(done / self._total, text + left)


@dataclass
class Stage:
    """A part of a run that is worked on."""

    clock: Progress
    weight: float
    fraction: float = 0.0

    def within(self, fraction: float, text: str) -> None:
        """Tell that `fraction` of the part is done."""
        step, self.fraction = fraction - self.fraction, fraction
        self.clock.advance(step * self.weight, text)

    def finish(self, text: str = "", *, skipped: bool = False) -> None:
        """Tell that all of it is done."""
        step, self.fraction = 1 - self.fraction, 1.0
        self.clock.advance(step * self.weight, text, skipped=skipped)


def format_seconds(seconds: float) -> str:
    """A duration as people say it: 45 s, 12 min, 3 h 20 min."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
