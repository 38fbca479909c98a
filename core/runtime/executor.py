"""The contract of executors, which compute work items here (`local_executor`) or on a cluster (`dask_executor`).

A work item is a call of a module's function. Its result is the same wherever it is computed: it has seeds and
a number of threads of its own. Work items return their results; only the process of the run writes outputs.
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
from .progress import told_to
from .threads import allotted

Message = dict[str, Any]
OnMessage = Callable[[int, Message], None]  # number of the work item, its message
Function = Callable[..., Any]  # its first argument is a `Reporter`
Items = Sequence[tuple[Any, ...]]  # the arguments of each work item

TICK_S = 5.0  # how often a run that waits looks for trouble


class Log(Protocol):
    """Where lines for the user go."""

    def info(self, text: str) -> None:
        """Log one line."""

    def warning(self, text: str) -> None:
        """Log one line that the user should read."""

    def detail(self, text: str) -> None:
        """Log one line for those who ask how it was computed."""


class Reporter:
    """Sends progress and log lines of a work item while it is computed."""

    def __init__(self, send: Callable[[Message], None]) -> None:
        self._send = send
        self._last = 0.0

    def progress(self, fraction: float, text: str) -> None:
        """Send the `fraction` of the work item that is done; calls that come too fast are dropped."""
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

    def detail(self, text: str) -> None:
        """Log one line for those who ask how it was computed."""
        self._send({"level": "detail", "text": text})


class SpanReporter(Reporter):
    """Reports a part of a work item: its progress lies between `start` and `end`."""

    def __init__(self, report: Reporter, start: float, end: float) -> None:
        self._report, self._start, self._end = report, start, end

    def progress(self, fraction: float, text: str) -> None:
        """Report the `fraction` of this part that is done."""
        self._report.progress(self._start + (self._end - self._start) * fraction, text)

    def info(self, text: str) -> None:
        """Log one line."""
        self._report.info(text)

    def warning(self, text: str) -> None:
        """Log one line that the user should read."""
        self._report.warning(text)

    def detail(self, text: str) -> None:
        """Log one line for those who ask how it was computed."""
        self._report.detail(text)


class Executor(Protocol):
    """Computes work items."""

    @property
    def remote(self) -> bool:
        """Whether work items may be computed on other machines."""

    def device(self, wanted: str) -> tuple[str, str]:
        """The device that computes there, and a line that says why; see `devices.choose_device`."""

    def everywhere(self, function: Callable[[], None]) -> None:
        """Call `function` in every other process that computes work items."""

    def perform(
        self, function: Function, items: Items, on_message: OnMessage, *, size: int = 0, total: int = 0
    ) -> Iterator[tuple[int, Any]]:
        """Yield number and result of each work item as it is finished.

        Parameters
        ----------
        function : callable
            Gets a `Reporter` and the arguments of a work item; it and they must be picklable.
        on_message : callable
            Gets the messages of work items, perhaps from another thread.
        size : int
            Memory that a work item takes in a process of its own (bytes); 0 if it is not worth one.
        total : int
            Number of work items, finished ones included: the number of threads goes by it.

        Raises
        ------
        RegionwiseError
            If a work item raises it, or cannot be computed.
        """


def collect(
    pool: Pool,
    function: Function,
    items: Iterable[tuple[Any, ...]],
    limit: Callable[[], int],
    on_idle: Callable[[], None] = lambda: None,
) -> Iterator[tuple[int, Any]]:
    """Yield number and result of each work item that `pool` computes, as it is finished.

    Parameters
    ----------
    function : callable
        Gets the number of a work item and its arguments; a `RegionwiseError` that it returns is raised.
    limit : callable
        Returns how many work items may be under way at the moment, so that neither they nor results pile up.
    on_idle : callable
        Is called when nothing was finished for a while.
    """
    todo, pending = enumerate(items), dict[Future[Any], int]()
    while True:
        for number, arguments in islice(todo, max(limit() - len(pending), 0)):
            pending[pool.submit(function, number, *arguments)] = number
        if not pending:
            return
        done, _ = wait(pending, TICK_S, FIRST_COMPLETED)
        if not done:
            on_idle()
        for future in done:
            result = future.result()
            if isinstance(result, RegionwiseError):
                raise result
            yield pending.pop(future), result


def compute_item(function: Function, threads: int, reporter: Reporter, arguments: tuple[Any, ...]) -> Any:
    """The result of a work item, or the `RegionwiseError` that it raised: another try would raise it again."""
    try:
        with allotted(threads), told_to(reporter.progress):
            return function(reporter, *arguments)
    except RegionwiseError as err:
        return err
