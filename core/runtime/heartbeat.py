"""Heartbeat: says each second what goes on, where the work itself cannot, as inside a call of a library."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from ..contract.protocol import Channel

BEAT_S = 0.2  # how often it is looked whether something was said


@contextlib.contextmanager
def beating(channel: Channel) -> Iterator[None]:
    """Let the channel break silences until the end of the block."""
    stop = threading.Event()

    def beat() -> None:
        with contextlib.suppress(OSError, ValueError):  # nobody listens any more: the work will notice
            while not stop.wait(BEAT_S):
                channel.beat()

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
