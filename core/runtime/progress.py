"""Progress of a stage in weighed parts, some of them side by side."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from ..contract.protocol import Channel


class Progress:
    """Progress of the stage that the channel is in; `total` is the sum of the weights of its parts."""

    def __init__(self, channel: Channel, total: float) -> None:
        self._channel = channel
        self._total = total
        self._done = 0.0
        self._lock = threading.Lock()

    def begin(self, weight: float = 1.0) -> Part:
        """A part that is worked on from now on."""
        return Part(self, weight)

    def advance(self, weight: float, text: str = "", *, skipped: bool = False) -> None:
        """Count `weight` as done; if `skipped` (done in an earlier run), it does not count as work."""
        with self._lock:
            self._done += weight
            # under the lock: those that are side by side must not overtake each other
            self._channel.progress(self._done / self._total, text, skipped=skipped)


@dataclass
class Part:
    """A part of a stage that is worked on."""

    progress: Progress
    weight: float
    fraction: float = 0.0

    def within(self, fraction: float, text: str) -> None:
        """Count `fraction` of the part as done; it never goes back."""
        step = max(fraction - self.fraction, 0.0)
        self.fraction += step
        self.progress.advance(step * self.weight, text)

    def finish(self, text: str = "", *, skipped: bool = False) -> None:
        """Count all of it as done."""
        step, self.fraction = 1 - self.fraction, 1.0
        self.progress.advance(step * self.weight, text, skipped=skipped)
