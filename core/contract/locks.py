"""Locks by the system: one process at a time, and never longer than it lives."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from .errors import RegionwiseError

RUNNING = "running.lock"  # in the folder of a job

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


@contextlib.contextmanager
def exclusive(path: Path, busy: RegionwiseError, unwritable: str) -> Iterator[None]:
    """Let one process at a time inside; the lock file stays, since removing it would let two inside.

    Parameters
    ----------
    busy : RegionwiseError
        Is raised if another process is inside.
    unwritable : str
        The remedy if the folder of the lock cannot be written.

    Raises
    ------
    RegionwiseError
        If another process is inside, or the folder cannot be written.
    """
    with _opened(path, unwritable) as file:
        if not _take(file.fileno()):
            raise busy
        try:
            yield
        finally:
            _give_back(file.fileno())


def one_run(folder: Path) -> contextlib.AbstractContextManager[None]:
    """Let one run at a time use the folder of a job, which lies beside its output."""
    busy = RegionwiseError(
        f"Another run is writing to the output of '{folder}' just now.", "Wait until it has ended, or name another."
    )
    return exclusive(folder / RUNNING, busy, "Choose a folder where you may write.")


def _opened(path: Path, unwritable: str) -> IO[bytes]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("a+b")
    except OSError as err:
        raise RegionwiseError(f"'{path.parent}' cannot be written ({err.strerror or err}).", unwritable) from err


def _take(file: int) -> bool:
    if sys.platform == "win32":
        os.lseek(file, 0, os.SEEK_SET)
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:  # of which number, differs between Windows and wine
            return False
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a disk without locks
        return True
    return True


def _give_back(file: int) -> None:
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            os.lseek(file, 0, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_UNLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_UN)
