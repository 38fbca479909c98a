"""Jobs run as QGIS runs them, in an engine process of their own: how long they took, and their peak memory."""

from __future__ import annotations

import contextlib
import json
import subprocess  # nosec B404
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
from regionwise.core.contract.params import Params
from regionwise.core.contract.protocol import Job, Settings, write_job

WATCH_S = 0.1
PATIENCE_S = 60.0


@dataclass(frozen=True)
class Ran:
    """What a job took: seconds, the peak of its processes' resident memory (bytes), its log with times (s)."""

    seconds: float
    peak: int
    log: list[tuple[float, str]]

    def after(self, words: str) -> float:
        """The seconds from the first line of the log that holds `words` to the end."""
        return self.seconds - next(at for at, text in self.log if words in text)


def run_job(params: Params, folder: Path, settings: Settings) -> Ran:
    """Run a job in the folder `folder`; what an earlier run of it left there is kept."""
    folder.mkdir(parents=True, exist_ok=True)
    write_job(folder / "job.json", Job(type(params).__name__, params.to_json(), settings))
    command = [sys.executable, "-m", "regionwise.core.worker", str(folder / "job.json")]
    start = time.perf_counter()
    log: list[tuple[float, str]] = []
    with open(folder / "stderr.txt", "w") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)  # nosec B603
        peaks: list[int] = [0]
        watching = threading.Thread(target=_watch, args=(process, peaks))
        watching.start()
        for line in process.stdout or ():
            message = json.loads(line)
            if message["kind"] in ("log", "error"):
                log.append((time.perf_counter() - start, message.get("text", message.get("message"))))
        status = process.wait()
    seconds = time.perf_counter() - start
    watching.join()
    if status:
        sys.exit("\n".join(text for _, text in log[-5:]) + (folder / "stderr.txt").read_text()[-2000:])
    return Ran(seconds, peaks[0], log)


def _watch(process: subprocess.Popen[str], peaks: list[int]) -> None:
    """Keep the peak of a process with its children: what the system noted of the first, or all of them together."""
    parent = psutil.Process(process.pid)
    status = Path(f"/proc/{process.pid}/status")
    while process.poll() is None:
        with contextlib.suppress(psutil.Error, OSError, StopIteration):
            noted = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
            family = [parent, *parent.children(recursive=True)]
            together = sum(member.memory_info().rss for member in family)
            peaks[0] = max(peaks[0], int(noted.split()[1]) * 1024, together)
        time.sleep(WATCH_S)


@contextlib.contextmanager
def cluster(folder: Path, workers: int) -> Iterator[str]:
    """Yield the address of a Dask scheduler on this machine with so many workers of one thread."""
    file = folder / f"scheduler-{workers}.json"
    common = ["--no-dashboard", "--host", "127.0.0.1", "--scheduler-file", str(file)]
    scratch = ["--local-directory", str(folder)]
    kinds = [["scheduler", "--port", "0"], *[["worker", "--nthreads", "1", "--no-nanny", *scratch]] * workers]
    processes = []
    with open(folder / "cluster.txt", "a") as log:
        try:
            for kind, *options in kinds:
                command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", *common, *options]
                process = subprocess.Popen(command, stdout=log, stderr=log)  # nosec B603
                processes.append(process)
                end = time.monotonic() + PATIENCE_S
                while not file.exists() and time.monotonic() < end:
                    time.sleep(0.1)
            time.sleep(3)  # until the workers have registered
            yield str(file)
        finally:
            for process in processes:
                process.kill()
                process.wait()
