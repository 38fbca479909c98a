"""How far a piece of work is, told by whoever does it, however deep, to whoever listens.

The listener hangs on the context, as the input log does, so that a loop deep down needs no channel; where nobody
listens, as in a thread, nothing is told.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sized
from contextvars import ContextVar
from typing import TypeVar

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
