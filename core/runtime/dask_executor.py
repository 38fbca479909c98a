"""The executor of a cluster: work items on the workers of a Dask scheduler, whoever started them.

Everything is checked before the work starts: that a scheduler answers, that it speaks this version,
and that every worker has this plugin with the same packages and sees the folder of the run.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.metadata
import json
import os
import pickle  # nosec B403
import pkgutil
import platform
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import CancelledError as Cancelled
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import distributed
from distributed.scheduler import KilledWorker

from ..contract.errors import CancelledError, RegionwiseError
from ..contract.protocol import LESS_MEMORY, REPAIR, VERSION, Settings
from .devices import choose_device, flush_denormals, try_gpu
from .executor import Function, Items, Message, OnMessage, Reporter, collect, compute_item
from .run import Run, prepare_libraries
from .versions import versions

CONNECT_S = 20.0
SETTLE_S = 2.0  # workers of one cluster come one after the other
RETRIES = 2  # of a work item that fails by the machine's fault: a GPU that is lost, say
AHEAD = 2  # work items under way for each worker
OURS = "regionwise.core.contract.protocol:VERSION"
ALIAS = "PYTHONPATH=<folder of the plugin>/_alias"
ONE_AT_A_TIME = threading.Lock()  # a worker may have several threads; libraries use them all for one work item


@dataclass
class DaskExecutor:
    """Computes work items on the workers of the scheduler that `client` is connected to.

    Parameters
    ----------
    threads : int
        Of each work item: the same everywhere and for the whole run, for results depend on it.
    """

    client: distributed.Client
    run: Run
    threads: int
    computing: str = "cpu"
    deserted: bool = False
    remote: bool = True

    def device(self, wanted: str) -> tuple[str, str]:
        """The device of the workers, which must be the same on all, and a line that says why."""
        devices = self.client.run(_device, wanted, self.run.settings.device, on_error="return")
        for address, device in devices.items():
            if isinstance(device, BaseException):
                raise RegionwiseError(f"Worker {address}: {device}") from device
        names = {address: name for address, (name, _) in devices.items()}
        if len(set(names.values())) > 1:
            listing = ", ".join(f"{address} {name}" for address, name in names.items())
            raise RegionwiseError(
                f"The workers have different devices ({listing}); the parts of one run would differ.",
                "Choose Device = cpu, or give the run a scheduler whose workers all have a GPU.",
            )
        self.computing, line = next(iter(devices.values()))
        return self.computing, f"{line[:-1]}, on {len(devices)} workers."

    def everywhere(self, function: Function) -> None:
        """Call `function` in every worker."""
        self.client.run(function, on_error="ignore")

    def perform(
        self, function: Function, items: Items, on_message: OnMessage, *, size: int = 0, total: int = 0
    ) -> Iterator[tuple[int, Any]]:
        """Yield number and result of each work item, see `executor.Executor`.

        A work item whose worker dies is computed by another one.
        """
        topic = f"regionwise-{uuid.uuid4().hex}"
        settings = self.run.settings
        folder = str(self.run.folder.resolve())
        requirements = Requirements(self.threads, settings, versions(), self.computing, folder, topic)
        # as bytes: the scheduler would unpickle what they stand for
        packed = ((pickle.dumps((function, arguments)),) for arguments in items)
        self.client.subscribe_topic(topic, lambda event: on_message(*event[1]))
        try:
            pool = self.client.get_executor(retries=RETRIES, pure=False)
            try:
                yield from collect(pool, partial(_compute_packed, requirements), packed, self._limit, self._look)
            finally:
                if self.client.status == "running":  # a client that was closed would wait for ever for its own loop
                    pool.shutdown(wait=False)
        except KilledWorker as err:
            raise RegionwiseError(
                "Several workers died while they computed the same part of the run; probably their memory was full.",
                f"{LESS_MEMORY} Or give the workers more memory. A rerun keeps what is finished.",
            ) from err
        except (Cancelled, OSError) as err:
            if self.client.status == "running" and not isinstance(err, Cancelled):
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

    def _limit(self) -> int:
        return AHEAD * max(1, len(self._workers()))

    def _look(self) -> None:
        """Log once that there are no workers, and once that there are again."""
        was_deserted, self.deserted = self.deserted, not self._workers()
        name = self.run.settings.scheduler
        if self.deserted and not was_deserted:
            self.run.channel.warning(f"The scheduler '{name}' has no workers at the moment; waiting for one.")
        elif was_deserted and not self.deserted:
            self.run.channel.info(f"The scheduler '{name}' has workers again.")


@contextlib.contextmanager
def connected(run: Run) -> Iterator[DaskExecutor]:
    """Yield the executor on the cluster of the run's settings, checked.

    Raises
    ------
    RegionwiseError
        If no scheduler answers, or scheduler or workers have other versions or do not see the run's folder.
    """
    name = run.settings.scheduler
    address = _address_in(name) if name.endswith(".json") else name
    try:
        client = distributed.Client(address, timeout=CONNECT_S, set_as_default=False, name="regionwise")
    except Exception as err:  # a scheduler of another version may answer anything
        raise _unanswered(name, (str(err) or type(err).__name__).splitlines()[0][:200]) from err
    with client:
        _check_scheduler(client, name)
        workers = client.scheduler_info(n_workers=-1)["workers"]
        if not workers:
            run.channel.info(f"The scheduler '{name}' has no workers yet; waiting for one.")
            workers = _first_workers(client)
        _check_workers(client, run)
        run.channel.info(f"Computing on {len(workers)} workers of the scheduler '{name}'.")
        yield DaskExecutor(client, run, run.settings.threads or min(worker["nthreads"] for worker in workers.values()))


def _unanswered(name: str, reason: str) -> RegionwiseError:
    return RegionwiseError(
        f"No Dask scheduler of version {distributed.__version__} answers at '{name}' ({reason}).",
        "Start one and give its address as tcp://HOST:8786, or empty the option Scheduler to compute here.",
    )


def _address_in(file: str) -> str:
    """The address in a scheduler's file; it is waited for, but not for ever."""
    end = time.monotonic() + CONNECT_S
    while True:
        try:
            return str(json.loads(Path(file).read_text(encoding="utf-8"))["address"])
        except (OSError, ValueError, KeyError, TypeError) as err:
            if time.monotonic() > end:
                raise _unanswered(file, f"the file cannot be read: {err}") from err
        time.sleep(0.2)


