"""The contract between QGIS and the engine: the job file and the messages, one JSON object a line.

Messages have a key ``kind``:

=========  ==========================================================================
hello      protocol, version, python: the first message
progress   fraction (0..1), text, left_s (or null), beat: at most five a second, one each second
log        level (``info``, ``warning``, or ``detail`` for those who look closely), text
result     outputs (name -> path or text), numbers (name -> float)
error      message, remedy, traceback (only for our own bugs)
=========  ==========================================================================
"""

from __future__ import annotations

import contextlib
import json
import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from .errors import RegionwiseError
from .time_left import TimeLeft, format_seconds, left_in_words

PROTOCOL = 1
VERSION = "0.2.0"
JOB_NAME = "job.json"
STAMP = "regionwise-engine.json"  # in the environment: its description by the installer
EXIT_RESULT, EXIT_ERROR, EXIT_CANCELLED = 0, 1, 2
LOG_NAME = "log.txt"  # beside the job: all lines of its last run
PROGRESS_INTERVAL_S = 0.2
SILENCE_S = 0.7  # after which a stage says that it goes on
SHORT_S = 3.0  # what takes less needs no word on how long it takes
SMALL_SHARE = 0.02  # of a run: shorter stages are not listed
MOST = 0.99  # of the progress, before the end is told
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
    details: bool = False  # whether QGIS shows the lines of the log that explain how things were computed

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
    """The engine's end of the stream: progress and log lines of a task, for the user.

    Progress never goes back, and no line of the log comes twice. What comes too fast is dropped, but not lost: `beat`
    tells it later, and in a silence says what goes on and since when.

    Parameters
    ----------
    clock : callable
        Gives the time (s).
    """

    def __init__(self, stream: BinaryIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream, self._clock = stream, clock
        self._lock = threading.RLock()
        self._log: TextIO | None = None
        self._lines: set[str] = set()
        self._told = -math.inf  # when something was sent last
        self._low, self._high, self._fraction = 0.0, MOST, 0.0
        self._text, self._since = "", clock()
        self._left, self._stages = TimeLeft(clock), Stages(clock)

    def send(self, kind: str, **fields: Any) -> None:
        """Write one message and flush it."""
        line = encode(kind, **fields)
        with self._lock:
            self._stream.write(line)
            self._stream.flush()

    def stage(self, text: str, until: float = MOST) -> None:
        """Begin a stage, which says what is done and ends where the fraction `until` of the run is done.

        The fractions that follow count within it.
        """
        with self._lock:
            self._low, self._high = self._fraction, max(until, self._fraction)
            self._text, self._since = text, self._clock()
            self._stages.begin(text)
            self._tell()

    def say(self, text: str) -> None:
        """Say what is done now, within the stage."""
        with self._lock:
            if text and text != self._text:
                self._text, self._since = text, self._clock()
            if self._clock() - self._told >= PROGRESS_INTERVAL_S:
                self._tell()

    def progress(self, fraction: float, text: str = "", *, skipped: bool = False) -> None:
        """Tell the fraction (0..1) of the stage that is done; `skipped` if an earlier run has done the last part."""
        with self._lock:
            within = self._low + (self._high - self._low) * min(max(float(fraction), 0.0), 1.0)
            self._fraction = max(self._fraction, within)
            self._left.update(self._fraction, skipped=skipped)
            self.say(text)

    def beat(self) -> None:
        """Say what goes on, if nothing was said for a while."""
        with self._lock:
            if self._clock() - self._told >= SILENCE_S:
                self._left.update(self._fraction)
                self._tell(beat=True)

    def end(self) -> None:
        """Tell that all is done, and how long it took."""
        with self._lock:
            self._low = self._high = self._fraction = 1.0
            self._text = ""
            self.send("progress", fraction=1.0, text="", left_s=None, beat=False)
            if told := self._stages.told():
                self.info(told)

    def _tell(self, *, beat: bool = False) -> None:
        self._told = self._clock()
        since, left = self._told - self._since, self._left.seconds
        going_on = f"for {format_seconds(since)}" if self._text and since >= SHORT_S else ""
        text = ", ".join(filter(None, (self._text, going_on, left_in_words(left))))
        self.send("progress", fraction=self._fraction, text=text, left_s=left, beat=beat)

    def keep_log(self, path: Path) -> None:
        """Write all lines of the log to `path`, too, from here on; a folder that cannot be written has none."""
        with contextlib.suppress(OSError):
            self._log = path.open("w", encoding="utf-8")  # closed with the process

    def fail(self, message: str, remedy: str, traceback: str = "") -> None:
        """Tell that the run failed, and what to do."""
        self._keep("error", f"{message} {remedy}")
        self.send("error", message=message, remedy=remedy, traceback=traceback)

    def relay(self, message: Mapping[str, Any]) -> None:
        """Log the line that a work item sent, if the message is one; else it tells of progress."""
        if "level" in message:
            self._line(message["level"], message["text"])

    def info(self, text: str) -> None:
        """Log one line."""
        self._line("info", text)

    def warning(self, text: str) -> None:
        """Log one line that the user should read."""
        self._line("warning", text)

    def detail(self, text: str) -> None:
        """Log one line for those who ask how it was computed; QGIS shows it if an option says so."""
        self._line("detail", text)

    def _line(self, level: str, text: str) -> None:
        """Log a line, unless it was logged before."""
        with self._lock:
            if text not in self._lines:
                self._lines.add(text)
                self.send("log", level=level, text=text)
                self._keep(level, text)

    def _keep(self, level: str, text: str) -> None:
        if self._log is not None:
            self._log.write(f"{time.strftime('%H:%M:%S')} {level:8}{text}\n")
            self._log.flush()


class Stages:
    """The stages of a run and how long each took."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._start = self._begun = clock()
        self._seconds: dict[str, float] = {}
        self._text = ""

    def begin(self, text: str) -> None:
        """End the stage that runs, and begin the next."""
        now = self._clock()
        if self._text:
            self._seconds[self._text] = self._seconds.get(self._text, 0.0) + now - self._begun
        self._text, self._begun = text, now

    def told(self) -> str:
        """A sentence on all stages; nothing for a run that was over at once."""
        self.begin("")
        total = self._clock() - self._start
        if total < SHORT_S:
            return ""
        long = [(text, seconds) for text, seconds in self._seconds.items() if seconds >= max(1.0, total * SMALL_SHARE)]
        listing = ", ".join(f"{text[:1].lower()}{text[1:]} {format_seconds(seconds)}" for text, seconds in long)
        return f"Done in {format_seconds(total)}{f': {listing}' if len(long) > 1 else ''}."
