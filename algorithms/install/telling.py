"""Whom the installer tells how it goes: QGIS's feedback, or a terminal."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from ...core.contract.time_left import TimeLeft, format_seconds, left_in_words

TEXT_INTERVAL_S, TEXT_SHARE, MOST_TEXT_INTERVAL_S = 3.0, 0.08, 60.0  # see `ProgressText`
LOOK_S = 1.0  # how often a folder that grows is measured, and a step says that it goes on
LOOK_SHARE = 0.3  # of the time, that measuring may take
MB = 10**6


class Feedback(Protocol):
    """Whom to tell; QgsProcessingFeedback is one."""

    def setProgress(self, progress: float) -> None:
        """Tell the per cent that are done."""

    def setProgressText(self, text: str) -> None:
        """Show what is done now."""

    def pushInfo(self, info: str) -> None:
        """Show a line."""

    def pushWarning(self, warning: str) -> None:
        """Show a line that should be read."""

    def isCanceled(self) -> bool:
        """Whether the user wants to stop."""


class Console:
    """Feedback on a terminal."""

    def setProgress(self, progress: float) -> None:
        """Show nothing: the lines tell enough."""

    def setProgressText(self, text: str) -> None:
        """Show what is done now in the last line, if that can be written over."""
        if sys.stdout.isatty():
            sys.stdout.write(f"\r\033[K{text}\r")
            sys.stdout.flush()

    def pushInfo(self, info: str) -> None:
        """Print a line."""
        sys.stdout.write(f"{info}\n")
        sys.stdout.flush()

    def pushWarning(self, warning: str) -> None:
        """Print a line."""
        self.pushInfo(warning)

    def isCanceled(self) -> bool:
        """False: a terminal sends SIGINT."""
        return False


class ProgressText:
    """Shows what is done now.

    QGIS adds each text to the log of its window, and takes 10,000 lines: so they come the more rarely the longer a run
    lasts, some fifty in the first hour; the bar moves all the while.
    """

    def __init__(self, feedback: Feedback, clock: Callable[[], float] = time.monotonic) -> None:
        self._feedback, self._clock = feedback, clock
        self._start, self._shown, self._text = clock(), -TEXT_INTERVAL_S, ""

    def show(self, text: str) -> None:
        """Show `text`, if it is time."""
        elapsed = self._clock() - self._start
        interval = min(max(TEXT_INTERVAL_S, TEXT_SHARE * elapsed), MOST_TEXT_INTERVAL_S)
        if text and text != self._text and elapsed - self._shown >= interval:
            self._shown, self._text = elapsed, text
            self._feedback.setProgressText(text)


class Step:
    """A step of an installation: says what is done, how far that is, and the time left, or since when it lasts.

    Parameters
    ----------
    text : str
        What is done.
    start, end : float
        Per cent of the installation that are done before and after it.
    """

    def __init__(
        self,
        feedback: Feedback,
        text: str,
        start: float = 0.0,
        end: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.feedback, self._text, self._start, self._end, self._clock = feedback, text, start, end, clock
        self._begun, self._looked, self._bytes = clock(), clock() - LOOK_S, 0
        self._left, self._shown = TimeLeft(clock), ProgressText(feedback, clock)

    def bytes(self, done: int, total: int) -> None:
        """Tell the bytes that have come, of how many."""
        self._bytes = min(max(done, self._bytes), total)
        fraction = self._bytes / max(total, 1)
        self._left.update(fraction)
        if self._end:
            self.feedback.setProgress(self._start + (self._end - self._start) * fraction)
        if not self._bytes:
            self.goes_on()
            return
        words = f"{self._text}: {self._bytes / MB:,.0f} of {total / MB:,.0f} MB"
        self._shown.show(", ".join(filter(None, (words, left_in_words(self._left.seconds)))))

    def goes_on(self) -> None:
        """Tell that it goes on, and since when."""
        seconds = self._clock() - self._begun
        self._shown.show(f"{self._text}, for {format_seconds(seconds)}" if seconds >= LOOK_S else self._text)

    def due(self) -> bool:
        """Whether it is time to look how far it is."""
        if self._clock() - self._looked < LOOK_S:
            return False
        self._looked = self._clock()
        return True


class Growth:
    """The bytes by which folders have grown, as a measure of a download by another program."""

    def __init__(self, *folders: Path) -> None:
        self._folders = folders
        self._first = self._measure()
        self._last, self._pause = 0, 0.0

    def bytes(self) -> int:
        """The growth so far; measured seldom where it takes long."""
        now = time.monotonic()
        if now >= self._pause:
            self._last = self._measure() - self._first
            self._pause = time.monotonic() + (time.monotonic() - now) / LOOK_SHARE
        return self._last

    def _measure(self) -> int:
        total = 0
        for walk in map(os.walk, self._folders):  # which passes over folders that are renamed meanwhile
            for path in (Path(folder, name) for folder, _, names in walk for name in names):
                with contextlib.suppress(OSError):
                    total += path.lstat().st_size
        return total
