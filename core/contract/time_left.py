"""The time left of a run, told by the pace so far; one rule for the engine and its installation."""

from __future__ import annotations

import bisect
import math
import time
from collections.abc import Callable

FIRST_TENTH = 0.1  # of the work: before it, nothing is told
SOONEST_S = 2.0  # nor earlier than this
MEMORY = 0.1  # share of the time so far over which the shown value follows the pace
SMALLEST_MEMORY_S = 2.0
POINTS = 400  # of the way so far that are kept


class TimeLeft:
    """The time left, from the fractions done and when they were.

    The pace is the mean of that of the whole way and that of its latter half: stages differ, and lumps of one stage
    must not shake what is shown. The shown value goes down as time passes, and follows the pace slowly.

    Parameters
    ----------
    clock : callable
        Gives the time (s).
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._start = self._seen = clock()
        self._fraction, self._skipped = 0.0, 0.0
        self._way: list[tuple[float, float]] = [(0.0, 0.0)]  # seconds since the start, work done
        self._shown: float | None = None

    def update(self, fraction: float, *, skipped: bool = False) -> None:
        """Count up to `fraction` (0..1) as done; if `skipped` (done in an earlier run), the step was no work."""
        step, self._fraction = fraction - self._fraction, fraction
        if skipped:
            self._skipped += step
        elapsed, worked = self._clock() - self._start, self._fraction - self._skipped
        self._way.append((elapsed, worked))
        if len(self._way) > POINTS:
            del self._way[1::2]
        self._follow(elapsed, worked)

    def _follow(self, elapsed: float, worked: float) -> None:
        now = self._start + elapsed
        passed, self._seen = now - self._seen, now
        if elapsed < SOONEST_S or worked < FIRST_TENTH * (1 - self._skipped):
            return
        left = self._by_pace(elapsed, worked)
        if self._shown is None:
            self._shown = left
            return
        memory = max(SMALLEST_MEMORY_S, MEMORY * elapsed)
        down = max(self._shown - passed, 0.0)
        self._shown = down + (left - down) * (1 - math.exp(-passed / memory))

    def _by_pace(self, elapsed: float, worked: float) -> float:
        """The time left at the mean of two paces."""
        at, before = self._way[bisect.bisect_left(self._way, (elapsed / 2, 0.0)) - 1]
        paces = [worked / elapsed, (worked - before) / max(elapsed - at, 1e-9)]
        return (1 - self._fraction) / (sum(paces) / len(paces))

    @property
    def seconds(self) -> float | None:
        """The time left (s); None before the first tenth of the work."""
        return self._shown


def left_in_words(seconds: float | None) -> str:
    """The time left as it is shown, as ``about 4 min left``; nothing where it is not known."""
    if seconds is None:
        return ""
    if seconds < 7.5:
        return "a few seconds left"
    step = 5 if seconds < 32.5 else 10
    return f"about {format_seconds(max(step * round(seconds / step), 1) if seconds < 90 else seconds)} left"


def format_seconds(seconds: float) -> str:
    """A duration in words: 45 s, 12 min, 3 h 20 min."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
