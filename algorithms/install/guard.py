"""Locks by the system: one process at a time, and never longer than it lives."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from ...core.contract.errors import RegionwiseError

if os.name == "nt":
    import msvcrt
else:
    import fcntl


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """Let one process at a time inside; the lock file stays, since removing it would let two inside.

    Raises
    ------
    RegionwiseError
        If another process is inside, or the folder cannot be written.
    """
    with _opened(path) as file:
        if not _take(file.fileno()):
            raise RegionwiseError(
                f"Another QGIS window is changing the engine in '{path.parent}' just now.",
                "Wait until it has finished, then try again.",
            )
        try:
            yield
        finally:
            _give_back(file.fileno())


def _opened(path: Path) -> IO[bytes]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("a+b")
    except OSError as err:
        raise RegionwiseError(
            f"'{path.parent}' cannot be written ({err.strerror or err}).",
            "Let it be written, or name another folder in the variable REGIONWISE_HOME.",
        ) from err


def _take(file: int) -> bool:
    if os.name == "nt":
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
    return True


def _give_back(file: int) -> None:
    with contextlib.suppress(OSError):
        if os.name == "nt":
            os.lseek(file, 0, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_UNLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_UN)
