"""Starts the engine, listens to it, stops it; every failure becomes one sentence with a remedy."""

from __future__ import annotations

import contextlib
import queue
import signal
import subprocess  # nosec B404
import threading
import time
from collections import deque
from pathlib import Path
from typing import IO, Any, Protocol

from ..core.contract import protocol
from ..core.contract.causes import crashed, explain_failure, status_name
from ..core.contract.errors import CancelledError, RegionwiseError
from .install.telling import Feedback as Listener
from .install.telling import ProgressText
from .processes import Process

STDERR_LINES = 12
POLL_S = 0.05
GRACE_S = 0.5  # for the engine to end by itself after its stdin has ended
TICKS = 40  # of the bar of qgis_process
QUEUE_LINES = 1000  # a flood waits in the pipe instead of in QGIS's memory


class Feedback(Listener, Protocol):
    """Whom to tell; QgsProcessingFeedback is one."""

    def pushDebugInfo(self, info: str) -> None:
        """Show a line that explains a failure."""


def command_for(interpreter: Path, job: Path) -> list[str]:
    """The command line of the engine for `job`."""
    # a variable would not do for UTF-8: an isolated Python (-I) ignores it, and its children with it
    return [str(interpreter), "-X", "utf8", "-u", "-s", "-m", "regionwise.core.worker", "--attached", str(job)]


def run_engine(
    command: list[str], environment: dict[str, str], folder: Path, feedback: Feedback, *, details: bool = False
) -> dict[str, Any]:
    """Run the engine in `folder` and return the message ``result``.

    Parameters
    ----------
    details : bool
        Whether lines of the log are shown that explain how things were computed.

    Raises
    ------
    RegionwiseError
        For every failure, with what to do.
    CancelledError
        If the user cancelled.
    """
    engine = Engine(command, environment, folder)
    try:
        return _listen(engine, feedback, details)
    finally:
        engine.stop()


