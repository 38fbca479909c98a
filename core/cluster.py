"""Cluster: parts of a run on the workers of a Dask scheduler, whoever started them.

Everything is checked before the work starts: that a scheduler answers, that it speaks this version,
and that every worker has this plugin with the same packages and sees the folder of the run.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.metadata
import os
import pkgutil
import platform
import socket
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import CancelledError
from dataclasses import dataclass
from typing import Any

import distributed
from distributed.scheduler import KilledWorker

from .devices import choose_device, flush_denormals
from .errors import RegionwiseError
from .protocol import LESS_MEMORY, REPAIR, VERSION, Settings
from .run import Run, prepare_libraries
from .scheduling import Function, Message, Parts, Report, Tell, collect, computed
from .versions import versions

CONNECT_S = 20.0
RETRIES = 2  # of a part that fails by the machine's fault: a GPU that is lost, say
AHEAD = 2  # parts under way for each worker
OURS = "regionwise.core.protocol:VERSION"
ALIAS = "PYTHONPATH=<folder of the plugin>/_alias"
ONE_AT_A_TIME = threading.Lock()  # a worker may have several threads; libraries use them all for one part


@dataclass(frozen=True)
class Cluster:
    """The workers of a scheduler that `client` is connected to."""

    client: distributed.Client
    run: Run
    remote: bool = True

    def device(self, wanted: str) -> tuple[str, str]:
        """Return the device of the workers, which must be the same on all, and a line that says why."""
        found = self.client.run(_device, wanted, self.run.settings.device, on_error="return")
        for address, answer in found.items():
            if isinstance(answer, BaseException):
                raise RegionwiseError(f"Worker {address}: {answer}") from answer
        names = {address: name for address, (name, _) in found.items()}
        if len(set(names.values())) > 1:
            listing = ", ".join(f"{address} {name}" for address, name in names.items())
            raise RegionwiseError(
                f"The workers have different devices ({listing}); the parts of one run would differ.",
                "Choose Device = cpu, or give the run a scheduler whose workers all have a GPU.",
            )
        name, line = next(iter(found.values()))
        return name, f"{line[:-1]}, on {len(found)} workers."

    def perform(
        self, function: Function, parts: Parts, tell: Tell, *, size: int = 0, of: int = 0
    ) -> Iterator[tuple[int, Any]]:
        """Yield number and answer of each part, see `scheduling.Place`.

        A part whose worker dies is computed by another one.
        """
        topic = f"regionwise-{uuid.uuid4().hex}"
        settings = self.run.settings
        part = functools.partial(_part_of_cluster, function, self._threads(), settings, versions(), topic)
        self.client.subscribe_topic(topic, lambda event: tell(*event[1]))
        try:
            with self.client.get_executor(retries=RETRIES, pure=False) as pool:
                try:
                    yield from collect(pool, part, parts, self._ahead, self._look)
                except BaseException:
                    pool.shutdown(wait=False)
                    raise
        except KilledWorker as err:
            raise RegionwiseError(
                "Several workers died while they computed the same part of the run; probably their memory was full.",
                f"{LESS_MEMORY} Or give the workers more memory. A rerun keeps what is finished.",
            ) from err
        except (CancelledError, OSError) as err:
            if self.client.status == "running" and not isinstance(err, CancelledError):
                raise
            raise RegionwiseError(
                f"The connection to the scheduler '{settings.scheduler}' was lost.",
                "See that it runs, then run again: what is finished is kept.",
            ) from err
        except ModuleNotFoundError as err:
            raise RegionwiseError(f"A worker lacks the package '{err.name}'.", _remedy()) from err
        finally:
            with contextlib.suppress(Exception):  # the scheduler may be gone
                self.client.unsubscribe_topic(topic)

    def _workers(self) -> dict[str, Any]:
        return dict(self.client.scheduler_info(n_workers=-1)["workers"])

    def _threads(self) -> int:
        """Return how many threads a part has: the same everywhere, for results depend on it."""
        return self.run.settings.threads or min(worker["nthreads"] for worker in self._workers().values())

    def _ahead(self) -> int:
        return AHEAD * max(1, len(self._workers()))

    def _look(self) -> None:
        if not self._workers():
            self.run.channel.warning(
                f"The scheduler '{self.run.settings.scheduler}' has no workers at the moment; waiting for one."
            )


@contextlib.contextmanager
def connected(run: Run) -> Iterator[Cluster]:
    """Yield the cluster of the run's settings, checked.

    Raises
    ------
    RegionwiseError
        If no scheduler answers, or scheduler or workers have other versions or do not see the run's folder.
    """
    address = run.settings.scheduler
    try:
        where = {"scheduler_file": address} if address.endswith(".json") else {"address": address}
        client = distributed.Client(**where, timeout=CONNECT_S, set_as_default=False, name="regionwise")
    except Exception as err:  # a scheduler of another version may answer anything
        reason = (str(err) or type(err).__name__).splitlines()[0][:200]
        raise RegionwiseError(
            f"No Dask scheduler of version {distributed.__version__} answers at '{address}' ({reason}).",
            "Start one and give its address as tcp://HOST:8786, or empty the option Scheduler to compute here.",
        ) from err
    with client:
        _check_scheduler(client, address)
        cluster = Cluster(client, run)
        if not client.scheduler_info()["workers"]:
            run.channel.info(f"The scheduler '{address}' has no workers yet; waiting for one.")
            client.wait_for_workers(1)
        _check_workers(client, run)
        run.channel.info(f"Computing on {len(cluster._workers())} workers of the scheduler '{address}'.")
        yield cluster


def _check_scheduler(client: distributed.Client, address: str) -> None:
    """Refuse a scheduler of another version: what it hands on might be read wrongly."""
    theirs = client.get_versions()["scheduler"]["packages"]
    own = {name: importlib.metadata.version(name) for name in ("dask", "distributed")}
    own["python"] = platform.python_version()
    for name, version in own.items():
        there = str(theirs.get(name))
        if _comparable(name, there) != _comparable(name, version):
            raise RegionwiseError(
                f"The scheduler '{address}' has {name} {there}, this engine {version}.",
                "Start it with the engine's own Python: dask-scheduler and workers must have its versions.",
            )


def _check_workers(client: distributed.Client, run: Run) -> None:
    """Refuse workers without this plugin, with other packages, or without the run's folder."""
    faults = []
    found = client.run(pkgutil.resolve_name, OURS, on_error="return")
    for address, version in found.items():
        if isinstance(version, BaseException):
            faults.append(f"Worker {address} cannot import this plugin ({version}).")
        elif version != VERSION:
            faults.append(f"Worker {address} has Regionwise {version}, not {VERSION}.")
    if not faults:
        for address, theirs in client.run(versions).items():
            faults += [f"Worker {address} {text}" for text in _differences(theirs, versions())]
    if faults:
        raise RegionwiseError(" ".join(faults[:5]), _remedy())
    token = run.folder / f".seen-{uuid.uuid4().hex}"
    token.touch()
    try:
        blind = [address for address, seen in client.run(os.path.exists, str(token)).items() if not seen]
    finally:
        token.unlink()
    if blind:
        raise RegionwiseError(
            f"Worker {', '.join(blind[:3])} does not see the folder '{run.folder}'.",
            "Inputs and outputs must lie on a disk that this machine and all workers have under the same path.",
        )


