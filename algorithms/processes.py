"""Processes: a child and all that it starts, which end together and never outlive this program."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess  # nosec B404
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # else a black console appears for every child
SUSPENDED = 0x4  # CREATE_SUSPENDED
KILL_ON_JOB_CLOSE = 0x2000
LIMITS, ACCOUNTING = 9, 1  # JobObjectExtendedLimitInformation, JobObjectBasicAccountingInformation
WAIT_S = 0.25  # how often a wait looks around
GONE_S = 5.0  # Windows ends processes in the background
# it is told the group's number; the end of its input is the end of this program
WATCH = 'read -r group || exit 0; read -r end; kill -s KILL -- "-$group"'


class Process:
    """A child process and all that it starts: ends by `kill`, and whenever this program ends, however that dies.

    Parameters
    ----------
    talk : bool
        Stdin is a pipe; else it is the null device.
    merge : bool
        Stderr goes where stdout goes.

    Raises
    ------
    OSError
        If the program cannot be started.
    """

    def __init__(
        self,
        command: list[str],
        environment: dict[str, str],
        folder: Path | None = None,
        *,
        talk: bool = False,
        merge: bool = False,
    ) -> None:
        self._group = _Job() if os.name == "nt" else _Session()
        try:
            self._process = subprocess.Popen(  # nosec B603
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.PIPE if talk else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT if merge else subprocess.PIPE,
                **self._group.options,
            )
        except BaseException:
            self._group.release()
            raise
        self._group.take(self._process)
        self.stdin: IO[bytes] | None = self._process.stdin
        self.stdout: IO[bytes] | None = self._process.stdout
        self.stderr: IO[bytes] | None = self._process.stderr
        self.pid = self._process.pid

    def wait(self, timeout: float | None = None) -> int:
        """The exit status (negative: a signal); what the child has left behind ends, too.

        Raises
        ------
        subprocess.TimeoutExpired
            If the child still runs after `timeout` seconds.
        """
        status = self._process.wait(timeout)
        self._group.end(self._process)
        return status

    def kill(self) -> None:
        """End the child and everything it has started, and wait for that; it may be gone already."""
        self._group.end(self._process)
        with contextlib.suppress(OSError):
            self._process.kill()
        self._process.wait()


def answer(
    command: list[str],
    environment: dict[str, str],
    timeout_s: float = 30,
    waiting: Callable[[], None] = lambda: None,
) -> tuple[int, str]:
    """The exit status of a short command and what it says on stdout and stderr.

    Parameters
    ----------
    waiting : callable
        Is called while it runs, a few times a second; what it raises ends the command.

    Raises
    ------
    OSError
        If the program cannot be started.
    subprocess.TimeoutExpired
        If it takes longer; it is killed then.
    """
    process = Process(command, environment, merge=True)
    said: list[bytes] = []
    reader = threading.Thread(target=_read_all, args=(process.stdout, said), daemon=True)
    reader.start()
    try:
        status = _wait(process, timeout_s, waiting)
    finally:
        process.kill()
        reader.join(timeout=GONE_S)
    return status, b"".join(said).decode("utf-8", errors="replace")


def _wait(process: Process, timeout_s: float, waiting: Callable[[], None]) -> int:
    end = time.monotonic() + timeout_s
    while True:
        left = end - time.monotonic()
        try:
            return process.wait(max(min(left, WAIT_S), 0))
        except subprocess.TimeoutExpired:
            if left <= 0:
                raise
            waiting()


def _read_all(stream: IO[bytes], said: list[bytes]) -> None:
    with stream:
        said.extend(stream)


class _Session:
    """A session of its own (POSIX), killed as a group; a shell beside it does that if this program dies."""

    def __init__(self) -> None:
        self.options: dict[str, Any] = {"start_new_session": True}
        self._lock = threading.Lock()
        # not by preexec_fn, which may lock up where there are threads, and not by the child, which may hang
        self._watch: subprocess.Popen[bytes] | None = subprocess.Popen(  # nosec B603
            ["/bin/sh", "-c", WATCH],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
            start_new_session=True,  # Ctrl+C must not end it
            bufsize=0,
        )

    def take(self, process: subprocess.Popen[bytes]) -> None:
        """Let the shell know the group of `process`."""
        if self._watch and self._watch.stdin:
            self._watch.stdin.write(f"{process.pid}\n".encode())

    def end(self, process: subprocess.Popen[bytes]) -> None:
        """Kill all processes of the group, but only once: later, its number may be that of another one."""
        if self._watch:
            with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS forbids to kill zombies
                os.killpg(process.pid, signal.SIGKILL)
        self.release()

    def release(self) -> None:
        """End the shell that watches."""
        with self._lock:
            watch, self._watch = self._watch, None
        if watch and watch.stdin:
            watch.kill()  # before its input ends
            watch.wait()
            watch.stdin.close()


class _Job:
    """A job object (Windows): its processes end with its handle, which ends with this program at the latest."""

    def __init__(self) -> None:
        # suspended, so that no grandchild is started before the child belongs to the job
        self.options: dict[str, Any] = {"creationflags": NO_WINDOW | SUSPENDED}
        self._lock = threading.Lock()
        self._kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        self._kernel.CreateJobObjectW.restype = ctypes.c_void_p
        self._handle = self._kernel.CreateJobObjectW(None, None)
        limits = _Limits(flags=KILL_ON_JOB_CLOSE)
        if self._handle and not self._call("SetInformationJobObject", LIMITS, ctypes.byref(limits), _size(limits)):
            self.release()

    def _call(self, name: str, *arguments: Any) -> bool:
        return bool(getattr(self._kernel, name)(ctypes.c_void_p(self._handle), *arguments))

    def take(self, process: subprocess.Popen[bytes]) -> None:
        """Put `process` into the job and let it run."""
        handle = ctypes.c_void_p(int(process._handle))
        if self._handle and not self._call("AssignProcessToJobObject", handle):
            self.release()  # an old Windows, or a sandbox that forbids jobs inside its own
        ctypes.WinDLL("ntdll").NtResumeProcess(handle)

    def end(self, process: subprocess.Popen[bytes]) -> None:
        """End all processes of the job and wait until they are gone: they hold files."""
        if not self._handle:
            _end_tree(process)  # while the child lives: the tree is found through it
            return
        with self._lock:
            if self._handle:
                self._call("TerminateJobObject", 1)
                deadline = time.monotonic() + GONE_S
                while self._running() and time.monotonic() < deadline:
                    time.sleep(0.01)
        self.release()

    def _running(self) -> int:
        counts = _Counts()
        self._call("QueryInformationJobObject", ACCOUNTING, ctypes.byref(counts), _size(counts), None)
        return int(counts.running)

    def release(self) -> None:
        """Close the handle, which ends what is left in the job."""
        with self._lock:
            if self._handle:
                self._call("CloseHandle")
            self._handle = None


def _end_tree(process: subprocess.Popen[bytes]) -> None:
    """End a process and its descendants without a job object."""
    if process.poll() is None:
        subprocess.run(  # nosec B603 B607
            ["taskkill", "/F", "/T", "/PID", str(process.pid)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            creationflags=NO_WINDOW,
        )


def _size(structure: ctypes.Structure) -> Any:
    return ctypes.c_uint32(ctypes.sizeof(structure))


class _Limits(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION; all but the flags stays 0."""

    _fields_ = (
        ("times", ctypes.c_int64 * 2),
        ("flags", ctypes.c_uint32),
        ("working_set", ctypes.c_size_t * 2),
        ("active", ctypes.c_uint32),
        ("affinity", ctypes.c_size_t),
        ("classes", ctypes.c_uint32 * 2),
        ("transfers", ctypes.c_uint64 * 6),
        ("memory", ctypes.c_size_t * 4),
    )


class _Counts(ctypes.Structure):
    """JOBOBJECT_BASIC_ACCOUNTING_INFORMATION."""

    _fields_ = (
        ("times", ctypes.c_int64 * 4),
        ("faults", ctypes.c_uint32),
        ("started", ctypes.c_uint32),
        ("running", ctypes.c_uint32),
        ("ended", ctypes.c_uint32),
    )
