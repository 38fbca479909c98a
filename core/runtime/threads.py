"""The number of threads that libraries may use for the present computation."""

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
    """The number of threads that may be used (0: all)."""
    return _allotted


@contextlib.contextmanager
def allotted(number: int) -> Iterator[None]:
    """Compute with `number` threads inside; 0 leaves everything as it is.

    The last digits of a trained network depend on that number: sums are split by it.
    """
    global _allotted  # noqa: PLW0603
    if not number:
        yield
        return
    torch = sys.modules.get("torch")
    before, variable_before = _allotted, os.environ.get(VARIABLE)
    torch_before = torch.get_num_threads() if torch else 0
    try:
        _allotted, os.environ[VARIABLE] = number, str(number)  # for a library that is imported inside
        if torch:
            torch.set_num_threads(number)
        yield
    finally:
        _allotted = before
        os.environ.pop(VARIABLE)
        if variable_before is not None:
            os.environ[VARIABLE] = variable_before
        if torch:
            torch.set_num_threads(torch_before)
