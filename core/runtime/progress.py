"""Progress of a run in stages, some of them side by side, and the time left."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from ..contract.protocol import Channel


class Progress:
    """Progress of a run; `total` is the sum of the weights of its stages."""

    def __init__(self, channel: Channel, total: float) -> None:
        self._channel = channel
        self._total = total
        self._done = 0.0
        self._skipped = 0.0
        self._lock = threading.Lock()
        self._start = time.monotonic()

    def begin(self, weight: float = 1.0) -> Stage:
        """A stage that is worked on from now on."""
        return Stage(self, weight)

    def advance(self, weight: float, text: str = "", *, skipped: bool = False) -> None:
        """Count `weight` as done; if `skipped` (done in an earlier run), it does not count as work."""
        with self._lock:
            self._done += weight
            self._skipped += weight * skipped
            done, worked = self._done, self._done - self._skipped
        if not text:
            return
        if worked > 0.01:
            seconds_left = (time.monotonic() - self._start) / worked * (self._total - done)
            text += f", about {format_seconds(seconds_left)} left"
        self._channel.progress(done / self._total, text)


@dataclass
class Stage:
    """A stage of a run's progress that is worked on."""

    progress: Progress
    weight: float
    fraction: float = 0.0

    def within(self, fraction: float, text: str) -> None:
        """Count `fraction` of the stage as done."""
        step, self.fraction = fraction - self.fraction, fraction
        self.progress.advance(step * self.weight, text)

    def finish(self, text: str = "", *, skipped: bool = False) -> None:
        """Count all of it as done."""
        step, self.fraction = 1 - self.fraction, 1.0
        self.progress.advance(step * self.weight, text, skipped=skipped)


def format_seconds(seconds: float) -> str:
    """A duration in words: 45 s, 12 min, 3 h 20 min."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