def _first_workers(client: distributed.Client) -> dict[str, Any]:
    """The workers by address, waited for until no more come for a moment."""
    workers: dict[str, Any] = {}
    while True:
        client.wait_for_workers(1)
        time.sleep(SETTLE_S)
        before, workers = workers, dict(client.scheduler_info(n_workers=-1)["workers"])
        if workers and workers.keys() == before.keys():
            return workers


def _check_scheduler(client: distributed.Client, address: str) -> None:
    """Refuse a scheduler of another version: the objects that it hands on might be read wrongly."""
    theirs = client.get_versions()["scheduler"]["packages"]
    ours = {name: importlib.metadata.version(name) for name in ("dask", "distributed")}
    ours["python"] = platform.python_version()
    for name, version in ours.items():
        their_version = str(theirs.get(name))
        if _comparable(name, their_version) != _comparable(name, version):
            raise RegionwiseError(
                f"The scheduler '{address}' has {name} {their_version}, this engine {version}.",
                "Start it with the engine's own Python: dask-scheduler and workers must have its versions.",
            )
    try:
        client.run_on_scheduler(pkgutil.resolve_name, OURS)
    except Exception as err:  # whatever importing raises
        raise RegionwiseError(f"The scheduler '{address}' cannot import this plugin ({err}).", _remedy()) from err


def _check_workers(client: distributed.Client, run: Run) -> None:
    """Refuse workers without this plugin, with other packages, or without the run's folder."""
    faults = []
    found_versions = client.run(pkgutil.resolve_name, OURS, on_error="return")
    for address, version in found_versions.items():
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
    """The part of a version that must be equal: of Python the first two numbers, of torch not the kind of device."""
    return ".".join(version.split(".")[:2]) if name == "python" else version.split("+")[0]


def _remedy() -> str:
    return f"Start scheduler and workers with the engine's own Python ({REPAIR[:-1]}, there, too) and {ALIAS}."


def _device(wanted: str, default: str) -> tuple[str, str]:
    """The device of a worker, and a line that says why."""
    device, line = choose_device(wanted, default)
    return str(device), line


@dataclass(frozen=True)
class Requirements:
    """The state that a worker must have to compute work items of a run, and the topic of their messages."""

    threads: int
    settings: Settings
    versions: dict[str, str]
    device: str
    folder: str
    topic: str

    def unmet(self) -> str:
        """The faults of this worker, or an empty text; it may have joined after the run began."""
        faults = _differences(versions(), self.versions)
        if not Path(self.folder).is_dir():
            faults.append(f"does not see the folder '{self.folder}'.")
        trouble = _try_gpu(self.device) if self.device != "cpu" else ""
        if trouble:
            faults.append(f"has no GPU that works ({trouble}).")
        return " ".join(faults)


_try_gpu = functools.cache(try_gpu)


def _compute_packed(requirements: Requirements, number: int, packed: bytes) -> Any:
    """The result of a work item, on a worker."""
    worker = distributed.get_worker()
    key = worker.get_current_task()
    faults = requirements.unmet()
    if faults:
        return RegionwiseError(f"Worker {worker.address} on {socket.gethostname()} {faults}", _remedy())

    def send(message: Message) -> None:
        task = worker.state.tasks.get(key)
        if task is None or task.state == "cancelled":
            raise CancelledError  # the run is gone
        worker.log_event(requirements.topic, (number, message))

    with ONE_AT_A_TIME:
        prepare_libraries(requirements.settings)
        flush_denormals()
        # packed by the run and carried by Dask, which unpickles what it carries too
        function, arguments = pickle.loads(packed)  # nosec B301
        return compute_item(function, requirements.threads, Reporter(send), arguments)
