"""This machine: parts of a run are computed in its process, or side by side in several."""

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
from .executor import Executor, Function, Parts, Reporter, Tell, collect, computed
from .run import Run
from .threads import allotted, processors

WATCH_S = 0.5  # how often a process looks whether its run is still there
OUTBOX: list[Any] = []  # of this process, if it computes parts of another one's run


@dataclass(frozen=True)
class Machine:
    """This machine: parts are computed one after the other here, or in several processes side by side."""

    run: Run
    remote: bool = False

    def device(self, wanted: str) -> tuple[str, str]:
        """The device that computes, and a line that says why."""
        from .devices import choose_device

        found, line = choose_device(wanted, self.run.settings.device)
        return str(found), line

    def everywhere(self, function: Callable[[], None]) -> None:
        """Do nothing: processes end with their parts."""

    def slots(self, parts: int, size: int) -> tuple[int, int]:
        """How many of so many parts are computed at a time, and the threads of each (0: as libraries like).

        It depends on settings and machine only, not on what else is running: results depend on it.
        """
        cores = self.run.settings.threads or processors()
        slots = min(parts, cores, self.run.memory_bytes // size) if size else 1
        return (slots, cores // slots) if slots > 1 else (1, self.run.settings.threads)

    def perform(
        self, function: Function, parts: Parts, tell: Tell, *, size: int = 0, of: int = 0
    ) -> Iterator[tuple[int, Any]]:
        """Yield number and answer of each part, see `Place`."""
        slots, threads = self.slots(max(of, len(parts)), size)
        if slots == 1:
            for number, arguments in enumerate(parts):
                with allotted(threads):
                    answer = function(Reporter(partial(tell, number)), *arguments)
                yield number, answer
            return
        context = multiprocessing.get_context("spawn")
        outbox, stop = context.SimpleQueue(), context.Event()
        pool = ProcessPoolExecutor(min(slots, len(parts)), context, _begin, (outbox, stop))
        forward = threading.Thread(target=_forward, args=(outbox, tell), daemon=True)
        forward.start()
        try:
            # arguments travel as files: a pipe full of them blocks for ever if no process is left to read it
            with tempfile.TemporaryDirectory(prefix="regionwise-") as folder:
                kept = _kept(parts, Path(folder))
                yield from collect(pool, partial(_part_of_machine, function, threads), kept, lambda: len(parts))
            outbox.put(None)
            forward.join()
        except BrokenProcessPool as err:
            raise RegionwiseError(
                "A process that computed a part of the run ended by itself; probably the memory was full.",
                f"{LESS_MEMORY} A rerun keeps what is finished.",
            ) from err
        except BaseException:
            stop.set()  # parts that are still computed are not waited for
            raise
        finally:
            pool.shutdown(cancel_futures=True)


@contextlib.contextmanager
def executor_of(run: Run) -> Iterator[Executor]:
    """Yield where the parts of `run` are computed: on the cluster of its settings, or on this machine."""
    if not run.settings.scheduler:
        yield Machine(run)
        return
    from .dask_executor import connected

    with connected(run) as cluster:
        yield cluster


def _begin(outbox: Any, stop: Any) -> None:
    """Prepare a process that computes parts; it ends with its run, whatever ends that."""
    OUTBOX[:] = [outbox]
    threading.Thread(target=_end_with_run, args=(stop,), daemon=True).start()


def _end_with_run(stop: Any) -> None:
    run = multiprocessing.parent_process()
    while run is not None and run.is_alive() and not stop.wait(WATCH_S):
        pass
    os._exit(1)


def _kept(parts: Parts, folder: Path) -> Iterator[tuple[Path]]:
    """Yield for each part the file in which its arguments are kept."""
    for number, arguments in enumerate(parts):
        path = folder / f"part-{number}.pickle"
        path.write_bytes(pickle.dumps(arguments))
        yield (path,)


def _part_of_machine(function: Function, threads: int, number: int, path: Path) -> Any:
    """Compute a part in a process of this machine."""
    # this run has just written the file
    arguments = pickle.loads(path.read_bytes())  # nosec B301
    path.unlink()
    return computed(function, threads, Reporter(lambda message: OUTBOX[0].put((number, message))), arguments)


def _forward(outbox: Any, tell: Tell) -> None:
    """Hand on what processes say, until there is no more."""
    while (item := outbox.get()) is not None:
        tell(*item)
