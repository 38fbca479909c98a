"""Scheduling: parts of a run, computed on this machine (`machine.py`) or on a cluster (`cluster.py`).

A part is a call of a module's function. It answers the same wherever it is computed: it has seeds and
a number of threads of its own. Parts hand back what they found; only the process of the run writes outputs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures import Executor as Pool
from itertools import islice
from typing import Any, Protocol

from ..contract.errors import RegionwiseError
from ..contract.protocol import PROGRESS_INTERVAL_S
from .threads import allotted

Message = dict[str, Any]
Tell = Callable[[int, Message], None]  # number of the part, what it says
Function = Callable[..., Any]  # its first argument is a `Report`
Parts = Sequence[tuple[Any, ...]]

TICK_S = 5.0  # how often a run that waits looks for what might be wrong


class Log(Protocol):
    """Where lines for the user go."""

    def info(self, text: str) -> None:
        """Log one line."""

    def warning(self, text: str) -> None:
        """Log one line that the user should read."""


class Reporter:
    """How a part tells about itself while it is computed."""

    def __init__(self, send: Callable[[Message], None]) -> None:
        self._send = send
        self._last = 0.0

    def progress(self, fraction: float, text: str) -> None:
        """Tell that `fraction` of the part is done; calls that come too fast are dropped."""
        now = time.monotonic()
        if now - self._last >= PROGRESS_INTERVAL_S:
            self._last = now
            self._send({"fraction": fraction, "text": text})

    def info(self, text: str) -> None:
        """Log one line."""
        self._send({"level": "info", "text": text})

    def warning(self, text: str) -> None:
        """Log one line that the user should read."""
        self._send({"level": "warning", "text": text})


class Executor(Protocol):
    """Where parts are computed."""

    @property
    def remote(self) -> bool:
        """Whether parts may be computed on other machines."""

    def device(self, wanted: str) -> tuple[str, str]:
        """The device that computes there, and a line that says why; see `devices.choose_device`."""

    def everywhere(self, function: Callable[[], None]) -> None:
        """Call `function` in every other process that computes parts."""

    def perform(
        self, function: Function, parts: Parts, tell: Tell, *, size: int = 0, of: int = 0
    ) -> Iterator[tuple[int, Any]]:
        """Yield number and answer of each part as it is finished.

        Parameters
        ----------
        function : callable
            Gets a `Report` and a part; it and its arguments must be picklable.
        tell : callable
            Gets what parts say, perhaps from another thread.
        size : int
            Memory that a part takes in a process of its own (bytes); 0 if it is not worth one.
        of : int
            Of how many parts these are the unfinished ones: the number of threads goes by it.

        Raises
        ------
        RegionwiseError
            If a part raises it, or cannot be computed.
        """


def collect(
    pool: Pool,
    function: Function,
    parts: Iterable[tuple[Any, ...]],
    ahead: Callable[[], int],
    idle: Callable[[], None] = lambda: None,
) -> Iterator[tuple[int, Any]]:
    """Yield number and answer of each part that `pool` computes, as it is finished.

    Parameters
    ----------
    function : callable
        Gets the number of a part and its arguments; an error of the user's that it returns is raised.
    ahead : callable
        Tells how many parts may be under way at the moment, so that neither they nor answers pile up.
    idle : callable
        Is called when nothing was finished for a while.
    """
    todo, pending = enumerate(parts), dict[Future[Any], int]()
    while True:
        for number, arguments in islice(todo, max(ahead() - len(pending), 0)):
            pending[pool.submit(function, number, *arguments)] = number
        if not pending:
            return
        done, _ = wait(pending, TICK_S, FIRST_COMPLETED)
        if not done:
            idle()
        for future in done:
            answer = future.result()
            if isinstance(answer, RegionwiseError):
                raise answer
            yield pending.pop(future), answer


def computed(function: Function, threads: int, report: Reporter, arguments: tuple[Any, ...]) -> Any:
    """The answer of a part, or the user's error that it raised: an answer, too, for another try is useless."""
    try:
        with allotted(threads):
            return function(report, *arguments)
    except RegionwiseError as err:
        return err
