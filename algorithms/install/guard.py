"""The lock of the installer: one process at a time changes an engine."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from ...core.contract.errors import RegionwiseError
from ...core.contract.locks import exclusive


def alone(path: Path) -> AbstractContextManager[None]:
    """Let one process at a time inside; raise `RegionwiseError` if another one is, or the folder cannot be written."""
    busy = RegionwiseError(
        f"Another QGIS window is changing the engine in '{path.parent}' just now.",
        "Wait until it has finished, then try again.",
    )
    return exclusive(path, busy, "Let it be written, or name another folder in the variable REGIONWISE_HOME.")
