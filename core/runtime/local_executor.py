"""The executor of this machine: work items are computed in the process of the run, or side by side in several."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle  # nosec B403
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ..contract.errors import RegionwiseError
from ..contract.protocol import LESS_MEMORY
from .executor import Executor, Function, Items, OnMessage, Reporter, collect, compute_item
from .progress import told_to
from .run import Run
from .threads import allotted, processors

WATCH_S = 0.5  # how often a process looks whether its run is still there
OUTBOX: list[Any] = []  # of this process, if it computes work items of another process


@dataclass(frozen=True)
class LocalExecutor:
    """Computes work items on this machine: one after the other here, or in several processes side by side."""

    run: Run
    remote: bool = False

    def device(self, wanted: str) -> tuple[str, str]:
        """The device that computes, and a line that says why."""
        from .devices import choose_device

        device, line = choose_device(wanted, self.run.settings.device)
        return str(device), line

    def everywhere(self, function: Callable[[], None]) -> None:
        """Do nothing: processes end with their work items."""

    def slots(self, items: int, size: int) -> tuple[int, int]:
        """Number of work items that are computed at a time, and the threads of each (0: as libraries like).

        It depends on settings and machine only, not on what else is running: results depend on it.
        """
        cores = self.run.settings.threads or processors()
        slots = min(items, cores, self.run.memory_bytes // size) if size else 1
        return (slots, cores // slots) if slots > 1 else (1, self.run.settings.threads)

    def perform(
        self, function: Function, items: Items, on_message: OnMessage, *, size: int = 0, total: int = 0
    ) -> Iterator[tuple[int, Any]]:
        """Yield number and result of each work item, see `Executor`."""
        slots, threads = self.slots(max(total, len(items)), size)
        if slots == 1:
            for number, arguments in enumerate(items):
                reporter = Reporter(partial(on_message, number))
                with allotted(threads), told_to(reporter.progress):
                    result = function(reporter, *arguments)
                yield number, result
            return
        context = multiprocessing.get_context("spawn")
        outbox, stop = context.SimpleQueue(), context.Event()
        pool = ProcessPoolExecutor(min(slots, len(items)), context, _begin, (outbox, stop))
        forward = threading.Thread(target=_forward, args=(outbox, on_message), daemon=True)
        forward.start()
        try:
            # arguments travel as files: a pipe full of them blocks for ever if no process is left to read it
            with tempfile.TemporaryDirectory(prefix="regionwise-") as folder:
                files = _argument_files(items, Path(folder))
                yield from collect(pool, partial(_compute_file, function, threads), files, lambda: len(items))
            outbox.put(None)
            forward.join()
        except BrokenProcessPool as err:
            raise RegionwiseError(
                "A process that computed a part of the run ended by itself; probably the memory was full.",
                f"{LESS_MEMORY} A rerun keeps what is finished.",
            ) from err
        except BaseException:
            stop.set()  # work items that are still computed are not waited for
            raise
        finally:
            pool.shutdown(cancel_futures=True)


@contextlib.contextmanager
def executor_of(run: Run) -> Iterator[Executor]:
    """Yield the executor of `run`: the cluster of its settings, or this machine."""
    if not run.settings.scheduler:
        yield LocalExecutor(run)
        return
    from .dask_executor import connected

    with connected(run) as cluster:
        yield cluster


def _begin(outbox: Any, stop: Any) -> None:
    """Prepare a process that computes work items; it ends with its run, whatever ends that."""
    OUTBOX[:] = [outbox]
    threading.Thread(target=_end_with_run, args=(stop,), daemon=True).start()


def _end_with_run(stop: Any) -> None:
    run = multiprocessing.parent_process()
    while run is not None and run.is_alive() and not stop.wait(WATCH_S):
        pass
    os._exit(1)


def _argument_files(items: Items, folder: Path) -> Iterator[tuple[Path]]:
    """Yield for each work item the file that holds its arguments."""
    for number, arguments in enumerate(items):
        path = folder / f"item-{number}.pickle"
        path.write_bytes(pickle.dumps(arguments))
        yield (path,)


def _compute_file(function: Function, threads: int, number: int, path: Path) -> Any:
    """The result of a work item whose arguments are in a file, in a process of this machine."""
    # this run has just written the file
    arguments = pickle.loads(path.read_bytes())  # nosec B301
    path.unlink()
    return compute_item(function, threads, Reporter(lambda message: OUTBOX[0].put((number, message))), arguments)


def _forward(outbox: Any, on_message: OnMessage) -> None:
    """Hand on the messages of processes, until there are no more."""
    while (numbered := outbox.get()) is not None:
        on_message(*numbered)
