"""Progress of a stage: in weighted parts, some of them side by side, and told from deep inside of a piece of work.

What a loop tells goes to the listener that hangs on the context, as the input log does, so that it needs no channel;
where nobody listens, as in a thread, nothing is told.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator, Sized
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar

from ..contract.protocol import Channel

Item = TypeVar("Item")
Tell = Callable[[float, str], None]  # the fraction done (0..1), and what is done

_LISTENER: ContextVar[Tell | None] = ContextVar("listener", default=None)


def tell(fraction: float, text: str = "") -> None:
    """Tell the fraction (0..1) of this piece of work that is done; an empty text leaves what was said before."""
    listener = _LISTENER.get()
    if listener is not None:
        listener(fraction, text)


@contextlib.contextmanager
def told_to(listener: Tell) -> Iterator[None]:
    """Let `listener` hear what is told inside the block."""
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)


@contextlib.contextmanager
def span(start: float, end: float, text: str = "") -> Iterator[None]:
    """Count what is told inside the block between two fractions of what it is a part of; `text` says what that is."""
    outer = _LISTENER.get()
    if outer is None:
        yield
        return
    outer(start, text)
    with told_to(lambda fraction, inner: outer(start + (end - start) * fraction, inner or text)):
        yield


def counted(items: Iterable[Item], text: str = "", total: int = 0) -> Iterator[Item]:
    """Yield `items`, and tell after each how many of `total` (the length, where there is one) are done."""
    count = total or (len(items) if isinstance(items, Sized) else 0)
    for number, item in enumerate(items):
        yield item
        if count:
            tell(min((number + 1) / count, 1.0), text)


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