class Engine:
    """The running process with its two streams."""

    def __init__(self, command: list[str], environment: dict[str, str], folder: Path) -> None:
        try:
            self._process = Process(command, environment, folder, talk=True)
        except OSError as err:
            raise RegionwiseError(
                f"The engine's Python '{command[0]}' cannot be started ({err.strerror}).", protocol.REPAIR
            ) from err
        self.messages: queue.Queue[bytes | None] = queue.Queue(QUEUE_LINES)
        self.errors: deque[str] = deque(maxlen=STDERR_LINES)
        self._threads = [
            threading.Thread(target=self._read_messages, args=(self._process.stdout,), daemon=True),
            threading.Thread(target=self._read_errors, args=(self._process.stderr,), daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def _read_messages(self, stream: IO[bytes]) -> None:
        for line in stream:
            self.messages.put(line)
        self.messages.put(None)

    def _read_errors(self, stream: IO[bytes]) -> None:
        for line in stream:
            text = line[:500].decode(errors="replace").rstrip()
            if text:
                self.errors.append(text)

    def wait(self) -> int:
        """Wait for the end of the process and return its exit status."""
        status = self._process.wait()
        self._threads[1].join(timeout=1)
        return status

    def stop(self) -> None:
        """End the process and everything it has started, politely first."""
        if self._process.stdin:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=GRACE_S)
        self._process.kill()
        # a reader may be waiting for room in the queue; one that hangs on a stray child is left behind
        deadline = time.monotonic() + GRACE_S
        while any(thread.is_alive() for thread in self._threads) and time.monotonic() < deadline:
            with contextlib.suppress(queue.Empty):
                self.messages.get(timeout=POLL_S)
        for stream, thread in zip((self._process.stdout, self._process.stderr), self._threads):
            if stream and not thread.is_alive():
                stream.close()


def _listen(engine: Engine, feedback: Feedback, details: bool) -> dict[str, Any]:
    """Pass messages on until the result, which is returned, or raise.

    Once it is there, all outputs have their names: that libraries take their time to close is not waited for.
    """
    now = ProgressText(feedback)
    while True:
        _let_qt_work()
        if feedback.isCanceled():
            raise CancelledError
        try:
            line = engine.messages.get(timeout=POLL_S)
        except queue.Empty:
            continue
        if line is None:
            raise _end_without_word(engine)
        message = _decode(line, feedback)
        kind = message.get("kind")
        if kind == "hello":
            _check_protocol(message)
        elif kind == "progress":
            if message["fraction"] > 0:  # until then the bar of QGIS runs to and fro
                feedback.setProgress(100 * message["fraction"])
            now.show(message["text"])
        elif kind == "log":
            _log(message["level"], message["text"], feedback, details)
        elif kind == "result":
            return message
        elif kind == "error":
            detail = f"\n{message['traceback']}" if message.get("traceback") else ""
            raise RegionwiseError(message["message"] + detail, message["remedy"])


class OwnLines:
    """Feedback of qgis_process, which writes its bar (0...10...20) into the line where texts begin.

    Each text gets a line of its own: else ``10`` and ``211 samples`` read as one number.
    """

    def __init__(self, feedback: Feedback) -> None:
        self._feedback, self._ticks, self._open = feedback, -1, False
        self.isCanceled = feedback.isCanceled

    def setProgress(self, progress: float) -> None:
        """Tell the per cent that are done; a tick is written for each 2.5."""
        ticks = int(progress * TICKS / 100)
        self._open = ticks < TICKS and (self._open or ticks > self._ticks)  # after the last one the line ends
        self._ticks = max(ticks, self._ticks)
        self._feedback.setProgress(progress)

    def _line(self, text: str) -> str:
        begun, self._open = self._open, False
        return f"\n{text}" if begun else text

    def setProgressText(self, text: str) -> None:
        """Show what is done now."""
        self._feedback.setProgressText(self._line(text))

    def pushInfo(self, info: str) -> None:
        """Show a line."""
        self._feedback.pushInfo(self._line(info))

    def pushDebugInfo(self, info: str) -> None:
        """Show a line that explains."""
        self._feedback.pushDebugInfo(self._line(info))

    def pushWarning(self, warning: str) -> None:
        """Show a line that should be read."""
        self._feedback.pushWarning(self._line(warning))


def _log(level: str, text: str, feedback: Feedback, details: bool) -> None:
    """Show a line of the log; details only if they are wanted."""
    if level == "warning":
        feedback.pushWarning(text)
    elif level != "detail":
        feedback.pushInfo(text)
    elif details:
        feedback.pushDebugInfo(text)


def _let_qt_work() -> None:
    """Handle events, if this is the main thread: only so does SIGINT reach `isCanceled`."""
    try:  # here, so that the client works without QGIS, too
        from qgis.PyQt.QtCore import QCoreApplication, QThread
    except ImportError:
        return
    application = QCoreApplication.instance()
    if application is not None and QThread.currentThread() == application.thread():
        QCoreApplication.processEvents()


def _decode(line: bytes, feedback: Feedback) -> dict[str, Any]:
    try:
        return protocol.decode(line)
    except ValueError:
        feedback.pushDebugInfo(line[:500].decode(errors="replace").rstrip())
        return {}


def _check_protocol(message: dict[str, Any]) -> None:
    if message.get("protocol") != protocol.PROTOCOL:
        raise RegionwiseError(
            f"The engine speaks protocol {message.get('protocol')} (version {message.get('version')}), "
            f"the plugin {protocol.PROTOCOL} (version {protocol.VERSION}).",
            protocol.REPAIR,
        )


def _end_without_word(engine: Engine) -> Exception:
    """What became of an engine that has ended without result or error."""
    status = engine.wait()
    if status == protocol.EXIT_CANCELLED:
        return CancelledError()
    return RegionwiseError(*_describe_crash(status, list(engine.errors)))


def _describe_crash(status: int, errors: list[str]) -> tuple[str, str]:
    """The failure, with its remedy, of an engine that ended without a word."""
    last = "\nIts last words:\n" + "\n".join(errors) if errors else ""
    if status in (-signal.SIGTERM, -getattr(signal, "SIGKILL", 9)):
        return f"The engine was killed from outside: probably the memory ran out.{last}", protocol.LESS_MEMORY
    known = explain_failure("\n".join([status_name(status), *errors]))
    if known:
        return f"The engine ended ({status_name(status)}). {known[0]}{last}", known[1]
    if crashed(status):
        remedy = "Run 'Check engine'; if it persists, repair the engine."
        return f"The engine crashed ({status_name(status)}).{last}", remedy
    if any("No module named" in line for line in errors):
        return f"The engine's environment is incomplete.{last}", protocol.REPAIR
    return f"The engine ended without a result (exit status {status}).{last}", "Run 'Check engine'."
