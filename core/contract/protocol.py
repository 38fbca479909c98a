"""The contract between QGIS and the engine: the job file and the messages, one JSON object a line.

Messages have a key ``kind``:

=========  ==========================================================================
hello      protocol, version, python: the first message
progress   fraction (0..1), text: at most five a second
log        level (``info`` or ``warning``), text
result     outputs (name -> path or text), numbers (name -> float)
error      message, remedy, traceback (only for our own bugs)
=========  ==========================================================================
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from .errors import RegionwiseError

PROTOCOL = 1
VERSION = "0.2.0"
JOB_NAME = "job.json"
STAMP = "regionwise-engine.json"  # in the environment: its description by the installer
EXIT_RESULT, EXIT_ERROR, EXIT_CANCELLED = 0, 1, 2
PROGRESS_INTERVAL_S = 0.2
REPAIR = "Run 'Install engine' with Action = repair, then try again."
LESS_MEMORY = (
    "Lower Memory in Settings > Options > Processing > Regionwise, choose a smaller batch or a "
    "smaller network, or close other programs."
)


@dataclass(frozen=True)
class Settings:
    """The provider's options, for every run alike."""

    memory_gb: float = 4.0
    threads: int = 0
    device: str = "auto"
    temporary_folder: str = ""
    scheduler: str = ""  # address or file of a Dask scheduler; empty for this machine

    @property
    def memory_bytes(self) -> int:
        """The memory budget in bytes."""
        return int(self.memory_gb * 2**30)


@dataclass(frozen=True)
class Job:
    """One run: the name of its parameter class, the parameters as JSON values, and the settings."""

    task: str
    params: dict[str, Any]
    settings: Settings
    protocol: int = PROTOCOL
    version: str = VERSION


def write_job(path: Path, job: Job) -> None:
    """Write `job` to `path` as readable JSON."""
    text = json.dumps(asdict(job), indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def read_job(path: Path) -> Job:
    """The job in the file at `path`.

    Raises
    ------
    RegionwiseError
        If the file is missing, is no job, or was written for another protocol.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        settings = Settings(**raw.pop("settings"))
        job = Job(**raw, settings=settings)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as err:
        raise RegionwiseError(f"'{path}' is not a Regionwise job ({err}).") from err
    if job.protocol != PROTOCOL:
        raise RegionwiseError(
            f"The job was written for protocol {job.protocol}, this engine speaks {PROTOCOL}.", REPAIR
        )
    return job


def encode(kind: str, **fields: Any) -> bytes:
    """One message as a line of UTF-8 JSON; NaN and infinity are refused (ValueError)."""
    message = {"kind": kind, **fields}
    return json.dumps(message, ensure_ascii=False, allow_nan=False).encode() + b"\n"


def decode(line: bytes) -> dict[str, Any]:
    """The message in `line`.

    Raises
    ------
    ValueError
        If the line is not a message.
    """
    message = json.loads(line)
    if not isinstance(message, dict) or "kind" not in message:
        raise ValueError("not a message")
    return message


class Channel:
    """The engine's end of the stream: progress and log lines of a task, for the user."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._last_progress = 0.0

    def send(self, kind: str, **fields: Any) -> None:
        """Write one message and flush it."""
        line = encode(kind, **fields)
        with self._lock:
            self._stream.write(line)
            self._stream.flush()

    def progress(self, fraction: float, text: str = "") -> None:
        """Send the fraction done (0..1); calls that come too fast are dropped."""
        now = time.monotonic()
        if now - self._last_progress < PROGRESS_INTERVAL_S and fraction < 1:
            return
        self._last_progress = now
        self.send("progress", fraction=min(max(float(fraction), 0.0), 1.0), text=text)

    def relay(self, message: Mapping[str, Any]) -> None:
        """Log the line that a work item sent, if the message is one; else it tells of progress."""
        if "level" in message:
            self.send("log", **message)

    def info(self, text: str) -> None:
        """Log one line."""
        self.send("log", level="info", text=text)

    def warning(self, text: str) -> None:
        """Log one line that the user should read."""
        self.send("log", level="warning", text=text)