def _differences(theirs: dict[str, str], ours: dict[str, str]) -> list[str]:
    return [
        f"lacks {name}." if name not in theirs else f"has {name} {theirs[name]}, not {version}."
        for name, version in ours.items()
        if _comparable(name, theirs.get(name, "")) != _comparable(name, version)
    ]


def _comparable(name: str, version: str) -> str:
    """Return what of a version must be equal: of Python the first two numbers, of torch not the kind of device."""
    return ".".join(version.split(".")[:2]) if name == "python" else version.split("+")[0]


def _remedy() -> str:
    return f"Start the workers with the engine's own Python ({REPAIR[:-1]}, there, too) and {ALIAS}."


def _device(wanted: str, default: str) -> tuple[str, str]:
    """Return the device of a worker."""
    found, line = choose_device(wanted, default)
    return str(found), line


def _part_of_cluster(
    function: Function, threads: int, settings: Settings, expected: dict[str, str], topic: str, number: int,
    *arguments: Any,
) -> Any:  # fmt: skip
    """Compute a part on a worker; one that joined late is checked here."""
    worker = distributed.get_worker()
    other = _differences(versions(), expected)
    if other:
        return RegionwiseError(f"Worker {worker.address} on {socket.gethostname()} {' '.join(other)}", _remedy())

    def send(message: Message) -> None:
        worker.log_event(topic, (number, message))

    with ONE_AT_A_TIME:
        prepare_libraries(settings)
        flush_denormals()
        return computed(function, threads, Report(send), arguments)
