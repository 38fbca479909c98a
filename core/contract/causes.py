"""Causes of failure: why a program ended, by its exit status and last output; for the engine and its installation."""

from __future__ import annotations

import re
import signal

from .protocol import LESS_MEMORY

# Windows writes error numbers in every language, its sentences only in the user's. Rust's programs write "os error
# 112"; under Linux that one is a host that is down
MEMORY = (
    r"out of memory|not enough memory|can't allocate memory|cannot allocate memory|bad_alloc|\bMemoryError\b"
    r"|paging file is too small|\bWinError (8|14|1455)\b|\bos error 1455\b|\b0xC0000017\b|\b0xC000012D\b"
)
DISK = (
    r"no space left on device|disk quota exceeded|disc quota exceeded|\bErrno (28|122)\b|WinError (39|112)\b"
    r"|not enough space on the disk|(?<!host is down \()os error 112\b|\b0xC000007F\b"
)
LIBRARY = (
    r"(WinError|os error) (126|1114)\b|\b0xC0000135\b|\b0xC000007B\b|DLL load failed"
    r"|VCRUNTIME140\S* was not found|MSVCP140\S* was not found"
)
MORE_SPACE = "Free some space or choose another folder; a rerun goes on where this one stopped."
GET_REDISTRIBUTABLE = (
    "Install 'Microsoft Visual C++ 2015-2022 Redistributable (x64)' from Microsoft's site, or type "
    "'winget install Microsoft.VCRedist.2015+.x64' in a terminal; then try again."
)
# the paging file comes first: libraries that do not fit into memory are reported as libraries, too
CAUSES = (
    (MEMORY, "A process ran out of memory.", LESS_MEMORY),
    (DISK, "The disk is full.", MORE_SPACE),
    (
        LIBRARY,
        "A library cannot be loaded: the Microsoft Visual C++ Redistributable is missing or too old.",
        GET_REDISTRIBUTABLE,
    ),
)
WINDOWS_FAILURE = 0x80000000  # from here on, an exit status is the number of an exception
PAGING_FILE = r"(WinError|os error) 1455\b|paging file is too small|\b0xC000012D\b"
LARGER_PAGING_FILE = (
    "Let Windows manage the size of the paging file (System > Advanced > Performance > Virtual memory)."
)


def explain_failure(text: str) -> tuple[str, str] | None:
    """Message and remedy for a failure with the last output `text`; None if its cause is not known.

    The status of a program that wrote nothing counts as output: put `status_name` before it.
    """
    for pattern, message, remedy in CAUSES:
        if re.search(pattern, text, re.IGNORECASE):
            addition = f" {LARGER_PAGING_FILE}" if re.search(PAGING_FILE, text, re.IGNORECASE) else ""
            return message, remedy + addition
    return None


def crashed(status: int) -> bool:
    """Whether an exit status is that of a program that crashed or was ended: a signal, a Windows exception."""
    return status < 0 or status >= WINDOWS_FAILURE


def status_name(status: int) -> str:
    """The name of an exit status: a number, a signal (negative), or a Windows exception in hexadecimal."""
    unsigned = status & 0xFFFFFFFF
    if status >= WINDOWS_FAILURE or (status < 0 and unsigned < 0xFFFFFF00):
        return f"0x{unsigned:08X}"
    try:
        return signal.Signals(-status).name if status < 0 else str(status)
    except ValueError:
        return f"signal {-status}"
