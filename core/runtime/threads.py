"""Threads: how many of them libraries may use for what is computed now."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator

import psutil

VARIABLE = "OMP_NUM_THREADS"
_allotted = 0  # 0: as many as each library likes


def processors() -> int:
    """The number of processor cores that this process may use."""
    physical = psutil.cpu_count(logical=False) or os.cpu_count() or 1
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else physical
    return max(1, min(physical, usable))


def allotment() -> int:
    """How many threads may be used (0: all)."""
    return _allotted


@contextlib.contextmanager
def allotted(number: int) -> Iterator[None]:
    """Let what is computed inside use `number` threads; 0 leaves everything as it is.

    The last digits of a trained network depend on that number: sums are split by it.
    """
    global _allotted  # noqa: PLW0603
    if not number:
        yield
        return
    torch = sys.modules.get("torch")
    before = _allotted, os.environ.get(VARIABLE), torch.get_num_threads() if torch else 0
    try:
        _allotted, os.environ[VARIABLE] = number, str(number)  # for a library that is imported inside
        if torch:
            torch.set_num_threads(number)
        yield
    finally:
        _allotted = before[0]
        os.environ.pop(VARIABLE)
        if before[1] is not None:
            os.environ[VARIABLE] = before[1]
        if torch:
            torch.set_num_threads(before[2])
